//! Claims about acts on many devices, and about devices that were removed.

use farpane_directory::model::bulk::{Act, Bulk, PREVIEWS_MOST};
use farpane_directory::model::catalogue::Sort;
use farpane_directory::model::new_uuid;
use farpane_directory::store::Store;
use farpane_directory::store::bulks::{Chosen, Previewed, Ran};
use farpane_directory::store::catalogue::Redeemed;
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::DeviceId;
use farpane_protocol::time::Timestamp;

use super::catalogue::{all, cond, filled};
use super::{Fixture, NOW, later};

/// Chooses and does.
pub(super) async fn run(fixture: &Fixture<'_>, act: Act, devices: &[DeviceId]) -> (Bulk, u64) {
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
        .run_bulk(org, &bulk, value.as_ref(), None, NOW, &fixture.entry())
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
            .run_bulk(org, &bulk, None, None, NOW, &fixture.entry())
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

pub(super) async fn a_person_has_so_many_previews_and_the_oldest_goes(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let (org, admin) = (fixture.org(), fixture.founding.admin.id);
    let chosen = Chosen::Devices(vec![fixture.device(1, "till").await.id]);
    let act = Act::Tag { tag: "x".into() };
    let preview = async |account, at| {
        let id = new_uuid(at);
        let previewed = store.preview(org, id, account, &act, &chosen, at).await;
        assert!(matches!(previewed, Ok(Previewed::Yes { count: 1, .. })));
        id
    };
    let operators = preview(None, NOW).await;
    let mut own = Vec::new();
    for n in 0..=u64::from(PREVIEWS_MOST) {
        own.push(preview(Some(admin), later(n)).await);
    }
    let kept = async |id| store.bulk(org, id).await.expect("reads").is_some();
    assert!(!kept(own[0]).await, "the oldest");
    assert!(kept(own[1]).await && kept(own[own.len() - 1]).await);
    assert!(kept(operators).await, "nobody else's");
}
