//! The figures of a line, counted over many packets.

use super::*;

const PACKETS: u32 = 20_000;
const SIZE: usize = 1_000;

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Sends numbered packets, one a millisecond; what came out and when.
fn carry(line: &mut Line, packets: u32) -> Vec<(Duration, u32)> {
    let mut out = Vec::new();
    let mut take = |line: &mut Line, now| {
        while let Some(packet) = line.pull(now) {
            let number = packet.first_chunk().expect("numbered");
            out.push((now, u32::from_be_bytes(*number)));
        }
    };
    for number in 0..packets {
        let sent = ms(u64::from(number));
        while let Some(next) = line.next().filter(|&next| next <= sent) {
            take(line, next);
        }
        let mut packet = vec![0; SIZE];
        packet[..4].copy_from_slice(&number.to_be_bytes());
        line.push(sent, &packet);
    }
    while let Some(next) = line.next() {
        take(line, next);
    }
    out
}

/// Whether a share is near what it should be: within a tenth of it.
fn near(counted: u64, of: u32, share: f64) -> bool {
    let found = counted as f64 / f64::from(of);
    (found - share).abs() < share / 10.0
}

#[test]
fn a_good_line_passes_everything_at_once_and_in_order() {
    let mut line = Line::new(Condition::default(), 1);
    let out = carry(&mut line, 100);
    let expected: Vec<_> = (0..100).map(|n| (ms(u64::from(n)), n)).collect();
    assert_eq!(out, expected);
}

#[test]
fn every_packet_is_late_by_the_delay_and_no_more_than_the_jitter() {
    let condition = Condition {
        delay: ms(20),
        jitter: ms(10),
        ..Condition::default()
    };
    let out = carry(&mut Line::new(condition, 2), PACKETS);
    assert_eq!(out.len(), PACKETS as usize);
    assert!(out.windows(2).all(|pair| pair[0].1 < pair[1].1), "in order");
    let late = out.iter().map(|&(at, n)| at - ms(u64::from(n)));
    let (least, most) = (late.clone().min(), late.clone().max());
    assert!(least >= Some(ms(20)) && least < Some(ms(22)), "{least:?}");
    assert!(most <= Some(ms(30)) && most > Some(ms(29)), "{most:?}");
}

#[test]
fn random_loss_takes_its_share() {
    let loss = Loss::Random(0.05);
    let mut line = Line::new(
        Condition {
            loss,
            ..Condition::default()
        },
        3,
    );
    let out = carry(&mut line, PACKETS);
    let counts = line.counts();
    assert!(near(counts.lost, PACKETS, 0.05), "{counts:?}");
    assert_eq!(out.len() as u64 + counts.lost, u64::from(PACKETS));
}

#[test]
fn bursts_have_their_length() {
    let loss = Loss::Bursts {
        begin: 0.01,
        end: 0.2,
    };
    let mut line = Line::new(
        Condition {
            loss,
            ..Condition::default()
        },
        4,
    );
    let out = carry(&mut line, PACKETS);
    let mut bursts: Vec<u32> = out
        .windows(2)
        .map(|pair| pair[1].1 - pair[0].1 - 1)
        .collect();
    bursts.retain(|&length| length > 0);
    let mean = f64::from(bursts.iter().sum::<u32>()) / bursts.len() as f64;
    assert!((4.0..6.0).contains(&mean), "mean length {mean}");
    let share = 0.01 / (0.01 + 0.2);
    assert!((line.counts().lost as f64 / f64::from(PACKETS) - share).abs() < 0.01);
}

#[test]
fn those_held_back_are_overtaken_and_nothing_is_lost() {
    let reorder = Reorder {
        share: 0.02,
        held: ms(5),
    };
    let mut line = Line::new(
        Condition {
            reorder,
            ..Condition::default()
        },
        5,
    );
    let out = carry(&mut line, PACKETS);
    assert!(near(line.counts().reordered, PACKETS, 0.02));
    let held = out
        .iter()
        .filter(|&&(at, n)| at == ms(u64::from(n) + 5))
        .count();
    assert_eq!(held as u64, line.counts().reordered);
    assert!(
        out.windows(2).any(|pair| pair[0].1 > pair[1].1),
        "overtaken"
    );
    let mut numbers: Vec<_> = out.iter().map(|&(_, n)| n).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..PACKETS));
}

#[test]
fn doubles_are_doubles() {
    let duplicate = 0.03;
    let mut line = Line::new(
        Condition {
            duplicate,
            ..Condition::default()
        },
        6,
    );
    let out = carry(&mut line, PACKETS);
    assert!(near(line.counts().duplicated, PACKETS, duplicate));
    assert_eq!(
        out.len() as u64,
        u64::from(PACKETS) + line.counts().duplicated
    );
}

#[test]
fn a_spoilt_packet_differs_in_one_bit() {
    let corrupt = Corrupt::Anything(1.0);
    let mut line = Line::new(
        Condition {
            corrupt,
            ..Condition::default()
        },
        7,
    );
    line.push(Duration::ZERO, &[0; SIZE]);
    let packet = line.pull(Duration::ZERO).expect("arrives");
    assert_eq!(packet.iter().map(|byte| byte.count_ones()).sum::<u32>(), 1);
}

#[test]
fn session_data_is_spoilt_behind_its_header_and_nothing_else_is() {
    let corrupt = Corrupt::SessionData(1.0);
    let mut line = Line::new(
        Condition {
            corrupt,
            ..Condition::default()
        },
        8,
    );
    for first in [SESSION_DATA, 0xc0] {
        let mut sent = [0; SIZE];
        sent[0] = first;
        line.push(Duration::ZERO, &sent);
        let packet = line.pull(Duration::ZERO).expect("arrives");
        assert_eq!(packet[..HEADER], sent[..HEADER]);
        assert_eq!(packet != sent, first == SESSION_DATA);
    }
    // A packet that is nothing but its header has nothing to spoil.
    line.push(Duration::ZERO, &[SESSION_DATA; HEADER]);
    assert_eq!(line.pull(Duration::ZERO), Some(vec![SESSION_DATA; HEADER]));
}

#[test]
fn a_bottleneck_sends_at_its_rate_and_its_queue_is_bounded() {
    // A packet of 8,000 bits a millisecond comes in; half of that goes out.
    let rate = Rate {
        bits_per_second: 4_000_000,
        queue_bytes: 20 * SIZE,
    };
    let condition = Condition {
        rate: Some(rate),
        ..Condition::default()
    };
    let mut line = Line::new(condition, 9);
    let out = carry(&mut line, 1_000);
    assert!(out.windows(2).all(|pair| pair[1].0 - pair[0].0 == ms(2)));
    let longest = out.iter().map(|&(at, n)| at - ms(u64::from(n))).max();
    assert_eq!(
        longest,
        Some(ms(40)),
        "twenty packets of two milliseconds each"
    );
    assert!(line.counts().overflowed > 450, "{:?}", line.counts());
}

#[test]
fn what_waits_is_sent_at_the_new_rate() {
    let rate = |bits_per_second| Condition {
        rate: Some(Rate {
            bits_per_second,
            queue_bytes: 100 * SIZE,
        }),
        ..Condition::default()
    };
    let mut line = Line::new(rate(20_000_000), 10);
    for _ in 0..50 {
        line.push(Duration::ZERO, &[0; SIZE]);
    }
    // At 20 Mbit/s they would take 20 ms in all; at 4 from then on, two each.
    line.set(Duration::ZERO, rate(4_000_000));
    assert!(line.pull(ms(1)).is_none());
    assert!(line.pull(ms(2)).is_some() && line.pull(ms(2)).is_none());
    assert_eq!(line.queued_bytes(), 49 * SIZE);
    line.set(ms(3), Condition::default());
    let rest = std::iter::from_fn(|| line.pull(ms(3))).count();
    assert_eq!((rest, line.queued_bytes(), line.next()), (49, 0, None));
}

#[test]
fn the_same_seed_does_the_same_and_another_something_else() {
    let condition = Condition {
        jitter: ms(3),
        loss: Loss::Random(0.1),
        duplicate: 0.1,
        ..Condition::default()
    };
    let run = |seed| carry(&mut Line::new(condition, seed), 500);
    assert_eq!(run(11), run(11));
    assert_ne!(run(11), run(12));
}

#[test]
fn the_wait_that_is_told_is_the_one_that_packets_have() {
    // A millisecond per packet, three at a time every two milliseconds.
    let rate = Some(Rate {
        bits_per_second: 8_000 * SIZE as u64,
        queue_bytes: 1_000_000,
    });
    let mut line = Line::new(
        Condition {
            rate,
            ..Condition::default()
        },
        9,
    );
    let mut out = Vec::new();
    for turn in 0..10u64 {
        let now = ms(2 * turn);
        for third in 0..3 {
            while let Some(next) = line.next().filter(|&next| next <= now) {
                out.extend(line.pull(next).map(|_| next));
            }
            let waits = line.wait(now);
            assert_eq!(waits, ms(turn + third), "turn {turn}, packet {third}");
            line.push(now, &[0; SIZE]);
        }
    }
    while let Some(next) = line.next() {
        out.extend(line.pull(next).map(|_| next));
    }
    let expected: Vec<_> = (1..=30).map(ms).collect();
    assert_eq!(out, expected);
}
