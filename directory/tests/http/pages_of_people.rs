//! Claims about the console's pages for people and groups: what can be done there, by whom, and
//! what a form says that was filled in wrongly.

use std::time::Duration;

use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::access::tokens::TokenWish;
use farpane_directory::app::caller::Caller;
use farpane_directory::audit::Event;
use farpane_directory::model::access::Subject;
use farpane_directory::policy::rights::Place;
use farpane_protocol::ids::UserId;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION};
use reqwest::{Method, Response, StatusCode};

use crate::agents::Agent;
use crate::console::{sign_in, sign_in_as};
use crate::rights::hire;
use crate::world::World;

pub(crate) const BO: &str = "bo@example.org";

/// Sends a form of the console.
pub(crate) async fn send(world: &World, cookie: &str, path: &str, body: &str) -> Response {
    let request = Agent::new(world)
        .request(Method::POST, path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(COOKIE, cookie)
        .body(body.to_owned());
    request.send().await.expect("an answer")
}

/// Opens a page of the console.
pub(crate) async fn open(world: &World, cookie: &str, path: &str) -> (u16, String) {
    let request = Agent::new(world)
        .request(Method::GET, path)
        .header(COOKIE, cookie);
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.text().await.expect("a page"))
}

/// Where a form led that was taken.
#[track_caller]
pub(crate) fn led_to(answer: &Response) -> &str {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[LOCATION].to_str().expect("an address")
}

/// Gives somebody a role, as the operator.
pub(crate) async fn give(world: &World, person: UserId, role: &str, place: Place) {
    let giving = Giving {
        subject: Subject::Person(person),
        role: role.into(),
        place,
        from: None,
        until: None,
        hours: None,
    };
    let operator = Caller::operator(world.app.core.clone());
    operator.give_role(&giving).await.expect("gives");
}

fn link_in(page: &str) -> &str {
    let start = page.find("/link/").expect("a link");
    let link = &page[start..];
    &link[..link.find('<').expect("its end")]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_invited_once_managed_and_removed_from_their_page() {
    let world = World::start().await;
    let anna = sign_in(&world).await;
    for (bad, why) in [
        ("email=nonsense", "This is not an e-mail address."),
        ("email=anna%40example.org", "signs in with this e-mail"),
    ] {
        let again = send(&world, &anna, "/people/invite", bad).await;
        assert!(again.status().is_client_error(), "{bad}");
        let text = again.text().await.expect("a page");
        assert!(
            text.contains(why) && text.contains("aria-invalid"),
            "{text}"
        );
        let typed = bad.replace("email=", "").replace("%40", "@");
        assert!(text.contains(&format!("value=\"{typed}\"")), "{text}");
    }
    let invited = send(
        &world,
        &anna,
        "/people/invite",
        "email=bo%40example.org&name=Bo",
    );
    let (invited, event) = world.recorded(invited).await;
    assert!(matches!(event, Event::PersonInvited { .. }));
    let page = invited.text().await.expect("a page");
    let link = link_in(&page).to_owned();
    assert_eq!(open(&world, "", &link).await.0, 200, "the link works");
    let (_, list) = open(&world, &anna, "/people?q=bo%40").await;
    assert!(!list.contains(&link), "it is shown once");
    let start = list.find("/people/0").expect("Bo's page");
    let person = list[start..].split('"').next().expect("a path").to_owned();

    let renamed = send(&world, &anna, &format!("{person}/rename"), "name=Bo+Lund").await;
    assert_eq!(led_to(&renamed), person);
    let empty = send(&world, &anna, &format!("{person}/rename"), "name=+").await;
    assert_eq!(empty.status(), StatusCode::BAD_REQUEST);
    let text = empty.text().await.expect("a page");
    assert!(text.contains("A person needs a name."), "{text}");
    let path = format!("{person}/reset-link");
    let reset = send(&world, &anna, &path, "");
    let (reset, event) = world.recorded(reset).await;
    assert!(matches!(event, Event::ResetLinkMade { .. }));
    link_in(&reset.text().await.expect("a page"));

    for (act, shown) in [("disable", "disabled"), ("enable", "can sign in")] {
        let done = send(&world, &anna, &format!("{person}/{act}"), "").await;
        assert_eq!(led_to(&done), person);
        let (_, text) = open(&world, &anna, &person).await;
        assert!(text.contains(shown) && text.contains("Bo Lund"), "{text}");
    }
    let remove = format!("{person}/remove");
    let (_, asked) = open(&world, &anna, &remove).await;
    assert!(
        asked.contains("Bo Lund") && asked.contains("<form"),
        "{asked}"
    );
    let removed = send(&world, &anna, &remove, "");
    let (removed, event) = world.recorded(removed).await;
    assert!(matches!(event, Event::AccountRemoved { .. }));
    assert_eq!(led_to(&removed), "/people");
    assert_eq!(open(&world, &anna, &person).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_disables_or_removes_themselves() {
    let world = World::start().await;
    let anna = sign_in(&world).await;
    let (_, list) = open(&world, &anna, "/people").await;
    let start = list.find("/people/0").expect("Anna's page");
    let own = list[start..].split('"').next().expect("a path").to_owned();
    let (_, page) = open(&world, &anna, &own).await;
    assert!(
        page.contains("href=\"/account\"") && !page.contains("/disable"),
        "{page}"
    );
    for act in ["disable", "remove", "sessions/end"] {
        let refused = send(&world, &anna, &format!("{own}/{act}"), "").await;
        assert_eq!(refused.status(), StatusCode::CONFLICT, "{act}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_signed_out_of_the_console_by_who_manages_them() {
    let world = World::start().await;
    let person = hire(&world, BO).await;
    let bo = sign_in_as(&world, BO).await;
    let anna = sign_in(&world).await;
    let page = format!("/people/{person}");
    let (_, text) = open(&world, &anna, &page).await;
    let field = "name=\"session\" value=\"";
    let start = text.find(field).expect("Bo's session") + field.len();
    let session = text[start..].split('"').next().expect("an id");
    let end = format!("{page}/sessions/end");
    let fields = format!("session={session}");
    let ended = send(&world, &anna, &end, &fields);
    let (_, event) = world.recorded(ended).await;
    assert!(matches!(event, Event::WebSessionsEnded { account, .. } if account == person));
    assert_eq!(open(&world, &bo, "/").await.0, 303, "Bo signs in again");
    let other = hire(&world, "cy@example.org").await;
    let bo = sign_in_as(&world, BO).await;
    let foreign = format!("/people/{other}/sessions/end");
    let refused = send(&world, &bo, &foreign, "x=").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_tokens_are_taken_back_by_who_manages_them() {
    let world = World::start().await;
    let person = hire(&world, BO).await;
    give(&world, person, "observer", Place::Org).await;
    let operator = Caller::operator(world.app.core.clone());
    let wish = TokenWish {
        name: "nightly <b>inventory</b>".into(),
        scopes: vec!["see-devices".into()],
        place: Place::Org,
        life: Duration::from_secs(3600),
    };
    let (secret, token) = operator.make_token(Some(BO), &wish).await.expect("makes");
    let anna = sign_in(&world).await;
    let page = format!("/people/{person}");
    let (_, text) = open(&world, &anna, &page).await;
    assert!(
        text.contains("inventory") && !text.contains("<b>"),
        "{text}"
    );
    assert!(!text.contains(&secret), "{text}");
    let act = format!("{page}/tokens/{}/revoke", token.id);
    assert!(text.contains(&format!("action=\"{act}\"")), "{text}");

    hire(&world, "cy@example.org").await;
    let cy = sign_in_as(&world, "cy@example.org").await;
    let (_, text) = open(&world, &cy, &page).await;
    assert!(!text.contains("inventory"), "{text}");
    let refused = send(&world, &cy, &act, "").await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);

    let (taken, event) = world.recorded(send(&world, &anna, &act, "")).await;
    assert_eq!(led_to(&taken), page);
    assert!(matches!(event, Event::ApiTokenRevoked { account, .. } if account == person));
    let (_, text) = open(&world, &anna, &page).await;
    assert!(!text.contains("inventory"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_filled_and_removed() {
    let world = World::start().await;
    let person = hire(&world, BO).await;
    let anna = sign_in(&world).await;
    let made = send(&world, &anna, "/groups", "name=Nights").await;
    let group = led_to(&made).to_owned();
    let again = send(&world, &anna, "/groups", "name=nights").await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    let text = again.text().await.expect("a page");
    assert!(
        text.contains("has that name") && text.contains("value=\"nights\""),
        "{text}"
    );

    let members = format!("{group}/members");
    let nobody = send(&world, &anna, &members, "who=cy%40example.org").await;
    assert_eq!(nobody.status(), StatusCode::BAD_REQUEST);
    let text = nobody.text().await.expect("a page");
    assert!(text.contains("nobody of that address"), "{text}");
    let joined = send(&world, &anna, &members, "who=bo%40example.org");
    let (joined, event) = world.recorded(joined).await;
    assert!(matches!(event, Event::GroupJoined { account, .. } if account == person));
    assert_eq!(led_to(&joined), group);
    let (_, whole) = open(&world, &anna, &format!("/people/{person}")).await;
    assert!(whole.contains("Nights"), "{whole}");
    let leave = format!("{members}/{person}/remove");
    let left = send(&world, &anna, &leave, "");
    let (_, event) = world.recorded(left).await;
    assert!(matches!(event, Event::GroupLeft { .. }));

    let remove = format!("{group}/remove");
    let (_, asked) = open(&world, &anna, &remove).await;
    assert!(asked.contains("Nobody is in it"), "{asked}");
    let removed = send(&world, &anna, &remove, "").await;
    assert_eq!(led_to(&removed), "/groups");
    assert_eq!(open(&world, &anna, &group).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_administrator_sees_its_people_and_none_of_their_roles_elsewhere() {
    let world = World::start().await;
    let operator = Caller::operator(world.app.core.clone());
    let oslo = world.app.core.tenant(None).await.expect("a customer").id;
    let bergen = operator.add_tenant("Bergen Bakers").await.expect("adds").id;
    let bo = hire(&world, BO).await;
    let cy = hire(&world, "cy@example.org").await;
    give(&world, bo, "administrator", Place::Tenant(oslo)).await;
    give(&world, cy, "observer", Place::Tenant(oslo)).await;
    give(&world, cy, "technician", Place::Tenant(bergen)).await;
    let cookie = sign_in_as(&world, BO).await;
    let (_, list) = open(&world, &cookie, "/people").await;
    assert!(
        list.contains("cy@example.org") && !list.contains("anna@"),
        "{list}"
    );
    assert!(
        !list.contains("/people/invite") && !list.contains("Technician"),
        "{list}"
    );
    let (status, page) = open(&world, &cookie, &format!("/people/{cy}")).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("Oslo Shops") && !page.contains("Bergen"),
        "{page}"
    );
    assert!(
        !page.contains("/disable") && !page.contains("reset-link"),
        "{page}"
    );
    let (_, held) = open(&world, &cookie, "/access").await;
    assert!(
        held.contains("Observer") && !held.contains("Bergen"),
        "{held}"
    );
    let (status, _) = open(&world, &cookie, "/people/invite").await;
    assert_eq!(status, 404);
}
