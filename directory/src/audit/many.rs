//! An act on many devices as the record tells it: in the chain of every customer concerned, each
//! device by name, in records of bounded size; and once as a whole in the organisation's chain.

use std::collections::BTreeMap;

use farpane_protocol::ids::{DeviceId, TenantId};

use super::{Entry, Event};

/// Most devices that one record names: about ten kilobytes, so that a page of records stays small.
pub const DEVICES_PER_RECORD: usize = 250;

/// A device that an act changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Which.
    pub device: DeviceId,
    /// What it is called.
    pub name: String,
    /// Whose it is now.
    pub tenant: TenantId,
    /// Whose it was before, if somebody else's.
    pub before: Option<TenantId>,
}

/// What has to be recorded of an act that `whole` sums up. Nothing if no device changed. Where one
/// record says everything, the whole is not told a second time.
pub fn entries(whole: &Entry, touched: Vec<Touched>) -> Vec<Entry> {
    let total = touched.len();
    let mut customers: BTreeMap<TenantId, Vec<(DeviceId, String)>> = BTreeMap::new();
    for one in touched {
        if let Some(before) = one.before.filter(|before| *before != one.tenant) {
            let named = (one.device, one.name.clone());
            customers.entry(before).or_default().push(named);
        }
        let named = (one.device, one.name);
        customers.entry(one.tenant).or_default().push(named);
    }
    let mut parts = Vec::new();
    for (tenant, devices) in &customers {
        for chunk in devices.chunks(DEVICES_PER_RECORD) {
            let mut part = whole.clone().about(*tenant);
            let (ids, names) = chunk.iter().cloned().unzip();
            part.event = naming(&whole.event, chunk.len(), ids);
            part.personal.devices = names;
            parts.push(part);
        }
    }
    if parts.len() > 1 {
        let mut sum = whole.clone();
        sum.event = naming(&whole.event, total, Vec::new());
        parts.insert(0, sum);
    }
    parts
}

/// The same event about these devices.
fn naming(event: &Event, many: usize, ids: Vec<DeviceId>) -> Event {
    let mut event = event.clone();
    if let Event::DevicesChanged { count, devices, .. }
    | Event::DevicesRestored { count, devices, .. } = &mut event
    {
        *count = many as u64;
        *devices = ids;
    }
    event
}

#[cfg(test)]
mod tests {
    use farpane_protocol::ids::OrgId;
    use farpane_protocol::time::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::audit::{Actor, Personal};

    fn whole() -> Entry {
        Entry {
            org: OrgId(Uuid::from_u128(1)),
            tenant: None,
            at: Timestamp(1),
            actor: Actor::Operator,
            event: Event::DevicesChanged {
                bulk: Uuid::from_u128(2),
                act: "tag".into(),
                count: 9,
                digest: "all".into(),
                devices: Vec::new(),
            },
            personal: Personal::named("till"),
        }
    }

    fn touched(n: u128, tenant: u128, before: Option<u128>) -> Touched {
        Touched {
            device: DeviceId(Uuid::from_u128(n)),
            name: format!("till-{n}"),
            tenant: TenantId(Uuid::from_u128(tenant)),
            before: before.map(|id| TenantId(Uuid::from_u128(id))),
        }
    }

    fn told(entries: &[Entry]) -> Vec<(Option<u128>, u64, Vec<String>)> {
        let one = |entry: &Entry| {
            let Event::DevicesChanged { count, devices, .. } = &entry.event else {
                panic!("a change");
            };
            let names = entry.personal.devices.clone();
            assert_eq!(devices.len(), names.len());
            assert_eq!(entry.personal.name.as_deref(), Some("till"));
            (entry.tenant.map(|tenant| tenant.0.as_u128()), *count, names)
        };
        entries.iter().map(one).collect()
    }

    #[test]
    fn one_customers_devices_are_told_once_in_its_chain() {
        assert!(entries(&whole(), Vec::new()).is_empty());
        let one = entries(&whole(), vec![touched(5, 7, Some(7))]);
        assert_eq!(told(&one), [(Some(7), 1, vec!["till-5".to_owned()])]);
    }

    #[test]
    fn a_move_is_told_to_both_customers_and_summed_up() {
        let moved = entries(&whole(), vec![touched(5, 8, Some(7))]);
        let name = || vec!["till-5".to_owned()];
        let expected = [
            (None, 1, Vec::new()),
            (Some(7), 1, name()),
            (Some(8), 1, name()),
        ];
        assert_eq!(told(&moved), expected);
    }

    #[test]
    fn many_devices_become_several_records_that_name_every_one() {
        let most = DEVICES_PER_RECORD as u128;
        let all = (0..=most).map(|n| touched(n, 7, None)).collect();
        let told = told(&entries(&whole(), all));
        let sizes: Vec<_> = told.iter().map(|(_, count, _)| *count).collect();
        assert_eq!(sizes, [251, 250, 1]);
        assert_eq!(told[2].2, ["till-250"]);
    }
}
