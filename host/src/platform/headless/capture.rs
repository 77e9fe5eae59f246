//! Watches the screen in memory as a real capture watches a display.

use std::os::fd::AsFd as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::{Point, Rect, Size};

use super::{Headless, part, pick};
use crate::platform::waker::wait_readable;
use crate::platform::{Capture, CursorShape, Damage, Monitor, PlatformError, Wake, Waker};

/// What one capture has not seen yet.
pub(super) struct Watcher {
    news: Mutex<News>,
    bell: Waker,
}

struct News {
    /// Not yet reported by a wait.
    wake: Wake,
    /// Not yet grabbed; bounded, because beyond a few it becomes one.
    rects: Vec<Rect>,
    cursor: bool,
}

impl Watcher {
    pub(super) fn new() -> Result<Self, PlatformError> {
        let news = News {
            wake: Wake::default(),
            rects: Vec::new(),
            cursor: true,
        };
        Ok(Self {
            news: Mutex::new(news),
            bell: Waker::new()?,
        })
    }

    pub(super) fn damage(&self, rect: Rect) {
        let mut news = self.lock();
        news.wake.damage |= news.rects.is_empty();
        news.rects.push(rect);
        if news.rects.len() > crate::platform::MAX_DAMAGE_RECTS {
            news.rects = vec![news.rects.drain(..).fold(Rect::default(), Rect::union)];
        }
        drop(news);
        self.bell.wake();
    }

    pub(super) fn resized(&self) {
        self.lock().wake.resized = true;
        self.bell.wake();
    }

    pub(super) fn cursor(&self) {
        let mut news = self.lock();
        news.wake.cursor = true;
        news.cursor = true;
        drop(news);
        self.bell.wake();
    }

    pub(super) fn failure(&self) {
        self.bell.wake();
    }

    fn lock(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A capture of the screen in memory.
pub(super) struct HeadlessCapture {
    screen: Headless,
    watcher: Arc<Watcher>,
    monitors: Vec<Monitor>,
    watched: Vec<Watched>,
}

/// One monitor being watched.
struct Watched {
    /// The name of the one that is wanted; the primary one without.
    name: Option<String>,
    part: Rect,
    size: Size,
    /// What changed on it and came up while another one was grabbed.
    missed: Damage,
    /// The next grab rewrites everything.
    whole: bool,
}

impl Watched {
    fn new(name: Option<String>, monitors: &[Monitor]) -> Self {
        let monitor = pick(monitors, name.as_deref());
        let part = part(monitor).unwrap_or(monitor.size.rect());
        Self {
            name,
            part,
            size: monitor.size,
            missed: Damage::default(),
            whole: true,
        }
    }

    /// The parts of the screen that lie on the monitor, as seen from its corner.
    fn here(&self, rects: &[Rect]) -> impl Iterator<Item = Rect> {
        let cut = rects.iter().filter_map(|rect| rect.intersect(self.part));
        cut.map(|rect| Rect {
            x: rect.x - self.part.x,
            y: rect.y - self.part.y,
            ..rect
        })
    }

    /// This changed on the screen.
    fn miss(&mut self, rects: &[Rect]) {
        let all = self.missed.rects().iter().copied().chain(self.here(rects));
        self.missed = Damage::new(all, self.size);
    }

    /// Follows the monitors.
    fn follow(&mut self, monitors: &[Monitor]) {
        let now = Self::new(self.name.clone(), monitors);
        if now.part != self.part {
            *self = now;
        }
    }
}

impl HeadlessCapture {
    pub(super) fn new(screen: Headless, watcher: Arc<Watcher>) -> Self {
        let monitors = screen.lock().monitors.clone();
        let watched = vec![Watched::new(None, &monitors)];
        Self {
            screen,
            watcher,
            monitors,
            watched,
        }
    }

    fn check(&self) -> Result<(), PlatformError> {
        match &self.screen.lock().failure {
            Some(text) => Err(PlatformError::Scripted(text.clone())),
            None => Ok(()),
        }
    }

    /// Follows the monitors.
    fn follow(&mut self, monitors: &[Monitor]) {
        for one in &mut self.watched {
            one.follow(monitors);
        }
        self.monitors = monitors.to_vec();
    }
}

impl Capture for HeadlessCapture {
    fn monitors(&self) -> &[Monitor] {
        &self.monitors
    }

    fn watch(&mut self, monitors: &[Option<&str>]) {
        let mut before = std::mem::take(&mut self.watched);
        for name in monitors {
            let known = before.iter().position(|one| one.name.as_deref() == *name);
            let one = known.map(|at| before.swap_remove(at));
            let new = || Watched::new(name.map(str::to_owned), &self.monitors);
            self.watched.push(one.unwrap_or_else(new));
        }
        self.watcher.resized();
    }

    fn size(&self, at: usize) -> Size {
        self.watched[at].size
    }

    fn wait(&mut self, deadline: Option<Instant>, waker: &Waker) -> Result<Wake, PlatformError> {
        loop {
            self.check()?;
            self.watcher.bell.take();
            let mut wake = std::mem::take(&mut self.watcher.lock().wake);
            wake.woken = waker.take();
            if wake.resized {
                let monitors = self.screen.lock().monitors.clone();
                self.follow(&monitors);
            }
            if wake.any() || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(wake);
            }
            wait_readable([self.watcher.bell.as_fd(), waker.as_fd()], deadline)
                .map_err(PlatformError::Resources)?;
        }
    }

    fn grab(&mut self, at: usize, picture: &mut BgraPicture) -> Result<Damage, PlatformError> {
        if let Err(error) = self.check() {
            self.watched[at].whole = true;
            return Err(error);
        }
        let screen = self.screen.clone();
        let screen = screen.lock();
        self.follow(&screen.monitors);
        let rects = {
            let mut news = self.watcher.lock();
            news.wake.damage = false;
            std::mem::take(&mut news.rects)
        };
        for one in &mut self.watched {
            one.miss(&rects);
        }
        let one = &mut self.watched[at];
        if picture.size() != one.size {
            *picture = BgraPicture::new(one.size);
            one.whole = true;
        }
        let missed = std::mem::take(&mut one.missed);
        let damage = match std::mem::take(&mut one.whole) {
            true => Damage::all(one.size),
            false => missed,
        };
        let (left, top) = (one.part.x as usize, one.part.y as usize);
        let width = screen.size.width() as usize;
        for rect in damage.rects() {
            let rows = screen.pixels.chunks_exact(width).skip(top);
            let rows = rows.zip(picture.rows_mut());
            for (from, to) in rows.skip(rect.y as usize).take(rect.height as usize) {
                for x in rect.x as usize..rect.right() as usize {
                    to[x] = from[left + x] | 0xff00_0000;
                }
            }
        }
        Ok(damage)
    }

    fn has_missed(&self, at: usize) -> bool {
        !self.watched[at].missed.is_empty()
    }

    fn cursor(&mut self) -> Result<Option<CursorShape>, PlatformError> {
        self.check()?;
        let screen = self.screen.lock();
        let changed = std::mem::take(&mut self.watcher.lock().cursor);
        Ok(changed.then(|| screen.cursor.clone()))
    }

    fn pointer(&mut self) -> Result<Option<Point>, PlatformError> {
        self.check()?;
        let at = self.screen.lock().pointer;
        let first = self.watched.first().zip(at);
        Ok(first.and_then(|(one, at)| {
            let local = Point {
                x: at.x - one.part.x as i32,
                y: at.y - one.part.y as i32,
            };
            one.size.rect().contains(local).then_some(local)
        }))
    }
}
