//! The directory as agents, viewers and browsers meet it: the real router over real TLS, a real
//! database, and clients that hold real keys.

mod access;
mod agents;
mod api;
mod console;
mod endpoints;
mod enrolment;
mod events;
mod flood;
mod golden;
mod inventory;
mod memory;
mod openapi;
mod presence;
mod rights;
mod rights_table;
mod robustness;
mod seed;
mod sessions;
mod sign_in;
mod tickets;
mod world;
