//! Sessions, on SQLite. That a device has one open session at most is an index, not a habit.

use async_trait::async_trait;
use farpane_protocol::api::HostFact;
use farpane_protocol::ids::{DeviceId, OrgId, SessionId};
use farpane_protocol::latency::SessionLatency;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::time::Timestamp;
use sqlx::{QueryBuilder, Sqlite};

use super::chain::append;
use super::ends::may_open;
use super::rows::{self, micros};
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::session::{Session, SessionState, Step};
use crate::store::sessions::{DevicesMost, DueKill, HostHeard, Opened, SessionsSought};
use crate::store::{Sessions, StoreError};

macro_rules! session_columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, org, tenant, device, device_name, account, person, viewer, grant_id, \
             epoch, channel, relay_key, relay_name, asked_for, reason, issued, state, scopes, \
             by_person, started, leased, ended, end_reason, host_closed, \
             (SELECT counts FROM session_latency WHERE session = session.id) AS latency \
             FROM session ",
            $rest
        )
    };
}

/// Writes where a session stands.
async fn write_state(
    tx: &mut Tx,
    id: SessionId,
    state: &SessionState,
    kill_due: bool,
) -> Result<(), StoreError> {
    let running = state.running();
    let (ended, reason, host_closed) = match state {
        SessionState::Granted | SessionState::Asked | SessionState::Live(_) => (None, None, false),
        SessionState::Over {
            at,
            reason,
            host_closed,
            ..
        } => (Some(micros(*at)), Some(reason.word()), *host_closed),
    };
    sqlx::query(
        "UPDATE session SET state = $2, scopes = $3, by_person = $4, started = $5, leased = $6, \
         ended = $7, end_reason = $8, host_closed = $9, kill_due = $10 WHERE id = $1",
    )
    .bind(id.0)
    .bind(state.word())
    .bind(running.map(|running| running.scopes.to_string()))
    .bind(running.map(|running| running.by_person))
    .bind(running.map(|running| micros(running.started)))
    .bind(running.and_then(|running| running.leased).map(micros))
    .bind(ended)
    .bind(reason)
    .bind(host_closed)
    .bind(kill_due)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[async_trait]
impl Sessions for SqliteStore {
    async fn open_session(
        &self,
        session: &Session,
        limit: Option<DevicesMost>,
        entry: &Entry,
    ) -> Result<Opened, StoreError> {
        let mut tx = self.begin().await?;
        if let Some(limit) = limit {
            // In the transaction that opens: of two requests at once the second one sees the first.
            let others = super::requests::devices_opened(
                &mut *tx,
                session.account,
                session.device,
                limit.since,
            );
            if others.await? >= limit.most {
                return Ok(Opened::TooMany);
            }
        }
        // Of one who is being disabled, either this comes first and is ended, or it is refused.
        if !may_open(&mut tx, session.org, session.account, session.viewer).await? {
            return Ok(Opened::NoLonger);
        }
        append(&mut tx, entry).await?;
        let inserted = sqlx::query(
            "INSERT INTO session (id, org, tenant, device, device_name, account, person, viewer, \
             grant_id, epoch, channel, relay_key, relay_name, asked_for, reason, issued, state) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        )
        .bind(session.id.0)
        .bind(session.org.0)
        .bind(session.tenant.0)
        .bind(session.device.0)
        .bind(&session.device_name)
        .bind(session.account.0)
        .bind(&session.person)
        .bind(session.viewer.0)
        .bind(session.grant.0.as_slice())
        .bind(session.epoch.0.as_slice())
        .bind(i64::try_from(session.channel.get()).unwrap_or(i64::MAX))
        .bind(session.relay.as_bytes().as_slice())
        .bind(&session.relay_name)
        .bind(session.asked_for.to_string())
        .bind(&session.reason)
        .bind(micros(session.issued))
        .bind(SessionState::Granted.word())
        .execute(&mut *tx)
        .await;
        match inserted {
            Ok(_) => {
                tx.commit().await?;
                Ok(Opened::Yes)
            }
            Err(error)
                if error
                    .as_database_error()
                    .is_some_and(sqlx::error::DatabaseError::is_unique_violation) =>
            {
                Ok(Opened::Busy)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn session(&self, org: OrgId, id: SessionId) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query(session_columns!("WHERE org = $1 AND id = $2"))
            .bind(org.0)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.as_ref().map(rows::session).transpose()?)
    }

    async fn open_sessions(&self, org: OrgId) -> Result<Vec<Session>, StoreError> {
        let found = sqlx::query(session_columns!(
            "WHERE org = $1 AND ended IS NULL ORDER BY issued DESC"
        ))
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(found.iter().map(rows::session).collect::<Result<_, _>>()?)
    }

    async fn open_session_of(&self, device: DeviceId) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query(session_columns!("WHERE device = $1 AND ended IS NULL"))
            .bind(device.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.as_ref().map(rows::session).transpose()?)
    }

    async fn find_sessions(
        &self,
        org: OrgId,
        sought: &SessionsSought,
        below: Option<(Timestamp, SessionId)>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(session_columns!("WHERE org = "));
        query.push_bind(org.0);
        match sought.open {
            Some(true) => drop(query.push(" AND ended IS NULL")),
            Some(false) => drop(query.push(" AND ended IS NOT NULL")),
            None => {}
        }
        if let Some(device) = sought.device {
            query.push(" AND device = ").push_bind(device.0);
        }
        if let Some(person) = sought.person {
            query.push(" AND account = ").push_bind(person.0);
        }
        if let Some(tenants) = &sought.tenants {
            query.push(" AND tenant IN (");
            let mut list = query.separated(", ");
            for tenant in tenants {
                list.push_bind(tenant.0);
            }
            query.push(")");
        }
        if let Some((issued, id)) = below {
            query.push(" AND (issued, id) < (");
            query.push_bind(micros(issued)).push(", ");
            query.push_bind(id.0).push(")");
        }
        query.push(" ORDER BY issued DESC, id DESC LIMIT ");
        query.push_bind(limit);
        let found = query.build().fetch_all(&self.readers).await?;
        Ok(found.iter().map(rows::session).collect::<Result<_, _>>()?)
    }

    async fn recent_sessions(&self, org: OrgId, limit: u32) -> Result<Vec<Session>, StoreError> {
        let found = sqlx::query(session_columns!(
            "WHERE org = $1 ORDER BY issued DESC, id DESC LIMIT $2"
        ))
        .bind(org.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(found.iter().map(rows::session).collect::<Result<_, _>>()?)
    }

    async fn end_session(
        &self,
        org: OrgId,
        id: SessionId,
        reason: EndReason,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let ended = sqlx::query(
            "UPDATE session SET state = 'over', ended = $3, end_reason = $4, kill_due = 1 \
             WHERE org = $1 AND id = $2 AND ended IS NULL",
        )
        .bind(org.0)
        .bind(id.0)
        .bind(micros(now))
        .bind(reason.word())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if ended > 0 {
            tx.commit().await?;
        }
        Ok(ended > 0)
    }

    async fn hear_host(
        &self,
        device: DeviceId,
        session: SessionId,
        fact: &HostFact,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<HostHeard, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(session_columns!("WHERE id = $1 AND device = $2"))
            .bind(session.0)
            .bind(device.0)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else {
            return Ok(HostHeard::NotFound);
        };
        let before = rows::session(&row)?.state;
        match before.hear(fact, now) {
            Step::Repeated => Ok(HostHeard::Repeated),
            Step::To(state) => {
                append(&mut tx, entry).await?;
                // A host that says how a session goes needs not be told about its end.
                write_state(&mut tx, session, &state, false).await?;
                tx.commit().await?;
                Ok(HostHeard::Changed)
            }
            Step::TooLate => {
                append(&mut tx, entry).await?;
                write_state(&mut tx, session, &before, true).await?;
                tx.commit().await?;
                Ok(HostHeard::TooLate)
            }
        }
    }

    async fn lease(
        &self,
        device: DeviceId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        // One statement: a session that is being ended either has no lease or ends after it.
        let leased = sqlx::query(
            "UPDATE session SET leased = $3 WHERE id = $1 AND device = $2 AND ended IS NULL",
        )
        .bind(session.0)
        .bind(device.0)
        .bind(micros(now))
        .execute(&self.writer)
        .await?
        .rows_affected();
        Ok(leased == 1)
    }

    async fn note_latency(
        &self,
        session: SessionId,
        told: &SessionLatency,
    ) -> Result<Option<SessionLatency>, StoreError> {
        let mut tx = self.begin().await?;
        let before =
            sqlx::query("SELECT counts AS latency FROM session_latency WHERE session = $1")
                .bind(session.0)
                .fetch_optional(&mut *tx)
                .await?;
        let before = before.as_ref().map(rows::latency).transpose()?.flatten();
        let Some(new) = told.since(&before.unwrap_or_default()) else {
            return Ok(None);
        };
        let counts = serde_json::to_string(told).map_err(|error| StoreError(Box::new(error)))?;
        sqlx::query(
            "INSERT INTO session_latency (session, counts) VALUES ($1, $2) \
             ON CONFLICT (session) DO UPDATE SET counts = excluded.counts",
        )
        .bind(session.0)
        .bind(counts)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(new))
    }

    async fn due_kills(&self) -> Result<Vec<DueKill>, StoreError> {
        let found = sqlx::query(
            "SELECT id, org, device, channel, relay_key, ended FROM session \
             WHERE kill_due = 1 AND ended IS NOT NULL ORDER BY ended",
        )
        .fetch_all(&self.readers)
        .await?;
        let mut due = Vec::with_capacity(found.len());
        for row in &found {
            due.push(DueKill {
                session: SessionId(rows::uuid(row, "id")?),
                org: OrgId(rows::uuid(row, "org")?),
                device: DeviceId(rows::uuid(row, "device")?),
                channel: rows::channel(row)?,
                relay: rows::key(row, "relay_key")?,
                ended: rows::time(row, "ended")?,
            });
        }
        Ok(due)
    }

    async fn kill_done(&self, session: SessionId) -> Result<(), StoreError> {
        sqlx::query("UPDATE session SET kill_due = 0 WHERE id = $1")
            .bind(session.0)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
