//! Hears of changes in a folder from the system, so that nobody has to look at it again and again.
#![expect(
    unsafe_code,
    reason = "the runtime cannot check a descriptor by itself"
)]

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Bytes of changes that are read at a time: one with the longest name that a file can have is
/// 272 of them.
const READ_BYTES: usize = 4096;

/// A folder whose changes the system tells.
#[derive(Debug)]
pub struct FolderWatch {
    changes: AsyncFd<OwnedFd>,
}

impl FolderWatch {
    /// Watches `folder` from now on.
    ///
    /// # Errors
    ///
    /// Those of `inotify_init1` and `inotify_add_watch`: the folder is not there, or this user
    /// watches as many as the system permits.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn new(folder: &Path) -> io::Result<Self> {
        let changes = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let written = WatchFlags::CLOSE_WRITE | WatchFlags::MOVED_TO;
        let removed = WatchFlags::DELETE | WatchFlags::MOVED_FROM;
        let folder_gone = WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF;
        let what = WatchFlags::ONLYDIR | written | removed | folder_gone;
        inotify::add_watch(&changes, folder, what)?;
        // SAFETY: an `OwnedFd` names one open descriptor, always the same one, until it is dropped.
        let changes = unsafe { AsyncFd::register_with_interest(changes, Interest::READABLE) }?;
        Ok(Self { changes })
    }

    /// Waits until the file `name` was written, replaced or removed since the last time. Nothing
    /// is lost where this is dropped before it ends.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] once the folder is no longer where it was: nothing is heard of
    /// what takes its place.
    pub async fn changed(&self, name: &str) -> io::Result<()> {
        loop {
            let mut ready = self.changes.readable().await?;
            let heard = self.read(name)?;
            ready.clear_ready();
            if heard {
                return Ok(());
            }
        }
    }

    /// Reads every change that waits; whether one was of `name`.
    fn read(&self, name: &str) -> io::Result<bool> {
        let mut room = [MaybeUninit::uninit(); READ_BYTES];
        let mut changes = Reader::new(self.changes.get_ref(), &mut room);
        let mut heard = false;
        loop {
            let change = match changes.next() {
                Ok(change) => change,
                Err(Errno::AGAIN) => return Ok(heard),
                Err(error) => return Err(error.into()),
            };
            let flags = change.events();
            if flags.intersects(ReadFlags::IGNORED | ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF)
            {
                return Err(io::ErrorKind::NotFound.into());
            }
            let this = change.file_name().map(CStr::to_bytes) == Some(name.as_bytes());
            // After an overflow anything may have changed.
            heard |= this || flags.contains(ReadFlags::QUEUE_OVERFLOW);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// Longer than any machine takes to tell a change.
    const PATIENCE: Duration = Duration::from_secs(30);

    async fn is_waiting(change: impl Future) -> bool {
        let mut change = pin!(change);
        // Twice, with the system asked between, because the first time nobody may have asked it.
        for _ in 0..2 {
            if poll_fn(|context| std::task::Poll::Ready(change.as_mut().poll(context).is_ready()))
                .await
            {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        true
    }

    #[tokio::test]
    async fn a_file_that_is_written_replaced_or_removed_is_told_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let watch = FolderWatch::new(folder.path()).expect("a watch");
        fs::write(at("other"), "1").expect("written");
        assert!(is_waiting(watch.changed("rules")).await, "another file");
        let changes: [(&str, &dyn Fn() -> io::Result<()>); 4] = [
            ("written", &|| fs::write(at("rules"), "1")),
            ("replaced", &|| fs::rename(at("other"), at("rules"))),
            ("moved away", &|| fs::rename(at("rules"), at("old"))),
            ("moved back", &|| fs::rename(at("old"), at("rules"))),
        ];
        for (what, change) in changes {
            change().expect(what);
            let told = timeout(PATIENCE, watch.changed("rules")).await;
            told.expect(what).expect(what);
            assert!(is_waiting(watch.changed("rules")).await, "{what}: once");
        }
        fs::remove_file(at("rules")).expect("removed");
        let told = timeout(PATIENCE, watch.changed("rules")).await;
        told.expect("removed").expect("removed");
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let watch = FolderWatch::new(folder.path()).expect("a watch");
        folder.close().expect("removed");
        let told = timeout(PATIENCE, watch.changed("rules")).await;
        let error = told
            .expect("in time")
            .expect_err("nothing is left to watch");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(FolderWatch::new(Path::new("/nowhere")).is_err());
    }
}
