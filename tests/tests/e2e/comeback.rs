//! A directory is lost and restored from an older backup, under real hosts that never stop: they
//! come back by themselves, and what was taken back after the backup stays so.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use farpane_protocol::grant::Grant;
use farpane_protocol::ids::{GrantId, UserId};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::token::{self, Purpose};
use farpane_tests::rig::display::Display;
use farpane_tests::rig::estate::{Estate, READY_WAIT};
use farpane_tests::rig::outlaw::Outlaw;
use farpane_tests::rig::process::{Ended, program, run};
use farpane_tests::rig::wait_until;
use rustix::process::Signal;
use serde_json::Value;

use super::refusals::wait_for_grant;
use super::task_turn;

const STEP: Duration = Duration::from_secs(30);

const BO: &str = "bo@acme.example";

fn json(estate: &Estate, arguments: &[&str]) -> Result<Value> {
    let listed = estate.admin(&[arguments, &["--json"]].concat());
    Ok(serde_json::from_str(listed.expect_done())?)
}

fn id(row: &Value) -> Result<String> {
    Ok(row["id"].as_str().context("an id")?.to_owned())
}

/// Restores a backup into the folder of the directory.
fn restore(estate: &Estate, file: &str, phrase: &str) -> Ended {
    let mut command = Command::new(program("farpane-directory"));
    command.arg("--data").arg(estate.folder().join("directory"));
    let words = ["db", "restore", file, "--passphrase-file", phrase];
    command.args(words).arg("--trust-all");
    run(command)
}

/// What cannot be restored is refused in a sentence, and nothing is left behind.
fn refusals(estate: &Estate, file: &str, phrase: &str) -> Result<()> {
    let folder = estate.folder().join("directory");
    let refused = |why: &str, code: i32, file: &str, phrase: &str| {
        let ended = restore(estate, file, phrase);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    };
    refused("not empty", 2, file, phrase);
    fs::rename(&folder, folder.with_extension("lost"))?;
    let beside = |name: &str, content: &[u8]| -> Result<String> {
        let path = estate.folder().join(name);
        fs::write(&path, content)?;
        Ok(path.to_string_lossy().into_owned())
    };
    let sealed = fs::read(file)?;
    let other = beside("other-phrase", b"another passphrase\n")?;
    refused("passphrase", 1, file, &other);
    let cut = beside("cut.backup", &sealed[..sealed.len() / 2])?;
    refused("cut off", 1, &cut, phrase);
    let text = String::from_utf8_lossy(&sealed[..17]).replace("/1", "/9");
    let newer = [text.as_bytes(), &sealed[17..]].concat();
    let newer = beside("newer.backup", &newer)?;
    refused("newer", 1, &newer, phrase);
    assert!(!folder.exists(), "nothing is left of a restore that failed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_come_back_to_a_restored_directory_and_remind_it_of_what_it_took_back() -> Result<()>
{
    let _turn = task_turn().await;
    let mut estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let viewer = estate.sign_in("viewer");
    let host = estate.enroll_host("till-61", &[]);
    let gone = estate.enroll_host("till-62", &[]);
    let mut running = host.start(screen.name(), &viewer)?;
    let _removed = gone.start(screen.name(), &viewer)?;
    estate.sign_in("tablet");
    estate.admin(&["user", "invite", BO]).expect_done();
    let given = json(&estate, &["role", "assign", "observer", "--to", BO])?;
    let scope = ["--scope", "see-devices"];
    let token = [&["token", "create", "--user", BO][..], &scope].concat();
    let token = json(&estate, &token)?;
    let file = estate.folder().join("farpane.backup");
    let file = file.to_string_lossy().into_owned();
    let phrase = estate.folder().join("password");
    let phrase = phrase.to_string_lossy().into_owned();
    let backup = ["db", "backup", &file, "--passphrase-file", &phrase];
    estate.admin(&backup).expect_done();

    // After the backup, everything is taken back, the key that signs too.
    estate.admin(&["key", "rotate", "--at-once"]).expect_done();
    wait_until("the new key to be alone", STEP, || {
        estate.audit("grant_key_withdrawn").len() == 1
    });
    let assignment = id(&given)?;
    estate.admin(&["role", "revoke", &assignment]).expect_done();
    estate
        .admin(&["token", "revoke", &id(&token)?])
        .expect_done();
    let listed = json(&estate, &["device", "list", "--search", "till-62"])?;
    let removed = id(&listed[0])?;
    estate.admin(&["device", "remove", &removed]).expect_done();
    let shown = json(&estate, &["user", "show", "anna@acme.example"])?;
    let viewers = shown["viewers"].as_array().context("viewers")?;
    let last = viewers.iter().max_by_key(|row| row["signed_in"].as_u64());
    let last = id(last.context("two viewers")?)?;
    let remove = ["user", "remove-viewer", "anna@acme.example", &last];
    estate.admin(&remove).expect_done();
    estate.admin(&["user", "disable", BO]).expect_done();
    let people = json(&estate, &["user", "list"])?;
    let people = people.as_array().context("people")?;
    let bo = people.iter().find(|row| row["email"] == BO).context("bo")?;
    let bo: UserId = serde_json::from_value(bo["id"].clone())?;
    // The host has heard all of it once it remembers the newest.
    let memory = host.folder().join("revoked.json");
    wait_until("the host to remember", STEP, || {
        fs::read_to_string(&memory).is_ok_and(|text| text.contains(&bo.to_string()))
    });

    estate.directory.signal(Signal::TERM);
    estate.directory.expect_end(READY_WAIT);
    refusals(&estate, &file, &phrase)?;
    restore(&estate, &file, &phrase).expect_done();
    estate.restart_directory()?;
    wait_until("the host to tell what it remembers", STEP, || {
        !estate.audit("revocations_learned").is_empty()
    });
    let viewer = estate.sign_in("viewer");
    wait_until("the host to be reachable", STEP, || {
        viewer.state_of("till-61") == "reachable"
    });
    assert!(running.is_running(), "it was never started again");
    assert_eq!(estate.audit("device_enrolled").len(), 2, "nor enrolled");

    // What was taken back is so again.
    let devices = json(&estate, &["device", "list"])?;
    assert_eq!(devices.as_array().map(Vec::len), Some(1), "{devices}");
    assert_eq!(viewer.state_of("till-62"), "");
    let roles = json(&estate, &["role", "assignments"])?.to_string();
    assert!(!roles.contains(&assignment), "{roles}");
    let tokens = json(&estate, &["token", "list"])?;
    assert_eq!(tokens.as_array().map(Vec::len), Some(0), "{tokens}");
    let people = json(&estate, &["user", "list"])?;
    let people = people.as_array().context("people")?;
    let disabled = people.iter().find(|row| row["email"] == BO);
    assert!(
        disabled.is_some_and(|row| row["disabled"].is_number()),
        "{people:?}"
    );
    let tablet = estate.viewer("tablet").run(&["devices"]);
    assert_eq!(tablet.code, 5, "its key opens nothing: {}", tablet.stderr);
    estate.admin(&["audit", "verify"]).expect_done();

    // And a directory that would let that person in all the same is refused by the host.
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-61").await?;
    let granted = match outlaw.ask(device, ScopeSet::of(&[Scope::View])).await {
        Ok(granted) => granted,
        Err(_) => wait_for_grant(&outlaw, device).await,
    };
    let key = farpane_certs::keys::load(&estate.folder().join("directory/grant.key"))?;
    let (mut grant, _) = token::open::<Grant>(&[key.public()], Purpose::Grant, &granted.grant)?;
    grant.id = GrantId(farpane_certs::random::bytes());
    grant.user = Some(bo);
    let mut foot = outlaw.go(&granted).await?;
    foot.present(&grant.seal(&key)).await?;
    assert_eq!(foot.ended().await?, EndReason::Revoked);
    Ok(())
}
