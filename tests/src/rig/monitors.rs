//! What somebody does to a display's monitors: another size, or several where there was one.

use anyhow::{Context as _, Result};
use x11rb::protocol::randr::{ConnectionExt as _, ModeInfo, MonitorInfo, Rotation};
use x11rb::protocol::xproto::ConnectionExt as _;

use super::xclient::{Area, XClient};

impl XClient {
    /// Gives the display's one output, and with it the display, another size: at most the one
    /// that it was started with.
    pub fn set_mode(&self, width: u32, height: u32) -> Result<()> {
        let (connection, root) = self.raw();
        let (width, height) = (u16::try_from(width)?, u16::try_from(height)?);
        let resources = connection.randr_get_screen_resources(root)?.reply()?;
        let output = *resources
            .outputs
            .first()
            .context("a display has an output")?;
        let crtc = *resources
            .crtcs
            .first()
            .context("a display has a controller")?;
        let same = |mode: &&ModeInfo| (mode.width, mode.height) == (width, height);
        let mode = match resources.modes.iter().find(same) {
            Some(mode) => mode.id,
            None => {
                let name = format!("{width}x{height}");
                let info = ModeInfo {
                    width,
                    height,
                    htotal: width,
                    vtotal: height,
                    name_len: u16::try_from(name.len())?,
                    ..ModeInfo::default()
                };
                let made = connection.randr_create_mode(root, info, name.as_bytes())?;
                let mode = made.reply()?.mode;
                connection.randr_add_output_mode(output, mode)?.check()?;
                mode
            }
        };
        let light = |mode, outputs: &[u32]| -> Result<()> {
            let (rotation, now) = (Rotation::ROTATE0, x11rb::CURRENT_TIME);
            connection
                .randr_set_crtc_config(crtc, now, now, 0, 0, mode, rotation, outputs)?
                .reply()?;
            Ok(())
        };
        // A display never gets smaller than what is lit on it.
        light(x11rb::NONE, &[])?;
        connection
            .randr_set_screen_size(root, width, height, 300, 200)?
            .check()?;
        light(mode, &[output])
    }

    /// Makes the display's monitors these, by name; the first one is the primary.
    pub fn set_monitors(&self, monitors: &[(&str, Area)]) -> Result<()> {
        let (connection, root) = self.raw();
        let resources = connection.randr_get_screen_resources(root)?.reply()?;
        let mut outputs = resources.outputs;
        // Nobody sees the display between two arrangements.
        connection.grab_server()?;
        for old in connection.randr_get_monitors(root, true)?.reply()?.monitors {
            // One that stands for an output by itself is not there to be deleted.
            if !old.automatic {
                connection.randr_delete_monitor(root, old.name)?;
            }
        }
        for (index, (name, area)) in monitors.iter().enumerate() {
            let name = connection
                .intern_atom(false, name.as_bytes())?
                .reply()?
                .atom;
            let info = MonitorInfo {
                name,
                primary: index == 0,
                automatic: false,
                x: i16::try_from(area.x)?,
                y: i16::try_from(area.y)?,
                width: u16::try_from(area.width)?,
                height: u16::try_from(area.height)?,
                width_in_millimeters: 300,
                height_in_millimeters: 200,
                // An output that belongs to no monitor would be one by itself.
                outputs: std::mem::take(&mut outputs),
            };
            connection.randr_set_monitor(root, info)?.check()?;
        }
        connection.ungrab_server()?;
        connection.get_input_focus()?.reply()?;
        Ok(())
    }
}
