//! The window that asks the person at the device. Default, time-out and every failure mean no.
//!
//! Only a person's own hand counts: XInput2 events from real devices (see [`super::devices`]).
//! Core events carry no device and are not even asked for. The window must have been wholly
//! visible for a moment before a yes counts. Under a compositing manager the X server calls every
//! window visible, so there a program that paints over ours is not noticed; it could paint
//! anything anyway.

use std::time::Instant;

use farpane_protocol::geometry::Point;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{Device, KeyEventFlags, XIEventMask};

use super::devices::{RealDevices, select};
use super::display::{Display, Next, is_error};
use super::keys::{Keymap, sym};
use super::monitor;
use super::painter::{Panel, PanelEvent, scale};
use super::topmost::Topmost;
use crate::platform::window::StopSignal;
use crate::platform::{ConsentOutcome, ConsentRequest, PlatformError, WITHDRAWN};

mod dialog;
mod draw;
mod layout;

use dialog::{Act, Dialog};
use draw::{View, draw};
use layout::Layout;

/// The window's name in lists of windows.
const TITLE: &str = "Farpane: permission";

/// Why a second question at the same time has no answer.
const ANOTHER: &str = "another question is on the screen";

/// The main mouse button, as X numbers it.
const MAIN_BUTTON: u32 = 1;

/// The bit of an X modifier state that Shift is.
const SHIFT: u32 = 1;

/// Asks, and blocks until there is an outcome; the window is gone when it returns.
pub(super) fn ask(
    display: &str,
    request: ConsentRequest,
    deadline: Instant,
    topmost: &Topmost,
    signal: &StopSignal,
) -> ConsentOutcome {
    let asked = Window::open(display, request, deadline).and_then(|mut window| {
        // Two questions would cover each other, and be confused by whoever reads them.
        let Some(_claim) = topmost.claim(window.panel.window) else {
            return Ok(ConsentOutcome::Unavailable(ANOTHER.to_owned()));
        };
        window.show()?;
        let outcome = window.serve(signal);
        window.panel.return_focus(window.focus_before)?;
        outcome
    });
    asked.unwrap_or_else(|error| ConsentOutcome::Unavailable(error.to_string()))
}

/// The window and all that it needs to judge what happens to it.
struct Window {
    display: Display,
    devices: RealDevices,
    keymap: Keymap,
    request: ConsentRequest,
    deadline: Instant,
    layout: Layout,
    panel: Panel,
    dialog: Dialog,
    painted: Option<View>,
    focus_before: u32,
}

impl Window {
    fn open(name: &str, request: ConsentRequest, deadline: Instant) -> Result<Self, PlatformError> {
        let display = Display::open(name)?;
        let devices = RealDevices::open(&display, XIEventMask::from(0u32))?;
        monitor::watch(&display)?;
        let monitor = monitor::find(&display, None)?;
        let layout = Layout::new(&request, monitor.size, scale(&display)?);
        let panel = Panel::new(&display, layout.centred(monitor.rect()), TITLE)?;
        let hand = XIEventMask::KEY_PRESS | XIEventMask::BUTTON_PRESS | XIEventMask::BUTTON_RELEASE;
        // Masters pass on what any of their devices does, by the person's own focus and pointer,
        // and name the device.
        select(&display, panel.window, Device::ALL_MASTER, hand)?;
        let keymap = Keymap::read(&display)?;
        let dialog = Dialog::new(&request);
        Ok(Self {
            display,
            devices,
            keymap,
            request,
            deadline,
            layout,
            panel,
            dialog,
            painted: None,
            focus_before: x11rb::NONE,
        })
    }

    fn show(&mut self) -> Result<(), PlatformError> {
        self.paint(Instant::now())?;
        self.panel.show()?;
        self.focus_before = self.panel.take_focus()?;
        Ok(())
    }

    /// Until the person, the clock or somebody else decides.
    fn serve(&mut self, signal: &StopSignal) -> Result<ConsentOutcome, PlatformError> {
        loop {
            let now = Instant::now();
            if signal.stopped() {
                return Ok(ConsentOutcome::Unavailable(WITHDRAWN.to_owned()));
            }
            if now >= self.deadline {
                return Ok(ConsentOutcome::TimedOut);
            }
            // In this order, so that it never comes back on top looking as if a yes counted.
            self.paint(now)?;
            self.panel.keep_on_top(now)?;
            match self
                .display
                .next(Some(self.next_change(now)), &signal.waker)?
            {
                Next::Woken | Next::Deadline => {}
                Next::Event(event) => {
                    if let Some(outcome) = self.note(&event)? {
                        return Ok(outcome);
                    }
                }
            }
        }
    }

    /// When the window next changes by itself.
    fn next_change(&self, now: Instant) -> Instant {
        let left = self.deadline.saturating_duration_since(now);
        // `seconds_left` rounds up: it changes when the rest falls to a whole second.
        let second = now + std::time::Duration::from_nanos(left.subsec_nanos().max(1).into());
        let arms = self.dialog.arms_at().filter(|at| *at > now);
        let raise = self.panel.raise_at(now);
        [Some(second), arms, raise]
            .into_iter()
            .flatten()
            .fold(self.deadline, Instant::min)
    }

    /// Paints if anything that can be seen changed.
    fn paint(&mut self, now: Instant) -> Result<(), PlatformError> {
        let left = self.deadline.saturating_duration_since(now);
        let view = View {
            may_allow: self.dialog.may_allow(now),
            dialog: self.dialog.clone(),
            seconds_left: left.as_secs() + u64::from(left.subsec_nanos() > 0),
        };
        if self.painted.as_ref() != Some(&view) {
            self.panel
                .paint(|canvas| draw(canvas, &self.layout, &view))?;
            self.painted = Some(view);
        }
        Ok(())
    }

    /// What an event decides, if anything.
    fn note(&mut self, event: &Event) -> Result<Option<ConsentOutcome>, PlatformError> {
        if is_error(event) || event.sent_event() {
            return Ok(None);
        }
        if self.devices.note(event, &self.display)? {
            return Ok(None);
        }
        if let Event::MappingNotify(_) = event {
            self.keymap = Keymap::read(&self.display)?;
            return Ok(None);
        }
        if monitor::may_have_changed(event, self.display.root()) {
            self.settle()?;
            return Ok(None);
        }
        let now = Instant::now();
        match self.panel.note(event) {
            Some(PanelEvent::Clear) => self.dialog.clear(now),
            Some(PanelEvent::Covered) => self.dialog.covered(),
            Some(PanelEvent::Moved) => self.dialog.moved(now),
            Some(PanelEvent::Hidden | PanelEvent::Closed) => {
                return Err(PlatformError::WindowClosed);
            }
            None => {
                if let Some(act) = self.read(event)? {
                    return Ok(self.dialog.act(act, now));
                }
            }
        }
        Ok(None)
    }

    /// Finds the window's place on monitors that changed.
    fn settle(&mut self) -> Result<(), PlatformError> {
        let monitor = monitor::find(&self.display, None)?;
        let layout = Layout::new(&self.request, monitor.size, self.layout.scale);
        let place = layout.centred(monitor.rect());
        if place != self.panel.rect {
            self.layout = layout;
            self.panel.place(place)?;
            self.painted = None;
            self.dialog.moved(Instant::now());
        }
        Ok(())
    }

    /// What a person's hand did; none for anything else.
    fn read(&self, event: &Event) -> Result<Option<Act>, PlatformError> {
        if let Event::XinputKeyPress(key) = event {
            let real = self.devices.is_real(key.response_type, key.sourceid);
            let repeat = u32::from(key.flags) & u32::from(KeyEventFlags::KEY_REPEAT) != 0;
            let shift = key.mods.effective & SHIFT != 0;
            let meant = self
                .keymap
                .plain(key.detail)
                .and_then(|sym| act(sym, shift));
            return Ok(meant.filter(|_| real && !repeat));
        }
        if let Event::XinputButtonPress(button) = event {
            let real = self.devices.is_real(button.response_type, button.sourceid);
            if !real || button.detail != MAIN_BUTTON {
                return Ok(None);
            }
            self.panel.take_focus()?;
            let under = self.layout.hit(local(button.event_x, button.event_y));
            return Ok(Some(Act::Press(under)));
        }
        if let Event::XinputButtonRelease(button) = event {
            let real = self.devices.is_real(button.response_type, button.sourceid);
            let under = self.layout.hit(local(button.event_x, button.event_y));
            return Ok((real && button.detail == MAIN_BUTTON).then_some(Act::Release(under)));
        }
        Ok(None)
    }
}

/// What a key means to the window.
fn act(keysym: u32, shift: bool) -> Option<Act> {
    match keysym {
        sym::TAB if shift => Some(Act::Previous),
        sym::ISO_LEFT_TAB => Some(Act::Previous),
        sym::TAB => Some(Act::Next),
        sym::SPACE => Some(Act::Space),
        sym::RETURN | sym::KP_ENTER => Some(Act::Enter),
        sym::ESCAPE => Some(Act::Escape),
        _ => None,
    }
}

/// From the sixteenths-and-whole pixels of XInput2 to a pixel of the window.
fn local(x: i32, y: i32) -> Point {
    Point {
        x: x >> 16,
        y: y >> 16,
    }
}
