//! GET: the tester: may this person do that there, and why? It asks the rules that decide.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::ids::DeviceId;
use farpane_protocol::scope::Scope;
use serde::Deserialize;

use super::spots;
use super::words::{Subject, action};
use super::{held, role_name, tabs};
use crate::app::access::explain::{Answer, Reason, What, Where};
use crate::app::access::places::PlaceNames;
use crate::app::{App, AppError, Denied};
use crate::console::groups::OFFERED;
use crate::console::page::{Failed, Frame, Link, Person, page};
use crate::console::texts::{Message, Texts};
use crate::http::body::Search;
use crate::policy::rights::Action;

/// The question.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    who: String,
    #[serde(default)]
    what: String,
    #[serde(default)]
    place: String,
    /// A device in place of a place.
    #[serde(default)]
    device: String,
}

/// A choice: value and name, and whether it was chosen.
type Choice = (&'static str, String, bool);

/// A role that gives what was asked about, or would.
pub(in crate::console) struct Because {
    pub(in crate::console) role: String,
    pub(in crate::console) place: String,
    pub(in crate::console) through: Option<String>,
    pub(in crate::console) times: Vec<String>,
}

impl Because {
    pub(in crate::console) fn of(reason: &Reason, t: Texts) -> Self {
        Self {
            role: role_name(t, &reason.role),
            place: reason.place.clone(),
            through: reason.through.clone(),
            times: held::times(reason.from, reason.until, reason.hours.as_ref(), t),
        }
    }
}

/// What was found.
struct Found {
    look: &'static str,
    sentence: String,
    because: Vec<Because>,
    otherwise: Vec<Because>,
}

#[derive(Template)]
#[template(path = "access/test.html")]
struct Page {
    t: Texts,
    frame: Frame,
    tabs: Vec<Link>,
    who: String,
    whom: Vec<(String, String)>,
    subjects: Vec<(Message, Vec<Choice>)>,
    place: String,
    places: Vec<String>,
    /// The device that is asked about: id and name.
    device: Option<(String, String)>,
    who_wrong: String,
    place_wrong: String,
    found: Option<Found>,
}

/// Everything that can be asked about, under its headings.
fn subjects(chosen: &str, t: Texts) -> Vec<(Message, Vec<Choice>)> {
    let choice = |what: What, name: String| (what.name(), name, what.name() == chosen);
    let words = |what: What| t.said(&what.in_words());
    let reach = [What::Reach, What::Unattended].map(|what| choice(what, words(what)));
    let inside = Scope::ALL.map(|scope| choice(What::Inside(scope), t.scope(scope).to_string()));
    let mut all = vec![
        (t.msg("column-reach"), reach.into()),
        (t.msg("column-inside"), inside.into()),
    ];
    all.extend(Subject::ALL.into_iter().map(|subject| {
        let about = Action::ALL
            .iter()
            .filter(|one| Subject::of(**one) == subject);
        let choices = about.map(|one| choice(What::Do(*one), action(*one, t)));
        (t.msg(subject.key()), choices.collect())
    }));
    all
}

fn found(answer: &Answer, t: Texts) -> Found {
    let list = |reasons: &[Reason]| reasons.iter().map(|one| Because::of(one, t)).collect();
    Found {
        look: if answer.allowed { "good" } else { "waiting" },
        sentence: t.said(&answer.sentence),
        because: list(&answer.because),
        otherwise: list(&answer.otherwise),
    }
}

/// Where it is asked about; a device by its id, a place by its name.
async fn stands(
    person: &Person,
    asked: &Asked,
    names: &PlaceNames,
) -> Result<(Option<Where>, Option<(String, String)>), Failed> {
    if asked.device.is_empty() {
        let place = spots::named(&asked.place, &person.caller, names, person.t);
        return Ok((place.map(Where::Place), None));
    }
    let id: DeviceId = asked
        .device
        .parse()
        .map_err(|_| Failed(AppError::from(Denied::NotFound("device"))))?;
    let (device, _) = person.caller.listed(id).await?;
    Ok((Some(Where::Device(id)), Some((id.to_string(), device.name))))
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Search(asked): Search<Asked>,
) -> Result<Response, Failed> {
    let t = person.t;
    let caller = &person.caller;
    let names = caller.core.place_names().await?;
    let (at, device) = stands(&person, &asked, &names).await?;
    let (mut who_wrong, mut place_wrong, mut shown) = (String::new(), String::new(), None);
    if let Some(what) = What::named(&asked.what) {
        match at {
            None => place_wrong = t.msg("give-place-unknown").to_string(),
            Some(at) => match caller.can(asked.who.trim(), what, at).await {
                Ok(answer) => shown = Some(found(&answer, t)),
                Err(AppError::Denied(Denied::NotFound("person") | Denied::Forbidden(_))) => {
                    who_wrong = t.msg("test-who-unknown").to_string();
                }
                Err(error) => return Err(error.into()),
            },
        }
    }
    let mut whom = Vec::new();
    if !caller.rights.visible(Action::SeePeople).is_nothing() {
        let people = caller.people().await?.into_iter().take(OFFERED);
        whom.extend(people.map(|one| (one.email.to_string(), one.name)));
    }
    Ok(page(&Page {
        t,
        frame: Frame::of(&app, &person, "/access").await?,
        tabs: tabs(&person, "/access/test").await?,
        who: if asked.who.is_empty() {
            person.account.email.to_string()
        } else {
            asked.who
        },
        whom,
        subjects: subjects(&asked.what, t),
        place: asked.place,
        places: spots::seen(caller, &names, t),
        device,
        who_wrong,
        place_wrong,
        found: shown,
    }))
}
