//! Finds what moved within a picture: a scroll, or a window that was dragged.
//!
//! Short pieces of rows with detail ("anchors") are looked for in the picture before. Each votes
//! for every way that it may have come by: in text the same piece stands in many places, but only
//! on the true way do all of them agree. The ways with most votes are tried: from an anchor that
//! went that way the rectangle is grown in which every pixel agrees. What is returned is therefore
//! always true; what was missed costs bytes only.

use farpane_protocol::geometry::Rect;

use crate::picture::BgraPicture;
use crate::tile::update::Copy;

mod votes;

use votes::{ANCHOR, GROUP, Place, Way, anchors, anywhere, row, upright};

/// Smallest rectangle that is worth telling, in pixels.
const WORTH: u64 = 64 * 64;
/// Most rectangles that are told: what scrolls under a small window in its middle is four.
const COPIES: usize = 6;
/// Most rectangles that are grown for one way, told or not: a picture that was made to have many
/// narrow ones must not hold up the next picture.
const GROWN: usize = 12;

/// The moves within `area` that lead from one picture towards the other, to be done one after the
/// other.
///
/// # Panics
/// If the pictures differ in size or the area does not lie on them.
pub fn find(before: &BgraPicture, after: &BgraPicture, area: Rect) -> Vec<Copy> {
    assert_eq!(before.size(), after.size(), "pictures of one surface");
    assert!(area.fits(after.size()), "an area of the surface");
    if area.width < ANCHOR as u32 || area.height < GROUP {
        return Vec::new();
    }
    let anchors = anchors(before, after, area);
    let best = |ways: Vec<Way>| {
        let tried = ways
            .into_iter()
            .map(|way| along(before, after, area, &anchors, way));
        tried.max_by_key(|copies| covered(copies))
    };
    let scrolled = best(upright(before, after, area, &anchors)).unwrap_or_default();
    if covered(&scrolled) * 2 >= area.area() {
        return scrolled;
    }
    let moved = best(anywhere(before, after, area, &anchors)).unwrap_or_default();
    if covered(&moved) > covered(&scrolled) {
        moved
    } else {
        scrolled
    }
}

fn covered(copies: &[Copy]) -> u64 {
    copies.iter().map(|copy| copy.to.area()).sum()
}

/// What went that way, in an order in which no move takes what another one has overwritten.
fn along(
    before: &BgraPicture,
    after: &BgraPicture,
    area: Rect,
    anchors: &[Place],
    way: Way,
) -> Vec<Copy> {
    let mut copies: Vec<Copy> = Vec::new();
    let mut left = GROWN;
    for place in anchors.iter().copied() {
        if copies.iter().any(|copy| holds(copy.to, place)) {
            continue;
        }
        let Some(grown) = grow(before, after, area, place, way) else {
            continue;
        };
        left -= 1;
        let others = copies.iter().map(|copy| copy.to);
        let to = others.fold(grown, |rect, other| beside(rect, other, place));
        if to.area() >= WORTH {
            copies.push(Copy {
                from_x: to.x.wrapping_add_signed(-way.0),
                from_y: to.y.wrapping_add_signed(-way.1),
                to,
            });
        }
        if copies.len() == COPIES || left == 0 {
            break;
        }
    }
    in_order(copies)
}

const fn holds(rect: Rect, (x, y): Place) -> bool {
    rect.x <= x && x < rect.right() && rect.y <= y && y < rect.bottom()
}

/// The largest part of a rectangle that lies beside another one and holds a place outside it.
fn beside(rect: Rect, other: Rect, place: Place) -> Rect {
    let Some(cut) = rect.intersect(other) else {
        return rect;
    };
    let strips = [
        Rect {
            height: cut.y - rect.y,
            ..rect
        },
        Rect {
            y: cut.bottom(),
            height: rect.bottom() - cut.bottom(),
            ..rect
        },
        Rect {
            width: cut.x - rect.x,
            ..rect
        },
        Rect {
            x: cut.right(),
            width: rect.right() - cut.right(),
            ..rect
        },
    ];
    let with = strips.into_iter().filter(|strip| holds(*strip, place));
    with.max_by_key(|strip| strip.area()).unwrap_or_default()
}

/// Rectangles that do not overlap and all went the same way: the foremost first, so that none
/// lands on what another one has yet to take. Among such rectangles there always is a foremost
/// one.
fn in_order(mut left: Vec<Copy>) -> Vec<Copy> {
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let harms_none = |copy: &Copy| {
            let others = left.iter().filter(|other| other.to != copy.to);
            others
                .clone()
                .all(|other| other.from().intersect(copy.to).is_none())
        };
        let Some(next) = left.iter().position(harms_none) else {
            break;
        };
        ordered.push(left.swap_remove(next));
    }
    ordered
}

/// The largest rectangle found around an anchor in which everything went that way; `None` if the
/// anchor itself did not.
fn grow(
    before: &BgraPicture,
    after: &BgraPicture,
    area: Rect,
    anchor: Place,
    (dx, dy): Way,
) -> Option<Rect> {
    let size = before.size();
    // Only where the source is on the surface too.
    let from_x = |x: u32| x.checked_add_signed(-dx).filter(|x| *x <= size.width());
    let left = area.x.max(dx.max(0) as u32);
    let right = area.right().min(size.width().saturating_add_signed(dx));
    if left >= right || from_x(left).is_none() || from_x(right).is_none() {
        return None;
    }
    // The part of a row around the anchor, within `span`, in which the pictures agree.
    let agree = |y: u32, span: (u32, u32)| -> Option<(u32, u32)> {
        let was = y.checked_add_signed(-dy).filter(|y| *y < size.height())?;
        let now = &row(after, y)[span.0 as usize..span.1 as usize];
        let then = &row(before, was)[from_x(span.0)? as usize..from_x(span.1)? as usize];
        if now == then {
            return Some(span);
        }
        let (start, end) = (anchor.0 - span.0, anchor.0 - span.0 + ANCHOR as u32);
        let (start, end) = (start as usize, end as usize);
        if now.get(start..end)? != then.get(start..end)? {
            return None;
        }
        let equal = |at: &usize| now[*at] == then[*at];
        let lower = (0..start).rev().take_while(equal).count();
        let upper = (end..now.len()).take_while(equal).count();
        Some((
            span.0 + (start - lower) as u32,
            span.0 + (end + upper) as u32,
        ))
    };
    if anchor.0 < left || anchor.0 + ANCHOR as u32 > right {
        return None;
    }
    let middle = agree(anchor.1, (left, right))?;
    let above = steps((area.y..anchor.1).rev(), middle, agree);
    let below = steps(anchor.1 + 1..area.bottom(), middle, agree);
    let mut best: Option<Rect> = None;
    for (up, above) in &above {
        for (down, below) in &below {
            let (x, right) = (above.0.max(below.0), above.1.min(below.1));
            let rect = Rect {
                x,
                y: anchor.1 - up,
                width: right - x,
                height: up + 1 + down,
            };
            if best.is_none_or(|best| rect.area() > best.area()) {
                best = Some(rect);
            }
        }
    }
    best
}

/// Goes from row to row while they agree; how many rows were gone, and the span that held for all
/// of them, each time before the span shrinks.
fn steps(
    rows: impl Iterator<Item = u32>,
    middle: (u32, u32),
    agree: impl Fn(u32, (u32, u32)) -> Option<(u32, u32)>,
) -> Vec<(u32, (u32, u32))> {
    let mut steps = vec![(0, middle)];
    for (gone, y) in rows.enumerate() {
        let Some((_, span)) = steps.last().copied() else {
            break;
        };
        let Some(kept) = agree(y, span) else { break };
        let gone = gone as u32 + 1;
        match steps.last_mut() {
            Some(last) if kept == span => last.0 = gone,
            Some(_) | None => steps.push((gone, kept)),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Size;
    use proptest::prelude::*;

    use super::*;

    fn noise(size: Size, seed: u32) -> BgraPicture {
        let mut picture = BgraPicture::new(size);
        let mut state = seed | 1;
        for pixel in picture.as_pixels_mut() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *pixel = state >> 20;
        }
        picture
    }

    fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn a_scrolled_window_is_one_move_of_all_but_what_came_in() {
        let size = Size::new(400, 300).expect("valid");
        let before = noise(size, 5);
        let mut after = before.clone();
        let (window, by) = (rect(50, 40, 300, 200), 17);
        let scroll = Copy {
            from_x: window.x,
            from_y: window.y + by,
            to: rect(window.x, window.y, window.width, window.height - by),
        };
        scroll.apply(&mut after);
        for y in window.bottom() - by..window.bottom() {
            after.as_pixels_mut()[y as usize * 400 + 60..][..100].fill(7);
        }
        assert_eq!(find(&before, &after, size.rect()), [scroll]);
    }

    #[test]
    fn a_dragged_window_is_found_whichever_way_it_went() {
        let size = Size::new(640, 480).expect("valid");
        for (dx, dy) in [(13, 9), (-40, 3), (25, 0), (-7, -31)] {
            let mut before = BgraPicture::new(size);
            let window = noise(Size::new(200, 150).expect("valid"), 9);
            let place = |picture: &mut BgraPicture, x: i32, y: i32| {
                for (number, row) in window.rows().enumerate() {
                    let at = (y as usize + number) * 640 + x as usize;
                    picture.as_pixels_mut()[at..at + 200].copy_from_slice(row);
                }
            };
            let mut after = before.clone();
            place(&mut before, 200, 150);
            place(&mut after, 200 + dx, 150 + dy);
            let copies = find(&before, &after, size.rect());
            let [copy] = copies[..] else {
                panic!("{copies:?}");
            };
            let window = rect((200 + dx) as u32, (150 + dy) as u32, 200, 150);
            assert_eq!(copy.to.intersect(window), Some(window));
        }
    }

    #[test]
    fn what_scrolls_under_a_small_window_is_told_around_it() {
        let size = Size::new(600, 500).expect("valid");
        let before_and_after = |dx: i32, dy: i32| {
            let mut before = noise(size, 5);
            let mut after = noise(size, 77);
            for y in 0..500u32 {
                for x in 0..600u32 {
                    let from = (x.checked_add_signed(-dx), y.checked_add_signed(-dy));
                    if let (Some(from_x @ 0..600), Some(from_y @ 0..500)) = from {
                        after.as_pixels_mut()[(y * 600 + x) as usize] =
                            before.as_pixels()[(from_y * 600 + from_x) as usize];
                    }
                }
            }
            for picture in [&mut before, &mut after] {
                for y in 200..240 {
                    picture.as_pixels_mut()[y * 600 + 250..][..100].fill(9);
                }
            }
            (before, after)
        };
        for way in [(0, -16), (0, 16), (-12, 0), (9, 0), (10, -7), (-10, 7)] {
            let (before, after) = before_and_after(way.0, way.1);
            let copies = find(&before, &after, size.rect());
            assert!(covered(&copies) > 600 * 500 * 4 / 5, "{way:?} {copies:?}");
            let mut told = before;
            copies.iter().for_each(|copy| copy.apply(&mut told));
            for copy in &copies {
                for y in copy.to.y..copy.to.bottom() {
                    let columns = copy.to.x as usize..copy.to.right() as usize;
                    assert_eq!(row(&told, y)[columns.clone()], row(&after, y)[columns]);
                }
            }
        }
    }

    #[test]
    fn a_flat_picture_and_an_unchanged_one_have_no_moves() {
        let size = Size::new(200, 200).expect("valid");
        let flat = BgraPicture::new(size);
        let detailed = noise(size, 3);
        assert_eq!(find(&detailed, &flat, size.rect()), []);
        assert_eq!(find(&detailed, &detailed, size.rect()), []);
        assert_eq!(find(&flat, &detailed, rect(5, 5, 20, 20)), []);
    }

    proptest! {
        /// Whatever is told is true.
        #[test]
        fn moves_lead_to_the_picture_after(
            seeds in (0u32..3, 0u32..3), x in 0u32..60, y in 0u32..60,
            from in (0u32..60, 0u32..60), side in 40u32..140,
        ) {
            let size = Size::new(200, 200).expect("valid");
            let (before, mut after) = (noise(size, seeds.0), noise(size, seeds.1));
            Copy { from_x: from.0, from_y: from.1, to: rect(x, y, side, side) }.apply(&mut after);
            let copies = find(&before, &after, size.rect());
            prop_assert!(copies.len() <= COPIES);
            let mut told = before.clone();
            for copy in &copies {
                prop_assert!(copy.to.fits(size) && copy.from().fits(size));
                copy.apply(&mut told);
            }
            for copy in &copies {
                for y in copy.to.y..copy.to.bottom() {
                    let columns = copy.to.x as usize..copy.to.right() as usize;
                    prop_assert_eq!(&row(&told, y)[columns.clone()], &row(&after, y)[columns]);
                }
            }
        }
    }
}
