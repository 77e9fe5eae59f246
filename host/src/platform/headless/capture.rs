//! Watches the screen in memory as a real capture watches a display.

use std::os::fd::AsFd as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::{Point, Rect, Size};

use super::Headless;
use crate::platform::waker::wait_readable;
use crate::platform::{Capture, CursorShape, Damage, PlatformError, Wake, Waker};

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
    size: Size,
    /// The next grab rewrites everything.
    whole: bool,
}

impl HeadlessCapture {
    pub(super) fn new(screen: Headless, watcher: Arc<Watcher>) -> Self {
        let size = screen.lock().size;
        Self {
            screen,
            watcher,
            size,
            whole: true,
        }
    }

    fn check(&self) -> Result<(), PlatformError> {
        match &self.screen.lock().failure {
            Some(text) => Err(PlatformError::Scripted(text.clone())),
            None => Ok(()),
        }
    }

    /// Follows a resize.
    fn follow(&mut self, size: Size) {
        self.whole |= size != self.size;
        self.size = size;
    }
}

impl Capture for HeadlessCapture {
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
                let size = self.screen.lock().size;
                self.follow(size);
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
        self.follow(screen.size);
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
            false => Damage::new(rects, self.size),
        };
        let width = self.size.width() as usize;
        for rect in damage.rects() {
            let rows = screen.pixels.chunks_exact(width).zip(picture.rows_mut());
            for (from, to) in rows.skip(rect.y as usize).take(rect.height as usize) {
                for x in rect.x as usize..rect.right() as usize {
                    to[x] = from[x] | 0xff00_0000;
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
        Ok(self.screen.lock().pointer)
    }
}
