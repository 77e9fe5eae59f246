//! How many bytes may be on their way, found by the delay that packets meet.
//!
//! A packet that was sent while `flight` bytes were on their way and came back `queue` later than
//! the quickest of late tells how many bytes this path holds without keeping any of them waiting
//! for longer than [`TARGET`]: `flight × (least + TARGET) / (least + queue)`. This is the rule of
//! FAST TCP (Wei, Jin, Low, Hegde 2006), taken per acknowledgement. It says too little where a
//! picture left at once and all of it waited; there the rate at which acknowledgements came while
//! packets waited says more, and the larger of both counts. While nothing waits the window grows,
//! but only where it was what held the sender back. A lost packet alone means nothing: only where
//! more than [`TOLERATED`] are lost does the window become smaller for it.
//!
//! Times vary on some paths (radio, a busy machine) though nothing waits in a queue. How much, is
//! told by packets that left when nothing else of this connection was on its way: they cannot have
//! waited for our own. What is usual for them is not taken for a queue.
//!
//! Where others fill the queue this controller gives way to them, down to its least window.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Queueing delay that may stand: half a picture's time, and more than a busy machine adds.
const TARGET: Duration = Duration::from_millis(15);
/// Acknowledgements in a row that must all tell of a queue: one late one is the machine's doing.
const IN_A_ROW: usize = 3;
/// Time for which the quickest round trip counts: routes change.
const REMEMBERED: Duration = Duration::from_secs(10);
/// Most that the times of a path are believed to vary: what is more is a queue of others.
const MOST_UNSTEADY: Duration = Duration::from_millis(60);
/// A packet that came back later than the quickest by more than this has waited: its
/// acknowledgement may have been held back for half of it. A quickest round trip that no packet
/// came near to, for half the time, is looked for: the window is made small for two round trips, so
/// that the path runs empty.
const NEARLY: Duration = Duration::from_millis(4);
/// What is left of the window meanwhile, of what the path holds without a queue.
const DRAINED: f64 = 0.75;
/// After so long without sending, what was known about the path is old.
const IDLE: Duration = Duration::from_secs(5);
/// Packets that are always allowed: four carry a letter's picture and what goes beside it.
const LEAST_PACKETS: f64 = 4.0;
/// Most bytes on their way: 300 Mbit/s at a round trip of 200 ms.
const MOST: f64 = 8.0 * 1024.0 * 1024.0;
/// Part of the acknowledged bytes by which the window grows once a queue was seen: while there is
/// none, and while there is a little one.
const BRISK: f64 = 0.125;
const CAREFUL: f64 = 0.0625;
/// What a queue leaves of a window that was not full, and so is not known to be the reason.
const KEPT: f64 = 0.5;
/// What too many losses, or a mark of the network, leave of it.
const KEPT_AFTER_LOSS: f64 = 0.8;
/// Share of bytes that may be lost: radio and chance lose a few percent; a queue that overflows
/// loses more.
const TOLERATED: f64 = 0.1;
/// Bytes over which that share is taken.
const LOSS_SPAN: f64 = 128.0 * 1024.0;
/// Packets, and time, over which the rate is taken.
const RATE_PACKETS: f64 = 4.0;
const RATE_SPAN: Duration = Duration::from_millis(2);
/// Groups of packets that are remembered until they are acknowledged. A forgotten one gives no
/// sample, which does no harm.
const GROUPS: usize = 4096;

/// Packets that left together.
#[derive(Clone, Copy, Debug)]
struct Group {
    first: u64,
    last: u64,
    at: Instant,
    /// Bytes on their way, these included.
    flight: u64,
}

/// The controller's state.
#[derive(Clone, Debug)]
pub(super) struct Delay {
    window: f64,
    initial: f64,
    mtu: f64,
    flight: u64,
    groups: VecDeque<Group>,
    /// The quickest round trip of this half of the time that is remembered, and of the one before.
    least: (Option<Duration>, Option<Duration>),
    turned: Instant,
    /// Until when the path is to run empty.
    drain: Option<Instant>,
    /// How much later than the quickest packets came back that left alone, in seconds: usually,
    /// and how far they usually are from that.
    late: (f64, f64),
    /// The last queueing delays.
    queues: VecDeque<Duration>,
    /// When the last packet came back, if it had waited, and the bytes and the time since the first
    /// of those in a row.
    waited: Option<Instant>,
    busy: (f64, Duration),
    /// Bytes per second of the last packets that waited.
    rate: Option<f64>,
    /// No queue was seen yet: the window doubles with every round trip.
    starting: bool,
    /// What was sent before tells nothing about the window as it is now.
    cut: Option<Instant>,
    /// Bytes lost and bytes that went, lately.
    losses: (f64, f64),
    last_sent: Instant,
}

impl Delay {
    /// One that lets so many bytes leave before the first acknowledgement.
    pub(super) fn new(initial: u64, mtu: u16, now: Instant) -> Self {
        Self {
            window: initial as f64,
            initial: initial as f64,
            mtu: f64::from(mtu),
            flight: 0,
            groups: VecDeque::new(),
            least: (None, None),
            turned: now,
            drain: None,
            late: (0.0, 0.0),
            queues: VecDeque::with_capacity(IN_A_ROW),
            waited: None,
            busy: (0.0, Duration::ZERO),
            rate: None,
            starting: true,
            cut: None,
            losses: (0.0, 0.0),
            last_sent: now,
        }
    }

    /// Bytes that may be on their way.
    pub(super) fn bytes(&self) -> u64 {
        let least = match (self.drain, self.least) {
            (Some(_), (Some(a), Some(b))) => a.min(b).as_secs_f64(),
            (Some(_), _) | (None, _) => return self.window as u64,
        };
        let target = (TARGET + self.unsteady()).as_secs_f64();
        let empty = self.window * least / (least + target) * DRAINED;
        empty.max(LEAST_PACKETS * self.mtu) as u64
    }

    pub(super) fn set_mtu(&mut self, mtu: u16) {
        self.mtu = f64::from(mtu);
        self.set(self.window);
    }

    fn set(&mut self, window: f64) {
        self.window = window.clamp(LEAST_PACKETS * self.mtu, MOST);
    }

    /// Packets left, up to this number.
    pub(super) fn sent(&mut self, now: Instant, bytes: u64, last: u64) {
        if now.saturating_duration_since(self.last_sent) > IDLE {
            self.set(self.window.min(self.initial));
            self.starting = true;
            self.queues.clear();
        }
        self.last_sent = now;
        self.flight = self.flight.saturating_add(bytes);
        let before = self.groups.back().map(|group| group.last);
        let first = before.filter(|&before| before < last);
        if self.groups.len() == GROUPS {
            self.groups.pop_front();
        }
        self.groups.push_back(Group {
            // Numbers begin anew with each phase of the handshake.
            first: first.map_or(last, |before| before + 1),
            last,
            at: now,
            flight: self.flight,
        });
    }

    /// Packets were acknowledged; this is the largest number of them, and what is left on the way.
    pub(super) fn acknowledged(&mut self, now: Instant, in_flight: u64, largest: u64) {
        let acked = self.flight.saturating_sub(in_flight) as f64;
        self.flight = in_flight;
        self.count(0.0, acked);
        let told = |group: &Group| (group.first..=group.last).contains(&largest);
        let Some(place) = self.groups.iter().position(told) else {
            return;
        };
        let group = self.groups[place];
        self.groups.drain(..place);
        if let Some(rest) = self.groups.front_mut() {
            rest.first = largest + 1;
            if rest.first > rest.last {
                self.groups.pop_front();
            }
        }
        let took = now.saturating_duration_since(group.at);
        if self.drain.is_some_and(|until| now >= until) {
            self.drain = None;
        }
        let least = self.quickest(took, now);
        if group.flight as f64 <= self.mtu {
            self.note_late(took.saturating_sub(least).saturating_sub(NEARLY));
        }
        let unsteady = self.unsteady();
        let target = TARGET + unsteady;
        self.note_rate(took.saturating_sub(least) > NEARLY + unsteady, acked, now);
        if self.queues.len() == IN_A_ROW {
            self.queues.pop_front();
        }
        self.queues.push_back(took.saturating_sub(least));
        let stands = self.queues.iter().min().copied().unwrap_or_default();
        let fills = group.flight as f64 >= self.window / 2.0;
        if stands > target && self.queues.len() == IN_A_ROW {
            if self.counts(group.at) {
                let holds = (least + target).as_secs_f64() / (least + stands).as_secs_f64();
                let by_flight = group.flight as f64 * holds;
                let by_rate = self.rate.unwrap_or(0.0) * (least + target).as_secs_f64();
                let right = by_flight.max(by_rate);
                let least = if fills { 0.0 } else { self.window * KEPT };
                self.shrink(now, right.max(least));
            }
        } else if stands < unsteady + TARGET / 2 && fills {
            let gain = if self.starting {
                1.0
            } else if stands < unsteady + NEARLY {
                BRISK
            } else {
                CAREFUL
            };
            self.set(self.window + acked * gain);
        }
    }

    /// A packet that left alone came back so much later than one that waits nowhere.
    fn note_late(&mut self, late: Duration) {
        let late = late.min(MOST_UNSTEADY).as_secs_f64();
        let (usual, off) = &mut self.late;
        *off += ((late - *usual).abs() - *off) / 4.0;
        *usual += (late - *usual) / 8.0;
    }

    /// A delay that is nothing unusual on this path while nothing waits.
    fn unsteady(&self) -> Duration {
        let (usual, off) = self.late;
        Duration::from_secs_f64(usual + 2.0 * off).min(MOST_UNSTEADY)
    }

    /// Between two packets that both waited the path was busy all the time.
    fn note_rate(&mut self, has_waited: bool, acked: f64, now: Instant) {
        let before = self.waited.take();
        self.waited = has_waited.then_some(now);
        let (Some(before), true) = (before, has_waited) else {
            self.busy = (0.0, Duration::ZERO);
            return;
        };
        self.busy.0 += acked;
        self.busy.1 += now.saturating_duration_since(before);
        if self.busy.0 >= RATE_PACKETS * self.mtu && self.busy.1 >= RATE_SPAN {
            self.rate = Some(self.busy.0 / self.busy.1.as_secs_f64());
            self.busy = (0.0, Duration::ZERO);
        }
    }

    /// Packets are lost; the last of them was sent then.
    pub(super) fn lost(&mut self, now: Instant, sent: Instant, bytes: u64) {
        self.flight = self.flight.saturating_sub(bytes);
        self.count(bytes as f64, bytes as f64);
        let (lost, all) = self.losses;
        if all >= LOSS_SPAN / 2.0 && lost > all * TOLERATED && self.counts(sent) {
            self.losses = (0.0, 0.0);
            self.shrink(now, self.window * KEPT_AFTER_LOSS);
        }
    }

    /// The network marked a packet that was sent then, instead of dropping it.
    pub(super) fn marked(&mut self, now: Instant, sent: Instant) {
        if self.counts(sent) {
            self.shrink(now, self.window * KEPT_AFTER_LOSS);
        }
    }

    /// Nothing came through for several round trips.
    pub(super) fn fell_silent(&mut self, now: Instant) {
        self.shrink(now, self.window.min(self.initial) * KEPT);
        self.starting = true;
    }

    fn shrink(&mut self, now: Instant, window: f64) {
        self.starting = false;
        self.cut = Some(now);
        self.set(self.window.min(window));
    }

    /// Whether what was sent then met the path as the window is now.
    fn counts(&self, sent: Instant) -> bool {
        self.cut.is_none_or(|cut| sent > cut)
    }

    fn count(&mut self, lost: f64, all: f64) {
        self.losses.0 += lost;
        self.losses.1 += all;
        if self.losses.1 > LOSS_SPAN {
            self.losses = (self.losses.0 / 2.0, self.losses.1 / 2.0);
        }
    }

    fn quickest(&mut self, took: Duration, now: Instant) -> Duration {
        if now.saturating_duration_since(self.turned) > REMEMBERED / 2 {
            let (lately, before) = self.least;
            let nearly = NEARLY + self.unsteady();
            if lately.is_some_and(|lately| before.is_some_and(|b| b + nearly < lately)) {
                self.drain = Some(now + took * 2);
            }
            self.least = (None, lately);
            self.turned = now;
        }
        let this = self.least.0.map_or(took, |least| least.min(took));
        self.least.0 = Some(this);
        self.least.1.map_or(this, |before| before.min(this))
    }
}

#[cfg(test)]
mod tests;
