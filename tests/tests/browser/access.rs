//! Rights as people manage them in the console: a role given in a page opens devices to somebody
//! else, and a removal waits until a second person said yes.

use std::fs;

use anyhow::Result;
use farpane_tests::rig::browser::Browser;
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};

use super::turn;

const BO: &str = "bo@acme.example";
const BOS_PASSWORD: &str = "nine grey gulls above the quay";

/// Puts devices of two customers into the catalogue.
fn stock(estate: &Estate) {
    let file = estate.folder().join("devices.csv");
    let rows = "name,customer\ntill-01,Oslo\ntill-02,Oslo\ndesk-01,Bergen\n";
    fs::write(&file, rows).expect("writes");
    let file = file.to_string_lossy();
    let words = ["device", "import", &file, "--create-customers"];
    estate.admin(&words).expect_done();
}

/// Invites Bo in Anna's browser, and lets them in with the link in their own.
fn invite(annas: &Browser, bos: &Browser) -> Result<()> {
    annas.open("/people/invite")?;
    annas.fill("input[name=email]", BO)?;
    annas.fill("input[name=name]", "Bo Lie")?;
    annas.click("form[action='/people/invite'] button")?;
    annas.expect_text("main .command", "/link/");
    let link = annas.text("main .command")?;
    assert_eq!(annas.barriers()?, Vec::<String>::new());
    come_in(bos, &link)
}

/// Bo chooses a password behind the link and signs in with it.
fn come_in(bos: &Browser, link: &str) -> Result<()> {
    bos.open_url(link)?;
    bos.fill("input[name=password]", BOS_PASSWORD)?;
    bos.click("form[action^='/link/'] button")?;
    bos.expect("main a[href='/sign-in']");
    bos.sign_in(BO, BOS_PASSWORD)
}

#[test]
fn a_role_given_in_a_page_opens_devices_to_somebody_else() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    stock(&estate);
    let annas = estate.browser("anna")?;
    annas.sign_in(ADMIN, PASSWORD)?;
    let bos = estate.browser("bo")?;
    invite(&annas, &bos)?;
    bos.open("/devices")?;
    assert!(
        !bos.text("main")?.contains("till-01"),
        "nothing is given yet"
    );

    annas.click("main a[href^='/access/give']")?;
    annas.expect("form[action='/access/give']");
    annas.choose("select[name=role]", "observer")?;
    annas.fill("input[name=place]", "Oslo")?;
    assert_eq!(annas.barriers()?, Vec::<String>::new());
    annas.click("form[action='/access/give'] button")?;
    annas.expect_text("main", "Observer");
    assert!(annas.path()?.starts_with("/people/"), "{}", annas.path()?);
    assert_eq!(annas.barriers()?, Vec::<String>::new());

    bos.open("/devices")?;
    bos.expect_text("tbody", "till-01");
    assert_eq!(bos.count("tbody tr")?, 2, "Oslo's and no other");
    bos.open("/access")?;
    bos.expect_text("tbody", "Observer");
    assert_eq!(bos.count("nav a[href='/people']")?, 0);
    assert_eq!(bos.barriers()?, Vec::<String>::new());

    // Who reaches the device stands on its page, with the role that gives it.
    annas.open("/devices?q=till-01")?;
    annas.click("tbody tr td.name a")?;
    annas.click_on(".tabs a", "Access")?;
    annas.expect_text("tbody", "Bo Lie");
    annas.expect_text("tbody", "Observer");
    annas.click("main a[href^='/access/test']")?;
    annas.fill("input[name=who]", BO)?;
    annas.choose("select[name=what]", "control")?;
    annas.click("form[action='/access/test'] button")?;
    annas.expect_text("main", "no role gives it");

    annas.open("/access?q=observer")?;
    annas.click("form[action$='/take'] button")?;
    annas.expect_path("/access");
    bos.open("/devices")?;
    assert!(!bos.text("main")?.contains("till-01"), "it was taken away");
    annas.finish();
    bos.finish();
    Ok(())
}

#[test]
fn a_removal_that_one_person_asks_for_happens_once_a_second_said_yes() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    stock(&estate);
    let mut annas = estate.browser("anna")?;
    annas.excuse("403"); // what waits for a second person is refused first
    annas.sign_in(ADMIN, PASSWORD)?;
    let bos = estate.browser("bo")?;
    // Nobody decides for whoever made their account: the operator makes Bo's.
    let invited = estate.admin(&["user", "invite", BO, "--name", "Bo Lie"]);
    come_in(&bos, invited.expect_done())?;
    let words = ["role", "assign", "administrator", "--to", BO];
    estate.admin(&words).expect_done();
    annas.open("/access/second-person")?;
    annas.fill("input[name=remove_over]", "1")?;
    annas.click("form[action='/access/second-person'] button")?;
    annas.expect_text("main", "Saved.");

    annas.open("/devices?q=till")?;
    annas.click("thead input[data-all]")?;
    annas.choose("#act select[name=what]", "remove")?;
    annas.click("#act button")?;
    annas.expect_text("main", "till-02");
    annas.click("form[action$='/run'] button")?;
    annas.expect_text("main", "A second person has to say yes");
    annas.open("/access/requests")?;
    annas.expect_text("main", "Nobody decides what they asked for themselves");
    assert_eq!(annas.count("button[value=approve]")?, 0);
    assert_eq!(annas.barriers()?, Vec::<String>::new());

    bos.open("/devices?q=till")?;
    assert_eq!(bos.count("tbody tr")?, 2, "nothing happened yet");
    bos.press("ga")?;
    bos.expect_path("/access");
    bos.click_on(".tabs a", "Requests")?;
    bos.expect_text("main", "remove 2 devices");
    assert_eq!(bos.barriers()?, Vec::<String>::new());
    bos.fill("input[name=reason]", "the shop is closed")?;
    bos.click("button[value=approve]")?;
    bos.expect_none("button[value=approve]");

    annas.open("/access/requests")?;
    annas.expect_text("main", "the shop is closed");
    annas.open("/devices?q=till")?;
    assert!(!annas.text("main")?.contains("till-01"), "they are removed");
    annas.open("/devices?q=desk")?;
    annas.expect_text("tbody", "desk-01");
    annas.finish();
    bos.finish();
    Ok(())
}
