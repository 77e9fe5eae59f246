//! Turns outlines into coverage bitmaps and keeps the recent ones, so that repainting a banner
//! costs a copy and no rasterising.

use std::cell::RefCell;
use std::collections::HashMap;

use ab_glyph::{Font, GlyphId, PxScale, point};

use super::layout::{Face, Placed, Source, embolden, font, missing_advance, units};

/// Most bytes of coverage that one thread keeps; a few thousand glyphs at interface sizes. When
/// a new glyph does not fit, all old ones go: the next repaint rasterises what it needs.
const CACHE_BYTES: usize = 2 * 1024 * 1024;

/// Most glyphs that one thread keeps; bounds the table when bitmaps are tiny or empty.
const CACHE_GLYPHS: usize = 4096;

/// A glyph's coverage, 0 to 255, row by row.
#[derive(Debug)]
pub(super) struct Bitmap {
    /// Columns from the glyph's origin to the first one.
    pub(super) left: i32,
    /// Rows from the baseline to the first one; negative is above.
    pub(super) top: i32,
    /// Bytes per row.
    pub(super) width: usize,
    pub(super) coverage: Box<[u8]>,
}

impl Bitmap {
    pub(super) fn height(&self) -> usize {
        self.coverage.len().checked_div(self.width).unwrap_or(0)
    }
}

/// What makes two bitmaps the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    face: Face,
    source: Source,
    id: GlyphId,
    quarter_px: u16,
    /// Where in a pixel the origin lies, in quarters: even spacing matters at small sizes.
    phase: u8,
}

#[derive(Default)]
struct Cache {
    bitmaps: HashMap<Key, Bitmap>,
    bytes: usize,
}

impl Cache {
    fn bitmap(&mut self, key: Key) -> &Bitmap {
        if !self.bitmaps.contains_key(&key) {
            let bitmap = rasterise(key);
            if self.bytes + bitmap.coverage.len() > CACHE_BYTES
                || self.bitmaps.len() >= CACHE_GLYPHS
            {
                self.bitmaps.clear();
                self.bytes = 0;
            }
            self.bytes += bitmap.coverage.len();
            self.bitmaps.insert(key, bitmap);
        }
        &self.bitmaps[&key]
    }
}

/// Hands a glyph's bitmap over, with its origin `fraction` (`0..1`) of a pixel to the right.
pub(super) fn with_bitmap(glyph: &Placed, fraction: f32, draw: impl FnOnce(&Bitmap)) {
    thread_local! {
        static CACHE: RefCell<Cache> = RefCell::default();
    }
    let phase = ((fraction * 4.0) as u8).min(3);
    let Placed {
        face,
        source,
        id,
        quarter_px,
        ..
    } = *glyph;
    CACHE.with_borrow_mut(|cache| {
        draw(cache.bitmap(Key {
            face,
            source,
            id,
            quarter_px,
            phase,
        }));
    });
}

fn rasterise(key: Key) -> Bitmap {
    let px = f32::from(key.quarter_px) / 4.0;
    let Some(font) = font(key.source) else {
        return missing_box(px);
    };
    let extra = embolden(key.face, px);
    // ab_glyph scales by the font's height, we by its em.
    let scale = PxScale::from(px * font.height_unscaled() / units(font));
    let at = |shift: f32| {
        let position = point(f32::from(key.phase) / 4.0 + shift, 0.0);
        font.outline_glyph(key.id.with_scale_and_position(scale, position))
    };
    let Some(outlined) = at(0.0) else {
        return Bitmap {
            left: 0,
            top: 0,
            width: 0,
            coverage: Box::default(),
        };
    };
    let bounds = outlined.px_bounds();
    let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
    let width = bounds.width() as usize + extra.ceil() as usize;
    let mut coverage = vec![0; width * bounds.height() as usize].into_boxed_slice();
    let mut stamp = |outlined: ab_glyph::OutlinedGlyph| {
        let shift = (outlined.px_bounds().min.x as i32 - left).max(0) as usize;
        outlined.draw(|x, y, share| {
            let column = x as usize + shift;
            if column < width
                && let Some(cell) = coverage.get_mut(y as usize * width + column)
            {
                *cell = (*cell).max((ink(share) * 255.0).round() as u8);
            }
        });
    };
    stamp(outlined);
    if extra > 0.0 {
        at(extra / 2.0).map(&mut stamp);
        at(extra).map(&mut stamp);
    }
    Bitmap {
        left,
        top,
        width,
        coverage,
    }
}

/// The share of a pixel that is painted for the share that the outline covers: more in the
/// middle, or the thin strokes of the light face fade at interface sizes.
fn ink(covered: f32) -> f32 {
    covered.clamp(0.0, 1.0).powf(0.75)
}

/// The hollow box that stands for a character that no font has.
fn missing_box(px: f32) -> Bitmap {
    let width = (missing_advance(px) - 1.0).max(3.0) as usize;
    let height = (px * 0.7).max(4.0) as usize;
    let coverage = (0..width * height)
        .map(|at| {
            let (x, y) = (at % width, at / width);
            let edge = x == 0 || y == 0 || x == width - 1 || y == height - 1;
            if edge { 200 } else { 0 }
        })
        .collect();
    Bitmap {
        left: 0,
        top: -(height as i32),
        width,
        coverage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::layout::Layout;

    #[test]
    fn cache_stays_within_its_bounds() {
        let mut cache = Cache::default();
        for quarter_px in 24..=512 {
            for id in 30..50 {
                let key = Key {
                    face: Face::Bold,
                    source: Source::Ubuntu,
                    id: GlyphId(id),
                    quarter_px,
                    phase: 0,
                };
                cache.bitmap(key);
                assert!(cache.bytes <= CACHE_BYTES && cache.bitmaps.len() <= CACHE_GLYPHS);
            }
        }
    }

    #[test]
    fn missing_character_is_a_box_with_ink() {
        let glyph = Layout::new(Face::Regular, 14.0, "\u{10fffd}")
            .next()
            .expect("one");
        assert_eq!(glyph.source, Source::Missing);
        with_bitmap(&glyph, 0.0, |bitmap| {
            assert!(bitmap.coverage.iter().any(|coverage| *coverage > 0));
            assert_eq!(bitmap.coverage.len(), bitmap.width * bitmap.height());
        });
    }
}
