//! Keeps the memory that `scrap` shares with the X server from everybody else.
//!
//! The library makes a System V segment that every user of the device may read, and that outlives
//! a crash. Before the X server has written a single pixel into it, access is taken from all but
//! our own user, and it is made sure that nobody attached it meanwhile; once the server has it, it
//! is marked to go when the last one lets go. Where any of that fails there is no picture.

#![expect(unsafe_code, reason = "System V memory has no safe interface")]

use std::io;
use std::sync::{Mutex, PoisonError};

use crate::platform::PlatformError;

/// The kernel's list of all segments.
const LIST: &str = "/proc/sysvipc/shm";

/// What everybody may do with a segment of the library's.
const OPEN_TO_ALL: u32 = 0o777;

/// What remains: our own user reads and writes. The X server is root or our own user.
const OURS: u32 = 0o600;

/// The bit of a mode that says that the segment goes when the last one lets go.
const GOES: u32 = 0o1000;

/// The bits of a mode that grant something.
const PERMISSIONS: u32 = 0o777;

/// Two captures that begin at once could not tell their segments apart.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A segment that only we and the X server see.
pub(super) struct ClosedSegment {
    id: i32,
    /// It goes by itself when the last one lets go.
    goes: bool,
}

/// Lets `make` make its segment and closes it. The library asks for the first picture in `make`,
/// but the request stays in its buffer until the picture is waited for: nothing is in the segment
/// before this returns. `bytes` is a picture's length; the segment holds two.
pub(super) fn closed<T>(
    bytes: usize,
    make: impl FnOnce() -> io::Result<T>,
) -> Result<(T, ClosedSegment), PlatformError> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let made = make().map_err(PlatformError::Memory)?;
    match close_new(2 * bytes as u64) {
        Ok(segment) => Ok((made, segment)),
        Err(error) => {
            // Dropping it would wait for the picture, and so have it written for whoever looks.
            std::mem::forget(made);
            Err(error)
        }
    }
}

/// Finds the segment that was just made and closes it. One that cannot be closed is not kept: it
/// goes with this process instead of staying on the device.
fn close_new(bytes: u64) -> Result<ClosedSegment, PlatformError> {
    let list = std::fs::read_to_string(LIST).map_err(PlatformError::Exposed)?;
    let [id] = open_segments(&list, std::process::id(), bytes)[..] else {
        return Err(exposed("the segment is not found"));
    };
    let mut segment = ClosedSegment { id, goes: false };
    let closed = segment.close_alone();
    if closed.is_err() {
        segment.let_go()?;
    }
    closed.map(|()| segment)
}

impl ClosedSegment {
    /// Whether the X server still has it; to be asked after each picture.
    pub(super) fn check_shared(&mut self) -> Result<(), PlatformError> {
        if self.state()?.shm_nattch < 2 {
            return Err(if self.goes {
                PlatformError::Lost("the X server let go of the memory".into())
            } else {
                exposed("the X server runs as another user and may not write it")
            });
        }
        if !self.goes {
            self.let_go()?;
        }
        Ok(())
    }

    /// Marks it to go when the last one lets go.
    fn let_go(&mut self) -> Result<(), PlatformError> {
        let mut unused = self.state()?;
        self.control(libc::IPC_RMID, &mut unused)?;
        self.goes = true;
        Ok(())
    }

    /// Takes all access from others; fails if one of them has it already.
    fn close_alone(&self) -> Result<(), PlatformError> {
        self.close()?;
        if self.state()?.shm_nattch != 1 {
            return Err(exposed("another program was quicker"));
        }
        Ok(())
    }

    /// Takes all access from others.
    fn close(&self) -> Result<(), PlatformError> {
        let mut state = self.state()?;
        state.shm_perm.mode = (state.shm_perm.mode & !mode(PERMISSIONS)) | mode(OURS);
        self.control(libc::IPC_SET, &mut state)
    }

    fn state(&self) -> Result<libc::shmid_ds, PlatformError> {
        // SAFETY: a plain C structure of numbers, for which nought is a value everywhere.
        let mut state: libc::shmid_ds = unsafe { std::mem::zeroed() };
        self.control(libc::IPC_STAT, &mut state)?;
        Ok(state)
    }

    fn control(&self, what: libc::c_int, state: &mut libc::shmid_ds) -> Result<(), PlatformError> {
        // SAFETY: `state` is a live structure of the kind that these commands read or write.
        if unsafe { libc::shmctl(self.id, what, state) } == -1 {
            return Err(PlatformError::Exposed(io::Error::last_os_error()));
        }
        Ok(())
    }
}

fn exposed(why: &'static str) -> PlatformError {
    PlatformError::Exposed(io::Error::other(why))
}

/// As the C structure holds it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "permission bits fit the narrowest type that systems use"
)]
fn mode(bits: u32) -> libc::c_ushort {
    bits as libc::c_ushort
}

/// The segments of that length which that process made and everybody may read, but for those that
/// are marked to go.
fn open_segments(list: &str, process: u32, bytes: u64) -> Vec<i32> {
    // key shmid perms size cpid …, perms in octal
    let found = list.lines().skip(1).filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let id: i32 = words.next()?.parse().ok()?;
        let perms = u32::from_str_radix(words.next()?, 8).ok()?;
        let size: u64 = words.next()?.parse().ok()?;
        let made_by: u32 = words.next()?.parse().ok()?;
        let open = perms & (PERMISSIONS | GOES) == OPEN_TO_ALL;
        let ours = made_by == process && size == bytes && open;
        ours.then_some(id)
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_open_segments_of_that_process_and_length_are_found() {
        let list = "\
       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid
         0          3   777               8294400    41    41      1     0     0     0     0
         0          4   600               8294400    41    41      2     0     0     0     0
         0          7  1777               8294400    41    41      1     0     0     0     0
         0          5   777                  4096    41    41      1     0     0     0     0
         0          6   777               8294400    42    42      1     0     0     0     0
nonsense
";
        assert_eq!(open_segments(list, 41, 8_294_400), [3]);
        assert_eq!(open_segments(list, 43, 8_294_400), [] as [i32; 0]);
    }
}
