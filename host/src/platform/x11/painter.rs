//! Our own small windows: painted in memory, kept by the server as the window's background, so
//! that they look right even while their thread is busy.
//!
//! They are override-redirect: no window manager may frame, move, hide or fail to show them, and
//! they look the same where there is none. The price is that they raise themselves.

use std::sync::Arc;

use farpane_media::paint::Canvas;
use farpane_protocol::geometry::{Point, Rect, Size};
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux,
    CreateWindowAux, EventMask, ImageFormat, MapState, PropMode, StackMode, Visibility,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::display::Display;
use super::palette::PAPER;
use super::raise::Raiser;
use super::topmost::Topmost;
use crate::platform::PlatformError;

/// Bytes of a request that are not pixels, with room to spare.
const REQUEST_HEAD: usize = 64;

/// Resolution at which our layouts are drawn one to one.
const NORMAL_DPI: f32 = 96.0;

/// Largest enlargement on fine screens; a misread resolution must not fill the screen.
const MAX_SCALE: f32 = 3.0;

/// One window of ours.
pub(super) struct Panel {
    conn: Arc<RustConnection>,
    depth: u8,
    context: u32,
    pub(super) window: u32,
    /// Where it belongs on the X screen.
    pub(super) rect: Rect,
    raiser: Raiser,
    /// Below whom it stays, if anyone is there.
    topmost: Option<Topmost>,
    /// Another program put it somewhere else.
    away: bool,
}

/// What an event means to a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PanelEvent {
    /// Every pixel of it can be seen.
    Clear,
    /// Something covers a part of it or all.
    Covered,
    /// Somebody moved it away, or it came back from there.
    Moved,
    /// Somebody hid it.
    Hidden,
    /// Somebody destroyed it.
    Closed,
}

impl Panel {
    /// A hidden window called `title` in lists of windows; texts from elsewhere do not belong
    /// into a title.
    pub(super) fn new(display: &Display, rect: Rect, title: &str) -> Result<Self, PlatformError> {
        display.check_pixels()?;
        let conn = display.conn.clone();
        let (window, context) = (conn.generate_id()?, conn.generate_id()?);
        let events = EventMask::VISIBILITY_CHANGE | EventMask::STRUCTURE_NOTIFY;
        let attributes = CreateWindowAux::new()
            .override_redirect(1)
            .background_pixel(PAPER.0)
            .border_pixel(0)
            .event_mask(events);
        let (x, y) = (rect.x as i16, rect.y as i16);
        let (width, height) = (rect.width as u16, rect.height as u16);
        let depth = display.screen().root_depth;
        let class = WindowClass::INPUT_OUTPUT;
        conn.create_window(
            depth,
            window,
            display.root(),
            x,
            y,
            width,
            height,
            0,
            class,
            0,
            &attributes,
        )?
        .check()?;
        conn.create_gc(context, window, &CreateGCAux::new())?
            .check()?;
        let raiser = Raiser::default();
        let panel = Self {
            conn,
            depth,
            context,
            window,
            rect,
            raiser,
            topmost: None,
            away: false,
        };
        panel.describe(title)?;
        panel.use_arrow(display)?;
        Ok(panel)
    }

    /// Keeps it below our topmost window from now on.
    pub(super) fn stay_below(&mut self, topmost: Topmost) {
        self.topmost = Some(topmost);
    }

    /// Repaints all of it; the window shows it at once, or when it is mapped.
    pub(super) fn paint(&self, draw: impl FnOnce(&mut Canvas<'_>)) -> Result<(), PlatformError> {
        let Some(size) = Size::new(self.rect.width, self.rect.height) else {
            return Ok(());
        };
        let width = size.width() as usize;
        let mut pixels = vec![PAPER.0; size.area()];
        draw(&mut Canvas::new(&mut pixels, size, width).expect("the slice has the canvas's size"));

        let (columns, rows) = (self.rect.width as u16, self.rect.height as u16);
        let conn = &self.conn;
        let pixmap = conn.generate_id()?;
        conn.create_pixmap(self.depth, pixmap, self.window, columns, rows)?;
        let room = conn.maximum_request_bytes().saturating_sub(REQUEST_HEAD);
        let rows_at_once = (room / (width * 4)).max(1);
        for (index, part) in pixels.chunks(rows_at_once * width).enumerate() {
            let bytes: Vec<u8> = part.iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
            let (height, y) = ((part.len() / width) as u16, (index * rows_at_once) as i16);
            let format = ImageFormat::Z_PIXMAP;
            let (gc, depth) = (self.context, self.depth);
            conn.put_image(format, pixmap, gc, columns, height, 0, y, 0, depth, &bytes)?;
        }
        let background = ChangeWindowAttributesAux::new().background_pixmap(pixmap);
        conn.change_window_attributes(self.window, &background)?;
        conn.clear_area(false, self.window, 0, 0, 0, 0)?;
        conn.free_pixmap(pixmap)?;
        conn.flush()?;
        Ok(())
    }

    /// Puts it on the screen; when this returns, it is there.
    pub(super) fn show(&self) -> Result<(), PlatformError> {
        self.conn.map_window(self.window)?.check()?;
        self.raise()?;
        let attributes = self.conn.get_window_attributes(self.window)?.reply()?;
        if attributes.map_state == MapState::VIEWABLE {
            Ok(())
        } else {
            Err(PlatformError::WindowClosed)
        }
    }

    /// Gives it another place and extent on the X screen; it must be painted anew.
    pub(super) fn place(&mut self, rect: Rect) -> Result<(), PlatformError> {
        self.rect = rect;
        self.raise()
    }

    /// Moves it, keeping its extent and picture.
    pub(super) fn move_to(&mut self, corner: Point) -> Result<(), PlatformError> {
        self.rect.x = corner.x.max(0) as u32;
        self.rect.y = corner.y.max(0) as u32;
        self.raise()
    }

    /// Puts it where it belongs, above all others but our topmost one.
    fn raise(&self) -> Result<(), PlatformError> {
        let topmost = self.topmost.as_ref().and_then(Topmost::window);
        let mode = if topmost.is_some() {
            StackMode::BELOW
        } else {
            StackMode::ABOVE
        };
        let place = ConfigureWindowAux::new()
            .x(self.rect.x as i32)
            .y(self.rect.y as i32)
            .width(self.rect.width)
            .height(self.rect.height)
            .sibling(topmost)
            .stack_mode(mode);
        self.conn.configure_window(self.window, &place)?;
        self.conn.flush()?;
        Ok(())
    }

    /// What an event means to this window, if anything.
    pub(super) fn note(&mut self, event: &Event) -> Option<PanelEvent> {
        if let Event::VisibilityNotify(seen) = event
            && seen.window == self.window
        {
            if seen.state == Visibility::UNOBSCURED {
                self.raiser.clear();
                return Some(PanelEvent::Clear);
            }
            self.raiser.covered();
            return Some(PanelEvent::Covered);
        }
        if let Event::ConfigureNotify(now) = event
            && now.window == self.window
        {
            let at = (i32::from(now.x), i32::from(now.y));
            let size = (u32::from(now.width), u32::from(now.height));
            let home = (self.rect.x as i32, self.rect.y as i32);
            let was_away = self.away;
            self.away = (at, size) != (home, (self.rect.width, self.rect.height));
            if self.away {
                self.raiser.away();
            }
            return (self.away || was_away).then_some(PanelEvent::Moved);
        }
        if matches!(event, Event::UnmapNotify(hidden) if hidden.window == self.window) {
            return Some(PanelEvent::Hidden);
        }
        let closed = matches!(event, Event::DestroyNotify(closed) if closed.window == self.window);
        closed.then_some(PanelEvent::Closed)
    }

    /// When [`Panel::keep_on_top`] has work to do.
    pub(super) fn raise_at(&self, now: std::time::Instant) -> Option<std::time::Instant> {
        self.raiser.deadline(now)
    }

    /// Raises it if it was covered, but not in a race.
    pub(super) fn keep_on_top(&mut self, now: std::time::Instant) -> Result<(), PlatformError> {
        if self.raiser.due(now) {
            self.raise()
        } else {
            Ok(())
        }
    }

    fn describe(&self, title: &str) -> Result<(), PlatformError> {
        let atom = |name: &str| -> Result<u32, PlatformError> {
            Ok(self.conn.intern_atom(false, name.as_bytes())?.reply()?.atom)
        };
        let set = |property: u32, kind: u32, value: &[u8]| -> Result<(), PlatformError> {
            self.conn
                .change_property8(PropMode::REPLACE, self.window, property, kind, value)?;
            Ok(())
        };
        let string = AtomEnum::STRING.into();
        set(AtomEnum::WM_NAME.into(), string, title.as_bytes())?;
        set(
            atom("_NET_WM_NAME")?,
            atom("UTF8_STRING")?,
            title.as_bytes(),
        )?;
        set(AtomEnum::WM_CLASS.into(), string, b"farpane\0Farpane\0")?;
        let kinds = [atom("_NET_WM_WINDOW_TYPE_NOTIFICATION")?];
        let (property, kind) = (atom("_NET_WM_WINDOW_TYPE")?, AtomEnum::ATOM);
        self.conn
            .change_property32(PropMode::REPLACE, self.window, property, kind, &kinds)?;
        Ok(())
    }

    /// A bare server shows a cross otherwise. Looks only: a failure is not worth a window.
    fn use_arrow(&self, display: &Display) -> Result<(), PlatformError> {
        let database = x11rb::resource_manager::new_from_default(&*self.conn)?;
        let screen = display.screen_number();
        let handle = x11rb::cursor::Handle::new(&*self.conn, screen, &database)?.reply()?;
        let cursor = handle.load_cursor(&*self.conn, "left_ptr")?;
        let attributes = ChangeWindowAttributesAux::new().cursor(cursor);
        self.conn
            .change_window_attributes(self.window, &attributes)?;
        self.conn.free_cursor(cursor)?;
        Ok(())
    }

    /// Gives it the keyboard; who had it before.
    pub(super) fn take_focus(&self) -> Result<u32, PlatformError> {
        let before = self.conn.get_input_focus()?.reply()?.focus;
        self.set_focus(self.window)?;
        Ok(before)
    }

    /// Gives the keyboard back, if this window still has it.
    pub(super) fn return_focus(&self, to: u32) -> Result<(), PlatformError> {
        if self.conn.get_input_focus()?.reply()?.focus == self.window {
            self.set_focus(to)?;
        }
        Ok(())
    }

    fn set_focus(&self, window: u32) -> Result<(), PlatformError> {
        let otherwise = x11rb::protocol::xproto::InputFocus::POINTER_ROOT;
        self.conn
            .set_input_focus(otherwise, window, x11rb::CURRENT_TIME)?;
        self.conn.flush()?;
        Ok(())
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        // When the display is gone, so is the window. The round trip makes sure that it is off
        // the screen before whoever waits for that goes on.
        let _ = self.conn.destroy_window(self.window);
        let _ = self.conn.sync();
    }
}

/// How much larger than one to one to draw, from the resolution that the desktop is set to.
pub(super) fn scale(display: &Display) -> Result<f32, PlatformError> {
    let database = x11rb::resource_manager::new_from_default(&*display.conn)?;
    let dpi = database
        .get_value::<f32>("Xft.dpi", "")
        .ok()
        .flatten()
        .unwrap_or(NORMAL_DPI);
    Ok(if dpi.is_finite() {
        (dpi / NORMAL_DPI).clamp(1.0, MAX_SCALE)
    } else {
        1.0
    })
}
