//! Which monitors the picture thread shows, what it says of all of them, and whose turn it is.

use std::time::Instant;

use super::plane::Plane;
use super::work::Work;
use crate::ipc::FromHelper;

/// Surfaces that are not shown any more and of which is remembered what the viewer has: who comes
/// back to a window gets the difference only.
const REMEMBERED: usize = 2;

impl Work {
    /// Follows what became of the monitors: the viewer hears of it, and what is gone is not shown
    /// any more. Where nothing is left the primary one takes its place. Whether what is shown has
    /// changed by that.
    pub(super) fn follow_monitors(&mut self) -> bool {
        let orders = self.orders.clone();
        let mut surfaces = orders.surfaces();
        if surfaces.update(self.capture.monitors()) {
            self.upward.tell(&FromHelper::Surfaces(surfaces.list()));
        }
        let is_here = |plane: &Plane| surfaces.monitor(plane.surface).is_some();
        let shown = self.shown.iter().filter(|plane| is_here(plane));
        let mut shown: Vec<u32> = shown.map(|plane| plane.surface).collect();
        let is_less = shown.len() < self.shown.len();
        drop(surfaces);
        if is_less {
            if shown.is_empty() {
                shown.push(0);
            }
            self.show(&shown);
        }
        is_less
    }

    /// Turns to the monitors that the viewer wants to see. A wish for what is not there is not kept
    /// until it is: nobody expects that any more.
    pub(super) fn turn(&mut self) {
        for mut wanted in self.orders.take_wishes() {
            let hidden = wanted.is_empty();
            let orders = self.orders.clone();
            wanted.retain(|surface| orders.surfaces().monitor(*surface).is_some());
            let before = self.shown.iter().map(|plane| plane.surface);
            if (hidden || !wanted.is_empty()) && !before.eq(wanted.iter().copied()) {
                self.show(&wanted);
            }
        }
    }

    /// Shows these surfaces, which are there, in this order of importance.
    fn show(&mut self, wanted: &[u32]) {
        // A viewer that shows one monitor in the place of another may know of one picture only: what
        // comes is new to it, whatever it saw before.
        let is_turn = self.shown.len() == 1 && self.hidden.is_empty() && wanted.len() == 1;
        let mut planes: Vec<Plane> = std::mem::take(&mut self.shown);
        let seen: Vec<u32> = planes.iter().map(|plane| plane.surface).collect();
        planes.append(&mut self.hidden);
        let epochs = planes.iter().map(|plane| plane.sender.epoch() + 1);
        self.epoch = self.epoch.max(epochs.max().unwrap_or(0));
        {
            let surfaces = self.orders.surfaces();
            // Those that go between this look and the next are found missing then.
            let names: Vec<_> = wanted
                .iter()
                .map(|surface| surfaces.monitor(*surface).flatten())
                .collect();
            self.capture.watch(&names);
        }
        for (at, surface) in wanted.iter().enumerate() {
            let known = planes.iter().position(|plane| plane.surface == *surface);
            let mut plane = match known {
                Some(known) => planes.remove(known),
                None => Plane::new(*surface, self.capture.size(at), self.epoch),
            };
            if !seen.contains(surface) {
                plane.come_back();
            }
            self.shown.push(plane);
        }
        planes.truncate(if is_turn { 0 } else { REMEMBERED });
        self.hidden = planes;
    }

    /// There is no session: what only one needs is given up.
    pub(super) fn rest(&mut self) {
        let is_first = |plane: &Plane| plane.surface == 0;
        if self.shown.len() != 1 || !self.shown.iter().all(is_first) {
            self.show(&[0]);
        }
        self.hidden.clear();
    }

    /// The shown surfaces that a picture may be made of by now. The one that the technician works on
    /// comes first, but none comes twice in a row while another one waits.
    pub(super) fn line(&self, now: Instant) -> Vec<usize> {
        let ready = |at: &usize| self.shown[*at].is_ready(now);
        let mut line: Vec<usize> = (0..self.shown.len()).filter(ready).collect();
        let last = self.shown.iter().map(|plane| plane.sent).max();
        line.sort_by_key(|at| {
            let plane = &self.shown[*at];
            let was_last = plane.sent > 0 && Some(plane.sent) == last;
            (was_last, *at > 0, plane.sent)
        });
        line
    }
}
