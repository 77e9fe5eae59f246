//! How large the window is: as the device's screen where that fits, or the whole monitor.

use farpane_protocol::geometry::Size;
use winit::dpi::{LogicalSize, PhysicalSize};
use winit::event_loop::ActiveEventLoop;
use winit::window::Fullscreen;

use super::pane::Pane;
use super::present::Screen;

/// The window's first extent, before the device's screen is known.
const FIRST: LogicalSize<u32> = LogicalSize::new(1120, 700);

impl Pane {
    /// As large as the monitor that it is to show, so that the desktop finds a place for it, or as
    /// [`FIRST`] while that is not known; less on a small monitor.
    pub(super) fn first_extent(&self, event_loop: &ActiveEventLoop) -> PhysicalSize<u32> {
        let mut monitors = self.state.monitors.iter();
        let known = monitors.find(|monitor| monitor.id == self.wants);
        let known = known.map(|one| PhysicalSize::new(one.size.width(), one.size.height()));
        let Some(here) = event_loop.available_monitors().next() else {
            return known.unwrap_or(FIRST.to_physical(1.0));
        };
        let wanted = known.unwrap_or(FIRST.to_physical(here.scale_factor()));
        let room = here.size();
        PhysicalSize::new(wanted.width.min(room.width), wanted.height.min(room.height))
    }

    /// Gives the window the extent of the device's screen, as far as the monitor has room for it.
    pub(super) fn fit_window(&self, surface: Size) {
        let Some(window) = self.screen.as_ref().map(Screen::window) else {
            return;
        };
        if window.fullscreen().is_some() {
            return;
        }
        let monitor = window
            .current_monitor()
            .or_else(|| window.available_monitors().next());
        let room = monitor.map_or(PhysicalSize::new(u32::MAX, u32::MAX), |monitor| {
            monitor.size()
        });
        let snug = surface.width() > room.width / 10 * 9 || surface.height() > room.height / 10 * 9;
        let (width, height) = (
            surface.width().min(room.width),
            surface.height().min(room.height),
        );
        window
            .request_inner_size(PhysicalSize::new(width, height))
            .unwrap_or_default();
        if snug {
            // With a title bar it would not fit; without a window manager this does nothing.
            window.set_maximized(true);
        }
    }

    /// Fills the monitor, or becomes a window again.
    pub(super) fn toggle_full_screen(&mut self) {
        self.changed();
        let Some(window) = self.screen.as_ref().map(Screen::window) else {
            return;
        };
        if window.fullscreen().is_some() {
            window.set_fullscreen(None);
            if let Some(size) = self.windowed.take() {
                window.request_inner_size(size).unwrap_or_default();
            }
            return;
        }
        self.windowed = Some(window.inner_size());
        let monitor = window
            .current_monitor()
            .or_else(|| window.available_monitors().next());
        if let Some(monitor) = &monitor {
            // Where no window manager listens, this is all that happens.
            window.set_outer_position(monitor.position());
            window
                .request_inner_size(monitor.size())
                .unwrap_or_default();
        }
        window.set_fullscreen(Some(Fullscreen::Borderless(monitor)));
    }
}
