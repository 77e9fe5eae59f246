//! `audit list` and `audit follow`: records as lines, for people or as JSON for programs.

use std::collections::HashMap;
use std::time::Duration;

use clap::Args;
use farpane_protocol::time::Timestamp;

use super::moment;
use crate::app::caller::Caller;
use crate::app::record_list::{ChainSeen, Looked};
use crate::audit::{ChainId, Kept};
use crate::cli::failure::Failure;
use crate::cli::{Context, open, output};
use crate::console::record::line;
use crate::store::records::Sought;

/// Records that are read at once while a list is printed.
const AT_ONCE: u32 = 1000;

/// Pause between two looks for new records.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Which records.
#[derive(Debug, Args)]
struct Filters {
    /// By this person, or about them: address, name or id.
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// By this device, or about it: name or id.
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// Of this kind, such as device_renamed. See `audit kinds`.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// In the chain of this customer; "organisation" is its own.
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,
    /// Not before this, such as 2026-01-01 or 30d.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Timestamp>,
    /// Before this.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Timestamp>,
}

impl Filters {
    /// What to look for. Unlike a page, the command line says what was not found.
    async fn sought(self, caller: &Caller) -> Result<Sought, Failure> {
        let named = [&self.person, &self.device, &self.customer];
        let named = named.into_iter().flatten().cloned().collect::<Vec<_>>();
        let looked = Looked {
            person: self.person.unwrap_or_default(),
            device: self.device.unwrap_or_default(),
            kind: self.kind.unwrap_or_default(),
            chain: self.customer.unwrap_or_default(),
            from: self.from,
            until: self.to,
        };
        let sought = caller.sought(&looked).await?.ok_or_else(|| {
            Failure::failed(format!(
                "nobody and nothing is called {}; name people by address, devices and customers \
                 by name or id",
                named.join(" or ")
            ))
        })?;
        Ok(Sought {
            org: Some(caller.core.org.id),
            ..sought
        })
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory audit list --last 20
  farpane-directory audit list --device till-07 --from 2026-03-01 --to 2026-04-01
  farpane-directory audit list --kind session_granted --customer 'Oslo Shops' --json")]
pub(in crate::cli) struct List {
    #[command(flatten)]
    filters: Filters,
    /// Only this many of the newest.
    #[arg(long, value_name = "N")]
    last: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory audit follow
  farpane-directory audit follow --json --as archive >> /var/log/farpane-audit.jsonl

With --as, the place is kept in the database, and what was written meanwhile comes first next time.
It is kept after records were printed, so that after a crash the last ones may come twice.")]
pub(in crate::cli) struct Follow {
    #[command(flatten)]
    filters: Filters,
    /// Remember under this name how far it came, and go on from there.
    #[arg(long = "as", value_name = "NAME", value_parser = output_name)]
    name: Option<String>,
}

/// Longest name of a reader, in bytes.
const OUTPUT_NAME: usize = 64;

fn output_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.is_empty() || text.len() > OUTPUT_NAME || !text.chars().all(plain) {
        return Err("expected up to 64 letters, digits, dots and dashes".into());
    }
    Ok(format!("follow {text}"))
}

/// Prints records.
struct Printer {
    json: bool,
    chains: HashMap<ChainId, Option<String>>,
    people: HashMap<farpane_protocol::ids::UserId, String>,
}

impl Printer {
    async fn new(context: &Context, caller: &Caller) -> Result<Self, Failure> {
        let named = |seen: ChainSeen| (seen.chain.id, seen.name);
        let accounts = caller.core.store.accounts(caller.core.org.id).await?;
        Ok(Self {
            json: context.json,
            chains: caller.chains_seen().await?.into_iter().map(named).collect(),
            people: accounts.into_iter().map(|one| (one.id, one.name)).collect(),
        })
    }

    fn print(&self, kept: &Kept) {
        if self.json {
            output::json(&crate::audit::line::json(kept));
            return;
        }
        let chain = self.chains.get(&kept.chain).cloned().flatten();
        output::line(&line(kept, chain.as_deref(), &self.people));
    }
}

impl List {
    pub(in crate::cli) async fn run(self, context: &Context) -> Result<(), Failure> {
        let caller = Caller::operator(open::core(context).await?.0);
        let sought = self.filters.sought(&caller).await?;
        let mut number = match self.last {
            Some(last) => number_before(&caller, &sought, last).await?,
            None => 0,
        };
        let printer = Printer::new(context, &caller).await?;
        while let Some(newest) = print_some(&caller, &sought, number, &printer).await? {
            number = newest;
        }
        Ok(())
    }
}

impl Follow {
    pub(in crate::cli) async fn run(self, context: &Context) -> Result<(), Failure> {
        let caller = Caller::operator(open::core(context).await?.0);
        let sought = self.filters.sought(&caller).await?;
        let store = caller.core.store.clone();
        let known = match &self.name {
            Some(name) => store.delivered(name).await?,
            None => None,
        };
        let mut number = match known {
            Some(known) => known,
            None => store.newest_number().await?,
        };
        if let (Some(name), None) = (&self.name, known) {
            store.note_delivered(name, number).await?;
        }
        let mut printer = Printer::new(context, &caller).await?;
        loop {
            let Some(newest) = print_some(&caller, &sought, number, &printer).await? else {
                tokio::time::sleep(LOOK_EVERY).await;
                continue;
            };
            number = newest;
            if let Some(name) = &self.name {
                store.note_delivered(name, number).await?;
            }
            // Somebody new, or a new customer, may be among what comes next.
            printer = Printer::new(context, &caller).await?;
        }
    }
}

/// Prints the next records after a number; the last one's, or `None` if there were none.
async fn print_some(
    caller: &Caller,
    sought: &Sought,
    above: u64,
    printer: &Printer,
) -> Result<Option<u64>, Failure> {
    let store = &caller.core.store;
    let records = store.find_records_since(sought, above, AT_ONCE).await?;
    for kept in &records {
        printer.print(kept);
    }
    Ok(records.last().map(|kept| kept.number))
}

/// The number that the newest `last` records that fit come after.
async fn number_before(caller: &Caller, sought: &Sought, last: u64) -> Result<u64, Failure> {
    let store = &caller.core.store;
    let (mut left, mut below) = (last, None);
    while left > 0 {
        let limit = u32::try_from(left).unwrap_or(u32::MAX).min(AT_ONCE);
        let found = store.find_records(sought, below, limit).await?;
        let Some(oldest) = found.last() else {
            return Ok(0);
        };
        left -= found.len() as u64;
        below = Some(oldest.number);
    }
    Ok(match below {
        Some(oldest) => oldest - 1,
        None => store.newest_number().await?,
    })
}
