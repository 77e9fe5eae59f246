//! What the library `scrap` leaves undone and the back end makes up for.

use std::time::Instant;

use farpane_host::platform::{PlatformError, Waker};
use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::{Rect, Size};

use crate::client::PATIENCE;
use crate::servers::Server;

/// Extent of a screen that no other test has, by which its memory is known.
const ODD: (u32, u32) = (533, 377);

fn blank() -> BgraPicture {
    BgraPicture::new(Size::new(1, 1).expect("valid"))
}

/// Permissions and number of processes of every segment of ours for a screen of that extent.
fn segments((width, height): (u32, u32)) -> Vec<(u32, u32)> {
    let list = std::fs::read_to_string("/proc/sysvipc/shm").expect("the kernel's list");
    let ours = std::process::id().to_string();
    let bytes = (2 * 4 * width * height).to_string();
    let rows = list.lines().map(|line| line.split_whitespace().collect());
    let rows = rows.filter(|row: &Vec<&str>| row[3] == bytes && row[4] == ours);
    rows.map(|row| {
        let perms = u32::from_str_radix(row[2], 8).expect("octal");
        (perms & 0o777, row[6].parse().expect("a count"))
    })
    .collect()
}

#[test]
fn no_other_user_may_read_the_screen_and_nothing_stays_behind() {
    let server = Server::xvfb_of(ODD.0, ODD.1);
    let mut capture = server.platform_by_scrap().capture().expect("capture");
    let mut picture = blank();
    capture.grab(0, &mut picture).expect("grab");
    assert_eq!(
        segments(ODD),
        [(0o600, 2)],
        "we and the X server, nobody else"
    );
    drop(capture);
    let client = server.client();
    crate::client::eventually("the memory is gone", || {
        client.sync();
        segments(ODD).is_empty()
    });
}

#[test]
fn connection_that_ends_is_an_error_and_no_old_picture() {
    let mut server = Server::xvfb();
    let mut capture = server.platform_by_scrap().capture().expect("capture");
    let mut picture = blank();
    capture.grab(0, &mut picture).expect("grab");
    server.kill();
    let waker = Waker::new().expect("waker");
    let waited = capture.wait(Some(Instant::now() + PATIENCE), &waker);
    assert!(matches!(waited, Err(PlatformError::Lost(_))), "{waited:?}");
    let grabbed = capture.grab(0, &mut picture);
    assert!(
        matches!(grabbed, Err(PlatformError::Lost(_))),
        "{grabbed:?}"
    );
}

#[test]
fn screen_that_shrinks_under_a_grab_is_followed_at_once() {
    let server = Server::xvfb();
    let client = server.client();
    let mut capture = server.platform_by_scrap().capture().expect("capture");
    let mut picture = blank();
    capture.grab(0, &mut picture).expect("grab");
    client.set_mode(640, 480);
    let everything = Rect {
        x: 0,
        y: 0,
        width: 640,
        height: 480,
    };
    client.fill(everything, 0x0012_3456);
    capture.grab(0, &mut picture).expect("grab");
    assert_eq!(picture.size(), Size::new(640, 480).expect("valid"));
    assert!(
        picture
            .as_pixels()
            .iter()
            .all(|pixel| *pixel == 0xff12_3456)
    );
}
