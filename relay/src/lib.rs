//! Farpane's relay: joins two inbound, authenticated connections and forwards packets that it
//! cannot read.
//!
//! The rules are a pure machine ([`machine`]); the data path reads a table that the machine
//! publishes ([`table`], [`router`]); [`serve`] moves bytes between them and the network. It never
//! connects to an address that a peer names: its one outbound connection is to the directory
//! pinned at its enrolment, in [`directory_link`].

pub mod board;
pub mod cli;
pub mod directory_link;
pub mod machine;
pub mod record;
pub mod router;
pub mod serve;
pub mod table;

mod admission;
mod crowd;
mod data;
mod pace;
