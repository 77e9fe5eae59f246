//! The record on its way out, to real listeners that come and go.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use farpane_certs::directory::Identity;
use farpane_directory::app::outputs::sink::Way;
use farpane_directory::app::outputs::{Output, Sender};
use farpane_directory::clock::Clock;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_rustls::TlsAcceptor;

use crate::agents::{Agent, read};
use crate::world::{START, World};

fn collector(way: Way, at: SocketAddr) -> Output {
    Output::Syslog {
        way,
        host: at.ip().to_string(),
        port: at.port(),
    }
}

/// One message, framed by its length.
async fn message(from: &mut (impl AsyncRead + Unpin)) -> String {
    let mut length = String::new();
    loop {
        match from.read_u8().await.expect("a byte") {
            b' ' => break,
            digit => length.push(char::from(digit)),
        }
    }
    let mut text = vec![0; length.parse().expect("a length")];
    from.read_exact(&mut text).await.expect("a message");
    String::from_utf8(text).expect("is text")
}

/// What a message, or a line, says was recorded: the number, and the name beside it.
fn said(line: &str) -> (u64, String) {
    let json = &line[line.find('{').expect("an object")..];
    let value: Value = serde_json::from_str(json).expect("is JSON");
    let name = value["personal"]["name"].as_str().unwrap_or_default();
    (value["number"].as_u64().expect("a number"), name.to_owned())
}

/// Records something under this name.
async fn note(world: &World, name: &str) {
    world.operator().add_tenant(name).await.expect("adds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_dies_in_between_gets_everything_in_the_end() {
    let world = World::with(Clock::by_hand(START)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let address = listener.local_addr().expect("an address");
    note(&world, "before there was an output").await;
    let mut sender = Sender::begin(&world.app, collector(Way::Tcp, address))
        .await
        .expect("begins");
    note(&world, "one").await;
    assert!(!sender.look(&world.app).await.expect("looks"));
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let first = message(&mut stream).await;
    assert!(first.starts_with("<109>1 "), "{first}");
    assert_eq!(said(&first).1, "one");

    // It dies, and what it took may be lost with it.
    drop((stream, listener));
    note(&world, "two").await;
    while sender.works() {
        sender.look(&world.app).await.expect("looks");
        tokio::task::yield_now().await;
    }
    assert!(!world.app.outputs.states()[0].works);
    let answer = Agent::new(&world)
        .request(reqwest::Method::GET, "/readyz")
        .send()
        .await;
    let ready: Value = read(answer.expect("an answer")).await.expect("is ready");
    assert_eq!(
        (&ready["ready"], &ready["audit_output"]),
        (&true.into(), &false.into())
    );
    note(&world, "three").await;
    sender.look(&world.app).await.expect("looks");
    assert!(!sender.works());

    let listener = TcpListener::bind(address).await.expect("listens again");
    sender.look(&world.app).await.expect("looks");
    assert!(sender.works());
    let (mut stream, _) = listener.accept().await.expect("a connection");
    for name in ["one", "two", "three"] {
        assert_eq!(said(&message(&mut stream).await).1, name);
    }
    // What stayed with a collector that lives for a while counts as taken, across a restart too.
    world.clock.advance(Duration::from_secs(11));
    sender.look(&world.app).await.expect("looks");
    let newest = world.app.core.store.newest_number().await.expect("reads");
    assert_eq!(world.app.outputs.states()[0].delivered, newest);
    drop((sender, stream));
    let mut sender = Sender::begin(&world.app, collector(Way::Tcp, address))
        .await
        .expect("begins");
    note(&world, "four").await;
    sender.look(&world.app).await.expect("looks");
    let (mut stream, _) = listener.accept().await.expect("a connection");
    assert_eq!(said(&message(&mut stream).await).1, "four");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_only_a_collector_with_the_named_authority_gets_anything() {
    let world = World::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let identity = Identity::load_or_create(folder.path()).expect("an identity");
    let names = ["127.0.0.1".to_owned()];
    let config = identity.tls_config(&names, None).expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let chain = std::fs::read_to_string(folder.path().join("console-certificate.pem"));
    let chain = chain.expect("reads");
    let end = "-----END CERTIFICATE-----\n";
    let authority = chain.split_inclusive(end).nth(1).expect("an authority");
    let authorities = folder.path().join("authority.pem");
    std::fs::write(&authorities, authority).expect("writes");

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let address = listener.local_addr().expect("an address");
    let trusting = farpane_certs::collector::client(&authorities).expect("a client");
    let way = Way::Tls(trusting);
    let mut sender = Sender::begin(&world.app, collector(way, address))
        .await
        .expect("begins");
    note(&world, "sealed").await;
    let take = async {
        let (stream, _): (TcpStream, _) = listener.accept().await.expect("a connection");
        let mut stream = acceptor.accept(stream).await.expect("shakes hands");
        message(&mut stream).await
    };
    let (looked, line) = tokio::join!(sender.look(&world.app), take);
    looked.expect("looks");
    assert_eq!(said(&line).1, "sealed");

    let other = tempfile::tempdir().expect("a folder");
    let stranger = Identity::load_or_create(other.path()).expect("an identity");
    let config = stranger.tls_config(&names, None).expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let trusting = farpane_certs::collector::client(&authorities).expect("a client");
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let address = elsewhere.local_addr().expect("an address");
    let way = Way::Tls(trusting);
    let mut sender = Sender::begin(&world.app, collector(way, address))
        .await
        .expect("begins");
    note(&world, "for nobody else").await;
    let refuse = async {
        let (stream, _) = elsewhere.accept().await.expect("a connection");
        acceptor.accept(stream).await.is_err()
    };
    let (looked, refused) = tokio::join!(sender.look(&world.app), refuse);
    looked.expect("looks");
    assert!(refused && !sender.works());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_datagrams_carry_the_same() {
    let world = World::start().await;
    let file = world.folder.path().join("audit.jsonl");
    let output = Output::Json(file.clone());
    let mut sender = Sender::begin(&world.app, output.clone())
        .await
        .expect("begins");
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("listens");
    let at = socket.local_addr().expect("an address");
    let mut beside = Sender::begin(&world.app, collector(Way::Udp, at))
        .await
        .expect("begins");
    note(&world, "one").await;
    sender.look(&world.app).await.expect("looks");
    beside.look(&world.app).await.expect("looks");
    let mut datagram = vec![0; 64 * 1024];
    let length = socket.recv(&mut datagram).await.expect("a datagram");
    let datagram = String::from_utf8_lossy(&datagram[..length]);
    drop(sender);
    let mut sender = Sender::begin(&world.app, output)
        .await
        .expect("begins again");
    note(&world, "two").await;
    sender.look(&world.app).await.expect("looks");
    let text = std::fs::read_to_string(&file).expect("reads");
    let lines: Vec<_> = text.lines().map(said).collect();
    let names: Vec<_> = lines.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(said(&datagram), lines[0]);
}
