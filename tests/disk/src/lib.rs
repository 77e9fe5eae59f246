//! A layer under a program's file calls, for tests to preload (`LD_PRELOAD`): it records in order
//! what is written, cut and synced in one folder, so that a test can make the image that a disk
//! holds which lost its power; and it refuses to let files grow while the test says that the disk
//! is full.
//!
//! The calls themselves are made as system calls, so nothing here comes back to itself.
//!
//! - `FARPANE_DISK_WATCH`: the folder.
//! - `FARPANE_DISK_LOG`: where operations are recorded; see [`record`].
//! - `FARPANE_DISK_FULL`: while this file exists, no file in the folder grows.

mod calls;
pub mod record;
mod watch;
