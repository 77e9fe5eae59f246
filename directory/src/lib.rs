//! Farpane's directory: the catalogue of devices, the authority behind every session, the record
//! of both, and the console that people use.
//!
//! Layers, each knowing only those before it: `model` and `audit` (pure) → `policy` (pure: facts
//! in, decision out) → `store` (what is kept) and `live` (what is only remembered) → `app` (use
//! cases) → `http`, `console`, `cli`.

pub mod app;
pub mod audit;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod http;
pub mod live;
pub mod model;
pub mod passkey;
pub mod password;
pub mod policy;
pub mod secret;
pub mod store;
pub mod totp;
pub mod vault;
