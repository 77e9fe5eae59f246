//! Claims about the console's pages for access: giving and taking roles, and what a form says that
//! was filled in wrongly.

use farpane_directory::app::caller::Caller;
use farpane_directory::audit::Event;
use farpane_directory::policy::rights::Place;
use farpane_protocol::api::Approval;
use reqwest::StatusCode;

use crate::agents::host_with;
use crate::console::{sign_in, sign_in_as};
use crate::pages_of_people::{BO, give, led_to, open, send};
use crate::rights::hire;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_given_for_a_while_at_some_hours_and_taken_away() {
    let world = World::start().await;
    let bo = hire(&world, BO).await;
    let anna = sign_in(&world).await;
    let (_, form) = open(&world, &anna, "/access/give?who=bo%40example.org").await;
    assert!(form.contains("value=\"bo@example.org\""), "{form}");
    let fields = "who=bo%40example.org&role=technician&place=oslo+shops&from=&until=2099-12-31T18%3A00\
                  &day=mon&day=tue&day=fri&opens=08%3A00&closes=18%3A00&zone=Europe%2FOslo";
    let (given, event) = world
        .recorded(send(&world, &anna, "/access/give", fields))
        .await;
    assert_eq!(led_to(&given), format!("/people/{bo}"));
    let Event::RoleGiven {
        assignment, hours, ..
    } = event
    else {
        panic!("{event:?}");
    };
    assert_eq!(
        hours.as_deref(),
        Some("mon-tue,fri 08:00-18:00 Europe/Oslo")
    );
    let (_, page) = open(&world, &anna, &format!("/people/{bo}")).await;
    for part in [
        "Technician",
        "Oslo Shops",
        "until 2099-12-31 18:00:00 UTC",
        "Mon–Tue, Fri 08:00–18:00 Europe/Oslo",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let take = format!("/access/assignments/{assignment}/take");
    let back = format!("back=/people/{bo}");
    let (taken, event) = world.recorded(send(&world, &anna, &take, &back)).await;
    assert!(matches!(event, Event::RoleTaken { .. }));
    assert_eq!(led_to(&taken), format!("/people/{bo}"));
    let gone = send(&world, &anna, &take, "back=https://evil.example/").await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_cannot_be_given_says_why_beside_its_field() {
    let world = World::start().await;
    hire(&world, BO).await;
    let anna = sign_in(&world).await;
    let good = "who=bo%40example.org&role=observer&place=Oslo+Shops";
    for (change, with, field) in [
        ("who=bo%40example.org", "who=nobody%40example.org", "who"),
        ("who=bo%40example.org", "who=anna%40example.org", "who"),
        ("role=observer", "role=", "role"),
        ("place=Oslo+Shops", "place=Nowhere", "place"),
        ("place=Oslo+Shops", "place=", "place"),
        ("&place", "&until=2001-01-01T00%3A00&place", "until"),
        ("&place", "&from=yesterday&place", "from"),
        ("&place", "&opens=08%3A00&place", "hours"),
        (
            "&place",
            "&day=mon&opens=08%3A00&closes=08%3A00&place",
            "hours",
        ),
        ("&place", "&day=mon&zone=Atlantis%2FCity&place", "hours"),
    ] {
        let before = world.records().await.len();
        let fields = good.replace(change, with);
        let answer = send(&world, &anna, "/access/give", &fields).await;
        assert!(answer.status().is_client_error(), "{fields}");
        let text = answer.text().await.expect("a page");
        let error = format!("<div id=\"{field}-more\"><p class=\"error\">");
        let hours = "id=\"hours-more\"><p class=\"error\">";
        assert!(
            text.contains(&error) || (field == "hours" && text.contains(hours)),
            "{fields}: {text}"
        );
        assert_eq!(
            text.matches("class=\"error\"").count(),
            1,
            "{fields}: {text}"
        );
        assert_eq!(world.records().await.len(), before, "{fields}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_and_people_that_are_not_ones_own_are_as_unknown_as_those_that_are_not_there() {
    let world = World::start().await;
    let operator = Caller::operator(world.app.core.clone());
    let oslo = world.app.core.tenant(None).await.expect("a customer").id;
    operator.add_tenant("Bergen Bakers").await.expect("adds");
    let bo = hire(&world, BO).await;
    let cy = hire(&world, "cy@example.org").await;
    give(&world, bo, "administrator", Place::Tenant(oslo)).await;
    give(&world, cy, "observer", Place::Tenant(oslo)).await;
    let cookie = sign_in_as(&world, BO).await;
    let form = |who: &str, place: &str| format!("who={who}&role=observer&place={place}");
    let mut pages = Vec::new();
    for (who, place) in [
        ("cy%40example.org", "Bergen+Bakers"),
        ("cy%40example.org", "Bergen+Bikers"),
        ("anna%40example.org", "Oslo+Shops"),
        ("anne%40example.org", "Oslo+Shops"),
    ] {
        let answer = send(&world, &cookie, "/access/give", &form(who, place)).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{who} {place}");
        let page = answer.text().await.expect("a page");
        pages.push(page.replace("Bikers", "Bakers").replace("anne", "anna"));
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(pages[2], pages[3]);
    assert!(
        !pages[2].contains("value=\"owner\""),
        "no more than Bo holds"
    );
    let given = send(
        &world,
        &cookie,
        "/access/give",
        &form("cy%40example.org", "oslo+shops&until=2099-01-01T00%3A00"),
    )
    .await;
    assert_eq!(led_to(&given), format!("/people/{cy}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_ones_own_is_made_changed_and_removed() {
    let world = World::start().await;
    let bo = hire(&world, BO).await;
    let anna = sign_in(&world).await;
    let (_, list) = open(&world, &anna, "/access/roles").await;
    for part in ["Owner", "everything", "define roles", "see the screen"] {
        assert!(list.contains(part), "{part} in {list}");
    }
    let ticked = "reach=yes&scope=view&action=see-devices&action=see-sessions";
    let nameless = send(&world, &anna, "/access/roles/new", ticked).await;
    assert_eq!(nameless.status(), StatusCode::BAD_REQUEST);
    let text = nameless.text().await.expect("a page");
    assert!(text.contains("A role needs a name."), "{text}");
    assert!(text.contains("value=\"see-sessions\" checked"), "{text}");
    let fields = format!("name=Lookers&{ticked}");
    let made = send(&world, &anna, "/access/roles/new", &fields);
    let (made, event) = world.recorded(made).await;
    assert_eq!(led_to(&made), "/access/roles");
    let Event::RoleDefined { role, actions, .. } = event else {
        panic!("{event:?}");
    };
    assert_eq!(actions, ["see-devices", "see-sessions"]);
    let page = format!("/access/roles/{role}");
    let changed = send(&world, &anna, &page, "name=Lookers&reach=yes&scope=view");
    let (_, event) = world.recorded(changed).await;
    assert!(matches!(event, Event::RoleDefined { actions, .. } if actions.is_empty()));
    give(&world, bo, "Lookers", Place::Org).await;
    let remove = format!("{page}/remove");
    assert_eq!(open(&world, &anna, &remove).await.0, 200);
    let held = send(&world, &anna, &remove, "").await;
    assert_eq!(held.status(), StatusCode::CONFLICT);
    let text = held.text().await.expect("a page");
    assert!(text.contains("Somebody still holds this role."), "{text}");
    assert_eq!(open(&world, &anna, "/access/roles/owner").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_gives_into_a_role_only_what_they_hold() {
    let world = World::start().await;
    let bo = hire(&world, BO).await;
    let anna = sign_in(&world).await;
    let definer = "name=Definers&action=manage-roles&action=see-people";
    led_to(&send(&world, &anna, "/access/roles/new", definer).await);
    give(&world, bo, "Definers", Place::Org).await;
    let cookie = sign_in_as(&world, BO).await;
    let (_, form) = open(&world, &cookie, "/access/roles/new").await;
    assert!(form.contains("value=\"remove-devices\" disabled"), "{form}");
    let more = "name=More&action=remove-devices";
    let refused = send(&world, &cookie, "/access/roles/new", more).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let text = refused.text().await.expect("a page");
    assert!(text.contains("more rights than you hold"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_asked_for_is_approved_by_somebody_else_with_an_answer() {
    let world = World::start().await;
    let oslo = world.app.core.tenant(None).await.expect("a customer").id;
    let bo = hire(&world, BO).await;
    give(&world, bo, "observer", Place::Tenant(oslo)).await;
    let cookie = sign_in_as(&world, BO).await;
    let good = "role=Technician&place=Oslo+Shops&hours=8&reason=ticket+4711";
    for (change, with) in [
        ("Technician", "Nobody"),
        ("Oslo", "Bergen"),
        ("ticket+4711", "+"),
        ("hours=8", "hours=x"),
    ] {
        let fields = good.replace(change, with);
        let again = send(&world, &cookie, "/access/ask", &fields).await;
        assert_eq!(again.status(), StatusCode::BAD_REQUEST, "{fields}");
        let text = again.text().await.expect("a page");
        assert!(text.contains("class=\"error\""), "{text}");
    }
    let asked = send(&world, &cookie, "/access/ask", good);
    let (asked, event) = world.recorded(asked).await;
    let Event::RequestMade { request, .. } = event else {
        panic!("{event:?}");
    };
    assert_eq!(led_to(&asked), format!("/access/requests#r-{request}"));
    let (_, own) = open(&world, &cookie, "/access/requests").await;
    assert!(own.contains("Nobody decides what they asked for"), "{own}");
    assert!(!own.contains("value=\"approve\""), "{own}");
    let decide = format!("/access/requests/{request}/decide");
    let alone = send(&world, &cookie, &decide, "verdict=approve").await;
    assert_eq!(alone.status(), StatusCode::FORBIDDEN);

    let anna = sign_in(&world).await;
    let (_, page) = open(&world, &anna, "/").await;
    assert!(page.contains("class=\"count waiting\">1<"), "{page}");
    let (_, page) = open(&world, &anna, "/access/requests").await;
    for part in ["Bo Lund", "ticket 4711", "Technician", "value=\"approve\""] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let fields = "verdict=approve&reason=until+lunch";
    let approved = send(&world, &anna, &decide, fields).await;
    assert_eq!(led_to(&approved), "/access/requests");
    let (_, held) = open(&world, &cookie, "/access").await;
    assert!(held.contains("Technician"), "{held}");
    let (_, own) = open(&world, &cookie, "/access/requests").await;
    assert!(own.contains("until lunch"), "{own}");
    let twice = send(&world, &anna, &decide, "verdict=refuse").await;
    assert_eq!(twice.status(), StatusCode::CONFLICT);
    let strange = send(&world, &anna, &decide, "verdict=maybe").await;
    assert_eq!(strange.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_a_second_person_for_less_waits_and_shows_what_the_rules_would_be() {
    let world = World::start().await;
    let bo = hire(&world, BO).await;
    give(&world, bo, "administrator", Place::Org).await;
    let anna = sign_in(&world).await;
    let path = "/access/second-person";
    for bad in [
        "remove_over=many",
        "unattended=Nowhere",
        "devices_per_hour=-1",
    ] {
        let again = send(&world, &anna, path, bad).await;
        assert_eq!(again.status(), StatusCode::BAD_REQUEST, "{bad}");
        let text = again.text().await.expect("a page");
        assert_eq!(text.matches("class=\"error\"").count(), 1, "{bad}: {text}");
    }
    let strict = "give_power=yes&remove_over=50&devices_per_hour=20&unattended=oslo+shops%0D%0A";
    let saved = send(&world, &anna, path, strict).await;
    assert_eq!(saved.status(), StatusCode::OK);
    let (_, page) = open(&world, &anna, path).await;
    assert!(page.contains("Oslo Shops</textarea>"), "{page}");
    assert!(page.contains("value=\"50\""), "{page}");
    let loose = "devices_per_hour=20";
    let held = send(&world, &anna, path, loose).await;
    let to = led_to(&held).to_owned();
    assert!(to.starts_with("/access/requests#r-"), "{to}");
    let cookie = sign_in_as(&world, BO).await;
    let (_, page) = open(&world, &cookie, "/access/requests").await;
    assert!(page.contains("opening more than 20 devices"), "{page}");
    assert!(!page.contains("removing more than"), "{page}");
    let (_, page) = open(&world, &anna, path).await;
    assert!(page.contains("value=\"50\""), "nothing changed yet: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tester_names_the_role_that_gives_it_and_the_device_page_who_reaches_it() {
    let world = World::start().await;
    let host = host_with(&world, "till-07", Approval::Approved).await;
    let oslo = world.app.core.tenant(None).await.expect("a customer").id;
    let bo = hire(&world, BO).await;
    give(&world, bo, "observer", Place::Tenant(oslo)).await;
    let anna = sign_in(&world).await;
    let ask =
        |what: &str, rest: &str| format!("/access/test?who=bo%40example.org&what={what}&{rest}");
    let (_, page) = open(&world, &anna, &ask("reach", "place=oslo+shops")).await;
    assert!(page.contains("may ask for sessions at"), "{page}");
    assert!(
        page.contains("Observer") && page.contains("Because of"),
        "{page}"
    );
    let device = format!("device={}", host.id);
    let (_, page) = open(&world, &anna, &ask("control", &device)).await;
    assert!(
        page.contains("no role gives it") && page.contains("till-07"),
        "{page}"
    );
    let (_, page) = open(&world, &anna, &ask("reach", "place=Nowhere")).await;
    assert!(page.contains("There is no such place."), "{page}");
    let tab = format!("/devices/{}/access", host.id);
    let (_, page) = open(&world, &anna, &tab).await;
    for part in [
        "Bo Lund",
        "Observer",
        "Anna Berg",
        "Owner",
        "see the screen",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    // Bo may ask about Bo, and sees nobody else.
    let cookie = sign_in_as(&world, BO).await;
    let (_, page) = open(&world, &cookie, &ask("reach", "place=oslo+shops")).await;
    assert!(page.contains("may ask for sessions at"), "{page}");
    let about_anna = ask("reach", "place=oslo+shops").replace("bo%40", "anna%40");
    let (_, page) = open(&world, &cookie, &about_anna).await;
    assert!(
        page.contains("whom you may see") && !page.contains("Owner"),
        "{page}"
    );
    assert_eq!(open(&world, &cookie, &tab).await.0, 403);
    for path in ["/access/roles", "/access/second-person"] {
        assert_eq!(open(&world, &cookie, path).await.0, 403, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_about_access_lets_a_name_become_markup() {
    let world = World::start().await;
    let anna = sign_in(&world).await;
    let evil = "%3Cimg+src%3Dx+onerror%3Dalert(1)%3E";
    let person = format!("email=eve%40example.org&name={evil}");
    send(&world, &anna, "/people/invite", &person).await;
    led_to(&send(&world, &anna, "/groups", &format!("name={evil}")).await);
    let role = format!("name={evil}&action=see-devices");
    led_to(&send(&world, &anna, "/access/roles/new", &role).await);
    let who = "who=eve%40example.org&role=observer&place=Oslo+Shops";
    let given = send(&world, &anna, "/access/give", who).await;
    let person = led_to(&given).to_owned();
    let search = format!("/access?q={evil}");
    let test = format!("/access/test?who={evil}&what=reach&place={evil}");
    for path in [
        "/people",
        "/groups",
        "/access",
        "/access/roles",
        "/access/give",
        "/access/requests",
        &person,
        &search,
        &test,
    ] {
        let (status, text) = open(&world, &anna, path).await;
        assert_eq!(status, 200, "{path}");
        assert!(!text.contains("<img"), "{path}: {text}");
    }
}
