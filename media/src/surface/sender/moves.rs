//! Moves: a scroll or a dragged window is told as such, and what the viewer has moves along.

use std::time::Duration;

use farpane_protocol::geometry::Rect;

use super::super::motion;
use super::{Change, Held, Sender};
use crate::picture::BgraPicture;
use crate::tile::update::Copy;

/// Changed tiles from which on it pays to look for moves.
const MOVED_TILES: usize = 6;
/// After many searches for moves in a film in vain only one picture in two to the power of so many
/// is searched: four times a second at sixty pictures.
const FILM_SKIPS: u32 = 4;

/// How often moves are looked for in what goes by the video: a text that scrolled before it was
/// found to scroll gets out of the video again, and a film does not cost a search per picture.
#[derive(Debug, Default)]
pub(super) struct Film {
    /// Searches in a row that found nothing.
    misses: u32,
    /// Pictures until the next search.
    left: u32,
}

impl Film {
    /// Whether this picture is not searched.
    fn skips(&mut self) -> bool {
        let skips = self.left > 0;
        self.left = self.left.saturating_sub(1);
        skips
    }

    /// A search was made.
    fn note(&mut self, found: bool) {
        self.misses = if found { 0 } else { self.misses + 1 };
        self.left = (1 << self.misses.min(FILM_SKIPS)) - 1;
    }
}

impl Sender {
    /// Looks for moves among what changed, and does them in what the viewer has.
    pub(super) fn moves(
        &mut self,
        picture: &BgraPicture,
        changes: &[Change],
        now: Duration,
    ) -> Vec<Copy> {
        let is_there = |change: &&Change| self.tiles[change.tile].held != Held::Nothing;
        if changes.iter().filter(is_there).count() < MOVED_TILES {
            return Vec::new();
        }
        let is_calm = |change: &&Change| {
            let tile = &self.tiles[change.tile];
            is_there(change) && !(tile.held == Held::Like && tile.is_busy())
        };
        let is_film = changes.iter().filter(is_calm).count() < MOVED_TILES;
        if is_film && self.film.skips() {
            return Vec::new();
        }
        let parts = changes.iter().filter(is_there).map(|change| change.part);
        let area = parts.fold(Rect::default(), Rect::union);
        let copies = motion::find(&self.sent, picture, area);
        if is_film {
            self.film.note(!copies.is_empty());
        }
        for copy in &copies {
            self.follow(*copy, now);
        }
        copies
    }

    /// Does a move in what the viewer has. Where it lands the viewer then has the least of what it
    /// had where it came from.
    fn follow(&mut self, copy: Copy, now: Duration) {
        let after: Vec<(usize, Held)> = self
            .grid
            .touched(copy.to)
            .map(|tile| {
                let place = self.grid.rect(tile);
                let part = copy.to.intersect(place).unwrap_or_default();
                let source = Rect {
                    x: copy.from_x + (part.x - copy.to.x),
                    y: copy.from_y + (part.y - copy.to.y),
                    ..part
                };
                let sources = self.grid.touched(source).map(|tile| self.tiles[tile].held);
                let own = (part != place).then_some(self.tiles[tile].held);
                let least = sources.chain(own).min();
                (tile, least.unwrap_or(Held::Nothing))
            })
            .collect();
        for (tile, held) in after {
            let state = &mut self.tiles[tile];
            state.held = held;
            if held == Held::Like {
                state.changed = now;
            }
        }
        copy.apply(&mut self.sent);
    }
}
