//! Says small things twice: a key, or the picture of a letter, is one packet with nothing behind
//! it, and a transport notices only after more than a round trip that such a packet was lost. A
//! copy in a datagram, a moment later so that it travels in another packet, costs a few hundred
//! bytes and mends the loss before anybody notices it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use quinn::Connection;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// On a shorter round trip the transport's own repair is soon enough.
const WORTH: Duration = Duration::from_millis(10);
/// Longest pause before the copy; it is a quarter of the round trip where that is less. Losses
/// come in bursts, and a pause of some milliseconds gets out of the short ones.
const PAUSE: Duration = Duration::from_millis(6);
/// Copies that may wait; beyond it there is enough under way behind each for losses to be noticed.
const WAITING: usize = 8;

/// Sends copies of small things. They end with it.
pub(super) struct Again {
    waiting: mpsc::Sender<(Instant, Bytes)>,
    _task: AbortOnDropHandle<()>,
}

impl Again {
    /// For one connection.
    pub(super) fn start(connection: Connection) -> Self {
        let (waiting, copies) = mpsc::channel(WAITING);
        Self {
            waiting,
            _task: AbortOnDropHandle::new(tokio::spawn(send(connection, copies))),
        }
    }

    /// Sends these bytes in a moment, if they fit one packet and the path is long enough.
    pub(super) fn say(&self, connection: &Connection, bytes: usize, copy: impl FnOnce() -> Bytes) {
        let rtt = connection.rtt();
        let fits = connection
            .max_datagram_size()
            .is_some_and(|most| bytes <= most);
        if fits && rtt >= WORTH {
            let due = Instant::now() + PAUSE.min(rtt / 4);
            // With so many waiting, one more or less changes nothing.
            drop(self.waiting.try_send((due, copy())));
        }
    }
}

async fn send(connection: Connection, mut copies: mpsc::Receiver<(Instant, Bytes)>) {
    while let Some((due, copy)) = copies.recv().await {
        tokio::time::sleep_until(due.into()).await;
        // The path may carry less than a moment ago; a copy may be left out.
        drop(connection.send_datagram(copy));
    }
}
