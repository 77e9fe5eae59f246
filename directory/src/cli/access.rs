//! `access`: can this person do that there, and why?

use clap::{Args, Subcommand};
use farpane_protocol::ids::DeviceId;
use serde_json::json;

use super::device::named;
use super::failure::Failure;
use super::{Context, naming, open, output};
use crate::app::access::explain::{Reason, What, Where};
use crate::app::caller::Caller;
use crate::console::moment::absolute;
use crate::model::access::Force;

#[derive(Debug, Subcommand)]
#[command(after_help = "Example:
  farpane-directory access check anna@example.org reach --at 'Oslo Shops'")]
pub(super) enum Access {
    /// Say whether a person may do something somewhere, and why.
    Check(Check),
    /// List who can reach a device, and why.
    #[command(after_help = "Example:
  farpane-directory access who till-07")]
    Who {
        /// The device's id or name.
        device: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory access check anna@example.org reach --at 'Oslo Shops / HQ'
  farpane-directory access check anna@example.org control --at 'Oslo Shops' --json
  farpane-directory access check anna@example.org reach --device till-07
  farpane-directory access check anna@example.org edit-devices --json")]
pub(super) struct Check {
    /// Who.
    email: String,
    /// What: reach, unattended, a right in a session such as view, or an action.
    #[arg(value_parser = what)]
    what: What,
    /// On this device.
    #[arg(long, value_name = "DEVICE", conflicts_with = "at")]
    device: Option<String>,
    /// At this customer, or at a site or group below it [default: the whole organisation].
    #[arg(long, value_name = "CUSTOMER / PLACE")]
    at: Option<String>,
}

fn what(text: &str) -> Result<What, String> {
    What::named(text).ok_or_else(|| {
        let names: Vec<_> = What::all().map(What::name).collect();
        format!("expected one of: {}", names.join(", "))
    })
}

fn json_of(reason: &Reason) -> serde_json::Value {
    json!({
        "assignment": reason.assignment,
        "role": reason.role,
        "place": reason.place,
        "through": reason.through,
        "from": reason.from,
        "until": reason.until,
        "hours": reason.hours.as_ref().map(ToString::to_string),
    })
}

fn line_of(reason: &Reason) -> String {
    let mut line = format!("role {} at {}", reason.role, reason.place);
    if let Some(group) = &reason.through {
        line.push_str(&format!(", through the group {group}"));
    }
    if let Some(from) = reason.from {
        line.push_str(&format!(", from {}", absolute(from)));
    }
    if let Some(until) = reason.until {
        line.push_str(&format!(", until {}", absolute(until)));
    }
    if let Some(hours) = &reason.hours {
        line.push_str(&format!(", {hours}"));
    }
    line.push_str(match reason.force {
        Force::Now => "",
        Force::Later => " (not yet)",
        Force::Over => " (over)",
        Force::OtherHours => " (not at this hour)",
    });
    line
}

impl Access {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::Check(asked) => check(context, &caller, asked).await,
            Self::Who { device } => {
                let device = named::device(&caller, &device).await?;
                who(context, &caller, device.id).await
            }
        }
    }
}

async fn check(context: &Context, caller: &Caller, asked: Check) -> Result<(), Failure> {
    let at = match asked.device {
        Some(device) => Where::Device(named::device(caller, &device).await?.id),
        None => Where::Place(naming::place(&caller.core, asked.at.as_deref()).await?),
    };
    let answer = caller.can(&asked.email, asked.what, at).await?;
    if context.json {
        output::json(&json!({
            "allowed": answer.allowed,
            "sentence": answer.sentence.to_string(),
            "because": answer.because.iter().map(json_of).collect::<Vec<_>>(),
            "otherwise": answer.otherwise.iter().map(json_of).collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    for reason in answer.because.iter().chain(&answer.otherwise) {
        output::line(&line_of(reason));
    }
    output::line(&answer.sentence.to_string());
    Ok(())
}

async fn who(context: &Context, caller: &Caller, device: DeviceId) -> Result<(), Failure> {
    let reachers = caller.who_can_reach(device).await?;
    if context.json {
        let rows = reachers.iter().map(|reacher| {
            json!({
                "person": reacher.account.email.as_str(),
                "because": reacher.because.iter().map(json_of).collect::<Vec<_>>(),
            })
        });
        output::json(&rows.collect());
        return Ok(());
    }
    for reacher in &reachers {
        for reason in &reacher.because {
            let (email, why) = (&reacher.account.email, line_of(reason));
            output::line(&format!("{email}: {why}"));
        }
    }
    Ok(())
}
