//! `request`: what waits for a second person.

use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use super::failure::Failure;
use super::pick::{Choice, Kind};
use super::{Context, open, output};
use crate::app::caller::Caller;
use crate::console::moment::absolute;
use crate::model::request::{Request as Held, RequestState};
use crate::store::requests::Verdict;

const REQUESTS: Kind = Kind {
    one: "no open request of",
    several: "open requests are of",
    list: "request list",
};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory request list
  farpane-directory request approve 01a1c0de-0000-7000-8000-000000000001")]
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
  farpane-directory request approve 01a1c0de-0000-7000-8000-000000000001")]
    Approve {
        /// Its id from `request list`: no other than the one that was read is approved.
        request: String,
        /// Why; the one who asked reads it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        why: String,
    },
    /// Refuse a request.
    #[command(after_help = "Example:
  farpane-directory request refuse ben@example.org --why 'not this month'")]
    Refuse {
        /// Its id from `request list`, or the address or name of whoever asked.
        request: String,
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

/// The id of a request. Whoever asked may withdraw it and ask for something else meanwhile, and
/// chooses their own name: what is approved has to be what was read.
fn read_before(typed: &str) -> Result<Uuid, Failure> {
    Uuid::parse_str(typed).map_err(|_| {
        Failure::usage(format!(
            "{typed} is not the id of a request; `farpane-directory request list` shows who wants \
             what, each with its id"
        ))
    })
}

/// The id of the request of that id, or of the open one of that person.
async fn named(caller: &Caller, typed: &str) -> Result<Uuid, Failure> {
    if let Ok(id) = Uuid::parse_str(typed) {
        return Ok(id);
    }
    let now = caller.core.clock.now();
    let people = caller.people().await?;
    let seen = caller.requests().await?.into_iter();
    let open = seen.filter(|seen| seen.request.is_open(now));
    let choices = open.map(|seen| {
        let asker = people.iter().find(|one| one.id == seen.request.asked_by);
        let email = asker.map_or_else(String::new, |one| one.email.to_string());
        Choice {
            id: seen.request.id,
            about: format!("{} wants to {}", seen.request.person, seen.what.in_words()),
            names: vec![email, seen.request.person],
            thing: seen.request.id,
        }
    });
    REQUESTS.one(typed, choices)
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
            Self::Approve { request, why } => {
                let id = read_before(&request)?;
                caller.decide_request(id, Verdict::Approved, &why).await?;
                done(context, id, "approved");
            }
            Self::Refuse { request, why } => {
                let id = named(&caller, &request).await?;
                caller.decide_request(id, Verdict::Refused, &why).await?;
                done(context, id, "refused");
            }
        }
        Ok(())
    }
}

async fn list(context: &Context, caller: &Caller, all: bool) -> Result<(), Failure> {
    let now = caller.core.clock.now();
    let people = caller.people().await?;
    let mut rows = Vec::new();
    for seen in caller.requests().await? {
        let request = &seen.request;
        let open = request.is_open(now);
        if !all && !open {
            continue;
        }
        let state = state(request, open);
        let asker = people.iter().find(|one| one.id == request.asked_by);
        let address = asker.map_or_else(String::new, |one| one.email.to_string());
        if context.json {
            rows.push(json!({
                "id": request.id,
                "by": request.person,
                "address": address,
                "what": seen.what.in_words(),
                "reason": request.reason,
                "asked": request.asked,
                "expires": request.expires,
                "state": state,
            }));
            continue;
        }
        let mut line = format!(
            "{}  {} <{address}>: {}",
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
