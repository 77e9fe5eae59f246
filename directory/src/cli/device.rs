//! `device`: find, see and change devices.

mod act;
mod list;
pub(super) mod named;
mod table;

use clap::Subcommand;
use uuid::Uuid;

use super::failure::Failure;
use super::{Context, naming, open, waiting};
use crate::app::caller::Caller;
use crate::model::bulk::Act;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory device list
  farpane-directory device list --query 'os:windows online:no heard:>7d'
  farpane-directory device show till-07
  farpane-directory device import devices.csv --create-customers

A device is named by its id, or by its name where only one has it.")]
pub(super) enum Device {
    /// List devices.
    List(list::List),
    /// Show everything about a device.
    #[command(after_help = "Example:
  farpane-directory device show till-07")]
    Show {
        /// Its id or name.
        device: String,
    },
    /// Let devices be used that wait for approval.
    #[command(after_help = "Examples:
  farpane-directory device approve SHA256:9fK2xTq...
  farpane-directory device approve --all")]
    Approve(waiting::Which),
    /// Turn away devices that wait for approval: their keys are worth nothing.
    #[command(after_help = "Example:
  farpane-directory device refuse till-07")]
    Refuse(waiting::Which),
    /// List the devices that wait for approval, oldest first.
    #[command(after_help = "Example:
  farpane-directory device waiting --json")]
    Waiting,
    /// Print what a device says about its machine.
    #[command(after_help = "Example:
  farpane-directory device inventory till-07 --json")]
    Inventory {
        /// Its id or name.
        device: String,
    },
    /// Give a device another name.
    #[command(after_help = "Example:
  farpane-directory device rename till-07 'Till 7'")]
    Rename {
        /// Its id or name.
        device: String,
        /// The new name.
        name: String,
    },
    /// Put a device elsewhere: at a customer, in a site or group.
    #[command(after_help = "Example:
  farpane-directory device move till-07 'Oslo Shops / Harbour / Tills'")]
    Move {
        /// Its id or name.
        device: String,
        /// Where to: the customer, then sites and groups, with / between them.
        to: String,
    },
    /// Give a device a tag.
    #[command(after_help = "Example:
  farpane-directory device tag till-07 'needs paper'")]
    Tag {
        /// Its id or name.
        device: String,
        /// The tag.
        tag: String,
    },
    /// Take a tag off a device.
    #[command(after_help = "Example:
  farpane-directory device untag till-07 'needs paper'")]
    Untag {
        /// Its id or name.
        device: String,
        /// The tag.
        tag: String,
    },
    /// Fill in a custom field of a device, or empty it.
    #[command(after_help = "Examples:
  farpane-directory device set till-07 warranty 2027-03-31
  farpane-directory device set till-07 warranty")]
    Set {
        /// Its id or name.
        device: String,
        /// Key of the field.
        field: String,
        /// The value; none empties it.
        value: Option<String>,
    },
    /// Remove a device: its session ends, its key works nowhere any more.
    #[command(after_help = "Example:
  farpane-directory device remove till-07

For ten minutes it can be brought back: farpane-directory device undo ID")]
    Remove {
        /// Its id or name.
        device: String,
    },
    /// Undo a change that `move`, `tag`, `untag`, `set` or `remove` made.
    #[command(after_help = "Example:
  farpane-directory device undo 0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88")]
    Undo {
        /// The number that the change printed.
        #[arg(value_parser = naming::id)]
        change: Uuid,
    },
    /// Write devices from a CSV file into the catalogue before they enrol.
    Import(table::Import),
    /// Write the devices of a search into a CSV file.
    Export(table::Export),
}

impl Device {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::List(list) => list.run(context, &caller).await,
            Self::Show { device } => list::show(context, &caller, &device).await,
            Self::Approve(which) => waiting::approve(context, &caller, which).await,
            Self::Refuse(which) => waiting::refuse(context, &caller, which).await,
            Self::Waiting => waiting::list(context, &caller).await,
            Self::Inventory { device } => {
                let device = named::device(&caller, &device).await?;
                waiting::inventory(context, &caller, device.id).await
            }
            Self::Rename { device, name } => act::rename(context, &caller, &device, &name).await,
            Self::Move { device, to } => act::put(context, &caller, &device, &to).await,
            Self::Tag { device, tag } => {
                act::one(context, &caller, &device, Act::Tag { tag }).await
            }
            Self::Untag { device, tag } => {
                act::one(context, &caller, &device, Act::Untag { tag }).await
            }
            Self::Set {
                device,
                field,
                value,
            } => act::one(context, &caller, &device, Act::SetField { field, value }).await,
            Self::Remove { device } => act::one(context, &caller, &device, Act::Remove).await,
            Self::Undo { change } => act::undo(context, &caller, change).await,
            Self::Import(import) => import.run(context, &caller).await,
            Self::Export(export) => export.run(caller).await,
        }
    }
}
