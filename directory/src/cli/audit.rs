//! `audit`: read, follow, verify and export the record.

mod export;
mod list;
mod verify;

use clap::Subcommand;
use farpane_protocol::time::Timestamp;

use super::failure::Failure;
use super::{Context, output};
use crate::audit::kind::KINDS;
use crate::model::when;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory audit verify
  farpane-directory audit list --last 20
  farpane-directory audit list --person ben@example.com --from 7d
  farpane-directory audit follow --json
  farpane-directory audit export --customer 'Oslo Shops' oslo.jsonl
  farpane-directory audit verify oslo.jsonl")]
pub(super) enum Audit {
    /// Check that no record was changed, removed or put in: here, or in an export.
    Verify(verify::Verify),
    /// Print records, oldest first, one a line.
    List(list::List),
    /// Say which kinds of records there are.
    #[command(after_help = "Example:
  farpane-directory audit kinds")]
    Kinds,
    /// Print records as they are written, one a line, until it is stopped.
    Follow(list::Follow),
    /// Write the record, or part of it, into a file that can be verified anywhere.
    Export(export::Export),
}

impl Audit {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Verify(verb) => verb.run(context).await,
            Self::List(verb) => verb.run(context).await,
            Self::Kinds => {
                if context.json {
                    output::json(&KINDS.to_vec().into());
                } else {
                    KINDS.into_iter().for_each(output::line);
                }
                Ok(())
            }
            Self::Follow(verb) => verb.run(context).await,
            Self::Export(verb) => verb.run(context).await,
        }
    }
}

/// Reads a point in time: `2026-03-01`, `2026-03-01T12:00:00Z`, or how long ago, such as `7d`.
fn moment(text: &str) -> Result<Timestamp, String> {
    let now = crate::clock::Clock::wall().now();
    when::read(text, now).ok_or_else(|| when::EXPECTED.to_owned())
}
