//! Claims about a person's own pages: the language that they chose, and their API tokens.

use std::time::Duration;

use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use reqwest::Method;

use crate::agents::Agent;
use crate::browser::Browser;
use crate::rights::hire;
use crate::world::{PASSWORD, START, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_language_holds_on_every_page_and_in_what_goes_wrong() {
    let world = World::start().await;
    let mut anna = Browser::signed_in(&world).await;
    let chosen = [("language", "de")];
    let (sent, event) = world
        .recorded(anna.form("/account/language", &chosen))
        .await;
    assert_eq!(sent.status, 303);
    assert!(matches!(event, Event::LanguageChosen { .. }), "{event:?}");
    let page = anna.get("/devices").await.text;
    assert!(page.contains("<html lang=\"de\">"), "{page}");
    let nobody = "/devices/00000000-0000-7000-8000-000000000000";
    let wrong = anna.get(nobody).await;
    assert_eq!(wrong.status, 404);
    assert!(wrong.text.contains("<html lang=\"de\">"), "{}", wrong.text);
    // Anything else is the browser's choice again.
    for tag in ["xx", "de'; DROP TABLE account", ""] {
        let sent = anna.form("/account/language", &[("language", tag)]).await;
        assert_eq!(sent.status, 303, "{tag}");
        let page = anna.get("/").await.text;
        assert!(page.contains("<html lang=\"en\">"), "{tag}");
    }
}

async fn asks(world: &World, secret: &str) -> u16 {
    let request = Agent::new(world).request(Method::GET, "/api/v1/me");
    let answer = request.bearer_auth(secret).send().await;
    answer.expect("an answer").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_in_a_page_shown_once_and_taken_back() {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let mut anna = Browser::signed_in(&world).await;
    let empty = anna.get("/account/tokens").await.text;
    assert!(empty.contains("You have no tokens."), "{empty}");
    let whole = "The whole organisation";
    assert!(empty.contains(whole), "{empty}");
    let wish = [
        ("name", "Nightly <b>"),
        ("place", whole),
        ("days", "7"),
        ("scope", "see-devices"),
        ("scope", "see-audit"),
    ];
    let (made, event) = world.recorded(anna.form("/account/tokens", &wish)).await;
    let Event::ApiTokenMade { scopes, token, .. } = event else {
        panic!("{event:?}");
    };
    assert_eq!(scopes, ["see-devices", "see-audit"]);
    let secret = made.between("<code class=\"command\">", "</code>");
    assert!(secret.starts_with("fpt_"), "{secret}");
    assert_eq!(asks(&world, &secret).await, 200);
    let list = anna.get("/account/tokens").await.text;
    assert!(
        list.contains("Nightly &#60;b&#62;") && !list.contains(&secret),
        "{list}"
    );

    let without = anna.form("/account/tokens", &wish[..3]).await;
    assert_eq!(without.status, 400);
    assert!(
        without.text.contains("needs at least one scope"),
        "{}",
        without.text
    );

    clock.advance(Duration::from_secs(11 * 60));
    let page = anna.get("/account/tokens").await.text;
    assert!(page.contains("/confirm?to=%2Faccount%2Ftokens"), "{page}");
    let old = anna.form("/account/tokens", &wish).await;
    assert!(old.location.starts_with("/confirm"), "{}", old.location);

    let back = format!("/account/tokens/{token}/revoke");
    assert_eq!(anna.form(&back, &[]).await.status, 303);
    assert_eq!(asks(&world, &secret).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_make_no_tokens_is_told_so_and_gets_none() {
    let world = World::start().await;
    hire(&world, "bo@example.org").await;
    let mut bo = Browser::new(&world);
    bo.password("bo@example.org", PASSWORD).await;
    let page = bo.get("/account/tokens").await.text;
    assert!(page.contains("You may not make tokens") && !page.contains("name=\"scope\""));
    let wish = [
        ("name", "x"),
        ("place", "The whole organisation"),
        ("days", "1"),
        ("scope", "see-devices"),
    ];
    let refused = bo.form("/account/tokens", &wish).await;
    assert!([403, 404].contains(&refused.status), "{}", refused.status);
}
