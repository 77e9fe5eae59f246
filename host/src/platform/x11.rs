//! The X11 back end: chooses nothing, only opens its parts on one named display.
//!
//! Every part has a connection of its own. The X server is trusted with what it shows anyway;
//! other programs of the same user are not, but X11 cannot keep them apart from us: they may see
//! the screen, move windows, or press keys in a real device's name. What can be told apart (core
//! XTEST, sent events) is refused where a person's own hand is asked for; see `devices`.

use std::time::Instant;

use super::window::WindowThread;
use super::{
    Answer, BannerEvent, BannerHandle, CannotAsk, Capture, Clipboard, ConsentHandle,
    ConsentRequest, Copied, Injector, MonitorInfo, NoteHandle, Platform, PlatformError, SCRAP,
};

mod banner;
mod capture;
mod clipboard;
mod consent;
mod cursor;
mod cut;
mod devices;
mod display;
mod input;
mod keys;
mod layout;
mod letters;
mod monitor;
mod note;
mod painter;
mod palette;
mod pixels;
mod raise;
#[cfg(feature = "scrap")]
mod scrap;
mod segment;
mod spares;
mod survey;
mod text;
mod topmost;

use display::Display;
use pixels::Source;
use topmost::Topmost;

/// One X display.
pub(super) struct X11 {
    name: String,
    source: Source,
    topmost: Topmost,
}

impl X11 {
    /// Checks the display and everything that the parts will need.
    pub(super) fn open(name: Option<&str>) -> Result<Self, PlatformError> {
        let (source, name) = source(name)?;
        let from_environment = || std::env::var("DISPLAY").ok();
        let name = name.map(str::to_owned).or_else(from_environment);
        let name = name
            .filter(|name| !name.is_empty())
            .ok_or(PlatformError::NoDisplay)?;
        let display = Display::open(&name)?;
        display.refuse_wayland(&name)?;
        capture::check(&display, source)?;
        input::check(&display)?;
        devices::check(&display)?;
        Ok(Self {
            name,
            source,
            topmost: Topmost::default(),
        })
    }
}

impl Platform for X11 {
    fn name(&self) -> String {
        match self.source {
            Source::Server => format!("x11 {}", self.name),
            #[cfg(feature = "scrap")]
            Source::Scrap => format!("x11 {} by scrap", self.name),
        }
    }

    fn capture(&self) -> Result<Box<dyn Capture>, PlatformError> {
        let capture = capture::X11Capture::open(&self.name, self.source)?;
        Ok(Box::new(capture))
    }

    fn injector(&self) -> Result<Box<dyn Injector>, PlatformError> {
        Ok(Box::new(input::X11Injector::open(&self.name)?))
    }

    fn ask(&self, request: ConsentRequest, deadline: Instant, answer: Answer) -> ConsentHandle {
        let (name, topmost) = (self.name.clone(), self.topmost.clone());
        let thread = WindowThread::spawn("consent", move |signal| {
            answer.give(consent::ask(&name, request, deadline, &topmost, &signal));
        });
        ConsentHandle::new(thread.ok())
    }

    fn banner(
        &self,
        text: &str,
        on_event: Box<dyn Fn(BannerEvent) + Send>,
    ) -> Result<BannerHandle, PlatformError> {
        let banner = banner::Banner::open(&self.name, text, self.topmost.clone())?;
        let thread = WindowThread::spawn("banner", move |signal| banner.serve(&on_event, &signal))?;
        Ok(BannerHandle::new(thread))
    }

    fn note(&self, text: &str) -> Result<NoteHandle, PlatformError> {
        let note = note::Note::open(&self.name, text)?;
        let thread = WindowThread::spawn("note", move |signal| note.serve(&signal))?;
        Ok(NoteHandle::new(thread))
    }

    fn clipboard(&self, copied: Copied) -> Result<Box<dyn Clipboard>, PlatformError> {
        Ok(Box::new(clipboard::X11Clipboard::open(&self.name, copied)?))
    }

    fn monitors(&self) -> Result<Vec<MonitorInfo>, PlatformError> {
        survey::monitors(&self.name)
    }

    fn can_ask(&self) -> Result<(), CannotAsk> {
        survey::can_ask(&self.name)
    }
}

/// What a display's name says about who reads the pixels, and the rest of it.
fn source(name: Option<&str>) -> Result<(Source, Option<&str>), PlatformError> {
    let Some(rest) = name.and_then(|name| name.strip_prefix(SCRAP)) else {
        return Ok((Source::Server, name));
    };
    #[cfg(feature = "scrap")]
    {
        Ok((Source::Scrap, Some(rest).filter(|rest| !rest.is_empty())))
    }
    #[cfg(not(feature = "scrap"))]
    {
        Err(PlatformError::WithoutScrap {
            display: rest.to_owned(),
        })
    }
}
