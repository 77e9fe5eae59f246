//! Who may do what, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, PlaceId, TenantId, UserId};
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::SqliteStore;
use super::rows::{micros, uuid};
use crate::model::place::Spot;
use crate::policy::rights::{Action, ActionSet, Builtin, Held, Place, RoleRights};
use crate::store::{RightsStore, StoreError};

/// Rights inside a session, from their names. What this version does not know gives nothing.
fn scopes(names: &str) -> ScopeSet {
    names
        .split(',')
        .filter_map(ScopeSet::named)
        .fold(ScopeSet::EMPTY, ScopeSet::union)
}

/// Actions, from their names. What this version does not know gives nothing.
pub(super) fn actions(names: &str) -> ActionSet {
    names
        .split(',')
        .filter_map(Action::named)
        .fold(ActionSet::EMPTY, ActionSet::with)
}

/// Where, from its two columns.
pub(super) fn place(row: &SqliteRow) -> Result<Place, sqlx::Error> {
    Ok(match row.try_get::<&str, _>("place_kind")? {
        "org" => Place::Org,
        "tenant" => Place::Tenant(TenantId(uuid(row, "place")?)),
        _ => Place::Node(PlaceId(uuid(row, "place")?)),
    })
}

/// Ids as a list that a query reads with `json_each` and `unhex`.
pub(super) fn hex_list(ids: impl Iterator<Item = Uuid>) -> String {
    let words: Vec<_> = ids.map(|id| format!("\"{}\"", id.simple())).collect();
    format!("[{}]", words.join(","))
}

/// Where, as two columns.
pub(super) const fn place_columns(place: Place) -> (&'static str, Option<Uuid>) {
    match place {
        Place::Org => ("org", None),
        Place::Tenant(tenant) => ("tenant", Some(tenant.0)),
        Place::Node(node) => ("node", Some(node.0)),
    }
}

/// What an own role gives, from its columns.
pub(super) fn rights_of(row: &SqliteRow) -> Result<RoleRights, sqlx::Error> {
    Ok(RoleRights {
        reach: row.try_get::<i64, _>("reach")? != 0,
        scopes: scopes(row.try_get("scopes")?),
        unattended: row.try_get::<i64, _>("unattended")? != 0,
        actions: actions(row.try_get("actions")?),
    })
}

/// A role as it is held; `None` for a built-in role that this version does not know.
fn held(row: &SqliteRow) -> Result<Option<Held>, sqlx::Error> {
    let (role, rights) = match row.try_get::<Option<&str>, _>("builtin")? {
        Some(name) => match Builtin::named(name) {
            Some(builtin) => (builtin.name().to_owned(), builtin.rights()),
            None => return Ok(None),
        },
        None => (row.try_get("role_name")?, rights_of(row)?),
    };
    let hours = match row.try_get::<Option<&str>, _>("hours")? {
        None => None,
        // Hours that this version cannot read are hours in which nothing holds.
        Some(text) => match text.parse() {
            Ok(hours) => Some(hours),
            Err(_) => return Ok(None),
        },
    };
    let until: Option<i64> = row.try_get("ends")?;
    Ok(Some(Held {
        assignment: uuid(row, "id")?,
        role,
        rights,
        place: place(row)?,
        through: row.try_get("group_name")?,
        until: until.and_then(|at| u64::try_from(at).ok()).map(Timestamp),
        hours,
    }))
}

#[async_trait]
impl RightsStore for SqliteStore {
    async fn held_by(
        &self,
        org: OrgId,
        account: UserId,
        now: Timestamp,
    ) -> Result<Vec<Held>, StoreError> {
        let rows = sqlx::query(
            "SELECT a.id, a.builtin, a.place_kind, a.place, a.ends, a.hours, NULL AS group_name, \
             r.name AS role_name, r.reach, r.scopes, r.unattended, r.actions \
             FROM assignment a LEFT JOIN role r ON r.id = a.role \
             WHERE a.account = $2 AND a.org = $1 \
             AND (a.starts IS NULL OR a.starts <= $3) AND (a.ends IS NULL OR a.ends > $3) \
             UNION ALL \
             SELECT a.id, a.builtin, a.place_kind, a.place, a.ends, a.hours, g.name AS group_name, \
             r.name AS role_name, r.reach, r.scopes, r.unattended, r.actions \
             FROM group_member m JOIN user_group g ON g.id = m.user_group \
             JOIN assignment a ON a.user_group = g.id LEFT JOIN role r ON r.id = a.role \
             WHERE m.account = $2 AND a.org = $1 AND g.org = $1 \
             AND (a.starts IS NULL OR a.starts <= $3) AND (a.ends IS NULL OR a.ends > $3)",
        )
        .bind(org.0)
        .bind(account.0)
        .bind(micros(now))
        .fetch_all(&self.readers)
        .await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            let held = held(row)?;
            all.extend(held.filter(|held| held.hours.as_ref().is_none_or(|h| h.holds(now))));
        }
        Ok(all)
    }

    async fn spots(
        &self,
        org: OrgId,
        devices: &[DeviceId],
    ) -> Result<Vec<(DeviceId, Spot)>, StoreError> {
        let rows = sqlx::query(
            "SELECT d.id, d.tenant, d.place FROM json_each($2) j \
             JOIN device d ON d.id = unhex(j.value) WHERE d.org = $1 AND d.removed IS NULL",
        )
        .bind(org.0)
        .bind(hex_list(devices.iter().map(|device| device.0)))
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            let spot = Spot {
                tenant: TenantId(uuid(row, "tenant")?),
                place: row.try_get::<Option<Uuid>, _>("place")?.map(PlaceId),
            };
            Ok((DeviceId(uuid(row, "id")?), spot))
        };
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }
}
