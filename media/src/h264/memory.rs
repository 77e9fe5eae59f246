//! Sees that memory of streams that ended goes back to the system.
//!
//! The codec library allocates a stream's pictures on whichever thread codes it first, and GNU's
//! allocator keeps what such a thread gave back for the next one: with bands, which are coded on
//! several, and screens that change their size, viewer and host came to keep five times what they
//! used.
#![expect(unsafe_code, reason = "asks the system's allocator, which is C")]

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod gnu {
    use std::ffi::c_int;

    /// `M_TRIM_THRESHOLD` of GNU's `malloc.h`: free bytes at a heap's end from which they go back.
    pub(super) const TRIM_THRESHOLD: c_int = -1;
    /// `M_MMAP_THRESHOLD` of the same: bytes of a block from which it is memory of its own, which
    /// goes back at once. Setting it ends its growing, to 32 MiB, with what is given back.
    pub(super) const MMAP_THRESHOLD: c_int = -3;
    /// `M_ARENA_MAX` of the same: heaps that threads share.
    pub(super) const ARENA_MAX: c_int = -8;

    // SAFETY: the declaration below is that of GNU's `malloc.h`. It takes any two numbers, under
    // the allocator's lock, and refuses what it does not know.
    unsafe extern "C" {
        pub(super) safe fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }
}

/// Settings for a program that codes or decodes pictures; to be called at its start, before it has
/// threads. Whether they were taken; nothing is done where the allocator is another.
pub fn give_memory_back() -> bool {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    return [
        (gnu::ARENA_MAX, 2),
        // Less than the pictures of a band of a full screen, more than most frames.
        (gnu::MMAP_THRESHOLD, 256 * 1024),
        (gnu::TRIM_THRESHOLD, 4 * 1024 * 1024),
    ]
    .into_iter()
    .all(|(parameter, value)| gnu::mallopt(parameter, value) == 1);
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allocator_takes_the_settings() {
        assert!(give_memory_back());
    }
}
