//! Claims about searching the catalogue, and what its other claims are made with.

use farpane_directory::model::catalogue::resolve::Scene;
use farpane_directory::model::catalogue::{By, Cond, Count, Cursor, Listed, Sort, Wish};
use farpane_directory::model::field::{Field, FieldKind};
use farpane_directory::model::place::{PlaceKind, PlaceRecord, Spot};
use farpane_directory::model::query::Query;
use farpane_directory::model::text::fold;
use farpane_directory::model::{Heard, Tenant, new_uuid, version};
use farpane_directory::policy::rights::Visible;
use farpane_directory::store::Store;
use farpane_directory::store::imports::Expected;
use farpane_directory::store::places::Placed;
use farpane_protocol::ids::{DeviceId, EpochNonce, OrgId, PlaceId, TenantId};
use farpane_protocol::time::Timestamp;

use super::{Fixture, NOW, key};

/// Numbers that look thrown and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("fits") % most
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

pub(super) async fn place(
    fixture: &Fixture<'_>,
    tenant: TenantId,
    parent: Option<PlaceId>,
    kind: PlaceKind,
    name: &str,
) -> (PlaceId, Placed) {
    let record = PlaceRecord {
        id: PlaceId(new_uuid(NOW)),
        tenant,
        parent,
        kind,
        name: name.into(),
    };
    let org = fixture.org();
    let placed = fixture
        .store
        .add_place(org, &record, NOW, &fixture.entry())
        .await;
    (record.id, placed.expect("answers"))
}

pub(super) async fn tenant(fixture: &Fixture<'_>, name: &str) -> TenantId {
    let tenant = Tenant {
        id: TenantId(new_uuid(NOW)),
        org: fixture.org(),
        name: name.into(),
    };
    let added = fixture
        .store
        .add_tenant(&tenant, NOW, &fixture.entry())
        .await;
    assert_eq!(added.expect("answers"), Placed::Yes);
    tenant.id
}

/// A catalogue of expected devices at two customers, one with a site and a group in it.
pub(super) async fn filled(fixture: &Fixture<'_>, count: usize) -> Vec<TenantId> {
    let store = fixture.store;
    let tenants = vec![
        fixture.founding.tenant.id,
        tenant(fixture, "Bergen Bank").await,
    ];
    let site = place(fixture, tenants[0], None, PlaceKind::Site, "Harbour")
        .await
        .0;
    let group = place(fixture, tenants[0], Some(site), PlaceKind::Group, "Tills")
        .await
        .0;
    let warranty = Field {
        num: 0,
        key: "warranty".into(),
        label: "Warranty".into(),
        kind: FieldKind::Date,
    };
    let cost = Field {
        key: "cost".into(),
        kind: FieldKind::Number,
        ..warranty.clone()
    };
    for field in [&warranty, &cost] {
        let added = store
            .add_field(fixture.org(), field, &fixture.entry())
            .await;
        assert!(added.expect("answers"));
    }
    let fields = store.fields(fixture.org()).await.expect("reads");
    let mut dice = Dice(7);
    let mut devices = Vec::new();
    for n in 0..count {
        let tenant = tenants[usize::from(dice.below(10) < 2)];
        let place = [None, Some(site), Some(group)][dice.below(3)];
        let mut values = Vec::new();
        for field in &fields {
            let value = match field.kind {
                FieldKind::Date => format!("202{}-0{}-11", dice.below(9), 1 + dice.below(9)),
                FieldKind::Text | FieldKind::Number | FieldKind::Choice(_) => {
                    dice.below(50).to_string()
                }
            };
            if dice.below(2) == 0 {
                values.push((field.num, field.take(&value).expect("fits")));
            }
        }
        devices.push(Expected {
            id: DeviceId(new_uuid(NOW)),
            spot: Spot {
                tenant,
                place: place.filter(|_| tenant == tenants[0]),
            },
            name: format!("{}-{n}", dice.of(&["TILL", "rec", "Ångström", "x\"%_"])),
            os: dice
                .of(&["Windows 11", "windows 10", "Debian 12", "Haiku"])
                .into(),
            serial: format!("S{}", dice.below(count)),
            tags: (0..dice.below(3))
                .map(|_| dice.of(&["till", "VIP", "old", "floor 2"]).to_owned())
                .collect(),
            fields: values,
        });
    }
    let written = store
        .expect(fixture.org(), &devices, NOW, Some(&fixture.entry()))
        .await;
    written.expect("writes");
    tenants
}

pub(super) async fn cond(fixture: &Fixture<'_>, typed: &str) -> Cond {
    let store = fixture.store;
    let scene = Scene {
        tree: &store.tree(fixture.org()).await.expect("reads"),
        fields: &store.fields(fixture.org()).await.expect("reads"),
        saved: &[],
        now: NOW,
    };
    let query = Query::parse(typed).expect("is understood");
    scene.resolve(&query).expect("resolves")
}

/// Every page of a search, forward and then back again.
pub(super) async fn all(fixture: &Fixture<'_>, cond: &Cond, sort: Sort, limit: u32) -> Vec<Listed> {
    let page = async |from| {
        let wish = Wish {
            cond: cond.clone(),
            sort,
            from,
            limit,
            count: true,
        };
        let page = fixture.store.search(fixture.org(), &wish).await;
        page.expect("answers")
    };
    let mut found = Vec::new();
    let mut pages = vec![page(None).await];
    let total = pages[0].count.expect("was asked");
    while let Some((key, num)) = pages.last().expect("one").after.clone() {
        let cursor = Cursor {
            key,
            num,
            back: false,
        };
        pages.push(page(Some(cursor)).await);
    }
    for n in (1..pages.len()).rev() {
        let (key, num) = pages[n].before.clone().expect("a page before");
        let cursor = Cursor {
            key,
            num,
            back: true,
        };
        let back = page(Some(cursor)).await;
        assert_eq!(back.devices, pages[n - 1].devices, "page {n} back");
    }
    for page in pages {
        found.extend(page.devices);
    }
    match total {
        Count::Exactly(total) => assert_eq!(total, found.len() as u64),
        Count::AtLeast(some) => assert!(some <= found.len() as u64),
    }
    found
}

fn key_of(device: &Listed, by: By, customer: &str) -> (String, i64, String) {
    match by {
        By::Name => (fold(&device.name), 0, String::new()),
        By::Customer => (fold(customer), 0, fold(&device.name)),
        By::Os => (fold(&device.os), 0, String::new()),
        // Who is here now was heard later than anybody who went.
        By::Heard => {
            let at = device.last_heard.map_or(-1, |at| at.0 as i64);
            let here = if device.present { i64::MAX / 2 } else { 0 };
            (String::new(), here + at, String::new())
        }
        By::Created => (String::new(), 0, String::new()),
        By::Version => (
            String::new(),
            version::number(&device.version),
            String::new(),
        ),
    }
}

pub(super) async fn every_order_has_every_device_once_in_both_directions(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    filled(&fixture, 60).await;
    let tree = store.tree(fixture.org()).await.expect("reads");
    for by in By::ALL {
        for down in [false, true] {
            let sort = Sort { by, down };
            let found = all(&fixture, &Cond::everything(), sort, 7).await;
            assert_eq!(found.len(), 60, "{sort}");
            let keys: Vec<_> = found
                .iter()
                .map(|device| {
                    let customer = tree.tenant(device.spot.tenant).expect("is there");
                    (key_of(device, by, &customer.name), device.num)
                })
                .collect();
            let sorted = keys.is_sorted_by(|a, b| if down { a > b } else { a < b });
            assert!(sorted, "{sort}: {keys:?}");
        }
    }
    let elsewhere = Wish {
        cond: Cond::everything(),
        sort: Sort::default(),
        from: None,
        limit: 10,
        count: true,
    };
    let page = store.search(OrgId(new_uuid(NOW)), &elsewhere).await;
    assert!(page.expect("answers").devices.is_empty());
}

/// When devices went that are not here any more.
const DAYS_AGO: Timestamp = Timestamp(NOW.0 - 2 * 24 * 3600 * 1_000_000);

/// One in three devices is here, one in six was.
async fn come_and_go(fixture: &Fixture<'_>, devices: &[Listed]) {
    let heard: Vec<_> = devices
        .iter()
        .step_by(3)
        .map(|device| Heard {
            device: device.id,
            relay: key(200),
            counter: 1,
            epoch: EpochNonce([1; 16]),
        })
        .collect();
    let store = fixture.store;
    store.note_present(&heard, NOW).await.expect("writes");
    let gone: Vec<_> = heard.iter().step_by(2).map(|heard| heard.device).collect();
    store.note_gone(&gone, DAYS_AGO).await.expect("writes");
}

pub(super) async fn searches_find_what_a_look_at_every_device_finds(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    // Enough that broad conditions are walked and narrow ones gathered.
    let tenants = filled(&fixture, 9_000).await;
    let everything = all(&fixture, &Cond::everything(), Sort::default(), 1000).await;
    come_and_go(&fixture, &everything).await;
    let everything = all(&fixture, &Cond::everything(), Sort::default(), 1000).await;
    let tree = store.tree(fixture.org()).await.expect("reads");
    let has = |device: &Listed, tag: &str| device.tags.iter().any(|known| fold(known) == tag);
    let below = |device: &Listed, name: &str| {
        let names = tree.names(device.spot);
        names.iter().skip(1).any(|known| fold(known) == name)
    };
    let customer = |device: &Listed| {
        tree.tenant(device.spot.tenant)
            .expect("is there")
            .name
            .clone()
    };
    type Naive<'a> = Box<dyn Fn(&Listed) -> bool + 'a>;
    let cases: Vec<(&str, Naive<'_>)> = vec![
        ("os:windows", Box::new(|d| fold(&d.os).contains("windows"))),
        (
            "os:haiku -tag:vip",
            Box::new(|d| d.os == "Haiku" && !has(d, "vip")),
        ),
        (
            "tag:till tag:vip",
            Box::new(|d| has(d, "till") && has(d, "vip")),
        ),
        (
            "till-77",
            Box::new(|d| fold(&d.name).contains("till-77") || fold(&d.serial).contains("till-77")),
        ),
        (
            "name:\"x\\\"%_-1\"",
            Box::new(|d| d.name.starts_with("x\"%_-1")),
        ),
        ("ÅNGSTRÖM-4", Box::new(|d| d.name.starts_with("Ångström-4"))),
        ("site:harbour", Box::new(|d| below(d, "harbour"))),
        (
            "group:tills os:debian",
            Box::new(|d| below(d, "tills") && d.os == "Debian 12"),
        ),
        (
            "customer:bergen",
            Box::new(|d| customer(d) == "Bergen Bank"),
        ),
        (
            "-customer:bergen -os:windows",
            Box::new(|d| customer(d) != "Bergen Bank" && !fold(&d.os).contains("windows")),
        ),
        (
            "serial:s123",
            Box::new(|d| fold(&d.serial).contains("s123")),
        ),
        ("ba", Box::new(|d| customer(d) == "Bergen Bank")),
        ("floor", Box::new(|d| has(d, "floor 2"))),
        (
            "approval:expected online:no unattended:no heard:never",
            Box::new(|d| d.last_heard.is_none()),
        ),
        ("online:yes", Box::new(|d| d.present)),
        (
            "online:no os:windows",
            Box::new(|d| !d.present && fold(&d.os).contains("windows")),
        ),
        (
            "heard:>1d",
            Box::new(|d| !d.present && d.last_heard == Some(DAYS_AGO)),
        ),
        (
            "tag:vip tag:old os:debian online:no",
            Box::new(|d| has(d, "vip") && has(d, "old") && d.os == "Debian 12" && !d.present),
        ),
        // Words that are shorter than what the index holds together.
        ("m-", Box::new(|d| d.name.starts_with("Ångström"))),
        ("\"-7\"", Box::new(|d| d.name.contains("-7"))),
        (
            "name:9 serial:s8",
            Box::new(|d| d.name.contains('9') && d.serial.contains("S8")),
        ),
        ("zq", Box::new(|_| false)),
        ("q", Box::new(|_| false)),
        ("approval:pending", Box::new(|_| false)),
        ("customer:nobody", Box::new(|_| false)),
        ("os:plan9", Box::new(|_| false)),
    ];
    let mut orders = 0;
    for (typed, naive) in cases {
        let cond = cond(&fixture, typed).await;
        let expected: Vec<_> = everything
            .iter()
            .filter(|d| naive(d))
            .map(|d| d.num)
            .collect();
        for limit in [500, 1000] {
            let found = all(&fixture, &cond, Sort::default(), limit).await;
            let found: Vec<_> = found.iter().map(|device| device.num).collect();
            assert_eq!(found.len(), expected.len(), "{typed}");
            assert_eq!(found, expected, "{typed}");
        }
        // The same for whoever sees one customer only, in another order each time.
        for tenant in &tenants {
            orders += 1;
            let sort = Sort {
                by: By::ALL[orders % By::ALL.len()],
                down: orders % 4 < 2,
            };
            let mut expected: Vec<_> = everything
                .iter()
                .filter(|d| d.spot.tenant == *tenant && naive(d))
                .map(|d| (key_of(d, sort.by, &customer(d)), d.num))
                .collect();
            expected.sort();
            if sort.down {
                expected.reverse();
            }
            let expected: Vec<_> = expected.into_iter().map(|(_, num)| num).collect();
            let seen = Cond::All(vec![Cond::Tenants(vec![*tenant]), cond.clone()]);
            let found = all(&fixture, &seen, sort, 700).await;
            let found: Vec<_> = found.iter().map(|device| device.num).collect();
            assert_eq!(found, expected, "{typed} by {sort} at one customer");
        }
    }
    for (typed, other) in [
        (
            "field.warranty:2025",
            "field.warranty:>=2025-01-01 field.warranty:<2026",
        ),
        ("field.cost:<10", "field.cost:<=9"),
        ("field.cost:>=0", "-field.cost:<0 field.cost:>-1"),
    ] {
        let one = all(
            &fixture,
            &cond(&fixture, typed).await,
            Sort::default(),
            1000,
        )
        .await;
        let two = all(
            &fixture,
            &cond(&fixture, other).await,
            Sort::default(),
            1000,
        )
        .await;
        assert!(!one.is_empty(), "{typed}");
        assert_eq!(one, two, "{typed} and {other}");
    }
}

pub(super) async fn nobody_sees_more_than_they_may(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let tenants = filled(&fixture, 200).await;
    let tree = store.tree(fixture.org()).await.expect("reads");
    let scene = Scene {
        tree: &tree,
        fields: &[],
        saved: &[],
        now: NOW,
    };
    let nothing = Visible::Below {
        tenants: [].into(),
        nodes: [].into(),
    };
    let cond = scene.visible(&nothing).expect("a condition");
    assert!(all(&fixture, &cond, Sort::default(), 50).await.is_empty());
    let bank = Visible::Below {
        tenants: [tenants[1]].into(),
        nodes: [].into(),
    };
    let cond = scene.visible(&bank).expect("a condition");
    let found = all(&fixture, &cond, Sort::default(), 50).await;
    assert!(!found.is_empty() && found.iter().all(|d| d.spot.tenant == tenants[1]));
    let site = tree
        .child_named(Spot::at(tenants[0]), "harbour")
        .expect("a site");
    let harbour = Visible::Below {
        tenants: [].into(),
        nodes: [site.id].into(),
    };
    let cond = scene.visible(&harbour).expect("a condition");
    let found = all(&fixture, &cond, Sort::default(), 50).await;
    assert!(
        found.iter().any(|d| d.spot.place != Some(site.id)),
        "below it, too"
    );
    assert!(
        found
            .iter()
            .all(|d| tree.path(d.spot).nodes.contains(&site.id))
    );
}
