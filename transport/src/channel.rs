//! A leg as a socket: what the end-to-end connection sends goes to the relay under our header, and
//! what comes from there arrives as if from one constant address.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::{Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::task::{Context, Poll, Waker};

use farpane_protocol::ids::ChannelId;
use farpane_protocol::packet::{self, HEADER_BYTES, PacketType};
use quinn::udp::{EcnCodepoint, RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};
use tokio::sync::{Notify, mpsc};

use crate::socket::{Run, Sorter};

/// Bytes that may wait between the socket and the end-to-end connection. The reader is woken per
/// batch; a full buffer means that it stalled, and QUIC repairs what is dropped.
const INBOX_BYTES: usize = 4 * 1024 * 1024;
/// Address checks that may wait; the relay sends at most a few.
const CHECKS: usize = 8;

/// The address that the end-to-end connection believes its peer to have. It stays the same while
/// relays and paths below it change.
pub(crate) const PEER_ADDRESS: SocketAddr = SocketAddr::new(
    std::net::IpAddr::V6(Ipv6Addr::new(0xfd52, 0, 0, 0, 0, 0, 0, 1)),
    443,
);
/// What the end-to-end connection believes its own address to be.
const LOCAL_ADDRESS: SocketAddr = SocketAddr::new(
    std::net::IpAddr::V6(Ipv6Addr::new(0xfd52, 0, 0, 0, 0, 0, 0, 2)),
    443,
);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The data below holds no invariant that a panic between two statements could break.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands packets of the relay to the channel they belong to.
pub(crate) struct Inboxes {
    relay: SocketAddr,
    open: RwLock<HashMap<ChannelId, Arc<Inbox>>>,
    checks: mpsc::Sender<u64>,
}

impl Inboxes {
    pub(crate) fn new(relay: SocketAddr) -> (Arc<Self>, mpsc::Receiver<u64>) {
        let (checks, answers) = mpsc::channel(CHECKS);
        (
            Arc::new(Self {
                relay,
                open: RwLock::default(),
                checks,
            }),
            answers,
        )
    }

    pub(crate) fn open(&self, channel: ChannelId) -> Arc<Inbox> {
        let inbox = Arc::new(Inbox::default());
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.insert(channel, inbox.clone());
        inbox
    }

    pub(crate) fn close(&self, channel: ChannelId) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.remove(&channel);
    }
}

impl Sorter for Inboxes {
    fn take(&self, run: &Run<'_>, _port: &dyn AsyncUdpSocket) {
        if run.source != self.relay {
            return;
        }
        match run.kind {
            PacketType::Data => {
                let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
                if let Some(inbox) = open.get(&run.channel) {
                    inbox.put(run);
                }
            }
            PacketType::AddressCheck => {
                if let Some(nonce) = run.bytes[HEADER_BYTES..].first_chunk::<8>() {
                    // A full queue drops the check; the relay sends another.
                    self.checks.try_send(u64::from_be_bytes(*nonce)).ok();
                }
            }
        }
    }
}

#[derive(Debug)]
struct Batch {
    bytes: Vec<u8>,
    stride: usize,
    ecn: Option<EcnCodepoint>,
}

#[derive(Debug, Default)]
struct Waiting {
    batches: VecDeque<Batch>,
    bytes: usize,
    waker: Option<Waker>,
}

/// Packets of one channel on their way to the end-to-end connection.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    /// Something was sent and nothing has come since.
    unanswered: AtomicBool,
    sent: Notify,
    answered: Notify,
}

impl Inbox {
    pub(crate) fn put(&self, run: &Run<'_>) {
        if self.unanswered.swap(false, Ordering::Relaxed) {
            self.answered.notify_one();
        }
        let mut batch = Vec::with_capacity(run.bytes.len());
        for packet in run.bytes.chunks(run.stride) {
            batch.extend_from_slice(packet.get(HEADER_BYTES..).unwrap_or_default());
        }
        let Some(stride) = run.stride.checked_sub(HEADER_BYTES).filter(|s| *s > 0) else {
            return;
        };
        let waker = {
            let mut waiting = lock(&self.waiting);
            if waiting.bytes + batch.len() > INBOX_BYTES {
                return;
            }
            waiting.bytes += batch.len();
            waiting.batches.push_back(Batch {
                bytes: batch,
                stride,
                ecn: run.ecn,
            });
            waiting.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits until something is sent that has no answer yet.
    pub(crate) async fn sending(&self) {
        while !self.unanswered.load(Ordering::Relaxed) {
            self.sent.notified().await;
        }
    }

    /// Waits until an answer comes, or has come since this was asked last.
    pub(crate) async fn answered(&self) {
        self.answered.notified().await;
    }

    /// Something was sent.
    pub(crate) fn note_sent(&self) {
        if !self.unanswered.swap(true, Ordering::Relaxed) {
            self.sent.notify_one();
        }
    }
}

/// One leg as quinn sees it.
pub(crate) struct ChannelSocket {
    port: Arc<dyn AsyncUdpSocket>,
    relay: SocketAddr,
    header: [u8; HEADER_BYTES],
    inbox: Arc<Inbox>,
    scratch: Mutex<Vec<u8>>,
}

impl ChannelSocket {
    pub(crate) fn new(
        port: Arc<dyn AsyncUdpSocket>,
        relay: SocketAddr,
        channel: ChannelId,
        inbox: Arc<Inbox>,
    ) -> Self {
        let header = packet::header(PacketType::Data, channel);
        Self {
            port,
            relay,
            header,
            inbox,
            scratch: Mutex::default(),
        }
    }
}

impl fmt::Debug for ChannelSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSocket").finish_non_exhaustive()
    }
}

impl AsyncUdpSocket for ChannelSocket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        self.port.clone().create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let segment = transmit
            .segment_size
            .unwrap_or(transmit.contents.len())
            .max(1);
        let mut scratch = lock(&self.scratch);
        scratch.clear();
        for packet in transmit.contents.chunks(segment) {
            scratch.extend_from_slice(&self.header);
            scratch.extend_from_slice(packet);
        }
        self.port.try_send(&Transmit {
            destination: self.relay,
            ecn: transmit.ecn,
            contents: &scratch,
            segment_size: transmit.segment_size.map(|size| size + HEADER_BYTES),
            src_ip: None,
        })?;
        self.inbox.note_sent();
        Ok(())
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut waiting = lock(&self.inbox.waiting);
        let mut count = 0;
        for (buffer, meta) in bufs.iter_mut().zip(meta.iter_mut()) {
            let Some(batch) = waiting.batches.pop_front() else {
                break;
            };
            waiting.bytes -= batch.bytes.len();
            // quinn's buffers hold a whole batch of the largest size; a shorter one cuts at a
            // packet boundary.
            let whole = buffer.len() / batch.stride * batch.stride;
            let len = if batch.bytes.len() <= buffer.len() {
                batch.bytes.len()
            } else {
                whole
            };
            buffer[..len].copy_from_slice(&batch.bytes[..len]);
            *meta = RecvMeta {
                addr: PEER_ADDRESS,
                len,
                stride: batch.stride,
                ecn: batch.ecn,
                dst_ip: None,
            };
            count += 1;
        }
        if count > 0 {
            return Poll::Ready(Ok(count));
        }
        waiting.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(LOCAL_ADDRESS)
    }

    fn max_transmit_segments(&self) -> usize {
        self.port.max_transmit_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.port.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.port.may_fragment()
    }
}
