//! Where two pictures differ within a tile.

use farpane_protocol::geometry::Rect;

use super::part_rows;
use crate::picture::BgraPicture;

/// The smallest part of a tile that covers all that differs. Only as many rows are read as it takes
/// to know it: two, where a film changes every pixel.
pub(super) fn difference(before: &BgraPicture, after: &BgraPicture, tile: Rect) -> Option<Rect> {
    let mut rows = part_rows(before, tile).zip(part_rows(after, tile));
    let differs = |(old, new): (&[u32], &[u32])| old != new;
    let top = rows.position(differs)?;
    let bottom = top + 1 + rows.rposition(differs).map_or(0, |below| below + 1);
    let (mut left, mut right) = (tile.width as usize, 0);
    let rows = part_rows(before, tile).zip(part_rows(after, tile));
    let unequal = |(old, new): (&u32, &u32)| old != new;
    for (old, new) in rows.take(bottom).skip(top) {
        // What lies between the two is covered whatever it holds.
        let mut before = old[..left].iter().zip(&new[..left]);
        left = before.position(unequal).unwrap_or(left);
        let mut behind = old[right..].iter().zip(&new[right..]);
        right += behind.rposition(unequal).map_or(0, |last| last + 1);
        if left == 0 && right == tile.width as usize {
            break;
        }
    }
    Some(Rect {
        x: tile.x + left as u32,
        y: tile.y + top as u32,
        width: (right - left) as u32,
        height: (bottom - top) as u32,
    })
}

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Size;
    use proptest::prelude::*;

    use super::*;

    fn size() -> Size {
        Size::new(30, 20).expect("valid")
    }

    /// By looking at every pixel.
    fn slowly(before: &BgraPicture, after: &BgraPicture, tile: Rect) -> Option<Rect> {
        let width = size().width();
        let pixels = before.as_pixels().iter().zip(after.as_pixels());
        let places = (0..).map(|at| (at % width, at / width));
        let differing = places.zip(pixels).filter(|(_, (old, new))| old != new);
        let dots = differing.filter_map(|((x, y), _)| {
            let dot = Rect {
                x,
                y,
                width: 1,
                height: 1,
            };
            dot.intersect(tile)
        });
        dots.reduce(Rect::union)
    }

    proptest! {
        /// A few dots, or a block of them, anywhere in and around a tile anywhere.
        #[test]
        fn it_is_the_smallest_part_that_covers_every_pixel_that_differs(
            dots in proptest::collection::vec((0..30u32, 0..20u32), 0..6),
            block in proptest::option::of((0..30u32, 0..20u32, 1..30u32, 1..20u32)),
            (x, y, width, height) in (0..29u32, 0..19u32, 1..30u32, 1..20u32),
        ) {
            let rect = |x, y, width, height| Rect { x, y, width, height };
            let on_screen = |part: Rect| part.intersect(size().rect()).expect("it begins there");
            let tile = on_screen(rect(x, y, width, height));
            let before = BgraPicture::new(size());
            let mut after = before.clone();
            let dots = dots.into_iter().map(|(x, y)| rect(x, y, 1, 1));
            let block = block.map(|(x, y, width, height)| on_screen(rect(x, y, width, height)));
            for part in dots.chain(block) {
                let rows = after.rows_mut().skip(part.y as usize);
                for row in rows.take(part.height as usize) {
                    row[part.x as usize..part.right() as usize].fill(7);
                }
            }
            prop_assert_eq!(difference(&before, &after, tile), slowly(&before, &after, tile));
        }
    }
}
