//! Claims about what a store keeps of how people prove who they are.

use std::time::Duration;

use farpane_directory::model::access::ViewerSeen;
use farpane_directory::model::proof::{
    LinkKind, Passkey, PasswordLink, Proved, SignInRules, WebSession,
};
use farpane_directory::model::text::Email;
use farpane_directory::model::{Account, new_uuid};
use farpane_directory::password::Hashed;
use farpane_directory::secret::{Secret, SecretDigest};
use farpane_directory::store::Store;
use farpane_directory::store::factors::SealedApp;
use farpane_directory::store::roles::Change;
use farpane_directory::store::sessions::Opened;
use farpane_directory::store::web_sessions::Ended;
use farpane_protocol::ids::UserId;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Fixture, NOW, later};

fn session(fixture: &Fixture<'_>, life: u64) -> WebSession {
    let admin = &fixture.founding.admin;
    WebSession {
        id: new_uuid(NOW),
        org: admin.org,
        account: admin.id,
        created: NOW,
        last_used: NOW,
        expires: later(life),
        address: "192.0.2.1".into(),
        browser: "Firefox on Linux".into(),
        proved: Proved::Password,
        proved_at: NOW,
    }
}

async fn open(fixture: &Fixture<'_>, life: u64) -> (WebSession, SecretDigest) {
    let session = session(fixture, life);
    let token = Secret::draw().digest();
    let entry = fixture.entry();
    let opened = fixture.store.open_web_session(&session, token, &entry);
    opened.await.expect("opens");
    (session, token)
}

async fn is_open(store: &dyn Store, token: SecretDigest) -> bool {
    store.web_session(token).await.expect("reads").is_some()
}

fn passkey(account: &Account, name: &str, credential: &[u8]) -> Passkey {
    Passkey {
        id: new_uuid(NOW),
        org: account.org,
        account: account.id,
        name: name.into(),
        credential_id: credential.to_vec(),
        credential: "{}".into(),
        created: NOW,
        last_used: None,
    }
}

pub(super) async fn console_sessions_are_listed_and_end(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let admin = &fixture.founding.admin;
    let entry = fixture.entry();
    let (first, token) = open(&fixture, 60).await;
    let found = store.web_session(token).await.expect("reads");
    let found = found.expect("is there");
    assert_eq!((&found.session, &found.account), (&first, admin));
    assert!(!found.has_factor);
    let other = Secret::draw().digest();
    assert_eq!(store.web_session(other).await.expect("reads"), None);

    let (second, second_token) = open(&fixture, 60).await;
    let touched = store.touch_web_session(second.id, later(5)).await;
    touched.expect("touches");
    store
        .touch_web_session(second.id, later(3))
        .await
        .expect("touches");
    let list = store.web_sessions(admin.id).await.expect("reads");
    let ids: Vec<_> = list.iter().map(|session| session.id).collect();
    assert_eq!(ids, [second.id, first.id], "last used first");
    assert_eq!(list[0].last_used, later(5), "never backwards");

    // A fresh proof comes with a fresh cookie; the old one is worth nothing.
    let fresh = Secret::draw().digest();
    let prove = async |id| {
        let proved = store.prove_web_session(id, Proved::Code, later(9), fresh, &entry);
        proved.await.expect("answers")
    };
    assert!(prove(first.id).await);
    assert!(!prove(Uuid::nil()).await);
    assert!(!is_open(store, token).await);
    let found = store.web_session(fresh).await.expect("reads");
    let session = found.expect("is there").session;
    assert_eq!(
        (session.proved, session.proved_at),
        (Proved::Code, later(9))
    );

    let end = async |which| {
        let ended = store.end_web_sessions(admin.id, which, &entry);
        ended.await.expect("answers")
    };
    assert_eq!(end(Ended::AllBut(second.id)).await, 1);
    assert!(!is_open(store, fresh).await && is_open(store, second_token).await);
    let before = fixture.records().await;
    assert_eq!(end(Ended::One(first.id)).await, 0);
    assert_eq!(fixture.records().await, before, "no change, no record");
    assert_eq!(end(Ended::All).await, 1);

    // Who is signed in later sweeps away what ended by itself.
    let (_, old) = open(&fixture, 0).await;
    open(&fixture, 60).await;
    assert!(!is_open(store, old).await);
    assert_eq!(store.web_sessions(admin.id).await.expect("reads").len(), 1);
}

pub(super) async fn disabled_people_are_signed_out_for_good(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let (_, token) = open(&fixture, 60).await;
    let disable = async |since: Option<Timestamp>| {
        let admin = fixture.founding.admin.id;
        let entry = fixture.entry();
        let changed = store.set_disabled(fixture.org(), admin, since, &entry);
        assert!(changed.await.expect("answers"));
    };
    disable(Some(NOW)).await;
    assert!(!is_open(store, token).await);
    disable(None).await;
    assert!(!is_open(store, token).await);
}

pub(super) async fn sign_in_rules_hold_for_their_organisation(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let (org, entry) = (fixture.org(), fixture.entry());
    let rules = async || store.sign_in_rules(org).await.expect("reads");
    assert_eq!(rules().await, SignInRules::default());
    let (_, token) = open(&fixture, 3600).await;
    let stricter = SignInRules {
        factor: true,
        idle: Duration::from_secs(600),
        life: Duration::from_secs(1200),
        ..SignInRules::default()
    };
    let set = store.set_sign_in_rules(org, &stricter, &entry);
    set.await.expect("sets");
    assert_eq!(rules().await, stricter);
    let found = store.web_session(token).await.expect("reads");
    let session = found.expect("is there").session;
    assert_eq!(
        session.expires,
        later(1200),
        "who is in already is held to it"
    );

    let tenant = fixture.founding.tenant.id;
    let need = async |needed| {
        let set = store.set_tenant_factor(org, tenant, needed, &entry);
        set.await.expect("answers")
    };
    assert!(need(true).await && !need(true).await);
    assert_eq!(rules().await.tenants, [tenant]);
    assert!(need(false).await && !need(false).await);
}

pub(super) async fn links_that_set_passwords_work_once(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let entry = fixture.entry();
    let bo = Account {
        id: UserId(new_uuid(NOW)),
        email: Email::parse("bo@example.org").expect("an address"),
        name: "bo@example.org".into(),
        ..fixture.founding.admin.clone()
    };
    let link = |account: &Account, kind| PasswordLink {
        org: account.org,
        account: account.id,
        kind,
        created: NOW,
        expires: later(60),
    };
    let nothing = Hashed("$argon2id$none".into());
    let invitation = link(&bo, LinkKind::Invitation);
    let secret = Secret::draw().digest();
    let invite = async |account: &Account| {
        let invited = store.invite(account, &nothing, &invitation, secret, &entry);
        invited.await.expect("answers")
    };
    assert!(invite(&bo).await);
    let before = fixture.records().await;
    assert!(!invite(&bo).await, "the address is taken");
    assert_eq!(fixture.records().await, before, "no change, no record");
    let found = store.password_link(secret).await.expect("reads");
    assert_eq!(found, Some((invitation.clone(), bo.clone())));
    let links = store.password_links(fixture.org()).await.expect("reads");
    assert_eq!(links, [invitation]);

    let chosen = Hashed("$argon2id$chosen".into());
    let gone = |_: &ViewerSeen| entry.clone();
    let take = async |secret, at| {
        let used = store.use_password_link(secret, "Bo Lie", &chosen, at, &gone, &entry);
        used.await.expect("answers")
    };
    assert!(!take(secret, later(60)).await, "too late");
    assert!(take(secret, later(59)).await);
    assert!(!take(secret, later(59)).await, "used");
    let found = store.account_of(bo.org, bo.id).await.expect("reads");
    let (account, password) = found.expect("is there");
    assert_eq!((account.name.as_str(), &password), ("Bo Lie", &chosen));

    // A newer link replaces an older one, and a changed password ends the newest.
    let reset = async || {
        let secret = Secret::draw().digest();
        let link = link(&bo, LinkKind::Reset);
        let added = store.add_password_link(&link, secret, None, &entry);
        added.await.expect("adds");
        secret
    };
    let (older, newer) = (reset().await, reset().await);
    assert_eq!(store.password_link(older).await.expect("reads"), None);
    let set = store.set_password(&bo, &nothing, Ended::All, &entry);
    set.await.expect("sets");
    assert!(!take(newer, NOW).await);
}

pub(super) async fn a_change_of_factors_ends_other_sessions(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let (admin, entry) = (&fixture.founding.admin, fixture.entry());
    let app = SealedApp {
        secret: vec![1, 2, 3],
        last_step: 7,
    };
    let (mine, my_token) = open(&fixture, 60).await;
    let (_, other) = open(&fixture, 60).await;
    let keep = Ended::AllBut(mine.id);
    let set = store.set_app(admin, &app, NOW, keep, &entry);
    set.await.expect("sets");
    assert!(is_open(store, my_token).await && !is_open(store, other).await);
    assert_eq!(store.app(admin.id).await.expect("reads"), Some(app));
    let found = store.web_session(my_token).await.expect("reads");
    assert!(found.expect("is there").has_factor);

    let step = async |step| store.use_app_step(admin.id, step).await.expect("answers");
    assert!(!step(7).await && step(8).await && !step(8).await && !step(6).await);

    let (_, other) = open(&fixture, 60).await;
    let key = passkey(admin, "laptop", b"credential");
    let add = async |key: &Passkey| {
        let added = store.add_passkey(key, keep, &entry);
        added.await.expect("answers")
    };
    assert!(add(&key).await);
    assert!(!is_open(store, other).await);
    let copy = passkey(admin, "copy", b"credential");
    assert!(!add(&copy).await, "a credential has one owner");
    let found = store.passkey(b"credential").await.expect("reads");
    assert_eq!(found, Some((key.clone(), admin.clone())));
    let used = store.use_passkey(key.id, "{\"counter\":1}", later(1)).await;
    used.expect("keeps");
    let factors = store.factors(admin.id).await.expect("reads");
    assert_eq!((factors.app, factors.passkeys.len()), (Some(NOW), 1));
    assert_eq!(factors.passkeys[0].last_used, Some(later(1)));
    assert_eq!(factors.passkeys[0].credential, "{\"counter\":1}");

    let stranger = UserId(new_uuid(NOW));
    let remove = async |account| {
        let removed = store.remove_passkey(account, key.id, keep, &entry);
        removed.await.expect("answers")
    };
    assert!(!remove(stranger).await, "somebody else's");
    assert!(remove(admin.id).await && !remove(admin.id).await);
    let remove_app = async || {
        let removed = store.remove_app(admin.id, keep, &entry);
        removed.await.expect("answers")
    };
    assert!(remove_app().await && !remove_app().await);
    assert!(!store.factors(admin.id).await.expect("reads").any());
}

pub(super) async fn recovery_codes_work_once_and_go_with_the_factors(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let (admin, entry) = (&fixture.founding.admin, fixture.entry());
    let codes: Vec<_> = (0..3).map(|_| Secret::draw().digest()).collect();
    let set = async |codes: &[SecretDigest]| {
        let set = store.set_recovery_codes(admin.id, codes, &entry);
        set.await.expect("sets");
    };
    let take = async |code| {
        let used = store.use_recovery_code(admin.id, code, NOW, &entry);
        used.await.expect("answers")
    };
    let left = async || store.factors(admin.id).await.expect("reads").recovery_left;
    set(&codes).await;
    assert!(take(codes[0]).await);
    let before = fixture.records().await;
    assert!(!take(codes[0]).await && !take(Secret::draw().digest()).await);
    assert_eq!(fixture.records().await, before, "no change, no record");
    assert_eq!(left().await, 2);
    set(&codes[2..]).await;
    assert!(!take(codes[1]).await, "older ones are gone");
    let (_, token) = open(&fixture, 60).await;
    let clear = async || {
        store
            .clear_factors(admin.id, None, &entry)
            .await
            .expect("answers")
    };
    assert!(clear().await && !clear().await);
    assert_eq!(left().await, 0);
    assert!(!is_open(store, token).await);
}

pub(super) async fn sessions_end_with_the_person_or_the_viewer_that_opened_them(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let (org, admin) = (fixture.org(), fixture.founding.admin.id);
    let [one, two] = [fixture.viewer(2).await, fixture.viewer(3).await];
    let mut sessions = Vec::new();
    for (n, viewer) in [&one, &two, &two].into_iter().enumerate() {
        let seed = 10 + u8::try_from(n).expect("few");
        let device = fixture.device(seed, &format!("pc-{n}")).await;
        sessions.push(fixture.new_session(&device, viewer));
    }
    let spare = fixture.device(20, "spare").await;
    for session in &sessions[..2] {
        assert_eq!(fixture.open(session).await, Opened::Yes);
    }
    let due = async || {
        let due = store.due_kills().await.expect("reads");
        due.iter().map(|kill| kill.session).collect::<Vec<_>>()
    };
    let before = fixture.records().await;
    let entry = fixture.entry();
    let removed = store.remove_viewer(org, admin, one.id, later(1), &entry);
    assert_eq!(removed.await.expect("answers"), Change::Made);
    assert_eq!(due().await, [sessions[0].id], "of that viewer alone");
    let kept = fixture.records().await;
    assert_eq!(kept, before + 2, "the viewer and the session");
    let again = fixture.new_session(&spare, &one);
    assert_eq!(fixture.open(&again).await, Opened::NoLonger);

    let disabled = store.set_disabled(org, admin, Some(later(2)), &entry);
    assert!(disabled.await.expect("answers"));
    assert_eq!(due().await, [sessions[0].id, sessions[1].id]);
    assert_eq!(fixture.open(&sessions[2]).await, Opened::NoLonger);
    assert_eq!(fixture.records().await, kept + 2, "no session, no record");
    let enabled = store.set_disabled(org, admin, None, &entry);
    assert!(enabled.await.expect("answers"));
    assert_eq!(fixture.open(&sessions[2]).await, Opened::Yes);
}
