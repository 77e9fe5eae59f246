//! What every changed tile would cost if it went exactly, for the router to choose.

use super::super::router::Claim;
use super::{Change, Held, Sender, Tile, part_rows};
use crate::picture::BgraPicture;

/// Most colours of a tile that is still taken for text while it is busy: letters with soft edges
/// have fewer, a dark or even part of a film has more.
const BUSY_COLOURS: usize = 64;
/// Most tiles in the video that are looked at whether they are text: a strip that scrolled text
/// leaves, and not a film.
const LOOKED_AT: usize = 64;

impl Sender {
    /// Codes every change that has few colours, and says what each would cost.
    pub(super) fn claims(&mut self, picture: &BgraPicture, changes: &mut [Change]) -> Vec<Claim> {
        self.coded.clear();
        let mut claims = Vec::with_capacity(changes.len());
        let stays = |tile: &Tile| tile.is_busy() && tile.held == Held::Like;
        let staying = changes
            .iter()
            .filter(|change| stays(&self.tiles[change.tile]));
        let looks_at_all = staying.count() <= LOOKED_AT;
        for change in changes {
            let tile = &self.tiles[change.tile];
            let (busy, in_video) = (tile.is_busy(), tile.held == Held::Like);
            let start = self.coded.len();
            let width = change.part.width as usize;
            let rows = part_rows(picture, change.part);
            // A film changes everywhere, a text that moves only where something comes in.
            let is_strip = change.fresh.area() * 2 <= self.grid.rect(change.tile).area();
            let few_colours = (looks_at_all || !stays(tile))
                && self.palette.write(rows, width, &mut self.coded)
                && (!busy || is_strip || self.palette.colours() <= BUSY_COLOURS);
            let bytes = if few_colours {
                change.coded = Some(start..self.coded.len());
                // Indexes of text pack to half and less. What must be sent besides is sent once.
                let share = change.fresh.area() as usize * (self.coded.len() - start);
                share / change.part.area() as usize / 2
            } else {
                self.coded.truncate(start);
                change.part.area() as usize * 5 / 2
            };
            claims.push(Claim {
                busy,
                in_video,
                few_colours,
                bytes,
            });
        }
        claims
    }
}
