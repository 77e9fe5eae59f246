//! `key`: the key that the directory signs grants, relay tickets, orders and leases with.

use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};
use farpane_protocol::key::SecretKey;
use farpane_protocol::time::Timestamp;
use serde_json::json;

use super::failure::Failure;
use super::{Context, naming, open, output};
use crate::app::Core;
use crate::app::grant_keys::Pace;
use crate::console::moment::absolute;
use crate::model::ring::{ANNOUNCED_FOR, COUNTS_FOR, LONGEST};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory key rotate
  farpane-directory key list")]
pub(super) enum Key {
    /// List the keys that count, or will.
    #[command(after_help = "Example:
  farpane-directory key list --json")]
    List,
    /// Sign with a new key, also while the server runs.
    Rotate(Rotate),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Hosts and relays hear of the new key first, then it signs, and the old one \
counts until what it signed is worth nothing any more. Sessions go on; a host that is away hears of \
it when it comes back. Make a backup afterwards: restoring an older one works, but begins with a key \
of its own.

With --at-once, for a key that others may know, all that takes a quarter of a minute. Sessions go on \
then, too; one that loses its relay has to be asked for again.

Examples:
  farpane-directory key rotate
  farpane-directory key rotate --at-once
  farpane-directory key rotate --announce 1h --overlap 2d"
)]
pub(super) struct Rotate {
    /// How long the new key is announced before it signs.
    #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "at_once")]
    announce: Option<Duration>,
    /// How long the old key counts after that.
    #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "at_once")]
    overlap: Option<Duration>,
    /// The old key may be known to others: withdraw it now, or bring a change to its end that is
    /// under way.
    #[arg(long)]
    at_once: bool,
}

fn span(text: &str) -> Result<Duration, String> {
    let span = naming::span(text)?;
    if span > LONGEST {
        return Err("at most 90d".into());
    }
    Ok(span)
}

/// The key that signs now, of those in the folder.
async fn signer(context: &Context, core: &Core) -> Result<SecretKey, Failure> {
    let ring = core.store.grant_keys().await?;
    let cannot = || Failure::failed("cannot use the grant key; restore it from a backup");
    let load =
        |path: &Path| farpane_certs::keys::load(path).map_err(|error| cannot().because(error));
    // A file beside it that no change was begun with is left over from one that was cut off.
    let Some(wanted) = ring.signer(core.clock.now()) else {
        return load(&context.data.grant_key());
    };
    let paths = context.data.grant_keys();
    for path in paths.map_err(|error| cannot().because(error))? {
        let key = load(&path)?;
        if wanted == key.public() {
            return Ok(key);
        }
    }
    Err(cannot())
}

/// Makes a key and lets it follow the one that signs now. `None` if a change is under way.
pub(super) async fn follow(
    context: &Context,
    core: &Core,
    pace: Pace,
) -> Result<Option<(Timestamp, Timestamp)>, Failure> {
    let old = signer(context, core).await?;
    let path = context.data.new_grant_key();
    let new = farpane_certs::keys::load_or_create(&path)
        .map_err(|error| Failure::failed("cannot make a key").because(error))?;
    let changed = core.change_grant_key(&old, new.public(), pace).await;
    if !matches!(changed, Ok(Some(_))) {
        std::fs::remove_file(&path).ok(); // nobody has heard of it
    }
    Ok(changed?)
}

impl Key {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        match self {
            Self::List => list(context, &core).await,
            Self::Rotate(wish) => rotate(context, &core, &wish).await,
        }
    }
}

async fn rotate(context: &Context, core: &Core, wish: &Rotate) -> Result<(), Failure> {
    let pace = if wish.at_once {
        Pace::AtOnce
    } else {
        Pace::Planned {
            announced: wish.announce.unwrap_or(ANNOUNCED_FOR),
            counts: wish.overlap.unwrap_or(COUNTS_FOR),
        }
    };
    let hurried = if wish.at_once {
        core.hurry_grant_key(pace).await?
    } else {
        None
    };
    let (signs, until) = match hurried {
        Some(at) => (at, at),
        None => follow(context, core, pace).await?.ok_or_else(|| {
            Failure::failed(format!(
                "the key is being changed already; see {}, wait until the old key counts no more, \
                 or bring the change to its end with {}",
                context.hint("key list"),
                context.hint("key rotate --at-once")
            ))
        })?,
    };
    if context.json {
        output::json(&json!({ "signs": signs, "old_counts_until": until }));
    } else {
        output::remark("A server that runs takes it up within seconds; make a backup afterwards.");
        output::line(&format!(
            "the new key signs from {}; the old one counts until {}",
            absolute(signs),
            absolute(until)
        ));
    }
    Ok(())
}

async fn list(context: &Context, core: &Core) -> Result<(), Failure> {
    let now = core.clock.now();
    let signer = signer(context, core).await?.public();
    let ring = core.store.grant_keys().await?;
    if ring.0.is_empty() {
        let key = signer.fingerprint();
        if context.json {
            output::json(&json!([{ "key": key, "state": "signs" }]));
        } else {
            output::line(&format!("{key}  signs"));
        }
        return Ok(());
    }
    let mut rows = Vec::new();
    for row in ring.0.iter().filter(|row| row.counts(now)) {
        let state = if row.key == signer {
            "signs"
        } else if row.signs > now {
            "announced"
        } else {
            "counts"
        };
        let key = row.key.fingerprint();
        if context.json {
            rows.push(json!({
                "key": key,
                "state": state,
                "announced": row.announced,
                "signs": row.signs,
                "until": row.withdrawn,
            }));
            continue;
        }
        let when = match row.withdrawn {
            Some(until) => format!("  until {}", absolute(until)),
            None if row.signs > now => format!("  signs from {}", absolute(row.signs)),
            None => String::new(),
        };
        output::line(&format!("{key}  {state}{when}"));
    }
    if context.json {
        output::json(&rows.into());
    }
    Ok(())
}
