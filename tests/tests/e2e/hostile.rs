//! A viewer that was let in and turns on the host: it can neither hold off an end nor wear the
//! device down.

use std::time::Duration;

use anyhow::Result;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::wire::message::{FrameAck, Key, Message};
use farpane_tests::rig::display::Display;
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::outlaw::Outlaw;
use farpane_tests::rig::wait_until;
use farpane_tests::rig::xclient::XClient;

use super::task_turn;

const STEP: Duration = Duration::from_secs(20);
/// Most that a host may write into its log meanwhile.
const LOG_BYTES: usize = 64 * 1024;

fn both() -> ScopeSet {
    ScopeSet::of(&[Scope::View, Scope::Control])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_input_ends_the_session_and_fills_no_log() -> Result<()> {
    let _turn = task_turn().await;
    let estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let viewer = estate.sign_in("viewer");
    let host = estate.enroll_host("till-51", &["--unattended"]);
    let mut running = host.start(screen.name(), &viewer)?;
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-51").await?;
    let granted = outlaw.ask(device, both()).await?;
    let mut foot = outlaw.go(&granted).await?;
    foot.present(&granted.grant).await?;
    foot.hear_until(|message| matches!(message, Message::Started(_)))
        .await?;
    let mut input = foot.session.open_input().await?;
    let flood = tokio::spawn(async move {
        let mut sequence = 0;
        loop {
            sequence += 1;
            let release = Key {
                sequence,
                code: 30,
                down: false,
            };
            if input.send(&release.into()).await.is_err() {
                return;
            }
        }
    });
    assert_eq!(foot.ended().await?, EndReason::ProtocolViolation);
    flood.abort();
    assert!(running.is_running());
    let log = running.log();
    assert!(log.len() < LOG_BYTES, "{} bytes of log", log.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_takes_no_pictures_is_sent_away() -> Result<()> {
    let _turn = task_turn().await;
    let estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let painter = XClient::open(screen.name())?;
    let viewer = estate.sign_in("viewer");
    let host = estate.enroll_host("till-52", &["--unattended"]);
    let _running = host.start(screen.name(), &viewer)?;
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-52").await?;
    let granted = outlaw.ask(device, both()).await?;
    let mut foot = outlaw.go(&granted).await?;
    foot.present(&granted.grant).await?;
    foot.hear_until(|message| matches!(message, Message::Started(_)))
        .await?;
    // It acknowledges pictures that it never takes, until no more streams are open to the host.
    let mut number = 0;
    let mut sent_away = false;
    while !sent_away {
        assert!(number < 2000, "the host goes on for ever");
        number += 1;
        painter.cover(number * 0x0001_0305)?;
        let ack = FrameAck {
            sequence: u64::from(number),
            ..FrameAck::default()
        };
        sent_away = foot.say.send(&ack.into()).await.is_err();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(foot.ended().await?, EndReason::LostContact);
    wait_until("the screen to be free again", STEP, || {
        !estate.audit("lost_contact").is_empty()
    });
    Ok(())
}
