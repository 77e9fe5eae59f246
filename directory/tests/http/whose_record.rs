//! Whose record it is: refusals stand in the chain of those whom somebody tried to get at, and
//! what a program did is told apart from what its person did.

use farpane_directory::app::access::tokens::TokenWish;
use farpane_directory::audit::{Actor, Event};
use farpane_directory::policy::rights::Place;
use reqwest::StatusCode;

use crate::console::form;
use crate::seed::Seeded;
use crate::world::ADMIN;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_stands_in_the_chain_of_those_whose_address_it_is() {
    let seeded = Seeded::start().await;
    let world = &seeded.world;
    let store = &world.app.core.store;
    let ours = world.app.core.org.id;
    let theirs = store
        .orgs()
        .await
        .expect("reads")
        .into_iter()
        .find(|org| org.id != ours)
        .expect("another organisation")
        .id;
    for (address, chain) in [
        ("bo@beta.example", theirs),
        (ADMIN, ours),
        ("nobody@nowhere.example", ours),
    ] {
        let wrong = format!("email={address}&password=not+the+right+one");
        let answer = form(world, "/sign-in", None, &wrong).await;
        assert_ne!(answer.status(), StatusCode::SEE_OTHER);
        for org in [ours, theirs] {
            let kept = store.records_since(Some(org), 0, 10_000).await;
            let told = kept.expect("reads").iter().any(|kept| {
                let event = kept.record.read().expect("is known").event;
                let personal = kept.record.personal();
                matches!(event, Event::SignInRefused { .. })
                    && personal.account.as_deref() == Some(address)
            });
            assert_eq!(told, org == chain, "{address}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_told_apart_from_its_person() {
    let seeded = Seeded::start().await;
    let world = &seeded.world;
    let wish = TokenWish {
        name: "tagger".into(),
        scopes: vec!["manage-people".into(), "see-devices".into()],
        place: Place::Org,
        life: std::time::Duration::from_secs(60),
    };
    let operator = world.operator();
    let (secret, token) = operator
        .make_token(Some(ADMIN), &wish)
        .await
        .expect("makes");
    let caller = world.app.token_caller(&secret).await;
    let caller = caller.expect("a caller");
    caller.make_group("Night watch").await.expect("adds");
    let (body, _) = world.records().await.pop().expect("a record");
    let Actor::Token { token: by, .. } = body.actor else {
        panic!("by a token, not {:?}", body.actor);
    };
    assert_eq!(by, token.id);
}
