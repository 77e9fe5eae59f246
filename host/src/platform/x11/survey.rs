//! What the X server says about its monitors and its devices, for the self-test.

use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xinput::XIEventMask;
use x11rb::protocol::xproto::ConnectionExt as _;

use super::devices::RealDevices;
use super::display::Display;
use super::monitor::MAX_MONITORS;
use crate::platform::{CannotAsk, MonitorInfo, PlatformError};

/// Dots per inch at which things are drawn at their own size.
const PLAIN_DPI: u32 = 96;

/// Every monitor with its name.
pub(super) fn monitors(name: &str) -> Result<Vec<MonitorInfo>, PlatformError> {
    let display = Display::open(name)?;
    let scale_percent = scale(&display);
    let mut found = Vec::new();
    if display.has(randr::X11_EXTENSION_NAME)? {
        let root = display.root();
        let infos = display.conn.randr_get_monitors(root, true)?.reply()?;
        for info in infos.monitors.iter().take(MAX_MONITORS) {
            let atom = display.conn.get_atom_name(info.name)?.reply()?;
            found.push(MonitorInfo {
                name: String::from_utf8_lossy(&atom.name).into_owned(),
                width: info.width.into(),
                height: info.height.into(),
                scale_percent,
            });
        }
    }
    if found.is_empty() {
        let whole = display.conn.get_geometry(display.root())?.reply()?;
        found.push(MonitorInfo {
            name: "screen".into(),
            width: whole.width.into(),
            height: whole.height.into(),
            scale_percent,
        });
    }
    Ok(found)
}

/// As the session's settings say it; 0 where they say nothing.
fn scale(display: &Display) -> u32 {
    x11rb::resource_manager::new_from_default(&*display.conn)
        .ok()
        .and_then(|settings| settings.get_value::<u32>("Xft.dpi", "").ok().flatten())
        .map_or(0, |dpi| dpi.saturating_mul(100) / PLAIN_DPI)
}

/// Whether a question could be answered by a hand.
pub(super) fn can_ask(name: &str) -> Result<(), CannotAsk> {
    let devices = Display::open(name)
        .and_then(|display| RealDevices::open(&display, XIEventMask::default()))
        .map_err(|_| CannotAsk::Unknown)?;
    if devices.any() {
        Ok(())
    } else {
        Err(CannotAsk::NoHand)
    }
}
