//! A relay that records all it forwards can read none of it, and a line that flips bits never
//! shows a wrong picture.

use std::fs;
use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use farpane_media::codec::{EncoderSettings, VideoEncoder as _};
use farpane_media::h264::H264Encoder;
use farpane_media::picture::I420Picture;
use farpane_protocol::geometry::Size;
use farpane_protocol::wire::message::{Key, Message};
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::line::{Condition, Corrupt};
use farpane_tests::rig::proxy::{Conditions, Proxy};
use farpane_tests::rig::room::Room;
use farpane_tests::rig::xclient::{code_of, key};
use farpane_tests::rig::{wait_for, wait_until};

use super::turn;

const STEP: Duration = Duration::from_secs(20);
const SECRET: &str = "sesame open the till";
const DEVICE: &str = "canary-device-4711";
const TITLE: &str = "canary-window-title-0815";

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

/// Video frames that a decoder finds in a file, whatever is around them.
fn frames_in(file: &std::path::Path) -> Result<usize> {
    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args([
        "-v",
        "quiet",
        "-f",
        "h264",
        "-count_frames",
        "-show_entries",
    ]);
    ffprobe
        .args(["stream=nb_read_frames,width", "-of", "csv=p=0"])
        .arg(file);
    let found = String::from_utf8(ffprobe.output().context("ffprobe is missing")?.stdout)?;
    let frames = found.lines().filter_map(|line| {
        let (width, frames) = line.trim().split_once(',')?;
        (width.parse::<u32>().ok()? > 0).then(|| frames.parse::<usize>().ok())?
    });
    Ok(frames.sum())
}

#[test]
fn a_relay_that_records_everything_can_read_nothing() -> Result<()> {
    let _turn = turn();
    let record = tempfile::NamedTempFile::new()?;
    let path = record.path().to_string_lossy().into_owned();
    let estate = Estate::start_with_relay_options(&["--dangerous-record", &path])?;
    let mut room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host(DEVICE, &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let typed = room.notebook_called(TITLE)?;
    let mut session = viewer.connect(DEVICE, room.technician_display(), &["--fullscreen"])?;
    session.expect_step("live", STEP);
    room.technician.point(300, 300)?;
    room.technician.settled(STEP)?;
    room.technician.type_text(SECRET)?;
    room.technician.tap(key::ENTER)?;
    wait_until("the text at the device", STEP, || {
        fs::read_to_string(&typed).is_ok_and(|text| text.trim() == SECRET)
    });
    session.expect("a picture", STEP, |event| event["event"] == "presented");

    // What travelled, in plain: the text, the keys as messages, the names, the pointer's pixels.
    let keys: Vec<u8> = SECRET
        .chars()
        .enumerate()
        .filter_map(|(at, letter)| {
            let code = u32::from(code_of(letter)?);
            let press: Message = Key {
                sequence: at as u64 * 2 + 1,
                code,
                down: true,
            }
            .into();
            let release: Message = Key {
                sequence: at as u64 * 2 + 2,
                code,
                down: false,
            }
            .into();
            Some([press.to_bytes(), release.to_bytes()].concat())
        })
        .flatten()
        .collect();
    // A shape whose owner is gone cannot be read by anybody: the session must live on with it.
    let mut gone = Command::new("xsetroot");
    gone.args([
        "-display",
        room.device_display(),
        "-cursor_name",
        "X_cursor",
    ]);
    assert!(gone.status().context("xsetroot is missing")?.success());
    room.person.point(970, 730)?;
    room.device.set_pointer_shape()?;
    room.person.point(980, 740)?;
    let distinct = |c: &[u8]| c.iter().any(|b| *b != c[0]);
    let pointer = wait_for("the new pointer", STEP, || {
        room.device
            .pointer_bytes()
            .ok()
            .filter(|bytes| bytes.chunks(16).any(distinct))
    });
    room.technician.settled(STEP)?;
    let title = room.device.window_titles()?;
    let listed = viewer.run(&["devices", "--json"]);
    // The control: the same search finds each of them on the plain side.
    assert!(contains(&fs::read(&typed)?, SECRET.as_bytes()));
    assert!(contains(title.as_bytes(), TITLE.as_bytes()));
    assert!(contains(listed.stdout.as_bytes(), DEVICE.as_bytes()));
    let key_pair = &keys[..keys.len().min(18)];
    assert!(contains(&keys, key_pair) && contains(&pointer, &pointer[..64]));

    let capture = farpane_relay_record(&fs::read(record.path())?);
    assert!(
        capture.len() > 20_000,
        "the relay saw the session: {} bytes",
        capture.len()
    );
    for needle in [
        SECRET.as_bytes(),
        TITLE.as_bytes(),
        DEVICE.as_bytes(),
        key_pair,
    ] {
        assert!(
            !contains(&capture, needle),
            "{:?}",
            String::from_utf8_lossy(needle)
        );
    }
    for pixels in pointer.chunks(16).filter(|chunk| distinct(chunk)) {
        assert!(!contains(&capture, pixels), "pointer pixels {pixels:?}");
    }

    // No H.264 decodes from the capture; the control: from our own stream it does.
    let folder = estate.folder();
    fs::write(folder.join("capture.h264"), &capture)?;
    assert_eq!(frames_in(&folder.join("capture.h264"))?, 0);
    let size = Size::new(320, 240).context("a size")?;
    let mut settings = EncoderSettings::new(size, 1_000_000, 30);
    settings.threads = 1; // one band: what other decoders read
    let mut encoder = H264Encoder::new(settings)?;
    let mut stream = Vec::new();
    for _ in 0..5 {
        let mut unit = Vec::new();
        encoder.encode(&I420Picture::new(size), size.rect(), false, &mut unit)?;
        stream.extend(&unit[1..]); // behind the number of bands
    }
    fs::write(folder.join("control.h264"), stream)?;
    assert_eq!(frames_in(&folder.join("control.h264"))?, 5);
    Ok(())
}

/// The packets of a record file, one after the other.
fn farpane_relay_record(mut bytes: &[u8]) -> Vec<u8> {
    let mut packets = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some((record, rest)) = rest.split_at_checked(length) else {
            break;
        };
        let source = record.first().map_or(0, |length| usize::from(*length));
        packets.extend_from_slice(record.get(1 + source..).unwrap_or_default());
        bytes = rest;
    }
    packets
}

#[test]
fn flipped_bits_never_become_a_wrong_picture() -> Result<()> {
    let _turn = turn();
    let front = UdpSocket::bind("127.0.0.1:0")?;
    let public = front.local_addr()?.to_string();
    let estate = Estate::start_with_relay_options(&["--public", &public])?;
    let relay = estate.relay_address().parse()?;
    let spoilt = Condition {
        corrupt: Corrupt::SessionData(0.03),
        ..Condition::default()
    };
    let line = Proxy::start(front, relay, Conditions::both(spoilt), 0xfa3)?;
    assert_eq!(line.address().to_string(), public);
    let mut room = Room::open(estate.folder())?;
    let host = estate.enroll_host("till-31", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    room.notebook()?;
    let mut session = viewer.connect("till-31", room.technician_display(), &["--fullscreen"])?;
    session.expect_step("live", STEP);
    room.technician.point(300, 300)?;
    for round in 0..6 {
        room.technician.type_text("flip me if you can")?;
        room.technician.tap(key::ENTER)?;
        wait_for(&format!("the right picture, round {round}"), STEP, || {
            let (near, far) = (room.technician.shot().ok()?, room.device.shot().ok()?);
            (near.likeness(&far, 48) > 0.98).then_some(())
        });
    }
    assert!(line.counts().corrupted > 0, "the line did its worst");
    assert!(session.process.is_running(), "{}", session.process.log());
    Ok(())
}
