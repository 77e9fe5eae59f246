//! What a capture reports: why it woke, what changed, and how the cursor looks.

use std::hash::{DefaultHasher, Hash, Hasher};

use farpane_protocol::geometry::{Point, Rect, Size};

/// Most rectangles of one [`Damage`]; more would cost more to describe than to repaint.
pub const MAX_DAMAGE_RECTS: usize = 64;

/// Widest and highest cursor in pixels; a larger one is cut on the right and below. The wire
/// carries no larger one.
pub const MAX_CURSOR_SIDE: u32 = 256;

/// One of the monitors that make up what a person sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// What the display calls it, such as `HDMI-1`; no two have the same.
    pub name: String,
    /// Its upper left corner on the screen that they make up.
    pub place: Point,
    /// Its extent.
    pub size: Size,
}

/// Why a wait ended. All false: the deadline passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent bells; any may ring together"
)]
pub struct Wake {
    /// Something on the screen changed.
    pub damage: bool,
    /// The cursor has another shape.
    pub cursor: bool,
    /// A watched monitor has another size or place, or there are other ones beside them.
    pub resized: bool,
    /// The waker was rung.
    pub woken: bool,
}

impl Wake {
    /// Whether anything happened at all.
    pub fn any(self) -> bool {
        self.damage || self.cursor || self.resized || self.woken
    }
}

/// The rectangles of a monitor that changed: inside the monitor, none empty, at most
/// [`MAX_DAMAGE_RECTS`]. They may overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage(Vec<Rect>);

impl Damage {
    /// Cuts the rectangles to `size` and leaves out empty ones; too many become the one that
    /// covers them all.
    pub fn new(rects: impl IntoIterator<Item = Rect>, size: Size) -> Self {
        Self::at_most(MAX_DAMAGE_RECTS, rects, size)
    }

    /// As [`Damage::new`] with a smaller bound.
    pub(super) fn at_most(most: usize, rects: impl IntoIterator<Item = Rect>, size: Size) -> Self {
        let cut = rects
            .into_iter()
            .filter_map(|rect| rect.intersect(size.rect()));
        let rects: Vec<Rect> = cut.collect();
        if rects.len() <= most {
            return Self(rects);
        }
        Self(vec![rects.into_iter().fold(Rect::default(), Rect::union)])
    }

    /// The whole monitor.
    pub fn all(size: Size) -> Self {
        Self(vec![size.rect()])
    }

    /// The rectangles.
    pub fn rects(&self) -> &[Rect] {
        &self.0
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How the cursor looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorShape {
    /// Equal for equal shapes; for caches, no protection against forgery.
    pub hash: u64,
    /// Its extent; both sides at most [`MAX_CURSOR_SIDE`].
    pub size: Size,
    /// The pixel that points, inside `size`.
    pub hotspot: Point,
    /// Row by row from the upper left, `0xAARRGGBB`, colours *not* multiplied by alpha.
    pub argb: Vec<u32>,
}

impl CursorShape {
    /// From rows of `stride` pixels, colours not multiplied by alpha. Cuts to
    /// [`MAX_CURSOR_SIDE`] and brings the hot spot inside; `None` for no pixels at all or a
    /// slice that is too short.
    pub fn new(width: u32, height: u32, hotspot: Point, argb: &[u32]) -> Option<Self> {
        let stride = usize::try_from(width).ok()?;
        if argb.len() < stride.checked_mul(usize::try_from(height).ok()?)? {
            return None;
        }
        let size = Size::new(width.min(MAX_CURSOR_SIDE), height.min(MAX_CURSOR_SIDE))?;
        let rows = argb.chunks_exact(stride).take(size.height() as usize);
        let argb: Vec<u32> = rows
            .flat_map(|row| row.iter().take(size.width() as usize))
            .copied()
            .collect();
        let hotspot = size.clamp(hotspot);
        let mut hasher = DefaultHasher::new();
        (size, hotspot, &argb).hash(&mut hasher);
        Some(Self {
            hash: hasher.finish(),
            size,
            hotspot,
            argb,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("valid")
    }

    #[test]
    fn damage_stays_on_the_monitor_and_is_bounded() {
        let outside = Rect {
            x: 50,
            y: 0,
            width: 9,
            height: 9,
        };
        let across = Rect {
            x: 8,
            y: 8,
            width: 9,
            height: 9,
        };
        let damage = Damage::new([outside, Rect::default(), across], size(10, 10));
        assert_eq!(
            damage.rects(),
            [Rect {
                x: 8,
                y: 8,
                width: 2,
                height: 2
            }]
        );

        let many = (0..=MAX_DAMAGE_RECTS as u32).map(|x| Rect {
            x,
            y: 1,
            width: 1,
            height: 2,
        });
        let damage = Damage::new(many, size(100, 10));
        assert_eq!(
            damage.rects(),
            [Rect {
                x: 0,
                y: 1,
                width: 65,
                height: 2
            }]
        );
    }

    #[test]
    fn huge_cursor_is_cut_and_keeps_its_rows_apart() {
        let width = MAX_CURSOR_SIDE + 3;
        let pixels: Vec<u32> = (0..width * 300).collect();
        let shape = CursorShape::new(width, 300, Point { x: 999, y: -4 }, &pixels).expect("shape");
        assert_eq!(shape.size, size(MAX_CURSOR_SIDE, MAX_CURSOR_SIDE));
        assert_eq!(shape.hotspot, Point { x: 255, y: 0 });
        assert_eq!(shape.argb[256], width);
        assert!(CursorShape::new(4, 4, Point::default(), &pixels[..15]).is_none());
        assert!(CursorShape::new(0, 4, Point::default(), &pixels).is_none());
    }

    #[test]
    fn equal_shapes_have_equal_hashes_and_others_not() {
        let shape = |hot| CursorShape::new(2, 1, Point { x: hot, y: 0 }, &[1, 2]).expect("shape");
        assert_eq!(shape(0), shape(0));
        assert_ne!(shape(0).hash, shape(1).hash);
    }
}
