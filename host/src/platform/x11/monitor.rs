//! Which part of the X screen is which monitor.

use farpane_protocol::geometry::{Point, Rect, Size};
use x11rb::protocol::Event;
use x11rb::protocol::randr::{self, ConnectionExt as _, NotifyMask};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, GetGeometryReply,
};

use super::display::Display;
use crate::platform::PlatformError;

/// Most monitors that get a banner; further ones are left out. A wall of sixteen is a stage.
pub(super) const MAX_MONITORS: usize = 16;

/// One monitor: where its upper left corner lies on the X screen, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Monitor {
    /// Pixels from the X screen's left edge; never negative, and below 65536.
    pub(super) x: u32,
    /// Pixels from the X screen's upper edge, likewise.
    pub(super) y: u32,
    pub(super) size: Size,
}

impl Monitor {
    /// On the X screen.
    pub(super) fn rect(self) -> Rect {
        Rect {
            x: self.x,
            y: self.y,
            ..self.size.rect()
        }
    }

    /// From the monitor's coordinates to the X screen's; clamped to the monitor.
    pub(super) fn on_screen(self, point: Point) -> Point {
        let inside = self.size.clamp(point);
        Point {
            x: inside.x + self.x as i32,
            y: inside.y + self.y as i32,
        }
    }

    /// From the X screen's coordinates to the monitor's; `None` outside it.
    pub(super) fn local(self, root: Point) -> Option<Point> {
        let local = Point {
            x: root.x - self.x as i32,
            y: root.y - self.y as i32,
        };
        self.size.rect().contains(local).then_some(local)
    }
}

/// What the whole screen is called where it is not parted into monitors.
const WHOLE: &str = "screen";

/// All monitors with their names, the primary one first; without RandR, or while no monitor is
/// lit, the whole screen is one. What can be asked at once is, so that the server answers twice
/// however many there are.
pub(super) fn named(display: &Display) -> Result<Vec<(String, Monitor)>, PlatformError> {
    let (conn, root) = (&display.conn, display.root());
    let has_monitors = display.has(randr::X11_EXTENSION_NAME)?;
    // The setup's extent is that of the day the connection was made.
    let whole = conn.get_geometry(root)?;
    let asked = has_monitors.then(|| conn.randr_get_monitors(root, true));
    let asked = asked.transpose()?;
    let whole = whole.reply()?;
    let mut found = Vec::new();
    if let Some(asked) = asked {
        let mut infos = asked.reply()?.monitors;
        infos.sort_by_key(|info| !info.primary);
        found.extend(infos.iter().filter_map(|info| {
            let rect = Rect {
                x: info.x.try_into().ok()?,
                y: info.y.try_into().ok()?,
                width: info.width.into(),
                height: info.height.into(),
            };
            Some((info.name, rect.intersect(extent(&whole))?))
        }));
    }
    found.truncate(MAX_MONITORS);
    if found.is_empty() {
        return Ok(vec![(WHOLE.to_owned(), monitor(extent(&whole))?)]);
    }
    let asked = found.into_iter();
    let asked = asked.map(|(atom, rect)| Ok((conn.get_atom_name(atom)?, rect)));
    let asked: Vec<_> = asked.collect::<Result<_, PlatformError>>()?;
    let mut named = Vec::with_capacity(asked.len());
    for (name, rect) in asked {
        let name = name.reply()?.name;
        let name = single(String::from_utf8_lossy(&name).into_owned(), &named);
        named.push((name, monitor(rect)?));
    }
    Ok(named)
}

/// The name, with a number where another monitor has it: what is not text may read the same, and a
/// monitor is chosen by its name.
fn single(name: String, taken: &[(String, Monitor)]) -> String {
    let is_taken = |name: &String| taken.iter().any(|(other, _)| other == name);
    if !is_taken(&name) {
        return name;
    }
    // With as many numbers as there are names, one is free.
    let mut numbered = (2..=taken.len() + 2).map(|number| format!("{name} ({number})"));
    numbered.find(|one| !is_taken(one)).unwrap_or(name)
}

/// All monitors, the primary one first.
pub(super) fn monitors(display: &Display) -> Result<Vec<Monitor>, PlatformError> {
    let named = named(display)?;
    Ok(named.into_iter().map(|(_, monitor)| monitor).collect())
}

/// The monitor of that name; the primary one for none, and where there is no such monitor.
pub(super) fn pick(monitors: &[(String, Monitor)], name: Option<&str>) -> Option<Monitor> {
    let chosen = monitors
        .iter()
        .find(|(known, _)| Some(known.as_str()) == name);
    chosen.or(monitors.first()).map(|(_, monitor)| *monitor)
}

/// As [`pick`], from the monitors that the display has now.
pub(super) fn find(display: &Display, name: Option<&str>) -> Result<Monitor, PlatformError> {
    pick(&named(display)?, name).ok_or(NONE_LIT)
}

/// There is nothing to look at.
pub(super) const NONE_LIT: PlatformError = PlatformError::Missing {
    what: "a monitor",
    fix: "switch one on",
};

/// Asks the server to say when monitors change.
pub(super) fn watch(display: &Display) -> Result<(), PlatformError> {
    let root = display.root();
    if display.has(randr::X11_EXTENSION_NAME)? {
        let what = NotifyMask::SCREEN_CHANGE | NotifyMask::CRTC_CHANGE | NotifyMask::OUTPUT_CHANGE;
        display.conn.randr_select_input(root, what)?;
    }
    // Also without RandR (nested servers resize their root window).
    let attributes = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
    display.conn.change_window_attributes(root, &attributes)?;
    Ok(())
}

/// Whether an event may mean that a monitor changed.
pub(super) fn may_have_changed(event: &Event, root: u32) -> bool {
    if let Event::ConfigureNotify(configured) = event {
        return configured.window == root;
    }
    matches!(
        event,
        Event::RandrScreenChangeNotify(_) | Event::RandrNotify(_)
    )
}

fn extent(whole: &GetGeometryReply) -> Rect {
    Rect {
        x: 0,
        y: 0,
        width: whole.width.into(),
        height: whole.height.into(),
    }
}

fn monitor(rect: Rect) -> Result<Monitor, PlatformError> {
    let Rect {
        x,
        y,
        width,
        height,
    } = rect;
    let size = Size::new(width, height).ok_or(PlatformError::TooLarge { width, height })?;
    Ok(Monitor { x, y, size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_monitors_have_one_name() {
        let monitor = Monitor {
            x: 0,
            y: 0,
            size: Size::new(8, 6).expect("valid"),
        };
        let mut named = Vec::new();
        for name in ["\u{fffd}", "a (2)", "a", "a", "\u{fffd}", "\u{fffd}", "a"] {
            let name = single(name.to_owned(), &named);
            named.push((name, monitor));
        }
        let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            "\u{fffd}",
            "a (2)",
            "a",
            "a (3)",
            "\u{fffd} (2)",
            "\u{fffd} (3)",
            "a (4)",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn points_map_to_the_screen_and_back_and_never_leave_the_monitor() {
        let size = Size::new(800, 600).expect("valid");
        let monitor = Monitor {
            x: 1920,
            y: 10,
            size,
        };
        let root = monitor.on_screen(Point { x: 5, y: 6 });
        assert_eq!(root, Point { x: 1925, y: 16 });
        assert_eq!(monitor.local(root), Some(Point { x: 5, y: 6 }));
        let far = monitor.on_screen(Point {
            x: i32::MAX,
            y: i32::MIN,
        });
        assert_eq!(far, Point { x: 2719, y: 10 });
        assert_eq!(monitor.local(Point { x: 1919, y: 20 }), None);
    }
}
