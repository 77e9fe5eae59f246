//! `relay`: the relays of the organisation.

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::{Context, open, output};
use crate::app::caller::Caller;
use crate::console::moment::absolute;
use crate::model::Relay as Known;
use crate::model::text::fold;

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

impl Relay {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::List => {
                let relays = caller.core.store.relays(caller.core.org.id).await?;
                if context.json {
                    let rows = relays.iter().map(|relay| {
                        json!({ "id": relay.id, "name": relay.name, "version": relay.version,
                                "key": relay.key.fingerprint(), "last_heard": relay.last_heard })
                    });
                    output::json(&rows.collect());
                    return Ok(());
                }
                for relay in &relays {
                    let heard = relay.last_heard.map_or_else(
                        || "never connected".into(),
                        |at| format!("connected last at {}", absolute(at)),
                    );
                    output::line(&format!("{}  {}  {heard}", relay.id, relay.name));
                }
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
