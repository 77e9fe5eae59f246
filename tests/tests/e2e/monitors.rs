//! A device with several monitors: one is shown, another one is chosen, and what is pressed goes
//! where the technician looks.

use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::{Connected, Estate};
use farpane_tests::rig::room::{HEIGHT, Room, WIDTH};
use farpane_tests::rig::xclient::{Area, key};
use farpane_tests::rig::{wait_for, wait_until};

use super::turn;

const STEP: Duration = Duration::from_secs(20);

/// The monitors of the device; the first one is the primary.
const LEFT: Area = Area {
    x: 0,
    y: 0,
    width: 560,
    height: 700,
};
const RIGHT: Area = Area {
    x: 560,
    y: 60,
    width: 464,
    height: 620,
};

/// What the viewer covers with its own controls at the top of its window.
const CONTROLS: u32 = 64;

/// More bytes than a photograph of 32 by 32 pixels takes with what it touches, and far fewer than
/// one of 500 by 500.
const LITTLE: u64 = 10_000;

/// Where a monitor's upper left corner is on the technician's display: it is shown in the middle.
fn corner(monitor: Area) -> (u32, u32) {
    ((WIDTH - monitor.width) / 2, (HEIGHT - monitor.height) / 2)
}

/// Whether the viewer shows that monitor pixel for pixel, and nothing beside it.
fn is_exact(room: &Room, monitor: Area) -> bool {
    let (Ok(near), Ok(far)) = (room.technician.shot(), room.device.shot()) else {
        return false;
    };
    let (x, top) = corner(monitor);
    let hidden = CONTROLS.saturating_sub(top);
    let there = Area {
        y: monitor.y + hidden,
        height: monitor.height - hidden,
        ..monitor
    };
    let here = Area {
        x,
        y: top + hidden,
        ..there
    };
    let beside = near.at(x - 1, HEIGHT / 2);
    near.part(here) == far.part(there) && beside == near.at(1, HEIGHT - 2)
}

/// What the pictures took that were shown so far, in bytes.
fn bytes(session: &Connected) -> u64 {
    let events = session.events().into_iter();
    let presented = events.filter(|event| event["event"] == "presented");
    presented.filter_map(|event| event["bytes"].as_u64()).sum()
}

/// Presses a key with what the window keeps for itself.
fn shortcut(room: &Room, code: u8) -> Result<()> {
    let prefix = [key::CONTROL, key::ALT, key::SHIFT];
    prefix
        .iter()
        .try_for_each(|code| room.technician.key(*code, true))?;
    room.technician.tap(code)?;
    prefix
        .iter()
        .try_for_each(|code| room.technician.key(*code, false))
}

/// Clicks at a pixel of the monitor that is shown; where that arrives.
fn click(room: &Room, monitor: Area, x: u32, y: u32) -> Result<(u8, i16, i16)> {
    let (left, top) = corner(monitor);
    room.device.presses()?;
    room.technician.click(left + x, top + y)?;
    let presses = wait_for("the click at the device", STEP, || {
        room.device
            .presses()
            .ok()
            .filter(|presses| !presses.is_empty())
    });
    Ok(presses[0])
}

#[test]
fn a_monitor_that_the_question_was_not_about_ends_the_session() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::open(estate.folder())?;
    let upper = Area {
        x: 0,
        y: 0,
        width: WIDTH,
        height: HEIGHT - 40,
    };
    let lower = Area {
        y: HEIGHT - 40,
        height: 40,
        ..upper
    };
    let host = estate.enroll_host("till-14", &[]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-14", room.technician_display(), &[])?;
    session.expect_step("waiting_for_person", STEP);
    room.yes_button();
    // Another monitor takes the place of the one that the question is about.
    room.device
        .set_monitors(&[("new", upper), ("other", lower)])?;
    assert_ne!(session.expect_exit(STEP), 0);
    let seen = session.events();
    assert!(seen.iter().all(|event| event["event"] != "presented"));
    Ok(())
}

#[test]
fn a_monitor_that_comes_first_after_the_answer_ends_the_session() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::open(estate.folder())?;
    room.device
        .set_monitors(&[("left", LEFT), ("right", RIGHT)])?;
    let host = estate.enroll_host("till-15", &[]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-15", room.technician_display(), &[])?;
    session.expect_step("waiting_for_person", STEP);
    room.say_yes()?;
    session.expect_step("live", STEP);
    room.device
        .set_monitors(&[("new", RIGHT), ("left", LEFT)])?;
    assert_ne!(session.expect_exit(STEP), 0);
    let log = session.process.log();
    assert!(log.contains("no screen that can be shown"), "{log}");
    Ok(())
}

#[test]
fn chosen_monitor_is_shown_exactly_and_takes_the_clicks_until_it_is_unplugged() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    room.device
        .set_monitors(&[("left", LEFT), ("right", RIGHT)])?;
    let host = estate.enroll_host("till-13", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-13", room.technician_display(), &["--fullscreen"])?;
    session.expect_step("live", STEP);
    room.technician.point(WIDTH / 2, HEIGHT / 2)?;
    shortcut(&room, key::ONE)?; // pixel for pixel

    // Something to tell them apart, across both.
    room.device.cover(0x0030_60c0)?;
    room.device.photograph(Area {
        x: 400,
        y: 300,
        width: 400,
        height: 250,
    })?;
    wait_until("the primary monitor at the viewer", STEP, || {
        is_exact(&room, LEFT)
    });
    assert_eq!(click(&room, LEFT, 37, 500)?, (1, 37, 500));

    shortcut(&room, key::M)?;
    room.technician.tap(key::DOWN)?;
    room.technician.tap(key::ENTER)?;
    wait_until("the other monitor at the viewer", STEP, || {
        is_exact(&room, RIGHT)
    });
    assert_eq!(click(&room, RIGHT, 37, 500)?, (1, 560 + 37, 60 + 500));

    // It goes on being shown, and what happens beside it is not sent: not a byte of a photograph
    // there comes before the little one here.
    let before = bytes(&session);
    room.device.photograph(Area {
        x: 20,
        y: 100,
        width: 500,
        height: 500,
    })?;
    room.device.photograph(Area {
        x: 700,
        y: 200,
        width: 32,
        height: 32,
    })?;
    wait_until("the photograph at the viewer", STEP, || {
        is_exact(&room, RIGHT) && bytes(&session) > before
    });
    let sent = bytes(&session) - before;
    assert!(sent < LITTLE, "{sent} bytes for a little photograph");

    // Unplugged, it gives way to the primary one, which may have another size by then.
    let larger = Area {
        width: 900,
        height: 720,
        ..LEFT
    };
    room.device.set_monitors(&[("left", larger)])?;
    wait_until("the monitor that is left", STEP, || is_exact(&room, larger));
    assert_eq!(click(&room, larger, 899, 600)?, (1, 899, 600));

    // Where there is one only, there is nothing to choose.
    shortcut(&room, key::M)?;
    room.technician.tap(key::DOWN)?;
    room.technician.tap(key::ENTER)?;
    assert_eq!(click(&room, larger, 5, 400)?, (1, 5, 400));
    Ok(())
}
