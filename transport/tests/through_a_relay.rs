//! Two peers and a relay on loopback: what one side of a session says, the other one hears, and
//! nothing else gets in.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use farpane_protocol::api::RelayPlace;
use farpane_protocol::geometry::Size;
use farpane_protocol::ids::ChannelId;
use farpane_protocol::key::SecretKey;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::relay::{self, Message as RelayMessage};
use farpane_protocol::wire::frame::{Coding, FrameHeader};
use farpane_protocol::wire::message::{Beat, BeatReply, CursorShape, Key, Message};
use farpane_transport::link::{LinkError, PeerLink};
use farpane_transport::relay_link::{Leg, RelayLink};
use farpane_transport::relay_server::{RelayServer, Router};
use farpane_transport::session::{Arrival, Session, SessionError};

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

const CHANNEL: u64 = 77;

/// The simplest relay there is: whoever asks for a leg has one, two legs are joined.
#[derive(Default)]
struct TwoLegs {
    legs: Mutex<Vec<SocketAddr>>,
    flip: Mutex<bool>,
}

impl Router for TwoLegs {
    fn route(&self, source: SocketAddr, channel: ChannelId, _bytes: usize) -> Option<SocketAddr> {
        assert_eq!(channel, ChannelId::from_random(CHANNEL));
        let legs = self.legs.lock().expect("no panic while held");
        if *self.flip.lock().expect("no panic while held") {
            return None;
        }
        legs.iter()
            .position(|leg| *leg == source)
            .and_then(|at| legs.get(1 - at))
            .copied()
    }
}

async fn serve_peer(link: PeerLink, legs: Arc<TwoLegs>) -> Result<(), LinkError> {
    let (mut send, mut receive) = link.control().await?;
    while let Some(message) = receive.next().await? {
        if let RelayMessage::OpenLeg(_) = &message {
            let joined = {
                let mut legs = legs.legs.lock().expect("no panic while held");
                legs.push(link.address());
                legs.len() == 2
            };
            send.send(
                &relay::LegOpen {
                    channel: CHANNEL,
                    joined,
                }
                .into(),
            )
            .await?;
            if !joined {
                while legs.legs.lock().expect("no panic while held").len() < 2 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                send.send(
                    &relay::LegOpen {
                        channel: CHANNEL,
                        joined: true,
                    }
                    .into(),
                )
                .await?;
            }
        }
    }
    Ok(())
}

struct Net {
    place: RelayPlace,
    legs: Arc<TwoLegs>,
    _server: tokio::task::JoinHandle<()>,
}

fn net() -> Net {
    farpane_certs::install_provider();
    let legs = Arc::new(TwoLegs::default());
    let any = "127.0.0.1:0".parse().expect("an address");
    let server = RelayServer::bind(any, &secret(1), legs.clone()).expect("binds");
    let address = server.local_addr().expect("has one").to_string();
    let place = RelayPlace {
        name: "one".into(),
        key: secret(1).public(),
        address,
    };
    let serving = legs.clone();
    let task = tokio::spawn(async move {
        while let Some(incoming) = server.accept().await {
            let legs = serving.clone();
            tokio::spawn(async move {
                let link = incoming.handshake().await?;
                serve_peer(link, legs).await
            });
        }
    });
    Net {
        place,
        legs,
        _server: task,
    }
}

async fn leg(net: &Net, identity: &SecretKey) -> Leg {
    let (link, _events) = RelayLink::connect(&net.place, identity)
        .await
        .expect("connects");
    link.open_leg("ticket".into(), ChannelId::from_random(CHANNEL))
        .await
        .expect("opens")
}

async fn joined(net: &Net) -> (Session, Session) {
    let (viewer, host) = (secret(2), secret(3));
    let host_leg = leg(net, &host).await;
    let viewer_leg = leg(net, &viewer).await;
    let (accepted, connected) = tokio::join!(
        host_leg.accept(&host, viewer.public()),
        viewer_leg.connect(&viewer, host.public())
    );
    (accepted.expect("accepts"), connected.expect("connects"))
}

fn header(sequence: u64, payload: u32) -> FrameHeader {
    FrameHeader {
        coding: Coding::H264,
        surface: 0,
        sequence,
        key: sequence == 1,
        reset: false,
        more: false,
        size: Size::new(64, 64).expect("valid"),
        input_sequence: 0,
        captured_us: 0,
        capture_us: 0,
        encode_us: 0,
        payload,
        epoch: 0,
        rects: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_carries_messages_input_pictures_and_shapes() {
    let net = net();
    let (host, viewer) = joined(&net).await;
    assert_eq!(
        (host.peer(), viewer.peer()),
        (secret(2).public(), secret(3).public())
    );

    let (mut say, mut hear) = viewer.open_control().await.expect("opens");
    say.send(&Beat { nonce: 5 }.into()).await.expect("sends");
    let (mut host_say, mut host_hear) = host.accept_control().await.expect("accepts");
    assert_eq!(
        host_hear.next().await.expect("hears"),
        Some(Beat { nonce: 5 }.into())
    );
    host_say
        .send(&BeatReply { nonce: 5 }.into())
        .await
        .expect("sends");
    assert_eq!(
        hear.next().await.expect("hears"),
        Some(BeatReply { nonce: 5 }.into())
    );

    let mut input = viewer.open_input().await.expect("opens");
    let pressed: Message = Key {
        sequence: 1,
        code: 30,
        down: true,
    }
    .into();
    input.send(&pressed).await.expect("sends");
    let Arrival::Input(mut keys) = host.accept_uni().await.expect("arrives") else {
        panic!("expected input");
    };
    assert_eq!(keys.next().await.expect("hears"), Some(pressed));

    // Larger than one window, so that it crosses in many packets and batches.
    let picture: Bytes = (0..400_000u32).map(|i| i as u8).collect::<Vec<_>>().into();
    let shape = CursorShape {
        hash: 9,
        width: 2,
        height: 1,
        hot_x: 1,
        hot_y: 0,
        rgba: vec![7; 8],
    };
    let send = async {
        host.send_frame(&header(1, 400_000), picture.clone())
            .await
            .expect("sends");
        host.send_cursor(&shape).await.expect("sends");
    };
    let take = async {
        let (mut frame, mut cursor) = (None, None);
        while frame.is_none() || cursor.is_none() {
            match viewer.accept_uni().await.expect("arrives") {
                Arrival::Frame {
                    header, payload, ..
                } => frame = Some((header, payload)),
                Arrival::Cursor(shape) => cursor = Some(shape),
                Arrival::Input(_) | Arrival::Clipboard(_) => panic!("neither was sent"),
            }
        }
        (frame.expect("came"), cursor.expect("came"))
    };
    let ((), (frame, cursor)) = tokio::join!(send, take);
    assert_eq!(frame, (header(1, 400_000), picture));
    assert_eq!(cursor, shape);
    assert!(viewer.stats().received_bytes > 400_000);

    host.close(EndReason::PersonStopped);
    let ended = viewer.closed().await;
    assert!(
        matches!(ended, SessionError::Ended(EndReason::PersonStopped)),
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_with_another_key_is_refused_by_name() {
    let net = net();
    let (viewer, host) = (secret(2), secret(3));
    let host_leg = leg(&net, &host).await;
    let viewer_leg = leg(&net, &viewer).await;
    let accept = tokio::spawn(async move { host_leg.accept(&secret(3), secret(2).public()).await });
    let refused = viewer_leg.connect(&viewer, secret(9).public()).await;
    let Err(LinkError::KeyMismatch(mismatch)) = refused else {
        panic!("expected a mismatch")
    };
    assert_eq!(
        (mismatch.found, mismatch.expected),
        (host.public(), secret(9).public())
    );
    accept.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_with_another_key_is_refused_by_name() {
    let mut net = net();
    net.place.key = secret(8).public();
    let refused = RelayLink::connect(&net.place, &secret(2)).await;
    let Err(LinkError::KeyMismatch(mismatch)) = refused else {
        panic!("expected a mismatch")
    };
    assert_eq!(
        (mismatch.found, mismatch.expected),
        (secret(1).public(), secret(8).public())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_was_not_announced_gets_no_session() {
    let net = net();
    let host = secret(3);
    let host_leg = leg(&net, &host).await;
    let stranger_leg = leg(&net, &secret(4)).await;
    let stranger = tokio::spawn(async move {
        let session = stranger_leg
            .connect(&secret(4), secret(3).public())
            .await
            .ok()?;
        Some(session.closed().await)
    });
    let accepted = tokio::time::timeout(
        Duration::from_secs(2),
        host_leg.accept(&host, secret(2).public()),
    );
    assert!(
        accepted.await.is_err(),
        "the host went on waiting for the right viewer"
    );
    stranger.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_goes_silent_is_noticed_by_nobody_but_the_timers() {
    let net = net();
    let (host, viewer) = joined(&net).await;
    *net.legs.flip.lock().expect("no panic while held") = true;
    let (mut say, _) = viewer.open_control().await.expect("opens");
    say.send(&Beat { nonce: 1 }.into()).await.expect("takes it");
    let silent = tokio::time::timeout(Duration::from_millis(300), host.accept_control()).await;
    assert!(silent.is_err());
    *net.legs.flip.lock().expect("no panic while held") = false;
    let (_, mut hear) = host.accept_control().await.expect("the path is back");
    assert_eq!(
        hear.next().await.expect("hears"),
        Some(Beat { nonce: 1 }.into())
    );
}
