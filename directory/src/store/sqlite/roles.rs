//! Roles and who holds them where, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::chain::append;
use super::owners::has_owner;
use super::rights::{place, place_columns, rights_of};
use super::rows::{micros, time, timestamp, uuid};
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::access::{
    ASSIGNMENTS_MOST, Assigned, Assignment, ROLES_MOST, Role, RoleRef, Subject,
};
use crate::model::text::fold;
use crate::policy::rights::{Builtin, RoleRights};
use crate::store::roles::Change;
use crate::store::{Roles, StoreError};

/// Rights inside a session, as one column.
fn scope_names(rights: &RoleRights) -> String {
    let names: Vec<_> = rights
        .scopes
        .iter()
        .map(farpane_protocol::scope::Scope::name)
        .collect();
    names.join(",")
}

/// Actions, as one column.
pub(super) fn action_names(rights: &RoleRights) -> String {
    let names: Vec<_> = rights
        .actions
        .iter()
        .map(crate::policy::rights::Action::name)
        .collect();
    names.join(",")
}

fn role(row: &SqliteRow) -> Result<Role, sqlx::Error> {
    Ok(Role {
        id: uuid(row, "id")?,
        org: OrgId(uuid(row, "org")?),
        name: row.try_get("name")?,
        rights: rights_of(row)?,
        created: time(row, "created")?,
    })
}

/// An assignment as it is kept; `None` where a later version wrote what this one cannot know.
fn assigned(row: &SqliteRow) -> Result<Option<Assigned>, sqlx::Error> {
    let moment = |column: &str| -> Result<_, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(timestamp))
    };
    let (role, name, rights) = match row.try_get::<Option<&str>, _>("builtin")? {
        Some(word) => match Builtin::named(word) {
            Some(builtin) => (
                RoleRef::Builtin(builtin),
                builtin.name().to_owned(),
                builtin.rights(),
            ),
            None => return Ok(None),
        },
        None => (
            RoleRef::Own(uuid(row, "role")?),
            row.try_get("role_name")?,
            rights_of(row)?,
        ),
    };
    let hours = match row.try_get::<Option<&str>, _>("hours")? {
        None => None,
        Some(text) => match text.parse() {
            Ok(hours) => Some(hours),
            Err(_) => return Ok(None),
        },
    };
    let subject = match row.try_get::<Option<Uuid>, _>("account")? {
        Some(account) => Subject::Person(UserId(account)),
        None => Subject::Group(uuid(row, "user_group")?),
    };
    Ok(Some(Assigned {
        assignment: Assignment {
            id: uuid(row, "id")?,
            org: OrgId(uuid(row, "org")?),
            subject,
            role,
            place: place(row)?,
            from: moment("starts")?,
            until: moment("ends")?,
            hours,
            created: time(row, "created")?,
            by: row.try_get::<Option<Uuid>, _>("created_by")?.map(UserId),
        },
        subject: row.try_get("subject_name")?,
        role: name,
        rights,
    }))
}

async fn count(tx: &mut Tx, sql: &'static str, org: OrgId) -> Result<u64, StoreError> {
    let row = sqlx::query(sql).bind(org.0).fetch_one(&mut **tx).await?;
    Ok(super::rows::number(&row, "n")?)
}

async fn name_taken(
    tx: &mut Tx,
    org: OrgId,
    name: &str,
    but: Option<Uuid>,
) -> Result<bool, StoreError> {
    // A role of one's own that is called like a built-in one would mislead whoever reads it.
    if Builtin::named(&fold(name)).is_some() {
        return Ok(true);
    }
    let found = sqlx::query(
        "SELECT 1 FROM role WHERE org = $1 AND name_fold = $2 AND ($3 IS NULL OR id <> $3)",
    )
    .bind(org.0)
    .bind(fold(name))
    .bind(but)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.is_some())
}

/// Keeps an assignment inside a transaction, after its checks.
pub(super) async fn insert(tx: &mut Tx, new: &Assignment) -> Result<Change, StoreError> {
    let kept = count(
        tx,
        "SELECT count(*) AS n FROM assignment WHERE org = $1",
        new.org,
    )
    .await?;
    if kept >= u64::from(ASSIGNMENTS_MOST) {
        return Ok(Change::Full);
    }
    let (account, group) = match new.subject {
        Subject::Person(account) => (Some(account.0), None),
        Subject::Group(group) => (None, Some(group)),
    };
    let (builtin, role) = match new.role {
        RoleRef::Builtin(builtin) => (Some(builtin.name()), None),
        RoleRef::Own(role) => (None, Some(role)),
    };
    let (kind, place) = place_columns(new.place);
    let hours = new.hours.as_ref().map(ToString::to_string);
    let like = sqlx::query(
        "SELECT 1 FROM assignment WHERE org = $1 AND account IS $2 AND user_group IS $3 \
         AND builtin IS $4 AND role IS $5 AND place_kind = $6 AND place IS $7 \
         AND iif(starts > $8, starts, NULL) IS $9 AND ends IS $10 AND hours IS $11",
    )
    .bind(new.org.0)
    .bind(account)
    .bind(group)
    .bind(builtin)
    .bind(role)
    .bind(kind)
    .bind(place)
    .bind(micros(new.created))
    .bind(new.from.map(micros))
    .bind(new.until.map(micros))
    .bind(&hours)
    .fetch_optional(&mut **tx)
    .await?;
    if like.is_some() {
        return Ok(Change::Was);
    }
    // Everything that it names has to be of the same organisation, or it gives nothing.
    let made = sqlx::query(
        "INSERT INTO assignment (id, org, account, user_group, builtin, role, place_kind, place, \
         starts, ends, hours, created, created_by) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE \
         ($3 IS NULL OR EXISTS (SELECT 1 FROM account \
             WHERE id = $3 AND org = $2 AND removed IS NULL)) \
         AND ($4 IS NULL OR EXISTS (SELECT 1 FROM user_group WHERE id = $4 AND org = $2)) \
         AND ($6 IS NULL OR EXISTS (SELECT 1 FROM role WHERE id = $6 AND org = $2)) \
         AND ($7 <> 'tenant' OR EXISTS (SELECT 1 FROM tenant WHERE id = $8 AND org = $2))",
    )
    .bind(new.id)
    .bind(new.org.0)
    .bind(account)
    .bind(group)
    .bind(builtin)
    .bind(role)
    .bind(kind)
    .bind(place)
    .bind(new.from.map(micros))
    .bind(new.until.map(micros))
    .bind(hours)
    .bind(micros(new.created))
    .bind(new.by.map(|by| by.0))
    .execute(&mut **tx)
    .await?
    .rows_affected();
    Ok(if made == 1 {
        Change::Made
    } else {
        Change::NotThere
    })
}

#[async_trait]
impl Roles for SqliteStore {
    async fn roles(&self, org: OrgId) -> Result<Vec<Role>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, org, name, reach, scopes, unattended, actions, created FROM role \
             WHERE org = $1 ORDER BY name_fold",
        )
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(role).collect::<Result<_, _>>()?)
    }

    async fn add_role(&self, new: &Role, entry: &Entry) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let kept = count(
            &mut tx,
            "SELECT count(*) AS n FROM role WHERE org = $1",
            new.org,
        )
        .await?;
        if kept >= u64::from(ROLES_MOST) {
            return Ok(Change::Full);
        }
        if name_taken(&mut tx, new.org, &new.name, None).await? {
            return Ok(Change::NameTaken);
        }
        sqlx::query(
            "INSERT INTO role (id, org, name, name_fold, reach, scopes, unattended, actions, \
             created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(new.id)
        .bind(new.org.0)
        .bind(&new.name)
        .bind(fold(&new.name))
        .bind(new.rights.reach)
        .bind(scope_names(&new.rights))
        .bind(new.rights.unattended)
        .bind(action_names(&new.rights))
        .bind(micros(new.created))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn change_role(&self, role: &Role, entry: &Entry) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        if name_taken(&mut tx, role.org, &role.name, Some(role.id)).await? {
            return Ok(Change::NameTaken);
        }
        let changed = sqlx::query(
            "UPDATE role SET name = $3, name_fold = $4, reach = $5, scopes = $6, unattended = $7, \
             actions = $8, changed = iif(actions = $8, changed, $9), \
             changed_by = iif(actions = $8, changed_by, $10) WHERE id = $1 AND org = $2",
        )
        .bind(role.id)
        .bind(role.org.0)
        .bind(&role.name)
        .bind(fold(&role.name))
        .bind(role.rights.reach)
        .bind(scope_names(&role.rights))
        .bind(role.rights.unattended)
        .bind(action_names(&role.rights))
        .bind(micros(entry.at))
        .bind(entry.actor.person().map(|by| by.0))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed == 0 {
            return Ok(Change::NotThere);
        }
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn remove_role(&self, org: OrgId, id: Uuid, entry: &Entry) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let held = sqlx::query("SELECT 1 FROM assignment WHERE role = $1 AND org = $2 LIMIT 1")
            .bind(id)
            .bind(org.0)
            .fetch_optional(&mut *tx)
            .await?;
        if held.is_some() {
            return Ok(Change::InUse);
        }
        let gone = sqlx::query("DELETE FROM role WHERE id = $1 AND org = $2")
            .bind(id)
            .bind(org.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if gone == 0 {
            return Ok(Change::NotThere);
        }
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn assignments(&self, org: OrgId) -> Result<Vec<Assigned>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.id, s.org, s.account, s.user_group, s.builtin, s.role, s.place_kind, \
             s.place, s.starts, s.ends, s.hours, s.created, s.created_by, r.name AS role_name, \
             r.reach, r.scopes, r.unattended, r.actions, \
             coalesce(g.name, a.name) AS subject_name \
             FROM assignment s LEFT JOIN role r ON r.id = s.role \
             LEFT JOIN user_group g ON g.id = s.user_group \
             LEFT JOIN account a ON a.id = s.account \
             WHERE s.org = $1 ORDER BY s.created, s.id LIMIT $2",
        )
        .bind(org.0)
        .bind(ASSIGNMENTS_MOST)
        .fetch_all(&self.readers)
        .await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            all.extend(assigned(row)?);
        }
        Ok(all)
    }

    async fn assign(&self, new: &Assignment, entry: &Entry) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let made = insert(&mut tx, new).await?;
        if made == Change::Made {
            tx.commit().await?;
        }
        Ok(made)
    }

    async fn unassign(
        &self,
        org: OrgId,
        id: Uuid,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let gone = sqlx::query("DELETE FROM assignment WHERE id = $1 AND org = $2")
            .bind(id)
            .bind(org.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if gone == 0 {
            return Ok(Change::NotThere);
        }
        if !has_owner(&mut tx, org, now).await? {
            return Ok(Change::LastOwner);
        }
        tx.commit().await?;
        Ok(Change::Made)
    }
}
