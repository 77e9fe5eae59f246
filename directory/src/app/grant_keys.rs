//! Another key to sign with: announced to hosts and relays first, then it signs, and the old one
//! counts for a while longer. The running server takes up what the command line began, and ends it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use farpane_certs::keys::{self, KeyFileError};
use farpane_protocol::key::{PublicKey, SecretKey};
use farpane_protocol::succession::Succession;
use farpane_protocol::time::Timestamp;
use tokio::time::MissedTickBehavior;

use super::{App, AppError, Core};
use crate::audit::{Actor, Entry, Event, KeyPlan};
use crate::config::DataDir;
use crate::model::ring::{GrantKey, HURRY};
use crate::store::StoreError;

/// Pause between two looks whether the command line began something: a fraction of the shortest
/// announcement.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How fast a new key takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Everybody has time to hear of it.
    Planned {
        /// How long the new key is announced before it signs.
        announced: Duration,
        /// How long the old one counts after that.
        counts: Duration,
    },
    /// The old key may be known to others.
    AtOnce,
    /// Nobody knows whether the old key was withdrawn since a backup was made.
    Restored,
}

impl Pace {
    /// From when on the new key signs, and until when the old one counts.
    fn from(self, now: Timestamp) -> (Timestamp, Timestamp) {
        match self {
            Self::Planned { announced, counts } => {
                let signs = now.after(announced);
                (signs, signs.after(counts))
            }
            Self::AtOnce => (now.after(HURRY), now.after(HURRY)),
            Self::Restored => (now, now),
        }
    }
}

/// Why the keys in the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadKeys {
    /// The folder cannot be read or changed.
    #[error("cannot use the folder of the grant keys")]
    Folder(#[from] std::io::Error),
    /// A key file cannot be used.
    #[error("cannot use a grant key; restore it from a backup")]
    Key(#[from] KeyFileError),
}

/// Every key to sign with that lies in the folder, and where.
fn in_folder(data: &DataDir) -> Result<Vec<(PathBuf, SecretKey)>, BadKeys> {
    let mut found = Vec::new();
    for path in data.grant_keys()? {
        let key = keys::load(&path)?;
        found.push((path, key));
    }
    Ok(found)
}

/// Takes a key out of the folder that does not count any more. The one that signs takes the usual
/// name, over the old one, so that no step leaves a folder without a key.
fn forget(data: &DataDir, old: &PublicKey, signer: &PublicKey) -> Result<(), BadKeys> {
    let found = in_folder(data)?;
    let at = |wanted: &PublicKey| {
        let mut found = found.iter();
        found
            .find(|(_, key)| key.public() == *wanted)
            .map(|(path, _)| path)
    };
    let (Some(old), Some(signer)) = (at(old), at(signer)) else {
        return Ok(()); // gone before, or the only one there is
    };
    if *old == data.grant_key() {
        std::fs::rename(signer, old)?;
    } else {
        std::fs::remove_file(old)?;
    }
    std::fs::File::open(data.path())?.sync_all()?;
    Ok(())
}

impl Core {
    /// The same record for every organisation: they all rest on this key.
    async fn for_all(&self, actor: &Actor, event: &Event) -> Result<Vec<Entry>, StoreError> {
        let orgs = self.store.orgs().await?;
        let entry = |id| self.entry(actor.clone(), event.clone()).of(id);
        Ok(orgs.iter().map(|org| entry(org.id)).collect())
    }

    /// Announces a key that follows the one that signs now: from when on it signs, and until when
    /// the old one counts. `None` if another change is under way.
    pub async fn change_grant_key(
        &self,
        signer: &SecretKey,
        next: PublicKey,
        pace: Pace,
    ) -> Result<Option<(Timestamp, Timestamp)>, AppError> {
        let now = self.clock.now();
        let (signs, until) = pace.from(now);
        let known = self.store.grant_keys().await?.0;
        let known = known.into_iter().find(|key| key.key == signer.public());
        let old = known.unwrap_or(GrantKey {
            key: signer.public(),
            announced: Timestamp(0),
            signs: Timestamp(0),
            withdrawn: None,
            succession: None,
            restored: false,
            closed: false,
        });
        let old = GrantKey {
            withdrawn: Some(until),
            restored: pace == Pace::Restored,
            ..old
        };
        let new = GrantKey {
            key: next,
            announced: now,
            signs,
            withdrawn: None,
            succession: Some(Succession { next, at: now }.seal(signer)),
            restored: false,
            closed: false,
        };
        let event = Event::GrantKeyAnnounced(KeyPlan {
            key: next,
            follows: signer.public(),
            signs,
            until,
        });
        let entries = self.for_all(&Actor::Operator, &event).await?;
        let done = self.store.announce_grant_key(&old, &new, now, &entries);
        Ok(done.await?.then_some((signs, until)))
    }

    /// Brings a change that is under way to its end; from when on the old key does not count.
    /// `None` if none is under way.
    pub async fn hurry_grant_key(&self, pace: Pace) -> Result<Option<Timestamp>, AppError> {
        let now = self.clock.now();
        let (_, at) = pace.from(now);
        let ring = self.store.grant_keys().await?;
        let Some((old, new)) = ring.changing(now) else {
            return Ok(None);
        };
        let event = Event::GrantKeyAnnounced(KeyPlan {
            key: new.key,
            follows: old.key,
            signs: new.signs.min(at),
            until: at,
        });
        let entries = self.for_all(&Actor::Operator, &event).await?;
        let done = self.store.hurry_grant_key(at, now, &entries).await?;
        Ok(done.then_some(at))
    }
}

impl App {
    /// The key that signs now.
    pub(super) fn signer(&self) -> SecretKey {
        self.signing.key(self.now())
    }

    /// Takes up the keys as they are kept now, and tells relays if they changed.
    pub async fn take_up_grant_keys(&self, data: &DataDir) -> Result<(), AppError> {
        let ring = self.core.store.grant_keys().await?;
        if ring.0.is_empty() {
            return Ok(());
        }
        let folder = data.clone();
        let found = tokio::task::spawn_blocking(move || in_folder(&folder)).await;
        let secrets = match found {
            Ok(Ok(found)) => found.into_iter().map(|(_, key)| key).collect(),
            Ok(Err(error)) => {
                let cause = std::error::Error::source(&error).map(tracing::field::display);
                tracing::error!(%error, cause, "going on with the keys that are known");
                return Ok(());
            }
            Err(_) => return Ok(()), // the server ends
        };
        if self.signing.publish(ring, secrets) {
            tracing::info!(keys = self.directory_keys().len(), "the grant keys changed");
            for relay in self.board.listening() {
                self.board.send(&relay.place.key, self.order_now());
            }
        }
        Ok(())
    }

    /// Takes keys out of the folder whose time is over, and records that.
    async fn close_grant_keys(&self, data: &DataDir) -> Result<(), AppError> {
        let now = self.now();
        let ring = self.core.store.grant_keys().await?;
        for old in ring.0.iter().filter(|key| key.is_over(now)) {
            let (folder, key, signer) = (data.clone(), old.key, self.signer().public());
            let gone = tokio::task::spawn_blocking(move || forget(&folder, &key, &signer)).await;
            if let Ok(Err(error)) = gone {
                tracing::error!(%error, "an old grant key could not be taken away");
                return Ok(());
            }
            let event = Event::GrantKeyWithdrawn { key: old.key };
            let entries = self.core.for_all(&Actor::Directory, &event).await?;
            self.core.store.close_grant_key(&old.key, &entries).await?;
            tracing::info!(key = %old.key.fingerprint(), "an old grant key does not count any more");
        }
        Ok(())
    }
}

/// Takes up what the command line begins, until the server ends.
pub async fn run(app: Arc<App>, data: DataDir) {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = looks.tick() => {}
        }
        let looked = async {
            app.take_up_grant_keys(&data).await?;
            app.close_grant_keys(&data).await
        };
        if let Err(error) = looked.await {
            if let AppError::Store(error) = &error {
                app.note_trouble(error);
            }
            tracing::error!(%error, "could not look after the grant keys");
        }
    }
}
