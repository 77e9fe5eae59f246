//! The console: what administrators see and do in a browser. Works without JavaScript; what
//! devices and people wrote is data on every page, escaped by the templates and kept apart from
//! the text around it.

pub mod access;
pub mod account;
pub mod activate;
pub mod approve;
pub mod assets;
pub mod audit;
mod back;
pub mod confirm;
pub mod customers;
pub mod device;
pub mod devices;
pub mod enrolment;
pub mod groups;
mod leaf;
pub mod link;
pub mod live;
pub mod moment;
pub mod outcome;
pub mod overview;
pub mod page;
pub mod passkeys;
pub mod people;
pub mod record;
mod refused;
pub mod relays;
pub mod remove;
pub mod rename;
pub mod second;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod sign_out;
pub mod stop;
mod strip;
mod sure;
pub mod texts;
mod token_rows;
pub mod wrong;
