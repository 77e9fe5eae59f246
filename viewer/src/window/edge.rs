//! What the pointer does at the window's edges: resting at the top shows the bar, pushing against
//! any edge pans over a screen that is larger than the window.

use std::time::{Duration, Instant};

use farpane_protocol::geometry::{Point, Size};

/// How long the pointer rests at the top edge until the bar shows: menus up there stay usable.
const REST: Duration = Duration::from_millis(300);

/// How long the bar stays when the pointer has left it.
const LINGER: Duration = Duration::from_millis(500);

/// Height of the top edge in pixels: to be hit below a title bar, too, where nothing stops the pointer.
const TOP: i32 = 6;

/// Width of the band in which the pointer pans, in pixels.
const BAND: i32 = 24;

/// Pixels per step of panning, and the pause between two: 1,500 pixels a second.
const PAN_STEP: i32 = 24;

/// See [`PAN_STEP`].
pub(super) const PAN_PAUSE: Duration = Duration::from_millis(16);

/// Whether the bar is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Hidden,
    /// The pointer rests at the edge since then.
    Resting(Instant),
    Shown,
    /// The pointer left the bar then.
    Leaving(Instant),
    /// Shown by its key until the key hides it.
    Pinned,
}

/// Shows and hides the bar.
#[derive(Debug, Default)]
pub(super) struct TopEdge(State);

impl TopEdge {
    /// Whether the bar is there.
    pub(super) fn shown(&self) -> bool {
        matches!(self.0, State::Shown | State::Leaving(_) | State::Pinned)
    }

    /// The pointer is there (or outside the window); `on_bar` if on the bar, `dragging` if a
    /// button is down: then nothing appears under it.
    pub(super) fn pointer(
        &mut self,
        at: Option<Point>,
        on_bar: bool,
        dragging: bool,
        now: Instant,
    ) {
        let at_edge = at.is_some_and(|at| at.y < TOP) && !dragging;
        self.0 = match self.0 {
            State::Hidden if at_edge => State::Resting(now),
            State::Resting(_) if !at_edge => State::Hidden,
            State::Shown if !on_bar && !at_edge => State::Leaving(now),
            State::Leaving(_) if on_bar || at_edge => State::Shown,
            other @ (State::Hidden
            | State::Resting(_)
            | State::Shown
            | State::Leaving(_)
            | State::Pinned) => other,
        };
    }

    /// The key for the bar was pressed.
    pub(super) fn toggle(&mut self) {
        self.0 = if self.shown() {
            State::Hidden
        } else {
            State::Pinned
        };
    }

    /// Hides it.
    pub(super) fn hide(&mut self) {
        self.0 = State::Hidden;
    }

    /// When [`Self::tick`] is wanted.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.0 {
            State::Resting(since) => Some(since + REST),
            State::Leaving(since) => Some(since + LINGER),
            State::Hidden | State::Shown | State::Pinned => None,
        }
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.deadline().is_some_and(|at| now >= at) {
            self.0 = match self.0 {
                State::Resting(_) => State::Shown,
                State::Leaving(_) => State::Hidden,
                other @ (State::Hidden | State::Shown | State::Pinned) => other,
            };
        }
    }
}

/// Where a pointer at an edge moves the view: from `pan`, within `room`. The same `pan` means no
/// movement.
pub(super) fn pushed(at: Point, window: Size, pan: Point, room: Point) -> Point {
    let push = |at: i32, side: u32, pan: i32, room: i32| {
        let side = side as i32;
        let band = BAND.min(side / 4);
        let step = if at < band {
            -PAN_STEP
        } else if at >= side - band {
            PAN_STEP
        } else {
            0
        };
        (pan + step).clamp(0, room)
    };
    Point {
        x: push(at.x, window.width(), pan.x, room.x),
        y: push(at.y, window.height(), pan.y, room.y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(y: i32) -> Option<Point> {
        Some(Point { x: 100, y })
    }

    #[test]
    fn passing_the_edge_shows_nothing_and_resting_there_does() {
        let now = Instant::now();
        let mut edge = TopEdge::default();
        edge.pointer(at(0), false, false, now);
        edge.pointer(at(40), false, false, now + REST / 2);
        edge.tick(now + 2 * REST);
        assert!(!edge.shown());
        edge.pointer(at(0), false, false, now);
        edge.tick(edge.deadline().expect("resting"));
        assert!(edge.shown());
        edge.pointer(at(20), true, false, now);
        assert_eq!(edge.deadline(), None, "stays while the pointer is on it");
        edge.pointer(at(200), false, false, now);
        edge.tick(now + LINGER);
        assert!(!edge.shown());
    }

    #[test]
    fn dragging_to_the_edge_shows_nothing() {
        let mut edge = TopEdge::default();
        edge.pointer(at(0), false, true, Instant::now());
        assert_eq!(edge.deadline(), None);
    }

    #[test]
    fn the_key_pins_the_bar() {
        let mut edge = TopEdge::default();
        edge.toggle();
        edge.pointer(at(300), false, false, Instant::now());
        assert!(edge.shown() && edge.deadline().is_none());
        edge.toggle();
        assert!(!edge.shown());
    }

    #[test]
    fn pushing_pans_to_the_end_and_no_further() {
        let window = Size::new(800, 600).expect("valid");
        let room = Point { x: 100, y: 0 };
        let mut pan = Point::default();
        for _ in 0..10 {
            pan = pushed(Point { x: 799, y: 599 }, window, pan, room);
        }
        assert_eq!(pan, room);
        assert_eq!(pushed(Point { x: 400, y: 300 }, window, pan, room), pan);
        assert_eq!(
            pushed(Point { x: 0, y: 300 }, window, pan, room).x,
            100 - PAN_STEP
        );
    }
}
