//! Sizes of the device's screen: it gets another one in the middle of a session, and the viewer
//! follows; it is a large one, and is exact all the same.

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

/// Has the viewer show pixels as they are, whatever the size.
fn pixel_for_pixel(room: &Room) -> Result<()> {
    let prefix = [key::CONTROL, key::ALT, key::SHIFT];
    for code in prefix {
        room.technician.key(code, true)?;
    }
    room.technician.tap(key::ONE)?;
    for code in prefix {
        room.technician.key(code, false)?;
    }
    Ok(())
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
    pixel_for_pixel(&room)?;

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

#[test]
fn screen_of_3840_by_2160_is_exact_in_the_part_that_is_looked_at() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let (width, height) = (3840, 2160);
    let room = Room::with_a_screen_of(estate.folder(), width, height)?;
    let host = estate.enroll_host("till-14", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-14", room.technician_display(), &["--fullscreen"])?;
    session.expect_step("live", STEP);
    room.technician.point(WIDTH / 2, HEIGHT / 2)?;
    pixel_for_pixel(&room)?;
    // A photograph over all of it, of which the viewer shows the upper left corner.
    room.device.photograph(Area {
        x: 0,
        y: 0,
        width,
        height,
    })?;
    let seen = Area {
        x: 0,
        y: CONTROLS,
        width: WIDTH,
        height: HEIGHT - CONTROLS,
    };
    wait_until("the corner at the viewer", 3 * STEP, || {
        let shots = (room.technician.shot(), room.device.shot());
        matches!(shots, (Ok(near), Ok(far)) if near.part(seen) == far.part(seen))
    });
    Ok(())
}
