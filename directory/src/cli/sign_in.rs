//! `sign-in`: what is asked of people who sign in: second factors, how long console sessions live.

use std::time::Duration;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::failure::Failure;
use super::{Context, naming, open, output};
use crate::app::caller::Caller;
use crate::policy::rights::Place;

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Answer {
    /// Asked for.
    Yes,
    /// Up to each person.
    No,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory sign-in show
  farpane-directory sign-in set --second-factor yes")]
pub(super) enum SignIn {
    /// Show what is asked.
    #[command(after_help = "Example:
  farpane-directory sign-in show --json")]
    Show,
    /// Change what is asked of everybody.
    #[command(after_help = "Example:
  farpane-directory sign-in set --second-factor yes --idle 8h --life 14d")]
    Set {
        /// Whether everybody needs a second factor.
        #[arg(long, value_name = "ANSWER")]
        second_factor: Option<Answer>,
        /// Time without use after which a console session ends.
        #[arg(long, value_name = "TIME", value_parser = naming::span)]
        idle: Option<Duration>,
        /// Time after which it ends in any case.
        #[arg(long, value_name = "TIME", value_parser = naming::span)]
        life: Option<Duration>,
    },
    /// Change whether whoever reaches a customer's devices needs a second factor.
    #[command(after_help = "Example:
  farpane-directory sign-in customer 'Oslo Shops' --second-factor yes")]
    Customer {
        /// Its name.
        name: String,
        /// Whether a second factor is needed.
        #[arg(long, value_name = "ANSWER")]
        second_factor: Answer,
    },
}

impl SignIn {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::Show => {}
            Self::Set {
                second_factor,
                idle,
                life,
            } => {
                let now = caller.sign_in_rules().await?;
                let factor = second_factor.map_or(now.factor, |said| said == Answer::Yes);
                let (idle, life) = (idle.unwrap_or(now.idle), life.unwrap_or(now.life));
                caller.set_sign_in_rules(factor, idle, life).await?;
            }
            Self::Customer {
                name,
                second_factor,
            } => {
                let place = naming::place(&caller.core, Some(&name)).await?;
                let Place::Tenant(tenant) = place else {
                    return Err(Failure::usage("name a customer, not a place below one"));
                };
                let needed = second_factor == Answer::Yes;
                caller.set_tenant_factor(tenant, needed).await?;
            }
        }
        show(context, &caller).await
    }
}

async fn show(context: &Context, caller: &Caller) -> Result<(), Failure> {
    let rules = caller.sign_in_rules().await?;
    if context.json {
        output::json(&json!({
            "second_factor": rules.factor,
            "customers": rules.tenants,
            "idle_seconds": rules.idle.as_secs(),
            "life_seconds": rules.life.as_secs(),
        }));
        return Ok(());
    }
    let asked = match (rules.factor, rules.tenants.len()) {
        (true, _) => "everybody needs a second factor".to_owned(),
        (false, 0) => "a second factor is up to each person".to_owned(),
        (false, n) => format!("whoever reaches one of {n} customers needs a second factor"),
    };
    output::line(&format!(
        "{asked}; a console session ends after {} without use and after {} in any case",
        humantime::format_duration(rules.idle),
        humantime::format_duration(rules.life),
    ));
    Ok(())
}
