//! GET and POST: what is asked of everybody who signs in.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::Around;
use crate::app::App;
use crate::console::outcome::Outcome;
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::texts::{Message, Texts};
use crate::http::body::Form;

/// A unit of time that people set something in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Minutes,
    Hours,
    Days,
}

impl Unit {
    const ALL: [Self; 3] = [Self::Minutes, Self::Hours, Self::Days];

    const fn word(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    fn name(self, t: Texts) -> Message {
        t.msg(match self {
            Self::Minutes => "unit-minutes",
            Self::Hours => "unit-hours",
            Self::Days => "unit-days",
        })
    }

    const fn seconds(self) -> u64 {
        match self {
            Self::Minutes => 60,
            Self::Hours => 3600,
            Self::Days => 24 * 3600,
        }
    }

    fn span(self, number: u64) -> Duration {
        Duration::from_secs(number.saturating_mul(self.seconds()))
    }

    /// The greatest unit that a length of time is a whole number of, and that number.
    fn best(span: Duration) -> (u64, Self) {
        let fits = |unit: &Self| span.as_secs().is_multiple_of(unit.seconds());
        let unit = Self::ALL.into_iter().rev().find(fits);
        let unit = unit.unwrap_or(Self::Minutes);
        (span.as_secs() / unit.seconds(), unit)
    }
}

/// A field for a length of time.
struct Span {
    id: &'static str,
    label: Message,
    number: u64,
    /// Word, name and whether it is chosen.
    units: Vec<(&'static str, Message, bool)>,
}

fn span(id: &'static str, label: &'static str, span: Duration, t: Texts) -> Span {
    let (number, chosen) = Unit::best(span);
    let units = Unit::ALL.into_iter();
    Span {
        id,
        label: t.msg(label),
        number,
        units: units
            .map(|unit| (unit.word(), unit.name(t), unit == chosen))
            .collect(),
    }
}

#[derive(Template)]
#[template(path = "settings/sign_in.html")]
struct Page {
    t: Texts,
    frame: Frame,
    around: Around,
    outcome: Outcome,
    factor: bool,
    spans: [Span; 2],
    /// Customers that ask for a second factor: id and name.
    customers: Vec<(String, String)>,
}

async fn shown(app: &App, person: &Person, outcome: Outcome) -> Result<Response, Failed> {
    let t = person.t;
    let around = Around::of(person, "/settings/sign-in")?;
    let rules = person.caller.sign_in_rules().await?;
    let tree = person.caller.tree().await?;
    let customers = rules.tenants.iter().filter_map(|id| tree.tenant(*id));
    let shown = page(&Page {
        t,
        around,
        frame: Frame::of(app, person, "/settings").await?,
        factor: rules.factor,
        spans: [
            span("idle", "sign-in-idle", rules.idle, t),
            span("life", "sign-in-life", rules.life, t),
        ],
        customers: customers
            .map(|tenant| (tenant.id.to_string(), tenant.name.clone()))
            .collect(),
        outcome: outcome.clone(),
    });
    Ok(outcome.answered(shown))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    shown(&app, &person, Outcome::Nothing).await
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    factor: Option<String>,
    idle: u64,
    idle_unit: Unit,
    life: u64,
    life_unit: Unit,
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let idle = fields.idle_unit.span(fields.idle);
    let life = fields.life_unit.span(fields.life);
    let set = person
        .caller
        .set_sign_in_rules(fields.factor.is_some(), idle, life);
    let outcome = Outcome::of(set.await, person.t.msg("saved"))?;
    shown(&app, &person, outcome).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_the_greatest_whole_unit_and_come_back_the_same() {
        for (seconds, number, unit) in [
            (300, 5, Unit::Minutes),
            (5400, 90, Unit::Minutes),
            (12 * 3600, 12, Unit::Hours),
            (30 * 24 * 3600, 30, Unit::Days),
        ] {
            let span = Duration::from_secs(seconds);
            assert_eq!(Unit::best(span), (number, unit));
            assert_eq!(unit.span(number), span);
        }
        assert_eq!(Unit::Days.span(u64::MAX).as_secs(), u64::MAX);
    }
}
