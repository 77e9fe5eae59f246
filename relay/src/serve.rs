//! A running relay: opens the port, lets peers in, and drives the machine, the leg table and the
//! control connections.
//!
//! ```no_run
//! # async fn run(identity: farpane_protocol::key::SecretKey) -> Result<(), Box<dyn std::error::Error>> {
//! use farpane_relay::serve::{Relay, Setup};
//!
//! let relay = Relay::start(Setup::new("127.0.0.1:0".parse()?, identity))?;
//! println!("listening on {}", relay.address());
//! // relay.orders().give(order).await for each order of the directory
//! relay.stop().await;
//! # Ok(())
//! # }
//! ```

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use farpane_protocol::api::RelayOrder;
use farpane_protocol::key::SecretKey;
use farpane_transport::relay_server::RelayServer;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::board::Board;
use crate::machine::{Census, Machine};
use crate::record::Record;
use crate::router::Router;
use crate::table::LegTable;

mod core;
mod lobby;
mod peers;

use self::core::{Core, Event};

/// Events that may wait for the core; peers beyond that wait to be heard, which slows them down
/// and nobody else.
const EVENTS: usize = 1024;

/// How long stopping may take in all; what is still there then is cut off.
const STOP_WAIT: Duration = Duration::from_secs(3);

/// What a relay needs to start.
#[derive(Debug)]
pub struct Setup {
    listen: SocketAddr,
    identity: SecretKey,
    record: Option<PathBuf>,
}

impl Setup {
    /// Listens on the UDP port `listen` (port 0: any free one) and proves `identity` there.
    pub fn new(listen: SocketAddr, identity: SecretKey) -> Self {
        Self {
            listen,
            identity,
            record: None,
        }
    }

    /// Also keeps a copy of everything that is forwarded in a bounded file (see
    /// [`crate::record`]): only for the test that shows that none of it can be read.
    #[must_use]
    pub fn dangerous_record(self, file: PathBuf) -> Self {
        Self {
            record: Some(file),
            ..self
        }
    }
}

/// Why a relay does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port cannot be opened.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The record file cannot be opened.
    #[error("cannot write the record {file}")]
    Record {
        /// Which.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Where orders of the directory go. The giver vouches for them.
#[derive(Clone, Debug)]
pub struct Orders(mpsc::Sender<Event>);

impl Orders {
    /// Hands one order to the relay; lost if the relay has stopped.
    pub async fn give(&self, order: RelayOrder) {
        drop(self.0.send(Event::Order(order)).await);
    }
}

/// Bytes and batches of the data path since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Batches sent on.
    pub batches: u64,
    /// Bytes sent on, headers included.
    pub bytes: u64,
    /// Bytes that had nowhere to go, were over their rate, or met a full send buffer.
    pub dropped_bytes: u64,
    /// Of these, bytes on channels that are not joined here.
    pub unknown_bytes: u64,
}

/// A running relay. Dropping it ends it and its tasks; [`Self::stop`] also tells the peers.
pub struct Relay {
    address: SocketAddr,
    server: Arc<RelayServer>,
    router: Arc<Router>,
    events: mpsc::Sender<Event>,
    board: Arc<Board>,
    stopping: CancellationToken,
    tasks: TaskTracker,
    _end: DropGuard,
}

impl Relay {
    /// Opens the port and begins to serve. Needs a tokio runtime. Nobody is let in before the
    /// first order [`RelayOrder::Now`] has told the directory's time and keys.
    pub fn start(setup: Setup) -> Result<Self, StartError> {
        let table = Arc::new(LegTable::default());
        let mut router = Router::new(table.clone());
        if let Some(file) = setup.record {
            let record = Record::open(&file);
            let record = record.map_err(|source| StartError::Record { file, source })?;
            router = router.dangerous_recording(record);
        }
        let router = Arc::new(router);
        let address = setup.listen;
        let listen = |source| StartError::Listen { address, source };
        let server = RelayServer::bind(address, &setup.identity, router.clone()).map_err(listen)?;
        let server = Arc::new(server);
        let address = server.local_addr().map_err(listen)?;

        let board = Arc::new(Board::default());
        let stopping = CancellationToken::new();
        let tasks = TaskTracker::new();
        let (events, inbox) = mpsc::channel(EVENTS);
        let chance = Box::new(farpane_certs::random::number);
        let machine = Machine::new(setup.identity.public(), chance);
        let core = Core::new(machine, table, server.clone(), board.clone());
        tasks.spawn(core.run(inbox, stopping.clone()));
        let door = peers::Door::new(server.clone(), events.clone(), stopping.clone());
        tasks.spawn(door.keep(tasks.clone()));
        Ok(Self {
            address,
            server,
            router,
            events,
            board,
            _end: stopping.clone().drop_guard(),
            stopping,
            tasks,
        })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where orders of the directory go.
    pub fn orders(&self) -> Orders {
        Orders(self.events.clone())
    }

    /// Which hosts are present, for reports to the directory.
    pub fn board(&self) -> Arc<Board> {
        self.board.clone()
    }

    /// How many connections and channels there are; `None` once it has stopped.
    pub async fn census(&self) -> Option<Census> {
        let (tell, told) = oneshot::channel();
        self.events.send(Event::Count(tell)).await.ok()?;
        told.await.ok()
    }

    /// What the data path has done.
    pub fn traffic(&self) -> Traffic {
        let counts = self.server.counts();
        Traffic {
            batches: counts.batches(),
            bytes: counts.bytes(),
            dropped_bytes: counts.dropped_bytes(),
            unknown_bytes: self.router.unknown_bytes(),
        }
    }

    /// Tells every peer that the relay goes down, closes the port and waits for its tasks, a
    /// bounded time.
    pub async fn stop(self) {
        self.stopping.cancel();
        self.tasks.close();
        let ended = timeout(STOP_WAIT, async {
            self.tasks.wait().await;
            self.server.close().await;
        });
        if ended.await.is_err() {
            tracing::warn!("some peers did not take their leave in time");
        }
    }
}
