//! Channels that the directory ended: tickets for them may still hold for a while, and a session
//! that was ended must not come back by one.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use farpane_protocol::ids::ChannelId;

/// How long an ended channel is remembered. Tickets for legs are made for the next minute or two.
const MEMORY: Duration = Duration::from_secs(60 * 60);

/// Most ended channels that are remembered; the oldest give way. One per second for an hour.
const CHANNELS: usize = 4096;

/// The channels that were ended lately.
#[derive(Debug, Default)]
pub(crate) struct Killed {
    known: BTreeSet<ChannelId>,
    in_order: VecDeque<(Instant, ChannelId)>,
}

impl Killed {
    /// Remembers one.
    pub(crate) fn add(&mut self, now: Instant, channel: ChannelId) {
        self.forget_old(now);
        if !self.known.insert(channel) {
            return;
        }
        if self.in_order.len() == CHANNELS
            && let Some((_, oldest)) = self.in_order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.in_order.push_back((now, channel));
    }

    /// Whether it was ended.
    pub(crate) fn contains(&self, channel: ChannelId) -> bool {
        self.known.contains(&channel)
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some((when, channel)) = self.in_order.front().copied()
            && now.saturating_duration_since(when) >= MEMORY
        {
            self.in_order.pop_front();
            self.known.remove(&channel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_channels_are_remembered_for_a_while_and_within_a_bound() {
        let start = Instant::now();
        let channel = ChannelId::from_random;
        let mut killed = Killed::default();
        killed.add(start, channel(1));
        killed.add(start, channel(1));
        killed.add(start + MEMORY / 2, channel(2));
        assert!(killed.contains(channel(1)) && !killed.contains(channel(3)));
        killed.add(start + MEMORY, channel(3));
        assert!(!killed.contains(channel(1)) && killed.contains(channel(2)));
        for n in 0..10 * CHANNELS as u64 {
            killed.add(start + MEMORY, channel(1000 + n));
        }
        assert_eq!(killed.known.len(), CHANNELS);
        assert_eq!(killed.in_order.len(), CHANNELS);
    }
}
