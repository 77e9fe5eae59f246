//! `audit`: read and verify the record.

use clap::Subcommand;
use farpane_protocol::outcome::Outcome;

use super::failure::Failure;
use super::{Context, open, output};
use crate::app::Core;
use crate::store::records::Sought;

/// Records that are read at once while a list is printed.
const AT_ONCE: u32 = 1000;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory audit verify --json
  farpane-directory audit list --last 20")]
pub(super) enum Audit {
    /// Check that no record was changed, removed or put in.
    #[command(after_help = "Example:
  farpane-directory audit verify")]
    Verify,
    /// Print records, oldest first, one JSON object per line.
    #[command(after_help = "Example:
  farpane-directory audit list --last 20")]
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

async fn verify(context: &Context, core: &Core) -> Result<(), Failure> {
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
