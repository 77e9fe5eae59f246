//! Claims about bodies, bytes and headers that nobody of ours would send, and about crashes.

use farpane_directory::clock::Clock;
use farpane_protocol::api::{Approval, HostEvent, HostFact, path};
use farpane_protocol::limits::{LEASE, LEASE_GRACE_ATTENDED};
use farpane_protocol::scope::{Scope, ScopeSet};
use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::agents::{Agent, Answer, Stream, host, kind, present, read, relay, report, scene};
use crate::world::{START, World};

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_make_no_sense_are_problems() {
    let world = World::start().await;
    let agent = Agent::new(&world);
    let send = |kind: &'static str, body: Vec<u8>| {
        let request = agent
            .request(Method::POST, path::CHALLENGE)
            .header(CONTENT_TYPE, kind)
            .body(body);
        async move { read::<()>(request.send().await.expect("an answer")).await }
    };
    let json = "application/json";
    let deep = [b"[".repeat(20_000), b"]".repeat(20_000)].concat();
    for (content, body) in [
        (json, b"".to_vec()),
        (json, b"null".to_vec()),
        (json, b"{\"key\":1e400}".to_vec()),
        (json, b"{\"key\":\"AAAA\"}".to_vec()),
        (json, b"{\"key\":\"\xff\"}".to_vec()),
        (json, deep),
        ("text/plain", b"{}".to_vec()),
        ("application/x-www-form-urlencoded", b"key=1".to_vec()),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!(kind(send(content, body).await), "bad-request", "{shown}");
    }
    let huge = send(json, vec![b' '; 65 * 1024])
        .await
        .expect_err("refused");
    assert_eq!((huge.kind.as_str(), huge.status), ("too-large", 413));
    let wrong = agent.request(Method::GET, path::CHALLENGE);
    let wrong = read::<()>(wrong.send().await.expect("an answer")).await;
    assert_eq!(kind(wrong), "method-not-allowed");
    for query in ["?limit=-1", "?limit=99999999999", "?offset=x"] {
        let viewer = crate::agents::viewer(&world).await;
        let request = viewer.request(Method::GET, &format!("{}{query}", path::DEVICES));
        let answer = read::<()>(request.send().await.expect("an answer")).await;
        assert_eq!(kind(answer), "bad-request", "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_report_is_taken_where_other_bodies_are_not() {
    let world = World::start().await;
    let relay = relay(&world, "one").await;
    let _stream = Stream::open(&relay).await;
    let host = host(&world, "till").await;
    let mut peers = vec![host.at(relay.public(), 1); 300];
    report(&relay, &present(true, peers.clone()))
        .await
        .expect("taken");
    assert_eq!(world.app.board.present(), 1);
    peers.extend(peers.clone());
    peers.extend(peers.clone());
    peers.extend(peers.clone());
    peers.extend(peers.clone());
    let request = relay
        .request(Method::POST, path::RELAY_REPORT)
        .json(&present(false, peers));
    // Refused without being read: the client may see the answer, or only the closed connection.
    if let Ok(response) = request.send().await {
        assert_eq!(kind(read::<()>(response).await), "too-large");
    }
    assert_eq!(world.app.board.present(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_port_gets_nothing_and_harms_nobody() {
    let world = World::start().await;
    for garbage in [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        vec![0; 4096],
        vec![0x16, 3, 1, 0xff, 0xff, 1],
        (0..=255).collect(),
    ] {
        let mut stream = TcpStream::connect(world.address).await.expect("connects");
        stream.write_all(&garbage).await.expect("sends");
        stream.shutdown().await.ok();
        let mut answer = Vec::new();
        // At most a TLS alert (7 bytes) before the end.
        stream.read_to_end(&mut answer).await.ok();
        assert!(answer.len() <= 7, "{answer:?}");
    }
    let health = Agent::new(&world).request(Method::GET, "/healthz");
    let health = health.send().await.expect("an answer");
    assert_eq!(health.text().await.expect("text"), "ok\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_that_protect_browsers() {
    let world = World::start().await;
    let agent = Agent::new(&world);
    for path in [
        "/sign-in",
        "/nowhere",
        "/api/v1/devices",
        "/assets/console.css",
    ] {
        let response = agent
            .request(Method::GET, path)
            .send()
            .await
            .expect("an answer");
        let header = |name: &'static str| {
            let value = response.headers().get(HeaderName::from_static(name));
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("strict-transport-security"), "max-age=31536000");
        let keeps = path.starts_with("/assets/");
        assert_eq!(header("cache-control") == "no-store", !keeps, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_hold_numbers_and_no_names() {
    let world = World::start().await;
    host(&world, "secret-name").await;
    let response = Agent::new(&world).request(Method::GET, "/metrics");
    let response = response.send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    let text = response.text().await.expect("text");
    for line in [
        "farpane_directory_devices 1",
        "farpane_directory_enrolments_total{result=\"ok\"} 1",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("secret-name"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_promised_before_a_crash_holds_after_it() {
    let world = World::start().await;
    let ticket = world.device_ticket(2, Approval::Approved).await;
    let first = Agent::new(&world);
    first
        .enroll_device(&ticket.secret, "one")
        .await
        .expect("enrols");
    let scene = crate::agents::scene(&world).await;
    scene.viewer.ask(scene.host.id).await.expect("granted");
    let before = world.records().await.len();
    let folder = world.folder.clone();
    // Nothing is closed: the database is opened again from what is on the disk.
    drop(world);

    let world = World::again(folder).await;
    assert_eq!(world.records().await.len(), before);
    Agent::new(&world)
        .enroll_device(&ticket.secret, "two")
        .await
        .expect("enrols");
    let third = Agent::new(&world)
        .enroll_device(&ticket.secret, "three")
        .await;
    assert_eq!(kind(third), "ticket-used-up");
    let viewer = crate::agents::viewer(&world).await;
    let rows = viewer.devices("?q=till").await.devices;
    assert_eq!(rows[0].state, farpane_protocol::api::DeviceState::Away);
    assert!(rows[0].last_heard.is_some());
    let org = world.app.core.org.id;
    let open = world
        .app
        .core
        .store
        .open_sessions(org)
        .await
        .expect("reads");
    assert_eq!(open.len(), 1, "a restart ends no session");
    // A presence from before the crash is still the newest word of its device.
    let relay = relay(&world, "two").await;
    let _stream = Stream::open(&relay).await;
    let stale = present(true, vec![scene.host.at(relay.public(), 0)]);
    report(&relay, &stale).await.expect("taken and ignored");
    assert_eq!(world.app.board.present(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_everywhere_and_starts_nothing() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let get = async |path: &str| {
        let asked = scene.viewer.request(Method::GET, path).send().await;
        let answer = asked.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    };
    let ready = |storage: &str, is: bool| {
        serde_json::json!({ "ready": is, "storage": storage }).to_string()
    };
    assert_eq!(get("/healthz").await, (200, "ok\n".into()));
    world.app.storage.note_refused(true);
    let (status, said) = get("/healthz").await;
    // A restart would not help, so the server counts as alive.
    assert_eq!(status, 200);
    assert!(said.starts_with("degraded"), "{said}");
    assert_eq!(get("/readyz").await, (503, ready("full", false)));
    let (_, metrics) = get("/metrics").await;
    assert!(
        metrics.contains("farpane_directory_storage_writable 0"),
        "{metrics}"
    );
    let before = world.records().await.len();
    let refused = scene.viewer.ask(scene.host.id).await.expect_err("refused");
    assert_eq!(
        (refused.kind.as_str(), refused.status),
        ("storage-full", 503)
    );
    assert_eq!(world.records().await.len(), before);
    world.app.look_at_storage().await.expect("looks");
    let (status, _) = get("/readyz").await;
    assert_eq!(status, 200);
    scene.viewer.ask(scene.host.id).await.expect("granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_a_live_session_runs_to_the_end_of_its_lease() {
    let world = World::with(Clock::by_hand(START)).await;
    let scene = scene(&world).await;
    let granted = scene.viewer.ask(scene.host.id).await.expect("granted");
    let started = HostEvent {
        session: Some(granted.session),
        grant: None,
        what: HostFact::Started {
            scopes: ScopeSet::of(&[Scope::View, Scope::Control]),
            by_person: true,
        },
    };
    let said: Answer<()> = scene.host.agent.post(path::HOST_EVENT, &started).await;
    said.expect("is heard");
    let open = async || {
        world.app.end_stale_sessions().await.expect("looks");
        let store = &world.app.core.store;
        let open = store.open_sessions(world.app.core.org.id).await;
        open.expect("reads").len()
    };
    world.app.storage.note_refused(true);
    let refused = scene.viewer.ask(scene.host.id).await.expect_err("refused");
    assert_eq!(refused.kind, "storage-full");
    world.clock.advance(LEASE);
    assert_eq!(open().await, 1, "nothing ends it before");
    world.clock.advance(LEASE_GRACE_ATTENDED * 2);
    assert_eq!(open().await, 0, "nobody renewed it");
}
