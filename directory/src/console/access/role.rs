//! GET and POST: an own role, new or known: its name, and what it gives, to tick.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use farpane_protocol::scope::{Scope, ScopeSet};
use uuid::Uuid;

use super::words::{Subject, action};
use crate::app::access::roles::RoleSeen;
use crate::app::{App, AppError, Denied};
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::refused::{again, mendable};
use crate::console::texts::{Message, Texts};
use crate::http::body::{Id, Sent};
use crate::model::access::RoleRef;
use crate::policy::rights::{Action, ActionSet, Path, RoleRights};

/// A box to tick.
struct Tick {
    value: &'static str,
    label: String,
    on: bool,
    /// Whether the person holds it, so that they may give it away.
    held: bool,
}

#[derive(Template)]
#[template(path = "access/role.html")]
struct Page {
    t: Texts,
    frame: Frame,
    /// Where the form goes.
    action: String,
    /// The role as it is; nothing for a new one.
    known: Option<(String, String)>,
    name: String,
    reach: Tick,
    unattended: Tick,
    scopes: Vec<Tick>,
    subjects: Vec<(Message, Vec<Tick>)>,
    wrong: String,
    refused: String,
}

/// What was typed and ticked, or what the role gives.
struct Draft {
    name: String,
    rights: RoleRights,
}

impl Draft {
    fn of(sent: &Sent) -> Self {
        let scopes = Scope::ALL
            .into_iter()
            .filter(|scope| sent.has("scope", scope.name()));
        let actions = Action::ALL
            .iter()
            .filter(|one| sent.has("action", one.name()));
        Self {
            name: sent.text("name").to_owned(),
            rights: RoleRights {
                reach: sent.has("reach", "yes"),
                scopes: scopes.fold(ScopeSet::EMPTY, ScopeSet::with),
                unattended: sent.has("unattended", "yes"),
                actions: actions.fold(ActionSet::EMPTY, |set, one| set.with(*one)),
            },
        }
    }
}

/// Why a draft was refused, if it was.
#[derive(Default)]
struct Refused {
    name: String,
    rights: String,
}

impl Refused {
    fn of(denied: &Denied, t: Texts) -> Self {
        let sentence = t.said(&denied.said());
        if matches!(denied, Denied::BadRequest(_) | Denied::Conflict(_)) {
            Self {
                name: sentence,
                ..Self::default()
            }
        } else {
            Self {
                rights: sentence,
                ..Self::default()
            }
        }
    }
}

async fn show(
    app: &App,
    person: &Person,
    known: Option<&RoleSeen>,
    draft: Draft,
    refused: Refused,
) -> Result<Response, Failed> {
    let t = person.t;
    // A role has no end, so what is held for a while is not given into one.
    let rights = &person.caller.rights;
    let own = rights.lasting(None, None).total(&Path::ORG);
    let has = draft.rights;
    let known = known.and_then(|role| match role.id {
        RoleRef::Own(id) => Some((id.to_string(), role.name.clone())),
        RoleRef::Builtin(_) => None,
    });
    let scopes = Scope::ALL.into_iter().map(|scope| Tick {
        value: scope.name(),
        label: t.scope(scope).to_string(),
        on: has.scopes.has(scope),
        held: own.scopes.has(scope),
    });
    let subjects = Subject::ALL.into_iter().map(|subject| {
        let about = Action::ALL
            .iter()
            .filter(move |one| Subject::of(**one) == subject);
        let ticks = about.map(|one| Tick {
            value: one.name(),
            label: action(*one, t),
            on: has.actions.has(*one),
            held: own.actions.has(*one),
        });
        (t.msg(subject.key()), ticks.collect())
    });
    Ok(page(&Page {
        t,
        frame: Frame::of(app, person, "/access").await?,
        action: match &known {
            Some((id, _)) => format!("/access/roles/{id}"),
            None => "/access/roles/new".to_owned(),
        },
        known,
        name: draft.name,
        reach: Tick {
            value: "yes",
            label: t.msg("role-reach").to_string(),
            on: has.reach,
            held: own.reach,
        },
        unattended: Tick {
            value: "yes",
            label: t.msg("role-unattended").to_string(),
            on: has.unattended,
            held: own.unattended,
        },
        scopes: scopes.collect(),
        subjects: subjects.collect(),
        wrong: refused.name,
        refused: refused.rights,
    }))
}

/// An own role, for those who may change it; built-in ones have no page.
async fn own(person: &Person, id: Uuid) -> Result<RoleSeen, AppError> {
    person
        .caller
        .check(Action::ManageRoles, &Path::ORG, "role")?;
    let role = person.caller.role(&id.to_string()).await?;
    match role.id {
        RoleRef::Own(known) if known == id => Ok(role),
        RoleRef::Own(_) | RoleRef::Builtin(_) => Err(Denied::NotFound("role").into()),
    }
}

pub(crate) async fn new_get(
    State(app): State<Arc<App>>,
    person: Person,
) -> Result<Response, Failed> {
    // Asked for now, so that nothing that was ticked is lost over it.
    let may = person.caller.check_org(Action::ManageRoles);
    may.map_err(|denied| Failed(denied.into()))?;
    let draft = Draft::of(&Sent::default());
    show(&app, &person, None, draft, Refused::default()).await
}

pub(crate) async fn new_post(
    State(app): State<Arc<App>>,
    person: Person,
    sent: Sent,
) -> Result<Response, Failed> {
    let draft = Draft::of(&sent);
    match person.caller.make_role(&draft.name, draft.rights).await {
        Ok(_) => Ok(Redirect::to("/access/roles").into_response()),
        Err(error) => {
            let denied = mendable(error)?;
            let refused = Refused::of(&denied, person.t);
            let page = show(&app, &person, None, draft, refused).await?;
            Ok(again(&denied, page))
        }
    }
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
) -> Result<Response, Failed> {
    let role = own(&person, id).await?;
    let draft = Draft {
        name: role.name.clone(),
        rights: role.rights,
    };
    show(&app, &person, Some(&role), draft, Refused::default()).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
    sent: Sent,
) -> Result<Response, Failed> {
    let role = own(&person, id).await?;
    let draft = Draft::of(&sent);
    let changed = person
        .caller
        .change_role(id, &draft.name, draft.rights)
        .await;
    match changed {
        Ok(_) => Ok(Redirect::to("/access/roles").into_response()),
        Err(error) => {
            let denied = mendable(error)?;
            let refused = Refused::of(&denied, person.t);
            let page = show(&app, &person, Some(&role), draft, refused).await?;
            Ok(again(&denied, page))
        }
    }
}
