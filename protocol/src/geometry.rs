//! Points, sizes and rectangles in whole pixels, with the checks that hostile numbers need.

/// Widest or highest surface that a peer may name, in pixels. 8K plus a little: anything above
/// is an attack or a bug, and `side * side * 4` must stay far from `u32::MAX`.
pub const MAX_SIDE: u32 = 8192;

/// A surface's extent in pixels; both sides are within `1..=MAX_SIDE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// Both sides must lie within `1..=MAX_SIDE`; anything else is not a size.
    pub const fn new(width: u32, height: u32) -> Option<Self> {
        if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
            return None;
        }
        Some(Self { width, height })
    }

    /// Pixels from left to right.
    pub const fn width(self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub const fn height(self) -> u32 {
        self.height
    }

    /// Number of pixels.
    pub const fn area(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// The rectangle from the origin that covers the whole surface.
    pub const fn rect(self) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        }
    }

    /// The nearest point inside the surface.
    pub fn clamp(self, point: Point) -> Point {
        Point {
            x: point.x.clamp(0, self.width as i32 - 1),
            y: point.y.clamp(0, self.height as i32 - 1),
        }
    }
}

/// A position in pixels relative to a surface's upper left corner; may lie outside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Point {
    /// To the right.
    pub x: i32,
    /// Downward.
    pub y: i32,
}

/// A rectangle of pixels on a surface; may be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Rect {
    /// Whether it covers no pixel.
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// First column to the right of it.
    pub const fn right(self) -> u32 {
        self.x.saturating_add(self.width)
    }

    /// First row below it.
    pub const fn bottom(self) -> u32 {
        self.y.saturating_add(self.height)
    }

    /// Number of pixels.
    pub const fn area(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// The part that both cover, if any.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let x = self.x.max(other.x);
        let y = self.y.max(other.y);
        let right = self.right().min(other.right());
        let bottom = self.bottom().min(other.bottom());
        (right > x && bottom > y).then(|| Self {
            x,
            y,
            width: right - x,
            height: bottom - y,
        })
    }

    /// The smallest rectangle that covers both; an empty one adds nothing.
    pub fn union(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        let x = self.x.min(other.x);
        let y = self.y.min(other.y);
        Self {
            x,
            y,
            width: self.right().max(other.right()) - x,
            height: self.bottom().max(other.bottom()) - y,
        }
    }

    /// Whether every pixel of it lies on a surface of that size.
    pub const fn fits(self, size: Size) -> bool {
        self.right() <= size.width && self.bottom() <= size.height
    }

    /// Grown outward to even coordinates (4:2:0 colour has one sample per 2×2 pixels), then cut
    /// to the surface.
    pub fn align_even(self, size: Size) -> Self {
        let x = self.x & !1;
        let y = self.y & !1;
        let right = (self.right() + 1) & !1;
        let bottom = (self.bottom() + 1) & !1;
        Self {
            x,
            y,
            width: right.min(size.width).saturating_sub(x),
            height: bottom.min(size.height).saturating_sub(y),
        }
    }

    /// Whether the point lies on it.
    pub const fn contains(self, point: Point) -> bool {
        point.x >= 0
            && point.y >= 0
            && point.x as u32 >= self.x
            && point.y as u32 >= self.y
            && (point.x as u32) < self.right()
            && (point.y as u32) < self.bottom()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_refuses_zero_and_too_large() {
        assert!(Size::new(0, 1).is_none());
        assert!(Size::new(1, MAX_SIDE + 1).is_none());
        assert_eq!(Size::new(4, 2).map(Size::area), Some(8));
    }

    #[test]
    fn intersect_and_union_agree_with_pixel_sets() {
        let a = Rect {
            x: 0,
            y: 0,
            width: 4,
            height: 4,
        };
        let b = Rect {
            x: 2,
            y: 3,
            width: 10,
            height: 10,
        };
        assert_eq!(
            a.intersect(b),
            Some(Rect {
                x: 2,
                y: 3,
                width: 2,
                height: 1
            })
        );
        assert_eq!(
            a.union(b),
            Rect {
                x: 0,
                y: 0,
                width: 12,
                height: 13
            }
        );
        assert_eq!(
            a.intersect(Rect {
                x: 4,
                y: 0,
                width: 1,
                height: 1
            }),
            None
        );
    }

    #[test]
    fn hostile_rects_do_not_overflow() {
        let huge = Rect {
            x: u32::MAX,
            y: u32::MAX,
            width: u32::MAX,
            height: u32::MAX,
        };
        let size = Size::new(16, 16).expect("valid");
        assert!(!huge.fits(size));
        assert_eq!(huge.intersect(size.rect()), None);
    }

    #[test]
    fn align_even_grows_outward_and_stays_on_the_surface() {
        let size = Size::new(7, 7).expect("valid");
        let grown = Rect {
            x: 3,
            y: 3,
            width: 4,
            height: 2,
        }
        .align_even(size);
        assert_eq!(
            grown,
            Rect {
                x: 2,
                y: 2,
                width: 5,
                height: 4
            }
        );
    }
}
