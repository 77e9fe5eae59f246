//! The device's side of a shared surface: knows what the viewer has of every tile, says what must
//! go to it and by which plane, and brings what went by the video to exact once it is quiet.

use std::time::Duration;

use farpane_protocol::geometry::{Rect, Size};

use super::router;
use crate::picture::BgraPicture;
use crate::tile::piece::{self, Palette};
use crate::tile::squeeze::Packer;
use crate::tile::store::{self, Known};
use crate::tile::update::{Extent, Writer};
use crate::tile::{Grid, TILE_AREA};

mod claims;
mod difference;
mod moves;

use difference::difference;
use moves::Film;

/// Body of one lossless update before packing, in bytes; what is beyond comes in the next one, so
/// that the viewer already paints while the rest is written.
const UPDATE_BYTES: usize = 1024 * 1024;
/// Changes in a row, each soon after the one before, that make a tile busy.
const BUSY_CHANGES: u8 = 4;
/// How soon after the one before a change counts as one in a row.
const SOON: Duration = Duration::from_millis(200);
/// Time without change after which a tile that came by the video is sent exactly.
const QUIET: Duration = Duration::from_millis(60);
/// Most of the same for a busy tile, so that slow video is not sent twice.
const QUIET_AFTER_BUSY: Duration = Duration::from_millis(110);
/// A busy tile is quiet when its next change is late: this much more than half of its usual pause.
const LATE: Duration = Duration::from_millis(20);

/// What the viewer has of a tile, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    /// Nothing that counts.
    Nothing,
    /// Something like it, by the video.
    Like,
    /// Every pixel.
    Exact,
}

#[derive(Clone, Copy, Debug)]
struct Tile {
    held: Held,
    /// Changes in a row, each soon after the one before.
    streak: u8,
    changed: Duration,
    /// Usual time between changes in a row; longer ones count at once, shorter ones slowly.
    pause: Duration,
}

impl Tile {
    fn is_busy(&self) -> bool {
        self.streak >= BUSY_CHANGES
    }

    fn quiet_from(&self) -> Duration {
        let wait = if self.is_busy() {
            (self.pause * 3 / 2 + LATE).clamp(QUIET, QUIET_AFTER_BUSY)
        } else {
            QUIET
        };
        self.changed + wait
    }

    fn note_change(&mut self, now: Duration) {
        let pause = now.saturating_sub(self.changed);
        if pause <= SOON {
            self.streak = self.streak.saturating_add(1);
            self.pause = pause.max((self.pause * 7 + pause) / 8);
        } else {
            (self.streak, self.pause) = (1, Duration::ZERO);
        }
        self.changed = now;
    }
}

/// A part of the screen that becomes exact.
#[derive(Debug)]
pub struct Step {
    /// A lossless update.
    pub payload: Vec<u8>,
    /// Its bytes before packing.
    pub unpacked: usize,
}

/// What must go to the viewer for one captured picture.
#[derive(Debug, Default)]
pub struct Plan {
    /// A lossless update; goes first.
    pub tiles: Option<Vec<u8>>,
    /// The parts that go by the video, if any.
    pub video: Vec<Rect>,
    /// The first of both begins everything anew.
    pub reset: bool,
}

impl Plan {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.tiles.is_none() && self.video.is_empty()
    }
}

/// A tile that changed, and the part of it that must be sent if it goes exactly.
struct Change {
    tile: usize,
    part: Rect,
    /// The part that differs from what was sent last.
    fresh: Rect,
    /// The part in the coding of [`piece`], in [`Sender::coded`]; `None` for too many colours.
    coded: Option<std::ops::Range<usize>>,
}

/// The sender of one surface.
#[derive(Debug)]
pub struct Sender {
    grid: Grid,
    /// What went to the viewer last: its picture, but for the error of the video.
    sent: BgraPicture,
    tiles: Vec<Tile>,
    known: Known,
    palette: Palette,
    packer: Packer,
    coded: Vec<u8>,
    scratch: Vec<u32>,
    epoch: u64,
    reset: bool,
    /// Body of one update before packing, in bytes.
    limit: usize,
    /// Parts of the last plan that go by the video: [`Self::sent`] does not have them yet.
    owed: Vec<Rect>,
    /// Where [`Self::refresh`] goes on, so that what comes first does not keep the rest waiting.
    next: usize,
    film: Film,
}

impl Sender {
    /// For a viewer that has nothing yet; `epoch` must be larger than that of any sender before
    /// in the same session.
    pub fn new(size: Size, epoch: u64) -> Self {
        let grid = Grid::new(size);
        let tile = Tile {
            held: Held::Nothing,
            streak: 0,
            changed: Duration::ZERO,
            pause: Duration::ZERO,
        };
        Self {
            grid,
            sent: BgraPicture::new(size),
            tiles: vec![tile; grid.len()],
            known: Known::default(),
            palette: Palette::default(),
            packer: Packer::default(),
            coded: Vec::new(),
            scratch: Vec::with_capacity(TILE_AREA),
            epoch,
            reset: true,
            limit: UPDATE_BYTES,
            owed: Vec::new(),
            next: 0,
            film: Film::default(),
        }
    }

    /// Extent of its surface.
    pub fn size(&self) -> Size {
        self.grid.size()
    }

    /// How often everything began anew; goes with every frame.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// From now on an update has about so many bytes before packing, and what is beyond comes in the
    /// next one: what a narrow path carries between two pictures.
    pub fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes.min(UPDATE_BYTES);
    }

    /// Everything begins anew with the next plan.
    pub fn begin_anew(&mut self) {
        *self = Self::new(self.size(), self.epoch + 1);
    }

    /// The next plan has something to send, changed or not: the first tile.
    pub fn repeat(&mut self) {
        if let Some(tile) = self.tiles.first_mut() {
            tile.held = Held::Nothing;
        }
    }

    /// The viewer has lost the video: what it has by it does not count.
    pub fn lose_video(&mut self) {
        for tile in self.tiles.iter_mut().filter(|t| t.held == Held::Like) {
            tile.held = Held::Nothing;
        }
    }

    /// Whether there are tiles that the viewer has nothing of: the next plan sends them, damaged
    /// or not.
    pub fn is_behind(&self) -> bool {
        self.tiles.iter().any(|tile| tile.held == Held::Nothing)
    }

    /// When [`Self::refresh`] will have something to send, if nothing changes.
    pub fn next_refresh(&self) -> Option<Duration> {
        let like = self.tiles.iter().filter(|tile| tile.held == Held::Like);
        like.map(Tile::quiet_from).min()
    }

    /// What must go to the viewer now that the screen looks like `picture` and `damage` says where
    /// it changed since the last plan. [`Self::settle`] has to follow where some of it goes by the
    /// video.
    ///
    /// # Panics
    /// If the picture is of another size, or the last plan was not settled.
    pub fn plan(&mut self, picture: &BgraPicture, damage: &[Rect], now: Duration) -> Plan {
        assert_eq!(picture.size(), self.size(), "a sender is for one size");
        assert!(self.owed.is_empty(), "every plan is settled");
        let mut touched = vec![false; self.grid.len()];
        for tile in damage.iter().flat_map(|rect| self.grid.touched(*rect)) {
            touched[tile] = true;
        }
        let mut changes = self.changes(picture, &touched);
        let copies = self.moves(picture, &changes, now);
        if !copies.is_empty() {
            let mut compared = touched.clone();
            for tile in copies.iter().flat_map(|copy| self.grid.touched(copy.to)) {
                compared[tile] = true;
            }
            for copy in &copies {
                for tile in self.grid.touched(copy.to) {
                    let place = self.grid.rect(tile);
                    // Every pixel of it was compared when the move was found.
                    compared[tile] &= copy.to.intersect(place) != Some(place);
                }
            }
            changes = self.changes(picture, &compared);
        }
        // What only waits to be sent has not changed again.
        for change in changes.iter().filter(|change| touched[change.tile]) {
            self.tiles[change.tile].note_change(now);
        }
        let claims = self.claims(picture, &mut changes);
        let by_video = router::choose(&claims);
        let video = self.by_video(&changes, &by_video);
        let is_video = |tile: usize, grid: Grid| {
            let place = grid.rect(tile);
            video.iter().any(|rect| rect.intersect(place).is_some())
        };
        let mut writer = Writer::new(&copies);
        for change in &changes {
            if is_video(change.tile, self.grid) {
                continue;
            }
            if writer.len() >= self.limit {
                self.tiles[change.tile].held = Held::Nothing;
                continue;
            }
            copy_part(picture, &mut self.sent, change.part);
            self.write(&mut writer, change);
        }
        for rect in &video {
            for tile in self.grid.touched(*rect) {
                self.tiles[tile].held = Held::Like;
                self.tiles[tile].changed = now;
            }
        }
        self.owed.clone_from(&video);
        let tiles = (!writer.is_empty()).then(|| writer.finish(&mut self.packer));
        let is_something = tiles.is_some() || !video.is_empty();
        Plan {
            tiles,
            reset: is_something && std::mem::take(&mut self.reset),
            video,
        }
    }

    /// Takes what the last plan sent by the video from its `picture`, which must be as it was. It can
    /// wait until that was sent: for a whole screen it takes as long as a part of the way.
    pub fn settle(&mut self, picture: &BgraPicture) {
        for rect in std::mem::take(&mut self.owed) {
            copy_part(picture, &mut self.sent, rect);
        }
    }

    /// The next tiles that came by the video and are quiet, exactly, in about so many bytes before
    /// packing; nothing if there are none yet.
    ///
    /// # Panics
    /// If the last plan was not settled.
    pub fn refresh(&mut self, bytes: usize, now: Duration) -> Option<Step> {
        assert!(self.owed.is_empty(), "every plan is settled");
        let mut writer = Writer::new(&[]);
        let is_due = |state: &Tile| state.held == Held::Like && state.quiet_from() <= now;
        if !self.tiles.iter().skip(self.next).any(is_due) {
            self.next = 0;
        }
        // An update names tiles in their order: it ends at the last one.
        for tile in std::mem::take(&mut self.next)..self.grid.len() {
            let state = self.tiles[tile];
            if !is_due(&state) {
                continue;
            }
            let part = self.grid.rect(tile);
            self.coded.clear();
            let rows = part_rows(&self.sent, part);
            let few = self
                .palette
                .write(rows, part.width as usize, &mut self.coded);
            let coded = few.then_some(0..self.coded.len());
            let change = Change {
                tile,
                part,
                fresh: part,
                coded,
            };
            self.write(&mut writer, &change);
            if writer.len() >= bytes.min(UPDATE_BYTES) {
                self.next = tile + 1;
                break;
            }
        }
        (!writer.is_empty()).then(|| Step {
            unpacked: writer.len(),
            payload: writer.finish(&mut self.packer),
        })
    }

    /// The tiles among those touched that the viewer has otherwise.
    fn changes(&self, picture: &BgraPicture, touched: &[bool]) -> Vec<Change> {
        let tiles = self.tiles.iter().zip(touched).enumerate();
        let changed = tiles.filter_map(|(tile, (state, touched))| {
            let whole = self.grid.rect(tile);
            let (part, fresh) = match state.held {
                Held::Nothing => (whole, whole),
                Held::Like if *touched => (whole, difference(&self.sent, picture, whole)?),
                Held::Exact if *touched => {
                    let part = difference(&self.sent, picture, whole)?;
                    (part, part)
                }
                Held::Like | Held::Exact => return None,
            };
            Some(Change {
                tile,
                part,
                fresh,
                coded: None,
            })
        });
        changed.collect()
    }

    fn by_video(&self, changes: &[Change], by_video: &[bool]) -> Vec<Rect> {
        let chosen = changes.iter().zip(by_video).filter(|(_, video)| **video);
        let tiles: Vec<usize> = chosen.map(|(change, _)| change.tile).collect();
        self.grid.joined(&tiles)
    }

    /// Writes a change, whose pixels are those of [`Self::sent`], exactly.
    fn write(&mut self, writer: &mut Writer, change: &Change) {
        self.tiles[change.tile].held = Held::Exact;
        let part = change.part;
        let tile = self.grid.rect(change.tile);
        self.scratch.clear();
        let mut extent = Extent::Part(Rect {
            x: part.x - tile.x,
            y: part.y - tile.y,
            ..part
        });
        if part == tile {
            extent = Extent::Whole;
        }
        if part == tile || change.coded.is_none() {
            for row in part_rows(&self.sent, part) {
                self.scratch.extend_from_slice(row);
            }
        }
        if part == tile && part.area() == TILE_AREA as u64 {
            let print = store::fingerprint(&self.scratch);
            if let Some(place) = self.known.find(print, &self.scratch) {
                return writer.kept(change.tile, place);
            }
            // One colour is shorter than the place of a kept tile.
            let is_flat = change.coded.as_ref().is_some_and(|coded| coded.len() <= 4);
            if !is_flat {
                self.known.keep(print, &self.scratch);
                extent = Extent::Kept;
            }
        }
        match change.coded.clone() {
            Some(coded) => writer.piece(change.tile, extent, &self.coded[coded]),
            None => {
                let mut full = Vec::with_capacity(self.scratch.len() * 3 + 1);
                piece::write_full(&self.scratch, part.width as usize, &mut full);
                writer.piece(change.tile, extent, &full);
            }
        }
    }
}

fn part_rows(
    picture: &BgraPicture,
    part: Rect,
) -> impl DoubleEndedIterator<Item = &[u32]> + ExactSizeIterator {
    let width = picture.size().width() as usize;
    let first = part.y as usize * width;
    let rows = picture.as_pixels()[first..].chunks_exact(width);
    rows.take(part.height as usize)
        .map(move |row| &row[part.x as usize..part.right() as usize])
}

fn copy_part(from: &BgraPicture, to: &mut BgraPicture, part: Rect) {
    let rows = to.rows_mut().skip(part.y as usize);
    for (row, from) in rows.zip(part_rows(from, part)) {
        row[part.x as usize..part.right() as usize].copy_from_slice(from);
    }
}
