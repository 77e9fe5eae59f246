//! The picture that a viewer shows: pixels, and parts where the video's planes count instead,
//! because a graphics card converts them at less cost.
//!
//! What is left to convert is converted before anything reads or overwrites it, so that the picture
//! is the same whether and whenever that happens.

use farpane_protocol::geometry::{Rect, Size};

use crate::convert::{align, i420_to_bgra, i420_to_rows};
use crate::picture::{BgraPicture, I420Picture};

/// When the video's planes become pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// At once.
    Now,
    /// Only where somebody needs the pixels.
    Later,
}

/// A picture with parts that may not be pixels yet.
#[derive(Debug)]
pub struct Shown {
    pixels: BgraPicture,
    /// The video's picture; absent before any was left to convert.
    video: Option<I420Picture>,
    /// Where the video counts, not the pixels; even coordinates.
    left: Vec<Rect>,
}

/// A picture as it is: `pixels`, but `video` in the parts `left`.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The pixels; old in the parts `left`.
    pub pixels: &'a BgraPicture,
    /// The video's planes; absent where nothing is left.
    pub video: Option<&'a I420Picture>,
    /// Where the video counts; left and upper edges are even.
    pub left: &'a [Rect],
}

impl From<BgraPicture> for Shown {
    fn from(pixels: BgraPicture) -> Self {
        Self {
            pixels,
            video: None,
            left: Vec::new(),
        }
    }
}

impl Parts<'_> {
    /// Writes `part` to rows that are `stride` pixels apart, of which `to` begins with its first
    /// pixel, if all of it is left to convert: so it is converted and brought where it is needed at
    /// once. Whether it was; nothing is written otherwise, and where an edge parts two pixels that
    /// share their colour.
    ///
    /// # Panics
    /// If `to` ends before the last pixel of `part`.
    #[must_use]
    pub fn film(&self, part: Rect, to: &mut [u32], stride: usize) -> bool {
        let covers = |left: &Rect| left.union(part) == *left;
        let Some(video) = self.video.filter(|_| self.left.iter().any(covers)) else {
            return false;
        };
        let fits = align(part, video.size()) == Some(part);
        if fits {
            i420_to_rows(video, part, to, stride);
        }
        fits
    }
}

impl Shown {
    /// A black picture.
    pub fn new(size: Size) -> Self {
        BgraPicture::new(size).into()
    }

    /// Extent in pixels.
    pub fn size(&self) -> Size {
        self.pixels.size()
    }

    /// All of it as pixels.
    pub fn pixels(&mut self) -> &BgraPicture {
        self.pixels_mut()
    }

    /// As [`Self::pixels`], to write.
    pub fn pixels_mut(&mut self) -> &mut BgraPicture {
        self.settle(|_| true);
        &mut self.pixels
    }

    /// As it is, without converting anything.
    pub fn parts(&self) -> Parts<'_> {
        Parts {
            pixels: &self.pixels,
            video: self.video.as_ref().filter(|_| !self.left.is_empty()),
            left: &self.left,
        }
    }

    /// The pixels, converted as far as `touched` reaches; what lies elsewhere may be old.
    pub(super) fn pixels_at(&mut self, touched: impl FnOnce() -> Vec<Rect>) -> &mut BgraPicture {
        if !self.left.is_empty() {
            let touched = touched();
            self.settle(|left| touched.iter().any(|rect| rect.intersect(left).is_some()));
        }
        &mut self.pixels
    }

    /// Shows a video's picture within `rects` and takes it, giving another one for it.
    pub(super) fn leave(&mut self, video: &mut I420Picture, rects: &[Rect]) {
        let size = self.size();
        let aligned = rects.iter().filter_map(|rect| align(*rect, size));
        let shown: Vec<_> = aligned.collect();
        // Elsewhere the picture before counts, which goes now.
        self.settle(|left| !shown.iter().any(|rect| rect.union(left) == *rect));
        let kept = self.video.get_or_insert_with(|| I420Picture::new(size));
        std::mem::swap(kept, video);
        self.left = shown;
    }

    /// Converts those parts of what is left.
    fn settle(&mut self, wanted: impl Fn(Rect) -> bool) {
        let Some(video) = self.video.as_ref().filter(|_| !self.left.is_empty()) else {
            return;
        };
        let (now, later) = self.left.iter().partition(|rect| wanted(**rect));
        self.left = later;
        let now: Vec<Rect> = now;
        i420_to_bgra(video, &mut self.pixels, &now).expect("both are of the surface's size");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tile::update::Copy;

    fn size() -> Size {
        Size::new(61, 43).expect("valid")
    }

    fn film(seed: u32) -> I420Picture {
        let mut video = I420Picture::new(size());
        let mut state = seed | 1;
        let planes = video.planes_mut();
        for sample in planes.y.iter_mut().chain(planes.u).chain(planes.v) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = (state >> 24) as u8;
        }
        video
    }

    fn rect() -> impl Strategy<Value = Rect> {
        (0..61u32, 0..43u32, 1..61u32, 1..43u32).prop_filter_map("cut", |(x, y, width, height)| {
            Rect {
                x,
                y,
                width,
                height,
            }
            .intersect(size().rect())
        })
    }

    #[derive(Clone, Debug)]
    enum Act {
        Film(u32, Vec<Rect>, bool),
        Fill(Rect, u32),
        Move(Copy),
        Look,
    }

    fn act() -> impl Strategy<Value = Act> {
        let moved = (rect(), rect()).prop_map(|(from, to)| {
            let (width, height) = (from.width.min(to.width), from.height.min(to.height));
            Act::Move(Copy {
                from_x: from.x,
                from_y: from.y,
                to: Rect {
                    width,
                    height,
                    ..to
                },
            })
        });
        let rects = proptest::collection::vec(rect(), 0..4);
        prop_oneof![
            4 => (any::<u32>(), rects, any::<bool>()).prop_map(|(s, r, l)| Act::Film(s, r, l)),
            3 => (rect(), any::<u32>()).prop_map(|(rect, colour)| Act::Fill(rect, colour)),
            2 => moved,
            1 => Just(Act::Look),
        ]
    }

    fn fill(picture: &mut BgraPicture, rect: Rect, colour: u32) {
        let rows = picture.rows_mut().skip(rect.y as usize);
        for row in rows.take(rect.height as usize) {
            row[rect.x as usize..rect.right() as usize].fill(colour);
        }
    }

    /// What somebody sees who converts the parts that are left, as a card does.
    fn seen(shown: &Shown) -> BgraPicture {
        let parts = shown.parts();
        let mut seen = parts.pixels.clone();
        if let Some(video) = parts.video {
            i420_to_bgra(video, &mut seen, parts.left).expect("one size");
        }
        seen
    }

    /// A part that is brought elsewhere while it is converted is what is seen there, or is left alone;
    /// nothing beside it is touched.
    fn film_is_seen(shown: &Shown, part: Rect, seen: &BgraPicture) -> Result<(), TestCaseError> {
        let (stride, at, untouched) = (70, 5, 0xdead_beef);
        let mut rows = vec![untouched; stride * 50];
        // No further than the last pixel: a window's memory ends there, too.
        let end = at + stride * (part.height as usize - 1) + part.width as usize;
        let is_film = shown.parts().film(part, &mut rows[at..end], stride);
        let covers = |left: &Rect| left.union(part) == *left;
        let is_left = shown.parts().left.iter().any(covers);
        let is_even = align(part, size()) == Some(part);
        prop_assert_eq!(is_film, is_left && is_even, "{:?}", part);
        let mut expected = vec![untouched; stride * 50];
        if is_film {
            let from = seen.rows().skip(part.y as usize);
            let to = expected[at..].chunks_mut(stride);
            for (to, from) in to.zip(from).take(part.height as usize) {
                let from = &from[part.x as usize..part.right() as usize];
                to[..from.len()].copy_from_slice(from);
            }
        }
        prop_assert!(rows == expected, "{part:?}");
        Ok(())
    }

    proptest! {
        /// Whatever is painted, and whatever of it is left to convert, the picture is the same.
        #[test]
        fn converting_later_changes_nothing(
            acts in proptest::collection::vec(act(), 1..20),
            part in rect(),
        ) {
            let mut at_once = BgraPicture::new(size());
            let mut shown = Shown::new(size());
            for act in acts {
                match act {
                    Act::Film(seed, rects, later) => {
                        let mut video = film(seed);
                        i420_to_bgra(&video, &mut at_once, &rects).expect("one size");
                        if later {
                            shown.leave(&mut video, &rects);
                        } else {
                            i420_to_bgra(&video, shown.pixels_mut(), &rects).expect("one size");
                        }
                    }
                    Act::Fill(rect, colour) => {
                        fill(&mut at_once, rect, colour);
                        fill(shown.pixels_at(|| vec![rect]), rect, colour);
                    }
                    Act::Move(copy) => {
                        copy.apply(&mut at_once);
                        copy.apply(shown.pixels_at(|| vec![copy.from(), copy.to]));
                    }
                    Act::Look => prop_assert_eq!(shown.pixels().as_pixels(), at_once.as_pixels()),
                }
                let seen = seen(&shown);
                prop_assert_eq!(seen.as_pixels(), at_once.as_pixels());
                for part in shown.parts().left.to_vec() {
                    film_is_seen(&shown, part, &seen)?;
                }
                film_is_seen(&shown, part, &seen)?;
            }
        }
    }
}
