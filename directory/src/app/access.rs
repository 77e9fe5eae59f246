//! Who may do what, as people manage it: roles, assignments, groups, people and their viewers.
//! One rule runs through all of it: privilege only shrinks. Nobody makes, gives or widens a role
//! beyond what they hold themselves at that place and for that time, nobody gives anything to
//! themselves, and nobody manages a person who holds more than they do.

pub mod assign;
pub mod deciders;
pub mod erase;
pub mod explain;
pub mod groups;
pub mod independent;
pub mod places;
pub mod power;
pub mod requests;
pub mod roles;
pub mod signed_in;
pub mod staff;
pub mod tokens;
pub mod wanted;

use super::Denied;
use crate::model::request::Request;
use crate::store::roles::Change;

/// What came of something that may need a second person.
#[derive(Clone, Debug)]
pub enum Done<T> {
    /// It is done.
    Now(T),
    /// It waits for a second person.
    Held(Box<Request>),
}

impl<T> Done<T> {
    /// What was done; a refusal if it waits.
    pub fn now(self) -> Result<T, Denied> {
        match self {
            Self::Now(done) => Ok(done),
            Self::Held(_) => Err(Denied::SecondPersonNeeded),
        }
    }
}

/// What a change of the store means to the one who asked for it; whether anything changed.
fn changed(change: Change, thing: &'static str) -> Result<bool, Denied> {
    match change {
        Change::Made => Ok(true),
        Change::Was => Ok(false),
        Change::NotThere => Err(Denied::NotFound(thing)),
        Change::NameTaken => Err(Denied::Conflict(
            "Something else has that name. Choose another one.",
        )),
        Change::InUse => Err(Denied::Conflict(
            "Somebody still holds this role. Take it from them first.",
        )),
        Change::LastOwner => Err(Denied::Conflict(
            "Nobody would be left who owns the organisation. Make somebody else an owner first.",
        )),
        Change::Full => Err(Denied::Conflict(
            "There are as many as there may be. Remove some that nobody needs.",
        )),
    }
}
