//! What comes on one-way streams, one whole thing after the other, with the copies of small
//! pictures that come in datagrams.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use farpane_protocol::limits::{FRAME_BYTES, FRAME_HEADER_BYTES};
use farpane_protocol::wire::envelope::Reader;
use farpane_protocol::wire::frame::FrameHeader;
use farpane_protocol::wire::message::CursorShape;
use farpane_protocol::wire::{StreamKind, WireError};
use quinn::{Connection, RecvStream, VarInt};

use super::input::InputReceiver;
use super::{Arrival, ControlReceiver, SessionError, closed, lost};

/// Pictures that came early whose streams are remembered until they come too; a path does not
/// hold more.
const EARLY: usize = 64;

/// The next thing to come. It may be asked and left again at any moment without losing anything.
pub(super) struct Arrivals {
    /// Whether pictures come here.
    has_copies: bool,
    reading: Option<Reading>,
    /// Number of the last picture that was handed on.
    last: u64,
    /// Pictures that were handed on from a datagram and whose streams are still to come.
    early: VecDeque<u64>,
}

/// A stream that has come in part.
struct Reading {
    stream: RecvStream,
    kind: Option<StreamKind>,
    first_byte: Instant,
    whole: BytesMut,
}

impl Arrivals {
    /// Of that connection: pictures come to viewers, who opened theirs.
    pub(super) fn of(connection: &Connection) -> Self {
        Self {
            has_copies: connection.side().is_client(),
            reading: None,
            last: 0,
            early: VecDeque::new(),
        }
    }

    pub(super) async fn next(&mut self, connection: &Connection) -> Result<Arrival, SessionError> {
        loop {
            let came = tokio::select! {
                biased;
                came = self.read(connection) => came?,
                // At a host they are copies of input, which goes another way.
                copy = connection.read_datagram(), if self.has_copies => {
                    self.take_copy(&copy.map_err(|reason| closed(&reason))?)
                }
            };
            if let Some(arrival) = came {
                return Ok(arrival);
            }
        }
    }

    /// Reads on. `None` for what is passed over: kinds of a later version, and pictures that came
    /// early.
    async fn read(&mut self, connection: &Connection) -> Result<Option<Arrival>, SessionError> {
        let reading = match &mut self.reading {
            Some(reading) => reading,
            none @ None => {
                let accepted = connection.accept_uni().await;
                none.insert(Reading {
                    stream: accepted.map_err(|reason| closed(&reason))?,
                    kind: None,
                    first_byte: Instant::now(),
                    whole: BytesMut::new(),
                })
            }
        };
        let kind = loop {
            let limit = match reading.kind {
                None => 1,
                Some(StreamKind::Frame) => FRAME_BYTES + FRAME_HEADER_BYTES + 16,
                Some(StreamKind::Cursor) => CursorShape::WIRE_BYTES,
                Some(kind @ (StreamKind::Input | StreamKind::Clipboard)) => break kind,
            };
            let chunk = reading.stream.read_chunk(limit, true).await;
            match (chunk.map_err(|_| lost(connection))?, reading.kind) {
                (Some(first), None) => {
                    reading.first_byte = Instant::now();
                    reading.kind = first.bytes.first().copied().and_then(StreamKind::from_byte);
                    if reading.kind.is_none() {
                        drop(reading.stream.stop(VarInt::from_u32(0)));
                        self.reading = None;
                        return Ok(None);
                    }
                }
                (Some(more), Some(_)) => {
                    reading.whole.extend_from_slice(&more.bytes);
                    if reading.whole.len() > limit {
                        drop(reading.stream.stop(VarInt::from_u32(0)));
                        return Err(WireError::TooLong.into());
                    }
                }
                (None, Some(kind)) => break kind,
                (None, None) => return Err(WireError::Truncated.into()),
            }
        };
        let Some(read) = self.reading.take() else {
            return Ok(None);
        };
        let bytes = read.whole.freeze();
        match kind {
            StreamKind::Input => {
                let input = InputReceiver::new(read.stream, connection.clone());
                Ok(Some(Arrival::Input(input)))
            }
            StreamKind::Clipboard => Ok(Some(Arrival::Clipboard(ControlReceiver {
                stream: read.stream,
                reader: Reader::default(),
                connection: connection.clone(),
            }))),
            StreamKind::Cursor => Ok(Some(Arrival::Cursor(CursorShape::decode(&bytes)?))),
            StreamKind::Frame => {
                let (header, payload) = frame(&bytes)?;
                if let Some(place) = self.early.iter().position(|&n| n == header.sequence) {
                    self.early.remove(place);
                    return Ok(None);
                }
                self.last = header.sequence;
                Ok(Some(Arrival::Frame {
                    header,
                    payload,
                    first_byte: read.first_byte,
                }))
            }
        }
    }

    /// The picture in a datagram, if it is the one that must come next. Anything else in one is of
    /// no use: it comes on its stream, or it came already.
    fn take_copy(&mut self, copy: &Bytes) -> Option<Arrival> {
        let first_byte = Instant::now();
        if StreamKind::from_byte(*copy.first()?)? != StreamKind::Frame {
            return None;
        }
        let (header, payload) = frame(&copy.slice(1..)).ok()?;
        if header.sequence != self.last + 1 || self.early.len() == EARLY {
            return None;
        }
        self.last = header.sequence;
        self.early.push_back(header.sequence);
        Some(Arrival::Frame {
            header,
            payload,
            first_byte,
        })
    }
}

fn frame(bytes: &Bytes) -> Result<(FrameHeader, Bytes), WireError> {
    let mut rest = &bytes[..];
    let header = FrameHeader::decode(&mut rest)?;
    if rest.len() != header.payload as usize {
        return Err(WireError::Malformed);
    }
    let payload = bytes.slice(bytes.len() - rest.len()..);
    Ok((header, payload))
}
