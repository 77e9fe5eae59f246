//! Reads the bits of an H.264 parameter set: bounded, and never past the end.

use crate::codec::StreamFault;

/// Longest parameter set in bytes that is read at all; ours have about twenty.
const MAX_LEN: usize = 256;

/// A parameter set's payload with the emulation prevention bytes taken out (H.264 §7.3.1).
#[derive(Debug)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    /// `payload` is what follows the unit's header byte.
    pub(super) fn new(payload: &[u8]) -> Result<Self, StreamFault> {
        if payload.len() > MAX_LEN {
            return Err(StreamFault::Malformed);
        }
        let mut bytes = Vec::with_capacity(payload.len());
        let mut zeros = 0;
        for &byte in payload {
            if zeros >= 2 && byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            bytes.push(byte);
        }
        Ok(Self { bytes, at: 0 })
    }

    pub(super) fn flag(&mut self) -> Result<bool, StreamFault> {
        let byte = self.bytes.get(self.at / 8).ok_or(StreamFault::Malformed)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Ok(bit == 1)
    }

    /// The next `count` bits, at most 32.
    pub(super) fn bits(&mut self, count: u32) -> Result<u32, StreamFault> {
        debug_assert!(count <= 32);
        (0..count).try_fold(0, |value, _| Ok(value << 1 | u32::from(self.flag()?)))
    }

    /// An unsigned exponential-Golomb code of at most 31 bits, no larger than `max`
    /// (H.264 §9.1).
    pub(super) fn golomb(&mut self, max: u32) -> Result<u32, StreamFault> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 15 {
                return Err(StreamFault::Malformed);
            }
        }
        let value = (1 << zeros) - 1 + self.bits(zeros)?;
        if value > max {
            Err(StreamFault::Malformed)
        } else {
            Ok(value)
        }
    }

    /// Whether nothing but the closing one bit and zeros is left (H.264 §7.3.2.11).
    pub(super) fn closes(mut self) -> bool {
        let end = self.bytes.len() * 8;
        self.flag() == Ok(true) && (self.at..end).all(|_| self.flag() == Ok(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golomb_codes_of_the_standards_table() {
        // Table 9-1: 1, 010, 011, 00100, then the closing bit.
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_1000]).expect("short");
        for value in 0..4 {
            assert_eq!(bits.golomb(9), Ok(value));
        }
        assert!(bits.closes());
    }

    #[test]
    fn reading_past_the_end_or_above_the_limit_is_refused() {
        assert_eq!(
            Bits::new(&[]).and_then(|mut bits| bits.bits(1)),
            Err(StreamFault::Malformed)
        );
        assert_eq!(
            Bits::new(&[0; 9]).and_then(|mut b| b.golomb(9)),
            Err(StreamFault::Malformed)
        );
        assert_eq!(
            Bits::new(&[0b0010_0000]).and_then(|mut b| b.golomb(2)),
            Err(StreamFault::Malformed)
        );
        assert!(Bits::new(&[1; MAX_LEN + 1]).is_err());
    }

    #[test]
    fn emulation_prevention_is_taken_out() {
        let mut bits = Bits::new(&[0, 0, 3, 1, 0, 0, 3]).expect("short");
        assert_eq!(bits.bits(32), Ok(0x0000_0100));
        assert_eq!(bits.bits(8), Ok(0));
        assert!(bits.bits(1).is_err());
    }
}
