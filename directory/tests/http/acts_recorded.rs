//! Acts on many devices in the record: everybody whose device it was about hears of it, each
//! device is named, and what waits for a second person is done once that person says yes.

use farpane_directory::app::access::Done;
use farpane_directory::app::bulk::Selection;
use farpane_directory::app::caller::{Caller, Way};
use farpane_directory::app::{AppError, Denied};
use farpane_directory::audit::{ChainId, Event};
use farpane_directory::model::bulk::Act;
use farpane_directory::policy::second_person::SecondPerson;
use farpane_directory::store::records::Sought;
use farpane_directory::store::requests::Verdict;
use farpane_protocol::ids::DeviceId;

use crate::agents::host;
use crate::world::World;

/// What a chain's last record says of devices: the act, its number and the names.
async fn last_said(world: &World, chain: ChainId) -> (Event, Vec<String>) {
    let store = &world.app.core.store;
    let head = store.chain_head(chain).await.expect("reads");
    let last = store.records_after(chain, head.seq - 1, 1).await;
    let last = last.expect("reads").pop().expect("a record");
    let event = last.read().expect("is known").event;
    (event, last.personal().devices)
}

fn about(event: &Event) -> (u64, Vec<DeviceId>) {
    let (Event::DevicesChanged { count, devices, .. }
    | Event::DevicesRestored { count, devices, .. }) = event
    else {
        panic!("an act on devices, not {event:?}");
    };
    (*count, devices.clone())
}

#[tokio::test]
async fn every_customer_concerned_hears_which_of_its_devices_were_changed() {
    let world = World::start().await;
    let operator = world.operator();
    let oslo = world.app.core.tenant(None).await.expect("a tenant").id;
    let other = operator.add_tenant("Trondheim").await.expect("adds").id;
    let (one, two) = (host(&world, "till-1").await, host(&world, "till-2").await);
    let to_bergen = Act::Move {
        customer: other,
        place: None,
    };
    let only_two = Selection::Devices(vec![two.id]);
    operator.act(to_bergen, &only_two).await.expect("moves");
    // A move is both customers' business.
    for tenant in [oslo, other] {
        let (event, names) = last_said(&world, ChainId::Tenant(tenant)).await;
        assert_eq!(about(&event), (1, vec![two.id]));
        assert_eq!(names, ["till-2"]);
    }

    let tag = Act::Tag { tag: "till".into() };
    let both = Selection::Devices(vec![one.id, two.id]);
    let (bulk, changed) = operator.act(tag.clone(), &both).await.expect("tags");
    assert_eq!(changed, 2);
    let whole = ChainId::Org(world.app.core.org.id);
    let told = [
        (whole, 2, vec![]),
        (ChainId::Tenant(oslo), 1, vec![one.id]),
        (ChainId::Tenant(other), 1, vec![two.id]),
    ];
    for (chain, count, devices) in &told {
        let (event, _) = last_said(&world, *chain).await;
        assert_eq!(about(&event), (*count, devices.clone()));
    }
    operator.undo_bulk(bulk).await.expect("undoes");
    for (chain, count, devices) in &told {
        let (event, _) = last_said(&world, *chain).await;
        assert!(matches!(event, Event::DevicesRestored { .. }));
        assert_eq!(about(&event), (*count, devices.clone()));
    }

    // What is looked for by device is found, though the record names several.
    let sought = Sought {
        device: Some(two.id),
        kind: Some("devices_changed".into()),
        ..Sought::default()
    };
    let found = world.app.core.store.find_records(&sought, None, 10).await;
    assert_eq!(
        found.expect("reads").len(),
        3,
        "two of the move, one of the tag"
    );

    // What changes nothing is not recorded.
    let before = world.records().await.len();
    let untag = Act::Untag { tag: "till".into() };
    assert_eq!(operator.act(untag, &both).await.expect("runs").1, 0);
    assert_eq!(world.records().await.len(), before);
}

#[tokio::test]
async fn a_removal_that_a_second_person_approved_is_done() {
    let world = World::start().await;
    let device = host(&world, "till-1").await;
    let operator = world.operator();
    let rules = SecondPerson {
        remove_over: Some(0),
        ..SecondPerson::default()
    };
    let set = operator.set_second_person(rules).await.expect("sets");
    assert!(matches!(set, Done::Now(())));
    let core = &world.app.core;
    let accounts = core.store.accounts(core.org.id).await.expect("reads");
    let way = Way::Console {
        strong_at: Some(world.app.now()),
    };
    let anna = world.app.caller(accounts[0].clone(), way).await;
    let anna: Caller = anna.expect("a caller");
    let one = Selection::Devices(vec![device.id]);
    let refused = anna.act(Act::Remove, &one).await;
    assert!(matches!(
        refused,
        Err(AppError::Denied(Denied::SecondPersonNeeded))
    ));
    assert!(
        core.store
            .device(core.org.id, device.id)
            .await
            .expect("reads")
            .is_some()
    );
    let waiting = operator.requests().await.expect("reads");
    let request = waiting.first().expect("a request").request.id;
    operator
        .decide_request(request, Verdict::Approved, "")
        .await
        .expect("approves");
    assert!(
        core.store
            .device(core.org.id, device.id)
            .await
            .expect("reads")
            .is_none()
    );
    let again = operator
        .decide_request(request, Verdict::Approved, "")
        .await;
    assert!(matches!(again, Err(AppError::Denied(Denied::Conflict(_)))));
}
