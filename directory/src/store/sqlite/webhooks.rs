//! Webhooks on SQLite.

use std::collections::HashMap;

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, SqliteConnection};
use uuid::Uuid;

use super::SqliteStore;
use super::chain::{append, signed};
use super::rows::{micros, number, time, timestamp, uuid};
use crate::audit::Entry;
use crate::model::webhook::{
    Delivery, KEPT_MOST, Kinds, TRIALS_MOST, TRIALS_WITHIN, WAITING_MOST, WEBHOOKS_MOST, Webhook,
};
use crate::store::webhooks::Tried;
use crate::store::{StoreError, Webhooks};

fn webhook(row: &SqliteRow) -> Result<Webhook, sqlx::Error> {
    Ok(Webhook {
        id: uuid(row, "id")?,
        org: OrgId(uuid(row, "org")?),
        place: row.try_get("place")?,
        address: row.try_get("address")?,
        kinds: Kinds::kept(row.try_get("events")?),
        secret: row.try_get("secret")?,
        created: time(row, "created")?,
        maker: row.try_get::<Option<Uuid>, _>("maker")?.map(UserId),
        on_hold: row.try_get("on_hold")?,
        told: number(row, "told")?,
        missed: number(row, "missed")?,
    })
}

/// The columns of a webhook, and where they are read from. One is on hold while whoever made it is
/// disabled or gone.
const WEBHOOK: &str = "w.id, w.org, w.place, w.address, w.events, w.secret, w.created, w.maker, \
    w.told, w.missed, (w.maker IS NOT NULL AND m.id IS NULL) AS on_hold \
    FROM webhook w LEFT JOIN account m \
    ON m.id = w.maker AND m.disabled IS NULL AND m.removed IS NULL";

/// The columns of a delivery.
const DELIVERY: &str = "id, webhook, kind, body, made, tries, due, tried, status, why";

fn delivery(row: &SqliteRow) -> Result<Delivery, sqlx::Error> {
    let due: Option<i64> = row.try_get("due")?;
    let tried: Option<i64> = row.try_get("tried")?;
    let status: Option<i64> = row.try_get("status")?;
    Ok(Delivery {
        id: uuid(row, "id")?,
        webhook: uuid(row, "webhook")?,
        kind: row.try_get("kind")?,
        body: row.try_get("body")?,
        made: time(row, "made")?,
        tries: u32::try_from(number(row, "tries")?).unwrap_or(u32::MAX),
        due: due.map(timestamp),
        tried: tried.map(timestamp),
        status: status.and_then(|status| u16::try_from(status).ok()),
        why: row.try_get("why")?,
    })
}

/// What a webhook's queue can take.
struct Room {
    /// Deliveries for which there is room.
    left: u32,
    /// Deliveries that found none.
    missed: u32,
}

async fn room(tx: &mut SqliteConnection, webhook: Uuid) -> Result<Option<Room>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM delivery WHERE webhook = $1 AND due IS NOT NULL) AS waiting \
         FROM webhook WHERE id = $1",
    )
    .bind(webhook)
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let waiting = u32::try_from(number(&row, "waiting")?).unwrap_or(u32::MAX);
    Ok(Some(Room {
        left: WAITING_MOST.saturating_sub(waiting),
        missed: 0,
    }))
}

#[async_trait]
impl Webhooks for SqliteStore {
    async fn add_webhook(&self, new: &Webhook, entry: &Entry) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let added = sqlx::query(
            "INSERT INTO webhook (id, org, place, address, maker, events, secret, created, told) \
             SELECT $1, $2, $3, $8, $9, $4, $5, $6, (SELECT coalesce(max(number), 0) FROM record) \
             WHERE (SELECT count(*) FROM webhook WHERE org = $2) < $7",
        )
        .bind(new.id)
        .bind(new.org.0)
        .bind(&new.place)
        .bind(new.kinds.names().join(" "))
        .bind(&new.secret)
        .bind(micros(new.created))
        .bind(WEBHOOKS_MOST)
        .bind(&new.address)
        .bind(new.maker.map(|maker| maker.0))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if added > 0 {
            tx.commit().await?;
        }
        Ok(added > 0)
    }

    async fn remove_webhook(
        &self,
        org: OrgId,
        id: Uuid,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query(
            "DELETE FROM delivery WHERE webhook IN (SELECT id FROM webhook WHERE org = $1 AND id = $2)",
        )
        .bind(org.0)
        .bind(id)
        .execute(&mut *tx)
        .await?;
        let gone = sqlx::query("DELETE FROM webhook WHERE org = $1 AND id = $2")
            .bind(org.0)
            .bind(id)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if gone > 0 {
            tx.commit().await?;
        }
        Ok(gone > 0)
    }

    async fn webhooks(&self, org: Option<OrgId>) -> Result<Vec<Webhook>, StoreError> {
        let mut query = QueryBuilder::new(format!("SELECT {WEBHOOK}"));
        if let Some(org) = org {
            query.push(" WHERE w.org = ").push_bind(org.0);
        }
        query.push(" ORDER BY w.created, w.id");
        let rows = query.build().fetch_all(&self.readers).await?;
        Ok(rows.iter().map(webhook).collect::<Result<_, _>>()?)
    }

    async fn queue_deliveries(
        &self,
        new: &[Delivery],
        told: &[(Uuid, u64)],
        missed: &[(Uuid, u64)],
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        // For how many more each webhook has room, and how many found none; absent for one that
        // was removed meanwhile.
        let mut rooms: HashMap<Uuid, Option<Room>> = HashMap::new();
        for new in new {
            let room = match rooms.get_mut(&new.webhook) {
                Some(room) => room,
                None => {
                    let room = room(&mut tx, new.webhook).await?;
                    rooms.entry(new.webhook).or_insert(room)
                }
            };
            match room {
                None => continue,
                Some(room) if room.left == 0 => {
                    room.missed += 1;
                    continue;
                }
                Some(room) => room.left -= 1,
            }
            sqlx::query(
                "INSERT INTO delivery (id, webhook, kind, body, made, due) \
                 VALUES ($1, $2, $3, $4, $5, $5)",
            )
            .bind(new.id)
            .bind(new.webhook)
            .bind(&new.kind)
            .bind(&new.body)
            .bind(micros(new.made))
            .execute(&mut *tx)
            .await?;
        }
        let no_room = rooms.into_iter().map(|(webhook, room)| {
            let missed = room.map_or(0, |room| room.missed);
            (webhook, u64::from(missed))
        });
        for (webhook, missed) in no_room.chain(missed.iter().copied()) {
            if missed > 0 {
                sqlx::query("UPDATE webhook SET missed = missed + $2 WHERE id = $1")
                    .bind(webhook)
                    .bind(signed(missed))
                    .execute(&mut *tx)
                    .await?;
            }
        }
        for (webhook, number) in told {
            sqlx::query("UPDATE webhook SET told = $2 WHERE id = $1")
                .bind(webhook)
                .bind(signed(*number))
                .execute(&mut *tx)
                .await?;
            // What is over is kept for looking at, and not for ever.
            sqlx::query(
                "DELETE FROM delivery WHERE webhook = $1 AND due IS NULL AND id NOT IN \
                 (SELECT id FROM delivery WHERE webhook = $1 AND due IS NULL \
                  ORDER BY made DESC, id DESC LIMIT $2)",
            )
            .bind(webhook)
            .bind(KEPT_MOST)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn queue_trial(&self, trial: &Delivery, entry: &Entry) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let within = u64::try_from(TRIALS_WITHIN.as_micros()).unwrap_or(u64::MAX);
        let since = trial.made.0.saturating_sub(within);
        let queued = sqlx::query(
            "INSERT INTO delivery (id, webhook, kind, body, made, due) \
             SELECT $1, w.id, $3, $4, $5, $5 FROM webhook w WHERE w.id = $2 \
             AND (SELECT count(*) FROM delivery d WHERE d.webhook = $2 AND d.kind = $3 \
             AND d.made > $6) < $7",
        )
        .bind(trial.id)
        .bind(trial.webhook)
        .bind(&trial.kind)
        .bind(&trial.body)
        .bind(micros(trial.made))
        .bind(signed(since))
        .bind(TRIALS_MOST)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if queued > 0 {
            tx.commit().await?;
        }
        Ok(queued > 0)
    }

    async fn webhooks_due(&self, now: Timestamp) -> Result<Vec<Webhook>, StoreError> {
        let mut query = QueryBuilder::new(format!("SELECT {WEBHOOK} "));
        query
            .push("WHERE (w.maker IS NULL OR m.id IS NOT NULL) AND EXISTS (SELECT 1 FROM delivery d WHERE d.webhook = w.id AND d.due <= ")
            .push_bind(micros(now))
            .push(") ORDER BY w.created, w.id");
        let rows = query.build().fetch_all(&self.readers).await?;
        Ok(rows.iter().map(webhook).collect::<Result<_, _>>()?)
    }

    async fn due_deliveries(
        &self,
        webhook: Uuid,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut query = QueryBuilder::new(format!("SELECT {DELIVERY} FROM delivery "));
        query.push("WHERE webhook = ").push_bind(webhook);
        query.push(" AND due <= ").push_bind(micros(now));
        query.push(" ORDER BY due, id LIMIT ").push_bind(limit);
        let rows = query.build().fetch_all(&self.readers).await?;
        Ok(rows.iter().map(delivery).collect::<Result<_, _>>()?)
    }

    async fn note_tried(&self, tried: &Tried) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE delivery SET tries = tries + 1, tried = $2, status = $3, why = $4, due = $5 \
             WHERE id = $1",
        )
        .bind(tried.delivery)
        .bind(micros(tried.at))
        .bind(tried.status)
        .bind(&tried.why)
        .bind(tried.due.map(micros))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn deliveries(&self, webhook: Uuid, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let mut query = QueryBuilder::new(format!("SELECT {DELIVERY} FROM delivery "));
        query.push("WHERE webhook = ").push_bind(webhook);
        query
            .push(" ORDER BY made DESC, id DESC LIMIT ")
            .push_bind(limit);
        let rows = query.build().fetch_all(&self.readers).await?;
        Ok(rows.iter().map(delivery).collect::<Result<_, _>>()?)
    }
}
