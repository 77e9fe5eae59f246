//! The strip on every monitor that says who is watching, and the two ways to stop it.
//!
//! It has no clock: a quiet screen must stay quiet. It can be dragged aside but not closed; a
//! program that destroys it ends the session, because then nobody can see who watches.

use std::time::Instant;

use farpane_protocol::geometry::Point;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{Device, XIEventMask};

use super::devices::{RealDevices, select};
use super::display::{Display, Next, is_error};
use super::keys::{Keymap, StopKey};
use super::monitor;
use super::painter::{PanelEvent, scale};
use super::topmost::Topmost;
use crate::platform::window::StopSignal;
use crate::platform::{BannerEvent, PlatformError, StopCause};

mod strip;

use strip::Strip;

/// The main mouse button, as X numbers it.
const MAIN_BUTTON: u32 = 1;

/// The banner: one strip for each monitor.
pub(super) struct Banner {
    display: Display,
    devices: RealDevices,
    stop_key: StopKey,
    text: String,
    scale: f32,
    topmost: Topmost,
    strips: Vec<Strip>,
}

impl Banner {
    /// Puts it on every monitor.
    pub(super) fn open(name: &str, text: &str, topmost: Topmost) -> Result<Self, PlatformError> {
        let display = Display::open(name)?;
        // Raw events come whatever other programs have grabbed.
        let raw = XIEventMask::RAW_KEY_PRESS | XIEventMask::RAW_KEY_RELEASE;
        let devices = RealDevices::open(&display, raw)?;
        monitor::watch(&display)?;
        let mut stop_key = StopKey::default();
        stop_key.learn(&Keymap::read(&display)?);
        let scale = scale(&display)?;
        let text = text.to_owned();
        let strips = Vec::new();
        let mut banner = Self {
            display,
            devices,
            stop_key,
            text,
            scale,
            topmost,
            strips,
        };
        banner.put_up()?;
        Ok(banner)
    }

    /// Serves it until its owner is done; reports what happens.
    pub(super) fn serve(mut self, on_event: &dyn Fn(BannerEvent), signal: &StopSignal) {
        if let Err(error) = self.run(on_event, signal) {
            on_event(BannerEvent::Lost(error.to_string()));
        }
    }

    fn run(
        &mut self,
        on_event: &dyn Fn(BannerEvent),
        signal: &StopSignal,
    ) -> Result<(), PlatformError> {
        while !signal.stopped() {
            let now = Instant::now();
            let mut next_raise = None;
            for strip in &mut self.strips {
                strip.panel.keep_on_top(now)?;
                next_raise = [next_raise, strip.panel.raise_at(now)]
                    .into_iter()
                    .flatten()
                    .min();
            }
            if let Next::Event(event) = self.display.next(next_raise, &signal.waker)?
                && let Some(cause) = self.note(&event)?
            {
                on_event(BannerEvent::Stop(cause));
            }
        }
        Ok(())
    }

    /// One strip for each monitor there is now.
    fn put_up(&mut self) -> Result<(), PlatformError> {
        self.strips.clear();
        for monitor in monitor::monitors(&self.display)? {
            let topmost = self.topmost.clone();
            let strip = Strip::show(&self.display, monitor, self.scale, &self.text, topmost)?;
            let hand =
                XIEventMask::BUTTON_PRESS | XIEventMask::BUTTON_RELEASE | XIEventMask::MOTION;
            select(&self.display, strip.panel.window, Device::ALL_MASTER, hand)?;
            self.strips.push(strip);
        }
        Ok(())
    }

    /// What an event means; a cause if it stops the session.
    fn note(&mut self, event: &Event) -> Result<Option<StopCause>, PlatformError> {
        if is_error(event) || event.sent_event() {
            return Ok(None);
        }
        if self.devices.note(event, &self.display)? {
            self.stop_key.forget();
            return Ok(None);
        }
        if let Event::MappingNotify(_) = event {
            self.stop_key.learn(&Keymap::read(&self.display)?);
            return Ok(None);
        }
        if monitor::may_have_changed(event, self.display.root()) {
            let now = monitor::monitors(&self.display)?;
            if !now
                .iter()
                .eq(self.strips.iter().map(|strip| &strip.monitor))
            {
                self.put_up()?;
            }
            return Ok(None);
        }
        for strip in &mut self.strips {
            match strip.panel.note(event) {
                Some(PanelEvent::Closed) => return Err(PlatformError::WindowClosed),
                Some(PanelEvent::Hidden) => strip.panel.show()?,
                Some(PanelEvent::Clear | PanelEvent::Covered | PanelEvent::Moved) | None => {}
            }
        }
        self.read(event)
    }

    /// What a person's hand did.
    fn read(&mut self, event: &Event) -> Result<Option<StopCause>, PlatformError> {
        if let Event::XinputRawKeyPress(key) = event
            && self.devices.is_real(key.response_type, key.sourceid)
        {
            return Ok(self
                .stop_key
                .press(key.sourceid, key.detail)
                .then_some(StopCause::Key));
        }
        if let Event::XinputRawKeyRelease(key) = event
            && self.devices.is_real(key.response_type, key.sourceid)
        {
            self.stop_key.release(key.sourceid, key.detail);
        }
        if let Event::XinputButtonPress(button) = event
            && button.detail == MAIN_BUTTON
            && self.devices.is_real(button.response_type, button.sourceid)
            && let Some(strip) = self.strip(button.event)
        {
            strip.press(whole(button.event_x, button.event_y));
        }
        if let Event::XinputMotion(motion) = event
            && self.devices.is_real(motion.response_type, motion.sourceid)
            && let Some(strip) = self.strip(motion.event)
        {
            strip.drag(whole(motion.root_x, motion.root_y))?;
        }
        if let Event::XinputButtonRelease(button) = event
            && button.detail == MAIN_BUTTON
            && self.devices.is_real(button.response_type, button.sourceid)
            && let Some(strip) = self.strip(button.event)
            && strip.release(whole(button.event_x, button.event_y))
        {
            return Ok(Some(StopCause::Click));
        }
        Ok(None)
    }

    fn strip(&mut self, window: u32) -> Option<&mut Strip> {
        self.strips
            .iter_mut()
            .find(|strip| strip.panel.window == window)
    }
}

/// From the fixed-point pixels of XInput2 to whole ones.
fn whole(x: i32, y: i32) -> Point {
    Point {
        x: x >> 16,
        y: y >> 16,
    }
}
