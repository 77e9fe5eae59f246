//! The task that takes a viewer's one-way streams off the connection: taking one is several steps,
//! and a driver that turns to something else between two of them would lose it.

use farpane_transport::session::{Arrival, ControlReceiver, InputReceiver, Session};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Streams that may wait for the driver; a viewer that opens more is slowed down.
const WAITING: usize = 2;

/// A stream that only a viewer opens.
pub(super) enum Opened {
    /// Its input.
    Input(InputReceiver),
    /// A text of its clipboard.
    Clipboard(ControlReceiver),
    /// One that a viewer may not open.
    Forbidden,
}

/// Starts the task. Nothing is taken any more once its handle is dropped; the channel ends with
/// the connection.
pub(super) fn listener(session: Session) -> (mpsc::Receiver<Opened>, AbortOnDropHandle<()>) {
    let (tell, opened) = mpsc::channel(WAITING);
    let task = tokio::spawn(async move {
        while let Ok(arrival) = session.accept_uni().await {
            let stream = match arrival {
                Arrival::Input(stream) => Opened::Input(stream),
                Arrival::Clipboard(stream) => Opened::Clipboard(stream),
                Arrival::Frame { .. } | Arrival::Cursor(_) => Opened::Forbidden,
            };
            if tell.send(stream).await.is_err() {
                return;
            }
        }
    });
    (opened, AbortOnDropHandle::new(task))
}
