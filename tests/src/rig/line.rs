//! One direction of a bad line, as a machine in virtual time: packets go in, and come out late,
//! lost, doubled, overtaken or spoilt, the same way for the same seed.
//!
//! A packet first waits in the queue of the bottleneck ([`Condition::rate`]), then the wire loses,
//! doubles or spoils it, and then it travels. [`super::proxy`] puts the machine between sockets.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

#[cfg(test)]
mod tests;

/// First byte of a relay packet that carries session data.
const SESSION_DATA: u8 = 8;
/// The relay's header, which a spoilt packet keeps so that it still arrives.
const HEADER: usize = 8;

/// What the line does to packets of one direction. The default does nothing to them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Condition {
    /// How long every packet travels.
    pub delay: Duration,
    /// On top of that, between nothing and this, evenly; packets stay in their order.
    pub jitter: Duration,
    /// Which packets are lost on the wire.
    pub loss: Loss,
    /// Which packets are overtaken by later ones.
    pub reorder: Reorder,
    /// Share of packets (0 to 1) that arrive twice.
    pub duplicate: f64,
    /// Which packets have one bit changed.
    pub corrupt: Corrupt,
    /// The bottleneck, if there is one.
    pub rate: Option<Rate>,
}

/// How packets get lost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Loss {
    /// None is.
    #[default]
    Never,
    /// Each with this chance (0 to 1), whatever happened to others.
    Random(f64),
    /// In bursts (the model of Gilbert): everything is lost while a burst lasts.
    Bursts {
        /// Chance per packet that a burst begins.
        begin: f64,
        /// Chance per packet that it ends; its mean length is `1 / end` packets.
        end: f64,
    },
}

/// Which packets are held back so that later ones overtake them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reorder {
    /// Share of packets, 0 to 1.
    pub share: f64,
    /// For how long.
    pub held: Duration,
}

/// Which packets have one bit changed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Corrupt {
    /// None.
    #[default]
    Never,
    /// This share of all packets, anywhere in them.
    Anything(f64),
    /// This share of those that carry session data through the relay, behind the relay's header.
    SessionData(f64),
}

/// A bottleneck: it sends so fast, and what waits for it is bounded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Bits of UDP payload per second.
    pub bits_per_second: u64,
    /// Bytes that may wait, the packet being sent included; more is dropped at the tail.
    pub queue_bytes: usize,
}

/// What happened to packets so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets that went in.
    pub offered: u64,
    /// Packets that came out, doubles included.
    pub delivered: u64,
    /// Packets lost on the wire.
    pub lost: u64,
    /// Packets that found the queue full.
    pub overflowed: u64,
    /// Packets with a changed bit.
    pub corrupted: u64,
    /// Packets that arrived twice.
    pub duplicated: u64,
    /// Packets that were held back.
    pub reordered: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.offered += other.offered;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.overflowed += other.overflowed;
        self.corrupted += other.corrupted;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
    }
}

/// One direction of a line. Times are since any fixed moment and must not go back.
#[derive(Debug)]
pub struct Line {
    condition: Condition,
    chance: StdRng,
    in_burst: bool,
    /// What waits for the bottleneck; the first of them is being sent.
    queue: VecDeque<Vec<u8>>,
    queued_bytes: usize,
    /// When the first of the queue will have been sent.
    sent_at: Duration,
    /// When the last packet that keeps its order arrives.
    last_arrival: Duration,
    travelling: BinaryHeap<Reverse<Travelling>>,
    /// Packets that ever travelled: those with the same time arrive in this order.
    number: u64,
    counts: Counts,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Travelling {
    at: Duration,
    number: u64,
    packet: Vec<u8>,
}

impl Line {
    /// A line in that condition; the same seed does the same to the same packets.
    pub fn new(condition: Condition, seed: u64) -> Self {
        Self {
            condition,
            chance: StdRng::seed_from_u64(seed),
            in_burst: false,
            queue: VecDeque::new(),
            queued_bytes: 0,
            sent_at: Duration::ZERO,
            last_arrival: Duration::ZERO,
            travelling: BinaryHeap::new(),
            number: 0,
            counts: Counts::default(),
        }
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes that wait for the bottleneck.
    pub fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// How long a packet that went in now would wait behind others for the bottleneck.
    pub fn wait(&mut self, now: Duration) -> Duration {
        self.send_until(now);
        let (Some(rate), Some(first)) = (self.condition.rate, self.queue.front()) else {
            return Duration::ZERO;
        };
        let behind = self.queued_bytes - first.len();
        self.sent_at.saturating_sub(now) + sending(rate, behind)
    }

    /// Changes the condition. What waits is sent at the new rate; what travels is left alone.
    pub fn set(&mut self, now: Duration, condition: Condition) {
        self.send_until(now);
        let before = self.condition.rate;
        self.condition = condition;
        match condition.rate {
            Some(rate) if before.is_some() => {
                if let Some(first) = self.queue.front() {
                    self.sent_at = now + sending(rate, first.len());
                }
            }
            Some(_) => {}
            None => {
                while let Some(packet) = self.queue.pop_front() {
                    self.travel(now, packet);
                }
                self.queued_bytes = 0;
            }
        }
    }

    /// A packet goes in.
    pub fn push(&mut self, now: Duration, packet: &[u8]) {
        self.send_until(now);
        self.counts.offered += 1;
        let Some(rate) = self.condition.rate else {
            self.travel(now, packet.to_vec());
            return;
        };
        if self.queued_bytes + packet.len() > rate.queue_bytes {
            self.counts.overflowed += 1;
            return;
        }
        if self.queue.is_empty() {
            self.sent_at = now + sending(rate, packet.len());
        }
        self.queued_bytes += packet.len();
        self.queue.push_back(packet.to_vec());
    }

    /// The next packet that has come out by now.
    pub fn pull(&mut self, now: Duration) -> Option<Vec<u8>> {
        self.send_until(now);
        if self.travelling.peek()?.0.at > now {
            return None;
        }
        self.counts.delivered += 1;
        self.travelling.pop().map(|Reverse(arrived)| arrived.packet)
    }

    /// When to look again, if nothing more goes in.
    pub fn next(&self) -> Option<Duration> {
        let sent = (!self.queue.is_empty()).then_some(self.sent_at);
        let arrives = self.travelling.peek().map(|Reverse(first)| first.at);
        sent.into_iter().chain(arrives).min()
    }

    /// Moves on what the bottleneck has sent by now.
    fn send_until(&mut self, now: Duration) {
        let Some(rate) = self.condition.rate else {
            return;
        };
        while !self.queue.is_empty() && self.sent_at <= now {
            let at = self.sent_at;
            if let Some(packet) = self.queue.pop_front() {
                self.queued_bytes -= packet.len();
                self.travel(at, packet);
            }
            if let Some(next) = self.queue.front() {
                self.sent_at = at + sending(rate, next.len());
            }
        }
    }

    /// The wire takes a packet at that time. Chance is asked the same number of times whatever
    /// comes out, so that one condition more does not change what the others do.
    fn travel(&mut self, at: Duration, mut packet: Vec<u8>) {
        let [lost, late, twice, spoilt, jitter]: [f64; 5] = self.chance.random();
        let bit: u64 = self.chance.random();
        if self.is_lost(lost) {
            self.counts.lost += 1;
            return;
        }
        let spoils = match self.condition.corrupt {
            Corrupt::Never => None,
            Corrupt::Anything(share) => (spoilt < share).then_some(0),
            Corrupt::SessionData(share) => {
                let is_data = packet.first() == Some(&SESSION_DATA);
                (is_data && spoilt < share).then_some(HEADER)
            }
        };
        if let Some(from) = spoils.filter(|&from| from < packet.len()) {
            flip(&mut packet[from..], bit);
            self.counts.corrupted += 1;
        }
        let travels = self.condition.delay + self.condition.jitter.mul_f64(jitter);
        let mut arrival = (at + travels).max(self.last_arrival);
        if late < self.condition.reorder.share {
            self.counts.reordered += 1;
            arrival += self.condition.reorder.held;
        } else {
            self.last_arrival = arrival;
        }
        if twice < self.condition.duplicate {
            self.counts.duplicated += 1;
            self.arrive(arrival, packet.clone());
        }
        self.arrive(arrival, packet);
    }

    fn arrive(&mut self, at: Duration, packet: Vec<u8>) {
        self.number += 1;
        self.travelling.push(Reverse(Travelling {
            at,
            number: self.number,
            packet,
        }));
    }

    fn is_lost(&mut self, chance: f64) -> bool {
        match self.condition.loss {
            Loss::Never => false,
            Loss::Random(share) => chance < share,
            Loss::Bursts { begin, end } => {
                self.in_burst = if self.in_burst {
                    chance >= end
                } else {
                    chance < begin
                };
                self.in_burst
            }
        }
    }
}

/// How long the bottleneck sends a packet.
fn sending(rate: Rate, bytes: usize) -> Duration {
    let bits = bytes as f64 * 8.0;
    Duration::from_secs_f64(bits / rate.bits_per_second.max(1) as f64)
}

fn flip(part: &mut [u8], bit: u64) {
    let bits = part.len() as u64 * 8;
    let at = bit % bits;
    if let Some(byte) = part.get_mut(usize::try_from(at / 8).unwrap_or(0)) {
        *byte ^= 1 << (at % 8);
    }
}
