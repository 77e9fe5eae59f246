//! What every back end promises to whoever presses keys through it, whatever is behind it.

use farpane_host::platform::{Button, Held, InputError, MAX_TEXT_CHARS};
use farpane_protocol::geometry::{Point, Rect};

use crate::client::eventually;
use crate::stage::stages_with_hands as stages;

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
        let size = stage.platform().capture().expect("capture").size(0);
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
fn pointer_moves_on_the_monitor_that_is_aimed_at() {
    for stage in stages() {
        let mut injector = stage.platform().injector().expect("injector");
        let rect = |x, width| Rect {
            x,
            y: 20,
            width,
            height: 300,
        };
        stage.set_monitors(&[("left", rect(0, 400)), ("right", rect(400, 200))]);
        let near = Point { x: 9, y: 8 };
        let far = Point { x: 5000, y: 5000 };
        for (monitor, to, arrives) in [
            (Some("right"), near, Point { x: 409, y: 28 }),
            (Some("right"), far, Point { x: 599, y: 319 }),
            (None, near, Point { x: 9, y: 28 }),
            (Some("left"), far, Point { x: 399, y: 319 }),
            (Some("gone"), near, Point { x: 9, y: 28 }),
        ] {
            injector.aim(monitor);
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
