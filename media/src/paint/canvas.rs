//! The canvas: a borrowed slice of pixels with a size, a stride and a clip rectangle.

use farpane_protocol::geometry::{Point, Rect, Size};

use super::glyphs::{Bitmap, with_bitmap};
use super::layout::{Face, Layout, clip_to_width};
use super::printable::printable;

/// Colour as `0x00RRGGBB`: what softbuffer takes, and what a 24-bit X11 visual stores as BGRX in
/// little-endian memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Color(pub u32);

impl Color {
    /// From red, green and blue, each `0..=255`.
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self(((red as u32) << 16) | ((green as u32) << 8) | blue as u32)
    }
}

/// A place to paint on. Rows are `stride` pixels apart; painting stays inside the clip
/// rectangle, which is the whole canvas unless [`Canvas::clipped`] made it smaller.
#[derive(Debug)]
pub struct Canvas<'a> {
    pixels: &'a mut [u32],
    size: Size,
    stride: usize,
    clip: Rect,
}

impl<'a> Canvas<'a> {
    /// A canvas over `pixels`; `None` when the rows overlap (`stride` below the width) or the
    /// slice ends before the last row does.
    pub fn new(pixels: &'a mut [u32], size: Size, stride: usize) -> Option<Self> {
        let width = size.width() as usize;
        let last_row = stride.checked_mul(size.height() as usize - 1)?;
        if stride < width || pixels.len() < last_row.checked_add(width)? {
            return None;
        }
        Some(Self {
            pixels,
            size,
            stride,
            clip: size.rect(),
        })
    }

    /// The canvas's extent.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The same canvas, same coordinates, that paints only inside `rect` (and inside the clip
    /// rectangle that this canvas already has).
    pub fn clipped(&mut self, rect: Rect) -> Canvas<'_> {
        let clip = self.clip.intersect(rect).unwrap_or_default();
        Canvas {
            pixels: self.pixels,
            size: self.size,
            stride: self.stride,
            clip,
        }
    }

    /// Fills a rectangle with one colour.
    pub fn fill(&mut self, rect: Rect, color: Color) {
        self.each_row(rect, |row| row.fill(color.0));
    }

    /// Lays a colour over a rectangle: `alpha` 0 changes nothing, 255 is [`Canvas::fill`].
    pub fn blend(&mut self, rect: Rect, color: Color, alpha: u8) {
        self.each_row(rect, |row| {
            for pixel in row {
                *pixel = mix(*pixel, color.0, alpha);
            }
        });
    }

    /// Darkens a rectangle; `keep` is the share of the brightness that stays, in 255ths.
    pub fn dim(&mut self, rect: Rect, keep: u8) {
        self.blend(rect, Color(0), 255 - keep);
    }

    /// A frame of `width` pixels along the inner side of the rectangle's edges.
    pub fn outline(&mut self, rect: Rect, width: u32, color: Color) {
        let side = width.min(rect.width);
        let edge = width.min(rect.height);
        let left = Rect {
            width: side,
            ..rect
        };
        let top = Rect {
            height: edge,
            ..rect
        };
        self.fill(left, color);
        self.fill(
            Rect {
                x: rect.right().saturating_sub(side),
                ..left
            },
            color,
        );
        self.fill(top, color);
        self.fill(
            Rect {
                y: rect.bottom().saturating_sub(edge),
                ..top
            },
            color,
        );
    }

    /// A filled rectangle with smoothed round corners; `radius` is cut to half the shorter side.
    pub fn round_rect(&mut self, rect: Rect, radius: u32, color: Color) {
        let radius = radius.min(rect.width / 2).min(rect.height / 2);
        let inner = rect.height - 2 * radius;
        self.fill(
            Rect {
                y: rect.y.saturating_add(radius),
                height: inner,
                ..rect
            },
            color,
        );
        for step in 0..radius {
            let band = Rect {
                x: rect.x.saturating_add(radius),
                y: rect.y.saturating_add(step),
                width: rect.width - 2 * radius,
                height: 1,
            };
            let below = rect.bottom().saturating_sub(step + 1);
            self.fill(band, color);
            self.fill(Rect { y: below, ..band }, color);
            for column in 0..radius {
                let alpha = corner_coverage(radius, column, step);
                let left = rect.x.saturating_add(column);
                let right = rect.right().saturating_sub(column + 1);
                for (x, y) in [
                    (left, band.y),
                    (right, band.y),
                    (left, below),
                    (right, below),
                ] {
                    self.blend(
                        Rect {
                            x,
                            y,
                            width: 1,
                            height: 1,
                        },
                        color,
                        alpha,
                    );
                }
            }
        }
    }

    /// Draws one line of text with its baseline starting at `baseline`; returns how far the pen
    /// moved, in pixels. Control characters are made visible and the length is bounded (see
    /// [`printable`]); a character without a glyph becomes a box.
    pub fn text(&mut self, face: Face, px: f32, baseline: Point, text: &str, color: Color) -> f32 {
        let text = printable(text);
        let mut layout = Layout::new(face, px, &text);
        for glyph in &mut layout {
            let x = f64::from(baseline.x) + f64::from(glyph.x);
            // Outside these bounds nothing can be visible, and the sums below cannot overflow.
            if x.abs() > f64::from(i32::MAX / 2) || baseline.y.unsigned_abs() > i32::MAX as u32 / 2
            {
                continue;
            }
            let whole = x.floor();
            with_bitmap(&glyph, (x - whole) as f32, |bitmap| {
                self.stamp(bitmap, whole as i32, baseline.y, color);
            });
        }
        layout.advance()
    }

    /// As [`Canvas::text`], but never wider than `max_width` pixels: what does not fit is cut
    /// and an ellipsis shows it.
    pub fn text_clipped(
        &mut self,
        face: Face,
        px: f32,
        baseline: Point,
        text: &str,
        color: Color,
        max_width: f32,
    ) -> f32 {
        let text = clip_to_width(face, px, &printable(text), max_width);
        self.text(face, px, baseline, &text, color)
    }

    /// Blends a glyph's coverage in, its origin at `(x, y)`.
    fn stamp(&mut self, bitmap: &Bitmap, x: i32, y: i32, color: Color) {
        let (left, top) = (
            i64::from(x) + i64::from(bitmap.left),
            i64::from(y + bitmap.top),
        );
        let from_x = i64::from(self.clip.x).max(left);
        let to_x = i64::from(self.clip.right()).min(left + bitmap.width as i64);
        let from_y = i64::from(self.clip.y).max(top);
        let to_y = i64::from(self.clip.bottom()).min(top + bitmap.height() as i64);
        if from_x >= to_x {
            return;
        }
        for row in from_y..to_y {
            let source = (row - top) as usize * bitmap.width;
            let source = &bitmap.coverage
                [source + (from_x - left) as usize..source + (to_x - left) as usize];
            let target = row as usize * self.stride;
            let target = &mut self.pixels[target + from_x as usize..target + to_x as usize];
            for (pixel, coverage) in target.iter_mut().zip(source) {
                *pixel = mix(*pixel, color.0, *coverage);
            }
        }
    }

    fn each_row(&mut self, rect: Rect, mut paint: impl FnMut(&mut [u32])) {
        let Some(rect) = rect.intersect(self.clip) else {
            return;
        };
        for y in rect.y as usize..rect.bottom() as usize {
            let start = y * self.stride;
            paint(&mut self.pixels[start + rect.x as usize..start + rect.right() as usize]);
        }
    }
}

/// How much of a corner pixel the quarter circle covers, in 255ths; `column` and `row` count
/// from the corner.
fn corner_coverage(radius: u32, column: u32, row: u32) -> u8 {
    let reach = |steps: u32| radius as f32 - steps as f32 - 0.5;
    let distance = reach(column).hypot(reach(row));
    ((radius as f32 + 0.5 - distance).clamp(0.0, 1.0) * 255.0) as u8
}

/// `from` moved towards `to` by `alpha` 255ths, each channel rounded; the top byte becomes zero.
fn mix(from: u32, to: u32, alpha: u8) -> u32 {
    let alpha = u32::from(alpha);
    // Two channels at a time (red and blue, then green): each product fits its 16 bits.
    let pair = |shift: u32, mask: u32| {
        let sum = ((from >> shift) & mask) * (255 - alpha) + ((to >> shift) & mask) * alpha;
        let sum = sum + (mask & 0x0080_0080);
        ((sum + ((sum >> 8) & mask)) >> 8 & mask) << shift
    };
    pair(0, 0x00ff_00ff) | pair(8, 0x0000_00ff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("valid")
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
    fn slice_too_small_is_no_canvas() {
        assert!(Canvas::new(&mut [0; 11], size(4, 3), 4).is_none());
        assert!(Canvas::new(&mut [0; 12], size(4, 3), 3).is_none());
        assert!(Canvas::new(&mut [0; 12], size(4, 3), usize::MAX).is_none());
        assert!(
            Canvas::new(&mut [0; 14], size(4, 3), 5).is_some(),
            "last row needs no padding"
        );
    }

    #[test]
    fn mix_equals_rounded_division_for_every_channel_value() {
        for alpha in 0..=255u8 {
            for from in (0..=255u32).step_by(5) {
                for to in (0..=255u32).step_by(15) {
                    let a = u32::from(alpha);
                    let want = (from * (255 - a) + to * a + 127) / 255;
                    let got = mix(from * 0x01_0101, to * 0x01_0101, alpha);
                    assert_eq!(got, want * 0x01_0101, "{from} {to} {alpha}");
                }
            }
        }
    }

    #[test]
    fn painting_stays_inside_clip_and_stride_padding() {
        let mut pixels = vec![7; 10 * 8];
        let mut canvas = Canvas::new(&mut pixels, size(8, 8), 10).expect("fits");
        let mut part = canvas.clipped(rect(2, 2, 4, 4));
        part.fill(rect(0, 0, u32::MAX, u32::MAX), Color(1));
        part.round_rect(rect(1, 1, 6, 6), 3, Color(2));
        part.outline(rect(0, 0, 8, 8), 3, Color(3));
        part.text(Face::Bold, 14.0, Point { x: -2, y: 7 }, "mmm", Color(4));
        for (at, pixel) in pixels.iter().enumerate() {
            let (x, y) = (at % 10, at / 10);
            let inside = (2..6).contains(&x) && (2..6).contains(&y);
            assert_eq!(*pixel == 7, !inside, "{x},{y}");
        }
    }

    #[test]
    fn round_rect_is_symmetric_and_leaves_corners_out() {
        let mut pixels = vec![0; 12 * 12];
        let mut canvas = Canvas::new(&mut pixels, size(12, 12), 12).expect("fits");
        canvas.round_rect(rect(1, 1, 10, 10), 4, Color(0x00ff_ffff));
        let at = |x: usize, y: usize| pixels[y * 12 + x];
        assert_eq!(at(1, 1), 0);
        assert_eq!(at(5, 5), 0x00ff_ffff);
        assert_eq!(at(1, 5), 0x00ff_ffff);
        assert!(at(2, 2) > 0 && at(2, 2) < 0x00ff_ffff, "smoothed edge");
        for y in 0..12 {
            for x in 0..12 {
                assert_eq!(at(x, y), at(11 - x, y));
                assert_eq!(at(x, y), at(x, 11 - y));
            }
        }
    }

    #[test]
    fn dim_keeps_the_stated_share() {
        let mut pixels = vec![0x00ff_8000; 1];
        let mut canvas = Canvas::new(&mut pixels, size(1, 1), 1).expect("fits");
        canvas.dim(rect(0, 0, 1, 1), 128);
        assert_eq!(pixels[0], 0x0080_4000);
    }

    #[test]
    fn hostile_coordinates_and_texts_do_not_panic() {
        let mut pixels = vec![0; 64 * 64];
        let mut canvas = Canvas::new(&mut pixels, size(64, 64), 64).expect("fits");
        let far = rect(u32::MAX, u32::MAX, u32::MAX, u32::MAX);
        canvas.fill(far, Color(1));
        canvas.outline(far, u32::MAX, Color(1));
        canvas.round_rect(rect(60, 60, u32::MAX, 20), u32::MAX, Color(1));
        let text = "\u{202e}\0日本語🙂\u{10ffff}\u{301}\u{301}".repeat(1000);
        for x in [i32::MIN, -5, 0, 63, i32::MAX] {
            for y in [i32::MIN, -5, 0, 63, i32::MAX] {
                for px in [f32::NAN, f32::NEG_INFINITY, -1.0, 0.0, 9.5, 1e30] {
                    canvas.text(Face::Regular, px, Point { x, y }, &text, Color(2));
                    canvas.text_clipped(Face::Bold, px, Point { x, y }, &text, Color(2), f32::NAN);
                }
            }
        }
    }

    #[test]
    fn text_draws_ink_right_of_and_above_its_baseline() {
        let mut pixels = vec![0; 64 * 32];
        let mut canvas = Canvas::new(&mut pixels, size(64, 32), 64).expect("fits");
        let advance = canvas.text(
            Face::Regular,
            16.0,
            Point { x: 8, y: 24 },
            "Hi",
            Color(0x00ff_ffff),
        );
        assert!((10.0..30.0).contains(&advance));
        let ink: Vec<_> = (0..pixels.len())
            .filter(|at| pixels[*at] > 0x0040_4040)
            .collect();
        assert!(!ink.is_empty());
        for at in ink {
            let (x, y) = (at % 64, at / 64);
            assert!((8..8 + advance.ceil() as usize).contains(&x) && (8..=24).contains(&y));
        }
    }

    #[test]
    fn clipped_text_is_not_wider_than_asked() {
        let mut pixels = vec![0; 200 * 32];
        let mut canvas = Canvas::new(&mut pixels, size(200, 32), 200).expect("fits");
        let origin = Point { x: 0, y: 20 };
        let long = "a device name that goes on and on";
        let advance =
            canvas.text_clipped(Face::Regular, 14.0, origin, long, Color(0x00ff_ffff), 80.0);
        assert!(advance > 40.0 && advance <= 80.0, "{advance}");
        let short = canvas.text_clipped(Face::Regular, 14.0, origin, "ok", Color(0), 80.0);
        assert_eq!(short, super::super::measure(Face::Regular, 14.0, "ok"));
    }
}
