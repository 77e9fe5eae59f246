//! `audit`: read and verify the record.

use clap::Subcommand;
use farpane_protocol::outcome::Outcome;

use super::failure::Failure;
use super::{Context, open, output};

/// Records that are read at once while a list is printed.
const AT_ONCE: u32 = 1000;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory audit verify --json
  farpane-directory audit list --last 20")]
pub(super) enum Audit {
    /// Check that no record was changed, removed or put in.
    Verify,
    /// Print records, oldest first, one JSON object per line.
    List {
        /// Only this many of the newest.
        #[arg(long, value_name = "N")]
        last: Option<u64>,
    },
}

impl Audit {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        match self {
            Self::Verify => verify(context, &core).await,
            Self::List { last } => list(&core, last).await,
        }
    }
}

async fn verify(context: &Context, core: &crate::app::Core) -> Result<(), Failure> {
    let verified = core.verify_audit().await?;
    if context.json {
        output::json(&match &verified {
            Ok(records) => serde_json::json!({ "intact": true, "records": records }),
            Err(broken) => serde_json::json!({ "intact": false, "broken": broken.to_string() }),
        });
    }
    match verified {
        Ok(records) => {
            if !context.json {
                output::line(&format!("intact: {records} records"));
            }
            Ok(())
        }
        Err(broken) => Err(Failure::new(
            Outcome::Failed,
            "the audit chain does not hold; keep this database as evidence and compare it with a \
             backup",
        )
        .because(broken)),
    }
}

async fn list(core: &crate::app::Core, last: Option<u64>) -> Result<(), Failure> {
    let head = core.store.chain_head(core.org.id).await?;
    let mut seq = last.map_or(0, |last| head.seq.saturating_sub(last));
    while seq < head.seq {
        let records = core.store.records_after(core.org.id, seq, AT_ONCE).await?;
        let Some(newest) = records.last() else {
            break;
        };
        seq = newest.seq;
        for record in &records {
            // The bytes as they were written, with what stands beside them.
            let body: serde_json::Value = serde_json::from_slice(&record.body).unwrap_or_default();
            let personal = record.personal.as_deref().unwrap_or("null");
            let personal: serde_json::Value = serde_json::from_str(personal).unwrap_or_default();
            output::json(&serde_json::json!({ "record": body, "personal": personal }));
        }
    }
    Ok(())
}
