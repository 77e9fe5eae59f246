//! `role`: what roles there are, and who holds them where.

use std::time::Duration;

use clap::{Args, Subcommand};
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::time::Timestamp;
use serde_json::json;

use super::failure::Failure;
use super::{Context, naming, open, output};
use crate::app::access::assign::{Giving, SOON};
use crate::app::access::places::PlaceNames;
use crate::app::access::roles::RoleSeen;
use crate::app::caller::Caller;
use crate::console::moment::absolute;
use crate::model::access::{Assigned, Force, RoleRef, Subject};
use crate::policy::hours::Hours;
use crate::policy::rights::{Action, ActionSet, RoleRights};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory role list
  farpane-directory role assign technician --to anna@example.org --at 'Oslo Shops'")]
pub(super) enum Role {
    /// List roles.
    #[command(after_help = "Example:
  farpane-directory role list --json")]
    List,
    /// Show what a role gives and who holds it.
    #[command(after_help = "Example:
  farpane-directory role show technician")]
    Show {
        /// Its name.
        name: String,
    },
    /// Make a role.
    Create(Create),
    /// Remove a role that nobody holds.
    #[command(after_help = "Example:
  farpane-directory role remove Helpers")]
    Remove {
        /// Its name.
        name: String,
    },
    /// Give a role to a person or a group.
    Assign(Assign),
    /// List who holds which role where.
    #[command(after_help = "Example:
  farpane-directory role assignments --json")]
    Assignments,
    /// Take a role away.
    #[command(after_help = "Example:
  farpane-directory role revoke 0199a0c0-0000-7000-8000-000000000000")]
    Revoke {
        /// Id of the assignment, from `role assignments`.
        assignment: uuid::Uuid,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  farpane-directory role create Helpers --reach --session view,control --may see-devices")]
pub(super) struct Create {
    /// Its name.
    name: String,
    /// It lets people ask for sessions with devices.
    #[arg(long)]
    reach: bool,
    /// What it lets people do inside a session.
    #[arg(long, value_name = "RIGHTS", value_delimiter = ',', value_parser = naming::scope)]
    session: Vec<Scope>,
    /// It lets people in without asking, where the device allows that.
    #[arg(long)]
    unattended: bool,
    /// What it lets people see and change in the directory.
    #[arg(long, value_name = "ACTIONS", value_delimiter = ',', value_parser = naming::action)]
    may: Vec<Action>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory role assign technician --to anna@example.org --at 'Oslo Shops / HQ'
  farpane-directory role assign observer --group Nights --hours 'mon-fri 22:00-06:00 Europe/Oslo'
  farpane-directory role assign administrator --to bo@example.org --for 8h")]
pub(super) struct Assign {
    /// The role's name.
    role: String,
    /// To this person.
    #[arg(long, value_name = "EMAIL", required_unless_present = "group")]
    to: Option<String>,
    /// To this group.
    #[arg(long, value_name = "NAME", conflicts_with = "to")]
    group: Option<String>,
    /// At this customer, or at a site or group below it [default: the whole organisation].
    #[arg(long, value_name = "CUSTOMER / PLACE")]
    at: Option<String>,
    /// From then on.
    #[arg(long, value_name = "TIME", value_parser = naming::moment)]
    from: Option<Timestamp>,
    /// Until then.
    #[arg(long, value_name = "TIME", value_parser = naming::moment)]
    until: Option<Timestamp>,
    /// For so long.
    #[arg(long = "for", value_name = "SPAN", value_parser = naming::span, conflicts_with = "until")]
    span: Option<Duration>,
    /// Only in these hours of the week: days, times and time zone.
    #[arg(long, value_name = "HOURS")]
    hours: Option<Hours>,
}

/// An assignment for scripts.
pub(super) fn json_of(held: &Assigned, names: &PlaceNames, now: Timestamp) -> serde_json::Value {
    let given = &held.assignment;
    json!({
        "id": given.id,
        "role": held.role,
        "to": held.subject,
        "is": match given.subject {
            Subject::Person(_) => "person",
            Subject::Group(_) => "group",
        },
        "at": names.of(given.place),
        "from": given.from,
        "until": given.until,
        "hours": given.hours.as_ref().map(ToString::to_string),
        "in_force": given.force(now) == Force::Now,
    })
}

/// An assignment for people.
pub(super) fn line_of(held: &Assigned, names: &PlaceNames, now: Timestamp) -> String {
    let given = &held.assignment;
    let mut line = format!(
        "{}  {} to {} at {}",
        given.id,
        held.role,
        held.subject,
        names.of(given.place)
    );
    if let Some(from) = given.from {
        line.push_str(&format!(", from {}", absolute(from)));
    }
    if let Some(until) = given.until {
        line.push_str(&format!(", until {}", absolute(until)));
    }
    if let Some(hours) = &given.hours {
        line.push_str(&format!(", {hours}"));
    }
    line.push_str(match given.force(now) {
        Force::Now if given.until.is_some_and(|until| until.since(now) < SOON) => " (ends soon)",
        Force::Now => "",
        Force::Later => " (not yet)",
        Force::Over => " (over)",
        Force::OtherHours => " (not at this hour)",
    });
    line
}

fn role_json(role: &RoleSeen) -> serde_json::Value {
    let rights = &role.rights;
    let id = match role.id {
        RoleRef::Builtin(builtin) => builtin.name().to_owned(),
        RoleRef::Own(id) => id.to_string(),
    };
    json!({
        "id": id,
        "name": role.name,
        "builtin": matches!(role.id, RoleRef::Builtin(_)),
        "reach": rights.reach,
        "session": rights.scopes,
        "unattended": rights.unattended,
        "may": rights.actions.iter().map(Action::name).collect::<Vec<_>>(),
    })
}

fn role_line(role: &RoleSeen) -> String {
    let rights = &role.rights;
    let reach = match (rights.reach, rights.unattended) {
        (true, true) => "reaches devices, unattended too",
        (true, false) => "reaches devices",
        (false, _) => "reaches nothing",
    };
    let may: Vec<_> = rights.actions.iter().map(Action::name).collect();
    let or_nothing = |text: String| {
        if text.is_empty() {
            "nothing".into()
        } else {
            text
        }
    };
    format!(
        "{}  {reach}; in a session: {}; may: {}",
        role.name,
        or_nothing(rights.scopes.to_string()),
        or_nothing(may.join(", "))
    )
}

fn done(context: &Context, role: &str, word: &str) {
    if context.json {
        output::json(&json!({ "role": role, "done": word }));
    } else {
        output::line(&format!("{role} {word}"));
    }
}

impl Role {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::List => {
                let roles = caller.roles().await?;
                if context.json {
                    output::json(&roles.iter().map(role_json).collect());
                } else {
                    roles.iter().for_each(|role| output::line(&role_line(role)));
                }
            }
            Self::Show { name } => show(context, &caller, &name).await?,
            Self::Create(wanted) => {
                let rights = RoleRights {
                    reach: wanted.reach,
                    scopes: ScopeSet::of(&wanted.session),
                    unattended: wanted.unattended,
                    actions: ActionSet::of(&wanted.may),
                };
                let role = caller.make_role(&wanted.name, rights).await?;
                done(context, &role.name, "made");
            }
            Self::Remove { name } => {
                let role = caller.role(&name).await?;
                let RoleRef::Own(id) = role.id else {
                    return Err(Failure::failed("a built-in role cannot be removed"));
                };
                caller.remove_role(id).await?;
                done(context, &role.name, "removed");
            }
            Self::Assign(wanted) => assign(context, &caller, wanted).await?,
            Self::Assignments => {
                let all = caller.assignments().await?;
                print(context, &caller, &all).await?;
            }
            Self::Revoke { assignment } => {
                caller.take_role(assignment).await?;
                done(context, &assignment.to_string(), "taken away");
            }
        }
        Ok(())
    }
}

async fn print(context: &Context, caller: &Caller, all: &[Assigned]) -> Result<(), Failure> {
    let names = caller.core.place_names().await?;
    let now = caller.core.clock.now();
    if context.json {
        let rows = all.iter().map(|held| json_of(held, &names, now));
        output::json(&rows.collect());
    } else {
        all.iter()
            .for_each(|held| output::line(&line_of(held, &names, now)));
    }
    Ok(())
}

async fn show(context: &Context, caller: &Caller, name: &str) -> Result<(), Failure> {
    let role = caller.role(name).await?;
    let all = caller.assignments().await?;
    let held: Vec<_> = all
        .into_iter()
        .filter(|held| held.assignment.role == role.id)
        .collect();
    if context.json {
        let names = caller.core.place_names().await?;
        let now = caller.core.clock.now();
        let mut shown = role_json(&role);
        shown["held"] = held.iter().map(|h| json_of(h, &names, now)).collect();
        output::json(&shown);
        return Ok(());
    }
    output::line(&role_line(&role));
    print(context, caller, &held).await
}

async fn assign(context: &Context, caller: &Caller, wanted: Assign) -> Result<(), Failure> {
    let subject = match (&wanted.to, &wanted.group) {
        (Some(email), _) => Subject::Person(caller.person(email).await?.id),
        (None, Some(group)) => Subject::Group(caller.group(group).await?.id),
        (None, None) => return Err(Failure::usage("name a person or a group")),
    };
    let place = naming::place(&caller.core, wanted.at.as_deref()).await?;
    let now = caller.core.clock.now();
    let start = wanted.from.unwrap_or(now);
    let giving = Giving {
        subject,
        role: wanted.role,
        place,
        from: wanted.from,
        until: wanted.until.or(wanted.span.map(|span| start.after(span))),
        hours: wanted.hours,
    };
    let given = caller
        .give_role(&giving)
        .await?
        .now()
        .map_err(crate::app::AppError::from)?;
    let names = caller.core.place_names().await?;
    if context.json {
        output::json(&json_of(&given, &names, now));
    } else {
        output::line(&line_of(&given, &names, now));
    }
    Ok(())
}
