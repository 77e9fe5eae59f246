//! Input on X11 as programs see it.

use farpane_host::platform::{Button, WHEEL_STEP};
use farpane_protocol::geometry::{Point, Rect};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ConnectionExt as _, EventMask};

use crate::client::Client;
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
