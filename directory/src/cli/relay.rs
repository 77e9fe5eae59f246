//! `relay`: the relays of the organisation.

use clap::Subcommand;
use farpane_protocol::ids::RelayId;
use farpane_protocol::time::Timestamp;
use serde_json::json;

use super::failure::Failure;
use super::{Context, open, output};
use crate::app::caller::Caller;
use crate::app::keeper::COUNTS_AS_ALIVE;
use crate::console::moment::absolute;
use crate::model::Relay as Known;
use crate::model::text::fold;
use crate::store::installation::Setting;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory relay list
  farpane-directory relay rename main oslo-1

A new relay comes in with a ticket: farpane-directory ticket relay --name NAME")]
pub(super) enum Relay {
    /// List relays.
    #[command(after_help = "Example:
  farpane-directory relay list --json")]
    List,
    /// Give a relay another name.
    #[command(after_help = "Example:
  farpane-directory relay rename main oslo-1")]
    Rename {
        /// Its name or id.
        relay: String,
        /// Its new name.
        new: String,
    },
    /// Remove a relay: its key is worth nothing any more; devices that were there look for
    /// another relay.
    #[command(after_help = "Example:
  farpane-directory relay remove oslo-1")]
    Remove {
        /// Its name or id.
        relay: String,
    },
}

async fn named(caller: &Caller, typed: &str) -> Result<Known, Failure> {
    let relays = caller.core.store.relays(caller.core.org.id).await?;
    let wanted = fold(typed);
    let found = relays
        .into_iter()
        .find(|relay| fold(&relay.name) == wanted || relay.id.to_string() == typed);
    found.ok_or_else(|| {
        Failure::usage(format!(
            "there is no relay called {typed}; see them with farpane-directory relay list"
        ))
    })
}

fn done(context: &Context, relay: &str, word: &str) {
    if context.json {
        output::json(&json!({ "relay": relay, "done": word }));
    } else {
        output::line(&format!("{relay} {word}"));
    }
}

/// The relays that listen now, as far as a server that runs wrote it down.
async fn listening(caller: &Caller) -> Result<Vec<RelayId>, Failure> {
    let store = &caller.core.store;
    let alive = store.setting(Setting::AliveAt).await?;
    let alive = alive.and_then(|text| text.parse().ok()).map(Timestamp);
    let runs = alive.is_some_and(|at| caller.core.clock.now().since(at) < COUNTS_AS_ALIVE);
    if !runs {
        return Ok(Vec::new());
    }
    Ok(store.listening(caller.core.org.id).await?)
}

async fn list(context: &Context, caller: &Caller) -> Result<(), Failure> {
    let relays = caller.core.store.relays(caller.core.org.id).await?;
    let listening = listening(caller).await?;
    if context.json {
        let rows = relays.iter().map(|relay| {
            json!({ "id": relay.id, "name": relay.name, "version": relay.version,
                    "key": relay.key.fingerprint(), "last_heard": relay.last_heard,
                    "connected": listening.contains(&relay.id) })
        });
        output::json(&rows.collect());
        return Ok(());
    }
    if relays.is_empty() {
        let hint = context.hint("ticket relay --name NAME");
        output::remark(&format!("No relays. Make a ticket for one with: {hint}"));
    }
    for relay in &relays {
        let heard = match relay.last_heard {
            _ if listening.contains(&relay.id) => "connected".to_owned(),
            Some(at) => format!("away, heard last at {}", absolute(at)),
            None => "never connected".to_owned(),
        };
        output::line(&format!("{}  {}  {heard}", relay.id, relay.name));
    }
    Ok(())
}

impl Relay {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::List => {
                list(context, &caller).await?;
            }
            Self::Rename { relay, new } => {
                let relay = named(&caller, &relay).await?;
                caller.rename_relay(relay.id, &new).await?;
                done(context, &new, "renamed");
            }
            Self::Remove { relay } => {
                let relay = named(&caller, &relay).await?;
                caller.remove_relay(relay.id).await?;
                done(context, &relay.name, "removed");
            }
        }
        Ok(())
    }
}
