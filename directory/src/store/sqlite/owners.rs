//! The one rule that every change of rights keeps: an organisation has somebody who owns it.

use farpane_protocol::ids::OrgId;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;

use super::Tx;
use super::rows::micros;
use crate::policy::rights::Builtin;
use crate::store::StoreError;

/// Whether, after what the transaction has done so far, somebody who can sign in owns the
/// organisation for good: without an end and at every hour.
pub(super) async fn has_owner(tx: &mut Tx, org: OrgId, now: Timestamp) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT EXISTS (SELECT 1 FROM assignment s JOIN account a ON a.id = s.account OR a.id IN \
         (SELECT m.account FROM group_member m WHERE m.user_group = s.user_group) \
         WHERE s.org = $1 AND a.org = $1 AND s.builtin = $3 AND s.place_kind = 'org' \
         AND s.ends IS NULL AND s.hours IS NULL AND (s.starts IS NULL OR s.starts <= $2) \
         AND a.disabled IS NULL AND a.removed IS NULL) AS found",
    )
    .bind(org.0)
    .bind(micros(now))
    .bind(Builtin::Owner.name())
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get::<i64, _>("found")? != 0)
}
