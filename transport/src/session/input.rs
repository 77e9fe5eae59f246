//! The viewer's stream of input on both sides, with the copies of keys that go in datagrams.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use farpane_protocol::wire::envelope::Reader;
use farpane_protocol::wire::message::Message;
use farpane_protocol::wire::{StreamKind, WireError};
use quinn::{Connection, RecvStream};

use super::{ControlReceiver, ControlSender, SessionError, Shared, closed};

/// Messages that go into a copy: the last ones, so that the copy fits on to what came before.
const RECENT: usize = 8;
/// Longer messages, which are pasted texts, are not copied.
const COPIED: usize = 100;
/// Messages that came early and are remembered until the stream brings them too.
const EARLY: usize = 64;

/// Sends input, in order.
pub struct InputSender {
    stream: ControlSender,
    shared: Arc<Shared>,
    recent: VecDeque<Bytes>,
}

impl InputSender {
    pub(super) fn new(stream: ControlSender, shared: Arc<Shared>) -> Self {
        Self {
            stream,
            shared,
            recent: VecDeque::with_capacity(RECENT),
        }
    }

    /// Sends one message; waits a bounded time for a host that does not read.
    pub async fn send(&mut self, message: &Message) -> Result<(), SessionError> {
        self.stream.send(message).await?;
        let bytes = Bytes::from(message.to_bytes());
        if bytes.len() > COPIED {
            self.recent.clear();
            return Ok(());
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(bytes);
        // The next place of the pointer mends the loss of this one.
        if !matches!(message, Message::Pointer(_)) {
            let length = 1 + self.recent.iter().map(Bytes::len).sum::<usize>();
            let copy = || {
                let mut copy = Vec::with_capacity(length);
                copy.push(StreamKind::Input.byte());
                self.recent
                    .iter()
                    .for_each(|bytes| copy.extend_from_slice(bytes));
                copy.into()
            };
            let Shared {
                again, connection, ..
            } = &*self.shared;
            again.say(connection, length, copy);
        }
        Ok(())
    }
}

/// Receives input, each message once and in order.
#[derive(Debug)]
pub struct InputReceiver {
    stream: ControlReceiver,
    connection: Connection,
    /// Number of the last message that was handed on.
    last: u64,
    /// Numbers of those that came in datagrams and are still to come on the stream.
    early: VecDeque<u64>,
    ready: VecDeque<Message>,
}

impl InputReceiver {
    pub(super) fn new(stream: RecvStream, connection: Connection) -> Self {
        Self {
            stream: ControlReceiver {
                stream,
                reader: Reader::default(),
                connection: connection.clone(),
            },
            connection,
            last: 0,
            early: VecDeque::new(),
            ready: VecDeque::new(),
        }
    }

    /// The next message; `None` when the viewer has finished. May be dropped and called again
    /// without losing anything.
    pub async fn next(&mut self) -> Result<Option<Message>, SessionError> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(Some(message));
            }
            let message = tokio::select! {
                biased;
                message = self.stream.next() => message?,
                copy = self.connection.read_datagram() => {
                    let copy = copy.map_err(|reason| closed(&reason))?;
                    // A copy that says nothing sensible is left out: the stream has the last word.
                    self.take_copy(&copy).ok();
                    continue;
                }
            };
            let number = message.as_ref().and_then(Message::input_sequence);
            if let Some(number) = number {
                if let Some(place) = self.early.iter().position(|&early| early == number) {
                    self.early.remove(place);
                    continue;
                }
                self.last = number;
            }
            return Ok(message);
        }
    }

    /// Takes from a copy what must come next.
    fn take_copy(&mut self, copy: &[u8]) -> Result<(), WireError> {
        let Some((&kind, messages)) = copy.split_first() else {
            return Ok(());
        };
        if StreamKind::from_byte(kind) != Some(StreamKind::Input) {
            return Ok(());
        }
        let mut reader = Reader::default();
        reader.push(messages);
        while let Some(enveloped) = reader.next()? {
            let Some(message) = Message::decode(&enveloped)? else {
                continue;
            };
            let is_next = message.input_sequence() == Some(self.last + 1);
            if is_next && self.early.len() < EARLY {
                self.last += 1;
                self.early.push_back(self.last);
                self.ready.push_back(message);
            }
        }
        Ok(())
    }
}
