//! A surface shared in two planes: lossless tiles for what is read, video for what moves.
//!
//! [`sender::Sender`] runs at the device and [`view::View`] at the technician's; both are pure, so
//! that a test can hold that after anything that may happen the picture is the same on both sides
//! once the screen is quiet.

pub mod motion;
mod router;
pub mod sender;
pub mod shown;
pub mod video;
pub mod view;
