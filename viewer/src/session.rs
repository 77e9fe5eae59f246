//! One session without its window: asking, reaching, decoding, and what the window needs to know.
//!
//! The network runs on a thread with its own runtime, decoding on another; pictures are never
//! handled on the runtime. The window reads [`shared::Shared`] and writes into
//! [`input::InputQueue`]; both are bounded, so a device cannot make the window fall behind.

mod carry;
mod clips;
mod drive;
mod ending;
mod frames;
pub mod input;
mod latency;
pub mod monitors;
mod net;
mod pointer;
mod reach;
pub mod shared;

pub use clips::Presence;
pub use ending::Ending;
pub use net::{Handle, Plan, start};
