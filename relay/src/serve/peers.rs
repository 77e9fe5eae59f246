//! Lets peers in: bounded handshakes, then one task per peer that carries its control stream and
//! ends with its connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use farpane_protocol::relay::{Message, Refusal};
use farpane_transport::link::{LinkReceiver, LinkSender, PeerLink};
use farpane_transport::relay_server::{Incoming, RelayServer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::core::{Event, Guest};
use crate::admission::Admission;
use crate::machine::ConnId;

/// Handshakes (up to the opened control stream) at the same time. At a round trip of 200 ms this
/// takes a thousand newcomers per second; each holds about 40 KB.
const HANDSHAKES: usize = 512;

/// Control messages that may wait for one peer to read.
const OUTBOX: usize = 64;

/// Where peers come in.
pub(super) struct Door {
    server: Arc<RelayServer>,
    events: mpsc::Sender<Event>,
    stopping: CancellationToken,
    handshakes: Arc<Semaphore>,
    next: AtomicU64,
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
            handshakes: Arc::new(Semaphore::new(HANDSHAKES)),
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
            match door.handshakes.clone().try_acquire_owned() {
                Ok(permit) => {
                    let door = door.clone();
                    tasks.spawn(async move { door.host(incoming, permit).await });
                }
                Err(_) => incoming.ignore(),
            }
        }
    }

    async fn host(&self, incoming: Incoming, permit: OwnedSemaphorePermit) {
        let source = incoming.address();
        let link = tokio::select! {
            () = self.stopping.cancelled() => return,
            link = incoming.handshake() => match link {
                Ok(link) => link,
                Err(error) => {
                    debug!(%source, %error, "handshake failed");
                    return;
                }
            },
        };
        let streams = tokio::select! {
            () = self.stopping.cancelled() => return link.close(Refusal::Draining),
            streams = link.control() => streams,
        };
        let Ok((sender, receiver)) = streams else {
            debug!(%source, "a peer opened no control stream");
            return link.close(Refusal::Ticket);
        };
        drop(permit);
        self.carry(&link, sender, receiver).await;
    }

    /// Carries messages between a peer and the core until either is gone.
    async fn carry(&self, link: &PeerLink, sender: LinkSender, receiver: LinkReceiver) {
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
