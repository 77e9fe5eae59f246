//! The tasks that send to a viewer: what is said, what is shown and what is copied. Their queues are bounded,
//! and a viewer that takes nothing fills them without holding up anything else.

use bytes::Bytes;
use farpane_protocol::session::clipboard::Outgoing;
use farpane_protocol::wire::frame::FrameHeader;
use farpane_protocol::wire::message::{CursorShape, Message};
use farpane_transport::clipboard::send_texts;
use farpane_transport::session::{ControlSender, Session};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

use super::GOODBYE;

/// Control messages that may wait for a viewer that does not read; beyond it is stuck.
const UNHEARD: usize = 256;
/// Frames and shapes that may wait to be sent: more than credit lets come, six pictures of three
/// frames on a long path and a step.
const UNSHOWN: usize = 32;

/// Something to show to the viewer.
pub(super) enum Shown {
    Frame(FrameHeader, Bytes),
    Cursor(CursorShape),
}

/// Starts the task that speaks. It ends when the last sender is gone and all was said.
pub(super) fn speaker(send: ControlSender) -> (mpsc::Sender<Message>, JoinHandle<()>) {
    let (say, unheard) = mpsc::channel(UNHEARD);
    (say, tokio::spawn(speak(send, unheard)))
}

/// Starts the task that shows. Nothing leaves any more once its handle is dropped.
pub(super) fn painter(session: Session) -> (mpsc::Sender<Shown>, AbortOnDropHandle<()>) {
    let (show, unshown) = mpsc::channel(UNSHOWN);
    (
        show,
        AbortOnDropHandle::new(tokio::spawn(display(session, unshown))),
    )
}

/// Starts the task that sends what is copied, the newest text only. Nothing leaves any more once
/// its handle is dropped.
pub(super) fn clerk(session: Session) -> (watch::Sender<Option<Outgoing>>, AbortOnDropHandle<()>) {
    let (copied, texts) = watch::channel(None);
    let task = tokio::spawn(async move {
        if let Err(error) = send_texts(session, texts).await {
            tracing::debug!(%error, "the viewer takes no clipboard text");
        }
    });
    (copied, AbortOnDropHandle::new(task))
}

/// Sends control messages until the last sender is gone, and sees them off.
async fn speak(mut send: ControlSender, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        if let Err(error) = send.send(&message).await {
            tracing::debug!(%error, "the viewer does not hear");
            return;
        }
    }
    send.finish(GOODBYE).await;
}

/// Sends pictures and shapes until the session ends or the viewer does not take them.
async fn display(session: Session, mut shown: mpsc::Receiver<Shown>) {
    while let Some(next) = shown.recv().await {
        let sent = match next {
            Shown::Frame(header, payload) => session.send_frame(&header, payload).await,
            Shown::Cursor(shape) => session.send_cursor(&shape).await,
        };
        if let Err(error) = sent {
            tracing::debug!(%error, "the viewer does not take pictures");
            return;
        }
    }
}
