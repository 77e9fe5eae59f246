//! Finds what moved within a picture: a scroll, or a window that was dragged.
//!
//! Short pieces of rows with detail ("anchors") are looked for in the picture before; the way that
//! most of them went is tried, and from an anchor that went that way the rectangle is grown in
//! which every pixel agrees. What is returned is therefore always true; what was missed costs
//! bytes only.

use std::collections::HashMap;

use farpane_protocol::geometry::Rect;

use crate::picture::BgraPicture;
use crate::tile::update::Copy;

/// Pixels of an anchor; shorter ones are found in too many places.
const ANCHOR: usize = 32;
/// Neighbouring pixels of an anchor that must differ: flat ones are everywhere.
const DETAIL: usize = 4;
/// Columns in which anchors are sought.
const COLUMNS: u32 = 6;
/// Groups of anchors in each column.
const GROUPS: u32 = 10;
/// Anchors below each other that make a group; only every so manieth row is searched for moves in
/// two directions, and so every group is met.
const GROUP: u32 = 4;
/// Anchors that must agree on a way.
const VOTES: usize = 4;
/// Smallest rectangle that is worth telling, in pixels.
const WORTH: u64 = 64 * 64;
/// Most rectangles that are told.
const COPIES: usize = 4;
/// Base of the rolling number over an anchor's pixels.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// How far something went, to the right and downward.
type Way = (i32, i32);

/// An anchor's left end.
type Place = (u32, u32);

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
    let way =
        upright(before, after, area, &anchors).or_else(|| anywhere(before, after, area, &anchors));
    let Some(way) = way else { return Vec::new() };
    let mut copies: Vec<Copy> = Vec::new();
    for (x, y) in anchors {
        let inside = |copy: &Copy| {
            let point = Rect {
                x,
                y,
                width: 1,
                height: 1,
            };
            copy.to.intersect(point).is_some()
        };
        if copies.iter().any(inside) {
            continue;
        }
        if let Some(copy) = grow(before, after, area, (x, y), way) {
            copies.push(copy);
            if copies.len() == COPIES {
                break;
            }
        }
    }
    copies
}

fn row(picture: &BgraPicture, y: u32) -> &[u32] {
    let width = picture.size().width() as usize;
    &picture.as_pixels()[y as usize * width..][..width]
}

fn piece(picture: &BgraPicture, x: u32, y: u32) -> &[u32] {
    &row(picture, y)[x as usize..][..ANCHOR]
}

fn number(piece: &[u32]) -> u64 {
    let add = |sum: u64, pixel: &u32| sum.wrapping_mul(BASE).wrapping_add((*pixel).into());
    piece.iter().fold(0, add)
}

/// Groups of pieces in `after` that have detail and are new in their place.
fn anchors(before: &BgraPicture, after: &BgraPicture, area: Rect) -> Vec<Place> {
    let has_detail = |x, y| {
        let piece = piece(after, x, y);
        let edges = piece.windows(2).filter(|pair| pair[0] != pair[1]).count();
        edges >= DETAIL && piece != self::piece(before, x, y)
    };
    let mut anchors = Vec::new();
    let room = area.width - ANCHOR as u32;
    let step = (area.height / GROUPS).max(GROUP);
    for column in 0..COLUMNS {
        let x = area.x + room * (2 * column + 1) / (2 * COLUMNS);
        let (mut run, mut y) = (0, area.y);
        while y < area.bottom() {
            run = if has_detail(x, y) { run + 1 } else { 0 };
            y += 1;
            if run == GROUP {
                anchors.extend((y - GROUP..y).map(|y| (x, y)));
                (run, y) = (0, y + step - GROUP);
            }
        }
    }
    anchors
}

/// The way most anchors went, if they only went up or down.
fn upright(
    before: &BgraPicture,
    after: &BgraPicture,
    area: Rect,
    anchors: &[Place],
) -> Option<Way> {
    let mut votes = HashMap::new();
    for column in anchors.chunk_by(|a, b| a.0 == b.0) {
        let x = column[0].0;
        // Where each piece was; `None` for one that was in several places.
        let mut places: HashMap<u64, Option<u32>> = HashMap::new();
        for y in area.y..area.bottom() {
            let entry = places.entry(number(piece(before, x, y)));
            entry.and_modify(|place| *place = None).or_insert(Some(y));
        }
        for (_, y) in column {
            if let Some(Some(was)) = places.get(&number(piece(after, x, *y))) {
                *votes.entry((0, *y as i32 - *was as i32)).or_insert(0) += 1;
            }
        }
    }
    winner(&votes)
}

/// The way most anchors went, whichever.
fn anywhere(
    before: &BgraPicture,
    after: &BgraPicture,
    area: Rect,
    anchors: &[Place],
) -> Option<Way> {
    let mut sought: HashMap<u64, Option<Place>> = HashMap::new();
    // Most pieces of the picture are no anchor: one bit tells.
    let mut sieve = vec![0u64; 1024];
    let bit = |number: u64| ((number >> 54) as usize, number >> 48 & 63);
    for (x, y) in anchors {
        let number = number(piece(after, *x, *y));
        let (word, place) = bit(number);
        sieve[word] |= 1 << place;
        let entry = sought.entry(number);
        entry
            .and_modify(|place| *place = None)
            .or_insert(Some((*x, *y)));
    }
    let first_weight = (1..ANCHOR).fold(1u64, |weight, _| weight.wrapping_mul(BASE));
    let mut votes = HashMap::new();
    for y in (area.y..area.bottom()).step_by(GROUP as usize) {
        let pixels = &row(before, y)[area.x as usize..area.right() as usize];
        let mut rolling = number(&pixels[..ANCHOR]);
        for (at, leaving) in pixels.iter().enumerate() {
            let (word, place) = bit(rolling);
            if sieve[word] >> place & 1 == 1
                && let Some(Some((x, now))) = sought.get(&rolling)
            {
                let was = area.x + at as u32;
                let way = (*x as i32 - was as i32, *now as i32 - y as i32);
                *votes.entry(way).or_insert(0) += 1;
            }
            let Some(entering) = pixels.get(at + ANCHOR) else {
                break;
            };
            rolling = rolling
                .wrapping_sub(first_weight.wrapping_mul((*leaving).into()))
                .wrapping_mul(BASE)
                .wrapping_add((*entering).into());
        }
    }
    winner(&votes)
}

fn winner(votes: &HashMap<Way, usize>) -> Option<Way> {
    let moved = votes
        .iter()
        .filter(|(way, count)| **way != (0, 0) && **count >= VOTES);
    // Among equals the same one always, so that a picture is always coded alike.
    moved
        .max_by_key(|(way, count)| (**count, **way))
        .map(|(way, _)| *way)
}

/// The largest rectangle found around an anchor in which everything went that way.
fn grow(
    before: &BgraPicture,
    after: &BgraPicture,
    area: Rect,
    anchor: Place,
    (dx, dy): Way,
) -> Option<Copy> {
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
    let to = best.filter(|rect| rect.area() >= WORTH)?;
    Some(Copy {
        from_x: from_x(to.x)?,
        from_y: to.y.checked_add_signed(-dy)?,
        to,
    })
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
            for copy in copies {
                prop_assert!(copy.to.fits(size) && copy.from().fits(size));
                for row in 0..copy.to.height {
                    let now = &self::row(&after, copy.to.y + row)[copy.to.x as usize..];
                    let then = &self::row(&before, copy.from_y + row)[copy.from_x as usize..];
                    let width = copy.to.width as usize;
                    prop_assert_eq!(&now[..width], &then[..width]);
                }
            }
        }
    }
}
