//! Claims about who may do what and who may change it, at the use cases: privilege only shrinks.

use std::sync::Arc;
use std::time::Duration;

use farpane_directory::app::access::Done;
use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::access::explain::{What, Where};
use farpane_directory::app::caller::{Caller, Way};
use farpane_directory::app::{AppError, Core, Denied};
use farpane_directory::audit::{Actor, Entry, Event, Personal};
use farpane_directory::clock::Clock;
use farpane_directory::model::access::{Assigned, Subject};
use farpane_directory::model::text::Email;
use farpane_directory::model::{Account, Founding, Org, Tenant, new_uuid};
use farpane_directory::password::Hashed;
use farpane_directory::policy::rights::{
    Action, ActionSet, Builtin, Path, Place, Rights, RoleRights,
};
use farpane_directory::policy::second_person::SecondPerson;
use farpane_directory::store::Store;
use farpane_directory::store::requests::Verdict;
use farpane_directory::store::roles::Change;
use farpane_directory::store::sqlite::SqliteStore;
use farpane_protocol::ids::{OrgId, TenantId, UserId};
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::time::Timestamp;

/// A Monday, 2026-11-23 at 12:00 UTC.
const NOON: Timestamp = Timestamp(1_795_435_200_000_000);

const HOUR: Duration = Duration::from_secs(3600);

fn founding(org: &str, email: &str, now: Timestamp) -> Founding {
    let id = OrgId(new_uuid(now));
    Founding {
        org: Org {
            id,
            name: org.into(),
        },
        tenant: Tenant {
            id: TenantId(new_uuid(now)),
            org: id,
            name: "Oslo Shops".into(),
        },
        admin: Account {
            id: UserId(new_uuid(now)),
            org: id,
            email: Email::parse(email).expect("an address"),
            name: email.split('@').next().unwrap_or_default().into(),
            disabled: None,
        },
        password: Hashed("$argon2id$none".into()),
    }
}

fn entry(founding: &Founding) -> Entry {
    Entry {
        org: founding.org.id,
        tenant: None,
        at: NOON,
        actor: Actor::Operator,
        event: Event::Founded {
            org: founding.org.id,
            tenant: founding.tenant.id,
            account: founding.admin.id,
        },
        personal: Personal::default(),
    }
}

/// An organisation with its owner and one customer, and another organisation beside it.
struct World {
    core: Core,
    tenant: TenantId,
    other: Founding,
    clock: Clock,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::create(&folder.path().join("x.db"))
            .await
            .expect("creates");
        let store: Arc<dyn Store> = Arc::new(store);
        let own = founding("Acme", "anna@example.org", NOON);
        assert!(store.found(&own, &entry(&own)).await.expect("founds"));
        let other = founding("Other", "olga@example.com", NOON);
        let made = store.found_another(&other, &entry(&other)).await;
        assert!(made.expect("founds"));
        let clock = Clock::by_hand(NOON);
        Self {
            core: Core {
                store,
                clock: clock.clone(),
                org: own.org,
            },
            tenant: own.tenant.id,
            other,
            clock,
            _folder: folder,
        }
    }

    /// Who somebody is now, with what they hold now.
    async fn caller(&self, email: &str) -> Caller {
        let email = Email::parse(email).expect("an address");
        let found = self.core.store.account_by_email(&email).await;
        let (account, _) = found.expect("reads").expect("is there");
        let held = self
            .core
            .store
            .held_by(account.org, account.id, self.clock.now())
            .await;
        Caller {
            core: self.core.clone(),
            account: Some(account),
            rights: Rights {
                held: held.expect("reads"),
            },
            way: Way::Console {
                strong_at: Some(self.clock.now()),
            },
        }
    }

    fn operator(&self) -> Caller {
        Caller::operator(self.core.clone())
    }

    async fn anna(&self) -> Caller {
        self.caller("anna@example.org").await
    }

    /// Another person, without any right.
    async fn hire(&self, email: &str) -> UserId {
        let person = founding("", email, NOON).admin;
        let person = Account {
            org: self.core.org.id,
            ..person
        };
        let entry = Entry {
            event: Event::ConsoleSignedOut,
            ..entry(&self.other)
        };
        let entry = Entry {
            org: self.core.org.id,
            ..entry
        };
        let password = Hashed("$argon2id$none".into());
        let store = &self.core.store;
        let added = store.add_account(&person, &password, NOON, &entry).await;
        assert_eq!(added.expect("adds"), Change::Made);
        person.id
    }

    async fn records(&self) -> usize {
        let all = self.core.store.records_since(None, 0, 10_000).await;
        all.expect("reads").len()
    }
}

fn giving(person: UserId, role: &str, place: Place) -> Giving {
    Giving {
        subject: Subject::Person(person),
        role: role.into(),
        place,
        from: None,
        until: None,
        hours: None,
    }
}

fn denied<T: std::fmt::Debug>(result: Result<T, AppError>) -> Denied {
    match result {
        Err(AppError::Denied(denied)) => denied,
        other => panic!("{other:?}"),
    }
}

fn id(assigned: &Assigned) -> uuid::Uuid {
    assigned.assignment.id
}

#[tokio::test]
async fn nobody_gives_more_than_they_hold_or_for_longer() {
    let world = World::new().await;
    let anna = world.anna().await;
    let bo = world.hire("bo@example.org").await;
    let cy = world.hire("cy@example.org").await;
    let oslo = Place::Tenant(world.tenant);
    let day = NOON.after(24 * HOUR);
    let for_a_day = Giving {
        until: Some(day),
        ..giving(bo, "administrator", oslo)
    };
    anna.give_role(&for_a_day).await.expect("gives");
    let bo_now = world.caller("bo@example.org").await;

    // Above the role, above the place, beyond the end, and to himself.
    let owner = bo_now.give_role(&giving(cy, "owner", oslo)).await;
    assert_eq!(denied(owner), Denied::AboveOwnRights);
    let wider = bo_now
        .give_role(&giving(cy, "technician", Place::Org))
        .await;
    assert_eq!(denied(wider), Denied::NotFound("place"));
    let for_good = bo_now.give_role(&giving(cy, "technician", oslo)).await;
    assert_eq!(denied(for_good), Denied::AboveOwnRights);
    let longer = Giving {
        until: Some(day.after(HOUR)),
        ..giving(cy, "technician", oslo)
    };
    assert_eq!(
        denied(bo_now.give_role(&longer).await),
        Denied::AboveOwnRights
    );
    let himself = Giving {
        until: Some(day),
        ..giving(bo, "technician", oslo)
    };
    assert_eq!(denied(bo_now.give_role(&himself).await), Denied::OwnRights);

    let before = world.records().await;
    let within = Giving {
        until: Some(day),
        ..giving(cy, "technician", oslo)
    };
    bo_now.give_role(&within).await.expect("gives");
    assert_eq!(
        world.records().await,
        before + 1,
        "only what was done is recorded"
    );
}

#[tokio::test]
async fn nobody_makes_or_widens_a_role_above_their_own() {
    let world = World::new().await;
    let anna = world.anna().await;
    let bo = world.hire("bo@example.org").await;
    let definers = RoleRights {
        actions: ActionSet::of(&[Action::ManageRoles, Action::GrantRoles, Action::SeePeople]),
        ..RoleRights::default()
    };
    anna.make_role("Definers", definers).await.expect("makes");
    anna.give_role(&giving(bo, "definers", Place::Org))
        .await
        .expect("gives");
    let bo_now = world.caller("bo@example.org").await;
    let reach = RoleRights {
        reach: true,
        ..definers
    };
    assert_eq!(
        denied(bo_now.make_role("Helpers", reach).await),
        Denied::AboveOwnRights
    );
    let same = bo_now.make_role("Seconds", definers).await.expect("makes");
    let farpane_directory::model::access::RoleRef::Own(same) = same.id else {
        panic!("an own role");
    };
    assert_eq!(
        denied(bo_now.change_role(same, "Seconds", reach).await),
        Denied::AboveOwnRights
    );
    // Nor may he take from a role what he could not give back, nor copy a built-in name.
    let helpers = anna.make_role("Helpers", reach).await.expect("makes");
    let farpane_directory::model::access::RoleRef::Own(helpers) = helpers.id else {
        panic!("an own role");
    };
    assert_eq!(
        denied(bo_now.change_role(helpers, "Helpers", definers).await),
        Denied::AboveOwnRights
    );
    assert!(matches!(
        denied(anna.make_role("OWNER", definers).await),
        Denied::Conflict(_)
    ));
    let held = denied(
        anna.remove_role(helpers)
            .await
            .and(anna.remove_role(helpers).await),
    );
    assert_eq!(held, Denied::NotFound("role"));
}

#[tokio::test]
async fn an_organisation_keeps_an_owner_whatever_is_tried() {
    let world = World::new().await;
    let anna = world.anna().await;
    let operator = Caller::operator(world.core.clone());
    let own = anna.assignments().await.expect("reads");
    let [owner] = own.as_slice() else {
        panic!("one assignment: {own:?}");
    };
    for tried in [
        denied(anna.take_role(id(owner)).await),
        denied(operator.take_role(id(owner)).await),
        denied(operator.disable_person("anna@example.org").await),
        denied(operator.remove_person("anna@example.org").await),
    ] {
        assert!(matches!(tried, Denied::Conflict(_)), "{tried:?}");
    }
    // Somebody who owns it for a day, or only in working hours, is not enough.
    let bo = world.hire("bo@example.org").await;
    let for_a_day = Giving {
        until: Some(NOON.after(24 * HOUR)),
        ..giving(bo, "owner", Place::Org)
    };
    let given = anna.give_role(&for_a_day).await.expect("gives");
    let given = given.now().expect("at once");
    assert!(matches!(
        denied(operator.take_role(id(owner)).await),
        Denied::Conflict(_)
    ));
    anna.take_role(id(&given)).await.expect("takes");
    // A group of owners counts as long as somebody is in it.
    let group = operator.make_group("Owners").await.expect("makes");
    let to_group = Giving {
        subject: Subject::Group(group.id),
        ..giving(bo, "owner", Place::Org)
    };
    operator.give_role(&to_group).await.expect("gives");
    assert!(matches!(
        denied(operator.take_role(id(owner)).await),
        Denied::Conflict(_)
    ));
    assert!(operator.join_group(group.id, bo).await.expect("joins"));
    operator.take_role(id(owner)).await.expect("takes");
    for tried in [
        denied(operator.leave_group(group.id, bo).await),
        denied(operator.remove_group(group.id).await),
        denied(operator.disable_person("bo@example.org").await),
    ] {
        assert!(matches!(tried, Denied::Conflict(_)), "{tried:?}");
    }
}

#[tokio::test]
async fn a_group_gives_its_members_nothing_that_its_changer_does_not_hold() {
    let world = World::new().await;
    let anna = world.anna().await;
    let bo = world.hire("bo@example.org").await;
    let cy = world.hire("cy@example.org").await;
    let group = anna.make_group("Night shift").await.expect("makes");
    let to_group = Giving {
        subject: Subject::Group(group.id),
        ..giving(bo, "owner", Place::Org)
    };
    anna.give_role(&to_group).await.expect("gives");
    anna.give_role(&giving(bo, "administrator", Place::Org))
        .await
        .expect("gives");
    let bo_now = world.caller("bo@example.org").await;
    for tried in [
        denied(bo_now.join_group(group.id, cy).await),
        denied(bo_now.join_group(group.id, bo).await),
        denied(bo_now.remove_group(group.id).await),
    ] {
        assert_eq!(tried, Denied::AboveOwnRights);
    }
    // Nor does he get at an owner's account.
    for tried in [
        denied(bo_now.disable_person("anna@example.org").await),
        denied(bo_now.remove_person("anna@example.org").await),
        denied(
            bo_now
                .rename_person("anna@example.org", "x")
                .await
                .map(drop),
        ),
    ] {
        assert_eq!(tried, Denied::AboveOwnRights);
    }
    // What a group holds, its members hold.
    assert!(anna.join_group(group.id, cy).await.expect("joins"));
    let cy_now = world.caller("cy@example.org").await;
    assert!(cy_now.rights.may(Action::ManageRoles, &Path::ORG));
    assert_eq!(
        cy_now.rights.held[0].through.as_deref(),
        Some("Night shift")
    );
}

#[tokio::test]
async fn what_is_over_or_at_another_hour_or_elsewhere_gives_nothing() {
    let world = World::new().await;
    let anna = world.anna().await;
    let bo = world.hire("bo@example.org").await;
    let oslo = Place::Tenant(world.tenant);
    let evening = Giving {
        from: Some(NOON.after(HOUR)),
        until: Some(NOON.after(24 * HOUR)),
        hours: Some("mon 18:00-20:00 UTC".parse().expect("hours")),
        ..giving(bo, "technician", oslo)
    };
    anna.give_role(&evening).await.expect("gives");
    let path = Path::tenant(world.tenant);
    let mut reached = Vec::new();
    for hour in 0..30 {
        let now = world.caller("bo@example.org").await;
        if now.rights.reach(&path) {
            reached.push(hour);
        }
        world.clock.advance(HOUR);
    }
    assert_eq!(reached, [6, 7], "18:00 and 19:00 on the Monday");
}

#[tokio::test]
async fn another_organisation_is_not_there() {
    let world = World::new().await;
    let anna = world.anna().await;
    let olga = world.other.admin.id;
    let theirs = Place::Tenant(world.other.tenant.id);
    let bo = world.hire("bo@example.org").await;
    for tried in [
        denied(anna.person("olga@example.com").await.map(drop)),
        denied(anna.disable_person("olga@example.com").await.map(drop)),
        denied(
            anna.give_role(&giving(olga, "technician", Place::Org))
                .await
                .map(drop),
        ),
        denied(
            anna.give_role(&giving(bo, "technician", theirs))
                .await
                .map(drop),
        ),
    ] {
        assert!(matches!(tried, Denied::NotFound(_)), "{tried:?}");
    }
    let group = anna.make_group("Ours").await.expect("makes");
    let joined = anna.join_group(group.id, olga).await;
    assert!(matches!(denied(joined), Denied::NotFound(_)));
    let all = world.core.store.assignments(world.other.org.id).await;
    assert_eq!(all.expect("reads").len(), 1, "theirs is as it was");
}

#[tokio::test]
async fn the_tester_says_why_and_what_is_missing() {
    let world = World::new().await;
    let anna = world.anna().await;
    let bo = world.hire("bo@example.org").await;
    let oslo = Where::Place(Place::Tenant(world.tenant));
    let ask = |what| anna.can("bo@example.org", what, oslo);
    let no = ask(What::Reach).await.expect("answers");
    assert!(!no.allowed && no.because.is_empty());
    assert!(
        no.sentence.to_string().contains("no role gives it")
            && no.sentence.to_string().contains("anna"),
        "{}",
        no.sentence
    );
    let group = anna.make_group("Oslo team").await.expect("makes");
    let to_group = Giving {
        subject: Subject::Group(group.id),
        hours: Some("sat 08:00-12:00 UTC".parse().expect("hours")),
        ..giving(bo, "observer", Place::Tenant(world.tenant))
    };
    anna.give_role(&to_group).await.expect("gives");
    anna.join_group(group.id, bo).await.expect("joins");
    let not_now = ask(What::Reach).await.expect("answers");
    assert!(
        !not_now.allowed && not_now.sentence.to_string().contains("another time"),
        "{not_now:?}"
    );
    assert_eq!(not_now.otherwise.len(), 1);
    anna.give_role(&giving(bo, "observer", Place::Org))
        .await
        .expect("gives");
    let yes = ask(What::Reach).await.expect("answers");
    assert!(yes.allowed);
    assert_eq!(
        (yes.because.len(), yes.because[0].place.as_str()),
        (1, "Acme")
    );
    assert_eq!(yes.otherwise[0].through.as_deref(), Some("Oslo team"));
    assert!(
        !ask(What::Inside(Scope::Control))
            .await
            .expect("answers")
            .allowed
    );
    // Bo may ask about himself and about nobody else.
    let bo_now = world.caller("bo@example.org").await;
    assert!(
        bo_now
            .can("bo@example.org", What::Reach, oslo)
            .await
            .expect("answers")
            .allowed
    );
    assert!(
        bo_now
            .can("anna@example.org", What::Reach, oslo)
            .await
            .is_err()
    );
    // The tester and the decision agree on every question.
    for what in What::all() {
        let said = ask(what).await.expect("answers").allowed;
        let path = Path::tenant(world.tenant);
        let is = match what {
            What::Reach => bo_now.rights.reach(&path),
            What::Inside(scope) => bo_now.rights.scopes(&path).has(scope),
            What::Unattended => bo_now.rights.unattended(&path),
            What::Do(action) => bo_now.rights.may(action, &path),
        };
        assert_eq!(said, is, "{}", what.name());
    }
}

#[tokio::test]
async fn of_a_removed_person_nothing_works_and_no_name_stays() {
    let world = World::new().await;
    let anna = world.anna().await;
    let bo = world.hire("bo@example.org").await;
    anna.give_role(&giving(bo, "technician", Place::Org))
        .await
        .expect("gives");
    anna.remove_person("bo@example.org").await.expect("removes");
    let people = anna.people().await.expect("reads");
    assert_eq!(people.len(), 1);
    assert_eq!(anna.assignments().await.expect("reads").len(), 1);
    let email = Email::parse("bo@example.org").expect("an address");
    let found = world.core.store.account_by_email(&email).await;
    assert!(found.expect("reads").is_none());
    let again = denied(anna.remove_person("bo@example.org").await);
    assert_eq!(again, Denied::NotFound("person"));
    // The address is free again.
    world.hire("bo@example.org").await;
}

#[test]
fn built_in_roles_shrink_from_owner_to_observer() {
    let owner = Builtin::Owner.rights();
    for role in Builtin::ALL {
        assert!(role.rights().within(&owner), "{}", role.name());
    }
    assert!(!owner.within(&Builtin::Administrator.rights()));
    let observer = Builtin::Observer.rights();
    assert!(observer.within(&Builtin::Technician.rights()));
    assert_eq!(observer.scopes, ScopeSet::of(&[Scope::View]));
}

/// The organisation wants a second person for giving power.
async fn strict(world: &World) {
    let rules = SecondPerson {
        give_power: true,
        ..SecondPerson::default()
    };
    let set = world.anna().await.set_second_person(rules).await;
    assert!(matches!(set.expect("sets"), Done::Now(())));
}

fn held<T: std::fmt::Debug>(done: Result<Done<T>, AppError>) -> uuid::Uuid {
    match done.expect("is taken") {
        Done::Held(request) => request.id,
        Done::Now(done) => panic!("was done at once: {done:?}"),
    }
}

#[tokio::test]
async fn power_is_given_by_two_and_only_once() {
    let world = World::new().await;
    let anna = world.anna().await;
    let bo = world.hire("bo@example.org").await;
    let cy = world.hire("cy@example.org").await;
    let dora = world.hire("dora@example.org").await;
    // By the operator: whom the asker made is no second person.
    for (person, role) in [(bo, "administrator"), (dora, "owner")] {
        let wish = giving(person, role, Place::Org);
        world.operator().give_role(&wish).await.expect("gives");
    }
    strict(&world).await;
    let wish = giving(cy, "owner", Place::Org);
    let request = held(anna.give_role(&wish).await);
    assert_eq!(held(anna.give_role(&wish).await), request, "asked once");
    let cy_now = world.caller("cy@example.org").await;
    assert!(cy_now.rights.held.is_empty());

    // Not by the one who asked, not by who could not do it, not by who may not decide.
    let own = anna.decide_request(request, Verdict::Approved, "").await;
    assert_eq!(denied(own), Denied::OwnRequest);
    let bo_now = world.caller("bo@example.org").await;
    let weak = bo_now.decide_request(request, Verdict::Approved, "").await;
    assert_eq!(denied(weak), Denied::AboveOwnRights);
    let nobody = cy_now.decide_request(request, Verdict::Approved, "").await;
    assert_eq!(denied(nobody), Denied::NotFound("request"));

    let dora_now = world.caller("dora@example.org").await;
    let before = world.records().await;
    dora_now
        .decide_request(request, Verdict::Approved, "")
        .await
        .expect("approves");
    assert_eq!(
        world.records().await,
        before + 2,
        "the decision and the role"
    );
    let cy_now = world.caller("cy@example.org").await;
    assert!(cy_now.rights.may(Action::ManageRoles, &Path::ORG));
    let again = dora_now
        .decide_request(request, Verdict::Approved, "")
        .await;
    assert!(matches!(denied(again), Denied::Conflict(_)));
    let all = anna.assignments().await.expect("reads");
    let owners = all.iter().filter(|held| held.subject == "cy").count();
    assert_eq!(owners, 1);
    // What needs no power needs no second person.
    let plain = anna.give_role(&giving(cy, "auditor", Place::Org)).await;
    assert!(matches!(plain.expect("gives"), Done::Now(_)));
}

#[tokio::test]
async fn a_request_is_worth_nothing_once_it_is_late_or_its_asker_fell() {
    let world = World::new().await;
    let anna = world.anna().await;
    let bo = world.hire("bo@example.org").await;
    let cy = world.hire("cy@example.org").await;
    anna.give_role(&giving(bo, "owner", Place::Org))
        .await
        .expect("gives");
    strict(&world).await;
    let bo_now = world.caller("bo@example.org").await;
    let late = held(bo_now.give_role(&giving(cy, "owner", Place::Org)).await);
    world.clock.advance(24 * HOUR);
    let anna = world.anna().await;
    let tried = anna.decide_request(late, Verdict::Approved, "").await;
    assert!(matches!(denied(tried), Denied::Conflict(_)));

    let bo_now = world.caller("bo@example.org").await;
    let fallen = held(bo_now.give_role(&giving(cy, "owner", Place::Org)).await);
    let all = anna.assignments().await.expect("reads");
    let bos = all.iter().find(|held| held.subject == "bo").expect("holds");
    anna.take_role(id(bos)).await.expect("takes");
    let tried = anna.decide_request(fallen, Verdict::Approved, "").await;
    assert_eq!(
        denied(tried),
        Denied::NotFound("place"),
        "he may give nothing"
    );
    assert!(world.caller("cy@example.org").await.rights.held.is_empty());
    // Whoever asked may take it back, and nobody else may do that for them.
    let tried = anna.decide_request(fallen, Verdict::Withdrawn, "").await;
    assert_eq!(denied(tried), Denied::NotFound("request"));
    let bo_now = world.caller("bo@example.org").await;
    bo_now
        .decide_request(fallen, Verdict::Withdrawn, "")
        .await
        .expect("withdraws");
}

#[tokio::test]
async fn asking_a_second_person_for_less_takes_one() {
    let world = World::new().await;
    let anna = world.anna().await;
    let bo = world.hire("bo@example.org").await;
    world
        .operator()
        .give_role(&giving(bo, "administrator", Place::Org))
        .await
        .expect("gives");
    strict(&world).await;
    let request = held(anna.set_second_person(SecondPerson::default()).await);
    let kept = anna.second_person().await.expect("reads");
    assert!(kept.give_power, "as it was");
    let stricter = SecondPerson {
        export_audit: true,
        ..kept
    };
    let set = anna.set_second_person(stricter).await;
    assert!(matches!(set.expect("sets"), Done::Now(())));
    let bo_now = world.caller("bo@example.org").await;
    bo_now
        .decide_request(request, Verdict::Approved, "")
        .await
        .expect("approves");
    let kept = anna.second_person().await.expect("reads");
    assert_eq!(kept, SecondPerson::default(), "exactly what was asked for");
}

#[tokio::test]
async fn a_role_that_somebody_asked_for_ends_by_itself() {
    let world = World::new().await;
    let bo = world.hire("bo@example.org").await;
    let bo_now = world.caller("bo@example.org").await;
    let oslo = Place::Tenant(world.tenant);
    let unseen = bo_now.ask_role("technician", oslo, HOUR, "a visit").await;
    assert_eq!(denied(unseen), Denied::NotFound("customer"));
    // Whoever may see a customer may ask for more there.
    let seeing = giving(bo, "auditor", oslo);
    world.operator().give_role(&seeing).await.expect("gives");
    let bo_now = world.caller("bo@example.org").await;
    let why = "printer offline, ticket 4711";
    assert!(
        bo_now
            .ask_role("technician", oslo, HOUR, " ")
            .await
            .is_err()
    );
    let too_long = bo_now.ask_role("technician", oslo, 31 * 24 * HOUR, why);
    assert!(too_long.await.is_err());
    let asked = bo_now.ask_role("technician", oslo, HOUR, why).await;
    let asked = asked.expect("asks");
    let own = bo_now.decide_request(asked.id, Verdict::Approved, "").await;
    assert_eq!(denied(own), Denied::OwnRequest);
    let anna = world.anna().await;
    let seen = anna.requests().await.expect("reads");
    assert!(seen[0].decidable && seen[0].request.reason == why);
    let what = seen[0].what.in_words();
    assert!(what.contains("technician") && what.contains("Oslo Shops"));
    anna.decide_request(asked.id, Verdict::Approved, "")
        .await
        .expect("approves");
    let path = Path::tenant(world.tenant);
    assert!(world.caller("bo@example.org").await.rights.reach(&path));
    world.clock.advance(HOUR);
    assert!(!world.caller("bo@example.org").await.rights.reach(&path));
    assert_eq!(bo, asked.asked_by);
}
