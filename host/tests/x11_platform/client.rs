//! A plain X client: draws, moves windows, presses keys by XTEST, and looks at what is there.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use farpane_protocol::geometry::{Point, Rect};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::randr::{ConnectionExt as _, ModeInfo, MonitorInfo, Rotation};
use x11rb::protocol::xproto::*;
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// How long anything may take before a test fails; generous, because nothing waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Tries until it is true, or fails the test.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "never happened: {what}");
        std::thread::yield_now();
    }
}

/// A connection of its own.
pub(crate) struct Client {
    pub(crate) conn: RustConnection,
    pub(crate) root: Window,
    gc: Gcontext,
    events: RefCell<Vec<Event>>,
}

impl Client {
    pub(crate) fn connect(display: &str) -> Self {
        let (conn, screen) = x11rb::connect(Some(display)).expect("connects");
        let root = conn.setup().roots[screen].root;
        let gc = conn.generate_id().expect("id");
        // Draws over windows too, as a program that draws into its own window would.
        let over = CreateGCAux::new().subwindow_mode(SubwindowMode::INCLUDE_INFERIORS);
        conn.create_gc(gc, root, &over).expect("sent");
        Self {
            conn,
            root,
            gc,
            events: RefCell::default(),
        }
    }

    /// Returns when the server has done all that was asked.
    pub(crate) fn sync(&self) {
        self.conn.sync().expect("the server answers");
    }

    pub(crate) fn fill(&self, rect: Rect, color: u32) {
        self.fill_all(&[rect], color);
    }

    pub(crate) fn fill_all(&self, rects: &[Rect], color: u32) {
        let foreground = ChangeGCAux::new().foreground(color);
        self.conn.change_gc(self.gc, &foreground).expect("sent");
        let rects: Vec<Rectangle> = rects
            .iter()
            .map(|rect| Rectangle {
                x: rect.x as i16,
                y: rect.y as i16,
                width: rect.width as u16,
                height: rect.height as u16,
            })
            .collect();
        self.conn
            .poly_fill_rectangle(self.root, self.gc, &rects)
            .expect("sent");
        self.sync();
    }

    /// A mapped window without a window manager's say, on top.
    pub(crate) fn window(&self, rect: Rect, events: EventMask) -> Window {
        let window = self.conn.generate_id().expect("id");
        let attributes = CreateWindowAux::new()
            .override_redirect(1)
            .background_pixel(0x0010_2030)
            .event_mask(events);
        let (x, y) = (rect.x as i16, rect.y as i16);
        let (width, height) = (rect.width as u16, rect.height as u16);
        self.conn
            .create_window(
                x11rb::COPY_DEPTH_FROM_PARENT,
                window,
                self.root,
                x,
                y,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                0,
                &attributes,
            )
            .expect("sent")
            .check()
            .expect("created");
        self.conn
            .map_window(window)
            .expect("sent")
            .check()
            .expect("mapped");
        window
    }

    pub(crate) fn focus(&self, window: Window) {
        self.conn
            .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)
            .expect("sent")
            .check()
            .expect("focused");
    }

    pub(crate) fn resize(&self, window: Window, width: u32, height: u32) {
        let size = ConfigureWindowAux::new().width(width).height(height);
        self.conn
            .configure_window(window, &size)
            .expect("sent")
            .check()
            .expect("resized");
    }

    pub(crate) fn move_window(&self, window: Window, x: i32, y: i32) {
        let place = ConfigureWindowAux::new().x(x).y(y);
        self.conn
            .configure_window(window, &place)
            .expect("sent")
            .check()
            .expect("moved");
    }

    pub(crate) fn raise(&self, window: Window) {
        let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        self.conn
            .configure_window(window, &above)
            .expect("sent")
            .check()
            .expect("raised");
    }

    pub(crate) fn destroy(&self, window: Window) {
        self.conn
            .destroy_window(window)
            .expect("sent")
            .check()
            .expect("destroyed");
    }

    /// Asks to be told of every move and raise of a top-level window.
    pub(crate) fn watch_stacking(&self) {
        let events = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
        self.conn
            .change_window_attributes(self.root, &events)
            .expect("sent");
        self.sync();
    }

    /// Top-level windows, the lowest first.
    pub(crate) fn children(&self) -> Vec<Window> {
        self.conn
            .query_tree(self.root)
            .expect("sent")
            .reply()
            .expect("tree")
            .children
    }

    /// Visible top-level windows with that name, the lowest first.
    pub(crate) fn named(&self, name: &str) -> Vec<Window> {
        let has_name = |window: &Window| {
            let (property, any) = (AtomEnum::WM_NAME, AtomEnum::ANY);
            let title = self.conn.get_property(false, *window, property, any, 0, 64);
            // A window may go between the two questions.
            title
                .expect("sent")
                .reply()
                .is_ok_and(|title| title.value == name.as_bytes())
        };
        let visible = |window: &Window| {
            let attributes = self
                .conn
                .get_window_attributes(*window)
                .expect("sent")
                .reply();
            attributes.is_ok_and(|attributes| attributes.map_state == MapState::VIEWABLE)
        };
        self.children()
            .into_iter()
            .filter(|window| has_name(window) && visible(window))
            .collect()
    }

    pub(crate) fn rect(&self, window: Window) -> Rect {
        let found = self
            .conn
            .get_geometry(window)
            .expect("sent")
            .reply()
            .expect("geometry");
        Rect {
            x: found.x as u32,
            y: found.y as u32,
            width: found.width.into(),
            height: found.height.into(),
        }
    }

    /// The smallest rectangle that holds all pixels of a colour within a part of the screen.
    pub(crate) fn find(&self, within: Rect, color: u32) -> Option<Rect> {
        let (x, y) = (within.x as i16, within.y as i16);
        let (width, height) = (within.width as u16, within.height as u16);
        let format = ImageFormat::Z_PIXMAP;
        let image = self
            .conn
            .get_image(format, self.root, x, y, width, height, !0);
        let image = image.expect("sent").reply().expect("image");
        let pixels = image.data.chunks_exact(4).enumerate();
        let found = pixels.filter(|(_, pixel)| {
            u32::from_le_bytes((*pixel).try_into().expect("four bytes")) & 0x00ff_ffff == color
        });
        let at = |index: usize| Rect {
            x: within.x + index as u32 % within.width,
            y: within.y + index as u32 / within.width,
            width: 1,
            height: 1,
        };
        found.map(|(index, _)| at(index)).reduce(Rect::union)
    }

    /// Makes the screen's monitors these, the first one primary.
    pub(crate) fn set_monitors(&self, rects: &[Rect]) {
        let names: Vec<String> = (0..rects.len()).map(|n| format!("test-{n}")).collect();
        let named = names.iter().map(String::as_str).zip(rects.iter().copied());
        self.set_named_monitors(&named.collect::<Vec<_>>());
    }

    /// The same by name.
    pub(crate) fn set_named_monitors(&self, monitors: &[(&str, Rect)]) {
        let resources = self
            .conn
            .randr_get_screen_resources(self.root)
            .expect("sent")
            .reply();
        let mut outputs = resources.expect("resources").outputs;
        // Nobody sees the screen between two arrangements.
        self.conn.grab_server().expect("sent");
        let old = self.conn.randr_get_monitors(self.root, true);
        for monitor in old.expect("sent").reply().expect("monitors").monitors {
            // One that stands for an output by itself is not there to be deleted.
            if !monitor.automatic {
                self.conn
                    .randr_delete_monitor(self.root, monitor.name)
                    .expect("sent");
            }
        }
        for (index, (name, rect)) in monitors.iter().enumerate() {
            let name = self
                .conn
                .intern_atom(false, name.as_bytes())
                .expect("sent")
                .reply();
            let info = MonitorInfo {
                name: name.expect("atom").atom,
                primary: index == 0,
                automatic: false,
                x: rect.x as i16,
                y: rect.y as i16,
                width: rect.width as u16,
                height: rect.height as u16,
                width_in_millimeters: 300,
                height_in_millimeters: 200,
                // An output that belongs to no monitor would be one by itself.
                outputs: std::mem::take(&mut outputs),
            };
            self.conn
                .randr_set_monitor(self.root, info)
                .expect("sent")
                .check()
                .expect("set");
        }
        self.conn.ungrab_server().expect("sent");
        self.sync();
    }

    /// Gives the one output and the screen that size, as `xrandr --mode` would.
    pub(crate) fn set_mode(&self, width: u32, height: u32) {
        let (width, height) = (width as u16, height as u16);
        let resources = self
            .conn
            .randr_get_screen_resources(self.root)
            .expect("sent")
            .reply()
            .expect("resources");
        let (output, crtc) = (resources.outputs[0], resources.crtcs[0]);
        let name = format!("{width}x{height}");
        let known = resources
            .modes
            .iter()
            .find(|mode| (mode.width, mode.height) == (width, height));
        let mode = known.map_or_else(
            || {
                let info = ModeInfo {
                    width,
                    height,
                    htotal: width,
                    vtotal: height,
                    name_len: name.len() as u16,
                    ..ModeInfo::default()
                };
                let mode = self
                    .conn
                    .randr_create_mode(self.root, info, name.as_bytes());
                let mode = mode.expect("sent").reply().expect("created").mode;
                let added = self.conn.randr_add_output_mode(output, mode);
                added.expect("sent").check().expect("added");
                mode
            },
            |mode| mode.id,
        );
        let configure = |mode, outputs: &[u32]| {
            let (rotation, now) = (Rotation::ROTATE0, x11rb::CURRENT_TIME);
            self.conn
                .randr_set_crtc_config(crtc, now, now, 0, 0, mode, rotation, outputs)
                .expect("sent")
                .reply()
                .expect("configured");
        };
        // A screen never gets smaller than what is lit on it.
        configure(x11rb::NONE, &[]);
        self.conn
            .randr_set_screen_size(self.root, width, height, 300, 200)
            .expect("sent")
            .check()
            .expect("sized");
        configure(mode, &[output]);
    }

    /// Makes the server look at its outputs anew.
    pub(crate) fn probe_outputs(&self) {
        self.conn
            .randr_get_screen_resources(self.root)
            .expect("sent")
            .reply()
            .expect("resources");
    }

    /// Codes of the keys that are down.
    pub(crate) fn keys_down(&self) -> Vec<u8> {
        let keys = self
            .conn
            .query_keymap()
            .expect("sent")
            .reply()
            .expect("keymap")
            .keys;
        (0..=255u8)
            .filter(|code| keys[usize::from(code / 8)] & (1 << (code % 8)) != 0)
            .collect()
    }

    /// Which buttons are down, and where the pointer is.
    pub(crate) fn pointer(&self) -> (KeyButMask, Point) {
        let found = self
            .conn
            .query_pointer(self.root)
            .expect("sent")
            .reply()
            .expect("pointer");
        (
            found.mask,
            Point {
                x: found.root_x.into(),
                y: found.root_y.into(),
            },
        )
    }

    pub(crate) fn fake(&self, kind: u8, detail: u8) {
        self.conn
            .xtest_fake_input(kind, detail, 0, self.root, 0, 0, 0)
            .expect("sent");
        self.sync();
    }

    pub(crate) fn move_to(&self, x: i32, y: i32) {
        let (x, y) = (x as i16, y as i16);
        self.conn
            .xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, self.root, x, y, 0)
            .expect("sent");
        self.sync();
    }

    /// Moves to the middle of a rectangle and clicks there.
    pub(crate) fn click(&self, rect: Rect) {
        self.move_to(
            (rect.x + rect.width / 2) as i32,
            (rect.y + rect.height / 2) as i32,
        );
        self.fake(BUTTON_PRESS_EVENT, 1);
        self.fake(BUTTON_RELEASE_EVENT, 1);
    }

    /// Presses keys one after the other, then releases them, by X keycode.
    pub(crate) fn keys(&self, codes: &[u8]) {
        codes
            .iter()
            .for_each(|code| self.fake(KEY_PRESS_EVENT, *code));
        codes
            .iter()
            .rev()
            .for_each(|code| self.fake(KEY_RELEASE_EVENT, *code));
    }

    /// The next event that `wanted` makes something of.
    pub(crate) fn event<T>(&self, what: &str, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let mut found = None;
        eventually(what, || {
            let mut events = self.events.borrow_mut();
            while let Some(event) = self.conn.poll_for_event().expect("connected") {
                events.push(event);
            }
            let hit = events.iter().position(|event| wanted(event).is_some());
            found = hit.and_then(|at| wanted(&events.drain(..=at).next_back().expect("a hit")));
            found.is_some()
        });
        found.expect("found")
    }
}
