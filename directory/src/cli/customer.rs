//! `customer`: the customers of the organisation.

use clap::Subcommand;
use farpane_protocol::ids::TenantId;
use serde_json::json;

use super::failure::Failure;
use super::{Context, naming, open, output};
use crate::app::caller::Caller;
use crate::policy::rights::Place;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory customer list
  farpane-directory customer add 'Oslo Shops'")]
pub(super) enum Customer {
    /// List customers.
    #[command(after_help = "Example:
  farpane-directory customer list --json")]
    List,
    /// Add a customer.
    #[command(after_help = "Example:
  farpane-directory customer add 'Oslo Shops'")]
    Add {
        /// Its name.
        name: String,
    },
    /// Give a customer another name.
    #[command(after_help = "Example:
  farpane-directory customer rename 'Oslo Shops' 'Oslo Stores'")]
    Rename {
        /// Its name.
        name: String,
        /// Its new name.
        new: String,
    },
    /// Remove a customer that has nothing any more.
    #[command(after_help = "Example:
  farpane-directory customer remove 'Oslo Shops'")]
    Remove {
        /// Its name.
        name: String,
    },
}

/// The customer of that name.
async fn named(caller: &Caller, name: &str) -> Result<TenantId, Failure> {
    match naming::place(&caller.core, Some(name)).await? {
        Place::Tenant(tenant) => Ok(tenant),
        Place::Org | Place::Node(_) => {
            Err(Failure::usage("name a customer, not a place below one"))
        }
    }
}

fn done(context: &Context, id: TenantId, name: &str, word: &str) {
    if context.json {
        output::json(&json!({ "id": id, "customer": name, "done": word }));
    } else {
        output::line(&format!("{name} {word}"));
    }
}

impl Customer {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::List => list(context, &caller).await?,
            Self::Add { name } => {
                let tenant = caller.add_tenant(&name).await?;
                done(context, tenant.id, &tenant.name, "added");
            }
            Self::Rename { name, new } => {
                let id = named(&caller, &name).await?;
                caller.rename_tenant(id, &new).await?;
                done(context, id, &new, "renamed");
            }
            Self::Remove { name } => {
                let id = named(&caller, &name).await?;
                caller.remove_tenant(id).await?;
                done(context, id, &name, "removed");
            }
        }
        Ok(())
    }
}

async fn list(context: &Context, caller: &Caller) -> Result<(), Failure> {
    let (tree, seen) = caller.places().await?;
    let mut rows = Vec::new();
    for seen in &seen {
        let Some(tenant) = tree.tenant(seen.tenant) else {
            continue;
        };
        let devices = seen.tally.map_or(0, |tally| tally.devices);
        if context.json {
            rows.push(
                json!({ "id": tenant.id, "name": tenant.name, "devices": devices,
                              "places": seen.places.len() }),
            );
        } else {
            let (name, places) = (&tenant.name, seen.places.len());
            output::line(&format!("{name}  {devices} devices  {places} places"));
        }
    }
    if context.json {
        output::json(&rows.into());
    }
    Ok(())
}
