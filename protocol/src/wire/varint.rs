//! Variable-length integers of QUIC (RFC 9000, section 16): 1, 2, 4 or 8 bytes for up to 62 bits.

use super::WireError;

/// Largest number that fits.
pub const MAX: u64 = (1 << 62) - 1;

/// Appends `value`; numbers above [`MAX`] are written as [`MAX`].
pub fn put(value: u64, out: &mut Vec<u8>) {
    let value = value.min(MAX);
    if value < 1 << 6 {
        out.push(value as u8);
    } else if value < 1 << 14 {
        out.extend_from_slice(&(value as u16 | 0x4000).to_be_bytes());
    } else if value < 1 << 30 {
        out.extend_from_slice(&(value as u32 | 0x8000_0000).to_be_bytes());
    } else {
        out.extend_from_slice(&(value | 0xc000_0000_0000_0000).to_be_bytes());
    }
}

/// Takes one number off the front of `input`.
pub fn take(input: &mut &[u8]) -> Result<u64, WireError> {
    let first = *input.first().ok_or(WireError::Truncated)?;
    let width = 1usize << (first >> 6);
    let (bytes, rest) = input.split_at_checked(width).ok_or(WireError::Truncated)?;
    *input = rest;
    let head = u64::from(first & 0x3f);
    Ok(bytes[1..]
        .iter()
        .fold(head, |value, byte| value << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn vectors_of_rfc_9000_appendix_a() {
        for (bytes, value) in [
            (
                &[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c][..],
                151_288_809_941_952_652,
            ),
            (&[0x9d, 0x7f, 0x3e, 0x7d], 494_878_333),
            (&[0x7b, 0xbd], 15_293),
            (&[0x25], 37),
        ] {
            assert_eq!(take(&mut &bytes[..]), Ok(value));
            let mut out = Vec::new();
            put(value, &mut out);
            assert_eq!(out, bytes);
        }
    }

    proptest! {
        #[test]
        fn round_trips(value in 0..=MAX) {
            let mut out = Vec::new();
            put(value, &mut out);
            prop_assert_eq!(take(&mut &out[..]), Ok(value));
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..10)) {
            let mut rest = &bytes[..];
            if take(&mut rest).is_ok() {
                prop_assert!(rest.len() < bytes.len());
            }
        }
    }
}
