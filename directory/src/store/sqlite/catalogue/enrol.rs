//! Spending a ticket: one transaction that takes a use away and makes a thing known, or does
//! neither.

use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::key::PublicKey;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use uuid::Uuid;

use crate::audit::Entry;
use crate::model::text::fold;
use crate::model::ticket::Arrival;
use crate::model::version;
use crate::model::{Device, Relay};
use crate::store::StoreError;
use crate::store::catalogue::{Redeemed, TicketRefusal};
use crate::store::sqlite::chain::append;
use crate::store::sqlite::imports::fill_in;
use crate::store::sqlite::rows::{self, approval_word, kind_word, micros};
use crate::store::sqlite::{SqliteStore, Tx};

/// Takes one use away, if there is one.
async fn spend(
    tx: &mut Tx,
    ticket: Uuid,
    kind: TicketKind,
    now: Timestamp,
) -> Result<Redeemed, StoreError> {
    let spent = sqlx::query(
        "UPDATE ticket SET used = used + 1 \
         WHERE id = $1 AND kind = $2 AND used < allowed AND expires > $3 AND revoked IS NULL \
         AND (made_by IS NULL OR EXISTS (SELECT 1 FROM account a WHERE a.id = ticket.made_by \
         AND a.disabled IS NULL AND a.removed IS NULL))",
    )
    .bind(ticket)
    .bind(kind_word(kind))
    .bind(micros(now))
    .execute(&mut **tx)
    .await?
    .rows_affected();
    if spent == 1 {
        return Ok(Redeemed::Yes);
    }
    let row = sqlx::query(
        "SELECT expires, revoked, used >= allowed AS used_up FROM ticket \
         WHERE id = $1 AND kind = $2",
    )
    .bind(ticket)
    .bind(kind_word(kind))
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else {
        return Ok(Redeemed::Refused(TicketRefusal::Unknown));
    };
    Ok(Redeemed::Refused(
        if rows::maybe_time(&row, "revoked")?.is_some() {
            TicketRefusal::Revoked
        } else if rows::time(&row, "expires")? <= now {
            TicketRefusal::Expired
        } else if row.try_get("used_up")? {
            TicketRefusal::UsedUp
        } else {
            TicketRefusal::Orphaned
        },
    ))
}

/// Whether any agent has this key.
pub(in crate::store::sqlite) async fn key_taken(
    tx: &mut Tx,
    key: &PublicKey,
) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT 1 FROM device WHERE key = $1 UNION ALL SELECT 1 FROM relay WHERE key = $1 \
         UNION ALL SELECT 1 FROM viewer WHERE key = $1",
    )
    .bind(key.as_bytes().as_slice())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.is_some())
}

/// Prepares an enrolment: the record, the key's freedom, the spent use.
async fn prepare(
    store: &SqliteStore,
    (ticket, kind): (Uuid, TicketKind),
    key: &PublicKey,
    now: Timestamp,
    entry: &Entry,
) -> Result<Result<Tx, TicketRefusal>, StoreError> {
    let mut tx = store.begin().await?;
    append(&mut tx, entry).await?;
    if key_taken(&mut tx, key).await? {
        return Ok(Err(TicketRefusal::KeyTaken));
    }
    match spend(&mut tx, ticket, kind, now).await? {
        Redeemed::Yes => Ok(Ok(tx)),
        Redeemed::Refused(refusal) => Ok(Err(refusal)),
    }
}

/// Notes how a device came in; what the ticket allowed is taken from the ticket.
async fn arrived(
    tx: &mut Tx,
    ticket: Uuid,
    device: &Device,
    arrival: &Arrival,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO device_enrolment (device, ticket, at, address, unattended) \
         SELECT $1, id, $3, $4, unattended FROM ticket WHERE id = $2 \
         ON CONFLICT (device) DO UPDATE SET ticket = excluded.ticket, at = excluded.at, \
         address = excluded.address, unattended = excluded.unattended",
    )
    .bind(device.id.0)
    .bind(ticket)
    .bind(micros(now))
    .bind(arrival.address.to_string())
    .execute(&mut **tx)
    .await?;
    // A place that was removed or belongs to another customer by now is left out.
    sqlx::query(
        "UPDATE device SET place = p.id FROM place p JOIN ticket k ON k.place = p.id \
         WHERE device.id = $1 AND k.id = $2 AND p.tenant = device.tenant",
    )
    .bind(device.id.0)
    .bind(ticket)
    .execute(&mut **tx)
    .await?;
    let tags: String = sqlx::query_scalar("SELECT tags FROM ticket WHERE id = $1")
        .bind(ticket)
        .fetch_one(&mut **tx)
        .await?;
    for tag in tags.lines() {
        sqlx::query(
            "INSERT INTO tag (org, name, name_fold) VALUES ($1, $2, $3) \
             ON CONFLICT (org, name_fold) DO NOTHING",
        )
        .bind(device.org.0)
        .bind(tag)
        .bind(fold(tag))
        .execute(&mut **tx)
        .await?;
        sqlx::query(
            "INSERT INTO device_tag (tag, device) SELECT t.num, d.num FROM tag t, device d \
             WHERE t.org = $1 AND t.name_fold = $2 AND d.id = $3 ON CONFLICT DO NOTHING",
        )
        .bind(device.org.0)
        .bind(fold(tag))
        .bind(device.id.0)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Gives a known device another key, if it still stands where the ticket says. What it was heard
/// with before counts no more.
pub(in crate::store::sqlite) async fn replace(
    store: &SqliteStore,
    ticket: Uuid,
    device: &Device,
    arrival: &Arrival,
    now: Timestamp,
    entry: &Entry,
) -> Result<Redeemed, StoreError> {
    let kind = TicketKind::Device;
    let mut tx = match prepare(store, (ticket, kind), &device.key, now, entry).await? {
        Ok(tx) => tx,
        Err(refusal) => return Ok(Redeemed::Refused(refusal)),
    };
    sqlx::query(
        "UPDATE session SET state = 'over', ended = $2, end_reason = $3, kill_due = 1 \
         WHERE device = $1 AND ended IS NULL",
    )
    .bind(device.id.0)
    .bind(micros(now))
    .bind(EndReason::Revoked.word())
    .execute(&mut *tx)
    .await?;
    let changed = sqlx::query(
        "UPDATE device SET key = $3, os = $4, os_fold = $5, version = $6, unattended = $7, \
         approval = $8, presence_counter = 0, presence_relay = NULL, presence_epoch = NULL \
         WHERE id = $1 AND org = $2 AND removed IS NULL AND EXISTS (SELECT 1 FROM ticket k \
         WHERE k.id = $9 AND k.tenant = device.tenant AND k.place IS device.place)",
    )
    .bind(device.id.0)
    .bind(device.org.0)
    .bind(device.key.as_bytes().as_slice())
    .bind(&device.os)
    .bind(fold(&device.os))
    .bind(&device.version)
    .bind(device.unattended)
    .bind(approval_word(device.approval))
    .bind(ticket)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if changed == 0 {
        return Ok(Redeemed::Refused(TicketRefusal::NothingToReplace));
    }
    arrived(&mut tx, ticket, device, arrival, now).await?;
    tx.commit().await?;
    Ok(Redeemed::Yes)
}

/// A second machine enrols anew: it takes over the record that was made when it was found.
async fn fill_copy(tx: &mut Tx, device: &Device, arrival: &Arrival) -> Result<bool, StoreError> {
    let Some(machine) = arrival.machine else {
        return Ok(false);
    };
    let found: Option<Uuid> = sqlx::query_scalar(
        "SELECT c.copy FROM device_copy c JOIN device d ON d.id = c.copy WHERE c.machine = $1 \
         AND d.tenant = $2 AND d.key IS NULL AND d.removed IS NULL LIMIT 1",
    )
    .bind(machine.0.as_slice())
    .bind(device.tenant.0)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(found) = found else {
        return Ok(false);
    };
    sqlx::query("DELETE FROM device_copy WHERE copy = $1")
        .bind(found)
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "UPDATE device SET id = $2, key = $3, name = $4, name_fold = $5, os = $6, os_fold = $7, \
         version = $8, version_key = $9, unattended = $10, approval = $11 WHERE id = $1",
    )
    .bind(found)
    .bind(device.id.0)
    .bind(device.key.as_bytes().as_slice())
    .bind(&device.name)
    .bind(fold(&device.name))
    .bind(&device.os)
    .bind(fold(&device.os))
    .bind(&device.version)
    .bind(version::number(&device.version))
    .bind(device.unattended)
    .bind(approval_word(device.approval))
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

pub(super) async fn device(
    store: &SqliteStore,
    ticket: Uuid,
    device: &Device,
    arrival: &Arrival,
    now: Timestamp,
    entry: &Entry,
) -> Result<Redeemed, StoreError> {
    let id = ticket;
    let ticket = (ticket, TicketKind::Device);
    let mut tx = match prepare(store, ticket, &device.key, now, entry).await? {
        Ok(tx) => tx,
        Err(refusal) => return Ok(Redeemed::Refused(refusal)),
    };
    if fill_copy(&mut tx, device, arrival).await? || fill_in(&mut tx, device).await? {
        arrived(&mut tx, id, device, arrival, now).await?;
        tx.commit().await?;
        return Ok(Redeemed::Yes);
    }
    sqlx::query(
        "INSERT INTO device (id, org, tenant, key, name, name_fold, os, os_fold, version, \
         unattended, approval, created, version_key, settled) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0)",
    )
    .bind(device.id.0)
    .bind(device.org.0)
    .bind(device.tenant.0)
    .bind(device.key.as_bytes().as_slice())
    .bind(&device.name)
    .bind(fold(&device.name))
    .bind(&device.os)
    .bind(fold(&device.os))
    .bind(&device.version)
    .bind(device.unattended)
    .bind(approval_word(device.approval))
    .bind(micros(device.created))
    .bind(version::number(&device.version))
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "UPDATE device SET place = (SELECT p.id FROM ticket t JOIN place p ON p.id = t.place \
         AND p.tenant = t.tenant WHERE t.id = $2) WHERE id = $1",
    )
    .bind(device.id.0)
    .bind(id)
    .execute(&mut *tx)
    .await?;
    arrived(&mut tx, id, device, arrival, now).await?;
    tx.commit().await?;
    Ok(Redeemed::Yes)
}

pub(super) async fn relay(
    store: &SqliteStore,
    ticket: Uuid,
    relay: &Relay,
    now: Timestamp,
    entry: &Entry,
) -> Result<Redeemed, StoreError> {
    let ticket = (ticket, TicketKind::Relay);
    let mut tx = match prepare(store, ticket, &relay.key, now, entry).await? {
        Ok(tx) => tx,
        Err(refusal) => return Ok(Redeemed::Refused(refusal)),
    };
    sqlx::query(
        "INSERT INTO relay (id, org, name, name_fold, key, version, created) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (org, name_fold) DO UPDATE SET id = excluded.id, key = excluded.key, \
         version = excluded.version, last_heard = NULL",
    )
    .bind(relay.id.0)
    .bind(relay.org.0)
    .bind(&relay.name)
    .bind(fold(&relay.name))
    .bind(relay.key.as_bytes().as_slice())
    .bind(&relay.version)
    .bind(micros(now))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Redeemed::Yes)
}
