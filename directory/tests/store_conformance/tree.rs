//! Claims about the tree of customers and places.

use farpane_directory::model::bulk::Act;
use farpane_directory::model::new_uuid;
use farpane_directory::model::place::{PlaceKind, Spot};
use farpane_directory::store::Store;
use farpane_directory::store::places::Placed;
use farpane_protocol::ids::OrgId;

use super::acts::run;
use super::catalogue::{place, tenant};
use super::{Fixture, NOW};

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
