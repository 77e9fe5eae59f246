//! The platform traits against real X servers: one contract for every back end, then what only
//! X11 can show. Needs the packages `xvfb` and `xserver-xephyr`.
//!
//! A person's hand is played by pressing keys on an outer X server in which an inner one runs in
//! a window: the inner server sees a keyboard and a mouse of its own, not XTEST.

mod banner;
mod capture_contract;
mod client;
mod consent;
mod injector_contract;
mod input;
#[cfg(feature = "scrap")]
mod scrap;
mod screen;
mod servers;
mod stage;
