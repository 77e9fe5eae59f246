//! Sends what is recorded out of this machine as it is written: to a collector (RFC 5424) or into a
//! file of JSON lines. At least once: how far an output came is kept in the database, and after a
//! break it goes on there. Nobody who records anything waits for it.

pub mod sink;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use farpane_protocol::time::Timestamp;
use tokio::time::MissedTickBehavior;

use super::{App, AppError};
pub use sink::{Output, Sink, SinkError};

/// Pause between two looks for new records.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Records that are sent at once: some hundred kilobytes.
const AT_ONCE: u32 = 500;

/// How long what was written to a connection must have been there before it counts as taken: a
/// collector that died took nothing of what the system still holds for it, and says so within it.
const SETTLED: Duration = Duration::from_secs(10);

/// Batches that wait to be settled. Beyond it nothing is sent until the oldest is.
const UNSETTLED: usize = 200;

/// Looks between two tries to reach a collector that is down.
const TRY_EVERY: u32 = 10;

/// How an output is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputState {
    /// What it is called.
    pub name: String,
    /// Whether the last try went well.
    pub works: bool,
    /// Number of the last record that counts as taken.
    pub delivered: u64,
}

/// How all outputs are.
#[derive(Debug, Default)]
pub struct Outputs(Mutex<Vec<OutputState>>);

impl Outputs {
    /// Each output as it is now.
    pub fn states(&self) -> Vec<OutputState> {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states.clone()
    }

    fn note(&self, name: &str, works: bool, delivered: u64) {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = OutputState {
            name: name.to_owned(),
            works,
            delivered,
        };
        match states.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = state,
            None => states.push(state),
        }
    }
}

/// One output at work.
pub struct Sender {
    name: String,
    sink: Sink,
    /// Number of the last record that was written to the sink.
    sent: u64,
    /// Number of the last one that counts as taken.
    delivered: u64,
    /// What was written and when, oldest first.
    unsettled: VecDeque<(u64, Timestamp)>,
    works: bool,
}

impl Sender {
    /// An output that goes on where it was; a new one begins with what is recorded from now on.
    pub async fn begin(app: &App, output: Output) -> Result<Self, AppError> {
        let name = output.name();
        let store = &app.core.store;
        let delivered = match store.delivered(&name).await? {
            Some(delivered) => delivered,
            None => {
                let newest = store.newest_number().await?;
                store.note_delivered(&name, newest).await?;
                newest
            }
        };
        app.outputs.note(&name, true, delivered);
        Ok(Self {
            name,
            sink: Sink::new(output, app.identity.url.host()),
            sent: delivered,
            delivered,
            unsettled: VecDeque::new(),
            works: true,
        })
    }

    /// Sends what is new, and notes what counts as taken. True if there may be more at once.
    pub async fn look(&mut self, app: &App) -> Result<bool, AppError> {
        self.settle(app).await?;
        let mut more = false;
        if self.unsettled.len() < UNSETTLED {
            let store = &app.core.store;
            let records = store.records_since(None, self.sent, AT_ONCE).await?;
            let sent = self.sink.send(&records).await;
            if let Err(error) = &sent {
                // What was on its way may be lost: from where it counted as taken, once more.
                self.sent = self.delivered;
                self.unsettled.clear();
                if self.works {
                    tracing::error!(output = self.name, %error, "records are not sent out; they will be later");
                }
            } else if let Some(last) = records.last() {
                self.sent = last.number;
                self.unsettled.push_back((last.number, app.now()));
                more = records.len() == AT_ONCE as usize;
            }
            if sent.is_ok() && !self.works {
                tracing::info!(output = self.name, "records are sent out again");
            }
            self.works = sent.is_ok();
        }
        self.settle(app).await?;
        app.outputs.note(&self.name, self.works, self.delivered);
        Ok(more && self.works)
    }

    /// Whether the last try went well.
    pub fn works(&self) -> bool {
        self.works
    }

    async fn settle(&mut self, app: &App) -> Result<(), AppError> {
        let wait = if self.sink.is_sure() {
            Duration::ZERO
        } else {
            SETTLED
        };
        let now = app.now();
        let mut taken = None;
        while let Some((number, at)) = self.unsettled.front() {
            if now.since(*at) < wait {
                break;
            }
            taken = Some(*number);
            self.unsettled.pop_front();
        }
        if let Some(number) = taken {
            app.core.store.note_delivered(&self.name, number).await?;
            self.delivered = number;
        }
        Ok(())
    }
}

/// Sends until the server ends.
pub async fn run(app: Arc<App>, output: Output) {
    let name = output.name();
    let mut sender = match Sender::begin(&app, output).await {
        Ok(sender) => sender,
        Err(error) => {
            tracing::error!(output = name, %error, "records are not sent out");
            return;
        }
    };
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut n = 0u32;
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = looks.tick() => {}
        }
        n = n.wrapping_add(1);
        if !sender.works() && !n.is_multiple_of(TRY_EVERY) {
            continue;
        }
        loop {
            let looked = tokio::select! {
                () = app.shutdown.cancelled() => return,
                looked = sender.look(&app) => looked,
            };
            match looked {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(output = name, %error, "could not read what to send out");
                    break;
                }
            }
        }
    }
}
