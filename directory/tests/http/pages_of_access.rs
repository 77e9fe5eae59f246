//! Claims about the console's pages for access: giving and taking roles, and what a form says that
//! was filled in wrongly.

use farpane_directory::app::caller::Caller;
use farpane_directory::audit::Event;
use farpane_directory::policy::rights::Place;
use reqwest::StatusCode;

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
        &form("cy%40example.org", "oslo+shops"),
    )
    .await;
    assert_eq!(led_to(&given), format!("/people/{cy}"));
}
