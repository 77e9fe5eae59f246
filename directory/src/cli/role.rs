//! `role`: what roles there are, and who holds them where.

mod revoke;
mod shown;

use std::time::Duration;

use clap::{Args, Subcommand};
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::time::Timestamp;
use serde_json::json;

use super::failure::Failure;
use super::sign_in::Answer;
use super::{Context, naming, open, output};
use crate::app::access::assign::Giving;
use crate::app::caller::Caller;
use crate::model::access::{Assigned, RoleRef, Subject};
use crate::policy::hours::Hours;
use crate::policy::rights::{Action, ActionSet, RoleRights};
pub(super) use shown::{json_of, line_of};
use shown::{role_json, role_line};

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
    /// Give a role of your own another name or other rights; what is not named stays.
    Change(Change),
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
    Revoke(revoke::Revoke),
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
  farpane-directory role change Helpers --session view,control,clipboard-in
  farpane-directory role change Helpers --name 'Night helpers' --reach yes")]
pub(super) struct Change {
    /// Its name.
    role: String,
    /// Its new name.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Whether it lets people ask for sessions with devices.
    #[arg(long, value_name = "ANSWER")]
    reach: Option<Answer>,
    /// What it lets people do inside a session, instead of what it did.
    #[arg(long, value_name = "RIGHTS", value_delimiter = ',', value_parser = naming::scope)]
    session: Option<Vec<Scope>>,
    /// Whether it lets people in without asking, where the device allows that.
    #[arg(long, value_name = "ANSWER")]
    unattended: Option<Answer>,
    /// What it lets people see and change in the directory, instead of what it did.
    #[arg(long, value_name = "ACTIONS", value_delimiter = ',', value_parser = naming::action)]
    may: Option<Vec<Action>>,
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
            Self::Change(wish) => change(context, &caller, wish).await?,
            Self::Remove { name } => {
                let role = naming::role(&caller, &name).await?;
                let RoleRef::Own(id) = role.id else {
                    return Err(Failure::usage("a built-in role cannot be removed"));
                };
                caller.remove_role(id).await?;
                done(context, &role.name, "removed");
            }
            Self::Assign(wanted) => assign(context, &caller, wanted).await?,
            Self::Assignments => {
                let all = caller.assignments().await?;
                print(context, &caller, &all).await?;
            }
            Self::Revoke(wanted) => wanted.run(context, &caller).await?,
        }
        Ok(())
    }
}

async fn change(context: &Context, caller: &Caller, wish: Change) -> Result<(), Failure> {
    let role = naming::role(caller, &wish.role).await?;
    let RoleRef::Own(id) = role.id else {
        return Err(Failure::usage(
            "a built-in role cannot be changed; make one of your own with role create",
        ));
    };
    let was = role.rights;
    let yes = |answer: Option<Answer>, was| answer.map_or(was, |answer| answer == Answer::Yes);
    let rights = RoleRights {
        reach: yes(wish.reach, was.reach),
        unattended: yes(wish.unattended, was.unattended),
        scopes: wish
            .session
            .map_or(was.scopes, |named| ScopeSet::of(&named)),
        actions: wish.may.map_or(was.actions, |named| ActionSet::of(&named)),
    };
    let name = wish.name.unwrap_or(role.name);
    let role = caller.change_role(id, &name, rights).await?;
    if context.json {
        output::json(&role_json(&role));
    } else {
        output::line(&role_line(&role));
    }
    Ok(())
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
    let role = naming::role(caller, name).await?;
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
        role: naming::role(caller, &wanted.role).await?.name,
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
