//! One window of a session: what it knows, and how it takes the events that come to it.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use farpane_media::paint::printable;
use farpane_protocol::geometry::{Point, Size};
use farpane_protocol::session::viewer::Step;
use winit::dpi::{LogicalSize, PhysicalSize};
use winit::event::WindowEvent;
use winit::event_loop::ActiveEventLoop;
use winit::platform::x11::WindowAttributesExtX11 as _;
use winit::window::{Theme, Window, WindowId};

use super::controls::Controls;
use super::cursor::Pointer;
use super::edge::TopEdge;
use super::menu::Open;
use super::meter::{Meter, Reading};
use super::present::Screen;
use super::run::Options;
use super::seen::Seen;
use super::system_keys::Taking;
use super::view::Mode;
use crate::session::input::InputQueue;
use crate::session::shared::{Shared, Snapshot};
use crate::trace::Trace;

/// The smallest that it can be made.
const SMALLEST: LogicalSize<u32> = LogicalSize::new(480, 320);

/// What must be painted before the next sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Repaint {
    /// Nothing.
    Not,
    /// What differs from what was painted last.
    Changed,
    /// That, and the display has lost its copy of the rest.
    Exposed,
}

/// What a window wants that is not its own to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// The end of the session.
    End,
    /// Another session after one that failed.
    Again,
    /// Windows of their own for these monitors.
    Open(Vec<u32>),
    /// The window that shows this monitor.
    Focus(u32),
}

/// What lets clipboard text go, as far as this window is concerned.
pub(super) struct Sharing {
    /// Whether the technician wants it.
    pub(super) wanted: bool,
    /// Whether the window has the keyboard.
    pub(super) focused: bool,
    /// Whether the technician pressed anything for the device in this session.
    pub(super) acted: bool,
}

/// The session as one window sees it.
pub(super) struct Link {
    /// With the picture of the monitor that is seen.
    pub(super) shared: Shared,
    pub(super) input: Arc<InputQueue>,
}

/// Everything that one window knows.
pub(super) struct Pane {
    pub(super) options: Options,
    pub(super) trace: Arc<Trace>,
    pub(super) running: Option<Link>,
    pub(super) state: Snapshot,
    pub(super) screen: Option<Screen>,
    pub(super) controls: Controls,
    pub(super) pointer: Pointer,
    pub(super) top: TopEdge,
    pub(super) mode: Mode,
    pub(super) pan: Point,
    pub(super) pan_due: Option<Instant>,
    /// The number of the monitor that it is to show.
    pub(super) wants: u32,
    /// What the device calls it, fit for a screen.
    pub(super) monitor: String,
    /// The monitor whose picture is there; another one's stays until the first of this one comes.
    shown: Option<u32>,
    /// The newest frame of all when the monitor was chosen.
    chosen_at: u64,
    /// The monitors that other windows show.
    pub(super) others: Vec<u32>,
    pub(super) picture: Option<Size>,
    pub(super) pictures: u64,
    pub(super) meter: Meter,
    /// What the overlay shows; absent while it is hidden.
    pub(super) overlay: Option<Reading>,
    pub(super) read_due: Option<Instant>,
    pub(super) focus: usize,
    /// The menu that is open.
    pub(super) menu: Option<Open>,
    pub(super) input_method: bool,
    pub(super) windowed: Option<PhysicalSize<u32>>,
    pub(super) theme: Option<Theme>,
    pub(super) sharing: Sharing,
    pub(super) taking: Taking,
    /// What this window itself has to say, and since when.
    pub(super) note: Option<(String, Instant)>,
    /// Whether somebody could see it.
    pub(super) seen: Seen,
    sized: bool,
    pub(super) repaint: Repaint,
    pub(super) asks: Vec<Ask>,
}

impl Pane {
    /// A window for that monitor, not open yet.
    pub(super) fn new(options: Options, trace: Arc<Trace>, wants: u32, now: Instant) -> Self {
        let mut controls = Controls::default();
        controls.set_keyboard(options.keyboard, now);
        let taking = Taking::wishing(options.system_keys);
        Self {
            options,
            trace,
            running: None,
            state: Shared::new(now, || {}).snapshot(),
            screen: None,
            controls,
            pointer: Pointer::default(),
            top: TopEdge::default(),
            mode: Mode::Fit,
            pan: Point::default(),
            pan_due: None,
            wants,
            monitor: String::new(),
            shown: None,
            chosen_at: 0,
            others: Vec::new(),
            picture: None,
            pictures: 0,
            meter: Meter::default(),
            overlay: None,
            read_due: None,
            focus: 0,
            menu: None,
            input_method: false,
            windowed: None,
            theme: None,
            sharing: Sharing {
                wanted: true,
                focused: false,
                acted: false,
            },
            taking,
            note: None,
            seen: Seen::default(),
            sized: false,
            repaint: Repaint::Changed,
            asks: Vec::new(),
        }
    }

    /// Opens the window.
    pub(super) fn open(&mut self, event_loop: &ActiveEventLoop) -> Result<()> {
        let attributes = Window::default_attributes()
            .with_title(self.title())
            .with_inner_size(self.first_extent(event_loop))
            .with_min_inner_size(SMALLEST)
            .with_name("farpane-viewer", "farpane-viewer");
        let screen = Screen::new(event_loop, attributes, self.options.present)?;
        self.theme = screen.window().theme();
        screen.window().focus_window();
        self.screen = Some(screen);
        if self.options.full_screen {
            self.toggle_full_screen();
        }
        Ok(())
    }

    /// Its number, while it is open.
    pub(super) fn id(&self) -> Option<WindowId> {
        self.screen.as_ref().map(|screen| screen.window().id())
    }

    /// A session begins, or goes on in this window, too.
    pub(super) fn connect(&mut self, shared: &Shared, input: &Arc<InputQueue>) {
        self.controls.connect(input.clone());
        self.controls.look_at(self.wants);
        self.state = shared.snapshot();
        self.running = Some(Link {
            shared: shared.of(self.wants),
            input: input.clone(),
        });
        self.shown = None;
        self.chosen_at = shared.newest_of_all();
        self.meter = Meter::default();
        self.picture = None;
        self.focus = 0;
        self.sharing.acted = false;
        self.menu = None;
        self.changed();
    }

    /// Shows another monitor as soon as there is a picture of it.
    pub(super) fn turn(&mut self, surface: u32) {
        if std::mem::replace(&mut self.wants, surface) != surface
            && let Some(running) = &self.running
        {
            self.chosen_at = running.shared.newest_of_all();
        }
    }

    /// Its monitor is gone: it shows the primary one, to which the device turned by itself, maybe
    /// before it was heard that the other one is gone.
    pub(super) fn fall_back(&mut self) {
        self.wants = 0;
        if let Some(running) = &self.running {
            self.chosen_at = running.shared.newest();
        }
        let state = self.state.clone();
        self.look(state);
    }

    /// The device may have something new to show.
    pub(super) fn look(&mut self, state: Snapshot) {
        self.state = state;
        let Some(running) = &mut self.running else {
            return;
        };
        if self.shown != Some(self.wants) {
            let next = running.shared.of(self.wants);
            if next.newest() > self.chosen_at {
                // Whatever of it was painted before, another one's picture was painted over it.
                next.with_picture(|picture| {
                    if let Some(picture) = picture {
                        picture.damage = vec![picture.pixels.size().rect()];
                    }
                });
                running.shared = next;
                self.shown = Some(self.wants);
                self.controls.look_at(self.wants);
            }
        }
        let size = |shared: &Shared| shared.with_picture(|p| p.as_ref().map(|p| p.pixels.size()));
        self.picture = self.shown.and_then(|_| size(&running.shared));
        self.controls.settle();
        self.changed();
        let mut monitors = self.state.monitors.iter();
        let monitor = monitors.find(|monitor| monitor.id == self.wants);
        if let Some(monitor) = monitor {
            self.monitor = printable(&monitor.name).into_owned();
            let size = monitor.size;
            if !std::mem::replace(&mut self.sized, true) {
                self.fit_window(size);
            }
        }
    }

    /// Whether the device has the monitor no more that it is to show.
    pub(super) fn is_bereft(&self) -> bool {
        let monitors = &self.state.monitors;
        !monitors.is_empty() && monitors.iter().all(|monitor| monitor.id != self.wants)
    }

    /// The technician pressed something for the device: what they copied may go there.
    pub(super) fn acted(&mut self) {
        self.sharing.acted |= self.is_live();
    }

    /// Something that is seen may have changed.
    pub(super) fn changed(&mut self) {
        self.repaint = self.repaint.max(Repaint::Changed);
    }

    /// Whether the device's screen is live and may be controlled through the picture.
    pub(super) fn is_live(&self) -> bool {
        self.state.step == Step::Live && self.state.ending.is_none()
    }

    /// Paints what has changed, if somebody could see it.
    pub(super) fn refresh(&mut self, event_loop: &ActiveEventLoop, now: Instant) -> Result<()> {
        if !self.seen.is_visible() || self.repaint == Repaint::Not {
            return Ok(());
        }
        let exposed = std::mem::replace(&mut self.repaint, Repaint::Not) == Repaint::Exposed;
        self.paint(event_loop, exposed, now)
    }

    /// Takes what happened to the window, but for its being closed.
    pub(super) fn event(&mut self, event_loop: &ActiveEventLoop, event: WindowEvent, now: Instant) {
        self.taking.hear(&event, now);
        if self.seen.hear(&event, now) {
            self.changed();
        }
        match event {
            WindowEvent::Resized(_) | WindowEvent::ScaleFactorChanged { .. } => self.changed(),
            WindowEvent::ThemeChanged(theme) => {
                self.theme = Some(theme);
                self.changed();
            }
            // Nobody here asks for it: the display has lost its copy.
            WindowEvent::RedrawRequested => self.repaint = Repaint::Exposed,
            WindowEvent::Focused(focused) => {
                self.sharing.focused = focused;
                if !focused {
                    self.controls.release_all(now);
                }
            }
            WindowEvent::ModifiersChanged(modifiers) => {
                self.controls.set_modifiers(modifiers.state());
            }
            WindowEvent::KeyboardInput {
                event,
                is_synthetic,
                ..
            } => self.key(&event, is_synthetic, now),
            WindowEvent::Ime(event) => self.input_method(event, now),
            WindowEvent::CursorMoved { position, .. } => {
                let at = Point {
                    x: position.x as i32,
                    y: position.y as i32,
                };
                self.pointer_moved(at, event_loop, now);
            }
            WindowEvent::CursorLeft { .. } => self.pointer_left(now),
            WindowEvent::MouseInput { state, button, .. } => {
                self.button(button, state.is_pressed(), now);
            }
            WindowEvent::MouseWheel { delta, .. } => self.wheel(delta, now),
            WindowEvent::CloseRequested
            | WindowEvent::Destroyed
            | WindowEvent::Occluded(_)
            | WindowEvent::ActivationTokenDone { .. }
            | WindowEvent::Moved(_)
            | WindowEvent::DroppedFile(_)
            | WindowEvent::HoveredFile(_)
            | WindowEvent::HoveredFileCancelled
            | WindowEvent::CursorEntered { .. }
            | WindowEvent::PinchGesture { .. }
            | WindowEvent::PanGesture { .. }
            | WindowEvent::DoubleTapGesture { .. }
            | WindowEvent::RotationGesture { .. }
            | WindowEvent::TouchpadPressure { .. }
            | WindowEvent::AxisMotion { .. }
            | WindowEvent::Touch(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use farpane_media::surface::shown::Shown;
    use farpane_protocol::geometry::{Rect, Size};

    use super::*;
    use crate::session::monitors::Monitor;
    use crate::session::shared::{FrameFacts, Picture};

    fn monitor(id: u32) -> Monitor {
        Monitor {
            id,
            name: format!("monitor {id}"),
            place: Point::default(),
            size: size(),
        }
    }

    fn size() -> Size {
        Size::new(64, 48).expect("valid")
    }

    fn frame(shared: &Shared, surface: u32, sequence: u64) {
        let now = Instant::now();
        let facts = FrameFacts {
            sequence,
            input_sequence: 0,
            bytes: 1,
            capture: Duration::ZERO,
            encode: Duration::ZERO,
            first_byte: now,
            whole: now,
            decoded: now,
            captured_us: 0,
        };
        shared.of(surface).update_picture(|picture| {
            let picture = picture.get_or_insert_with(|| Picture {
                surface,
                pixels: Shown::new(size()),
                damage: Vec::new(),
                frames: Vec::new(),
            });
            picture.add(&[Rect::default()], facts);
        });
    }

    #[test]
    fn a_window_whose_monitor_is_gone_shows_what_the_device_turned_to_before_that_was_heard() {
        let (now, shared) = (Instant::now(), Shared::new(Instant::now(), || {}));
        let options = Options {
            name: "device".into(),
            asked: farpane_protocol::scope::ScopeSet::default(),
            all_monitors: false,
            full_screen: false,
            keyboard: super::super::keys::Keyboard::default(),
            system_keys: super::super::SystemKeys::Here,
            present: super::super::Present::Memory,
            stay: false,
        };
        let mut pane = Pane::new(options, Arc::new(Trace::off()), 0, now);
        pane.connect(&shared, &Arc::new(InputQueue::default()));
        shared.update(|state| state.monitors = vec![monitor(0), monitor(1)]);
        frame(&shared, 0, 3);
        pane.look(shared.snapshot());
        pane.turn(1);
        pane.look(shared.snapshot());
        assert_eq!(pane.shown, Some(0), "no picture of the other one is there");
        frame(&shared, 1, 4);
        pane.look(shared.snapshot());
        assert_eq!(pane.shown, Some(1));

        frame(&shared, 0, 5);
        pane.look(shared.snapshot());
        assert!(!pane.is_bereft());
        shared.update(|state| state.monitors = vec![monitor(0)]);
        pane.look(shared.snapshot());
        assert!(pane.is_bereft());
        pane.fall_back();
        assert_eq!((pane.shown, pane.is_bereft()), (Some(0), false));
    }
}
