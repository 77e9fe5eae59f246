//! The pixels of one piece: one colour, a few colours with an index per pixel, or all colours as
//! differences from what the neighbours let expect.

use super::TileError;

/// Most colours of a piece that is written by indexes. Beyond it is a photograph.
pub const MAX_COLOURS: usize = 256;

/// Colours from which on a piece must have runs of equal pixels to be taken for text or drawing:
/// a dark or even part of a photograph has few colours too, but hardly two alike side by side.
const RUNS_FROM: usize = 16;

/// Pixels per run that it must have then.
const PIXELS_PER_RUN: usize = 2;

/// Pixels per colour that such a piece must have, or its list of colours costs more than it saves.
const PIXELS_PER_COLOUR: usize = 4;

/// The bits of a pixel that mean something: red, green and blue.
pub const COLOUR: u32 = 0x00ff_ffff;

/// What a painted pixel has besides.
const OPAQUE: u32 = 0xff00_0000;

const SOLID: u8 = 0;
const INDEXED: u8 = 1;
const FULL: u8 = 2;

/// What no difference between two colours is written as, so that small ones of either sign lie
/// together.
const MIDDLE: u8 = 128;

/// Slots of the table that finds a colour's index; four times the colours, so that looking is
/// short.
const TABLE: usize = MAX_COLOURS * 4;

/// Sorts pixels by colour; kept between pieces so that nothing is allocated for each.
#[derive(Debug)]
pub struct Palette {
    colours: Vec<u32>,
    indexes: Vec<u8>,
    /// Colour with the top byte set, 0 for a free slot.
    keys: Box<[u32; TABLE]>,
    values: Box<[u8; TABLE]>,
    used: Vec<usize>,
}

impl Default for Palette {
    fn default() -> Self {
        Self {
            colours: Vec::with_capacity(MAX_COLOURS),
            indexes: Vec::new(),
            keys: Box::new([0; TABLE]),
            values: Box::new([0; TABLE]),
            used: Vec::with_capacity(MAX_COLOURS),
        }
    }
}

impl Palette {
    /// Writes the piece if it has few colours, at most [`MAX_COLOURS`]; otherwise nothing is
    /// written.
    /// `rows` are its rows, each `width` pixels.
    pub fn write<'a>(
        &mut self,
        rows: impl Iterator<Item = &'a [u32]>,
        width: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        let Some(runs) = self.sort(rows) else {
            return false;
        };
        if let [only] = self.colours[..] {
            out.push(SOLID);
            put_colour(only, out);
            return true;
        }
        let (colours, pixels) = (self.colours.len(), self.indexes.len());
        if colours * PIXELS_PER_COLOUR > pixels
            || colours > RUNS_FROM && runs * PIXELS_PER_RUN > pixels
        {
            return false;
        }
        out.push(INDEXED);
        out.push((self.colours.len() - 1) as u8);
        for colour in &self.colours {
            put_colour(*colour, out);
        }
        let bits = bits(self.colours.len());
        for row in self.indexes.chunks(width) {
            pack(row, bits, out);
        }
        true
    }

    /// How many colours the piece had that was written last.
    pub fn colours(&self) -> usize {
        self.colours.len()
    }

    /// How many runs of equal pixels there are; `None` for too many colours.
    fn sort<'a>(&mut self, rows: impl Iterator<Item = &'a [u32]>) -> Option<usize> {
        for slot in self.used.drain(..) {
            self.keys[slot] = 0;
        }
        self.colours.clear();
        self.indexes.clear();
        // Pixels come in runs: the last one's answer is mostly this one's too.
        let (mut last, mut index, mut runs) = (0, 0, 0);
        for row in rows {
            for pixel in row {
                let key = pixel | OPAQUE;
                if key != last {
                    (last, index) = (key, self.index(key)?);
                    runs += 1;
                }
                self.indexes.push(index);
            }
        }
        Some(runs)
    }

    fn index(&mut self, key: u32) -> Option<u8> {
        let mut slot = (key.wrapping_mul(0x9e37_79b1) >> 22) as usize % TABLE;
        loop {
            if self.keys[slot] == key {
                return Some(self.values[slot]);
            }
            if self.keys[slot] == 0 {
                break;
            }
            slot = (slot + 1) % TABLE;
        }
        let index = u8::try_from(self.colours.len()).ok()?;
        self.keys[slot] = key;
        self.values[slot] = index;
        self.used.push(slot);
        self.colours.push(key & COLOUR);
        Some(index)
    }
}

/// Writes a piece of any colours; `pixels` are its rows without gaps.
pub fn write_full(pixels: &[u32], width: usize, out: &mut Vec<u8>) {
    out.push(FULL);
    for channel in Channel::ALL {
        for (y, row) in pixels.chunks(width).enumerate() {
            for (x, pixel) in row.iter().enumerate() {
                let expected = expect(pixels, (x, y), width, channel);
                out.push(channel.of(*pixel).wrapping_sub(expected));
            }
        }
    }
}

/// Reads a piece of that extent, appending its pixels to `pixels`.
///
/// # Errors
/// [`TileError`]; some pixels may have been appended then.
pub fn read(
    input: &mut &[u8],
    (width, height): (usize, usize),
    pixels: &mut Vec<u32>,
) -> Result<(), TileError> {
    match take(input, 1)?[0] {
        SOLID => {
            let colour = take_colour(input)?;
            pixels.resize(pixels.len() + width * height, colour);
            Ok(())
        }
        INDEXED => read_indexed(input, (width, height), pixels),
        FULL => read_full(input, (width, height), pixels),
        _ => Err(TileError::Piece),
    }
}

fn read_indexed(
    input: &mut &[u8],
    (width, height): (usize, usize),
    pixels: &mut Vec<u32>,
) -> Result<(), TileError> {
    let count = usize::from(take(input, 1)?[0]) + 1;
    // An index that a hostile host makes up finds black here instead of nothing; the check after
    // the loop then refuses the piece.
    let mut colours = [OPAQUE; MAX_COLOURS];
    for colour in &mut colours[..count] {
        *colour = take_colour(input)?;
    }
    let bits = bits(count);
    let (per_byte, mask) = (8 / bits, (1u16 << bits) - 1);
    let stride = width.div_ceil(per_byte);
    let mut highest = 0;
    for row in take(input, stride * height)?.chunks_exact(stride) {
        for (packed, from) in row.iter().zip((0..width).step_by(per_byte)) {
            for place in 0..per_byte.min(width - from) {
                let index = usize::from(u16::from(*packed) >> (place * bits) & mask);
                highest = highest.max(index);
                pixels.push(colours[index]);
            }
        }
    }
    if highest >= count {
        return Err(TileError::Piece);
    }
    Ok(())
}

fn read_full(
    input: &mut &[u8],
    (width, height): (usize, usize),
    pixels: &mut Vec<u32>,
) -> Result<(), TileError> {
    let planes = take(input, width * height * Channel::ALL.len())?;
    let first = pixels.len();
    pixels.resize(first + width * height, OPAQUE);
    let piece = &mut pixels[first..];
    let planes = planes.chunks_exact(width * height);
    for (channel, plane) in Channel::ALL.into_iter().zip(planes) {
        for (y, row) in plane.chunks_exact(width).enumerate() {
            for (x, difference) in row.iter().enumerate() {
                let expected = expect(piece, (x, y), width, channel);
                let value = difference.wrapping_add(expected);
                channel.set(&mut piece[y * width + x], value);
            }
        }
    }
    Ok(())
}

/// Green as it is, and how red and blue differ from it: in most pictures they go together.
#[derive(Clone, Copy)]
enum Channel {
    Green,
    Red,
    Blue,
}

impl Channel {
    const ALL: [Self; 3] = [Self::Green, Self::Red, Self::Blue];

    fn of(self, pixel: u32) -> u8 {
        let [blue, green, red, _] = pixel.to_le_bytes();
        match self {
            Self::Green => green,
            Self::Red => red.wrapping_sub(green).wrapping_add(MIDDLE),
            Self::Blue => blue.wrapping_sub(green).wrapping_add(MIDDLE),
        }
    }

    /// Green must be set before the others.
    fn set(self, pixel: &mut u32, value: u8) {
        let [blue, green, red, _] = pixel.to_le_bytes();
        let (blue, green, red) = match self {
            Self::Green => (blue, value, red),
            Self::Red => (blue, green, value.wrapping_add(green).wrapping_sub(MIDDLE)),
            Self::Blue => (value.wrapping_add(green).wrapping_sub(MIDDLE), green, red),
        };
        *pixel = u32::from_le_bytes([blue, green, red, 0xff]);
    }
}

/// What the pixels to the left, above, and above to the left let expect: the median of left,
/// above, and the plane through all three (the predictor of LOCO-I; Weinberger, Seroussi and
/// Sapiro 2000).
fn expect(pixels: &[u32], (x, y): (usize, usize), width: usize, channel: Channel) -> u8 {
    let at = y * width + x;
    let of = |at: usize| channel.of(pixels[at]);
    match (x, y) {
        (0, 0) => 0,
        (0, _) => of(at - width),
        (_, 0) => of(at - 1),
        (_, _) => {
            let (left, above, corner) = (of(at - 1), of(at - width), of(at - width - 1));
            let (low, high) = (left.min(above), left.max(above));
            if corner >= high {
                low
            } else if corner <= low {
                high
            } else {
                left.wrapping_add(above).wrapping_sub(corner)
            }
        }
    }
}

/// Bits of an index into that many colours.
fn bits(colours: usize) -> usize {
    match colours {
        0..=2 => 1,
        3..=4 => 2,
        5..=16 => 4,
        _ => 8,
    }
}

/// Writes a row of indexes, the first in the lowest bits; a row begins with a new byte.
fn pack(row: &[u8], bits: usize, out: &mut Vec<u8>) {
    for group in row.chunks(8 / bits) {
        let places = group.iter().enumerate();
        out.push(places.fold(0, |byte, (place, index)| byte | index << (place * bits)));
    }
}

fn put_colour(colour: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&colour.to_le_bytes()[..3]);
}

fn take_colour(input: &mut &[u8]) -> Result<u32, TileError> {
    let bytes = take(input, 3)?;
    Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0xff]))
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> Result<&'a [u8], TileError> {
    let (taken, rest) = input.split_at_checked(count).ok_or(TileError::Truncated)?;
    *input = rest;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round(pixels: &[u32], width: usize) -> (Vec<u32>, Vec<u8>) {
        let mut out = Vec::new();
        let mut palette = Palette::default();
        if !palette.write(pixels.chunks(width), width, &mut out) {
            write_full(pixels, width, &mut out);
        }
        let (mut input, mut back) = (&out[..], Vec::new());
        read(&mut input, (width, pixels.len() / width), &mut back).expect("reads");
        assert!(input.is_empty());
        (back, out)
    }

    fn opaque(pixels: &[u32]) -> Vec<u32> {
        pixels.iter().map(|pixel| pixel | OPAQUE).collect()
    }

    #[test]
    fn text_takes_a_bit_per_pixel_and_one_colour_four_bytes() {
        let text: Vec<u32> = (0..64 * 64).map(|n| [0xff_ffff, 0][n % 3 / 2]).collect();
        let (back, out) = round(&text, 64);
        assert_eq!((back, out.len()), (opaque(&text), 2 + 6 + 512));
        let (back, out) = round(&[0x12_3456; 12], 4);
        assert_eq!(
            (back, out),
            (vec![0xff12_3456; 12], vec![0, 0x56, 0x34, 0x12])
        );
    }

    #[test]
    fn a_dark_photograph_is_not_taken_for_text() {
        let mut palette = Palette::default();
        let mut write = |pixel: fn(u32) -> u32| {
            let pixels: Vec<u32> = (0..4096).map(pixel).collect();
            palette.write(pixels.chunks(64), 64, &mut Vec::new())
        };
        assert!(!write(|n| n * 7 % 40), "forty greys, no two alike in a row");
        assert!(
            write(|n| n / 3 * 7 % 40),
            "the same as soft-edged letters have them"
        );
        assert!(write(|n| n % 12), "a pattern");
    }

    #[test]
    fn an_index_without_a_colour_is_refused() {
        // Three colours, indexes of two bits; the last pixel names a fourth.
        let wire = [1, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0b1100_0000];
        let read = read(&mut &wire[..], (4, 1), &mut Vec::new());
        assert_eq!(read, Err(TileError::Piece));
    }

    proptest! {
        #[test]
        fn any_piece_comes_back_exactly(
            width in 1usize..=64, height in 1usize..=64, colours in 1u32..400, seed in any::<u32>(),
        ) {
            let mut state = seed | 1;
            let pixels: Vec<u32> = (0..width * height).map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((state >> 8) % colours).wrapping_mul(0x9e37_79b1)
            }).collect();
            prop_assert_eq!(round(&pixels, width).0, opaque(&pixels));
        }

        #[test]
        fn reading_never_panics_and_keeps_the_extent(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            width in 1usize..=64, height in 1usize..=64,
        ) {
            let mut pixels = Vec::new();
            let read = read(&mut &bytes[..], (width, height), &mut pixels);
            prop_assert!(pixels.len() <= width * height);
            prop_assert!(read.is_err() || pixels.len() == width * height);
        }
    }
}
