//! What the service and the session helper tell each other over their Unix socket.
//!
//! `length u32 | kind u8 | body`: small messages as JSON, pictures and pointer shapes behind the
//! number of their session (`u64`) as they travel to the viewer. Both ends are the same program;
//! lengths are bounded all the same.

use std::io::{self, Read, Write};

use bytes::Bytes;
use farpane_protocol::clipboard::ClipText;
use farpane_protocol::geometry::Point;
use farpane_protocol::limits::{
    CLIPBOARD_TEXT_BYTES, CONTROL_MESSAGE_BYTES, FRAME_BYTES, FRAME_HEADER_BYTES,
};
use farpane_protocol::session::input::{InputEvent, PointerButton};
use farpane_protocol::wire::frame::FrameHeader;
use farpane_protocol::wire::message::CursorShape;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _};

const KIND_JSON: u8 = 0;
const KIND_FRAME: u8 = 1;
const KIND_CURSOR: u8 = 2;
/// Largest body: a picture and its header.
const MAX_BODY: usize = FRAME_BYTES + FRAME_HEADER_BYTES + SESSION_BYTES + 16;
/// The number of the session that a picture or a pointer shape is of.
const SESSION_BYTES: usize = size_of::<u64>();

/// Largest JSON: a clipboard text in which every character has to be escaped, and what is around
/// it.
const MAX_JSON: usize = 2 * CLIPBOARD_TEXT_BYTES + CONTROL_MESSAGE_BYTES;

/// What a session may do with the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// Put text there.
    pub into: bool,
    /// Read what is copied.
    pub out: bool,
}

/// What a person is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    /// Comes back with the answer.
    pub number: u64,
    /// Who asks.
    pub person: String,
    /// For whom they work.
    pub org: String,
    /// The domain that the organisation proved, if any.
    pub verified_domain: Option<String>,
    /// Whose device it is.
    pub tenant: String,
    /// How many monitors the viewer may turn to.
    pub monitors: u32,
    /// Scope names, see [`farpane_protocol::scope::Scope::name`].
    pub scopes: Vec<String>,
    /// Why.
    pub reason: String,
    /// Longest session, in seconds.
    pub max_seconds: u32,
    /// Fingerprint of the viewer's key.
    pub viewer_key: String,
    /// Time for the answer, in milliseconds.
    pub wait_ms: u64,
}

/// A frame that the viewer has handled, and all before it; what it and the connection told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    /// Its number.
    pub sequence: u64,
    /// When it was whole, in microseconds of the viewer's clock.
    pub whole_us: u64,
    /// From its first byte to that.
    pub span_us: u32,
    /// From that to when it was handled.
    pub handling_us: u32,
    /// Packets that the connection had lost by then.
    pub lost: u64,
}

/// A key or button that a dead helper left pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Left {
    /// By its evdev code.
    Key(u16),
    /// By its number on the wire.
    Button(u32),
}

/// A surface as the viewer is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surface {
    /// Its number.
    pub id: u32,
    /// What the display calls it.
    pub name: String,
    /// Its place among all, in pixels.
    pub x: i32,
    /// Likewise.
    pub y: i32,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Input as it travels to the helper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// A key, by its evdev code.
    Key(u16, bool),
    /// Text to type.
    Text(String),
    /// The pointer's place on a surface.
    Move {
        /// Which.
        surface: u32,
        /// In pixels.
        x: i32,
        /// In pixels.
        y: i32,
    },
    /// A button, by its number on the wire.
    Button(u32, bool),
    /// The wheel, in 1/120.
    Wheel(i32, i32),
}

impl From<&InputEvent> for Input {
    fn from(event: &InputEvent) -> Self {
        match event {
            InputEvent::Key { code, down } => Self::Key(*code, *down),
            InputEvent::Text(text) => Self::Text(text.clone()),
            InputEvent::Move {
                surface,
                at: Point { x, y },
            } => Self::Move {
                surface: *surface,
                x: *x,
                y: *y,
            },
            InputEvent::Button { button, down } => Self::Button(button.number(), *down),
            InputEvent::Wheel { dx, dy } => Self::Wheel(*dx, *dy),
        }
    }
}

/// Service → helper.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToHelper {
    /// Ask the person.
    Ask(Question),
    /// Take the question away.
    Withdraw,
    /// The session is live: show this banner, then capture and send.
    Start {
        /// Of the session; comes back with its pictures and when the person stops it.
        number: u64,
        /// What the banner says.
        banner: String,
        /// What it may do with the clipboard.
        clipboard: Shared,
    },
    /// Put this on the clipboard.
    PutClipboard(ClipText),
    /// The viewer has decoded up to this frame.
    Acknowledged(Handled),
    /// The viewer's picture is broken: send what it needs to go on.
    Refresh {
        /// Of which surface.
        surface: u32,
        /// The epoch in which it broke.
        epoch: u64,
        /// Only the video cannot go on.
        video_only: bool,
    },
    /// Show these surfaces from now on, the one that the technician works on first; a session begins
    /// with surface 0.
    Show(Vec<u32>),
    /// Apply this; the sequence goes into the next frame.
    Input {
        /// Of the viewer's message.
        sequence: u64,
        /// What.
        input: Input,
    },
    /// Release all that the session holds.
    ReleaseInput,
    /// Release what a predecessor left pressed.
    ReleaseLeft(Vec<Left>),
    /// The session is over: stop capturing, take the banner away, leave this note.
    Stop {
        /// What the note says; none when nothing was shared.
        note: Option<String>,
    },
}

/// What the person said, as the helper saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// Yes, to these scope names.
    Allowed(Vec<String>),
    /// No.
    Refused,
    /// Nothing.
    TimedOut,
    /// They could not be asked.
    Unavailable(String),
}

/// Helper → service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromHelper {
    /// It sees these surfaces.
    Ready {
        /// Back end and display.
        screen: String,
        /// The primary one first.
        surfaces: Vec<Surface>,
    },
    /// These are the surfaces now, the primary one first.
    Surfaces(Vec<Surface>),
    /// The answer to a question.
    Answered {
        /// Of the question.
        number: u64,
        /// What.
        said: Said,
    },
    /// Picture and banner are on: the session may be shown as live.
    Watching,
    /// The person pressed Stop; picture and input have stopped already.
    PersonStopped {
        /// Of the session.
        number: u64,
    },
    /// The session cannot go on here; in words.
    Broken(String),
    /// The pointer has the shape with this hash.
    Cursor(u64),
    /// The person copied this.
    Copied(ClipText),
    /// The person copied a text of that many bytes, which is too long to be sent.
    CopiedTooLong(u64),
}

/// Anything that arrives from a helper.
#[derive(Debug)]
pub enum Received {
    /// A small message.
    Message(FromHelper),
    /// A picture of the session with this number.
    Frame(u64, FrameHeader, Bytes),
    /// A pointer shape, likewise.
    Cursor(u64, CursorShape),
}

fn packed(kind: u8, body: &[&[u8]]) -> Vec<u8> {
    let length: usize = body.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 5);
    out.extend_from_slice(&(length as u32 + 1).to_be_bytes());
    out.push(kind);
    for part in body {
        out.extend_from_slice(part);
    }
    out
}

/// A small message as it travels.
///
/// # Panics
/// Only if a message type of ours cannot be written as JSON, which is a bug.
pub fn pack<M: Serialize>(message: &M) -> Vec<u8> {
    let json = serde_json::to_vec(message).expect("message types serialise to JSON");
    packed(KIND_JSON, &[&json])
}

/// A picture of the session with this number as it travels.
pub fn pack_frame(session: u64, header: &FrameHeader, payload: &[u8]) -> Vec<u8> {
    let mut head = Vec::with_capacity(64);
    header.encode(&mut head);
    packed(KIND_FRAME, &[&session.to_be_bytes(), &head, payload])
}

/// A pointer shape for the session with this number as it travels.
pub fn pack_cursor(session: u64, shape: &CursorShape) -> Vec<u8> {
    let mut body = Vec::with_capacity(shape.rgba.len() + 64);
    shape.encode(&mut body);
    packed(KIND_CURSOR, &[&session.to_be_bytes(), &body])
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn checked_length(head: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_be_bytes(head) as usize;
    if length == 0 || length > MAX_BODY + 1 {
        return Err(bad(
            "a message between host processes has an impossible length",
        ));
    }
    Ok(length)
}

fn json<M: DeserializeOwned>(body: &[u8]) -> io::Result<M> {
    if body.len() > MAX_JSON {
        return Err(bad("a message between host processes is too long"));
    }
    serde_json::from_slice(body).map_err(|_| bad("a message between host processes is malformed"))
}

/// Reads the next order of the service; blocks. An error of kind `UnexpectedEof` means that the
/// service is gone.
pub fn read_order(from: &mut impl Read) -> io::Result<ToHelper> {
    let mut head = [0; 4];
    from.read_exact(&mut head)?;
    let mut body = vec![0; checked_length(head)?];
    from.read_exact(&mut body)?;
    json(&body[1..])
}

/// Writes bytes made by one of the `pack` functions; blocks.
pub fn write(to: &mut impl Write, packed: &[u8]) -> io::Result<()> {
    to.write_all(packed)
}

/// Reads what a helper sends next.
pub async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Received> {
    let mut head = [0; 4];
    from.read_exact(&mut head).await?;
    let mut body = vec![0; checked_length(head)?];
    from.read_exact(&mut body).await?;
    let malformed = |_| bad("a picture between host processes is malformed");
    match body[0] {
        KIND_JSON => Ok(Received::Message(json(&body[1..])?)),
        KIND_FRAME => {
            let (session, mut rest) = of_session(&body[1..])?;
            let header = FrameHeader::decode(&mut rest).map_err(malformed)?;
            let at = body.len() - rest.len();
            if rest.len() != header.payload as usize {
                return Err(bad("a picture between host processes has the wrong length"));
            }
            let payload = Bytes::from(body).slice(at..);
            Ok(Received::Frame(session, header, payload))
        }
        KIND_CURSOR => {
            let (session, shape) = of_session(&body[1..])?;
            let shape = CursorShape::decode(shape).map_err(malformed)?;
            Ok(Received::Cursor(session, shape))
        }
        _ => Err(bad("a message between host processes is of no known kind")),
    }
}

/// The number of a session, and what is behind it.
fn of_session(body: &[u8]) -> io::Result<(u64, &[u8])> {
    let (number, rest) = body
        .split_first_chunk()
        .ok_or_else(|| bad("a picture between host processes is cut off"))?;
    Ok((u64::from_be_bytes(*number), rest))
}

/// The button with that number, as events name it.
pub fn button(number: u32) -> Option<PointerButton> {
    PointerButton::from_number(number)
}

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Size;
    use farpane_protocol::wire::frame::Coding;

    use super::*;

    #[tokio::test]
    async fn messages_and_pictures_round_trip() {
        let header = FrameHeader {
            coding: Coding::H264,
            surface: 0,
            sequence: 1,
            key: true,
            reset: false,
            more: false,
            size: Size::new(16, 16).expect("valid"),
            input_sequence: 0,
            captured_us: 5,
            capture_us: 1,
            encode_us: 1,
            payload: 3,
            epoch: 0,
            rects: Vec::new(),
        };
        let mut wire = pack(&FromHelper::PersonStopped { number: 3 });
        wire.extend(pack_frame(9, &header, b"abc"));
        let mut from = &wire[..];
        assert!(matches!(
            read(&mut from).await.expect("reads"),
            Received::Message(FromHelper::PersonStopped { number: 3 })
        ));
        let Received::Frame(of, read_header, payload) = read(&mut from).await.expect("reads")
        else {
            panic!("expected a frame");
        };
        assert_eq!((of, read_header, &payload[..]), (9, header, &b"abc"[..]));
        let handled = Handled {
            sequence: 7,
            whole_us: 1,
            ..Handled::default()
        };
        let order = pack(&ToHelper::Acknowledged(handled));
        let ToHelper::Acknowledged(read) = read_order(&mut &order[..]).expect("reads") else {
            panic!("expected an acknowledgement");
        };
        assert_eq!(read, handled);
    }

    #[tokio::test]
    async fn impossible_lengths_and_kinds_are_errors() {
        for wire in [
            &[0u8, 0, 0, 0][..],
            &[0xff; 8],
            &[0, 0, 0, 2, 9, 9],
            &[0, 0, 0, 2, 1, 9],
            &[0, 0, 0, 2, 2, 9],
        ] {
            assert!(read(&mut &wire[..]).await.is_err());
        }
        assert!(read_order(&mut &[0u8, 0, 0, 3, 0, b'x', b'y'][..]).is_err());
    }
}
