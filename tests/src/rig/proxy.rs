//! A bad line between real programs: a UDP proxy in front of the relay that puts a
//! [`Line`] into each direction of every client.
//!
//! One thread carries everything: it sleeps in `poll` until a packet comes or one is due, so that
//! delays are kept to a tenth of a millisecond.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd as _;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::line::{Condition, Counts, Line};

/// Clients that one proxy serves; a test has two.
const CLIENTS: usize = 16;
/// How long it sleeps at most, to notice that it is over or that the condition changed.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Packets taken from one socket before the others have their turn.
const TURN: usize = 64;
/// Changes of condition that may wait.
const CHANGES: usize = 16;
/// Waits that are kept: some minutes of a full line.
const WAITS: usize = 1 << 20;

/// How long one packet found that it had to wait for the bottleneck on its way to the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Which client's, in the order in which they came.
    pub client: usize,
    /// When it came.
    pub at: Instant,
    /// How long.
    pub wait: Duration,
    /// Its length in bytes.
    pub bytes: usize,
}

/// What a proxy does to packets on their way to the relay and back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Conditions {
    /// From a client to the relay.
    pub to_relay: Condition,
    /// From the relay to a client.
    pub from_relay: Condition,
}

impl Conditions {
    /// The same both ways.
    pub fn both(condition: Condition) -> Self {
        Self {
            to_relay: condition,
            from_relay: condition,
        }
    }
}

/// What is asked of a running proxy.
#[derive(Debug)]
enum Change {
    /// Other conditions.
    Conditions(Box<Conditions>),
    /// Clients come from other addresses, as behind a router that was restarted.
    Rebind,
}

/// Runs until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    changes: Option<SyncSender<Change>>,
    counts: Arc<Mutex<Counts>>,
    waits: Arc<Mutex<Vec<Wait>>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens on `front` and passes packets to `relay` and back under those conditions.
    pub fn start(
        front: UdpSocket,
        relay: SocketAddr,
        conditions: Conditions,
        seed: u64,
    ) -> Result<Self> {
        let address = front.local_addr()?;
        front.set_nonblocking(true)?;
        let (changes, changed) = sync_channel(CHANGES);
        let counts = Arc::new(Mutex::new(Counts::default()));
        let waits = Arc::new(Mutex::new(Vec::new()));
        let carrier = Carrier {
            front,
            relay,
            conditions,
            seed,
            started: Instant::now(),
            clients: Vec::new(),
            changed,
            counts: counts.clone(),
            waits: waits.clone(),
        };
        let thread = std::thread::spawn(move || carrier.carry());
        Ok(Self {
            address,
            changes: Some(changes),
            counts,
            waits,
            thread: Some(thread),
        })
    }

    /// Where peers reach the relay through it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on the line is in these conditions.
    pub fn set(&self, conditions: Conditions) {
        self.ask(Change::Conditions(Box::new(conditions)));
    }

    /// From now on the relay sees every client at another address; what is on its way to the old
    /// one is lost.
    pub fn rebind(&self) {
        self.ask(Change::Rebind);
    }

    fn ask(&self, change: Change) {
        let runs = self
            .changes
            .as_ref()
            .is_some_and(|to| to.send(change).is_ok());
        assert!(runs, "the proxy runs");
    }

    /// What happened to packets so far, all clients and both directions together.
    pub fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every packet's wait on its way to the relay since the last call; the newest are left out
    /// where there are too many.
    pub fn take_waits(&self) -> Vec<Wait> {
        std::mem::take(&mut *self.waits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join()); // a panic there fails the test by what it did not carry
        }
    }
}

struct Client {
    address: SocketAddr,
    back: UdpSocket,
    up: Line,
    down: Line,
}

struct Carrier {
    front: UdpSocket,
    relay: SocketAddr,
    conditions: Conditions,
    seed: u64,
    started: Instant,
    clients: Vec<Client>,
    changed: Receiver<Change>,
    counts: Arc<Mutex<Counts>>,
    waits: Arc<Mutex<Vec<Wait>>>,
}

impl Carrier {
    fn carry(mut self) {
        let mut buffer = vec![0; 65_536];
        while self.heeds_changes() {
            self.sleep();
            self.take_from_front(&mut buffer);
            self.take_from_relay(&mut buffer);
            self.deliver();
            self.count();
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether somebody still holds the proxy.
    fn heeds_changes(&mut self) -> bool {
        use std::sync::mpsc::TryRecvError::{Disconnected, Empty};
        loop {
            match self.changed.try_recv() {
                Ok(Change::Rebind) => self.rebind(),
                Ok(Change::Conditions(conditions)) => {
                    self.conditions = *conditions;
                    let now = self.now();
                    for client in &mut self.clients {
                        client.up.set(now, conditions.to_relay);
                        client.down.set(now, conditions.from_relay);
                    }
                }
                Err(Empty) => return true,
                Err(Disconnected) => return false,
            }
        }
    }

    fn sleep(&self) {
        let lines = self.clients.iter().flat_map(|c| [&c.up, &c.down]);
        let due = lines.filter_map(Line::next).min();
        let wait = due.map_or(LOOK_EVERY, |due| due.saturating_sub(self.now()));
        let wait = Timespec::try_from(wait.min(LOOK_EVERY)).expect("a short time fits");
        let sockets = std::iter::once(&self.front).chain(self.clients.iter().map(|c| &c.back));
        let handles: Vec<_> = sockets.map(|socket| socket.as_fd()).collect();
        let mut polled: Vec<_> = handles
            .iter()
            .map(|handle| PollFd::new(handle, PollFlags::IN))
            .collect();
        poll(&mut polled, Some(&wait)).ok(); // an interrupted sleep is a short one
    }

    fn take_from_front(&mut self, buffer: &mut [u8]) {
        for _ in 0..TURN {
            let Ok((length, from)) = self.front.recv_from(buffer) else {
                return;
            };
            let now = self.now();
            let Some(number) = self.client(from) else {
                continue;
            };
            let line = &mut self.clients[number].up;
            let wait = Wait {
                client: number,
                at: self.started + now,
                wait: line.wait(now),
                bytes: length,
            };
            line.push(now, &buffer[..length]);
            let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
            if waits.len() < WAITS {
                waits.push(wait);
            }
        }
    }

    fn client(&mut self, address: SocketAddr) -> Option<usize> {
        let known = self.clients.iter().position(|c| c.address == address);
        if known.is_some() {
            return known;
        }
        if self.clients.len() >= CLIENTS {
            return None;
        }
        let back = self.open().ok()?;
        let seed = self.seed.wrapping_add(2 * self.clients.len() as u64);
        self.clients.push(Client {
            address,
            back,
            up: Line::new(self.conditions.to_relay, seed),
            down: Line::new(self.conditions.from_relay, seed + 1),
        });
        Some(self.clients.len() - 1)
    }

    fn open(&self) -> io::Result<UdpSocket> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(self.relay)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    fn rebind(&mut self) {
        for number in 0..self.clients.len() {
            // Without a new address a client keeps the one that it has.
            if let Ok(back) = self.open() {
                self.clients[number].back = back;
            }
        }
    }

    fn take_from_relay(&mut self, buffer: &mut [u8]) {
        let started = self.started;
        for client in &mut self.clients {
            for _ in 0..TURN {
                let Ok(length) = client.back.recv(buffer) else {
                    break;
                };
                client.down.push(started.elapsed(), &buffer[..length]);
            }
        }
    }

    /// Sends what is due. What a socket does not take is a lost packet.
    fn deliver(&mut self) {
        let now = self.now();
        for client in &mut self.clients {
            while let Some(packet) = client.up.pull(now) {
                drop(client.back.send(&packet));
            }
            while let Some(packet) = client.down.pull(now) {
                drop(self.front.send_to(&packet, client.address));
            }
        }
    }

    fn count(&self) {
        let mut sum = Counts::default();
        for line in self.clients.iter().flat_map(|c| [&c.up, &c.down]) {
            sum += line.counts();
        }
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = sum;
    }
}
