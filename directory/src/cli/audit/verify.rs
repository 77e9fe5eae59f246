//! `audit verify`: whether the record holds, here or in an export.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Args;
use farpane_protocol::key::Fingerprint;
use farpane_protocol::outcome::Outcome;

use super::super::failure::Failure;
use super::super::{Context, open, output};
use crate::app::Core;
use crate::audit::export::check;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory audit verify
  farpane-directory audit verify oslo.jsonl
  farpane-directory audit verify oslo.jsonl --key SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8

Without FILE, the database of this installation is checked. An export is checked by itself, on any
machine; compare the key that signed it with what farpane-directory info says, or name it with --key.")]
pub(in crate::cli) struct Verify {
    /// An export.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Fingerprint of the key that must have signed the export.
    #[arg(long, value_name = "FINGERPRINT", requires = "file")]
    key: Option<Fingerprint>,
}

impl Verify {
    pub(in crate::cli) async fn run(self, context: &Context) -> Result<(), Failure> {
        match &self.file {
            Some(file) => verify_file(context, file, self.key),
            None => verify_database(context).await,
        }
    }
}

fn broken(context: &Context, what: &str, broken: &dyn std::error::Error) -> Failure {
    if context.json {
        output::json(&serde_json::json!({ "intact": false, "broken": broken.to_string() }));
    }
    Failure::new(Outcome::Failed, what.to_owned()).because(broken.to_string())
}

async fn verify_database(context: &Context) -> Result<(), Failure> {
    let (first, _) = open::core(context).await?;
    let keys = [open::audit_key(context)?.public()];
    let mut records = 0;
    for org in first.store.orgs().await? {
        let core = Core {
            org,
            ..first.clone()
        };
        match core.verify_audit(&keys).await? {
            Ok(hold) => records += hold,
            Err(found) => {
                return Err(broken(
                    context,
                    "the audit chain does not hold; keep this database as evidence and compare \
                     it with a backup",
                    &found,
                ));
            }
        }
    }
    if context.json {
        output::json(&serde_json::json!({ "intact": true, "records": records }));
    } else {
        output::line(&format!("intact: {records} records"));
    }
    Ok(())
}

fn verify_file(context: &Context, file: &Path, key: Option<Fingerprint>) -> Result<(), Failure> {
    let opened = File::open(file).map_err(|error| {
        Failure::usage(format!("cannot read {}", file.display())).because(error)
    })?;
    let checked = check(BufReader::new(opened), key).map_err(|bad| {
        let what = format!("{} does not hold; ask for it again", file.display());
        broken(context, &what, &bad)
    })?;
    let signed_by = checked.signed_by.fingerprint();
    if context.json {
        output::json(&serde_json::json!({
            "intact": true,
            "records": checked.records,
            "checkpoints": checked.checkpoints,
            "org": checked.header.org_name,
            "made": checked.header.made,
            "chains": checked.header.chains.iter().map(|part| serde_json::json!({
                "chain": part.chain,
                "name": part.name,
                "first": part.after + 1,
                "last": part.last,
            })).collect::<Vec<_>>(),
            "signed_by": signed_by,
        }));
    } else {
        if key.is_none() {
            output::remark(&format!(
                "Signed by {signed_by}; compare it with the audit key that farpane-directory info \
                 shows on the directory's machine"
            ));
        }
        for part in &checked.header.chains {
            output::remark(&format!(
                "{} ({}): records {} to {}",
                part.name,
                part.chain,
                part.after + 1,
                part.last
            ));
        }
        output::line(&format!("intact: {} records", checked.records));
    }
    Ok(())
}
