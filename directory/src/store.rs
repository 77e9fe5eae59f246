//! What the directory keeps, in its own terms. One implementation per database engine, one suite
//! (`tests/store_conformance.rs`) that holds each to the same behaviour.
//!
//! Every change that matters takes the audit entry that records it. An implementation writes the
//! entry first and in the same transaction, synced to disk when the call returns: no record, no
//! change. A call that changes nothing records nothing.

pub mod api_tokens;
pub mod bulks;
pub mod care;
pub mod catalogue;
pub mod enrolments;
pub mod epochs;
pub mod erasure;
pub mod factors;
pub mod grant_keys;
pub mod groups;
pub mod imports;
pub mod installation;
pub mod inventory;
pub mod labels;
pub mod machines;
pub mod passwords;
pub mod people;
pub mod places;
pub mod presence;
pub mod proofs;
pub mod records;
pub mod relays;
pub mod repeats;
pub mod requests;
pub mod rights;
pub mod roles;
pub mod search;
pub mod sessions;
pub mod sqlite;
pub mod staff;
pub mod web_sessions;
pub mod webhooks;

pub use api_tokens::ApiTokens;
pub use bulks::Bulks;
pub use care::Care;
pub use catalogue::Catalogue;
pub use enrolments::Enrolments;
pub use epochs::Epochs;
pub use erasure::Erasure;
pub use factors::Factors;
pub use grant_keys::GrantKeys;
pub use groups::Groups;
pub use imports::Imports;
pub use installation::Installation;
pub use inventory::Inventories;
pub use labels::Labels;
pub use machines::Machines;
pub use passwords::Passwords;
pub use people::People;
pub use places::Places;
pub use presence::Presence;
pub use proofs::Proofs;
pub use records::Records;
pub use relays::Relays;
pub use repeats::Repeats;
pub use requests::Requests;
pub use rights::RightsStore;
pub use roles::Roles;
pub use search::Search;
pub use sessions::Sessions;
pub use staff::Staff;
pub use web_sessions::WebSessions;
pub use webhooks::Webhooks;

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer")]
pub struct StoreError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Whether nothing could be written because the disk is full, or fails as a full one does.
    pub fn is_for_want_of_room(&self) -> bool {
        sqlite::is_for_want_of_room(self.0.as_ref())
    }
}

/// Everything that is kept.
pub trait Store:
    Installation
    + Care
    + Enrolments
    + Inventories
    + Machines
    + Labels
    + Imports
    + Bulks
    + Places
    + People
    + Staff
    + RightsStore
    + Passwords
    + Erasure
    + Factors
    + WebSessions
    + Webhooks
    + Roles
    + Groups
    + ApiTokens
    + Requests
    + Catalogue
    + Presence
    + Sessions
    + Records
    + Proofs
    + Relays
    + Repeats
    + Epochs
    + GrantKeys
    + Search
    + Send
    + Sync
    + 'static
{
}
