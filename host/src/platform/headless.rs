//! A screen that exists only in memory: painted by a script, answered by a script, and every key
//! written down. For tests, and for systems without a display.

use std::os::fd::AsFd as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use farpane_protocol::geometry::{Point, Rect, Size};

use super::window::WindowThread;
use super::{
    Answer, BannerEvent, BannerHandle, Button, CannotAsk, Capture, Clipboard, ConsentHandle,
    ConsentOutcome, ConsentRequest, Copied, CursorShape, Injector, Monitor, MonitorInfo,
    NoteHandle, Platform, PlatformError, WITHDRAWN, Waker,
};

mod capture;
mod clipboard;
mod injector;

use capture::{HeadlessCapture, Watcher};
use clipboard::HeadlessClipboard;
use injector::HeadlessInjector;

/// The picture's extent until [`Headless::resize`].
const DEFAULT_SIZE: (u32, u32) = (1280, 720);

/// What the injector was asked to do and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// A key went down or up.
    Key {
        /// Its evdev code.
        evdev: u16,
        /// Whether it went down.
        down: bool,
    },
    /// A button went down or up.
    Button {
        /// Which.
        button: Button,
        /// Whether it went down.
        down: bool,
    },
    /// The pointer moved there, on the screen.
    Motion(Point),
    /// The wheel turned by whole notches, to the right and downward.
    Wheel {
        /// Notches to the right.
        dx: i32,
        /// Notches downward.
        dy: i32,
    },
    /// Text was typed.
    Text(String),
}

/// How the scripted person answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// At once, with this.
    Answers(ConsentOutcome),
    /// At once, yes to every right that is ticked when the window opens.
    Agrees,
    /// Not at all: the question times out.
    Silent,
}

/// The screen and its script; clones are the same screen.
#[derive(Clone)]
pub struct Headless(Arc<Mutex<Screen>>);

/// A banner that is up, and whom it tells.
type Banner = (u64, String, Box<dyn Fn(BannerEvent) + Send>);

/// Everything behind the lock.
struct Screen {
    size: Size,
    /// Parts of it, the primary one first.
    monitors: Vec<Monitor>,
    /// Row by row, `0x00RRGGBB`.
    pixels: Vec<u32>,
    cursor: CursorShape,
    pointer: Option<Point>,
    failure: Option<String>,
    watchers: Vec<std::sync::Weak<Watcher>>,
    recorded: Vec<Recorded>,
    person: Person,
    asked: Vec<ConsentRequest>,
    banners: Vec<Banner>,
    next_banner: u64,
    notes: Vec<String>,
    clipboard: HeadlessClipboard,
}

impl Headless {
    /// A black screen; nobody sits before it, so every question is unavailable.
    pub fn open() -> Result<Self, PlatformError> {
        let size = Size::new(DEFAULT_SIZE.0, DEFAULT_SIZE.1).expect("the default size is valid");
        let cursor =
            CursorShape::new(1, 1, Point::default(), &[0xff00_0000]).expect("one pixel is a shape");
        let nobody = "nobody can be asked on a headless screen".to_owned();
        Ok(Self(Arc::new(Mutex::new(Screen {
            size,
            monitors: whole(size),
            pixels: vec![0; size.area()],
            cursor,
            pointer: Some(Point::default()),
            failure: None,
            watchers: Vec::new(),
            recorded: Vec::new(),
            person: Person::Answers(ConsentOutcome::Unavailable(nobody)),
            asked: Vec::new(),
            banners: Vec::new(),
            next_banner: 0,
            notes: Vec::new(),
            clipboard: HeadlessClipboard::default(),
        }))))
    }

    /// Fills a rectangle with `0xRRGGBB`, which damages it.
    pub fn paint(&self, rect: Rect, color: u32) {
        let mut screen = self.lock();
        let size = screen.size;
        let Some(rect) = rect.intersect(size.rect()) else {
            return;
        };
        let rows = screen.pixels.chunks_exact_mut(size.width() as usize);
        for row in rows.skip(rect.y as usize).take(rect.height as usize) {
            row[rect.x as usize..rect.right() as usize].fill(color & 0x00ff_ffff);
        }
        screen.tell(|watcher| watcher.damage(rect));
    }

    /// Gives the screen another extent, all black.
    pub fn resize(&self, size: Size) {
        let mut screen = self.lock();
        screen.size = size;
        screen.monitors = whole(size);
        screen.pixels = vec![0; size.area()];
        screen.tell(Watcher::resized);
    }

    /// Parts the screen into these monitors, the first of which is the primary one. What of one
    /// lies beside the screen makes it be left out.
    pub fn set_monitors(&self, monitors: Vec<Monitor>) {
        let mut screen = self.lock();
        let on_screen = |monitor: &Monitor| part(monitor).is_some_and(|at| at.fits(screen.size));
        let mut monitors = monitors;
        monitors.retain(on_screen);
        if monitors.is_empty() {
            monitors = whole(screen.size);
        }
        screen.monitors = monitors;
        screen.tell(Watcher::resized);
    }

    /// Gives the cursor another shape.
    pub fn set_cursor(&self, shape: CursorShape) {
        let mut screen = self.lock();
        screen.cursor = shape;
        screen.tell(Watcher::cursor);
    }

    /// Makes every capture fail with this text, or work again.
    pub fn set_failure(&self, failure: Option<&str>) {
        let mut screen = self.lock();
        screen.failure = failure.map(str::to_owned);
        screen.tell(Watcher::failure);
    }

    /// How questions are answered from now on.
    pub fn set_person(&self, person: Person) {
        self.lock().person = person;
    }

    /// The questions asked so far.
    pub fn asked(&self) -> Vec<ConsentRequest> {
        self.lock().asked.clone()
    }

    /// What was injected so far.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.lock().recorded.clone()
    }

    /// The pointer's place; `None` puts it on another monitor.
    pub fn set_pointer(&self, at: Option<Point>) {
        self.lock().pointer = at;
    }

    /// The texts of the banners that are up.
    pub fn banners(&self) -> Vec<String> {
        self.lock()
            .banners
            .iter()
            .map(|(_, text, _)| text.clone())
            .collect()
    }

    /// The notes shown so far.
    pub fn notes(&self) -> Vec<String> {
        self.lock().notes.clone()
    }

    /// A program on this screen copies a text. The host is told on this thread.
    pub fn copy(&self, text: &str) {
        let clipboard = self.lock().clipboard.clone();
        clipboard.copy(text);
    }

    /// What the clipboard holds.
    pub fn clipboard_holds(&self) -> Option<String> {
        self.lock().clipboard.holds()
    }

    /// Sends an event as if it came from each banner that is up. Callbacks run on this thread
    /// and may not call back into this screen.
    pub fn banner_event(&self, event: &BannerEvent) {
        for (_, _, tell) in &self.lock().banners {
            tell(event.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Screen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Headless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Headless")
            .field("size", &self.lock().size)
            .finish_non_exhaustive()
    }
}

impl Screen {
    /// Tells every capture that still lives.
    fn tell(&mut self, what: impl Fn(&Watcher)) {
        self.watchers.retain(|watcher| {
            let watcher = watcher.upgrade();
            watcher.iter().for_each(|watcher| what(watcher));
            watcher.is_some()
        });
    }
}

impl Platform for Headless {
    fn name(&self) -> String {
        super::HEADLESS.to_owned()
    }

    fn capture(&self) -> Result<Box<dyn Capture>, PlatformError> {
        let watcher = Arc::new(Watcher::new()?);
        self.lock().watchers.push(Arc::downgrade(&watcher));
        Ok(Box::new(HeadlessCapture::new(self.clone(), watcher)))
    }

    fn injector(&self) -> Result<Box<dyn Injector>, PlatformError> {
        Ok(Box::new(HeadlessInjector::new(self.clone())))
    }

    fn ask(&self, request: ConsentRequest, deadline: Instant, answer: Answer) -> ConsentHandle {
        let ticked = request.scopes.iter().filter(|scope| scope.ticked());
        let scopes = ticked.map(|scope| scope.key.clone()).collect();
        let person = {
            let mut screen = self.lock();
            screen.asked.push(request);
            screen.person.clone()
        };
        let thread = WindowThread::spawn("headless-consent", move |signal| {
            answer.give(match person {
                Person::Answers(outcome) => outcome,
                Person::Agrees => ConsentOutcome::Allowed { scopes },
                Person::Silent => wait_out(&signal.waker, deadline, || signal.stopped()),
            });
        });
        ConsentHandle::new(thread.ok())
    }

    fn banner(
        &self,
        text: &str,
        on_event: Box<dyn Fn(BannerEvent) + Send>,
    ) -> Result<BannerHandle, PlatformError> {
        let mut screen = self.lock();
        let id = screen.next_banner;
        screen.next_banner += 1;
        screen.banners.push((id, text.to_owned(), on_event));
        drop(screen);
        let here = self.clone();
        let thread = WindowThread::spawn("headless-banner", move |signal| {
            while !signal.stopped() {
                let _ = super::waker::wait_readable([signal.waker.as_fd(); 2], None);
            }
            here.lock().banners.retain(|(other, _, _)| *other != id);
        })?;
        Ok(BannerHandle::new(thread))
    }

    fn note(&self, text: &str) -> Result<NoteHandle, PlatformError> {
        self.lock().notes.push(text.to_owned());
        Ok(NoteHandle::new(WindowThread::spawn(
            "headless-note",
            |_| {},
        )?))
    }

    fn clipboard(&self, copied: Copied) -> Result<Box<dyn Clipboard>, PlatformError> {
        let clipboard = self.lock().clipboard.clone();
        clipboard.tell(copied);
        Ok(Box::new(clipboard))
    }

    fn monitors(&self) -> Result<Vec<MonitorInfo>, PlatformError> {
        let monitors = self.lock().monitors.clone();
        let info = |monitor: Monitor| MonitorInfo {
            name: monitor.name,
            width: monitor.size.width(),
            height: monitor.size.height(),
            scale_percent: 100,
        };
        Ok(monitors.into_iter().map(info).collect())
    }

    fn can_ask(&self) -> Result<(), CannotAsk> {
        match self.lock().person {
            Person::Answers(ConsentOutcome::Unavailable(_)) => Err(CannotAsk::Headless),
            Person::Answers(_) | Person::Agrees | Person::Silent => Ok(()),
        }
    }
}

/// One monitor that is all of the screen.
fn whole(size: Size) -> Vec<Monitor> {
    vec![Monitor {
        name: super::HEADLESS.to_owned(),
        place: Point::default(),
        size,
    }]
}

/// A monitor's part of the screen, if it does not begin beside it.
fn part(monitor: &Monitor) -> Option<Rect> {
    Some(Rect {
        x: monitor.place.x.try_into().ok()?,
        y: monitor.place.y.try_into().ok()?,
        ..monitor.size.rect()
    })
}

/// The monitor of that name; the primary one for none, and where there is no such monitor.
fn pick<'a>(monitors: &'a [Monitor], name: Option<&str>) -> &'a Monitor {
    let chosen = monitors
        .iter()
        .find(|monitor| Some(monitor.name.as_str()) == name);
    chosen.unwrap_or(&monitors[0]) // `set_monitors` leaves at least one
}

/// Nobody answers: until the deadline, or until the question is taken back.
fn wait_out(waker: &Waker, deadline: Instant, stopped: impl Fn() -> bool) -> ConsentOutcome {
    while !stopped() {
        if Instant::now() >= deadline {
            return ConsentOutcome::TimedOut;
        }
        if let Err(error) = super::waker::wait_readable([waker.as_fd(); 2], Some(deadline)) {
            return ConsentOutcome::Unavailable(error.to_string());
        }
    }
    ConsentOutcome::Unavailable(WITHDRAWN.to_owned())
}
