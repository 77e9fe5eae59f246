//! Capture on X11: what the contract cannot ask of a screen in memory.

use std::time::Instant;

use farpane_host::platform::headless::Headless;
use farpane_host::platform::{PlatformError, Waker, open};
use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::{Point, Rect, Size};

use crate::client::PATIENCE;
use crate::servers::{Nested, Server};

fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect {
        x,
        y,
        width,
        height,
    }
}

fn blank() -> BgraPicture {
    BgraPicture::new(Size::new(1, 1).expect("valid"))
}

#[test]
fn moving_pointer_changes_no_picture() {
    let server = Server::xvfb();
    let client = server.client();
    let platform = server.platform();
    let mut capture = platform.capture().expect("capture");
    let mut picture = blank();
    client.fill(rect(0, 0, 1280, 800), 0x0033_6699);
    capture.grab(0, &mut picture).expect("grab");
    for step in 0..50 {
        client.move_to(100 + step * 7, 100 + step * 5);
    }
    assert_eq!(
        capture.pointer().expect("pointer"),
        Some(Point { x: 443, y: 345 })
    );
    let waker = Waker::new().expect("waker");
    waker.wake();
    let wake = capture.wait(None, &waker).expect("wait");
    assert!(!wake.damage);
    assert!(capture.grab(0, &mut picture).expect("grab").is_empty());
    let mut whole = blank();
    capture.grab(0, &mut whole).expect("grab");
    assert!(
        whole.as_pixels().iter().all(|pixel| *pixel == 0xff33_6699),
        "no cursor in it"
    );
}

#[test]
fn only_the_primary_monitor_is_read() {
    let server = Server::xvfb();
    let client = server.client();
    client.set_monitors(&[rect(640, 100, 600, 500), rect(0, 0, 640, 480)]);
    let platform = server.platform();
    let mut capture = platform.capture().expect("capture");
    assert_eq!(capture.size(0), Size::new(600, 500).expect("valid"));
    let mut picture = blank();
    capture.grab(0, &mut picture).expect("grab");

    client.fill(rect(10, 10, 50, 50), 0x00ff_0000);
    assert!(
        capture.grab(0, &mut picture).expect("grab").is_empty(),
        "the other monitor"
    );
    client.fill(rect(630, 90, 20, 20), 0x0000_ff00);
    let damage = capture.grab(0, &mut picture).expect("grab");
    assert_eq!(damage.rects(), [rect(0, 0, 10, 10)]);
    assert_eq!(picture.as_pixels()[9 * 600 + 9], 0xff00_ff00);

    client.move_to(650, 120);
    assert_eq!(
        capture.pointer().expect("pointer"),
        Some(Point { x: 10, y: 20 })
    );
    client.move_to(5, 5);
    assert_eq!(capture.pointer().expect("pointer"), None);

    let mut injector = platform.injector().expect("injector");
    injector.motion(Point { x: 0, y: -9 }).expect("moved");
    injector.release_all().expect("a round trip");
    crate::client::eventually("clamped to it", || {
        client.pointer().1 == Point { x: 640, y: 100 }
    });
}

#[test]
fn root_window_that_grows_and_shrinks_is_followed() {
    let nested = Nested::start();
    let platform = nested.inner.platform();
    let mut capture = platform.capture().expect("capture");
    let mut picture = blank();
    capture.grab(0, &mut picture).expect("grab");
    let waker = Waker::new().expect("waker");
    let client = nested.inner.client();
    for (width, height) in [(1200, 760), (640, 480)] {
        nested.resize_window(width, height);
        let whole = rect(0, 0, width, height);
        crate::client::eventually("the root grows", || client.rect(client.root) == whole);
        // This server tells RandR of it only when somebody asks; real ones tell at once.
        client.probe_outputs();
        let wanted = Size::new(width, height).expect("valid");
        while capture.size(0) != wanted {
            let wake = capture
                .wait(Some(Instant::now() + PATIENCE), &waker)
                .expect("wait");
            assert!(wake.any(), "never resized");
            capture.grab(0, &mut picture).expect("grab");
        }
        capture.grab(0, &mut picture).expect("grab");
        assert_eq!(picture.size(), wanted);
        client.fill(rect(width - 4, height - 4, 4, 4), 0x00aa_bbcc);
        capture.grab(0, &mut picture).expect("grab");
        assert_eq!(picture.as_pixels().last(), Some(&0xffaa_bbcc));
    }
}

#[test]
fn display_that_goes_away_is_an_error_not_a_stale_picture() {
    let mut server = Server::xvfb();
    let platform = server.platform();
    let mut capture = platform.capture().expect("capture");
    let mut picture = blank();
    capture.grab(0, &mut picture).expect("grab");
    server.kill();
    let waker = Waker::new().expect("waker");
    let waited = capture.wait(Some(Instant::now() + PATIENCE), &waker);
    assert!(matches!(waited, Err(PlatformError::Lost(_))), "{waited:?}");
    assert!(matches!(
        capture.grab(0, &mut picture),
        Err(PlatformError::Lost(_))
    ));
}

#[test]
fn scripted_failure_is_followed_by_a_whole_picture() {
    let screen = Headless::open().expect("opens");
    let mut capture = farpane_host::platform::Platform::capture(&screen).expect("capture");
    let mut picture = blank();
    capture.grab(0, &mut picture).expect("grab");
    screen.set_failure(Some("unplugged"));
    assert!(matches!(
        capture.grab(0, &mut picture),
        Err(PlatformError::Scripted(_))
    ));
    screen.set_failure(None);
    let damage = capture.grab(0, &mut picture).expect("grab");
    assert_eq!(damage.rects(), [capture.size(0).rect()]);
}

#[test]
fn display_that_is_not_there_is_named_with_the_fix() {
    let Err(error) = open(Some(":59999")) else {
        panic!("nothing is there")
    };
    let sentence = error.to_string();
    assert!(
        sentence.contains(":59999") && sentence.contains("check that"),
        "{sentence}"
    );
}

#[test]
#[cfg(not(feature = "scrap"))]
fn library_that_was_left_out_is_named_with_both_ways_on() {
    let Err(error) = open(Some("scrap::7")) else {
        panic!("it is not built in")
    };
    let sentence = error.to_string();
    assert!(
        sentence.contains("(:7)") && sentence.contains("--features scrap"),
        "{sentence}"
    );
}

#[test]
fn server_without_shared_memory_is_refused_with_the_fix() {
    for extension in ["MIT-SHM", "XTEST", "DAMAGE"] {
        let server = Server::xvfb_without(extension);
        let Err(error) = open(Some(&server.display)) else {
            panic!("{extension} is needed")
        };
        let sentence = error.to_string();
        assert!(sentence.contains(extension), "{sentence}");
    }
}

#[test]
fn shallow_screen_is_refused_with_the_fix() {
    let server = Server::xvfb_with_depth(16);
    let Err(error) = open(Some(&server.display)) else {
        panic!("16 bits would be miscoloured")
    };
    assert!(error.to_string().contains("depth to 24"), "{error}");
}
