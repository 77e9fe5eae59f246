//! A session as it should be: the person agrees, keys and clicks arrive, the picture comes back.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::room::{HEIGHT, Room, WIDTH};
use farpane_tests::rig::xclient::key;
use farpane_tests::rig::{wait_for, wait_until};

use super::turn;

const STEP: Duration = Duration::from_secs(20);

#[test]
fn a_person_agrees_text_and_clicks_arrive_and_the_picture_comes_back() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut room = Room::open(estate.folder())?;
    let host = estate.enroll_host("till-07", &[]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let typed = room.notebook()?;

    let options = ["--fullscreen", "--reason", "printer offline"];
    let mut session = viewer.connect("till-07", room.technician_display(), &options)?;
    session.expect_step("waiting_for_person", STEP);
    room.say_yes()?;
    session.expect_step("live", STEP);

    // The picture at the viewer is the picture at the device.
    room.person.point(300, 300)?;
    let like = wait_for("the same picture on both sides", STEP, || {
        let (near, far) = (room.technician.shot().ok()?, room.device.shot().ok()?);
        Some(near.likeness(&far, 48)).filter(|like| *like > 0.98)
    });
    assert!(like > 0.98);

    // What the tests of a refusal look for in vain is there in a session that was allowed.
    session.expect("a picture in the trace", STEP, |event| {
        event["event"] == "presented"
    });

    // Text typed into the viewer's window arrives in the terminal, and its picture comes back.
    room.technician.point(300, 300)?;
    let before = room.technician.settled(STEP)?;
    room.technician.type_text("hello from afar 42")?;
    room.technician.tap(key::ENTER)?;
    wait_until("the text in the terminal", STEP, || {
        fs::read_to_string(&typed).is_ok_and(|text| text == "hello from afar 42\n")
    });
    wait_until("the picture of the text", STEP, || {
        let Ok(now) = room.technician.shot() else {
            return false;
        };
        let changed = now
            .pixels
            .iter()
            .zip(&before.pixels)
            .filter(|(a, b)| a != b)
            .count();
        changed > 200
    });

    // A click lands on the right pixel: the viewer shows the device 1:1 on a display of its size.
    room.device.cover(0x0030_60c0)?;
    wait_until("the covering window at the viewer", STEP, || {
        room.technician.shot().is_ok_and(|shot| {
            let [_, r, g, b] = shot.at(WIDTH / 2, HEIGHT / 2).to_be_bytes();
            r.abs_diff(0x30) < 16 && g.abs_diff(0x60) < 16 && b.abs_diff(0xc0) < 16
        })
    });
    for (x, y) in [(321, 234), (700, 601), (WIDTH - 2, HEIGHT - 2)] {
        room.technician.click(x, y)?;
        let presses = wait_for("the click at the device", STEP, || {
            room.device
                .presses()
                .ok()
                .filter(|presses| !presses.is_empty())
        });
        assert_eq!(presses, [(1, i16::try_from(x)?, i16::try_from(y)?)]);
    }
    Ok(())
}

#[test]
fn view_only_lets_no_input_through() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut room = Room::open(estate.folder())?;
    let host = estate.enroll_host("till-08", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let typed = room.notebook()?;
    let options = ["--fullscreen", "--view-only"];
    let mut session = viewer.connect("till-08", room.technician_display(), &options)?;
    session.expect_step("live", STEP);
    room.technician.point(300, 300)?;
    room.technician.type_text("nothing")?;
    room.technician.tap(key::ENTER)?;
    // What the person types afterwards arrives; had the viewer's keys come through, they would
    // stand before it.
    room.person.point(300, 300)?;
    room.person.type_text("mine")?;
    room.person.tap(key::ENTER)?;
    wait_until("the person's text", STEP, || {
        fs::read_to_string(&typed).is_ok_and(|text| !text.is_empty())
    });
    assert_eq!(fs::read_to_string(&typed)?, "mine\n");
    Ok(())
}
