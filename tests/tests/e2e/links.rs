//! A connect link: it opens the viewer at its device, and nothing connects before a person presses
//! Connect there.

use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::room::Room;
use farpane_tests::rig::xclient::key;
use farpane_tests::rig::{wait_for, wait_until};

use super::turn;

const STEP: Duration = Duration::from_secs(30);

#[test]
fn a_link_opens_the_device_and_connects_when_a_person_presses_connect() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::open(estate.folder())?;
    let host = estate.enroll_host("till-09", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let sessions = || {
        let listed = estate.admin(&["session", "list", "--json", "--recent", "5"]);
        listed.expect_done().to_owned()
    };

    let link = format!("farpane://connect/{}", viewer.id_of("till-09"));
    let _window = viewer.open_link(&link, room.technician_display())?;
    wait_until("the start window", STEP, || {
        let titles = room.technician.window_titles();
        titles.is_ok_and(|titles| titles.contains("Farpane"))
    });
    let (x, y) = room.connect_button();
    let before = room.technician.settled(STEP)?;
    // Keys that were meant for another window do not connect.
    room.technician.tap(key::ENTER)?;
    room.technician.tap(key::ENTER)?;
    room.technician.settled(STEP)?;
    assert!(!sessions().contains("till-09"), "{}", sessions());

    room.technician.click(x, y)?;
    wait_until("the session", STEP, || sessions().contains("till-09"));
    wait_for("the device's picture", STEP, || {
        let (near, far) = (room.technician.shot().ok()?, room.device.shot().ok()?);
        let changed = near.likeness(&before, 48) < 0.9;
        (changed && near.likeness(&far, 48) > 0.5).then_some(())
    });
    Ok(())
}

#[test]
fn a_link_that_is_none_opens_nothing() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let viewer = estate.sign_in("viewer");
    for link in [
        "farpane://connect/till-09",
        "https://example.org",
        "farpane://connect/",
    ] {
        let ended = viewer.run(&["open", link]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(
            ended.stderr.contains("farpane://connect/"),
            "{}",
            ended.stderr
        );
    }
    Ok(())
}
