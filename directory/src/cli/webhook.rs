//! `webhook`: where the organisation is told what happens.

use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use super::failure::Failure;
use super::pick::{Choice, Kind};
use super::{Context, open, output};
use crate::app::caller::Caller;
use crate::console::moment::absolute;
use crate::model::webhook::{HookUrl, kinds, name};
use crate::vault::Vault;

const WEBHOOKS: Kind = Kind {
    one: "no webhook at",
    several: "webhooks are at",
    list: "webhook list",
};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory webhook add https://hooks.example/farpane --event device.enrolled
  farpane-directory webhook log hooks.example

Deliveries are signed as Standard Webhooks says and go to the open internet only, unless serve was
started with --webhook-to NETWORK.")]
pub(super) enum Webhook {
    /// Have the organisation told somewhere; prints the secret that deliveries are signed with.
    #[command(after_help = "Examples:
  farpane-directory webhook add https://hooks.example/farpane --event device.enrolled
  farpane-directory webhook add https://hooks.example/farpane --event 'session.*' --event device.away")]
    Add {
        /// An https address.
        url: String,
        /// A kind of event, thing.* or *; repeatable. See `webhook kinds`.
        #[arg(long = "event", value_name = "KIND", required = true)]
        events: Vec<String>,
    },
    /// List webhooks.
    #[command(after_help = "Example:
  farpane-directory webhook list --json")]
    List,
    /// Say which kinds of events there are.
    #[command(after_help = "Example:
  farpane-directory webhook kinds")]
    Kinds,
    /// Show what was told last, and how it went.
    #[command(after_help = "Example:
  farpane-directory webhook log hooks.example")]
    Log {
        /// Its address, or its id from `webhook list`.
        webhook: String,
    },
    /// Send a trial, if the server runs; `webhook log` says how it went.
    #[command(after_help = "Example:
  farpane-directory webhook try hooks.example")]
    Try {
        /// Its address, or its id from `webhook list`.
        webhook: String,
    },
    /// Remove a webhook, with all that waits to be told there.
    #[command(after_help = "Example:
  farpane-directory webhook remove hooks.example")]
    Remove {
        /// Its address, or its id from `webhook list`.
        webhook: String,
    },
}

impl Webhook {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::Add { url, events } => add(context, &caller, &url, &events).await?,
            Self::List => list(context, &caller).await?,
            Self::Kinds => {
                if context.json {
                    output::json(&kinds().into());
                } else {
                    for kind in kinds() {
                        output::line(&kind);
                    }
                }
            }
            Self::Log { webhook } => {
                let id = named(&caller, &webhook).await?;
                log(context, &caller, id).await?;
            }
            Self::Try { webhook } => {
                let id = named(&caller, &webhook).await?;
                let delivery = caller.try_webhook(id).await?;
                say(context, &name(delivery.id), "queued");
            }
            Self::Remove { webhook } => {
                let id = named(&caller, &webhook).await?;
                caller.remove_webhook(id).await?;
                say(context, &id.to_string(), "removed");
            }
        }
        Ok(())
    }
}

/// The id of the webhook of that address or id. Of an address only scheme and host are known here.
async fn named(caller: &Caller, typed: &str) -> Result<Uuid, Failure> {
    let place = HookUrl::parse(typed).map(|url| url.place());
    let typed = place.as_deref().unwrap_or(typed);
    let webhooks = caller.webhooks().await?.into_iter();
    let choices = webhooks.map(|webhook| {
        let host = webhook.place.trim_start_matches("https://").to_owned();
        Choice {
            id: webhook.id,
            about: format!("{}  {}", webhook.place, webhook.kinds.names().join(",")),
            names: vec![host, webhook.place],
            thing: webhook.id,
        }
    });
    WEBHOOKS.one(typed, choices)
}

fn say(context: &Context, id: &str, word: &str) {
    if context.json {
        output::json(&json!({ "id": id, "done": word }));
    } else {
        output::line(&format!("{id} {word}"));
    }
}

async fn add(
    context: &Context,
    caller: &Caller,
    url: &str,
    events: &[String],
) -> Result<(), Failure> {
    let vault = Vault::new(&open::vault_key(context)?);
    let (webhook, secret) = caller.make_webhook(&vault, url, events).await?;
    if context.json {
        output::json(&json!({ "id": webhook.id, "secret": secret }));
    } else {
        output::remark(&format!(
            "It is {}. This is the secret; it is shown only now.",
            webhook.id
        ));
        output::line(&secret);
    }
    Ok(())
}

async fn list(context: &Context, caller: &Caller) -> Result<(), Failure> {
    let webhooks = caller.webhooks().await?;
    if context.json {
        let rows = webhooks.iter().map(|webhook| {
            json!({ "id": webhook.id, "url": webhook.place,
                    "events": webhook.kinds.names(), "created": webhook.created,
                    "missed": webhook.missed, "maker": webhook.maker,
                    "on_hold": webhook.on_hold })
        });
        output::json(&rows.collect());
        return Ok(());
    }
    for webhook in webhooks {
        let events = webhook.kinds.names().join(",");
        let missed = match webhook.missed {
            0 => String::new(),
            missed => format!("  {missed} missed"),
        };
        let hold = if webhook.on_hold {
            "  on hold: whoever made it is disabled, gone or has lost the rights for it"
        } else {
            ""
        };
        output::line(&format!(
            "{}  {}  {events}{missed}{hold}",
            webhook.id, webhook.place
        ));
    }
    Ok(())
}

async fn log(context: &Context, caller: &Caller, id: Uuid) -> Result<(), Failure> {
    let deliveries = caller.webhook_deliveries(id).await?;
    if context.json {
        let rows = deliveries.iter().map(|delivery| {
            json!({ "id": name(delivery.id), "event": delivery.kind, "made": delivery.made,
                    "tries": delivery.tries, "next": delivery.due, "tried": delivery.tried,
                    "status": delivery.status, "why": delivery.why })
        });
        output::json(&rows.collect());
        return Ok(());
    }
    for delivery in deliveries {
        let went = match (delivery.tried, delivery.due) {
            (None, _) => "waits".into(),
            (Some(_), _) if delivery.why.is_empty() => "taken".into(),
            (Some(_), Some(due)) => {
                format!("{}; tried again at {}", delivery.why, absolute(due))
            }
            (Some(_), None) => format!("{}; given up", delivery.why),
        };
        let (made, kind) = (absolute(delivery.made), &delivery.kind);
        output::line(&format!(
            "{made}  {kind}  {}  {went}",
            tries(delivery.tries)
        ));
    }
    Ok(())
}

fn tries(count: u32) -> String {
    match count {
        1 => "1 try".into(),
        count => format!("{count} tries"),
    }
}
