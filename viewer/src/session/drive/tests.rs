//! The driver against a device in the same process, through a relay that joins two legs: what an
//! honest device sees and shows, and what a hostile one cannot do.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use farpane_media::codec::{EncoderSettings, VideoEncoder as _};
use farpane_media::h264::H264Encoder;
use farpane_media::picture::I420Picture;
use farpane_protocol::api::RelayPlace;
use farpane_protocol::geometry::{Point, Size};
use farpane_protocol::ids::{ChannelId, DeviceId};
use farpane_protocol::key::{Fingerprint, SecretKey};
use farpane_protocol::outcome::Outcome;
use farpane_protocol::relay::{self, Message as RelayMessage};
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::wire::frame::{Coding, FrameHeader};
use farpane_protocol::wire::message::{CursorShape, Ended, Hello, Show, Started, Welcome};
use farpane_transport::directory::DirectoryClient;
use farpane_transport::link::{LinkError, PeerLink};
use farpane_transport::relay_link::{Leg, LinkEvents, RelayLink};
use farpane_transport::relay_server::{RelayServer, Router};
use farpane_transport::session::{Arrival, ControlReceiver, ControlSender, Session};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::account::Home;
use crate::session::Presence;
use crate::session::input::{Input, InputQueue};
use crate::session::shared::{PointerLook, Shared};
use crate::trace::Trace;

const CHANNEL: u64 = 7;

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

/// Two legs, joined as soon as both are there.
#[derive(Default)]
struct TwoLegs(Mutex<Vec<SocketAddr>>);

impl TwoLegs {
    fn legs(&self) -> std::sync::MutexGuard<'_, Vec<SocketAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Router for TwoLegs {
    fn route(&self, source: SocketAddr, _: ChannelId, _: usize) -> Option<SocketAddr> {
        let legs = self.legs();
        let at = legs.iter().position(|leg| *leg == source)?;
        legs.get(1 - at).copied()
    }
}

async fn serve(link: PeerLink, legs: Arc<TwoLegs>, joined: Arc<tokio::sync::Barrier>) {
    let talk = async {
        let (mut send, mut receive) = link.control().await?;
        while let Some(message) = receive.next().await? {
            if let RelayMessage::OpenLeg(_) = &message {
                legs.legs().push(link.address());
                let leg = |joined| relay::LegOpen {
                    channel: CHANNEL,
                    joined,
                };
                send.send(&leg(false).into()).await?;
                joined.wait().await;
                send.send(&leg(true).into()).await?;
            }
        }
        Ok::<_, LinkError>(())
    };
    drop(talk.await);
}

async fn relay() -> RelayPlace {
    farpane_certs::install_provider();
    let legs = Arc::new(TwoLegs::default());
    let any = "127.0.0.1:0".parse().expect("an address");
    let server = RelayServer::bind(any, &secret(1), legs.clone()).expect("binds");
    let address = server.local_addr().expect("has one").to_string();
    let joined = Arc::new(tokio::sync::Barrier::new(2));
    tokio::spawn(async move {
        while let Some(incoming) = server.accept().await {
            let (legs, joined) = (legs.clone(), joined.clone());
            tokio::spawn(async move {
                if let Ok(link) = incoming.handshake().await {
                    serve(link, legs, joined).await;
                }
            });
        }
    });
    RelayPlace {
        name: "one".into(),
        key: secret(1).public(),
        address,
    }
}

async fn leg(place: &RelayPlace, identity: &SecretKey) -> (Leg, LinkEvents) {
    let (link, events) = RelayLink::connect(place, identity).await.expect("connects");
    let leg = link
        .open_leg("ticket".into(), ChannelId::from_random(CHANNEL))
        .await;
    (leg.expect("opens"), events)
}

/// The device's end, after the hello.
struct Device {
    session: Session,
    control: ControlSender,
    heard: ControlReceiver,
    encoder: H264Encoder,
    /// The size of the last frame.
    sent: Option<Size>,
    epoch: u64,
}

fn size() -> Size {
    Size::new(64, 48).expect("valid")
}

impl Device {
    async fn say(&mut self, message: impl Into<Message>) {
        self.control.send(&message.into()).await.expect("sends");
    }

    /// What the viewer says next, beats aside.
    async fn hear(&mut self) -> Message {
        loop {
            let message = self.heard.next().await.expect("hears");
            let message = message.expect("goes on");
            if !matches!(message, Message::Beat(_)) {
                return message;
            }
        }
    }

    async fn allow(&mut self, scopes: &[&str]) {
        let scopes = scopes.iter().map(|name| (*name).to_owned()).collect();
        self.say(Started { scopes }).await;
        self.say(surface(0, 64, 48)).await;
    }

    async fn frame(&mut self, sequence: u64) {
        self.frame_of(0, size(), sequence).await;
    }

    /// A frame of that surface that says it has that size; with another size everything begins
    /// anew.
    async fn frame_of(&mut self, surface: u32, says: Size, sequence: u64) {
        let reset = self.sent.replace(says) != Some(says);
        self.epoch += u64::from(reset);
        let (mut payload, mut key) = (Vec::new(), false);
        if says == size() {
            let picture = I420Picture::new(size());
            let info = self
                .encoder
                .encode(&picture, size().rect(), reset, &mut payload);
            key = info.expect("encodes").key;
        }
        let header = FrameHeader {
            coding: Coding::H264,
            surface,
            sequence,
            key,
            reset,
            more: false,
            size: says,
            input_sequence: 0,
            captured_us: 1,
            capture_us: 2,
            encode_us: 3,
            payload: payload.len() as u32,
            epoch: self.epoch,
            rects: Vec::new(),
        };
        self.session
            .send_frame(&header, Bytes::from(payload))
            .await
            .expect("sends");
    }
}

fn surface(id: u32, width: u32, height: u32) -> Surface {
    Surface {
        id,
        width,
        height,
        name: "screen".into(),
        ..Surface::default()
    }
}

/// The viewer's end, running.
struct Viewer {
    shared: Arc<Shared>,
    input: Arc<InputQueue>,
    leave: CancellationToken,
    changed: Arc<tokio::sync::Notify>,
    ending: tokio::task::JoinHandle<Ending>,
    chosen: watch::Sender<Vec<u32>>,
    _attentive: watch::Sender<bool>,
    _home: tempfile::TempDir,
}

impl Viewer {
    /// Waits until the window would see this.
    async fn until(&self, seen: impl Fn(&Shared) -> bool) {
        loop {
            let changed = self.changed.notified();
            self.shared.woken();
            if seen(&self.shared) {
                return;
            }
            changed.await;
        }
    }

    async fn until_step(&self, wanted: Step) {
        self.until(|shared| shared.snapshot().step == wanted).await;
    }
}

async fn session(asked: &[Scope]) -> (Device, Viewer) {
    let place = relay().await;
    let (host, viewer) = (secret(2), secret(3));
    let (host_leg, _) = leg(&place, &host).await;
    let (viewer_leg, events) = leg(&place, &viewer).await;
    let (accepted, connected) = tokio::join!(
        host_leg.accept(&host, viewer.public()),
        viewer_leg.connect(&viewer, host.public())
    );
    let (accepted, connected) = (accepted.expect("accepts"), connected.expect("connects"));
    let viewer = drive_viewer(connected, events, asked);
    let (control, mut heard) = accepted.accept_control().await.expect("opens");
    let hello = heard.next().await.expect("hears").expect("goes on");
    assert!(matches!(hello, Message::Hello(_)));
    let settings = EncoderSettings::new(size(), 1_000_000, 30);
    let encoder = H264Encoder::new(settings).expect("encoder");
    let mut device = Device {
        session: accepted,
        control,
        heard,
        encoder,
        sent: None,
        epoch: 0,
    };
    device
        .say(Welcome {
            capabilities: 0,
            version: "1".into(),
        })
        .await;
    (device, viewer)
}

fn drive_viewer(session: Session, events: LinkEvents, asked: &[Scope]) -> Viewer {
    let home = tempfile::tempdir().expect("temp dir");
    let client = DirectoryClient::new("https://127.0.0.1:1", Fingerprint::of(b"x"));
    let device: DeviceId = "00000000-0000-0000-0000-000000000001"
        .parse()
        .expect("an id");
    let plan = Plan {
        home: Home::new(Some(home.path().into())).expect("chosen"),
        agent: client.expect("an address").agent(secret(3)),
        key: secret(3),
        device,
        scopes: ScopeSet::of(asked),
        also: ScopeSet::EMPTY,
        reason: String::new(),
    };
    let changed = Arc::new(tokio::sync::Notify::new());
    let wake = changed.clone();
    let shared = Arc::new(Shared::new(Instant::now(), move || wake.notify_one()));
    let input = Arc::new(InputQueue::default());
    let leave = CancellationToken::new();
    let (tell_attentive, attentive) = watch::channel(true);
    let (_, presence) = watch::channel(Presence::Away);
    let (tell_chosen, chosen) = watch::channel(vec![0]);
    let context = Context {
        shared: shared.clone(),
        input: input.clone(),
        trace: Arc::new(Trace::off()),
        leave: leave.clone(),
        attentive,
        presence,
        chosen,
    };
    let channel = ChannelId::from_random(CHANNEL);
    let ending = tokio::spawn(async move {
        let mut machine = ViewerSession::new(Instant::now());
        machine.handle_authorised(Instant::now());
        let reached = Reached {
            session,
            events,
            channel,
        };
        let hello = Hello {
            capabilities: 0,
            grant: "grant".into(),
            version: "1".into(),
        };
        drive(
            &plan,
            &context,
            &mut machine,
            reached,
            "till".into(),
            hello.into(),
        )
        .await
    });
    Viewer {
        shared,
        input,
        leave,
        changed,
        ending,
        chosen: tell_chosen,
        _attentive: tell_attentive,
        _home: home,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_device_is_seen_and_controlled_until_it_says_goodbye() {
    let (mut device, viewer) = session(&[Scope::View, Scope::Control]).await;
    assert!(
        !viewer
            .input
            .push(Input::Text("early".into()), Instant::now())
    );
    device.allow(&["view", "control"]).await;
    device.frame(1).await;
    viewer.until_step(Step::Live).await;
    let Message::FrameAck(ack) = device.hear().await else {
        panic!("no acknowledgement")
    };
    assert_eq!(ack.sequence, 1);
    let seen = viewer
        .shared
        .with_picture(|p| p.as_ref().map(|p| p.pixels.size()));
    assert_eq!(seen, Some(size()));
    assert!(viewer.shared.network().is_some());

    assert!(viewer.input.push(
        Input::Move {
            surface: 2,
            at: Point { x: 5, y: 6 }
        },
        Instant::now()
    ));
    let Arrival::Input(mut input) = device.session.accept_uni().await.expect("opens") else {
        panic!("not input");
    };
    let Some(Message::Pointer(place)) = input.next().await.expect("hears") else {
        panic!()
    };
    assert_eq!((place.sequence, place.surface), (1, 2));
    assert_eq!((place.x, place.y), (5, 6));

    device
        .say(Ended {
            reason: EndReason::PersonStopped.code(),
        })
        .await;
    let ending = viewer.ending.await.expect("ends");
    assert_eq!(ending.outcome, Outcome::Refused);
    assert!(
        !viewer.input.is_open()
            || !viewer
                .input
                .push(Input::Text("late".into()), Instant::now())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn view_only_sends_no_input_even_to_a_device_that_grants_control() {
    let (mut device, viewer) = session(&[Scope::View]).await;
    device.allow(&["view", "control"]).await;
    device.frame(1).await;
    viewer.until_step(Step::Live).await;
    assert!(!viewer.input.push(
        Input::Key {
            code: 30,
            down: true
        },
        Instant::now()
    ));
    viewer.leave.cancel();
    assert!(matches!(device.hear().await, Message::FrameAck(_)));
    assert!(matches!(device.hear().await, Message::Bye(_)));
    assert_eq!(viewer.ending.await.expect("ends").outcome, Outcome::Done);
    let streams = device.session.accept_uni().await;
    assert!(streams.is_err(), "no stream of input was ever opened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_picture_is_asked_for_again_and_the_session_goes_on() {
    let (mut device, viewer) = session(&[Scope::View]).await;
    device.allow(&["view"]).await;
    device.frame(1).await;
    viewer.until_step(Step::Live).await;
    device.hear().await;
    let header = FrameHeader {
        coding: Coding::H264,
        surface: 0,
        sequence: 2,
        key: false,
        reset: false,
        more: false,
        size: size(),
        input_sequence: 0,
        captured_us: 0,
        capture_us: 0,
        encode_us: 0,
        payload: 4,
        epoch: 1,
        rects: Vec::new(),
    };
    device
        .session
        .send_frame(&header, Bytes::from_static(b"junk"))
        .await
        .expect("sends");
    assert!(matches!(device.hear().await, Message::FrameAck(ack) if ack.sequence == 2));
    let Message::Refresh(refresh) = device.hear().await else {
        panic!("expected a request");
    };
    assert_eq!((refresh.epoch, refresh.video_only), (1, true));
    assert_eq!(viewer.shared.snapshot().step, Step::Live);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pointer_follows_the_shape_that_the_device_names() {
    let (mut device, viewer) = session(&[Scope::View]).await;
    device.allow(&["view"]).await;
    let shape = CursorShape {
        hash: 4,
        width: 1,
        height: 1,
        hot_x: 0,
        hot_y: 0,
        rgba: vec![9; 4],
    };
    device
        .say(farpane_protocol::wire::message::Cursor { hash: 4 })
        .await;
    device.session.send_cursor(&shape).await.expect("sends");
    let wanted = PointerLook::Shape(Arc::new(shape));
    viewer
        .until(|shared| shared.snapshot().pointer == wanted)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_breaks_the_rules_ends_the_session() {
    let wrong: [Message; 5] = [
        surface(99, 64, 48).into(),
        Surface {
            gone: true,
            ..surface(0, 64, 48)
        }
        .into(),
        surface(0, 0, 48).into(),
        surface(0, u32::MAX, 48).into(),
        Refresh::default().into(),
    ];
    for message in wrong {
        let (mut device, viewer) = session(&[Scope::View]).await;
        device.allow(&["view"]).await;
        device.say(message.clone()).await;
        let ending = viewer.ending.await.expect("ends");
        assert_eq!(
            ending.word,
            EndReason::ProtocolViolation.word(),
            "{message:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_that_cannot_be_shown_is_said_in_words() {
    let (mut device, viewer) = session(&[Scope::View]).await;
    device
        .say(Started {
            scopes: vec!["view".into()],
        })
        .await;
    device.say(surface(0, 8192, 8192)).await;
    let ending = viewer.ending.await.expect("ends");
    assert!(ending.sentence.contains("8192×8192"), "{}", ending.sentence);
    assert_eq!(ending.outcome, Outcome::Failed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_monitor_that_grows_too_large_gives_way_to_the_primary_one() {
    let (mut device, viewer) = session(&[Scope::View]).await;
    device.allow(&["view"]).await;
    device.say(surface(1, 64, 48)).await;
    device.frame_of(1, size(), 1).await;
    assert!(matches!(device.hear().await, Message::FrameAck(ack) if ack.surface == 1));
    let offered = |shared: &Shared| -> Vec<u32> {
        let monitors = shared.snapshot().monitors;
        monitors.iter().map(|monitor| monitor.id).collect()
    };
    viewer.until(|shared| offered(shared) == [0, 1]).await;
    viewer.chosen.send_replace(vec![1]);
    let show = |surface| Show {
        surface,
        ..Show::default()
    };
    assert_eq!(device.hear().await, show(1).into());

    device.say(surface(1, 8192, 8192)).await;
    assert_eq!(device.hear().await, show(0).into());
    assert_eq!(offered(&viewer.shared), [0]);

    // What was on its way by then is handled, and the session goes on.
    let too_large = Size::new(8192, 8192).expect("valid");
    device.frame_of(1, too_large, 2).await;
    assert!(matches!(device.hear().await, Message::FrameAck(ack) if ack.sequence == 2));
    device.frame(3).await;
    assert!(matches!(device.hear().await, Message::FrameAck(ack) if ack.sequence == 3));
    let seen = || {
        viewer
            .shared
            .with_picture(|p| p.as_ref().map(|p| p.surface))
    };
    viewer.until(|_| seen() == Some(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_device_is_asked_for_what_is_seen_once_it_can_be_shown() {
    let (mut device, viewer) = session(&[Scope::View]).await;
    device.allow(&["view"]).await;
    device.say(surface(2, 64, 48)).await;
    // Said as soon as the session is live; what the device does not have is not asked for.
    viewer.chosen.send_replace(vec![2, 0, 9]);
    device.frame(1).await;
    let show = |surfaces: &[u32]| {
        let (first, beside) = surfaces.split_first().unwrap_or((&0, &[]));
        Message::from(Show {
            surface: *first,
            beside: beside.to_vec(),
            nothing: surfaces.is_empty(),
        })
    };
    let mut heard = Vec::new();
    while heard.len() < 2 {
        heard.push(device.hear().await);
    }
    assert!(heard.contains(&show(&[2, 0])), "{heard:?}");
    viewer.chosen.send_replace(Vec::new());
    assert_eq!(device.hear().await, show(&[]));
    viewer.chosen.send_replace(vec![2]);
    assert_eq!(device.hear().await, show(&[2]));
    let gone = Surface {
        gone: true,
        ..surface(2, 64, 48)
    };
    device.say(gone).await;
    assert_eq!(device.hear().await, show(&[0]));
}
