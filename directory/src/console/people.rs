//! GET: the people of the organisation, found by name or address, a page at a time; and the tabs
//! that people and groups share.

pub mod change;
pub mod invite;
pub mod person;
pub mod remove;
pub mod reset_factors;
pub mod reset_link;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::access::role_name;
use super::leaf::Leaf;
use super::page::{Failed, Frame, Link, Person, page};
use super::texts::{Message, Texts};
use crate::app::App;
use crate::http::body::Search;
use crate::model::Account;
use crate::model::access::{Assigned, Force, Subject};
use crate::model::text::fold;
use crate::policy::rights::{Action, Path};

/// What stands in the address.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: String,
}

struct Row {
    path: String,
    name: String,
    email: String,
    roles: Vec<String>,
    look: &'static str,
    word: Message,
}

#[derive(Template)]
#[template(path = "people.html")]
struct Page {
    t: Texts,
    frame: Frame,
    tabs: Vec<Link>,
    q: String,
    leaf: Leaf<Row>,
    may_invite: bool,
}

/// The tabs of people and groups.
pub(super) fn tabs(t: Texts, here: &str) -> Vec<Link> {
    let tab = |(path, name): (&'static str, &'static str)| Link {
        path: path.to_owned(),
        name: t.msg(name),
        key: None,
        here: path == here,
        count: None,
        waiting: false,
    };
    [("/people", "people-title"), ("/groups", "groups-title")]
        .into_iter()
        .map(tab)
        .collect()
}

/// Whether somebody can sign in, as a state.
pub(super) fn state(account: &Account, t: Texts) -> (&'static str, Message) {
    match account.disabled {
        Some(_) => ("stopped", t.msg("person-disabled")),
        None => ("", t.msg("person-enabled")),
    }
}

/// Whether somebody is whom a search means.
pub(super) fn fits(account: &Account, folded: &str) -> bool {
    fold(&account.name).contains(folded) || fold(account.email.as_str()).contains(folded)
}

/// Names of the roles that count now, of a person and of their groups, each once.
async fn roles(
    person: &Person,
    account: &Account,
    all: &[Assigned],
) -> Result<Vec<String>, Failed> {
    let core = &person.caller.core;
    let groups = core.store.groups_of(core.org.id, account.id).await?;
    let now = core.clock.now();
    let mut names = Vec::new();
    for held in all {
        let theirs = match held.assignment.subject {
            Subject::Person(id) => id == account.id,
            Subject::Group(id) => groups.iter().any(|group| group.id == id),
        };
        let name = role_name(person.t, &held.role);
        if theirs && held.assignment.force(now) == Force::Now && !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Search(asked): Search<Asked>,
) -> Result<Response, Failed> {
    let wanted = fold(asked.q.trim());
    let mut found = person.caller.people().await?;
    found.retain(|account| fits(account, &wanted));
    found.sort_by_cached_key(|account| fold(&account.name));
    let Leaf {
        rows,
        all,
        previous,
        next,
        shown,
    } = Leaf::of(found, &asked.page, "/people", &asked.q);
    let held = person.caller.assignments().await?;
    let mut shown_rows = Vec::with_capacity(rows.len());
    for account in rows {
        let (look, word) = state(&account, person.t);
        shown_rows.push(Row {
            path: format!("/people/{}", account.id),
            roles: roles(&person, &account, &held).await?,
            name: account.name,
            email: account.email.to_string(),
            look,
            word,
        });
    }
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(&app, &person, "/people").await?,
        tabs: tabs(person.t, "/people"),
        q: asked.q,
        leaf: Leaf {
            rows: shown_rows,
            all,
            previous,
            next,
            shown,
        },
        may_invite: person.caller.rights.may(Action::ManagePeople, &Path::ORG),
    }))
}
