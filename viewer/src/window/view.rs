//! Where the device's screen lies in the window, and which pixel is under the pointer.

use farpane_protocol::geometry::{Point, Rect, Size};

/// How the device's screen is fitted into the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As large as the window allows, all of it visible.
    #[default]
    Fit,
    /// One pixel for one pixel; what does not fit is reached by panning.
    Actual,
}

/// Enlarging by less than this (in hundredths) is left out: text would blur for little gain.
const WORTHWHILE: u64 = 125;

/// A device's screen in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    window: Size,
    surface: Size,
    /// Where the surface's upper left corner is in the window; left of or above it when panned.
    origin: Point,
    /// Extent of the whole surface in window pixels.
    shown: Size,
}

impl View {
    /// Places a surface in a window. `pan` counts only where the surface is larger than the
    /// window in [`Mode::Actual`]: the surface's pixel in the window's upper left corner.
    pub fn new(window: Size, surface: Size, mode: Mode, pan: Point) -> Self {
        let shown = match mode {
            Mode::Fit => fitted(window, surface),
            Mode::Actual => surface,
        };
        let place = |window: u32, shown: u32, pan: i32| {
            let room = i64::from(window) - i64::from(shown);
            let at = if room >= 0 {
                room / 2
            } else {
                i64::from(-pan.max(0)).max(room)
            };
            at as i32
        };
        let origin = Point {
            x: place(window.width(), shown.width(), pan.x),
            y: place(window.height(), shown.height(), pan.y),
        };
        Self {
            window,
            surface,
            origin,
            shown,
        }
    }

    /// The device's screen.
    pub fn surface(&self) -> Size {
        self.surface
    }

    /// Extent of the whole surface in window pixels.
    pub fn shown(&self) -> Size {
        self.shown
    }

    /// Where the surface's upper left corner is in the window.
    pub fn origin(&self) -> Point {
        self.origin
    }

    /// Whether one pixel is one pixel.
    pub fn is_exact(&self) -> bool {
        self.shown == self.surface
    }

    /// How much there is to pan over, to the right and downward.
    pub fn pan_room(&self) -> Point {
        let room = |shown: u32, window: u32| shown.saturating_sub(window) as i32;
        Point {
            x: room(self.shown.width(), self.window.width()),
            y: room(self.shown.height(), self.window.height()),
        }
    }

    /// The part of the window that the picture covers.
    pub fn area(&self) -> Rect {
        self.cut(
            self.origin.x.into(),
            self.origin.y.into(),
            i64::from(self.origin.x) + i64::from(self.shown.width()),
            i64::from(self.origin.y) + i64::from(self.shown.height()),
        )
    }

    fn cut(&self, left: i64, top: i64, right: i64, bottom: i64) -> Rect {
        let clamp = |at: i64, side: u32| at.clamp(0, side.into()) as u32;
        let (x, y) = (
            clamp(left, self.window.width()),
            clamp(top, self.window.height()),
        );
        Rect {
            x,
            y,
            width: clamp(right, self.window.width()) - x,
            height: clamp(bottom, self.window.height()) - y,
        }
    }

    /// Whether a place in the window lies on the picture.
    pub fn contains(&self, at: Point) -> bool {
        self.area().contains(at)
    }

    /// The surface's pixel under a place in the window; the nearest one for places beside it.
    pub fn to_surface(&self, at: Point) -> Point {
        self.surface.clamp(Point {
            x: scaled(
                at.x,
                self.origin.x,
                self.shown.width(),
                self.surface.width(),
            ),
            y: scaled(
                at.y,
                self.origin.y,
                self.shown.height(),
                self.surface.height(),
            ),
        })
    }

    /// The window's pixel in the middle of a surface's pixel; outside the window when panned away.
    pub fn to_window(&self, at: Point) -> Point {
        Point {
            x: scaled(at.x, 0, self.surface.width(), self.shown.width()) + self.origin.x,
            y: scaled(at.y, 0, self.surface.height(), self.shown.height()) + self.origin.y,
        }
    }

    /// The window's pixels that depend on a part of the surface.
    pub fn to_window_rect(&self, part: Rect) -> Rect {
        // A scaled pixel is mixed from neighbours.
        let margin = i64::from(!self.is_exact());
        let low = |at: u32, from: u32, to: u32| i64::from(at) * i64::from(to) / i64::from(from);
        let high = |at: u32, from: u32, to: u32| {
            (i64::from(at) * i64::from(to)).div_euclid(from.into()) + margin
        };
        let (x, y) = (i64::from(self.origin.x), i64::from(self.origin.y));
        let (sw, sh) = (self.surface.width(), self.surface.height());
        let (w, h) = (self.shown.width(), self.shown.height());
        // One more surface pixel on each side covers the reach of enlarging filters.
        let grow = margin as u32;
        let right = part.right().saturating_add(grow).min(sw);
        let bottom = part.bottom().saturating_add(grow).min(sh);
        self.cut(
            x + low(part.x.saturating_sub(grow), sw, w) - margin,
            y + low(part.y.saturating_sub(grow), sh, h) - margin,
            x + high(right, sw, w) + margin,
            y + high(bottom, sh, h) + margin,
        )
    }
}

fn scaled(at: i32, origin: i32, from: u32, to: u32) -> i32 {
    let middle = (i64::from(at) - i64::from(origin)) * 2 + 1;
    let scaled = (middle * i64::from(to)).div_euclid(2 * i64::from(from));
    scaled.clamp(i64::from(i32::MIN / 2), i64::from(i32::MAX / 2)) as i32
}

/// The largest extent with the surface's proportions that fits the window.
fn fitted(window: Size, surface: Size) -> Size {
    let (ww, wh) = (u64::from(window.width()), u64::from(window.height()));
    let (sw, sh) = (u64::from(surface.width()), u64::from(surface.height()));
    let fits = ww >= sw && wh >= sh;
    if fits && (ww * 100 < sw * WORTHWHILE || wh * 100 < sh * WORTHWHILE) {
        return surface;
    }
    let (width, height) = if ww * sh <= wh * sw {
        (ww, (sh * ww + sw / 2) / sw)
    } else {
        ((sw * wh + sh / 2) / sh, wh)
    };
    Size::new(width.max(1) as u32, height.max(1) as u32).unwrap_or(window)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("valid")
    }

    fn view(window: Size, surface: Size, mode: Mode) -> View {
        View::new(window, surface, mode, Point::default())
    }

    #[test]
    fn a_window_of_the_screens_size_shows_it_pixel_for_pixel() {
        let full = size(1920, 1080);
        for mode in [Mode::Fit, Mode::Actual] {
            let view = view(full, full, mode);
            assert!(view.is_exact());
            assert_eq!(view.area(), full.rect());
            let at = Point { x: 1919, y: 7 };
            assert_eq!((view.to_surface(at), view.to_window(at)), (at, at));
        }
    }

    #[test]
    fn a_slightly_larger_window_does_not_blur() {
        assert!(view(size(2000, 1200), size(1920, 1080), Mode::Fit).is_exact());
        assert_eq!(
            view(size(3840, 2160), size(1920, 1080), Mode::Fit).shown(),
            size(3840, 2160)
        );
        assert_eq!(
            view(size(960, 1080), size(1920, 1080), Mode::Fit).shown(),
            size(960, 540)
        );
    }

    #[test]
    fn panning_reaches_every_corner_and_stops_there() {
        let (window, surface) = (size(800, 600), size(1920, 1080));
        let far = Point { x: 9999, y: 9999 };
        let view = View::new(window, surface, Mode::Actual, far);
        assert_eq!(
            view.to_surface(Point { x: 799, y: 599 }),
            Point { x: 1919, y: 1079 }
        );
        assert_eq!(view.pan_room(), Point { x: 1120, y: 480 });
        let back = View::new(window, surface, Mode::Actual, Point { x: -5, y: -5 });
        assert_eq!(back.to_surface(Point::default()), Point::default());
    }

    fn sizes() -> impl Strategy<Value = (Size, Size)> {
        (1u32..3000, 1u32..3000, 1u32..3000, 1u32..3000)
            .prop_map(|(a, b, c, d)| (size(a, b), size(c, d)))
    }

    proptest! {
        /// The larger side keeps every pixel of the smaller one apart, in both directions.
        #[test]
        fn a_click_lands_on_the_pixel_that_is_shown_there((window, surface) in sizes(), x in any::<u32>(), y in any::<u32>()) {
            let view = view(window, surface, Mode::Fit);
            let shown = view.shown();
            let on_surface = Point { x: (x % surface.width()) as i32, y: (y % surface.height()) as i32 };
            let there = view.to_window(on_surface);
            let back = view.to_surface(there);
            if shown.width() >= surface.width() { prop_assert_eq!(back.x, on_surface.x); }
            if shown.height() >= surface.height() { prop_assert_eq!(back.y, on_surface.y); }

            let area = view.area();
            prop_assert!(!area.is_empty());
            let in_window = Point { x: (area.x + x % area.width) as i32, y: (area.y + y % area.height) as i32 };
            let pixel = view.to_surface(in_window);
            prop_assert!(surface.rect().contains(pixel));
            let back = view.to_window(pixel);
            if shown.width() <= surface.width() { prop_assert_eq!(back.x, in_window.x); }
            if shown.height() <= surface.height() { prop_assert_eq!(back.y, in_window.y); }
        }

        /// Places anywhere, far outside too, land on the surface.
        #[test]
        fn no_place_misses_the_surface((window, surface) in sizes(), x in any::<i32>(), y in any::<i32>(), panned in any::<bool>()) {
            let mode = if panned { Mode::Actual } else { Mode::Fit };
            let view = View::new(window, surface, mode, Point { x, y });
            let pixel = view.to_surface(Point { x, y });
            prop_assert!(surface.rect().contains(pixel));
        }

        /// The window's rectangle for a part of the surface holds every pixel that shows the part.
        #[test]
        fn a_changed_part_is_redrawn_whole((window, surface) in sizes(), x in any::<u32>(), y in any::<u32>(), w in 1u32..200, h in 1u32..200) {
            let view = view(window, surface, Mode::Fit);
            let part = Rect { x: x % surface.width(), y: y % surface.height(), width: w, height: h };
            let part = part.intersect(surface.rect()).expect("starts inside");
            let rect = view.to_window_rect(part);
            prop_assert!(rect.fits(window));
            for (px, py) in [(part.x, part.y), (part.right() - 1, part.bottom() - 1)] {
                let shown = view.to_window(Point { x: px as i32, y: py as i32 });
                prop_assert!(rect.contains(shown), "{:?} {:?}", rect, shown);
            }
        }
    }
}
