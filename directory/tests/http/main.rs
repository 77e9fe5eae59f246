//! The directory as agents, viewers and browsers meet it: the real router over real TLS, a real
//! database, and clients that hold real keys.

mod access;
mod activation;
mod acts_recorded;
mod agents;
mod api;
mod audit_api;
mod browser;
mod catalogue;
mod console;
mod device_pages;
mod endpoints;
mod enrolment;
mod events;
mod factors;
mod flood;
mod golden;
mod inventory;
mod machines;
mod memory;
mod misuse;
mod openapi;
mod pages_of_access;
mod pages_of_people;
mod passkeys;
mod people;
mod presence;
mod rights;
mod rights_table;
mod robustness;
mod seed;
mod sessions;
mod settings;
mod sign_in;
mod tickets;
mod world;
