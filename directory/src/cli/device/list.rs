//! `device list` and `device show`.

use clap::Args;
use farpane_protocol::time::Timestamp;
use serde_json::json;

use super::named;
use crate::app::caller::Caller;
use crate::app::find::Ask;
use crate::cli::failure::Failure;
use crate::cli::{Context, output};
use crate::model::catalogue::{Listed, PAGE_MOST, Sort};
use crate::model::place::Tree;
use crate::model::query::Standing;
use crate::policy::span_in_words;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory device list
  farpane-directory device list --query till
  farpane-directory device list --query 'os:windows site:\"Oslo\" online:no heard:>7d tag:till'
  farpane-directory device list --sort -heard --json")]
pub(in crate::cli) struct List {
    /// Only those that this search finds.
    #[arg(long, value_name = "SEARCH", default_value = "", alias = "search")]
    query: String,
    /// By name, customer, os, heard, created or version; with - before it, the greatest first.
    #[arg(long, value_name = "ORDER", default_value = "name", value_parser = sort,
          allow_hyphen_values = true)]
    sort: Sort,
    /// At most so many.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

pub(super) fn sort(text: &str) -> Result<Sort, String> {
    Sort::parse(text).ok_or_else(|| {
        "expected name, customer, os, heard, created or version, with - before it for the \
         greatest first"
            .into()
    })
}

impl List {
    pub(super) async fn run(self, context: &Context, caller: &Caller) -> Result<(), Failure> {
        let mut ask = Ask {
            query: self.query,
            sort: self.sort,
            limit: PAGE_MOST,
            ..Ask::default()
        };
        let mut rows = Vec::new();
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut none = true;
        while left > 0 {
            let found = caller.find(&ask).await?;
            for device in found.devices.iter().take(left) {
                none = false;
                if context.json {
                    rows.push(as_json(device, &found.tree));
                } else {
                    output::line(&in_words(device, &found.tree, found.time));
                }
            }
            left = left.saturating_sub(found.devices.len());
            ask.cursor = found.next;
            if ask.cursor.is_none() {
                break;
            }
        }
        if context.json {
            output::json(&serde_json::Value::Array(rows));
        } else if none && ask.query.is_empty() {
            let hint = context.hint("ticket device");
            output::remark(&format!("No devices. Make a ticket with: {hint}"));
        } else if none {
            output::remark("No device is found by this search.");
        }
        Ok(())
    }
}

/// What scripts read of a device.
fn as_json(device: &Listed, tree: &Tree) -> serde_json::Value {
    let tenant = tree.tenant(device.spot.tenant).map(|tenant| &tenant.name);
    json!({
        "id": device.id,
        "name": device.name,
        "tenant": tenant,
        "place": tree.names(device.spot),
        "os": device.os,
        "version": device.version,
        "serial": device.serial,
        "person": device.person,
        "address": device.address,
        "approval": device.standing.word(),
        "unattended": device.unattended,
        "key": device.key.map(|key| key.fingerprint()),
        "tags": device.tags,
        "online": device.present,
        "created": device.created,
        "last_heard": device.last_heard,
    })
}

fn heard(device: &Listed, now: Timestamp) -> String {
    match (device.standing, device.present, device.last_heard) {
        (Standing::Expected, ..) => "not enrolled yet".into(),
        (Standing::Pending, ..) => "waits for approval".into(),
        (Standing::Approved, true, _) => "reachable".into(),
        (Standing::Approved, false, None) => "never heard".into(),
        (Standing::Approved, false, Some(at)) => {
            format!("heard {} ago", span_in_words(now.since(at).as_secs()))
        }
    }
}

fn in_words(device: &Listed, tree: &Tree, now: Timestamp) -> String {
    let spot = named::spot_in_words(tree, device.spot);
    let mut line = format!(
        "{}  {}  {spot}  {}  {}",
        device.id,
        device.name,
        device.os,
        heard(device, now)
    );
    if !device.tags.is_empty() {
        line.push_str(&format!("  [{}]", device.tags.join(", ")));
    }
    line
}

/// Shows one device.
pub(super) async fn show(context: &Context, caller: &Caller, device: &str) -> Result<(), Failure> {
    let device = named::device(caller, device).await?;
    let (device, tree) = caller.listed(device.id).await?;
    let store = &caller.core.store;
    let fields = store.field_values(caller.core.org.id, device.num).await?;
    let now = caller.core.clock.now();
    let strip = store
        .heard_hours(caller.core.org.id, device.id, now)
        .await?;
    let days = strip.map(|strip| strip.days()).unwrap_or_default();
    if context.json {
        let mut shown = as_json(&device, &tree);
        let values = fields
            .iter()
            .map(|(key, _, value)| (key.clone(), json!(value)));
        shown["fields"] = serde_json::Value::Object(values.collect());
        shown["hours_heard_by_day"] = json!(days);
        output::json(&shown);
        return Ok(());
    }
    let key = device.key.map(|key| key.fingerprint().to_string());
    let yes_or_no = if device.unattended { "yes" } else { "no" };
    let mut lines = vec![
        ("id", device.id.to_string()),
        ("name", device.name.clone()),
        ("stands in", named::spot_in_words(&tree, device.spot)),
        ("state", heard(&device, now)),
        ("system", device.os.clone()),
        ("version", device.version.clone()),
        ("serial number", device.serial.clone()),
        ("person", device.person.clone()),
        ("address", device.address.clone()),
        ("key", key.unwrap_or_default()),
        ("unattended", yes_or_no.to_owned()),
        ("tags", device.tags.join(", ")),
    ];
    let hours: u32 = days.iter().map(|hours| u32::from(*hours)).sum();
    lines.push(("heard", format!("in {hours} hours of the last 30 days")));
    for (name, value) in lines {
        if !value.is_empty() {
            output::line(&format!("{name:14} {value}"));
        }
    }
    for (_, label, value) in fields {
        output::line(&format!("{label:14} {value}"));
    }
    Ok(())
}
