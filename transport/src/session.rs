//! The end-to-end connection between viewer and host, in the words of the protocol.
//!
//! One control stream both ways, one stream of input, one stream per picture, per pointer shape and
//! per clipboard text. Classes of priority lie far apart, so that a frame's number never reaches the next one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use farpane_protocol::key::PublicKey;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::session::clipboard::Outgoing;
use farpane_protocol::wire::envelope::Reader;
use farpane_protocol::wire::frame::FrameHeader;
use farpane_protocol::wire::message::{CursorShape, Message};
use farpane_protocol::wire::{StreamKind, WireError};
use quinn::{Connection, Endpoint, RecvStream, SendStream, VarInt};
use tokio::sync::Mutex;

use crate::relay_link::Leg;

mod again;
mod arrivals;
mod input;

pub use input::{InputReceiver, InputSender};

use again::Again;
use arrivals::Arrivals;

const PRIORITY_INPUT: i32 = 2_000_000_000;
const PRIORITY_CURSOR: i32 = 1_900_000_000;
const PRIORITY_CONTROL: i32 = 1_800_000_000;
/// Frames count down from here, the oldest first: a later one is worth nothing before it.
const PRIORITY_FRAMES: i32 = 1_000_000_000;
/// Frames whose priorities differ; after that many the count starts again.
const FRAME_PRIORITIES: u64 = 1 << 28;

/// Below every picture, however many came before.
const PRIORITY_CLIPBOARD: i32 = 200_000_000;

/// How long one message may take to be handed to the connection.
const WRITE_WAIT: Duration = Duration::from_secs(15);
/// How long a peer may take to open its control stream.
const STREAM_WAIT: Duration = Duration::from_secs(10);
/// Bytes of a message stream read at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// Why a session's connection failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SessionError {
    /// The peer closed it, with a reason it gave.
    #[error("the other side ended the session")]
    Ended(EndReason),
    /// The path broke or was silent for too long.
    #[error("the connection is lost: {0}")]
    Lost(String),
    /// The peer broke the rules.
    #[error("the other side broke the protocol")]
    Wire(#[from] WireError),
    /// The peer does not take what is sent.
    #[error("the other side does not read")]
    Stuck,
}

fn lost(connection: &Connection) -> SessionError {
    match connection.close_reason() {
        Some(reason) => closed(&reason),
        None => SessionError::Lost("a stream was closed".into()),
    }
}

async fn within<T>(
    wait: Duration,
    work: impl Future<Output = Result<T, SessionError>>,
) -> Result<T, SessionError> {
    tokio::time::timeout(wait, work)
        .await
        .unwrap_or(Err(SessionError::Stuck))
}

fn closed(reason: &quinn::ConnectionError) -> SessionError {
    match reason {
        quinn::ConnectionError::ApplicationClosed(close) => {
            let code = u32::try_from(close.error_code.into_inner()).unwrap_or(0);
            SessionError::Ended(EndReason::from_code(code))
        }
        quinn::ConnectionError::VersionMismatch
        | quinn::ConnectionError::TransportError(_)
        | quinn::ConnectionError::ConnectionClosed(_)
        | quinn::ConnectionError::Reset
        | quinn::ConnectionError::TimedOut
        | quinn::ConnectionError::LocallyClosed
        | quinn::ConnectionError::CidsExhausted => SessionError::Lost(reason.to_string()),
    }
}

/// What the path measures.
#[derive(Clone, Copy, Debug, Default)]
pub struct PathStats {
    /// Smoothed round trip between the two ends.
    pub rtt: Duration,
    /// Bytes that may be in flight.
    pub window: u64,
    /// UDP payload sent since the start, in bytes.
    pub sent_bytes: u64,
    /// UDP payload received since the start, in bytes.
    pub received_bytes: u64,
    /// Packets lost since the start.
    pub lost_packets: u64,
}

struct Shared {
    peer: PublicKey,
    again: Again,
    arrivals: Mutex<Arrivals>,
    connection: Connection,
    // The order matters: the connection goes first, then its endpoint, then the leg below.
    _endpoint: Endpoint,
    _leg: Leg,
}

/// An end-to-end connection. Clones share it; the last one to go closes it.
#[derive(Clone)]
pub struct Session(Arc<Shared>);

/// What arrives on a one-way stream.
#[derive(Debug)]
pub enum Arrival {
    /// The viewer's stream of input.
    Input(InputReceiver),
    /// One picture update.
    Frame {
        /// What it is.
        header: FrameHeader,
        /// As coded, exactly as long as the header says.
        payload: Bytes,
        /// When its first byte arrived.
        first_byte: Instant,
    },
    /// One pointer shape.
    Cursor(CursorShape),
    /// A clipboard text begins; the messages that carry it come on this stream.
    Clipboard(ControlReceiver),
}

/// A stream that is taken back, with what was not sent of it, unless it was seen off.
struct TakenBack(SendStream);

impl Drop for TakenBack {
    fn drop(&mut self) {
        // It fails only on a stream that has done its work.
        drop(self.0.reset(VarInt::from_u32(0)));
    }
}

impl Session {
    pub(crate) fn new(
        connection: Connection,
        peer: PublicKey,
        endpoint: Endpoint,
        leg: Leg,
    ) -> Self {
        Self(Arc::new(Shared {
            peer,
            again: Again::start(connection.clone()),
            arrivals: Mutex::new(Arrivals::of(&connection)),
            connection,
            _endpoint: endpoint,
            _leg: leg,
        }))
    }

    /// The key that the other side proved.
    pub fn peer(&self) -> PublicKey {
        self.0.peer
    }

    fn connection(&self) -> &Connection {
        &self.0.connection
    }

    fn halves(&self, send: SendStream, receive: RecvStream) -> (ControlSender, ControlReceiver) {
        let connection = self.connection().clone();
        // It fails only on a stream that is gone; the first write tells that.
        drop(send.set_priority(PRIORITY_CONTROL));
        (
            ControlSender {
                stream: send,
                connection: connection.clone(),
            },
            ControlReceiver {
                stream: receive,
                reader: Reader::default(),
                connection,
            },
        )
    }

    /// The viewer opens the control stream. The host sees it with the first message.
    pub async fn open_control(&self) -> Result<(ControlSender, ControlReceiver), SessionError> {
        let opened = self.connection().open_bi().await;
        let (send, receive) = opened.map_err(|reason| closed(&reason))?;
        Ok(self.halves(send, receive))
    }

    /// The host takes the control stream, within a bounded time.
    pub async fn accept_control(&self) -> Result<(ControlSender, ControlReceiver), SessionError> {
        let accepted = tokio::time::timeout(STREAM_WAIT, self.connection().accept_bi()).await;
        let (send, receive) = accepted
            .map_err(|_| SessionError::Stuck)?
            .map_err(|reason| closed(&reason))?;
        Ok(self.halves(send, receive))
    }

    async fn open_uni(&self, kind: StreamKind, priority: i32) -> Result<SendStream, SessionError> {
        let opened = self.connection().open_uni().await;
        let mut stream = opened.map_err(|reason| closed(&reason))?;
        drop(stream.set_priority(priority)); // as above
        let kind = Bytes::copy_from_slice(&[kind.byte()]);
        stream
            .write_chunk(kind)
            .await
            .map_err(|_| lost(self.connection()))?;
        Ok(stream)
    }

    /// The viewer opens its stream of input, which goes before everything else.
    pub async fn open_input(&self) -> Result<InputSender, SessionError> {
        let stream = self.open_uni(StreamKind::Input, PRIORITY_INPUT).await?;
        let stream = ControlSender {
            stream,
            connection: self.connection().clone(),
        };
        Ok(InputSender::new(stream, self.0.clone()))
    }

    /// Sends one picture update on its own stream, and a small one again in a datagram. Returns
    /// when the connection has taken it, which waits while more than a keyframe's worth is
    /// unacknowledged.
    pub async fn send_frame(
        &self,
        header: &FrameHeader,
        payload: Bytes,
    ) -> Result<(), SessionError> {
        let below = (header.sequence % FRAME_PRIORITIES) as i32;
        let mut head = vec![StreamKind::Frame.byte()];
        header.encode(&mut head);
        let copy = [Bytes::from(head), payload];
        let length = copy.iter().map(Bytes::len).sum();
        let mut chunks = copy.clone();
        // A viewer that grants no stream or reads nothing must not hold the sender for ever.
        within(WRITE_WAIT, async {
            let opened = self.connection().open_uni().await;
            let mut stream = opened.map_err(|reason| closed(&reason))?;
            drop(stream.set_priority(PRIORITY_FRAMES - below)); // as above
            let written = stream.write_all_chunks(&mut chunks).await;
            written.map_err(|_| lost(self.connection()))?;
            stream.finish().map_err(|_| lost(self.connection()))
        })
        .await?;
        self.0
            .again
            .say(self.connection(), length, || copy.concat().into());
        Ok(())
    }

    /// Sends one pointer shape.
    pub async fn send_cursor(&self, shape: &CursorShape) -> Result<(), SessionError> {
        let mut stream = self.open_uni(StreamKind::Cursor, PRIORITY_CURSOR).await?;
        let mut bytes = Vec::with_capacity(shape.rgba.len() + 64);
        shape.encode(&mut bytes);
        let written = tokio::time::timeout(WRITE_WAIT, stream.write_chunk(bytes.into())).await;
        written
            .map_err(|_| SessionError::Stuck)?
            .map_err(|_| lost(self.connection()))?;
        stream.finish().map_err(|_| lost(self.connection()))
    }

    /// Sends one clipboard text on its own stream and waits until the other side has it. What was
    /// not sent yet is taken back when this is dropped.
    pub async fn send_clipboard(&self, text: &Outgoing) -> Result<(), SessionError> {
        // Its first byte goes before the pictures: streams are accepted in the order in which they
        // were opened, and a picture must not wait for this one.
        let stream = self
            .open_uni(StreamKind::Clipboard, PRIORITY_CONTROL)
            .await?;
        let mut stream = TakenBack(stream);
        drop(stream.0.set_priority(PRIORITY_CLIPBOARD)); // as above
        for message in text.messages() {
            let written = stream.0.write_chunk(message.to_bytes().into()).await;
            written.map_err(|_| lost(self.connection()))?;
        }
        stream.0.finish().map_err(|_| lost(self.connection()))?;
        match stream.0.stopped().await {
            // The other side wants no more of it: it has it all, or a newer one.
            Ok(_) => Ok(()),
            Err(_) => Err(lost(self.connection())),
        }
    }

    /// The next thing on a one-way stream, whole (those of input and clipboard: opened). Streams of
    /// a kind of a later version are refused and passed over. May be dropped and called again without losing
    /// anything.
    pub async fn accept_uni(&self) -> Result<Arrival, SessionError> {
        self.0.arrivals.lock().await.next(self.connection()).await
    }

    /// What the path measures now.
    pub fn stats(&self) -> PathStats {
        let stats = self.connection().stats();
        PathStats {
            rtt: stats.path.rtt,
            window: stats.path.cwnd,
            sent_bytes: stats.udp_tx.bytes,
            received_bytes: stats.udp_rx.bytes,
            lost_packets: stats.path.lost_packets,
        }
    }

    /// Returns why, when the connection is gone.
    pub async fn closed(&self) -> SessionError {
        closed(&self.connection().closed().await)
    }

    /// Closes it, with a reason for the other side.
    pub fn close(&self, reason: EndReason) {
        self.connection()
            .close(VarInt::from_u32(reason.code()), b"");
    }
}

/// The sending half of a stream of messages.
#[derive(Debug)]
pub struct ControlSender {
    stream: SendStream,
    connection: Connection,
}

impl ControlSender {
    /// Sends one message; waits a bounded time for a peer that does not read.
    pub async fn send(&mut self, message: &Message) -> Result<(), SessionError> {
        let bytes = Bytes::from(message.to_bytes());
        let written = tokio::time::timeout(WRITE_WAIT, self.stream.write_chunk(bytes)).await;
        written
            .map_err(|_| SessionError::Stuck)?
            .map_err(|_| lost(&self.connection))
    }

    /// Says that nothing follows, and waits briefly until the other side has it all.
    pub async fn finish(mut self, wait: Duration) {
        if self.stream.finish().is_ok() {
            drop(tokio::time::timeout(wait, self.stream.stopped()).await);
        }
    }
}

/// The receiving half of a stream of messages.
#[derive(Debug)]
pub struct ControlReceiver {
    stream: RecvStream,
    reader: Reader,
    connection: Connection,
}

impl ControlReceiver {
    /// The next message; `None` when the peer has finished. Kinds of a later version are skipped.
    /// May be dropped and called again without losing anything.
    pub async fn next(&mut self) -> Result<Option<Message>, SessionError> {
        loop {
            while let Some(enveloped) = self.reader.next()? {
                if let Some(message) = Message::decode(&enveloped)? {
                    return Ok(Some(message));
                }
            }
            match self.stream.read_chunk(CHUNK_BYTES, true).await {
                Ok(Some(chunk)) => self.reader.push(&chunk.bytes),
                Ok(None) => return Ok(None),
                Err(_) => return Err(lost(&self.connection)),
            }
        }
    }
}
