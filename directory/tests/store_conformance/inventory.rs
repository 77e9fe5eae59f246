//! Claims about what is kept of hosts' reports.

use farpane_directory::model::fact::{FactCondition, FactKey};
use farpane_directory::model::inventory::{CHANGES_KEPT, REPORTS_A_DAY, harmless};
use farpane_directory::store::Store;
use farpane_directory::store::inventory::Reported;
use farpane_protocol::api::inventory::{
    Check, Hardware, Inventory, Monitor, SelfTest, Software, SystemFacts, Verdict,
};
use farpane_protocol::ids::{DeviceId, OrgId};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Fixture, NOW, later};

fn report(software: &[(&str, &str)]) -> Inventory {
    let program = |(name, version): &(&str, &str)| Software {
        name: (*name).into(),
        version: (*version).into(),
    };
    harmless(Inventory {
        os: SystemFacts {
            name: "Debian GNU/Linux".into(),
            version: "12".into(),
            ..SystemFacts::default()
        },
        hardware: Hardware {
            serial: "AB-4711".into(),
            memory_mib: 8 * 1024,
            ..Hardware::default()
        },
        monitors: vec![
            Monitor {
                name: "DP-1".into(),
                width: 1920,
                height: 1080,
                scale_percent: 100,
            },
            Monitor {
                name: "DP-2".into(),
                ..Monitor::default()
            },
        ],
        software: software.iter().map(program).collect(),
        self_test: vec![SelfTest {
            check: Check::Consent,
            verdict: Verdict::Failed,
            with: String::new(),
            sentence: "nobody can be asked".into(),
            micros: None,
        }],
        ..Inventory::default()
    })
}

pub(super) async fn reports_are_kept_and_their_differences_too(store: &dyn Store) {
    let world = Fixture::found(store).await;
    let device = world.device(1, "till").await;
    let first = report(&[("curl", "8.1"), ("vim", "9")]);
    let said = store.report(device.id, &first, NOW, &world.entry()).await;
    assert_eq!(said.expect("keeps"), Reported::New(Vec::new()));
    let said = store
        .report(device.id, &first, later(60), &world.entry())
        .await;
    assert_eq!(said.expect("keeps"), Reported::Same);
    let second = report(&[("curl", "8.2"), ("vim", "9")]);
    let said = store
        .report(device.id, &second, later(120), &world.entry())
        .await;
    let Reported::New(changes) = said.expect("keeps") else {
        panic!("a difference");
    };
    assert_eq!(changes.len(), 1, "{changes:?}");
    let kept = store.inventory(world.org(), device.id).await;
    let kept = kept.expect("reads").expect("is there");
    assert_eq!(kept.inventory, second);
    assert_eq!((kept.reported, kept.changed), (later(120), later(120)));
    let found = store.inventory_changes(world.org(), device.id, 10).await;
    assert_eq!(found.expect("reads"), changes);
    let listed = store.device(world.org(), device.id).await;
    assert_eq!(
        listed.expect("reads").expect("is there").os,
        "Debian GNU/Linux 12"
    );
    let other_org = OrgId(Uuid::from_u128(9));
    assert_eq!(
        store.inventory(other_org, device.id).await.expect("reads"),
        None
    );
}

pub(super) async fn a_device_reports_so_often_a_day(store: &dyn Store) {
    let world = Fixture::found(store).await;
    let device = world.device(1, "till").await;
    // The first moment of a day.
    let midnight = Timestamp(NOW.0 - NOW.0 % 86_400_000_000);
    let at = |second: u64| midnight.after(std::time::Duration::from_secs(second));
    for n in 0..u64::from(REPORTS_A_DAY) {
        let version = n.to_string();
        let said = store
            .report(
                device.id,
                &report(&[("x", &version)]),
                at(n),
                &world.entry(),
            )
            .await;
        assert!(matches!(said.expect("keeps"), Reported::New(_)));
    }
    let more = report(&[("y", "1")]);
    let said = store
        .report(device.id, &more, at(86_399), &world.entry())
        .await;
    assert_eq!(said.expect("answers"), Reported::TooMany);
    let said = store
        .report(device.id, &more, at(86_400), &world.entry())
        .await;
    assert!(matches!(said.expect("keeps"), Reported::New(_)));
    let stranger = DeviceId(Uuid::from_u128(5));
    let said = store.report(stranger, &more, NOW, &world.entry()).await;
    assert_eq!(said.expect("answers"), Reported::NoDevice);
}

pub(super) async fn the_history_of_a_device_is_bounded(store: &dyn Store) {
    let world = Fixture::found(store).await;
    let device = world.device(1, "till").await;
    for n in 0..12_u64 {
        let names: Vec<_> = (0..90).map(|m| format!("program {n} {m}")).collect();
        let names: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
        let said = store
            .report(device.id, &report(&names), later(n), &world.entry())
            .await;
        said.expect("keeps");
    }
    let found = store
        .inventory_changes(world.org(), device.id, 10_000)
        .await;
    assert_eq!(found.expect("reads").len(), CHANGES_KEPT as usize);
}

pub(super) async fn devices_are_found_by_what_they_report(store: &dyn Store) {
    let world = Fixture::found(store).await;
    let (till, lab) = (world.device(1, "till").await, world.device(2, "lab").await);
    let silent = world.device(3, "silent").await;
    store
        .report(
            till.id,
            &report(&[("Firefox ESR", "115")]),
            NOW,
            &world.entry(),
        )
        .await
        .expect("keeps");
    let other = Inventory {
        hardware: Hardware {
            serial: "XY-1".into(),
            memory_mib: 16 * 1024,
            ..Hardware::default()
        },
        monitors: Vec::new(),
        ..report(&[("curl", "8")])
    };
    store
        .report(lab.id, &other, NOW, &world.entry())
        .await
        .expect("keeps");
    let find = async |conditions: &[(&str, &str)]| {
        let read = |(word, value): &(&str, &str)| {
            let key = FactKey::of(word).expect("a fact");
            FactCondition::parse(key, value).expect("a value")
        };
        let conditions: Vec<_> = conditions.iter().map(read).collect();
        let found = store.devices_with(world.org(), &conditions, 10).await;
        found.expect("reads")
    };
    assert_eq!(find(&[("software", "firefox")]).await, [till.id]);
    assert_eq!(find(&[("software", "esr 115")]).await, [till.id]);
    assert_eq!(find(&[("serial", "ab-4")]).await, [till.id]);
    assert_eq!(find(&[("serial", "4711")]).await, []);
    assert_eq!(find(&[("memory", "<8")]).await, []);
    assert_eq!(find(&[("memory", "<=8")]).await, [till.id]);
    assert_eq!(find(&[("monitors", ">1")]).await, [till.id]);
    assert_eq!(
        find(&[("cannot", "consent"), ("memory", ">8")]).await,
        [lab.id]
    );
    // No character of what is typed means anything to the database.
    assert_eq!(find(&[("software", "%")]).await, []);
    assert_eq!(find(&[("software", "' OR 1=1 --")]).await, []);
    let removed = store
        .remove_device(world.org(), till.id, NOW, &world.entry())
        .await;
    assert!(removed.expect("removes"));
    assert_eq!(find(&[("software", "firefox")]).await, []);
    assert_eq!(find(&[("software", "")]).await, [lab.id]);
    assert!(
        store
            .inventory(world.org(), silent.id)
            .await
            .expect("reads")
            .is_none()
    );
}

pub(super) async fn programs_that_nobody_has_are_forgotten(store: &dyn Store) {
    let world = Fixture::found(store).await;
    let (till, lab) = (world.device(1, "till").await, world.device(2, "lab").await);
    let both = report(&[("vim", "9"), ("curl", "8")]);
    store
        .report(till.id, &both, NOW, &world.entry())
        .await
        .expect("keeps");
    let kept = report(&[("curl", "8")]);
    store
        .report(lab.id, &kept, NOW, &world.entry())
        .await
        .expect("keeps");
    let remove = async |id| {
        let entry = world.entry();
        let removed = store.remove_device(world.org(), id, NOW, &entry);
        assert!(removed.await.expect("removes"));
    };
    let sweep = async |after| store.sweep_software(after, 1).await.expect("sweeps");
    remove(till.id).await;
    let first = sweep(0).await;
    let second = sweep(first).await;
    assert!(0 < first && first < second, "one at a time");
    assert_eq!(sweep(second).await, 0, "from the beginning again");
    assert_eq!(sweep(sweep(0).await).await, 0, "one of two is left");
    let found = store.inventory(world.org(), lab.id).await.expect("reads");
    assert_eq!(found.map(|found| found.inventory), Some(kept));
    remove(lab.id).await;
    sweep(0).await;
    assert_eq!(sweep(0).await, 0, "none is left");
}
