//! Farpane's host: shares this device's screen, by grant and with the consent of the person there.
//!
//! Two processes: the *service* holds the key, the network and the rules; the *session helper*
//! runs where the screen is and captures, injects and asks. They speak over a Unix socket.

pub mod cli;
pub mod data;
pub mod grants;
pub mod helper;
pub mod inventory;
pub mod ipc;
pub mod platform;
mod rotation;
pub mod service;
