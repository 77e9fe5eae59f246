//! Claims about devices that are expected before they enrol.

use farpane_directory::model::Device;
use farpane_directory::model::bulk::Act;
use farpane_directory::model::catalogue::Sort;
use farpane_directory::model::new_uuid;
use farpane_directory::model::place::{PlaceKind, Spot};
use farpane_directory::model::query::Standing;
use farpane_directory::store::Store;
use farpane_directory::store::catalogue::Redeemed;
use farpane_directory::store::imports::Expected;
use farpane_protocol::api::Approval;
use farpane_protocol::api::inventory::{Hardware, Inventory};
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::DeviceId;

use super::acts::run;
use super::catalogue::{all, cond, place};
use super::{Fixture, NOW, later};

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

pub(super) async fn a_serial_number_takes_a_place_once_and_after_approval(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let (org, tenant) = (fixture.org(), fixture.founding.tenant.id);
    let spot = Spot {
        tenant,
        place: None,
    };
    let expected = ["X1", "X2"].map(|serial| Expected {
        id: DeviceId(new_uuid(NOW)),
        spot,
        name: format!("till {serial}"),
        os: String::new(),
        serial: serial.into(),
        tags: Vec::new(),
        fields: Vec::new(),
    });
    store
        .expect(org, &expected, NOW, None)
        .await
        .expect("writes");
    let ticket = fixture.ticket(TicketKind::Device, 1).await;
    let device = Device {
        approval: Approval::Pending,
        ..fixture.new_device(1, "mallory")
    };
    let enrolled = fixture.enroll(&ticket, &device).await;
    assert_eq!(enrolled, Redeemed::Yes);
    let say = async |serial: &str, at| {
        let report = Inventory {
            hardware: Hardware {
                serial: serial.into(),
                ..Hardware::default()
            },
            ..Inventory::default()
        };
        let before = fixture.records().await;
        let said = store.report(device.id, &report, at, &fixture.entry()).await;
        said.expect("answers");
        let kept = store.device(org, device.id).await.expect("reads");
        let recorded = fixture.records().await - before;
        (kept.expect("is kept").name, recorded)
    };
    let own = ("mallory".to_owned(), 0);
    assert_eq!(say("X1", NOW).await, own, "nobody approved it");
    run(&fixture, Act::Approve, &[device.id]).await;
    let placed = say("X1", later(60)).await;
    assert_eq!(
        placed,
        ("till X1".to_owned(), 1),
        "the same report, approved"
    );
    let settled = ("till X1".to_owned(), 0);
    assert_eq!(say("X2", later(120)).await, settled, "one place, once");
    let left = all(&fixture, &cond(&fixture, "till").await, Sort::default(), 9).await;
    assert_eq!(left.len(), 2, "the other one is still expected");
}
