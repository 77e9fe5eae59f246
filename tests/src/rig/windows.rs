//! Windows of other programs on a display with a window manager, handled as a person's desktop does.

use anyhow::{Context as _, Result};
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, EventMask, Window,
};

use super::xclient::{Area, XClient};

/// The state of a window that is minimised (ICCCM, `WM_CHANGE_STATE`).
const ICONIC: u32 = 3;

impl XClient {
    /// The window whose title has this in it, if there is one.
    pub fn window_called(&self, part: &str) -> Result<Option<Window>> {
        let (connection, root) = self.raw();
        let mut waiting = vec![root];
        while let Some(window) = waiting.pop() {
            // One may go while it is looked at.
            let Ok(tree) = connection.query_tree(window)?.reply() else {
                continue;
            };
            waiting.extend(tree.children);
            let state = self.atom("WM_STATE")?;
            let managed = connection.get_property(false, window, state, AtomEnum::ANY, 0, 2)?;
            let title =
                connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 256)?;
            let (Ok(managed), Ok(title)) = (managed.reply(), title.reply()) else {
                continue;
            };
            let title = String::from_utf8_lossy(&title.value).into_owned();
            if managed.value_len > 0 && title.contains(part) {
                return Ok(Some(window));
            }
        }
        Ok(None)
    }

    /// Where a window is on the display now, without what the window manager puts around it.
    pub fn place_of(&self, window: Window) -> Result<Area> {
        let (connection, root) = self.raw();
        let at = connection
            .translate_coordinates(window, root, 0, 0)?
            .reply()?;
        let size = connection.get_geometry(window)?.reply()?;
        Ok(Area {
            x: u32::try_from(at.dst_x).context("it is beyond the left edge")?,
            y: u32::try_from(at.dst_y).context("it is beyond the upper edge")?,
            width: size.width.into(),
            height: size.height.into(),
        })
    }

    /// Moves a window.
    pub fn move_window(&self, window: Window, x: i32, y: i32) -> Result<()> {
        let (connection, _) = self.raw();
        connection.configure_window(window, &ConfigureWindowAux::new().x(x).y(y))?;
        connection.get_input_focus()?.reply()?;
        Ok(())
    }

    /// Minimises a window.
    pub fn minimise(&self, window: Window) -> Result<()> {
        self.to_manager(window, "WM_CHANGE_STATE", [ICONIC, 0, 0, 0, 0])
    }

    /// Brings a window up and gives it the keyboard.
    pub fn activate(&self, window: Window) -> Result<()> {
        self.to_manager(window, "_NET_ACTIVE_WINDOW", [2, 0, 0, 0, 0])
    }

    /// Presses the button on a window's frame that closes it.
    pub fn close_window(&self, window: Window) -> Result<()> {
        self.to_manager(window, "_NET_CLOSE_WINDOW", [0, 2, 0, 0, 0])
    }

    fn atom(&self, name: &str) -> Result<u32> {
        let (connection, _) = self.raw();
        Ok(connection
            .intern_atom(false, name.as_bytes())?
            .reply()?
            .atom)
    }

    fn to_manager(&self, window: Window, what: &str, data: [u32; 5]) -> Result<()> {
        let (connection, root) = self.raw();
        let event = ClientMessageEvent::new(32, window, self.atom(what)?, data);
        let mask = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::SUBSTRUCTURE_REDIRECT;
        connection.send_event(false, root, mask, event)?;
        connection.get_input_focus()?.reply()?;
        Ok(())
    }
}
