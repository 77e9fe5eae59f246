//! What must be refused is refused, each with its own words, exit code and record.

use std::net::UdpSocket;
use std::time::Duration;

use anyhow::Result;
use farpane_protocol::grant::{ConsentMode, Grant};
use farpane_protocol::ids::GrantId;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::token::{self, Purpose};
use farpane_protocol::wire::message::{Key, Message};
use farpane_tests::rig::display::Display;
use farpane_tests::rig::estate::{ADMIN, Estate};
use farpane_tests::rig::outlaw::Outlaw;
use farpane_tests::rig::xclient::XClient;
use farpane_tests::rig::{wait_for, wait_until};
use rustix::process::Signal;

use super::{task_turn, turn};

const STEP: Duration = Duration::from_secs(20);

fn view() -> ScopeSet {
    ScopeSet::of(&[Scope::View])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_works_once_also_after_a_restart() -> Result<()> {
    let _turn = task_turn().await;
    let estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let host = estate.enroll_host("till-21", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let running = host.start(screen.name(), &viewer)?;
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-21").await?;

    let first = outlaw.ask(device, view()).await?;
    let mut foot = outlaw.go(&first).await?;
    foot.present(&first.grant).await?;
    foot.hear_until(|message| matches!(message, Message::Started(_)))
        .await?;
    assert_eq!(foot.leave().await?, EndReason::ViewerLeft);
    wait_until("the end of the first session", STEP, || {
        !estate.audit("\"ended\"").is_empty()
    });

    // The same grant over a new invitation.
    let second = wait_for_grant(&outlaw, device).await;
    let mut foot = outlaw.go(&second).await?;
    foot.present(&first.grant).await?;
    assert_eq!(foot.ended().await?, EndReason::GrantUsed);
    drop(foot);
    wait_until("the record of it", STEP, || {
        !estate.audit("grant_used").is_empty()
    });

    // And after a restart: the host has another epoch, and still remembers.
    drop(running);
    let _running = host.start(screen.name(), &viewer)?;
    let third = wait_for_grant(&outlaw, device).await;
    let mut foot = outlaw.go(&third).await?;
    foot.present(&first.grant).await?;
    assert_eq!(foot.ended().await?, EndReason::GrantExpired);
    wait_until("the record of it", STEP, || {
        !estate.audit("grant_expired").is_empty()
    });
    Ok(())
}

/// Asks until the directory grants: a session that just ended may still be in the way.
pub(crate) async fn wait_for_grant(
    outlaw: &Outlaw,
    device: farpane_protocol::ids::DeviceId,
) -> farpane_protocol::api::SessionGranted {
    let end = std::time::Instant::now() + STEP;
    loop {
        match outlaw.ask(device, view()).await {
            Ok(granted) => return granted,
            Err(error) => assert!(std::time::Instant::now() < end, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_of_another_viewer_or_for_another_device_is_refused() -> Result<()> {
    let _turn = task_turn().await;
    let estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let viewer = estate.sign_in("viewer");
    let host_a = estate.enroll_host("till-22", &["--unattended"]);
    let host_b = estate.enroll_host("till-23", &["--unattended"]);
    let _a = host_a.start(screen.name(), &viewer)?;
    let _b = host_b.start(screen.name(), &viewer)?;
    let first = Outlaw::as_viewer(&estate, &viewer)?;
    let second = Outlaw::as_viewer(&estate, &estate.sign_in("other-viewer"))?;
    let (a, b) = (
        first.device("till-22").await?,
        first.device("till-23").await?,
    );

    // A stolen grant: the first viewer's, presented by the second.
    let stolen = first.ask(a, view()).await?;
    first.end(&stolen).await?;
    let own = wait_for_grant(&second, a).await;
    let mut foot = second.go(&own).await?;
    foot.present(&stolen.grant).await?;
    assert_eq!(foot.ended().await?, EndReason::GrantForOtherViewer);
    drop(foot);

    // A grant for one device, presented to the other.
    let for_b = first.ask(b, view()).await?;
    let for_a = wait_for_grant(&first, a).await;
    let mut foot = first.go(&for_a).await?;
    foot.present(&for_b.grant).await?;
    assert_eq!(foot.ended().await?, EndReason::GrantForOtherDevice);
    drop(foot);

    // No grant at all.
    let last = wait_for_grant(&first, a).await;
    let mut foot = first.go(&last).await?;
    foot.present("v4.public.AAAA").await?;
    assert_eq!(foot.ended().await?, EndReason::GrantInvalid);
    for word in [
        "grant_for_other_viewer",
        "grant_for_other_device",
        "grant_invalid",
    ] {
        wait_until(&format!("the record of {word}"), STEP, || {
            !estate.audit(word).is_empty()
        });
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_nobody_granted_move_nothing() -> Result<()> {
    let _turn = task_turn().await;
    let estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let device_side = XClient::open(screen.name())?;
    let viewer = estate.sign_in("viewer");
    let host = estate.enroll_host("till-24", &["--unattended"]);
    let _running = host.start(screen.name(), &viewer)?;
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-24").await?;
    let granted = outlaw.ask(device, view()).await?;
    let mut foot = outlaw.go(&granted).await?;
    foot.present(&granted.grant).await?;
    foot.hear_until(|message| matches!(message, Message::Started(_)))
        .await?;
    let mut input = foot.session.open_input().await?;
    for sequence in 1..=20 {
        input
            .send(
                &Key {
                    sequence,
                    code: 42,
                    down: true,
                }
                .into(),
            )
            .await?;
    }
    // The control stream is answered after the keys were judged: a beat is the proof of that.
    foot.say
        .send(&farpane_protocol::wire::message::Beat { nonce: 1 }.into())
        .await?;
    foot.hear_until(|message| matches!(message, Message::BeatReply(_)))
        .await?;
    assert!(!device_side.is_down(42)?);

    let too_much = ScopeSet::of(&[Scope::View, Scope::Files]);
    drop(foot);
    let refused = outlaw.ask(device, too_much).await;
    assert!(refused.is_err(), "more rights than the rules allow");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "half a minute of waiting; run by `cargo xtask test --long`"]
async fn a_grant_presented_too_late_is_refused() -> Result<()> {
    let _turn = task_turn().await;
    let estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let viewer = estate.sign_in("viewer");
    let host = estate.enroll_host("till-25", &["--unattended"]);
    let _running = host.start(screen.name(), &viewer)?;
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-25").await?;
    let old = outlaw.ask(device, view()).await?;
    outlaw.end(&old).await?;
    tokio::time::sleep(Duration::from_secs(31)).await;
    let new = wait_for_grant(&outlaw, device).await;
    let mut foot = outlaw.go(&new).await?;
    foot.present(&old.grant).await?;
    assert_eq!(foot.ended().await?, EndReason::GrantExpired);
    Ok(())
}

#[test]
fn tickets_passwords_and_keys_that_are_wrong_are_told_apart() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let folder = estate.folder();
    let ticket = estate.admin(&["ticket", "device"]);
    let ticket = ticket.expect_done();
    let enroll = |name: &str, ticket: &str| {
        let mut command =
            std::process::Command::new(farpane_tests::rig::process::program("farpane-host"));
        command
            .arg("--data")
            .arg(folder.join(name))
            .args(["enroll", ticket, "--name", name]);
        farpane_tests::rig::process::run(command)
    };
    enroll("one", ticket).expect_done();
    let used_up = enroll("two", ticket);
    assert_eq!(used_up.code, 5, "{}", used_up.stderr);
    assert!(
        !folder.join("two/enrolment.json").exists(),
        "nothing half-written"
    );
    let cut = enroll("three", &ticket[..ticket.len() - 5]);
    assert_eq!(cut.code, 2, "{}", cut.stderr);

    let password = folder.join("password").to_string_lossy().into_owned();
    let login = |pin: &str, url: &str, password: &str| {
        let mut command =
            std::process::Command::new(farpane_tests::rig::process::program("farpane-viewer"));
        command
            .arg("--data")
            .arg(folder.join("v"))
            .args(["login", "--directory", url]);
        command.args(["--pin", pin, "--user", ADMIN, "--password-file", password]);
        farpane_tests::rig::process::run(command)
    };
    let other = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let wrong_key = login(other, estate.url(), &password);
    assert_eq!(wrong_key.code, 7, "{}", wrong_key.stderr);
    assert!(wrong_key.stderr.contains(other) && wrong_key.stderr.contains(estate.pin()));
    let nobody = login(estate.pin(), "https://127.0.0.1:9", &password);
    assert_eq!(nobody.code, 6, "{}", nobody.stderr);
    let bad = folder.join("bad-password");
    std::fs::write(&bad, "not the password at all")?;
    let wrong_password = login(estate.pin(), estate.url(), &bad.to_string_lossy());
    assert_eq!(wrong_password.code, 5, "{}", wrong_password.stderr);
    login(estate.pin(), estate.url(), &password).expect_done();
    let verified = estate.admin(&["audit", "verify"]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    Ok(())
}

#[test]
fn garbage_on_every_port_is_answered_with_nothing_larger() -> Result<()> {
    let _turn = turn();
    let mut estate = Estate::start()?;
    let relay: std::net::SocketAddr = estate.relay_address().parse()?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_millis(500)))?;
    let (mut sent, mut received) = (0, 0);
    for first in 0..=255u8 {
        let mut packet = vec![first; 64];
        packet[1..9].copy_from_slice(&[0xde, 0xad, 0xbe, 0xef, 0, 1, 2, 3]);
        sent += socket.send_to(&packet, relay)?;
    }
    let mut buffer = [0; 4096];
    while let Ok((length, _)) = socket.recv_from(&mut buffer) {
        received += length;
    }
    assert!(received <= sent, "{received} bytes for {sent}");

    use std::io::{Read as _, Write as _};
    let address = estate.listen().to_owned();
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0xff; 600],
        b"\x16\x03\x01\xff\xff",
    ] {
        let mut stream = std::net::TcpStream::connect(&address)?;
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
        stream.write_all(garbage)?;
        let mut answer = Vec::new();
        stream.take(4096).read_to_end(&mut answer).ok(); // closed or silent, both are fine
        assert!(answer.len() < 512, "{} bytes", answer.len());
    }
    assert!(estate.relay.is_running() && estate.directory.is_running());
    let viewer = estate.sign_in("viewer");
    let listed = wait_for("an answer after all that", STEP, || {
        Some(viewer.run(&["devices"]))
    });
    assert_eq!(listed.code, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_on_which_the_host_died_is_worth_nothing_afterwards() -> Result<()> {
    let _turn = task_turn().await;
    let estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let viewer = estate.sign_in("viewer");
    let host = estate.enroll_host("till-26", &[]);
    let mut running = host.start(screen.name(), &viewer)?;
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-26").await?;
    let granted = outlaw.ask(device, view()).await?;
    let mut foot = outlaw.go(&granted).await?;
    foot.present(&granted.grant).await?;
    // Written down, and the person is being asked: now the host dies.
    foot.hear_until(|message| matches!(message, Message::Waiting(_)))
        .await?;
    running.signal(Signal::KILL);
    running.expect_end(STEP);
    drop((foot, running));
    let recorded = std::fs::read_dir(host.folder().join("grants"))?.count();
    assert_eq!(
        recorded, 1,
        "the grant was recorded before anybody was asked"
    );

    let _running = host.start(screen.name(), &viewer)?;
    let again = wait_for_grant(&outlaw, device).await;
    let mut foot = outlaw.go(&again).await?;
    foot.present(&granted.grant).await?;
    assert_eq!(foot.ended().await?, EndReason::GrantExpired);
    Ok(())
}

/// A directory in wrong hands: its real signing key, and claims of the thief's own.
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_signing_key_neither_widens_rights_nor_skips_the_question() -> Result<()> {
    let _turn = task_turn().await;
    let estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let viewer = estate.sign_in("viewer");
    let host = estate.enroll_host("till-27", &[]);
    let _running = host.start(screen.name(), &viewer)?;
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-27").await?;
    let stolen = farpane_certs::keys::load(&estate.folder().join("directory/grant.key"))?;
    let forge = |granted: &str, change: fn(&mut Grant)| -> Result<String> {
        let keys = [stolen.public()];
        let (mut grant, _) = token::open::<Grant>(&keys, Purpose::Grant, granted)?;
        grant.id = GrantId(farpane_certs::random::bytes());
        change(&mut grant);
        Ok(grant.seal(&stolen))
    };

    let granted = outlaw.ask(device, view()).await?;
    let wider = forge(&granted.grant, |grant| {
        grant.scopes = grant.scopes.with(Scope::Files);
    })?;
    let mut foot = outlaw.go(&granted).await?;
    foot.present(&wider).await?;
    assert_eq!(foot.ended().await?, EndReason::RightsAbovePolicy);
    drop(foot);

    let granted = wait_for_grant(&outlaw, device).await;
    let unasked = forge(&granted.grant, |grant| {
        grant.consent = ConsentMode::Unattended;
    })?;
    let mut foot = outlaw.go(&granted).await?;
    foot.present(&unasked).await?;
    // The device asks all the same.
    foot.hear_until(|message| matches!(message, Message::Waiting(_)))
        .await?;
    wait_until("the record of the refusal", STEP, || {
        !estate.audit("rights_above_policy").is_empty()
    });
    Ok(())
}
