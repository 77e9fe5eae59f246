//! How Farpane's programs reach each other: QUIC endpoints, packets on one shared port, the relay
//! from both sides, the end-to-end session, and HTTPS to the directory.
//!
//! This is the shell: it moves bytes and decides nothing. `quinn` is named here and nowhere else.

pub mod clipboard;
pub mod congestion;
pub mod directory;
pub mod link;
pub mod relay_link;
pub mod relay_server;
pub mod session;

mod channel;
mod config;
mod socket;
