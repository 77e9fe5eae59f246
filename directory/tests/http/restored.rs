//! After a restore nothing works again that may have been taken back since the backup was made.

use std::time::Duration;

use farpane_directory::app::access::tokens::TokenWish;
use farpane_directory::app::caller::Way;
use farpane_directory::model::request::RequestState;
use farpane_directory::policy::rights::Place;
use farpane_directory::store::requests::Verdict;
use reqwest::{Method, StatusCode};

use crate::agents::{Agent, kind, viewer};
use crate::world::{ADMIN, World};

#[tokio::test(flavor = "multi_thread")]
async fn tokens_requests_approvals_viewers_and_webhooks_of_before_are_worth_nothing() {
    const HOUR: Duration = Duration::from_secs(3600);
    let world = World::start().await;
    let core = world.app.core.clone();
    let operator = world.operator();
    let with_viewer = viewer(&world).await;
    let wish = TokenWish {
        name: "script".into(),
        scopes: vec!["see-devices".into()],
        place: Place::Org,
        life: HOUR,
    };
    let (token, _) = operator
        .make_token(Some(ADMIN), &wish)
        .await
        .expect("makes");
    let use_token = || async {
        let mut script = Agent::new(&world);
        script.token = Some(token.clone());
        let asked = script.request(Method::GET, "/api/v1/me").send().await;
        asked.expect("an answer").status()
    };
    assert_eq!(use_token().await, StatusCode::OK);
    let vault = &world.app.identity.vault;
    let all = ["*".to_owned()];
    let made = operator.make_webhook(vault, "https://hooks.example/", &all);
    let (webhook, _) = made.await.expect("makes");
    operator.try_webhook(webhook.id).await.expect("queues");
    let accounts = core.store.accounts(core.org.id).await.expect("reads");
    let way = Way::Console {
        strong_at: Some(world.app.now()),
    };
    let anna = world
        .app
        .caller(accounts[0].clone(), way)
        .await
        .expect("a caller");
    let mut asked = Vec::new();
    for role in ["observer", "auditor"] {
        let request = anna.ask_role(role, Place::Org, HOUR, "for a while").await;
        asked.push(request.expect("asks").id);
    }
    // An approval whose effect followed at once is over and stays as it was.
    let done = operator
        .decide_request(asked[0], Verdict::Approved, "")
        .await;
    done.expect("approves");

    core.after_restore(world.app.now())
        .await
        .expect("puts right");
    assert_eq!(use_token().await, StatusCode::UNAUTHORIZED);
    assert!(operator.webhooks().await.expect("reads").is_empty());
    let told = core.store.deliveries(webhook.id, 1).await.expect("reads");
    assert!(told.is_empty(), "{told:?}");
    let refused = with_viewer.try_token(with_viewer.proof().await).await;
    assert_eq!(kind(refused), "key-unknown");
    let requests = core.store.requests(core.org.id, 10).await.expect("reads");
    let state = |id| {
        requests
            .iter()
            .find(|request| request.id == id)
            .map(|one| one.state)
    };
    assert!(matches!(
        state(asked[0]),
        Some(RequestState::Approved { .. })
    ));
    assert!(matches!(
        state(asked[1]),
        Some(RequestState::Withdrawn { .. })
    ));
    let late = operator
        .decide_request(asked[1], Verdict::Approved, "")
        .await;
    late.expect_err("is decided");

    // Whoever is not trusted to be still what they were needs a new way in.
    core.store
        .void_sign_in(accounts[0].id)
        .await
        .expect("voids");
    let refused = with_viewer.try_sign_in(ADMIN, crate::world::PASSWORD).await;
    assert_eq!(kind(refused), "sign-in-refused");
}
