//! GET: the groups of people; and one group: who is in it, and what they hold together.

pub mod change;
pub mod remove;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use uuid::Uuid;

use super::access::held::Held;
use super::page::{Failed, Frame, Link, Person, page};
use super::people::{state, tabs};
use super::texts::{Message, Texts};
use crate::app::App;
use crate::http::body::Id;
use crate::model::access::Subject;
use crate::model::text::fold;
use crate::policy::rights::{Action, Path};

/// People whose addresses are offered where one is chosen; any other can be typed.
pub(super) const OFFERED: usize = 300;

struct Row {
    id: String,
    name: String,
    members: u64,
}

#[derive(Template)]
#[template(path = "groups.html")]
struct ListPage {
    t: Texts,
    frame: Frame,
    tabs: Vec<Link>,
    rows: Vec<Row>,
    may_make: bool,
    typed: String,
    wrong: String,
}

struct Member {
    id: String,
    name: String,
    email: String,
    look: &'static str,
    word: Message,
}

/// What came of a form on a group's page.
#[derive(Default)]
pub(super) struct Came {
    /// A name that was refused, and why.
    pub(super) name: Option<(String, String)>,
    /// An address that was refused, and why.
    pub(super) who: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "group.html")]
struct OnePage {
    t: Texts,
    frame: Frame,
    id: String,
    name: String,
    members: Vec<Member>,
    held: Vec<Held>,
    /// Who could be added: address and name.
    people: Vec<(String, String)>,
    may_manage: bool,
    may_give: bool,
    typed: (String, String),
    who: (String, String),
}

/// The list, with what was typed for a new group and why it was refused.
pub(super) async fn list_with(
    app: &App,
    person: &Person,
    typed: String,
    wrong: String,
) -> Result<Response, Failed> {
    let mut groups = person.caller.groups().await?;
    groups.sort_by_cached_key(|group| fold(&group.name));
    let rows = groups.into_iter().map(|group| Row {
        id: group.id.to_string(),
        name: group.name,
        members: group.members,
    });
    Ok(page(&ListPage {
        t: person.t,
        frame: Frame::of(app, person, "/people").await?,
        tabs: tabs(person.t, "/groups"),
        rows: rows.collect(),
        may_make: person.caller.rights.may(Action::ManagePeople, &Path::ORG),
        typed,
        wrong,
    }))
}

/// A group's page, with what came of a form.
pub(super) async fn one_with(
    app: &App,
    person: &Person,
    id: Uuid,
    came: Came,
) -> Result<Response, Failed> {
    let t = person.t;
    let caller = &person.caller;
    let now = app.now();
    let group = caller.group(&id.to_string()).await?;
    let members = caller.members(id).await?;
    let names = caller.core.place_names().await?;
    let held = caller.assignments().await?.into_iter();
    let held = held.filter(|held| held.assignment.subject == Subject::Group(id));
    let may_manage = caller.rights.may(Action::ManagePeople, &Path::ORG);
    let mut people = Vec::new();
    if may_manage {
        let others = caller.people().await?.into_iter();
        let others = others.filter(|one| !members.iter().any(|member| member.id == one.id));
        people.extend(
            others
                .take(OFFERED)
                .map(|one| (one.email.to_string(), one.name)),
        );
    }
    let members = members.into_iter().map(|member| {
        let (look, word) = state(&member, t);
        Member {
            id: member.id.to_string(),
            name: member.name,
            email: member.email.to_string(),
            look,
            word,
        }
    });
    Ok(page(&OnePage {
        t,
        frame: Frame::of(app, person, "/people").await?,
        id: id.to_string(),
        members: members.collect(),
        held: held
            .map(|held| Held::of(held, caller, &names, now, t))
            .collect(),
        people,
        may_manage,
        may_give: !caller.rights.visible(Action::GrantRoles).is_nothing(),
        typed: came
            .name
            .unwrap_or_else(|| (group.name.clone(), String::new())),
        who: came.who.unwrap_or_default(),
        name: group.name,
    }))
}

pub(crate) async fn list(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    list_with(&app, &person, String::new(), String::new()).await
}

pub(crate) async fn one(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
) -> Result<Response, Failed> {
    one_with(&app, &person, id, Came::default()).await
}
