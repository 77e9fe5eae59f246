//! Claims about second factors: authenticator apps, recovery codes, what they open and what not.

use std::time::Duration;

use farpane_directory::app::caller::Caller;
use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_directory::model::proof::Proved;

use crate::agents::{Agent, kind};
use crate::browser::Browser;
use crate::world::{ADMIN, PASSWORD, START, World};

/// The pause after which an app shows another code.
const STEP: Duration = Duration::from_secs(30);

async fn by_hand() -> World {
    World::with(Clock::by_hand(START)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_asked_after_the_password_and_works_once() {
    let world = by_hand().await;
    let app = Browser::signed_in(&world).await.set_up_app().await;
    world.clock.advance(STEP);
    let mut browser = Browser::new(&world);
    let shown = browser.password(ADMIN, PASSWORD).await;
    assert_eq!(shown.location, "/sign-in/second");
    assert!(!browser.is_signed_in().await, "half is nothing");
    assert!(!browser.cookies.contains_key("__Host-farpane"));
    assert_eq!(browser.code("000000").await.status, 401);
    let code = app.code(world.clock.now());
    let shown = browser.code(&code).await;
    assert_eq!((shown.status, shown.location.as_str()), (303, "/"));
    assert!(browser.is_signed_in().await);
    assert!(!browser.cookies.contains_key("__Host-farpane-second"));
    let records = world.records().await;
    let (body, _) = records.last().expect("a record");
    let by_code = Event::ConsoleSignedIn {
        proved: Some(Proved::Code),
    };
    assert_eq!(body.event, by_code);

    // Somebody who looked over the shoulder is quick, and still too late.
    let mut thief = Browser::new(&world);
    thief.password(ADMIN, PASSWORD).await;
    assert_eq!(thief.code(&code).await.status, 401);
    assert!(!thief.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_counts_only_after_a_code_and_for_its_own_session() {
    let world = by_hand().await;
    let mut browser = Browser::signed_in(&world).await;
    let begun = browser.form("/account/factors/app/begin", &[]).await;
    let draft = begun
        .location
        .split('=')
        .nth(1)
        .expect("a draft")
        .to_owned();
    let fields = [("draft", draft.as_str()), ("code", "000000")];
    let wrong = browser.form("/account/factors/app", &fields).await;
    assert_eq!(wrong.status, 401);
    let mut other = Browser::signed_in(&world).await;
    assert_eq!(other.get(&begun.location).await.status, 404);
    let picture = format!("/account/factors/app/picture?draft={draft}");
    assert_eq!(other.get(&picture).await.status, 404);
    assert!(other.is_signed_in().await, "nothing is set up yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_factors_and_of_the_password_ends_other_sessions() {
    let world = by_hand().await;
    let mut browser = Browser::signed_in(&world).await;
    let mut other = Browser::signed_in(&world).await;
    let before = browser.cookies.clone();
    browser.set_up_app().await;
    assert!(browser.is_signed_in().await && !other.is_signed_in().await);
    assert_ne!(
        browser.cookies, before,
        "a stronger session has a fresh cookie"
    );
    let mut stolen = Browser::new(&world);
    stolen.cookies = before;
    assert!(!stolen.is_signed_in().await);

    let mut third = browser.clone();
    let fields = [("old", PASSWORD), ("new", "a whole new phrase")];
    let changed = browser.form("/account/password", &fields).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert!(browser.is_signed_in().await);
    // A copy of the same cookie is the same session.
    assert!(third.is_signed_in().await);
    let old = Browser::new(&world).password(ADMIN, PASSWORD).await;
    assert_eq!(old.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_opens_once_and_is_shown_once() {
    let world = by_hand().await;
    let mut browser = Browser::signed_in(&world).await;
    browser.set_up_app().await;
    let made = browser.form("/account/factors/recovery-codes", &[]).await;
    let codes: Vec<_> = made
        .text
        .split("<li><code>")
        .skip(1)
        .map(|rest| rest.split('<').next().expect("a code").to_owned())
        .collect();
    assert_eq!(codes.len(), 10);
    let page = browser.get("/account/factors").await;
    assert!(page.text.contains("10 are left") && !page.text.contains(&codes[0]));
    for (code, status) in [(&codes[3], 303), (&codes[3], 401), (&codes[4], 303)] {
        let mut browser = Browser::new(&world);
        browser.password(ADMIN, PASSWORD).await;
        assert_eq!(browser.code(&code.to_uppercase()).await.status, status);
    }
    // It opens the door, and no more: dangerous things ask for a factor.
    let confirmed = browser.form("/confirm", &[("code", &codes[5])]).await;
    assert_eq!(confirmed.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn dangerous_things_ask_once_more_after_ten_minutes() {
    let world = by_hand().await;
    let mut browser = Browser::signed_in(&world).await;
    let app = browser.set_up_app().await;
    world.clock.advance(Duration::from_secs(600));
    let asked = browser.form("/account/factors/recovery-codes", &[]).await;
    assert_eq!(asked.location, "/confirm?to=%2Faccount%2Ffactors");
    let by_password = [("password", PASSWORD), ("to", "/account/factors")];
    let refused = browser.form("/confirm", &by_password).await;
    assert_eq!(refused.status, 401, "a password is not enough any more");
    let code = app.code(world.clock.now());
    let fields = [("code", code.as_str()), ("to", "//evil.example")];
    let confirmed = browser.form("/confirm", &fields).await;
    assert_eq!((confirmed.status, confirmed.location.as_str()), (303, "/"));
    let made = browser.form("/account/factors/recovery-codes", &[]).await;
    assert!(made.text.contains("class=\"codes\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_codes_ends_the_sign_in_and_then_has_to_wait() {
    let world = by_hand().await;
    let mut owner = Browser::signed_in(&world).await;
    let app = owner.set_up_app().await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let mut thief = Browser::new(&world);
        thief.password(ADMIN, PASSWORD).await;
        for guess in 0..5 {
            statuses.push(thief.code(&format!("00000{guess}")).await.status);
        }
    }
    assert_eq!(
        statuses[..5],
        [401, 401, 401, 401, 303],
        "the fifth sends back"
    );
    assert!(statuses[10..].contains(&429), "{statuses:?}");
    world.clock.advance(Duration::from_secs(1200));
    let mut owner = Browser::new(&world);
    owner.password(ADMIN, PASSWORD).await;
    assert_eq!(owner.code(&app.code(world.clock.now())).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_must_have_a_factor_can_do_nothing_before() {
    let world = by_hand().await;
    let mut browser = Browser::signed_in(&world).await;
    let caller = Caller::operator(world.app.core.clone());
    let day = Duration::from_secs(24 * 3600);
    caller
        .set_sign_in_rules(true, day / 2, day * 30)
        .await
        .expect("sets");
    for path in ["/", "/devices", "/audit", "/account"] {
        let shown = browser.get(path).await;
        assert_eq!(shown.location, "/account/factors", "{path}");
    }
    let refused = browser.get("/api/v1/me").await;
    assert_eq!(refused.problem(), "factor-needed");
    let password = Agent::new(&world).try_sign_in(ADMIN, PASSWORD).await;
    assert_eq!(kind(password), "browser-needed");
    browser.set_up_app().await;
    assert_eq!(browser.get("/devices").await.status, 200);
    // And the last one stays.
    let removed = browser.form("/account/factors/app/remove", &[]).await;
    assert_eq!(removed.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_somebody_else_opens_nothing() {
    let world = by_hand().await;
    let mut anna = Browser::signed_in(&world).await;
    anna.set_up_app().await;
    let caller = Caller::operator(world.app.core.clone());
    let (_, link) = caller
        .invite("bo@example.org", "Bo")
        .await
        .expect("invites");
    let mut bo = Browser::new(&world);
    let path = format!("/link/{}", link.expose());
    let fields = [("name", "Bo Lie"), ("password", "a phrase of my own")];
    assert_eq!(bo.form(&path, &fields).await.status, 200);
    assert_eq!(bo.form(&path, &fields).await.status, 404, "once");
    bo.password("bo@example.org", "a phrase of my own").await;
    let theirs = bo.set_up_app().await;
    world.clock.advance(STEP);
    let mut thief = Browser::new(&world);
    thief.password(ADMIN, PASSWORD).await;
    let code = theirs.code(world.clock.now());
    assert_eq!(thief.code(&code).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_appear_nowhere_but_where_they_are_handed_out() {
    let world = by_hand().await;
    let mut browser = Browser::signed_in(&world).await;
    let app = browser.set_up_app().await;
    browser.seen.clear();
    let pages = ["/account", "/account/factors", "/audit", "/", "/devices"];
    for path in pages
        .iter()
        .chain(&["/api/v1/me", "/metrics", "/openapi.json"])
    {
        browser.get(path).await;
    }
    let cookie = browser.cookies["__Host-farpane"].clone();
    let letters = app.letters.replace(' ', "");
    let database = std::fs::read(crate::world::database(world.folder.path())).expect("reads");
    let log = std::fs::read(world.folder.path().join("directory.db-wal")).unwrap_or_default();
    let kept = [database, log].concat();
    let secret = {
        // What the letters stand for, as bytes: what a careless store would hold.
        let shown = app.code(world.clock.now());
        [
            letters.into_bytes(),
            cookie.into_bytes(),
            PASSWORD.into(),
            shown.into_bytes(),
        ]
    };
    for (n, secret) in secret.iter().enumerate() {
        let text = String::from_utf8_lossy(secret).into_owned();
        for page in &browser.seen {
            assert!(!page.contains(&text), "secret {n} on a page");
        }
        let stored = kept
            .windows(secret.len())
            .any(|part| part == secret.as_slice());
        // Six digits may stand anywhere by chance; the others cannot.
        assert!(n == 3 || !stored, "secret {n} in the database");
    }
}
