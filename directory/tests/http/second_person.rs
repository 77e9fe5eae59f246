//! Claims about second persons: nobody gets round asking one by another way to the same end.

use farpane_directory::app::Denied;
use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::bulk::Selection;
use farpane_directory::model::access::{Group, RoleRef, Subject};
use farpane_directory::model::bulk::Act;
use farpane_directory::policy::rights::{Action, ActionSet, Place, RoleRights};
use farpane_directory::policy::second_person::SecondPerson;
use farpane_directory::store::requests::Verdict;
use farpane_protocol::ids::UserId;
use reqwest::{Method, StatusCode};
use uuid::Uuid;

use crate::agents::{Agent, host};
use crate::console::sign_in;
use crate::escalation::{at_console, denied, give};
use crate::rights::hire;
use crate::world::{ADMIN, World};

const BO: &str = "bo@example.org";
const CY: &str = "cy@example.org";

async fn rules(world: &World, rules: SecondPerson) {
    let set = world.operator().set_second_person(rules).await;
    set.expect("sets").now().expect("at once");
}

/// Bo owns the organisation beside Anna and wants a second person for power; Cy may do nothing.
async fn guarded() -> (World, UserId, UserId) {
    let world = World::start().await;
    let (bo, cy) = (hire(&world, BO).await, hire(&world, CY).await);
    give(&world, bo, "owner", None).await;
    let wanted = SecondPerson {
        give_power: true,
        ..SecondPerson::default()
    };
    rules(&world, wanted).await;
    (world, bo, cy)
}

/// The request that waits, approved by Anna, who founded the organisation.
async fn approve(world: &World) {
    let anna = world.operator().person(ADMIN).await.expect("is there");
    let anna = at_console(world, anna.id).await;
    let waiting = anna.requests().await.expect("reads");
    let waiting = waiting.into_iter().find(|seen| seen.decidable);
    let id = waiting.expect("waits").request.id;
    let decided = anna.decide_request(id, Verdict::Approved, "").await;
    decided.expect("approves");
}

/// A group that holds a role in the whole organisation.
async fn group_with(world: &World, role: &str) -> Group {
    let operator = world.operator();
    let group = operator.make_group("Leads").await.expect("makes");
    let giving = Giving {
        subject: Subject::Group(group.id),
        role: role.into(),
        place: Place::Org,
        from: None,
        until: None,
        hours: None,
    };
    operator.give_role(&giving).await.expect("gives");
    group
}

async fn is_member(world: &World, group: Uuid, person: UserId) -> bool {
    let members = world.operator().members(group).await.expect("reads");
    members.iter().any(|member| member.id == person)
}

#[tokio::test(flavor = "multi_thread")]
async fn power_through_a_group_waits_like_power_by_itself() {
    let (world, bo, cy) = guarded().await;
    let group = group_with(&world, "administrator").await;
    let bo = at_console(&world, bo).await;
    let refused = denied(bo.join_group(group.id, cy).await);
    assert_eq!(refused, Denied::SecondPersonNeeded);
    assert!(!is_member(&world, group.id, cy).await);
    approve(&world).await;
    assert!(
        is_member(&world, group.id, cy).await,
        "done by the approval"
    );
    // Somebody who is in it is put into it again without anybody being asked.
    assert!(!bo.join_group(group.id, cy).await.expect("was in it"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_power_takes_anybody_at_once() {
    let (world, bo, cy) = guarded().await;
    let group = group_with(&world, "technician").await;
    let bo = at_console(&world, bo).await;
    assert!(bo.join_group(group.id, cy).await.expect("joins"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_held_in_the_organisation_gains_power_with_a_second_person() {
    let (world, bo, cy) = guarded().await;
    let looks = RoleRights {
        actions: ActionSet::of(&[Action::SeeDevices]),
        ..RoleRights::default()
    };
    let bo = at_console(&world, bo).await;
    let role = bo.make_role("Lookers", looks).await.expect("makes");
    let RoleRef::Own(id) = role.id else {
        panic!("an own role: {role:?}");
    };
    let wide = RoleRights {
        actions: looks.actions.with(Action::ManageSettings),
        ..looks
    };
    // Nobody holds it: to give it will ask.
    bo.change_role(id, "Lookers", wide).await.expect("changes");
    bo.change_role(id, "Lookers", looks).await.expect("changes");
    give(&world, cy, "lookers", None).await;
    let refused = denied(bo.change_role(id, "Lookers", wide).await);
    assert_eq!(refused, Denied::SecondPersonNeeded);
    let waiting = bo.requests().await.expect("reads");
    let words = waiting[0].what.in_words();
    assert!(words.contains("Lookers") && words.contains("change settings"));
    approve(&world).await;
    let now = bo.role("lookers").await.expect("is there").rights;
    assert!(now.actions.has(Action::ManageSettings), "{now:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_are_removed_one_by_one_count_together() {
    let world = World::start().await;
    let wanted = SecondPerson {
        remove_over: Some(2),
        ..SecondPerson::default()
    };
    rules(&world, wanted).await;
    let cookie = sign_in(&world).await;
    let mut answers = Vec::new();
    for name in ["one", "two", "three", "four"] {
        let path = format!("/api/v1/catalogue/devices/{}", host(&world, name).await.id);
        let request = Agent::new(&world).request(Method::DELETE, &path);
        let sent = request.header(reqwest::header::COOKIE, &cookie).send();
        answers.push(sent.await.expect("an answer").status());
    }
    let (done, waits) = (&answers[..2], &answers[2..]);
    assert!(done.iter().all(StatusCode::is_success), "{answers:?}");
    assert!(waits.iter().all(|one| *one == StatusCode::FORBIDDEN));
    // What somebody else said yes to does not count as done alone.
    let operator = world.operator();
    let waiting = operator.requests().await.expect("reads");
    assert_eq!(waiting.len(), 2);
    for seen in waiting {
        let id = seen.request.id;
        let decided = operator.decide_request(id, Verdict::Approved, "").await;
        decided.expect("approves");
    }
    let request = Agent::new(&world).request(Method::GET, "/api/v1/catalogue/devices");
    let sent = request.header(reqwest::header::COOKIE, &cookie).send();
    let list: serde_json::Value = sent.await.expect("an answer").json().await.expect("JSON");
    assert_eq!(list["items"].as_array().map(Vec::len), Some(0), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_leave_a_guarded_customer_with_a_second_person() {
    let world = World::start().await;
    let bo = hire(&world, BO).await;
    give(&world, bo, "administrator", None).await;
    let guarded = world.app.core.tenant(None).await.expect("a customer").id;
    let device = host(&world, "till").await.id;
    let open = world.operator().add_tenant("Bergen Bakers").await;
    let open = open.expect("adds").id;
    let wanted = SecondPerson {
        unattended: std::collections::BTreeSet::from([guarded]),
        ..SecondPerson::default()
    };
    rules(&world, wanted).await;
    let bo = at_console(&world, bo).await;
    let to = |customer| Act::Move {
        customer,
        place: None,
    };
    let these = Selection::Devices(vec![device]);
    let refused = denied(bo.act(to(open), &these).await);
    assert_eq!(refused, Denied::SecondPersonNeeded);
    let stands = || async {
        let org = world.app.core.org.id;
        let device = world.app.core.store.device(org, device).await;
        device.expect("reads").expect("is there").tenant
    };
    assert_eq!(stands().await, guarded);
    approve(&world).await;
    assert_eq!(stands().await, open, "moved by the approval");
    // The other way nobody has to be asked.
    bo.act(to(guarded), &these).await.expect("moves");
    assert_eq!(stands().await, guarded);
}
