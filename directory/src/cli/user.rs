//! `user`: invite people, see them, give them a new way in, and disable, enable, rename or remove
//! them.

use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use farpane_protocol::ids::{UserId, ViewerId};

use super::failure::Failure;
use super::pick::{Choice, Kind};
use super::{Context, naming, open, output};
use crate::app::caller::Caller;
use crate::app::passwords::Viewers;
use crate::config::DirectoryUrl;
use crate::console::moment::absolute;
use crate::model::Account;
use crate::secret::Secret;

const VIEWERS: Kind = Kind {
    one: "no viewer called",
    several: "viewers are called",
    list: "user show ADDRESS",
};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory user list
  farpane-directory user disable anna@example.org")]
pub(super) enum User {
    /// List people.
    #[command(after_help = "Example:
  farpane-directory user list --json")]
    List,
    /// Make an account for a new person and a link with which they choose their password.
    #[command(
        after_help = "The link works once, for 24 hours, and is printed here only. Give the \
person a role with farpane-directory role assign.

Example:
  farpane-directory user invite bo@example.org --name 'Bo Lie'"
    )]
    Invite {
        /// Their e-mail address.
        email: String,
        /// Their name; they can change it when they come in.
        #[arg(long, value_name = "NAME", default_value = "")]
        name: String,
    },
    /// Make a link with which a person chooses a new password.
    #[command(
        after_help = "Second factors stay. The link works once, for 24 hours, and is printed \
here only. Their viewers are removed and sign in again, unless you keep them.

Example:
  farpane-directory user reset anna@example.org"
    )]
    Reset {
        /// Their e-mail address.
        email: String,
        /// Leave their viewers signed in.
        #[arg(long)]
        keep_viewers: bool,
    },
    /// Take all second factors of a person away, who lost every one of them.
    #[command(
        after_help = "They are signed out of the console and come in with the password alone \
next time. Their viewers are removed, unless you keep them.

Example:
  farpane-directory user mfa-reset anna@example.org"
    )]
    MfaReset {
        /// Their e-mail address.
        email: String,
        /// Leave their viewers signed in.
        #[arg(long)]
        keep_viewers: bool,
    },
    /// Show one person: groups, roles, viewers.
    #[command(after_help = "Example:
  farpane-directory user show anna@example.org")]
    Show {
        /// Their e-mail address.
        email: String,
    },
    /// Give a person another name.
    #[command(after_help = "Example:
  farpane-directory user rename anna@example.org 'Anna Berg'")]
    Rename {
        /// Their e-mail address.
        email: String,
        /// The new name.
        name: String,
    },
    /// Disable a person: they are signed out and their sessions end.
    #[command(after_help = "Example:
  farpane-directory user disable anna@example.org")]
    Disable {
        /// Their e-mail address.
        email: String,
    },
    /// Enable a person again.
    #[command(after_help = "Example:
  farpane-directory user enable anna@example.org")]
    Enable {
        /// Their e-mail address.
        email: String,
    },
    /// Remove a person for good, with their roles and viewers.
    #[command(after_help = "Example:
  farpane-directory user remove anna@example.org
  farpane-directory user remove anna@example.org --erase")]
    Remove {
        /// Their e-mail address.
        email: String,
        /// Erase their name, addresses and reasons from beside the record, too.
        #[arg(long)]
        erase: bool,
    },
    /// Erase the name, addresses and reasons of a removed person from beside the record. What was
    /// done stays, and the record can still be verified.
    #[command(after_help = "Example:
  farpane-directory user erase 0199a0c0-0000-7000-8000-000000000000")]
    Erase {
        /// Their id, as records name it: `audit list --kind account_removed --json`.
        #[arg(value_parser = naming::id)]
        id: Uuid,
    },
    /// Remove one of a person's viewers.
    #[command(after_help = "Example:
  farpane-directory user remove-viewer anna@example.org annas-laptop")]
    RemoveViewer {
        /// Their e-mail address.
        email: String,
        /// The viewer's name or id, from `user show`.
        viewer: String,
    },
}

impl User {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::List => list(context, &caller).await,
            Self::Show { email } => show(context, &caller, &email).await,
            Self::Invite { email, name } => {
                let url = open::url(&caller.core, None).await?;
                let (_, secret) = caller.invite(&email, &name).await?;
                link(context, &email, &url, &secret);
                Ok(())
            }
            Self::Reset {
                email,
                keep_viewers,
            } => {
                let url = open::url(&caller.core, None).await?;
                let (_, secret) = caller.reset_link(&email, viewers(keep_viewers)).await?;
                link(context, &email, &url, &secret);
                Ok(())
            }
            Self::MfaReset {
                email,
                keep_viewers,
            } => {
                let changed = caller.reset_factors(&email, viewers(keep_viewers)).await?;
                let word = if changed {
                    "has no second factor now"
                } else {
                    "had no second factor"
                };
                done(context, &email, word, true);
                Ok(())
            }
            Self::Rename { email, name } => {
                let name = caller.rename_person(&email, &name).await?;
                done(context, &email, &format!("is now called {name}"), true);
                Ok(())
            }
            Self::Disable { email } => {
                let changed = caller.disable_person(&email).await?;
                done(context, &email, "disabled", changed);
                Ok(())
            }
            Self::Enable { email } => {
                let changed = caller.enable_person(&email).await?;
                done(context, &email, "enabled", changed);
                Ok(())
            }
            Self::Remove { email, erase } => {
                let person = caller.person(&email).await?;
                caller.remove_person(&email).await?;
                if erase {
                    caller.erase_person(person.id).await?;
                }
                let said = if erase {
                    "removed and erased"
                } else {
                    "removed"
                };
                done(context, &email, said, true);
                Ok(())
            }
            Self::Erase { id } => {
                let records = caller.erase_person(UserId(id)).await?;
                if context.json {
                    output::json(&serde_json::json!({ "person": id, "records": records }));
                } else {
                    output::line(&format!("{id} is erased from beside {records} records"));
                }
                Ok(())
            }
            Self::RemoveViewer { email, viewer } => {
                let viewer = viewer_named(&caller, &email, &viewer).await?;
                caller.remove_viewer(&email, viewer).await?;
                done(context, &email, "has one viewer fewer", true);
                Ok(())
            }
        }
    }
}

/// Prints a link, the only place where its secret appears.
const fn viewers(keep: bool) -> Viewers {
    if keep { Viewers::Keep } else { Viewers::Remove }
}

fn link(context: &Context, email: &str, url: &DirectoryUrl, secret: &Secret) {
    let link = format!("{url}/link/{}", secret.expose());
    if context.json {
        output::json(&json!({ "user": email, "link": link, "hours": 24 }));
    } else {
        output::remark(&format!(
            "Hand this link to {email} by a way that only they read. It works once, for 24 hours."
        ));
        output::line(&link);
    }
}

/// The viewer of that name or id among a person's.
async fn viewer_named(caller: &Caller, email: &str, typed: &str) -> Result<ViewerId, Failure> {
    let viewers = caller.person_whole(email).await?.viewers.into_iter();
    let choices = viewers.map(|viewer| Choice {
        id: viewer.id.0,
        about: format!("signed in {}", absolute(viewer.signed_in)),
        names: vec![viewer.name],
        thing: viewer.id,
    });
    VIEWERS.one(typed, choices)
}

fn done(context: &Context, email: &str, word: &str, changed: bool) {
    if context.json {
        output::json(&json!({ "user": email, "done": word, "changed": changed }));
    } else {
        let before = if changed { "" } else { " before" };
        output::line(&format!("{email} {word}{before}"));
    }
}

fn json_of(account: &Account) -> serde_json::Value {
    json!({
        "id": account.id,
        "email": account.email.as_str(),
        "name": account.name,
        "disabled": account.disabled,
    })
}

fn line_of(account: &Account) -> String {
    let state = if account.disabled.is_some() {
        "disabled"
    } else {
        "active"
    };
    format!("{}  {}  {state}", account.email, account.name)
}

async fn list(context: &Context, caller: &Caller) -> Result<(), Failure> {
    let people = caller.people().await?;
    if context.json {
        output::json(&people.iter().map(json_of).collect());
        return Ok(());
    }
    for person in people {
        output::line(&line_of(&person));
    }
    Ok(())
}

async fn show(context: &Context, caller: &Caller, email: &str) -> Result<(), Failure> {
    let person = caller.person_whole(email).await?;
    let names = caller.core.place_names().await?;
    let now = caller.core.clock.now();
    let roles = person.assignments.iter();
    let roles: Vec<_> = roles
        .map(|held| super::role::json_of(held, &names, now))
        .collect();
    if context.json {
        let mut all = json_of(&person.account);
        all["groups"] = person.groups.iter().map(|g| json!(g.name)).collect();
        all["assignments"] = roles.into();
        let viewers = person.viewers.iter().map(|viewer| {
            json!({
                "id": viewer.id,
                "name": viewer.name,
                "version": viewer.version,
                "signed_in": viewer.signed_in,
            })
        });
        all["viewers"] = viewers.collect();
        output::json(&all);
        return Ok(());
    }
    output::line(&line_of(&person.account));
    for group in &person.groups {
        output::line(&format!("in group {}", group.name));
    }
    for held in &person.assignments {
        output::line(&super::role::line_of(held, &names, now));
    }
    for viewer in &person.viewers {
        let (id, name, version) = (viewer.id, &viewer.name, &viewer.version);
        output::line(&format!("viewer {id}  {name}  {version}"));
    }
    Ok(())
}
