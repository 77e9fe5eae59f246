//! Which files are watched, where operations are recorded, and whether the disk is full.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Access, Mode, OFlags};

use crate::record::{Done, Operation};

pub(crate) struct Watch {
    folder: String,
    full: PathBuf,
    log: OwnedFd,
    order: Mutex<()>,
}

static WATCH: OnceLock<Option<Watch>> = OnceLock::new();

impl Watch {
    /// What this process was told to watch, if anything.
    pub(crate) fn told() -> Option<&'static Self> {
        WATCH.get_or_init(Self::read).as_ref()
    }

    fn read() -> Option<Self> {
        let folder = std::env::var("FARPANE_DISK_WATCH").ok()?;
        let log = std::env::var_os("FARPANE_DISK_LOG")?;
        let full = std::env::var_os("FARPANE_DISK_FULL").unwrap_or_default();
        // Appending, so that processes that share a log do not write over each other.
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND | OFlags::CLOEXEC;
        let log = rustix::fs::open(log, flags, Mode::from_raw_mode(0o600)).ok()?;
        Some(Self {
            folder,
            full: full.into(),
            log,
            order: Mutex::new(()),
        })
    }

    /// The path of an open file, if it is watched.
    pub(crate) fn path_of(&self, file: BorrowedFd<'_>) -> Option<String> {
        use std::os::fd::AsRawFd as _;
        if file.as_raw_fd() <= 2 {
            return None;
        }
        let link = format!("/proc/self/fd/{}", file.as_raw_fd());
        let path = rustix::fs::readlink(link, Vec::new()).ok()?;
        self.watched(path.into_string().ok()?)
    }

    /// A path, if it is watched. The index of a log is memory that is shared, not a file that is
    /// written.
    pub(crate) fn watched(&self, path: String) -> Option<String> {
        let inside = path.starts_with(&self.folder) && !path.ends_with("-shm");
        (inside && !path.ends_with(" (deleted)")).then_some(path)
    }

    /// Held from before an operation until it is recorded, so that the log has the order in which
    /// things happened.
    pub(crate) fn in_order(&self) -> MutexGuard<'_, ()> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self, path: String, done: Done) {
        let packed = Operation { path, done }.pack();
        let mut rest = packed.as_slice();
        while !rest.is_empty() {
            match rustix::io::write(self.log.as_fd(), rest) {
                Ok(written) => rest = &rest[written..],
                Err(rustix::io::Errno::INTR) => {}
                // A log with a hole would prove nothing.
                Err(_) => std::process::abort(),
            }
        }
    }

    /// Whether the disk is full for a file that would reach up to `end`.
    pub(crate) fn is_full(&self, file: BorrowedFd<'_>, end: u64) -> bool {
        let full = !self.full.as_os_str().is_empty()
            && rustix::fs::access(&self.full, Access::EXISTS).is_ok();
        full && rustix::fs::fstat(file)
            .is_ok_and(|stat| u64::try_from(stat.st_size).is_ok_and(|size| end > size))
    }
}
