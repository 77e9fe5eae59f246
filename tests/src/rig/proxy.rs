//! A bad line: a UDP proxy in front of the relay that flips bits, seeded.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// First byte of a packet of the end-to-end connection.
const DATA: u8 = 8;
/// Its header, which is left alone so that the packet still arrives.
const HEADER: usize = 8;
/// Clients that one proxy serves; a test has two.
const CLIENTS: usize = 16;
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Runs until it is dropped.
pub struct BitFlipper {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    flipped: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

struct Line {
    front: UdpSocket,
    relay: SocketAddr,
    share: f64,
    over: Arc<AtomicBool>,
    flipped: Arc<AtomicU64>,
}

impl BitFlipper {
    /// Listens on `front` and passes packets to `relay` and back; flips one bit in that share of
    /// the data packets.
    pub fn start(front: UdpSocket, relay: SocketAddr, share: f64, seed: u64) -> Result<Self> {
        let address = front.local_addr()?;
        front.set_read_timeout(Some(LOOK_EVERY))?;
        let over = Arc::new(AtomicBool::new(false));
        let flipped = Arc::new(AtomicU64::new(0));
        let line = Line {
            front,
            relay,
            share,
            over: over.clone(),
            flipped: flipped.clone(),
        };
        let thread = std::thread::spawn(move || line.carry(seed));
        Ok(Self {
            address,
            over,
            flipped,
            threads: vec![thread],
        })
    }

    /// Where peers reach the relay through it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Packets changed so far.
    pub fn flipped(&self) -> u64 {
        self.flipped.load(Ordering::Relaxed)
    }
}

impl Drop for BitFlipper {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            drop(thread.join()); // a panic there fails the test by what it did not carry
        }
    }
}

impl Line {
    fn carry(self, seed: u64) {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut buffer = [0; 65_536];
        let mut clients: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
        let mut backs = Vec::new();
        while !self.over.load(Ordering::Relaxed) {
            let Ok((length, from)) = self.front.recv_from(&mut buffer) else {
                continue;
            };
            if !clients.contains_key(&from) && clients.len() < CLIENTS {
                let Ok(socket) = self.open() else { continue };
                let back = self.back(socket.clone(), from, seed ^ u64::from(from.port()));
                backs.push(back);
                clients.insert(from, socket);
            }
            if let Some(socket) = clients.get(&from) {
                self.spoil(&mut chance, &mut buffer[..length]);
                drop(socket.send(&buffer[..length])); // a lost packet is a lost packet
            }
        }
        for back in backs.into_iter().flatten() {
            drop(back.join()); // as above
        }
    }

    fn open(&self) -> Result<Arc<UdpSocket>> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(self.relay)?;
        socket.set_read_timeout(Some(LOOK_EVERY))?;
        Ok(Arc::new(socket))
    }

    fn back(&self, from: Arc<UdpSocket>, to: SocketAddr, seed: u64) -> Option<JoinHandle<()>> {
        let front = self.front.try_clone().ok()?;
        let line = Self {
            front,
            relay: self.relay,
            share: self.share,
            over: self.over.clone(),
            flipped: self.flipped.clone(),
        };
        Some(std::thread::spawn(move || {
            let mut chance = StdRng::seed_from_u64(seed);
            let mut buffer = [0; 65_536];
            while !line.over.load(Ordering::Relaxed) {
                let Ok(length) = from.recv(&mut buffer) else {
                    continue;
                };
                line.spoil(&mut chance, &mut buffer[..length]);
                drop(line.front.send_to(&buffer[..length], to)); // as above
            }
        }))
    }

    fn spoil(&self, chance: &mut StdRng, packet: &mut [u8]) {
        if packet.len() > HEADER && packet[0] == DATA && chance.random_bool(self.share) {
            let at = chance.random_range(HEADER..packet.len());
            packet[at] ^= 1 << chance.random_range(0..8);
            self.flipped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
