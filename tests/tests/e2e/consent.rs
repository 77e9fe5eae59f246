//! Every form of no gives no picture at all, and only a person's own hand says yes.

use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::{Connected, Estate};
use farpane_tests::rig::room::Room;
use farpane_tests::rig::wait_until;
use farpane_tests::rig::xclient::key;

use super::turn;

const STEP: Duration = Duration::from_secs(20);

/// Asserts that a session ended without a single picture.
fn no_picture(session: &Connected) {
    let seen: Vec<_> = session
        .events()
        .into_iter()
        .filter(|event| event["event"] == "presented")
        .collect();
    assert!(seen.is_empty(), "{seen:?}");
    let live = session.events().iter().any(|event| event["step"] == "live");
    assert!(!live);
}

#[test]
fn a_persons_no_is_no_and_a_programs_click_is_nothing() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::open(estate.folder())?;
    let host = estate.enroll_host("till-01", &[]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-01", room.technician_display(), &[])?;
    session.expect_step("waiting_for_person", STEP);

    // A program at the device clicks Allow and presses Enter and Space by XTEST: nothing happens.
    let (x, y) = room.yes_button();
    for _ in 0..5 {
        room.device.click(x, y)?;
        room.device.tap(key::TAB)?;
        room.device.tap(key::ENTER)?;
        room.device.tap(key::SPACE)?;
    }
    assert!(room.is_asked()?, "the question is still open");
    assert!(session.process.is_running());

    room.say_no()?;
    assert_eq!(session.expect_exit(STEP), 3);
    no_picture(&session);
    assert!(
        session.process.log().contains("refused"),
        "{}",
        session.process.log()
    );
    wait_until("the record of the refusal", STEP, || {
        !estate.audit("person_refused").is_empty()
    });
    Ok(())
}

#[test]
fn a_question_that_cannot_be_shown_is_no() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::open(estate.folder())?;
    let host = estate.enroll_host("till-02", &[]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-02", room.technician_display(), &[])?;
    session.expect_step("waiting_for_person", STEP);
    room.yes_button();
    room.device.destroy_top_window()?;
    assert_eq!(session.expect_exit(STEP), 3);
    no_picture(&session);
    wait_until("the record of it", STEP, || {
        !estate.audit("consent_unavailable").is_empty()
    });
    Ok(())
}

#[test]
#[ignore = "a minute of silence; run by `cargo xtask test --long`"]
fn silence_is_no() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::open(estate.folder())?;
    let host = estate.enroll_host("till-03", &[]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-03", room.technician_display(), &[])?;
    session.expect_step("waiting_for_person", STEP);
    assert_eq!(session.expect_exit(Duration::from_secs(90)), 4);
    no_picture(&session);
    Ok(())
}
