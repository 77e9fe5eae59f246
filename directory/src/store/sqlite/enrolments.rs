//! Tickets once they are made, and how devices came in, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, PlaceId};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::SqliteStore;
use super::catalogue::enrol;
use super::chain::append;
use super::rows::{self, micros, time, uuid};
use crate::audit::Entry;
use crate::model::ticket::{Arrival, Enrolment};
use crate::model::{Device, TicketRecord};
use crate::store::StoreError;
use crate::store::catalogue::Redeemed;
use crate::store::enrolments::{Enrolments, Waiting};

macro_rules! ticket_columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, org, tenant, kind, secret, name, allowed, used, approval, created, \
             expires, place, unattended, tags, networks, replaces, note, revoked, made_by, \
             (made_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account a \
             WHERE a.id = ticket.made_by AND a.disabled IS NULL AND a.removed IS NULL)) \
             AS orphaned FROM ticket ",
            $rest
        )
    };
}
pub(super) use ticket_columns;

fn enrolment(row: &SqliteRow) -> Result<Enrolment, sqlx::Error> {
    Ok(Enrolment {
        ticket: uuid(row, "e_ticket")?,
        at: time(row, "e_at")?,
        address: row.try_get("e_address")?,
        unattended: row.try_get("e_unattended")?,
    })
}

fn waiting(row: &SqliteRow) -> Result<Waiting, sqlx::Error> {
    let came_in = row.try_get::<Option<i64>, _>("e_at")?.is_some();
    Ok(Waiting {
        device: rows::device(row)?,
        place: row.try_get::<Option<Uuid>, _>("place")?.map(PlaceId),
        enrolment: came_in.then(|| enrolment(row)).transpose()?,
        note: row
            .try_get::<Option<String>, _>("note")?
            .unwrap_or_default(),
        same_name: u32::try_from(row.try_get::<i64, _>("same_name")?).unwrap_or(u32::MAX),
    })
}

#[async_trait]
impl Enrolments for SqliteStore {
    async fn tickets(&self, org: OrgId, limit: u32) -> Result<Vec<TicketRecord>, StoreError> {
        let found = sqlx::query(ticket_columns!(
            "WHERE org = $1 ORDER BY created DESC, id DESC LIMIT $2"
        ))
        .bind(org.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(found.iter().map(rows::ticket).collect::<Result<_, _>>()?)
    }

    async fn ticket_by_id(&self, org: OrgId, id: Uuid) -> Result<Option<TicketRecord>, StoreError> {
        let row = sqlx::query(ticket_columns!("WHERE org = $1 AND id = $2"))
            .bind(org.0)
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.as_ref().map(rows::ticket).transpose()?)
    }

    async fn revoke_ticket(
        &self,
        org: OrgId,
        id: Uuid,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let changed = sqlx::query(
            "UPDATE ticket SET revoked = $3 WHERE org = $1 AND id = $2 AND revoked IS NULL",
        )
        .bind(org.0)
        .bind(id)
        .bind(micros(now))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed > 0 {
            tx.commit().await?;
        }
        Ok(changed > 0)
    }

    async fn replace_device(
        &self,
        ticket: Uuid,
        device: &Device,
        arrival: &Arrival,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Redeemed, StoreError> {
        enrol::replace(self, ticket, device, arrival, now, entry).await
    }

    async fn enrolment(&self, device: DeviceId) -> Result<Option<Enrolment>, StoreError> {
        let row = sqlx::query(
            "SELECT ticket AS e_ticket, at AS e_at, address AS e_address, \
             unattended AS e_unattended FROM device_enrolment WHERE device = $1",
        )
        .bind(device.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.as_ref().map(enrolment).transpose()?)
    }

    async fn waiting(&self, org: OrgId, limit: u32) -> Result<Vec<Waiting>, StoreError> {
        let found = sqlx::query(
            "SELECT d.*, t.name AS tenant_name, e.ticket AS e_ticket, e.at AS e_at, \
             e.address AS e_address, e.unattended AS e_unattended, k.note AS note, \
             (SELECT count(*) FROM device o WHERE o.tenant = d.tenant \
              AND o.name_fold = d.name_fold AND o.id <> d.id AND o.removed IS NULL) AS same_name \
             FROM device d JOIN tenant t ON t.id = d.tenant \
             LEFT JOIN device_enrolment e ON e.device = d.id \
             LEFT JOIN ticket k ON k.id = e.ticket \
             WHERE d.org = $1 AND d.approval = 'pending' AND d.removed IS NULL \
             AND d.key IS NOT NULL ORDER BY d.created, d.id LIMIT $2",
        )
        .bind(org.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(found.iter().map(waiting).collect::<Result<_, _>>()?)
    }
}
