//! Control messages on a byte stream: `kind u16 big-endian | length varint | body`.

use super::{WireError, varint};
use crate::limits::CONTROL_MESSAGE_BYTES;

/// One message as it travels, its body not yet understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enveloped {
    /// What it is; kinds that the reader does not know are skipped.
    pub kind: u16,
    /// At most [`CONTROL_MESSAGE_BYTES`].
    pub body: Vec<u8>,
}

/// Appends one message.
pub fn put(kind: u16, body: &[u8], out: &mut Vec<u8>) {
    debug_assert!(
        body.len() <= CONTROL_MESSAGE_BYTES,
        "our own messages keep the limit"
    );
    out.extend_from_slice(&kind.to_be_bytes());
    varint::put(body.len() as u64, out);
    out.extend_from_slice(body);
}

/// Puts messages together from pieces of a stream, holding at most one message's bytes beyond
/// what the caller pushed last.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    start: usize,
}

impl Reader {
    /// Takes in the next bytes of the stream. Call [`Self::next`] until it returns `None` before
    /// the next push.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, if one is there. An error ends the stream: there is no way back
    /// into step.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator cannot go on after None"
    )]
    pub fn next(&mut self) -> Result<Option<Enveloped>, WireError> {
        let mut rest = &self.buffer[self.start..];
        let Some((kind, tail)) = rest.split_first_chunk::<2>() else {
            return Ok(None);
        };
        rest = tail;
        let length = match varint::take(&mut rest) {
            Ok(length) => length,
            Err(WireError::Truncated) => return Ok(None),
            Err(error) => return Err(error),
        };
        if length > CONTROL_MESSAGE_BYTES as u64 {
            return Err(WireError::TooLong);
        }
        let Some((body, after)) = rest.split_at_checked(length as usize) else {
            return Ok(None);
        };
        let message = Enveloped {
            kind: u16::from_be_bytes(*kind),
            body: body.to_vec(),
        };
        self.start = self.buffer.len() - after.len();
        Ok(Some(message))
    }

    /// Whether bytes of an unfinished message are waiting.
    pub fn is_mid_message(&self) -> bool {
        self.start < self.buffer.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However the stream is cut, the same messages come out, in order.
        #[test]
        fn cuts_do_not_matter(
            messages in proptest::collection::vec((any::<u16>(), proptest::collection::vec(any::<u8>(), 0..300)), 0..8),
            cut in 1usize..50,
        ) {
            let mut stream = Vec::new();
            for (kind, body) in &messages {
                put(*kind, body, &mut stream);
            }
            let mut reader = Reader::default();
            let mut got = Vec::new();
            for piece in stream.chunks(cut) {
                reader.push(piece);
                while let Some(message) = reader.next().expect("well formed") {
                    got.push((message.kind, message.body));
                }
            }
            prop_assert_eq!(got, messages);
            prop_assert!(!reader.is_mid_message());
        }

        #[test]
        fn garbage_never_panics_nor_makes_a_long_body(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut reader = Reader::default();
            reader.push(&bytes);
            while let Ok(Some(message)) = reader.next() {
                prop_assert!(message.body.len() <= bytes.len());
            }
        }
    }

    #[test]
    fn a_length_above_the_limit_is_refused_at_once() {
        let mut stream = vec![0, 1];
        varint::put(CONTROL_MESSAGE_BYTES as u64 + 1, &mut stream);
        let mut reader = Reader::default();
        reader.push(&stream);
        assert_eq!(reader.next(), Err(WireError::TooLong));
    }
}
