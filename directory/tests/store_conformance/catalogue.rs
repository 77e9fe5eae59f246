//! Claims about the catalogue: searching it, its tree, acts on many devices.

use std::time::Duration;

use farpane_directory::model::bulk::{Act, Bulk};
use farpane_directory::model::catalogue::resolve::Scene;
use farpane_directory::model::catalogue::{By, Cond, Count, Cursor, Listed, Sort, Wish};
use farpane_directory::model::field::{Field, FieldKind};
use farpane_directory::model::place::{PlaceKind, PlaceRecord, Spot};
use farpane_directory::model::query::{Query, Standing};
use farpane_directory::model::text::fold;
use farpane_directory::model::{Heard, Tenant, new_uuid, version};
use farpane_directory::policy::rights::Visible;
use farpane_directory::store::Store;
use farpane_directory::store::bulks::{Chosen, Previewed, Ran};
use farpane_directory::store::catalogue::Redeemed;
use farpane_directory::store::imports::Expected;
use farpane_directory::store::places::Placed;
use farpane_protocol::api::Approval;
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::{DeviceId, EpochNonce, OrgId, PlaceId, TenantId};
use farpane_protocol::time::Timestamp;

use super::{Fixture, NOW, key, later};

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

async fn place(
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

async fn tenant(fixture: &Fixture<'_>, name: &str) -> TenantId {
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
async fn filled(fixture: &Fixture<'_>, count: usize) -> Vec<TenantId> {
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

async fn cond(fixture: &Fixture<'_>, typed: &str) -> Cond {
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
async fn all(fixture: &Fixture<'_>, cond: &Cond, sort: Sort, limit: u32) -> Vec<Listed> {
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

pub(super) async fn the_tree_keeps_its_rules(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let org = fixture.org();
    let entry = fixture.entry();
    let oslo = fixture.founding.tenant.id;
    let bank = tenant(&fixture, "Bank").await;
    let (site, _) = place(&fixture, oslo, None, PlaceKind::Site, "Harbour").await;
    let (group, _) = place(&fixture, oslo, Some(site), PlaceKind::Group, "Tills").await;
    let twin = place(&fixture, oslo, None, PlaceKind::Group, "HARBOUR").await;
    assert_eq!(twin.1, Placed::NameTaken);
    let foreign = place(&fixture, bank, Some(site), PlaceKind::Group, "x").await;
    assert_eq!(foreign.1, Placed::Unknown, "a parent of another customer");
    let before = fixture.records().await;
    let removed = store.remove_places(org, &[site], None, &entry).await;
    assert_eq!(removed.expect("answers"), Placed::InUse);
    let renamed = store
        .rename_place(OrgId(new_uuid(NOW)), site, "y", &entry)
        .await;
    assert!(
        !matches!(renamed, Ok(Placed::Yes)),
        "of another organisation"
    );
    assert_eq!(fixture.records().await, before, "no change, no record");
    let device = fixture.device(1, "till").await;
    let bulk = run(
        &fixture,
        Act::Move {
            customer: oslo,
            place: Some(group),
        },
        &[device.id],
    )
    .await;
    assert_eq!(bulk.1, 1);
    let to = Spot::at(oslo);
    let removed = store
        .remove_places(org, &[group, site], Some(to), &entry)
        .await;
    assert_eq!(removed.expect("answers"), Placed::Yes);
    let listed = store
        .listed(org, device.id)
        .await
        .expect("reads")
        .expect("is there");
    assert_eq!(listed.spot, to);
    assert!(store.tree(org).await.expect("reads").is_empty());
    let removed = store
        .remove_tenant(org, oslo, &entry)
        .await
        .expect("answers");
    assert_eq!(removed, Placed::InUse);
    let removed = store
        .remove_tenant(org, bank, &entry)
        .await
        .expect("answers");
    assert_eq!(removed, Placed::Yes);
}

/// Chooses and does.
async fn run(fixture: &Fixture<'_>, act: Act, devices: &[DeviceId]) -> (Bulk, u64) {
    let store = fixture.store;
    let org = fixture.org();
    let id = new_uuid(NOW);
    let chosen = Chosen::Devices(devices.to_vec());
    let previewed = store.preview(org, id, None, &act, &chosen, NOW).await;
    assert!(matches!(previewed, Ok(Previewed::Yes { .. })));
    let bulk = store.bulk(org, id).await.expect("reads").expect("is kept");
    let value = match &act {
        Act::SetField {
            field,
            value: Some(value),
        } => {
            let fields = store.fields(org).await.expect("reads");
            let field = fields
                .iter()
                .find(|known| known.key == *field)
                .expect("is there");
            Some(field.take(value).expect("fits"))
        }
        Act::SetField { value: None, .. }
        | Act::Tag { .. }
        | Act::Untag { .. }
        | Act::Move { .. }
        | Act::Approve
        | Act::Remove => None,
    };
    let ran = store
        .run_bulk(org, &bulk, value.as_ref(), NOW, &fixture.entry())
        .await;
    let Ran::Yes(changed) = ran.expect("answers") else {
        panic!("{act:?} did not run");
    };
    (bulk, changed)
}

pub(super) async fn acts_change_what_was_chosen_and_are_undone_exactly(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let tenants = filled(&fixture, 1).await;
    let org = fixture.org();
    let mut ids = Vec::new();
    for n in 1..=3 {
        ids.push(fixture.device(n, &format!("pc-{n}")).await.id);
    }
    let state = async || {
        let mut rows = Vec::new();
        for id in &ids {
            if let Some(device) = store.listed(org, *id).await.expect("reads") {
                let values = store.field_values(org, device.num).await.expect("reads");
                rows.push((device, values));
            }
        }
        rows
    };
    run(&fixture, Act::Tag { tag: "Old".into() }, &ids[..1]).await;
    let set = |value: Option<&str>| Act::SetField {
        field: "cost".into(),
        value: value.map(str::to_owned),
    };
    run(&fixture, set(Some("5")), &ids[1..2]).await;
    let before = state().await;
    for (act, changes) in [
        (Act::Tag { tag: "old".into() }, 2),
        (Act::Untag { tag: "OLD".into() }, 1),
        (set(Some("7")), 3),
        (set(Some("5")), 2),
        (set(None), 1),
        (
            Act::Move {
                customer: tenants[1],
                place: None,
            },
            3,
        ),
        (Act::Approve, 0),
        (Act::Remove, 3),
    ] {
        let (bulk, changed) = run(&fixture, act.clone(), &ids).await;
        assert_eq!(changed, changes, "{act:?}");
        if changes > 0 {
            assert_ne!(state().await, before, "{act:?}");
        }
        let records = fixture.records().await;
        let again = store
            .run_bulk(org, &bulk, None, NOW, &fixture.entry())
            .await;
        assert_eq!(again.expect("answers"), Ran::Before);
        assert_eq!(fixture.records().await, records, "no change, no record");
        let undone = store
            .undo_bulk(org, &bulk, later(5), &fixture.entry())
            .await;
        assert_eq!(undone.expect("answers"), Ran::Yes(changes));
        assert_eq!(state().await, before, "{act:?} undone");
        let again = store
            .undo_bulk(org, &bulk, later(6), &fixture.entry())
            .await;
        assert_eq!(again.expect("answers"), Ran::Before);
    }
    let found = all(
        &fixture,
        &cond(&fixture, "field.cost:5 pc").await,
        Sort::default(),
        9,
    )
    .await;
    assert_eq!(found.len(), 1, "words and numbers are found after it all");
}

pub(super) async fn removed_devices_are_nowhere_until_they_come_back_or_are_forgotten(
    store: &dyn Store,
) {
    let fixture = Fixture::found(store).await;
    let org = fixture.org();
    let device = fixture.device(1, "till").await;
    let count = async || {
        let tallies = store.tallies(org).await.expect("reads");
        tallies.iter().map(|(_, tally)| tally.devices).sum::<u64>()
    };
    assert_eq!(count().await, 1);
    let (bulk, _) = run(&fixture, Act::Remove, &[device.id]).await;
    let kept = store.device(org, device.id).await.expect("reads");
    assert!(kept.is_none());
    assert!(store.agent(&device.key).await.expect("reads").is_none());
    assert!(
        store
            .next_envelope(device.id)
            .await
            .expect("reads")
            .is_none()
    );
    assert_eq!(count().await, 0);
    let ticket = fixture.ticket(TicketKind::Device, 1).await;
    let twin = fixture.new_device(1, "twin");
    assert_ne!(
        fixture.enroll(&ticket, &twin).await,
        Redeemed::Yes,
        "its key is not free yet"
    );
    let nobody = Timestamp(0);
    assert_eq!(
        store.purge(nobody, NOW, 10).await.expect("answers"),
        0,
        "not yet"
    );
    let undone = store.undo_bulk(org, &bulk, NOW, &fixture.entry()).await;
    assert_eq!(undone.expect("answers"), Ran::Yes(1));
    assert!(store.agent(&device.key).await.expect("reads").is_some());
    run(&fixture, Act::Remove, &[device.id]).await;
    let purged = store.purge(nobody, later(1), 10).await;
    assert_eq!(purged.expect("answers"), 1);
    assert_eq!(fixture.enroll(&ticket, &twin).await, Redeemed::Yes);
}

pub(super) async fn an_expected_device_is_filled_in_when_it_enrols(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let org = fixture.org();
    let tenant = fixture.founding.tenant.id;
    let (site, _) = place(&fixture, tenant, None, PlaceKind::Site, "Harbour").await;
    let expected = Expected {
        id: DeviceId(new_uuid(NOW)),
        spot: Spot {
            tenant,
            place: Some(site),
        },
        name: "Till-07".into(),
        os: String::new(),
        serial: "X1".into(),
        tags: vec!["till".into()],
        fields: Vec::new(),
    };
    for _ in 0..2 {
        let written = store
            .expect(org, std::slice::from_ref(&expected), NOW, None)
            .await;
        written.expect("writes");
    }
    let found = all(&fixture, &cond(&fixture, "till").await, Sort::default(), 9).await;
    assert_eq!(found.len(), 1, "writing it again changes nothing");
    assert_eq!(found[0].standing, Standing::Expected);
    assert!(
        store
            .device(org, expected.id)
            .await
            .expect("reads")
            .is_none(),
        "no key, no device"
    );
    let device = fixture.device(1, "TILL-07").await;
    let found = all(&fixture, &cond(&fixture, "till").await, Sort::default(), 9).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].id, found[0].standing),
        (device.id, Standing::Approved)
    );
    assert_eq!(
        (found[0].spot.place, found[0].tags.as_slice()),
        (Some(site), ["till".to_owned()].as_slice())
    );
    let kept = store
        .device(org, device.id)
        .await
        .expect("reads")
        .expect("is one now");
    assert_eq!((kept.key, kept.approval), (device.key, Approval::Approved));
}

pub(super) async fn hours_of_presence_are_kept(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let device = fixture.device(1, "till").await;
    let hour = |n: u64| NOW.after(Duration::from_secs(n * 3600));
    let hours = async |now| {
        let strip = store.heard_hours(fixture.org(), device.id, now).await;
        let strip = strip.expect("reads").expect("is there");
        strip.hours().filter(|heard| *heard).count()
    };
    assert_eq!(hours(NOW).await, 0);
    let come = async |counter, at| {
        let heard = fixture.heard(&device, counter);
        assert_eq!(
            store.note_present(&[heard], at).await.expect("writes"),
            [true]
        );
    };
    come(1, NOW).await;
    assert_eq!(hours(hour(2)).await, 3, "while it is there");
    store
        .note_gone(&[device.id], hour(2))
        .await
        .expect("writes");
    assert_eq!(hours(hour(5)).await, 3, "after it went");
    come(2, hour(5)).await;
    come(3, hour(6)).await;
    assert_eq!(hours(hour(6)).await, 5, "two stretches");
    store.nobody_present(hour(7)).await.expect("writes");
    assert_eq!(
        hours(hour(9)).await,
        6,
        "a crash ends it at the last sign of life"
    );
}
