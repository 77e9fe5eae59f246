//! Answers the programs that paste what we have put on the clipboard, in one piece or in many
//! (INCR).

use std::time::{Duration, Instant};

use farpane_protocol::clipboard::ClipText;
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, PropMode, Property,
    PropertyNotifyEvent, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent,
    Timestamp, Window,
};
use x11rb::wrapper::ConnectionExt as _;

use crate::line::{ClipboardError, Line};

/// Most bytes of a text that go in one piece: a quarter of what every server takes in one request,
/// and little enough that other requests are not held up.
const PIECE: usize = 64 * 1024;
/// Programs that may take a text in pieces at once; people paste into one.
const TRANSFERS: usize = 16;
/// How long a program may take for a piece before it is given up.
const STEP: Duration = Duration::from_secs(15);
/// Forms that one request may ask for (MULTIPLE); we have six.
const FORMS: u32 = 32;

/// A text that goes in pieces.
#[derive(Debug)]
struct Transfer {
    requestor: Window,
    property: Atom,
    form: Atom,
    text: ClipText,
    sent: usize,
    until: Instant,
}

/// What we have on the clipboard, and who is taking it.
#[derive(Debug, Default)]
pub(crate) struct Owner {
    has: Option<(ClipText, Timestamp)>,
    transfers: Vec<Transfer>,
}

/// Whether one server time is before another; they wrap every 49 days.
fn is_before(one: Timestamp, other: Timestamp) -> bool {
    (one.wrapping_sub(other) as i32) < 0
}

impl Owner {
    /// Takes the clipboard for a text; whether it was got.
    pub(crate) fn take(&mut self, line: &mut Line, text: ClipText) -> Result<bool, ClipboardError> {
        let time = line.server_time()?;
        let selection = line.atoms.CLIPBOARD;
        line.conn
            .set_selection_owner(line.window, selection, time)?;
        let got = line.conn.get_selection_owner(selection)?.reply()?.owner == line.window;
        self.has = got.then_some((text, time));
        Ok(got)
    }

    /// What is there, if it is ours.
    pub(crate) fn has(&self) -> Option<&ClipText> {
        self.has.as_ref().map(|(text, _)| text)
    }

    /// Another program has it now. Who is taking ours still gets it whole.
    pub(crate) fn lost(&mut self) {
        self.has = None;
    }

    /// When the next transfer is given up.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.transfers.iter().map(|transfer| transfer.until).min()
    }

    /// Gives up those who do not take their pieces.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.transfers.retain(|transfer| transfer.until > now);
    }

    /// A window is gone.
    pub(crate) fn gone(&mut self, window: Window) {
        self.transfers
            .retain(|transfer| transfer.requestor != window);
    }

    /// A program wants what we have.
    pub(crate) fn request(
        &mut self,
        line: &Line,
        event: &SelectionRequestEvent,
    ) -> Result<(), ClipboardError> {
        let old =
            |since: Timestamp| event.time != x11rb::CURRENT_TIME && is_before(event.time, since);
        let ours = event.selection == line.atoms.CLIPBOARD && event.requestor != line.window;
        // Programs from before the conventions name no property and mean the form's name.
        let property = match event.property {
            x11rb::NONE => event.target,
            named => named,
        };
        let has = self.has.clone().filter(|(_, since)| ours && !old(*since));
        let given = match has {
            Some((text, since)) if event.target == line.atoms.MULTIPLE => {
                self.give_several(line, event.requestor, property, &text, since)?
            }
            Some((text, since)) => {
                self.give(line, event.requestor, property, event.target, &text, since)?
            }
            None => false,
        };
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: event.time,
            requestor: event.requestor,
            selection: event.selection,
            target: event.target,
            property: if given { property } else { x11rb::NONE },
        };
        line.conn
            .send_event(false, event.requestor, EventMask::NO_EVENT, answer)?;
        Ok(())
    }

    /// Writes one form into a property of the program that asked; whether there is such a form.
    fn give(
        &mut self,
        line: &Line,
        requestor: Window,
        property: Atom,
        form: Atom,
        text: &ClipText,
        since: Timestamp,
    ) -> Result<bool, ClipboardError> {
        let atoms = &line.atoms;
        let string = Atom::from(AtomEnum::STRING);
        let replace = PropMode::REPLACE;
        if form == atoms.TARGETS {
            let mut forms = vec![atoms.TARGETS, atoms.TIMESTAMP, atoms.MULTIPLE];
            forms.extend([atoms.UTF8_STRING, atoms.PLAIN_UTF8, atoms.PLAIN, atoms.TEXT]);
            // The old form knows Western letters only; half a text is worse than none.
            forms.extend(is_latin1(text).then_some(string));
            let kind = AtomEnum::ATOM;
            line.conn
                .change_property32(replace, requestor, property, kind, &forms)?;
            return Ok(true);
        }
        if form == atoms.TIMESTAMP {
            let kind = AtomEnum::INTEGER;
            line.conn
                .change_property32(replace, requestor, property, kind, &[since])?;
            return Ok(true);
        }
        if form == string && is_latin1(text) {
            let bytes: Vec<u8> = text.as_str().chars().map(|c| c as u8).collect();
            if bytes.len() > line.conn.maximum_request_bytes() / 2 {
                return Ok(false);
            }
            line.conn
                .change_property8(replace, requestor, property, string, &bytes)?;
            return Ok(true);
        }
        let kind = if form == atoms.TEXT {
            atoms.UTF8_STRING
        } else if [atoms.UTF8_STRING, atoms.PLAIN_UTF8, atoms.PLAIN].contains(&form) {
            form
        } else {
            return Ok(false);
        };
        let bytes = text.as_str().as_bytes();
        if bytes.len() <= PIECE {
            line.conn
                .change_property8(replace, requestor, property, kind, bytes)?;
            return Ok(true);
        }
        self.begin(line, requestor, property, kind, text)
    }

    /// Announces a text that goes in pieces. Each is sent when the one before was taken.
    fn begin(
        &mut self,
        line: &Line,
        requestor: Window,
        property: Atom,
        form: Atom,
        text: &ClipText,
    ) -> Result<bool, ClipboardError> {
        self.transfers
            .retain(|other| (other.requestor, other.property) != (requestor, property));
        if self.transfers.len() >= TRANSFERS {
            return Ok(false);
        }
        let watch = EventMask::PROPERTY_CHANGE | EventMask::STRUCTURE_NOTIFY;
        let watch = ChangeWindowAttributesAux::new().event_mask(watch);
        line.conn.change_window_attributes(requestor, &watch)?;
        let length = [text.as_str().len() as u32];
        let (replace, kind) = (PropMode::REPLACE, line.atoms.INCR);
        line.conn
            .change_property32(replace, requestor, property, kind, &length)?;
        self.transfers.push(Transfer {
            requestor,
            property,
            form,
            text: text.clone(),
            sent: 0,
            until: Instant::now() + STEP,
        });
        Ok(true)
    }

    /// A piece was taken, if the event says so: the next one, and an empty one at the end.
    pub(crate) fn taken(
        &mut self,
        line: &Line,
        event: &PropertyNotifyEvent,
    ) -> Result<(), ClipboardError> {
        if event.state != Property::DELETE {
            return Ok(());
        }
        let Some(at) = self
            .transfers
            .iter()
            .position(|one| (one.requestor, one.property) == (event.window, event.atom))
        else {
            return Ok(());
        };
        let transfer = &mut self.transfers[at];
        let bytes = transfer.text.as_str().as_bytes();
        let piece = &bytes[transfer.sent..bytes.len().min(transfer.sent + PIECE)];
        line.conn.change_property8(
            PropMode::REPLACE,
            transfer.requestor,
            transfer.property,
            transfer.form,
            piece,
        )?;
        transfer.sent += piece.len();
        transfer.until = Instant::now() + STEP;
        if piece.is_empty() {
            let done = self.transfers.swap_remove(at);
            self.unwatch(line, done.requestor)?;
        }
        Ok(())
    }

    fn unwatch(&self, line: &Line, window: Window) -> Result<(), ClipboardError> {
        if !self.transfers.iter().any(|one| one.requestor == window) {
            let nothing = ChangeWindowAttributesAux::new().event_mask(EventMask::NO_EVENT);
            line.conn.change_window_attributes(window, &nothing)?;
        }
        Ok(())
    }

    /// Several forms at once, each into a property of its own; what we do not have is struck out
    /// of the list. Clipboard managers ask so.
    fn give_several(
        &mut self,
        line: &Line,
        requestor: Window,
        property: Atom,
        text: &ClipText,
        since: Timestamp,
    ) -> Result<bool, ClipboardError> {
        let kind = line.atoms.ATOM_PAIR;
        let list = line
            .conn
            .get_property(false, requestor, property, kind, 0, FORMS * 2)?;
        // A window that is gone meanwhile is the asking program's loss, not ours.
        let Ok(list) = list.reply() else {
            return Ok(false);
        };
        let mut pairs: Vec<Atom> = list.value32().into_iter().flatten().collect();
        for pair in pairs.chunks_exact_mut(2) {
            let [form, into] = pair else { continue };
            let nested = *form == line.atoms.MULTIPLE || *into == x11rb::NONE;
            if nested || !self.give(line, requestor, *into, *form, text, since)? {
                *into = x11rb::NONE;
            }
        }
        line.conn
            .change_property32(PropMode::REPLACE, requestor, property, kind, &pairs)?;
        Ok(!pairs.is_empty())
    }

    /// Asks a clipboard manager to take over what we have; whether one is there to be asked.
    pub(crate) fn ask_to_save(&self, line: &Line) -> Result<bool, ClipboardError> {
        let atoms = &line.atoms;
        let Some((_, since)) = &self.has else {
            return Ok(false);
        };
        let manager = line.conn.get_selection_owner(atoms.CLIPBOARD_MANAGER)?;
        if manager.reply()?.owner == x11rb::NONE {
            return Ok(false);
        }
        let (property, kind) = (atoms.FARPANE_CLIPBOARD, AtomEnum::ATOM);
        let forms = [atoms.UTF8_STRING];
        line.conn
            .change_property32(PropMode::REPLACE, line.window, property, kind, &forms)?;
        line.conn.convert_selection(
            line.window,
            atoms.CLIPBOARD_MANAGER,
            atoms.SAVE_TARGETS,
            property,
            *since,
        )?;
        line.conn.flush()?;
        Ok(true)
    }
}

fn is_latin1(text: &ClipText) -> bool {
    text.as_str().chars().all(|c| u32::from(c) < 0x100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_times_are_compared_across_their_turn() {
        assert!(is_before(1, 2));
        assert!(!is_before(2, 2));
        assert!(is_before(u32::MAX - 5, 5));
        assert!(!is_before(5, u32::MAX - 5));
    }
}
