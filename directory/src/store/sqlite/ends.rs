//! Open sessions end with what carried them: in the same transaction that disables or removes a
//! person or a viewer, so that no crash and no closed browser comes between the two.

use farpane_protocol::ids::{OrgId, SessionId, TenantId, UserId, ViewerId};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;

use super::Tx;
use super::chain::append;
use super::rows::{micros, uuid};
use crate::audit::{Entry, Event, Personal};
use crate::store::StoreError;

/// Whose sessions end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose {
    /// All of a person.
    Person(UserId),
    /// Those of one viewer.
    Viewer(ViewerId),
}

/// Ends them, each with a record of its own by whoever did `act`; host and relay are told after.
pub(super) async fn end_sessions(
    tx: &mut Tx,
    org: OrgId,
    whose: Whose,
    now: Timestamp,
    act: &Entry,
) -> Result<(), StoreError> {
    let open = match whose {
        Whose::Person(account) => sqlx::query(
            "SELECT id, tenant, device_name FROM session \
             WHERE org = $1 AND account = $2 AND ended IS NULL ORDER BY issued",
        )
        .bind(org.0)
        .bind(account.0),
        Whose::Viewer(viewer) => sqlx::query(
            "SELECT id, tenant, device_name FROM session \
             WHERE org = $1 AND viewer = $2 AND ended IS NULL ORDER BY issued",
        )
        .bind(org.0)
        .bind(viewer.0),
    };
    let reason = EndReason::Revoked.word();
    for row in &open.fetch_all(&mut **tx).await? {
        let session = SessionId(uuid(row, "id")?);
        let entry = Entry {
            tenant: Some(TenantId(uuid(row, "tenant")?)),
            event: Event::SessionEnded {
                session,
                reason: reason.to_owned(),
            },
            personal: Personal::named(row.try_get("device_name")?),
            ..act.clone()
        };
        append(tx, &entry).await?;
        sqlx::query(
            "UPDATE session SET state = 'over', ended = $2, end_reason = $3, kill_due = 1 \
             WHERE id = $1",
        )
        .bind(session.0)
        .bind(micros(now))
        .bind(reason)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Whether person and viewer may still open a session: the request looked before it waited.
pub(super) async fn may_open(
    tx: &mut Tx,
    org: OrgId,
    account: UserId,
    viewer: ViewerId,
) -> Result<bool, StoreError> {
    let both = sqlx::query(
        "SELECT 1 FROM account a JOIN viewer v ON v.account = a.id \
         WHERE a.id = $2 AND a.org = $1 AND a.disabled IS NULL AND a.removed IS NULL \
         AND v.id = $3 AND v.removed IS NULL",
    )
    .bind(org.0)
    .bind(account.0)
    .bind(viewer.0)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(both.is_some())
}
