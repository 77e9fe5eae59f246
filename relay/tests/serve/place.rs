//! A real relay on loopback, a directory's key that signs its tickets, and real links to it.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use farpane_protocol::api::{RelayOrder, RelayPlace};
use farpane_protocol::geometry::Size;
use farpane_protocol::ids::{ChannelId, EpochNonce};
use farpane_protocol::key::SecretKey;
use farpane_protocol::relay::{Leave, PresenceProof, RelayTicket, Side};
use farpane_protocol::time::Timestamp;
use farpane_protocol::token::{Purpose, seal};
use farpane_protocol::wire::frame::{Coding, FrameHeader};
use farpane_relay::serve::{Relay, Setup};
use farpane_transport::link::LinkError;
use farpane_transport::relay_link::{Leg, LinkEvents, RelayLink};
use farpane_transport::session::{Arrival, Session};

const DIRECTORY: u8 = 200;
const RELAY: u8 = 201;
pub(crate) const HOST: u8 = 1;
pub(crate) const VIEWER: u8 = 2;

/// Nothing on loopback takes this long; a test that does has failed.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("does not hang")
}

/// Asks until the answer is yes.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    within(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

/// A relay and how to reach it.
pub(crate) struct Place {
    pub(crate) relay: Relay,
    pub(crate) at: RelayPlace,
}

/// A link with its events; a link whose events nobody takes ends.
pub(crate) struct Peer {
    pub(crate) seed: u8,
    pub(crate) link: RelayLink,
    pub(crate) events: LinkEvents,
}

impl Place {
    pub(crate) async fn open() -> Self {
        Self::open_with(None).await
    }

    pub(crate) async fn recording(file: PathBuf) -> Self {
        Self::open_with(Some(file)).await
    }

    async fn open_with(record: Option<PathBuf>) -> Self {
        farpane_certs::install_provider();
        let any = "127.0.0.1:0".parse().expect("address");
        let mut setup = Setup::new(any, secret(RELAY));
        if let Some(file) = record {
            setup = setup.dangerous_record(file);
        }
        let relay = Relay::start(setup).expect("starts");
        let now = RelayOrder::Now {
            time: now(),
            directory_keys: vec![secret(DIRECTORY).public()],
        };
        relay.orders().give(now).await;
        let at = RelayPlace {
            name: "loopback".into(),
            key: secret(RELAY).public(),
            address: relay.address().to_string(),
        };
        Self { relay, at }
    }

    /// A sealed ticket for the peer with that seed.
    pub(crate) fn ticket(&self, seed: u8, leave: Leave) -> String {
        let ticket = RelayTicket {
            relay: secret(RELAY).public(),
            peer: secret(seed).public(),
            leave,
            until: now().after(Duration::from_secs(60)),
            rate: 100_000_000,
        };
        ticket.seal(&secret(DIRECTORY))
    }

    pub(crate) fn proof(&self, seed: u8) -> String {
        let proof = PresenceProof {
            relay: secret(RELAY).public(),
            counter: 1,
            epoch: EpochNonce([3; 16]),
        };
        seal(&secret(seed), Purpose::Presence, &proof)
    }

    pub(crate) async fn peer(&self, seed: u8) -> Peer {
        self.peer_by(seed, self.at.address.clone()).await
    }

    /// A peer that reaches the relay by another address.
    pub(crate) async fn peer_by(&self, seed: u8, address: String) -> Peer {
        let at = RelayPlace {
            address,
            ..self.at.clone()
        };
        let connected = within(RelayLink::connect(&at, &secret(seed))).await;
        let (link, events) = connected.expect("connects");
        Peer { seed, link, events }
    }

    pub(crate) async fn leg(&self, peer: &Peer, number: u64, side: Side) -> Result<Leg, LinkError> {
        let channel = ChannelId::from_random(number);
        let ticket = self.ticket(peer.seed, Leave::OpenLeg { channel, side });
        within(peer.link.open_leg(ticket, channel)).await
    }

    /// The end-to-end connection of two peers on a channel.
    pub(crate) async fn session(&self, host: &Peer, viewer: &Peer, number: u64) -> [Session; 2] {
        let hosts = self.leg(host, number, Side::Host).await.expect("a leg");
        let viewers = self.leg(viewer, number, Side::Viewer).await.expect("a leg");
        let (host_key, viewer_key) = (secret(host.seed), secret(viewer.seed));
        let both = async {
            tokio::join!(
                hosts.accept(&host_key, viewer_key.public()),
                viewers.connect(&viewer_key, host_key.public()),
            )
        };
        let (host, viewer) = within(both).await;
        [host.expect("accepts"), viewer.expect("connects")]
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::default().after(since.expect("after 1970"))
}

/// Sends one picture of that many bytes.
pub(crate) async fn send_picture(host: &Session, sequence: u64, bytes: usize) {
    let header = FrameHeader {
        coding: Coding::H264,
        surface: 0,
        sequence,
        key: true,
        reset: false,
        more: false,
        size: Size::new(640, 480).expect("a size"),
        input_sequence: 0,
        captured_us: 0,
        capture_us: 0,
        encode_us: 0,
        payload: u32::try_from(bytes).expect("small"),
        epoch: 0,
        rects: Vec::new(),
    };
    let payload = Bytes::from(vec![sequence as u8; bytes]);
    host.send_frame(&header, payload).await.expect("is open");
}

/// The sequence of the next picture that arrives whole.
pub(crate) async fn next_picture(viewer: &Session) -> u64 {
    match within(viewer.accept_uni()).await.expect("is open") {
        Arrival::Frame {
            header, payload, ..
        } => {
            assert!(payload.iter().all(|byte| *byte == header.sequence as u8));
            header.sequence
        }
        Arrival::Input(_) | Arrival::Cursor(_) | Arrival::Clipboard(_) => {
            panic!("only pictures were sent")
        }
    }
}
