//! Claims about devices that are expected before they enrol.

use farpane_directory::model::catalogue::Sort;
use farpane_directory::model::new_uuid;
use farpane_directory::model::place::{PlaceKind, Spot};
use farpane_directory::model::query::Standing;
use farpane_directory::store::Store;
use farpane_directory::store::imports::Expected;
use farpane_protocol::api::Approval;
use farpane_protocol::ids::DeviceId;

use super::catalogue::{all, cond, place};
use super::{Fixture, NOW};

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
