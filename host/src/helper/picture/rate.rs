//! What the path to the viewer carries, learnt from when frames were handed over and when the
//! viewer had them: how many bytes a second, how long a round trip takes without any queue, and
//! how much more may be sent now so that no queue builds up.
//!
//! Nothing here runs by a timer: every acknowledgement of a frame tells all there is to know about
//! the path one round trip ago. The two clocks differ by a constant that nobody knows; only
//! differences between frames are used.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ipc::Handled;

/// Time for which the least that was seen counts: routes change.
const REMEMBERED: Duration = Duration::from_secs(10);
/// Smaller frames tell nothing about the rate: they arrive whole in two packets.
const TELLING: usize = 3 * 1024;
/// The rate is taken over the newest frames that have so many bytes together: enough to even out
/// what a busy processor adds, little enough to see a change with the second picture.
const SAMPLE: usize = 24 * 1024;
/// Most frames of a sample.
const SAMPLES: usize = 8;
/// Frames in a row that are left out because a packet was lost beside them, which delays a frame
/// by a round trip and says nothing about the rate; the fastest of so many, four pictures in two
/// parts, counts after all.
const LEFT_OUT: usize = 8;
/// Most frames that are remembered until they are acknowledged: more than credit ever allows.
const UNDER_WAY: usize = 64;
/// Shortest time that counts as taken by a frame: below it clocks and schedulers decide.
const FINEST_US: i64 = 200;
/// One frame's part of the wait that is usual on a path where times vary.
const UNSTEADY_PART: i64 = 8;
/// A longer wait is not how a path varies: something stood still.
const MOST_UNSTEADY_US: i64 = 100_000;
/// The share of the time between two pictures that one of them may take on the path. The rest
/// is for what goes beside it, and for the path becoming slower.
const SHARE: f64 = 0.5;
/// Least and most time that a picture may take on the path.
const TAKES: (Duration, Duration) = (Duration::from_millis(8), Duration::from_millis(16));

#[derive(Clone, Copy, Debug)]
struct Sent {
    sequence: u64,
    bytes: usize,
    at_us: i64,
    /// Packets lost that were known of then.
    lost: u64,
    /// Nothing of ours was under way that it could have waited for.
    alone: bool,
}

/// The least value of the last while.
#[derive(Clone, Copy, Debug, Default)]
struct Least {
    before: Option<i64>,
    now: Option<i64>,
    turned: Duration,
}

impl Least {
    fn add(&mut self, value: i64, now: Duration) {
        if now.saturating_sub(self.turned) > REMEMBERED / 2 {
            self.before = self.now.take();
            self.turned = now;
        }
        self.now = Some(self.now.map_or(value, |least| least.min(value)));
    }

    fn value(&self) -> Option<i64> {
        [self.before, self.now].into_iter().flatten().min()
    }
}

/// The path to one viewer. Times are since any fixed moment.
#[derive(Debug, Default)]
pub(super) struct Path {
    under_way: VecDeque<Sent>,
    bytes_under_way: usize,
    /// From handing over to the first byte at the viewer, by two clocks.
    way: Least,
    /// From handing over to the acknowledgement, without what the frame itself took.
    round_trip: Least,
    /// How much later than the quickest a frame's first byte usually comes though nothing of ours
    /// is before it, in microseconds: this path's times vary by so much.
    unsteady_us: i64,
    /// When the last frame was whole, by the viewer's clock.
    last_whole: Option<i64>,
    /// Bytes of the newest frames and the microseconds that each kept the path busy.
    samples: VecDeque<(usize, i64)>,
    left_out: Vec<(usize, i64)>,
    lost: u64,
    /// Bytes per second.
    rate: Option<f64>,
    /// When the path will have taken all that was sent, [`REMEMBERED`] from now at most: what the
    /// viewer says of its times may be anything.
    free: Duration,
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl Path {
    /// A frame was handed over.
    pub(super) fn sent(&mut self, sequence: u64, bytes: usize, now: Duration) {
        if self.under_way.len() == UNDER_WAY
            && let Some(oldest) = self.under_way.pop_front()
        {
            self.bytes_under_way -= oldest.bytes;
        }
        self.bytes_under_way += bytes;
        if let Some(rate) = self.rate {
            let takes = Duration::try_from_secs_f64(bytes as f64 / rate).unwrap_or(REMEMBERED);
            let free = self.free.max(now).saturating_add(takes);
            self.free = free.min(now.saturating_add(REMEMBERED));
        }
        self.under_way.push_back(Sent {
            sequence,
            bytes,
            at_us: micros(now),
            lost: self.lost,
            alone: self.under_way.is_empty(),
        });
    }

    /// The viewer has handled everything up to this frame.
    pub(super) fn arrived(&mut self, arrival: &Handled, now: Duration) {
        let mut last = None;
        while let Some(sent) = self.under_way.front().copied() {
            if sent.sequence > arrival.sequence {
                break;
            }
            self.bytes_under_way -= sent.bytes;
            self.under_way.pop_front();
            last = Some(sent);
        }
        if self.under_way.is_empty() {
            // Whatever was believed of the rate: the path has taken all of it.
            self.free = self.free.min(now);
        }
        self.lost = self.lost.max(arrival.lost);
        let Some(sent) = last.filter(|sent| sent.sequence == arrival.sequence) else {
            return;
        };
        let whole = i64::try_from(arrival.whole_us).unwrap_or(i64::MAX);
        let (span, handling) = (i64::from(arrival.span_us), i64::from(arrival.handling_us));
        self.way
            .add(whole.saturating_sub(span).saturating_sub(sent.at_us), now);
        let itself = span.saturating_add(handling);
        let took = micros(now).saturating_sub(sent.at_us);
        self.round_trip.add(took.saturating_sub(itself).max(0), now);
        let first = whole.saturating_sub(span);
        let could_begin = sent.at_us.saturating_add(self.way.value().unwrap_or(0));
        if sent.alone && self.lost == sent.lost {
            let waited = first.saturating_sub(could_begin);
            let waited = waited.clamp(0, MOST_UNSTEADY_US);
            self.unsteady_us += (waited - self.unsteady_us) / UNSTEADY_PART;
        }
        // A wait that is usual where nothing waits is not the frame keeping the path busy.
        let could_begin = could_begin.saturating_add(self.unsteady_us).min(first);
        let from = self.last_whole.unwrap_or(i64::MIN).max(could_begin);
        self.last_whole = Some(whole);
        if sent.bytes >= TELLING {
            self.sample(sent, whole.saturating_sub(from));
        }
    }

    fn sample(&mut self, sent: Sent, busy_us: i64) {
        let mut sample = (sent.bytes, busy_us.max(FINEST_US));
        if self.lost > sent.lost {
            self.left_out.push(sample);
            if self.left_out.len() < LEFT_OUT {
                return;
            }
            let speed = |(bytes, busy): &(usize, i64)| *bytes as f64 / *busy as f64;
            let fastest = |a: &_, b: &_| speed(a).total_cmp(&speed(b));
            sample = self
                .left_out
                .iter()
                .copied()
                .max_by(fastest)
                .unwrap_or(sample);
        }
        self.left_out.clear();
        if self.samples.len() == SAMPLES {
            self.samples.pop_back();
        }
        self.samples.push_front(sample);
        let (mut bytes, mut busy) = (0, 0_i64);
        for (more, longer) in &self.samples {
            (bytes, busy) = (bytes + more, busy.saturating_add(*longer));
            if bytes >= SAMPLE {
                break;
            }
        }
        self.rate = Some(bytes as f64 * 1e6 / busy as f64);
    }

    /// Bytes per second, once known.
    #[cfg(test)]
    fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// The round trip without a queue, once known.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        let least = self.round_trip.value()?;
        Some(Duration::from_micros(u64::try_from(least).unwrap_or(0)))
    }

    /// When a step towards exact may follow what was sent before: as soon as that keeps it waiting
    /// for no longer than the shortest time that a picture may take.
    pub(super) fn follows_at(&self) -> Duration {
        self.free.saturating_sub(TAKES.0)
    }

    /// By how much the times of the path vary while nothing of ours waits.
    pub(super) fn unsteady(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.unsteady_us).unwrap_or(0))
    }

    /// Bytes that one picture may have, where one comes every `interval`; none if the path is
    /// not known yet.
    pub(super) fn picture(&self, interval: Duration) -> Option<usize> {
        let takes = interval.mul_f64(SHARE).clamp(TAKES.0, TAKES.1);
        Some((self.rate? * takes.as_secs_f64()) as usize)
    }

    /// Of those, the bytes that may go now: what is under way already and cannot all be on the
    /// wire is waiting somewhere.
    pub(super) fn room(&self, interval: Duration) -> Option<usize> {
        let (picture, rate) = (self.picture(interval)?, self.rate?);
        let wire = rate * self.round_trip()?.as_secs_f64();
        let waiting = self.bytes_under_way.saturating_sub(wire as usize);
        Some(picture.saturating_sub(waiting))
    }
}

#[cfg(test)]
mod tests;
