//! The event loop of a session's windows: hands events to the window that they are for, opens and
//! closes windows, tells the session which monitors are seen, sleeps while nothing happens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use farpane_protocol::outcome::EndReason;
use winit::application::ApplicationHandler;
use winit::event::{StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoopProxy};
use winit::window::WindowId;

use super::pane::{Ask, Pane};
use super::run::{Options, Running, Starter, Woken};
use crate::session::{Ending, Handle};
use crate::trace::Trace;

/// How long leaving may take until the windows close anyway.
const LEAVING: Duration = Duration::from_millis(1500);

/// How long the process waits for the last words on the network.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// All windows of a session.
pub(super) struct App {
    pub(super) options: Options,
    start: Starter,
    pub(super) trace: Arc<Trace>,
    proxy: EventLoopProxy<Woken>,
    pub(super) running: Option<Running>,
    /// The windows; the oldest is the one that says what concerns the whole session.
    pub(super) panes: Vec<Pane>,
    /// The monitors of this session so far: where all are wished for, each is opened once.
    met: Vec<u32>,
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
        let first = Pane::new(options.clone(), trace.clone(), 0, now);
        Self {
            options,
            start,
            trace,
            proxy,
            running: None,
            panes: vec![first],
            met: Vec::new(),
            leaving: None,
            ended: None,
        }
    }

    /// How it ended, when the event loop has.
    pub(super) fn finish(self) -> Result<Ending> {
        if let Some(handle) = self.handle() {
            handle.leave();
            handle.finish(LAST_WORDS);
        }
        self.ended
            .unwrap_or_else(|| Ok(EndReason::ViewerLeft.into()))
    }

    pub(super) fn handle(&self) -> Option<&Handle> {
        let running = self.running.as_ref();
        running.and_then(|running| running.handle.as_ref())
    }

    /// Asks for a session.
    fn begin(&mut self) -> Result<()> {
        let proxy = self.proxy.clone();
        // It fails only when the loop is gone, and then nobody looks any more.
        let wake = Box::new(move || proxy.send_event(Woken).unwrap_or_default());
        let running = (self.start)(wake)?;
        for pane in &mut self.panes {
            pane.turn(0);
            pane.connect(&running.shared, &running.input);
        }
        self.met.clear();
        self.running = Some(running);
        Ok(())
    }

    fn open(&mut self, event_loop: &ActiveEventLoop) -> Result<()> {
        self.begin()?;
        let mut panes = self.panes.iter_mut();
        panes.try_for_each(|pane| pane.open(event_loop))
    }

    /// Leaves the session: at once when it is over, otherwise after saying goodbye.
    pub(super) fn close(&mut self, event_loop: &ActiveEventLoop) {
        let over = self
            .panes
            .first()
            .and_then(|pane| pane.state.ending.clone());
        if let Some(ending) = over {
            return self.end(event_loop, Ok(ending));
        }
        match self.handle() {
            Some(handle) => {
                handle.leave();
                self.leaving.get_or_insert(Instant::now() + LEAVING);
            }
            None => self.end(event_loop, Ok(EndReason::ViewerLeft.into())),
        }
    }

    pub(super) fn end(&mut self, event_loop: &ActiveEventLoop, how: Result<Ending>) {
        self.ended.get_or_insert(how);
        event_loop.exit();
    }

    /// The device may have something new to show.
    fn look(&mut self, event_loop: &ActiveEventLoop) {
        let Some(running) = &self.running else { return };
        running.shared.woken();
        let state = running.shared.snapshot();
        let told = self.handle().is_some_and(Handle::is_leaving);
        for pane in &mut self.panes {
            pane.look(state.clone());
        }
        if let Some(ending) = state.ending {
            let left = told || ending.word == EndReason::ViewerLeft.word();
            if left || !self.options.stay || self.leaving.is_some() {
                return self.end(event_loop, Ok(ending));
            }
            // One of them says why.
            self.panes.truncate(1);
            return self.acquaint();
        }
        self.leave_gone(Instant::now());
        if self.options.all_monitors && self.panes.iter().any(Pane::is_live) {
            let all = state.monitors.iter().map(|monitor| monitor.id);
            let new: Vec<u32> = all.filter(|id| !self.met.contains(id)).collect();
            self.met.extend(&new);
            self.open_for(new, 0, event_loop);
        }
        self.acquaint();
    }

    /// Does what a window asked for, and what was chosen there counts for all.
    fn answer(&mut self, at: usize, event_loop: &ActiveEventLoop, now: Instant) {
        let Some(pane) = self.panes.get_mut(at) else {
            return;
        };
        let asks = std::mem::take(&mut pane.asks);
        let (keyboard, wish) = (pane.controls.keyboard(), pane.taking.wish());
        let wanted = pane.sharing.wanted;
        for other in &mut self.panes {
            if other.controls.keyboard() != keyboard {
                other.controls.set_keyboard(keyboard, now);
            }
            other.taking.set_wish(wish);
            if std::mem::replace(&mut other.sharing.wanted, wanted) != wanted {
                other.changed();
            }
        }
        for ask in asks {
            match ask {
                Ask::End => self.close(event_loop),
                Ask::Again => {
                    if let Err(error) = self.begin() {
                        self.end(event_loop, Err(error));
                    }
                }
                Ask::Open(surfaces) => self.open_for(surfaces, at, event_loop),
                Ask::Focus(surface) => {
                    let mut panes = self.panes.iter();
                    let wanted = panes.find(|pane| pane.wants == surface);
                    if let Some(screen) = wanted.and_then(|pane| pane.screen.as_ref()) {
                        screen.window().set_minimized(false);
                        screen.window().focus_window();
                    }
                }
            }
        }
        self.acquaint();
    }

    fn refresh(&mut self, event_loop: &ActiveEventLoop) {
        let now = Instant::now();
        if self.leaving.is_some_and(|at| now >= at) {
            return self.end(event_loop, Ok(EndReason::ViewerLeft.into()));
        }
        // Who lost the keyboard gives it back before another window takes it.
        for focused in [false, true] {
            let panes = self.panes.iter_mut();
            for pane in panes.filter(|pane| pane.sharing.focused == focused) {
                pane.tick(now);
                pane.settle_system_keys(now);
            }
        }
        let mut panes = self.panes.iter_mut();
        if let Err(error) = panes.try_for_each(|pane| pane.refresh(event_loop, now)) {
            return self.end(event_loop, Err(error));
        }
        self.tell();
        let ticks = self.panes.iter().filter_map(|pane| pane.next_tick(now));
        let next = ticks.chain(self.leaving).min();
        event_loop.set_control_flow(next.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }
}

impl ApplicationHandler<Woken> for App {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.running.is_none()
            && let Err(error) = self.open(event_loop)
        {
            self.end(event_loop, Err(error));
        }
    }

    fn new_events(&mut self, _: &ActiveEventLoop, cause: StartCause) {
        if matches!(cause, StartCause::ResumeTimeReached { .. }) {
            self.panes.iter_mut().for_each(Pane::changed);
        }
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, _: Woken) {
        self.look(event_loop);
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, id: WindowId, event: WindowEvent) {
        let now = Instant::now();
        // What is left of one that was closed is nobody's.
        let Some(at) = self.panes.iter().position(|pane| pane.id() == Some(id)) else {
            return;
        };
        if matches!(event, WindowEvent::CloseRequested | WindowEvent::Destroyed) {
            return self.close_one(at, event_loop);
        }
        if let Some(pane) = self.panes.get_mut(at) {
            pane.event(event_loop, event, now);
        }
        self.answer(at, event_loop, now);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        if !event_loop.exiting() {
            self.refresh(event_loop);
        }
    }
}
