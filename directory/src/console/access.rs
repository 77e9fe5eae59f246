//! GET: who holds which role where, found by name, a page at a time; and the tabs that the pages
//! about access share.

pub mod ask;
pub mod give;
pub mod held;
pub mod requests;
pub mod role;
pub mod role_remove;
pub mod roles;
pub mod second_person;
pub(super) mod spots;
pub mod take;
pub mod test;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use self::held::Held;
use super::leaf::Leaf;
use super::page::{Failed, Frame, Link, Person, page};
use super::texts::Texts;
use crate::app::App;
use crate::http::body::Search;
use crate::model::text::fold;
use crate::policy::rights::{Action, Builtin};

/// What stands in the address.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: String,
}

#[derive(Template)]
#[template(path = "access/held.html")]
struct Page {
    t: Texts,
    frame: Frame,
    tabs: Vec<Link>,
    q: String,
    leaf: Leaf<Held>,
    sees_people: bool,
    may_give: bool,
}

/// What a role is called on a page: built-in ones in the reader's language.
pub(super) fn role_name(t: Texts, name: &str) -> String {
    let Some(builtin) = Builtin::named(name) else {
        return name.to_owned();
    };
    let key = match builtin {
        Builtin::Owner => "role-owner",
        Builtin::Administrator => "role-administrator",
        Builtin::Technician => "role-technician",
        Builtin::Observer => "role-observer",
        Builtin::Auditor => "role-auditor",
    };
    t.msg(key).to_string()
}

/// The tabs of the pages about access: path, text, and whether they are for people who see others.
const TABS: [(&str, &str, bool); 5] = [
    ("/access", "held-title", false),
    ("/access/roles", "roles-title", true),
    ("/access/requests", "requests-title", false),
    ("/access/test", "test-title", false),
    ("/access/second-person", "second-person-title", true),
];

/// The tabs that this person has a use for.
pub(super) async fn tabs(person: &Person, here: &str) -> Result<Vec<Link>, Failed> {
    let rights = &person.caller.rights;
    let sees_people = !rights.visible(Action::SeePeople).is_nothing();
    let waiting = person.caller.requests_to_decide().await?;
    let shown = TABS.into_iter().filter(|(_, _, sees)| !sees || sees_people);
    let link = |(path, name, _): (&'static str, &'static str, bool)| Link {
        path: path.to_owned(),
        name: person.t.msg(name),
        key: None,
        here: path == here,
        count: (path == "/access/requests" && waiting > 0).then_some(waiting),
        waiting: true,
    };
    Ok(shown.map(link).collect())
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Search(asked): Search<Asked>,
) -> Result<Response, Failed> {
    let t = person.t;
    let caller = &person.caller;
    let now = app.now();
    let names = caller.core.place_names().await?;
    let all = caller.assignments().await?.into_iter();
    let mut rows: Vec<_> = all
        .map(|held| Held::of(held, caller, &names, now, t))
        .collect();
    let wanted = fold(asked.q.trim());
    rows.retain(|row| {
        [&row.who, &row.role, &row.place]
            .into_iter()
            .any(|text| fold(text).contains(&wanted))
    });
    rows.sort_by_cached_key(|row| (fold(&row.who), fold(&row.place), fold(&row.role)));
    let may = |action| !caller.rights.visible(action).is_nothing();
    Ok(page(&Page {
        t,
        frame: Frame::of(&app, &person, "/access").await?,
        tabs: tabs(&person, "/access").await?,
        leaf: Leaf::of(rows, &asked.page, "/access", &asked.q),
        q: asked.q,
        sees_people: may(Action::SeePeople),
        may_give: may(Action::GrantRoles),
    }))
}
