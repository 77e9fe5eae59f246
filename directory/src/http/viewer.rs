//! The interface of viewers, as `protocol::api` describes it.

pub mod device_code;
pub mod device_code_answer;
pub mod devices;
pub mod session;
pub mod session_latency;
pub mod sessions;
pub mod sign_in;
