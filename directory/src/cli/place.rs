//! `place`: sites and groups below customers.

use clap::Subcommand;
use farpane_protocol::ids::PlaceId;
use serde_json::json;

use super::device::named::{spot, spot_in_words};
use super::failure::Failure;
use super::{Context, open, output};
use crate::app::caller::Caller;
use crate::model::place::{PlaceKind, Spot};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory place list 'Oslo Shops'
  farpane-directory place add 'Oslo Shops / Harbour'
  farpane-directory place add 'Oslo Shops / Harbour / Tills' --group

A place is named by its path: the customer, then sites and groups, with / between them.")]
pub(super) enum Place {
    /// List customers with their sites and groups.
    #[command(after_help = "Examples:
  farpane-directory place list
  farpane-directory place list 'Oslo Shops' --json")]
    List {
        /// Of this customer only.
        customer: Option<String>,
    },
    /// Add a site or group.
    #[command(after_help = "Examples:
  farpane-directory place add 'Oslo Shops / Harbour'
  farpane-directory place add 'Oslo Shops / Harbour / Tills' --group")]
    Add {
        /// Its path; all but the last must be there.
        path: String,
        /// A group, not a site.
        #[arg(long)]
        group: bool,
    },
    /// Give a site or group another name.
    #[command(after_help = "Example:
  farpane-directory place rename 'Oslo Shops / Harbour' Quay")]
    Rename {
        /// Its path.
        path: String,
        /// Its new name.
        new: String,
    },
    /// Put a site or group, with all in it, elsewhere at the same customer.
    #[command(after_help = "Example:
  farpane-directory place move 'Oslo Shops / Tills' 'Oslo Shops / Harbour'")]
    Move {
        /// Its path.
        path: String,
        /// Path of the place to put it in, or the customer alone.
        into: String,
    },
    /// Remove a site or group.
    #[command(after_help = "Examples:
  farpane-directory place remove 'Oslo Shops / Harbour'
  farpane-directory place remove 'Oslo Shops / Harbour' --devices-to 'Oslo Shops'")]
    Remove {
        /// Its path.
        path: String,
        /// Where the devices in it go, with all below it; nothing may be in it otherwise.
        #[arg(long, value_name = "PATH")]
        devices_to: Option<String>,
    },
}

/// The site or group of that path.
async fn found(caller: &Caller, path: &str) -> Result<(PlaceId, Spot), Failure> {
    let at = spot(&*caller.tree().await?, path)?;
    let place = at.place.ok_or_else(|| {
        Failure::usage("name a site or group: the customer, then places, with / between them")
    })?;
    Ok((place, at))
}

async fn done(context: &Context, caller: &Caller, id: PlaceId, word: &str) -> Result<(), Failure> {
    let tree = caller.tree().await?;
    let path = tree.place(id).map_or_else(String::new, |place| {
        let at = Spot {
            tenant: place.tenant,
            place: Some(id),
        };
        spot_in_words(&tree, at)
    });
    say(context, id, &path, word);
    Ok(())
}

fn say(context: &Context, id: PlaceId, path: &str, word: &str) {
    if context.json {
        output::json(&json!({ "id": id, "place": path, "done": word }));
    } else {
        output::line(&format!("{path} {word}"));
    }
}

impl Place {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::List { customer } => list(context, &caller, customer.as_deref()).await,
            Self::Add { path, group } => {
                let (above, name) = path.rsplit_once('/').ok_or_else(|| {
                    Failure::usage("name the customer first, as in 'Oslo Shops / Harbour'")
                })?;
                let at = spot(&*caller.tree().await?, above)?;
                let kind = if group {
                    PlaceKind::Group
                } else {
                    PlaceKind::Site
                };
                let place = caller.add_place(at, kind, name).await?;
                done(context, &caller, place.id, "added").await
            }
            Self::Rename { path, new } => {
                let (id, _) = found(&caller, &path).await?;
                caller.rename_place(id, &new).await?;
                done(context, &caller, id, "renamed").await
            }
            Self::Move { path, into } => {
                let (id, at) = found(&caller, &path).await?;
                let to = spot(&*caller.tree().await?, &into)?;
                if to.tenant != at.tenant {
                    return Err(Failure::usage(
                        "a place stays with its customer; move its devices with device move",
                    ));
                }
                caller.move_place(id, to.place).await?;
                done(context, &caller, id, "moved").await
            }
            Self::Remove { path, devices_to } => {
                let (id, _) = found(&caller, &path).await?;
                let to = match devices_to {
                    Some(to) => Some(spot(&*caller.tree().await?, &to)?),
                    None => None,
                };
                caller.remove_place(id, to).await?;
                say(context, id, &path, "removed");
                Ok(())
            }
        }
    }
}

async fn list(context: &Context, caller: &Caller, customer: Option<&str>) -> Result<(), Failure> {
    let (tree, seen) = caller.places().await?;
    let only = match customer {
        Some(customer) => Some(spot(&tree, customer)?.tenant),
        None => None,
    };
    let mut rows = Vec::new();
    for seen in seen
        .iter()
        .filter(|seen| only.is_none_or(|only| seen.tenant == only))
    {
        let customer = spot_in_words(&tree, Spot::at(seen.tenant));
        if context.json {
            rows.push(json!({ "id": seen.tenant, "path": customer, "kind": "customer" }));
        } else {
            output::line(&customer);
        }
        for place in seen.places.iter().filter_map(|id| tree.place(*id)) {
            let at = Spot {
                tenant: place.tenant,
                place: Some(place.id),
            };
            let path = spot_in_words(&tree, at);
            if context.json {
                rows.push(json!({ "id": place.id, "path": path, "kind": place.kind }));
            } else {
                output::line(&path);
            }
        }
    }
    if context.json {
        output::json(&rows.into());
    }
    Ok(())
}
