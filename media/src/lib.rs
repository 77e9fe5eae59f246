//! Farpane's pictures: the types that hold them, colour conversion, H.264 behind a trait, lossless
//! tiles, both planes of a shared surface, and the small software painter for the windows that we
//! draw ourselves.
//!
//! This crate does no input or output and starts no task; its threads end with the call that began
//! them. Encoded pictures and texts come from other machines, so everything here that takes bytes
//! or strings expects hostile ones.

pub mod codec;
pub mod convert;
pub mod h264;
pub mod paint;
pub mod picture;
pub mod surface;
pub mod tile;
mod together;
