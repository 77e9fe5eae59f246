//! What the start window knows, without drawing: the list in its order, the selection, and what
//! there is to say.

use std::collections::HashMap;
use std::time::Instant;

use farpane_media::paint::printable;
use farpane_protocol::api::{Access, DeviceList, DeviceRow};
use farpane_protocol::ids::DeviceId;
use farpane_protocol::time::Timestamp;

use crate::recent::RecentDevice;
use crate::row;

/// One device, ready to be drawn. Its texts come from other machines and are made printable here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which device.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// Customer and system.
    pub details: String,
    /// Whether it is there.
    pub state: row::State,
    /// How it may be reached.
    pub access: Access,
    /// The same in words.
    pub access_words: String,
    /// Whether it was connected to lately.
    pub recent: bool,
}

/// The devices as they are shown.
#[derive(Debug, Default)]
pub struct Devices {
    entries: Vec<Entry>,
    total: u64,
    /// When the list came; absent before the first.
    heard: Option<Instant>,
    selected: Option<DeviceId>,
}

impl Devices {
    /// Takes in a list: recent ones first, the others in the directory's order. The selection
    /// stays on its device, or goes to the first.
    pub fn take(&mut self, list: &DeviceList, recent: &[RecentDevice], now: Instant) {
        let order: HashMap<_, _> = recent
            .iter()
            .enumerate()
            .map(|(at, device)| (device.id, at))
            .collect();
        let mut rows: Vec<_> = list.devices.iter().collect();
        rows.sort_by_key(|device| order.get(&device.id).copied().unwrap_or(usize::MAX));
        self.entries = rows
            .into_iter()
            .map(|device| entry(device, order.contains_key(&device.id), list.time))
            .collect();
        self.total = list.total.max(self.entries.len() as u64);
        self.heard = Some(now);
        if self.selected_index().is_none() {
            self.selected = self.entries.first().map(|entry| entry.id);
        }
    }

    /// The rows.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// When the list came; absent before the first.
    pub fn heard(&self) -> Option<Instant> {
        self.heard
    }

    /// How many there are, in words.
    pub fn count(&self) -> String {
        let shown = self.entries.len() as u64;
        match (shown, self.total) {
            (_, 1) => "1 device".to_owned(),
            (shown, total) if shown < total => {
                format!(
                    "{} of {} devices, type to find others",
                    grouped(shown),
                    grouped(total)
                )
            }
            (_, total) => format!("{} devices", grouped(total)),
        }
    }

    /// The selected row's number.
    pub fn selected_index(&self) -> Option<usize> {
        let wanted = self.selected?;
        self.entries.iter().position(|entry| entry.id == wanted)
    }

    /// The selected device.
    pub fn selected(&self) -> Option<&Entry> {
        self.entries.get(self.selected_index()?)
    }

    /// Selects a device.
    pub fn select(&mut self, id: DeviceId) {
        self.selected = Some(id);
    }

    /// Moves the selection by so many rows, not beyond the ends.
    pub fn step(&mut self, rows: isize) {
        let Some(last) = self.entries.len().checked_sub(1) else {
            return;
        };
        let at = self
            .selected_index()
            .map_or(0, |at| at.saturating_add_signed(rows).min(last));
        self.selected = Some(self.entries[at].id);
    }
}

fn entry(device: &DeviceRow, recent: bool, now: Timestamp) -> Entry {
    let details = [device.tenant.as_str(), device.os.as_str()];
    let details: Vec<_> = details
        .into_iter()
        .filter(|text| !text.trim().is_empty())
        .collect();
    Entry {
        id: device.id,
        name: printable(&device.name).into_owned(),
        details: printable(&details.join(" · ")).into_owned(),
        state: row::state(device, now),
        access: device.access,
        access_words: printable(&row::access_words(device)).into_owned(),
        recent,
    }
}

fn grouped(number: u64) -> String {
    if number < 1000 {
        return number.to_string();
    }
    format!("{},{:03}", grouped(number / 1000), number % 1000)
}

#[cfg(test)]
mod tests {
    use farpane_protocol::api::DeviceState;

    use super::*;

    fn id(number: u64) -> DeviceId {
        format!("00000000-0000-0000-0000-{number:012x}")
            .parse()
            .expect("an id")
    }

    fn list(numbers: &[u64]) -> DeviceList {
        let row = |number: &u64| DeviceRow {
            id: id(*number),
            name: format!("till-{number}\u{202e}"),
            tenant: "Oslo".into(),
            os: " ".into(),
            state: DeviceState::Reachable,
            last_heard: None,
            access: Access::Ask,
            why: None,
        };
        let devices = numbers.iter().map(row).collect();
        DeviceList {
            devices,
            total: numbers.len() as u64,
            time: Timestamp(0),
        }
    }

    fn recent(number: u64) -> RecentDevice {
        RecentDevice {
            id: id(number),
            name: "x".into(),
        }
    }

    fn order(devices: &Devices) -> Vec<DeviceId> {
        devices.entries().iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn recent_devices_come_first_in_their_order() {
        let mut devices = Devices::default();
        devices.take(
            &list(&[1, 2, 3, 4]),
            &[recent(4), recent(9), recent(2)],
            Instant::now(),
        );
        assert_eq!(order(&devices), [id(4), id(2), id(1), id(3)]);
        assert_eq!(devices.selected().map(|entry| entry.id), Some(id(4)));
        assert_eq!(devices.entries()[0].name, "till-4\u{fffd}");
        assert_eq!(devices.entries()[0].details, "Oslo");
    }

    #[test]
    fn a_refresh_keeps_the_selection_and_a_gone_device_frees_it() {
        let mut devices = Devices::default();
        devices.take(&list(&[1, 2, 3]), &[], Instant::now());
        devices.step(2);
        devices.take(&list(&[3, 1]), &[], Instant::now());
        assert_eq!(devices.selected().map(|entry| entry.id), Some(id(3)));
        devices.take(&list(&[1]), &[], Instant::now());
        assert_eq!(devices.selected().map(|entry| entry.id), Some(id(1)));
        devices.take(&list(&[]), &[], Instant::now());
        assert_eq!(devices.selected(), None);
    }

    #[test]
    fn the_selection_stops_at_both_ends() {
        let mut devices = Devices::default();
        devices.step(1);
        devices.take(&list(&[1, 2]), &[], Instant::now());
        devices.step(-5);
        assert_eq!(devices.selected_index(), Some(0));
        devices.step(50);
        assert_eq!(devices.selected_index(), Some(1));
    }

    #[test]
    fn the_count_says_when_there_is_more() {
        let mut devices = Devices::default();
        devices.take(
            &DeviceList {
                total: 12_408,
                ..list(&[1, 2])
            },
            &[],
            Instant::now(),
        );
        assert_eq!(devices.count(), "2 of 12,408 devices, type to find others");
        devices.take(&list(&[1]), &[], Instant::now());
        assert_eq!(devices.count(), "1 device");
    }
}
