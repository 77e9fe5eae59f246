//! A second person: invited by a link, and shown exactly what a role gives at one customer.

use std::fs;

use anyhow::{Context as _, Result};
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};

use super::turn;

const BO: &str = "bo@acme.example";
const BOS_PASSWORD: &str = "nine grey gulls above the quay";

#[test]
fn a_second_person_sees_what_their_role_gives_and_nothing_else() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let file = estate.folder().join("devices.csv");
    fs::write(
        &file,
        "name,customer\ntill-01,Oslo\ntill-02,Oslo\ndesk-01,Bergen\n",
    )?;
    let words = [
        "device",
        "import",
        &file.to_string_lossy(),
        "--create-customers",
    ];
    estate.admin(&words).expect_done();
    let annas = estate.browser("anna")?;
    annas.sign_in(ADMIN, PASSWORD)?;
    annas.open("/devices?q=desk")?;
    let hidden = annas.attribute("tbody tr td.name a", "href")?;
    let hidden = hidden.context("a device has a page")?;
    annas.finish();

    let invited = estate.admin(&["user", "invite", BO, "--name", "Bo Lie"]);
    let link = invited
        .expect_done()
        .trim_start_matches(estate.url())
        .to_owned();
    let mut browser = estate.browser("bo")?;
    browser.excuse("404"); // pages that Bo may not find
    browser.excuse("403"); // and a list that Bo may not see
    browser.open(&link)?;
    assert_eq!(browser.barriers()?, Vec::<String>::new());
    browser.fill("input[name=password]", BOS_PASSWORD)?;
    browser.click("form[action^='/link/'] button")?;
    browser.expect("main a[href='/sign-in']");
    // A link works once.
    browser.open(&link)?;
    assert_eq!(browser.count("input[name=password]")?, 0);

    browser.sign_in(BO, BOS_PASSWORD)?;
    browser.open("/devices")?;
    let main = browser.text("main")?;
    for name in ["till-01", "till-02", "desk-01"] {
        assert!(!main.contains(name), "nothing is given yet: {main}");
    }
    let words = ["role", "assign", "observer", "--to", BO, "--at", "Oslo"];
    estate.admin(&words).expect_done();
    browser.open("/devices")?;
    browser.expect_text("tbody", "till-01");
    browser.expect_text("tbody", "till-02");
    assert_eq!(browser.count("tbody tr")?, 2);
    browser.open("/devices?q=desk")?;
    assert!(!browser.text("main")?.contains("desk-01"));
    browser.open(&hidden)?;
    assert_eq!(browser.status()?, 404, "what Bo may not see is not found");
    browser.open("/audit")?;
    assert!(browser.status()? >= 400, "an observer reads no audit");
    browser.open("/")?;
    assert_eq!(browser.count("nav a[href='/audit']")?, 0);
    browser.finish();
    Ok(())
}
