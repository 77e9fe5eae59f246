//! The header before each encoded picture.
//!
//! `kind u8 | header length varint | fields as varints | payload`. The header length counts the
//! fields after it, so a reader skips fields that a later version appended.

use super::{WireError, varint};
use crate::geometry::Size;
use crate::limits::{FRAME_BYTES, FRAME_HEADER_BYTES};

/// How the payload is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// One H.264 access unit, Annex B, constrained baseline.
    H264,
}

impl Coding {
    const fn byte(self) -> u8 {
        match self {
            Self::H264 => 1,
        }
    }
}

const FLAG_KEY: u64 = 1;

/// What stands before the payload of one picture update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// How the payload is coded.
    pub coding: Coding,
    /// Which surface it shows.
    pub surface: u32,
    /// Counts the frames of a surface, from 1.
    pub sequence: u64,
    /// Whether it decodes without any frame before it.
    pub key: bool,
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
}

impl FrameHeader {
    /// Appends it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut fields = Vec::with_capacity(48);
        for number in [
            u64::from(self.surface),
            self.sequence,
            if self.key { FLAG_KEY } else { 0 },
            u64::from(self.size.width()),
            u64::from(self.size.height()),
            self.input_sequence,
            self.captured_us,
            u64::from(self.capture_us),
            u64::from(self.encode_us),
            u64::from(self.payload),
        ] {
            varint::put(number, &mut fields);
        }
        out.push(self.coding.byte());
        varint::put(fields.len() as u64, out);
        out.extend_from_slice(&fields);
    }

    /// Takes one off the front of `input`, leaving the payload.
    pub fn decode(input: &mut &[u8]) -> Result<Self, WireError> {
        let (coding, rest) = input.split_first().ok_or(WireError::Truncated)?;
        *input = rest;
        let coding = match coding {
            1 => Coding::H264,
            _ => return Err(WireError::Malformed),
        };
        let length = varint::take(input)?;
        if length > FRAME_HEADER_BYTES as u64 {
            return Err(WireError::TooLong);
        }
        let (mut fields, payload) = input
            .split_at_checked(length as usize)
            .ok_or(WireError::Truncated)?;
        *input = payload;
        let mut wide = || varint::take(&mut fields).map_err(|_| WireError::Malformed);
        let narrow = |number: u64| u32::try_from(number).map_err(|_| WireError::Malformed);
        let header = Self {
            coding,
            surface: narrow(wide()?)?,
            sequence: wide()?,
            key: wide()? & FLAG_KEY != 0,
            size: Size::new(narrow(wide()?)?, narrow(wide()?)?).ok_or(WireError::Malformed)?,
            input_sequence: wide()?,
            captured_us: wide()?,
            capture_us: narrow(wide()?)?,
            encode_us: narrow(wide()?)?,
            payload: narrow(wide()?)?,
        };
        if header.payload as usize > FRAME_BYTES {
            return Err(WireError::TooLong);
        }
        Ok(header)
    }
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
            size: Size::new(1920, 1080).expect("valid"),
            input_sequence: 400,
            captured_us: 1_234_567,
            capture_us: 900,
            encode_us: 5100,
            payload: 2,
        }
    }

    #[test]
    fn golden_bytes_decode_for_ever() {
        let golden = [
            1, 22, 0, 17, 1, 0x47, 0x80, 0x44, 0x38, 0x41, 0x90, 0x80, 0x12, 0xd6, 0x87, 0x43,
            0x84, 0x53, 0xec, 2, 0xaa, 0xbb,
        ];
        let mut out = Vec::new();
        sample().encode(&mut out);
        out.extend_from_slice(&[0xaa, 0xbb]);
        let mut golden = golden.to_vec();
        golden[1] = (golden.len() - 4) as u8;
        assert_eq!(out, golden);
        let mut input = &golden[..];
        assert_eq!(FrameHeader::decode(&mut input), Ok(sample()));
        assert_eq!(input, [0xaa, 0xbb]);
    }

    #[test]
    fn fields_of_a_later_version_are_skipped() {
        let mut out = Vec::new();
        sample().encode(&mut out);
        out[1] += 3;
        out.extend_from_slice(&[1, 2, 3, 0xcc]);
        let mut input = &out[..];
        assert_eq!(FrameHeader::decode(&mut input), Ok(sample()));
        assert_eq!(input, [0xcc]);
    }

    proptest! {
        #[test]
        fn decode_never_panics_and_keeps_the_limits(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let mut input = &bytes[..];
            if let Ok(header) = FrameHeader::decode(&mut input) {
                prop_assert!(header.payload as usize <= FRAME_BYTES);
            }
        }

        #[test]
        fn round_trips(sequence in 0..varint::MAX, key in any::<bool>(), w in 1u32..8192, payload in 0u32..4_194_304) {
            let header = FrameHeader {
                sequence, key, payload,
                size: Size::new(w, 1).expect("valid"),
                ..sample()
            };
            let mut out = Vec::new();
            header.encode(&mut out);
            prop_assert_eq!(FrameHeader::decode(&mut &out[..]), Ok(header));
        }
    }
}
