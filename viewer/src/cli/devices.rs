//! `farpane-viewer devices`.

use anyhow::Result;
use farpane_media::paint::printable;
use farpane_protocol::api::{Access, DeviceList, DeviceRow, path};
use farpane_protocol::outcome::Outcome;
use farpane_protocol::time::Timestamp;
use farpane_transport::directory::Agent;

use super::{Devices, block_on, result};
use crate::account::Home;
use crate::failure::Failure;
use crate::row;

/// Widest column of the table in characters.
const COLUMN: usize = 40;

pub(super) fn run(home: &Home, devices: &Devices) -> Result<Outcome> {
    let agent = home.signed_in()?.agent()?;
    let search = devices.search.as_deref().unwrap_or_default();
    let list = block_on(async { Ok(list(&agent, search).await?) })?;
    if devices.json {
        result(&serde_json::to_string(&list.devices)?);
        return Ok(Outcome::Done);
    }
    for line in table(&list.devices, list.time) {
        result(&line);
    }
    let shown = list.devices.len() as u64;
    if shown < list.total {
        result(&format!(
            "{shown} of {} devices; add a word to search for.",
            list.total
        ));
    } else if shown == 0 {
        result(&none(search));
    }
    Ok(Outcome::Done)
}

/// The devices that match.
pub(super) async fn list(agent: &Agent, search: &str) -> Result<DeviceList, Failure> {
    let query: &[(&str, &str)] = if search.is_empty() {
        &[]
    } else {
        &[("q", search)]
    };
    Ok(agent.get(path::DEVICES, query).await?)
}

fn none(search: &str) -> String {
    if search.is_empty() {
        "No devices yet. On the directory's server: farpane-directory ticket device; \
         then on the device: farpane-host enroll TICKET"
            .to_owned()
    } else {
        format!("No device matches \"{search}\".")
    }
}

fn table(devices: &[DeviceRow], now: Timestamp) -> Vec<String> {
    let cut = |text: &str| {
        let text = printable(text);
        match text.char_indices().nth(COLUMN) {
            Some((at, _)) => format!("{}…", text[..at].trim_end()),
            None => text.into_owned(),
        }
    };
    let mut cells = vec![["NAME", "CUSTOMER", "SYSTEM", "STATE", "ACCESS"].map(str::to_owned)];
    cells.truncate(usize::from(!devices.is_empty()));
    cells.extend(devices.iter().map(|device| {
        [
            cut(&device.name),
            cut(&device.tenant),
            cut(&device.os),
            row::state(device, now).to_string(),
            access(device),
        ]
    }));
    let widths: Vec<usize> = (0..5)
        .map(|column| {
            cells
                .iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |row: &[String; 5]| {
        let padded = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    cells.iter().map(line).collect()
}

fn access(device: &DeviceRow) -> String {
    match device.access {
        Access::Ask => "asks the person".to_owned(),
        Access::Unattended => "asks nobody".to_owned(),
        Access::Impossible => printable(&row::why_not(device)).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::api::DeviceState;

    use super::*;

    fn device(name: &str) -> DeviceRow {
        DeviceRow {
            id: "00000000-0000-0000-0000-000000000001"
                .parse()
                .expect("an id"),
            name: name.into(),
            tenant: "Oslo Shops".into(),
            os: "Debian 12".into(),
            state: DeviceState::Reachable,
            last_heard: None,
            access: Access::Ask,
            why: None,
        }
    }

    #[test]
    fn columns_line_up_and_hostile_names_stay_in_theirs() {
        let devices = [device("till"), device(&"x\n\u{1b}[31m".repeat(60))];
        let lines = table(&devices, Timestamp(0));
        assert_eq!(lines.len(), 3);
        let column = lines[0].find("CUSTOMER").expect("a heading");
        for line in &lines {
            assert!(!line.chars().any(char::is_control));
            assert_ne!(line.chars().nth(column), Some(' '), "{line}");
        }
    }

    #[test]
    fn an_empty_list_says_how_to_enrol_and_an_empty_search_does_not() {
        assert!(table(&[], Timestamp(0)).is_empty());
        assert!(none("").contains("farpane-host enroll"));
        assert!(none("till").contains("till"));
    }
}
