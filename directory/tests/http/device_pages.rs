//! Claims about the list of devices and a device's page in the console: what is saved, chosen,
//! taken out and read in there, and what is said of devices that cannot be reached.

use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::caller::Caller;
use farpane_directory::audit::Event;
use farpane_directory::model::access::Subject;
use farpane_directory::model::field::FieldKind;
use farpane_directory::model::new_uuid;
use farpane_directory::policy::rights::Place;
use farpane_protocol::ids::DeviceId;

use crate::agents::{host, scene};
use crate::browser::Browser;
use crate::rights::hire;
use crate::world::{PASSWORD, World};

const TABLE: &str =
    "name,customer,site,tags\n=cmd()|'x'!A1,Fjord Fish,Quay,boat;net\nNET-2,Fjord Fish,Quay,\n";

async fn import(anna: &mut Browser<'_>, table: &str, more: &[(&str, &str)]) -> String {
    let mut fields = vec![("table", table)];
    fields.extend(more);
    anna.form("/devices/import", &fields).await.text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_checked_then_imported_and_comes_out_harmless() {
    let world = World::start().await;
    let mut anna = Browser::signed_in(&world).await;
    let page = import(&mut anna, TABLE, &[]).await;
    assert!(
        page.contains("Nothing would be written") && page.contains("Line 2"),
        "{page}"
    );
    assert!(page.contains("no customer"), "{page}");
    let make = [("create_customers", "yes"), ("create_places", "yes")];
    let page = import(&mut anna, TABLE, &make).await;
    let would = "This would write 2 devices, make 1 customer and 1 site or group.";
    assert!(
        page.contains(would) && page.contains("Import 2 devices"),
        "{page}"
    );
    let list = anna.get("/devices").await.text;
    assert!(!list.contains("NET-2"), "looking writes nothing");

    let run = [make[0], make[1], ("run", "yes")];
    let page = import(&mut anna, TABLE, &run).await;
    assert!(
        page.contains("2 devices are expected now; 1 customer and 1 site"),
        "{page}"
    );

    let (file, event) = world
        .recorded(anna.get("/devices/export.csv?q=tag:boat"))
        .await;
    assert_eq!(event, Event::CatalogueExported);
    let rows: Vec<_> = file.text.lines().collect();
    assert_eq!(rows.len(), 2, "{}", file.text);
    assert!(
        rows[1].contains(",'=cmd()") && rows[1].contains("boat;net"),
        "{}",
        rows[1]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_named_by_their_line_and_may_be_left_out() {
    let world = World::start().await;
    let mut anna = Browser::signed_in(&world).await;
    let own = world.app.core.tenant(None).await.expect("a tenant").name;
    let table = format!("name,customer\nGOOD-1,{own}\n,{own}\nBAD-2\n");
    let page = import(&mut anna, &table, &[("run", "yes")]).await;
    assert!(page.contains("2 rows are not right"), "{page}");
    assert!(page.contains("Line 3") && page.contains("Line 4"), "{page}");
    assert!(!anna.get("/devices").await.text.contains("GOOD-1"));
    let skip = [("skip_bad", "yes"), ("run", "yes")];
    let page = import(&mut anna, &table, &skip).await;
    assert!(page.contains("1 device is expected now") && page.contains("2 rows were left out"));
    let none = import(&mut anna, "nonsense", &[]).await;
    assert!(none.contains("there is no column"), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_saved_shown_as_a_group_and_forgotten_by_its_owner_only() {
    let world = World::start().await;
    host(&world, "till-07").await;
    let mut anna = Browser::signed_in(&world).await;
    let save = [("name", "Tills"), ("q", "till"), ("shared", "yes")];
    let (saved, event) = world.recorded(anna.form("/devices/searches", &save)).await;
    assert_eq!(
        (saved.status, saved.location.as_str()),
        (303, "/devices?q=till")
    );
    let Event::SearchChanged { search, .. } = event else {
        panic!("{event:?}");
    };
    let page = anna.get("/devices?q=till").await.text;
    assert!(page.contains("aria-current=\"page\"><bdi>Tills"), "{page}");
    let forget = format!("/devices/searches/{search}/remove");
    assert!(page.contains(&forget), "{page}");
    // Others use it and cannot take it away.
    let bo = hire(&world, "bo@example.org").await;
    let operator = Caller::operator(world.app.core.clone());
    let giving = Giving {
        subject: Subject::Person(bo),
        role: "observer".into(),
        place: Place::Org,
        from: None,
        until: None,
        hours: None,
    };
    operator.give_role(&giving).await.expect("gives");
    let mut bo = Browser::new(&world);
    bo.password("bo@example.org", PASSWORD).await;
    let page = bo.get("/devices?q=till").await.text;
    assert!(
        page.contains("<bdi>Tills") && !page.contains(&forget),
        "{page}"
    );
    assert_eq!(bo.form(&forget, &[]).await.status, 404);
    let shared = [("name", "Mine"), ("q", "till"), ("shared", "yes")];
    assert_eq!(bo.form("/devices/searches", &shared).await.status, 403);
    assert_eq!(anna.form(&forget, &[]).await.status, 303);
    assert!(!anna.get("/devices").await.text.contains("<bdi>Tills"));
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_chosen_in_the_address_and_fields_are_filled_in_for_many() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let id = scene.host.id.to_string();
    let operator = Caller::operator(world.app.core.clone());
    let added = operator.add_field("room", "Room", FieldKind::Text).await;
    added.expect("adds");
    let mut anna = Browser::signed_in(&world).await;
    let act = [
        ("what", "field"),
        ("field", "room"),
        ("value", "North 4"),
        ("device", &id),
    ];
    let preview = anna.form("/devices/acts", &act).await.text;
    assert!(preview.contains("Fill in"), "{preview}");
    let bulk = preview.split("/devices/acts/").nth(1).expect("the act");
    let bulk = bulk.split('/').next().expect("its id");
    let ran = anna.form(&format!("/devices/acts/{bulk}/run"), &[]).await;
    assert_eq!(ran.status, 303);
    let list = anna.get("/devices?col=field.room&col=history").await.text;
    assert!(
        list.contains("North 4") && list.contains("Heard on 1 of 30 days"),
        "{list}"
    );
    assert!(!list.contains("data-label=\"Customer\""), "{list}");
    let page = anna.get(&format!("/devices/{id}")).await.text;
    assert!(
        page.contains("North 4") && page.contains("The last thirty days"),
        "{page}"
    );
    let undone = anna.form(&format!("/devices/acts/{bulk}/undo"), &[]).await;
    assert_eq!(undone.status, 303);
    let list = anna.get("/devices?col=field.room").await.text;
    assert!(!list.contains("North 4"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_is_not_offered_where_nothing_can_be_reached_and_the_page_says_why() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let never = host(&world, "quiet").await;
    let mut anna = Browser::signed_in(&world).await;
    let page = anna.get(&format!("/devices/{}", never.id)).await.text;
    assert!(!page.contains("farpane://connect/"), "{page}");
    assert!(page.contains("its host was never heard"), "{page}");
    let here = anna.get(&format!("/devices/{}", scene.host.id)).await.text;
    let connect = format!("farpane://connect/{}", scene.host.id);
    assert!(
        here.contains(&connect) && !here.contains("never heard"),
        "{here}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_of_a_copied_identity_say_so() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let core = &world.app.core;
    let device = core.store.device(core.org.id, scene.host.id).await;
    let device = device.expect("reads").expect("is there");
    let now = world.app.now();
    let copy = DeviceId(new_uuid(now));
    let event = Event::DeviceCopied {
        device: device.id,
        copy,
    };
    let entry = core.entry(farpane_directory::audit::Actor::Directory, event);
    let print = farpane_protocol::api::machine::MachinePrint([7; 32]);
    let forked = core
        .store
        .fork(&device, print, (copy, "Copy of till"), now, &entry);
    assert!(forked.await.expect("forks"));
    let mut anna = Browser::signed_in(&world).await;
    let list = anna.get("/devices").await.text;
    assert!(
        list.contains(">copy<") && list.contains(">was copied<"),
        "{list}"
    );
    let second = anna.get(&format!("/devices/{copy}")).await.text;
    assert!(
        second.contains("farpane-host enroll TICKET --force"),
        "{second}"
    );
    let first = anna.get(&format!("/devices/{}", device.id)).await.text;
    assert!(first.contains(&format!("/devices/{copy}")), "{first}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_counts_what_each_person_sees() {
    let world = World::start().await;
    let _scene = scene(&world).await;
    let operator = Caller::operator(world.app.core.clone());
    let own = world.app.core.tenant(None).await.expect("a tenant").id;
    let other = operator.add_tenant("Bergen Bakers").await.expect("adds").id;
    for (email, tenant, sum) in [
        ("bo@example.org", own, "of 1 device reachable"),
        ("dina@example.org", other, "of 0 devices reachable"),
    ] {
        let person = hire(&world, email).await;
        let giving = Giving {
            subject: Subject::Person(person),
            role: "technician".into(),
            place: Place::Tenant(tenant),
            from: None,
            until: None,
            hours: None,
        };
        operator.give_role(&giving).await.expect("gives");
        let mut person = Browser::new(&world);
        person.password(email, PASSWORD).await;
        let page = person.get("/").await.text;
        assert!(page.contains(sum), "{email}: {page}");
        assert!(!page.contains("href=\"/relays\""), "{email}: {page}");
    }
}
