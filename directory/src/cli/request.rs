//! `request`: what waits for a second person.

use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use super::failure::Failure;
use super::{Context, open, output};
use crate::app::caller::Caller;
use crate::console::moment::absolute;
use crate::model::request::{Request as Held, RequestState};
use crate::store::requests::Verdict;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory request list
  farpane-directory request approve 0199a0c0-0000-7000-8000-000000000000")]
pub(super) enum Request {
    /// List requests, newest first.
    #[command(after_help = "Examples:
  farpane-directory request list
  farpane-directory request list --all --json")]
    List {
        /// Decided and expired ones too.
        #[arg(long)]
        all: bool,
    },
    /// Approve a request: what was asked for happens, or may be done once within the hour.
    #[command(after_help = "Example:
  farpane-directory request approve 0199a0c0-0000-7000-8000-000000000000")]
    Approve {
        /// Its id, from `request list`.
        id: Uuid,
        /// Why; the one who asked reads it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        why: String,
    },
    /// Refuse a request.
    #[command(after_help = "Example:
  farpane-directory request refuse 0199a0c0-0000-7000-8000-000000000000 --why 'not this month'")]
    Refuse {
        /// Its id, from `request list`.
        id: Uuid,
        /// Why; the one who asked reads it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        why: String,
    },
}

fn state(request: &Held, open: bool) -> &'static str {
    match request.state {
        RequestState::Open if open => "open",
        RequestState::Open => "expired",
        RequestState::Approved { .. } => "approved",
        RequestState::Refused { .. } => "refused",
        RequestState::Withdrawn { .. } => "withdrawn",
    }
}

fn done(context: &Context, id: Uuid, word: &str) {
    if context.json {
        output::json(&json!({ "request": id, "done": word }));
    } else {
        output::line(&format!("{id} {word}"));
    }
}

impl Request {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::List { all } => list(context, &caller, all).await?,
            Self::Approve { id, why } => {
                caller.decide_request(id, Verdict::Approved, &why).await?;
                done(context, id, "approved");
            }
            Self::Refuse { id, why } => {
                caller.decide_request(id, Verdict::Refused, &why).await?;
                done(context, id, "refused");
            }
        }
        Ok(())
    }
}

async fn list(context: &Context, caller: &Caller, all: bool) -> Result<(), Failure> {
    let now = caller.core.clock.now();
    let mut rows = Vec::new();
    for seen in caller.requests().await? {
        let request = &seen.request;
        let open = request.is_open(now);
        if !all && !open {
            continue;
        }
        let state = state(request, open);
        if context.json {
            rows.push(json!({
                "id": request.id,
                "by": request.person,
                "what": seen.what.in_words(),
                "reason": request.reason,
                "asked": request.asked,
                "expires": request.expires,
                "state": state,
            }));
            continue;
        }
        let mut line = format!(
            "{}  {}: {}",
            request.id,
            request.person,
            seen.what.in_words()
        );
        if !request.reason.is_empty() {
            line.push_str(&format!(" ({})", request.reason));
        }
        line.push_str(&format!("  {state}"));
        if open {
            line.push_str(&format!(" until {}", absolute(request.expires)));
        }
        output::line(&line);
    }
    if context.json {
        output::json(&rows.into());
    }
    Ok(())
}
