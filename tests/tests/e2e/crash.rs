//! Programs that die at the wrong moment: keys are released, the picture ends, people are told.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use farpane_tests::rig::estate::{Connected, Estate};
use farpane_tests::rig::process::Process;
use farpane_tests::rig::room::Room;
use farpane_tests::rig::xclient::key;
use farpane_tests::rig::{wait_for, wait_until};
use rustix::process::{Pid, Signal, kill_process};

use super::turn;

const STEP: Duration = Duration::from_secs(20);
/// What the product promises, and as much again for a busy machine that looks late.
const PROMISE: Duration = Duration::from_secs(3);
const LOOK_LATE: Duration = Duration::from_secs(3);

struct Scene {
    room: Room,
    host: Process,
    session: Connected,
}

/// A live session in which the technician holds Shift down.
fn shift_held(estate: &Estate, device: &str) -> Result<Scene> {
    let mut room = Room::open(estate.folder())?;
    let host = estate.enroll_host(device, &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let host = host.start(room.device_display(), &viewer)?;
    room.notebook()?;
    let mut session = viewer.connect(device, room.technician_display(), &["--fullscreen"])?;
    session.expect_step("live", STEP);
    room.technician.point(300, 300)?;
    // The window takes keys once it has the focus: the first key that arrives proves it.
    let end = Instant::now() + STEP;
    loop {
        room.technician.key(key::SHIFT, true)?;
        std::thread::sleep(Duration::from_millis(150));
        if room.device.is_down(key::SHIFT)? {
            break;
        }
        room.technician.key(key::SHIFT, false)?;
        assert!(Instant::now() < end, "no key arrived");
    }
    Ok(Scene {
        room,
        host,
        session,
    })
}

#[test]
fn a_killed_viewer_leaves_no_key_down() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let scene = shift_held(&estate, "till-11")?;
    scene.session.process.signal(Signal::KILL);
    let killed = Instant::now();
    wait_until("the key to be released", PROMISE + LOOK_LATE, || {
        scene
            .room
            .device
            .is_down(key::SHIFT)
            .is_ok_and(|down| !down)
    });
    println!("released {:?} after the kill", killed.elapsed());
    Ok(())
}

/// The process id of the host's session helper.
fn helper_of(host: &Process) -> Result<Pid> {
    let mut list = Command::new("ps");
    list.args(["-o", "pid=", "--ppid", &host.id().to_string()]);
    let listed = String::from_utf8(list.output()?.stdout)?;
    let id: i32 = listed
        .lines()
        .next()
        .context("the host has no helper")?
        .trim()
        .parse()?;
    Pid::from_raw(id).context("an id")
}

#[test]
fn a_killed_helper_ends_the_picture_and_leaves_no_key_down() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut scene = shift_held(&estate, "till-12")?;
    kill_process(helper_of(&scene.host)?, Signal::KILL)?;
    let code = scene.session.expect_exit(STEP);
    assert_eq!(code, 1, "{}", scene.session.process.log());
    wait_until("the key to be released", STEP, || {
        scene
            .room
            .device
            .is_down(key::SHIFT)
            .is_ok_and(|down| !down)
    });
    assert!(scene.host.is_running(), "the service goes on");
    wait_until("the record of the end", STEP, || {
        !estate.audit("helper_lost").is_empty()
    });
    Ok(())
}

#[test]
fn a_killed_host_is_noticed_and_said() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut scene = shift_held(&estate, "till-13")?;
    scene.host.signal(Signal::KILL);
    let killed = Instant::now();
    scene.session.expect_step("lost", PROMISE + LOOK_LATE);
    println!(
        "said \"lost contact\" {:?} after the kill",
        killed.elapsed()
    );
    wait_until("the key to be released", STEP, || {
        scene
            .room
            .device
            .is_down(key::SHIFT)
            .is_ok_and(|down| !down)
    });
    let shot = wait_for("the dimmed picture", STEP, || {
        scene.room.technician.shot().ok()
    });
    let bright = shot
        .pixels
        .iter()
        .filter(|p| p.to_be_bytes()[1..].iter().all(|c| *c > 200));
    assert!(
        bright.count() < shot.pixels.len() / 3,
        "the picture must not look alive"
    );
    Ok(())
}
