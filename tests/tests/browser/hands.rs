//! Without a mouse, and without scripts: the console is still all there.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use farpane_tests::rig::browser::Browser;
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};
use serde_json::Value;
use thirtyfour::Key;

use super::turn;
use super::walk::{every_page, wait_for_script};

/// More steps than any page of the test has parts that take the focus.
const MOST_STEPS: usize = 120;

/// The part that has the focus: what it is, and whether a person sees that.
fn focus(browser: &Browser) -> Result<Value> {
    browser.js(
        "const part = document.activeElement;
         if (!part || part === document.body) return null;
         const style = getComputedStyle(part);
         const box = part.getBoundingClientRect();
         return {
           name: part.outerHTML.slice(0, 120),
           seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
             || style.boxShadow !== 'none',
           there: box.width > 0 && box.height > 0 && box.left >= 0,
           order: [...document.querySelectorAll('*')].indexOf(part),
         }",
        &[],
    )
}

#[test]
fn every_page_is_walked_with_the_tab_key_alone() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    estate.enroll_host("till-07", &[]);
    let browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;
    every_page(&browser, |path| {
        wait_for_script(&browser, path);
        let reachable = browser.js(
            // From the top, wherever the page itself put the focus.
            "document.body.tabIndex = -1;
             document.body.focus();
             document.body.removeAttribute('tabindex');
             return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
               .filter(part => !part.disabled && part.tabIndex >= 0 && part.checkVisibility({visibilityProperty: true})).length",
            &[],
        )?;
        let mut seen = Vec::new();
        for _ in 0..MOST_STEPS {
            browser.press(Key::Tab)?;
            let now = focus(&browser)?;
            if now.is_null() {
                break;
            }
            let order = now["order"].as_u64().unwrap_or_default();
            // A field for a date takes the key several times, once for each of its parts.
            if seen.last() == Some(&order) {
                continue;
            }
            if seen.contains(&order) {
                break;
            }
            ensure!(
                now["seen"] == true,
                "{path}: no sign of the focus on {}",
                now["name"]
            );
            ensure!(
                now["there"] == true,
                "{path}: the focus is off the page on {}",
                now["name"]
            );
            seen.push(order);
        }
        ensure!(seen.is_sorted(), "{path}: the focus jumps back");
        let all = usize::try_from(reachable.as_u64().unwrap_or_default())?;
        ensure!(
            seen.len() == all,
            "{path}: {} of {all} parts get the focus",
            seen.len()
        );
        Ok(())
    })?;
    browser.finish();
    Ok(())
}

#[test]
fn keys_search_go_to_pages_and_explain_themselves() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    estate.enroll_host("till-07", &[]);
    let browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;
    let keys = browser.js(
        "return [...document.querySelectorAll('nav [data-key]')]
           .map(link => [link.dataset.key, link.getAttribute('href')])",
        &[],
    )?;
    let keys: BTreeMap<String, String> = serde_json::from_value::<Vec<_>>(keys)?
        .into_iter()
        .collect();
    assert_eq!(keys["d"], "/devices");
    for (key, path) in keys {
        browser.press(format!("g{key}"))?;
        browser.expect_path(&path);
        browser.press("?")?;
        browser.expect("dialog[open]");
        browser.press(Key::Escape)?;
        browser.expect_none("dialog[open]");
        browser.press("/")?;
        let searches = browser.js("return document.activeElement.id", &[])?;
        assert_eq!(searches, "find", "on {path}");
        browser.press(Key::Escape)?;
    }
    browser.press("?")?;
    browser.expect("dialog[open]");
    assert!(browser.barriers()?.is_empty(), "{:?}", browser.barriers()?);
    browser.press(Key::Escape)?;
    assert_eq!(browser.count("dialog[open]")?, 0);
    // From anywhere into the search, and off with it.
    browser.press("/")?;
    let searches = browser.js("return document.activeElement.type", &[])?;
    assert_eq!(searches, "search");
    browser.press("till")?;
    browser.press(Key::Enter)?;
    browser.expect_text("main", "till-07");
    assert!(
        browser.path()?.starts_with("/devices?q=till"),
        "{}",
        browser.path()?
    );
    // In a field, letters are letters.
    browser.press("/")?;
    browser.press("gs?")?;
    assert_eq!(browser.count("dialog[open]")?, 0);
    assert!(browser.path()?.starts_with("/devices"));
    browser.finish();
    Ok(())
}

#[test]
fn everything_is_readable_and_works_without_scripts() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    estate.enroll_host("till-07", &[]);
    let browser = estate.browser("browser")?;
    browser.scripts(false)?;
    browser.sign_in(ADMIN, PASSWORD)?;
    every_page(&browser, |path| {
        let read = browser.js(
            "return document.querySelector('main').innerText.trim()",
            &[],
        )?;
        ensure!(
            read.as_str().is_some_and(|text| text.len() > 10),
            "{path} is empty"
        );
        Ok(())
    })?;
    browser.open("/devices?q=till")?;
    browser.expect_text("main", "till-07");
    browser.open("/enrolment")?;
    browser.fill("form[action='/enrolment'] input[name=uses]", "3")?;
    browser.click("form[action='/enrolment'] button")?;
    browser.expect_text("main", "farpane-ticket1.");
    browser.click("form[action='/sign-out'] button")?;
    browser.expect_path("/sign-in");
    browser.finish();
    Ok(())
}
