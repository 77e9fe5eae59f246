//! The device's screen gets another size in the middle of a session, and the viewer follows.

use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::room::{HEIGHT, Room, WIDTH};
use farpane_tests::rig::wait_until;
use farpane_tests::rig::xclient::{Area, key};

use super::turn;

const STEP: Duration = Duration::from_secs(20);

/// What the viewer covers with its own controls at the top of its window.
const CONTROLS: u32 = 64;

/// Whether the viewer shows the device's screen pixel for pixel in the middle of its display.
fn is_exact(room: &Room, width: u32, height: u32) -> bool {
    let (Ok(near), Ok(far)) = (room.technician.shot(), room.device.shot()) else {
        return false;
    };
    let (left, top) = ((WIDTH - width) / 2, (HEIGHT - height) / 2);
    let hidden = CONTROLS.saturating_sub(top);
    let there = Area {
        x: 0,
        y: hidden,
        width,
        height: height - hidden,
    };
    let here = Area {
        x: left,
        y: top + hidden,
        ..there
    };
    (far.width, far.height) == (width, height) && near.part(here) == far.part(there)
}

#[test]
fn screen_that_changes_its_size_is_followed_and_exact() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-12", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-12", room.technician_display(), &["--fullscreen"])?;
    session.expect_step("live", STEP);
    room.technician.point(WIDTH / 2, HEIGHT / 2)?;
    // Pixel for pixel, whatever the size.
    let actual = [key::CONTROL, key::ALT, key::SHIFT];
    actual
        .iter()
        .try_for_each(|code| room.technician.key(*code, true))?;
    room.technician.tap(key::ONE)?;
    actual
        .iter()
        .try_for_each(|code| room.technician.key(*code, false))?;

    for (width, height) in [
        (WIDTH, HEIGHT),
        (640, 480),
        (1000, 702),
        (641, 703),
        (WIDTH, HEIGHT),
    ] {
        room.device.set_mode(width, height)?;
        // Something to see up to the last corner, that comes by both ways of the picture.
        room.device.cover(0x0030_60c0 + width)?;
        room.device.photograph(Area {
            x: width - 300,
            y: height - 200,
            width: 300,
            height: 200,
        })?;
        wait_until(&format!("{width}×{height} on both sides"), STEP, || {
            is_exact(&room, width, height)
        });
    }
    Ok(())
}
