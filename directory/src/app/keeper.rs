//! What has to happen by itself: sessions that nobody closed end, old tokens go, and the store
//! knows when the server was last alive.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use farpane_protocol::outcome::EndReason;
use farpane_protocol::time::Timestamp;
use tokio::time::MissedTickBehavior;

use super::{App, AppError, Core};
use crate::audit::Actor;
use crate::model::bulk::{PREVIEW_LIFE, UNDO_WINDOW};
use crate::policy::OnDevice;
use crate::policy::rights::Rights;
use crate::policy::second_person::REMOVALS_WITHIN;
use crate::store::StoreError;
use crate::store::installation::Setting;

/// Pause between two rounds.
const ROUND: Duration = Duration::from_secs(5);

/// Every how many rounds the server writes that it is alive: a synced write every half minute is
/// nothing, and "last heard" is at most that wrong after a crash.
const ALIVE_EVERY: u32 = 6;

/// How long after a server wrote that it is alive it counts as running for other programs: two of
/// its rounds, and a disk that is slow.
pub const COUNTS_AS_ALIVE: Duration = Duration::from_secs(75);

/// Every how many rounds all chains that grew are signed: five minutes is what could be cut off
/// the record's end unnoticed, where nothing is sent out.
const SIGN_EVERY: u32 = 60;

/// Every how many rounds what cannot be undone any more is forgotten.
const PURGE_EVERY: u32 = 6;

/// Most devices that are forgotten at once: a tenth of a second of the database's time.
const PURGE_MOST: u32 = 1_000;

/// Programs that are looked at in one sweep: a hundred thousand are through within the hour.
const SWEPT_AT_ONCE: u32 = 1_000;

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
    let mut swept = 0;
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => break,
            _ = rounds.tick() => {}
        }
        if let Err(error) = app.look_at_storage().await {
            tracing::error!(%error, "could not look at the disk");
        }
        if let Err(error) = round(&app, n, &mut swept).await {
            if let AppError::Store(error) = &error {
                app.note_trouble(error);
            }
            let cause = std::error::Error::source(&error);
            let cause = cause.map(tracing::field::display);
            tracing::error!(%error, cause, "a round was not finished");
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
    note_listening(app).await?;
    let now = app.now().0.to_string();
    app.core.store.set(Setting::AliveAt, &now).await
}

/// Writes which relays listen, for programs that cannot see the board.
pub(super) async fn note_listening(app: &App) -> Result<(), StoreError> {
    let mut listening = Vec::new();
    for org in app.core.store.orgs().await? {
        let here = app.board.listening_of(org.id);
        listening.extend(here.into_iter().map(|here| here.relay));
    }
    app.core.store.note_listening(&listening, app.now()).await
}

/// Pause between two looks whether sessions still rest on rights: with the dispatcher's and the
/// host's share a picture ends well within five seconds of the right.
const RIGHTS_EVERY: Duration = Duration::from_secs(1);

/// Ends sessions whose rights ended, until the server ends.
pub async fn watch_rights(app: Arc<App>) {
    let mut looks = tokio::time::interval(RIGHTS_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = looks.tick() => {}
        }
        if let Err(error) = app.end_rightless_sessions().await {
            tracing::error!(%error, "could not look whether sessions still rest on rights");
        }
    }
}

async fn round(app: &App, n: u32, swept: &mut i64) -> Result<(), AppError> {
    app.end_stale_sessions().await?;
    app.expel_removed_relays().await?;
    app.tokens.forget_old(app.now());
    app.proofs.forget_old(app.now());
    app.challenges.forget_old(app.now());
    app.sign_chains(n.is_multiple_of(SIGN_EVERY)).await?;
    if n.is_multiple_of(PURGE_EVERY) {
        app.purge().await?;
        // Devices that were purged leave programs behind that nobody has.
        *swept = app.core.store.sweep_software(*swept, SWEPT_AT_ONCE).await?;
    }
    if n.is_multiple_of(ALIVE_EVERY) {
        alive(app).await?;
    }
    Ok(())
}

impl App {
    /// Forgets acts that cannot be undone any more, and the devices that they removed.
    async fn purge(&self) -> Result<(), AppError> {
        let ago = |span: Duration| {
            let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
            Timestamp(self.now().0.saturating_sub(micros))
        };
        // Removals count together for an hour, which is longer than they can be undone.
        let made = ago((PREVIEW_LIFE + UNDO_WINDOW).max(REMOVALS_WITHIN));
        self.core
            .store
            .purge(made, ago(UNDO_WINDOW), PURGE_MOST)
            .await?;
        Ok(())
    }

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

    /// Ends sessions that no role carries any more: it was taken away, it ended, its hours are
    /// over, or the device stands elsewhere now.
    pub async fn end_rightless_sessions(&self) -> Result<(), AppError> {
        for org in self.core.store.orgs().await? {
            let open = self.core.store.open_sessions(org.id).await?;
            if open.is_empty() {
                continue;
            }
            let core = self.in_org(org.id).await?;
            let devices: Vec<_> = open.iter().map(|session| session.device).collect();
            let paths = core.paths_of(&devices).await?;
            let mut people = HashMap::new();
            for session in open {
                let rights = match people.entry(session.account) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => {
                        let person = core.store.account(org.id, session.account).await?;
                        let held = if person.is_some_and(|person| person.disabled.is_none()) {
                            let held = core.store.held_by(org.id, session.account, self.now());
                            held.await?
                        } else {
                            Vec::new()
                        };
                        new.insert(Rights { held })
                    }
                };
                let path = paths.get(&session.device);
                let given = path.map(|path| OnDevice::of(rights, path));
                let (scopes, asked) = match session.state.running() {
                    Some(running) => (running.scopes, running.by_person),
                    // Nobody came in yet; whether somebody is asked is the host's to say.
                    None => (session.asked_for, true),
                };
                if !given.is_some_and(|given| given.carries(scopes, asked)) {
                    self.end(&session, EndReason::RightsEnded, Actor::Directory)
                        .await?;
                }
            }
        }
        Ok(())
    }
}
