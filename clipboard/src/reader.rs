//! Asks the program that has the clipboard for its text: first which forms it has, then the best
//! one, in one piece or in many (INCR).

use std::time::{Duration, Instant};

use farpane_protocol::clipboard::{ClipText, NotSent};
use farpane_protocol::limits::CLIPBOARD_TEXT_BYTES;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, GetPropertyReply, Property, PropertyNotifyEvent,
    SelectionNotifyEvent, Timestamp, Window,
};

use crate::line::{ClipboardError, Line};

/// How long a program may take for each step; one that hangs must not keep us waiting.
const STEP: Duration = Duration::from_secs(10);
/// How long all steps may take: a megabyte in small pieces takes a program on a busy machine that
/// long, and nothing else waits for it.
const WHOLE: Duration = Duration::from_secs(30);
/// Forms of content that are looked at; programs offer a dozen.
const FORMS: u32 = 256;

/// What is being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Which forms there are.
    Forms,
    /// Whether it is a secret; the form to ask for if it is not.
    Hint(Form),
    /// The text in that form.
    Text(Form),
    /// The text in pieces.
    Pieces(Form),
}

/// A form that text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Utf8(Atom),
    /// ISO 8859-1, as the conventions say.
    Latin1,
}

impl Form {
    fn atom(self) -> Atom {
        match self {
            Self::Utf8(atom) => atom,
            Self::Latin1 => AtomEnum::STRING.into(),
        }
    }

    fn text(self, bytes: &[u8]) -> Result<ClipText, NotSent> {
        match self {
            Self::Utf8(_) => ClipText::of(std::str::from_utf8(bytes).map_err(|_| NotSent::Empty)?),
            Self::Latin1 => ClipText::of(&bytes.iter().map(|b| char::from(*b)).collect::<String>()),
        }
    }
}

/// What came of it.
pub(crate) type Read = Result<ClipText, NotSent>;

/// One question and its answers, on a window of its own: a program that goes on answering a
/// question that was given up finds the window gone.
#[derive(Debug)]
pub(crate) struct Reading {
    window: Window,
    time: Timestamp,
    stage: Stage,
    bytes: Vec<u8>,
    step_until: Instant,
    until: Instant,
}

/// What a step led to.
pub(crate) enum Step {
    /// Something is still awaited.
    Waiting,
    /// It is over; nothing where there is no text or it is a secret.
    Done(Option<Read>),
}

impl Reading {
    /// Asks. `time` is when the clipboard changed.
    pub(crate) fn start(line: &Line, time: Timestamp) -> Result<Self, ClipboardError> {
        let now = Instant::now();
        let reading = Self {
            window: line.new_window(line.window)?,
            time,
            stage: Stage::Forms,
            bytes: Vec::new(),
            step_until: now + STEP,
            until: now + WHOLE,
        };
        reading.ask(line, line.atoms.TARGETS)?;
        Ok(reading)
    }

    /// When it is given up.
    pub(crate) fn deadline(&self) -> Instant {
        self.step_until.min(self.until)
    }

    /// When the clipboard changed.
    pub(crate) fn time(&self) -> Timestamp {
        self.time
    }

    /// Takes its window away.
    pub(crate) fn close(self, line: &Line) -> Result<(), ClipboardError> {
        line.conn.destroy_window(self.window)?;
        Ok(())
    }

    fn ask(&self, line: &Line, form: Atom) -> Result<(), ClipboardError> {
        let atoms = &line.atoms;
        line.conn.convert_selection(
            self.window,
            atoms.CLIPBOARD,
            form,
            atoms.FARPANE_CLIPBOARD,
            self.time,
        )?;
        Ok(())
    }

    fn next(&mut self, line: &Line, stage: Stage, form: Atom) -> Result<Step, ClipboardError> {
        self.stage = stage;
        self.step_until = Instant::now() + STEP;
        self.ask(line, form)?;
        Ok(Step::Waiting)
    }

    /// The answer as it lies in the property, which is taken away: that asks for the next piece.
    fn take(&self, line: &Line) -> Result<GetPropertyReply, ClipboardError> {
        // In units of four bytes; a byte more than may be sent tells that there is more.
        let most = CLIPBOARD_TEXT_BYTES as u32 / 4 + 1;
        let property = line.atoms.FARPANE_CLIPBOARD;
        let reply = line
            .conn
            .get_property(true, self.window, property, AtomEnum::ANY, 0, most)?;
        Ok(reply.reply()?)
    }

    /// The program answered, if the event is about this question.
    pub(crate) fn answered(
        &mut self,
        line: &Line,
        event: &SelectionNotifyEvent,
    ) -> Result<Step, ClipboardError> {
        if event.requestor != self.window {
            return Ok(Step::Waiting);
        }
        let refused = event.property == x11rb::NONE;
        match self.stage {
            // Some old programs have text and cannot list their forms.
            Stage::Forms if refused => {
                let form = Form::Utf8(line.atoms.UTF8_STRING);
                self.next(line, Stage::Text(form), form.atom())
            }
            Stage::Forms => self.choose(line),
            Stage::Hint(form) => {
                if !refused && self.take(line)?.value.starts_with(b"secret") {
                    return Ok(Step::Done(None));
                }
                self.next(line, Stage::Text(form), form.atom())
            }
            Stage::Text(_) if refused => Ok(Step::Done(None)),
            Stage::Text(form) => {
                let answer = self.take(line)?;
                if answer.type_ == line.atoms.INCR {
                    self.stage = Stage::Pieces(form);
                    self.step_until = Instant::now() + STEP;
                    return Ok(Step::Waiting);
                }
                let bytes = answer.value.len() as u64 + u64::from(answer.bytes_after);
                if bytes > CLIPBOARD_TEXT_BYTES as u64 {
                    return Ok(Step::Done(Some(Err(NotSent::TooLong { bytes }))));
                }
                Ok(done(form, &answer.value))
            }
            Stage::Pieces(_) => Ok(Step::Waiting),
        }
    }

    fn choose(&mut self, line: &Line) -> Result<Step, ClipboardError> {
        let atoms = &line.atoms;
        let property = atoms.FARPANE_CLIPBOARD;
        let list = line
            .conn
            .get_property(true, self.window, property, AtomEnum::ANY, 0, FORMS)?;
        let list = list.reply()?;
        let forms: Vec<Atom> = list.value32().into_iter().flatten().collect();
        let known = [
            Form::Utf8(atoms.UTF8_STRING),
            Form::Utf8(atoms.PLAIN_UTF8),
            Form::Latin1,
        ];
        let Some(form) = known.into_iter().find(|form| forms.contains(&form.atom())) else {
            return Ok(Step::Done(None));
        };
        if forms.contains(&atoms.SECRET_HINT) {
            return self.next(line, Stage::Hint(form), atoms.SECRET_HINT);
        }
        self.next(line, Stage::Text(form), form.atom())
    }

    /// The next piece is there, if the event says so.
    pub(crate) fn piece(
        &mut self,
        line: &Line,
        event: &PropertyNotifyEvent,
    ) -> Result<Step, ClipboardError> {
        let Stage::Pieces(form) = self.stage else {
            return Ok(Step::Waiting);
        };
        let ours = event.window == self.window && event.atom == line.atoms.FARPANE_CLIPBOARD;
        if !ours || event.state != Property::NEW_VALUE {
            return Ok(Step::Waiting);
        }
        let piece = self.take(line)?;
        if piece.value.is_empty() {
            return Ok(done(form, &self.bytes));
        }
        let bytes = (self.bytes.len() + piece.value.len()) as u64 + u64::from(piece.bytes_after);
        if bytes > CLIPBOARD_TEXT_BYTES as u64 {
            return Ok(Step::Done(Some(Err(NotSent::TooLong { bytes }))));
        }
        self.bytes.extend_from_slice(&piece.value);
        self.step_until = Instant::now() + STEP;
        Ok(Step::Waiting)
    }
}

fn done(form: Form, bytes: &[u8]) -> Step {
    Step::Done(Some(form.text(bytes)))
}
