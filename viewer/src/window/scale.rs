//! Draws a picture scaled into a part of the window: copied where it fits exactly, averaged over
//! all covered pixels when made smaller, repeated or mixed when made larger.

use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::Rect;

use super::view::View;

/// Weights of one pixel add up to this.
const ONE: u32 = 256;

/// Draws the picture's part that lies under `part` of the window. `pixels` are the window's rows,
/// `stride` apart; `part` lies on them and on the view's area.
pub fn draw(pixels: &mut [u32], stride: usize, part: Rect, view: &View, picture: &BgraPicture) {
    let Some(part) = part.intersect(view.area()) else {
        return;
    };
    if picture.size() != view.surface() {
        return;
    }
    if view.is_exact() {
        copy(pixels, stride, part, view, picture);
    } else {
        resample(pixels, stride, part, view, picture);
    }
}

fn copy(pixels: &mut [u32], stride: usize, part: Rect, view: &View, picture: &BgraPicture) {
    let width = picture.size().width() as usize;
    let left = (part.x as i32 - view.origin().x) as usize;
    let top = (part.y as i32 - view.origin().y) as usize;
    let from = picture.as_pixels().chunks_exact(width).skip(top);
    let to = pixels
        .chunks_mut(stride)
        .skip(part.y as usize)
        .take(part.height as usize);
    let (x, len) = (part.x as usize, part.width as usize);
    for (to, from) in to.zip(from) {
        to[x..x + len].copy_from_slice(&from[left..left + len]);
    }
}

/// Which pixels of the picture one row or column of the window is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mix {
    /// The first of them.
    pub(super) start: usize,
    /// Their shares, which add up to [`ONE`].
    pub(super) weights: Vec<u16>,
}

/// The mixes for window positions `from..from + len`, counted from the picture's edge.
pub(super) fn mixes(from: u32, len: u32, shown: u32, source: u32) -> Vec<Mix> {
    let mix: fn(u32, u32, u32) -> Mix = if source > shown {
        averaged
    } else if shown.is_multiple_of(source) {
        repeated
    } else {
        between
    };
    (from..from + len)
        .map(|at| mix(at, shown, source))
        .collect()
}

/// All source pixels that the window's pixel covers, each by its share.
fn averaged(at: u32, shown: u32, source: u32) -> Mix {
    let (at, shown, source) = (u64::from(at), u64::from(shown), u64::from(source));
    let (begin, end) = (at * source, (at + 1) * source);
    let first = begin / shown;
    let last = (end - 1) / shown;
    let mut weights = Vec::with_capacity((last - first + 1) as usize);
    let mut given = 0;
    for pixel in first..=last {
        // Shares are rounded as a running sum, so that together they are exactly ONE.
        let covered = ((pixel + 1) * shown).min(end) - begin;
        let sum = covered * u64::from(ONE) / source;
        weights.push((sum - given) as u16);
        given = sum;
    }
    Mix {
        start: first as usize,
        weights,
    }
}

/// The one source pixel that the window's pixel lies in.
fn repeated(at: u32, shown: u32, source: u32) -> Mix {
    Mix {
        start: (at / (shown / source)) as usize,
        weights: vec![ONE as u16],
    }
}

/// The two source pixels whose middles the window's pixel lies between.
fn between(at: u32, shown: u32, source: u32) -> Mix {
    let (at, shown, last) = (i64::from(at), i64::from(shown), i64::from(source) - 1);
    // Position of the pixel's middle between the middles of source pixels, in 256ths.
    let place = ((2 * at + 1) * i64::from(source) * 256 / (2 * shown) - 128).clamp(0, last * 256);
    let start = place / 256;
    let second = (place % 256) as u16;
    if second == 0 || start == last {
        return Mix {
            start: start as usize,
            weights: vec![ONE as u16],
        };
    }
    Mix {
        start: start as usize,
        weights: vec![ONE as u16 - second, second],
    }
}

fn resample(pixels: &mut [u32], stride: usize, part: Rect, view: &View, picture: &BgraPicture) {
    let (surface, shown, origin) = (view.surface(), view.shown(), view.origin());
    let left = (part.x as i32 - origin.x) as u32;
    let top = (part.y as i32 - origin.y) as u32;
    let columns = mixes(left, part.width, shown.width(), surface.width());
    let rows = mixes(top, part.height, shown.height(), surface.height());
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else {
        return;
    };
    // Only these columns of the picture are read.
    let begin = first.start;
    let end = last.start + last.weights.len();
    let row_bytes = picture.stride_bytes();
    let mut sums = vec![0u16; (end - begin) * 4];
    let mut summed: Option<&Mix> = None;
    let targets = pixels
        .chunks_mut(stride)
        .skip(part.y as usize)
        .take(part.height as usize);
    for (target, row) in targets.zip(&rows) {
        // Enlarged rows often repeat.
        if summed != Some(row) {
            sum_rows(&mut sums, picture.as_bytes(), row, row_bytes, begin * 4);
            summed = Some(row);
        }
        let target = &mut target[part.x as usize..(part.x + part.width) as usize];
        for (pixel, column) in target.iter_mut().zip(&columns) {
            *pixel = mix_columns(&sums[(column.start - begin) * 4..], &column.weights);
        }
    }
}

/// Adds up the rows of a mix, weighted; each sum is at most 255 × 256.
fn sum_rows(sums: &mut [u16], bytes: &[u8], mix: &Mix, row_bytes: usize, offset: usize) {
    sums.fill(0);
    for (row, weight) in (mix.start..).zip(&mix.weights) {
        let start = row * row_bytes + offset;
        let source = &bytes[start..start + sums.len()];
        for (sum, byte) in sums.iter_mut().zip(source) {
            *sum += u16::from(*byte) * weight;
        }
    }
}

fn mix_columns(sums: &[u16], weights: &[u16]) -> u32 {
    let mut mixed = [0u32; 4];
    for (sums, weight) in sums.chunks_exact(4).zip(weights) {
        for (mixed, sum) in mixed.iter_mut().zip(sums) {
            *mixed += u32::from(*sum) * u32::from(*weight);
        }
    }
    let channel = |at: usize| (mixed[at] + (ONE * ONE / 2)) >> 16;
    channel(2).min(255) << 16 | channel(1).min(255) << 8 | channel(0).min(255)
}

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::{Point, Size};
    use proptest::prelude::*;

    use super::*;
    use crate::window::view::Mode;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("valid")
    }

    fn noise(size: Size) -> BgraPicture {
        let mut picture = BgraPicture::new(size);
        let mut state = 7u32;
        for pixel in picture.as_pixels_mut() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *pixel = state >> 8;
        }
        picture
    }

    fn drawn(window: Size, picture: &BgraPicture, mode: Mode, parts: &[Rect]) -> Vec<u32> {
        let view = View::new(window, picture.size(), mode, Point::default());
        let mut pixels = vec![0xdead_beef; window.area()];
        for part in parts {
            draw(&mut pixels, window.width() as usize, *part, &view, picture);
        }
        pixels
    }

    #[test]
    fn the_same_size_is_an_exact_copy() {
        let picture = noise(size(33, 21));
        assert_eq!(
            drawn(size(33, 21), &picture, Mode::Fit, &[size(33, 21).rect()]),
            picture.as_pixels()
        );
    }

    #[test]
    fn half_the_size_is_the_mean_of_four() {
        let mut picture = BgraPicture::new(size(4, 4));
        picture.as_pixels_mut()[..2].fill(0x00ff_ffff);
        let pixels = drawn(size(2, 2), &picture, Mode::Fit, &[size(2, 2).rect()]);
        assert_eq!(pixels, [0x0080_8080, 0, 0, 0]);
    }

    #[test]
    fn twice_the_size_repeats_pixels_sharply() {
        let picture = noise(size(3, 2));
        let pixels = drawn(size(6, 4), &picture, Mode::Fit, &[size(6, 4).rect()]);
        for (at, pixel) in pixels.iter().enumerate() {
            let (x, y) = (at % 6 / 2, at / 6 / 2);
            assert_eq!(*pixel, picture.as_pixels()[y * 3 + x]);
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_at_every_scale() {
        let mut picture = BgraPicture::new(size(37, 23));
        picture.as_pixels_mut().fill(0x00c8_3207);
        for (width, height) in [(9, 9), (36, 22), (100, 100), (74, 46), (500, 23)] {
            let window = size(width, height);
            let view = View::new(window, picture.size(), Mode::Fit, Point::default());
            let pixels = drawn(window, &picture, Mode::Fit, &[window.rect()]);
            let area = view.area();
            for (at, pixel) in pixels.iter().enumerate() {
                let (x, y) = ((at % width as usize) as i32, (at / width as usize) as i32);
                let want = if area.contains(Point { x, y }) {
                    0x00c8_3207
                } else {
                    0xdead_beef
                };
                assert_eq!(*pixel, want, "{width}x{height} at {x},{y}");
            }
        }
    }

    proptest! {
        #[test]
        fn weights_are_whole_and_stay_inside(shown in 1u32..700, source in 1u32..700) {
            for mix in mixes(0, shown, shown, source) {
                prop_assert_eq!(mix.weights.iter().map(|w| u32::from(*w)).sum::<u32>(), ONE);
                prop_assert!(mix.start + mix.weights.len() <= source as usize);
            }
        }

        /// Drawing by the rectangles that a change maps to gives what drawing all of it gives.
        #[test]
        fn parts_equal_the_whole(
            (ww, wh, sw, sh) in (8u32..120, 8u32..120, 8u32..120, 8u32..120),
            (x, y, w, h) in (0u32..120, 0u32..120, 1u32..60, 1u32..60),
            actual in any::<bool>(),
        ) {
            let (window, surface) = (size(ww, wh), size(sw, sh));
            let mode = if actual { Mode::Actual } else { Mode::Fit };
            let view = View::new(window, surface, mode, Point::default());
            let before = noise(surface);
            let mut after = before.clone();
            let changed = Rect { x: x % sw, y: y % sh, width: w, height: h };
            let changed = changed.intersect(surface.rect()).expect("starts inside");
            for row in changed.y..changed.bottom() {
                let start = (row * sw + changed.x) as usize;
                after.as_pixels_mut()[start..start + changed.width as usize].fill(0x00ff_00ff);
            }
            let mut pixels = drawn(window, &before, mode, &[window.rect()]);
            draw(&mut pixels, ww as usize, view.to_window_rect(changed), &view, &after);
            prop_assert_eq!(pixels, drawn(window, &after, mode, &[window.rect()]));
        }
    }
}
