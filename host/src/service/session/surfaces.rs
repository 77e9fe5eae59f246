//! What a viewer is told of the device's monitors: each once, and again when it changes or goes.

use farpane_protocol::geometry::Size;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::wire::message;

use super::Driver;
use crate::ipc::{Surface, ToHelper};

impl Driver<'_> {
    /// These are the surfaces now.
    pub(super) fn surfaces(&mut self, now: Vec<Surface>) {
        let Some(now) = self.agreed.of(now) else {
            tracing::info!(session = %self.id, "nobody agreed to show the monitor that is first now");
            let over = self.machine.handle_end(EndReason::NoScreen);
            return self.results.extend(over);
        };
        let sizes = now.iter();
        let sizes = sizes.filter_map(|one| Some((one.id, Size::new(one.width, one.height)?)));
        self.machine.set_surfaces(sizes.collect());
        if self.machine.permit().is_none() {
            return; // the whole list comes when the session starts
        }
        let before = std::mem::replace(&mut self.told, now.clone());
        let is_there = |id: u32| now.iter().any(|one| one.id == id);
        for one in before.iter().filter(|one| !is_there(one.id)) {
            let gone = message::Surface {
                id: one.id,
                gone: true,
                ..message::Surface::default()
            };
            self.say(gone.into());
        }
        for one in now.into_iter().filter(|one| !before.contains(one)) {
            let surface = message::Surface {
                id: one.id,
                width: one.width,
                height: one.height,
                name: one.name,
                x: one.x,
                y: one.y,
                gone: false,
            };
            self.say(surface.into());
        }
    }

    /// Whether pictures of this surface may go to the viewer.
    pub(super) fn may_show(&self, surface: u32) -> bool {
        self.told.iter().any(|one| one.id == surface)
    }

    /// The viewer's picture of a surface is broken.
    pub(super) fn refresh(&self, surface: u32, epoch: u64, video_only: bool) {
        self.order(ToHelper::Refresh {
            surface,
            epoch,
            video_only,
        });
    }

    /// The viewer turns to surfaces that it was told of.
    pub(super) fn show_surfaces(&mut self, surfaces: Vec<u32>) {
        for surface in &surfaces {
            if self.agreed.is_new(*surface) {
                let known = self.told.iter().find(|one| one.id == *surface);
                let name = known.map_or("", |one| one.name.as_str());
                tracing::info!(session = %self.id, monitor = name, "the viewer turns to a monitor");
            }
        }
        self.order(ToHelper::Show(surfaces));
    }
}
