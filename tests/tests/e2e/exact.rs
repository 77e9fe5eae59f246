//! What is read is exact: pixel by pixel, through the relay, in the real viewer.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::room::Room;
use farpane_tests::rig::wait_until;
use farpane_tests::rig::xclient::{Area, key};

use super::turn;

const STEP: Duration = Duration::from_secs(20);

/// The terminal's text, away from the viewer's own controls.
const TERMINAL: Area = Area {
    x: 64,
    y: 130,
    width: 560,
    height: 360,
};

/// Where the photograph is put.
const PHOTOGRAPH: Area = Area {
    x: 180,
    y: 200,
    width: 500,
    height: 400,
};

fn is_exact(room: &Room, area: Area) -> bool {
    let (Ok(near), Ok(far)) = (room.technician.shot(), room.device.shot()) else {
        return false;
    };
    near.part(area) == far.part(area)
}

#[test]
fn typed_text_and_a_photograph_are_the_same_pixels_on_both_sides() -> Result<()> {
    through("memory")
}

#[test]
fn the_graphics_card_shows_the_same_pixels() -> Result<()> {
    // A pretended one: on a virtual display OpenGL computes on the processor.
    through("card")
}

/// A session whose viewer presents that way.
fn through(way: &str) -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-11", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let typed = room.notebook()?;
    let options = ["--fullscreen", "--present", way];
    let mut session = viewer.connect("till-11", room.technician_display(), &options)?;
    session.expect_step("live", STEP);
    let shown = session.expect("a picture that went this way", STEP, |event| {
        event["event"] == "presented" && event["by"] == way
    });
    let at = |moment: &str| shown[moment].as_u64().unwrap_or_default();
    let moments = ["first_byte_us", "whole_us", "decoded_us", "t_present_us"].map(at);
    assert!(moments[0] > 0 && moments.is_sorted(), "{shown}");
    room.technician.point(300, 300)?;

    let mut expected = String::new();
    for line in ["sphinx of black quartz", "judge my vow 1234567890"] {
        let before = room.device.shot()?.part(TERMINAL);
        room.technician.type_text(line)?;
        room.technician.tap(key::ENTER)?;
        expected.push_str(line);
        expected.push('\n');
        wait_until("the text in the terminal", STEP, || {
            fs::read_to_string(&typed).is_ok_and(|text| text == expected)
        });
        wait_until("the same text on both sides", STEP, || {
            is_exact(&room, TERMINAL)
        });
        assert_ne!(room.device.shot()?.part(TERMINAL), before, "text was typed");
    }

    // A photograph comes by the lossy video first, and is exact once it stands still.
    room.device.photograph(PHOTOGRAPH)?;
    let shown = room.device.shot()?.part(PHOTOGRAPH);
    let colours: std::collections::BTreeSet<_> = shown.iter().collect();
    assert!(colours.len() > 10_000, "a photograph stands there");
    wait_until("the same photograph on both sides", STEP, || {
        is_exact(&room, PHOTOGRAPH)
    });
    Ok(())
}
