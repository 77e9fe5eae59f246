//! One lossless update: moves within the picture, then pieces of tiles in rising order.
//!
//! `copies varint { from x, y, to x, y, width, height } | pieces varint { tile step × 4 + kind |
//! place in the tile, for a part | kept place, for a kept one | pixels }`, packed by
//! [`super::squeeze`]. The pieces go until the body ends.

use farpane_protocol::geometry::Rect;
use farpane_protocol::limits::TILE_COPIES;
use farpane_protocol::wire::varint;

use super::store::Store;
use super::{Grid, TILE_AREA, TileError, piece, squeeze};
use crate::picture::BgraPicture;

/// How much of the picture the moves of one update may cover, in pictures.
const MOVED_MOST: u64 = 2;

const PART: u64 = 0;
const WHOLE: u64 = 1;
const WHOLE_KEPT: u64 = 2;
const KEPT: u64 = 3;

/// A move within the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Left edge of where the pixels are.
    pub from_x: u32,
    /// Upper edge of where the pixels are.
    pub from_y: u32,
    /// Where they go.
    pub to: Rect,
}

impl Copy {
    /// Where the pixels are.
    pub const fn from(self) -> Rect {
        Rect {
            x: self.from_x,
            y: self.from_y,
            width: self.to.width,
            height: self.to.height,
        }
    }

    /// Moves the pixels; source and target may overlap.
    pub fn apply(self, picture: &mut BgraPicture) {
        let width = picture.size().width() as usize;
        let pixels = picture.as_pixels_mut();
        let row = |number: u32| {
            let from = (self.from_y + number) as usize * width + self.from_x as usize;
            let to = (self.to.y + number) as usize * width + self.to.x as usize;
            (from..from + self.to.width as usize, to)
        };
        let mut copy = |number| {
            let (from, to) = row(number);
            pixels.copy_within(from, to);
        };
        // Downward moves begin at the lowest row, so that no row is overwritten before it moved.
        if self.to.y > self.from_y {
            (0..self.to.height).rev().for_each(&mut copy);
        } else {
            (0..self.to.height).for_each(&mut copy);
        }
    }
}

/// Writes an update.
#[derive(Debug)]
pub struct Writer {
    body: Vec<u8>,
    next: usize,
}

/// How a piece lies in its tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A part of it: left and upper edge within the tile, width and height.
    Part(Rect),
    /// All of it.
    Whole,
    /// All of it, and both sides keep it.
    Kept,
}

impl Writer {
    /// Begins with the moves, at most [`TILE_COPIES`], which happen one after the other.
    pub fn new(copies: &[Copy]) -> Self {
        let mut body = Vec::new();
        varint::put(copies.len() as u64, &mut body);
        for copy in copies {
            let to = copy.to;
            for number in [copy.from_x, copy.from_y, to.x, to.y, to.width, to.height] {
                varint::put(number.into(), &mut body);
            }
        }
        Self { body, next: 0 }
    }

    fn head(&mut self, tile: usize, kind: u64) {
        let step = (tile - self.next) as u64;
        varint::put(step << 2 | kind, &mut self.body);
        self.next = tile + 1;
    }

    /// Adds a piece of a tile that comes after all before; `pixels` is it in the coding of
    /// [`piece`].
    pub fn piece(&mut self, tile: usize, extent: Extent, pixels: &[u8]) {
        match extent {
            Extent::Part(place) => {
                self.head(tile, PART);
                let last = |side: u32| (side - 1) as u8;
                self.body.extend_from_slice(&[
                    place.x as u8,
                    place.y as u8,
                    last(place.width),
                    last(place.height),
                ]);
            }
            Extent::Whole => self.head(tile, WHOLE),
            Extent::Kept => self.head(tile, WHOLE_KEPT),
        }
        self.body.extend_from_slice(pixels);
    }

    /// Adds a tile that both sides have kept.
    pub fn kept(&mut self, tile: usize, place: usize) {
        self.head(tile, KEPT);
        varint::put(place as u64, &mut self.body);
    }

    /// Bytes so far, before packing.
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.body.len() <= 1
    }

    /// The update as it travels.
    pub fn finish(self, packer: &mut squeeze::Packer) -> Vec<u8> {
        packer.pack(&self.body)
    }
}

/// An update that was read and found good, ready to be painted.
#[derive(Debug, Default)]
pub struct Update {
    copies: Vec<Copy>,
    /// Where each piece goes; its pixels follow those of the one before.
    places: Vec<Rect>,
    pixels: Vec<u32>,
}

impl Update {
    /// Reads an update for a surface; tiles that are to be kept go into `store`.
    ///
    /// # Errors
    /// [`TileError`]; `store` is not to be used any more then.
    pub fn read(packed: &[u8], grid: Grid, store: &mut Store) -> Result<Self, TileError> {
        let body = squeeze::unpack(packed)?;
        let mut input = &body[..];
        let mut update = Self {
            copies: copies(&mut input, grid)?,
            ..Self::default()
        };
        let mut next = 0u64;
        while !input.is_empty() {
            let head = number(&mut input)?;
            let tile = next + (head >> 2);
            if tile >= grid.len() as u64 {
                return Err(TileError::Place);
            }
            next = tile + 1;
            let tile = grid.rect(tile as usize);
            update.piece(&mut input, head & 3, tile, store)?;
        }
        Ok(update)
    }

    fn piece(
        &mut self,
        input: &mut &[u8],
        kind: u64,
        tile: Rect,
        store: &mut Store,
    ) -> Result<(), TileError> {
        let is_whole = tile.area() == TILE_AREA as u64;
        let place = match kind {
            PART => part(input, tile)?,
            WHOLE => tile,
            WHOLE_KEPT | KEPT if is_whole => tile,
            _ => return Err(TileError::Place),
        };
        if kind == KEPT {
            let kept = usize::try_from(number(input)?).map_err(|_| TileError::NotKept)?;
            let pixels = store.at(kept).ok_or(TileError::NotKept)?;
            self.pixels.extend_from_slice(pixels);
        } else {
            let first = self.pixels.len();
            let extent = (place.width as usize, place.height as usize);
            piece::read(input, extent, &mut self.pixels)?;
            if kind == WHOLE_KEPT {
                store.keep(&self.pixels[first..]);
            }
        }
        self.places.push(place);
        Ok(())
    }

    /// Every part of the picture that it reads or writes.
    pub fn touched(&self) -> Vec<Rect> {
        let moved = self.copies.iter().flat_map(|copy| [copy.from(), copy.to]);
        moved.chain(self.places.iter().copied()).collect()
    }

    /// Paints it; the parts of the picture that changed are added to `changed`.
    ///
    /// # Panics
    /// If the picture is not of the size that it was read for.
    pub fn paint(&self, picture: &mut BgraPicture, changed: &mut Vec<Rect>) {
        for copy in &self.copies {
            copy.apply(picture);
            changed.push(copy.to);
        }
        let stride = picture.size().width() as usize;
        let mut pixels = &self.pixels[..];
        for place in &self.places {
            let width = place.width as usize;
            let (piece, rest) = pixels.split_at(place.area() as usize);
            pixels = rest;
            let first = place.y as usize * stride + place.x as usize;
            let rows = picture.as_pixels_mut()[first..].chunks_mut(stride);
            for (row, from) in rows.zip(piece.chunks_exact(width)) {
                row[..width].copy_from_slice(from);
            }
        }
        changed.extend_from_slice(&self.places);
    }
}

fn copies(input: &mut &[u8], grid: Grid) -> Result<Vec<Copy>, TileError> {
    let count = number(input)?;
    if count > TILE_COPIES as u64 {
        return Err(TileError::Place);
    }
    let mut side = || u32::try_from(number(input)?).map_err(|_| TileError::Place);
    let mut copies = Vec::with_capacity(count as usize);
    let mut moved = 0;
    for _ in 0..count {
        let (from_x, from_y) = (side()?, side()?);
        let to = Rect {
            x: side()?,
            y: side()?,
            width: side()?,
            height: side()?,
        };
        let copy = Copy { from_x, from_y, to };
        if to.is_empty() || !to.fits(grid.size()) || !copy.from().fits(grid.size()) {
            return Err(TileError::Place);
        }
        // Every move is few bytes, whatever it costs the viewer.
        moved += to.area();
        if moved > MOVED_MOST * grid.size().area() as u64 {
            return Err(TileError::Place);
        }
        copies.push(copy);
    }
    Ok(copies)
}

fn part(input: &mut &[u8], tile: Rect) -> Result<Rect, TileError> {
    let (bytes, rest) = input.split_at_checked(4).ok_or(TileError::Truncated)?;
    *input = rest;
    let [x, y, last_x, last_y] = [0, 1, 2, 3].map(|at| u32::from(bytes[at]));
    let place = Rect {
        x: tile.x + x,
        y: tile.y + y,
        width: last_x + 1,
        height: last_y + 1,
    };
    if place.right() > tile.right() || place.bottom() > tile.bottom() {
        return Err(TileError::Place);
    }
    Ok(place)
}

fn number(input: &mut &[u8]) -> Result<u64, TileError> {
    varint::take(input).map_err(|_| TileError::Truncated)
}

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Size;
    use proptest::prelude::*;

    use super::*;

    fn grid() -> Grid {
        Grid::new(Size::new(150, 100).expect("valid"))
    }

    fn read(body: &[u8], store: &mut Store) -> Result<Update, TileError> {
        Update::read(&squeeze::Packer::default().pack(body), grid(), store)
    }

    #[test]
    fn golden_bytes_decode_for_ever() {
        // One move, a part of one colour, a whole kept tile, and the same again from the store.
        let body = [
            1, 0, 0, 10, 20, 30, 40, // 30×40 pixels from the corner to 10, 20
            0, 2, 3, 4, 5, 0, 0x10, 0x20, 0x30, // tile 0: a part of 5×6 at 2, 3
        ];
        let mut store = Store::default();
        let update = read(&body, &mut store).expect("reads");
        let mut picture = BgraPicture::new(grid().size());
        picture.as_pixels_mut()[0] = 0xff99_9999;
        let mut changed = Vec::new();
        update.paint(&mut picture, &mut changed);
        let at = |x: usize, y: usize| picture.as_pixels()[y * 150 + x];
        assert_eq!(at(10, 20), 0xff99_9999);
        assert_eq!(
            (at(2, 3), at(6, 8), at(7, 8)),
            (0xff30_2010, 0xff30_2010, 0)
        );
        let place = Rect {
            x: 2,
            y: 3,
            width: 5,
            height: 6,
        };
        assert_eq!(changed, [update.copies[0].to, place]);
    }

    #[test]
    fn a_kept_tile_comes_back_and_one_that_was_not_kept_is_refused() {
        let mut store = Store::default();
        let keep = [0, 2, 0, 1, 2, 3];
        assert!(read(&keep, &mut store).is_ok());
        let update = read(&[0, 1 << 2 | 3, 0], &mut store).expect("kept");
        assert_eq!(update.places, [grid().rect(1)]);
        assert!(update.pixels.iter().all(|pixel| *pixel == 0xff03_0201));
        assert_eq!(read(&[0, 3, 1], &mut store).err(), Some(TileError::NotKept));
    }

    #[test]
    fn places_outside_and_tiles_out_of_order_are_refused() {
        let mut store = Store::default();
        let mut refused = |body: &[u8]| read(body, &mut store).expect_err("refused");
        // The third tile of a row is 22 pixels wide; it cannot be kept, nor a part reach beyond.
        assert_eq!(refused(&[0, 2 << 2 | 2, 0, 1, 2, 3]), TileError::Place);
        assert_eq!(
            refused(&[0, 2 << 2, 0, 0, 22, 0, 0, 1, 2, 3]),
            TileError::Place
        );
        assert_eq!(refused(&[0, 6 << 2 | 1, 0, 1, 2, 3]), TileError::Place);
        assert_eq!(refused(&[1, 0, 0, 0x40, 149, 0, 2, 2]), TileError::Place);
        assert_eq!(refused(&[1, 0x40, 149, 0, 0, 0, 2, 2]), TileError::Place);
        assert_eq!(refused(&[1, 0, 0, 0, 0, 0, 2]), TileError::Place);
        assert_eq!(refused(&[17]), TileError::Place);
        let all = [0, 0, 0, 0, 0x40, 150, 100];
        let moves = |count: u8| [vec![count], all.repeat(count.into())].concat();
        assert_eq!(refused(&moves(3)), TileError::Place);
        assert_eq!(refused(&[0, 1, 9]), TileError::Piece);
        assert_eq!(refused(&[0, 1, 0, 1]), TileError::Truncated);
    }

    #[test]
    fn moves_that_overlap_keep_their_rows() {
        for (from_y, to_y) in [(0, 3), (3, 0), (2, 2)] {
            let mut picture = BgraPicture::new(Size::new(4, 10).expect("valid"));
            for (at, pixel) in picture.as_pixels_mut().iter_mut().enumerate() {
                *pixel = at as u32;
            }
            let before = picture.clone();
            let to = Rect {
                x: 1,
                y: to_y,
                width: 3,
                height: 7,
            };
            let copy = Copy {
                from_x: 0,
                from_y,
                to,
            };
            copy.apply(&mut picture);
            for (y, x) in (0..7).flat_map(|y| (0..3).map(move |x| (y, x))) {
                let moved = picture.as_pixels()[(to_y as usize + y) * 4 + 1 + x];
                assert_eq!(moved, before.as_pixels()[(from_y as usize + y) * 4 + x]);
            }
        }
    }

    proptest! {
        #[test]
        fn reading_and_painting_never_panic(body in proptest::collection::vec(0u8..70, 0..400)) {
            let mut store = Store::default();
            if let Ok(update) = read(&body, &mut store) {
                let mut picture = BgraPicture::new(grid().size());
                let mut changed = Vec::new();
                update.paint(&mut picture, &mut changed);
                prop_assert!(changed.iter().all(|rect| rect.fits(grid().size())));
            }
        }
    }
}
