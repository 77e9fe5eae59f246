//! The path's figures on lines in virtual time.

use proptest::prelude::*;

use super::*;

const FPS_30: Duration = Duration::from_micros(33_333);

/// A line with a bottleneck; the viewer's clock is off by a day.
struct Line {
    bytes_per_second: f64,
    one_way: Duration,
    /// When the bottleneck is free, since the start.
    free: Duration,
    /// When the last frame's acknowledgement comes.
    acknowledged: VecDeque<(Duration, Handled)>,
}

impl Line {
    fn new(mbit: f64, one_way_ms: u64) -> Self {
        Self {
            bytes_per_second: mbit * 125_000.0,
            one_way: Duration::from_millis(one_way_ms),
            free: Duration::ZERO,
            acknowledged: VecDeque::new(),
        }
    }

    fn send(&mut self, path: &mut Path, sequence: u64, bytes: usize, now: Duration) {
        path.sent(sequence, bytes, now);
        let begins = now.max(self.free);
        let span = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second);
        self.free = begins + span;
        let whole = self.free + self.one_way;
        let arrival = Handled {
            sequence,
            whole_us: 86_400_000_000 + whole.as_micros() as u64,
            span_us: span.as_micros() as u32,
            handling_us: 5_000,
            lost: 0,
        };
        let handled = whole + Duration::from_millis(5) + self.one_way;
        self.acknowledged.push_back((handled, arrival));
    }

    fn take_until(&mut self, path: &mut Path, now: Duration) {
        while let Some((at, arrival)) = self.acknowledged.front().copied() {
            if at > now {
                return;
            }
            path.arrived(&arrival, at);
            self.acknowledged.pop_front();
        }
    }

    /// What the last byte sent has to wait for behind others.
    fn queue(&self, now: Duration) -> Duration {
        self.free.saturating_sub(now)
    }
}

/// Plays a film whose pictures are as large as they may be, at most `most` bytes; the longest
/// queue that a picture found or made after each of them.
fn film(line: &mut Line, path: &mut Path, from: u32, pictures: u32, most: usize) -> Vec<Duration> {
    let mut queues = Vec::new();
    for number in from..from + pictures {
        let now = FPS_30 * number;
        line.take_until(path, now);
        let room = path.room(FPS_30).unwrap_or(most);
        if room < path.picture(FPS_30).unwrap_or(0) / 2 {
            continue;
        }
        line.send(path, u64::from(number) + 1, room.min(most), now);
        queues.push(line.queue(now));
    }
    queues
}

#[test]
fn the_rate_and_the_round_trip_are_found_with_the_first_pictures() {
    let (mut line, mut path) = (Line::new(20.0, 20), Path::default());
    film(&mut line, &mut path, 0, 8, 20_000);
    let rate = path.rate().expect("known") * 8e-6;
    assert!((18.0..22.0).contains(&rate), "{rate} Mbit/s");
    assert_eq!(path.round_trip(), Some(Duration::from_millis(40)));
}

#[test]
fn a_line_that_becomes_narrow_has_no_queue_half_a_second_later() {
    let (mut line, mut path) = (Line::new(20.0, 20), Path::default());
    film(&mut line, &mut path, 0, 60, 20_000);
    line.bytes_per_second /= 5.0;
    film(&mut line, &mut path, 60, 15, 20_000);
    let queues = film(&mut line, &mut path, 75, 60, 20_000);
    assert!(queues.len() > 40, "{} pictures of 60", queues.len());
    let longest = queues.into_iter().max();
    assert!(longest < Some(Duration::from_millis(30)), "{longest:?}");
    line.bytes_per_second *= 5.0;
    film(&mut line, &mut path, 135, 30, 20_000);
    assert!(path.room(FPS_30) > Some(20_000), "and wide again");
}

#[test]
fn letters_tell_nothing_about_the_rate() {
    let (mut line, mut path) = (Line::new(20.0, 5), Path::default());
    film(&mut line, &mut path, 0, 30, 500);
    assert_eq!((path.rate(), path.room(FPS_30)), (None, None));
    assert_eq!(path.round_trip(), Some(Duration::from_millis(10)));
}

#[test]
fn a_lost_packet_is_no_slow_line() {
    let (mut line, mut path) = (Line::new(20.0, 20), Path::default());
    film(&mut line, &mut path, 0, 30, 20_000);
    let before = path.rate();
    let now = FPS_30 * 40;
    line.take_until(&mut path, now);
    path.sent(41, 20_000, now);
    let whole = now + Duration::from_millis(68);
    let late = Handled {
        sequence: 41,
        whole_us: 86_400_000_000 + whole.as_micros() as u64,
        span_us: 48_000,
        handling_us: 0,
        lost: 1,
    };
    path.arrived(&late, whole);
    assert_eq!(path.rate(), before);
}

#[test]
fn what_was_acknowledged_keeps_nothing_waiting() {
    let (mut line, mut path) = (Line::new(20.0, 10), Path::default());
    line.send(&mut path, 1, 20_000, Duration::ZERO);
    // Something stood still for a minute: the rate looks like nothing.
    let late = Duration::from_secs(60);
    let whole_us = 86_400_000_000 + late.as_micros() as u64;
    let (_, told) = line.acknowledged.pop_front().expect("sent");
    path.arrived(
        &Handled {
            whole_us,
            span_us: 60_000_000,
            ..told
        },
        late,
    );
    path.sent(2, 100_000, late);
    assert!(
        path.follows_at() > late + REMEMBERED - Duration::from_secs(1),
        "{path:?}"
    );
    let now = late + Duration::from_millis(50);
    let whole_us = 86_400_000_000 + now.as_micros() as u64;
    path.arrived(
        &Handled {
            sequence: 2,
            whole_us,
            ..told
        },
        now,
    );
    assert!(path.follows_at() <= now, "{path:?}");
}

#[test]
fn where_times_vary_a_frame_is_not_slow_for_having_come_late() {
    let (mut line, mut path) = (Line::new(20.0, 10), Path::default());
    for number in 0..60 {
        // Each frame is alone: the one before was acknowledged long ago.
        let now = Duration::from_millis(200) * number;
        line.take_until(&mut path, now);
        line.one_way = Duration::from_millis(10 + u64::from(number * 7 % 16));
        line.send(&mut path, u64::from(number) + 1, 6_000, now);
    }
    let rate = path.rate().expect("known") * 8e-6;
    assert!((10.0..30.0).contains(&rate), "{rate} Mbit/s");
    assert!(path.unsteady() > Duration::from_millis(4), "{path:?}");
}

proptest! {
    #[test]
    fn whatever_a_viewer_says_the_figures_stay_sane(
        said in proptest::collection::vec(
            (any::<u64>(), any::<u32>(), any::<u32>(), 0u64..12, any::<u64>()),
            1..40,
        ),
    ) {
        let mut path = Path::default();
        for (number, (whole_us, span_us, handling_us, back, lost)) in said.into_iter().enumerate() {
            let now = Duration::from_millis(10 * number as u64);
            path.sent(number as u64 + 1, 5_000, now);
            let arrival = Handled {
                sequence: (number as u64 + 1).saturating_sub(back),
                whole_us,
                span_us,
                handling_us,
                lost,
            };
            path.arrived(&arrival, now + Duration::from_millis(3));
            prop_assert!(path.rate().is_none_or(|rate| rate.is_finite() && rate > 0.0));
            prop_assert!(path.room(FPS_30) <= path.picture(FPS_30));
            prop_assert!(path.bytes_under_way <= UNDER_WAY * 5_000);
            prop_assert!(path.follows_at() <= now + REMEMBERED);
        }
    }
}

#[test]
fn a_viewer_that_leaves_the_newest_out_cannot_put_steps_off_for_ever() {
    let mut path = Path::default();
    let mut now = Duration::ZERO;
    let mut whole_us = 1;
    for number in 0..100_000 {
        path.sent(number, 2 * TELLING, now);
        now += Duration::from_millis(10);
        let sequence = number.saturating_sub(1);
        let arrival = Handled {
            sequence,
            whole_us,
            ..Handled::default()
        };
        path.arrived(&arrival, now);
        // All that came so far seems to have taken the path longer than the world is old.
        whole_us = if whole_us == 1 { u64::MAX } else { 1 };
    }
    assert!(path.follows_at() <= now + REMEMBERED, "{path:?}");
}
