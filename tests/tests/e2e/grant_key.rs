//! The directory signs with a new key while everything runs: sessions go on, hosts that were away
//! come back, and what the old key signs is worth nothing.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Result;
use farpane_protocol::grant::Grant;
use farpane_protocol::ids::GrantId;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::token::{self, Purpose};
use farpane_protocol::wire::message::Message;
use farpane_tests::rig::display::Display;
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::outlaw::Outlaw;
use farpane_tests::rig::room::Room;
use farpane_tests::rig::wait_until;
use serde_json::Value;

use super::refusals::wait_for_grant;
use super::{task_turn, turn};

const STEP: Duration = Duration::from_secs(20);

/// A new key is announced for a quarter of a minute where the old one has to go at once.
const GONE: Duration = Duration::from_secs(40);

/// The keys that the directory lists.
fn keys(estate: &Estate) -> Vec<Value> {
    let listed = estate.admin(&["key", "list", "--json"]);
    let listed: Value = serde_json::from_str(listed.expect_done()).expect("keys are JSON");
    listed.as_array().cloned().unwrap_or_default()
}

/// Waits until one key is left, and it is not this one.
fn expect_only_another_than(estate: &Estate, old: &Value) {
    wait_until("the old key to go", GONE, || {
        let keys = keys(estate);
        let folder = estate.folder().join("directory");
        let files = fs::read_dir(folder).expect("lists").filter(|entry| {
            let name = entry.as_ref().expect("is there").file_name();
            name.to_string_lossy().starts_with("grant")
        });
        keys.len() == 1 && keys[0]["key"] != old["key"] && files.count() == 1
    });
    assert_eq!(keys(estate)[0]["state"], "signs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_others_may_know_is_worth_nothing_soon_and_nobody_enrols_again() -> Result<()> {
    let _turn = task_turn().await;
    let mut estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let viewer = estate.sign_in("viewer");
    let host = estate.enroll_host("till-51", &[]);
    estate.enroll_host("till-52", &[]);
    let _running = host.start(screen.name(), &viewer)?;
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-51").await?;
    let view = ScopeSet::of(&[Scope::View]);
    let stolen = farpane_certs::keys::load(&estate.folder().join("directory/grant.key"))?;
    let old = keys(&estate)[0].clone();

    estate.admin(&["key", "rotate", "--at-once"]).expect_done();
    // In between both count, and sessions are granted as ever.
    assert_eq!(keys(&estate).len(), 2);
    let granted = outlaw.ask(device, view).await?;
    let mut foot = outlaw.go(&granted).await?;
    foot.present(&granted.grant).await?;
    foot.hear_until(|message| matches!(message, Message::Waiting(_)))
        .await?;
    drop(foot);
    outlaw.end(&granted).await?;
    expect_only_another_than(&estate, &old);
    assert_eq!(estate.audit("grant_key_announced").len(), 1);
    // The list goes by the time, the record by the server's next look.
    wait_until("the record of it", STEP, || {
        estate.audit("grant_key_withdrawn").len() == 1
    });

    // The host, which was never started anew, obeys the new key, and the old one no more.
    let mut granted = wait_for_grant(&outlaw, device).await;
    let known = token::open::<Grant>(&[stolen.public()], Purpose::Grant, &granted.grant);
    assert!(known.is_err(), "the old key does not sign");
    let now = farpane_certs::keys::load(&estate.folder().join("directory/grant.key"))?;
    let mut refused = None;
    let end = Instant::now() + STEP;
    // The directory tells everybody within seconds; until then the old key counts at the host.
    while refused != Some(EndReason::GrantInvalid) && Instant::now() < end {
        let (mut grant, _) = token::open::<Grant>(&[now.public()], Purpose::Grant, &granted.grant)?;
        grant.id = GrantId(farpane_certs::random::bytes());
        let mut foot = outlaw.go(&granted).await?;
        foot.present(&grant.seal(&stolen)).await?;
        refused = loop {
            match foot.hear().await? {
                Some(Message::Waiting(_)) => {
                    foot.leave().await?;
                    break None;
                }
                Some(Message::Ended(ended)) => break Some(EndReason::from_code(ended.reason)),
                Some(_) => {}
                None => break Some(foot.ended().await?),
            }
        };
        outlaw.end(&granted).await.ok(); // the host may have ended it
        granted = wait_for_grant(&outlaw, device).await;
    }
    assert_eq!(refused, Some(EndReason::GrantInvalid));
    let mut foot = outlaw.go(&granted).await?;
    foot.present(&granted.grant).await?;
    foot.hear_until(|message| matches!(message, Message::Waiting(_)))
        .await?;
    drop(foot);

    // One that was away meanwhile comes back, also to a directory that was started anew.
    let after = keys(&estate);
    estate.directory.signal(rustix::process::Signal::KILL);
    estate.directory.expect_end(STEP);
    estate.restart_directory()?;
    assert_eq!(keys(&estate), after);
    let viewer = estate.sign_in("viewer");
    let _back = estate.host("till-52").start(screen.name(), &viewer)?;
    Ok(())
}

#[test]
#[ignore = "a minute and a half; run by `cargo xtask test --long`"]
fn a_session_outlives_every_lease_that_the_old_key_signed() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-53", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-53", room.technician_display(), &[])?;
    session.expect_step("live", STEP);
    let old = keys(&estate)[0].clone();
    let rotate = ["key", "rotate", "--announce", "2s", "--overlap", "3s"];
    estate.admin(&rotate).expect_done();
    let again = estate.admin(&rotate);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("being changed"), "{}", again.stderr);
    expect_only_another_than(&estate, &old);
    // A lease works for a minute, and none of an unattended session has any grace.
    let end = Instant::now() + Duration::from_secs(75);
    while Instant::now() < end {
        assert!(session.process.is_running(), "{}", session.process.log());
        std::thread::sleep(Duration::from_millis(250));
    }
    Ok(())
}
