//! How many pictures may be on their way, and how large the next one may be: a new one is made only
//! while the viewer keeps up and the path carries it, and what only makes an old one exact never
//! stands in the way of a new one.

use std::collections::VecDeque;
use std::time::Duration;

use farpane_protocol::limits::FRAMES_IN_FLIGHT;

use super::rate::Path;
use crate::ipc::Handled;

/// Least and most bytes, before packing, of one step towards exact.
const STEP_BYTES: std::ops::RangeInclusive<usize> = 16 * 1024..=512 * 1024;
/// After a step that took the path and the viewer so long, they may be twice as large.
const SWIFT: Duration = Duration::from_millis(12);
/// After one that took longer they are half as large: new input waits for it.
const SLOW: Duration = Duration::from_millis(30);
/// Most that packing is believed to make of a step's bytes: photographs that follow text must not
/// be taken for text.
const MOST_PACKED: f64 = 8.0;
/// Least and most time between two pictures that the next one is planned for.
const INTERVAL: (Duration, Duration) = (Duration::from_micros(16_667), Duration::from_millis(50));
/// What the encoder aims at least at, in bits per second: below that quality hardly falls any
/// more, and pictures become fewer instead.
const LEAST_BITRATE: u32 = 1_000_000;
/// How much smaller lossless updates become by packing: text by four, photographs by less.
const PACKED: usize = 3;
/// Least bytes of one such update before packing: a few tiles of anything.
const LEAST_TILES: usize = 48 * 1024;
/// Most pictures that a long path may hold besides the [`FRAMES_IN_FLIGHT`] that every path may:
/// 60 a second at a round trip of 70 ms. A queue in the service has room for all of them.
const ON_THE_WIRE: usize = 4;

/// The pictures on their way.
#[derive(Debug)]
pub(super) struct Credit {
    /// The last frame of each picture on its way, oldest first.
    under_way: VecDeque<u64>,
    /// Steps towards exact on their way, oldest first: their frames.
    steps: VecDeque<u64>,
    step_bytes: usize,
    /// How many times smaller packing makes the steps: less counts at once, more slowly.
    packed: f64,
    path: Path,
    /// Time between two pictures, evened out.
    interval: Duration,
    last: Duration,
}

impl Default for Credit {
    fn default() -> Self {
        Self {
            under_way: VecDeque::new(),
            steps: VecDeque::new(),
            step_bytes: *STEP_BYTES.start(),
            packed: 1.0,
            path: Path::default(),
            interval: INTERVAL.0,
            last: Duration::ZERO,
        }
    }
}

/// All times are since the same moment.
impl Credit {
    /// The viewer has handled everything up to this frame.
    pub(super) fn handled(&mut self, frame: &Handled, now: Duration) {
        let sequence = frame.sequence;
        self.path.arrived(frame, now);
        while self.under_way.front().is_some_and(|last| *last <= sequence) {
            self.under_way.pop_front();
        }
        while let Some(last) = self.steps.front().copied()
            && last <= sequence
        {
            self.steps.pop_front();
            // What is told of a later frame says nothing about this one.
            if last == sequence {
                self.fit_steps(frame);
            }
        }
    }

    /// Makes steps larger or smaller by what this one took: what is sent behind it waits for its
    /// bytes to arrive and to be handled, but not because the path's times vary.
    fn fit_steps(&mut self, step: &Handled) {
        let took = u64::from(step.span_us) + u64::from(step.handling_us);
        let took = Duration::from_micros(took).saturating_sub(self.path.unsteady());
        if took <= SWIFT {
            self.step_bytes = (self.step_bytes * 2).min(*STEP_BYTES.end());
        } else if took > SLOW {
            self.step_bytes = (self.step_bytes / 2).max(*STEP_BYTES.start());
        }
    }

    /// A frame was sent, with so many bytes.
    pub(super) fn sent(&mut self, frame: u64, bytes: usize, now: Duration) {
        self.path.sent(frame, bytes, now);
    }

    /// All frames of a picture were sent; this was the last.
    pub(super) fn sent_picture(&mut self, last: u64, now: Duration) {
        self.under_way.push_back(last);
        let gap = now.saturating_sub(self.last);
        self.last = now;
        self.interval = (self.interval * 3 + gap.clamp(INTERVAL.0, INTERVAL.1)) / 4;
    }

    /// A step towards exact was sent with this frame: so many bytes before packing, so many sent.
    pub(super) fn sent_step(&mut self, last: u64, unpacked: usize, bytes: usize) {
        let packed = (unpacked as f64 / bytes.max(1) as f64).clamp(1.0, MOST_PACKED);
        self.packed = packed.min((self.packed * 3.0 + packed) / 4.0);
        self.steps.push_back(last);
    }

    /// Whether another picture may be made.
    pub(super) fn for_picture(&self) -> bool {
        let most = FRAMES_IN_FLIGHT as usize + self.on_the_wire();
        self.under_way.is_empty() || (self.under_way.len() < most && self.has_room())
    }

    /// Frames that the path itself holds while none of them waits.
    fn on_the_wire(&self) -> usize {
        let round_trip = self.path.round_trip().unwrap_or_default();
        let frames = (round_trip.as_micros() / INTERVAL.0.as_micros()) as usize;
        frames.min(ON_THE_WIRE)
    }

    /// Half a picture is not worth its overhead; the next acknowledgement makes room.
    fn has_room(&self) -> bool {
        match (
            self.path.room(self.interval),
            self.path.picture(self.interval),
        ) {
            (Some(room), Some(picture)) => room >= picture / 2,
            (None, _) | (_, None) => true,
        }
    }

    /// Bytes, before packing, that the next lossless update may have.
    pub(super) fn tiles(&self) -> usize {
        let room = self.path.room(self.interval).unwrap_or(usize::MAX);
        room.saturating_mul(PACKED).max(LEAST_TILES)
    }

    /// What the encoder should aim at, in bits per second, when it plans for so many pictures a
    /// second and so many bytes go beside its next one; none while the path is not known. So
    /// quality falls first where the path carries less.
    pub(super) fn bitrate(&self, beside: usize, fps: u32) -> Option<u32> {
        let picture = self.path.picture(self.interval)?;
        let room = self.path.room(self.interval)?.max(picture / 2);
        let bits = u32::try_from(room.saturating_sub(beside) * 8).unwrap_or(u32::MAX);
        Some(bits.saturating_mul(fps).max(LEAST_BITRATE))
    }

    /// Bytes, before packing, that the next step towards exact may have. Where no picture waits or
    /// is under way it is of full size; beside pictures only what is overdue goes, in small ones.
    pub(super) fn for_step(
        &self,
        picture_waits: bool,
        overdue: bool,
        now: Duration,
    ) -> Option<usize> {
        if picture_waits || !self.under_way.is_empty() {
            let may = overdue && self.steps.is_empty();
            return may.then_some(*STEP_BYTES.start());
        }
        self.step_at().filter(|at| *at <= now)?;
        let room = self.path.room(self.interval).unwrap_or(usize::MAX);
        let room = (room as f64 * self.packed) as usize;
        Some(self.step_bytes.min(room.max(*STEP_BYTES.start())))
    }

    /// When a step of full size may go if no picture waits; none before an acknowledgement comes.
    pub(super) fn step_at(&self) -> Option<Duration> {
        if !self.under_way.is_empty() {
            return None;
        }
        if self.steps.is_empty() {
            return Some(Duration::ZERO);
        }
        // Where they are largest the path is swift: one is packed while another is unpacked.
        let most = 1 + usize::from(self.step_bytes == *STEP_BYTES.end());
        let fits = self.steps.len() < most + self.on_the_wire() && self.has_room();
        fits.then(|| self.path.follows_at())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    fn frame(sequence: u64, whole: Duration) -> Handled {
        Handled {
            sequence,
            whole_us: whole.as_micros() as u64,
            ..Handled::default()
        }
    }

    /// A frame that kept the path and the viewer busy for so long.
    fn slow_frame(sequence: u64, took: Duration) -> Handled {
        Handled {
            span_us: took.as_micros() as u32,
            ..frame(sequence, took)
        }
    }

    #[test]
    fn two_pictures_may_be_under_way_and_a_step_waits_for_both() {
        let (mut credit, now) = (Credit::default(), Duration::ZERO);
        credit.sent_picture(2, now);
        assert!(credit.for_picture());
        credit.sent_picture(3, now);
        assert!(!credit.for_picture());
        // The first picture's tiles alone are not all of it.
        credit.handled(&frame(1, now), now);
        assert!(!credit.for_picture());
        credit.handled(&frame(2, now), now);
        assert!(credit.for_picture() && credit.for_step(false, false, ms(500)).is_none());
        assert!(credit.for_step(false, true, ms(500)).is_some());
        credit.sent_step(4, 100, 100);
        assert!(
            credit.for_step(false, true, ms(500)).is_none(),
            "one at a time"
        );
        credit.handled(&frame(3, now), now);
        assert!(credit.for_step(false, true, ms(500)).is_none());
        credit.handled(&frame(4, now), now);
        assert!(credit.for_step(false, false, ms(500)).is_some());
    }

    #[test]
    fn what_is_overdue_is_small_beside_pictures_only() {
        let (mut credit, now) = (Credit::default(), Duration::ZERO);
        for number in 1..4 {
            credit.sent_step(number, 100, 100);
            credit.handled(&frame(number, now), now);
        }
        let full = credit.for_step(false, false, ms(500)).expect("credit");
        assert_eq!(full, STEP_BYTES.start() * 8);
        assert_eq!(
            credit.for_step(false, true, ms(500)),
            Some(full),
            "nothing else goes"
        );
        assert_eq!(
            credit.for_step(true, true, ms(500)),
            Some(*STEP_BYTES.start())
        );
        assert_eq!(
            credit.for_step(true, false, ms(500)),
            None,
            "the picture goes first"
        );
    }

    #[test]
    fn steps_grow_on_a_swift_path_and_shrink_on_a_slow_one() {
        let mut credit = Credit::default();
        let mut take = |number: u64, after: u64| {
            credit.sent_step(number, 100, 100);
            assert_eq!(
                credit.for_step(false, false, ms(500)),
                None,
                "one at a time"
            );
            credit.handled(&slow_frame(number, ms(after)), ms(after));
            credit.for_step(false, false, ms(500)).expect("credit")
        };
        let first = take(1, 20);
        assert_eq!(take(2, 2), first * 2);
        assert_eq!(take(3, 100), first);
        assert_eq!(take(4, 100), first);
        for number in 5..9 {
            assert!(take(number, 1) < *STEP_BYTES.end());
        }
        assert_eq!(take(9, 1), *STEP_BYTES.end());
        credit.sent_step(10, 100, 100);
        assert!(
            credit.for_step(false, false, ms(500)).is_some(),
            "two of the largest"
        );
        assert!(
            credit.for_step(true, true, ms(500)).is_none(),
            "not beside pictures"
        );
        credit.sent_step(11, 100, 100);
        assert!(credit.for_step(false, false, ms(500)).is_none());
        credit.handled(&frame(11, ms(2)), ms(2));
        assert_eq!(
            credit.for_step(false, false, ms(500)),
            Some(*STEP_BYTES.end())
        );
    }

    #[test]
    fn a_long_path_holds_more_pictures_and_a_full_one_none() {
        let mut credit = Credit::default();
        credit.sent(1, 200, ms(0));
        credit.sent_picture(1, ms(0));
        credit.handled(&frame(1, ms(20)), ms(40));
        for number in 2..=5 {
            assert!(credit.for_picture(), "picture {number}");
            credit.sent(number, 200, ms(50));
            credit.sent_picture(number, ms(50));
        }
        assert!(!credit.for_picture(), "more than the path holds");
        credit.handled(&frame(5, ms(70)), ms(90));
        // 20 kB that take 40 ms more than the path: 500 kB/s.
        credit.sent(6, 20_000, ms(100));
        credit.sent_picture(6, ms(100));
        credit.handled(&frame(6, ms(160)), ms(180));
        let bitrate = credit.bitrate(0, 60).expect("known");
        assert!((2_000_000..6_000_000).contains(&bitrate), "{bitrate}");
        credit.sent(7, 40_000, ms(200));
        credit.sent_picture(7, ms(200));
        assert!(!credit.for_picture(), "the path is full");
        credit.handled(&frame(7, ms(300)), ms(320));
        assert!(credit.for_picture());
    }

    /// What came of making a screen exact.
    #[derive(Debug)]
    struct Made {
        steps: u64,
        took: Duration,
        /// Longest time that a step's last byte waited for the bottleneck.
        waited: Duration,
    }

    /// Makes a screen exact that is so many bytes once packed, to a quarter, over a line of so many
    /// Mbit/s and 40 ms there and back, each way later by what `late_ms` says.
    fn make_exact(packed: usize, mbit: f64, late_ms: &mut dyn FnMut() -> u64) -> Made {
        // As after a film whose pictures came slowly.
        let mut credit = Credit {
            interval: INTERVAL.1,
            ..Credit::default()
        };
        let (mut now, mut free, mut whole) = (ms(0), ms(0), ms(0));
        let (mut steps, mut left, mut waited) = (0, packed, ms(0));
        let mut back: VecDeque<(Duration, Handled)> = VecDeque::new();
        loop {
            while left > 0
                && let Some(bytes) = credit.for_step(false, false, now)
            {
                let bytes = (bytes / 4).min(left);
                (steps, left) = (steps + 1, left - bytes);
                credit.sent(steps, bytes, now);
                credit.sent_step(steps, bytes * 4, bytes);
                let span = Duration::from_secs_f64(bytes as f64 / (mbit * 125_000.0));
                let begins = now.max(free);
                free = begins + span;
                waited = waited.max(free - now);
                let way = ms(20 + late_ms());
                whole = whole.max(free + way);
                let told = Handled {
                    whole_us: whole.as_micros() as u64,
                    ..slow_frame(steps, whole.saturating_sub(begins + way).min(whole))
                };
                let heard = whole + ms(20 + late_ms());
                let last = back.back().map_or(ms(0), |(at, _)| *at);
                back.push_back((heard.max(last), told));
            }
            let Some((heard, _)) = back.front() else {
                return Made {
                    steps,
                    took: now,
                    waited,
                };
            };
            match credit.step_at() {
                Some(at) if left > 0 && at > now && at < *heard => now = at,
                Some(_) | None => {
                    let (heard, told) = back.pop_front().expect("seen");
                    now = heard;
                    credit.handled(&told, now);
                }
            }
        }
    }

    #[test]
    fn a_screen_becomes_exact_at_the_speed_of_the_path_and_without_a_queue() {
        // Text, then a photograph; at these rates the bytes alone take 2 s, 0.64 s and 0.26 s.
        for (bytes, mbit, most) in [
            (1_000_000, 4.0, 3000),
            (1_600_000, 20.0, 1300),
            (1_600_000, 50.0, 900),
        ] {
            let made = make_exact(bytes, mbit, &mut || 0);
            assert!(made.took < ms(most), "{mbit} Mbit/s: {made:?}");
            assert!(made.waited < ms(30), "{mbit} Mbit/s: {made:?}");
        }
    }

    #[test]
    fn steps_grow_also_where_times_vary() {
        let mut chance = 1_u64;
        let mut late_ms = || {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (chance >> 33) % 31
        };
        let made = make_exact(1_200_000, 50.0, &mut late_ms);
        assert!(made.steps < 60 && made.took < ms(2000), "{made:?}");
    }
}
