//! Claims about people who try to get more than they were given: for longer than it was given, or
//! with a token that was made for less.

use std::fmt::Debug;
use std::time::Duration;

use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::access::tokens::TokenWish;
use farpane_directory::app::caller::{Caller, Way};
use farpane_directory::app::passwords::Viewers;
use farpane_directory::app::{AppError, Denied};
use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_directory::model::access::Subject;
use farpane_directory::policy::rights::{Action, Place};
use farpane_directory::store::requests::Verdict;
use farpane_protocol::ids::UserId;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use crate::rights::hire;
use crate::world::{START, World};

const BO: &str = "bo@example.org";
const DI: &str = "di@example.org";

/// A person who is signed in to the console and has just proved who they are.
pub(crate) async fn at_console(world: &World, person: UserId) -> Caller {
    let core = &world.app.core;
    let account = core.store.account(core.org.id, person).await;
    let account = account.expect("reads").expect("is there");
    let strong_at = Some(world.app.now());
    let caller = world.app.caller(account, Way::Console { strong_at }).await;
    caller.expect("comes in")
}

/// Why something was refused.
pub(crate) fn denied<T: Debug>(done: Result<T, AppError>) -> Denied {
    match done.expect_err("is refused") {
        AppError::Denied(denied) => denied,
        AppError::Store(error) => panic!("the store failed: {error}"),
    }
}

/// A role in the whole organisation, given on the directory's machine.
pub(crate) async fn give(
    world: &World,
    person: UserId,
    role: &str,
    until: Option<Timestamp>,
) -> Uuid {
    let giving = Giving {
        subject: Subject::Person(person),
        role: role.into(),
        place: Place::Org,
        from: None,
        until,
        hours: None,
    };
    let given = world.operator().give_role(&giving).await.expect("gives");
    given.now().expect("at once").assignment.id
}

#[tokio::test(flavor = "multi_thread")]
async fn who_administers_for_a_while_takes_over_nobody_who_does_for_good() {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let (bo, di) = (hire(&world, BO).await, hire(&world, DI).await);
    let hour = START.after(Duration::from_secs(3600));
    give(&world, bo, "administrator", Some(hour)).await;
    give(&world, di, "administrator", None).await;
    let caller = at_console(&world, bo).await;
    let above = Denied::AboveOwnRights;
    assert_eq!(denied(caller.reset_link(DI, Viewers::Remove).await), above);
    assert_eq!(
        denied(caller.reset_factors(DI, Viewers::Remove).await),
        above
    );
    assert_eq!(denied(caller.sign_out_person(DI, None).await), above);
    assert_eq!(denied(caller.disable_person(DI).await), above);
    assert_eq!(denied(caller.remove_person(DI).await), above);
    // The other way round holds: what lasts covers what ends.
    let di = at_console(&world, di).await;
    di.reset_link(BO, Viewers::Remove).await.expect("manages");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_administers_in_some_hours_takes_over_nobody_who_always_does() {
    let world = World::start().await;
    let (bo, di) = (hire(&world, BO).await, hire(&world, DI).await);
    let giving = Giving {
        subject: Subject::Person(bo),
        role: "administrator".into(),
        place: Place::Org,
        from: None,
        until: None,
        hours: Some("mon-sun 00:00-24:00 UTC".parse().expect("hours")),
    };
    world.operator().give_role(&giving).await.expect("gives");
    give(&world, di, "administrator", None).await;
    let caller = at_console(&world, bo).await;
    assert_eq!(
        denied(caller.reset_link(DI, Viewers::Remove).await),
        Denied::AboveOwnRights
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_takes_the_viewers_along_unless_they_are_kept() {
    let world = World::start().await;
    let bo = hire(&world, BO).await;
    let viewer = crate::agents::viewer_of(&world, BO).await;
    let operator = world.operator();
    let core = &world.app.core;
    let known = async || {
        core.store
            .viewers_of(core.org.id, bo)
            .await
            .expect("reads")
            .len()
    };
    let made = operator.reset_link(BO, Viewers::Keep).await;
    made.expect("makes");
    assert_eq!(known().await, 1);
    let made = operator.reset_link(BO, Viewers::Remove).await;
    made.expect("makes");
    assert_eq!(known().await, 0);
    drop(viewer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_came_after_a_link_was_made_goes_when_the_link_is_used() {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let bo = hire(&world, BO).await;
    let second = Duration::from_secs(1);
    crate::agents::viewer_of(&world, BO).await;
    clock.advance(second);
    let made = world.operator().reset_link(BO, Viewers::Keep).await;
    let (_, link) = made.expect("makes");
    clock.advance(second);
    let since = world.app.now();
    crate::agents::viewer_of(&world, BO).await;
    let core = &world.app.core;
    let known = async || core.store.viewers_of(core.org.id, bo).await.expect("reads");
    let newer = known().await.into_iter().find(|one| one.signed_in == since);
    let newer = newer.expect("is there").id;
    assert_eq!(known().await.len(), 2);
    let password = "four words of nobody".to_owned();
    let used = world
        .app
        .use_password_link(link.expose(), "", password)
        .await;
    used.expect("works");
    let left = known().await;
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].id, newer, "the one from before stays");
    let records = world.records().await;
    let gone = records.iter().any(
        |(body, _)| matches!(body.event, Event::ViewerRemoved { viewer, .. } if viewer == newer),
    );
    assert!(gone, "and it is recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_acts_in_its_owners_matters_only_with_the_right_to() {
    let world = World::start().await;
    let bo = hire(&world, BO).await;
    let assignment = give(&world, bo, "administrator", None).await;
    let signed_in = at_console(&world, bo).await;
    let span = Duration::from_secs(60);
    let asked = signed_in
        .ask_role("owner", Place::Org, span, "an audit")
        .await
        .expect("asks");
    let wish = |scopes: &[&str]| TokenWish {
        name: "list".into(),
        scopes: scopes.iter().map(|scope| (*scope).into()).collect(),
        place: Place::Org,
        life: Duration::from_secs(3600),
    };
    let token = |scopes: &'static [&'static str]| {
        let (app, operator) = (world.app.clone(), world.operator());
        async move {
            let made = operator.make_token(Some(BO), &wish(scopes)).await;
            let caller = app.token_caller(&made.expect("makes").0).await;
            caller.expect("works")
        }
    };
    let least = token(&["see-devices"]).await;
    let no = |action| Denied::Forbidden(action);
    let people = no(Action::ManagePeople);
    assert_eq!(denied(least.rename_person(BO, "Mallory").await), people);
    let viewer = farpane_protocol::ids::ViewerId(Uuid::nil());
    assert_eq!(denied(least.remove_viewer(BO, viewer).await), people);
    let roles = no(Action::GrantRoles);
    assert_eq!(denied(least.take_role(assignment).await), roles);
    let tokens = no(Action::MakeTokens);
    assert_eq!(denied(least.tokens(None).await), tokens);
    assert_eq!(denied(least.tokens(Some(BO)).await), tokens);
    let back = least.decide_request(asked.id, Verdict::Withdrawn, "").await;
    assert_eq!(denied(back), no(Action::ApproveRequests));
    assert!(least.web_sessions_of(BO).await.expect("reads").is_empty());
    // With the right to it, it may; and people need none for what is their own.
    let managing = token(&["manage-people"]).await;
    managing.rename_person(BO, "Bo Berg").await.expect("may");
    let withdrawn = signed_in.decide_request(asked.id, Verdict::Withdrawn, "");
    withdrawn.await.expect("takes it back");
    signed_in.take_role(assignment).await.expect("gives it up");
}
