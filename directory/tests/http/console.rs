//! Claims about the console.

use std::time::Duration;

use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_protocol::api::Approval;
use reqwest::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE,
};
use reqwest::{Method, Response, StatusCode};

use crate::agents::{Agent, Stream, host_with, present, relay, report, scene};
use crate::world::{ADMIN, PASSWORD, START, World};

const PAGES: [&str; 7] = [
    "/",
    "/devices",
    "/customers",
    "/enrolment",
    "/sessions",
    "/relays",
    "/audit",
];

pub(crate) async fn form(world: &World, path: &str, cookie: Option<&str>, body: &str) -> Response {
    let mut request = Agent::new(world)
        .request(Method::POST, path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body.to_owned());
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    request.send().await.expect("an answer")
}

pub(crate) async fn get(world: &World, path: &str, cookie: &str) -> (StatusCode, String) {
    let request = Agent::new(world)
        .request(Method::GET, path)
        .header(COOKIE, cookie);
    let response = request.send().await.expect("an answer");
    (response.status(), response.text().await.expect("a page"))
}

/// Signs in to the console and returns the cookie to send.
pub(crate) async fn sign_in(world: &World) -> String {
    sign_in_as(world, ADMIN).await
}

/// Signs somebody in to the console.
pub(crate) async fn sign_in_as(world: &World, email: &str) -> String {
    let fields = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
    let response = form(world, "/sign-in", None, &fields).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let set = response.headers()[SET_COOKIE].to_str().expect("text");
    for part in [
        "__Host-farpane=",
        "Secure",
        "HttpOnly",
        "SameSite=Strict",
        "Path=/",
    ] {
        assert!(set.contains(part), "{part} in {set}");
    }
    set.split(';').next().expect("the cookie").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_sees_every_page_and_signs_out() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    for path in PAGES {
        let (status, text) = get(&world, path, &cookie).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(
            text.contains("Anna Berg") && text.contains("Acme MSP"),
            "{path}"
        );
        assert!(
            !text.contains("<script>") && !text.contains("style="),
            "{path}"
        );
    }
    let (answer, event) = world
        .recorded(form(&world, "/sign-out", Some(&cookie), ""))
        .await;
    assert_eq!(answer.headers()[LOCATION], "/sign-in");
    assert_eq!(event, Event::ConsoleSignedOut);
    assert_eq!(get(&world, "/", &cookie).await.0, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_errors_speak_the_language_that_the_browser_asks_for() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    for (path, german) in [
        ("/devices", "Noch keine Geräte."),
        ("/nowhere", "Hier ist nichts"),
    ] {
        let request = Agent::new(&world)
            .request(Method::GET, path)
            .header(ACCEPT_LANGUAGE, "de-CH, en;q=0.3")
            .header(COOKIE, &cookie);
        let response = request.send().await.expect("an answer");
        let text = response.text().await.expect("a page");
        assert!(
            text.contains(german) && text.contains("<html lang=\"de\">"),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_kept_for_good_only_under_the_address_of_their_content() {
    let world = World::start().await;
    let text = Agent::new(&world)
        .request(Method::GET, "/sign-in")
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a page");
    let addresses: Vec<_> = text
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .collect();
    assert!(addresses.len() >= 4, "{text}");
    for address in addresses {
        for (address, kept) in [(address, true), (&format!("{address}x"), false)] {
            let request = Agent::new(&world).request(Method::GET, address);
            let response = request.send().await.expect("an answer");
            assert_eq!(response.status(), StatusCode::OK, "{address}");
            let cache = response.headers()[CACHE_CONTROL].to_str().expect("text");
            assert_eq!(cache.contains("immutable"), kept, "{address}: {cache}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_on_the_page_and_recorded() {
    let world = World::start().await;
    let wrong = form(&world, "/sign-in", None, "email=<b>&password=x");
    let (response, event) = world.recorded(wrong).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let text = response.text().await.expect("a page");
    assert!(text.contains("The e-mail address or the password is wrong."));
    assert!(!text.contains("<b>"), "{text}");
    assert!(matches!(event, Event::SignInRefused { key: None, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_ends_after_twelve_hours_without_use_and_thirty_days_in_all() {
    let world = World::with(Clock::by_hand(START)).await;
    let cookie = sign_in(&world).await;
    let idle = Duration::from_secs(12 * 3600);
    for _ in 0..60 {
        world.clock.advance(idle - Duration::from_secs(1));
        assert_eq!(get(&world, "/relays", &cookie).await.0, StatusCode::OK);
    }
    world.clock.advance(idle - Duration::from_secs(1));
    let (status, _) = get(&world, "/relays", &cookie).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "thirty days");
    let cookie = sign_in(&world).await;
    world.clock.advance(idle);
    let (status, _) = get(&world, "/relays", &cookie).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "twelve hours");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_sites_page_sends_is_refused() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        (ORIGIN.as_str(), "https://evil.example"),
        (ORIGIN.as_str(), "null"),
    ] {
        let request = Agent::new(&world)
            .request(Method::POST, "/enrolment")
            .header(COOKIE, &cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value)
            .body("uses=1&hours=1");
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let tickets = world.records().await;
    assert!(
        !tickets
            .iter()
            .any(|(body, _)| matches!(body.event, Event::TicketMade { .. }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_from_the_console_enrols_and_its_device_is_approved_there() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let made = form(
        &world,
        "/enrolment",
        Some(&cookie),
        "uses=1&hours=24&queue=yes",
    );
    let (made, event) = world.recorded(made).await;
    assert!(matches!(
        event,
        Event::TicketMade {
            approval: Approval::Pending,
            ..
        }
    ));
    let text = made.text().await.expect("a page");
    let start = text.find("farpane-ticket1.").expect("the ticket");
    let ticket: String = text[start..]
        .chars()
        .take_while(|c| !c.is_whitespace() && *c != '<')
        .collect();
    let ticket: farpane_protocol::enrolment::Ticket = ticket.parse().expect("a ticket");
    assert_eq!(ticket.pin, world.pin());
    let agent = Agent::new(&world);
    let enrolled = agent
        .enroll_device(&ticket.secret, "till")
        .await
        .expect("enrols");
    assert_eq!(enrolled.approval, Approval::Pending);
    let (_, text) = get(&world, "/enrolment", &cookie).await;
    assert!(text.contains("till") && !text.contains(&ticket.secret));
    let approve = format!("/devices/{}/approve", enrolled.device);
    let (answer, event) = world
        .recorded(form(&world, &approve, Some(&cookie), ""))
        .await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert!(matches!(event, Event::DeviceApproved { .. }));
    for bad in ["uses=0&hours=1", "uses=9999999&hours=1"] {
        let text = form(&world, "/enrolment", Some(&cookie), bad).await;
        assert!(text.text().await.expect("a page").contains("1 to 100,000"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_session_is_shown_and_stopped() {
    let world = World::start().await;
    let mut scene = scene(&world).await;
    let granted = scene.viewer.ask(scene.host.id).await.expect("granted");
    scene.stream.next_order().await;
    let cookie = sign_in(&world).await;
    let (_, text) = get(&world, "/sessions", &cookie).await;
    for part in [
        "Anna Berg",
        "till-07",
        "mouse and keyboard",
        "printer offline",
        "Stop",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let stop = format!("/sessions/{}/stop", granted.session);
    let (answer, event) = world.recorded(form(&world, &stop, Some(&cookie), "")).await;
    assert_eq!(answer.headers()[LOCATION], "/sessions");
    assert!(matches!(event, Event::SessionEnded { .. }));
    scene.stream.next_order().await;
    let (_, text) = get(&world, "/sessions", &cookie).await;
    assert!(text.contains("An administrator ended this session"));
    assert!(text.contains("Nobody is connected"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_looked_at_renamed_and_removed() {
    let world = World::start().await;
    let host = host_with(&world, "till-07", Approval::Approved).await;
    let cookie = sign_in(&world).await;
    let path = format!("/devices/{}", host.id);
    for tab in [
        "",
        "/sessions",
        "/inventory",
        "/health",
        "/events",
        "/settings",
    ] {
        let (status, text) = get(&world, &format!("{path}{tab}"), &cookie).await;
        assert_eq!(status, StatusCode::OK, "{tab}");
        assert!(
            text.contains("till-07") && text.contains("its host was never heard"),
            "{tab}"
        );
    }
    for nothing in ["/nothing", "/../x", "/General"] {
        let (status, _) = get(&world, &format!("{path}{nothing}"), &cookie).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{nothing}");
    }
    let rename = format!("{path}/rename");
    let rename = form(&world, &rename, Some(&cookie), "name=till-08");
    let (answer, event) = world.recorded(rename).await;
    assert_eq!(answer.headers()[LOCATION], path);
    assert!(matches!(event, Event::DeviceRenamed { .. }));
    let remove = format!("{path}/remove");
    let (_, asked) = get(&world, &remove, &cookie).await;
    assert!(
        asked.contains("till-08") && asked.contains("<form"),
        "{asked}"
    );
    let (answer, event) = world
        .recorded(form(&world, &remove, Some(&cookie), ""))
        .await;
    assert_eq!(answer.headers()[LOCATION], "/devices");
    assert!(
        matches!(&event, Event::DevicesChanged { act, devices, .. } if act == "remove" && devices.len() == 1)
    );
    assert_eq!(get(&world, &path, &cookie).await.0, StatusCode::NOT_FOUND);
    // The record names it, in its customer's chain.
    let (body, personal) = world.records().await.pop().expect("a record");
    assert!(body.tenant.is_some());
    assert_eq!(personal.devices, ["till-08"]);
    let (_, list) = get(&world, "/devices", &cookie).await;
    let undo = between(&list, "/devices/acts/", "/undo");
    let undo = format!("/devices/acts/{undo}/undo");
    let (_, event) = world.recorded(form(&world, &undo, Some(&cookie), "")).await;
    assert!(matches!(event, Event::DevicesRestored { count: 1, .. }));
    assert_eq!(get(&world, &path, &cookie).await.0, StatusCode::OK);
}

/// The first part of a page between two texts.
pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).expect(before) + before.len();
    let rest = &text[start..];
    &rest[..rest.find(after).expect(after)]
}

#[tokio::test(flavor = "multi_thread")]
async fn many_devices_are_tagged_after_a_look_and_the_tag_is_taken_back() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let mut body = "what=tag&tag=till&to=&q=&all=".to_owned();
    for name in ["till-01", "till-02"] {
        let host = host_with(&world, name, Approval::Approved).await;
        body += &format!("&device={}", host.id);
    }
    host_with(&world, "other", Approval::Approved).await;
    let asked = form(&world, "/devices/acts", Some(&cookie), &body).await;
    let asked = asked.text().await.expect("a page");
    assert!(asked.contains("till-01") && asked.contains("till-02") && !asked.contains("other"));
    assert!(
        !get(&world, "/devices?q=tag:till", &cookie)
            .await
            .1
            .contains("till-01")
    );
    let run = format!(
        "/devices/acts/{}/run",
        between(&asked, "/devices/acts/", "/run")
    );
    let (_, event) = world.recorded(form(&world, &run, Some(&cookie), "")).await;
    assert!(matches!(event, Event::DevicesChanged { count: 2, .. }));
    let (_, list) = get(&world, "/devices?q=tag:till", &cookie).await;
    assert!(list.contains("till-01") && !list.contains(">other<"));
    let undo = format!(
        "/devices/acts/{}/undo",
        between(&list, "/devices/acts/", "/undo")
    );
    let (_, event) = world.recorded(form(&world, &undo, Some(&cookie), "")).await;
    assert!(matches!(event, Event::DevicesRestored { count: 2, .. }));
    for bad in [
        "what=explode",
        "what=tag&tag=x&device=none",
        "what=move&to=Nowhere&all=yes",
    ] {
        let answer = form(&world, "/devices/acts", Some(&cookie), bad).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_sites_are_added_renamed_moved_and_removed() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let (_, list) = get(&world, "/customers", &cookie).await;
    let id = between(&list, "href=\"/customers/", "\"").to_owned();
    let page = format!("/customers/{id}");
    let add = format!("{page}/places");
    for name in ["Harbour", "Station"] {
        let fields = format!("name={name}&kind=site&inside=");
        let answer = form(&world, &add, Some(&cookie), &fields).await;
        assert_eq!(answer.headers()[LOCATION], page.as_str());
    }
    let (_, text) = get(&world, &page, &cookie).await;
    let harbour = between(&text, "/places/", "/rename").to_owned();
    let station = text.split("/places/").nth(4).expect("another");
    let station = station.split('/').next().expect("an id").to_owned();
    let rename = format!("/places/{station}/rename");
    form(&world, &rename, Some(&cookie), "name=Platform").await;
    let to = format!("to={harbour}");
    form(
        &world,
        &format!("/places/{station}/move"),
        Some(&cookie),
        &to,
    )
    .await;
    let (_, text) = get(&world, &page, &cookie).await;
    assert!(text.contains("Platform") && text.contains("deep-2") && !text.contains("Station"));
    form(
        &world,
        &format!("/places/{station}/remove"),
        Some(&cookie),
        "",
    )
    .await;
    let (_, text) = get(&world, &page, &cookie).await;
    assert!(
        !text.contains("Platform") && text.contains("Harbour"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_is_told_what_kind_of_thing_changed_and_no_more() {
    let world = World::start().await;
    let host = host_with(&world, "secret-name", Approval::Pending).await;
    let cookie = sign_in(&world).await;
    let request = Agent::new(&world)
        .request(Method::GET, "/live")
        .header(COOKIE, &cookie);
    let mut news = request.send().await.expect("a stream");
    assert_eq!(news.headers()[CONTENT_TYPE], "text/event-stream");
    let rename = format!("/devices/{}/rename", host.id);
    form(&world, &rename, Some(&cookie), "name=other").await;
    let mut told = String::new();
    while !told.contains("\n\n") {
        let more = news.chunk().await.expect("reads").expect("goes on");
        told += std::str::from_utf8(&more).expect("text");
    }
    assert!(told.contains("event: changed"), "{told}");
    assert!(told.contains("device"), "{told}");
    assert!(
        !told.contains("secret") && !told.contains(&host.id.to_string()),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_escaped_on_every_page() {
    let world = World::start().await;
    let evil = "<img src=x onerror=alert(1)>";
    let pending = host_with(&world, evil, Approval::Pending).await;
    let host = host_with(&world, evil, Approval::Approved).await;
    let relay = relay(&world, evil).await;
    let mut stream = Stream::open(&relay).await;
    report(&relay, &present(true, vec![host.at(relay.public(), 1)]))
        .await
        .expect("reports");
    let viewer = crate::agents::viewer(&world).await;
    viewer.ask(host.id).await.expect("granted");
    stream.next_order().await;
    drop(pending);
    let cookie = sign_in(&world).await;
    let mut escaped = 0;
    for path in PAGES
        .iter()
        .chain(&["/devices?q=%3Cimg%20src", "/devices?q=%22%3E%3Cu%3E"])
    {
        let (status, text) = get(&world, path, &cookie).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(!text.contains("<img"), "{path}");
        assert!(!text.contains("\"><u>"), "{path}");
        escaped += text.matches("&#60;img src=x onerror=alert(1)&#62;").count();
    }
    assert!(escaped >= 5, "{escaped} shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_pages_are_pages_and_unknown_paths_of_the_interface_are_problems() {
    let world = World::start().await;
    let agent = Agent::new(&world);
    for path in ["/setup", "/init/x", "/..;/admin", "/.git/config"] {
        let response = agent
            .request(Method::GET, path)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        let text = response.text().await.expect("a page");
        assert!(text.contains("Nothing here"), "{path}");
    }
    let response = agent
        .request(Method::GET, "/agent/v2/x")
        .send()
        .await
        .expect("an answer");
    let problem = crate::agents::read::<()>(response)
        .await
        .expect_err("a problem");
    assert_eq!(problem.kind, "not-found");
}
