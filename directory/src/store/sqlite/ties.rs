//! Who gave whom the means to decide, on SQLite: kept with each such act, and asked before somebody
//! decides what another one asked for.

use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;

use super::rows::micros;
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::store::StoreError;
use crate::store::requests::Ties;

/// Notes that whoever an entry names gave a person an account or a way to sign in.
pub(super) async fn gave(tx: &mut Tx, account: UserId, entry: &Entry) -> Result<(), StoreError> {
    let Some(by) = entry.actor.person().filter(|by| *by != account) else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO credential_given (account, given_by, at) VALUES ($1, $2, $3) \
         ON CONFLICT (account, given_by) DO UPDATE SET at = excluded.at",
    )
    .bind(account.0)
    .bind(by.0)
    .bind(micros(entry.at))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What ties one who decides to one who asked, by what happened since.
pub(super) async fn between(
    store: &SqliteStore,
    org: OrgId,
    (asker, decider): (UserId, UserId),
    since: Timestamp,
) -> Result<Ties, StoreError> {
    // Whoever somebody gave an account to counts as their hand, and whoever that hand did.
    let credential = sqlx::query(
        "WITH RECURSIVE hand (id) AS (SELECT $1 UNION SELECT c.account FROM credential_given c \
         JOIN hand h ON c.given_by = h.id WHERE c.at > $3) \
         SELECT EXISTS (SELECT 1 FROM hand WHERE id = $2) AS tied",
    )
    .bind(asker.0)
    .bind(decider.0)
    .bind(micros(since))
    .fetch_one(&store.readers)
    .await?;
    let assignments = sqlx::query_scalar(
        "WITH RECURSIVE hand (id) AS (SELECT $1 UNION SELECT c.account FROM credential_given c \
         JOIN hand h ON c.given_by = h.id WHERE c.at > $3) \
         SELECT a.id FROM assignment a LEFT JOIN role r ON r.id = a.role \
         LEFT JOIN group_member m ON m.user_group = a.user_group AND m.account = $2 \
         WHERE a.org = $4 AND (a.account = $2 OR m.account IS NOT NULL) AND ( \
         (a.created > $3 AND a.created_by IN (SELECT id FROM hand)) \
         OR (m.joined > $3 AND m.joined_by IN (SELECT id FROM hand)) \
         OR (r.changed > $3 AND r.changed_by IN (SELECT id FROM hand)))",
    )
    .bind(asker.0)
    .bind(decider.0)
    .bind(micros(since))
    .bind(org.0)
    .fetch_all(&store.readers)
    .await?;
    Ok(Ties {
        credential: credential.try_get("tied")?,
        assignments,
    })
}
