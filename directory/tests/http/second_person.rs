//! Claims about second persons: nobody gets round asking one by another way to the same end.

use std::time::Duration;

use farpane_directory::app::access::Done;
use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::access::explain::{What, Where};
use farpane_directory::app::access::independent::TIED_FOR;
use farpane_directory::app::bulk::Selection;
use farpane_directory::app::caller::Caller;
use farpane_directory::app::passwords::Viewers;
use farpane_directory::app::{AppError, Denied};
use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_directory::model::access::{Group, RoleRef, Subject};
use farpane_directory::model::bulk::Act;
use farpane_directory::model::text::Email;
use farpane_directory::model::{Account, new_uuid};
use farpane_directory::password::Hashed;
use farpane_directory::policy::rights::{Action, ActionSet, Place, RoleRights};
use farpane_directory::policy::second_person::SecondPerson;
use farpane_directory::secret::Secret;
use farpane_directory::store::requests::Verdict;
use farpane_protocol::ids::UserId;
use reqwest::{Method, StatusCode};
use uuid::Uuid;

use crate::agents::{Agent, host};
use crate::console::{sign_in, sign_in_as};
use crate::escalation::{at_console, denied, give};
use crate::pages_of_people::{open, send};
use crate::rights::hire;
use crate::world::{ADMIN, START, World};

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

/// What Bo asks for waits, with a clock that is moved by hand; Bo owns the organisation.
async fn asked() -> (World, Clock, UserId, Uuid) {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let bo = hire(&world, BO).await;
    give(&world, bo, "owner", None).await;
    let wanted = SecondPerson {
        export_audit: true,
        ..SecondPerson::default()
    };
    rules(&world, wanted).await;
    let request = ask_anew(&world, bo).await;
    (world, clock, bo, request)
}

/// Bo asks to be asked less; the request waits a day.
async fn ask_anew(world: &World, bo: UserId) -> Uuid {
    let bo = at_console(world, bo).await;
    let held = bo.set_second_person(SecondPerson::default()).await;
    match held.expect("asks") {
        Done::Held(request) => request.id,
        Done::Now(()) => panic!("nobody was asked"),
    }
}

async fn give_as(giver: &Caller, person: UserId, role: &str) {
    let giving = Giving {
        subject: Subject::Person(person),
        role: role.into(),
        place: Place::Org,
        from: None,
        until: None,
        hours: None,
    };
    let given = giver.give_role(&giving).await.expect("gives");
    given.now().expect("at once");
}

async fn says_yes(world: &World, person: UserId, request: Uuid) -> Result<(), AppError> {
    let person = at_console(world, person).await;
    person.decide_request(request, Verdict::Approved, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_says_yes_through_an_account_that_they_made() {
    let (world, clock, bo, request) = asked().await;
    let me = at_console(&world, bo).await;
    let (puppet, _) = me.invite("pia@example.org", "Pia").await.expect("invites");
    give_as(&me, puppet.id, "administrator").await;
    let tied = denied(says_yes(&world, puppet.id, request).await);
    assert_eq!(tied, Denied::TiedToAsker);
    // The one who asked is told so, and so is whoever asks the tester.
    let waiting = me.requests().await.expect("reads").swap_remove(0).request;
    let candidates = me.candidates().await.expect("looks");
    let told = candidates.deciders(&waiting).await.expect("looks");
    assert_eq!(
        (told.may.len(), told.tied.as_slice(), told.everybody),
        (1, ["Pia".to_owned()].as_slice(), true)
    );
    let decide = What::Do(Action::ApproveRequests);
    let org = Where::Place(Place::Org);
    let may = me.can("pia@example.org", decide, org).await.expect("tells");
    assert!(
        may.sentence.to_string().contains("nor those of Bo"),
        "{}",
        may.sentence
    );
    // Who may not see Bo learns no name.
    let decides = RoleRights {
        actions: ActionSet::of(&[Action::ApproveRequests]),
        ..RoleRights::default()
    };
    me.make_role("Deciders", decides).await.expect("makes");
    let (pit, _) = me.invite("pit@example.org", "Pit").await.expect("invites");
    give_as(&me, pit.id, "deciders").await;
    let pit = at_console(&world, pit.id).await;
    let may = pit.can("pit@example.org", decide, org).await;
    let sentence = may.expect("tells").sentence.to_string();
    assert!(
        sentence.contains("those of somebody") && !sentence.contains("Bo"),
        "{sentence}"
    );
    // Nor through one that this one made.
    let pia = at_console(&world, puppet.id).await;
    let (second, _) = pia.invite("per@example.org", "Per").await.expect("invites");
    give_as(&pia, second.id, "administrator").await;
    let tied = denied(says_yes(&world, second.id, request).await);
    assert_eq!(tied, Denied::TiedToAsker);
    // Nobody is tied for ever.
    clock.advance(TIED_FOR);
    let request = ask_anew(&world, bo).await;
    says_yes(&world, puppet.id, request).await.expect("may");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_says_yes_by_a_right_that_they_gave() {
    let (world, _, bo, request) = asked().await;
    let cy = hire(&world, CY).await;
    let group = group_with(&world, "administrator").await;
    let me = at_console(&world, bo).await;
    me.join_group(group.id, cy).await.expect("joins");
    let tied = denied(says_yes(&world, cy, request).await);
    assert_eq!(tied, Denied::TiedToAsker);
    // What somebody else gave is a right of their own.
    give(&world, cy, "administrator", None).await;
    says_yes(&world, cy, request).await.expect("may");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_says_yes_through_an_account_that_they_reset() {
    let (world, _, bo, request) = asked().await;
    let me = at_console(&world, bo).await;
    let anna = me.person(ADMIN).await.expect("is there").id;
    me.reset_link(ADMIN, Viewers::Keep).await.expect("makes");
    let tied = denied(says_yes(&world, anna, request).await);
    assert_eq!(tied, Denied::TiedToAsker);
    // The operator always is a second person: two people lock each other out of nothing.
    let operator = world.operator();
    let decided = operator
        .decide_request(request, Verdict::Approved, "")
        .await;
    decided.expect("may");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_void_once_whoever_made_them_is_disabled_or_removed() {
    let world = World::start().await;
    let bo = hire(&world, BO).await;
    give(&world, bo, "owner", None).await;
    let me = at_console(&world, bo).await;
    let (_, invited) = me.invite("pia@example.org", "Pia").await.expect("invites");
    let works = async |secret: &Secret| world.app.password_link(secret.expose()).await;
    works(&invited).await.expect("works");
    let operator = world.operator();
    operator.disable_person(BO).await.expect("disables");
    let gone = denied(works(&invited).await);
    assert!(matches!(gone, Denied::NotFound(_)), "{gone:?}");
    operator.enable_person(BO).await.expect("enables");
    let (_, reset) = me
        .reset_link("pia@example.org", Viewers::Keep)
        .await
        .expect("makes");
    operator.remove_person(BO).await.expect("removes");
    let gone = denied(works(&reset).await);
    assert!(matches!(gone, Denied::NotFound(_)), "{gone:?}");
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

/// People with accounts that Bo made, who administer together with everybody else who does.
async fn crowd(world: &World, bo: &Caller, count: usize) {
    let core = &world.app.core;
    let group = group_with(world, "administrator").await;
    let now = core.clock.now();
    for n in 0..count {
        let account = Account {
            id: UserId(new_uuid(now)),
            org: core.org.id,
            email: Email::parse(&format!("c{n:02}@example.org")).expect("an address"),
            name: format!("Clerk {n:02}"),
            disabled: None,
        };
        let event = Event::PersonInvited {
            account: account.id,
        };
        let entry = core.entry(bo.actor(), event);
        // Nobody signs in with it.
        let password = Hashed("$argon2id$none".into());
        let added = core.store.add_account(&account, &password, now, &entry);
        added.await.expect("adds");
        let joined = world.operator().join_group(group.id, account.id).await;
        joined.expect("joins");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_not_everybody_was_looked_at_nothing_is_said_of_the_others() {
    let (world, _, bo, _) = asked().await;
    let me = at_console(&world, bo).await;
    me.reset_link(ADMIN, Viewers::Keep).await.expect("makes");
    let page = async || {
        let cookie = sign_in_as(&world, BO).await;
        open(&world, &cookie, "/access/requests").await.1
    };
    let decide = What::Do(Action::ApproveRequests);
    let may = async || {
        let answer = me.can(ADMIN, decide, Where::Place(Place::Org)).await;
        answer.expect("tells").sentence.to_string()
    };
    let (nobody, not_all) = ("Nobody in the console can", "Not everybody was looked at.");
    let shown = page().await;
    assert!(
        shown.contains(nobody) && !shown.contains(not_all),
        "{shown}"
    );
    assert!(!may().await.contains(not_all));
    crowd(&world, &me, 60).await;
    let shown = page().await;
    assert!(
        !shown.contains(nobody) && shown.contains(not_all),
        "{shown}"
    );
    assert!(may().await.contains(not_all));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_many_requests_explains_some_and_refuses_the_others_when_it_comes_to_it() {
    let (world, _, bo, first) = asked().await;
    let me = at_console(&world, bo).await;
    me.reset_link(ADMIN, Viewers::Keep).await.expect("makes");
    for hours in 1..=11 {
        let span = Duration::from_secs(hours * 3600);
        let asked = me.ask_role("observer", Place::Org, span, "an audit").await;
        asked.expect("asks");
    }
    let anna = sign_in(&world).await;
    let (_, page) = open(&world, &anna, "/access/requests").await;
    let count = |part: &str| page.matches(part).count();
    assert_eq!(count("value=\"refuse\""), 12, "{page}");
    assert_eq!(count("but not approve it."), 10, "{page}");
    assert_eq!(count("value=\"approve\""), 2, "{page}");
    let decide = format!("/access/requests/{first}/decide");
    let refused = send(&world, &anna, &decide, "verdict=approve").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}
