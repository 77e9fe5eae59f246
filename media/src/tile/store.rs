//! Whole tiles that both sides keep, so that one which comes back is named instead of sent.
//!
//! Both sides add the same tiles in the same order into a ring, so that a place in it means the
//! same to both. The sender looks tiles up by a fingerprint and then compares all pixels: equal
//! fingerprints of different tiles cost time, never a wrong picture.

use std::collections::HashMap;

use super::TILE_AREA;

/// Tiles kept; 16 MiB on either side, two screens of 1080p.
pub const KEPT: usize = 1024;

/// The tiles that were kept last.
#[derive(Debug, Default)]
pub struct Store {
    tiles: Vec<Box<[u32]>>,
    /// Where the next one goes.
    next: usize,
}

impl Store {
    /// Keeps a whole tile in place of the oldest; says where.
    ///
    /// # Panics
    /// If it is not a whole tile.
    pub fn keep(&mut self, tile: &[u32]) -> usize {
        assert_eq!(tile.len(), TILE_AREA, "only whole tiles are kept");
        let place = self.next;
        match self.tiles.get_mut(place) {
            Some(old) => old.copy_from_slice(tile),
            None => self.tiles.push(tile.into()),
        }
        self.next = (place + 1) % KEPT;
        place
    }

    /// The tile at a place.
    pub fn at(&self, place: usize) -> Option<&[u32]> {
        self.tiles.get(place).map(|tile| &tile[..])
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.tiles.clear();
        self.next = 0;
    }
}

/// The sender's side: a store that can be asked for a tile.
#[derive(Debug, Default)]
pub struct Known {
    store: Store,
    places: HashMap<u64, usize>,
    prints: Vec<u64>,
}

impl Known {
    /// Where this tile is kept, if it is.
    pub fn find(&self, print: u64, tile: &[u32]) -> Option<usize> {
        let place = *self.places.get(&print)?;
        (self.store.at(place) == Some(tile)).then_some(place)
    }

    /// Keeps a tile in place of the oldest.
    pub fn keep(&mut self, print: u64, tile: &[u32]) {
        let place = self.store.keep(tile);
        match self.prints.get_mut(place) {
            Some(old) => {
                if self.places.get(old) == Some(&place) {
                    self.places.remove(old);
                }
                *old = print;
            }
            None => self.prints.push(print),
        }
        self.places.insert(print, place);
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.store.clear();
        self.places.clear();
        self.prints.clear();
    }
}

/// A number that equal tiles share and others hardly ever do; no protection against forgery.
pub fn fingerprint(tile: &[u32]) -> u64 {
    // Four lanes, so that the processor multiplies them side by side.
    let mut lanes = [0x9e37_79b9_7f4a_7c15u64, 1, 2, 3];
    let (groups, rest) = tile.as_chunks::<4>();
    for group in groups {
        for (lane, pixel) in lanes.iter_mut().zip(group) {
            *lane = (*lane ^ u64::from(*pixel)).wrapping_mul(0xff51_afd7_ed55_8ccd);
            *lane ^= *lane >> 29;
        }
    }
    let ends = lanes
        .into_iter()
        .chain(rest.iter().map(|pixel| u64::from(*pixel)));
    ends.fold(0, |sum, lane| {
        (sum ^ lane)
            .wrapping_mul(0xc4ce_b9fe_1a85_ec53)
            .rotate_left(31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(number: u32) -> Vec<u32> {
        (0..TILE_AREA as u32).map(|n| n * 7 + number).collect()
    }

    #[test]
    fn both_sides_mean_the_same_place_after_the_ring_went_round() {
        let (mut known, mut store) = (Known::default(), Store::default());
        for number in 0..KEPT as u32 + 10 {
            let tile = tile(number);
            known.keep(fingerprint(&tile), &tile);
            store.keep(&tile);
        }
        for number in [10, 500, KEPT as u32 + 9] {
            let tile = tile(number);
            let place = known.find(fingerprint(&tile), &tile).expect("kept");
            assert_eq!(store.at(place), Some(&tile[..]));
        }
        let oldest = tile(3);
        assert_eq!(known.find(fingerprint(&oldest), &oldest), None);
        assert_eq!(store.at(KEPT), None);
    }

    #[test]
    fn a_forged_fingerprint_finds_nothing() {
        let mut known = Known::default();
        known.keep(1, &tile(1));
        assert_eq!(known.find(1, &tile(2)), None);
        known.clear();
        assert_eq!(known.find(1, &tile(1)), None);
    }
}
