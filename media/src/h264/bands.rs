//! A picture cut into bands, one above the other, each a stream of its own: so that as many cores
//! can code it and, what slices do not give, decode it.
//!
//! What is sent of a picture is `bands varint | length of each band's unit but the last, varint |
//! the units, from top to bottom`, each unit H.264, Annex B, or nothing where the band is as it
//! was. A band has whole rows of macroblocks, the last what is left; a coder with one stream writes
//! one band.

use std::ops::Range;

use farpane_protocol::wire::varint;

use crate::codec::{CodecError, MAX_ACCESS_UNIT, StreamFault};

/// Most bands of a picture: each costs some bytes at its edges, and more than four do not make a
/// picture of one screen faster.
pub(super) const MAX_BANDS: usize = 4;

/// Rows of macroblocks below which a band is not worth a thread.
pub(super) const MIN_BAND_BLOCKS: u32 = 8;

/// Samples from one row of macroblocks to the next.
pub(super) const BLOCK: u32 = 16;

/// Most bands that a picture of this padded height may have; at least 1.
pub(super) fn most(height: u32) -> usize {
    let most = height.div_ceil(BLOCK) / MIN_BAND_BLOCKS;
    usize::try_from(most).map_or(MAX_BANDS, |most| most.clamp(1, MAX_BANDS))
}

/// The rows of each of `count` bands of a picture of this padded height, from top to bottom, as
/// equal as whole macroblocks allow; `None` if it may not have so many.
pub(super) fn rows(height: u32, count: usize) -> Option<Vec<Range<u32>>> {
    if count == 0 || count > most(height) {
        return None;
    }
    let (blocks, count) = (height.div_ceil(BLOCK), count as u32);
    let edge = |band: u32| ((blocks * band).div_ceil(count) * BLOCK).min(height);
    Some((0..count).map(|band| edge(band)..edge(band + 1)).collect())
}

/// Writes the units of a picture's bands.
///
/// # Errors
/// [`CodecError::AccessUnitTooLarge`].
pub(super) fn join<'a>(
    units: impl ExactSizeIterator<Item = &'a [u8]> + Clone,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    out.clear();
    varint::put(units.len() as u64, out);
    for unit in units.clone().take(units.len().saturating_sub(1)) {
        varint::put(unit.len() as u64, out);
    }
    let total = units.clone().map(<[u8]>::len).sum::<usize>() + out.len();
    if total > MAX_ACCESS_UNIT {
        return Err(CodecError::AccessUnitTooLarge(total));
    }
    units.for_each(|unit| out.extend_from_slice(unit));
    Ok(())
}

/// The units of a picture's bands, 1 to [`MAX_BANDS`], at least one of them not empty.
///
/// # Errors
/// [`StreamFault::Bands`].
pub(super) fn split(mut data: &[u8]) -> Result<Vec<&[u8]>, StreamFault> {
    let number = |data: &mut &[u8]| -> Result<usize, StreamFault> {
        let number = varint::take(data).map_err(|_| StreamFault::Bands)?;
        usize::try_from(number).map_err(|_| StreamFault::Bands)
    };
    let count = number(&mut data)?;
    if !(1..=MAX_BANDS).contains(&count) {
        return Err(StreamFault::Bands);
    }
    let lengths = (1..count)
        .map(|_| number(&mut data))
        .collect::<Result<Vec<_>, _>>()?;
    let mut units = Vec::with_capacity(count);
    for length in lengths {
        let (unit, rest) = data.split_at_checked(length).ok_or(StreamFault::Bands)?;
        units.push(unit);
        data = rest;
    }
    units.push(data);
    if units.iter().all(|unit| unit.is_empty()) {
        return Err(StreamFault::Bands);
    }
    Ok(units)
}

#[cfg(test)]
mod tests {
    use std::iter::once;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bands_are_whole_macroblocks_and_cover_the_picture() {
        assert_eq!(rows(1080, 1), Some(Vec::from_iter(once(0..1080))));
        assert_eq!(rows(1080, 2), Some(vec![0..544, 544..1080]));
        assert_eq!(rows(270, 2), Some(vec![0..144, 144..270]));
        assert_eq!(rows(64, 1), Some(Vec::from_iter(once(0..64))));
        assert_eq!(
            (rows(240, 2), rows(1080, 0), rows(1080, 5)),
            (None, None, None)
        );
    }

    #[test]
    fn more_than_the_wire_takes_is_refused() {
        let (half, mut out) = (vec![1; MAX_ACCESS_UNIT / 2], Vec::new());
        let both = [&half[..], &half[..]];
        assert!(matches!(
            join(both.into_iter(), &mut out),
            Err(CodecError::AccessUnitTooLarge(total)) if total > MAX_ACCESS_UNIT
        ));
    }

    #[test]
    fn counts_and_lengths_beyond_the_data_are_refused() {
        for data in [
            &[][..],
            &[0, 1],
            &[5, 0, 0, 0, 0],
            &[2],
            &[2, 3, 9, 9],
            &[0xff; 9],
            &[2, 0xff],
        ] {
            assert_eq!(split(data), Err(StreamFault::Bands), "{data:x?}");
        }
        assert_eq!(split(&[2, 3, 7, 8, 9]), Ok(vec![&[7, 8, 9][..], &[]]));
    }

    proptest! {
        #[test]
        fn rows_follow_each_other(half in 8..4096u32, count in 1..6usize) {
            let height = half * 2;
            let Some(rows) = rows(height, count) else {
                prop_assert!(count > most(height));
                return Ok(());
            };
            prop_assert_eq!(rows.len(), count);
            prop_assert_eq!((rows[0].start, rows[count - 1].end), (0, height));
            for (band, next) in rows.iter().zip(&rows[1..]) {
                prop_assert_eq!(band.end, next.start);
                prop_assert_eq!(band.end % BLOCK, 0);
            }
            let lengths = rows.iter().map(|band| band.len() as u32);
            let (least, most) = (lengths.clone().min(), lengths.max());
            prop_assert!(least >= Some((MIN_BAND_BLOCKS - 1) * BLOCK) || count == 1);
            prop_assert!(most.zip(least).is_some_and(|(most, least)| most - least < 2 * BLOCK));
        }

        #[test]
        fn what_is_joined_splits(
            units in vec(vec(any::<u8>(), 0..200), 1..=MAX_BANDS),
        ) {
            prop_assume!(units.iter().any(|unit| !unit.is_empty()));
            let mut out = vec![1, 2, 3];
            join(units.iter().map(Vec::as_slice), &mut out).expect("small");
            let expected: Vec<_> = units.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(split(&out), Ok(expected));
        }

        #[test]
        fn arbitrary_bytes_never_panic(data in vec(any::<u8>(), 0..40)) {
            if let Ok(units) = split(&data) {
                prop_assert!(units.iter().map(|unit| unit.len()).sum::<usize>() < data.len());
            }
        }
    }
}
