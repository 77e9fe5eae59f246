//! Claims about the settings in the console: who finds them, what they change, and that nobody
//! changes them with a proof that has grown old.

use std::time::Duration;

use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::caller::Caller;
use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_directory::model::access::Subject;
use farpane_directory::policy::rights::Place;

use crate::agents::host;
use crate::browser::Browser;
use crate::rights::hire;
use crate::world::{PASSWORD, START, World};

const TABS: [&str; 5] = [
    "/settings",
    "/settings/sign-in",
    "/settings/versions",
    "/settings/fields",
    "/settings/webhooks",
];

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_changed_in_pages_and_recorded() {
    let world = World::start().await;
    let mut anna = Browser::signed_in(&world).await;
    for tab in TABS {
        let page = anna.get(tab).await;
        assert_eq!(page.status, 200, "{tab}");
        assert!(page.text.contains("href=\"/settings\""), "{tab}");
    }
    let named = anna.form("/settings", &[("name", "Fjord IT")]);
    let (page, event) = world.recorded(named).await;
    assert_eq!((page.status, event), (200, Event::OrganisationRenamed));
    assert!(page.text.contains("Saved."), "{}", page.text);
    let door = Browser::new(&world).get("/sign-in").await;
    assert!(door.text.contains("Fjord IT"), "{}", door.text);

    let rules = [
        ("idle", "30"),
        ("idle_unit", "minutes"),
        ("life", "14"),
        ("life_unit", "days"),
    ];
    let (page, event) = world.recorded(anna.form("/settings/sign-in", &rules)).await;
    assert_eq!(page.status, 200);
    let changed = Event::SignInRulesChanged {
        factor: false,
        idle_s: 1800,
        life_s: 14 * 24 * 3600,
    };
    assert_eq!(event, changed);
    let short = [("idle", "1"), rules[1], rules[2], rules[3]];
    let page = anna.form("/settings/sign-in", &short).await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("five minutes") && page.text.contains("value=\"30\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_says_how_many_it_would_shut_out_before_it_is_set() {
    let world = World::start().await;
    host(&world, "old").await;
    let mut anna = Browser::signed_in(&world).await;
    let look = anna.get("/settings/versions?host=1.0&viewer=").await;
    assert!(
        look.text.contains("1 device runs a host older"),
        "{}",
        look.text
    );
    let core = &world.app.core;
    let set = core.store.minimum_versions(core.org.id).await;
    assert_eq!(set.expect("reads").host, None, "looking sets nothing");
    let wrong = anna
        .form("/settings/versions", &[("host", "new"), ("viewer", "")])
        .await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text.contains("A version looks like") && wrong.text.contains("value=\"new\""));
    let set = anna.form("/settings/versions", &[("host", "1.0"), ("viewer", "")]);
    let (_, event) = world.recorded(set).await;
    let host = Some("1.0".to_owned());
    assert!(matches!(event, Event::MinimumVersionsSet { host: said, .. } if said == host));
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_added_and_removed_and_a_bad_one_is_explained_beside_what_was_typed() {
    let world = World::start().await;
    let mut anna = Browser::signed_in(&world).await;
    let bad = [("label", "Room <b>"), ("key", "9 rooms"), ("kind", "text")];
    let page = anna.form("/settings/fields", &bad).await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("begins with a letter") && page.text.contains("9 rooms"));
    assert!(!page.text.contains("<b>\""), "{}", page.text);
    let good = [
        ("label", "Room"),
        ("key", "room"),
        ("kind", "choice"),
        ("choices", "North\r\nSouth"),
    ];
    let page = anna.form("/settings/fields", &good).await;
    assert!(page.text.contains("field.room") && page.text.contains("North · South"));
    let gone = anna.form("/settings/fields/room/remove", &[]).await;
    assert_eq!(
        (gone.status, gone.location.as_str()),
        (303, "/settings/fields")
    );
    let page = anna.get("/settings/fields").await;
    assert!(!page.text.contains("field.room"));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_added_looked_at_tried_and_removed() {
    let world = World::start().await;
    let mut anna = Browser::signed_in(&world).await;
    let bad = [("url", "http://<b>.example/"), ("events", "*")];
    let page = anna.form("/settings/webhooks", &bad).await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("needs an https address") && !page.text.contains("<b>"));
    let bad = [
        ("url", "https://hooks.example/"),
        ("events", "device.enroled"),
    ];
    let page = anna.form("/settings/webhooks", &bad).await;
    assert!(
        page.text.contains("There is no kind of event") && page.text.contains("device.enroled")
    );
    let good = [
        ("url", "https://hooks.example/"),
        ("events", "device.*, session.ended"),
    ];
    let (page, event) = world.recorded(anna.form("/settings/webhooks", &good)).await;
    assert!(
        matches!(event, Event::WebhookMade { events, .. } if events == ["device.*", "session.ended"])
    );
    assert!(page.text.contains("whsec_"), "{}", page.text);
    let list = anna.get("/settings/webhooks").await;
    assert!(!list.text.contains("whsec_"), "shown once: {}", list.text);
    let start = list.text.find("/settings/webhooks/0").expect("a link");
    let one = list.text[start..]
        .split('"')
        .next()
        .expect("a path")
        .to_owned();
    let tried = anna.form(&format!("{one}/trial"), &[]).await;
    assert_eq!((tried.status, &tried.location), (303, &one));
    let page = anna.get(&one).await;
    assert!(
        page.text.contains("webhook.trial") && page.text.contains("waits"),
        "{}",
        page.text
    );
    let remove = format!("{one}/remove");
    let (gone, event) = world.recorded(anna.form(&remove, &[])).await;
    assert_eq!(gone.location, "/settings/webhooks");
    assert!(matches!(event, Event::WebhookRemoved { .. }));
    assert_eq!(anna.get(&one).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_proof_changes_nothing_and_the_page_says_so_before() {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let mut anna = Browser::signed_in(&world).await;
    let fresh = anna.get("/settings").await;
    assert!(!fresh.text.contains("/confirm?to="), "{}", fresh.text);
    clock.advance(Duration::from_secs(11 * 60));
    for path in [
        "/settings",
        "/enrolment",
        "/customers",
        "/groups",
        "/access/second-person",
        "/account/factors",
        "/devices/import",
    ] {
        let page = anna.get(path).await.text;
        let asked = format!("/confirm?to={}", path.replace('/', "%2F"));
        assert!(page.contains(&asked), "{path}: {page}");
    }
    for (path, fields) in [
        ("/settings", vec![("name", "Other")]),
        ("/settings/versions", vec![("host", "2")]),
        ("/settings/fields", vec![("key", "room"), ("kind", "text")]),
        (
            "/settings/webhooks",
            vec![("url", "https://hooks.example/"), ("events", "*")],
        ),
    ] {
        let sent = anna.form(path, &fields).await;
        assert_eq!(sent.status, 303, "{path}");
        assert!(sent.location.starts_with("/confirm"), "{path}");
    }
    let confirm = [("password", PASSWORD), ("to", "/settings")];
    let back = anna.form("/confirm", &confirm).await;
    assert_eq!(back.location, "/settings");
    let page = anna.form("/settings", &[("name", "Other")]).await;
    assert!(page.text.contains("Saved."), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_administers_one_customer_sets_its_factor_and_not_the_organisation() {
    let world = World::start().await;
    let bo = hire(&world, "bo@example.org").await;
    let operator = Caller::operator(world.app.core.clone());
    let own = world.app.core.tenant(None).await.expect("a tenant").id;
    let other = operator.add_tenant("Bergen Bakers").await.expect("adds").id;
    let giving = Giving {
        subject: Subject::Person(bo),
        role: "administrator".into(),
        place: Place::Tenant(own),
        from: None,
        until: None,
        hours: None,
    };
    operator.give_role(&giving).await.expect("gives");
    let mut bo = Browser::new(&world);
    bo.password("bo@example.org", PASSWORD).await;
    for tab in TABS {
        assert_eq!(bo.get(tab).await.status, 403, "{tab}");
    }
    assert!(!bo.get("/").await.text.contains("href=\"/settings\""));
    let page = bo.get(&format!("/customers/{own}")).await;
    assert!(page.text.contains("second-factor"), "{}", page.text);
    let switch = |tenant| format!("/customers/{tenant}/second-factor");
    let needed = [("needed", "yes")];
    assert_eq!(bo.form(&switch(other), &needed).await.status, 404);
    let own = switch(own);
    let (sent, event) = world.recorded(bo.form(&own, &needed)).await;
    assert_eq!(sent.status, 303);
    assert_eq!(event, Event::TenantFactorChanged { needed: true });
}
