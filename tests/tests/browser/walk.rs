//! Every page of the menu, on a desk and on a telephone, light and dark: nothing complains,
//! nothing overflows, and everybody can use it.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use farpane_directory::http::Endpoint;
use farpane_tests::rig::browser::Browser;
use farpane_tests::rig::browser::look::{DESK, PHONE, Scheme};
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};

use super::proof::{code, password, sign_out};
use super::turn;

/// GET endpoints that are no page for a person who is signed in, and why.
const NO_PAGES: &[(&str, &str)] = &[
    ("/healthz", "for programs"),
    ("/readyz", "for programs"),
    ("/metrics", "for programs"),
    ("/openapi.json", "for programs"),
    ("/api/docs/{file}", "parts of the page /api/docs"),
    ("/assets/{file}", "parts of every page"),
    ("/live", "the news that open pages listen to"),
    ("/devices/export.csv", "a file: lies.rs reads it"),
    ("/account/factors/app/picture", "part of the page around it"),
];

/// Pages that are there only half-way through something: [`half_way`] goes there.
const HALF_WAY: &[&str] = &["/sign-in/second", "/link/{id}", "/account/factors/app"];

/// The patterns of all pages that a person can open, from the list of endpoints.
fn patterns() -> impl Iterator<Item = &'static str> {
    let pages = Endpoint::ALL.iter();
    let pages = pages.filter(|endpoint| endpoint.method() == reqwest::Method::GET);
    pages.map(|page| page.path()).filter(|path| {
        let listed = NO_PAGES.iter().any(|(no_page, _)| no_page == path);
        !listed && !path.starts_with("/api/v1/") && !path.starts_with("/agent/")
    })
}

/// The pattern that a path belongs to: the one with the fewest parts left open.
fn pattern(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or_default();
    let fits = |pattern: &str| {
        let (mut is, mut may) = (path.split('/'), pattern.split('/'));
        loop {
            match (is.next(), may.next()) {
                (None, None) => return true,
                (Some(is), Some(may)) if is == may || may.starts_with('{') => {}
                (Some(_), Some(_)) | (Some(_), None) | (None, Some(_)) => return false,
            }
        }
    };
    let fitting = patterns().filter(|pattern| fits(pattern));
    fitting.min_by_key(|pattern| pattern.matches('{').count())
}

/// Where the open page leads to: first by the menu, by its tabs, and to single things; then by any
/// other link.
fn links(browser: &Browser) -> Result<(Vec<String>, Vec<String>)> {
    let found = browser.js(
        "const links = [...document.querySelectorAll('a[href]')]
           .filter(link => !link.matches('[rel=next], [rel=prev], [download]'))
           .filter(link => new URL(link.href).origin === location.origin);
         const first = link => !link.closest('main') || link.closest('.tabs, nav[aria-label]')
           || /[0-9a-f]{8}-[0-9a-f]{4}/.test(link.pathname);
         const paths = some => some.map(link => link.pathname + link.search);
         return [paths(links.filter(first)), paths(links.filter(link => !first(link)))]",
        &[],
    )?;
    Ok(serde_json::from_value(found)?)
}

/// What kind of page a path leads to: two devices have the same kind of page, and so have two
/// searches.
pub(crate) fn kind(path: &str) -> String {
    let is_id = |word: &&str| word.len() == 36 && word.matches('-').count() == 4;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let words = path.split('/');
    let words: Vec<_> = words
        .map(|word| if is_id(&word) { "{id}" } else { word })
        .collect();
    let asked = query.split('&').filter_map(|pair| pair.split('=').next());
    let asked: Vec<_> = asked.filter(|name| !name.is_empty()).collect();
    if asked.is_empty() {
        words.join("/")
    } else {
        format!("{}?{}", words.join("/"), asked.join("&"))
    }
}

/// Pages that answer a form have an address of their own: those of the things that were seen.
fn answers(opened: &[String], seen: &BTreeSet<String>) -> Vec<String> {
    let missing = patterns().filter(|pattern| !seen.contains(*pattern));
    let of_a_thing = missing.filter_map(|pattern| {
        let (before, after) = pattern.split_once("/{id}")?;
        let thing = opened.iter().find_map(|path| {
            let path = path.split('?').next()?;
            let id = path.strip_prefix(before)?.strip_prefix('/')?;
            let id = id.split('/').next()?;
            (id.len() == 36).then_some(id)
        })?;
        Some(format!("{before}/{thing}{after}"))
    });
    let plain = patterns().filter(|pattern| !seen.contains(*pattern));
    let plain = plain.filter(|pattern| !pattern.contains('{') && !HALF_WAY.contains(pattern));
    of_a_thing.chain(plain.map(str::to_owned)).collect()
}

/// Opens every kind of page that the console leads to, from the overview on, then those that forms
/// lead to, and shows each to `look`.
pub(crate) fn every_page(
    browser: &Browser,
    mut look: impl FnMut(&str) -> Result<()>,
) -> Result<BTreeSet<String>> {
    let mut seen = BTreeSet::new();
    let mut opened = Vec::new();
    let mut next = vec!["/".to_owned()];
    let mut answers_asked = false;
    loop {
        let Some(path) = next.pop() else {
            if std::mem::replace(&mut answers_asked, true) {
                break;
            }
            next = answers(&opened, &seen);
            continue;
        };
        // What stands in no list is no page: a file, or something of the reference's.
        let Some(pattern) = pattern(&path) else {
            continue;
        };
        if !seen.insert(kind(&path)) {
            continue;
        }
        seen.insert(pattern.to_owned());
        browser.open(&path)?;
        let status = browser.status()?;
        ensure!(status == 200, "{path} answers {status}");
        look(&path)?;
        let (first, other) = links(browser)?;
        next.extend(first);
        let new = |path: &String| kind(path).contains('?') || !seen.contains(&kind(path));
        next.extend(
            other
                .into_iter()
                .filter(new)
                .filter(|path| self::pattern(path).is_some_and(|pattern| !seen.contains(pattern))),
        );
        opened.push(path);
    }
    ensure!(seen.len() > 4, "the menu leads only to {seen:?}");
    Ok(seen)
}

/// The pages that are there only half-way through something, shown to `look` one after the other.
/// Afterwards nobody is signed in.
pub(crate) fn half_way(
    estate: &Estate,
    browser: &Browser,
    mut look: impl FnMut(&str) -> Result<()>,
) -> Result<()> {
    browser.open("/account/factors")?;
    browser.click("form[action='/account/factors/app/begin'] button")?;
    browser.expect("code.letters");
    look("/account/factors/app")?;
    let letters = browser.text("code.letters")?;
    browser.fill("input[name=code]", &code(&letters, 0)?)?;
    browser.click("form[action='/account/factors/app'] button")?;
    browser.expect_path("/account/factors");
    look("/account/factors with an app")?;
    sign_out(browser)?;
    look("/sign-in")?;
    password(browser)?;
    look("/sign-in/second")?;
    let invited = estate.admin(&["user", "invite", "cleo@acme.example", "--name", "Cleo"]);
    browser.open_url(invited.expect_done())?;
    browser.expect("input[name=password]");
    look("/link/{id}")
}

/// Waits for a page that its script writes.
pub(super) fn wait_for_script(browser: &Browser, path: &str) {
    if path == "/api/docs" {
        browser.expect_text("h3", "sessions");
    }
}

/// What is wrong with the open page in all four looks.
fn faults(browser: &Browser, path: &str) -> Result<Vec<String>> {
    wait_for_script(browser, path);
    let mut wrong = Vec::new();
    for size in [DESK, PHONE] {
        browser.resize(size)?;
        for scheme in [Scheme::Light, Scheme::Dark] {
            browser.scheme(scheme)?;
            let name =
                |what: &String| format!("{path} at {} px, {}: {what}", size.0, scheme.word());
            wrong.extend(browser.overflow()?.iter().map(name));
            wrong.extend(browser.barriers()?.iter().map(name));
        }
    }
    Ok(wrong)
}

/// One of everything that has a page of its own.
pub(crate) fn furnish(estate: &Estate) {
    let done = |words: &[&str]| {
        estate.admin(words).expect_done();
    };
    estate.enroll_host("till-07", &[]);
    done(&["place", "add", "Acme MSP/Upper floor"]);
    done(&["group", "create", "Night shift"]);
    done(&[
        "role",
        "create",
        "Onlookers",
        "--reach",
        "--session",
        "view",
    ]);
    done(&["user", "invite", "bo@acme.example", "--name", "Bo Lie"]);
    done(&["role", "assign", "observer", "--to", "bo@acme.example"]);
    done(&["ticket", "device"]);
    done(&[
        "webhook",
        "add",
        "https://hooks.example.org/farpane",
        "--event",
        "*",
    ]);
}

#[test]
fn every_page_fits_every_screen_and_everybody_can_use_it() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    furnish(&estate);
    let browser = estate.browser("browser")?;
    let mut wrong = Vec::new();
    browser.sign_in(ADMIN, PASSWORD)?;
    browser.open("/access/ask")?;
    browser.fill("input[name=role]", "Observer")?;
    browser.fill("input[name=place]", "The whole organisation")?;
    browser.fill("[name=reason]", "the night shift")?;
    browser.click("form[action='/access/ask'] button")?;
    browser.expect_text("main", "the night shift");
    let mut seen = every_page(&browser, |path| {
        wrong.extend(faults(&browser, path)?);
        Ok(())
    })?;
    // The page that answers a decision: of a request whose id stands nowhere but beside it.
    browser.open("/access/requests")?;
    let request = browser.attribute("main [id^='r-']", "id")?;
    let request = request.unwrap_or_default().replacen("r-", "", 1);
    let path = format!("/access/requests/{request}/decide");
    browser.open(&path)?;
    ensure!(browser.status()? == 200, "{path} does not open");
    wrong.extend(faults(&browser, &path)?);
    seen.extend(pattern(&path).map(str::to_owned));
    half_way(&estate, &browser, |path| {
        wrong.extend(faults(&browser, path)?);
        seen.insert(path.to_owned());
        Ok(())
    })?;
    let missed: Vec<_> = patterns().filter(|page| !seen.contains(*page)).collect();
    assert!(
        missed.is_empty(),
        "nobody looked at {missed:?}, only at {seen:?}"
    );
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
        // What is for programs is written in English alone.
        if path == "/api/docs" {
            return Ok(());
        }
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
