//! The windows of a session among each other: opened for monitors, closed, told of each other, and
//! what the session is told of all of them.

use std::cmp::Reverse;
use std::time::Instant;

use farpane_protocol::limits::SURFACES_SHOWN;
use winit::event_loop::ActiveEventLoop;

use super::app::App;
use super::pane::Pane;
use super::run::Options;
use crate::session::Presence;

impl App {
    /// Closes one window; with the last one the session ends.
    pub(super) fn close_one(&mut self, at: usize, event_loop: &ActiveEventLoop) {
        if self.panes.len() < 2 {
            return self.close(event_loop);
        }
        let mut closed = self.panes.remove(at);
        closed.controls.release_all(Instant::now());
        self.acquaint();
    }

    /// Every window knows what the others show.
    pub(super) fn acquaint(&mut self) {
        let wanted: Vec<u32> = self.panes.iter().map(|pane| pane.wants).collect();
        for (at, pane) in self.panes.iter_mut().enumerate() {
            let others = wanted.iter().enumerate().filter(|(other, _)| *other != at);
            let others: Vec<u32> = others.map(|(_, surface)| *surface).collect();
            if pane.others != others {
                pane.others = others;
                pane.changed();
            }
        }
    }

    /// What shows a monitor that the device has no more is closed; the last window turns to the
    /// primary one.
    pub(super) fn leave_gone(&mut self, now: Instant) {
        while let Some(at) = self.panes.iter().position(Pane::is_bereft) {
            if self.panes.len() < 2 {
                self.panes.iter_mut().for_each(Pane::fall_back);
                return;
            }
            let mut closed = self.panes.remove(at);
            closed.controls.release_all(now);
            let name = &closed.monitor;
            let sentence =
                format!("The monitor {name} is not there any more, so its window was closed.");
            if let Some(first) = self.panes.first_mut() {
                first.note = Some((sentence, now));
                first.changed();
            }
        }
    }

    /// Opens windows for these monitors, as that window asks for.
    pub(super) fn open_for(&mut self, surfaces: Vec<u32>, at: usize, event_loop: &ActiveEventLoop) {
        let now = Instant::now();
        for surface in surfaces {
            if self.panes.iter().any(|pane| pane.wants == surface) {
                continue;
            }
            if self.panes.len() >= SURFACES_SHOWN {
                let sentence = format!(
                    "At most {SURFACES_SHOWN} monitors can be shown at a time. Close a window to \
                     open another one."
                );
                if let Some(asking) = self.panes.get_mut(at) {
                    asking.note = Some((sentence, now));
                    asking.changed();
                }
                return;
            }
            let Some((running, like)) = self.running.as_ref().zip(self.panes.get(at)) else {
                return;
            };
            let options = Options {
                full_screen: false,
                keyboard: like.controls.keyboard(),
                system_keys: like.taking.wish(),
                ..self.options.clone()
            };
            let mut pane = Pane::new(options, self.trace.clone(), surface, now);
            pane.sharing.wanted = like.sharing.wanted;
            pane.connect(&running.shared, &running.input);
            if let Err(error) = pane.open(event_loop) {
                return self.end(event_loop, Err(error));
            }
            pane.look(running.shared.snapshot());
            self.panes.push(pane);
        }
        self.acquaint();
    }

    /// Tells the session how present the technician is, and what is seen.
    pub(super) fn tell(&self) {
        let Some(handle) = self.handle() else { return };
        let any = |what: fn(&Pane) -> bool| self.panes.iter().any(what);
        handle.set_attentive(any(|pane| {
            pane.seen.is_visible() || pane.controls.holding()
        }));
        handle.set_presence(
            match (
                any(|pane| pane.sharing.wanted),
                any(|pane| pane.sharing.focused),
                any(|pane| pane.sharing.acted),
            ) {
                (false, _, _) => Presence::Off,
                (true, false, _) => Presence::Away,
                (true, true, false) => Presence::Looking,
                (true, true, true) => Presence::AtHand,
            },
        );
        let visible = self.panes.iter().filter(|pane| pane.seen.is_visible());
        let mut visible: Vec<&Pane> = visible.collect();
        visible.sort_by_key(|pane| Reverse((pane.sharing.focused, pane.seen.focused())));
        let mut surfaces: Vec<u32> = Vec::new();
        for pane in visible {
            if !surfaces.contains(&pane.wants) {
                surfaces.push(pane.wants);
            }
        }
        handle.show(surfaces);
    }
}
