//! `org`: the organisation of this directory, and others beside it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::failure::Failure;
use super::{Context, init, open, output};
use crate::app::caller::Caller;
use crate::model::text::Email;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory org list
  farpane-directory org rename 'Acme Managed Services'

Every other verb speaks of the first organisation, or of the one that --in names.")]
pub(super) enum Org {
    /// List the organisations of this directory.
    #[command(after_help = "Example:
  farpane-directory org list --json")]
    List,
    /// Show the organisation that other verbs speak of.
    #[command(after_help = "Example:
  farpane-directory org show")]
    Show,
    /// Give the organisation another name.
    #[command(after_help = "Examples:
  farpane-directory org rename 'Acme Managed Services'
  farpane-directory org rename Beta --in 'Beta IT'")]
    Rename {
        /// Its new name.
        new: String,
    },
    /// Found one more organisation, with people, devices and a record of its own.
    Add(Add),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  farpane-directory org add 'Beta IT' --admin bo@example.org --password-file pw")]
pub(super) struct Add {
    /// Its name.
    name: String,
    /// E-mail address of its first administrator.
    #[arg(long, value_name = "EMAIL", value_parser = init::email)]
    admin: Email,
    /// What the administrator is called.
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// File whose first line is the administrator's password.
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
}

impl Org {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        match self {
            Self::List => {
                let orgs = core.store.orgs().await?;
                if context.json {
                    let rows = orgs
                        .iter()
                        .map(|org| json!({ "id": org.id, "name": org.name }));
                    output::json(&rows.collect());
                } else {
                    for org in orgs {
                        output::line(&format!("{}  {}", org.id, org.name));
                    }
                }
            }
            Self::Show => say(context, &core.org.id.to_string(), &core.org.name),
            Self::Rename { new } => {
                let caller = Caller::operator(core);
                let name = caller.rename_organisation(&new).await?;
                say(context, &caller.core.org.id.to_string(), &name);
            }
            Self::Add(wish) => {
                let person = wish.person.as_deref();
                let password = init::password(&wish.password_file, &wish.admin, person)?;
                let named = (wish.name.as_str(), person);
                let founding = init::founding(named, wish.admin, password, &core.clock);
                if !core.found_another(&founding).await? {
                    return Err(Failure::failed(
                        "there is an organisation of that name, or somebody signs in with that \
                         address already; choose another one",
                    ));
                }
                say(context, &founding.org.id.to_string(), &founding.org.name);
            }
        }
        Ok(())
    }
}

fn say(context: &Context, id: &str, name: &str) {
    if context.json {
        output::json(&json!({ "id": id, "name": name }));
    } else {
        output::line(&format!("{id}  {name}"));
    }
}
