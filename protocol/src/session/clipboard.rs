//! The exchange of clipboard text as both ends of a session know it: which text is the newer one,
//! which is an echo, and how a text is put together from its parts.
//!
//! Both ends number what they send above everything that they have seen. The higher number wins;
//! where both sides changed at once, the viewer's does, at both ends.

use std::time::{Duration, Instant};

use super::input::Bucket;
use crate::clipboard::ClipText;
use crate::limits::{CLIPBOARD_PART_BYTES, CLIPBOARD_PER_SECOND, CLIPBOARD_TEXT_BYTES};
use crate::wire::message::{ClipboardPart, ClipboardText, Message};

/// How long a text that came from the other side is not sent back to it. Programs that keep a
/// history of the clipboard take over what was put there within moments; a person who copies the
/// same text later means it.
const ECHO: Duration = Duration::from_secs(2);

/// Which end this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its text wins where both changed at once.
    Viewer,
    /// The device.
    Host,
}

/// A text to be sent, with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    sequence: u64,
    text: ClipText,
}

impl Outgoing {
    /// The messages that carry it, in order. A newer text may break them off between any two.
    pub fn messages(&self) -> impl Iterator<Item = Message> + Send + '_ {
        let bytes = self.text.as_str().as_bytes();
        let head = ClipboardText {
            sequence: self.sequence,
            length: bytes.len() as u32,
        };
        let parts = bytes.chunks(CLIPBOARD_PART_BYTES).map(|part| {
            let bytes = part.to_vec();
            ClipboardPart { bytes }.into()
        });
        std::iter::once(head.into()).chain(parts)
    }
}

/// The other side broke the rules of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// A text that has not come whole.
#[derive(Debug)]
struct Coming {
    sequence: u64,
    length: usize,
    bytes: Vec<u8>,
}

/// One end of the exchange.
#[derive(Debug)]
pub(crate) struct Exchange {
    end: End,
    /// The highest number sent or taken.
    last: u64,
    received: Option<(ClipText, Instant)>,
    coming: Option<Coming>,
    rate: Bucket,
}

impl Exchange {
    pub(crate) fn new(end: End, now: Instant) -> Self {
        Self {
            end,
            last: 0,
            received: None,
            coming: None,
            rate: Bucket::new(CLIPBOARD_PER_SECOND, now),
        }
    }

    /// This machine's clipboard holds something else; what is to be sent of it.
    pub(crate) fn changed(&mut self, text: ClipText, now: Instant) -> Option<Outgoing> {
        if let Some((received, at)) = &self.received
            && *received == text
            && now.saturating_duration_since(*at) < ECHO
        {
            return None;
        }
        self.received = None;
        // Only a peer that lies can bring the number to its end; it hears nothing more.
        let sequence = self.last.checked_add(1)?;
        self.last = sequence;
        Some(Outgoing { sequence, text })
    }

    /// A text of the other side begins; one that had begun is given up.
    pub(crate) fn begins(&mut self, head: &ClipboardText, now: Instant) -> Result<(), Broken> {
        let length = head.length as usize;
        let fits = (1..=CLIPBOARD_TEXT_BYTES).contains(&length);
        if !fits || head.sequence == 0 || !self.rate.spend(now) {
            return Err(Broken);
        }
        self.coming = Some(Coming {
            sequence: head.sequence,
            length,
            bytes: Vec::new(),
        });
        Ok(())
    }

    /// The next part of it; the text to put on this machine's clipboard when it is whole and the
    /// newest.
    pub(crate) fn part(
        &mut self,
        part: &ClipboardPart,
        now: Instant,
    ) -> Result<Option<ClipText>, Broken> {
        let coming = self.coming.as_mut().ok_or(Broken)?;
        if part.bytes.is_empty() || part.bytes.len() > coming.length - coming.bytes.len() {
            return Err(Broken);
        }
        coming.bytes.extend_from_slice(&part.bytes);
        if coming.bytes.len() < coming.length {
            return Ok(None);
        }
        let Some(whole) = self.coming.take() else {
            return Ok(None);
        };
        let text = ClipText::received(whole.bytes).map_err(|_| Broken)?;
        let newer = match self.end {
            End::Host => whole.sequence >= self.last,
            End::Viewer => whole.sequence > self.last,
        };
        if !newer {
            return Ok(None);
        }
        self.last = whole.sequence;
        self.received = Some((text.clone(), now));
        Ok(Some(text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(of: &str) -> ClipText {
        ClipText::of(of).expect("text")
    }

    /// Everything that `from` sends reaches `to`; the text that is put there.
    fn carry(to: &mut Exchange, sent: &Outgoing, now: Instant) -> Result<Option<ClipText>, Broken> {
        let mut put = None;
        for message in sent.messages() {
            if let Message::ClipboardText(head) = &message {
                to.begins(head, now)?;
            } else if let Message::ClipboardPart(part) = &message {
                put = to.part(part, now)?;
            } else {
                panic!("{message:?}");
            }
        }
        Ok(put)
    }

    fn both(now: Instant) -> (Exchange, Exchange) {
        (
            Exchange::new(End::Viewer, now),
            Exchange::new(End::Host, now),
        )
    }

    #[test]
    fn what_came_from_the_other_side_is_not_sent_back_by_a_program_that_takes_it_over() {
        let now = Instant::now();
        let (mut viewer, mut host) = both(now);
        let sent = viewer.changed(text("x"), now).expect("sent");
        assert_eq!(carry(&mut host, &sent, now), Ok(Some(text("x"))));
        assert_eq!(host.changed(text("x"), now), None);
        assert!(host.changed(text("x"), now + ECHO).is_some(), "copied anew");
        assert!(viewer.changed(text("x"), now).is_some(), "copied twice");
    }

    #[test]
    fn both_sides_end_with_the_viewers_text_when_both_change_at_once() {
        let now = Instant::now();
        let (mut viewer, mut host) = both(now);
        let near = viewer.changed(text("near"), now).expect("sent");
        let far = host.changed(text("far"), now).expect("sent");
        assert_eq!(carry(&mut viewer, &far, now), Ok(None));
        assert_eq!(carry(&mut host, &near, now), Ok(Some(text("near"))));
        let next = host.changed(text("later"), now).expect("sent");
        assert_eq!(carry(&mut viewer, &next, now), Ok(Some(text("later"))));
        assert_eq!(carry(&mut host, &near, now), Ok(None), "an old one");
    }

    #[test]
    fn a_newer_text_breaks_off_one_that_is_on_its_way() {
        let now = Instant::now();
        let (mut viewer, mut host) = both(now);
        let long = viewer
            .changed(text(&"a".repeat(CLIPBOARD_PART_BYTES + 1)), now)
            .expect("sent");
        let mut parts = long.messages();
        let (Some(Message::ClipboardText(head)), Some(Message::ClipboardPart(part))) =
            (parts.next(), parts.next())
        else {
            panic!("a head and its first part");
        };
        host.begins(&head, now).expect("begins");
        assert_eq!(host.part(&part, now), Ok(None));
        let short = viewer.changed(text("b"), now).expect("sent");
        assert_eq!(carry(&mut host, &short, now), Ok(Some(text("b"))));
    }

    #[test]
    fn lies_about_lengths_and_floods_break_the_exchange() {
        let now = Instant::now();
        let head = |length, sequence| ClipboardText { sequence, length };
        let part = |bytes: &[u8]| ClipboardPart {
            bytes: bytes.to_vec(),
        };
        let mut host = Exchange::new(End::Host, now);
        assert_eq!(host.part(&part(b"a"), now), Err(Broken), "without a head");
        for lie in [
            head(0, 1),
            head(CLIPBOARD_TEXT_BYTES as u32 + 1, 1),
            head(1, 0),
        ] {
            assert_eq!(host.begins(&lie, now), Err(Broken), "{lie:?}");
        }
        host.begins(&head(3, u64::MAX), now).expect("begins");
        assert_eq!(host.part(&part(b"abcd"), now), Err(Broken), "too much");
        assert_eq!(host.part(&part(b""), now), Err(Broken), "nothing");
        assert_eq!(host.part(&part(&[0xff; 3]), now), Err(Broken), "not text");
        host.begins(&head(1, u64::MAX), now).expect("begins");
        assert_eq!(host.part(&part(b"a"), now), Ok(Some(text("a"))));
        assert_eq!(host.changed(text("b"), now), None, "no number is left");
        let flood = (0..100).take_while(|_| host.begins(&head(1, 1), now).is_ok());
        assert!(flood.count() <= CLIPBOARD_PER_SECOND as usize);
    }

    proptest! {
        #[test]
        fn any_text_arrives_as_it_was(copied in "\\PC{1,40}", repeat in 1usize..20) {
            let now = Instant::now();
            let (mut viewer, mut host) = both(now);
            let copied = text(&copied.repeat(repeat));
            let sent = host.changed(copied.clone(), now).expect("sent");
            prop_assert_eq!(carry(&mut viewer, &sent, now), Ok(Some(copied)));
        }
    }
}
