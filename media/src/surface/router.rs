//! Decides by which plane each changed tile goes.
//!
//! What is cheap goes exactly and at once. What is dear goes by the video: photographs that change
//! in a large area, and text that changes so often and in so large an area that only a lossy codec
//! keeps up. The video is then also the way of a tile for as long as it keeps changing, unless it
//! is text of which little is left.

/// Bytes of photographs that go exactly in one picture: an icon, a thumbnail, a few letters over
/// a background.
const PHOTO_BYTES: usize = 24 * 1024;
/// Bytes of often changing text that go exactly in one picture; at 30 pictures a second a
/// megabyte per second.
const BUSY_BYTES: usize = 48 * 1024;
/// What is known about a changed tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// It changed several times in a row, quickly.
    pub(super) busy: bool,
    /// It belongs to the video now.
    pub(super) in_video: bool,
    /// The exact piece was looked at and has few colours.
    pub(super) few_colours: bool,
    /// What its changes cost each time if it goes exactly, about, in bytes.
    pub(super) bytes: usize,
}

/// Whether each goes by the video.
pub(super) fn choose(claims: &[Claim]) -> Vec<bool> {
    let stays = |claim: &Claim| claim.busy && claim.in_video && !claim.few_colours;
    let sum = |of: &dyn Fn(&Claim) -> bool| -> usize {
        let counted = claims.iter().filter(|claim| !stays(claim) && of(claim));
        counted.map(|claim| claim.bytes).sum()
    };
    let photos = sum(&|claim| !claim.few_colours) > PHOTO_BYTES;
    let busy = sum(&|claim| claim.few_colours && claim.busy) > BUSY_BYTES;
    let by_video = |claim: &Claim| {
        stays(claim)
            || if claim.few_colours {
                busy && claim.busy
            } else {
                photos
            }
    };
    claims.iter().map(by_video).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(busy: bool, few_colours: bool, bytes: usize) -> Claim {
        Claim {
            busy,
            in_video: false,
            few_colours,
            bytes,
        }
    }

    #[test]
    fn a_letter_goes_exactly_however_often_and_on_whatever_ground() {
        for (busy, few) in [(false, false), (false, true), (true, false), (true, true)] {
            assert_eq!(choose(&[claim(busy, few, 600)]), [false]);
        }
    }

    #[test]
    fn a_new_page_of_text_goes_exactly_and_a_new_photograph_does_not() {
        assert_eq!(choose(&[claim(false, true, 1500); 500]), [false; 500]);
        assert_eq!(choose(&[claim(false, false, 10_000); 500]), [true; 500]);
    }

    #[test]
    fn text_that_changes_everywhere_all_the_time_goes_by_the_video_and_stays_there() {
        assert_eq!(choose(&[claim(true, true, 1500); 100]), [true; 100]);
        let film = Claim {
            in_video: true,
            ..claim(true, false, 100)
        };
        assert_eq!(choose(&[film, claim(false, true, 100)]), [true, false]);
        let text = Claim {
            in_video: true,
            ..claim(true, true, 1500)
        };
        assert_eq!(choose(&[text; 100]), [true; 100]);
        assert_eq!(choose(&[text; 10]), [false; 10], "little of it is left");
        let quiet = Claim {
            busy: false,
            ..film
        };
        assert_eq!(choose(&[quiet]), [false]);
    }
}
