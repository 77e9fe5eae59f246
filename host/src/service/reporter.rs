//! Tells the directory what happened in sessions, in order, and tries again while it is away.

use std::time::Duration;

use farpane_protocol::api::{HostEvent, path};
use farpane_transport::directory::{Agent, DirectoryError};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Events that may wait for the directory; a session makes three. Beyond it the newest is dropped
/// with a line in the log: the directory's own record of the grant exists in any case.
const WAITING: usize = 256;
/// Pause before an event is sent again.
const RETRY: Duration = Duration::from_secs(2);
/// How often one event is tried: about ten minutes.
const TRIES: u32 = 300;

/// Takes events for the directory.
#[derive(Clone)]
pub(crate) struct Reporter(mpsc::Sender<HostEvent>);

impl Reporter {
    pub(crate) fn report(&self, event: HostEvent) {
        if self.0.try_send(event).is_err() {
            tracing::error!("an event for the audit is lost: the directory is away for too long");
        }
    }
}

/// Starts the task that sends.
pub(crate) fn start(agent: Agent) -> (Reporter, AbortOnDropHandle<()>) {
    let (sender, mut events) = mpsc::channel::<HostEvent>(WAITING);
    let task = tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            send(&agent, &event).await;
        }
    });
    (Reporter(sender), AbortOnDropHandle::new(task))
}

async fn send(agent: &Agent, event: &HostEvent) {
    for _ in 0..TRIES {
        match agent.post::<_, ()>(path::HOST_EVENT, event).await {
            Ok(()) => return,
            Err(DirectoryError::Problem(problem)) if problem.status < 500 => {
                tracing::warn!(why = problem.detail, "the directory did not take an event");
                return;
            }
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
    tracing::error!("an event for the audit is lost: the directory is away for too long");
}
