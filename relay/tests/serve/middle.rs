//! Somebody between a peer and the relay: carries datagrams both ways, and on command makes the
//! peer appear at another address.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use tokio::net::UdpSocket;
use tokio_util::task::AbortOnDropHandle;

/// What passes at the other address.
#[derive(Debug, Default)]
pub(crate) struct Away {
    is_on: AtomicBool,
    answers: AtomicBool,
    /// Bytes and datagrams sent from there to the relay.
    pub(crate) sent: AtomicU64,
    pub(crate) datagrams: AtomicU64,
    /// Bytes that the relay sent there, and of these, bytes of channel data and of checks.
    pub(crate) received: AtomicU64,
    pub(crate) data: AtomicU64,
    pub(crate) checks: AtomicU64,
}

pub(crate) struct Middle {
    /// Where the peer finds the relay.
    pub(crate) address: SocketAddr,
    pub(crate) away: Arc<Away>,
    _task: AbortOnDropHandle<()>,
}

const HOME: &str = "127.0.0.1:0";
/// The other address is one of another machine, as far as the relay can tell.
const ELSEWHERE: &str = "127.0.0.2:0";

impl Middle {
    pub(crate) async fn open(relay: SocketAddr) -> Self {
        let front = UdpSocket::bind(HOME).await.expect("binds");
        let address = front.local_addr().expect("has one");
        let away = Arc::new(Away::default());
        let task = tokio::spawn(carry(front, relay, away.clone()));
        Self {
            address,
            away,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// From now on what the peer sends comes from the other address; what is sent there is
    /// swallowed, as by a victim that knows of nothing.
    pub(crate) fn spoof(&self) {
        self.away.is_on.store(true, SeqCst);
    }

    /// From now on the other address is really the peer's.
    pub(crate) fn make_it_true(&self) {
        self.away.answers.store(true, SeqCst);
    }
}

async fn carry(front: UdpSocket, relay: SocketAddr, away: Arc<Away>) {
    let at_home = UdpSocket::bind(HOME).await.expect("binds");
    let elsewhere = UdpSocket::bind(ELSEWHERE).await.expect("binds");
    let mut peer = None;
    let [mut a, mut b, mut c] = [vec![0; 65_536], vec![0; 65_536], vec![0; 65_536]];
    // A full buffer loses a datagram, as any network may.
    loop {
        tokio::select! {
            Ok((length, from)) = front.recv_from(&mut a) => {
                peer = Some(from);
                if away.is_on.load(SeqCst) {
                    away.sent.fetch_add(length as u64, SeqCst);
                    away.datagrams.fetch_add(1, SeqCst);
                    drop(elsewhere.send_to(&a[..length], relay).await);
                } else {
                    drop(at_home.send_to(&a[..length], relay).await);
                }
            }
            Ok((length, _)) = at_home.recv_from(&mut b) => {
                if let Some(peer) = peer {
                    drop(front.send_to(&b[..length], peer).await);
                }
            }
            Ok((length, _)) = elsewhere.recv_from(&mut c) => {
                away.received.fetch_add(length as u64, SeqCst);
                match c.first() {
                    Some(8) => drop(away.data.fetch_add(length as u64, SeqCst)),
                    Some(9) => drop(away.checks.fetch_add(length as u64, SeqCst)),
                    Some(_) | None => {}
                }
                if let Some(peer) = peer && away.answers.load(SeqCst) {
                    drop(front.send_to(&c[..length], peer).await);
                }
            }
        }
    }
}
