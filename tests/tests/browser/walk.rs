//! Every page of the menu, on a desk and on a telephone, light and dark: nothing complains,
//! nothing overflows, and everybody can use it.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use farpane_tests::rig::browser::Browser;
use farpane_tests::rig::browser::look::{DESK, PHONE, Scheme};
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};

use super::turn;

/// Where the open page leads to: by the menu, by its tabs, and to single things.
fn pages(browser: &Browser) -> Result<Vec<String>> {
    let found = browser.js(
        "return [...document.querySelectorAll('nav a[href], .tabs a[href], main a[href]')]
           .filter(link => !link.closest('main') || link.closest('.tabs, nav[aria-label]')
                || /[0-9a-f]{8}-[0-9a-f]{4}/.test(link.pathname))
           .filter(link => !link.matches('[rel=next], [rel=prev], [download]'))
           .map(link => new URL(link.href)).filter(url => url.origin === location.origin)
           .map(url => url.pathname + url.search)",
        &[],
    )?;
    Ok(serde_json::from_value(found)?)
}

/// What kind of page a path leads to: two devices have the same kind of page.
pub(crate) fn kind(path: &str) -> String {
    let is_id = |word: &&str| word.len() == 36 && word.matches('-').count() == 4;
    let words = path.split('/');
    let words: Vec<_> = words
        .map(|word| if is_id(&word) { "{id}" } else { word })
        .collect();
    words.join("/")
}

/// Opens every kind of page that the console leads to, from the overview on, and shows each to
/// `look`.
pub(crate) fn every_page(
    browser: &Browser,
    mut look: impl FnMut(&str) -> Result<()>,
) -> Result<BTreeSet<String>> {
    let mut seen = BTreeSet::new();
    let mut next = vec!["/".to_owned()];
    while let Some(path) = next.pop() {
        if !seen.insert(kind(&path)) {
            continue;
        }
        browser.open(&path)?;
        let status = browser.status()?;
        ensure!(status == 200, "{path} answers {status}");
        look(&path)?;
        next.extend(pages(browser)?);
    }
    ensure!(seen.len() > 4, "the menu leads only to {seen:?}");
    Ok(seen)
}

#[test]
fn every_page_fits_every_screen_and_everybody_can_use_it() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    estate.enroll_host("till-07", &[]);
    let browser = estate.browser("browser")?;
    let mut wrong = Vec::new();
    browser.open("/sign-in")?;
    wrong.extend(browser.barriers()?);
    browser.sign_in(ADMIN, PASSWORD)?;
    let seen = every_page(&browser, |path| {
        for (size, scheme) in [(DESK, Scheme::Light), (PHONE, Scheme::Dark)] {
            browser.resize(size)?;
            browser.scheme(scheme)?;
            let name = |what: &str| format!("{path} at {} px, {}: {what}", size.0, scheme.word());
            wrong.extend(browser.overflow()?.iter().map(|what| name(what)));
            wrong.extend(browser.barriers()?.iter().map(|what| name(what)));
        }
        Ok(())
    })?;
    println!("walked {seen:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    browser.finish();
    Ok(())
}

#[test]
fn the_second_language_fits_the_smallest_screen() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    estate.enroll_host("till-07", &[]);
    let browser = estate.browser("browser")?;
    browser.language("de")?;
    browser.resize(PHONE)?;
    browser.sign_in(ADMIN, PASSWORD)?;
    let mut wrong = Vec::new();
    every_page(&browser, |path| {
        let language = browser.attribute("html", "lang")?;
        ensure!(
            language.as_deref() == Some("de"),
            "{path} is in {language:?}"
        );
        wrong.extend(
            browser
                .overflow()?
                .iter()
                .map(|what| format!("{path}: {what}")),
        );
        // A text that is missing would show its name, which has hyphens and no spaces.
        let missing = browser.js(
            "return [...document.querySelectorAll('body *')].filter(part => !part.children.length)
               .map(part => part.textContent.trim()).filter(text => /^[a-z]+(-[a-z]+)+$/.test(text))",
            &[],
        )?;
        for text in missing.as_array().into_iter().flatten() {
            if text != "relay-one" {
                wrong.push(format!("{path}: no text for {text}"));
            }
        }
        Ok(())
    })?;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    browser.finish();
    Ok(())
}

#[test]
fn pages_that_are_not_there_and_the_reference_are_pages_too() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut browser = estate.browser("browser")?;
    browser.excuse("404"); // the first is about it
    browser.sign_in(ADMIN, PASSWORD)?;
    browser.open("/no/such/page")?;
    assert_eq!(browser.status()?, 404);
    assert_eq!(browser.barriers()?, Vec::<String>::new());
    browser.expect("main a[href='/']");
    browser.open("/api/docs")?;
    browser.expect_text("h3", "sessions"); // which its script wrote
    browser.finish();
    Ok(())
}
