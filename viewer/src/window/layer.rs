//! What is painted over the picture: a layer knows its rectangle and paints itself; comparing the
//! layers of two moments tells which rectangles to paint again.

use farpane_media::paint::{Canvas, Color, Face, measure};
use farpane_protocol::geometry::{Point, Rect, Size};

/// Something painted over the picture.
pub trait Layer: PartialEq {
    /// All that it covers.
    fn rect(&self) -> Rect;

    /// Whether nothing of what is behind it is to be seen within its rectangle.
    fn is_solid(&self) -> bool {
        true
    }

    /// Paints it; the canvas may be clipped to less.
    fn paint(&self, canvas: &mut Canvas<'_>);
}

/// Adds what must be painted again when `old` becomes `new`.
pub fn difference<L: Layer>(old: Option<&L>, new: Option<&L>, damage: &mut Vec<Rect>) {
    if old != new {
        damage.extend(old.map(Layer::rect));
        damage.extend(new.map(Layer::rect));
    }
}

/// Sizes in window pixels from sizes at scale 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale(f32);

impl Scale {
    /// From the window's scale factor, kept between half and four times.
    pub fn new(factor: f64) -> Self {
        Self((factor as f32).clamp(0.5, 4.0))
    }

    /// A length in whole pixels.
    pub fn px(self, at_one: f32) -> u32 {
        (at_one * self.0).round() as u32
    }

    /// A text size.
    pub fn text(self, at_one: f32) -> f32 {
        at_one * self.0
    }
}

/// The part of a window that a box of this size covers in its middle, cut to the window.
pub fn centred(window: Size, width: u32, height: u32) -> Rect {
    let (width, height) = (width.min(window.width()), height.min(window.height()));
    Rect {
        x: (window.width() - width) / 2,
        y: (window.height() - height) / 2,
        width,
        height,
    }
}

/// The rectangle with every edge moved inward.
pub fn inset(rect: Rect, by: u32) -> Rect {
    Rect {
        x: rect.x + by,
        y: rect.y + by,
        width: rect.width.saturating_sub(2 * by),
        height: rect.height.saturating_sub(2 * by),
    }
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Weight.
    pub face: Face,
    /// Pixels per em.
    pub px: f32,
    /// Colour.
    pub color: Color,
}

impl Style {
    /// Where the baseline is when the text stands in the middle of `rect`'s height.
    fn baseline(self, rect: Rect) -> i32 {
        (rect.y as f32 + rect.height as f32 / 2.0 + self.px * 0.34).round() as i32
    }

    /// Writes at the left of a rectangle, cut to its width.
    pub fn left(self, canvas: &mut Canvas<'_>, rect: Rect, text: &str) {
        let at = Point {
            x: rect.x as i32,
            y: self.baseline(rect),
        };
        canvas.text_clipped(self.face, self.px, at, text, self.color, rect.width as f32);
    }

    /// Writes at the right of a rectangle.
    pub fn right(self, canvas: &mut Canvas<'_>, rect: Rect, text: &str) {
        let width = measure(self.face, self.px, text)
            .ceil()
            .min(rect.width as f32);
        let at = Point {
            x: rect.right() as i32 - width as i32,
            y: self.baseline(rect),
        };
        canvas.text_clipped(
            self.face,
            self.px,
            at,
            text,
            self.color,
            rect.width as f32 + 1.0,
        );
    }

    /// Writes in the middle of a rectangle.
    pub fn middle(self, canvas: &mut Canvas<'_>, rect: Rect, text: &str) {
        let width = measure(self.face, self.px, text).min(rect.width as f32);
        let at = Point {
            x: (rect.x as f32 + (rect.width as f32 - width) / 2.0).round() as i32,
            y: self.baseline(rect),
        };
        canvas.text_clipped(
            self.face,
            self.px,
            at,
            text,
            self.color,
            rect.width as f32 + 1.0,
        );
    }

    /// Width of a text in whole pixels.
    pub fn width(self, text: &str) -> u32 {
        measure(self.face, self.px, text).ceil() as u32
    }
}

/// Many rectangles as few: overlapping ones are joined, and beyond a bound all are.
pub fn joined(mut rects: Vec<Rect>, window: Size, most: usize) -> Vec<Rect> {
    let mut out: Vec<Rect> = Vec::new();
    rects.retain_mut(|rect| {
        let cut = rect.intersect(window.rect());
        *rect = cut.unwrap_or_default();
        cut.is_some()
    });
    for rect in rects {
        let mut grown = rect;
        // A joined rectangle may touch one that the original did not.
        while let Some(at) = out
            .iter()
            .position(|other| other.intersect(grown).is_some())
        {
            grown = grown.union(out.swap_remove(at));
        }
        out.push(grown);
    }
    if out.len() > most {
        let all = out
            .iter()
            .fold(Rect::default(), |all, rect| all.union(*rect));
        out = vec![all];
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(PartialEq)]
    struct Dot(u32);

    impl Layer for Dot {
        fn rect(&self) -> Rect {
            Rect {
                x: self.0,
                y: 0,
                width: 1,
                height: 1,
            }
        }

        fn paint(&self, _: &mut Canvas<'_>) {}
    }

    #[test]
    fn only_what_changed_is_painted_again() {
        let mut damage = Vec::new();
        difference(Some(&Dot(1)), Some(&Dot(1)), &mut damage);
        difference::<Dot>(None, None, &mut damage);
        assert!(damage.is_empty());
        difference(Some(&Dot(1)), Some(&Dot(2)), &mut damage);
        difference(Some(&Dot(3)), None, &mut damage);
        let at: Vec<_> = damage.iter().map(|rect| rect.x).collect();
        assert_eq!(at, [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn joined_rects_cover_the_same_and_do_not_overlap(
            parts in proptest::collection::vec((0u32..120, 0u32..120, 0u32..40, 0u32..40), 0..40),
            most in 1usize..10,
        ) {
            let window = Size::new(100, 100).expect("valid");
            let rects: Vec<_> = parts
                .into_iter()
                .map(|(x, y, width, height)| Rect { x, y, width, height })
                .collect();
            let out = joined(rects.clone(), window, most);
            prop_assert!(out.len() <= most);
            for (at, rect) in out.iter().enumerate() {
                prop_assert!(rect.fits(window) && !rect.is_empty());
                prop_assert!(out[at + 1..].iter().all(|other| other.intersect(*rect).is_none()));
            }
            for rect in rects.iter().filter_map(|rect| rect.intersect(window.rect())) {
                prop_assert!(out.iter().any(|cover| cover.union(rect) == *cover));
            }
        }
    }
}
