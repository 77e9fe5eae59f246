//! `role revoke`: takes away what `role assign` gave, named by the same words or by its id.

use clap::Args;
use uuid::Uuid;

use super::shown::line_of;
use crate::app::caller::Caller;
use crate::cli::failure::Failure;
use crate::cli::pick::Kind;
use crate::cli::{Context, naming};
use crate::model::access::{Assigned, Subject};

const HELD: Kind = Kind {
    one: "no such assignment:",
    several: "assignments fit",
    list: "role assignments",
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory role revoke technician --to anna@example.org --at 'Oslo Shops'
  farpane-directory role revoke observer --group Nights
  farpane-directory role revoke 0199a0c0-0000-7000-8000-000000000000

The words that gave a role take it away. Where they fit several, those are listed with their ids.")]
pub(in crate::cli) struct Revoke {
    /// The role's name, or the id from `role assignments`.
    #[arg(value_name = "ROLE")]
    what: String,
    /// It was given to this person.
    #[arg(long, value_name = "EMAIL")]
    to: Option<String>,
    /// It was given to this group.
    #[arg(long, value_name = "NAME", conflicts_with = "to")]
    group: Option<String>,
    /// It was given at this customer, or at a site or group below it [default: anywhere].
    #[arg(long, value_name = "CUSTOMER / PLACE")]
    at: Option<String>,
}

impl Revoke {
    pub(super) async fn run(self, context: &Context, caller: &Caller) -> Result<(), Failure> {
        let mut all = caller.assignments().await?;
        let id = Uuid::parse_str(&self.what).ok();
        if let Some(place) = all.iter().position(|held| Some(held.assignment.id) == id) {
            let held = all.swap_remove(place);
            caller.take_role(held.assignment.id).await?;
            super::done(context, &held.role, "taken away");
            return Ok(());
        }
        let role = naming::role(caller, &self.what).await?;
        let to = match (&self.to, &self.group) {
            (Some(email), _) => Some(Subject::Person(caller.person(email).await?.id)),
            (None, Some(group)) => Some(Subject::Group(caller.group(group).await?.id)),
            (None, None) => None,
        };
        let at = match &self.at {
            Some(at) => Some(naming::place(&caller.core, Some(at)).await?),
            None => None,
        };
        let fits = |held: &Assigned| {
            let given = &held.assignment;
            given.role == role.id
                && to.is_none_or(|to| given.subject == to)
                && at.is_none_or(|at| given.place == at)
        };
        all.retain(fits);
        match all.as_slice() {
            [] => Err(HELD.none(&self.in_words(&role.name))),
            [held] => {
                caller.take_role(held.assignment.id).await?;
                super::done(context, &held.role, "taken away");
                Ok(())
            }
            several => {
                let names = caller.core.place_names().await?;
                let now = caller.core.clock.now();
                let line = |held: &Assigned| line_of(held, &names, now);
                let lines: Vec<_> = several.iter().map(line).collect();
                Err(HELD.which(&self.in_words(&role.name), &lines))
            }
        }
    }

    /// What was asked for, such as `technician --at Oslo`.
    fn in_words(&self, role: &str) -> String {
        let mut words = role.to_owned();
        for (name, value) in [("to", &self.to), ("in", &self.group), ("at", &self.at)] {
            if let Some(value) = value {
                words.push_str(&format!(" {name} {value}"));
            }
        }
        words
    }
}
