//! GET: one person: what they may do and why, how they sign in, with which viewers, which tokens act
//! for them, and what can be done about it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::ids::UserId;

use super::state;
use crate::app::App;
use crate::app::passwords::LINK_LIFE;
use crate::console::access::held::Held;
use crate::console::moment::Moment;
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::texts::{Message, Texts};
use crate::console::token_rows::TokenRow;
use crate::http::body::Id;
use crate::model::proof::Factors;
use crate::policy::rights::{Action, Path};
use crate::secret::Secret;

struct Viewer {
    id: String,
    name: String,
    version: String,
    signed_in: Moment,
}

struct Session {
    id: String,
    browser: String,
    address: String,
    used: Moment,
}

/// A link that is shown once.
pub(super) struct Made {
    pub(super) link: String,
    pub(super) works: Message,
}

impl Made {
    /// What a link with this secret looks like.
    pub(super) fn of(app: &App, secret: &Secret, t: Texts) -> Self {
        Self {
            link: format!("{}/link/{}", app.identity.url, secret.expose()),
            works: t.span(LINK_LIFE.as_secs()),
        }
    }
}

/// What came of a form on this page.
#[derive(Default)]
pub(super) struct Came {
    pub(super) made: Option<Made>,
    /// A name that was refused, and why.
    pub(super) name: Option<(String, String)>,
    /// Why something else was refused.
    pub(super) refused: String,
}

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    t: Texts,
    frame: Frame,
    id: String,
    name: String,
    email: String,
    own: bool,
    look: &'static str,
    word: Message,
    disabled: Option<Moment>,
    /// How they sign in, for those who see everybody.
    factors: Option<Factors>,
    groups: Vec<(String, String)>,
    held: Vec<Held>,
    viewers: Vec<Viewer>,
    sessions: Vec<Session>,
    /// Their API tokens, for those who manage them.
    tokens: Vec<TokenRow>,
    may_manage: bool,
    may_give: bool,
    made: Option<Made>,
    typed: String,
    wrong: String,
    refused: String,
}

/// The page, with what came of a form.
pub(super) async fn shown(
    app: &App,
    person: &Person,
    id: UserId,
    came: Came,
) -> Result<Response, Failed> {
    let t = person.t;
    let caller = &person.caller;
    let now = app.now();
    let named = id.to_string();
    let whole = caller.person_whole(&named).await?;
    let names = caller.core.place_names().await?;
    let own = person.account.id == whole.account.id;
    let held = whole.assignments.into_iter();
    let viewers = whole.viewers.into_iter().map(|viewer| Viewer {
        id: viewer.id.to_string(),
        name: viewer.name,
        version: viewer.version,
        signed_in: Moment::ago(viewer.signed_in, now),
    });
    let sessions = caller.web_sessions_of(&named).await?.into_iter();
    let sessions = sessions.map(|session| Session {
        id: session.id.to_string(),
        browser: session.browser,
        address: session.address,
        used: Moment::ago(session.last_used, now),
    });
    let may_manage = !own && caller.manages(whole.account.id).await?;
    let tokens = if may_manage {
        caller.tokens(Some(&named)).await?
    } else {
        Vec::new()
    };
    let tokens = tokens.into_iter();
    let sees_all = caller.rights.may(Action::SeePeople, &Path::ORG);
    let (look, word) = state(&whole.account, t);
    let (typed, wrong) = came
        .name
        .unwrap_or_else(|| (whole.account.name.clone(), String::new()));
    Ok(page(&Page {
        t,
        frame: Frame::of(app, person, "/people").await?,
        id: named,
        email: whole.account.email.to_string(),
        own,
        look,
        word,
        disabled: whole.account.disabled.map(|since| Moment::ago(since, now)),
        factors: if sees_all || own {
            Some(app.factors(whole.account.id).await?)
        } else {
            None
        },
        groups: whole
            .groups
            .into_iter()
            .map(|group| (group.id.to_string(), group.name))
            .collect(),
        held: held
            .map(|held| Held::of(held, caller, &names, now, t))
            .collect(),
        viewers: viewers.collect(),
        sessions: sessions.collect(),
        tokens: tokens
            .map(|token| TokenRow::of(token, &names, now, t))
            .collect(),
        may_manage,
        may_give: !own && !caller.rights.visible(Action::GrantRoles).is_nothing(),
        name: whole.account.name,
        made: came.made,
        typed,
        wrong,
        refused: came.refused,
    }))
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<UserId>,
) -> Result<Response, Failed> {
    shown(&app, &person, id, Came::default()).await
}
