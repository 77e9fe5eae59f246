//! `audit`: read, verify and export the record.

mod export;
mod verify;

use std::time::Duration;

use clap::Subcommand;
use farpane_protocol::time::Timestamp;

use super::failure::Failure;
use super::{Context, open, output};
use crate::app::Core;
use crate::store::records::Sought;

/// Records that are read at once while a list is printed.
const AT_ONCE: u32 = 1000;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory audit verify
  farpane-directory audit list --last 20
  farpane-directory audit export --customer 'Oslo Shops' oslo.jsonl
  farpane-directory audit verify oslo.jsonl")]
pub(super) enum Audit {
    /// Check that no record was changed, removed or put in: here, or in an export.
    Verify(verify::Verify),
    /// Print records, oldest first, one JSON object per line.
    #[command(after_help = "Example:
  farpane-directory audit list --last 20")]
    List {
        /// Only this many of the newest.
        #[arg(long, value_name = "N")]
        last: Option<u64>,
    },
    /// Write the record, or part of it, into a file that can be verified anywhere.
    Export(export::Export),
}

impl Audit {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Verify(verb) => verb.run(context).await,
            Self::List { last } => list(&open::core(context).await?.0, last).await,
            Self::Export(verb) => verb.run(context).await,
        }
    }
}

/// Reads a point in time: `2026-03-01`, `2026-03-01T12:00:00Z`, or how long ago, such as `7d`.
fn moment(text: &str) -> Result<Timestamp, String> {
    let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    if let Ok(ago) = humantime::parse_duration(text) {
        let now = crate::clock::Clock::wall().now();
        return Ok(Timestamp(now.0.saturating_sub(micros(ago))));
    }
    let whole = if text.contains('T') {
        text.to_owned()
    } else {
        format!("{text}T00:00:00Z")
    };
    let at = humantime::parse_rfc3339(&whole)
        .map_err(|_| "expected a time like 2026-03-01, 2026-03-01T12:00:00Z or 7d".to_owned())?;
    let since = at.duration_since(std::time::UNIX_EPOCH);
    Ok(Timestamp(since.map_or(0, micros)))
}

async fn list(core: &Core, last: Option<u64>) -> Result<(), Failure> {
    let mut number = match last {
        Some(last) => number_before(core, last).await?,
        None => 0,
    };
    let org = Some(core.org.id);
    loop {
        let records = core.store.records_since(org, number, AT_ONCE).await?;
        let Some(newest) = records.last() else {
            return Ok(());
        };
        number = newest.number;
        for kept in &records {
            // The bytes as they were written, with what stands beside them.
            let record = &kept.record;
            let body: serde_json::Value = serde_json::from_slice(&record.body).unwrap_or_default();
            let personal = record.personal.as_deref().unwrap_or("null");
            let personal: serde_json::Value = serde_json::from_str(personal).unwrap_or_default();
            output::json(&serde_json::json!({ "record": body, "personal": personal }));
        }
    }
}

/// The number that the newest `last` records of the organisation come after.
async fn number_before(core: &Core, last: u64) -> Result<u64, Failure> {
    let sought = Sought {
        org: Some(core.org.id),
        ..Sought::default()
    };
    let (mut left, mut below) = (last, None);
    while left > 0 {
        let limit = u32::try_from(left).unwrap_or(u32::MAX).min(AT_ONCE);
        let found = core.store.find_records(&sought, below, limit).await?;
        let Some(oldest) = found.last() else {
            return Ok(0);
        };
        left -= found.len() as u64;
        below = Some(oldest.number);
    }
    Ok(match below {
        Some(oldest) => oldest - 1,
        None => core.store.newest_number().await?,
    })
}
