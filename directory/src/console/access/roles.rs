//! GET: every role, with its three answers: whether devices are reached, what may be asked for inside
//! a session, what may be done in the directory.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::words::Gives;
use super::{role_name, tabs};
use crate::app::App;
use crate::app::access::roles::RoleSeen;
use crate::console::page::{Failed, Frame, Link, Person, page};
use crate::console::texts::Texts;
use crate::model::access::RoleRef;
use crate::policy::rights::{Action, Path};

struct Row {
    name: String,
    /// Where an own role is changed, for those who may.
    path: Option<String>,
    gives: Gives,
}

#[derive(Template)]
#[template(path = "access/roles.html")]
struct Page {
    t: Texts,
    frame: Frame,
    tabs: Vec<Link>,
    rows: Vec<Row>,
    may_define: bool,
}

fn row(role: RoleSeen, may_define: bool, t: Texts) -> Row {
    Row {
        path: match role.id {
            RoleRef::Own(id) if may_define => Some(format!("/access/roles/{id}")),
            RoleRef::Own(_) | RoleRef::Builtin(_) => None,
        },
        gives: Gives::of(&role.rights, t),
        name: role_name(t, &role.name),
    }
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    let roles = person.caller.roles().await?.into_iter();
    let may_define = person.caller.rights.may(Action::ManageRoles, &Path::ORG);
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(&app, &person, "/access").await?,
        tabs: tabs(&person, "/access/roles").await?,
        rows: roles.map(|role| row(role, may_define, person.t)).collect(),
        may_define,
    }))
}
