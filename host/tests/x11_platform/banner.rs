//! The banner and the note on a real screen.

use std::sync::mpsc::{Receiver, channel};

use farpane_host::platform::{
    Answer, BannerEvent, BannerHandle, ConsentRequest, Organisation, Platform, Scope, StopCause,
};
use farpane_protocol::geometry::Rect;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, EventMask, GrabMode,
};

use crate::client::{Client, PATIENCE, eventually};
use crate::servers::{Nested, Server};

const TITLE: &str = "Farpane: this screen is being watched";
const NOTE: &str = "Farpane: note";
const TEXT: &str = "Anna Berg (Acme MSP) sees and controls this screen since 15:02";

/// The colour of the stop button.
const RED: u32 = 0x00b3_2620;

/// The colour of an Allow button that can be pressed.
const TEAL: u32 = 0x000b_6b66;

/// X codes of Ctrl, Alt and Pause.
const STOP: [u8; 3] = [37, 64, 127];

fn show(platform: &dyn Platform) -> (BannerHandle, Receiver<BannerEvent>) {
    let (sender, events) = channel();
    let tell = Box::new(move |event| sender.send(event).expect("awaited"));
    (platform.banner(TEXT, tell).expect("shown"), events)
}

fn next(events: &Receiver<BannerEvent>) -> BannerEvent {
    events.recv_timeout(PATIENCE).expect("an event")
}

/// Where the stop button of the only strip is.
fn stop_button(client: &Client) -> Rect {
    let strip = client.rect(client.named(TITLE)[0]);
    client.find(strip, RED).expect("a red button")
}

#[test]
fn every_monitor_has_a_strip_from_the_start_until_the_end() {
    let server = Server::xvfb();
    let client = server.client();
    let monitors = [
        Rect {
            x: 0,
            y: 0,
            width: 640,
            height: 800,
        },
        Rect {
            x: 640,
            y: 100,
            width: 640,
            height: 600,
        },
    ];
    client.set_monitors(&monitors);
    let platform = server.platform();
    let (handle, events) = show(&*platform);
    let mut strips: Vec<Rect> = client
        .named(TITLE)
        .into_iter()
        .map(|window| client.rect(window))
        .collect();
    strips.sort_by_key(|strip| strip.x);
    assert_eq!(strips.len(), 2);
    for (strip, monitor) in strips.iter().zip(monitors) {
        assert_eq!(strip.intersect(monitor), Some(*strip), "inside");
        assert_eq!(strip.y, monitor.y, "at the upper edge");
        assert!(client.find(*strip, RED).is_some());
    }
    drop(handle);
    assert!(client.named(TITLE).is_empty());
    assert!(events.try_recv().is_err());
}

#[test]
fn new_monitor_gets_a_strip() {
    let server = Server::xvfb();
    let client = server.client();
    let platform = server.platform();
    let (_handle, _events) = show(&*platform);
    assert_eq!(client.named(TITLE).len(), 1);
    client.set_monitors(&[
        Rect {
            x: 0,
            y: 0,
            width: 640,
            height: 800,
        },
        Rect {
            x: 640,
            y: 0,
            width: 640,
            height: 800,
        },
    ]);
    eventually("two strips", || client.named(TITLE).len() == 2);
}

#[test]
fn injected_keys_do_not_stop_and_real_ones_do_through_any_grab() {
    let nested = Nested::start();
    let client = nested.inner.client();
    let platform = nested.inner.platform();
    let (_handle, events) = show(&*platform);
    client.keys(&STOP);
    // Half by a program, half by a hand, is not by a hand.
    client.fake(2, STOP[0]);
    client.fake(2, STOP[1]);
    nested.hand.keys(&STOP[2..]);
    client.fake(3, STOP[1]);
    client.fake(3, STOP[0]);
    let mode = GrabMode::ASYNC;
    let grab = client
        .conn
        .grab_keyboard(false, client.root, x11rb::CURRENT_TIME, mode, mode);
    grab.expect("sent").reply().expect("grabbed");
    nested.hand.keys(&STOP);
    assert_eq!(next(&events), BannerEvent::Stop(StopCause::Key));
    // Were an injected one late, it would come before this.
    client
        .conn
        .ungrab_keyboard(x11rb::CURRENT_TIME)
        .expect("sent");
    client.sync();
    nested.hand.click(stop_button(&client));
    assert_eq!(next(&events), BannerEvent::Stop(StopCause::Click));
}

#[test]
fn injected_click_does_not_stop_and_a_real_one_does() {
    let nested = Nested::start();
    let client = nested.inner.client();
    let platform = nested.inner.platform();
    let (_handle, events) = show(&*platform);
    let stop = stop_button(&client);
    client.click(stop);
    nested.hand.keys(&STOP);
    assert_eq!(
        next(&events),
        BannerEvent::Stop(StopCause::Key),
        "not by the injected click"
    );
    nested.hand.click(stop);
    assert_eq!(next(&events), BannerEvent::Stop(StopCause::Click));
}

#[test]
fn hand_drags_the_strip_and_it_stays_on_the_monitor() {
    let nested = Nested::start();
    let client = nested.inner.client();
    let platform = nested.inner.platform();
    let (_handle, events) = show(&*platform);
    let window = client.named(TITLE)[0];
    let start = client.rect(window);
    let grip = (start.x as i32 + 10, start.y as i32 + 10);
    nested.hand.move_to(grip.0, grip.1);
    nested.hand.fake(BUTTON_PRESS_EVENT, 1);
    nested.hand.move_to(grip.0 + 50, grip.1 + 200);
    let moved = Rect {
        x: start.x + 50,
        y: start.y + 200,
        ..start
    };
    eventually("it follows", || client.rect(window) == moved);
    nested.hand.move_to(1023, 699);
    let corner = Rect {
        x: 1024 - start.width,
        y: 700 - start.height,
        ..start
    };
    eventually("it stops at the edge", || client.rect(window) == corner);
    nested.hand.fake(BUTTON_RELEASE_EVENT, 1);
    nested.hand.click(stop_button(&client));
    assert_eq!(
        next(&events),
        BannerEvent::Stop(StopCause::Click),
        "where it is now"
    );
}

#[test]
fn covered_strip_comes_back_and_a_hidden_one_too() {
    let server = Server::xvfb();
    let client = server.client();
    let platform = server.platform();
    let (_handle, events) = show(&*platform);
    let window = client.named(TITLE)[0];
    let whole = Rect {
        x: 0,
        y: 0,
        width: 1280,
        height: 800,
    };
    let cover = client.window(whole, EventMask::NO_EVENT);
    eventually("raised", || client.children().last() == Some(&window));
    client.raise(cover);
    eventually("raised again", || client.children().last() == Some(&window));
    client.conn.unmap_window(window).expect("sent");
    client.sync();
    eventually("shown again", || client.named(TITLE) == [window]);
    assert!(events.try_recv().is_err());
}

#[test]
fn strip_destroyed_is_told_so_that_the_session_can_end() {
    let mut server = Server::xvfb();
    let client = server.client();
    let platform = server.platform();
    let (_handle, events) = show(&*platform);
    client.destroy(client.named(TITLE)[0]);
    assert!(matches!(next(&events), BannerEvent::Lost(_)));
    let (_handle, events) = show(&*platform);
    server.kill();
    assert!(matches!(next(&events), BannerEvent::Lost(_)));
}

#[test]
fn question_stays_above_the_banner() {
    let server = Server::xvfb();
    let client = server.client();
    // So low that the two overlap.
    client.set_monitors(&[Rect {
        x: 0,
        y: 0,
        width: 640,
        height: 200,
    }]);
    let platform = server.platform();
    let (_handle, _events) = show(&*platform);
    let request = ConsentRequest {
        technician: "Anna Berg".to_owned(),
        organisation: Organisation::NotVerified {
            name: "Acme MSP".to_owned(),
        },
        tenant: String::new(),
        wants: "also wants to copy files".to_owned(),
        scopes: vec![Scope {
            key: "files".to_owned(),
            label: "files".to_owned(),
            granted: true,
            required: true,
        }],
        reason: String::new(),
        until: "15:40".to_owned(),
        viewer_key: String::new(),
    };
    let deadline = std::time::Instant::now() + PATIENCE;
    let _question = platform.ask(request, deadline, Answer::new(drop));
    eventually("the question shows", || {
        client.named("Farpane: permission").len() == 1
    });
    let question = client.named("Farpane: permission")[0];
    let strip = client.named(TITLE)[0];
    assert!(
        client
            .rect(strip)
            .intersect(client.rect(question))
            .is_some(),
        "they overlap"
    );
    // A strip that is moved puts itself back on top: below the question even then.
    client.watch_stacking();
    let home = client.rect(strip);
    client.move_window(strip, 0, 150);
    let put_above = client.event("the strip is back", |event| {
        if let Event::ConfigureNotify(now) = event
            && now.window == strip
            && (now.x as u32, now.y as u32) == (home.x, home.y)
        {
            return Some(now.above_sibling);
        }
        None
    });
    assert_ne!(put_above, question);
    let whole = Rect {
        x: 0,
        y: 0,
        width: 640,
        height: 200,
    };
    let cover = client.window(whole, EventMask::NO_EVENT);
    eventually("both above the cover, the question on top", || {
        let order = client.children();
        let at = |window| order.iter().position(|other| *other == window);
        at(cover) < at(strip) && at(strip) < at(question)
    });
    // Were they to take turns, a yes would never count.
    let lower_right = Rect {
        x: 320,
        y: 120,
        width: 320,
        height: 80,
    };
    eventually("Allow can be pressed", || {
        client.find(lower_right, TEAL).is_some()
    });
}

#[test]
fn note_goes_by_a_real_click_or_with_its_handle() {
    let nested = Nested::start();
    let client = nested.inner.client();
    let platform = nested.inner.platform();
    let _note = platform
        .note("Anna Berg saw this screen from 15:02 to 15:31.")
        .expect("shown");
    let place = client.rect(client.named(NOTE)[0]);
    nested.hand.click(place);
    eventually("clicked away", || client.named(NOTE).is_empty());
    let note = platform.note("Again.").expect("shown");
    assert_eq!(client.named(NOTE).len(), 1);
    drop(note);
    assert!(client.named(NOTE).is_empty());
}
