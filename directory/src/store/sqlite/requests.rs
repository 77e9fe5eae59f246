//! Requests that wait for a second person, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, UserId};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::chain::append;
use super::roles::insert;
use super::rows::{micros, number, time, timestamp, uuid};
use super::{SqliteStore, Tx, ties};
use crate::audit::Entry;
use crate::model::request::{Act, OPEN_MOST, PASS, Request, RequestState};
use crate::policy::second_person::SecondPerson;
use crate::store::requests::{Decision, Effect, Ties, Verdict};
use crate::store::roles::Change;
use crate::store::{Requests, StoreError};

/// A request as it is kept; `None` where a later version wrote what this one cannot know.
fn request(row: &SqliteRow) -> Result<Option<Request>, sqlx::Error> {
    let Ok(act) = serde_json::from_str(row.try_get("act")?) else {
        return Ok(None);
    };
    let by = row.try_get::<Option<Uuid>, _>("decided_by")?.map(UserId);
    let used: Option<i64> = row.try_get("used")?;
    let state = match row.try_get::<&str, _>("state")? {
        "open" => RequestState::Open,
        "approved" => RequestState::Approved {
            by,
            at: time(row, "decided")?,
            used: used.map(timestamp),
        },
        "refused" => RequestState::Refused {
            by,
            at: time(row, "decided")?,
        },
        "withdrawn" => RequestState::Withdrawn {
            at: time(row, "decided")?,
        },
        _ => return Ok(None),
    };
    Ok(Some(Request {
        id: uuid(row, "id")?,
        org: OrgId(uuid(row, "org")?),
        asked_by: UserId(uuid(row, "asked_by")?),
        person: row.try_get("person")?,
        asked: time(row, "asked")?,
        expires: time(row, "expires")?,
        reason: row.try_get("reason")?,
        act,
        state,
        answer: row.try_get("answer")?,
    }))
}

macro_rules! request_columns {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.org, r.asked_by, a.name AS person, r.asked, r.expires, r.reason, \
             r.act, r.state, r.decided_by, r.decided, r.used, r.answer \
             FROM request r JOIN account a ON a.id = r.asked_by ",
            $rest
        )
    };
}

const fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approved => "approved",
        Verdict::Refused => "refused",
        Verdict::Withdrawn => "withdrawn",
    }
}

async fn keep_rules(tx: &mut Tx, org: OrgId, rules: &SecondPerson) -> Result<(), StoreError> {
    let text = serde_json::to_string(rules).map_err(|error| StoreError(Box::new(error)))?;
    sqlx::query(
        "INSERT INTO second_person (org, rules) VALUES ($1, $2) \
         ON CONFLICT (org) DO UPDATE SET rules = excluded.rules",
    )
    .bind(org.0)
    .bind(text)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[async_trait]
impl Requests for SqliteStore {
    async fn second_person(&self, org: OrgId) -> Result<SecondPerson, StoreError> {
        let row = sqlx::query("SELECT rules FROM second_person WHERE org = $1")
            .bind(org.0)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else {
            return Ok(SecondPerson::default());
        };
        // Rules that cannot be read must not be taken for none.
        serde_json::from_str(row.try_get("rules")?).map_err(|error| StoreError(Box::new(error)))
    }

    async fn set_second_person(
        &self,
        org: OrgId,
        rules: &SecondPerson,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        keep_rules(&mut tx, org, rules).await?;
        Ok(tx.commit().await?)
    }

    async fn ask(&self, new: &Request, entry: &Entry) -> Result<(Change, Uuid), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let digest = new.act.digest();
        let known = sqlx::query(
            "SELECT id FROM request WHERE asked_by = $1 AND digest = $2 AND state = 'open' \
             AND expires > $3",
        )
        .bind(new.asked_by.0)
        .bind(digest.as_slice())
        .bind(micros(new.asked))
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(known) = known {
            return Ok((Change::Was, uuid(&known, "id")?));
        }
        let open = sqlx::query(
            "SELECT count(*) AS n FROM request WHERE asked_by = $1 AND state = 'open' \
             AND expires > $2",
        )
        .bind(new.asked_by.0)
        .bind(micros(new.asked))
        .fetch_one(&mut *tx)
        .await?;
        if number(&open, "n")? >= u64::from(OPEN_MOST) {
            return Ok((Change::Full, new.id));
        }
        sqlx::query(
            "INSERT INTO request (id, org, asked_by, asked, expires, reason, act, digest, state) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open')",
        )
        .bind(new.id)
        .bind(new.org.0)
        .bind(new.asked_by.0)
        .bind(micros(new.asked))
        .bind(micros(new.expires))
        .bind(&new.reason)
        .bind(new.act.text())
        .bind(digest.as_slice())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok((Change::Made, new.id))
    }

    async fn requests(&self, org: OrgId, limit: u32) -> Result<Vec<Request>, StoreError> {
        let rows = sqlx::query(request_columns!(
            "WHERE r.org = $1 ORDER BY r.asked DESC, r.id DESC LIMIT $2"
        ))
        .bind(org.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            all.extend(request(row)?);
        }
        Ok(all)
    }

    async fn open_requests(&self, org: OrgId, now: Timestamp) -> Result<Vec<Request>, StoreError> {
        let rows = sqlx::query(request_columns!(
            "WHERE r.org = $1 AND r.state = 'open' AND r.expires > $2 ORDER BY r.asked"
        ))
        .bind(org.0)
        .bind(micros(now))
        .fetch_all(&self.readers)
        .await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            all.extend(request(row)?);
        }
        Ok(all)
    }

    async fn request(&self, org: OrgId, id: Uuid) -> Result<Option<Request>, StoreError> {
        let row = sqlx::query(request_columns!("WHERE r.org = $1 AND r.id = $2"))
            .bind(org.0)
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        Ok(match row {
            Some(row) => request(&row)?,
            None => None,
        })
    }

    async fn decide(
        &self,
        request: &Request,
        decision: &Decision,
        effect: &Effect,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        // What is decided is what was asked for, byte for byte, once, and in time. An effect that
        // follows at once uses the approval up.
        let used = match effect {
            Effect::Pass => None,
            Effect::Assign(..) | Effect::Rules(..) => Some(micros(decision.at)),
        };
        let decided = sqlx::query(
            "UPDATE request SET state = $4, decided = $5, decided_by = $6, used = $7, answer = $8 \
             WHERE id = $1 AND org = $2 AND digest = $3 AND state = 'open' AND expires > $5",
        )
        .bind(request.id)
        .bind(request.org.0)
        .bind(request.act.digest().as_slice())
        .bind(verdict_word(decision.verdict))
        .bind(micros(decision.at))
        .bind(decision.by.map(|by| by.0))
        .bind(used)
        .bind(&decision.answer)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if decided == 0 {
            return Ok(Change::Was);
        }
        match effect {
            Effect::Pass => {}
            Effect::Assign(assignment, record) => {
                append(&mut tx, record).await?;
                let made = insert(&mut tx, assignment).await?;
                if made != Change::Made {
                    return Ok(made);
                }
            }
            Effect::Rules(rules, record) => {
                append(&mut tx, record).await?;
                keep_rules(&mut tx, request.org, rules).await?;
            }
        }
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn ties(
        &self,
        org: OrgId,
        asker: UserId,
        decider: UserId,
        since: Timestamp,
    ) -> Result<Ties, StoreError> {
        ties::between(self, org, (asker, decider), since).await
    }

    async fn use_approval(
        &self,
        org: OrgId,
        account: UserId,
        act: &Act,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let since = Timestamp(
            now.0
                .saturating_sub(u64::try_from(PASS.as_micros()).unwrap_or(u64::MAX)),
        );
        let used = sqlx::query(
            "UPDATE request SET used = $4 WHERE id = (SELECT id FROM request \
             WHERE org = $1 AND asked_by = $2 AND digest = $3 AND state = 'approved' \
             AND decided > $5 AND (used IS NULL OR $6) ORDER BY decided LIMIT 1)",
        )
        .bind(org.0)
        .bind(account.0)
        .bind(act.digest().as_slice())
        .bind(micros(now))
        .bind(micros(since))
        .bind(act.lasts())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        tx.commit().await?;
        Ok(used > 0)
    }

    async fn devices_opened(
        &self,
        account: UserId,
        but: DeviceId,
        since: Timestamp,
    ) -> Result<u64, StoreError> {
        devices_opened(&self.readers, account, but, since).await
    }
}

/// How many devices other than one a person opened since.
pub(super) async fn devices_opened(
    on: impl sqlx::SqliteExecutor<'_>,
    account: UserId,
    but: DeviceId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT count(DISTINCT device) AS n FROM session \
         WHERE account = $1 AND device <> $2 AND issued > $3",
    )
    .bind(account.0)
    .bind(but.0)
    .bind(micros(since))
    .fetch_one(on)
    .await?;
    Ok(number(&row, "n")?)
}
