//! What travels: integers, enveloped control messages, and the header before each picture.
//!
//! The major version of the protocol is in the ALPN of the connection; minor features are bits in
//! `Hello`. Control messages are `kind u16 | length varint | body`, so an unknown kind is skipped;
//! bodies only ever gain fields. Golden byte strings under `golden/` must decode for ever.

mod define;
pub mod envelope;
pub mod frame;
pub mod message;
pub mod varint;

pub(crate) use define::messages;

/// ALPN of the end-to-end connection between viewer and host.
pub const ALPN_SESSION: &[u8] = b"farpane-session/1";

/// ALPN of a peer's control connection to a relay.
pub const ALPN_RELAY: &[u8] = b"farpane-relay/1";

/// First byte of a one-way stream: what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamKind {
    /// Host → viewer: one picture update, a frame header and its payload.
    Frame,
    /// Viewer → host: input messages, in order.
    Input,
    /// Host → viewer: one cursor shape.
    Cursor,
    /// Either way: clipboard text, as messages in order.
    Clipboard,
}

impl StreamKind {
    /// Its byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Frame => 1,
            Self::Input => 2,
            Self::Cursor => 3,
            Self::Clipboard => 4,
        }
    }

    /// From its byte; `None` for a kind of a later version, which the reader stops and forgets.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Frame),
            2 => Some(Self::Input),
            3 => Some(Self::Cursor),
            4 => Some(Self::Clipboard),
            _ => None,
        }
    }
}

/// Why bytes from a peer were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A length goes beyond its named limit.
    #[error("a message is longer than its limit")]
    TooLong,
    /// A field is missing, out of range, or not what its place asks for.
    #[error("a message is malformed")]
    Malformed,
    /// The bytes end before the message does.
    #[error("a message is cut short")]
    Truncated,
}
