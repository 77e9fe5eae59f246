//! Clipboard text between the programs of both sides: as it was, where it may go, and nowhere else.

use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::clip::{PasswordManager, Tool};
use farpane_tests::rig::estate::{Connected, Estate};
use farpane_tests::rig::room::{HEIGHT, Room, WIDTH};
use farpane_tests::rig::xclient::key;
use farpane_tests::rig::{wait_for, wait_until};

use super::turn;

const STEP: Duration = Duration::from_secs(20);

/// Longer than what either side gives in one piece.
const LONG: usize = 900_000;

/// Waits until pasting at a display gives the text.
#[track_caller]
fn expect_paste(tool: Tool, display: &str, text: &str) {
    let what = format!("{} bytes on the clipboard of {display}", text.len());
    wait_until(&what, STEP, || tool.paste(display) == text);
}

/// The technician presses a key for the device, so that what they copied may go there.
fn act(room: &Room) -> Result<()> {
    room.technician.point(WIDTH / 2, HEIGHT / 2)?;
    room.technician.tap(key::SHIFT)
}

/// Everything that was sent so far has been handled: a picture made afterwards is there.
fn settle(room: &Room, colour: u32) -> Result<()> {
    room.device.cover(colour)?;
    wait_until("a picture of what was done last", STEP, || {
        room.technician
            .shot()
            .is_ok_and(|shot| shot.at(WIDTH / 2, HEIGHT / 2) == colour)
    });
    Ok(())
}

fn leave(room: &Room, session: &mut Connected) -> Result<()> {
    for code in [key::CONTROL, key::ALT, key::SHIFT] {
        room.technician.key(code, true)?;
    }
    room.technician.tap(16)?; // Q
    for code in [key::SHIFT, key::ALT, key::CONTROL] {
        room.technician.key(code, false)?;
    }
    assert_eq!(session.expect_exit(STEP), 0);
    Ok(())
}

#[test]
fn text_goes_both_ways_as_it_was_and_stays_when_the_session_is_over() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-01", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let (far, near) = (room.device_display(), room.technician_display());
    Tool::Xclip.copy(far, "copied before the session")?;
    Tool::Xclip.copy(near, "copied beforehand")?;
    let _host = host.start(far, &viewer)?;
    let mut session = viewer.connect("till-01", near, &["--fullscreen"])?;
    session.expect_step("live", STEP);
    wait_for("the picture", STEP, || {
        let presented = |event: &serde_json::Value| event["event"] == "presented";
        session.events().iter().any(presented).then_some(())
    });
    assert_eq!(
        Tool::Xclip.paste(far),
        "copied before the session",
        "a window that nobody touched sends nothing"
    );
    act(&room)?;
    expect_paste(Tool::Xclip, far, "copied beforehand");
    assert_eq!(
        Tool::Xclip.paste(near),
        "copied beforehand",
        "what was there before the session stays at the device"
    );

    let long: String = "Zażółć gęślą jaźń 👩‍🔧 \r\n"
        .chars()
        .cycle()
        .take(LONG / 2)
        .collect();
    let long = long.trim_end().to_owned();
    assert!(long.len() > 600_000);
    let ascii = "x".repeat(LONG);
    for text in ["Grüße, 世界 👋🏽", "one\r\ntwo\r\n\tthree\n", &long, &ascii] {
        Tool::Xsel.copy(near, text)?;
        expect_paste(Tool::Xsel, far, text);
        let back = format!("{text} and back");
        Tool::Xsel.copy(far, &back)?;
        expect_paste(Tool::Xclip, near, &back);
    }

    // A secret and a text that is too long stay where they are; what follows arrives.
    Tool::Xclip.copy(far, "harmless")?;
    expect_paste(Tool::Xclip, near, "harmless");
    for (colour, display, other) in [(0x0012_3456, far, near), (0x0065_4321, near, far)] {
        let secret = PasswordManager::copy(display, "hunter2")?;
        settle(&room, colour)?;
        assert_eq!(Tool::Xclip.paste(other), "harmless");
        drop(secret);
        Tool::Xsel.copy(display, &"y".repeat(1_200_000))?;
        settle(&room, colour + 0x0001_0000)?;
        assert_eq!(Tool::Xclip.paste(other), "harmless");
        Tool::Xclip.copy(display, "harmless again")?;
        expect_paste(Tool::Xclip, other, "harmless again");
        Tool::Xclip.copy(display, "harmless")?;
        expect_paste(Tool::Xclip, other, "harmless");
    }

    // Both clipboards hold what the other side put there, also without the session.
    Tool::Xclip.copy(far, "last from the device")?;
    expect_paste(Tool::Xclip, near, "last from the device");
    leave(&room, &mut session)?;
    assert_eq!(Tool::Xclip.paste(near), "last from the device");
    let mut session = viewer.connect("till-01", near, &["--fullscreen"])?;
    session.expect_step("live", STEP);
    Tool::Xclip.copy(near, "last from the technician")?;
    act(&room)?;
    expect_paste(Tool::Xclip, far, "last from the technician");
    leave(&room, &mut session)?;
    assert_eq!(Tool::Xclip.paste(far), "last from the technician");
    Tool::Xclip.copy(far, "after the end")?;
    assert_eq!(Tool::Xclip.paste(near), "last from the technician");
    Ok(())
}

#[test]
fn text_goes_only_where_device_rights_and_viewer_let_it() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    let viewer = estate.sign_in("viewer");
    let (far, near) = (room.device_display(), room.technician_display());
    let mut colour = 0x0010_2030;
    let cases = [
        ("from-device", &["--fullscreen"][..], false, true),
        ("to-device", &["--fullscreen"], true, false),
        ("off", &["--fullscreen"], false, false),
        ("both", &["--fullscreen", "--view-only"], false, false),
        (
            "both",
            &["--fullscreen", "--clipboard", "off"],
            false,
            false,
        ),
        (
            "both",
            &["--fullscreen", "--clipboard", "to-device"],
            true,
            false,
        ),
        ("both", &["--fullscreen"], true, true),
    ];
    for (at, (rule, options, into, out)) in cases.into_iter().enumerate() {
        let name = format!("till-{at}");
        let host = estate.enroll_host(&name, &["--unattended"]);
        host.run(&["policy", "clipboard", rule]).expect_done();
        let process = host.start(far, &viewer)?;
        Tool::Xclip.copy(far, "of the device")?;
        Tool::Xclip.copy(near, "of the technician")?;
        let mut session = viewer.connect(&name, near, options)?;
        session.expect_step("live", STEP);
        // The window may learn of it a moment later, and what is pressed before does not count.
        session.expect("a picture", STEP, |event| event["event"] == "presented");
        act(&room)?;
        if into {
            expect_paste(Tool::Xclip, far, "of the technician");
        }
        colour += 0x0010_1010;
        settle(&room, colour)?;
        let arrived = Tool::Xclip.paste(far) == "of the technician";
        assert_eq!(arrived, into, "{rule} {options:?}");
        Tool::Xclip.copy(far, "copied during the session")?;
        if out {
            expect_paste(Tool::Xclip, near, "copied during the session");
        }
        colour += 0x0010_1010;
        settle(&room, colour)?;
        let arrived = Tool::Xclip.paste(near) == "copied during the session";
        assert_eq!(arrived, out, "{rule} {options:?}");
        leave(&room, &mut session)?;
        drop(process);
    }
    Ok(())
}

#[test]
fn the_person_at_the_device_is_asked_for_each_direction_apart() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::open(estate.folder())?;
    let host = estate.enroll_host("till-01", &[]);
    let viewer = estate.sign_in("viewer");
    let (far, near) = (room.device_display(), room.technician_display());
    let _host = host.start(far, &viewer)?;
    for (ticks, into, out) in [(0, false, false), (1, false, true), (2, true, true)] {
        Tool::Xclip.copy(far, "of the device")?;
        Tool::Xclip.copy(near, "of the technician")?;
        let mut session = viewer.connect("till-01", near, &["--fullscreen"])?;
        session.expect_step("waiting_for_person", STEP);
        room.yes_button();
        room.person.point(20, 20)?;
        // From Refuse back over the two rights for the clipboard, which nobody ticked yet.
        room.person.key(key::SHIFT, true)?;
        for tick in 0..ticks {
            room.person.tap(key::TAB)?;
            room.person.key(key::SHIFT, false)?;
            room.person.tap(key::SPACE)?;
            room.person.key(key::SHIFT, true)?;
            assert!(tick < 2);
        }
        room.person.key(key::SHIFT, false)?;
        room.say_yes()?;
        session.expect_step("live", STEP);
        act(&room)?;
        if into {
            expect_paste(Tool::Xclip, far, "of the technician");
        }
        Tool::Xclip.copy(far, "copied during the session")?;
        if out {
            expect_paste(Tool::Xclip, near, "copied during the session");
        }
        leave(&room, &mut session)?;
        assert_eq!(Tool::Xclip.paste(near) == "copied during the session", out);
    }
    Ok(())
}
