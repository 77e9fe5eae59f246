//! Claims about passkeys.

use std::time::Duration;

use farpane_directory::clock::Clock;
use serde_json::json;

use crate::browser::{Authenticator, Browser};
use crate::world::{ADMIN, PASSWORD, START, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_alone_and_after_the_password_and_confirms() {
    let world = World::with(Clock::by_hand(START)).await;
    let key = Authenticator::new(&world);
    let mut browser = Browser::signed_in(&world).await;
    let made = browser.make_passkey(&key).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let page = browser.get("/account/factors").await;
    assert!(page.text.contains("key ring"));

    let mut alone = Browser::new(&world);
    let shown = alone.show_passkey("/sign-in/passkey", &key).await;
    assert_eq!(shown.json(), json!({ "to": "/" }));
    assert!(alone.is_signed_in().await);

    let mut second = Browser::new(&world);
    let shown = second.password(ADMIN, PASSWORD).await;
    assert_eq!(shown.location, "/sign-in/second");
    let shown = second.show_passkey("/sign-in/second/passkey", &key).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(second.is_signed_in().await);

    world.clock.advance(Duration::from_secs(600));
    let asked = second.form("/account/factors/recovery-codes", &[]).await;
    assert!(asked.location.starts_with("/confirm"));
    let shown = second.show_passkey("/confirm/passkey", &key).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let made = second.form("/account/factors/recovery-codes", &[]).await;
    assert_eq!(made.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_page_a_false_key_and_an_old_answer_open_nothing() {
    let world = World::with(Clock::by_hand(START)).await;
    let key = Authenticator::new(&world);
    let mut browser = Browser::signed_in(&world).await;
    assert_eq!(browser.make_passkey(&key).await.status, 200);
    let again = browser.make_passkey(&key).await;
    assert_eq!(
        again.problem(),
        "factor-refused",
        "a credential has one owner"
    );

    let mut thief = Browser::new(&world);
    let unknown = Authenticator::new(&world);
    let shown = thief.show_passkey("/sign-in/passkey", &unknown).await;
    assert_eq!(shown.problem(), "factor-refused");

    // One ceremony, one right answer: caught and sent again it is worth nothing.
    let begun = thief
        .json("/sign-in/passkey/begin", &json!({}))
        .await
        .json();
    let answer = key.show(&begun["options"]);
    let body = json!({ "ceremony": begun["ceremony"], "answer": answer });
    let mut owner = Browser::new(&world);
    assert_eq!(owner.json("/sign-in/passkey", &body).await.status, 200);
    let again = thief.json("/sign-in/passkey", &body).await;
    assert_eq!(again.problem(), "factor-refused");

    let begun = thief
        .json("/sign-in/passkey/begin", &json!({}))
        .await
        .json();
    let body = json!({ "ceremony": begun["ceremony"], "answer": {} });
    assert_eq!(
        thief.json("/sign-in/passkey", &body).await.problem(),
        "factor-refused"
    );
    assert_eq!(
        thief.json("/sign-in/passkey", &body).await.problem(),
        "factor-refused"
    );

    let mut careless = key;
    careless.verifies = false;
    let shown = thief.show_passkey("/sign-in/passkey", &careless).await;
    assert_eq!(shown.problem(), "factor-refused", "nobody was verified");
    careless.verifies = true;
    let elsewhere = careless.at("https://localhost.evil.example");
    let shown = thief.show_passkey("/sign-in/passkey", &elsewhere).await;
    assert_eq!(shown.problem(), "factor-refused", "another page");
    assert!(!thief.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_passkey_opens_nothing() {
    let world = World::with(Clock::by_hand(START)).await;
    let key = Authenticator::new(&world);
    let mut browser = Browser::signed_in(&world).await;
    browser.make_passkey(&key).await;
    let page = browser.get("/account/factors").await;
    let path = page.between("action=\"/account/factors/passkeys/", "\"");
    let removed = browser
        .form(&format!("/account/factors/passkeys/{path}"), &[])
        .await;
    assert_eq!(removed.location, "/account/factors");
    let mut other = Browser::new(&world);
    let shown = other.show_passkey("/sign-in/passkey", &key).await;
    assert_eq!(shown.problem(), "factor-refused");
}
