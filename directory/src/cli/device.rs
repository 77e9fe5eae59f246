//! `device`: see and change devices.

use clap::Subcommand;
use farpane_protocol::api::Approval;
use farpane_protocol::ids::DeviceId;

use super::failure::Failure;
use super::{Context, open, output, waiting};
use crate::app::caller::Caller;
use crate::audit::Actor;
use crate::policy::span_in_words;

/// Devices that are read at once while a list is printed.
const AT_ONCE: u32 = 1000;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory device list
  farpane-directory device approve 0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88")]
pub(super) enum Device {
    /// List devices, in order of name.
    #[command(after_help = "Example:
  farpane-directory device list --search till")]
    List {
        /// Only those whose name, system or customer contains this.
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
    },
    /// Let devices be used that wait for approval.
    #[command(after_help = "Examples:
  farpane-directory device approve 0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88
  farpane-directory device approve --all")]
    Approve(waiting::Which),
    /// Turn away devices that wait for approval: their keys are worth nothing.
    #[command(after_help = "Example:
  farpane-directory device refuse 0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88")]
    Refuse(waiting::Which),
    /// List the devices that wait for approval, oldest first.
    #[command(after_help = "Example:
  farpane-directory device waiting --json")]
    Waiting,
    /// Print what a device says about its machine.
    #[command(after_help = "Example:
  farpane-directory device inventory 0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88 --json")]
    Inventory {
        /// Its id.
        id: DeviceId,
    },
    /// Give a device another name.
    #[command(after_help = "Example:
  farpane-directory device rename 0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88 'Till 7'")]
    Rename {
        /// Its id.
        id: DeviceId,
        /// The new name.
        name: String,
    },
    /// Remove a device: its session ends, its key is worth nothing any more.
    #[command(after_help = "Example:
  farpane-directory device remove 0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88")]
    Remove {
        /// Its id.
        id: DeviceId,
    },
}

impl Device {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        match self {
            Self::List { search } => list(context, &core, &search).await,
            Self::Approve(which) => waiting::approve(context, &Caller::operator(core), which).await,
            Self::Refuse(which) => waiting::refuse(context, &Caller::operator(core), which).await,
            Self::Waiting => waiting::list(context, &Caller::operator(core)).await,
            Self::Inventory { id } => {
                waiting::inventory(context, &Caller::operator(core), id).await
            }
            Self::Rename { id, name } => {
                let name = core.rename_device(id, &name, Actor::Operator).await?;
                say(context, id, &format!("is now called {name}"));
                Ok(())
            }
            Self::Remove { id } => {
                core.remove_device(id, Actor::Operator).await?;
                say(context, id, "removed");
                Ok(())
            }
        }
    }
}

fn say(context: &Context, id: DeviceId, done: &str) {
    if context.json {
        output::json(&serde_json::json!({ "device": id, "done": done }));
    } else {
        output::line(&format!("{id} {done}"));
    }
}

async fn list(context: &Context, core: &crate::app::Core, search: &str) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut offset = 0;
    loop {
        let page = core
            .store
            .devices(core.org.id, search, None, offset, AT_ONCE);
        let page = page.await?;
        offset += AT_ONCE;
        let last = page.devices.len() < AT_ONCE as usize;
        rows.extend(page.devices);
        if last {
            break;
        }
    }
    if context.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|device| {
                serde_json::json!({
                    "id": device.id,
                    "name": device.name,
                    "tenant": device.tenant_name,
                    "os": device.os,
                    "version": device.version,
                    "approval": device.approval,
                    "unattended": device.unattended,
                    "key": device.key.fingerprint(),
                    "last_heard": device.last_heard,
                })
            })
            .collect();
        output::json(&serde_json::Value::Array(rows));
        return Ok(());
    }
    if rows.is_empty() {
        let hint = context.hint("ticket device");
        output::remark(&format!("No devices. Make a ticket with: {hint}"));
    }
    let now = core.clock.now();
    for device in rows {
        let heard = match (device.approval, device.last_heard) {
            (Approval::Pending, _) => "waits for approval".into(),
            (Approval::Approved, None) => "never heard".into(),
            (Approval::Approved, Some(at)) => {
                format!("heard {} ago", span_in_words(now.since(at).as_secs()))
            }
        };
        output::line(&format!(
            "{}  {}  {}  {}  {heard}",
            device.id, device.name, device.tenant_name, device.os
        ));
    }
    Ok(())
}
