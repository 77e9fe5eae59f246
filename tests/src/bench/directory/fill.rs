//! A made-up service provider: two thousand customers, most of them small and a few very large
//! (Zipf), with sites, tags, fields and devices that were heard at different times.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use farpane_directory::app::caller::Caller;
use farpane_directory::app::find::Ask;
use farpane_directory::model::field::FieldKind;
use farpane_directory::model::place::{PlaceKind, Spot};
use farpane_directory::model::{Heard, new_uuid};
use farpane_directory::store::imports::Expected;
use farpane_protocol::ids::{DeviceId, EpochNonce};
use farpane_protocol::key::SecretKey;
use farpane_protocol::time::Timestamp;

/// Customers.
pub(super) const CUSTOMERS: usize = 2_000;

/// Devices that are written at once: each such write syncs, and touches most pages of every index.
const AT_ONCE: usize = 20_000;

pub(super) const CITIES: [&str; 12] = [
    "Oslo",
    "Bergen",
    "Trondheim",
    "Stavanger",
    "Tromso",
    "Drammen",
    "Hamar",
    "Molde",
    "Bodo",
    "Harstad",
    "Gjovik",
    "Alta",
];
const TRADES: [&str; 10] = [
    "Shops",
    "Clinic",
    "Logistics",
    "Bakery",
    "Hotel",
    "Dental",
    "School",
    "Bank",
    "Motors",
    "Studio",
];
const ROLES: [&str; 10] = [
    "TILL", "REC", "LAB", "SRV", "NB", "WS", "PC", "KIOSK", "POS", "CAM",
];
/// Systems, each with its share in a thousand.
const SYSTEMS: [(&str, usize); 7] = [
    ("Windows 11 Pro 23H2", 400),
    ("Windows 10 Enterprise 22H2", 250),
    ("Windows Server 2022", 80),
    ("Ubuntu 24.04", 120),
    ("Debian GNU/Linux 12", 100),
    ("macOS 15.1", 45),
    ("Fedora 40", 5),
];

/// Numbers that look thrown and are the same in every run.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % most.max(1)
    }

    pub(super) fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn system(&mut self) -> &'static str {
        let mut at = self.below(1000);
        for (name, share) in SYSTEMS {
            if at < share {
                return name;
            }
            at -= share;
        }
        SYSTEMS[0].0
    }
}

/// How many devices each customer has: a tenth of all at the first, the rest by rank.
fn sizes(devices: usize) -> Vec<usize> {
    let first = devices / 10;
    let weight = |rank: usize| 1.0 / rank as f64;
    let sum: f64 = (2..=CUSTOMERS).map(weight).sum();
    let share = |rank| ((devices - first) as f64 * weight(rank) / sum) as usize;
    let mut sizes: Vec<_> = (1..=CUSTOMERS)
        .map(|rank| {
            if rank == 1 {
                first
            } else {
                share(rank).min(first)
            }
        })
        .collect();
    // What the largest may not have, and what rounding lost, goes to the others.
    let mut left = devices - sizes.iter().sum::<usize>();
    for rank in (1..CUSTOMERS).cycle() {
        let size = &mut sizes[rank];
        let more = left.min(100).min(first - *size);
        *size += more;
        left -= more;
        if left == 0 {
            break;
        }
    }
    sizes
}

/// Fills an empty catalogue through the store; the seconds that it took, or none if it was full.
pub(super) async fn fill(caller: &Caller, devices: usize) -> Result<Option<f64>> {
    let ask = Ask {
        limit: 1,
        ..Ask::default()
    };
    if !caller.find(&ask).await?.devices.is_empty() {
        return Ok(None);
    }
    let begun = Instant::now();
    caller
        .add_field("warranty", "Warranty", FieldKind::Date)
        .await?;
    caller.add_field("asset", "Asset", FieldKind::Text).await?;
    let fields = caller.fields().await?;
    let field = |key: &str| {
        fields
            .iter()
            .find(|field| field.key == key)
            .context("a field")
    };
    let (warranty, asset) = (field("warranty")?, field("asset")?);
    let mut dice = Dice::new(7);
    let mut batch = Vec::with_capacity(AT_ONCE);
    for (rank, size) in sizes(devices).into_iter().enumerate() {
        let name = format!("{} {} {rank}", dice.of(&CITIES), dice.of(&TRADES));
        let tenant = caller.add_tenant(&name).await?.id;
        let mut spots = vec![Spot::at(tenant)];
        for n in 0..(size / 200).min(40) {
            let name = format!("{} {n}", dice.of(&CITIES));
            let place = caller
                .add_place(Spot::at(tenant), PlaceKind::Site, &name)
                .await?;
            spots.push(Spot {
                tenant,
                place: Some(place.id),
            });
        }
        for _ in 0..size {
            let mut tags = Vec::new();
            for (tag, share) in [("till", 10), ("vip", 100), ("old", 50)] {
                if dice.below(share) == 0 {
                    tags.push(tag.to_owned());
                }
            }
            tags.push(format!("batch-{}", dice.below(300)));
            let date = format!("20{}-0{}-11", 25 + dice.below(6), 1 + dice.below(9));
            let number = format!("A{:06}", dice.below(1_000_000));
            let taken = |field: &farpane_directory::model::field::Field, value: &str| {
                let value = field.take(value).map_err(anyhow::Error::msg)?;
                anyhow::Ok((field.num, value))
            };
            batch.push(Expected {
                id: DeviceId(new_uuid(caller.core.clock.now())),
                spot: spots[dice.below(spots.len())],
                name: format!("{}-{:06}", dice.of(&ROLES), dice.below(1_000_000)),
                os: dice.system().to_owned(),
                serial: format!("{:08X}", dice.below(1 << 30)),
                tags,
                fields: vec![taken(warranty, &date)?, taken(asset, &number)?],
            });
            if batch.len() == AT_ONCE {
                write(caller, &mut batch, &mut dice).await?;
            }
        }
    }
    write(caller, &mut batch, &mut dice).await?;
    Ok(Some(begun.elapsed().as_secs_f64()))
}

/// Writes devices and when they were heard: nine in ten are present, the others went during the
/// last month.
async fn write(caller: &Caller, batch: &mut Vec<Expected>, dice: &mut Dice) -> Result<()> {
    let store = &caller.core.store;
    let now = caller.core.clock.now();
    store.expect(caller.core.org.id, batch, now, None).await?;
    let relay = SecretKey::from_seed([1; 32]).public();
    let heard: Vec<_> = batch
        .iter()
        .map(|device| Heard {
            device: device.id,
            relay,
            counter: 1,
            epoch: EpochNonce([1; 16]),
        })
        .collect();
    store.note_present(&heard, now).await?;
    for days in 0..30u64 {
        let gone: Vec<_> = batch
            .iter()
            .filter(|_| dice.below(300) == 0)
            .map(|device| device.id)
            .collect();
        let ago = Duration::from_secs(days * 24 * 3600 + 60);
        let at = Timestamp(now.0.saturating_sub(u64::try_from(ago.as_micros())?));
        store.note_gone(&gone, at).await?;
    }
    batch.clear();
    Ok(())
}

/// A CSV file of new devices at customers and sites that exist.
pub(super) async fn csv(caller: &Caller, rows: usize) -> Result<Vec<u8>> {
    let tree = caller.tree().await?;
    let mut dice = Dice::new(17);
    let mut file = String::from("name,customer,site,os,serial,tags,field.warranty,field.asset\r\n");
    for n in 0..rows {
        let tenant = &tree.tenants()[dice.below(tree.tenants().len())];
        let sites: Vec<_> = tree.inside(Spot::at(tenant.id)).collect();
        let site = sites.get(dice.below(sites.len() + 1));
        file.push_str(&format!(
            "NEW-{n:06},{},{},{},{:08X},till;import-1,2029-01-01,B{n:06}\r\n",
            tenant.name,
            site.map(|site| site.name.as_str()).unwrap_or_default(),
            dice.system(),
            dice.below(1 << 30),
        ));
    }
    Ok(file.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_of_all_sizes_and_none_is_larger_than_the_first() {
        let sizes = sizes(1_000_000);
        assert_eq!(sizes.len(), CUSTOMERS);
        assert_eq!(sizes.iter().sum::<usize>(), 1_000_000);
        assert_eq!(sizes[0], 100_000);
        assert!(sizes.iter().all(|size| *size <= 100_000));
        assert!(sizes[CUSTOMERS - 1] < 300, "{}", sizes[CUSTOMERS - 1]);
    }
}
