//! The relay's port: accepts control connections and forwards data packets unmodified.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use farpane_certs::peer::server_config;
use farpane_protocol::ids::ChannelId;
use farpane_protocol::key::SecretKey;
use farpane_protocol::packet::{self, PacketType};
use farpane_protocol::relay::Refusal;
use farpane_protocol::wire::ALPN_RELAY;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::udp::Transmit;
use quinn::{AsyncUdpSocket, Endpoint, TokioRuntime};

use crate::config;
use crate::link::{LinkError, PeerLink};
use crate::socket::{Run, SharedSocket, Sorter};

/// Handshakes that may wait to be accepted; more are dropped and the peer tries again.
const MAX_INCOMING: usize = 2048;
/// Bytes that unaccepted handshakes may hold, each and together.
const INCOMING_BYTES: u64 = 16 * 1024;
const INCOMING_BYTES_TOTAL: u64 = 8 * 1024 * 1024;
/// How long a handshake may take.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);

/// Says where a data packet goes. Called for every batch on the task that reads the socket: no
/// lock shared between cores, no allocation, no log line.
pub trait Router: Send + Sync + 'static {
    /// `bytes` arrived from `source` on `channel` (a whole batch of one channel): where to send it
    /// unmodified, or `None` to drop it.
    fn route(&self, source: SocketAddr, channel: ChannelId, bytes: usize) -> Option<SocketAddr>;

    /// Sees every batch that is forwarded. Does nothing unless a relay is told to record.
    fn forwarded(&self, source: SocketAddr, batch: &[u8]) {
        let _ = (source, batch);
    }
}

/// Counts of the data path since the start.
#[derive(Debug, Default)]
pub struct Forwarded {
    batches: AtomicU64,
    bytes: AtomicU64,
    dropped_bytes: AtomicU64,
}

impl Forwarded {
    /// Batches sent on.
    pub fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    /// Bytes sent on, headers included.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Bytes that had nowhere to go, were over their rate, or met a full send buffer.
    pub fn dropped_bytes(&self) -> u64 {
        self.dropped_bytes.load(Ordering::Relaxed)
    }
}

struct Forwarder {
    router: Arc<dyn Router>,
    counts: Arc<Forwarded>,
}

impl Sorter for Forwarder {
    fn take(&self, run: &Run<'_>, port: &dyn AsyncUdpSocket) {
        let bytes = run.bytes.len();
        let sent = run.kind == PacketType::Data
            && self
                .router
                .route(run.source, run.channel, bytes)
                .is_some_and(|destination| {
                    self.router.forwarded(run.source, run.bytes);
                    let transmit = Transmit {
                        destination,
                        ecn: run.ecn,
                        contents: run.bytes,
                        segment_size: run.segment_size(),
                        src_ip: None,
                    };
                    // A full send buffer drops the batch: the end-to-end connection repairs it, a
                    // queue here would only add delay.
                    port.try_send(&transmit).is_ok()
                });
        if sent {
            self.counts.batches.fetch_add(1, Ordering::Relaxed);
            self.counts.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        } else {
            self.counts
                .dropped_bytes
                .fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }
}

/// One UDP port of a relay.
pub struct RelayServer {
    endpoint: Endpoint,
    port: Arc<dyn AsyncUdpSocket>,
    counts: Arc<Forwarded>,
}

impl RelayServer {
    /// Opens the port and proves `identity` on it. Needs a tokio runtime.
    pub fn bind(
        listen: SocketAddr,
        identity: &SecretKey,
        router: Arc<dyn Router>,
    ) -> io::Result<Self> {
        let tls = QuicServerConfig::try_from(server_config(identity, ALPN_RELAY))
            .map_err(io::Error::other)?;
        let mut server = quinn::ServerConfig::with_crypto(Arc::new(tls));
        server
            .transport_config(config::control())
            .max_incoming(MAX_INCOMING)
            .incoming_buffer_size(INCOMING_BYTES)
            .incoming_buffer_size_total(INCOMING_BYTES_TOTAL)
            .migration(true);
        let counts = Arc::new(Forwarded::default());
        let sorter = Arc::new(Forwarder {
            router,
            counts: counts.clone(),
        });
        let socket = SharedSocket::bind(listen, sorter)?;
        let port = socket.port();
        let endpoint = Endpoint::new_with_abstract_socket(
            config::endpoint(),
            Some(server),
            socket,
            Arc::new(TokioRuntime),
        )?;
        Ok(Self {
            endpoint,
            port,
            counts,
        })
    }

    /// The address it listens on.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.endpoint.local_addr()
    }

    /// Counts of the data path.
    pub fn counts(&self) -> Arc<Forwarded> {
        self.counts.clone()
    }

    /// The next peer that wants to connect and has proven its address; `None` once closed.
    pub async fn accept(&self) -> Option<Incoming> {
        loop {
            let incoming = self.endpoint.accept().await?;
            if incoming.remote_address_validated() {
                return Some(Incoming(incoming));
            }
            // Retry is always on: no state is kept for, and nothing larger sent to, an address
            // that has not answered. It fails only where it was done before.
            drop(incoming.retry());
        }
    }

    /// Sends an address check: the nonce must come back over the control connection.
    pub fn send_address_check(&self, to: SocketAddr, channel: ChannelId, nonce: u64) {
        let mut packet = [0; packet::HEADER_BYTES + 8];
        packet[..packet::HEADER_BYTES]
            .copy_from_slice(&packet::header(PacketType::AddressCheck, channel));
        packet[packet::HEADER_BYTES..].copy_from_slice(&nonce.to_be_bytes());
        // A lost check is sent again by the machine that asked for it.
        drop(self.port.try_send(&Transmit {
            destination: to,
            ecn: None,
            contents: &packet,
            segment_size: None,
            src_ip: None,
        }));
    }

    /// Closes every connection and waits until the peers were told.
    pub async fn close(&self) {
        self.endpoint
            .close(quinn::VarInt::from_u32(Refusal::Draining.code()), b"");
        self.endpoint.wait_idle().await;
    }
}

/// A peer that wants to connect.
pub struct Incoming(quinn::Incoming);

impl Incoming {
    /// Where it comes from, proven by Retry.
    pub fn address(&self) -> SocketAddr {
        self.0.remote_address()
    }

    /// Turns it away without a word.
    pub fn ignore(self) {
        self.0.ignore();
    }

    /// Completes the handshake within a bounded time.
    pub async fn handshake(self) -> Result<PeerLink, LinkError> {
        let connecting = self
            .0
            .accept()
            .map_err(|error| LinkError::Connection(error.to_string()))?;
        let connection = tokio::time::timeout(HANDSHAKE_WAIT, connecting)
            .await
            .map_err(|_| LinkError::TimedOut)?
            .map_err(|error| LinkError::Connection(error.to_string()))?;
        PeerLink::new(connection)
    }
}
