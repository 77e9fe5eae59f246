//! `session`: see and stop sessions. A running server notices a stop within a second.

use clap::Subcommand;
use farpane_protocol::ids::SessionId;

use super::failure::Failure;
use super::pick::{Choice, Kind};
use super::{Context, open, output};
use crate::app::Core;
use crate::audit::Actor;
use crate::model::session::SessionState;
use crate::policy::span_in_words;

const SESSIONS: Kind = Kind {
    one: "no open session with",
    several: "open sessions are with",
    list: "session list",
};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory session list --json
  farpane-directory session stop till-07")]
pub(super) enum Session {
    /// List the sessions that are not over.
    #[command(after_help = "Examples:
  farpane-directory session list
  farpane-directory session list --recent 20 --json")]
    List {
        /// Also list this many that are.
        #[arg(long, value_name = "N", default_value_t = 0)]
        recent: u32,
    },
    /// Stop a session.
    #[command(after_help = "Example:
  farpane-directory session stop till-07")]
    Stop {
        /// Its id, or the name of its device.
        session: String,
    },
}

impl Session {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        match self {
            Self::List { recent } => list(context, &core, recent).await,
            Self::Stop { session } => {
                let id = named(&core, &session).await?;
                let stopped = core.stop_session(id, Actor::Operator).await?;
                if context.json {
                    output::json(&serde_json::json!({ "session": id, "stopped": stopped }));
                } else {
                    let done = if stopped {
                        "stopped"
                    } else {
                        "was over before"
                    };
                    output::line(&format!("{id} {done}"));
                }
                Ok(())
            }
        }
    }
}

/// The session of that id, or the open one with the device of that name.
async fn named(core: &Core, typed: &str) -> Result<SessionId, Failure> {
    if let Ok(id) = typed.parse() {
        return Ok(id);
    }
    let open = core.store.open_sessions(core.org.id).await?.into_iter();
    let choices = open.map(|session| Choice {
        id: session.id.0,
        about: format!("{} on {}", session.person, session.device_name),
        names: vec![session.device_name],
        thing: session.id,
    });
    SESSIONS.one(typed, choices)
}

async fn list(context: &Context, core: &Core, recent: u32) -> Result<(), Failure> {
    let mut sessions = core.store.open_sessions(core.org.id).await?;
    if recent > 0 {
        let over = core.store.recent_sessions(core.org.id, recent).await?;
        sessions.extend(over.into_iter().filter(|session| !session.state.is_open()));
    }
    if context.json {
        let rows: Vec<_> = sessions
            .iter()
            .map(|session| {
                let end = match &session.state {
                    SessionState::Over { at, reason, .. } => Some((*at, reason.word())),
                    SessionState::Granted | SessionState::Asked | SessionState::Live(_) => None,
                };
                serde_json::json!({
                    "id": session.id,
                    "device": session.device,
                    "device_name": session.device_name,
                    "person": session.person,
                    "scopes": session.state.running().map_or(session.asked_for, |r| r.scopes),
                    "state": session.state.word(),
                    "issued": session.issued,
                    "started": session.state.running().map(|running| running.started),
                    "ended": end.map(|(at, _)| at),
                    "end_reason": end.map(|(_, reason)| reason),
                    "relay": session.relay_name,
                    "reason": session.reason,
                })
            })
            .collect();
        output::json(&serde_json::Value::Array(rows));
        return Ok(());
    }
    if sessions.is_empty() {
        output::remark("No session is running.");
    }
    let now = core.clock.now();
    for session in sessions {
        output::line(&format!(
            "{}  {} on {}  {}  {}  since {}",
            session.id,
            session.person,
            session.device_name,
            session.asked_for,
            session.state.word(),
            span_in_words(now.since(session.issued).as_secs())
        ));
    }
    Ok(())
}
