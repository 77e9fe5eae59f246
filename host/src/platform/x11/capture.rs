//! Reads what changed on the monitors that are watched: XDamage says that something did, XFixes
//! where, `pixels` brings them.

use std::time::Instant;

use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::{Point, Rect, Size};
use x11rb::NONE;
use x11rb::connection::{Connection as _, SequenceNumber};
use x11rb::errors::ReplyError;
use x11rb::protocol::Event;
use x11rb::protocol::damage::{self, ConnectionExt as _, ReportLevel};
use x11rb::protocol::shm;
use x11rb::protocol::xfixes::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{ConnectionExt as _, Rectangle};

use super::cursor::CursorWatch;
use super::display::Display;
use super::monitor::{self, Monitor};
use super::pixels::{Pixels, Source};
use crate::platform::{self, Capture, CursorShape, Damage, PlatformError, Wake, Waker};

/// Beyond this many rectangles one request for all that lies between them is cheaper than one
/// for each.
const MAX_READS: usize = 16;

/// How often a grab is tried while monitors change under it.
const GRABS: usize = 3;

/// Checks, once for all captures, that the display can do it.
pub(super) fn check(display: &Display, source: Source) -> Result<(), PlatformError> {
    display.check_pixels()?;
    display.require(
        damage::X11_EXTENSION_NAME,
        "the DAMAGE extension",
        "update it, or remove the option that switches DAMAGE off",
    )?;
    display.require(
        xfixes::X11_EXTENSION_NAME,
        "the XFIXES extension",
        "update it, or remove the option that switches XFIXES off",
    )?;
    display.require(
        shm::X11_EXTENSION_NAME,
        "shared memory (MIT-SHM)",
        "use a local X server, not one over the network, and do not switch MIT-SHM off",
    )?;
    display.conn.damage_query_version(1, 1)?.reply()?;
    display.conn.xfixes_query_version(5, 0)?.reply()?;
    source.check(display)?;
    monitor::find(display, None)?;
    Ok(())
}

/// One monitor being watched.
struct Watched {
    /// The name of the one that is wanted; the primary one without.
    name: Option<String>,
    monitor: Monitor,
    /// What changed on it and came up while another one was grabbed; few, because beyond a few it
    /// becomes one.
    missed: Damage,
    /// The next grab reads everything.
    whole: bool,
}

impl Watched {
    fn new(name: Option<String>, monitor: Monitor) -> Self {
        Self {
            name,
            monitor,
            missed: Damage::default(),
            whole: true,
        }
    }

    /// This changed on the X screen.
    fn miss(&mut self, changed: &[Rectangle]) {
        let here = on_monitor(changed, self.monitor);
        let all = self.missed.rects().iter().copied().chain(here);
        let size = self.monitor.size;
        self.missed = Damage::at_most(MAX_READS, all, size);
        // What was taken one after the other may overlap, and is read into room for one picture.
        let area: u64 = self.missed.rects().iter().map(|rect| rect.area()).sum();
        if area > size.rect().area() {
            self.missed = Damage::all(size);
        }
    }
}

/// The monitors being watched.
pub(super) struct X11Capture {
    display: Display,
    monitors: Vec<platform::Monitor>,
    watched: Vec<Watched>,
    pixels: Box<dyn Pixels>,
    damage: damage::Damage,
    region: xfixes::Region,
    cursor: CursorWatch,
    /// The request that took the damage last.
    taken: SequenceNumber,
    /// A monitor may have changed since `watched` was read.
    stale: bool,
    /// What came up while something was grabbed; the next wait tells it.
    pending: Wake,
}

impl X11Capture {
    pub(super) fn open(name: &str, source: Source) -> Result<Self, PlatformError> {
        let display = Display::open(name)?;
        check(&display, source)?;
        let conn = display.conn.clone();
        monitor::watch(&display)?;
        let named = monitor::named(&display)?;
        let monitor = monitor::pick(&named, None).ok_or(monitor::NONE_LIT)?;
        let monitors = listed(named);
        let pixels = source.open(&display)?;
        let damage = conn.generate_id()?;
        conn.damage_create(damage, display.root(), ReportLevel::NON_EMPTY)?
            .check()?;
        let region = conn.generate_id()?;
        conn.xfixes_create_region(region, &[])?.check()?;
        let cursor = CursorWatch::open(&display)?;
        let (taken, stale) = (0, false);
        Ok(Self {
            display,
            monitors,
            watched: vec![Watched::new(None, monitor)],
            pixels,
            damage,
            region,
            cursor,
            taken,
            stale,
            pending: Wake::default(),
        })
    }

    /// Sorts one event into what it means. The error of a request without reply is one of
    /// ours: what it asked for may be missing from the next picture.
    fn note(
        &mut self,
        (event, after): &(Event, SequenceNumber),
        wake: &mut Wake,
    ) -> Result<(), PlatformError> {
        if let Event::Error(error) = event {
            self.watched.iter_mut().for_each(|one| one.whole = true);
            return Err(ReplyError::X11Error(error.clone()).into());
        }
        // What was damaged before the last grab took the damage is in the picture already.
        wake.damage |= matches!(event, Event::DamageNotify(_)) && *after >= self.taken;
        wake.cursor |= self.cursor.note(event);
        self.stale |= monitor::may_have_changed(event, self.display.root());
        Ok(())
    }

    /// Reads the monitors anew if one may have changed; whether any did.
    fn refresh(&mut self) -> Result<bool, PlatformError> {
        if !std::mem::take(&mut self.stale) {
            return Ok(false);
        }
        // Until the new one is in place: a failure on the way must be met again, not forgotten.
        self.stale = true;
        let named = monitor::named(&self.display)?;
        let mut changed = false;
        for one in &mut self.watched {
            let monitor = monitor::pick(&named, one.name.as_deref()).ok_or(monitor::NONE_LIT)?;
            if monitor != one.monitor {
                *one = Watched::new(one.name.take(), monitor);
                changed = true;
            }
        }
        let monitors = listed(named);
        changed |= monitors != self.monitors;
        self.monitors = monitors;
        self.stale = false;
        Ok(changed)
    }

    /// The monitor of that name as it was told last; the primary one for none, and where there is no
    /// such monitor.
    fn known(&self, name: Option<&str>) -> Monitor {
        let named = |one: &&platform::Monitor| Some(one.name.as_str()) == name;
        let found = self.monitors.iter().find(named).or(self.monitors.first());
        let found = found.expect("a display that can be watched has a monitor");
        Monitor {
            x: found.place.x.unsigned_abs(),
            y: found.place.y.unsigned_abs(),
            size: found.size,
        }
    }

    /// Takes the damage gathered by the server; what is drawn from here on is new damage.
    fn take_damage(&mut self) -> Result<Vec<Rectangle>, PlatformError> {
        self.pending.damage = false;
        let conn = &self.display.conn;
        self.taken = conn
            .damage_subtract(self.damage, NONE, self.region)?
            .sequence_number();
        Ok(conn.xfixes_fetch_region(self.region)?.reply()?.rectangles)
    }

    /// Reads what changed; `None` where monitors changed meanwhile: what was read may be of another
    /// one than was meant.
    fn try_grab(
        &mut self,
        at: usize,
        picture: &mut BgraPicture,
    ) -> Result<Option<Damage>, PlatformError> {
        self.pending.resized |= self.refresh()?;
        let size = self.watched[at].monitor.size;
        if picture.size() != size {
            *picture = BgraPicture::new(size);
            self.watched[at].whole = true;
        }
        let changed = self.take_damage()?;
        for one in &mut self.watched {
            one.miss(&changed);
        }
        let one = &mut self.watched[at];
        let missed = std::mem::take(&mut one.missed);
        // Whatever fails from here on, the damage is taken: only a whole picture is right next.
        let damage = match std::mem::replace(&mut one.whole, true) {
            true => Damage::all(size),
            false => missed,
        };
        self.pixels
            .read(&self.display, one.monitor, damage.rects(), picture)?;
        // What the server said before it answered has arrived with the answer.
        let mut wake = std::mem::take(&mut self.pending);
        while let Some(event) = self.display.conn.poll_for_event_with_sequence()? {
            self.note(&event, &mut wake)?;
        }
        let moved = self.refresh()?;
        wake.resized |= moved;
        self.pending = wake;
        if moved {
            return Ok(None);
        }
        self.watched[at].whole = false;
        Ok(Some(damage))
    }
}

impl Capture for X11Capture {
    fn monitors(&self) -> &[platform::Monitor] {
        &self.monitors
    }

    fn watch(&mut self, monitors: &[Option<&str>]) {
        let mut before = std::mem::take(&mut self.watched);
        for name in monitors {
            let known = before.iter().position(|one| one.name.as_deref() == *name);
            let one = known.map(|at| before.swap_remove(at));
            let one =
                one.unwrap_or_else(|| Watched::new(name.map(str::to_owned), self.known(*name)));
            self.watched.push(one);
        }
    }

    fn size(&self, at: usize) -> Size {
        self.watched[at].monitor.size
    }

    fn wait(&mut self, deadline: Option<Instant>, waker: &Waker) -> Result<Wake, PlatformError> {
        let mut wake = std::mem::take(&mut self.pending);
        loop {
            while let Some(event) = self.display.conn.poll_for_event_with_sequence()? {
                self.note(&event, &mut wake)?;
            }
            wake.resized |= self.refresh()?;
            wake.woken |= waker.take();
            if wake.any() || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(wake);
            }
            // Reading the monitors anew may have queued events that no poll would report.
            if let Some(event) = self.display.conn.poll_for_event_with_sequence()? {
                self.note(&event, &mut wake)?;
                continue;
            }
            self.display.block(deadline, waker)?;
        }
    }

    fn grab(&mut self, at: usize, picture: &mut BgraPicture) -> Result<Damage, PlatformError> {
        let mut refusal = "the monitors change all the time".into();
        for _ in 0..GRABS {
            match self.try_grab(at, picture) {
                Ok(Some(damage)) => return Ok(damage),
                Ok(None) => {}
                // The screen may have shrunk under our request; the notice of it is on its way.
                Err(PlatformError::Refused(cause)) => (self.stale, refusal) = (true, cause),
                Err(other) => return Err(other),
            }
        }
        Err(PlatformError::Refused(refusal))
    }

    fn has_missed(&self, at: usize) -> bool {
        !self.watched[at].missed.is_empty()
    }

    fn cursor(&mut self) -> Result<Option<CursorShape>, PlatformError> {
        self.cursor.fetch(&self.display)
    }

    fn pointer(&mut self) -> Result<Option<Point>, PlatformError> {
        let pointer = self
            .display
            .conn
            .query_pointer(self.display.root())?
            .reply()?;
        let root = Point {
            x: pointer.root_x.into(),
            y: pointer.root_y.into(),
        };
        let first = self.watched.first().filter(|_| pointer.same_screen);
        Ok(first.and_then(|one| one.monitor.local(root)))
    }
}

/// As the rest of the host knows them.
fn listed(monitors: Vec<(String, Monitor)>) -> Vec<platform::Monitor> {
    let known = |(name, monitor): (String, Monitor)| platform::Monitor {
        name,
        place: Point {
            x: monitor.x as i32,
            y: monitor.y as i32,
        },
        size: monitor.size,
    };
    monitors.into_iter().map(known).collect()
}

/// From the X screen to the monitor; what lies elsewhere is left out.
fn on_monitor(rects: &[Rectangle], monitor: Monitor) -> impl Iterator<Item = Rect> {
    rects.iter().filter_map(move |rect| {
        // A region never leaves the root window, whose corner is the origin.
        let rect = Rect {
            x: rect.x.max(0) as u32,
            y: rect.y.max(0) as u32,
            width: rect.width.into(),
            height: rect.height.into(),
        };
        let cut = rect.intersect(monitor.rect())?;
        Some(Rect {
            x: cut.x - monitor.x,
            y: cut.y - monitor.y,
            ..cut
        })
    })
}
