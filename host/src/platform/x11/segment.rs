//! Memory that the X server writes pictures into: a memfd of ours, handed over by descriptor.
//!
//! System V segments are found by number and readable by every process whose permissions fit, and
//! they outlive a crash; a memfd has no name, is seen by nobody else, and goes with us.

#![expect(
    unsafe_code,
    reason = "memory shared with the X server has no safe interface"
)]

use std::ptr::NonNull;
use std::sync::Arc;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use x11rb::connection::Connection as _;
use x11rb::errors::ConnectionError;
use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;

use crate::platform::PlatformError;

/// Bytes of one pixel in memory.
pub(super) const PIXEL: usize = 4;

/// The byte of a pixel that carries no colour, seen as a little-endian word (`display` checks
/// that the server stores it so).
const ALPHA: u32 = 0xff00_0000;

/// What to do when the server cannot take our memory.
const LOCAL_ONLY: PlatformError = PlatformError::Missing {
    what: "shared memory by descriptor (MIT-SHM 1.2)",
    fix: "use a local X server, not one over the network, and do not switch MIT-SHM off",
};

/// A mapping of `len` bytes that the X server knows as `id`.
pub(super) struct Segment {
    memory: NonNull<u8>,
    len: usize,
    pub(super) id: shm::Seg,
    conn: Arc<RustConnection>,
}

// SAFETY: the mapping belongs to this value alone on our side; nothing in it depends on the
// thread that made it.
unsafe impl Send for Segment {}

impl Segment {
    /// Makes the memory and hands it to the server.
    pub(super) fn new(conn: Arc<RustConnection>, len: usize) -> Result<Self, PlatformError> {
        let failed = |errno: rustix::io::Errno| PlatformError::Memory(errno.into());
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let fd = memfd_create("farpane-capture", flags).map_err(failed)?;
        ftruncate(&fd, len as u64).map_err(failed)?;
        // Nobody may pull the memory from under either side.
        let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        fcntl_add_seals(&fd, seals).map_err(failed)?;
        let id = conn.generate_id()?;
        // SAFETY: a fresh shared mapping at an address of the kernel's choice; the file is `len`
        // bytes long and sealed against shrinking, so every byte of it stays backed.
        let memory = unsafe {
            mmap(
                std::ptr::null_mut(),
                len,
                ProtFlags::READ,
                MapFlags::SHARED,
                &fd,
                0,
            )
        }
        .map_err(failed)?;
        let memory = NonNull::new(memory.cast::<u8>()).ok_or(PlatformError::Memory(
            std::io::Error::from(std::io::ErrorKind::OutOfMemory),
        ))?;
        let segment = Self {
            memory,
            len,
            id,
            conn,
        };
        match segment.conn.shm_attach_fd(id, fd, false) {
            Ok(attached) => attached.check().map_err(|_| LOCAL_ONLY)?,
            Err(ConnectionError::FdPassingFailed) => return Err(LOCAL_ONLY),
            Err(other) => return Err(other.into()),
        }
        Ok(segment)
    }

    /// Copies `target.len()` pixels from `offset` (in bytes), with every alpha byte set to 255:
    /// the X server leaves that byte undefined, and equal pictures must have equal bytes.
    pub(super) fn copy_pixels(&self, offset: usize, target: &mut [u32]) {
        let bytes = std::mem::size_of_val(target);
        let end = offset.checked_add(bytes);
        assert!(
            end.is_some_and(|end| end <= self.len),
            "a reply lies inside its segment"
        );
        // SAFETY: the range was just checked to lie inside the mapping, which lives as long as
        // `self` and does not overlap `target`, a reference to other memory of as many bytes.
        // The server writes only while it answers a request of ours, and the caller has its
        // reply; a server that writes later could tear what is copied, but every bit pattern is
        // a valid `u32`.
        unsafe {
            let from = self.memory.as_ptr().add(offset);
            std::ptr::copy_nonoverlapping(from, target.as_mut_ptr().cast::<u8>(), bytes);
        }
        for pixel in target {
            *pixel |= ALPHA;
        }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // A dead server has let go already.
        let _ = self.conn.shm_detach(self.id).map(|_| self.conn.flush());
        // SAFETY: exactly the mapping that `new` made; nothing points into it any more.
        let unmapped = unsafe { munmap(self.memory.as_ptr().cast(), self.len) };
        if let Err(error) = unmapped {
            tracing::error!(%error, "capture memory could not be unmapped");
        }
    }
}
