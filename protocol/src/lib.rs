//! The pure core of Farpane: what every program says, may do, and must refuse.
//!
//! This crate never opens a socket, reads a clock, draws a random number or starts a task: time
//! and chance come in as arguments, effects go out as values. `tests/` holds that as a test.

pub mod api;
pub mod clipboard;
pub mod consent;
pub mod enrolment;
pub mod envelope;
pub mod geometry;
pub mod grant;
pub mod ids;
pub mod key;
pub mod latency;
pub mod limits;
pub mod outcome;
pub mod packet;
pub mod relay;
pub mod revocation;
#[cfg(feature = "schema")]
mod schema;
pub mod scope;
pub mod session;
pub mod succession;
pub mod time;
pub mod token;
pub mod wire;
