//! Devices and relays, and the tickets that make them known, on SQLite.

pub(super) mod enrol;

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, RelayId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::SqliteStore;
use super::chain::append;
use super::enrolments::ticket_columns;
use super::rights::hex_list;
use super::rows;
use super::rows::{approval_word, kind_word, lines, micros};
use crate::audit::Entry;
use crate::model::text::fold;
use crate::model::ticket::Arrival;
use crate::model::version;
use crate::model::{Agent, Device, DevicePage, Relay, TicketRecord};
use crate::secret::SecretDigest;
use crate::store::catalogue::{Redeemed, Within};
use crate::store::{Catalogue, People as _, StoreError};

macro_rules! device_columns {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.org, d.tenant, t.name AS tenant_name, d.key, d.name, d.os, d.version, \
             d.unattended, d.approval, d.created, d.last_heard \
             FROM device d JOIN tenant t ON t.id = d.tenant ",
            $rest
        )
    };
}

macro_rules! relay_columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, org, name, key, version, last_heard FROM relay ",
            $rest
        )
    };
}

/// What a search must meet: `$1` the organisation, `$2` folded text, `$3` and `$4` customers and
/// places to stay within. `instr` and not `LIKE`, so
/// that no character of the text means anything.
macro_rules! search {
    () => {
        "WHERE d.org = $1 AND d.key IS NOT NULL AND d.removed IS NULL AND ($2 = '' OR instr(d.name_fold, $2) > 0 \
         OR instr(d.os_fold, $2) > 0 OR instr(t.name_fold, $2) > 0) \
         AND ($3 IS NULL OR d.tenant IN (SELECT unhex(value) FROM json_each($3)) \
         OR d.place IN (SELECT unhex(value) FROM json_each($4))) "
    };
}

#[async_trait]
impl Catalogue for SqliteStore {
    async fn add_ticket(&self, ticket: &TicketRecord, entry: &Entry) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query(
            "INSERT INTO ticket (id, org, tenant, kind, secret, name, allowed, used, approval, \
             created, expires, place, unattended, tags, networks, replaces, note, \
             made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
             $17, $18)",
        )
        .bind(ticket.id)
        .bind(ticket.org.0)
        .bind(ticket.tenant.map(|tenant| tenant.0))
        .bind(kind_word(ticket.kind))
        .bind(ticket.secret.0.as_slice())
        .bind(&ticket.name)
        .bind(ticket.allowed)
        .bind(ticket.used)
        .bind(approval_word(ticket.approval))
        .bind(micros(ticket.created))
        .bind(micros(ticket.expires))
        .bind(ticket.terms.place.map(|place| place.0))
        .bind(ticket.terms.unattended)
        .bind(ticket.terms.tags.join("\n"))
        .bind(lines(&ticket.terms.networks))
        .bind(ticket.terms.replaces.map(|device| device.0))
        .bind(&ticket.terms.note)
        .bind(ticket.made_by.map(|maker| maker.0))
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn ticket(&self, secret: SecretDigest) -> Result<Option<TicketRecord>, StoreError> {
        let row = sqlx::query(ticket_columns!("WHERE secret = $1"))
            .bind(secret.0.as_slice())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.as_ref().map(rows::ticket).transpose()?)
    }

    async fn enroll_device(
        &self,
        ticket: Uuid,
        device: &Device,
        arrival: &Arrival,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Redeemed, StoreError> {
        enrol::device(self, ticket, device, arrival, now, entry).await
    }

    async fn refresh_device(&self, device: &Device, entry: &Entry) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query(
            "UPDATE device SET os = $3, os_fold = $4, version = $5, unattended = $6, \
             version_key = $7 WHERE id = $1 AND org = $2",
        )
        .bind(device.id.0)
        .bind(device.org.0)
        .bind(&device.os)
        .bind(fold(&device.os))
        .bind(&device.version)
        .bind(device.unattended)
        .bind(version::number(&device.version))
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn enroll_relay(
        &self,
        ticket: Uuid,
        relay: &Relay,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Redeemed, StoreError> {
        enrol::relay(self, ticket, relay, now, entry).await
    }

    async fn agent(&self, key: &PublicKey) -> Result<Option<Agent>, StoreError> {
        let key = key.as_bytes().as_slice();
        let row = sqlx::query(device_columns!("WHERE d.key = $1 AND d.removed IS NULL"))
            .bind(key)
            .fetch_optional(&self.readers)
            .await?;
        if let Some(row) = row {
            return Ok(Some(Agent::Host(rows::device(&row)?)));
        }
        let row = sqlx::query(relay_columns!("WHERE key = $1"))
            .bind(key)
            .fetch_optional(&self.readers)
            .await?;
        if let Some(row) = row {
            return Ok(Some(Agent::Relay(rows::relay(&row)?)));
        }
        let row = sqlx::query("SELECT id FROM viewer WHERE key = $1")
            .bind(key)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let id = farpane_protocol::ids::ViewerId(rows::uuid(&row, "id")?);
        Ok(self
            .viewer(id)
            .await?
            .map(|(viewer, account)| Agent::Viewer(viewer, account)))
    }

    async fn device(&self, org: OrgId, id: DeviceId) -> Result<Option<Device>, StoreError> {
        let row = sqlx::query(device_columns!(
            "WHERE d.org = $1 AND d.id = $2 AND d.key IS NOT NULL AND d.removed IS NULL"
        ))
        .bind(org.0)
        .bind(id.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.as_ref().map(rows::device).transpose()?)
    }

    async fn devices(
        &self,
        org: OrgId,
        search: &str,
        within: Option<&Within>,
        offset: u32,
        limit: u32,
    ) -> Result<DevicePage, StoreError> {
        let search = fold(search);
        let tenants = within.map(|within| hex_list(within.tenants.iter().map(|id| id.0)));
        let places = within.map(|within| hex_list(within.places.iter().map(|id| id.0)));
        let total: i64 = sqlx::query_scalar(concat!(
            "SELECT count(*) FROM device d JOIN tenant t ON t.id = d.tenant ",
            search!()
        ))
        .bind(org.0)
        .bind(&search)
        .bind(&tenants)
        .bind(&places)
        .fetch_one(&self.readers)
        .await?;
        let found = sqlx::query(concat!(
            "SELECT d.id, d.org, d.tenant, t.name AS tenant_name, d.key, d.name, d.os, d.version, \
             d.unattended, d.approval, d.created, d.last_heard \
             FROM device d JOIN tenant t ON t.id = d.tenant ",
            search!(),
            "ORDER BY d.name_fold, d.id LIMIT $5 OFFSET $6"
        ))
        .bind(org.0)
        .bind(&search)
        .bind(&tenants)
        .bind(&places)
        .bind(limit)
        .bind(offset)
        .fetch_all(&self.readers)
        .await?;
        Ok(DevicePage {
            devices: found.iter().map(rows::device).collect::<Result<_, _>>()?,
            total: u64::try_from(total).unwrap_or(0),
        })
    }

    async fn pending_devices(&self, org: OrgId, limit: u32) -> Result<Vec<Device>, StoreError> {
        let found = sqlx::query(device_columns!(
            "WHERE d.org = $1 AND d.approval = 'pending' AND d.key IS NOT NULL \
         AND d.removed IS NULL ORDER BY d.created, d.id LIMIT $2"
        ))
        .bind(org.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(found.iter().map(rows::device).collect::<Result<_, _>>()?)
    }

    async fn approve_device(
        &self,
        org: OrgId,
        id: DeviceId,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let changed = sqlx::query(
            "UPDATE device SET approval = 'approved' \
             WHERE org = $1 AND id = $2 AND approval = 'pending' AND removed IS NULL",
        )
        .bind(org.0)
        .bind(id.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed > 0 {
            tx.commit().await?;
        }
        Ok(changed > 0)
    }

    async fn rename_device(
        &self,
        org: OrgId,
        id: DeviceId,
        name: &str,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let changed = sqlx::query(
            "UPDATE device SET name = $3, name_fold = $4 \
                 WHERE org = $1 AND id = $2 AND removed IS NULL",
        )
        .bind(org.0)
        .bind(id.0)
        .bind(name)
        .bind(fold(name))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed > 0 {
            tx.commit().await?;
        }
        Ok(changed > 0)
    }

    async fn remove_device(
        &self,
        org: OrgId,
        id: DeviceId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query(
            "UPDATE session SET state = 'over', ended = $3, end_reason = $4, kill_due = 1 \
             WHERE org = $1 AND device = $2 AND ended IS NULL",
        )
        .bind(org.0)
        .bind(id.0)
        .bind(micros(now))
        .bind(EndReason::Revoked.word())
        .execute(&mut *tx)
        .await?;
        let gone = sqlx::query("DELETE FROM device WHERE org = $1 AND id = $2")
            .bind(org.0)
            .bind(id.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if gone > 0 {
            tx.commit().await?;
        }
        Ok(gone > 0)
    }

    async fn relays(&self, org: OrgId) -> Result<Vec<Relay>, StoreError> {
        let found = sqlx::query(relay_columns!("WHERE org = $1 ORDER BY name_fold"))
            .bind(org.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(found.iter().map(rows::relay).collect::<Result<_, _>>()?)
    }

    async fn note_relay(
        &self,
        relay: RelayId,
        version: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE relay SET version = $2, last_heard = $3, listens = 1 WHERE id = $1")
            .bind(relay.0)
            .bind(version)
            .bind(micros(now))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn note_listening(&self, relays: &[RelayId], now: Timestamp) -> Result<(), StoreError> {
        let here = hex_list(relays.iter().map(|relay| relay.0));
        // One that stopped was heard until it did, give or take a round.
        sqlx::query(
            "UPDATE relay SET listens = id IN (SELECT unhex(value) FROM json_each($1)), \
             last_heard = $2 WHERE listens = 1 OR id IN (SELECT unhex(value) FROM json_each($1))",
        )
        .bind(here)
        .bind(micros(now))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn listening(&self, org: OrgId) -> Result<Vec<RelayId>, StoreError> {
        let found = sqlx::query("SELECT id FROM relay WHERE org = $1 AND listens = 1")
            .bind(org.0)
            .fetch_all(&self.readers)
            .await?;
        let id = |row: &sqlx::sqlite::SqliteRow| Ok(RelayId(rows::uuid(row, "id")?));
        Ok(found.iter().map(id).collect::<Result<_, sqlx::Error>>()?)
    }
}
