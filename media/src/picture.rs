//! Pictures in memory: BGRA as the display has it, and I420 as the codec wants it.
//!
//! Both own their pixels and know their size, so that code which gets one has nothing left to
//! check. They keep one spare row behind the last: the colour conversion reads and writes whole
//! rows starting at any column (see [`crate::convert`]).

use std::ops::Range;

use farpane_protocol::geometry::Size;

#[cfg(target_endian = "big")]
compile_error!(
    "pictures are BGRA bytes seen as 0x00RRGGBB words, which needs a little-endian machine"
);

/// A picture of four bytes per pixel: blue, green, red, and one that means nothing. Seen as
/// words that is `0x??RRGGBB`. Rows follow each other without padding.
#[derive(Clone, Debug)]
pub struct BgraPicture {
    size: Size,
    pixels: Vec<u32>,
}

impl BgraPicture {
    /// A black picture.
    pub fn new(size: Size) -> Self {
        Self {
            size,
            pixels: vec![0; size.area() + size.width() as usize],
        }
    }

    /// Extent in pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Bytes from one row to the next: four times the width.
    pub fn stride_bytes(&self) -> usize {
        self.size.width() as usize * 4
    }

    /// All pixels, row by row, from the upper left; as many as the size's area.
    pub fn as_pixels(&self) -> &[u32] {
        &self.pixels[..self.size.area()]
    }

    /// As [`Self::as_pixels`], to write.
    pub fn as_pixels_mut(&mut self) -> &mut [u32] {
        &mut self.pixels[..self.size.area()]
    }

    /// All bytes, row by row, from the upper left; four times the size's area.
    pub fn as_bytes(&self) -> &[u8] {
        bytemuck::cast_slice(self.as_pixels())
    }

    /// As [`Self::as_bytes`], to write.
    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(self.as_pixels_mut())
    }

    /// The rows from top to bottom, each as many pixels as the picture is wide.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &[u32]> + ExactSizeIterator {
        self.as_pixels().chunks_exact(self.size.width() as usize)
    }

    /// As [`Self::rows`], to write.
    pub fn rows_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut [u32]> + ExactSizeIterator {
        let width = self.size.width() as usize;
        self.as_pixels_mut().chunks_exact_mut(width)
    }

    /// The bytes with the spare row.
    pub(crate) fn padded_bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.pixels)
    }
}

/// A picture in three planes: brightness for every pixel, two colour differences for every 2×2
/// pixels; BT.709, limited range. An odd side is padded inside to the next even number, and the
/// codec sees the padded picture.
#[derive(Clone, Debug)]
pub struct I420Picture {
    size: Size,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
}

/// One plane of a picture that somebody else owns: rows of `stride` bytes.
#[derive(Clone, Copy, Debug)]
pub struct PlaneRef<'a> {
    /// The samples; the last row may end without its padding.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// The three planes of an [`I420Picture`], to write, each without spare row.
#[derive(Debug)]
pub struct PlanesMut<'a> {
    /// Brightness; rows of [`I420Picture::luma_stride`] bytes.
    pub y: &'a mut [u8],
    /// Blue difference; rows of [`I420Picture::chroma_stride`] bytes.
    pub u: &'a mut [u8],
    /// Red difference; rows of [`I420Picture::chroma_stride`] bytes.
    pub v: &'a mut [u8],
}

/// A plane that was handed over is smaller than its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a plane of {got} bytes in rows of {stride} cannot hold {width}x{height} samples")]
pub struct PlaneTooSmall {
    got: usize,
    stride: usize,
    width: usize,
    height: usize,
}

impl I420Picture {
    /// A black picture.
    pub fn new(size: Size) -> Self {
        let (width, height) = padded(size);
        let (half_width, half_height) = (width / 2, height / 2);
        Self {
            size,
            y: vec![16; width * (height + 1)],
            u: vec![128; half_width * (half_height + 1)],
            v: vec![128; half_width * (half_height + 1)],
        }
    }

    /// Extent of what is to be seen, in pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Width and height that the codec sees: [`Self::size`] with odd sides made even.
    pub fn padded_size(&self) -> (usize, usize) {
        padded(self.size)
    }

    /// Bytes per row of [`Self::y`]: the padded width.
    pub fn luma_stride(&self) -> usize {
        padded(self.size).0
    }

    /// Bytes per row of [`Self::u`] and [`Self::v`]: half the padded width.
    pub fn chroma_stride(&self) -> usize {
        padded(self.size).0 / 2
    }

    /// Brightness samples of the padded picture, 16 (black) to 235 (white).
    pub fn y(&self) -> &[u8] {
        &self.y[..self.y.len() - self.luma_stride()]
    }

    /// Blue differences of the padded picture, one per 2×2 pixels; 128 is none.
    pub fn u(&self) -> &[u8] {
        &self.u[..self.u.len() - self.chroma_stride()]
    }

    /// Red differences of the padded picture, one per 2×2 pixels; 128 is none.
    pub fn v(&self) -> &[u8] {
        &self.v[..self.v.len() - self.chroma_stride()]
    }

    /// The three planes of the padded picture, to write.
    pub fn planes_mut(&mut self) -> PlanesMut<'_> {
        let (luma, chroma) = (self.luma_stride(), self.chroma_stride());
        let (y, u, v) = (
            self.y.len() - luma,
            self.u.len() - chroma,
            self.v.len() - chroma,
        );
        PlanesMut {
            y: &mut self.y[..y],
            u: &mut self.u[..u],
            v: &mut self.v[..v],
        }
    }

    /// The planes of these rows of the padded picture, an even number from an even one.
    ///
    /// # Panics
    /// If rows are odd or lie outside.
    pub fn band(&self, rows: Range<usize>) -> [PlaneRef<'_>; 3] {
        let (luma, chroma) = (self.luma_stride(), self.chroma_stride());
        let (rows, half) = (even_rows(&rows), half_rows(&rows));
        let plane = |data, stride| PlaneRef { data, stride };
        [
            plane(&self.y()[scaled(&rows, luma)], luma),
            plane(&self.u()[scaled(&half, chroma)], chroma),
            plane(&self.v()[scaled(&half, chroma)], chroma),
        ]
    }

    /// Copies a whole padded picture in.
    ///
    /// # Errors
    /// [`PlaneTooSmall`] if a plane ends too early or its rows overlap; nothing is written then.
    pub fn copy_from(&mut self, planes: [PlaneRef<'_>; 3]) -> Result<(), PlaneTooSmall> {
        let (_, height) = self.padded_size();
        self.copy_band(0..height, planes)
    }

    /// Copies these rows of a padded picture in, an even number from an even one.
    ///
    /// # Errors
    /// [`PlaneTooSmall`] if a plane ends too early or its rows overlap; nothing is written then.
    ///
    /// # Panics
    /// If rows are odd or lie outside.
    pub fn copy_band(
        &mut self,
        rows: Range<usize>,
        planes: [PlaneRef<'_>; 3],
    ) -> Result<(), PlaneTooSmall> {
        let width = self.luma_stride();
        let (rows, half) = (even_rows(&rows), half_rows(&rows));
        let [y, u, v] = planes;
        check(y, width, rows.len())?;
        check(u, width / 2, half.len())?;
        check(v, width / 2, half.len())?;
        let target = self.planes_mut();
        copy_rows(&mut target.y[scaled(&rows, width)], width, y);
        copy_rows(&mut target.u[scaled(&half, width / 2)], width / 2, u);
        copy_rows(&mut target.v[scaled(&half, width / 2)], width / 2, v);
        Ok(())
    }

    /// The planes with their spare rows.
    pub(crate) fn spare_planes_mut(&mut self) -> PlanesMut<'_> {
        PlanesMut {
            y: &mut self.y,
            u: &mut self.u,
            v: &mut self.v,
        }
    }
}

/// A size with odd sides made even; no larger than `MAX_SIDE`, which is even.
fn padded(size: Size) -> (usize, usize) {
    let even = |side: u32| side.next_multiple_of(2) as usize;
    (even(size.width()), even(size.height()))
}

fn even_rows(rows: &Range<usize>) -> Range<usize> {
    assert!(
        rows.start.is_multiple_of(2) && rows.end.is_multiple_of(2) && !rows.is_empty(),
        "two rows share their colours"
    );
    rows.clone()
}

fn half_rows(rows: &Range<usize>) -> Range<usize> {
    rows.start / 2..rows.end / 2
}

fn scaled(rows: &Range<usize>, stride: usize) -> Range<usize> {
    rows.start * stride..rows.end * stride
}

fn check(plane: PlaneRef<'_>, width: usize, height: usize) -> Result<(), PlaneTooSmall> {
    let needed = plane
        .stride
        .checked_mul(height - 1)
        .and_then(|rows| rows.checked_add(width));
    if plane.stride >= width && needed.is_some_and(|needed| needed <= plane.data.len()) {
        return Ok(());
    }
    Err(PlaneTooSmall {
        got: plane.data.len(),
        stride: plane.stride,
        width,
        height,
    })
}

/// Both sides were checked: every target row has its source row.
fn copy_rows(target: &mut [u8], width: usize, source: PlaneRef<'_>) {
    for (row, from) in target
        .chunks_exact_mut(width)
        .zip(source.data.chunks(source.stride))
    {
        row.copy_from_slice(&from[..width]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("valid")
    }

    #[test]
    fn bytes_are_blue_green_red_and_rows_are_tight() {
        let mut picture = BgraPicture::new(size(3, 2));
        picture.as_pixels_mut()[4] = 0x0011_2233;
        assert_eq!(picture.as_bytes().len(), 24);
        assert_eq!(picture.as_bytes()[16..20], [0x33, 0x22, 0x11, 0]);
        assert_eq!(picture.rows().nth(1), Some(&[0, 0x0011_2233, 0][..]));
        picture.rows_mut().for_each(|row| row.fill(9));
        assert_eq!(picture.as_pixels(), [9; 6]);
    }

    #[test]
    fn odd_sides_are_padded_inside() {
        let mut picture = I420Picture::new(size(5, 3));
        assert_eq!(picture.padded_size(), (6, 4));
        assert_eq!(
            (picture.y().len(), picture.u().len(), picture.v().len()),
            (24, 6, 6)
        );
        let planes = picture.planes_mut();
        assert_eq!((planes.y.len(), planes.u.len(), planes.v.len()), (24, 6, 6));
    }

    #[test]
    fn planes_that_are_too_small_are_refused_and_nothing_is_written() {
        let mut picture = I420Picture::new(size(4, 4));
        let before = picture.y().to_vec();
        let luma = [1; 4 * 4];
        let plane = |data, stride| PlaneRef { data, stride };
        let good = [plane(&luma, 4), plane(&luma[..4], 2), plane(&luma[..4], 2)];
        for broken in 0..3 {
            for stride in [0, 1, 3, 7, usize::MAX] {
                let mut planes = good;
                planes[broken].stride = stride;
                planes[broken].data = &planes[broken].data[..4];
                if stride == 3 && broken > 0 {
                    planes[broken].data = &planes[broken].data[..3];
                }
                assert!(picture.copy_from(planes).is_err(), "{broken} {stride}");
            }
        }
        assert_eq!(picture.y(), before);
        assert!(picture.copy_from(good).is_ok());
        assert_eq!(picture.y(), luma);
    }

    #[test]
    fn bands_are_read_and_written_where_they_lie() {
        let mut whole = I420Picture::new(size(3, 6));
        for (n, sample) in whole.planes_mut().y.iter_mut().enumerate() {
            *sample = n as u8;
        }
        whole.planes_mut().u.copy_from_slice(&[1, 2, 3, 4, 5, 6]);
        let [y, u, v] = whole.band(2..4);
        assert_eq!((y.data, y.stride), (&[8, 9, 10, 11, 12, 13, 14, 15][..], 4));
        assert_eq!(
            (u.data, u.stride, v.data),
            (&[3, 4][..], 2, &[128, 128][..])
        );
        let mut other = I420Picture::new(size(3, 6));
        other.copy_band(4..6, [y, u, v]).expect("fits");
        assert_eq!(other.y()[..16], [16; 16]);
        assert_eq!(&other.y()[16..], y.data);
        assert_eq!(other.u(), [128, 128, 128, 128, 3, 4]);
        assert!(other.copy_band(0..4, [y, u, v]).is_err());
        assert_eq!(other.y()[..16], [16; 16]);
    }

    #[test]
    fn copy_skips_row_padding() {
        let mut picture = I420Picture::new(size(2, 2));
        let luma = [1, 2, 0, 0, 3, 4];
        let one = PlaneRef {
            data: &[7],
            stride: 1,
        };
        picture
            .copy_from([
                PlaneRef {
                    data: &luma,
                    stride: 4,
                },
                one,
                one,
            ])
            .expect("fits");
        assert_eq!(picture.y(), [1, 2, 3, 4]);
        assert_eq!((picture.u(), picture.v()), (&[7][..], &[7][..]));
    }
}
