//! What a video codec is to Farpane: traits, settings and errors, without any codec.
//!
//! One picture in, its access unit out, at once; no codec here holds pictures back. A decoder
//! takes its bytes from a host that may be hostile.

use std::ops::Range;

use farpane_protocol::geometry::{Rect, Size};
use farpane_protocol::limits::FRAME_BYTES;

use crate::picture::I420Picture;

pub mod backend;

/// Largest encoded picture in bytes, both ways: the wire's limit for a frame.
pub const MAX_ACCESS_UNIT: usize = FRAME_BYTES;

/// What the pictures mostly show; picks the encoder's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// Text and windows: scrolling costs a twelfth of the bytes, but each picture two to four
    /// times the time. Our encoder makes a key by itself when the whole picture changes.
    Screen,
    /// Anything, fast. The default.
    Camera,
}

/// How to encode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncoderSettings {
    /// Extent of every picture.
    pub size: Size,
    /// Aim in bits per second; see [`VideoEncoder::set_bitrate`].
    pub bitrate_bps: u32,
    /// Most pictures per second that will come; the bitrate is spread over so many.
    pub max_fps: u32,
    /// What the pictures mostly show.
    pub content: Content,
    /// Threads: as many bands of a picture are coded at a time, where it is high enough. At least 1.
    pub threads: u16,
    /// Whether large pictures may come in two parts, so that one is on its way while the other is
    /// coded.
    pub in_parts: bool,
}

impl EncoderSettings {
    /// Fast settings for a screen: camera method, two bands on two threads.
    pub fn new(size: Size, bitrate_bps: u32, max_fps: u32) -> Self {
        Self {
            size,
            bitrate_bps,
            max_fps,
            content: Content::Camera,
            threads: 2,
            in_parts: false,
        }
    }
}

/// About a picture just encoded, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedInfo {
    /// Whether it decodes alone.
    pub key: bool,
    /// The rows that it has; of those that changed, all between the parts before and after it.
    pub rows: Range<u32>,
    /// Whether another part follows: see [`VideoEncoder::encode_rest`].
    pub more: bool,
}

impl EncodedInfo {
    /// What of these lies in its rows.
    pub fn within(&self, rects: &[Rect]) -> Vec<Rect> {
        let cut = |rect: &Rect| {
            let top = rect.y.max(self.rows.start);
            let bottom = rect.bottom().min(self.rows.end);
            (top < bottom).then(|| Rect {
                y: top,
                height: bottom - top,
                ..*rect
            })
        };
        rects.iter().filter_map(cut).collect()
    }
}

/// About a picture just decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Whether it needed no earlier one.
    pub key: bool,
    /// The rows that were coded, each range for itself and with an edge where it meets the next;
    /// from top to bottom.
    pub coded: Vec<Range<u32>>,
    /// Rows that were left out because nothing changed there, from top to bottom.
    pub left_out: Vec<Range<u32>>,
}

/// Why a codec did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The codec library has no such mode; carries its code.
    #[error("the codec refuses these settings (code {0})")]
    Settings(i64),
    /// Too small, or more than the standard's highest level allows.
    #[error("the codec cannot handle pictures of {}x{}", .0.width(), .0.height())]
    SizeUnsupported(Size),
    /// The picture handed in is not of the size agreed on.
    #[error("the picture is {}x{} where {}x{} was agreed", .got.width(), .got.height(),
        .expected.width(), .expected.height())]
    WrongPictureSize {
        /// What the settings say.
        expected: Size,
        /// What was handed in.
        got: Size,
    },
    /// The codec library failed to encode; carries its code. The next picture will be a key.
    #[error("encoding failed (code {0})")]
    Encode(i64),
    /// More than [`MAX_ACCESS_UNIT`] bytes.
    #[error("an encoded picture of {0} bytes is over the limit")]
    AccessUnitTooLarge(usize),
    /// The stream is not what our encoders make; says what is wrong.
    #[error("the stream is refused: {0}")]
    Stream(StreamFault),
    /// Pictures are missing or broken: only a key helps now.
    #[error("a key picture is needed")]
    KeyNeeded,
    /// The codec library could not decode; carries its code. A key is needed next.
    #[error("decoding failed (code {0})")]
    Decode(i64),
}

/// What is wrong with an encoded picture from a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamFault {
    /// More bands than the picture may have, others than before, lengths beyond the data, or one
    /// left out that is to be seen.
    #[error("the bands of a picture are not what they must be")]
    Bands,
    /// Not a sequence of units behind start codes.
    #[error("no start code where one must be")]
    Framing,
    /// More units than any of our encoders puts in one picture.
    #[error("too many units in one picture")]
    TooManyUnits,
    /// A unit type outside what a plain baseline picture consists of.
    #[error("unit type {0} is not allowed")]
    UnitType(u8),
    /// Parameter sets missing, repeated or out of place; or no slice, or two pictures in one.
    #[error("the parts of a picture are incomplete or out of order")]
    Structure,
    /// A field ends beyond the data or has a value that the standard forbids.
    #[error("a parameter is malformed")]
    Malformed,
    /// Something that constrained baseline does not have, or more references than we allow.
    #[error("a feature outside constrained baseline is used")]
    Profile,
    /// The stream says another size than was agreed.
    #[error("the stream's size is not the agreed one")]
    Size,
}

/// Makes access units (H.264: a unit for each of the picture's bands, see [`crate::h264`]) from
/// pictures of one size.
pub trait VideoEncoder: Send {
    /// What it was made with, and the bitrate as last set.
    fn settings(&self) -> &EncoderSettings;

    /// Encodes one picture into `out`, whose old content goes. It differs from the one before only
    /// within `changed`; what is outside may be left as the viewer has it, not refined. With
    /// `force_key` the result decodes alone and has all of the picture; without, it may still do so
    /// (the first one, and after an error).
    ///
    /// # Errors
    /// [`CodecError::WrongPictureSize`], [`CodecError::Encode`],
    /// [`CodecError::AccessUnitTooLarge`]; `out` is empty then, and the next picture is a key.
    fn encode(
        &mut self,
        picture: &I420Picture,
        changed: Rect,
        force_key: bool,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError>;

    /// Encodes the rest of the picture that was given last, of which the part before said that more
    /// follows: always just after it, and before any other picture.
    ///
    /// # Errors
    /// Those of [`Self::encode`]. Where nothing is left it is [`CodecError::Encode`].
    fn encode_rest(
        &mut self,
        picture: &I420Picture,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError>;

    /// Changes the aim, in bits per second, from the next picture on, without a key.
    ///
    /// # Errors
    /// [`CodecError::Settings`] if the library refuses it; the old aim stays.
    fn set_bitrate(&mut self, bps: u32) -> Result<(), CodecError>;
}

/// Makes pictures of one size from such access units.
pub trait VideoDecoder: Send {
    /// Extent of every picture that comes out.
    fn size(&self) -> Size;

    /// Decodes one access unit into `out`, which keeps what it has in the rows that were left out.
    /// Bytes may be hostile.
    ///
    /// # Errors
    /// Any but the encoder's; `out` keeps its old picture then. After an error, and at the
    /// start, only a key is taken ([`CodecError::KeyNeeded`]).
    fn decode(&mut self, data: &[u8], out: &mut I420Picture) -> Result<Decoded, CodecError>;
}
