//! The control and input messages of a session.
//!
//! Bodies are protobuf (fields are only added, tags never reused), so old and new programs read
//! each other. Numbers in them are claims of a peer: the session machines check each before use.

use super::{WireError, messages, varint};

messages! {
    /// Viewer: the first message of a session.
    Hello = 1 {
        /// Bits of optional features that the viewer has; none are defined yet.
        #[prost(uint64, tag = "1")] capabilities: u64,
        /// The signed grant.
        #[prost(string, tag = "2")] grant: String,
        /// Program version, for logs.
        #[prost(string, tag = "3")] version: String,
    }
    /// Host: the hello was understood; what follows is a decision.
    Welcome = 2 {
        /// Bits of optional features that the host has; none are defined yet.
        #[prost(uint64, tag = "1")] capabilities: u64,
        /// Program version, for logs.
        #[prost(string, tag = "2")] version: String,
    }
    /// Host: a person is being asked.
    Waiting = 3 {
        /// How long the person is given, in milliseconds.
        #[prost(uint32, tag = "1")] left_ms: u32,
    }
    /// Host: the session is live.
    Started = 4 {
        /// Names of the scopes that were granted.
        #[prost(string, repeated, tag = "1")] scopes: Vec<String>,
    }
    /// Host: a surface appeared, changed or went. Surface 0 is the primary monitor, whichever that
    /// is, and never goes; the others keep their numbers for a whole session.
    Surface = 5 {
        /// Its number, from 0.
        #[prost(uint32, tag = "1")] id: u32,
        /// In pixels.
        #[prost(uint32, tag = "2")] width: u32,
        /// In pixels.
        #[prost(uint32, tag = "3")] height: u32,
        /// What the device calls it.
        #[prost(string, tag = "4")] name: String,
        /// Pixels from the left edge of all that the device shows; may be negative.
        #[prost(sint32, tag = "5")] x: i32,
        /// Pixels from its upper edge; may be negative.
        #[prost(sint32, tag = "6")] y: i32,
        /// It is not there any more; the rest of the message says nothing.
        #[prost(bool, tag = "7")] gone: bool,
    }
    /// Host: which pointer shape is in use; shapes travel on their own streams.
    Cursor = 6 {
        /// Hash of the shape; 0 for a hidden pointer.
        #[prost(uint64, tag = "1")] hash: u64,
    }
    /// Host: the session is over.
    Ended = 7 {
        /// A number of `EndReason`.
        #[prost(uint32, tag = "1")] reason: u32,
    }
    /// Viewer: I am here.
    Beat = 8 {
        /// Comes back in the reply.
        #[prost(uint32, tag = "1")] nonce: u32,
    }
    /// Host: so am I.
    BeatReply = 9 {
        /// From the beat.
        #[prost(uint32, tag = "1")] nonce: u32,
    }
    /// Viewer: a frame was decoded, and all before it.
    FrameAck = 10 {
        /// Which surface.
        #[prost(uint32, tag = "1")] surface: u32,
        /// Number of the last frame decoded.
        #[prost(uint64, tag = "2")] sequence: u64,
        /// Time from its arrival to its end of decoding, in microseconds.
        #[prost(uint32, tag = "3")] decode_us: u32,
        /// When it was whole at the viewer, in microseconds of the viewer's monotonic clock; nought
        /// from a viewer that does not tell.
        #[prost(uint64, tag = "4")] whole_us: u64,
        /// From its first byte to that, in microseconds.
        #[prost(uint32, tag = "5")] span_us: u32,
    }
    /// Viewer: the picture is broken, send what is needed to go on.
    Refresh = 11 {
        /// Which surface.
        #[prost(uint32, tag = "1")] surface: u32,
        /// The epoch in which it broke; a host that has begun a later one need do nothing.
        #[prost(uint64, tag = "2")] epoch: u64,
        /// Only the video cannot go on; everything that came as tiles is whole.
        #[prost(bool, tag = "3")] video_only: bool,
    }
    /// Viewer: the session is over.
    Bye = 12 {}
    /// Viewer: show these surfaces instead of those before; surface 0 is shown at first. A host
    /// that knows of one surface only skips it, one that shows one at a time reads the first field.
    Show = 13 {
        /// Which surface the technician works on: its pictures go first. One that is not there (any
        /// more) is left out, and where none is left nothing changes.
        #[prost(uint32, tag = "1")] surface: u32,
        /// Which ones are seen beside it; beyond `limits::SURFACES_SHOWN` in all they are left out.
        #[prost(uint32, repeated, tag = "2")] beside: Vec<u32>,
        /// Nobody sees any of them now: nothing is shown until the next such message.
        #[prost(bool, tag = "3")] nothing: bool,
    }
    /// Viewer: a key went down or up.
    Key = 20 {
        /// Counts all input messages of a session, from 1.
        #[prost(uint64, tag = "1")] sequence: u64,
        /// Physical position as a Linux input event code (`linux/input-event-codes.h`).
        #[prost(uint32, tag = "2")] code: u32,
        /// Down or up.
        #[prost(bool, tag = "3")] down: bool,
    }
    /// Viewer: text to be typed, from an input method or a paste.
    Text = 21 {
        /// Counts all input messages of a session, from 1.
        #[prost(uint64, tag = "1")] sequence: u64,
        /// At most `limits::INPUT_TEXT_BYTES`.
        #[prost(string, tag = "2")] text: String,
    }
    /// Viewer: the pointer moved.
    Pointer = 22 {
        /// Counts all input messages of a session, from 1.
        #[prost(uint64, tag = "1")] sequence: u64,
        /// Which surface.
        #[prost(uint32, tag = "2")] surface: u32,
        /// Pixels from its left edge; clamped by the host.
        #[prost(sint32, tag = "3")] x: i32,
        /// Pixels from its upper edge; clamped by the host.
        #[prost(sint32, tag = "4")] y: i32,
    }
    /// Viewer: a pointer button went down or up.
    Button = 23 {
        /// Counts all input messages of a session, from 1.
        #[prost(uint64, tag = "1")] sequence: u64,
        /// 0 left, 1 middle, 2 right, 3 back, 4 forward.
        #[prost(uint32, tag = "2")] button: u32,
        /// Down or up.
        #[prost(bool, tag = "3")] down: bool,
    }
    /// Viewer: the wheel turned.
    Wheel = 24 {
        /// Counts all input messages of a session, from 1.
        #[prost(uint64, tag = "1")] sequence: u64,
        /// To the right, in 1/120 of a notch.
        #[prost(sint32, tag = "2")] dx: i32,
        /// Downward, in 1/120 of a notch.
        #[prost(sint32, tag = "3")] dy: i32,
    }
    /// Either side: its clipboard holds another text, which follows in parts.
    ClipboardText = 30 {
        /// Above every number that the sender has seen in this session, from 1.
        #[prost(uint64, tag = "1")] sequence: u64,
        /// Of the whole text, in bytes of UTF-8; at most `limits::CLIPBOARD_TEXT_BYTES`.
        #[prost(uint32, tag = "2")] length: u32,
    }
    /// Either side: the next part of the text that was begun last.
    ClipboardPart = 31 {
        /// At most `limits::CLIPBOARD_PART_BYTES`; may be cut within a character.
        #[prost(bytes = "vec", tag = "1")] bytes: Vec<u8>,
    }
    /// Host: the device's clipboard holds a text that is too long to be sent.
    ClipboardTooLong = 32 {
        /// How long it is, in bytes, as far as the device knows.
        #[prost(uint64, tag = "1")] length: u64,
    }
}

impl Message {
    /// Number of an input message; `None` for all others.
    pub fn input_sequence(&self) -> Option<u64> {
        match self {
            Self::Key(m) => Some(m.sequence),
            Self::Text(m) => Some(m.sequence),
            Self::Pointer(m) => Some(m.sequence),
            Self::Button(m) => Some(m.sequence),
            Self::Wheel(m) => Some(m.sequence),
            Self::Hello(_)
            | Self::Welcome(_)
            | Self::Waiting(_)
            | Self::Started(_)
            | Self::Surface(_)
            | Self::Cursor(_)
            | Self::Ended(_)
            | Self::Beat(_)
            | Self::BeatReply(_)
            | Self::FrameAck(_)
            | Self::Refresh(_)
            | Self::Bye(_)
            | Self::Show(_)
            | Self::ClipboardText(_)
            | Self::ClipboardPart(_)
            | Self::ClipboardTooLong(_) => None,
        }
    }
}

/// One pointer shape, as it travels on its own stream after the stream kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorShape {
    /// Names the shape; never 0.
    pub hash: u64,
    /// Pixels, at most [`crate::limits::CURSOR_SIDE`].
    pub width: u32,
    /// Pixels, at most [`crate::limits::CURSOR_SIDE`].
    pub height: u32,
    /// The pixel that points, within the shape.
    pub hot_x: u32,
    /// The pixel that points, within the shape.
    pub hot_y: u32,
    /// Straight (not premultiplied) R, G, B, A per pixel, rows from the top.
    pub rgba: Vec<u8>,
}

impl CursorShape {
    /// Most bytes that a shape takes on the wire: pixels plus five short numbers.
    pub const WIRE_BYTES: usize =
        (crate::limits::CURSOR_SIDE * crate::limits::CURSOR_SIDE) as usize * 4 + 64;

    /// Appends it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.hash.to_be_bytes());
        for number in [self.width, self.height, self.hot_x, self.hot_y] {
            varint::put(u64::from(number), out);
        }
        out.extend_from_slice(&self.rgba);
    }

    /// Reads one that fills `input` exactly.
    pub fn decode(mut input: &[u8]) -> Result<Self, WireError> {
        let (hash, rest) = input.split_first_chunk::<8>().ok_or(WireError::Truncated)?;
        input = rest;
        let mut side = || {
            let number = varint::take(&mut input)?;
            u32::try_from(number).map_err(|_| WireError::Malformed)
        };
        let (width, height, hot_x, hot_y) = (side()?, side()?, side()?, side()?);
        let limit = 1..=crate::limits::CURSOR_SIDE;
        let hash = u64::from_be_bytes(*hash);
        let whole = width as usize * height as usize;
        if hash == 0
            || !limit.contains(&width)
            || !limit.contains(&height)
            || hot_x >= width
            || hot_y >= height
            || input.len() != whole * 4
        {
            return Err(WireError::Malformed);
        }
        Ok(Self {
            hash,
            width,
            height,
            hot_x,
            hot_y,
            rgba: input.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::envelope::{self, Enveloped, Reader};

    fn read(bytes: &[u8]) -> Result<Option<Message>, WireError> {
        let mut reader = Reader::default();
        reader.push(bytes);
        reader
            .next()?
            .map_or(Ok(None), |message| Message::decode(&message))
    }

    fn samples() -> Vec<Message> {
        vec![
            Hello {
                capabilities: 5,
                grant: "v4.public.x".into(),
                version: "0.1.0".into(),
            }
            .into(),
            Welcome {
                capabilities: 0,
                version: "0.1.0".into(),
            }
            .into(),
            Waiting { left_ms: 60_000 }.into(),
            Started {
                scopes: vec!["view".into(), "control".into()],
            }
            .into(),
            Surface {
                id: 0,
                width: 1920,
                height: 1080,
                name: "screen".into(),
                x: 0,
                y: 0,
                gone: false,
            }
            .into(),
            Cursor {
                hash: 0x1234_5678_9abc_def0,
            }
            .into(),
            Ended { reason: 3 }.into(),
            Beat { nonce: 7 }.into(),
            BeatReply { nonce: 7 }.into(),
            FrameAck {
                surface: 0,
                sequence: 99,
                decode_us: 2500,
                whole_us: 0,
                span_us: 0,
            }
            .into(),
            Refresh::default().into(),
            Bye {}.into(),
            Show {
                surface: 2,
                ..Show::default()
            }
            .into(),
            Key {
                sequence: 1,
                code: 30,
                down: true,
            }
            .into(),
            Text {
                sequence: 2,
                text: "Grüße".into(),
            }
            .into(),
            Pointer {
                sequence: 3,
                surface: 0,
                x: -1,
                y: 1079,
            }
            .into(),
            Button {
                sequence: 4,
                button: 2,
                down: false,
            }
            .into(),
            Wheel {
                sequence: 5,
                dx: 0,
                dy: -120,
            }
            .into(),
            ClipboardText {
                sequence: 6,
                length: 7,
            }
            .into(),
            ClipboardPart {
                bytes: "Grüße".into(),
            }
            .into(),
            ClipboardTooLong { length: 3_000_000 }.into(),
        ]
    }

    /// Bytes that version 1 wrote must be read the same for ever.
    #[test]
    fn golden_bytes_decode_for_ever() {
        let golden = include_str!("../../golden/messages.txt");
        let samples = samples();
        assert_eq!(samples.len(), Kind::ALL.len());
        assert_eq!(golden.lines().count(), samples.len());
        for (line, sample) in golden.lines().zip(&samples) {
            let bytes: Vec<u8> = line
                .split_whitespace()
                .map(|byte| u8::from_str_radix(byte, 16).expect("hex"))
                .collect();
            assert_eq!(read(&bytes), Ok(Some(sample.clone())), "{line}");
            assert_eq!(sample.to_bytes(), bytes, "{sample:?}");
        }
    }

    #[test]
    fn an_acknowledgement_with_times_keeps_its_bytes() {
        let told = FrameAck {
            surface: 0,
            sequence: 99,
            decode_us: 2500,
            whole_us: 1_000_000,
            span_us: 300,
        };
        let golden = [
            0, 10, 12, 0x10, 99, 0x18, 0xc4, 0x13, 0x20, 0xc0, 0x84, 0x3d, 0x28, 0xac, 2,
        ];
        assert_eq!(Message::from(told.clone()).to_bytes(), golden);
        assert_eq!(read(&golden), Ok(Some(told.into())));
    }

    #[test]
    fn wish_for_several_surfaces_or_none_keeps_its_bytes() {
        let several = Show {
            surface: 3,
            beside: vec![0, 300],
            nothing: false,
        };
        let nothing = Show {
            nothing: true,
            ..Show::default()
        };
        let golden = [
            (several, &[0, 13, 7, 8, 3, 0x12, 3, 0, 0xac, 2][..]),
            (nothing, &[0, 13, 2, 0x18, 1][..]),
        ];
        for (told, bytes) in golden {
            assert_eq!(Message::from(told.clone()).to_bytes(), bytes);
            assert_eq!(read(bytes), Ok(Some(told.into())));
        }
    }

    #[test]
    fn a_surface_with_its_place_keeps_its_bytes() {
        let told = Surface {
            id: 1,
            width: 1280,
            height: 1024,
            name: "DP-1".into(),
            x: -1280,
            y: 56,
            gone: false,
        };
        let golden = [
            0, 5, 19, 8, 1, 0x10, 0x80, 10, 0x18, 0x80, 8, 0x22, 4, b'D', b'P', b'-', b'1', 0x28,
            0xff, 0x13, 0x30, 112,
        ];
        assert_eq!(Message::from(told.clone()).to_bytes(), golden);
        assert_eq!(read(&golden), Ok(Some(told.into())));
    }

    #[test]
    fn a_kind_of_a_later_version_is_skipped() {
        let mut bytes = Vec::new();
        envelope::put(9999, b"future", &mut bytes);
        assert_eq!(read(&bytes), Ok(None));
    }

    proptest! {
        #[test]
        fn decode_never_panics(kind in 0u16..40, body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let decoded = Message::decode(&Enveloped { kind, body });
            if let Ok(Some(message)) = decoded {
                prop_assert_eq!(read(&message.to_bytes()), Ok(Some(message)));
            }
        }

        #[test]
        fn cursor_shapes_round_trip(width in 1u32..20, height in 1u32..20, seed in any::<u8>()) {
            let shape = CursorShape {
                hash: u64::from(seed) + 1,
                width,
                height,
                hot_x: width - 1,
                hot_y: 0,
                rgba: vec![seed; (width * height * 4) as usize],
            };
            let mut out = Vec::new();
            shape.encode(&mut out);
            prop_assert_eq!(CursorShape::decode(&out), Ok(shape));
        }

        #[test]
        fn cursor_decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(shape) = CursorShape::decode(&bytes) {
                prop_assert!(shape.rgba.len() <= bytes.len());
            }
        }
    }
}
