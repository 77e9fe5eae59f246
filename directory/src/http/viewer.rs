//! The interface of viewers, as `protocol::api` describes it.

pub mod devices;
pub mod session;
pub mod sessions;
pub mod sign_in;
