//! The controller on lines in virtual time.

use proptest::prelude::*;

use super::*;

const PACKET: u64 = 1200;
const INITIAL: u64 = 128 * 1024;

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// A sender under the controller, a bottleneck with a queue behind it, and acknowledgements.
struct Line {
    controller: Delay,
    start: Instant,
    now: Duration,
    bits_per_second: f64,
    round_trip: Duration,
    queue_bytes: f64,
    /// Lost by chance, in packets per thousand.
    per_thousand: u64,
    /// Every round trip takes longer by up to this; packets stay in their order.
    varies: Duration,
    free: Duration,
    number: u64,
    in_flight: u64,
    /// When each packet's fate is known, its number, when it was sent, and whether it came.
    fates: VecDeque<(Duration, u64, Duration, bool)>,
    delivered: u64,
    waits: Vec<Duration>,
}

impl Line {
    fn new(mbit: f64, round_trip: Duration) -> Self {
        let start = Instant::now();
        Self {
            controller: Delay::new(INITIAL, 1200, start),
            start,
            now: Duration::ZERO,
            bits_per_second: mbit * 1e6,
            round_trip,
            queue_bytes: 250_000.0,
            per_thousand: 0,
            varies: Duration::ZERO,
            free: Duration::ZERO,
            number: 0,
            in_flight: 0,
            fates: VecDeque::new(),
            delivered: 0,
            waits: Vec::new(),
        }
    }

    fn at(&self, time: Duration) -> Instant {
        self.start + time
    }

    fn send(&mut self) {
        let sending = Duration::from_secs_f64(PACKET as f64 * 8.0 / self.bits_per_second);
        let wait = self.free.saturating_sub(self.now);
        let waiting = wait.as_secs_f64() * self.bits_per_second / 8.0;
        let overflows = waiting + PACKET as f64 > self.queue_bytes;
        // The same packets are lost in every run.
        let chance = self.number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let comes = !overflows && chance % 1000 >= self.per_thousand;
        if !overflows {
            self.free = self.now.max(self.free) + sending;
            self.waits.push(wait);
        }
        let varies = self.varies * u32::try_from(chance / 1000 % 1000).expect("small") / 1000;
        let known = self.now.max(self.free) + self.round_trip + varies;
        let last = self.fates.back().map_or(known, |(known, ..)| *known);
        let known = known.max(last);
        self.fates.push_back((known, self.number, self.now, comes));
        self.in_flight += PACKET;
        self.controller.sent(self.at(self.now), PACKET, self.number);
        self.number += 1;
    }

    fn learn(&mut self) {
        while let Some(&(known, number, sent, came)) = self.fates.front() {
            if known > self.now {
                return;
            }
            self.fates.pop_front();
            self.in_flight -= PACKET;
            let (now, sent) = (self.at(known), self.at(sent));
            if came {
                self.delivered += PACKET;
                self.controller.acknowledged(now, self.in_flight, number);
            } else {
                self.controller.lost(now, sent, PACKET);
            }
        }
    }

    /// Sends as much as the window lets, or as `paced` packets every millisecond; bytes delivered.
    fn run(&mut self, span: Duration, paced: u64) -> u64 {
        let (end, before) = (self.now + span, self.delivered);
        self.waits.clear();
        while self.now < end {
            self.learn();
            for _ in 0..paced {
                if self.in_flight + PACKET > self.controller.bytes() {
                    break;
                }
                self.send();
            }
            self.now += ms(1);
        }
        self.delivered - before
    }

    fn share(&self, bytes: u64, span: Duration) -> f64 {
        bytes as f64 * 8.0 / (span.as_secs_f64() * self.bits_per_second)
    }

    fn longest_wait(&self) -> Duration {
        self.waits.iter().max().copied().unwrap_or_default()
    }
}

#[test]
fn an_empty_line_is_filled_without_a_queue() {
    for (mbit, round_trip) in [(4.0, 40), (20.0, 40), (20.0, 5), (100.0, 20), (50.0, 150)] {
        let mut line = Line::new(mbit, ms(round_trip));
        line.run(ms(5000), 8);
        let bytes = line.run(ms(5000), 8);
        let share = line.share(bytes, ms(5000)).min(line.share(bytes, ms(5000)));
        let offered = (8.0 * PACKET as f64 * 8e3) / (mbit * 1e6);
        assert!(share > 0.8 * offered.min(1.0), "{mbit} Mbit/s: {share}");
        let longest = line.longest_wait();
        assert!(longest < TARGET * 2, "{mbit} Mbit/s: {longest:?}");
    }
}

#[test]
fn a_line_that_becomes_narrow_has_no_queue_half_a_second_later() {
    let mut line = Line::new(20.0, ms(40));
    line.run(ms(5000), 8);
    line.bits_per_second = 4e6;
    line.run(ms(500), 8);
    let bytes = line.run(ms(3000), 8);
    assert!(
        line.longest_wait() < TARGET * 2,
        "{:?}",
        line.longest_wait()
    );
    assert!(line.share(bytes, ms(3000)) > 0.8);
    line.bits_per_second = 20e6;
    line.run(ms(3000), 8);
    let bytes = line.run(ms(3000), 8);
    assert!(line.share(bytes, ms(3000)) > 0.8, "and wide again");
}

#[test]
fn a_queue_of_ones_own_is_not_taken_for_the_path() {
    let mut line = Line::new(20.0, ms(40));
    line.run(ms(60_000), 8);
    let bytes = line.run(ms(10_000), 8);
    assert!(
        line.longest_wait() < TARGET * 3,
        "{:?}",
        line.longest_wait()
    );
    assert!(line.share(bytes, ms(10_000)) > 0.8);
}

#[test]
fn pictures_that_leave_at_once_do_not_make_the_window_smaller_than_the_path() {
    let mut line = Line::new(4.0, ms(40));
    for _ in 0..300 {
        // 12 kB that take 24 ms, thirty times a second.
        for _ in 0..10 {
            if line.in_flight + PACKET <= line.controller.bytes() {
                line.send();
            }
        }
        line.run(ms(33), 0);
    }
    let window = line.controller.bytes();
    assert!((20_000..40_000).contains(&window), "{window}");
}

#[test]
fn chance_losses_are_not_taken_for_a_queue() {
    let mut line = Line::new(20.0, ms(40));
    line.per_thousand = 50;
    line.run(ms(5000), 8);
    let bytes = line.run(ms(5000), 8);
    let share = line.share(bytes, ms(5000));
    assert!(share > 0.75, "{share}");
    assert!(line.longest_wait() < TARGET * 2);
}

#[test]
fn times_that_vary_are_not_taken_for_a_queue() {
    let mut line = Line::new(20.0, ms(20));
    line.varies = ms(60);
    for _ in 0..100 {
        // What a device and a technician say to each other while nothing happens.
        line.send();
        line.run(ms(100), 0);
    }
    line.run(ms(5000), 8);
    let bytes = line.run(ms(5000), 8);
    let share = line.share(bytes, ms(5000));
    assert!(share > 0.5, "{share}");
    let longest = line.longest_wait();
    assert!(longest < (TARGET + MOST_UNSTEADY) * 2, "{longest:?}");
}

#[test]
fn a_window_that_became_too_small_finds_out_that_times_vary() {
    let mut line = Line::new(20.0, ms(20));
    line.varies = ms(60);
    // Busy from the first moment on.
    line.run(ms(10_000), 8);
    let bytes = line.run(ms(10_000), 8);
    let share = line.share(bytes, ms(10_000));
    assert!(share > 0.5, "{share}");
}

#[test]
fn a_queue_too_short_to_be_felt_is_noticed_by_what_it_loses() {
    let mut line = Line::new(20.0, ms(40));
    line.queue_bytes = 6_000.0;
    line.run(ms(5000), 8);
    let (before, delivered) = (line.number, line.delivered);
    line.run(ms(5000), 8);
    let lost = 1.0 - (line.delivered - delivered) as f64 / ((line.number - before) * PACKET) as f64;
    assert!(lost < 0.2, "{lost}");
    assert!(line.share(line.delivered - delivered, ms(5000)) > 0.5);
}

#[test]
fn others_in_the_queue_are_given_way_to() {
    let mut line = Line::new(20.0, ms(40));
    line.run(ms(3000), 8);
    let before = line.controller.bytes();
    // Somebody else's bytes wait before every packet of ours.
    for _ in 0..1000 {
        line.free = line.free.max(line.now + ms(60));
        line.run(ms(1), 8);
    }
    assert!(line.controller.bytes() < before / 4);
    line.run(ms(5000), 8);
    assert!(line.controller.bytes() > before / 2, "they have gone");
}

#[test]
fn letters_leave_the_window_alone_and_a_pause_begins_anew() {
    let mut line = Line::new(20.0, ms(40));
    for _ in 0..100 {
        line.run(ms(40), 0);
        line.send();
    }
    assert_eq!(line.controller.bytes(), INITIAL);
    line.run(ms(3000), 8);
    line.bits_per_second = 1e9;
    line.run(ms(3000), 100);
    assert!(line.controller.bytes() > 2 * INITIAL);
    line.run(IDLE + ms(1000), 0);
    line.send();
    assert_eq!(line.controller.bytes(), INITIAL);
    line.run(ms(1000), 100);
    assert!(line.controller.bytes() > INITIAL, "and grows again");
}

#[test]
fn a_silence_halves_the_window_and_what_follows_is_quick() {
    let mut line = Line::new(100.0, ms(40));
    line.run(ms(2000), 20);
    let before = line.controller.bytes();
    let now = line.at(line.now);
    line.controller.fell_silent(now);
    assert!(line.controller.bytes() <= before / 2);
    line.run(ms(500), 20);
    assert!(line.controller.bytes() >= before / 2);
}

#[derive(Clone, Debug)]
enum Event {
    Sent(u64),
    Acknowledged(u64, u64),
    Lost(u64),
    Marked,
    Silent,
    Mtu(u16),
}

fn events() -> impl Strategy<Value = Vec<(u64, Event)>> {
    let event = prop_oneof![
        (0u64..100_000).prop_map(Event::Sent),
        (any::<u64>(), 0u64..50).prop_map(|(flight, back)| Event::Acknowledged(flight, back)),
        any::<u64>().prop_map(Event::Lost),
        Just(Event::Marked),
        Just(Event::Silent),
        (1200u16..1500).prop_map(Event::Mtu),
    ];
    proptest::collection::vec((0u64..20_000_000, event), 1..200)
}

proptest! {
    #[test]
    fn whatever_happens_the_window_keeps_its_bounds(events in events()) {
        let start = Instant::now();
        let (mut controller, mut now, mut number) = (Delay::new(INITIAL, 1200, start), start, 60);
        let mut mtu = 1200;
        for (later, event) in events {
            let sent = now;
            now += Duration::from_micros(later);
            match event {
                Event::Sent(bytes) => {
                    number += 1;
                    controller.sent(now, bytes, number);
                }
                Event::Acknowledged(flight, back) => {
                    controller.acknowledged(now, flight, number - back);
                }
                Event::Lost(bytes) => controller.lost(now, sent, bytes),
                Event::Marked => controller.marked(now, sent),
                Event::Silent => controller.fell_silent(now),
                Event::Mtu(new) => {
                    mtu = new;
                    controller.set_mtu(new);
                }
            }
            let window = controller.bytes();
            prop_assert!(window >= 4 * u64::from(mtu), "{window}");
            prop_assert!(window as f64 <= MOST, "{window}");
        }
    }

    #[test]
    fn a_queue_makes_the_window_smaller_and_its_absence_never_does(
        round_trip in 1u64..200,
        queue in 0u64..300,
        flight in 2u64..200,
    ) {
        let start = Instant::now();
        let mut controller = Delay::new(INITIAL, 1200, start);
        let mut now = start;
        for number in 0..20 {
            // The first packets learn the empty path.
            let waits = if number < 5 { 0 } else { queue };
            controller.sent(now, flight * PACKET, number);
            now += ms(round_trip + waits);
            controller.acknowledged(now, 0, number);
        }
        if queue > 16 {
            prop_assert!(controller.bytes() < INITIAL || flight * PACKET > INITIAL);
        } else if queue < 7 {
            prop_assert!(controller.bytes() >= INITIAL);
        }
    }
}
