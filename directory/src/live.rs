//! What the running server remembers and a restart forgets: which challenges were used, bearer tokens, who tried
//! too often, which relays listen and which devices they report. Everything is bounded.

pub mod board;
pub mod bus;
pub mod device_codes;
pub mod limiter;
pub mod pages;
pub mod shares;
pub mod shelf;
pub mod signing;
pub mod stamps;
pub mod storage;
pub mod streams;
pub mod tokens;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks one of these maps. A panic under such a lock is a bug in a few lines that only move
/// values; what they guard stays usable, so poisoning is not passed on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
