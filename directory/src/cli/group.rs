//! `group`: groups of people, who hold together what is given to the group.

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::{Context, open, output};
use crate::app::caller::Caller;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory group create 'Night shift'
  farpane-directory group add 'Night shift' anna@example.org")]
pub(super) enum Group {
    /// List groups.
    #[command(after_help = "Example:
  farpane-directory group list --json")]
    List,
    /// Show who is in a group.
    #[command(after_help = "Example:
  farpane-directory group show 'Night shift'")]
    Show {
        /// Its name.
        name: String,
    },
    /// Make a group.
    #[command(after_help = "Example:
  farpane-directory group create 'Night shift'")]
    Create {
        /// Its name.
        name: String,
    },
    /// Give a group another name.
    #[command(after_help = "Example:
  farpane-directory group rename 'Night shift' Nights")]
    Rename {
        /// Its name.
        name: String,
        /// Its new name.
        new: String,
    },
    /// Remove a group; its members lose what they held through it.
    #[command(after_help = "Example:
  farpane-directory group remove 'Night shift'")]
    Remove {
        /// Its name.
        name: String,
    },
    /// Put a person into a group.
    #[command(after_help = "Example:
  farpane-directory group add 'Night shift' anna@example.org")]
    Add {
        /// The group's name.
        name: String,
        /// The person's e-mail address.
        email: String,
    },
    /// Take a person out of a group.
    #[command(after_help = "Example:
  farpane-directory group drop 'Night shift' anna@example.org")]
    Drop {
        /// The group's name.
        name: String,
        /// The person's e-mail address.
        email: String,
    },
}

fn done(context: &Context, group: &str, word: &str) {
    if context.json {
        output::json(&json!({ "group": group, "done": word }));
    } else {
        output::line(&format!("{group}: {word}"));
    }
}

impl Group {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::List => {
                let groups = caller.groups().await?;
                if context.json {
                    let rows = groups.iter().map(|group| {
                        json!({ "id": group.id, "name": group.name, "members": group.members })
                    });
                    output::json(&rows.collect());
                } else {
                    for group in groups {
                        output::line(&format!("{}  {} people", group.name, group.members));
                    }
                }
            }
            Self::Show { name } => {
                let group = caller.group(&name).await?;
                let members = caller.members(group.id).await?;
                if context.json {
                    let rows = members.iter().map(|person| {
                        json!({ "id": person.id, "email": person.email.as_str(),
                                "name": person.name })
                    });
                    output::json(&json!({
                        "id": group.id,
                        "name": group.name,
                        "members": rows.collect::<Vec<_>>(),
                    }));
                } else {
                    for person in members {
                        output::line(&format!("{}  {}", person.email, person.name));
                    }
                }
            }
            Self::Create { name } => {
                let group = caller.make_group(&name).await?;
                done(context, &group.name, "made");
            }
            Self::Rename { name, new } => {
                let group = caller.group(&name).await?;
                let new = caller.rename_group(group.id, &new).await?;
                done(context, &new, "renamed");
            }
            Self::Remove { name } => {
                let group = caller.group(&name).await?;
                caller.remove_group(group.id).await?;
                done(context, &group.name, "removed");
            }
            Self::Add { name, email } => {
                let group = caller.group(&name).await?;
                let person = caller.person(&email).await?;
                let joined = caller.join_group(group.id, person.id).await?;
                let word = if joined {
                    "is in it"
                } else {
                    "was in it before"
                };
                done(context, &group.name, &format!("{email} {word}"));
            }
            Self::Drop { name, email } => {
                let group = caller.group(&name).await?;
                let person = caller.person(&email).await?;
                caller.leave_group(group.id, person.id).await?;
                done(context, &group.name, &format!("{email} is out of it"));
            }
        }
        Ok(())
    }
}
