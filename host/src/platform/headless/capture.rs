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
    /// The one that is wanted; the primary one without.
    chosen: Option<String>,
    /// What is watched.
    part: Rect,
    size: Size,
    /// The next grab rewrites everything.
    whole: bool,
}

impl HeadlessCapture {
    pub(super) fn new(screen: Headless, watcher: Arc<Watcher>) -> Self {
        let monitors = screen.lock().monitors.clone();
        let size = monitors[0].size;
        let part = part(&monitors[0]).unwrap_or(size.rect());
        Self {
            screen,
            watcher,
            monitors,
            chosen: None,
            part,
            size,
            whole: true,
        }
    }

    /// The parts of the screen that lie on the monitor, as seen from its corner.
    fn here(&self, rects: &[Rect]) -> Vec<Rect> {
        let cut = rects.iter().filter_map(|rect| rect.intersect(self.part));
        cut.map(|rect| Rect {
            x: rect.x - self.part.x,
            y: rect.y - self.part.y,
            ..rect
        })
        .collect()
    }

    fn check(&self) -> Result<(), PlatformError> {
        match &self.screen.lock().failure {
            Some(text) => Err(PlatformError::Scripted(text.clone())),
            None => Ok(()),
        }
    }

    /// Follows the monitors.
    fn follow(&mut self, monitors: &[Monitor]) {
        let monitor = pick(monitors, self.chosen.as_deref());
        let part = part(monitor).unwrap_or(monitor.size.rect());
        self.whole |= part != self.part;
        (self.part, self.size) = (part, monitor.size);
        self.monitors = monitors.to_vec();
    }
}

impl Capture for HeadlessCapture {
    fn monitors(&self) -> &[Monitor] {
        &self.monitors
    }

    fn choose(&mut self, monitor: Option<&str>) {
        self.chosen = monitor.map(str::to_owned);
        self.watcher.resized();
    }

    fn size(&self) -> Size {
        self.size
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

    fn grab(&mut self, picture: &mut BgraPicture) -> Result<Damage, PlatformError> {
        if let Err(error) = self.check() {
            self.whole = true;
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
        if picture.size() != self.size {
            *picture = BgraPicture::new(self.size);
            self.whole = true;
        }
        let damage = match std::mem::take(&mut self.whole) {
            true => Damage::all(self.size),
            false => Damage::new(self.here(&rects), self.size),
        };
        let (left, top) = (self.part.x as usize, self.part.y as usize);
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

    fn cursor(&mut self) -> Result<Option<CursorShape>, PlatformError> {
        self.check()?;
        let screen = self.screen.lock();
        let changed = std::mem::take(&mut self.watcher.lock().cursor);
        Ok(changed.then(|| screen.cursor.clone()))
    }

    fn pointer(&mut self) -> Result<Option<Point>, PlatformError> {
        self.check()?;
        let at = self.screen.lock().pointer;
        let place = self.part;
        let local = at.map(|at| Point {
            x: at.x - place.x as i32,
            y: at.y - place.y as i32,
        });
        Ok(local.filter(|local| self.size.rect().contains(*local)))
    }
}
