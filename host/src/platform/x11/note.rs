//! A small note in the corner that goes by itself: what a session used, after it ended.

use std::time::{Duration, Instant};

use farpane_media::paint::{Face, line_height, measure, wrap};
use farpane_protocol::geometry::{Point, Rect};
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{Device, XIEventMask};

use super::devices::{RealDevices, select};
use super::display::{Display, Next};
use super::monitor;
use super::painter::{Panel, PanelEvent, scale};
use super::palette::{INK, MUTED, PAPER, TEAL};
use crate::platform::PlatformError;
use crate::platform::window::StopSignal;

/// The window's name in lists of windows.
const TITLE: &str = "Farpane: note";

/// How long the note stays; long enough to read six lines.
const STAYS: Duration = Duration::from_secs(8);

/// Most lines; the rest is in the history.
const MAX_LINES: usize = 6;

/// Sizes in pixels at normal scale.
const WIDTH: f32 = 380.0;
const PAD: f32 = 14.0;
const TEXT_PX: f32 = 14.0;
const MARGIN: f32 = 16.0;

/// A note on the screen.
pub(super) struct Note {
    display: Display,
    devices: RealDevices,
    panel: Panel,
}

impl Note {
    /// Shows it in the lower right corner of the primary monitor.
    pub(super) fn open(name: &str, text: &str) -> Result<Self, PlatformError> {
        let display = Display::open(name)?;
        let devices = RealDevices::open(&display, XIEventMask::from(0u32))?;
        let monitor = monitor::find(&display, None)?;
        let scale = scale(&display)?;
        let at = |pixels: f32| (pixels * scale).round();
        let px = TEXT_PX * scale;
        let most = (monitor.size.width() as f32 - 2.0 * at(MARGIN)).max(1.0);
        let most = at(WIDTH).min(most) - 2.0 * at(PAD);
        let lines = wrap(Face::Regular, px, text, most, MAX_LINES);
        let widest = lines
            .iter()
            .map(|line| measure(Face::Regular, px, line))
            .fold(0.0, f32::max);
        let width = ((widest.ceil() + 2.0 * at(PAD)) as u32).clamp(1, monitor.size.width());
        let height = lines.len() as f32 * line_height(px) + 2.0 * at(PAD);
        let height = (height as u32).clamp(1, monitor.size.height());
        let edge = at(MARGIN) as u32;
        let place = Rect {
            x: monitor.x + monitor.size.width().saturating_sub(width + edge),
            y: monitor.y + monitor.size.height().saturating_sub(height + edge),
            width,
            height,
        };
        let panel = Panel::new(&display, place, TITLE)?;
        select(
            &display,
            panel.window,
            Device::ALL_MASTER,
            XIEventMask::BUTTON_PRESS,
        )?;
        panel.paint(|canvas| {
            let thin = scale.round() as u32;
            let whole = canvas.size().rect();
            canvas.fill(whole, PAPER);
            canvas.outline(whole, thin, MUTED);
            canvas.fill(
                Rect {
                    width: 4 * thin,
                    ..whole
                },
                TEAL,
            );
            for (index, line) in lines.iter().enumerate() {
                let top = at(PAD) + index as f32 * line_height(px);
                let y = top + line_height(px) / 2.0 + px * 0.34;
                let start = Point {
                    x: at(PAD) as i32,
                    y: y as i32,
                };
                canvas.text(Face::Regular, px, start, line, INK);
            }
        })?;
        panel.show()?;
        Ok(Self {
            display,
            devices,
            panel,
        })
    }

    /// Keeps it until its time is over, a person clicks it, or its owner is done.
    pub(super) fn serve(mut self, signal: &StopSignal) {
        if let Err(error) = self.run(signal) {
            tracing::debug!(%error, "a note went early");
        }
    }

    fn run(&mut self, signal: &StopSignal) -> Result<(), PlatformError> {
        let end = Instant::now() + STAYS;
        while !signal.stopped() && Instant::now() < end {
            let Next::Event(event) = self.display.next(Some(end), &signal.waker)? else {
                continue;
            };
            self.devices.note(&event, &self.display)?;
            if let Event::XinputButtonPress(button) = &event
                && self.devices.is_real(button.response_type, button.sourceid)
            {
                return Ok(());
            }
            match self.panel.note(&event) {
                Some(PanelEvent::Hidden | PanelEvent::Closed) => return Ok(()),
                // A note has no need to stay on top.
                Some(PanelEvent::Clear | PanelEvent::Covered | PanelEvent::Moved) | None => {}
            }
        }
        Ok(())
    }
}
