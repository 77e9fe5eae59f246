//! The window's event loop: takes events, keeps what the window needs to know, paints when
//! something changed, sleeps otherwise.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use farpane_protocol::geometry::{Point, Size};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::session::viewer::Step;
use winit::application::ApplicationHandler;
use winit::dpi::{LogicalSize, PhysicalSize};
use winit::event::{StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoopProxy};
use winit::platform::x11::WindowAttributesExtX11 as _;
use winit::window::{Theme, Window, WindowId};

use super::controls::Controls;
use super::cursor::Pointer;
use super::edge::TopEdge;
use super::menu::Open;
use super::meter::{Meter, Reading};
use super::present::Screen;
use super::run::{Options, Running, Starter, Woken};
use super::system_keys::Taking;
use super::view::Mode;
use crate::session::shared::{Shared, Snapshot};
use crate::session::{Ending, Handle, Presence};
use crate::trace::Trace;

/// How long leaving may take until the window closes anyway.
const LEAVING: Duration = Duration::from_millis(1500);

/// How long the process waits for the last words on the network.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The window's first extent, before the device's screen is known.
const FIRST: LogicalSize<u32> = LogicalSize::new(1120, 700);

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

/// What lets clipboard text go, as far as this window is concerned.
pub(super) struct Sharing {
    /// Whether the technician wants it.
    pub(super) wanted: bool,
    /// Whether the window has the keyboard.
    pub(super) focused: bool,
    /// Whether the technician pressed anything for the device in this session.
    acted: bool,
}

/// Everything that the window knows.
pub(super) struct App {
    pub(super) options: Options,
    start: Starter,
    pub(super) trace: Arc<Trace>,
    proxy: EventLoopProxy<Woken>,
    pub(super) running: Option<Running>,
    pub(super) state: Snapshot,
    pub(super) screen: Option<Screen>,
    pub(super) controls: Controls,
    pub(super) pointer: Pointer,
    pub(super) top: TopEdge,
    pub(super) mode: Mode,
    pub(super) pan: Point,
    pub(super) pan_due: Option<Instant>,
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
    visible: bool,
    sized: bool,
    pub(super) repaint: Repaint,
    leaving: Option<Instant>,
    ended: Option<Result<Ending>>,
}

impl App {
    pub(super) fn new(
        options: Options,
        start: Starter,
        trace: Arc<Trace>,
        proxy: EventLoopProxy<Woken>,
        now: Instant,
    ) -> Self {
        let mut controls = Controls::default();
        controls.set_keyboard(options.keyboard, now);
        let taking = Taking::wishing(options.system_keys);
        Self {
            options,
            start,
            trace,
            proxy,
            running: None,
            state: Shared::new(now, || {}).snapshot(),
            screen: None,
            controls,
            pointer: Pointer::default(),
            top: TopEdge::default(),
            mode: Mode::Fit,
            pan: Point::default(),
            pan_due: None,
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
            visible: true,
            sized: false,
            repaint: Repaint::Changed,
            leaving: None,
            ended: None,
        }
    }

    /// How it ended, when the event loop has.
    pub(super) fn finish(self) -> Result<Ending> {
        if let Some(handle) = self
            .running
            .as_ref()
            .and_then(|running| running.handle.as_ref())
        {
            handle.leave();
            handle.finish(LAST_WORDS);
        }
        self.ended
            .unwrap_or_else(|| Ok(EndReason::ViewerLeft.into()))
    }

    fn open(&mut self, event_loop: &ActiveEventLoop) -> Result<()> {
        self.begin()?;
        let attributes = Window::default_attributes()
            .with_title(self.title())
            .with_inner_size(first_extent(event_loop))
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

    /// Asks for a session.
    fn begin(&mut self) -> Result<()> {
        let proxy = self.proxy.clone();
        // It fails only when the loop is gone, and then nobody looks any more.
        let wake = Box::new(move || proxy.send_event(Woken).unwrap_or_default());
        let running = (self.start)(wake)?;
        self.controls.connect(running.input.clone());
        self.state = running.shared.snapshot();
        self.running = Some(running);
        self.meter = Meter::default();
        self.picture = None;
        self.focus = 0;
        self.sharing.acted = false;
        self.menu = None;
        self.tell_presence();
        self.changed();
        Ok(())
    }

    /// Asks once more after a failure.
    pub(super) fn again(&mut self, event_loop: &ActiveEventLoop) {
        if let Err(error) = self.begin() {
            self.end(event_loop, Err(error));
        }
    }

    /// Closes the window: at once when the session is over, otherwise after saying goodbye.
    pub(super) fn close(&mut self, event_loop: &ActiveEventLoop) {
        if let Some(ending) = &self.state.ending {
            let ending = ending.clone();
            return self.end(event_loop, Ok(ending));
        }
        match self
            .running
            .as_ref()
            .and_then(|running| running.handle.as_ref())
        {
            Some(handle) => {
                handle.leave();
                self.leaving.get_or_insert(Instant::now() + LEAVING);
            }
            None => self.end(event_loop, Ok(EndReason::ViewerLeft.into())),
        }
    }

    fn end(&mut self, event_loop: &ActiveEventLoop, how: Result<Ending>) {
        self.ended.get_or_insert(how);
        event_loop.exit();
    }

    /// The device may have something new to show.
    fn look(&mut self, event_loop: &ActiveEventLoop) {
        let Some(running) = &self.running else { return };
        running.shared.woken();
        self.state = running.shared.snapshot();
        let handle = running.handle.as_ref();
        let told = handle.is_some_and(Handle::is_leaving);
        let seen = running
            .shared
            .with_picture(|p| p.as_ref().map(|p| (p.surface, p.pixels.size())));
        self.picture = seen.map(|(_, size)| size);
        if let Some((surface, _)) = seen {
            self.controls.look_at(surface);
        }
        self.controls.settle();
        self.changed();
        if let Some(ending) = &self.state.ending {
            let left = told || ending.word == EndReason::ViewerLeft.word();
            if left || !self.options.stay || self.leaving.is_some() {
                let ending = ending.clone();
                return self.end(event_loop, Ok(ending));
            }
        }
        if let Some(size) = self.state.surface.filter(|_| !self.sized) {
            self.sized = true;
            self.fit_window(size);
        }
    }

    /// Tells the session whether anybody could notice that contact is lost.
    pub(super) fn tell_attentive(&self) {
        if let Some(handle) = self
            .running
            .as_ref()
            .and_then(|running| running.handle.as_ref())
        {
            handle.set_attentive(self.visible || self.controls.holding());
        }
    }

    /// Tells the clipboard how present the technician is.
    pub(super) fn tell_presence(&self) {
        let presence = match (
            self.sharing.wanted,
            self.sharing.focused,
            self.sharing.acted,
        ) {
            (false, _, _) => Presence::Off,
            (true, false, _) => Presence::Away,
            (true, true, false) => Presence::Looking,
            (true, true, true) => Presence::AtHand,
        };
        let running = self.running.as_ref();
        if let Some(handle) = running.and_then(|running| running.handle.as_ref()) {
            handle.set_presence(presence);
        }
    }

    /// The technician pressed something for the device: what they copied may go there.
    pub(super) fn acted(&mut self) {
        if self.is_live() && !std::mem::replace(&mut self.sharing.acted, true) {
            self.tell_presence();
        }
    }

    /// Something that is seen may have changed.
    pub(super) fn changed(&mut self) {
        self.repaint = self.repaint.max(Repaint::Changed);
    }

    /// Whether the device's screen is live and may be controlled through the picture.
    pub(super) fn is_live(&self) -> bool {
        self.state.step == Step::Live && self.state.ending.is_none()
    }

    fn refresh(&mut self, event_loop: &ActiveEventLoop) {
        let now = Instant::now();
        if self.leaving.is_some_and(|at| now >= at) {
            return self.end(event_loop, Ok(EndReason::ViewerLeft.into()));
        }
        self.tick(now);
        self.settle_system_keys(now);
        if self.visible && self.repaint > Repaint::Not {
            let exposed = std::mem::replace(&mut self.repaint, Repaint::Not) == Repaint::Exposed;
            if let Err(error) = self.paint(event_loop, exposed, now) {
                return self.end(event_loop, Err(error));
            }
        }
        let next = self.next_tick(now).into_iter().chain(self.leaving).min();
        event_loop.set_control_flow(next.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }
}

/// [`FIRST`], or less on a small monitor.
fn first_extent(event_loop: &ActiveEventLoop) -> PhysicalSize<u32> {
    let Some(monitor) = event_loop.available_monitors().next() else {
        return FIRST.to_physical(1.0);
    };
    let wanted: PhysicalSize<u32> = FIRST.to_physical(monitor.scale_factor());
    let room = monitor.size();
    PhysicalSize::new(wanted.width.min(room.width), wanted.height.min(room.height))
}

impl ApplicationHandler<Woken> for App {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.screen.is_none()
            && let Err(error) = self.open(event_loop)
        {
            self.end(event_loop, Err(error));
        }
    }

    fn new_events(&mut self, _: &ActiveEventLoop, cause: StartCause) {
        if matches!(cause, StartCause::ResumeTimeReached { .. }) {
            self.changed();
        }
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, _: Woken) {
        self.look(event_loop);
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let now = Instant::now();
        self.taking.hear(&event, now);
        match event {
            WindowEvent::CloseRequested | WindowEvent::Destroyed => self.close(event_loop),
            WindowEvent::Resized(_) | WindowEvent::ScaleFactorChanged { .. } => self.changed(),
            WindowEvent::ThemeChanged(theme) => {
                self.theme = Some(theme);
                self.changed();
            }
            // Nobody here asks for it: the display has lost its copy.
            WindowEvent::RedrawRequested => self.repaint = Repaint::Exposed,
            WindowEvent::Occluded(occluded) => {
                self.visible = !occluded;
                self.changed();
                self.tell_attentive();
            }
            WindowEvent::Focused(true) => {
                self.sharing.focused = true;
                self.tell_presence();
            }
            WindowEvent::Focused(false) => {
                self.sharing.focused = false;
                self.tell_presence();
                self.controls.release_all(now);
                self.tell_attentive();
            }
            WindowEvent::ModifiersChanged(modifiers) => {
                self.controls.set_modifiers(modifiers.state());
            }
            WindowEvent::KeyboardInput {
                event,
                is_synthetic,
                ..
            } => self.key(event_loop, &event, is_synthetic, now),
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
                self.button(event_loop, button, state.is_pressed(), now);
            }
            WindowEvent::MouseWheel { delta, .. } => self.wheel(delta, now),
            WindowEvent::ActivationTokenDone { .. }
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

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        if !event_loop.exiting() {
            self.refresh(event_loop);
        }
    }
}
