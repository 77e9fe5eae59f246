//! `second-person`: for what somebody else has to say yes.

use clap::{Args, Subcommand};
use serde_json::json;

use super::failure::Failure;
use super::sign_in::Answer;
use super::{Context, naming, open, output};
use crate::app::caller::Caller;
use crate::policy::rights::Place;
use crate::policy::second_person::SecondPerson as Rules;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory second-person show
  farpane-directory second-person set --give-power yes --remove-over 50")]
pub(super) enum SecondPerson {
    /// Show for what a second person is asked.
    #[command(after_help = "Example:
  farpane-directory second-person show --json")]
    Show,
    /// Change that; what is not named stays.
    Set(Set),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory second-person set --export-audit yes --devices-per-hour 20
  farpane-directory second-person set --remove-over none --unattended 'Oslo Shops'")]
pub(super) struct Set {
    /// For giving a role that may give roles in the whole organisation.
    #[arg(long, value_name = "ANSWER")]
    give_power: Option<Answer>,
    /// For taking the record out.
    #[arg(long, value_name = "ANSWER")]
    export_audit: Option<Answer>,
    /// For removing more devices within an hour than this; none: never.
    #[arg(long, value_name = "N", value_parser = bound)]
    remove_over: Option<Bound>,
    /// For opening more devices within an hour than this; none: never.
    #[arg(long, value_name = "N", value_parser = bound)]
    devices_per_hour: Option<Bound>,
    /// For sessions with this customer's devices where nobody at the device is asked; repeatable.
    #[arg(long, value_name = "CUSTOMER")]
    unattended: Vec<String>,
    /// No longer for this customer's; repeatable.
    #[arg(long, value_name = "CUSTOMER")]
    not_unattended: Vec<String>,
}

/// A number, or none.
#[derive(Clone, Copy, Debug)]
struct Bound(Option<u32>);

fn bound(text: &str) -> Result<Bound, String> {
    if text == "none" {
        return Ok(Bound(None));
    }
    let number = text.parse().map_err(|_| "expected a number, or none")?;
    Ok(Bound(Some(number)))
}

impl SecondPerson {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        if let Self::Set(wish) = self {
            let rules = changed(&caller, wish).await?;
            let done = caller.set_second_person(rules).await?;
            done.now().map_err(crate::app::AppError::from)?;
        }
        show(context, &caller).await
    }
}

async fn changed(caller: &Caller, wish: Set) -> Result<Rules, Failure> {
    let mut rules = caller.second_person().await?;
    if let Some(answer) = wish.give_power {
        rules.give_power = answer == Answer::Yes;
    }
    if let Some(answer) = wish.export_audit {
        rules.export_audit = answer == Answer::Yes;
    }
    if let Some(bound) = wish.remove_over {
        rules.remove_over = bound.0;
    }
    if let Some(bound) = wish.devices_per_hour {
        rules.devices_per_hour = bound.0;
    }
    for (names, wanted) in [(wish.unattended, true), (wish.not_unattended, false)] {
        for name in names {
            let place = naming::place(&caller.core, Some(&name)).await?;
            let Place::Tenant(tenant) = place else {
                return Err(Failure::usage("name a customer, not a place below one"));
            };
            if wanted {
                rules.unattended.insert(tenant);
            } else {
                rules.unattended.remove(&tenant);
            }
        }
    }
    Ok(rules)
}

async fn show(context: &Context, caller: &Caller) -> Result<(), Failure> {
    let rules = caller.second_person().await?;
    if context.json {
        output::json(&json!(rules));
        return Ok(());
    }
    let tree = caller.tree().await?;
    let asked = |yes: bool| if yes { "asked" } else { "not asked" };
    let over = |bound: Option<u32>| match bound {
        Some(most) => format!("asked above {most}"),
        None => "not asked".into(),
    };
    let customers: Vec<_> = rules
        .unattended
        .iter()
        .filter_map(|id| Some(tree.tenant(*id)?.name.as_str()))
        .collect();
    let customers = if customers.is_empty() {
        "not asked".to_owned()
    } else {
        format!("asked at {}", customers.join(", "))
    };
    for (what, answer) in [
        (
            "giving power over the organisation",
            asked(rules.give_power).to_owned(),
        ),
        (
            "taking the record out",
            asked(rules.export_audit).to_owned(),
        ),
        ("removing devices within an hour", over(rules.remove_over)),
        (
            "opening devices within an hour",
            over(rules.devices_per_hour),
        ),
        ("opening devices where nobody is asked", customers),
    ] {
        output::line(&format!("{what}: {answer}"));
    }
    Ok(())
}
