//! A hostile host: whatever it says about itself stays text, in every page and in every line of
//! the log.

use anyhow::{Context as _, Result};
use farpane_protocol::api::inventory::{Inventory, Software};
use farpane_protocol::api::path;
use farpane_protocol::enrolment::Ticket;
use farpane_tests::rig::browser::look::{DESK, PHONE};
use farpane_tests::rig::browser::{Browser, trust};
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};
use farpane_tests::rig::rogue::{FORMULAS, LIES, TRACE, enrol, enrol_relay, report};

use super::turn;
use super::walk::every_page;

/// Enrols a device for every lie; half of them wait for approval, so that both kinds of pages
/// show them.
pub(crate) fn tell_lies(estate: &Estate) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let ticket = |options: &[&str]| -> Result<Ticket> {
        let uses = (LIES.len() + FORMULAS.len() + 1).to_string();
        let words = [&["ticket", "device", "--uses", &uses], options].concat();
        Ok(estate.admin(&words).expect_done().parse()?)
    };
    let report = report();
    let tickets = [ticket(&[])?, ticket(&["--queue"])?];
    for (number, lie) in LIES.iter().chain(FORMULAS).enumerate() {
        let told = enrol(&tickets[number % 2], lie, lie, lie);
        let (_, agent) = runtime.block_on(told).with_context(|| format!("{lie:?}"))?;
        let sent = agent.post::<_, ()>(path::HOST_INVENTORY, &report);
        runtime.block_on(sent).with_context(|| format!("{lie:?}"))?;
    }
    let (_, agent) = runtime.block_on(enrol(&tickets[0], "million", "Debian", "1"))?;
    let flood = Inventory {
        software: vec![Software::default(); 1_000_000],
        ..Inventory::default()
    };
    let sent = agent.post::<_, ()>(path::HOST_INVENTORY, &flood);
    assert!(
        runtime.block_on(sent).is_err(),
        "a million rows are refused"
    );
    let ticket = estate.admin(&["ticket", "relay", "--name", LIES[0]]);
    runtime.block_on(enrol_relay(&ticket.expect_done().parse()?, LIES[1]))?;
    Ok(())
}

/// What strangers at the door say: they have no ticket, and still leave lines in records and logs.
fn call_at_the_door(estate: &Estate) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let client = trust::client(&estate.folder().join("directory"))?;
    for lie in LIES.iter().chain(FORMULAS) {
        let mut url = reqwest::Url::parse(estate.url())?;
        url.set_path(lie);
        url.query_pairs_mut().append_pair("q", lie);
        let shown: String = lie.chars().filter(char::is_ascii_graphic).collect();
        let knock = client.get(url).header("user-agent", &shown);
        runtime.block_on(knock.send())?;
        let mut form = reqwest::Url::parse(estate.url())?;
        form.query_pairs_mut()
            .append_pair("email", &format!("{shown}@example.org"))
            .append_pair("password", lie);
        let try_in = client
            .post(format!("{}/sign-in", estate.url()))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("user-agent", &shown)
            .body(form.query().unwrap_or_default().to_owned());
        runtime.block_on(try_in.send())?;
    }
    Ok(())
}

/// Whether the script of a lie ran in the open page.
fn trace(browser: &Browser) -> Result<bool> {
    let found = browser.js("return typeof window[arguments[0]]", &[TRACE.into()])?;
    Ok(found != "undefined")
}

#[test]
fn what_a_hostile_host_says_is_text_everywhere() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    tell_lies(&estate)?;
    let browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;
    // Afterwards: so many failures from one address shut it out for a while.
    call_at_the_door(&estate)?;
    let mut wrong = Vec::new();
    let mut shown = 0;
    let seen = every_page(&browser, |path| {
        for size in [DESK, PHONE] {
            browser.resize(size)?;
            if trace(&browser)? {
                wrong.push(format!("a script of a host ran on {path}"));
            }
            let wide = browser.overflow()?;
            wrong.extend(
                wide.iter()
                    .map(|what| format!("{path} at {}: {what}", size.0)),
            );
        }
        // Markup of a lie would have become parts of the page, and parts would be broken out of.
        let foreign = browser.count("main svg[onload], main script, main h1 ~ h1, [onerror], [onfocus], [hx-get='/sign-out'], base, main meta, main a[href^='javascript:']")?;
        if foreign > 0 {
            wrong.push(format!("{foreign} parts of {path} were made by a host"));
        }
        let text = browser.js("return document.body.innerText", &[])?;
        let text = text.as_str().unwrap_or_default();
        shown += text.matches("window.farpaneTrace=1").count();
        for hidden in [
            '\u{202e}', '\u{2067}', '\u{200b}', '\u{feff}', '\u{1b}', '\u{9b}', '\0',
        ] {
            if text.contains(hidden) {
                wrong.push(format!("{path} shows {hidden:?}"));
            }
        }
        Ok(())
    })?;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen.contains("/devices/{id}"), "{seen:?}");
    assert!(shown > 0, "the lies were on the pages, as text");
    browser.finish();
    // Terminals obey control characters, too.
    let log = estate.directory.log();
    let devices = estate.admin(&["device", "list"]).stdout;
    let records = estate.admin(&["audit", "list"]).stdout;
    assert!(devices.contains("window.farpaneTrace=1"), "{devices}");
    for text in [&log, &devices, &records] {
        let strange = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(strange, None, "{}", text.escape_debug());
    }
    assert!(!log.contains("\nlevel=ERROR forged"), "{log}");
    Ok(())
}
