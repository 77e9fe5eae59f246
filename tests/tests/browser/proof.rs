//! How people prove who they are: an authenticator app, recovery codes, a passkey, and a viewer
//! that is let in from the browser.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use farpane_protocol::api::{
    DeviceCode, DeviceCodeAnswer, DeviceCodePoll, DeviceCodeRequest, path,
};
use farpane_protocol::key::SecretKey;
use farpane_tests::rig::browser::{Browser, PAGE_WAIT};
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};
use farpane_tests::rig::process::{Process, program, run};
use farpane_tests::rig::rogue::LIES;
use farpane_transport::directory::DirectoryClient;

use super::turn;

/// Seconds for which one code of an app stands.
const STEP: u64 = 30;

/// What an app with that secret shows, that many steps from now.
pub(crate) fn code(letters: &str, steps: u64) -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let secret = totp_rs::Secret::try_from_base32(letters.replace(' ', ""))
        .map_err(|error| anyhow::anyhow!("{letters}: {error:?}"))?;
    let app = totp_rs::Builder::new()
        .with_secret(secret)
        .with_account_name(ADMIN)
        .build()
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok(app.generate(now + steps * STEP).to_string())
}

pub(crate) fn sign_out(browser: &Browser) -> Result<()> {
    browser.click("form[action='/sign-out'] button")?;
    browser.expect_path("/sign-in");
    Ok(())
}

/// The password alone: after it, the second proof is asked for.
pub(crate) fn password(browser: &Browser) -> Result<()> {
    browser.open("/sign-in")?;
    browser.fill("input[name=email]", ADMIN)?;
    browser.fill("input[name=password]", PASSWORD)?;
    browser.click("form[action='/sign-in'] button")?;
    browser.expect("form[action='/sign-in/second']");
    Ok(())
}

#[test]
fn an_app_and_recovery_codes_are_the_second_proof() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;
    browser.open("/account/factors")?;
    browser.click("form[action='/account/factors/app/begin'] button")?;
    let letters = browser.text("code.letters")?;
    let picture = browser.js("return document.querySelector('img.qr').naturalWidth", &[])?;
    ensure!(picture.as_u64() > Some(0), "the picture to scan is there");
    browser.fill("input[name=code]", &code(&letters, 0)?)?;
    browser.click("form[action='/account/factors/app'] button")?;
    browser.click("form[action='/account/factors/recovery-codes'] button")?;
    browser.expect("ol.codes");
    let recovery = browser.texts("ol.codes code")?;
    ensure!(recovery.len() >= 8, "{recovery:?}");
    assert_eq!(browser.barriers()?, Vec::<String>::new());

    sign_out(&browser)?;
    password(&browser)?;
    // Half signed in is not signed in.
    browser.open("/devices")?;
    assert!(
        browser.path()?.starts_with("/sign-in"),
        "{}",
        browser.path()?
    );
    password(&browser)?;
    assert_eq!(browser.barriers()?, Vec::<String>::new());
    browser.excuse("sign-in/second"); // refused once below
    browser.fill("input[name=code]", "000000")?;
    browser.click("form[action='/sign-in/second'] button:not([type=button])")?;
    browser.expect(".note.bad");
    // The code of the next step: this step's was used to set the app up.
    let next = code(&letters, 1)?;
    browser.fill("input[name=code]", &next)?;
    browser.click("form[action='/sign-in/second'] button:not([type=button])")?;
    browser.expect_path("/");

    sign_out(&browser)?;
    password(&browser)?;
    let first = recovery.first().context("a recovery code")?;
    browser.fill("input[name=code]", &next)?;
    browser.click("form[action='/sign-in/second'] button:not([type=button])")?;
    browser.expect(".note.bad"); // a code works once
    browser.fill("input[name=code]", first)?;
    browser.click("form[action='/sign-in/second'] button:not([type=button])")?;
    browser.expect_path("/");
    sign_out(&browser)?;
    password(&browser)?;
    browser.fill("input[name=code]", first)?;
    browser.click("form[action='/sign-in/second'] button:not([type=button])")?;
    browser.expect(".note.bad"); // and so does a recovery code
    browser.finish();
    Ok(())
}

#[test]
fn a_passkey_opens_the_console_alone_and_as_the_second_proof() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let browser = estate.browser("browser")?;
    let authenticator = browser.plug_in_authenticator()?;
    browser.sign_in(ADMIN, PASSWORD)?;
    browser.open("/account/factors")?;
    browser.fill("[data-ceremony=make] input", "Anna's key")?;
    browser.click("[data-ceremony=make] button")?;
    browser.expect_text("tbody", "Anna's key");
    assert_eq!(browser.passkeys(&authenticator)?, 1);

    sign_out(&browser)?;
    browser.click("[data-passkey='/sign-in/passkey'] button")?;
    browser.expect_path("/");
    sign_out(&browser)?;
    password(&browser)?;
    browser.click("[data-passkey='/sign-in/second/passkey'] button")?;
    browser.expect_path("/");

    // What a passkey is asked for again: the page behind dangerous acts.
    browser.open("/confirm?to=/audit")?;
    browser.click("[data-passkey='/confirm/passkey'] button")?;
    browser.expect_path("/audit");
    browser.finish();
    Ok(())
}

#[test]
fn a_viewer_program_is_signed_in_by_the_code_that_it_shows() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    estate.enroll_host("till-07", &[]);
    let folder = estate.folder().join("desk");
    let mut viewer = Command::new(program("farpane-viewer"));
    viewer
        .arg("--data")
        .arg(&folder)
        .args(["sign-in", "--directory", estate.url()]);
    viewer.args(["--pin", estate.pin()]).env_remove("DISPLAY");
    let log = estate.folder().join("desk.log");
    let mut viewer = Process::start("viewer", &viewer, &log)?;
    let line = viewer.expect_line("if it shows the code", PAGE_WAIT);
    let shown = line.split_whitespace().last().context("a code")?;

    let browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;
    browser.open("/activate")?;
    browser.fill("input[name=code]", shown)?;
    browser.click("form[action='/activate'] button")?;
    browser.expect_text("form[action='/activate'][method=post]", shown);
    browser.click("button[value=allow]")?;
    browser.expect("main a[href='/account']");
    let ended = viewer.expect_end(PAGE_WAIT);
    ensure!(ended.success(), "{}", viewer.log());
    ensure!(
        viewer.log().contains("Signed in as Anna Berg"),
        "{}",
        viewer.log()
    );
    // It is in: it lists the device.
    let mut list = Command::new(program("farpane-viewer"));
    list.arg("--data").arg(&folder).args(["devices", "--json"]);
    let listed = run(list);
    ensure!(
        listed.expect_done().contains("till-07"),
        "{}",
        listed.stdout
    );
    browser.finish();
    Ok(())
}

#[test]
fn a_viewer_is_let_in_from_the_browser_by_its_code() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;
    // Two viewers ask under a name that would run if it could; one is let in.
    for (answer, is_in) in [("allow", true), ("refuse", false)] {
        let key = SecretKey::from_seed(farpane_certs::random::bytes());
        let client = DirectoryClient::new(estate.url(), estate.pin().parse()?)?;
        let asked: DeviceCode = runtime.block_on(async {
            let request = DeviceCodeRequest {
                key: key.public(),
                proof: client.challenge(&key).await?,
                name: LIES[0].into(),
                version: "0.1.0".into(),
            };
            client.post(path::DEVICE_CODE, &request).await
        })?;
        browser.open("/activate")?;
        browser.fill("input[name=code]", &asked.user_code)?;
        browser.click("form[action='/activate'] button")?;
        let fingerprint = key.public().fingerprint().to_string();
        browser.expect_text("form[action='/activate'][method=post]", &fingerprint);
        browser.expect_text("form[action='/activate'][method=post]", LIES[0]);
        browser.click(&format!("button[value={answer}]"))?;
        browser.expect("main a[href='/account']");
        let poll = DeviceCodePoll {
            device_code: asked.device_code,
        };
        let told =
            runtime.block_on(client.post::<_, DeviceCodeAnswer>(path::DEVICE_CODE_POLL, &poll));
        assert_eq!(
            matches!(told, Ok(DeviceCodeAnswer::SignedIn(_))),
            is_in,
            "{told:?}"
        );
    }
    browser.open("/account")?;
    browser.expect_text("tbody", LIES[0]);
    browser.finish();
    Ok(())
}
