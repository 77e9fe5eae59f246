//! The question on a real screen: whose hand counts, and that everything else is a no.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use farpane_host::platform::{
    Answer, ConsentHandle, ConsentOutcome, ConsentRequest, Organisation, Platform, Scope, WITHDRAWN,
};
use farpane_protocol::geometry::{Point, Rect};
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ButtonPressEvent, ConnectionExt as _, EventMask,
    KeyButMask,
};

use crate::client::{Client, PATIENCE, eventually};
use crate::servers::{Nested, Server};

const TITLE: &str = "Farpane: permission";

/// The colour of an Allow button that can be pressed, and of a ticked box.
const TEAL: u32 = 0x000b_6b66;

/// X codes of keys.
const ESCAPE: u8 = 9;
const TAB: u8 = 23;
const RETURN: u8 = 36;
const SHIFT: u8 = 50;
const SPACE: u8 = 65;

fn request() -> ConsentRequest {
    let scope = |key: &str, granted, required| Scope {
        key: key.to_owned(),
        label: format!("the {key}"),
        granted,
        required,
    };
    ConsentRequest {
        technician: "Anna Berg".to_owned(),
        organisation: Organisation::NotVerified {
            name: "Acme MSP".to_owned(),
        },
        tenant: "Oslo Shops AS".to_owned(),
        wants: "wants to see and control this screen".to_owned(),
        scopes: vec![
            scope("view", true, true),
            scope("control", true, false),
            scope("clipboard", false, false),
        ],
        reason: "printer offline, ticket 4711".to_owned(),
        until: "15:40".to_owned(),
        viewer_key: "SHA256:00 11 22".to_owned(),
    }
}

/// A question on the screen.
struct Question<'a> {
    client: &'a Client,
    outcomes: Receiver<ConsentOutcome>,
    handle: Option<ConsentHandle>,
}

impl<'a> Question<'a> {
    fn ask(platform: &dyn Platform, client: &'a Client, time: Duration) -> Self {
        let (sender, outcomes) = channel();
        let answer = Answer::new(move |outcome| sender.send(outcome).expect("awaited"));
        let handle = Some(platform.ask(request(), Instant::now() + time, answer));
        Self {
            client,
            outcomes,
            handle,
        }
    }

    /// Where the window is, once it is there.
    fn window(&self) -> (u32, Rect) {
        eventually("the question shows", || self.client.named(TITLE).len() == 1);
        let window = self.client.named(TITLE)[0];
        (window, self.client.rect(window))
    }

    /// Where Allow is, once it can be pressed.
    fn allow(&self) -> Rect {
        let (_, window) = self.window();
        // Below the check boxes, in the right half, nothing else has that colour.
        let part = Rect {
            x: window.x + window.width / 2,
            y: window.bottom() - 80,
            width: window.width / 2,
            height: 70,
        };
        let mut found = None;
        eventually("Allow can be pressed", || {
            found = self.client.find(part, TEAL);
            found.is_some()
        });
        found.expect("found")
    }

    /// Where Refuse is: as far from the left as Allow's countdown is from the right.
    fn refuse(&self) -> Rect {
        let (allow, (_, window)) = (self.allow(), self.window());
        Rect {
            x: window.x + 24,
            ..allow
        }
    }

    /// Where the ticked boxes are; the first one is required.
    fn ticked(&self) -> Rect {
        let (_, window) = self.window();
        let part = Rect {
            y: window.y + 10,
            height: window.height - 100,
            ..window
        };
        self.client.find(part, TEAL).expect("one is required")
    }

    fn outcome(&self) -> ConsentOutcome {
        self.outcomes
            .recv_timeout(PATIENCE)
            .expect("exactly one outcome")
    }

    fn undecided(&self) -> bool {
        self.outcomes.try_recv().is_err()
    }
}

fn allowed(keys: &[&str]) -> ConsentOutcome {
    ConsentOutcome::Allowed {
        scopes: keys.iter().map(|key| (*key).to_owned()).collect(),
    }
}

#[test]
fn injected_input_does_nothing_where_a_real_click_decides() {
    let nested = Nested::start();
    let client = nested.inner.client();
    let platform = nested.inner.platform();
    let question = Question::ask(&*platform, &client, PATIENCE);
    let allow = question.allow();
    // By a program inside: XTEST, and our own injector, which uses it.
    client.click(allow);
    client.click(question.refuse());
    for keys in [&[TAB][..], &[RETURN], &[SPACE], &[ESCAPE]] {
        client.keys(keys);
    }
    let mut injector = platform.injector().expect("injector");
    let middle = Point {
        x: (allow.x + 20) as i32,
        y: (allow.y + 20) as i32,
    };
    injector.motion(middle).expect("moved");
    injector
        .button(farpane_host::platform::Button::Left, true)
        .expect("down");
    injector
        .button(farpane_host::platform::Button::Left, false)
        .expect("up");
    drop(injector);
    send_core_events(&client, question.window().0, allow);
    // The same place by a hand: had one of the above counted, the outcome were another.
    nested.hand.click(allow);
    assert_eq!(question.outcome(), allowed(&["view", "control"]));
    assert!(question.undecided(), "one outcome only");
    eventually("the window is gone", || client.named(TITLE).is_empty());
}

/// Events that a program makes up and sends to the window.
fn send_core_events(client: &Client, window: u32, at: Rect) {
    let press = ButtonPressEvent {
        response_type: BUTTON_PRESS_EVENT,
        detail: 1,
        sequence: 0,
        time: x11rb::CURRENT_TIME,
        root: client.root,
        event: window,
        child: x11rb::NONE,
        root_x: (at.x + 5) as i16,
        root_y: (at.y + 5) as i16,
        event_x: 400,
        event_y: 300,
        state: KeyButMask::default(),
        same_screen: true,
    };
    let release = ButtonPressEvent {
        response_type: BUTTON_RELEASE_EVENT,
        ..press
    };
    for event in [press, release] {
        client
            .conn
            .send_event(false, window, EventMask::NO_EVENT, event)
            .expect("sent");
    }
    client.sync();
}

#[test]
fn hand_refuses_by_click_and_by_keys() {
    let nested = Nested::start();
    let client = nested.inner.client();
    let platform = nested.inner.platform();

    let question = Question::ask(&*platform, &client, PATIENCE);
    nested.hand.click(question.refuse());
    assert_eq!(question.outcome(), ConsentOutcome::Refused);
    for key in [RETURN, SPACE, ESCAPE] {
        let question = Question::ask(&*platform, &client, PATIENCE);
        question.allow();
        nested.hand.keys(&[key]);
        assert_eq!(question.outcome(), ConsentOutcome::Refused);
    }
}

#[test]
fn hand_allows_by_keys_exactly_what_is_ticked() {
    let nested = Nested::start();
    let client = nested.inner.client();
    let platform = nested.inner.platform();
    let question = Question::ask(&*platform, &client, PATIENCE);
    question.allow();
    // From Refuse back over clipboard (ticks it) to control (unticks it), then on to Allow.
    nested.hand.keys(&[SHIFT, TAB]);
    nested.hand.keys(&[SPACE]);
    nested.hand.keys(&[SHIFT, TAB]);
    nested.hand.keys(&[SPACE]);
    for _ in 0..3 {
        nested.hand.keys(&[TAB]);
    }
    nested.hand.keys(&[RETURN]);
    assert_eq!(question.outcome(), allowed(&["view", "clipboard"]));
}

#[test]
fn hand_unticks_by_click_but_not_what_is_required() {
    let nested = Nested::start();
    let client = nested.inner.client();
    let platform = nested.inner.platform();
    let question = Question::ask(&*platform, &client, PATIENCE);
    let allow = question.allow();
    let boxes = question.ticked();
    let square = |x: u32| Rect {
        x,
        y: boxes.y,
        width: 18,
        height: boxes.height,
    };
    nested.hand.click(square(boxes.x));
    nested.hand.click(square(boxes.right() - 18));
    eventually("control is unticked", || question.ticked().width <= 18);
    nested.hand.click(allow);
    assert_eq!(question.outcome(), allowed(&["view"]));
}

#[test]
fn nobody_answers_is_a_no() {
    let server = Server::xvfb();
    let client = server.client();
    let platform = server.platform();
    let question = Question::ask(&*platform, &client, Duration::from_millis(300));
    assert_eq!(question.outcome(), ConsentOutcome::TimedOut);
    eventually("the window is gone", || client.named(TITLE).is_empty());
    let past = Question::ask(&*platform, &client, Duration::ZERO);
    assert_eq!(past.outcome(), ConsentOutcome::TimedOut);
}

#[test]
fn withdrawn_question_leaves_the_screen_before_its_handle_is_gone() {
    let server = Server::xvfb();
    let client = server.client();
    let platform = server.platform();
    let mut question = Question::ask(&*platform, &client, PATIENCE);
    question.window();
    drop(question.handle.take());
    assert!(client.named(TITLE).is_empty());
    assert_eq!(
        question.outcome(),
        ConsentOutcome::Unavailable(WITHDRAWN.to_owned())
    );
}

#[test]
fn window_or_display_destroyed_is_a_no() {
    let mut server = Server::xvfb();
    let client = server.client();
    let platform = server.platform();

    let question = Question::ask(&*platform, &client, PATIENCE);
    client.destroy(question.window().0);
    assert!(matches!(question.outcome(), ConsentOutcome::Unavailable(_)));

    let question = Question::ask(&*platform, &client, PATIENCE);
    client.conn.unmap_window(question.window().0).expect("sent");
    client.sync();
    assert!(matches!(question.outcome(), ConsentOutcome::Unavailable(_)));

    let question = Question::ask(&*platform, &client, PATIENCE);
    question.window();
    server.kill();
    assert!(matches!(question.outcome(), ConsentOutcome::Unavailable(_)));

    let question = Question::ask(&*platform, &client, PATIENCE);
    assert!(matches!(question.outcome(), ConsentOutcome::Unavailable(_)));
}

#[test]
fn only_one_question_at_a_time() {
    let server = Server::xvfb();
    let client = server.client();
    let platform = server.platform();
    let first = Question::ask(&*platform, &client, PATIENCE);
    first.window();
    let second = Question::ask(&*platform, &client, PATIENCE);
    assert!(matches!(second.outcome(), ConsentOutcome::Unavailable(_)));
    assert!(first.undecided());
}

#[test]
fn covered_question_disarms_and_comes_back_on_top() {
    let nested = Nested::start();
    let client = nested.inner.client();
    let platform = nested.inner.platform();
    let question = Question::ask(&*platform, &client, PATIENCE);
    let (window, place) = question.window();
    let allow = question.allow();
    // Covers a corner far from Allow: the button is in sight, but the window is not whole.
    let corner = Rect {
        width: 60,
        height: 60,
        ..place
    };
    let cover = client.window(corner, EventMask::NO_EVENT);
    eventually("raised above the cover", || {
        client.children().last() == Some(&window)
    });
    assert!(client.children().contains(&cover));
    // It arms again, and a hand decides.
    assert_eq!(question.allow(), allow);
    nested.hand.click(allow);
    assert_eq!(question.outcome(), allowed(&["view", "control"]));
}

#[test]
fn moved_question_returns_to_its_place() {
    let server = Server::xvfb();
    let client = server.client();
    let platform = server.platform();
    let question = Question::ask(&*platform, &client, PATIENCE);
    let (window, place) = question.window();
    client.move_window(window, 0, 0);
    eventually("it is back", || client.rect(window) == place);
    assert!(question.undecided());
}
