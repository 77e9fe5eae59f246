//! Wakes a thread that blocks on a display connection.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Instant;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

use super::PlatformError;

/// A bell that any thread may ring; clones ring the same bell. It stays rung until the waiting
/// side has noticed, so no ring is lost.
#[derive(Clone, Debug)]
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    /// A new, silent bell.
    pub fn new() -> Result<Self, PlatformError> {
        let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|errno| PlatformError::Resources(errno.into()))?;
        Ok(Self(Arc::new(fd)))
    }

    /// Rings it.
    pub fn wake(&self) {
        // The only failure is a counter at its maximum, and then it is rung already.
        let _ = rustix::io::write(&*self.0, &1u64.to_ne_bytes());
    }

    /// Whether it was rung since the last call.
    pub(super) fn take(&self) -> bool {
        rustix::io::read(&*self.0, &mut [0u8; 8]).is_ok()
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Blocks until one of the handles is readable (or broken) or the deadline passes.
pub(super) fn wait_readable(
    handles: [BorrowedFd<'_>; 2],
    deadline: Option<Instant>,
) -> io::Result<()> {
    let mut polled = handles.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
    let timeout = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let timeout = timeout.map(|left| Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    });
    match poll(&mut polled, timeout.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_before_the_wait_is_not_lost_and_counts_once() {
        let waker = Waker::new().expect("handle");
        let silent = Waker::new().expect("handle");
        waker.clone().wake();
        waker.wake();
        wait_readable([waker.as_fd(), silent.as_fd()], None).expect("poll");
        assert!(waker.take());
        assert!(!waker.take());
    }

    #[test]
    fn passed_deadline_ends_the_wait() {
        let silent = Waker::new().expect("handle");
        wait_readable([silent.as_fd(), silent.as_fd()], Some(Instant::now())).expect("poll");
        assert!(!silent.take());
    }
}
