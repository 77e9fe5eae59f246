//! How long pictures took: measured in the viewer of a real session, told to the directory, read by
//! a collector.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result};
use farpane_tests::rig::estate::{Connected, Estate, free_tcp_port};
use farpane_tests::rig::room::Room;
use farpane_tests::rig::wait_until;
use farpane_tests::rig::xclient::key;

use super::turn;

const STEP: Duration = Duration::from_secs(20);

/// The key that leaves, with Ctrl+Alt+Shift.
const Q: u8 = 16;

/// What a collector reads.
fn collected(address: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// How many a histogram holds.
fn count_of(text: &str, histogram: &str) -> Result<usize> {
    let line = format!("farpane_directory_session_{histogram} ");
    let mut lines = text.lines();
    let count = lines.find_map(|at| at.strip_prefix(&line));
    Ok(count
        .with_context(|| format!("{line} in {text}"))?
        .parse()?)
}

/// Pictures in the viewer's trace, and those among them with the effect of an input.
fn presented(session: &Connected) -> (usize, usize) {
    let events = session.events();
    let pictures = events.iter().filter(|event| event["event"] == "presented");
    let inputs = pictures
        .clone()
        .filter(|event| !event["input_to_picture_us"].is_null());
    (pictures.count(), inputs.count())
}

#[test]
fn a_session_leaves_how_long_its_pictures_took_with_the_directory() -> Result<()> {
    let _turn = turn();
    let address = format!("127.0.0.1:{}", free_tcp_port()?);
    let estate = Estate::start_with_directory_options(&["--metrics", &address])?;
    let mut room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-01", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    room.notebook()?;
    let options = ["--fullscreen"];
    let mut session = viewer.connect("till-01", room.technician_display(), &options)?;
    session.expect_step("live", STEP);
    room.technician.point(300, 300)?;
    room.technician.settled(STEP)?;
    room.technician.type_text("measured")?;
    wait_until("a picture of what was typed", STEP, || {
        presented(&session).1 > 0
    });
    let before = presented(&session);
    assert_eq!(
        count_of(&collected(&address)?, "input_to_picture_seconds_count")?,
        0,
        "nothing is told while a session has hardly begun"
    );

    for code in [key::CONTROL, key::ALT, key::SHIFT] {
        room.technician.key(code, true)?;
    }
    room.technician.tap(Q)?;
    for code in [key::SHIFT, key::ALT, key::CONTROL] {
        room.technician.key(code, false)?;
    }
    assert_eq!(session.expect_exit(STEP), 0);

    let after = presented(&session);
    let text = collected(&address)?;
    let inputs = count_of(&text, "input_to_picture_seconds_count")?;
    let pictures = count_of(&text, "screen_to_picture_seconds_count")?;
    assert!((before.0..=after.0).contains(&pictures), "{pictures}");
    assert!((before.1..=after.1).contains(&inputs), "{inputs}");
    for stage in ["capture", "encode", "network", "decode", "present"] {
        let stage = format!("stage_seconds_count{{stage=\"{stage}\"}}");
        assert_eq!(count_of(&text, &stage)?, pictures, "{stage}");
    }
    Ok(())
}
