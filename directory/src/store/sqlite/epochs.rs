//! The policy epoch on SQLite: raised in the transaction of what raises it.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, UserId};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::revocation::{Change, Revoked};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::chain::{append, signed};
use super::rows::{key, micros, number, time, uuid, wrong};
use super::staff::void_viewer;
use super::{SqliteStore, Tx};
use crate::audit::{Entry, Event};
use crate::model::bulk::{Act, Bulk};
use crate::model::request::{Act as Asked, PASS};
use crate::store::epochs::{Gap, LEAP};
use crate::store::{Epochs, StoreError};

/// Raises the epoch if what is recorded takes something back or gives it back.
pub(super) async fn raise(tx: &mut Tx, entry: &Entry) -> Result<(), StoreError> {
    let changed = match entry.event.takes_back() {
        Some(changed) => Some(changed),
        None => viewer(tx, &entry.event).await?,
    };
    let Some((what, lifted)) = changed else {
        return Ok(());
    };
    raise_by(tx, entry, what, lifted).await
}

async fn raise_by(
    tx: &mut Tx,
    entry: &Entry,
    what: Revoked,
    lifted: bool,
) -> Result<(), StoreError> {
    let row = sqlx::query("UPDATE policy_epoch SET epoch = epoch + 1 RETURNING epoch")
        .fetch_one(&mut **tx)
        .await?;
    let change = Change {
        epoch: number(&row, "epoch")?,
        at: entry.at,
        what,
        lifted,
    };
    write(tx, entry.org, &change).await?;
    Ok(())
}

/// The same for each device of a bulk act that removed them, or that was undone.
pub(super) async fn raise_for_bulk(
    tx: &mut Tx,
    entry: &Entry,
    bulk: &Bulk,
    lifted: bool,
) -> Result<(), StoreError> {
    if bulk.act != Act::Remove {
        return Ok(());
    }
    let rows = sqlx::query(
        "SELECT d.id, d.key FROM bulk_item i JOIN device d ON d.num = i.device \
         WHERE i.bulk = $1 AND d.key IS NOT NULL",
    )
    .bind(bulk.id)
    .fetch_all(&mut **tx)
    .await?;
    for row in rows {
        let device = DeviceId(uuid(&row, "id")?);
        let key = key(&row, "key")?;
        raise_by(tx, entry, Revoked::Device { device, key }, lifted).await?;
    }
    Ok(())
}

/// A viewer that is removed, or that somebody signs in with again after it was.
async fn viewer(tx: &mut Tx, event: &Event) -> Result<Option<(Revoked, bool)>, StoreError> {
    if let Event::ViewerRemoved { viewer, .. } = event {
        let row = sqlx::query("SELECT key FROM viewer WHERE id = $1")
            .bind(viewer.0)
            .fetch_optional(&mut **tx)
            .await?;
        let key = row.map(|row| key(&row, "key")).transpose()?;
        let viewer = *viewer;
        return Ok(key.map(|key| (Revoked::Viewer { viewer, key }, false)));
    }
    if let Event::ViewerSignedIn { viewer, key, .. } = event {
        let (viewer, key) = (*viewer, *key);
        let what = Revoked::Viewer { viewer, key };
        let row = sqlx::query("SELECT lifted FROM revocation WHERE what = $1 ORDER BY epoch DESC")
            .bind(words(&what)?)
            .fetch_optional(&mut **tx)
            .await?;
        let is_revoked = match row {
            Some(row) => !row.try_get::<bool, _>("lifted")?,
            None => false,
        };
        return Ok(is_revoked.then_some((what, true)));
    }
    Ok(None)
}

fn words(what: &Revoked) -> Result<String, StoreError> {
    serde_json::to_string(what).map_err(|error| StoreError(error.into()))
}

async fn write(tx: &mut Tx, org: OrgId, change: &Change) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO revocation (epoch, org, at, what, lifted) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (epoch) DO NOTHING",
    )
    .bind(signed(change.epoch))
    .bind(org.0)
    .bind(micros(change.at))
    .bind(words(&change.what)?)
    .bind(change.lifted)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn change(row: &SqliteRow) -> Result<Change, sqlx::Error> {
    Ok(Change {
        epoch: number(row, "epoch")?,
        at: time(row, "at")?,
        what: serde_json::from_str(row.try_get("what")?).map_err(|_| wrong("change"))?,
        lifted: row.try_get("lifted")?,
    })
}

#[async_trait]
impl Epochs for SqliteStore {
    async fn policy_epoch(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT epoch FROM policy_epoch")
            .fetch_one(&self.readers)
            .await?;
        Ok(number(&row, "epoch")?)
    }

    async fn changes(&self, org: OrgId, after: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
        let rows = sqlx::query(
            "SELECT epoch, at, what, lifted FROM revocation WHERE org = $1 AND epoch > $2 \
             ORDER BY epoch LIMIT $3",
        )
        .bind(org.0)
        .bind(signed(after))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(change).collect::<Result<_, _>>()?)
    }

    async fn gap(&self, org: OrgId, seen: u64) -> Result<Option<Gap>, StoreError> {
        let now = self.policy_epoch().await?;
        if seen > now {
            return Ok(Some(Gap {
                after: now,
                learned: now,
            }));
        }
        let row = sqlx::query(
            "SELECT g.after, coalesce(l.learned, g.after) AS learned FROM epoch_gap g \
             LEFT JOIN epoch_learned l ON l.after = g.after AND l.org = $2 \
             WHERE g.after < $1 AND g.until > $1",
        )
        .bind(signed(seen))
        .bind(org.0)
        .fetch_optional(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            Ok::<_, sqlx::Error>(Gap {
                after: number(row, "after")?,
                learned: number(row, "learned")?,
            })
        };
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn remembers(&self, change: &Change) -> Result<bool, StoreError> {
        let kept = sqlx::query("SELECT 1 FROM revocation WHERE epoch = $1")
            .bind(signed(change.epoch))
            .fetch_optional(&self.readers)
            .await?;
        Ok(kept.is_some())
    }

    async fn learn(&self, org: OrgId, change: &Change) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        write(&mut tx, org, change).await?;
        Ok(tx.commit().await?)
    }

    async fn learned(&self, org: OrgId, gap: Gap, upto: u64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        // A database that was put back without a restore has no gap yet: it begins here.
        sqlx::query(
            "INSERT INTO epoch_gap (after, until, learned) VALUES ($1, $2 + 1, $1) \
             ON CONFLICT (after) DO NOTHING",
        )
        .bind(signed(gap.after))
        .bind(signed(upto))
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO epoch_learned (after, org, learned) VALUES ($1, $2, $3) \
             ON CONFLICT (after, org) DO UPDATE SET learned = max(learned, excluded.learned)",
        )
        .bind(signed(gap.after))
        .bind(org.0)
        .bind(signed(gap.learned))
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE policy_epoch SET epoch = max(epoch, $1 + 1)")
            .bind(signed(upto))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn after_restore(&self, now: Timestamp, entries: &[Entry]) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        for entry in entries {
            append(&mut tx, entry).await?;
        }
        let row = sqlx::query("SELECT epoch FROM policy_epoch")
            .fetch_one(&mut *tx)
            .await?;
        let before = number(&row, "epoch")?;
        let epoch = before + LEAP;
        sqlx::query("UPDATE policy_epoch SET epoch = $1")
            .bind(signed(epoch))
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO epoch_gap (after, until, learned) VALUES ($1, $2, $1)")
            .bind(signed(before))
            .bind(signed(epoch))
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE device SET envelope_counter = envelope_counter + $1, present = 0")
            .bind(signed(LEAP))
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "UPDATE session SET state = 'over', ended = $1, end_reason = $2, kill_due = 1 \
             WHERE ended IS NULL",
        )
        .bind(micros(now))
        .bind(EndReason::Revoked.word())
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE recovery_code SET used = $1 WHERE used IS NULL")
            .bind(micros(now))
            .execute(&mut *tx)
            .await?;
        // What waits, and what was approved and may still be used, might have been decided
        // otherwise, or used, since.
        sqlx::query(
            "UPDATE request SET state = 'withdrawn', decided = coalesce(decided, $1), \
             decided_by = NULL, used = NULL \
             WHERE state = 'open' OR (state = 'approved' AND decided > $1 - $2 \
             AND (used IS NULL OR act = $3))",
        )
        .bind(micros(now))
        .bind(i64::try_from(PASS.as_micros()).unwrap_or(i64::MAX))
        .bind(Asked::OpenMore.text())
        .execute(&mut *tx)
        .await?;
        // A viewer that was removed since would be let in by its key alone.
        let viewers: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM viewer WHERE removed IS NULL")
            .fetch_all(&mut *tx)
            .await?;
        for viewer in viewers {
            void_viewer(&mut tx, viewer, now).await?;
        }
        for statement in [
            "UPDATE ticket SET used = allowed",
            "DELETE FROM web_session",
            "DELETE FROM password_link",
            "DELETE FROM api_token",
            // What must not be told any more may have been removed since.
            "DELETE FROM delivery",
            "DELETE FROM webhook",
            // Answers that are given again hold what was made then; acts that can be run or undone
            // were chosen among devices that may be others by now.
            "DELETE FROM repeat",
            "DELETE FROM bulk",
        ] {
            sqlx::query(statement).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(epoch)
    }

    async fn void_sign_in(&self, account: UserId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for statement in [
            // What no password matches.
            "UPDATE account SET password = '' WHERE id = $1",
            "DELETE FROM passkey WHERE account = $1",
        ] {
            sqlx::query(statement)
                .bind(account.0)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }
}
