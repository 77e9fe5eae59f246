//! Finds what moved within a picture: a scroll, or a window that was dragged.
//!
//! Short pieces of rows with detail ("anchors") are looked for in the picture before. Each votes
//! for every way that it may have come by: in text the same piece stands in many places, but only
//! on the true way do all of them agree. The ways with most votes are tried: from an anchor that
//! went that way the rectangle is grown in which every pixel agrees. What is returned is therefore
//! always true; what was missed costs bytes only.

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
/// Ways with the most votes that are tried.
const TRIED: usize = 3;
/// Places of one piece that are counted; one that stands in more of them tells little.
const PLACES: usize = 64;
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

/// What went that way.
fn along(
    before: &BgraPicture,
    after: &BgraPicture,
    area: Rect,
    anchors: &[Place],
    way: Way,
) -> Vec<Copy> {
    let mut copies: Vec<Copy> = Vec::new();
    for (x, y) in anchors.iter().copied() {
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

/// Anchors by their number, and how often each number was met.
struct Sought {
    anchors: HashMap<u64, (Vec<Place>, usize)>,
    /// Most pieces of a picture are no anchor: one bit tells.
    sieve: Vec<u64>,
    ways: Vec<Way>,
}

impl Sought {
    fn new(anchors: &[Place], after: &BgraPicture) -> Self {
        let mut sought = Self {
            anchors: HashMap::new(),
            sieve: vec![0; 1024],
            ways: Vec::new(),
        };
        for (x, y) in anchors {
            let number = number(piece(after, *x, *y));
            let (word, place) = Self::bit(number);
            sought.sieve[word] |= 1 << place;
            let entry = sought.anchors.entry(number).or_default();
            entry.0.push((*x, *y));
        }
        sought
    }

    const fn bit(number: u64) -> (usize, u64) {
        ((number >> 54) as usize, number >> 48 & 63)
    }

    /// A piece with this number was at this place.
    fn meet(&mut self, number: u64, was: Place) {
        let (word, place) = Self::bit(number);
        if self.sieve[word] >> place & 1 == 0 {
            return;
        }
        let Some((anchors, met)) = self.anchors.get_mut(&number) else {
            return;
        };
        *met += anchors.len();
        if *met > PLACES {
            return;
        }
        let way = |now: &Place| (now.0 as i32 - was.0 as i32, now.1 as i32 - was.1 as i32);
        self.ways.extend(anchors.iter().map(way));
    }
}

/// The ways with most votes, the most likely one first.
fn likely(mut ways: Vec<Way>) -> Vec<Way> {
    ways.sort_unstable();
    let runs = ways.chunk_by(|a, b| a == b);
    let mut votes: Vec<(usize, Way)> = runs
        .map(|run| (run.len(), run[0]))
        .filter(|(count, way)| *count >= VOTES && *way != (0, 0))
        .collect();
    // Among equals the same one always, so that a picture is always coded alike.
    votes.sort_unstable_by(|a, b| b.cmp(a));
    votes.into_iter().map(|(_, way)| way).take(TRIED).collect()
}

/// The ways most anchors may have gone, if they only went up or down.
fn upright(before: &BgraPicture, after: &BgraPicture, area: Rect, anchors: &[Place]) -> Vec<Way> {
    let mut ways = Vec::new();
    for column in anchors.chunk_by(|a, b| a.0 == b.0) {
        let mut sought = Sought::new(column, after);
        let x = column[0].0;
        for y in area.y..area.bottom() {
            sought.meet(number(piece(before, x, y)), (x, y));
        }
        ways.append(&mut sought.ways);
    }
    likely(ways)
}

/// The ways most anchors may have gone, whichever.
fn anywhere(before: &BgraPicture, after: &BgraPicture, area: Rect, anchors: &[Place]) -> Vec<Way> {
    let mut sought = Sought::new(anchors, after);
    let first_weight = (1..ANCHOR).fold(1u64, |weight, _| weight.wrapping_mul(BASE));
    for y in (area.y..area.bottom()).step_by(GROUP as usize) {
        let pixels = &row(before, y)[area.x as usize..area.right() as usize];
        let mut rolling = number(&pixels[..ANCHOR]);
        for (at, leaving) in pixels.iter().enumerate() {
            sought.meet(rolling, (area.x + at as u32, y));
            let Some(entering) = pixels.get(at + ANCHOR) else {
                break;
            };
            rolling = rolling
                .wrapping_sub(first_weight.wrapping_mul((*leaving).into()))
                .wrapping_mul(BASE)
                .wrapping_add((*entering).into());
        }
    }
    likely(sought.ways)
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
