//! The one task that owns the machine: events in, commands carried out. It never waits for a
//! peer: what a peer does not read is dropped or costs it its connection.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use farpane_protocol::api::RelayOrder;
use farpane_protocol::ids::ChannelId;
use farpane_protocol::relay::{Message, Refusal};
use farpane_transport::link::PeerLink;
use farpane_transport::relay_server::RelayServer;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::board::Board;
use crate::machine::{Census, Command, ConnId, Machine};
use crate::table::{Joined, LegTable};

/// What happens to the relay.
#[derive(Debug)]
pub(super) enum Event {
    /// A peer's control stream stands.
    Connected(ConnId, Guest),
    /// A peer said something.
    Said(ConnId, Message),
    /// A peer's connection is gone.
    Gone(ConnId),
    /// The directory orders something.
    Order(RelayOrder),
    /// Somebody asks how full the relay is.
    Count(oneshot::Sender<Census>),
}

/// How the core reaches a peer.
#[derive(Debug)]
pub(super) struct Guest {
    /// Its connection.
    pub(super) link: PeerLink,
    /// To the task that writes its control stream. Dropping it ends that task.
    pub(super) outbox: mpsc::Sender<Message>,
}

/// The machine and what its commands act on.
pub(super) struct Core {
    machine: Machine,
    table: Arc<LegTable>,
    server: Arc<RelayServer>,
    board: Arc<Board>,
    guests: HashMap<ConnId, Guest>,
}

impl Core {
    pub(super) fn new(
        machine: Machine,
        table: Arc<LegTable>,
        server: Arc<RelayServer>,
        board: Arc<Board>,
    ) -> Self {
        Self {
            machine,
            table,
            server,
            board,
            guests: HashMap::new(),
        }
    }

    /// Runs until `stopping`, then says good-bye to everybody.
    pub(super) async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Event>,
        stopping: CancellationToken,
    ) {
        loop {
            let tick = self.machine.next_tick(Instant::now());
            tokio::select! {
                // In this order, so that a flood of events holds up neither the end nor time-outs.
                biased;
                () = stopping.cancelled() => break,
                () = at(tick) => self.machine.tick(Instant::now()),
                event = inbox.recv() => match event {
                    Some(event) => self.take(event),
                    None => break,
                },
            }
            self.act();
        }
        self.machine.drain(Instant::now());
        self.act();
    }

    fn take(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Connected(conn, guest) => {
                let (key, address) = (guest.link.key(), guest.link.address());
                self.guests.insert(conn, guest);
                self.machine.connected(now, conn, key, address);
            }
            Event::Said(conn, message) => {
                if let Some(guest) = self.guests.get(&conn) {
                    let address = guest.link.address();
                    self.machine.said(now, conn, address, message);
                }
            }
            Event::Gone(conn) => {
                self.guests.remove(&conn);
                self.machine.gone(now, conn);
            }
            Event::Order(order) => self.machine.ordered(now, order),
            // The one who asked may have gone meanwhile.
            Event::Count(tell) => drop(tell.send(self.machine.census())),
        }
    }

    fn act(&mut self) {
        while let Some(command) = self.machine.poll() {
            match command {
                Command::Say { to, message } => self.say(to, message),
                Command::Publish { channel, joined } => self.publish(channel, joined),
                Command::CheckAddress {
                    of,
                    to,
                    channel,
                    nonce,
                } => {
                    debug!(conn = of.0, %to, "checking a new address");
                    self.server.send_address_check(to, channel, nonce);
                }
                Command::AskAddress { of } => {
                    if let Some(guest) = self.guests.get(&of) {
                        let address = guest.link.address();
                        self.machine.moved(Instant::now(), of, address);
                    }
                }
                Command::Came(peer) => {
                    info!(host = %peer.peer.fingerprint(), "host is present");
                    self.board.came(peer);
                }
                Command::Went(peer) => {
                    info!(host = %peer.fingerprint(), "host is gone");
                    self.board.went(peer);
                }
                Command::Close { conn, refusal } => {
                    debug!(conn = conn.0, ?refusal, "closing a connection");
                    if let Some(guest) = self.guests.remove(&conn) {
                        guest.link.close(refusal);
                    }
                }
            }
        }
    }

    fn say(&mut self, to: ConnId, message: Message) {
        let Some(guest) = self.guests.get(&to) else {
            return;
        };
        match guest.outbox.try_send(message) {
            Ok(()) | Err(TrySendError::Closed(_)) => {}
            Err(TrySendError::Full(Message::Deliver(_))) => {
                // The directory sends again what still matters; the host's session itself is not
                // at fault.
                warn!(host = %guest.link.key().fingerprint(), "dropped an envelope: host does not read");
            }
            Err(TrySendError::Full(_)) => {
                // It would go on with a wrong picture of its legs.
                debug!(conn = to.0, "closing a connection that does not read");
                guest.link.close(Refusal::Busy);
                self.guests.remove(&to);
                self.machine.gone(Instant::now(), to);
            }
        }
    }

    fn publish(&self, channel: ChannelId, joined: Option<Joined>) {
        let stands = joined.is_some();
        let before = self.table.publish(channel, joined);
        match (before, stands) {
            (None, true) => info!(%channel, "channel is joined"),
            (Some(before), false) => info!(
                %channel,
                host_bytes = before.host.meter.forwarded_bytes(),
                viewer_bytes = before.viewer.meter.forwarded_bytes(),
                over_rate_bytes = before.host.meter.over_rate_bytes()
                    + before.viewer.meter.over_rate_bytes(),
                stray_bytes = before.strays.bytes(),
                "channel is not joined any more"
            ),
            (None, false) | (Some(_), true) => {}
        }
    }
}

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => tokio::time::sleep_until(when.into()).await,
        None => std::future::pending().await,
    }
}
