//! The calls that stand in for the C library's.
#![expect(
    unsafe_code,
    reason = "functions with the C library's names and types, called by foreign code"
)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::os::fd::BorrowedFd;

use rustix::fs::SeekFrom;
use rustix::io::Errno;

use crate::record::Done;
use crate::watch::Watch;

// SAFETY: the C library has this function, with these types, on every Linux.
unsafe extern "C" {
    fn __errno_location() -> *mut c_int;
}

/// Gives a result as the C library does: the value, or -1 and the error's number.
fn answer<T: TryInto<isize>>(result: Result<T, Errno>) -> isize {
    match result {
        Ok(value) => value.try_into().unwrap_or(isize::MAX),
        Err(error) => {
            // SAFETY: the C library's own place for this thread's error number.
            unsafe { *__errno_location() = error.raw_os_error() };
            -1
        }
    }
}

fn answer_int(result: Result<(), Errno>) -> c_int {
    answer(result.map(|()| 0)).try_into().unwrap_or(-1)
}

/// # Safety
/// `bytes` points to `count` bytes, as for `write(2)`.
unsafe fn given<'a>(bytes: *const c_void, count: usize) -> &'a [u8] {
    if bytes.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: the caller's promise, which is that of the call that it stands in for.
    unsafe { std::slice::from_raw_parts(bytes.cast(), count) }
}

fn write_at(file: BorrowedFd<'_>, bytes: &[u8], at: Option<u64>) -> Result<usize, Errno> {
    let write = |bytes: &[u8]| match at {
        Some(at) => rustix::io::pwrite(file, bytes, at),
        None => rustix::io::write(file, bytes),
    };
    let watched = Watch::told().and_then(|watch| Some((watch, watch.path_of(file)?)));
    let Some((watch, path)) = watched else {
        return write(bytes);
    };
    let _order = watch.in_order();
    let start = match at {
        Some(at) => at,
        None => rustix::fs::seek(file, SeekFrom::Current(0))?,
    };
    if watch.is_full(file, start + bytes.len() as u64) {
        return Err(Errno::NOSPC);
    }
    let written = write(bytes)?;
    watch.record(path, Done::Wrote(start, bytes[..written].to_vec()));
    Ok(written)
}

/// Does something to a file and records it, if it is watched.
fn recorded(
    file: BorrowedFd<'_>,
    done: Done,
    act: impl Fn() -> Result<(), Errno>,
) -> Result<(), Errno> {
    let watched = Watch::told().and_then(|watch| Some((watch, watch.path_of(file)?)));
    let Some((watch, path)) = watched else {
        return act();
    };
    let _order = watch.in_order();
    if let Done::Cut(length) = done
        && watch.is_full(file, length)
    {
        return Err(Errno::NOSPC);
    }
    act()?;
    watch.record(path, done);
    Ok(())
}

/// # Safety
/// As for `write(2)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, count: usize) -> isize {
    // SAFETY: the caller keeps the file open and the bytes in place during the call.
    let (file, bytes) = unsafe { (BorrowedFd::borrow_raw(fd), given(bytes, count)) };
    answer(write_at(file, bytes, None))
}

/// # Safety
/// As for `pwrite(2)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(fd: c_int, bytes: *const c_void, count: usize, at: i64) -> isize {
    // SAFETY: the caller keeps the file open and the bytes in place during the call.
    let (file, bytes) = unsafe { (BorrowedFd::borrow_raw(fd), given(bytes, count)) };
    let at = u64::try_from(at).map_err(|_| Errno::INVAL);
    answer(at.and_then(|at| write_at(file, bytes, Some(at))))
}

/// # Safety
/// As for `pwrite(2)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite(fd: c_int, bytes: *const c_void, count: usize, at: i64) -> isize {
    // SAFETY: the same call under its other name.
    unsafe { pwrite64(fd, bytes, count, at) }
}

/// # Safety
/// As for `ftruncate(2)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate64(fd: c_int, length: i64) -> c_int {
    // SAFETY: the caller keeps the file open during the call.
    let file = unsafe { BorrowedFd::borrow_raw(fd) };
    let Ok(length) = u64::try_from(length) else {
        return answer_int(Err(Errno::INVAL));
    };
    let cut = || rustix::fs::ftruncate(file, length);
    answer_int(recorded(file, Done::Cut(length), cut))
}

/// # Safety
/// As for `ftruncate(2)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate(fd: c_int, length: i64) -> c_int {
    // SAFETY: the same call under its other name.
    unsafe { ftruncate64(fd, length) }
}

/// # Safety
/// As for `fsync(2)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    // SAFETY: the caller keeps the file open during the call.
    let file = unsafe { BorrowedFd::borrow_raw(fd) };
    answer_int(recorded(file, Done::Synced, || rustix::fs::fsync(file)))
}

/// # Safety
/// As for `fdatasync(2)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    // SAFETY: the caller keeps the file open during the call.
    let file = unsafe { BorrowedFd::borrow_raw(fd) };
    answer_int(recorded(file, Done::Synced, || rustix::fs::fdatasync(file)))
}

/// Does something to a name and records it, if the file is watched.
fn named(path: &CStr, done: Done, act: impl Fn() -> Result<(), Errno>) -> Result<(), Errno> {
    let watch = Watch::told();
    let name = path.to_string_lossy().into_owned();
    let Some((watch, path)) = watch.and_then(|watch| Some((watch, watch.watched(name)?))) else {
        return act();
    };
    let _order = watch.in_order();
    act()?;
    watch.record(path, done);
    Ok(())
}

/// # Safety
/// As for `unlink(2)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller gives a path that ends with a zero.
    let path = unsafe { CStr::from_ptr(path) };
    answer_int(named(path, Done::Removed, || rustix::fs::unlink(path)))
}

/// # Safety
/// As for `rename(2)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller gives paths that end with a zero.
    let (from, to) = unsafe { (CStr::from_ptr(from), CStr::from_ptr(to)) };
    let moved = Done::Moved(to.to_string_lossy().into_owned());
    answer_int(named(from, moved, || rustix::fs::rename(from, to)))
}
