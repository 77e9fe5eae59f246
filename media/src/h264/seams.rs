//! The seams between the bands of a picture, smoothed after decoding: the codec's own filter ends
//! where its stream does. The decoders never see it, so nothing adds up from picture to picture.

use crate::picture::I420Picture;

/// Difference over a seam from which it is taken for an edge of the picture itself: the standard's
/// α for a quantiser of 30 is 25 (H.264 table 8-16), and a coarser picture keeps the larger steps.
const EDGE: i16 = 24;

/// Difference beside a seam from which the picture itself is not even there: β of the same.
const EVEN: i16 = 8;

/// Most by which a sample is moved; the standard's t_C (table 8-17) of a coarser quantiser, since
/// its filter moves the next samples, too.
const MOST: i16 = 3;

/// Smooths the seam between the row above this even one of the padded picture and itself. Both
/// sides are written, one row of each plane, and must be new: what was smoothed before would be
/// smoothed again.
pub(crate) fn smooth(picture: &mut I420Picture, row: usize) {
    let (luma, chroma) = (picture.luma_stride(), picture.chroma_stride());
    let planes = picture.planes_mut();
    smooth_plane(planes.y, luma, row);
    smooth_plane(planes.u, chroma, row / 2);
    smooth_plane(planes.v, chroma, row / 2);
}

/// The standard's filter of the weaker kind (H.264 §8.7.2.3) with one sample moved on each side.
fn smooth_plane(plane: &mut [u8], stride: usize, row: usize) {
    let first = row.checked_sub(2).map(|first| first * stride);
    let rows = first.and_then(|first| plane.get_mut(first..(row + 2) * stride));
    let Some(rows) = rows else {
        debug_assert!(false, "a band has at least two rows of each plane");
        return;
    };
    let (above, below) = rows.split_at_mut(2 * stride);
    let (far_above, above) = above.split_at_mut(stride);
    let (below, far_below) = below.split_at_mut(stride);
    let far = far_above.iter().zip(far_below);
    for ((p0, q0), (p1, q1)) in above.iter_mut().zip(below).zip(far) {
        let [a1, a0, b0, b1] = [*p1, *p0, *q0, *q1].map(i16::from);
        let even = (b0 - a0).abs() < EDGE && (a1 - a0).abs() < EVEN && (b1 - b0).abs() < EVEN;
        let step = ((4 * (b0 - a0) + a1 - b1 + 4) >> 3).clamp(-MOST, MOST);
        let step = if even { step } else { 0 };
        *p0 = (a0 + step).clamp(0, 255) as u8;
        *q0 = (b0 - step).clamp(0, 255) as u8;
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Size;

    use super::*;

    /// Two rows above and two below a seam, smoothed; the same in all planes.
    fn smoothed(rows: [u8; 4]) -> [u8; 4] {
        let mut picture = I420Picture::new(Size::new(2, 8).expect("valid"));
        let planes = picture.planes_mut();
        let twice = rows.map(|sample| [sample; 2]);
        planes.y[4..12].copy_from_slice(twice.as_flattened());
        planes.u.copy_from_slice(&rows);
        planes.v.copy_from_slice(&rows);
        smooth(&mut picture, 4);
        let (beyond, seam) = (picture.y()[..4].iter().chain(&picture.y()[12..]), 4..12);
        assert!(beyond.into_iter().all(|sample| *sample == 16));
        let column: [u8; 4] = picture.u().try_into().expect("four rows");
        assert_eq!(picture.v(), column);
        let twice: [[u8; 2]; 4] = column.map(|sample| [sample; 2]);
        assert_eq!(&picture.y()[seam], twice.as_flattened());
        column
    }

    #[test]
    fn a_small_step_is_softened() {
        assert_eq!(smoothed([100, 100, 106, 106]), [100, 102, 104, 106]);
        assert_eq!(smoothed([106, 106, 100, 100]), [106, 104, 102, 100]);
    }

    #[test]
    fn no_sample_moves_far_nor_beyond_its_range() {
        assert_eq!(smoothed([100, 100, 120, 120]), [100, 103, 117, 120]);
        assert_eq!(smoothed([7, 0, 0, 0]), [7, 1, 0, 0]);
        assert_eq!(smoothed([248, 255, 255, 255]), [248, 254, 255, 255]);
    }

    #[test]
    fn what_is_of_the_picture_itself_stays_sharp() {
        for rows in [
            [0, 0, 255, 255],
            [255, 255, 0, 0],
            [100, 100, 124, 124],
            [124, 124, 100, 100],
            [92, 100, 106, 106],
            [100, 100, 106, 114],
        ] {
            assert_eq!(smoothed(rows), rows);
        }
    }
}
