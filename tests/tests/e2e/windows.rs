//! A window for each monitor of a device: moved on their own, each takes its own clicks, and the
//! session goes on until the last one is closed.

use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::{Connected, Estate};
use farpane_tests::rig::room::Room;
use farpane_tests::rig::xclient::{Area, key};
use farpane_tests::rig::{wait_for, wait_until};

use super::turn;

const STEP: Duration = Duration::from_secs(20);

/// The monitors of the device; the first one is the primary. Both fit on the technician's display,
/// one beside the other.
const LEFT: Area = Area {
    x: 0,
    y: 0,
    width: 500,
    height: 480,
};
const RIGHT: Area = Area {
    x: 500,
    y: 60,
    width: 490,
    height: 400,
};

/// What the viewer covers with its own controls at the top of its window.
const CONTROLS: u32 = 64;

/// Part of the titles of the two windows, where there are two.
const LEFT_TITLE: &str = "till-16 · left ·";
const RIGHT_TITLE: &str = "till-16 · right ·";

/// Whether the window of that title shows that monitor pixel for pixel.
fn is_exact(room: &Room, title: &str, monitor: Area) -> bool {
    let Ok(Some(window)) = room.technician.window_called(title) else {
        return false;
    };
    let (Ok(near), Ok(far)) = (room.technician.shot(), room.device.shot()) else {
        return false;
    };
    let Ok(place) = room.technician.place_of(window) else {
        return false;
    };
    let below = |area: Area| Area {
        y: area.y + CONTROLS,
        height: monitor.height - CONTROLS,
        ..area
    };
    let is_inside = place.x + place.width <= near.width && place.y + place.height <= near.height;
    let is_whole = (place.width, place.height) == (monitor.width, monitor.height);
    is_inside && is_whole && near.part(below(place)) == far.part(below(monitor))
}

/// Moves the window of that title, once it is there.
fn place(room: &Room, title: &str, x: i32, y: i32) -> Result<u32> {
    let window = wait_for("the window", STEP, || {
        room.technician.window_called(title).ok().flatten()
    });
    room.technician.move_window(window, x, y)?;
    Ok(window)
}

/// Clicks at a pixel of the monitor in the window of that title; where that arrives.
fn click(room: &Room, title: &str, x: u32, y: u32) -> Result<(u8, i16, i16)> {
    let window = wait_for("the window", STEP, || {
        room.technician.window_called(title).ok().flatten()
    });
    let place = room.technician.place_of(window)?;
    room.device.presses()?;
    room.technician.click(place.x + x, place.y + y)?;
    let presses = wait_for("the click at the device", STEP, || {
        room.device
            .presses()
            .ok()
            .filter(|presses| !presses.is_empty())
    });
    Ok(presses[0])
}

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

/// A session with both monitors in windows side by side, and something to tell them apart.
fn both(estate: &Estate, room: &Room) -> Result<Connected> {
    room.device
        .set_monitors(&[("left", LEFT), ("right", RIGHT)])?;
    let viewer = estate.sign_in("viewer");
    let mut session =
        viewer.connect("till-16", room.technician_display(), &["--monitors", "all"])?;
    session.expect_step("live", STEP);
    place(room, LEFT_TITLE, 4, 40)?;
    place(room, RIGHT_TITLE, 520, 40)?;
    room.device.cover(0x0030_60c0)?;
    room.device.photograph(Area {
        x: 300,
        y: 200,
        width: 450,
        height: 200,
    })?;
    wait_until("both monitors at the viewer", STEP, || {
        is_exact(room, LEFT_TITLE, LEFT) && is_exact(room, RIGHT_TITLE, RIGHT)
    });
    Ok(session)
}

/// Waits until the monitors with these numbers are the last that the viewer asked for.
fn expect_asked(session: &Connected, surfaces: &[u32]) {
    wait_until(&format!("a wish for {surfaces:?}"), STEP, || {
        let asked = session.events().into_iter().rev();
        let mut asked = asked.filter(|event| event["event"] == "asked_for");
        asked
            .next()
            .is_some_and(|event| event["surfaces"] == serde_json::json!(surfaces))
    });
}

#[test]
fn each_monitor_has_its_window_which_takes_its_own_clicks_until_the_last_is_closed() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-16", &["--unattended"]);
    let viewer = estate.sign_in("other");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = both(&estate, &room)?;
    assert_eq!(click(&room, RIGHT_TITLE, 37, 300)?, (1, 537, 360));
    assert_eq!(click(&room, LEFT_TITLE, 37, 300)?, (1, 37, 300));

    // Minimised it costs nothing; brought back it is as the device is by then.
    let right = place(&room, RIGHT_TITLE, 520, 40)?;
    room.technician.minimise(right)?;
    expect_asked(&session, &[0]);
    room.device.photograph(Area {
        x: 450,
        y: 300,
        width: 200,
        height: 90,
    })?;
    wait_until("the other window", STEP, || {
        is_exact(&room, LEFT_TITLE, LEFT)
    });
    room.technician.activate(right)?;
    expect_asked(&session, &[1, 0]);
    wait_until("the window that came back", STEP, || {
        is_exact(&room, RIGHT_TITLE, RIGHT)
    });

    // Closed, it can be opened again from the menu of the other one.
    room.technician.close_window(right)?;
    wait_until("one window", STEP, || {
        let left = room.technician.window_called(RIGHT_TITLE);
        matches!(left, Ok(None))
    });
    assert_eq!(click(&room, "till-16 ·", 41, 300)?, (1, 41, 300));
    shortcut(&room, key::M)?;
    room.technician.tap(key::DOWN)?;
    room.technician.tap(key::DOWN)?;
    room.technician.tap(key::ENTER)?;
    place(&room, RIGHT_TITLE, 520, 40)?;
    wait_until("both monitors again", STEP, || {
        is_exact(&room, LEFT_TITLE, LEFT) && is_exact(&room, RIGHT_TITLE, RIGHT)
    });

    // The first window is no more than the others.
    let left = place(&room, LEFT_TITLE, 4, 40)?;
    room.technician.close_window(left)?;
    room.device.photograph(Area {
        x: 520,
        y: 200,
        width: 80,
        height: 90,
    })?;
    wait_until("the window that is left", STEP, || {
        is_exact(&room, "till-16 · see", RIGHT)
    });
    assert_eq!(click(&room, "till-16 · see", 60, 300)?, (1, 560, 360));
    let last = place(&room, "till-16 ·", 520, 40)?;
    room.technician.close_window(last)?;
    assert_eq!(session.expect_exit(STEP), 0);
    Ok(())
}

#[test]
fn window_of_an_unplugged_monitor_closes_and_the_others_stay() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-16", &["--unattended"]);
    let viewer = estate.sign_in("other");
    let _host = host.start(room.device_display(), &viewer)?;
    let _session = both(&estate, &room)?;
    room.device.set_monitors(&[("left", LEFT)])?;
    wait_until("one window", STEP, || {
        let right = room.technician.window_called(RIGHT_TITLE);
        matches!(right, Ok(None))
    });
    assert_eq!(click(&room, "till-16 ·", 77, 100)?, (1, 77, 100));
    Ok(())
}
