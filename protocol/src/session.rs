//! The two ends of a session as pure machines: events in, effects out, time as an argument.
//!
//! Calling contract of both: give one event with `handle_*` and act on every effect it returns,
//! in order; ask `deadline()` when to call `handle_time` next. Neither machine ever blocks, draws
//! chance or reads a clock, so two of them can be joined in virtual time.

pub mod clipboard;
pub mod host;
pub mod input;
pub mod viewer;

#[cfg(test)]
pub(crate) mod testing;
