//! What the window shows: the scene of this moment, its title, and when the next moment is due.

use std::time::{Duration, Instant};

use anyhow::Result;
use farpane_media::paint::printable;
use farpane_protocol::geometry::Size;
use farpane_protocol::scope::Scope;
use farpane_protocol::session::viewer::Step;
use winit::event_loop::ActiveEventLoop;
use winit::window::Theme;

use super::bar::{self, Bar, Item};
use super::card::Card;
use super::edge::pushed;
use super::layer::Scale;
use super::lost::Lost;
use super::menu::{InUse, Look, Menu, Offer, Row, keyboard_rows, monitor_rows};
use super::meter::Seen;
use super::note::{self, Note};
use super::overlay::Overlay;
use super::palette::{DARK, LIGHT, Palette};
use super::pane::Pane;
use super::present::Presented;
use super::scene::Scene;
use super::stepper;
use super::view::View;
use crate::session::shared::PointerLook;

/// Pause between two readings of the overlay.
const READ_EVERY: Duration = Duration::from_millis(500);

/// A counter is painted this long after its second has begun, never before.
const AFTER_THE_SECOND: Duration = Duration::from_millis(2);

impl Pane {
    /// What the device is called on the screen.
    fn device(&self) -> String {
        let name = self.state.device.as_deref().unwrap_or(&self.options.name);
        printable(name).into_owned()
    }

    /// The same, and which monitor of it this window shows where there are several windows.
    fn shown_as(&self) -> String {
        if self.others.is_empty() {
            return self.device();
        }
        format!("{} · {}", self.device(), self.monitor)
    }

    /// Device and state, for the window list.
    pub(super) fn title(&self) -> String {
        let state = match (&self.state.ending, self.state.step) {
            (Some(_), _) | (None, Step::Ended(_)) => "ended",
            (None, Step::Asking) => "asking the directory",
            (None, Step::Reaching) => "reaching the device",
            (None, Step::WaitingForPerson { .. }) => "waiting for the person",
            (None, Step::WaitingForPicture) => "waiting for the picture",
            (None, Step::Live) => stepper::rights(self.state.scopes),
            (None, Step::Lost { .. }) => "lost contact",
        };
        format!("{} · {state} · Farpane", self.shown_as())
    }

    fn palette(&self) -> Palette {
        match self.theme {
            Some(Theme::Light) => LIGHT,
            Some(Theme::Dark) | None => DARK,
        }
    }

    /// How the device's screen lies in a window of this extent, while it is shown.
    pub(super) fn view_in(&self, window: Size) -> Option<View> {
        let shown = matches!(self.state.step, Step::Live | Step::Lost { .. });
        let picture = self
            .picture
            .filter(|_| shown && self.state.ending.is_none())?;
        Some(View::new(window, picture, self.mode, self.pan))
    }

    /// As [`Self::view_in`], for the window as it is.
    pub(super) fn view(&self) -> Option<View> {
        self.view_in(self.screen.as_ref()?.size()?)
    }

    fn scene(&self, window: Size, scale: Scale, full_screen: bool, now: Instant) -> Scene {
        let palette = self.palette();
        let view = self.view_in(window);
        let (options, state) = (&self.options, &self.state);
        let words = stepper::words(state, &options.name, options.asked, self.focus, now);
        let lost = match state.step {
            Step::Lost { since } if view.is_some() => {
                let seconds = now.saturating_duration_since(since).as_secs();
                Some(Lost::new(window, scale, palette, seconds))
            }
            Step::Lost { .. }
            | Step::Asking
            | Step::Reaching
            | Step::WaitingForPerson { .. }
            | Step::WaitingForPicture
            | Step::Live
            | Step::Ended(_) => None,
        };
        let overlay = self
            .overlay
            .as_ref()
            .filter(|_| view.is_some())
            .map(|reading| {
                let relay = state.relay.as_deref().unwrap_or_default();
                let screen = view.map(|view| {
                    let zoom = view.shown().width() * 100 / view.surface().width();
                    (view.surface(), zoom)
                });
                Overlay::new(window, scale, palette, reading, relay, screen)
            });
        let note = self.note(now).filter(|_| view.is_some());
        let note = note.map(|text| Note::new(window, scale, palette, text));
        let open = self.menu.filter(|_| view.is_some());
        let bar = ((self.top.shown() || open.is_some()) && view.is_some()).then(|| {
            let mut words = bar::Words {
                device: self.shown_as(),
                rights: stepper::rights(state.scopes),
                mode: self.mode,
                full_screen,
                overlay: self.overlay.is_some(),
                monitors: (state.monitors.len() > 1)
                    .then(|| open.is_some_and(|open| open.offer == Offer::Monitors)),
                keys: open.is_some_and(|open| open.offer == Offer::Keyboard),
                clipboard: self.clipboard_state(),
                hover: None,
            };
            let laid_out = Bar::new(window, scale, palette, words.clone());
            words.hover = self.controls.pointer().and_then(|at| laid_out.item_at(at));
            Bar::new(window, scale, palette, words)
        });
        let menu = open.zip(bar.as_ref()).and_then(|(open, bar)| {
            let item = match open.offer {
                Offer::Keyboard => Item::Keys,
                Offer::Monitors => Item::Monitors,
            };
            let (below, rows) = (bar.place_of(item)?, self.rows(open.offer));
            Some(Menu::new(window, scale, palette, below, open.row, rows))
        });
        Scene {
            window,
            palette,
            view,
            lost,
            overlay,
            note,
            bar,
            menu,
            card: words.map(|words| Card::new(window, scale, palette, words)),
        }
    }

    /// What a menu offers.
    pub(super) fn rows(&self, offer: Offer) -> Vec<Row> {
        match offer {
            Offer::Keyboard => keyboard_rows(InUse {
                keyboard: self.controls.keyboard(),
                system_keys: self.taking.is_on(),
            }),
            Offer::Monitors => self.looks().into_iter().map(|(_, row)| row).collect(),
        }
    }

    /// What the menu of monitors offers.
    pub(super) fn looks(&self) -> Vec<(Look, Row)> {
        monitor_rows(&self.state.monitors, self.wants, &self.others)
    }

    /// What the clipboard does, for the bar.
    fn clipboard_state(&self) -> bar::Clipboard {
        let has = |scope| self.state.scopes.has(scope);
        match (has(Scope::ClipboardIn), has(Scope::ClipboardOut)) {
            (false, false) => bar::Clipboard::NotAllowed,
            _ if !self.sharing.wanted => bar::Clipboard::Off,
            (true, true) => bar::Clipboard::BothWays,
            (true, false) => bar::Clipboard::ToDevice,
            (false, true) => bar::Clipboard::FromDevice,
        }
    }

    /// What the session or the window said last.
    fn latest_note(&self) -> Option<(&str, Instant)> {
        let both = self.state.note.iter().chain(&self.note);
        let latest = both.max_by_key(|(_, since)| *since)?;
        Some((latest.0.as_str(), latest.1))
    }

    /// The note that stands now.
    fn note(&self, now: Instant) -> Option<&str> {
        let (text, since) = self.latest_note()?;
        (now < since + note::STANDS).then_some(text)
    }

    /// Paints what changed.
    pub(super) fn paint(
        &mut self,
        event_loop: &ActiveEventLoop,
        exposed: bool,
        now: Instant,
    ) -> Result<()> {
        let title = self.title();
        let Some((screen, running)) = self.screen.as_ref().zip(self.running.as_ref()) else {
            return Ok(());
        };
        let Some(window) = screen.size() else {
            return Ok(());
        };
        let scale = Scale::new(screen.window().scale_factor());
        let full_screen = screen.window().fullscreen().is_some();
        if screen.window().title() != title {
            screen.window().set_title(&title);
        }
        let shared = running.shared.clone();
        let scene = self.scene(window, scale, full_screen, now);
        if let Some(screen) = &mut self.screen
            && let Some(presented) = screen.paint(scene, &shared, exposed)?
        {
            self.presented(&presented);
        }
        self.show_pointer(event_loop);
        Ok(())
    }

    /// Over the picture the device's pointer, elsewhere this machine's.
    pub(super) fn show_pointer(&mut self, event_loop: &ActiveEventLoop) {
        let Some(screen) = &self.screen else { return };
        let on_picture = self.is_live()
            && self.state.scopes.has(Scope::Control)
            && !self.on_bar()
            && self
                .view()
                .zip(self.controls.pointer())
                .is_some_and(|(v, at)| v.contains(at));
        let look = if on_picture {
            &self.state.pointer
        } else {
            &PointerLook::Arrow
        };
        self.pointer.show(look, screen.window(), event_loop);
    }

    fn presented(&mut self, presented: &Presented) {
        let Some(frame) = presented.frames.last() else {
            return;
        };
        let Some(running) = &self.running else { return };
        let rtt = running.shared.network().unwrap_or_default().rtt;
        let made_at = |sequence| running.input.made_at(sequence);
        let seen = self.meter.presented(frame, made_at, rtt, presented.at);
        let is_first = running.shared.is_first_to_show(frame.input_sequence);
        let counts = Seen {
            input: seen.input.filter(|_| is_first),
            ..seen
        };
        running
            .shared
            .count_picture(presented.at, |told| counts.count_into(told));
        self.pictures += 1;
        if self.overlay.is_some() {
            self.read_due.get_or_insert(presented.at + READ_EVERY);
        }
        if !self.trace.is_on() {
            return;
        }
        if self.pictures == 1 {
            self.trace.event("first_picture", presented.at, &[]);
        }
        let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let mut fields = vec![
            ("sequence", frame.sequence.into()),
            ("input_sequence", frame.input_sequence.into()),
            ("captured_us", frame.captured_us.into()),
            ("capture_us", micros(frame.capture).into()),
            ("encode_us", micros(frame.encode).into()),
            ("first_byte_us", self.trace.micros(frame.first_byte).into()),
            ("whole_us", self.trace.micros(frame.whole).into()),
            ("decoded_us", self.trace.micros(frame.decoded).into()),
            ("t_present_us", self.trace.micros(presented.at).into()),
            (
                "bytes",
                presented
                    .frames
                    .iter()
                    .map(|frame| frame.bytes)
                    .sum::<usize>()
                    .into(),
            ),
            ("merged", (presented.frames.len() - 1).into()),
            ("by", presented.by.into()),
        ];
        if let Some(latency) = seen.input {
            fields.push(("input_to_picture_us", micros(latency.whole).into()));
        }
        self.trace.event("presented", presented.at, &fields);
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant) {
        let window = self.screen.as_ref().map(super::present::Screen::window);
        let is_minimised = || window.is_some_and(|one| one.is_minimized() == Some(true));
        self.seen.tick(now, is_minimised);
        if self.top.deadline().is_some_and(|at| now >= at) {
            self.top.tick(now);
            self.changed();
        }
        if self.read_due.is_some_and(|at| now >= at) {
            let network = self
                .running
                .as_ref()
                .and_then(|running| running.shared.network());
            let reading = self.meter.read(network, now);
            // Reads on until the rates have fallen to zero, then sleeps until the next picture.
            let quiet = reading.fps == 0 && self.overlay.is_some_and(|shown| shown == reading);
            self.read_due = (self.overlay.is_some() && !quiet).then_some(now + READ_EVERY);
            if self.overlay.is_some() {
                self.overlay = Some(reading);
                self.changed();
            }
        }
        if self.pan_due.is_some_and(|at| now >= at) {
            self.push_edge(now);
        }
    }

    /// Pans while the pointer pushes against an edge.
    pub(super) fn push_edge(&mut self, now: Instant) {
        let at = self
            .controls
            .pointer()
            .filter(|_| self.is_live() && !self.on_bar());
        let window = self.screen.as_ref().and_then(super::present::Screen::size);
        let moved = at
            .zip(window)
            .zip(self.view())
            .and_then(|((at, window), view)| {
                let pan = pushed(at, window, self.pan, view.pan_room());
                (pan != self.pan).then_some(pan)
            });
        self.pan_due = moved.map(|_| now + super::edge::PAN_PAUSE);
        if let Some(pan) = moved {
            self.pan = pan;
            self.changed();
            if let Some(view) = self.view() {
                self.controls.send_pointer(&view, now);
            }
        }
    }

    /// When something is due next: counters once a second while they are shown, nothing at all
    /// while a picture is simply there.
    pub(super) fn next_tick(&self, now: Instant) -> Option<Instant> {
        [
            self.top.deadline(),
            self.read_due,
            self.pan_due,
            self.note_goes(now),
            self.next_second(now),
            self.taking.deadline(),
            self.seen.deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// When the note goes.
    fn note_goes(&self, now: Instant) -> Option<Instant> {
        let (_, since) = self.latest_note()?;
        let goes = since + note::STANDS;
        (goes > now).then_some(goes)
    }

    fn next_second(&self, now: Instant) -> Option<Instant> {
        if self.state.ending.is_some() {
            return None;
        }
        let second = Duration::from_secs(1);
        let rest = |passed: Duration| second - Duration::from_nanos(passed.subsec_nanos().into());
        let wait = match self.state.step {
            Step::WaitingForPerson { until } => {
                let left = until.checked_duration_since(now)?;
                Duration::from_nanos(left.subsec_nanos().into())
            }
            Step::Asking | Step::Reaching | Step::WaitingForPicture => {
                let position = self.state.step.position()?;
                rest(*self.state.spent_at(now).get(position)?)
            }
            Step::Lost { since } => rest(now.saturating_duration_since(since)),
            Step::Live | Step::Ended(_) => return None,
        };
        Some(now + wait + AFTER_THE_SECOND)
    }
}
