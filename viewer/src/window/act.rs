//! What the technician does in the window: to the window itself, or to the device behind it.

use std::time::Instant;

use farpane_protocol::geometry::Point;
use farpane_protocol::scope::Scope;
use winit::event::{Ime, KeyEvent, MouseButton, MouseScrollDelta};
use winit::event_loop::ActiveEventLoop;
use winit::keyboard::{KeyCode, PhysicalKey};

use super::bar::Item;
use super::card::{Card, Press};
use super::controls::Kept;
use super::menu::{CHOICES, Choice, Look, Menu, Offer, Open};
use super::pane::{Ask, Pane};
use super::present::Screen;
use super::scene::Scene;
use super::shortcut::Action;
use super::view::Mode;

/// Share of the window that one step of panning by key moves: a fifth.
const PAN_SHARE: i32 = 5;

impl Pane {
    fn painted(&self) -> Option<&Scene> {
        self.screen.as_ref().and_then(Screen::painted)
    }

    fn card(&self) -> Option<&Card> {
        self.painted().and_then(|scene| scene.card.as_ref())
    }

    /// The open menu.
    fn menu(&self) -> Option<&Menu> {
        self.painted().and_then(|scene| scene.menu.as_ref())
    }

    /// The row of the menu under the pointer.
    fn row(&self) -> Option<usize> {
        let (menu, at) = self.menu().zip(self.controls.pointer())?;
        menu.row_at(at)
    }

    /// Does what a row says and closes the menu.
    fn choose(&mut self, Open { offer, row }: Open, now: Instant) {
        self.menu = None;
        self.changed();
        if !self.is_live() {
            return;
        }
        match offer {
            Offer::Keyboard => match CHOICES.get(row) {
                Some(Choice::Keyboard(keyboard)) => self.controls.set_keyboard(*keyboard, now),
                Some(Choice::SystemKeys) => self.toggle_system_keys(),
                Some(Choice::Press(one)) => {
                    self.acted();
                    self.controls.combination(one.codes, now);
                }
                None => {}
            },
            Offer::Monitors => match self.looks().into_iter().nth(row) {
                Some((Look::Here(id), _)) if self.others.contains(&id) => {
                    self.asks.push(Ask::Focus(id));
                }
                Some((Look::Here(id), _)) => self.turn(id),
                Some((Look::Apart(ids), _)) => self.asks.push(Ask::Open(ids)),
                None => {}
            },
        }
    }

    /// A key for the open menu.
    fn menu_key(&mut self, key: PhysicalKey, open: Open, now: Instant) {
        let last = self.rows(open.offer).len().saturating_sub(1);
        let PhysicalKey::Code(code) = key else { return };
        let marked = |row| Some(Open { row, ..open });
        if code == KeyCode::Escape {
            self.menu = None;
        } else if code == KeyCode::ArrowDown {
            self.menu = marked(if open.row >= last { 0 } else { open.row + 1 });
        } else if code == KeyCode::ArrowUp {
            self.menu = marked(open.row.checked_sub(1).unwrap_or(last));
        } else if [KeyCode::Enter, KeyCode::NumpadEnter, KeyCode::Space].contains(&code) {
            self.choose(open, now);
        }
        self.changed();
    }

    /// Opens a menu with a marked row, or closes it if it is the one that is open.
    fn toggle_menu(&mut self, open: Open) {
        let is_open = self.menu.is_some_and(|now| now.offer == open.offer);
        self.menu = (!is_open).then_some(open);
        self.controls.release_all(Instant::now());
    }

    /// Whether the pointer is on the bar or its menu and not on the picture.
    pub(super) fn on_bar(&self) -> bool {
        let bar = self.painted().and_then(|scene| scene.bar.as_ref());
        self.controls.pointer().is_some_and(|at| {
            bar.is_some_and(|bar| bar.holds(at)) || self.menu().is_some_and(|menu| menu.holds(at))
        })
    }

    pub(super) fn key(&mut self, event: &KeyEvent, synthetic: bool, now: Instant) {
        // Keys that were held before the window had the keyboard are not meant for the device.
        if synthetic && event.state.is_pressed() {
            return;
        }
        match self.controls.shortcut(event) {
            Kept::Swallowed => return,
            Kept::Does(action) => return self.act(action),
            Kept::No => {}
        }
        if let Some(open) = self.menu {
            if event.state.is_pressed() {
                self.menu_key(event.physical_key, open, now);
            }
            return;
        }
        if self.card().is_some() && !self.is_live() {
            if event.state.is_pressed() {
                self.card_key(event.physical_key);
            }
            return;
        }
        if event.state.is_pressed() {
            self.acted();
        }
        self.controls.key(event, now);
    }

    fn card_key(&mut self, key: PhysicalKey) {
        let pressed =
            |wanted: &[KeyCode]| wanted.iter().any(|code| key == PhysicalKey::Code(*code));
        if pressed(&[KeyCode::Escape]) {
            self.press(Press::Close);
        } else if pressed(&[KeyCode::Enter, KeyCode::NumpadEnter, KeyCode::Space]) {
            if let Some(press) = self.card().and_then(Card::focused) {
                self.press(press);
            }
        } else if pressed(&[KeyCode::Tab, KeyCode::ArrowLeft, KeyCode::ArrowRight]) {
            self.focus = 1 - self.focus.min(1);
            self.changed();
        }
    }

    fn press(&mut self, press: Press) {
        match press {
            Press::TryAgain => self.asks.push(Ask::Again),
            Press::Close => self.asks.push(Ask::End),
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        self.changed();
        match action {
            Action::FullScreen => self.toggle_full_screen(),
            Action::Overlay => self.toggle_overlay(),
            Action::Fit => self.set_mode(Mode::Fit),
            Action::Actual => self.set_mode(Mode::Actual),
            Action::Bar => self.top.toggle(),
            Action::InputMethod => {
                self.input_method = !self.input_method;
                if let Some(screen) = &self.screen {
                    screen.window().set_ime_allowed(self.input_method);
                }
            }
            Action::Keys => {
                if self.is_live() && self.state.scopes.has(Scope::Control) {
                    let (offer, row) = (Offer::Keyboard, 0);
                    self.toggle_menu(Open { offer, row });
                }
            }
            Action::Monitors => {
                let monitors = &self.state.monitors;
                if self.is_live() && monitors.len() > 1 {
                    let seen = self.wants;
                    let row = monitors.iter().position(|one| one.id == seen);
                    let (offer, row) = (Offer::Monitors, row.unwrap_or_default());
                    self.toggle_menu(Open { offer, row });
                }
            }
            Action::SystemKeys => self.toggle_system_keys(),
            Action::Clipboard => {
                self.sharing.wanted = !self.sharing.wanted;
            }
            Action::Pan(x, y) => self.pan_by(x, y),
            Action::End => self.asks.push(Ask::End),
        }
    }

    fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
        self.pan = Point::default();
    }

    fn pan_by(&mut self, x: i32, y: i32) {
        let window = self.screen.as_ref().and_then(Screen::size);
        if let Some((view, window)) = self.view().zip(window) {
            let room = view.pan_room();
            let step = |steps: i32, side: u32| steps * (side as i32 / PAN_SHARE);
            self.pan = Point {
                x: (self.pan.x + step(x, window.width())).clamp(0, room.x),
                y: (self.pan.y + step(y, window.height())).clamp(0, room.y),
            };
        }
    }

    fn toggle_overlay(&mut self) {
        if self.overlay.take().is_none() {
            let now = Instant::now();
            let network = self
                .running
                .as_ref()
                .and_then(|running| running.shared.network());
            self.overlay = Some(self.meter.read(network, now));
            self.read_due = Some(now);
        }
    }

    pub(super) fn input_method(&mut self, event: Ime, now: Instant) {
        match event {
            Ime::Commit(text) if self.is_live() => self.controls.text(text, now),
            Ime::Commit(_) | Ime::Preedit(..) | Ime::Enabled | Ime::Disabled => {}
        }
    }

    pub(super) fn pointer_moved(&mut self, at: Point, event_loop: &ActiveEventLoop, now: Instant) {
        self.controls.moved(at);
        if let Some((row, open)) = self.row().zip(self.menu) {
            self.menu = Some(Open { row, ..open });
            self.changed();
        }
        let on_bar = self.on_bar();
        let shown = self.top.shown();
        let dragging = self.controls.dragging();
        if self.is_live() {
            self.top.pointer(Some(at), on_bar, dragging, now);
        } else {
            self.top.hide();
        }
        // While the bar is there, what is under the pointer is marked on it.
        if shown || self.top.shown() {
            self.changed();
        }
        if !on_bar && let Some(view) = self.view().filter(|_| self.is_live()) {
            self.controls.send_pointer(&view, now);
            if self.pan_due.is_none() && view.pan_room() != Point::default() {
                self.push_edge(now);
            }
        }
        self.show_pointer(event_loop);
    }

    pub(super) fn pointer_left(&mut self, now: Instant) {
        self.controls.left();
        self.top.pointer(None, false, false, now);
        self.pan_due = None;
        if self.top.shown() {
            self.changed();
        }
    }

    pub(super) fn button(&mut self, button: MouseButton, down: bool, now: Instant) {
        let at = self.controls.pointer();
        let row = self.row().filter(|_| down && button == MouseButton::Left);
        if let Some((row, open)) = row.zip(self.menu) {
            return self.choose(Open { row, ..open }, now);
        }
        if down && self.menu.is_some() && !self.on_bar() {
            self.menu = None; // a press beside it only closes it
            return self.changed();
        }
        if down && button == MouseButton::Left && self.on_bar() {
            let bar = self.painted().and_then(|scene| scene.bar.as_ref());
            if let Some(item) = bar.zip(at).and_then(|(bar, at)| bar.item_at(at)) {
                self.act(action_of(item));
            }
            return;
        }
        let pressed = self.card().zip(at).and_then(|(card, at)| card.press_at(at));
        if let Some(press) = pressed {
            if down && button == MouseButton::Left {
                self.press(press);
            }
            return;
        }
        let Some(view) = self.view().filter(|_| self.is_live()) else {
            return;
        };
        let beside = at.is_none_or(|at| !view.contains(at)) || self.on_bar();
        if down && beside {
            return;
        }
        if down {
            self.acted();
        }
        self.controls.button(button, down, &view, now);
    }

    pub(super) fn wheel(&mut self, delta: MouseScrollDelta, now: Instant) {
        let scale = self
            .screen
            .as_ref()
            .map_or(1.0, |screen| screen.window().scale_factor());
        let over = self.view().zip(self.controls.pointer());
        if self.is_live() && !self.on_bar() && over.is_some_and(|(view, at)| view.contains(at)) {
            self.controls.wheel(delta, scale, now);
        }
    }
}

fn action_of(item: Item) -> Action {
    match item {
        Item::Fit => Action::Fit,
        Item::Actual => Action::Actual,
        Item::FullScreen => Action::FullScreen,
        Item::Monitors => Action::Monitors,
        Item::Keys => Action::Keys,
        Item::Clipboard => Action::Clipboard,
        Item::Overlay => Action::Overlay,
        Item::End => Action::End,
    }
}
