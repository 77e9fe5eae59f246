//! A peer's connection to a relay, and the legs that it opens there.
//!
//! One UDP socket per link: its control connection and the packets of its legs share it. Tasks
//! end with the last holder of the link.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use farpane_certs::peer::{PEER_SERVER_NAME, SeenKey, client_config, server_config};
use farpane_protocol::api::RelayPlace;
use farpane_protocol::ids::ChannelId;
use farpane_protocol::key::{PublicKey, SecretKey};
use farpane_protocol::relay::{self, Message, Refusal};
use farpane_protocol::wire::{ALPN_RELAY, ALPN_SESSION};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{AsyncUdpSocket, Endpoint, TokioRuntime};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use crate::channel::{ChannelSocket, Inbox, Inboxes, PEER_ADDRESS};
use crate::config;
use crate::congestion::Congestion;
use crate::link::{LinkError, LinkReceiver, LinkSender, PeerLink, key_of};
use crate::session::Session;
use crate::socket::SharedSocket;

/// How long a relay may take to answer the connection or a request.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// How long the other leg and the end-to-end handshake may take.
const SESSION_WAIT: Duration = Duration::from_secs(20);
/// How long a goodbye may take to leave.
const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// Control messages that may wait to be sent.
const OUTBOX: usize = 32;
/// Events that may wait to be read by the link's owner.
const EVENTS: usize = 64;
/// Data that goes unanswered for this long makes the link ping its control connection, so that
/// the relay learns of a new address.
const UNANSWERED: Duration = Duration::from_millis(300);

/// What a relay says without being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// The directory sends this sealed envelope.
    Deliver(String),
    /// Both legs of the channel stand.
    LegJoined(ChannelId),
    /// The leg is gone.
    LegClosed(ChannelId, Refusal),
    /// The connection is gone; nothing follows.
    Lost,
}

/// What a relay says, in order.
#[derive(Debug)]
pub struct LinkEvents(mpsc::Receiver<LinkEvent>);

impl LinkEvents {
    /// The next event; [`LinkEvent::Lost`] for ever once the connection is gone.
    pub async fn next(&mut self) -> LinkEvent {
        self.0.recv().await.unwrap_or(LinkEvent::Lost)
    }
}

enum Reply {
    Attached,
    LegOpen(ChannelId),
    Refused(Refusal, String),
}

type Joined = Mutex<HashMap<ChannelId, watch::Sender<bool>>>;

struct Shared {
    link: PeerLink,
    relay: SocketAddr,
    port: Arc<dyn AsyncUdpSocket>,
    inboxes: Arc<Inboxes>,
    outbox: mpsc::Sender<Message>,
    replies: tokio::sync::Mutex<mpsc::Receiver<Reply>>,
    joined: Arc<Joined>,
    // Dropped with the last holder, which ends them.
    _reader: AbortOnDropHandle<()>,
    _writer: AbortOnDropHandle<()>,
    endpoint: Endpoint,
}

/// A control connection to a relay. Clones share it; the last one to go closes it.
#[derive(Clone)]
pub struct RelayLink(Arc<Shared>);

fn any_address(like: SocketAddr) -> SocketAddr {
    match like {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

async fn resolve(address: &str) -> Result<SocketAddr, LinkError> {
    let bad = || LinkError::BadAddress(address.to_owned());
    tokio::net::lookup_host(address)
        .await
        .map_err(|_| bad())?
        .next()
        .ok_or_else(bad)
}

impl RelayLink {
    /// Connects to a relay and proves `identity` there. The relay must prove the key of its place.
    pub async fn connect(
        place: &RelayPlace,
        identity: &SecretKey,
    ) -> Result<(Self, LinkEvents), LinkError> {
        let relay = resolve(&place.address).await?;
        let (inboxes, checks) = Inboxes::new(relay);
        let socket = SharedSocket::bind(any_address(relay), inboxes.clone())?;
        let port = socket.port();
        let endpoint = Endpoint::new_with_abstract_socket(
            config::endpoint(),
            None,
            socket,
            Arc::new(TokioRuntime),
        )?;
        let seen = SeenKey::default();
        let config = client(
            client_config(identity, place.key, ALPN_RELAY, &seen),
            config::control(),
        )?;
        let connection = connect(&endpoint, config, relay, &seen, ANSWER_WAIT).await?;
        let link = PeerLink::new(connection)?;
        let (sender, receiver) = link.open_control().await?;
        let (outbox, to_send) = mpsc::channel(OUTBOX);
        let (tell, events) = mpsc::channel(EVENTS);
        let (reply, replies) = mpsc::channel(1);
        let joined = Arc::new(Joined::default());
        let writer = tokio::spawn(write(sender, to_send, checks));
        let reader = tokio::spawn(read(receiver, tell, reply, joined.clone()));
        let shared = Shared {
            link,
            relay,
            port,
            inboxes,
            outbox,
            replies: tokio::sync::Mutex::new(replies),
            joined,
            _reader: AbortOnDropHandle::new(reader),
            _writer: AbortOnDropHandle::new(writer),
            endpoint,
        };
        Ok((Self(Arc::new(shared)), LinkEvents(events)))
    }

    /// Sends a request and waits for its reply; requests of one link go one at a time.
    async fn request(&self, message: Message) -> Result<Reply, LinkError> {
        let mut replies = self.0.replies.lock().await;
        while replies.try_recv().is_ok() {} // a reply that came after its request gave up
        self.0
            .outbox
            .send(message)
            .await
            .map_err(|_| LinkError::Closed)?;
        let reply = timeout(ANSWER_WAIT, replies.recv()).await;
        match reply
            .map_err(|_| LinkError::TimedOut)?
            .ok_or(LinkError::Closed)?
        {
            Reply::Refused(reason, sentence) => Err(LinkError::Refused { reason, sentence }),
            reply @ (Reply::Attached | Reply::LegOpen(_)) => Ok(reply),
        }
    }

    /// Becomes present at the relay: envelopes arrive as events from now on.
    pub async fn attach(&self, ticket: String, proof: String) -> Result<(), LinkError> {
        self.request(relay::Attach { ticket, proof }.into())
            .await
            .map(drop)
    }

    /// Opens this side's leg of a channel.
    pub async fn open_leg(&self, ticket: String, channel: ChannelId) -> Result<Leg, LinkError> {
        // Before asking: the other leg's packets may arrive before the reply does.
        let inbox = self.0.inboxes.open(channel);
        let (tell, joined) = watch::channel(false);
        with(&self.0.joined, |legs| drop(legs.insert(channel, tell)));
        let watcher = tokio::spawn(watch_silence(inbox.clone(), self.0.outbox.clone()));
        let leg = Leg {
            shared: self.0.clone(),
            channel,
            inbox,
            joined,
            congestion: Congestion::default(),
            _watcher: AbortOnDropHandle::new(watcher),
        };
        match self.request(relay::OpenLeg { ticket }.into()).await? {
            Reply::LegOpen(opened) if opened == channel => Ok(leg),
            Reply::LegOpen(_) | Reply::Attached | Reply::Refused(..) => Err(LinkError::Wire(
                farpane_protocol::wire::WireError::Malformed,
            )),
        }
    }

    /// Closes the connection and waits, at most a second, until the relay was told.
    pub async fn close(&self) {
        self.0.link.close(Refusal::Other);
        drop(timeout(CLOSE_WAIT, self.0.endpoint.wait_idle()).await);
    }

    /// Where this link's own socket is.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.port.local_addr()
    }

    /// The relay, as the control connection sees it.
    pub fn relay(&self) -> &PeerLink {
        &self.0.link
    }
}

fn with<R>(
    joined: &Joined,
    act: impl FnOnce(&mut HashMap<ChannelId, watch::Sender<bool>>) -> R,
) -> R {
    act(&mut joined.lock().unwrap_or_else(PoisonError::into_inner))
}

fn client(
    tls: rustls::ClientConfig,
    transport: Arc<quinn::TransportConfig>,
) -> Result<quinn::ClientConfig, LinkError> {
    let tls = QuicClientConfig::try_from(tls)
        .map_err(|error| LinkError::Connection(error.to_string()))?;
    let mut config = quinn::ClientConfig::new(Arc::new(tls));
    config.transport_config(transport);
    Ok(config)
}

async fn connect(
    endpoint: &Endpoint,
    config: quinn::ClientConfig,
    to: SocketAddr,
    seen: &SeenKey,
    wait: Duration,
) -> Result<quinn::Connection, LinkError> {
    let connecting = endpoint
        .connect_with(config, to, PEER_SERVER_NAME)
        .map_err(|error| LinkError::Connection(error.to_string()))?;
    let connected = timeout(wait, connecting)
        .await
        .map_err(|_| LinkError::TimedOut)?;
    connected.map_err(|error| match seen.mismatch() {
        Some(mismatch) => mismatch.into(),
        None => LinkError::Connection(error.to_string()),
    })
}

async fn write(
    mut sender: LinkSender,
    mut outbox: mpsc::Receiver<Message>,
    mut checks: mpsc::Receiver<u64>,
) {
    loop {
        let message = tokio::select! {
            message = outbox.recv() => message,
            nonce = checks.recv() => nonce.map(|nonce| relay::AddressProof { nonce }.into()),
        };
        let Some(message) = message else { return };
        if sender.send(&message).await.is_err() {
            return;
        }
    }
}

async fn read(
    mut receiver: LinkReceiver,
    tell: mpsc::Sender<LinkEvent>,
    reply: mpsc::Sender<Reply>,
    joined: Arc<Joined>,
) {
    while let Ok(Some(message)) = receiver.next().await {
        let channel = |bits| ChannelId::new(bits);
        let event = match message {
            Message::Attached(_) => {
                drop(reply.try_send(Reply::Attached));
                continue;
            }
            Message::LegOpen(open) => {
                let Some(id) = channel(open.channel) else {
                    return;
                };
                let told = with(&joined, |legs| {
                    legs.get(&id)
                        .is_some_and(|tell| tell.send_replace(open.joined) != open.joined)
                });
                drop(reply.try_send(Reply::LegOpen(id)));
                if !(told && open.joined) {
                    continue;
                }
                LinkEvent::LegJoined(id)
            }
            Message::Refused(refused) => {
                let reason = Refusal::from_code(refused.reason);
                drop(reply.try_send(Reply::Refused(reason, refused.sentence)));
                continue;
            }
            Message::LegClosed(closed) => {
                let Some(id) = channel(closed.channel) else {
                    return;
                };
                with(&joined, |legs| drop(legs.remove(&id)));
                LinkEvent::LegClosed(id, Refusal::from_code(closed.reason))
            }
            Message::Deliver(deliver) => LinkEvent::Deliver(deliver.envelope),
            Message::Pong(_) => continue,
            // What only a peer may say ends the connection with a relay that says it.
            Message::Attach(_)
            | Message::OpenLeg(_)
            | Message::CloseLeg(_)
            | Message::Ping(_)
            | Message::AddressProof(_) => break,
        };
        if tell.send(event).await.is_err() {
            return;
        }
    }
    drop(tell.send(LinkEvent::Lost).await);
}

async fn watch_silence(inbox: Arc<Inbox>, outbox: mpsc::Sender<Message>) {
    loop {
        inbox.sending().await;
        // An answer puts the clock away: one that ran out for nothing would wake an idle device.
        if timeout(UNANSWERED, inbox.answered()).await.is_err() {
            // A full outbox means that the control connection itself is stuck.
            drop(outbox.try_send(relay::Ping { nonce: 0 }.into()));
        }
    }
}

/// One side's end of a channel. Dropping it closes it at the relay.
pub struct Leg {
    shared: Arc<Shared>,
    channel: ChannelId,
    inbox: Arc<Inbox>,
    joined: watch::Receiver<bool>,
    congestion: Congestion,
    _watcher: AbortOnDropHandle<()>,
}

impl Leg {
    /// Which channel.
    pub fn channel(&self) -> ChannelId {
        self.channel
    }

    /// Waits until the other leg stands too.
    pub async fn joined(&mut self) -> Result<(), LinkError> {
        self.joined
            .wait_for(|joined| *joined)
            .await
            .map(drop)
            .map_err(|_| LinkError::Closed)
    }

    fn endpoint(&self, server: Option<quinn::ServerConfig>) -> Result<Endpoint, LinkError> {
        let (port, relay) = (self.shared.port.clone(), self.shared.relay);
        let socket = ChannelSocket::new(port, relay, self.channel, self.inbox.clone());
        let socket = Arc::new(socket);
        Ok(Endpoint::new_with_abstract_socket(
            config::endpoint(),
            server,
            socket,
            Arc::new(TokioRuntime),
        )?)
    }

    /// The host's side is to send its pictures under this control.
    #[must_use]
    pub fn under(mut self, congestion: Congestion) -> Self {
        self.congestion = congestion;
        self
    }

    /// The viewer's side: connects end to end. The device must prove its key.
    pub async fn connect(
        mut self,
        identity: &SecretKey,
        device: PublicKey,
    ) -> Result<Session, LinkError> {
        timeout(SESSION_WAIT, self.joined())
            .await
            .map_err(|_| LinkError::TimedOut)??;
        let endpoint = self.endpoint(None)?;
        let seen = SeenKey::default();
        let tls = client_config(identity, device, ALPN_SESSION, &seen);
        let config = client(tls, config::session_viewer())?;
        let connection = connect(&endpoint, config, PEER_ADDRESS, &seen, SESSION_WAIT).await?;
        Ok(Session::new(connection, device, endpoint, self))
    }

    /// The host's side: accepts one end-to-end connection, from the viewer that was announced.
    pub async fn accept(
        self,
        identity: &SecretKey,
        viewer: PublicKey,
    ) -> Result<Session, LinkError> {
        let tls = QuicServerConfig::try_from(server_config(identity, ALPN_SESSION))
            .map_err(|error| LinkError::Connection(error.to_string()))?;
        let mut server = quinn::ServerConfig::with_crypto(Arc::new(tls));
        server
            .transport_config(config::session_host(self.congestion))
            .max_incoming(4);
        let endpoint = self.endpoint(Some(server))?;
        let accepted = timeout(SESSION_WAIT, async {
            while let Some(incoming) = endpoint.accept().await {
                let Ok(connection) = incoming.await else {
                    continue;
                };
                match key_of(&connection) {
                    Some(key) if key == viewer => return Ok(connection),
                    Some(_) | None => connection.close(quinn::VarInt::from_u32(0), b""),
                }
            }
            Err(LinkError::Closed)
        });
        let connection = accepted.await.map_err(|_| LinkError::TimedOut)??;
        Ok(Session::new(connection, viewer, endpoint, self))
    }
}

impl Drop for Leg {
    fn drop(&mut self) {
        self.shared.inboxes.close(self.channel);
        with(&self.shared.joined, |legs| drop(legs.remove(&self.channel)));
        let channel = self.channel.get();
        // With a full outbox the control connection is stuck and dies with its legs.
        drop(
            self.shared
                .outbox
                .try_send(relay::CloseLeg { channel }.into()),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use farpane_protocol::packet::{HEADER_BYTES, PacketType};

    use super::*;
    use crate::socket::Run;

    fn answer(inbox: &Inbox) {
        inbox.put(&Run {
            source: SocketAddr::from((Ipv4Addr::LOCALHOST, 443)),
            kind: PacketType::Data,
            channel: ChannelId::new(7).expect("not zero"),
            bytes: &[1; HEADER_BYTES + 20],
            stride: HEADER_BYTES + 20,
            ecn: None,
        });
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_goes_unanswered_makes_the_control_connection_speak() {
        let inbox = Arc::new(Inbox::default());
        let (outbox, mut said) = mpsc::channel(8);
        let _watcher = AbortOnDropHandle::new(tokio::spawn(watch_silence(inbox.clone(), outbox)));
        // Something goes out ten times a second and is answered 200 ms later, for two seconds.
        for _ in 0..10 {
            inbox.note_sent();
            tokio::time::sleep(Duration::from_millis(100)).await;
            inbox.note_sent();
            tokio::time::sleep(Duration::from_millis(100)).await;
            answer(&inbox);
        }
        assert!(said.try_recv().is_err(), "everything was answered");
        inbox.note_sent();
        let quiet_since = tokio::time::Instant::now();
        assert!(said.recv().await.is_some());
        assert_eq!(quiet_since.elapsed(), UNANSWERED);
        assert!(said.recv().await.is_some(), "and once more while it lasts");
        assert_eq!(quiet_since.elapsed(), 2 * UNANSWERED);
        answer(&inbox);
        tokio::time::sleep(4 * UNANSWERED).await;
        assert!(said.try_recv().is_err());
    }
}
