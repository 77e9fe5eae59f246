//! Input on X11 as programs see it.

use farpane_host::platform::{Button, WHEEL_STEP};
use farpane_protocol::geometry::{Point, Rect};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ConnectionExt as _, EventMask};

use crate::client::{Client, eventually};
use crate::servers::Server;

const WHOLE: Rect = Rect {
    x: 0,
    y: 0,
    width: 1280,
    height: 800,
};

/// The next button that a window sees go down.
fn button(client: &Client) -> u8 {
    client.event("a button", |event| {
        if let Event::ButtonPress(press) = event {
            Some(press.detail)
        } else {
            None
        }
    })
}

/// The next character that a window sees typed, as the keyboard's layout then is.
fn typed(client: &Client) -> u32 {
    let (code, state) = client.event("a key", |event| {
        if let Event::KeyPress(press) = event {
            Some((press.detail, press.state))
        } else {
            None
        }
    });
    let mapping = client
        .conn
        .get_keyboard_mapping(code, 1)
        .expect("sent")
        .reply()
        .expect("map");
    mapping.keysyms[usize::from(u16::from(state) & 1)]
}

#[test]
fn buttons_and_wheel_arrive_as_the_numbers_that_programs_know() {
    let server = Server::xvfb();
    let client = server.client();
    client.window(WHOLE, EventMask::BUTTON_PRESS);
    let platform = server.platform();
    let mut injector = platform.injector().expect("injector");
    injector.motion(Point { x: 100, y: 100 }).expect("moved");
    let buttons = [
        Button::Left,
        Button::Middle,
        Button::Right,
        Button::Back,
        Button::Forward,
    ];
    for (which, number) in buttons.into_iter().zip([1, 2, 3, 8, 9]) {
        injector.button(which, true).expect("down");
        injector.button(which, false).expect("up");
        assert_eq!(button(&client), number);
    }
    injector.wheel(0, WHEEL_STEP / 2).expect("half a notch");
    injector.wheel(0, WHEEL_STEP / 2).expect("the other half");
    injector.wheel(0, -WHEEL_STEP).expect("up");
    injector.wheel(WHEEL_STEP, 0).expect("right");
    injector.wheel(-2 * WHEEL_STEP, 0).expect("left, twice");
    let seen: Vec<u8> = (0..5).map(|_| button(&client)).collect();
    assert_eq!(seen, [5, 4, 7, 6, 6]);
}

#[test]
fn text_arrives_in_order_with_characters_that_no_key_has() {
    let server = Server::xvfb();
    let client = server.client();
    let window = client.window(WHOLE, EventMask::KEY_PRESS);
    client.focus(window);
    let platform = server.platform();
    let mut injector = platform.injector().expect("injector");
    injector.text("ab\u{1b}é\n").expect("queued");
    injector.text("日").expect("queued");
    let seen: Vec<u32> = (0..5).map(|_| typed(&client)).collect();
    // Return is a key of its own; escape was left out.
    assert_eq!(seen, [0x61, 0x62, 0xe9, 0xff0d, 0x0100_65e5]);
}

#[test]
fn released_injector_stops_typing() {
    let server = Server::xvfb();
    let client = server.client();
    let window = client.window(WHOLE, EventMask::KEY_PRESS);
    client.focus(window);
    let platform = server.platform();
    let mut injector = platform.injector().expect("injector");
    injector.text(&"a".repeat(4000)).expect("queued");
    assert_eq!(typed(&client), 0x61);
    injector.release_all().expect("released");
    injector.text("z").expect("queued");
    let mut count = 1;
    while typed(&client) != 0x7a {
        count += 1;
    }
    assert!(count < 4000, "all of it was typed");
    assert!(client.keys_down().is_empty());
}

/// Fourteen characters that no key of a bare server has: as many as are typed at once.
const UNKNOWN: &str = "一二三四五六七八九十百千万円";

/// What each key means.
fn keymap(client: &Client) -> Vec<Vec<u32>> {
    let setup = client.conn.setup();
    let (first, last) = (setup.min_keycode, setup.max_keycode);
    let map = client
        .conn
        .get_keyboard_mapping(first, last - first + 1)
        .expect("sent")
        .reply()
        .expect("map");
    let trimmed = |syms: &[u32]| {
        let end = syms
            .iter()
            .rposition(|sym| *sym != 0)
            .map_or(0, |at| at + 1);
        syms[..end].to_vec()
    };
    let width = usize::from(map.keysyms_per_keycode);
    map.keysyms.chunks(width).map(trimmed).collect()
}

#[test]
fn characters_without_a_key_leave_the_keymap_when_the_session_ends() {
    let server = Server::xvfb();
    let client = server.client();
    let before = keymap(&client);
    let platform = server.platform();
    let mut injector = platform.injector().expect("injector");
    for _ in 0..2 {
        injector.text(UNKNOWN).expect("typed");
        assert_ne!(keymap(&client), before, "typed without spare keys");
        injector.release_all().expect("released");
        eventually("the keymap is as before", || keymap(&client) == before);
    }
}

#[test]
fn spare_keys_of_a_killed_predecessor_are_taken_back() {
    let server = Server::xvfb();
    let client = server.client();
    let window = client.window(WHOLE, EventMask::KEY_PRESS);
    client.focus(window);
    let before = keymap(&client);
    let platform = server.platform();
    let mut predecessor = platform.injector().expect("injector");
    predecessor.text(UNKNOWN).expect("typed");
    let given = keymap(&client);
    assert_ne!(given, before, "typed without spare keys");
    // A process that is killed drops nothing.
    std::mem::forget(predecessor);
    let mut successor = platform.injector().expect("injector");
    eventually("the keymap is as before", || keymap(&client) == before);
    successor.text(UNKNOWN).expect("typed");
    assert_eq!(keymap(&client), given, "the same keys, at once");
}

#[test]
fn key_that_a_new_layout_uses_is_not_taken_back() {
    let server = Server::xvfb();
    let client = server.client();
    let before = keymap(&client);
    let platform = server.platform();
    let mut injector = platform.injector().expect("injector");
    injector.text("一二").expect("typed");
    let given = keymap(&client);
    let at = given.iter().zip(&before).position(|(new, old)| new != old);
    let at = at.expect("a spare key");
    let code = client.conn.setup().min_keycode + u8::try_from(at).expect("a key");
    let changed = client.conn.change_keyboard_mapping(1, code, 2, &[0x7e; 2]);
    changed.expect("sent").check().expect("changed");
    let mut after = before;
    after[at] = keymap(&client).swap_remove(at);
    assert_eq!(after[at].first(), Some(&0x7e));
    injector.release_all().expect("released");
    eventually("only that one is left", || keymap(&client) == after);
}
