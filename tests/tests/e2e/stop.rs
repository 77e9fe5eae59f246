//! A live session can be ended from every side, at once, and each side is told why.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::room::Room;
use farpane_tests::rig::wait_until;
use farpane_tests::rig::xclient::key;
use serde_json::Value;

use super::turn;

const STEP: Duration = Duration::from_secs(20);

#[test]
fn an_administrator_ends_a_session_and_the_rules_stay_put_meanwhile() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-41", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-41", room.technician_display(), &[])?;
    session.expect_step("live", STEP);

    // Nobody loosens or tightens the rules under a session with control.
    let locked = host.run(&["policy", "attended"]);
    assert_eq!(locked.code, 5, "{}", locked.stderr);

    let listed = estate.admin(&["session", "list", "--json"]);
    let listed: Value = serde_json::from_str(listed.expect_done())?;
    let rows = listed.as_array().or_else(|| listed["sessions"].as_array());
    let rows = rows.context("sessions are a list")?;
    let id = rows
        .iter()
        .find_map(|row| row["id"].as_str())
        .context("a session has an id")?;
    let stopped = Instant::now();
    assert_eq!(estate.admin(&["session", "stop", id]).code, 0);
    assert_eq!(session.expect_exit(STEP), 8, "{}", session.process.log());
    println!("the viewer ended {:?} after the order", stopped.elapsed());
    wait_until("the rules to be free again", STEP, || {
        host.run(&["policy", "attended"]).code == 0
    });
    assert_eq!(host.run(&["policy", "show"]).code, 0);
    wait_until("the record", STEP, || !estate.audit("revoked").is_empty());
    Ok(())
}

#[test]
fn the_person_ends_a_session_with_one_key_and_a_program_cannot() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::open(estate.folder())?;
    let host = estate.enroll_host("till-42", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-42", room.technician_display(), &[])?;
    session.expect_step("live", STEP);
    let press = |hands: &farpane_tests::rig::xclient::XClient| -> Result<()> {
        for code in [key::CONTROL, key::ALT, key::PAUSE] {
            hands.key(code, true)?;
        }
        for code in [key::PAUSE, key::ALT, key::CONTROL] {
            hands.key(code, false)?;
        }
        Ok(())
    };
    press(&room.device)?;
    // The person's hand comes after the program's, so that the program had its chance.
    std::thread::sleep(Duration::from_millis(500));
    assert!(
        session.process.is_running(),
        "a program's keys stop nothing"
    );
    room.person.point(500, 500)?;
    press(&room.person)?;
    assert_eq!(session.expect_exit(STEP), 3, "{}", session.process.log());
    wait_until("the record", STEP, || {
        !estate.audit("person_stopped").is_empty()
    });
    Ok(())
}

#[test]
fn rules_that_change_under_a_running_host_reach_the_directory() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-44", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let access = || viewer.run(&["devices", "--json"]).stdout;
    assert!(access().contains("\"unattended\""), "{}", access());
    assert_eq!(host.run(&["policy", "attended"]).code, 0);
    wait_until("the directory to know that somebody is asked", STEP, || {
        access().contains("\"ask\"")
    });
    Ok(())
}

#[test]
fn a_directory_that_is_away_ends_no_session_and_starts_none() -> Result<()> {
    let _turn = turn();
    let mut estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    {
        let host = estate.enroll_host("till-43", &["--unattended"]);
        let viewer = estate.sign_in("viewer");
        let _host = host.start(room.device_display(), &viewer)?;
        let mut session = viewer.connect("till-43", room.technician_display(), &[])?;
        session.expect_step("live", STEP);
        estate.directory.signal(rustix::process::Signal::KILL);
        let refused = viewer.run(&["devices"]);
        assert_eq!(refused.code, 6, "{}", refused.stderr);
        assert!(session.process.is_running(), "the live session goes on");
    }
    estate.restart_directory()?;
    let verified = estate.admin(&["audit", "verify"]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    Ok(())
}
