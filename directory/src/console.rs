//! The console: what administrators see and do in a browser. Works without JavaScript; what
//! devices and people wrote is data on every page, escaped by the templates and kept apart from
//! the text around it.

pub mod approve;
pub mod assets;
pub mod audit;
pub mod device;
pub mod devices;
pub mod enrolment;
pub mod live;
pub mod moment;
pub mod overview;
pub mod page;
pub mod record;
pub mod relays;
pub mod remove;
pub mod rename;
pub mod sessions;
pub mod sign_in;
pub mod sign_out;
pub mod stop;
pub mod texts;
pub mod wrong;
