//! The interface of hosts and relays, as `protocol::api` describes it.

pub mod challenge;
pub mod enroll_device;
pub mod enroll_relay;
pub mod host_config;
pub mod host_event;
pub mod host_inventory;
pub mod host_lease;
pub mod host_memory;
pub mod relay_report;
pub mod relay_stream;
pub mod rotate_key;
pub mod token;
