//! Claims about callers who are many, nobody, or silent: what they may cost, and that others are
//! served meanwhile.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::sync::Arc;

use farpane_directory::app::Origin;
use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_protocol::api::{Approval, DIRECTORY_SERVER_NAME, EnrollDevice, SignIn, path};
use reqwest::Method;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::agents::{Agent, kind};
use crate::browser::{Authenticator, Browser};
use crate::world::{ADMIN, PASSWORD, START, World};

/// More connections than the server ever shakes hands with at once.
const CROWD: usize = 80;

/// Whether the server has not closed this connection yet; what it sent is read over.
fn is_open(stream: &TcpStream) -> bool {
    let mut buffer = [0; 4096];
    loop {
        match stream.try_read(&mut buffer) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

/// Asserts that somebody else is served while a crowd that said `first_words` and no more is still
/// being waited for.
async fn others_are_served_beside(world: &World, first_words: impl Fn() -> Vec<u8>) {
    let agent = Agent::new(world);
    let mut crowd = Vec::new();
    for _ in 0..CROWD {
        let mut stream = TcpStream::connect(world.address).await.expect("connects");
        stream.write_all(&first_words()).await.expect("sends");
        crowd.push(stream);
    }
    let health = agent.request(Method::GET, "/healthz").send().await;
    assert_eq!(
        health.expect("an answer").text().await.expect("text"),
        "ok\n"
    );
    assert!(is_open(&crowd[0]), "served only when the crowd had gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_keep_nobody_out() {
    let world = World::start().await;
    others_are_served_beside(&world, Vec::new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_greeting_keeps_nobody_out() {
    let world = World::start().await;
    others_are_served_beside(&world, || greeting(&world)[..100].to_vec()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_stall_after_the_greeting_keep_nobody_out() {
    let world = World::start().await;
    others_are_served_beside(&world, || greeting(&world)).await;
}

/// A whole ClientHello.
fn greeting(world: &World) -> Vec<u8> {
    let config = farpane_certs::directory::pinned_client(world.pin());
    let name = DIRECTORY_SERVER_NAME.try_into().expect("a name");
    let mut client =
        rustls::ClientConnection::new(Arc::new(config), name).expect("a configuration");
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).expect("writes to memory");
    bytes
}

/// Why strangers were turned away, as recorded.
async fn refusals(world: &World) -> Vec<String> {
    let records = world.records().await;
    let why = records.into_iter().filter_map(|(body, _)| {
        if let Event::SignInRefused { why, .. } | Event::EnrolmentRefused { why, .. } = body.event {
            Some(why)
        } else {
            None
        }
    });
    why.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_without_a_proof_are_limited_like_wrong_passwords() {
    let world = World::with(Clock::by_hand(START)).await;
    let agent = Agent::new(&world);
    let request = SignIn {
        email: ADMIN.into(),
        password: PASSWORD.into(),
        key: agent.public(),
        proof: "nonsense".into(),
        name: String::new(),
        version: String::new(),
    };
    let mut kinds = Vec::new();
    for _ in 0..100 {
        kinds.push(kind(agent.post::<()>(path::SIGN_IN, &request).await));
    }
    assert_eq!(kinds[..30], ["proof-invalid"; 30]);
    assert_eq!(kinds[30..], ["too-many-tries"; 70]);
    let refused = refusals(&world).await;
    assert_eq!(refused[..30], ["proof-invalid"; 30]);
    assert_eq!(refused[30..], ["too-many-tries"], "one for the rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn enrolments_without_a_proof_are_limited_like_wrong_tickets() {
    let world = World::with(Clock::by_hand(START)).await;
    let agent = Agent::new(&world);
    let request = EnrollDevice {
        secret: "nonsense".into(),
        key: agent.public(),
        proof: "nonsense".into(),
        name: String::new(),
        os: String::new(),
        version: String::new(),
        unattended: false,
        machine: None,
    };
    let mut kinds = Vec::new();
    for _ in 0..150 {
        kinds.push(kind(agent.post::<()>(path::ENROLL_DEVICE, &request).await));
    }
    assert_eq!(kinds[..100], ["proof-invalid"; 100]);
    assert_eq!(kinds[100..], ["too-many-tries"; 50]);
    let refused = refusals(&world).await;
    assert_eq!(refused[..100], ["proof-invalid"; 100]);
    assert_eq!(refused[100..], ["too-many-tries"], "one for the rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_with_the_right_password_is_limited_like_a_wrong_one() {
    let world = World::with(Clock::by_hand(START)).await;
    let agent = Agent::new(&world);
    world.disable_admin().await;
    for _ in 0..20 {
        agent
            .try_sign_in(ADMIN, PASSWORD)
            .await
            .expect_err("refused");
    }
    let refused = refusals(&world).await;
    assert_eq!(refused[..10], ["account-disabled"; 10]);
    assert_eq!(refused[10..], ["too-many-tries"], "one for the rest");
}

/// Strangers, each from a network of its own.
fn strangers(many: u32) -> impl Iterator<Item = Origin> {
    (0..many).map(|n| Origin(IpAddr::from((0x0a00_0000 + n * 257).to_be_bytes())))
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_ask_for_challenges_keep_no_agent_out() {
    let world = World::with(Clock::by_hand(START)).await;
    let key = Agent::new(&world).public();
    for stranger in strangers(50_000) {
        world.app.challenge(key, stranger).expect("a challenge");
    }
    let ticket = world.device_ticket(1, Approval::Approved).await;
    let mut host = Agent::new(&world);
    let enrolled = host.enroll_device(&ticket.secret, "till").await;
    enrolled.expect("enrols");
    host.authenticate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_begin_with_passkeys_keep_no_passkey_out() {
    let world = World::with(Clock::by_hand(START)).await;
    let key = Authenticator::new(&world);
    let mut browser = Browser::signed_in(&world).await;
    assert_eq!(browser.make_passkey(&key).await.status, 200);
    for stranger in strangers(5_000) {
        world.app.arrive_begin(stranger).expect("a ceremony");
    }
    let confirmed = browser.show_passkey("/confirm/passkey", &key).await;
    assert_eq!(confirmed.status, 200, "who is signed in");
    let mut other = Browser::new(&world);
    let shown = other.show_passkey("/sign-in/passkey", &key).await;
    assert_eq!(shown.status, 200, "who arrives");
}
