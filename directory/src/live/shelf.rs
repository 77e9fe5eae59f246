//! Half-finished things that a person comes back for with a secret: a sign-in whose second factor
//! is still missing, a passkey ceremony, a secret that is being set up. Each has a short life, is
//! taken at most once, and there are never too many.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use farpane_protocol::time::Timestamp;

use super::lock;
use crate::secret::{Secret, SecretDigest};

/// Things by the digest of the secret that fetches them.
#[derive(Debug)]
pub struct Shelf<T> {
    life: Duration,
    most: usize,
    kept: Mutex<HashMap<SecretDigest, Kept<T>>>,
}

#[derive(Debug)]
struct Kept<T> {
    thing: T,
    until: Timestamp,
}

impl<T: Clone> Shelf<T> {
    /// A shelf for `most` things, each for as long as `life`.
    pub fn new(life: Duration, most: usize) -> Self {
        Self {
            life,
            most,
            kept: Mutex::default(),
        }
    }

    /// Puts something there; the secret fetches it. `None` if the shelf is full of living things:
    /// then nothing is pushed out, so that a flood cannot undo what others began.
    pub fn put(&self, thing: T, now: Timestamp) -> Option<Secret> {
        let mut kept = lock(&self.kept);
        if kept.len() >= self.most {
            kept.retain(|_, kept| kept.until > now);
        }
        if kept.len() >= self.most {
            return None;
        }
        let secret = Secret::draw();
        let until = now.after(self.life);
        kept.insert(secret.digest(), Kept { thing, until });
        Some(secret)
    }

    /// What this secret fetches; it stays there.
    pub fn look(&self, shown: &str, now: Timestamp) -> Option<T> {
        let digest = SecretDigest::of_shown(shown)?;
        let kept = lock(&self.kept);
        let kept = kept.get(&digest)?;
        (kept.until > now).then(|| kept.thing.clone())
    }

    /// What this secret fetches; it is gone then.
    pub fn take(&self, shown: &str, now: Timestamp) -> Option<T> {
        let digest = SecretDigest::of_shown(shown)?;
        let kept = lock(&self.kept).remove(&digest)?;
        (kept.until > now).then_some(kept.thing)
    }

    /// Changes what is there; what `change` says, or `None` if nothing is there.
    pub fn change<R>(
        &self,
        shown: &str,
        now: Timestamp,
        change: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        let digest = SecretDigest::of_shown(shown)?;
        let mut kept = lock(&self.kept);
        let kept = kept.get_mut(&digest)?;
        (kept.until > now).then(|| change(&mut kept.thing))
    }

    /// Drops everything that `which` names.
    pub fn drop_where(&self, which: impl Fn(&T) -> bool) {
        lock(&self.kept).retain(|_, kept| !which(&kept.thing));
    }

    /// Drops what nobody can fetch any more.
    pub fn forget_old(&self, now: Timestamp) {
        lock(&self.kept).retain(|_, kept| kept.until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const LIFE: Duration = Duration::from_secs(300);

    #[test]
    fn a_thing_is_taken_once_and_within_its_life() {
        let shelf = Shelf::new(LIFE, 10);
        let secret = shelf.put("x", NOW).expect("room");
        assert_eq!(shelf.look(secret.expose(), NOW), Some("x"));
        assert_eq!(shelf.take("other", NOW), None);
        assert_eq!(shelf.take(secret.expose(), NOW), Some("x"));
        assert_eq!(shelf.take(secret.expose(), NOW), None);
        let secret = shelf.put("y", NOW).expect("room");
        assert_eq!(shelf.look(secret.expose(), NOW.after(LIFE)), None);
        assert_eq!(shelf.take(secret.expose(), NOW.after(LIFE)), None);
    }

    #[test]
    fn a_full_shelf_takes_nothing_until_something_ages() {
        let shelf = Shelf::new(LIFE, 2);
        let first = shelf.put(1, NOW).expect("room");
        shelf.put(2, NOW).expect("room");
        assert!(shelf.put(3, NOW).is_none());
        assert_eq!(shelf.look(first.expose(), NOW), Some(1));
        assert!(shelf.put(3, NOW.after(LIFE)).is_some());
    }
}
