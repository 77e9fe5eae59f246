//! Colour conversion between BGRA and I420 (BT.709, limited range), whole or by rectangles.
//!
//! Converting by rectangles gives the same pixels as converting the whole: rectangles are grown
//! to even coordinates, and the library's vector and scalar paths agree to the bit (a test holds
//! that on the machine that runs it).

use farpane_protocol::geometry::{Rect, Size};
use yuv::{
    BufferStoreMut, YuvConversionMode, YuvPlanarImage, YuvPlanarImageMut, YuvRange,
    YuvStandardMatrix, bgra_to_yuv420, yuv420_to_bgra,
};

use crate::picture::{BgraPicture, I420Picture};
use crate::together::together;

/// Pixels from which two threads convert a rectangle sooner than one: a film, not a cursor.
const SHARED_AREA: u32 = 512 * 512;

/// Two pictures that should be of one size are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pictures differ in size: {from:?} and {to:?}")]
pub struct SizesDiffer {
    from: Size,
    to: Size,
}

/// Converts the rectangles of `from` into `to`; parts outside the picture are ignored.
///
/// # Errors
/// [`SizesDiffer`]; nothing is written then.
pub fn bgra_to_i420(
    from: &BgraPicture,
    to: &mut I420Picture,
    rects: &[Rect],
) -> Result<(), SizesDiffer> {
    let size = same_size(from.size(), to.size())?;
    for rect in rects.iter().filter_map(|rect| align(*rect, size)) {
        encode_rect(from, to, rect);
        pad_odd_sides(to, rect);
    }
    Ok(())
}

/// Converts the rectangles of `from` into `to`; parts outside the picture are ignored. Up to one
/// row and column around a rectangle with odd coordinates are converted too.
///
/// # Errors
/// [`SizesDiffer`]; nothing is written then.
pub fn i420_to_bgra(
    from: &I420Picture,
    to: &mut BgraPicture,
    rects: &[Rect],
) -> Result<(), SizesDiffer> {
    let size = same_size(from.size(), to.size())?;
    let stride = to.stride_bytes();
    for rect in rects.iter().filter_map(|rect| align(*rect, size)) {
        let start = Span::new(stride, rect.x * 4, rect.y, 0).start;
        decode_rect(from, &mut to.as_bytes_mut()[start..], stride, rect);
    }
    Ok(())
}

/// Converts a rectangle with even coordinates into rows that are `stride` pixels apart; `to` begins
/// with its first pixel and ends with its last one or later.
pub(crate) fn i420_to_rows(from: &I420Picture, rect: Rect, to: &mut [u32], stride: usize) {
    debug_assert_eq!(align(rect, from.size()), Some(rect));
    decode_rect(from, bytemuck::cast_slice_mut(to), stride * 4, rect);
}

fn same_size(from: Size, to: Size) -> Result<Size, SizesDiffer> {
    if from == to {
        Ok(from)
    } else {
        Err(SizesDiffer { from, to })
    }
}

/// Even coordinates on the picture; `None` when nothing is left.
pub(crate) fn align(rect: Rect, size: Size) -> Option<Rect> {
    Some(rect.intersect(size.rect())?.align_even(size))
}

/// Where a rectangle's first sample is, and how many samples its rows take, in planes with and
/// without chroma subsampling.
struct Span {
    start: usize,
    len: usize,
}

impl Span {
    fn new(stride: usize, x: u32, y: u32, rows: u32) -> Self {
        Self {
            start: y as usize * stride + x as usize,
            len: rows as usize * stride,
        }
    }

    fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.len
    }
}

/// A rectangle with even coordinates in parts that lie one above the other and are worth a thread
/// each.
fn parts(rect: Rect) -> impl Iterator<Item = Rect> {
    let upper = if rect.width.saturating_mul(rect.height) < SHARED_AREA {
        rect.height
    } else {
        (rect.height / 2).next_multiple_of(2).min(rect.height)
    };
    let part = move |y, height| Rect { y, height, ..rect };
    [
        part(rect.y, upper),
        part(rect.y + upper, rect.height - upper),
    ]
    .into_iter()
    .filter(|part| part.height > 0)
}

/// Cuts the first samples off a plane.
fn cut<'a>(plane: &mut &'a mut [u8], len: usize) -> &'a mut [u8] {
    plane
        .split_off_mut(..len)
        .expect("a plane has all its rows")
}

fn encode_rect(from: &BgraPicture, to: &mut I420Picture, rect: Rect) {
    let (luma, chroma) = (to.luma_stride(), to.chroma_stride());
    let planes = to.spare_planes_mut();
    let start = Span::new(luma, rect.x, rect.y, 0).start;
    let half = Span::new(chroma, rect.x / 2, rect.y / 2, 0).start;
    let (mut y, mut u, mut v) = (
        &mut planes.y[start..],
        &mut planes.u[half..],
        &mut planes.v[half..],
    );
    let parts = parts(rect).map(|part| {
        // The library works through every full row that all slices have, and needs the last row to
        // be a full one: hence slices of exactly `height` rows, which at the right and bottom edge
        // reach into the spare row.
        let (rows, half) = (part.height as usize, part.height.div_ceil(2) as usize);
        let image = YuvPlanarImageMut {
            y_plane: BufferStoreMut::Borrowed(cut(&mut y, rows * luma)),
            y_stride: luma as u32,
            u_plane: BufferStoreMut::Borrowed(cut(&mut u, half * chroma)),
            u_stride: chroma as u32,
            v_plane: BufferStoreMut::Borrowed(cut(&mut v, half * chroma)),
            v_stride: chroma as u32,
            width: part.width,
            height: part.height,
        };
        (part, image)
    });
    let stride = from.stride_bytes();
    together(parts, |(part, mut image)| {
        let source = Span::new(stride, part.x * 4, part.y, part.height).range();
        bgra_to_yuv420(
            &mut image,
            &from.padded_bytes()[source],
            stride as u32,
            YuvRange::Limited,
            YuvStandardMatrix::Bt709,
            YuvConversionMode::Balanced,
        )
        .expect("slices are as large as the rectangle");
    });
}

/// Repeats the last column and row of an odd picture in its padding, so that the padding costs
/// the encoder nothing.
fn pad_odd_sides(picture: &mut I420Picture, rect: Rect) {
    let (size, stride) = (picture.size(), picture.luma_stride());
    let (width, height) = (size.width() as usize, size.height() as usize);
    let y = picture.planes_mut().y;
    if width < stride && rect.right() == size.width() {
        for row in rect.y as usize..rect.bottom() as usize {
            y[row * stride + width] = y[row * stride + width - 1];
        }
    }
    if height % 2 == 1 && rect.bottom() == size.height() {
        let last = (height - 1) * stride;
        let columns = rect.x as usize..(rect.right() as usize).next_multiple_of(2);
        y.copy_within(
            last + columns.start..last + columns.end,
            last + stride + columns.start,
        );
    }
}

/// `to` begins with the first pixel of the rectangle; its rows are `stride` bytes apart.
fn decode_rect(from: &I420Picture, mut to: &mut [u8], stride: usize, rect: Rect) {
    let parts = parts(rect).map(|part| {
        let is_last = part.bottom() == rect.bottom();
        let len = if is_last {
            to.len()
        } else {
            part.height as usize * stride
        };
        (part, cut(&mut to, len))
    });
    together(parts, |(part, to)| decode_part(from, to, stride, part));
}

fn decode_part(from: &I420Picture, to: &mut [u8], stride: usize, rect: Rect) {
    let (luma, chroma) = (from.luma_stride(), from.chroma_stride());
    let uv = Span::new(chroma, rect.x / 2, rect.y / 2, 0).start;
    let image = YuvPlanarImage {
        y_plane: &from.y()[Span::new(luma, rect.x, rect.y, 0).start..],
        y_stride: luma as u32,
        u_plane: &from.u()[uv..],
        u_stride: chroma as u32,
        v_plane: &from.v()[uv..],
        v_stride: chroma as u32,
        width: rect.width,
        height: rect.height,
    };
    yuv420_to_bgra(
        &image,
        to,
        stride as u32,
        YuvRange::Limited,
        YuvStandardMatrix::Bt709,
    )
    .expect("slices are as large as the rectangle");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noise(size: Size, seed: u32) -> BgraPicture {
        let mut picture = BgraPicture::new(size);
        let mut state = seed | 1;
        for pixel in picture.as_pixels_mut() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *pixel = state.rotate_left(13);
        }
        picture
    }

    fn size() -> impl Strategy<Value = Size> {
        (1..150u32, 1..40u32).prop_filter_map("a size", |(width, height)| Size::new(width, height))
    }

    fn rect() -> impl Strategy<Value = Rect> {
        (0..160u32, 0..45u32, 0..160u32, 0..45u32).prop_map(|(x, y, width, height)| Rect {
            x,
            y,
            width,
            height,
        })
    }

    proptest! {
        /// The base is converted whole, then rectangles of another picture are pasted in both
        /// colour spaces: the results must be one.
        #[test]
        fn by_rects_equals_whole(
            size in size(),
            rects in prop::collection::vec(rect(), 1..4),
            seed: u32,
        ) {
            let (base, other) = (noise(size, seed), noise(size, !seed));
            let mut by_rects = I420Picture::new(size);
            bgra_to_i420(&base, &mut by_rects, &[size.rect()]).expect("one size");
            bgra_to_i420(&other, &mut by_rects, &rects).expect("one size");

            let mut pasted = base.clone();
            let width = size.width() as usize;
            for rect in rects.iter().filter_map(|rect| align(*rect, size)) {
                for y in rect.y as usize..rect.bottom() as usize {
                    let row = y * width + rect.x as usize..y * width + rect.right() as usize;
                    pasted.as_pixels_mut()[row.clone()].copy_from_slice(&other.as_pixels()[row]);
                }
            }
            let mut whole = I420Picture::new(size);
            bgra_to_i420(&pasted, &mut whole, &[size.rect()]).expect("one size");
            prop_assert_eq!(by_rects.y(), whole.y());
            prop_assert_eq!(by_rects.u(), whole.u());
            prop_assert_eq!(by_rects.v(), whole.v());

            let (mut shown, mut all) = (BgraPicture::new(size), BgraPicture::new(size));
            i420_to_bgra(&whole, &mut all, &[size.rect()]).expect("one size");
            i420_to_bgra(&whole, &mut shown, &rects).expect("one size");
            for (at, (shown, all)) in shown.as_pixels().iter().zip(all.as_pixels()).enumerate() {
                let (x, y) = ((at % width) as u32, (at / width) as u32);
                let inside = rects.iter().filter_map(|rect| align(*rect, size)).any(|rect| {
                    rect.intersect(Rect { x, y, width: 1, height: 1 }).is_some()
                });
                prop_assert_eq!(*shown, if inside { *all } else { 0 });
            }
        }
    }

    /// Large rectangles are converted by two threads, at all columns and with odd sides.
    #[test]
    fn shared_rectangles_equal_small_ones() {
        let size = Size::new(901, 703).expect("valid");
        let picture = noise(size, 7);
        for (x, y, width, height) in [(0, 0, 901, 703), (2, 4, 899, 699), (64, 0, 600, 640)] {
            let large = Rect {
                x,
                y,
                width,
                height,
            };
            assert_eq!(parts(large).count(), 2);
            let rows = (y..y + height).step_by(2);
            let small: Vec<_> = rows
                .map(|row| Rect {
                    y: row,
                    height: 2.min(y + height - row),
                    ..large
                })
                .collect();
            assert!(small.iter().all(|rect| parts(*rect).count() == 1));
            let (mut by_two, mut by_one) = (I420Picture::new(size), I420Picture::new(size));
            bgra_to_i420(&picture, &mut by_two, &[large]).expect("one size");
            bgra_to_i420(&picture, &mut by_one, &small).expect("one size");
            assert!(
                by_two.y() == by_one.y() && by_two.u() == by_one.u() && by_two.v() == by_one.v()
            );
            let (mut two, mut one) = (BgraPicture::new(size), BgraPicture::new(size));
            i420_to_bgra(&by_one, &mut two, &[large]).expect("one size");
            i420_to_bgra(&by_one, &mut one, &small).expect("one size");
            assert!(two.as_pixels() == one.as_pixels());
        }
    }

    #[test]
    fn reference_colours_have_their_bt709_values() {
        let size = Size::new(2, 2).expect("valid");
        // Limited-range BT.709 values of the primaries, ITU-R BT.709-6 section 3.
        let cases = [
            (0x0000_0000, [16, 128, 128]),
            (0x00ff_ffff, [235, 128, 128]),
            (0x00ff_0000, [63, 102, 240]),
            (0x0000_ff00, [173, 42, 26]),
            (0x0000_00ff, [32, 240, 118]),
        ];
        for (color, yuv) in cases {
            let mut bgra = BgraPicture::new(size);
            bgra.as_pixels_mut().fill(color);
            let mut i420 = I420Picture::new(size);
            bgra_to_i420(&bgra, &mut i420, &[size.rect()]).expect("one size");
            for (got, want) in [i420.y()[0], i420.u()[0], i420.v()[0]].iter().zip(yuv) {
                assert!(got.abs_diff(want) <= 1, "{color:06x}: {got} is not {want}");
            }
            let mut back = BgraPicture::new(size);
            i420_to_bgra(&i420, &mut back, &[size.rect()]).expect("one size");
            for (got, want) in back.as_bytes()[..3].iter().zip(&color.to_le_bytes()) {
                assert!(got.abs_diff(*want) <= 3, "{color:06x}: {got} is not {want}");
            }
        }
    }

    /// What graphics cards are told to compute (`viewer/src/window/present/card/shader.rs`).
    #[test]
    fn every_sample_becomes_the_pixel_of_one_formula() {
        let size = Size::new(512, 512).expect("valid");
        let mut i420 = I420Picture::new(size);
        let planes = i420.planes_mut();
        for (at, (u, v)) in planes.u.iter_mut().zip(planes.v).enumerate() {
            (*u, *v) = ((at % 256) as u8, (at / 256) as u8);
        }
        let mut bgra = BgraPicture::new(size);
        // Every pair of colour differences, each with 64 of the lumas.
        for pass in 0..16 {
            let luma = |at: usize| ((at * 7 + at / 512 * 31 + pass * 13) % 256) as u8;
            for (at, sample) in i420.planes_mut().y.iter_mut().enumerate() {
                *sample = luma(at);
            }
            i420_to_bgra(&i420, &mut bgra, &[size.rect()]).expect("one size");
            for (at, pixel) in bgra.as_pixels().iter().enumerate() {
                let (u, v) = ((at % 512 / 2) as i32 - 128, (at / 1024) as i32 - 128);
                let part = |sample: i32, weight: i32| (sample * weight + 4096) >> 13;
                let light = part((i32::from(luma(at)) - 16).max(0), 9539);
                let channel = |sum: i32| sum.clamp(0, 255) as u32;
                let red = channel(light + part(v, 14686));
                let green = channel(light - part(v, 4366) - part(u, 1747));
                let blue = channel(light + part(u, 17305));
                let expected = red << 16 | green << 8 | blue;
                assert_eq!(*pixel & 0x00ff_ffff, expected, "{} {u} {v}", luma(at));
            }
        }
    }

    #[test]
    fn sizes_that_differ_are_refused() {
        let size = |width| Size::new(width, 4).expect("valid");
        let bgra = BgraPicture::new(size(4));
        let mut i420 = I420Picture::new(size(5));
        assert!(bgra_to_i420(&bgra, &mut i420, &[]).is_err());
        let mut bgra = bgra;
        assert!(i420_to_bgra(&i420, &mut bgra, &[]).is_err());
    }

    #[test]
    fn hostile_rects_are_cut_to_the_picture() {
        let size = Size::new(7, 5).expect("valid");
        let bgra = noise(size, 3);
        let mut i420 = I420Picture::new(size);
        let huge = u32::MAX;
        for (x, y, width, height) in [
            (huge, 0, huge, 1),
            (0, huge, 1, huge),
            (6, 4, huge, huge),
            (0, 0, huge, huge),
        ] {
            bgra_to_i420(
                &bgra,
                &mut i420,
                &[Rect {
                    x,
                    y,
                    width,
                    height,
                }],
            )
            .expect("one size");
        }
        let mut whole = I420Picture::new(size);
        bgra_to_i420(&bgra, &mut whole, &[size.rect()]).expect("one size");
        assert_eq!(i420.y(), whole.y());
    }
}
