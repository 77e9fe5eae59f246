//! Lossless pictures by tiles: how a surface is cut into them, and how what changed in them is
//! written for the wire and read back.
//!
//! What is read comes from a host that may be hostile: every place, number and length is checked
//! before the first pixel is painted.

use farpane_protocol::geometry::{Rect, Size};
use farpane_protocol::limits::FRAME_RECTS;

pub mod piece;
pub mod squeeze;
pub mod store;
pub mod update;

/// Side of a tile in pixels; even, because the video has one colour sample per 2×2 pixels.
pub const TILE: u32 = 64;

/// Pixels of a whole tile.
pub const TILE_AREA: usize = (TILE * TILE) as usize;

/// Why an update was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// It ends before all is said.
    #[error("a lossless update is cut short")]
    Truncated,
    /// It could not be unpacked to the length that it names, or names one over the limit.
    #[error("a lossless update cannot be unpacked")]
    Packing,
    /// A place lies outside the surface, or the tiles are not in rising order.
    #[error("a lossless update names a place that is not there")]
    Place,
    /// A colour or a coding that does not exist.
    #[error("a piece of a lossless update is malformed")]
    Piece,
    /// A kept tile that was never kept.
    #[error("a lossless update names a tile that was not kept")]
    NotKept,
}

/// A surface cut into tiles, counted row by row from the upper left; those at the right and lower
/// edge may be smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    size: Size,
    columns: u32,
    rows: u32,
}

impl Grid {
    /// Cuts a surface of that size.
    pub const fn new(size: Size) -> Self {
        Self {
            size,
            columns: size.width().div_ceil(TILE),
            rows: size.height().div_ceil(TILE),
        }
    }

    /// Extent of the surface.
    pub const fn size(self) -> Size {
        self.size
    }

    /// Number of tiles; never none.
    #[expect(clippy::len_without_is_empty, reason = "no surface is empty")]
    pub const fn len(self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// Where a tile lies.
    pub fn rect(self, tile: usize) -> Rect {
        let (column, row) = (tile as u32 % self.columns, tile as u32 / self.columns);
        let (x, y) = (column * TILE, row * TILE);
        Rect {
            x,
            y,
            width: TILE.min(self.size.width() - x),
            height: TILE.min(self.size.height() - y),
        }
    }

    /// The tiles that a rectangle touches, in rising order.
    pub fn touched(self, rect: Rect) -> impl Iterator<Item = usize> {
        let cut = rect.intersect(self.size.rect()).unwrap_or_default();
        let right = cut.right().div_ceil(TILE);
        let bottom = cut.bottom().div_ceil(TILE);
        let columns = cut.x / TILE..right;
        let rows = if cut.is_empty() {
            0..0
        } else {
            cut.y / TILE..bottom
        };
        rows.flat_map(move |row| {
            let first = row * self.columns;
            columns.clone().map(move |column| (first + column) as usize)
        })
    }

    /// Tiles (in rising order) as rectangles that do not overlap: neighbours in a row are joined,
    /// and equal rows below each other. More than [`FRAME_RECTS`] become the one that covers
    /// them all.
    pub fn joined(self, tiles: &[usize]) -> Vec<Rect> {
        let mut rects: Vec<Rect> = Vec::new();
        // Rectangles that end at the upper edge of the row of tiles being looked at.
        let mut open = 0;
        for row in tiles.chunk_by(|a, b| *a as u32 / self.columns == *b as u32 / self.columns) {
            let runs = self.runs(row);
            let joins = rects[open..].len() == runs.len()
                && rects[open..].iter().zip(&runs).all(|(above, run)| {
                    (above.x, above.width, above.bottom()) == (run.x, run.width, run.y)
                });
            if joins {
                for (above, run) in rects[open..].iter_mut().zip(&runs) {
                    above.height += run.height;
                }
            } else {
                open = rects.len();
                rects.extend(runs);
            }
        }
        if rects.len() > FRAME_RECTS {
            return vec![rects.into_iter().fold(Rect::default(), Rect::union)];
        }
        rects
    }

    /// Neighbouring tiles of one row as rectangles.
    fn runs(self, tiles: &[usize]) -> Vec<Rect> {
        let mut runs: Vec<Rect> = Vec::new();
        for rect in tiles.iter().map(|tile| self.rect(*tile)) {
            match runs.last_mut() {
                Some(last) if last.right() == rect.x => last.width += rect.width,
                Some(_) | None => runs.push(rect),
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn edge_tiles_are_cut_and_a_column_is_one_rectangle() {
        let grid = Grid::new(Size::new(200, 130).expect("valid"));
        assert_eq!(grid.len(), 12);
        assert_eq!(grid.rect(11), rect(192, 128, 8, 2));
        assert_eq!(grid.joined(&[1, 5, 9]), [rect(64, 0, 64, 130)]);
        let touched: Vec<_> = grid.touched(rect(60, 60, 8, 8)).collect();
        assert_eq!(touched, [0, 1, 4, 5]);
        assert_eq!(grid.touched(rect(60, 60, 0, 8)).count(), 0);
        assert_eq!(grid.touched(rect(900, 0, 8, 8)).count(), 0);
    }

    proptest! {
        /// Joined rectangles cover every tile once, and nothing else unless there were too many.
        #[test]
        fn every_tile_is_covered_once(
            width in 2u32..900, height in 2u32..900,
            picks in proptest::collection::btree_set(0usize..225, 1..120),
        ) {
            let grid = Grid::new(Size::new(width, height).expect("valid"));
            let tiles: Vec<usize> = picks.into_iter().filter(|tile| *tile < grid.len()).collect();
            let rects = grid.joined(&tiles);
            prop_assert!(rects.len() <= FRAME_RECTS);
            for tile in 0..grid.len() {
                let place = grid.rect(tile);
                let hits = rects.iter().filter(|r| r.intersect(place).is_some()).count();
                if tiles.contains(&tile) {
                    prop_assert_eq!(hits, 1);
                } else {
                    prop_assert!(hits == 0 || rects.len() == 1);
                }
            }
        }
    }
}
