//! `/api/v1`: the directory for programs, and for pages that show what is live. One endpoint per
//! file; each names who may use it by its first argument and describes itself.

pub mod customer_factor;
pub mod events;
pub mod invite;
pub mod me;
pub mod organisation;
pub mod relay;
pub mod relay_change;
pub mod relays;
pub mod reset_factors;
pub mod reset_link;
pub mod session;
pub mod session_stop;
pub mod sessions;
pub mod sign_in_rules;
