//! The header before each encoded picture.
//!
//! `kind u8 | header length varint | fields as varints | payload`. The header length counts the
//! fields after it, so a reader skips fields that a later version appended. Fields that a first
//! version did not have may be missing: they are then nought.

use super::{WireError, varint};
use crate::geometry::{Rect, Size};
use crate::limits::{FRAME_BYTES, FRAME_HEADER_BYTES, FRAME_RECTS};

/// How the payload is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// H.264, Annex B, constrained baseline: one access unit for each of the picture's bands, from
    /// top to bottom, behind `bands varint | length of each unit but the last, varint`; nothing for
    /// a band that is as it was, which no rectangle of the frame may reach into.
    H264,
    /// Lossless pieces of the picture and moves within it.
    Tiles,
}

impl Coding {
    const fn byte(self) -> u8 {
        match self {
            Self::H264 => 1,
            Self::Tiles => 2,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::H264),
            2 => Some(Self::Tiles),
            _ => None,
        }
    }
}

const FLAG_KEY: u64 = 1;
const FLAG_RESET: u64 = 2;
const FLAG_MORE: u64 = 4;

/// What stands before the payload of one picture update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// How the payload is coded.
    pub coding: Coding,
    /// Which surface it shows.
    pub surface: u32,
    /// Counts the frames of a session, of any surface and either coding, from 1.
    pub sequence: u64,
    /// Whether its video decodes without any frame before it.
    pub key: bool,
    /// Whether everything begins anew with it: nothing that was kept from before counts.
    pub reset: bool,
    /// Whether it is a part of a picture whose next part is the surface's next frame: nothing of it
    /// is to be seen before the last one.
    pub more: bool,
    /// Size of the surface in this frame.
    pub size: Size,
    /// Sequence of the last input message that the host had applied when it captured.
    pub input_sequence: u64,
    /// When it was captured, in microseconds of the host's monotonic clock.
    pub captured_us: u64,
    /// Time that capturing and converting took, in microseconds.
    pub capture_us: u32,
    /// Time that encoding took, in microseconds.
    pub encode_us: u32,
    /// Length of the payload in bytes, at most [`FRAME_BYTES`].
    pub payload: u32,
    /// How often everything began anew before; the same for all frames until the next reset.
    pub epoch: u64,
    /// The parts of the surface that a video frame is to be seen in, at most [`FRAME_RECTS`]; none
    /// for the whole surface. Outside them its pixels mean nothing.
    pub rects: Vec<Rect>,
}

impl FrameHeader {
    /// Appends it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut fields = Vec::with_capacity(48);
        for number in [
            u64::from(self.surface),
            self.sequence,
            [
                (self.key, FLAG_KEY),
                (self.reset, FLAG_RESET),
                (self.more, FLAG_MORE),
            ]
            .iter()
            .fold(
                0,
                |all, (is_set, flag)| if *is_set { all | flag } else { all },
            ),
            u64::from(self.size.width()),
            u64::from(self.size.height()),
            self.input_sequence,
            self.captured_us,
            u64::from(self.capture_us),
            u64::from(self.encode_us),
            u64::from(self.payload),
            self.epoch,
            self.rects.len() as u64,
        ] {
            varint::put(number, &mut fields);
        }
        for rect in &self.rects {
            for side in [rect.x, rect.y, rect.width, rect.height] {
                varint::put(side.into(), &mut fields);
            }
        }
        out.push(self.coding.byte());
        varint::put(fields.len() as u64, out);
        out.extend_from_slice(&fields);
    }

    /// Takes one off the front of `input`, leaving the payload.
    pub fn decode(input: &mut &[u8]) -> Result<Self, WireError> {
        let (coding, rest) = input.split_first().ok_or(WireError::Truncated)?;
        *input = rest;
        let coding = Coding::from_byte(*coding).ok_or(WireError::Malformed)?;
        let length = varint::take(input)?;
        if length > FRAME_HEADER_BYTES as u64 {
            return Err(WireError::TooLong);
        }
        let (mut fields, payload) = input
            .split_at_checked(length as usize)
            .ok_or(WireError::Truncated)?;
        *input = payload;
        let mut wide = || varint::take(&mut fields).map_err(|_| WireError::Malformed);
        let (surface, sequence, flags) = (narrow(wide()?)?, wide()?, wide()?);
        let size = Size::new(narrow(wide()?)?, narrow(wide()?)?).ok_or(WireError::Malformed)?;
        let (input_sequence, captured_us) = (wide()?, wide()?);
        let (capture_us, encode_us) = (narrow(wide()?)?, narrow(wide()?)?);
        let payload = narrow(wide()?)?;
        if payload as usize > FRAME_BYTES {
            return Err(WireError::TooLong);
        }
        let (epoch, rects) = if fields.is_empty() {
            (0, Vec::new())
        } else {
            (varint::take(&mut fields)?, take_rects(&mut fields, size)?)
        };
        Ok(Self {
            coding,
            surface,
            sequence,
            key: flags & FLAG_KEY != 0,
            reset: flags & FLAG_RESET != 0,
            more: flags & FLAG_MORE != 0,
            size,
            input_sequence,
            captured_us,
            capture_us,
            encode_us,
            payload,
            epoch,
            rects,
        })
    }
}

fn narrow(number: u64) -> Result<u32, WireError> {
    u32::try_from(number).map_err(|_| WireError::Malformed)
}

/// Takes the rectangles off the front; all lie on the surface and none is empty.
fn take_rects(fields: &mut &[u8], size: Size) -> Result<Vec<Rect>, WireError> {
    let count = varint::take(fields)?;
    if count > FRAME_RECTS as u64 {
        return Err(WireError::TooLong);
    }
    let mut rects = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let mut side = || narrow(varint::take(fields)?);
        let rect = Rect {
            x: side()?,
            y: side()?,
            width: side()?,
            height: side()?,
        };
        if rect.is_empty() || !rect.fits(size) {
            return Err(WireError::Malformed);
        }
        rects.push(rect);
    }
    Ok(rects)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> FrameHeader {
        FrameHeader {
            coding: Coding::H264,
            surface: 0,
            sequence: 17,
            key: true,
            reset: false,
            more: false,
            size: Size::new(1920, 1080).expect("valid"),
            input_sequence: 400,
            captured_us: 1_234_567,
            capture_us: 900,
            encode_us: 5100,
            payload: 2,
            epoch: 0,
            rects: Vec::new(),
        }
    }

    fn tiles() -> FrameHeader {
        let rect = Rect {
            x: 64,
            y: 128,
            width: 640,
            height: 56,
        };
        FrameHeader {
            coding: Coding::Tiles,
            key: false,
            reset: true,
            epoch: 3,
            rects: vec![rect, Size::new(1920, 1080).expect("valid").rect()],
            ..sample()
        }
    }

    #[test]
    fn golden_bytes_decode_for_ever() {
        // As the first version wrote it, without epoch and rectangles.
        let golden = [
            1, 18, 0, 17, 1, 0x47, 0x80, 0x44, 0x38, 0x41, 0x90, 0x80, 0x12, 0xd6, 0x87, 0x43,
            0x84, 0x53, 0xec, 2, 0xaa, 0xbb,
        ];
        let mut input = &golden[..];
        assert_eq!(FrameHeader::decode(&mut input), Ok(sample()));
        assert_eq!(input, [0xaa, 0xbb]);
    }

    #[test]
    fn golden_bytes_of_a_frame_with_rectangles() {
        let golden = [
            2, 34, 0, 17, 2, 0x47, 0x80, 0x44, 0x38, 0x41, 0x90, 0x80, 0x12, 0xd6, 0x87, 0x43,
            0x84, 0x53, 0xec, 2, 3, 2, 0x40, 64, 0x40, 128, 0x42, 0x80, 56, 0, 0, 0x47, 0x80, 0x44,
            0x38, 0xaa, 0xbb,
        ];
        let mut golden = golden.to_vec();
        golden[1] = (golden.len() - 4) as u8;
        let mut out = Vec::new();
        tiles().encode(&mut out);
        out.extend_from_slice(&[0xaa, 0xbb]);
        assert_eq!(out, golden);
        let mut input = &golden[..];
        assert_eq!(FrameHeader::decode(&mut input), Ok(tiles()));
        assert_eq!(input, [0xaa, 0xbb]);
    }

    #[test]
    fn rectangles_outside_the_surface_and_too_many_are_refused() {
        let refused = |rects: Vec<Rect>| {
            let mut out = Vec::new();
            FrameHeader { rects, ..tiles() }.encode(&mut out);
            FrameHeader::decode(&mut &out[..]).expect_err("refused")
        };
        let rect = |x, width| Rect {
            x,
            y: 0,
            width,
            height: 1,
        };
        assert_eq!(refused(vec![rect(1900, 21)]), WireError::Malformed);
        assert_eq!(refused(vec![rect(5, 0)]), WireError::Malformed);
        assert_eq!(refused(vec![rect(u32::MAX, 1)]), WireError::Malformed);
        assert_eq!(
            refused(vec![rect(0, 1); FRAME_RECTS + 1]),
            WireError::TooLong
        );
    }

    #[test]
    fn the_widest_header_keeps_its_limit() {
        let widest = FrameHeader {
            surface: u32::MAX,
            sequence: varint::MAX,
            input_sequence: varint::MAX,
            captured_us: varint::MAX,
            capture_us: u32::MAX,
            encode_us: u32::MAX,
            payload: FRAME_BYTES as u32,
            epoch: varint::MAX,
            rects: vec![tiles().rects[1]; FRAME_RECTS],
            ..tiles()
        };
        let mut out = Vec::new();
        widest.encode(&mut out);
        assert_eq!(FrameHeader::decode(&mut &out[..]), Ok(widest));
    }

    #[test]
    fn fields_of_a_later_version_are_skipped() {
        let mut out = Vec::new();
        tiles().encode(&mut out);
        out[1] += 3;
        out.extend_from_slice(&[1, 2, 3, 0xcc]);
        let mut input = &out[..];
        assert_eq!(FrameHeader::decode(&mut input), Ok(tiles()));
        assert_eq!(input, [0xcc]);
    }

    proptest! {
        #[test]
        fn decode_never_panics_and_keeps_the_limits(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let mut input = &bytes[..];
            if let Ok(header) = FrameHeader::decode(&mut input) {
                prop_assert!(header.payload as usize <= FRAME_BYTES);
                prop_assert!(header.rects.iter().all(|rect| rect.fits(header.size)));
            }
        }

        #[test]
        fn round_trips(sequence in 0..varint::MAX, key in any::<bool>(), more in any::<bool>(), w in 1u32..8192, payload in 0u32..4_194_304) {
            let header = FrameHeader {
                sequence, key, more, payload,
                size: Size::new(w, 1).expect("valid"),
                ..sample()
            };
            let mut out = Vec::new();
            header.encode(&mut out);
            prop_assert_eq!(FrameHeader::decode(&mut &out[..]), Ok(header));
        }
    }
}
