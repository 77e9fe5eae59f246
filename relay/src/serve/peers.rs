//! Lets peers in: a seat in the lobby until the control stream stands, then one task per peer that carries its control stream and
//! ends with its connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use farpane_protocol::relay::{Message, Refusal};
use farpane_transport::link::{LinkError, LinkReceiver, LinkSender, PeerLink};
use farpane_transport::relay_server::{Incoming, RelayServer};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::core::{Event, Guest};
use super::lobby::{Lobby, Seat};
use crate::admission::Admission;
use crate::machine::ConnId;

/// Control messages that may wait for one peer to read.
const OUTBOX: usize = 64;

/// Where peers come in.
pub(super) struct Door {
    server: Arc<RelayServer>,
    events: mpsc::Sender<Event>,
    stopping: CancellationToken,
    lobby: Lobby,
    next: AtomicU64,
}

/// Why a newcomer did not get in.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    #[error("the relay is stopping")]
    Stopping,
    #[error("it took too long, or others needed its seat")]
    SeatLost,
    #[error(transparent)]
    Failed(LinkError),
}

impl Unfinished {
    /// What the peer is told.
    fn refusal(&self) -> Refusal {
        match self {
            Self::Stopping => Refusal::Draining,
            Self::SeatLost => Refusal::Busy,
            Self::Failed(_) => Refusal::Ticket,
        }
    }
}

impl Door {
    pub(super) fn new(
        server: Arc<RelayServer>,
        events: mpsc::Sender<Event>,
        stopping: CancellationToken,
    ) -> Self {
        Self {
            server,
            events,
            stopping,
            lobby: Lobby::new(),
            next: AtomicU64::new(0),
        }
    }

    /// Lets peers in until the relay stops. `tasks` owns a task per peer.
    pub(super) async fn keep(self, tasks: TaskTracker) {
        let door = Arc::new(self);
        let mut admission = Admission::new(Instant::now());
        loop {
            let incoming = tokio::select! {
                () = door.stopping.cancelled() => return,
                incoming = door.server.accept() => incoming,
            };
            let Some(incoming) = incoming else { return };
            // Turned away without a word: an answer would cost more than the flood does.
            if !admission.admits(Instant::now(), incoming.address().ip()) {
                debug!(source = %incoming.address(), "too many handshakes from one network");
                incoming.ignore();
                continue;
            }
            let Some(seat) = door.lobby.enter(incoming.address().ip()) else {
                debug!(source = %incoming.address(), "too many newcomers from one network");
                incoming.ignore();
                continue;
            };
            let door = door.clone();
            tasks.spawn(async move { door.host(incoming, seat).await });
        }
    }

    async fn host(&self, incoming: Incoming, seat: Seat) {
        let source = incoming.address();
        let link = match self.step(&seat, incoming.handshake()).await {
            Ok(link) => link,
            Err(error) => {
                debug!(%source, %error, "handshake failed");
                return;
            }
        };
        match self.step(&seat, link.control()).await {
            Ok((sender, receiver)) => self.carry(seat, &link, sender, receiver).await,
            Err(error) => {
                debug!(%source, %error, "a peer opened no control stream");
                link.close(error.refusal());
            }
        }
    }

    /// Waits for a step of a newcomer as long as it has its seat and the relay runs.
    async fn step<T>(
        &self,
        seat: &Seat,
        step: impl Future<Output = Result<T, LinkError>>,
    ) -> Result<T, Unfinished> {
        tokio::select! {
            () = self.stopping.cancelled() => Err(Unfinished::Stopping),
            () = seat.over() => Err(Unfinished::SeatLost),
            done = step => done.map_err(Unfinished::Failed),
        }
    }

    /// Carries messages between a peer and the core until either is gone.
    async fn carry(&self, seat: Seat, link: &PeerLink, sender: LinkSender, receiver: LinkReceiver) {
        let conn = ConnId(self.next.fetch_add(1, Ordering::Relaxed));
        let (outbox, to_send) = mpsc::channel(OUTBOX);
        let guest = Guest {
            link: link.clone(),
            outbox,
        };
        if self
            .events
            .send(Event::Connected(conn, guest))
            .await
            .is_err()
        {
            return link.close(Refusal::Draining);
        }
        // Only now: until the core counts it among the strangers, it counts here.
        drop(seat);
        tokio::select! {
            () = self.read(conn, receiver) => {}
            () = write(sender, to_send) => {}
            () = link.closed() => {}
        }
        link.close(Refusal::Other); // does nothing if it was closed with a better reason
        drop(self.events.send(Event::Gone(conn)).await);
    }

    async fn read(&self, conn: ConnId, mut receiver: LinkReceiver) {
        loop {
            match receiver.next().await {
                Ok(Some(message)) => {
                    if self.events.send(Event::Said(conn, message)).await.is_err() {
                        return;
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    debug!(conn = conn.0, %error, "a control stream broke");
                    return;
                }
            }
        }
    }
}

async fn write(mut sender: LinkSender, mut to_send: mpsc::Receiver<Message>) {
    while let Some(message) = to_send.recv().await {
        if sender.send(&message).await.is_err() {
            return;
        }
    }
}
