//! One UDP port for two kinds of traffic: QUIC goes to quinn, our own packets to a [`Sorter`].
//!
//! Received batches (GRO) are sorted segment by segment, because the kernel merges packets of one
//! flow whatever their first byte. A run of ours with one header is handed on whole.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use farpane_protocol::ids::ChannelId;
use farpane_protocol::packet::{self, HEADER_BYTES, Owner, PacketType};
use quinn::udp::{EcnCodepoint, RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, Runtime as _, TokioRuntime, UdpPoller};

/// Packets of ours from one source on one channel, each `stride` long but the last.
pub(crate) struct Run<'a> {
    pub(crate) source: SocketAddr,
    pub(crate) kind: PacketType,
    pub(crate) channel: ChannelId,
    pub(crate) bytes: &'a [u8],
    pub(crate) stride: usize,
    pub(crate) ecn: Option<EcnCodepoint>,
}

impl Run<'_> {
    /// For sending it on as it is: `None` for a single packet.
    pub(crate) fn segment_size(&self) -> Option<usize> {
        (self.bytes.len() > self.stride).then_some(self.stride)
    }
}

/// Takes our packets as they arrive, on the task that reads the socket; must not block.
pub(crate) trait Sorter: Send + Sync + 'static {
    fn take(&self, run: &Run<'_>, port: &dyn AsyncUdpSocket);
}

/// A UDP socket that both a quinn endpoint and our packets use.
pub(crate) struct SharedSocket {
    inner: Arc<dyn AsyncUdpSocket>,
    sorter: Arc<dyn Sorter>,
}

impl SharedSocket {
    pub(crate) fn bind(address: SocketAddr, sorter: Arc<dyn Sorter>) -> io::Result<Arc<Self>> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        let inner = TokioRuntime.wrap_udp_socket(socket)?;
        Ok(Arc::new(Self { inner, sorter }))
    }

    /// The socket below, for sending packets of ours.
    pub(crate) fn port(&self) -> Arc<dyn AsyncUdpSocket> {
        self.inner.clone()
    }

    /// Hands packets of ours to the sorter and leaves only QUIC in the buffer.
    fn sort(&self, buffer: &mut [u8], meta: &mut RecvMeta) {
        let length = meta.len.min(buffer.len());
        let stride = meta.stride.clamp(1, length.max(1));
        let mut kept = 0;
        let mut at = 0;
        while at < length {
            let first = at..(at + stride).min(length);
            let owner = packet::owner(buffer[at]);
            let run = run_of(&buffer[..length], first, stride, owner);
            at = run.end;
            match owner {
                Owner::Quic => {
                    buffer.copy_within(run.clone(), kept);
                    kept += run.len();
                }
                Owner::Farpane(_) => self.hand_on(&buffer[run], stride, meta),
                Owner::Nobody => {}
            }
        }
        meta.len = kept;
    }

    fn hand_on(&self, bytes: &[u8], stride: usize, meta: &RecvMeta) {
        let Some((kind, channel, _)) = packet::parse(bytes) else {
            return;
        };
        let run = Run {
            source: meta.addr,
            kind,
            channel,
            bytes,
            stride,
            ecn: meta.ecn,
        };
        self.sorter.take(&run, &*self.inner);
    }
}

/// The packets from `first` on that belong together: QUIC with QUIC, ours with an equal header.
fn run_of(bytes: &[u8], first: Range<usize>, stride: usize, owner: Owner) -> Range<usize> {
    let mut end = first.end;
    let head = bytes[first.clone()].first_chunk::<HEADER_BYTES>();
    while end < bytes.len() {
        let next = &bytes[end..(end + stride).min(bytes.len())];
        let alike = match owner {
            Owner::Quic => packet::owner(next[0]) == Owner::Quic,
            Owner::Farpane(_) => head.is_some() && next.first_chunk::<HEADER_BYTES>() == head,
            Owner::Nobody => packet::owner(next[0]) == Owner::Nobody,
        };
        if !alike {
            break;
        }
        end += next.len();
    }
    first.start..end
}

impl fmt::Debug for SharedSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSocket").finish_non_exhaustive()
    }
}

impl AsyncUdpSocket for SharedSocket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        self.inner.clone().create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        self.inner.try_send(transmit)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(self.inner.poll_recv(cx, bufs, meta))?;
        for (buffer, meta) in bufs.iter_mut().zip(meta.iter_mut()).take(count) {
            self.sort(buffer, meta);
        }
        Poll::Ready(Ok(count))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        self.inner.max_transmit_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.inner.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.inner.may_fragment()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Collect(Mutex<Vec<(ChannelId, Vec<u8>, usize)>>);

    impl Sorter for Collect {
        fn take(&self, run: &Run<'_>, _port: &dyn AsyncUdpSocket) {
            let mut taken = self.0.lock().expect("no panic while held");
            taken.push((run.channel, run.bytes.to_vec(), run.stride));
        }
    }

    fn ours(channel: u64, fill: u8) -> Vec<u8> {
        let mut packet = packet::header(PacketType::Data, ChannelId::from_random(channel)).to_vec();
        packet.extend([fill; 4]);
        packet
    }

    #[tokio::test]
    async fn a_mixed_batch_is_sorted_by_owner_and_channel() {
        let collect = Arc::new(Collect::default());
        let any = "127.0.0.1:0".parse().expect("address");
        let socket = SharedSocket::bind(any, collect.clone()).expect("binds");
        let quic = [0x40; 12];
        let nobody = [0x20; 12];
        let short_quic = [0xc0; 5];
        let mut buffer = [
            &ours(1, 1)[..],
            &ours(1, 2),
            &quic,
            &nobody,
            &ours(2, 3),
            &quic,
            &short_quic,
        ]
        .concat();
        let mut meta = RecvMeta {
            len: buffer.len(),
            stride: 12,
            ..RecvMeta::default()
        };
        socket.sort(&mut buffer, &mut meta);
        assert_eq!(buffer[..meta.len], [&quic[..], &quic, &short_quic].concat());
        let taken = collect.0.lock().expect("no panic while held");
        let expect = vec![
            (
                ChannelId::from_random(1),
                [ours(1, 1), ours(1, 2)].concat(),
                12,
            ),
            (ChannelId::from_random(2), ours(2, 3), 12),
        ];
        assert_eq!(*taken, expect);
    }

    #[tokio::test]
    async fn odd_lengths_and_strides_do_not_panic() {
        let any = "127.0.0.1:0".parse().expect("address");
        let socket = SharedSocket::bind(any, Arc::new(Collect::default())).expect("binds");
        for len in 0..40 {
            for stride in 0..40 {
                let mut buffer = vec![8; 30];
                let mut meta = RecvMeta {
                    len,
                    stride,
                    ..RecvMeta::default()
                };
                socket.sort(&mut buffer, &mut meta);
                assert_eq!(meta.len, 0);
            }
        }
    }
}
