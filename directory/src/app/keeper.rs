//! What has to happen by itself: sessions that nobody closed end, old tokens go, and the store
//! knows when the server was last alive.

use std::sync::Arc;
use std::time::Duration;

use farpane_protocol::time::Timestamp;
use tokio::time::MissedTickBehavior;

use super::{App, AppError, Core};
use crate::audit::Actor;
use crate::store::StoreError;
use crate::store::installation::Setting;

/// Pause between two rounds.
const ROUND: Duration = Duration::from_secs(5);

/// Every how many rounds the server writes that it is alive: a synced write every half minute is
/// nothing, and "last heard" is at most that wrong after a crash.
const ALIVE_EVERY: u32 = 6;

/// Every how many rounds all chains that grew are signed: five minutes is what could be cut off
/// the record's end unnoticed, where nothing is sent out.
const SIGN_EVERY: u32 = 60;

/// Puts the store right after a start: nobody is present until a relay says so.
pub async fn begin(core: &Core) -> Result<(), StoreError> {
    let alive = core.store.setting(Setting::AliveAt).await?;
    let alive = alive.and_then(|text| text.parse().ok()).unwrap_or(0);
    core.store.nobody_present(Timestamp(alive)).await
}

/// Makes rounds until the server ends.
pub async fn run(app: Arc<App>) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut n = 0u32;
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => break,
            _ = rounds.tick() => {}
        }
        if let Err(error) = round(&app, n).await {
            tracing::error!(%error, "a round was not finished");
        }
        n = n.wrapping_add(1);
    }
    // So that a planned restart loses nothing.
    if let Err(error) = alive(&app).await {
        tracing::error!(%error, "could not note the time of the end");
    }
    if let Err(error) = app.sign_chains(true).await {
        tracing::error!(%error, "could not sign the record's end");
    }
}

async fn alive(app: &App) -> Result<(), StoreError> {
    let now = app.now().0.to_string();
    app.core.store.set(Setting::AliveAt, &now).await
}

async fn round(app: &App, n: u32) -> Result<(), AppError> {
    app.end_stale_sessions().await?;
    app.tokens.forget_old(app.now());
    app.sign_chains(n.is_multiple_of(SIGN_EVERY)).await?;
    if n.is_multiple_of(ALIVE_EVERY) {
        alive(app).await?;
    }
    Ok(())
}

impl App {
    /// Ends sessions that count as over although nobody said so.
    pub async fn end_stale_sessions(&self) -> Result<(), AppError> {
        for org in self.core.store.orgs().await? {
            for session in self.core.store.open_sessions(org.id).await? {
                if let Some(reason) = session.stale(self.now()) {
                    self.end(&session, reason, Actor::Directory).await?;
                }
            }
        }
        Ok(())
    }
}
