//! Claims about how long pictures took: who may tell, what is believed, where it shows.

use std::time::Duration;

use farpane_directory::clock::Clock;
use farpane_protocol::api::{HostEvent, HostFact, path};
use farpane_protocol::ids::SessionId;
use farpane_protocol::latency::{SessionLatency, Times};
use farpane_protocol::outcome::EndReason;
use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::{Value, json};

use crate::agents::{Agent, Answer, Host, Scene, kind, read, scene, view_and_control, viewer};
use crate::console::sign_in;
use crate::world::{START, World};

/// So many pictures, each 20 ms under way, and as many inputs, each seen after 9 ms.
fn pictures(count: u64) -> SessionLatency {
    let times = |each: u64| {
        let mut times = Times::default();
        for _ in 0..count {
            times.add(Duration::from_millis(each));
        }
        times
    };
    SessionLatency {
        input: times(9),
        picture: times(20),
        capture: times(1),
        encode: times(4),
        network: times(12),
        decode: times(2),
        present: times(1),
    }
}

async fn tell(viewer: &Agent, session: SessionId, told: &impl serde::Serialize) -> Answer<()> {
    viewer
        .post(&format!("{}/{session}/latency", path::SESSIONS), told)
        .await
}

async fn say(host: &Host, session: SessionId, what: HostFact) {
    let event = HostEvent {
        session: Some(session),
        grant: None,
        what,
    };
    let said: Answer<()> = host.agent.post(path::HOST_EVENT, &event).await;
    said.expect("taken");
}

async fn granted(scene: &Scene) -> SessionId {
    let granted = scene.viewer.ask(scene.host.id).await;
    granted.expect("granted").session
}

async fn running(scene: &Scene) -> SessionId {
    let session = granted(scene).await;
    let started = HostFact::Started {
        scopes: view_and_control(),
        by_person: true,
    };
    say(&scene.host, session, started).await;
    session
}

/// The lines of the metrics about sessions' pictures that do not say zero.
async fn counted(world: &World) -> Vec<String> {
    let text = world.app.metrics_text().await.expect("reads");
    let lines = text.lines().filter(|line| {
        line.starts_with("farpane_directory_session_")
            && line.contains("_seconds")
            && !line.ends_with(" 0")
            && !line.ends_with(" 0.0")
    });
    lines.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_viewer_tells_of_its_session_is_counted_once_and_names_nobody() {
    let world = World::with(Clock::by_hand(START)).await;
    let scene = scene(&world).await;
    let session = running(&scene).await;
    assert_eq!(counted(&world).await, [""; 0]);
    // Told twice, and then what came since.
    for count in [3, 3, 5] {
        let told = tell(&scene.viewer, session, &pictures(count)).await;
        told.expect("taken");
    }
    // One that was overtaken takes nothing back.
    let late = tell(&scene.viewer, session, &pictures(4)).await;
    late.expect("known already");
    let lines = counted(&world).await;
    let has = |line: &str| {
        let line = format!("farpane_directory_session_{line}");
        assert!(lines.contains(&line), "{line} in {lines:#?}");
    };
    has("input_to_picture_seconds_sum 0.045");
    has("input_to_picture_seconds_count 5");
    has("input_to_picture_seconds_bucket{le=\"0.01\"} 5");
    has("screen_to_picture_seconds_bucket{le=\"+Inf\"} 5");
    has("stage_seconds_bucket{le=\"0.014\",stage=\"network\"} 5");
    for stage in ["capture", "encode", "network", "decode", "present"] {
        has(&format!("stage_seconds_count{{stage=\"{stage}\"}} 5"));
    }
    let below = |line: &String| line.contains("input_to_picture_seconds_bucket{le=\"0.007\"}");
    assert!(!lines.iter().any(below), "{lines:#?}");
    // Nothing grows with sessions, devices or people.
    assert!(lines.iter().all(|line| line.len() < 90), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_sessions_own_viewer_tells_and_only_of_pictures_that_can_have_been() {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let scene = scene(&world).await;
    let asked = granted(&scene).await;
    let early = tell(&scene.viewer, asked, &pictures(1)).await;
    assert_eq!(kind(early), "conflict");
    let session = running(&scene).await;
    // Of the same person, too.
    let other = viewer(&world).await;
    let told = tell(&other, session, &pictures(1)).await;
    assert_eq!(kind(told), "not-found");

    // Ten seconds of grace, and the one that has begun.
    let at_most = 11 * 120;
    let told = tell(&scene.viewer, session, &pictures(at_most + 1)).await;
    assert_eq!(kind(told), "bad-request");
    tell(&scene.viewer, session, &pictures(at_most))
        .await
        .expect("taken");
    let before = counted(&world).await;
    clock.advance(Duration::from_secs(2));

    let honest = serde_json::to_value(pictures(at_most)).expect("is JSON");
    let twisted = |place: &str, value: Value| {
        let mut told = honest.clone();
        *told.pointer_mut(place).expect("is there") = value;
        told
    };
    let hostile = [
        twisted("/capture/counts/3", json!(-1)),
        twisted("/capture/counts/3", json!(0.5)),
        twisted("/capture/counts/3", json!(1e300)),
        twisted("/capture/counts", json!(vec![0; 16])),
        twisted("/capture/counts", json!(vec![0; 18])),
        twisted("/picture", json!([])),
        twisted("/capture/counts/3", json!(1)),
        twisted("/picture/counts/16", json!(u64::MAX)),
        twisted("/picture/sum_us", json!(u64::MAX)),
        twisted("/input/sum_us", json!(0)),
    ];
    for told in hostile {
        let answer = tell(&scene.viewer, session, &told).await;
        assert_eq!(kind(answer), "bad-request", "{told}");
    }
    assert_eq!(counted(&world).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_farewell_counts_for_a_minute_after_the_end() {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let scene = scene(&world).await;
    let session = running(&scene).await;
    let ended = HostFact::over(true, EndReason::PersonStopped);
    say(&scene.host, session, ended).await;
    clock.advance(Duration::from_secs(60));
    tell(&scene.viewer, session, &pictures(3))
        .await
        .expect("taken");
    // Time after the end is no time for pictures.
    let told = tell(&scene.viewer, session, &pictures(11 * 120 + 1)).await;
    assert_eq!(kind(told), "bad-request");
    clock.advance(Duration::from_secs(1));
    let told = tell(&scene.viewer, session, &pictures(4)).await;
    assert_eq!(kind(told), "session-over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_tells_without_end_is_held_up() {
    let world = World::with(Clock::by_hand(START)).await;
    let scene = scene(&world).await;
    let session = running(&scene).await;
    let mut refused = None;
    for count in 0..100 {
        let told = tell(&scene.viewer, session, &pictures(count)).await;
        if told.is_err() {
            refused = Some((count, kind(told)));
            break;
        }
    }
    assert_eq!(refused, Some((30, "too-many-tries".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_programs_see_how_long_the_pictures_of_a_session_took() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let session = running(&scene).await;
    tell(&scene.viewer, session, &pictures(5))
        .await
        .expect("taken");
    let cookie = sign_in(&world).await;
    let get = |path: String| {
        let request = Agent::new(&world).request(Method::GET, &path);
        request.header(COOKIE, &cookie).send()
    };
    let shown = get(format!("{}/{session}", path::SESSIONS)).await;
    let shown: Value = read(shown.expect("an answer")).await.expect("shown");
    let input = &shown["latency"]["input"];
    assert_eq!(
        (&input["count"], &input["p50_us"]),
        (&json!(5), &json!(8_500))
    );
    assert_eq!(shown["latency"]["network"]["p95_us"], json!(13_800));

    let left = scene
        .viewer
        .request(Method::DELETE, &format!("{}/{session}", path::SESSIONS));
    read::<()>(left.send().await.expect("an answer"))
        .await
        .expect("left");
    let page = get("/sessions".to_owned()).await.expect("an answer");
    let page = page.text().await.expect("a page");
    assert!(
        page.contains("9\u{a0}ms (95\u{a0}%:\u{a0}10\u{a0}ms)"),
        "{page}"
    );
}
