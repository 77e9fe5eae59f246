//! The thread behind a clipboard: takes wishes and events, asks and answers, sleeps otherwise.

use std::sync::Arc;
use std::time::{Duration, Instant};

use farpane_protocol::clipboard::{ClipText, NotSent};
use farpane_protocol::limits::CLIPBOARD_PAUSE;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ConnectionExt as _, Timestamp};

use crate::line::{ClipboardError, Line, Next};
use crate::owner::Owner;
use crate::reader::{Reading, Step};
use crate::{End, Listen, Shared};

/// How long a clipboard manager may take to save what is there.
const SAVING: Duration = Duration::from_secs(2);

/// Whom changes are told to.
type Tell = Box<dyn FnMut(Result<ClipText, NotSent>) + Send>;

/// How it ended.
pub(crate) enum Over {
    /// This text was on the clipboard and nobody took it over.
    Kept(ClipText),
    /// Nothing is lost.
    Nothing,
}

/// One display's clipboard.
pub(crate) struct Engine {
    line: Line,
    shared: Arc<Shared>,
    tell: Tell,
    owner: Owner,
    listening: bool,
    /// When another program changed the clipboard and it was not read.
    unread: Option<Timestamp>,
    reading: Option<Reading>,
    /// When the next reading may begin: a program that changes the clipboard all the time is read no
    /// more often than can be sent.
    next_read: Instant,
    /// Until when a clipboard manager may save what is there.
    saving: Option<Instant>,
}

impl Engine {
    pub(crate) fn open(
        display: Option<&str>,
        shared: Arc<Shared>,
        tell: Tell,
    ) -> Result<Self, ClipboardError> {
        let mut line = Line::open(display)?;
        let owner = line
            .conn
            .get_selection_owner(line.atoms.CLIPBOARD)?
            .reply()?;
        let unread = if owner.owner == x11rb::NONE {
            None
        } else {
            Some(line.server_time()?)
        };
        Ok(Self {
            line,
            shared,
            tell,
            owner: Owner::default(),
            listening: false,
            unread,
            reading: None,
            next_read: Instant::now(),
            saving: None,
        })
    }

    /// Serves until it is told to end.
    pub(crate) fn run(&mut self) -> Result<Over, ClipboardError> {
        loop {
            if let Some(over) = self.turn()? {
                return Ok(over);
            }
        }
    }

    /// Serves until another program has the clipboard and everybody took what they asked for.
    pub(crate) fn run_until_taken(&mut self) -> Result<(), ClipboardError> {
        while self.owner.has().is_some() || self.owner.deadline().is_some() {
            self.turn()?;
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<Option<Over>, ClipboardError> {
        let deadline = self.reading.as_ref().map(Reading::deadline);
        let deadline = [deadline, self.owner.deadline(), self.due(), self.saving];
        let deadline = deadline.into_iter().flatten().min();
        match self.line.next(deadline, &self.shared.waker)? {
            Next::Woken => self.wishes(),
            Next::Event(event) => self.event(&event),
            Next::Deadline => self.expire(Instant::now()),
        }
    }

    /// Puts a text on the clipboard.
    pub(crate) fn put(&mut self, text: ClipText) -> Result<(), ClipboardError> {
        self.give_up_reading()?;
        self.unread = None;
        if !self.owner.take(&mut self.line, text)? {
            tracing::debug!("another program took the clipboard at the same time");
        }
        Ok(())
    }

    fn wishes(&mut self) -> Result<Option<Over>, ClipboardError> {
        let wishes = std::mem::take(&mut *self.shared.wishes());
        if let Some(text) = wishes.put {
            self.put(text)?;
        }
        match wishes.listen {
            Some(Listen::Off) => {
                self.listening = false;
                // What was asked for and not read counts as unread.
                self.unread = self.unread.or(self.reading.as_ref().map(Reading::time));
                self.give_up_reading()?;
            }
            Some(Listen::FromNow) => {
                self.listening = true;
                self.unread = None;
            }
            Some(Listen::WithUnread) => {
                self.listening = true;
                self.read_when_due()?;
            }
            None => {}
        }
        match wishes.end {
            Some(End::Now) => Ok(Some(Over::Nothing)),
            Some(End::HandingOver) if self.owner.ask_to_save(&self.line)? => {
                self.saving = Some(Instant::now() + SAVING);
                Ok(None)
            }
            Some(End::HandingOver) => Ok(Some(self.kept())),
            None => Ok(None),
        }
    }

    fn kept(&self) -> Over {
        self.owner.has().cloned().map_or(Over::Nothing, Over::Kept)
    }

    fn expire(&mut self, now: Instant) -> Result<Option<Over>, ClipboardError> {
        self.owner.expire(now);
        let late = |reading: &Reading| now >= reading.deadline();
        if self.reading.as_ref().is_some_and(late) {
            tracing::debug!("the program that has the clipboard does not answer");
            self.give_up_reading()?;
        }
        self.read_when_due()?;
        Ok(self
            .saving
            .is_some_and(|until| now >= until)
            .then(|| self.kept()))
    }

    /// When the next reading may begin, if one is wanted.
    fn due(&self) -> Option<Instant> {
        let wanted = self.listening && self.unread.is_some();
        wanted.then_some(self.next_read)
    }

    fn read_when_due(&mut self) -> Result<(), ClipboardError> {
        let now = Instant::now();
        if self.due().is_some_and(|due| now >= due)
            && let Some(time) = self.unread.take()
        {
            self.give_up_reading()?;
            self.next_read = now + CLIPBOARD_PAUSE;
            self.reading = Some(Reading::start(&self.line, time)?);
        }
        Ok(())
    }

    fn give_up_reading(&mut self) -> Result<(), ClipboardError> {
        match self.reading.take() {
            Some(reading) => reading.close(&self.line),
            None => Ok(()),
        }
    }

    fn event(&mut self, event: &Event) -> Result<Option<Over>, ClipboardError> {
        let (line, clipboard) = (&self.line, self.line.atoms.CLIPBOARD);
        let mut step = Step::Waiting;
        if let Event::XfixesSelectionNotify(change) = event
            && change.selection == clipboard
        {
            let another = change.owner != line.window && change.owner != x11rb::NONE;
            self.unread = another.then_some(change.timestamp);
            self.give_up_reading()?;
            self.read_when_due()?;
        } else if let Event::SelectionClear(clear) = event
            && clear.selection == clipboard
        {
            self.owner.lost();
        } else if let Event::SelectionRequest(request) = event {
            self.owner.request(line, request)?;
        } else if let Event::SelectionNotify(answer) = event {
            if answer.selection == line.atoms.CLIPBOARD_MANAGER {
                let saved = answer.property != x11rb::NONE;
                let over = if saved { Over::Nothing } else { self.kept() };
                return Ok(self.saving.is_some().then_some(over));
            }
            if let Some(reading) = &mut self.reading {
                step = reading.answered(line, answer)?;
            }
        } else if let Event::PropertyNotify(change) = event {
            self.owner.taken(line, change)?;
            if let Some(reading) = &mut self.reading {
                step = reading.piece(line, change)?;
            }
        } else if let Event::DestroyNotify(gone) = event {
            self.owner.gone(gone.window);
        }
        if let Step::Done(read) = step {
            self.give_up_reading()?;
            if let Some(read) = read {
                (self.tell)(read);
            }
        }
        Ok(None)
    }
}
