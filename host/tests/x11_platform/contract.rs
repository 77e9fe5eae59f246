//! What every back end promises, whatever is behind it.

use std::time::Instant;

use farpane_host::platform::headless::{Headless, Recorded};
use farpane_host::platform::{
    Button, Capture, CursorShape, Held, InputError, MAX_DAMAGE_RECTS, MAX_TEXT_CHARS, Platform,
    Wake, Waker,
};
use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::{Point, Rect, Size};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, KeyButMask};

use crate::client::{Client, PATIENCE, eventually};
use crate::servers::Server;

/// A screen that a test can paint on and look behind.
trait Stage {
    fn platform(&self) -> &dyn Platform;
    fn paint(&self, rects: &[Rect], color: u32);
    fn resize(&self, size: Size);
    fn change_cursor(&self);
    fn held(&self) -> Vec<Held>;
    fn pointer(&self) -> Point;
}

struct X11Stage {
    platform: Box<dyn Platform>,
    client: Client,
    _server: Server,
}

impl X11Stage {
    fn new() -> Self {
        let server = Server::xvfb();
        Self {
            platform: server.platform(),
            client: server.client(),
            _server: server,
        }
    }
}

impl Stage for X11Stage {
    fn platform(&self) -> &dyn Platform {
        &*self.platform
    }

    fn paint(&self, rects: &[Rect], color: u32) {
        self.client.fill_all(rects, color);
    }

    fn resize(&self, size: Size) {
        // Off the origin: places must be told apart from extents.
        self.client.set_monitors(&[Rect {
            x: 40,
            y: 30,
            ..size.rect()
        }]);
    }

    fn change_cursor(&self) {
        let conn = &self.client.conn;
        let (font, cursor) = (
            conn.generate_id().expect("id"),
            conn.generate_id().expect("id"),
        );
        conn.open_font(font, b"cursor").expect("sent");
        let white = (0xffff, 0xffff, 0xffff);
        conn.create_glyph_cursor(
            cursor, font, font, 60, 61, 0, 0, 0, white.0, white.1, white.2,
        )
        .expect("sent");
        let attributes = ChangeWindowAttributesAux::new().cursor(cursor);
        conn.change_window_attributes(self.client.root, &attributes)
            .expect("sent");
        self.client.sync();
    }

    fn held(&self) -> Vec<Held> {
        let keys = self
            .client
            .keys_down()
            .into_iter()
            .map(|code| Held::Key(u16::from(code) - 8));
        let mask = self.client.pointer().0;
        let buttons = [
            (KeyButMask::BUTTON1, Button::Left),
            (KeyButMask::BUTTON2, Button::Middle),
            (KeyButMask::BUTTON3, Button::Right),
        ];
        let down = buttons.into_iter().filter(|(bit, _)| mask.contains(*bit));
        keys.chain(down.map(|(_, button)| Held::Button(button)))
            .collect()
    }

    fn pointer(&self) -> Point {
        self.client.pointer().1
    }
}

impl Stage for Headless {
    fn platform(&self) -> &dyn Platform {
        self
    }

    fn paint(&self, rects: &[Rect], color: u32) {
        rects
            .iter()
            .for_each(|rect| Headless::paint(self, *rect, color));
    }

    fn resize(&self, size: Size) {
        Headless::resize(self, size);
    }

    fn change_cursor(&self) {
        let shape = CursorShape::new(2, 2, Point { x: 1, y: 1 }, &[0xffff_ffff; 4]);
        self.set_cursor(shape.expect("a shape"));
    }

    fn held(&self) -> Vec<Held> {
        let mut held = Vec::new();
        for recorded in self.recorded() {
            let (what, down) = match recorded {
                Recorded::Key { evdev, down } => (Held::Key(evdev), down),
                Recorded::Button { button, down } => (Held::Button(button), down),
                Recorded::Motion(_) | Recorded::Wheel { .. } | Recorded::Text(_) => continue,
            };
            held.retain(|other| *other != what);
            held.extend(down.then_some(what));
        }
        held
    }

    fn pointer(&self) -> Point {
        let motions = self
            .recorded()
            .into_iter()
            .rev()
            .find_map(|recorded| match recorded {
                Recorded::Motion(to) => Some(to),
                Recorded::Key { .. }
                | Recorded::Button { .. }
                | Recorded::Wheel { .. }
                | Recorded::Text(_) => None,
            });
        motions.unwrap_or_default()
    }
}

fn stages() -> [Box<dyn Stage>; 2] {
    [
        Box::new(Headless::open().expect("opens")),
        Box::new(X11Stage::new()),
    ]
}

fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect {
        x,
        y,
        width,
        height,
    }
}

fn tiny() -> BgraPicture {
    BgraPicture::new(Size::new(1, 1).expect("valid"))
}

/// A capture and its picture after the first grab.
fn watched(stage: &dyn Stage) -> (Box<dyn Capture>, BgraPicture) {
    let mut capture = stage.platform().capture().expect("capture");
    let mut picture = tiny();
    let damage = capture.grab(&mut picture).expect("first grab");
    assert_eq!(picture.size(), capture.size());
    assert_eq!(damage.rects(), [capture.size().rect()]);
    (capture, picture)
}

/// Waits for what must come.
fn wait(capture: &mut dyn Capture) -> Wake {
    let waker = Waker::new().expect("waker");
    let wake = capture
        .wait(Some(Instant::now() + PATIENCE), &waker)
        .expect("wait");
    assert!(wake.any(), "nothing came");
    wake
}

/// What has come by now, without waiting for more.
fn news(capture: &mut dyn Capture) -> Wake {
    // A round trip: everything that the server had to say before it has arrived.
    capture.pointer().expect("pointer");
    let waker = Waker::new().expect("waker");
    waker.wake();
    let wake = capture.wait(None, &waker).expect("wait");
    assert!(wake.woken);
    Wake {
        woken: false,
        ..wake
    }
}

fn pixel(picture: &BgraPicture, x: u32, y: u32) -> u32 {
    picture.as_pixels()[(y * picture.size().width() + x) as usize]
}

#[test]
fn change_is_reported_covered_and_read_exactly() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        let before = picture.clone();
        let painted = [rect(17, 33, 101, 57), rect(400, 300, 1, 1)];
        stage.paint(&painted, 0x0012_3456);
        assert!(wait(&mut *capture).damage, "{}", stage.platform().name());
        let damage = capture.grab(&mut picture).expect("grab");
        assert!(damage.rects().len() <= MAX_DAMAGE_RECTS);
        for (index, now) in picture.as_pixels().iter().enumerate() {
            let at = Point {
                x: (index as u32 % picture.size().width()) as i32,
                y: (index as u32 / picture.size().width()) as i32,
            };
            if painted.iter().any(|rect| rect.contains(at)) {
                assert_eq!(*now, 0xff12_3456, "{at:?}");
                assert!(
                    damage.rects().iter().any(|rect| rect.contains(at)),
                    "{at:?}"
                );
            } else {
                assert_eq!(*now, before.as_pixels()[index], "{at:?}");
            }
        }
    }
}

#[test]
fn nothing_changed_is_nothing_reported_and_nothing_read() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        assert_eq!(news(&mut *capture), Wake::default());
        assert!(capture.grab(&mut picture).expect("grab").is_empty());
        // Damage is told once until it is grabbed.
        stage.paint(&[rect(0, 0, 8, 8)], 1);
        assert!(wait(&mut *capture).damage);
        stage.paint(&[rect(8, 8, 8, 8)], 2);
        assert_eq!(news(&mut *capture), Wake::default());
        assert!(!capture.grab(&mut picture).expect("grab").is_empty());
        assert_eq!(pixel(&picture, 8, 8), 0xff00_0002);
    }
}

#[test]
fn many_small_changes_stay_within_the_bound() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        let dots: Vec<Rect> = (0..300)
            .map(|i| rect((i % 30) * 40, (i / 30) * 70, 3, 3))
            .collect();
        stage.paint(&dots, 0x00ab_cdef);
        assert!(wait(&mut *capture).damage);
        let damage = capture.grab(&mut picture).expect("grab");
        assert!(damage.rects().len() <= MAX_DAMAGE_RECTS);
        for dot in dots {
            assert_eq!(pixel(&picture, dot.x + 2, dot.y + 2), 0xffab_cdef);
        }
    }
}

#[test]
fn picture_of_another_size_is_replaced_by_a_whole_one() {
    for stage in stages() {
        let (mut capture, _) = watched(&*stage);
        stage.paint(&[rect(5, 5, 5, 5)], 0x0077_8899);
        let mut other = tiny();
        let damage = capture.grab(&mut other).expect("grab");
        assert_eq!(damage.rects(), [capture.size().rect()]);
        assert_eq!(pixel(&other, 9, 9), 0xff77_8899);
    }
}

#[test]
fn resize_is_reported_and_the_next_grab_is_whole() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        let size = Size::new(640, 480).expect("valid");
        stage.resize(size);
        assert!(wait(&mut *capture).resized);
        assert_eq!(capture.size(), size);
        let damage = capture.grab(&mut picture).expect("grab");
        assert_eq!((picture.size(), damage.rects()), (size, &[size.rect()][..]));
        assert!(capture.grab(&mut picture).expect("grab").is_empty());
    }
}

#[test]
fn cursor_shape_comes_once_and_again_when_it_changes() {
    for stage in stages() {
        let mut capture = stage.platform().capture().expect("capture");
        let first = capture
            .cursor()
            .expect("cursor")
            .expect("the first call has one");
        assert_eq!(capture.cursor().expect("cursor"), None);
        stage.change_cursor();
        assert!(wait(&mut *capture).cursor);
        let second = capture.cursor().expect("cursor").expect("another one");
        assert_ne!(first.hash, second.hash);
        assert_eq!(second.argb.len(), second.size.area());
        assert_eq!(capture.cursor().expect("cursor"), None);
    }
}

#[test]
fn waker_ends_a_wait_without_end_from_another_thread() {
    for stage in stages() {
        let (mut capture, _) = watched(&*stage);
        let waker = Waker::new().expect("waker");
        let theirs = waker.clone();
        let ringer = std::thread::spawn(move || theirs.wake());
        assert!(capture.wait(None, &waker).expect("wait").woken);
        ringer.join().expect("rang");
        let past = Some(Instant::now());
        assert_eq!(capture.wait(past, &waker).expect("wait"), Wake::default());
    }
}

#[test]
fn pressed_is_held_until_released_and_repeats_do_nothing() {
    for stage in stages() {
        let mut injector = stage.platform().injector().expect("injector");
        let all = [Held::Key(30), Held::Key(42), Held::Button(Button::Left)];
        for _ in 0..2 {
            injector.key(30, true).expect("down");
            injector.key(42, true).expect("down");
            injector.button(Button::Left, true).expect("down");
        }
        assert_eq!(injector.held(), all);
        eventually("three held", || stage.held() == all);
        injector.key(30, false).expect("up");
        injector.key(30, false).expect("up again");
        assert_eq!(injector.held(), all[1..]);
        injector.release_all().expect("released");
        assert!(injector.held().is_empty());
        eventually("none held", || stage.held().is_empty());
    }
}

#[test]
fn dropped_injector_leaves_nothing_pressed() {
    for stage in stages() {
        let mut injector = stage.platform().injector().expect("injector");
        injector.key(29, true).expect("down");
        injector.button(Button::Right, true).expect("down");
        eventually("two held", || stage.held().len() == 2);
        drop(injector);
        eventually("none held", || stage.held().is_empty());
    }
}

#[test]
fn what_cannot_be_pressed_is_refused_and_not_held() {
    for stage in stages() {
        let mut injector = stage.platform().injector().expect("injector");
        for evdev in [0, 248, 255, 256, u16::MAX] {
            let refused = injector.key(evdev, true);
            assert!(matches!(refused, Err(InputError::UnknownKey(code)) if code == evdev));
        }
        let long = "x".repeat(MAX_TEXT_CHARS + 1);
        assert!(matches!(
            injector.text(&long),
            Err(InputError::TextTooLong(_))
        ));
        assert!(injector.held().is_empty());
    }
}

#[test]
fn motion_is_clamped_to_the_monitor() {
    for stage in stages() {
        let mut injector = stage.platform().injector().expect("injector");
        let size = stage.platform().capture().expect("capture").size();
        let last = Point {
            x: size.width() as i32 - 1,
            y: size.height() as i32 - 1,
        };
        let wanted = [
            (Point { x: 12, y: 34 }, Point { x: 12, y: 34 }),
            (Point { x: -5, y: i32::MIN }, Point::default()),
            (
                Point {
                    x: i32::MAX,
                    y: 70_000,
                },
                last,
            ),
        ];
        for (to, arrives) in wanted {
            injector.motion(to).expect("moved");
            eventually("the pointer is there", || stage.pointer() == arrives);
        }
    }
}

#[test]
fn keys_of_a_dead_predecessor_are_released() {
    for stage in stages() {
        let mut predecessor = stage.platform().injector().expect("injector");
        let left = [Held::Key(56), Held::Button(Button::Middle)];
        predecessor.key(56, true).expect("down");
        predecessor.button(Button::Middle, true).expect("down");
        eventually("both held", || stage.held() == left);
        // A process that is killed drops nothing.
        std::mem::forget(predecessor);
        let mut successor = stage.platform().injector().expect("injector");
        successor.release(&left).expect("released");
        eventually("none held", || stage.held().is_empty());
    }
}
