//! Which parts of a picture differ from the one before: found by comparing, so that only those
//! are converted, scaled and shown.

use farpane_media::picture::I420Picture;
use farpane_protocol::geometry::{Rect, Size};

/// Side of a compared tile in pixels; even, because colour has one sample per 2×2 pixels.
const TILE: usize = 64;

/// Most rectangles that one picture's change is told in. More would cost more in requests to the
/// display than the pixels between them.
pub const MAX_RECTS: usize = 48;

/// The rectangles where two pictures of one size differ, in whole tiles.
pub fn changed(before: &I420Picture, after: &I420Picture) -> Vec<Rect> {
    let size = after.size();
    if before.size() != size {
        return vec![size.rect()];
    }
    let columns = (size.width() as usize).div_ceil(TILE);
    let mut rects: Vec<Rect> = Vec::new();
    // Rectangles that end at the upper edge of the row of tiles being looked at.
    let mut open = 0;
    for top in (0..size.height() as usize).step_by(TILE) {
        let mut dirty = vec![false; columns];
        mark_row(before, after, top, &mut dirty);
        let runs = runs(&dirty, top, size);
        let joins = rects[open..].len() == runs.len()
            && rects[open..]
                .iter()
                .zip(&runs)
                .all(|(above, run)| (above.x, above.width) == (run.x, run.width));
        if joins {
            for (above, run) in rects[open..].iter_mut().zip(&runs) {
                above.height += run.height;
            }
        } else {
            open = rects.len();
            rects.extend(runs);
        }
    }
    if rects.len() > MAX_RECTS {
        let all = rects.into_iter().fold(Rect::default(), Rect::union);
        return vec![all];
    }
    rects
}

/// Marks the tiles of one row that differ in any of the three planes.
fn mark_row(before: &I420Picture, after: &I420Picture, top: usize, dirty: &mut [bool]) {
    let planes = [
        (before.y(), after.y(), after.luma_stride(), top, TILE),
        (
            before.u(),
            after.u(),
            after.chroma_stride(),
            top / 2,
            TILE / 2,
        ),
        (
            before.v(),
            after.v(),
            after.chroma_stride(),
            top / 2,
            TILE / 2,
        ),
    ];
    for (before, after, stride, top, tile) in planes {
        let rows = before.chunks_exact(stride).zip(after.chunks_exact(stride));
        for (old, new) in rows.skip(top).take(tile) {
            if old == new {
                continue;
            }
            let pieces = old.chunks(tile).zip(new.chunks(tile));
            for (dirty, (old, new)) in dirty.iter_mut().zip(pieces) {
                *dirty = *dirty || old != new;
            }
        }
    }
}

/// Neighbouring marked tiles as rectangles.
fn runs(dirty: &[bool], top: usize, size: Size) -> Vec<Rect> {
    let mut rects: Vec<Rect> = Vec::new();
    for (column, _) in dirty.iter().enumerate().filter(|(_, dirty)| **dirty) {
        let x = (column * TILE) as u32;
        let tile = Rect {
            x,
            y: top as u32,
            width: (TILE as u32).min(size.width() - x),
            height: (TILE as u32).min(size.height() - top as u32),
        };
        match rects.last_mut() {
            Some(last) if last.right() == x => last.width += tile.width,
            Some(_) | None => rects.push(tile),
        }
    }
    rects
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
    fn nothing_changed_is_no_rectangle() {
        let picture = I420Picture::new(Size::new(200, 130).expect("valid"));
        assert_eq!(changed(&picture, &picture.clone()), []);
    }

    #[test]
    fn another_size_is_all_of_it() {
        let size = |width| Size::new(width, 100).expect("valid");
        let (old, new) = (I420Picture::new(size(100)), I420Picture::new(size(102)));
        assert_eq!(changed(&old, &new), [size(102).rect()]);
    }

    #[test]
    fn a_caret_in_a_corner_is_one_tile_and_a_column_is_one_rectangle() {
        let size = Size::new(200, 130).expect("valid");
        let old = I420Picture::new(size);
        let mut caret = old.clone();
        caret.planes_mut().y[129 * 200 + 199] = 99;
        assert_eq!(changed(&old, &caret), [rect(192, 128, 8, 2)]);
        let mut column = old.clone();
        for row in 0..130 {
            column.planes_mut().y[row * 200 + 70] = 99;
        }
        assert_eq!(changed(&old, &column), [rect(64, 0, 64, 130)]);
        let mut tint = old.clone();
        tint.planes_mut().v[40 * 100 + 5] = 99;
        assert_eq!(changed(&old, &tint), [rect(0, 64, 64, 64)]);
    }

    proptest! {
        /// Every changed sample is covered, rectangles do not overlap, and they are bounded.
        #[test]
        fn every_change_is_covered(
            width in 2u32..400, height in 2u32..400,
            spots in proptest::collection::vec((0u32..400, 0u32..400), 1..80),
        ) {
            let size = Size::new(width, height).expect("valid");
            let old = I420Picture::new(size);
            let mut new = old.clone();
            let spots: Vec<_> = spots.iter().map(|(x, y)| (x % width, y % height)).collect();
            let stride = new.luma_stride();
            for (x, y) in &spots {
                new.planes_mut().y[*y as usize * stride + *x as usize] = 200;
            }
            let rects = changed(&old, &new);
            prop_assert!(rects.len() <= MAX_RECTS);
            for (x, y) in &spots {
                let hits = rects.iter().filter(|r| r.intersect(rect(*x, *y, 1, 1)).is_some());
                prop_assert_eq!(hits.count(), 1);
            }
            prop_assert!(rects.iter().all(|r| r.fits(size)));
        }
    }
}
