//! One monitor's strip: how it looks, and how it is dragged and pressed.

use farpane_media::paint::{Canvas, Face, measure};
use farpane_protocol::geometry::{Point, Rect, Size};

use super::super::cut::keep_both_ends;
use super::super::display::Display;
use super::super::monitor::Monitor;
use super::super::painter::Panel;
use super::super::palette::{BANNER, ON_BANNER, ON_STRONG, RED};
use super::super::topmost::Topmost;
use crate::platform::PlatformError;

/// The window's name in lists of windows.
const TITLE: &str = "Farpane: this screen is being watched";

/// What stands right of the button.
const KEY_HINT: &str = "Ctrl+Alt+Pause";

/// Sizes in pixels at normal scale.
const HEIGHT: f32 = 36.0;
const PAD: f32 = 14.0;
const TEXT_PX: f32 = 14.0;
const BUTTON: (f32, f32) = (64.0, 26.0);

/// Free space kept beside the strip, in pixels at normal scale.
const MARGIN: f32 = 16.0;

/// A strip on the screen.
pub(super) struct Strip {
    pub(super) panel: Panel,
    pub(super) monitor: Monitor,
    layout: Layout,
    hold: Option<Hold>,
}

/// What the pressed mouse button holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    /// The stop button.
    Stop,
    /// The strip, at that point of it.
    Strip(Point),
}

impl Strip {
    /// Shows one at the middle of a monitor's upper edge.
    pub(super) fn show(
        display: &Display,
        monitor: Monitor,
        scale: f32,
        text: &str,
        topmost: Topmost,
    ) -> Result<Self, PlatformError> {
        let layout = Layout::new(monitor.size, scale, text);
        let Rect { width, height, .. } = layout.size.rect();
        let x = monitor.x + (monitor.size.width() - width) / 2;
        let place = Rect {
            x,
            y: monitor.y,
            width,
            height,
        };
        let mut panel = Panel::new(display, place, TITLE)?;
        panel.stay_below(topmost);
        panel.paint(|canvas| layout.draw(canvas, text))?;
        panel.show()?;
        Ok(Self {
            panel,
            monitor,
            layout,
            hold: None,
        })
    }

    /// The main button went down at a point of the strip.
    pub(super) fn press(&mut self, at: Point) {
        let on_stop = self.layout.stop.contains(at);
        self.hold = Some(if on_stop { Hold::Stop } else { Hold::Strip(at) });
    }

    /// The pointer moved on the X screen.
    pub(super) fn drag(&mut self, root: Point) -> Result<(), PlatformError> {
        let Some(Hold::Strip(grip)) = self.hold else {
            return Ok(());
        };
        let wanted = Point {
            x: root.x - grip.x,
            y: root.y - grip.y,
        };
        let corner = inside(self.monitor, self.layout.size, wanted);
        self.panel.move_to(corner)
    }

    /// The main button went up at a point of the strip; whether that stops the session.
    pub(super) fn release(&mut self, at: Point) -> bool {
        self.hold.take() == Some(Hold::Stop) && self.layout.stop.contains(at)
    }
}

/// The nearest corner from which all of the strip is on its monitor.
fn inside(monitor: Monitor, size: Size, corner: Point) -> Point {
    let (left, top) = (monitor.x as i32, monitor.y as i32);
    let room_x = monitor.size.width().saturating_sub(size.width()) as i32;
    let room_y = monitor.size.height().saturating_sub(size.height()) as i32;
    Point {
        x: corner.x.clamp(left, left + room_x),
        y: corner.y.clamp(top, top + room_y),
    }
}

/// Where everything in the strip goes.
#[derive(Clone, Debug)]
struct Layout {
    size: Size,
    scale: f32,
    /// Most pixels of the text; the rest is cut.
    text_room: f32,
    stop: Rect,
}

impl Layout {
    /// As wide as the text needs, up to the monitor; button and key hint are always whole where
    /// the monitor is wide enough for them.
    fn new(monitor: Size, scale: f32, text: &str) -> Self {
        let at = |pixels: f32| (pixels * scale).round();
        let px = TEXT_PX * scale;
        let hint = measure(Face::Regular, px, KEY_HINT);
        let beside = at(PAD) * 4.0 + at(BUTTON.0) + hint;
        let most = (monitor.width() as f32 - 2.0 * at(MARGIN)).max(1.0);
        let text_room = measure(Face::Regular, px, text)
            .ceil()
            .min((most - beside).max(0.0));
        let width = ((beside + text_room) as u32).clamp(1, monitor.width());
        let height = (at(HEIGHT) as u32).clamp(1, monitor.height());
        let size = Size::new(width, height).expect("both sides fit a monitor");
        let stop = Rect {
            x: (at(PAD) * 2.0 + text_room) as u32,
            y: ((height as f32 - at(BUTTON.1)) / 2.0) as u32,
            width: at(BUTTON.0) as u32,
            height: at(BUTTON.1) as u32,
        };
        Self {
            size,
            scale,
            text_room,
            stop,
        }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, text: &str) {
        let px = TEXT_PX * self.scale;
        let pad = (PAD * self.scale).round();
        let y = (self.size.height() as f32 / 2.0 + px * 0.34) as i32;
        canvas.fill(self.size.rect(), BANNER);
        let start = Point { x: pad as i32, y };
        let shown = keep_both_ends(Face::Regular, px, text, self.text_room + 1.0);
        canvas.text(Face::Regular, px, start, &shown, ON_BANNER);
        canvas.round_rect(self.stop, (5.0 * self.scale) as u32, RED);
        let label = measure(Face::Bold, px, "Stop");
        let x = self.stop.x as f32 + (self.stop.width as f32 - label) / 2.0;
        canvas.text(Face::Bold, px, Point { x: x as i32, y }, "Stop", ON_STRONG);
        let x = self.stop.right() as i32 + pad as i32;
        canvas.text(Face::Regular, px, Point { x, y }, KEY_HINT, ON_BANNER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("valid")
    }

    #[test]
    fn stop_is_whole_on_every_screen_whatever_the_name() {
        for name in [String::new(), "Anna Berg sees".to_owned(), "W".repeat(2000)] {
            for monitor in [size(3840, 2160), size(1280, 800), size(390, 600)] {
                let layout = Layout::new(monitor, 1.0, &name);
                assert!(layout.size.rect().fits(monitor));
                assert!(layout.stop.fits(layout.size));
                let hint = measure(Face::Regular, TEXT_PX, KEY_HINT) as u32;
                assert!(layout.stop.right() + hint < layout.size.width());
            }
        }
    }

    #[test]
    fn dragging_never_leaves_the_monitor() {
        let monitor = Monitor {
            x: 1920,
            y: 100,
            size: size(800, 600),
        };
        let strip = size(700, 36);
        let corner = |x, y| inside(monitor, strip, Point { x, y });
        assert_eq!(corner(0, 0), Point { x: 1920, y: 100 });
        assert_eq!(corner(i32::MAX, i32::MAX), Point { x: 2020, y: 664 });
        assert_eq!(corner(1950, 200), Point { x: 1950, y: 200 });
    }
}
