//! Half-finished things that a person comes back for with a secret: a sign-in whose second factor
//! is still missing, a passkey ceremony, a secret that is being set up. Each has a short life, is
//! taken at most once, and there are never too many, of one person or of all.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use farpane_protocol::ids::UserId;
use farpane_protocol::time::Timestamp;

use super::lock;
use crate::secret::{Secret, SecretDigest};

/// Most things of one person: windows in which they began anew. A further one pushes out their
/// oldest, so that nobody fills the shelf for the others.
const EACH: usize = 8;

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
    whose: UserId,
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

    /// Puts something of this person there; the secret fetches it. `None` if the shelf is full of
    /// living things: then nothing of others is pushed out, so that a flood cannot undo what they
    /// began.
    pub fn put(&self, thing: T, whose: UserId, now: Timestamp) -> Option<Secret> {
        let mut kept = lock(&self.kept);
        let theirs = || kept.iter().filter(|(_, kept)| kept.whose == whose);
        if theirs().count() >= EACH {
            let oldest = theirs().min_by_key(|(_, kept)| kept.until);
            if let Some(oldest) = oldest.map(|(digest, _)| *digest) {
                kept.remove(&oldest);
            }
        }
        if kept.len() >= self.most {
            kept.retain(|_, kept| kept.until > now);
        }
        if kept.len() >= self.most {
            return None;
        }
        let secret = Secret::draw();
        let until = now.after(self.life);
        let kept_now = Kept {
            thing,
            whose,
            until,
        };
        kept.insert(secret.digest(), kept_now);
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
    use uuid::Uuid;

    use super::*;

    fn person(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    const NOW: Timestamp = Timestamp(1_000_000);
    const LIFE: Duration = Duration::from_secs(300);

    #[test]
    fn a_thing_is_taken_once_and_within_its_life() {
        let shelf = Shelf::new(LIFE, 10);
        let secret = shelf.put("x", person(1), NOW).expect("room");
        assert_eq!(shelf.look(secret.expose(), NOW), Some("x"));
        assert_eq!(shelf.take("other", NOW), None);
        assert_eq!(shelf.take(secret.expose(), NOW), Some("x"));
        assert_eq!(shelf.take(secret.expose(), NOW), None);
        let secret = shelf.put("y", person(1), NOW).expect("room");
        assert_eq!(shelf.look(secret.expose(), NOW.after(LIFE)), None);
        assert_eq!(shelf.take(secret.expose(), NOW.after(LIFE)), None);
    }

    #[test]
    fn a_full_shelf_takes_nothing_until_something_ages() {
        let shelf = Shelf::new(LIFE, 2);
        let first = shelf.put(1, person(1), NOW).expect("room");
        shelf.put(2, person(2), NOW).expect("room");
        assert!(shelf.put(3, person(3), NOW).is_none());
        assert_eq!(shelf.look(first.expose(), NOW), Some(1));
        assert!(shelf.put(3, person(3), NOW.after(LIFE)).is_some());
    }
    #[test]
    fn one_person_who_begins_again_and_again_pushes_out_only_their_own() {
        let shelf = Shelf::new(LIFE, 2 * EACH);
        let bo = shelf.put(0, person(2), NOW).expect("room");
        let later = |n| NOW.after(Duration::from_millis(n));
        let first = shelf.put(1, person(1), NOW).expect("room");
        let last = (1..1000).map(|n| shelf.put(1, person(1), later(n)).expect("room"));
        let last = last.last().expect("some");
        let now = later(1000);
        assert_eq!(shelf.look(first.expose(), now), None);
        assert_eq!(shelf.look(last.expose(), now), Some(1));
        assert_eq!(shelf.look(bo.expose(), now), Some(0));
    }
}
