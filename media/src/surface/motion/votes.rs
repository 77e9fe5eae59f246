//! Which way most of what changed went: every anchor votes for every way that it may have come by.

use std::collections::HashMap;

use farpane_protocol::geometry::Rect;

use crate::picture::BgraPicture;

/// Pixels of an anchor; shorter ones are found in too many places.
pub(super) const ANCHOR: usize = 32;
/// Neighbouring pixels of an anchor that must differ: flat ones are everywhere.
const DETAIL: usize = 4;
/// Columns in which anchors are sought.
const COLUMNS: u32 = 6;
/// Groups of anchors in each column.
const GROUPS: u32 = 10;
/// Anchors below each other that make a group; only every so manieth row is searched for moves in
/// two directions, and so every group is met.
pub(super) const GROUP: u32 = 4;
/// Anchors that must agree on a way.
const VOTES: usize = 4;
/// Ways with the most votes that are tried.
const TRIED: usize = 3;
/// Places of one piece that are counted; one that stands in more of them tells little.
const PLACES: usize = 64;
/// Base of the rolling number over an anchor's pixels.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// How far something went, to the right and downward.
pub(super) type Way = (i32, i32);

/// An anchor's left end.
pub(super) type Place = (u32, u32);

pub(super) fn row(picture: &BgraPicture, y: u32) -> &[u32] {
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
pub(super) fn anchors(before: &BgraPicture, after: &BgraPicture, area: Rect) -> Vec<Place> {
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
pub(super) fn upright(
    before: &BgraPicture,
    after: &BgraPicture,
    area: Rect,
    anchors: &[Place],
) -> Vec<Way> {
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
pub(super) fn anywhere(
    before: &BgraPicture,
    after: &BgraPicture,
    area: Rect,
    anchors: &[Place],
) -> Vec<Way> {
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
