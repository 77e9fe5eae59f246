//! A device's way through the console: a ticket, a host that uses it, somebody who approves it, a
//! session that is watched and stopped, and the record of all that.

use std::time::Duration;

use anyhow::{Context as _, Result};
use farpane_tests::rig::browser::look::{DESK, PHONE};
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};
use farpane_tests::rig::room::Room;
use thirtyfour::Key;

use super::turn;

const STEP: Duration = Duration::from_secs(20);

#[test]
fn a_ticket_from_the_page_enrols_a_device_that_somebody_approves() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;
    browser.open("/enrolment")?;
    browser.click("form[action='/enrolment'] input[name=queue]")?;
    browser.click("form[action='/enrolment'] button")?;
    let command = browser.text("code.command")?;
    let ticket = command
        .split_whitespace()
        .find(|word| word.starts_with("farpane-ticket1."))
        .with_context(|| format!("a ticket in {command}"))?;
    let host = estate.host("till-07");
    host.run(&["enroll", ticket, "--name", "till-07"])
        .expect_done();

    browser.open("/enrolment")?;
    browser.expect_text("tbody", "till-07");
    browser.click_on("form[action$='/approve'] button", "Approve")?;
    browser.expect_none("form[action$='/approve']");
    browser.open("/devices?q=till")?;
    browser.expect_text("tbody", "till-07");
    assert!(estate.audit("device_approved").len() == 1);
    browser.finish();
    Ok(())
}

#[test]
fn stop_in_the_page_ends_the_session_and_the_record_says_so() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-08", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;
    browser.open("/sessions")?;
    let mut session = viewer.connect("till-08", room.technician_display(), &[])?;
    session.expect_step("live", STEP);

    // The page was open before the session: it shows it by itself.
    browser.expect_text("tbody", "till-08");
    browser.click("form[action$='/stop'] button")?;
    assert_eq!(session.expect_exit(STEP), 8, "{}", session.process.log());
    browser.open("/sessions")?;
    assert_eq!(browser.count("form[action$='/stop']")?, 0, "none is open");
    browser.open("/audit")?;
    browser.expect_text("main", "till-08");
    browser.expect_text(".note", "whole");
    browser.finish();
    Ok(())
}

#[test]
fn a_device_is_found_renamed_and_removed_in_its_pages() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    estate.enroll_host("till-09", &[]);
    estate.enroll_host("desk-01", &[]);
    let browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;
    browser.press("/")?;
    browser.press("till")?;
    browser.press(Key::Enter)?;
    browser.expect_text("tbody", "till-09");
    assert_eq!(browser.count("tbody tr")?, 1, "only what was looked for");
    browser.click_on("tbody a", "till-09")?;
    browser.expect_text("h1", "till-09");
    browser.click_on(".tabs a", "Settings")?;
    // As long as a name may be, and none of it breaks the page.
    let long = "a till with a very long name ".repeat(8);
    let long = long.trim();
    browser.fill("form[action$='/rename'] input[name=name]", long)?;
    browser.click("form[action$='/rename'] button")?;
    browser.expect_text("h1", long);
    for size in [DESK, PHONE] {
        browser.resize(size)?;
        assert_eq!(browser.overflow()?, Vec::<String>::new());
    }
    browser.click_on(".tabs a", "Settings")?;
    browser.click("a[href$='/remove']")?;
    browser.expect_text("main", long);
    browser.click("form[action$='/remove'] button.stop")?;
    browser.expect_path("/devices");
    browser.expect_text("tbody", "desk-01");
    assert_eq!(browser.count("tbody tr")?, 1, "one is left");
    browser.finish();
    Ok(())
}
