//! Claims about signing a viewer in through the browser.

use std::time::Duration;

use farpane_directory::app::caller::Caller;
use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_protocol::api::{
    DeviceCode, DeviceCodeAnswer, DeviceCodePoll, DeviceCodeRequest, SignedIn, path,
};

use crate::agents::{Agent, Answer, kind};
use crate::browser::{Browser, Shown};
use crate::world::{ADMIN, PASSWORD, START, World};

async fn ask(agent: &Agent) -> DeviceCode {
    let request = DeviceCodeRequest {
        key: agent.public(),
        proof: agent.proof().await,
        name: "<b>laptop".into(),
        version: "0.1.0".into(),
    };
    let code = agent.post(path::DEVICE_CODE, &request).await;
    code.expect("codes")
}

async fn poll(agent: &Agent, code: &DeviceCode) -> Answer<DeviceCodeAnswer> {
    let poll = DeviceCodePoll {
        device_code: code.device_code.clone(),
    };
    agent.post(path::DEVICE_CODE_POLL, &poll).await
}

fn signed_in(answer: Answer<DeviceCodeAnswer>) -> SignedIn {
    match answer.expect("an answer") {
        DeviceCodeAnswer::SignedIn(signed_in) => signed_in,
        waiting @ DeviceCodeAnswer::Waiting { .. } => panic!("{waiting:?}"),
    }
}

async fn decide(browser: &mut Browser<'_>, code: &DeviceCode, answer: &str) -> Shown {
    let page = browser
        .get(&format!("/activate?code={}", code.user_code))
        .await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("&#60;b&#62;laptop") && page.text.contains(&code.user_code));
    let fingerprint = page.between("name=\"fingerprint\" value=\"", "\"");
    let fields = [
        ("code", code.user_code.as_str()),
        ("fingerprint", &fingerprint),
        ("answer", answer),
    ];
    browser.form("/activate", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_is_let_in_by_a_person_with_a_second_factor() {
    let world = World::with(Clock::by_hand(START)).await;
    let mut browser = Browser::signed_in(&world).await;
    browser.set_up_app().await;
    let mut agent = Agent::new(&world);
    let password = agent.try_sign_in(ADMIN, PASSWORD).await;
    assert_eq!(kind(password), "browser-needed");
    let code = ask(&agent).await;
    assert!(
        code.url_complete
            .ends_with(&format!("/activate?code={}", code.user_code))
    );
    let waiting = poll(&agent, &code).await.expect("an answer");
    assert!(matches!(waiting, DeviceCodeAnswer::Waiting { seconds: 5 }));
    assert_eq!(decide(&mut browser, &code, "allow").await.status, 200);
    world.clock.advance(Duration::from_secs(5));
    let signed_in = signed_in(poll(&agent, &code).await);
    assert_eq!(signed_in.person, "Anna Berg");
    agent.authenticate().await;
    let listed = browser.get("/account").await;
    assert!(listed.text.contains("&#60;b&#62;laptop"));
    assert_eq!(kind(poll(&agent, &code).await), "code-expired", "once");
    let records = world.records().await;
    let answered = |event: &Event| matches!(event, Event::ViewerAnswered { allowed: true, .. });
    assert_eq!(
        records
            .iter()
            .filter(|(body, _)| answered(&body.event))
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_of_a_password_alone_is_asked_again_once_a_factor_is_needed() {
    let world = World::with(Clock::by_hand(START)).await;
    let mut agent = Agent::new(&world);
    let by_password = agent.try_sign_in(ADMIN, PASSWORD).await.expect("signs in");
    agent.token = Some(by_password.token.token);
    agent.devices("").await;
    let day = Duration::from_secs(24 * 3600);
    Caller::operator(world.app.core.clone())
        .set_sign_in_rules(true, day, day * 30)
        .await
        .expect("sets");
    // Neither what it holds counts any more, nor does its key get it anything new.
    assert_eq!(kind(agent.try_devices("").await), "browser-needed");
    let proof = agent.proof().await;
    assert_eq!(kind(agent.try_token(proof).await), "browser-needed");

    let mut browser = Browser::signed_in(&world).await;
    browser.set_up_app().await;
    let code = ask(&agent).await;
    assert_eq!(decide(&mut browser, &code, "allow").await.status, 200);
    let strong = signed_in(poll(&agent, &code).await);
    assert_eq!(strong.viewer, by_password.viewer, "the same installation");
    agent.token = Some(strong.token.token);
    agent.devices("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_viewer_a_late_person_and_a_swapped_key_let_nobody_in() {
    let world = World::with(Clock::by_hand(START)).await;
    let mut browser = Browser::signed_in(&world).await;
    let agent = Agent::new(&world);
    let code = ask(&agent).await;
    decide(&mut browser, &code, "refuse").await;
    assert_eq!(kind(poll(&agent, &code).await), "viewer-refused");

    let code = ask(&agent).await;
    let fingerprint = Agent::new(&world).public().fingerprint().to_string();
    let fields = [
        ("code", code.user_code.as_str()),
        ("fingerprint", &fingerprint),
        ("answer", "allow"),
    ];
    assert_eq!(browser.form("/activate", &fields).await.status, 404);

    world.clock.advance(Duration::from_secs(600));
    assert_eq!(browser.form("/activate", &fields).await.status, 404);
    assert_eq!(kind(poll(&agent, &code).await), "code-expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn letting_in_asks_for_a_fresh_proof_and_leads_back() {
    let world = World::with(Clock::by_hand(START)).await;
    let mut browser = Browser::signed_in(&world).await;
    world.clock.advance(Duration::from_secs(600));
    let agent = Agent::new(&world);
    let code = ask(&agent).await;
    let shown = decide(&mut browser, &code, "allow").await;
    assert!(shown.location.starts_with("/confirm"), "{}", shown.location);
    let mut stranger = Browser::new(&world);
    let shown = stranger.get("/activate?code=BCDF-GHJK").await;
    let back = "/sign-in?to=%2Factivate%3Fcode%3DBCDF-GHJK";
    assert_eq!(shown.location, back);
}

#[tokio::test(flavor = "multi_thread")]
async fn short_codes_are_not_guessed() {
    let world = World::with(Clock::by_hand(START)).await;
    let mut browser = Browser::signed_in(&world).await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(browser.get("/activate?code=BCDF-GHJK").await.status);
    }
    assert_eq!((statuses[9], statuses[10]), (404, 429));
    let agent = Agent::new(&world);
    let other = Agent::new(&world);
    let request = DeviceCodeRequest {
        key: agent.public(),
        proof: other.proof().await,
        name: String::new(),
        version: String::new(),
    };
    let unproved = agent.post::<DeviceCode>(path::DEVICE_CODE, &request).await;
    assert_eq!(kind(unproved), "proof-invalid");
}
