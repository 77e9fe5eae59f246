//! How large the window is: as the device's screen where that fits, or the whole monitor.

use farpane_protocol::geometry::Size;
use winit::dpi::PhysicalSize;
use winit::window::Fullscreen;

use super::pane::Pane;
use super::present::Screen;

impl Pane {
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
