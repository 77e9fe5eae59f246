//! Takes one access unit apart and puts it together again: what the decoder library gets has
//! only units that we allow, behind start codes that we wrote.
//!
//! The library splits its input by its own rules. Handing on the original bytes would mean that
//! both must agree on every odd case; handing on our own framing means that they need not.

use crate::codec::{MAX_ACCESS_UNIT, StreamFault};

use super::MAX_MACROBLOCKS;
use super::bits::Bits;
use super::parameters::{Sequence, check_picture_parameters};

/// Most units in one picture: two parameter sets, notes, and at most 35 slices (the encoder
/// library's own limit).
const MAX_UNITS: usize = 64;

/// Enough of a slice unit to hold the first three numbers of its header.
const SLICE_HEADER_BYTES: usize = 12;

const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// A picture's bytes, checked.
#[derive(Debug)]
pub(super) struct AccessUnit {
    /// Whether it decodes alone: it has its parameter sets and only intra-coded slices of an IDR
    /// picture.
    pub(super) key: bool,
    /// The same units behind start codes of our own.
    pub(super) bytes: Vec<u8>,
}

impl AccessUnit {
    /// Checks the bytes of one picture whose padded size (see
    /// [`crate::picture::I420Picture::padded_size`]) must be `width` × `height`.
    pub(super) fn parse(data: &[u8], width: u32, height: u32) -> Result<Self, StreamFault> {
        debug_assert!(data.len() <= MAX_ACCESS_UNIT);
        let mut parts = Parts::default();
        let mut bytes = Vec::with_capacity(data.len() + 2 * START_CODE.len());
        let mut rest = Some(after_first_start_code(data)?);
        while let Some(from) = rest {
            let (unit, next) = split_unit(from)?;
            parts.add(unit, width, height)?;
            // Notes and delimiters say nothing that the decoder needs.
            if !matches!(unit_type(unit), UNIT_NOTE | UNIT_DELIMITER) {
                bytes.extend_from_slice(&START_CODE);
                bytes.extend_from_slice(unit);
            }
            rest = next;
        }
        Ok(Self {
            key: parts.finish()?,
            bytes,
        })
    }
}

const UNIT_SLICE: u8 = 1;
const UNIT_KEY_SLICE: u8 = 5;
const UNIT_NOTE: u8 = 6;
const UNIT_SEQUENCE: u8 = 7;
const UNIT_PICTURE: u8 = 8;
const UNIT_DELIMITER: u8 = 9;

/// The type number in a unit's header byte (H.264 table 7-1).
fn unit_type(unit: &[u8]) -> u8 {
    unit[0] & 0x1f
}

/// What was seen of a picture so far. Parameter sets come before the slices; slices are all of
/// one kind; the first slice, and only that, starts at the upper left.
#[derive(Default)]
struct Parts {
    units: usize,
    sequence: Option<Sequence>,
    has_picture_parameters: bool,
    slices: Option<u8>,
}

impl Parts {
    fn add(&mut self, unit: &[u8], width: u32, height: u32) -> Result<(), StreamFault> {
        self.units += 1;
        if self.units > MAX_UNITS {
            return Err(StreamFault::TooManyUnits);
        }
        let forbidden_bit = unit[0] & 0x80 != 0;
        match unit_type(unit) {
            _ if forbidden_bit => return Err(StreamFault::Malformed),
            UNIT_SEQUENCE if self.sequence.is_none() && self.slices.is_none() => {
                let sequence = Sequence::parse(&unit[1..])?;
                if (sequence.width, sequence.height) != (width, height) {
                    return Err(StreamFault::Size);
                }
                self.sequence = Some(sequence);
            }
            UNIT_PICTURE if !self.has_picture_parameters && self.slices.is_none() => {
                self.sequence.ok_or(StreamFault::Structure)?;
                check_picture_parameters(&unit[1..])?;
                self.has_picture_parameters = true;
            }
            UNIT_NOTE if self.slices.is_none() => {}
            UNIT_DELIMITER if self.units == 1 => {}
            kind @ (UNIT_SLICE | UNIT_KEY_SLICE) => self.add_slice(unit, kind)?,
            UNIT_SEQUENCE | UNIT_PICTURE | UNIT_NOTE | UNIT_DELIMITER => {
                return Err(StreamFault::Structure);
            }
            other => return Err(StreamFault::UnitType(other)),
        }
        Ok(())
    }

    fn add_slice(&mut self, unit: &[u8], kind: u8) -> Result<(), StreamFault> {
        let mut header = Bits::new(&unit[1..unit.len().min(SLICE_HEADER_BYTES)])?;
        let starts_picture = header.golomb(MAX_MACROBLOCKS as u32)? == 0; // first_mb_in_slice
        // slice_type (H.264 table 7-6): predicted or intra, in a key only intra. Bidirectional
        // slices would make the decoder hold pictures back.
        match header.golomb(9)? {
            2 | 7 => {}
            0 | 5 if kind == UNIT_SLICE => {}
            _ => return Err(StreamFault::Profile),
        }
        // pic_parameter_set_id: there is one.
        if header.golomb(255)? != 0 {
            return Err(StreamFault::Structure);
        }
        match self.slices {
            None if starts_picture => self.slices = Some(kind),
            Some(first) if first == kind && !starts_picture => {}
            None | Some(_) => return Err(StreamFault::Structure),
        }
        Ok(())
    }

    /// Whether it is a key; a key has both parameter sets, another picture none.
    fn finish(self) -> Result<bool, StreamFault> {
        let key = self.slices.ok_or(StreamFault::Structure)? == UNIT_KEY_SLICE;
        if self.sequence.is_some() != key || self.has_picture_parameters != key {
            return Err(StreamFault::Structure);
        }
        Ok(key)
    }
}

/// The bytes behind the start code that must come first (H.264 §B.1).
fn after_first_start_code(data: &[u8]) -> Result<&[u8], StreamFault> {
    let zeros = data.iter().take_while(|byte| **byte == 0).count();
    match data.get(zeros) {
        Some(1) if zeros >= 2 => Ok(&data[zeros + 1..]),
        Some(_) | None => Err(StreamFault::Framing),
    }
}

/// Splits off the first unit: without the zero bytes that may follow it, never empty. The rest
/// begins behind the next start code, if there is one.
fn split_unit(data: &[u8]) -> Result<(&[u8], Option<&[u8]>), StreamFault> {
    let next = data.windows(3).position(|window| window == [0, 0, 1]);
    let unit = &data[..next.unwrap_or(data.len())];
    let last = unit
        .iter()
        .rposition(|byte| *byte != 0)
        .ok_or(StreamFault::Framing)?;
    Ok((&unit[..=last], next.map(|at| &data[at + 3..])))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Parameter sets of a 320×240 stream, as the encoder writes them.
    const SEQUENCE: [u8; 17] = [
        0x67, 0x42, 0xc0, 0x15, 0x8c, 0x68, 0x14, 0x1f, 0x26, 0xa0, 0x20, 0x20, 0x20, 0xf0, 0x88,
        0x46, 0xa0,
    ];
    const PICTURE: [u8; 4] = [0x68, 0xce, 0x3c, 0x80];
    const KEY_SLICE: [u8; 3] = [0x65, 0xb8, 0x55];
    const SLICE: [u8; 3] = [0x61, 0xe0, 0x55];
    const SECOND_SLICE: [u8; 3] = [0x61, 0x46, 0xd5];
    const OF_OTHER_PARAMETERS: [u8; 3] = [0x61, 0xd0, 0x55];
    const BIDIRECTIONAL: [u8; 3] = [0x61, 0xa0, 0x55];

    fn joined(units: &[&[u8]]) -> Vec<u8> {
        units
            .iter()
            .flat_map(|unit| START_CODE.iter().chain(*unit))
            .copied()
            .collect()
    }

    fn parse(units: &[&[u8]]) -> Result<(bool, Vec<u8>), StreamFault> {
        AccessUnit::parse(&joined(units), 320, 240).map(|unit| (unit.key, unit.bytes))
    }

    #[test]
    fn keys_and_others_are_told_apart() {
        let key: [&[u8]; 3] = [&SEQUENCE, &PICTURE, &KEY_SLICE];
        assert_eq!(parse(&key), Ok((true, joined(&key))));
        let other: [&[u8]; 2] = [&SLICE, &SECOND_SLICE];
        assert_eq!(parse(&other), Ok((false, joined(&other))));
    }

    #[test]
    fn framing_is_rewritten_and_notes_are_dropped() {
        let mut data = vec![
            0, 0, 1, 0x09, 0x10, 0, 0, 0, 0, 0, 1, 0x06, 5, 0x80, 0, 0, 1,
        ];
        data.extend(SLICE);
        data.extend([0, 0, 0]);
        let unit = AccessUnit::parse(&data, 320, 240).expect("allowed");
        assert_eq!(unit.bytes, joined(&[&SLICE]));
    }

    #[test]
    fn incomplete_or_disordered_pictures_are_refused() {
        let cases: [&[&[u8]]; 10] = [
            &[&OF_OTHER_PARAMETERS],
            &[&KEY_SLICE],
            &[&SEQUENCE, &PICTURE],
            &[&PICTURE, &SEQUENCE, &KEY_SLICE],
            &[&SEQUENCE, &PICTURE, &SLICE],
            &[&SEQUENCE, &SEQUENCE, &PICTURE, &KEY_SLICE],
            &[&SEQUENCE, &PICTURE, &KEY_SLICE, &SLICE],
            &[&SLICE, &SLICE],
            &[&SECOND_SLICE],
            &[&SLICE, &[0x09, 0x10]],
        ];
        for case in cases {
            assert_eq!(parse(case), Err(StreamFault::Structure), "{case:x?}");
        }
    }

    #[test]
    fn unit_types_outside_a_plain_picture_are_refused() {
        for kind in (0..32).filter(|kind| ![1, 5, 6, 7, 8, 9].contains(kind)) {
            assert_eq!(
                parse(&[&SLICE, &[kind, 0x80]]),
                Err(StreamFault::UnitType(kind))
            );
        }
        assert_eq!(parse(&[&[0xe1, 0xe0, 0x55]]), Err(StreamFault::Malformed));
    }

    #[test]
    fn slices_that_predict_from_the_future_or_in_a_key_are_refused() {
        assert_eq!(parse(&[&BIDIRECTIONAL]), Err(StreamFault::Profile));
        let predicted: [u8; 3] = [0x65, 0xe0, 0x55];
        assert_eq!(
            parse(&[&SEQUENCE, &PICTURE, &predicted]),
            Err(StreamFault::Profile)
        );
    }

    #[test]
    fn wrong_size_missing_start_codes_and_too_many_units_are_refused() {
        let key = joined(&[&SEQUENCE, &PICTURE, &KEY_SLICE]);
        assert_eq!(
            AccessUnit::parse(&key, 322, 240).map(drop),
            Err(StreamFault::Size)
        );
        for data in [
            &[][..],
            &[0, 0],
            &[0, 1, 0x61],
            &[7, 0, 0, 1, 0x61],
            &[0, 0, 1, 0, 0, 1],
        ] {
            assert_eq!(
                AccessUnit::parse(data, 320, 240).map(drop),
                Err(StreamFault::Framing)
            );
        }
        let many = joined(&[&[0x06, 0x80][..]; MAX_UNITS + 1]);
        assert_eq!(
            AccessUnit::parse(&many, 320, 240).map(drop),
            Err(StreamFault::TooManyUnits)
        );
    }

    proptest! {
        #[test]
        fn arbitrary_units_never_panic_and_output_stays_bounded(
            units in prop::collection::vec(
                (prop::sample::select(vec![0x65u8, 0x61, 0x67, 0x68, 0x06, 0x09, 0x14]),
                 prop::collection::vec(prop::sample::select(vec![0u8, 1, 3, 0x42, 0xff]), 0..12)),
                0..6,
            ),
        ) {
            let units: Vec<Vec<u8>> = units
                .into_iter()
                .map(|(head, tail)| [vec![head], tail].concat())
                .collect();
            let parts: Vec<&[u8]> = units.iter().map(Vec::as_slice).collect();
            let data = joined(&parts);
            if let Ok(unit) = AccessUnit::parse(&data, 320, 240) {
                prop_assert!(unit.bytes.len() <= data.len() + MAX_UNITS);
            }
        }
    }
}
