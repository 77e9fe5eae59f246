//! GET and POST: gives a person or a group a role at a place, for good or for a while, always or at
//! some hours of the week.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use farpane_protocol::time::Timestamp;
use serde::Deserialize;

use super::{role_name, spots};
use crate::app::access::Done;
use crate::app::access::assign::Giving;
use crate::app::{App, AppError, Denied};
use crate::console::groups::OFFERED;
use crate::console::moment::read;
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::refused::{again, mendable, mistyped};
use crate::console::texts::Texts;
use crate::http::body::{Search, Sent};
use crate::model::access::{RoleRef, Subject};
use crate::policy::hours::{BadHours, Hours};
use crate::policy::rights::Action;

/// Who is meant when the form is opened: an address, or a group's id.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    who: String,
    #[serde(default)]
    group: String,
}

/// Days as the form names them, Monday first, with the texts that say them.
const DAYS: [(&str, &str); 7] = [
    ("mon", "day-mon"),
    ("tue", "day-tue"),
    ("wed", "day-wed"),
    ("thu", "day-thu"),
    ("fri", "day-fri"),
    ("sat", "day-sat"),
    ("sun", "day-sun"),
];

/// A choice: value and name, and whether it was chosen.
type Choice = (String, String, bool);

/// What is wrong, beside its field; nothing where nothing is.
#[derive(Default)]
struct Wrong {
    who: String,
    role: String,
    place: String,
    from: String,
    until: String,
    hours: String,
    /// What is wrong with all of it.
    all: String,
}

impl Wrong {
    fn is_none(&self) -> bool {
        let all = [
            &self.who,
            &self.role,
            &self.place,
            &self.from,
            &self.until,
            &self.hours,
            &self.all,
        ];
        all.into_iter().all(String::is_empty)
    }

    /// A refusal, beside the field that it is about.
    fn of(denied: &Denied, t: Texts) -> Self {
        let mut wrong = Self::default();
        let field = if matches!(denied, Denied::OwnRights) {
            &mut wrong.who
        } else if matches!(denied, Denied::AboveOwnRights) {
            &mut wrong.role
        } else if matches!(denied, Denied::Forbidden(_)) {
            &mut wrong.place
        } else if matches!(denied, Denied::BadRequest(_)) {
            &mut wrong.until
        } else {
            &mut wrong.all
        };
        *field = t.said(&denied.said());
        wrong
    }
}

#[derive(Template)]
#[template(path = "access/give.html")]
struct Page {
    t: Texts,
    frame: Frame,
    who: String,
    whom: Vec<(String, String)>,
    roles: Vec<Choice>,
    place: String,
    places: Vec<String>,
    from: String,
    until: String,
    days: Vec<Choice>,
    opens: String,
    closes: String,
    zone: String,
    /// Whether times were typed, so that they are shown.
    timed: bool,
    wrong: Wrong,
}

/// Everybody to whom a role could be given: people by address, groups by name.
async fn whom(person: &Person) -> Result<Vec<(String, String)>, Failed> {
    let caller = &person.caller;
    let may_see = !caller.rights.visible(Action::SeePeople).is_nothing();
    if !may_see {
        return Ok(Vec::new());
    }
    let group = person.t.msg("held-group").to_string();
    let groups = caller.groups().await?.into_iter();
    let people = caller.people().await?.into_iter();
    let people = people.map(|one| (one.email.to_string(), one.name));
    let all = people.chain(groups.map(|one| (one.name, group.clone())));
    Ok(all.take(OFFERED).collect())
}

/// The form's value for a role.
fn role_value(role: RoleRef) -> String {
    match role {
        RoleRef::Builtin(builtin) => builtin.name().to_owned(),
        RoleRef::Own(id) => id.to_string(),
    }
}

async fn show(app: &App, person: &Person, sent: &Sent, wrong: Wrong) -> Result<Response, Failed> {
    let t = person.t;
    let caller = &person.caller;
    let names = caller.core.place_names().await?;
    let roles = caller.roles_to_give().await?.into_iter().map(|role| {
        let value = role_value(role.id);
        let chosen = sent.text("role") == value;
        (value, role_name(t, &role.name), chosen)
    });
    let days = DAYS.map(|(value, key)| {
        let ticked = sent.has("day", value);
        (value.to_owned(), t.msg(key).to_string(), ticked)
    });
    let text = |name: &str| sent.text(name).to_owned();
    let typed = ["from", "until", "opens", "closes"];
    let timed = typed.iter().any(|name| !sent.text(name).is_empty())
        || days.iter().any(|(_, _, ticked)| *ticked);
    Ok(page(&Page {
        t,
        frame: Frame::of(app, person, "/access").await?,
        who: text("who"),
        whom: whom(person).await?,
        roles: roles.collect(),
        place: text("place"),
        places: spots::offered(caller, &names, Action::GrantRoles, t),
        from: text("from"),
        until: text("until"),
        days: days.into(),
        opens: text("opens"),
        closes: text("closes"),
        zone: text("zone"),
        timed,
        wrong,
    }))
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Search(asked): Search<Asked>,
) -> Result<Response, Failed> {
    // Asked for now, so that nothing that was typed is lost over it.
    let caller = &person.caller;
    let may = caller.check_anywhere(Action::GrantRoles);
    may.and_then(|()| caller.confirmed())
        .map_err(|denied| Failed(denied.into()))?;
    let who = match asked.group.as_str() {
        "" => asked.who,
        group => caller.group(group).await?.name,
    };
    let sent = Sent::with("who", who);
    show(&app, &person, &sent, Wrong::default()).await
}

/// The hours that were ticked and typed; none if nothing was.
fn hours(sent: &Sent) -> Result<Option<Hours>, BadHours> {
    let ticked = DAYS.iter().map(|(day, _)| *day);
    let days: Vec<_> = ticked.filter(|day| sent.has("day", day)).collect();
    let (opens, closes) = (sent.text("opens"), sent.text("closes"));
    if days.is_empty() {
        let typed = !opens.is_empty() || !closes.is_empty();
        return if typed { Err(BadHours::Days) } else { Ok(None) };
    }
    let opens = if opens.is_empty() { "00:00" } else { opens };
    // The end of the day, as fields for times have no 24:00.
    let closes = match closes {
        "" | "00:00" => "24:00",
        closes => closes,
    };
    let zone = match sent.text("zone") {
        "" => "UTC",
        zone if zone.contains(char::is_whitespace) => return Err(BadHours::Zone),
        zone => zone,
    };
    format!("{} {opens}-{closes} {zone}", days.join(","))
        .parse()
        .map(Some)
}

/// A time that was typed; none if the field is empty.
fn moment(sent: &Sent, name: &str, t: Texts, wrong: &mut String) -> Option<Timestamp> {
    let typed = sent.text(name);
    let read = read(typed);
    if !typed.is_empty() && read.is_none() {
        *wrong = t.msg("give-time-wrong").to_string();
    }
    read
}

/// Who was typed: somebody's address, else a group's name.
async fn subject(person: &Person, typed: &str) -> Result<Option<Subject>, Failed> {
    match person.caller.person(typed).await {
        Ok(found) => return Ok(Some(Subject::Person(found.id))),
        Err(AppError::Denied(Denied::NotFound(_) | Denied::Forbidden(_))) => {}
        Err(error) => return Err(error.into()),
    }
    match person.caller.group(typed).await {
        Ok(found) => Ok(Some(Subject::Group(found.id))),
        Err(AppError::Denied(Denied::NotFound(_) | Denied::Forbidden(_))) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What was typed, as far as it makes sense, and what does not.
async fn read_form(person: &Person, sent: &Sent) -> Result<(Option<Giving>, Wrong), Failed> {
    let t = person.t;
    let mut wrong = Wrong::default();
    let names = person.caller.core.place_names().await?;
    let subject = subject(person, sent.text("who")).await?;
    if subject.is_none() {
        wrong.who = t.msg("give-who-unknown").to_string();
    }
    let place = spots::named(sent.text("place"), &person.caller, &names, t);
    if place.is_none() {
        wrong.place = t.msg("give-place-unknown").to_string();
    }
    let from = moment(sent, "from", t, &mut wrong.from);
    let until = moment(sent, "until", t, &mut wrong.until);
    let hours = hours(sent).unwrap_or_else(|bad| {
        let key = match bad {
            BadHours::Days | BadHours::Shape => "give-days-wrong",
            BadHours::Times => "give-times-wrong",
            BadHours::Zone => "give-zone-wrong",
        };
        wrong.hours = t.msg(key).to_string();
        None
    });
    let role = sent.text("role").to_owned();
    if role.is_empty() {
        wrong.role = t.msg("give-role-missing").to_string();
    }
    let giving = subject.zip(place).map(|(subject, place)| Giving {
        subject,
        role,
        place,
        from,
        until,
        hours,
    });
    Ok((giving.filter(|_| wrong.is_none()), wrong))
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    sent: Sent,
) -> Result<Response, Failed> {
    let (giving, wrong) = read_form(&person, &sent).await?;
    let Some(giving) = giving else {
        return Ok(mistyped(show(&app, &person, &sent, wrong).await?));
    };
    match person.caller.give_role(&giving).await {
        Ok(Done::Now(_)) => {
            let to = match giving.subject {
                Subject::Person(id) => format!("/people/{id}"),
                Subject::Group(id) => format!("/groups/{id}"),
            };
            Ok(Redirect::to(&to).into_response())
        }
        Ok(Done::Held(request)) => {
            let to = format!("/access/requests#r-{}", request.id);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            let denied = mendable(error)?;
            let page = show(&app, &person, &sent, Wrong::of(&denied, person.t)).await?;
            Ok(again(&denied, page))
        }
    }
}
