//! A control connection between a peer and a relay: its one stream of messages, and its errors.

use std::net::SocketAddr;
use std::time::Duration;

use farpane_certs::peer::{PeerKeyMismatch, proven_key};
use farpane_protocol::key::PublicKey;
use farpane_protocol::relay::{Message, Refusal};
use farpane_protocol::wire::WireError;
use farpane_protocol::wire::envelope::Reader;
use rustls::pki_types::CertificateDer;

/// How long one control message may take to be written; a peer that reads nothing is gone.
const WRITE_WAIT: Duration = Duration::from_secs(10);
/// How long a peer may take to open its control stream.
const STREAM_WAIT: Duration = Duration::from_secs(10);
/// Bytes read at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// Why a connection to a relay, or through one, failed.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The socket could not be opened.
    #[error("cannot open a network socket")]
    Socket(#[from] std::io::Error),
    /// An address is not one.
    #[error("{0} is not an address with a port")]
    BadAddress(String),
    /// Nobody answered, or the connection broke.
    #[error("the connection failed: {0}")]
    Connection(String),
    /// The other side proved another key.
    #[error(transparent)]
    KeyMismatch(#[from] PeerKeyMismatch),
    /// The relay said no.
    #[error("the relay refused: {sentence}")]
    Refused {
        /// Why.
        reason: Refusal,
        /// In words.
        sentence: String,
    },
    /// The other side broke the rules.
    #[error("the other side broke the protocol")]
    Wire(#[from] WireError),
    /// It took too long.
    #[error("there was no answer in time")]
    TimedOut,
    /// The connection is gone.
    #[error("the connection is closed")]
    Closed,
}

/// The key that the other side proved.
pub(crate) fn key_of(connection: &quinn::Connection) -> Option<PublicKey> {
    let identity = connection.peer_identity()?;
    let chain = identity.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    proven_key(&chain)
}

/// One side's hold on a control connection.
#[derive(Clone, Debug)]
pub struct PeerLink {
    connection: quinn::Connection,
    key: PublicKey,
}

impl PeerLink {
    pub(crate) fn new(connection: quinn::Connection) -> Result<Self, LinkError> {
        let key = key_of(&connection)
            .ok_or_else(|| LinkError::Connection("the peer proved no key".into()))?;
        Ok(Self { connection, key })
    }

    /// The key that the peer proved in TLS.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// Where the peer is now; changes when the connection migrates.
    pub fn address(&self) -> SocketAddr {
        self.connection.remote_address()
    }

    /// The one stream of messages, which the peer opens. Waits a bounded time.
    pub async fn control(&self) -> Result<(LinkSender, LinkReceiver), LinkError> {
        let (send, receive) = tokio::time::timeout(STREAM_WAIT, self.connection.accept_bi())
            .await
            .map_err(|_| LinkError::TimedOut)?
            .map_err(|error| LinkError::Connection(error.to_string()))?;
        Ok((LinkSender(send), LinkReceiver::new(receive)))
    }

    pub(crate) async fn open_control(&self) -> Result<(LinkSender, LinkReceiver), LinkError> {
        let (send, receive) = self
            .connection
            .open_bi()
            .await
            .map_err(|error| LinkError::Connection(error.to_string()))?;
        Ok((LinkSender(send), LinkReceiver::new(receive)))
    }

    /// Returns when the connection is gone.
    pub async fn closed(&self) {
        self.connection.closed().await;
    }

    /// Closes it, with a reason for the peer.
    pub fn close(&self, refusal: Refusal) {
        self.connection
            .close(quinn::VarInt::from_u32(refusal.code()), b"");
    }
}

/// The sending half of a control stream.
#[derive(Debug)]
pub struct LinkSender(quinn::SendStream);

impl LinkSender {
    /// Sends one message; waits a bounded time for a peer that does not read.
    pub async fn send(&mut self, message: &Message) -> Result<(), LinkError> {
        tokio::time::timeout(WRITE_WAIT, self.0.write_all(&message.to_bytes()))
            .await
            .map_err(|_| LinkError::TimedOut)?
            .map_err(|_| LinkError::Closed)
    }
}

/// The receiving half of a control stream.
#[derive(Debug)]
pub struct LinkReceiver {
    stream: quinn::RecvStream,
    reader: Reader,
}

impl LinkReceiver {
    fn new(stream: quinn::RecvStream) -> Self {
        Self {
            stream,
            reader: Reader::default(),
        }
    }

    /// The next message; `None` when the peer has finished. Kinds of a later version are skipped.
    /// May be dropped and called again without losing anything.
    pub async fn next(&mut self) -> Result<Option<Message>, LinkError> {
        loop {
            while let Some(enveloped) = self.reader.next()? {
                if let Some(message) = Message::decode(&enveloped)? {
                    return Ok(Some(message));
                }
            }
            match self.stream.read_chunk(CHUNK_BYTES, true).await {
                Ok(Some(chunk)) => self.reader.push(&chunk.bytes),
                Ok(None) => return Ok(None),
                Err(_) => return Err(LinkError::Closed),
            }
        }
    }
}
