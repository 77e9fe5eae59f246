//! Which monitor the picture thread shows, and what it says of all of them.

use std::sync::atomic::Ordering;

use super::work::Work;
use crate::ipc::FromHelper;

impl Work {
    /// Follows what became of the monitors: the viewer hears of it, and where the one that was
    /// shown is gone, the capture has turned to the primary one.
    pub(super) fn follow_monitors(&mut self) {
        let mut surfaces = self.orders.surfaces();
        if surfaces.update(self.capture.monitors()) {
            self.upward.tell(&FromHelper::Surfaces(surfaces.list()));
        }
        if surfaces.monitor(self.shown).is_none() {
            let was = std::mem::take(&mut self.shown);
            self.capture.choose(None);
            self.forget(was);
        }
    }

    /// Turns to the monitor that the viewer wants to see.
    pub(super) fn turn(&mut self) {
        let wanted = self.orders.wanted.load(Ordering::Acquire);
        if wanted == self.shown {
            return;
        }
        let surfaces = self.orders.surfaces();
        match surfaces.monitor(wanted) {
            Some(name) => {
                self.capture.choose(name);
                self.shown = wanted;
                self.stale = true;
            }
            None => self.forget(wanted),
        }
    }

    /// A wish for what is not there is not kept until it is: nobody expects that any more.
    fn forget(&self, wanted: u32) {
        let (order, otherwise) = (Ordering::AcqRel, Ordering::Acquire);
        let orders = &self.orders.wanted;
        // If it fails, there is another wish already.
        let _ = orders.compare_exchange(wanted, self.shown, order, otherwise);
    }
}
