//! H.264 by the OpenH264 library, which is built from source: the one place where it is met.
//!
//! Baseline profile only. With Main or High the library's decoder delivers each picture one call
//! late, and its encoder gains little by them.
//!
//! A picture is coded in bands, one above the other, each a stream of its own (`bands.rs` has the
//! format). The library codes slices of one stream on several cores, but its decoder does not; two
//! streams it codes and decodes on two.

mod access_unit;
mod bands;
mod bits;
mod decoder;
mod encoder;
mod memory;
mod parameters;
mod processor;
mod seams;
mod shares;
mod stream;

pub use decoder::H264Decoder;
pub use encoder::{H264Encoder, OpenH264};
pub use memory::give_memory_back;
pub use processor::built_with_assembly;
pub(crate) use seams::smooth as smooth_seam;

use farpane_protocol::geometry::Size;

use crate::codec::CodecError;
use crate::picture::I420Picture;

/// Shortest side in pixels that the library encodes.
const MIN_SIDE: usize = 16;

/// Most macroblocks (16×16 pixels) per picture: the standard's level 5.2, where the library ends
/// (H.264 table A-1, MaxFS). 3840×2400 fits; 5120×2880 does not.
const MAX_MACROBLOCKS: usize = 36_864;

/// Longest side in macroblocks that level 5.2 allows: the root of eight times
/// [`MAX_MACROBLOCKS`] (H.264 §A.3.1).
const MAX_SIDE_MACROBLOCKS: usize = 543;

/// Whether the library can code pictures of this size. Both sides must be known to be able
/// before a session agrees on a size.
pub fn supports(size: Size) -> bool {
    check_size(size).is_ok()
}

/// The padded width and height of a picture, if the library can code them.
fn check_size(size: Size) -> Result<(u32, u32), CodecError> {
    let even = |side: u32| side.next_multiple_of(2);
    let (width, height) = (even(size.width()), even(size.height()));
    let blocks = |side: u32| (side as usize).div_ceil(16);
    let fits = width.min(height) as usize >= MIN_SIDE
        && blocks(width).max(blocks(height)) <= MAX_SIDE_MACROBLOCKS
        && blocks(width) * blocks(height) <= MAX_MACROBLOCKS;
    if fits {
        Ok((width, height))
    } else {
        Err(CodecError::SizeUnsupported(size))
    }
}

/// Refuses a picture that is not of the size agreed on.
fn check_picture(picture: &I420Picture, expected: Size) -> Result<(), CodecError> {
    let got = picture.size();
    if got == expected {
        Ok(())
    } else {
        Err(CodecError::WrongPictureSize { expected, got })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_beyond_the_highest_level_are_refused() {
        for (width, height, fits) in [
            (1920, 1080, true),
            (3840, 2400, true),
            (16, 16, true),
            (15, 15, true),
            (14, 100, false),
            (5120, 2880, false),
            (8192, 16, true),
            (8192, 8192, false),
        ] {
            let size = Size::new(width, height).expect("valid");
            assert_eq!(supports(size), fits, "{width}x{height}");
        }
    }
}
