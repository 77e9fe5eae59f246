//! Parts of `device`: the queue of waiting devices, and what a device says about itself.

use clap::Args;
use farpane_protocol::ids::DeviceId;

use super::failure::Failure;
use super::pick::{Choice, Kind};
use super::{Context, output};
use crate::app::caller::Caller;
use crate::policy::span_in_words;

const WAITING: Kind = Kind {
    one: "no waiting device called",
    several: "waiting devices are called",
    list: "device waiting",
};

/// Which waiting devices.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Their ids or fingerprints; to refuse, names do as well.
    #[arg(value_name = "DEVICE", required_unless_present = "all")]
    devices: Vec<String>,
    /// Every device that waits.
    #[arg(long, conflicts_with = "devices")]
    all: bool,
}

impl Which {
    /// Those that are meant. By name only where that is asked for: a device chooses its own.
    async fn ids(self, caller: &Caller, by_name: bool) -> Result<Vec<DeviceId>, Failure> {
        let waiting = caller.waiting().await?;
        if self.all {
            return Ok(waiting.iter().map(|waiting| waiting.device.id).collect());
        }
        let mut ids = Vec::with_capacity(self.devices.len());
        for typed in self.devices {
            if let Ok(id) = typed.parse() {
                ids.push(id);
                continue;
            }
            let of_key = |typed: &str| {
                let mut waiting = waiting.iter();
                waiting.find(|waiting| waiting.device.key.fingerprint().to_string() == typed)
            };
            if let Some(found) = of_key(&typed) {
                ids.push(found.device.id);
                continue;
            }
            if !by_name {
                return Err(Failure::usage(format!(
                    "{typed} is not the id or fingerprint of a waiting device; \
                     `farpane-directory device waiting` shows both, and the device shows its \
                     fingerprint, too"
                )));
            }
            // The fingerprint tells twins apart: the device shows it, too.
            let choices = waiting.iter().map(|waiting| Choice {
                id: waiting.device.id.0,
                names: vec![waiting.device.name.clone()],
                about: waiting.device.key.fingerprint().to_string(),
                thing: waiting.device.id,
            });
            ids.push(WAITING.one(&typed, choices)?);
        }
        Ok(ids)
    }
}

fn say(context: &Context, id: DeviceId, done: &str) {
    if context.json {
        output::json(&serde_json::json!({ "device": id, "done": done }));
    } else {
        output::line(&format!("{id} {done}"));
    }
}

/// Lets devices in.
pub(super) async fn approve(
    context: &Context,
    caller: &Caller,
    which: Which,
) -> Result<(), Failure> {
    for id in which.ids(caller, false).await? {
        let changed = caller.core.approve_device(id, caller.actor()).await?;
        let done = if changed {
            "approved"
        } else {
            "was approved before"
        };
        say(context, id, done);
    }
    Ok(())
}

/// Turns devices away.
pub(super) async fn refuse(
    context: &Context,
    caller: &Caller,
    which: Which,
) -> Result<(), Failure> {
    for id in which.ids(caller, true).await? {
        let decided = caller.decide(&[], &[id]).await?;
        let done = if decided.refused == 1 {
            "refused"
        } else {
            "does not wait"
        };
        say(context, id, done);
    }
    Ok(())
}

/// Lists devices that wait.
pub(super) async fn list(context: &Context, caller: &Caller) -> Result<(), Failure> {
    let waiting = caller.waiting().await?;
    if context.json {
        let rows: Vec<_> = waiting
            .iter()
            .map(|waiting| {
                let device = &waiting.device;
                serde_json::json!({
                    "id": device.id,
                    "name": device.name,
                    "customer": device.tenant_name,
                    "os": device.os,
                    "version": device.version,
                    "fingerprint": device.key.fingerprint(),
                    "address": waiting.enrolment.as_ref().map(|came| &came.address),
                    "note": waiting.note,
                    "same_name": waiting.same_name,
                    "since": device.created,
                })
            })
            .collect();
        output::json(&serde_json::Value::Array(rows));
        return Ok(());
    }
    if waiting.is_empty() {
        output::remark("No device waits.");
    }
    let now = caller.core.clock.now();
    for waiting in waiting {
        let device = waiting.device;
        let address = waiting.enrolment.map(|came| came.address);
        let since = span_in_words(now.since(device.created).as_secs());
        let twin = match waiting.same_name {
            0 => "",
            1.. => "  ANOTHER DEVICE HAS THIS NAME",
        };
        output::line(&format!(
            "{}  {}  {}  {}  from {}  {}  waits since {since}{twin}",
            device.id,
            device.name,
            device.tenant_name,
            device.os,
            address.unwrap_or_else(|| "an unknown address".into()),
            device.key.fingerprint(),
        ));
    }
    Ok(())
}

/// Prints what a device says about its machine.
pub(super) async fn inventory(
    context: &Context,
    caller: &Caller,
    id: DeviceId,
) -> Result<(), Failure> {
    let machine = caller.machine(id).await?;
    let Some(kept) = machine.kept else {
        if context.json {
            output::line("null");
        } else {
            output::remark("The device has said nothing about its machine yet.");
        }
        return Ok(());
    };
    if context.json {
        let value = serde_json::to_value(&kept.inventory).unwrap_or_default();
        output::json(&value);
        return Ok(());
    }
    let facts = crate::model::fact::facts(&kept.inventory);
    for fact in &facts {
        output::line(&format!("{:12} {}", fact.key.word(), fact.shown));
    }
    for test in &kept.inventory.self_test {
        output::line(&format!("{:12} {}", test.check.word(), test.sentence));
    }
    for program in &kept.inventory.software {
        output::line(&format!(
            "software     {} {}",
            program.name, program.version
        ));
    }
    Ok(())
}
