//! What the overlay shows: how long an input takes until its effect is seen, or a change of the
//! device's screen while nobody does anything, and what of it is whose; pictures per second; bits
//! per second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use farpane_protocol::latency::SessionLatency;

use crate::session::shared::{FrameFacts, Network};

/// Latency samples that the shown middle and most are taken from: a second or two of typing, half
/// a second of film.
const SAMPLES: usize = 15;

/// After this long without an input whose effect was seen, pictures by themselves are shown.
const RECENT: Duration = Duration::from_secs(5);

/// A picture that comes later than this after the input that it names was not caused by it.
const UNRELATED: Duration = Duration::from_secs(1);

/// What pictures per second and bits per second are counted over.
const SPAN: Duration = Duration::from_secs(1);

/// Presentations remembered for counting: above any refresh rate.
const REMEMBERED: usize = 512;

/// The way of one input, or of one change of the screen, to a picture, in parts that add up to the
/// whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// From the input, or from the capture, to the presented picture.
    pub whole: Duration,
    /// On the way, with the picture's own length; there and back for an input.
    pub network: Duration,
    /// At the device until the picture was captured: the program that reacts, and waiting. Nothing
    /// for a change by itself, whose beginning nobody knows.
    pub device: Duration,
    /// Capturing.
    pub capture: Duration,
    /// Encoding.
    pub encode: Duration,
    /// Decoding.
    pub decode: Duration,
    /// Painting and handing over to the display.
    pub present: Duration,
}

/// What a latency is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// An input of this technician.
    Input,
    /// The capture of a change that came by itself.
    Capture,
}

/// A shown latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// From when.
    pub since: Since,
    /// The middle one of the last samples.
    pub middle: Latency,
    /// The longest of them.
    pub most: Duration,
}

/// What was measured, for the overlay.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// Absent before the first picture.
    pub latency: Option<Shown>,
    /// Pictures presented in the last second.
    pub fps: u32,
    /// Received in the last second, in kbit.
    pub kbit: u32,
    /// Round trip to the device.
    pub rtt: Duration,
}

/// What one presented picture tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its way here since it was captured.
    pub picture: Latency,
    /// The way of an input to it, if it is the first picture with that input's effect.
    pub input: Option<Latency>,
}

impl Seen {
    /// Counts it into what the directory is told.
    pub fn count_into(&self, told: &mut SessionLatency) {
        let Latency {
            whole,
            network,
            device: _,
            capture,
            encode,
            decode,
            present,
        } = self.picture;
        told.picture.add(whole);
        told.capture.add(capture);
        told.encode.add(encode);
        told.network.add(network);
        told.decode.add(decode);
        told.present.add(present);
        if let Some(input) = self.input {
            told.input.add(input.whole);
        }
    }
}

/// Counts and measures.
#[derive(Debug, Default)]
pub struct Meter {
    inputs: VecDeque<Latency>,
    /// When the last of them was seen.
    input_at: Option<Instant>,
    pictures: VecDeque<Latency>,
    last_input: u64,
    presented: VecDeque<Instant>,
    bytes: Option<(Instant, u64)>,
    kbit: u32,
}

impl Meter {
    /// A picture was presented. `made_at` tells when an input was made.
    pub fn presented(
        &mut self,
        frame: &FrameFacts,
        made_at: impl Fn(u64) -> Option<Instant>,
        rtt: Duration,
        now: Instant,
    ) -> Seen {
        if self.presented.len() == REMEMBERED {
            self.presented.pop_front();
        }
        self.presented.push_back(now);
        let picture = of_picture(frame, rtt, now);
        keep(&mut self.pictures, picture);
        let input = self.input_seen(frame, made_at, rtt, now);
        Seen { picture, input }
    }

    fn input_seen(
        &mut self,
        frame: &FrameFacts,
        made_at: impl Fn(u64) -> Option<Instant>,
        rtt: Duration,
        now: Instant,
    ) -> Option<Latency> {
        if frame.input_sequence <= self.last_input {
            return None;
        }
        self.last_input = frame.input_sequence;
        let made = made_at(frame.input_sequence)?;
        let whole = now.saturating_duration_since(made);
        if whole > UNRELATED {
            return None;
        }
        let latency = split(frame, whole, rtt, now);
        keep(&mut self.inputs, latency);
        self.input_at = Some(now);
        Some(latency)
    }

    /// What to show now.
    pub fn read(&mut self, network: Option<Network>, now: Instant) -> Reading {
        let network = network.unwrap_or_default();
        let recent = |at: &&Instant| now.saturating_duration_since(**at) <= SPAN;
        let fps = self.presented.iter().rev().take_while(recent).count();
        let (since, before) = *self.bytes.get_or_insert((now, network.received_bytes));
        let passed = now.saturating_duration_since(since);
        if passed >= SPAN / 2 {
            let bits = network.received_bytes.saturating_sub(before) as f64 * 8.0;
            self.kbit = (bits / passed.as_secs_f64() / 1000.0) as u32;
            self.bytes = Some((now, network.received_bytes));
        }
        Reading {
            latency: self.latency(now),
            fps: fps as u32,
            kbit: self.kbit,
            rtt: network.rtt,
        }
    }

    /// Inputs while there are some, else pictures. What was shown last stays while nothing new
    /// comes.
    fn latency(&self, now: Instant) -> Option<Shown> {
        let by_input = self.input_at.is_some_and(|seen| {
            let newer = self.presented.back().is_some_and(|last| *last > seen);
            !newer || now.saturating_duration_since(seen) <= RECENT
        });
        let (since, samples) = if by_input {
            (Since::Input, &self.inputs)
        } else {
            (Since::Capture, &self.pictures)
        };
        let mut sorted: Vec<_> = samples.iter().collect();
        sorted.sort_by_key(|sample| sample.whole);
        Some(Shown {
            since,
            middle: **sorted.get(sorted.len() / 2)?,
            most: sorted.last()?.whole,
        })
    }
}

fn keep(samples: &mut VecDeque<Latency>, sample: Latency) {
    if samples.len() == SAMPLES {
        samples.pop_front();
    }
    samples.push_back(sample);
}

/// What is known of every picture by its stamps. The two clocks are not compared, so the way here is
/// taken for half of the round trip.
fn of_picture(frame: &FrameFacts, rtt: Duration, now: Instant) -> Latency {
    let travel = frame.whole.saturating_duration_since(frame.first_byte);
    // The device tells these: no more than what would count for an input, either.
    let (capture, encode) = (frame.capture.min(UNRELATED), frame.encode.min(UNRELATED));
    let decode = frame.decoded.saturating_duration_since(frame.whole);
    let present = now.saturating_duration_since(frame.decoded);
    let network = rtt / 2 + travel;
    Latency {
        whole: capture + encode + network + decode + present,
        network,
        device: Duration::ZERO,
        capture,
        encode,
        decode,
        present,
    }
}

/// Gives every part what was measured, never more than is left of the whole.
fn split(frame: &FrameFacts, whole: Duration, rtt: Duration, now: Instant) -> Latency {
    let mut left = whole;
    let mut take = |part: Duration| {
        let part = part.min(left);
        left -= part;
        part
    };
    let present = take(now.saturating_duration_since(frame.decoded));
    let decode = take(frame.decoded.saturating_duration_since(frame.whole));
    let capture = take(frame.capture);
    let encode = take(frame.encode);
    let travel = frame.whole.saturating_duration_since(frame.first_byte);
    let network = take(rtt + travel);
    Latency {
        whole,
        network,
        device: left,
        capture,
        encode,
        decode,
        present,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn frame(start: Instant, input_sequence: u64) -> FrameFacts {
        FrameFacts {
            sequence: 1,
            input_sequence,
            bytes: 100,
            capture: MS,
            encode: 4 * MS,
            first_byte: start + 14 * MS,
            whole: start + 15 * MS,
            decoded: start + 17 * MS,
            captured_us: 0,
        }
    }

    #[test]
    fn the_parts_add_up_to_the_whole() {
        let start = Instant::now();
        let mut meter = Meter::default();
        let sample = meter.presented(&frame(start, 9), |_| Some(start), 3 * MS, start + 18 * MS);
        let expected = Latency {
            whole: 18 * MS,
            network: 4 * MS,
            device: 6 * MS,
            capture: MS,
            encode: 4 * MS,
            decode: 2 * MS,
            present: MS,
        };
        assert_eq!(sample.input, Some(expected));
        let hostile = FrameFacts {
            capture: Duration::MAX,
            encode: Duration::MAX,
            ..frame(start, 10)
        };
        let sample = meter.presented(&hostile, |_| Some(start), 3 * MS, start + 18 * MS);
        let parts = sample.input.expect("a sample");
        let sum = parts.network
            + parts.device
            + parts.capture
            + parts.encode
            + parts.decode
            + parts.present;
        assert_eq!(sum, parts.whole);
    }

    #[test]
    fn an_input_counts_once_and_an_old_one_not_at_all() {
        let start = Instant::now();
        let mut meter = Meter::default();
        let late = start + Duration::from_secs(5);
        assert!(
            meter
                .presented(&frame(start, 0), |_| Some(start), MS, start)
                .input
                .is_none()
        );
        assert!(
            meter
                .presented(&frame(start, 3), |_| Some(start), MS, late)
                .input
                .is_none()
        );
        assert!(
            meter
                .presented(&frame(start, 3), |_| Some(start), MS, start + MS)
                .input
                .is_none()
        );
        assert!(
            meter
                .presented(&frame(start, 4), |_| None, MS, start + MS)
                .input
                .is_none()
        );
        let shown = meter.read(None, late).latency;
        assert!(shown.is_some_and(|shown| shown.since == Since::Capture));
    }

    #[test]
    fn without_an_input_every_picture_tells_its_own_parts() {
        let start = Instant::now();
        let mut meter = Meter::default();
        let shown = |meter: &mut Meter, at| meter.read(None, at).latency.expect("a latency");
        let none = |_| None;
        for late in [3, 1, 2] {
            let seen = start + (17 + late) * MS;
            meter.presented(&frame(start, 0), none, 6 * MS, seen);
        }
        let by_itself = shown(&mut meter, start + 20 * MS);
        // 1 ms to capture, 4 to encode, half of 6 and 1 on the way, 2 to decode, 2 to present.
        let expected = Latency {
            whole: 13 * MS,
            network: 4 * MS,
            device: Duration::ZERO,
            capture: MS,
            encode: 4 * MS,
            decode: 2 * MS,
            present: 2 * MS,
        };
        assert_eq!(by_itself.middle, expected);
        assert_eq!((by_itself.since, by_itself.most), (Since::Capture, 14 * MS));
        // An input counts more, until pictures came by themselves for a while.
        meter.presented(&frame(start, 9), |_| Some(start), MS, start + 18 * MS);
        let later = start + Duration::from_secs(9);
        assert_eq!(shown(&mut meter, later).since, Since::Input);
        meter.presented(&frame(later, 9), none, MS, later + 18 * MS);
        assert_eq!(shown(&mut meter, later + 18 * MS).since, Since::Capture);
    }

    #[test]
    fn a_device_that_lies_about_its_times_does_no_harm() {
        let start = Instant::now();
        let mut meter = Meter::default();
        let hostile = FrameFacts {
            capture: Duration::MAX,
            encode: Duration::MAX,
            ..frame(start, 0)
        };
        meter.presented(&hostile, |_| None, MS, start + 18 * MS);
        let shown = meter.read(None, start + 18 * MS).latency;
        assert!(shown.is_some_and(|shown| shown.most < Duration::from_secs(3)));
    }

    #[test]
    fn every_picture_is_counted_and_an_input_where_it_is_seen() {
        let start = Instant::now();
        let (mut meter, mut told) = (Meter::default(), SessionLatency::default());
        let mut hostile = frame(start, 9);
        hostile.capture = Duration::MAX;
        for frame in [frame(start, 9), frame(start, 9), hostile] {
            let seen = meter.presented(&frame, |_| Some(start), 3 * MS, start + 18 * MS);
            seen.count_into(&mut told);
        }
        assert_eq!((told.input.count(), told.input.sum_us), (1, 18_000));
        assert_eq!((told.picture.count(), told.decode.sum_us), (3, 6_000));
        assert!(told.fits(Duration::ZERO), "{told:?}");
    }

    #[test]
    fn rates_are_those_of_the_last_second_and_fall_to_zero() {
        let start = Instant::now();
        let mut meter = Meter::default();
        let network = |bytes| {
            Some(Network {
                rtt: MS,
                received_bytes: bytes,
            })
        };
        meter.read(network(0), start);
        for step in 0..30 {
            meter.presented(&frame(start, 0), |_| None, MS, start + step * 33 * MS);
        }
        let reading = meter.read(network(125_000), start + Duration::from_secs(1));
        assert_eq!((reading.fps, reading.kbit), (30, 1000));
        let reading = meter.read(network(125_000), start + Duration::from_secs(3));
        assert_eq!((reading.fps, reading.kbit), (0, 0));
    }
}
