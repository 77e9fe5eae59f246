//! Meters of legs that are gone: a leg that is opened again goes on with the meter that it had,
//! so that closing and opening it does not refill what it may send at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use farpane_protocol::ids::ChannelId;
use farpane_protocol::key::PublicKey;

use crate::table::Meter;

/// How long a meter outlives its leg. A burst is a quarter of a second, so one in a minute adds
/// less than a hundredth to the rate; a leg's other side waits for the same time.
const MEMORY: Duration = Duration::from_secs(60);

/// Most meters that are kept; the oldest give way. Two legs for each channel that the relay has
/// room for, about 10 MB.
const METERS: usize = 2 * super::CHANNELS;

/// Whose meter it is. One key has at most one side of a channel, so the side is no part of it: a
/// key that changes sides gets no new meter either.
type Owner = (ChannelId, PublicKey);

/// The meters of legs that ended lately.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    known: BTreeMap<Owner, (Instant, Arc<Meter>)>,
    in_order: BTreeSet<(Instant, Owner)>,
}

impl Meters {
    /// Keeps the meter of a leg that ended.
    pub(crate) fn keep(&mut self, now: Instant, owner: Owner, meter: Arc<Meter>) {
        self.forget_old(now);
        if let Some((since, _)) = self.known.remove(&owner) {
            self.in_order.remove(&(since, owner));
        }
        if self.known.len() >= METERS
            && let Some((_, oldest)) = self.in_order.pop_first()
        {
            self.known.remove(&oldest);
        }
        self.known.insert(owner, (now, meter));
        self.in_order.insert((now, owner));
    }

    /// The meter for a leg that is opened again. It stays here as well, so that an attempt that
    /// is refused does not lose it.
    pub(crate) fn find(&mut self, now: Instant, owner: Owner) -> Option<Arc<Meter>> {
        self.forget_old(now);
        self.known.get(&owner).map(|(_, meter)| meter.clone())
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some((since, owner)) = self.in_order.first().copied()
            && now.saturating_duration_since(since) >= MEMORY
        {
            self.in_order.pop_first();
            self.known.remove(&owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::key::SecretKey;

    use super::*;

    #[test]
    fn meters_are_kept_for_a_while_and_within_a_bound() {
        let start = Instant::now();
        let key = SecretKey::from_seed([1; 32]).public();
        let owner = |number| (ChannelId::from_random(number), key);
        let meter = Arc::new(Meter::new(1));
        let mut meters = Meters::default();
        meters.keep(start, owner(1), meter.clone());
        let half = start + MEMORY / 2;
        let found = meters.find(half, owner(1)).expect("is kept");
        assert!(Arc::ptr_eq(&found, &meter));
        meters.keep(half, owner(1), found);
        meters.keep(start + MEMORY, owner(2), meter.clone());
        assert!(meters.find(start + MEMORY, owner(1)).is_some(), "kept anew");
        assert!(meters.find(half + MEMORY, owner(1)).is_none());
        assert!(meters.find(start + MEMORY * 2, owner(2)).is_none());
        for number in 0..2 * METERS as u64 {
            meters.keep(start + MEMORY * 2, owner(number), meter.clone());
        }
        assert_eq!(
            (meters.known.len(), meters.in_order.len()),
            (METERS, METERS)
        );
    }
}
