//! What requests ask for, with the names that stand behind their ids when somebody looks.

use super::super::AppError;
use super::super::caller::Caller;
use super::assign::Giving;
use super::requests::{place_named, subject};
use crate::model::access::Subject;
use crate::model::request::Act;
use crate::policy::rights::{Action, Place};
use crate::policy::second_person::SecondPerson;
use crate::policy::span_in_words;

/// What a request asks for, as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Give somebody a role.
    GiveRole {
        /// To whom.
        to: String,
        /// Name of the role.
        role: String,
        /// Where.
        at: String,
        /// From when, until when, at which hours.
        giving: Option<Box<Giving>>,
    },
    /// Have a role oneself for some time.
    HaveRole {
        /// Name of the role.
        role: String,
        /// Where.
        at: String,
        /// For how many seconds.
        seconds: u64,
    },
    /// Remove so many devices.
    RemoveDevices(u64),
    /// Put this person into this group, which holds power.
    JoinGroup {
        /// Whom.
        who: String,
        /// Into which.
        group: String,
    },
    /// Give a role that is held in the whole organisation more power.
    ChangeRole {
        /// Which.
        role: String,
        /// What it would give in the directory.
        gives: Vec<Action>,
    },
    /// Move so many devices out of a customer that is guarded.
    MoveDevices {
        /// How many.
        count: u64,
        /// To which customer.
        to: String,
    },
    /// Open a session with this device where nobody is asked.
    OpenUnasked(String),
    /// Open more devices within an hour than one person may.
    OpenMore,
    /// Take the record out.
    ExportAudit,
    /// Ask a second person for less: the rules as they would be.
    Loosen(Box<SecondPerson>),
}

impl Wanted {
    /// As a sentence goes on after "wants to".
    pub fn in_words(&self) -> String {
        match self {
            Self::GiveRole { to, role, at, .. } => format!("give {to} the role {role} at {at}"),
            Self::HaveRole { role, at, seconds } => {
                format!(
                    "have the role {role} at {at} for {}",
                    span_in_words(*seconds)
                )
            }
            Self::RemoveDevices(count) => format!("remove {count} devices"),
            Self::JoinGroup { who, group } => format!("put {who} into the group {group}"),
            Self::ChangeRole { role, gives } => {
                let gives: Vec<_> = gives.iter().map(|action| action.in_words()).collect();
                format!(
                    "let everybody with the role {role} in the organisation {}",
                    gives.join(", ")
                )
            }
            Self::MoveDevices { count, to } => format!("move {count} devices to {to}"),
            Self::OpenUnasked(device) => {
                format!("open a session with {device} without asking there")
            }
            Self::OpenMore => "open more devices within an hour than one person may".into(),
            Self::ExportAudit => "take the record out".into(),
            Self::Loosen(_) => "ask a second person for less".into(),
        }
    }
}

impl Caller {
    /// What an act asks for.
    pub(super) async fn wanted(&self, act: &Act) -> Result<Wanted, AppError> {
        let names = self.core.place_names().await?;
        let at = |word: &str| place_named(word).map_or_else(String::new, |place| names.of(place));
        Ok(match act {
            Act::GiveRole {
                person,
                group,
                role,
                place,
                ..
            } => Wanted::GiveRole {
                to: match subject(*person, *group) {
                    Some(subject) => self.subject_name(subject).await.unwrap_or_default(),
                    None => String::new(),
                },
                role: self.role_name_of(role).await?,
                at: at(place),
                giving: Giving::of(act).map(Box::new),
            },
            Act::HaveRole {
                role,
                place,
                seconds,
            } => Wanted::HaveRole {
                role: self.role_name_of(role).await?,
                at: at(place),
                seconds: *seconds,
            },
            Act::RemoveDevices { count, .. } => Wanted::RemoveDevices(*count),
            Act::JoinGroup { person, group } => {
                let who = self.subject_name(Subject::Person(*person)).await;
                let group = self.subject_name(Subject::Group(*group)).await;
                Wanted::JoinGroup {
                    who: who.unwrap_or_default(),
                    group: group.unwrap_or_default(),
                }
            }
            Act::ChangeRole { role, actions, .. } => Wanted::ChangeRole {
                role: self.role_name_of(&role.to_string()).await?,
                gives: actions.iter().filter_map(|a| Action::named(a)).collect(),
            },
            Act::MoveDevices { count, to, .. } => Wanted::MoveDevices {
                count: *count,
                to: names.of(Place::Tenant(*to)),
            },
            Act::OpenUnasked { device } => {
                let known = self.core.store.device(self.core.org.id, *device).await?;
                let name = known.map_or_else(|| "a removed device".into(), |device| device.name);
                Wanted::OpenUnasked(name)
            }
            Act::OpenMore => Wanted::OpenMore,
            Act::ExportAudit => Wanted::ExportAudit,
            Act::Loosen { rules } => Wanted::Loosen(Box::new(rules.clone())),
        })
    }

    async fn role_name_of(&self, word: &str) -> Result<String, AppError> {
        let found = super::roles::find(self.every_role().await?, word);
        Ok(found.map_or_else(|_| "a removed role".into(), |role| role.name))
    }
}
