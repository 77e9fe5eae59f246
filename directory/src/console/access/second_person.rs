//! GET and POST: for which acts a second person has to say yes. Asking for less waits for one itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use farpane_protocol::ids::TenantId;

use super::tabs;
use crate::app::App;
use crate::app::access::Done;
use crate::app::access::places::PlaceNames;
use crate::console::outcome::Outcome;
use crate::console::page::{Failed, Frame, Link, Person, page};
use crate::console::refused::{again, mendable, mistyped};
use crate::console::texts::{Message, Texts};
use crate::http::body::Sent;
use crate::policy::rights::{Action, Path, Place};
use crate::policy::second_person::SecondPerson;

/// What is wrong, beside its field.
#[derive(Default)]
struct Wrong {
    remove_over: String,
    devices_per_hour: String,
    unattended: String,
    all: String,
}

#[derive(Template)]
#[template(path = "access/second_person.html")]
struct Page {
    t: Texts,
    frame: Frame,
    tabs: Vec<Link>,
    /// The rules in words, for those who may not change them.
    words: Vec<Message>,
    give_power: bool,
    export_audit: bool,
    remove_over: String,
    devices_per_hour: String,
    /// Names of customers, one a line.
    unattended: String,
    may_change: bool,
    wrong: Wrong,
    outcome: Outcome,
}

/// The rules, a sentence each.
pub(super) fn in_words(
    rules: &SecondPerson,
    t: Texts,
    customer: impl Fn(TenantId) -> String,
) -> Vec<Message> {
    let removing = |most: u32| t.msg("second-removing").num("most", most);
    let opening = |most: u32| t.msg("second-opening").num("most", most);
    let named: Vec<_> = rules.unattended.iter().map(|id| customer(*id)).collect();
    let unasked = || t.msg("second-unasked").text("customers", named.join(", "));
    let said = [
        rules.give_power.then(|| t.msg("second-power")),
        rules.remove_over.map(removing),
        (!named.is_empty()).then(unasked),
        rules.devices_per_hour.map(opening),
        rules.export_audit.then(|| t.msg("second-export")),
    ];
    let said: Vec<_> = said.into_iter().flatten().collect();
    if said.is_empty() {
        vec![t.msg("second-nothing")]
    } else {
        said
    }
}

/// A bound as a field has it.
fn bound(most: Option<u32>) -> String {
    most.map(|most| most.to_string()).unwrap_or_default()
}

fn customers(rules: &SecondPerson, names: &PlaceNames) -> Vec<String> {
    let name = |id: &TenantId| names.of(Place::Tenant(*id));
    rules.unattended.iter().map(name).collect()
}

async fn show(
    app: &App,
    person: &Person,
    sent: Option<&Sent>,
    wrong: Wrong,
    outcome: Outcome,
) -> Result<Response, Failed> {
    let t = person.t;
    let caller = &person.caller;
    let rules = caller.second_person().await?;
    let names = caller.core.place_names().await?;
    let text = |name: &str, kept: String| sent.map_or(kept, |sent| sent.text(name).to_owned());
    let ticked = |name: &str, kept: bool| sent.map_or(kept, |sent| sent.has(name, "yes"));
    Ok(page(&Page {
        t,
        frame: Frame::of(app, person, "/access").await?,
        tabs: tabs(person, "/access/second-person").await?,
        words: in_words(&rules, t, |id| names.of(Place::Tenant(id))),
        give_power: ticked("give_power", rules.give_power),
        export_audit: ticked("export_audit", rules.export_audit),
        remove_over: text("remove_over", bound(rules.remove_over)),
        devices_per_hour: text("devices_per_hour", bound(rules.devices_per_hour)),
        unattended: text("unattended", customers(&rules, &names).join("\n")),
        may_change: caller.rights.may(Action::ManageSettings, &Path::ORG),
        wrong,
        outcome,
    }))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    show(&app, &person, None, Wrong::default(), Outcome::Nothing).await
}

/// A bound that was typed: none for an empty field.
fn typed_bound(sent: &Sent, name: &str, t: Texts, wrong: &mut String) -> Option<u32> {
    let typed = sent.text(name);
    if typed.is_empty() {
        return None;
    }
    let read = typed.parse().ok();
    if read.is_none() {
        *wrong = t.msg("second-number-wrong").to_string();
    }
    read
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    sent: Sent,
) -> Result<Response, Failed> {
    let t = person.t;
    // Before any name is looked up: whoever may not change the rules learns nothing about them.
    let may = person.caller.check_org(Action::ManageSettings);
    may.map_err(|denied| Failed(denied.into()))?;
    let names = person.caller.core.place_names().await?;
    let mut wrong = Wrong::default();
    let mut unattended = BTreeSet::new();
    for name in sent.text("unattended").lines().map(str::trim) {
        if name.is_empty() {
            continue;
        }
        match names.tree().tenant_named(name) {
            Some(tenant) => drop(unattended.insert(tenant.id)),
            None => {
                let why = t.msg("second-customer-unknown").text("name", name);
                wrong.unattended = why.to_string();
            }
        }
    }
    let rules = SecondPerson {
        give_power: sent.has("give_power", "yes"),
        export_audit: sent.has("export_audit", "yes"),
        remove_over: typed_bound(&sent, "remove_over", t, &mut wrong.remove_over),
        devices_per_hour: typed_bound(&sent, "devices_per_hour", t, &mut wrong.devices_per_hour),
        unattended,
    };
    let fields = [
        &wrong.unattended,
        &wrong.remove_over,
        &wrong.devices_per_hour,
    ];
    if fields.into_iter().any(|field| !field.is_empty()) {
        return Ok(mistyped(
            show(&app, &person, Some(&sent), wrong, Outcome::Nothing).await?,
        ));
    }
    match person.caller.set_second_person(rules).await {
        Ok(Done::Now(())) => {
            let saved = Outcome::of(Ok(()), t.msg("saved"))?;
            show(&app, &person, None, Wrong::default(), saved).await
        }
        Ok(Done::Held(request)) => {
            let to = format!("/access/requests#r-{}", request.id);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            let denied = mendable(error)?;
            wrong.all = t.said(&denied.said());
            let page = show(&app, &person, Some(&sent), wrong, Outcome::Nothing).await?;
            Ok(again(&denied, page))
        }
    }
}
