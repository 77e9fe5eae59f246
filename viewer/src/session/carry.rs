//! The small tasks of a running session: writing control messages, sending input, telling what
//! the connection measures.

use std::sync::Arc;
use std::time::{Duration, Instant};

use farpane_protocol::wire::message::Message;
use farpane_transport::session::{ControlSender, Session};
use tokio::sync::mpsc;

use super::input::InputQueue;
use super::net::Context;
use super::shared::Network;
use crate::trace::Trace;

/// How long the last message may take to arrive.
pub(super) const GOODBYE: Duration = Duration::from_millis(300);

/// Notes with every beat what the connection has carried so far, for measurements.
pub(super) fn trace_traffic(trace: &Trace, session: &Session) {
    if !trace.is_on() {
        return;
    }
    let stats = session.stats();
    let fields = [
        ("sent_bytes", stats.sent_bytes.into()),
        ("received_bytes", stats.received_bytes.into()),
        ("lost_packets", stats.lost_packets.into()),
    ];
    trace.event("traffic", Instant::now(), &fields);
}

/// Lets the window ask the connection what it measures.
pub(super) fn measure(context: &Context, session: Session) {
    context.shared.set_measure(Some(Box::new(move || {
        let stats = session.stats();
        Network {
            rtt: stats.rtt,
            received_bytes: stats.received_bytes,
        }
    })));
}

/// Writes control messages until the driver is done, then waits until the last one is there.
pub(super) async fn write(mut sender: ControlSender, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        if sender.send(&message).await.is_err() {
            return;
        }
    }
    sender.finish(GOODBYE).await;
}

/// Sends input as fast as the connection takes it; what waits meanwhile merges in the queue.
pub(super) async fn send_input(session: Session, input: Arc<InputQueue>, trace: Arc<Trace>) {
    let Ok(mut sender) = session.open_input().await else {
        return;
    };
    loop {
        input.filled().await;
        while let Some(message) = input.pop() {
            let sequence = message.input_sequence().unwrap_or_default();
            if sender.send(&message).await.is_err() {
                return;
            }
            if trace.is_on() {
                let now = Instant::now();
                let made = input.made_at(sequence).unwrap_or(now);
                let made_us = trace.micros(made).into();
                trace.event(
                    "input",
                    now,
                    &[("sequence", sequence.into()), ("made_us", made_us)],
                );
            }
        }
    }
}
