//! The directory as agents, viewers and browsers meet it: the real router over real TLS, a real
//! database, and clients that hold real keys.

mod agents;
mod api;
mod console;
mod endpoints;
mod enrolment;
mod events;
mod flood;
mod golden;
mod inventory;
mod openapi;
mod presence;
mod rights;
mod robustness;
mod sessions;
mod sign_in;
mod tickets;
mod world;
