//! Farpane's viewer: finds a device in the directory, asks for a session with it, and shows and
//! controls its screen.
//!
//! One process per session window (`connect`), one for the start window; what they share is a
//! data folder. Whatever a device sends is taken as hostile.

pub mod account;
pub mod ago;
pub mod browser;
pub mod cli;
pub mod failure;
pub mod handler;
mod keeper;
pub mod link;
pub mod recent;
pub mod row;
pub mod session;
pub mod signin;
pub mod start;
pub mod trace;
pub mod window;
