//! The seams between the bands of a picture, smoothed after decoding: the codec's own filter ends
//! where its stream does. The decoders never see it, so nothing adds up from picture to picture.

use crate::picture::I420Picture;

/// Difference over a seam from which it is taken for an edge of the picture itself: the standard's
/// α of the quantisers that a film on a narrow line has (H.264 table 8-16, about 30).
const EDGE: i16 = 24;

/// Difference beside a seam from which the picture itself is not even there: β of the same.
const EVEN: i16 = 8;

/// Most by which a sample is moved.
const MOST: i16 = 3;

/// Smooths the seam above this even row of the padded picture, which has two rows on each side in
/// all planes. The side above is written only if it is `new`, else it was smoothed already.
pub(super) fn smooth(picture: &mut I420Picture, row: usize, new_above: bool) {
    let (luma, chroma) = (picture.luma_stride(), picture.chroma_stride());
    let planes = picture.planes_mut();
    smooth_plane(planes.y, luma, row, new_above);
    smooth_plane(planes.u, chroma, row / 2, new_above);
    smooth_plane(planes.v, chroma, row / 2, new_above);
}

/// The standard's filter of the weaker kind (H.264 §8.7.2.3) with one sample moved on each side.
fn smooth_plane(plane: &mut [u8], stride: usize, row: usize, new_above: bool) {
    let Some(rows) = plane.get_mut((row - 2) * stride..(row + 2) * stride) else {
        debug_assert!(false, "a band has more rows than two in each plane");
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
        *q0 = (b0 - step).clamp(0, 255) as u8;
        if new_above {
            *p0 = (a0 + step).clamp(0, 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Size;

    use super::*;

    /// A picture of so many rows with one brightness above row 4, another from it on, and the same
    /// of one colour.
    fn stepped(above: u8, below: u8) -> I420Picture {
        let mut picture = I420Picture::new(Size::new(6, 8).expect("valid"));
        let planes = picture.planes_mut();
        for (plane, half) in [(planes.y, 24), (planes.u, 6)] {
            plane[..half].fill(above);
            plane[half..].fill(below);
        }
        picture
    }

    fn column(plane: &[u8], stride: usize) -> Vec<u8> {
        plane.chunks_exact(stride).map(|row| row[0]).collect()
    }

    #[test]
    fn a_small_step_is_softened_and_nothing_else_is_touched() {
        let mut picture = stepped(100, 106);
        smooth(&mut picture, 4, true);
        assert_eq!(
            column(picture.y(), 6),
            [100, 100, 100, 102, 104, 106, 106, 106]
        );
        assert_eq!(column(picture.u(), 3), [100, 102, 104, 106]);
        assert_eq!(picture.v(), [128; 12]);
    }

    #[test]
    fn what_was_shown_before_is_left() {
        let mut picture = stepped(106, 100);
        smooth(&mut picture, 4, false);
        assert_eq!(
            column(picture.y(), 6),
            [106, 106, 106, 106, 102, 100, 100, 100]
        );
    }

    #[test]
    fn an_edge_of_the_picture_stays_sharp() {
        for (above, below) in [(0, 255), (255, 0), (100, 124), (124, 100)] {
            let mut picture = stepped(above, below);
            let before = picture.clone();
            smooth(&mut picture, 4, true);
            assert_eq!(picture.y(), before.y());
            assert_eq!(picture.u(), before.u());
        }
    }
}
