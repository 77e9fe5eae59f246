//! `audit export`: the record in one signed file.

use std::fs::{self, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use farpane_protocol::time::Timestamp;

use super::super::failure::Failure;
use super::super::{Context, open, output};
use super::moment;
use crate::app::caller::Caller;
use crate::app::export::Wanted;
use crate::audit::ChainId;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory audit export record.jsonl
  farpane-directory audit export --customer 'Oslo Shops' --from 2026-01-01 --to 2026-04-01 oslo.jsonl

Check it anywhere with: farpane-directory audit verify FILE")]
pub(in crate::cli) struct Export {
    /// Only the chain of this customer.
    #[arg(long, value_name = "NAME", conflicts_with = "organisation")]
    customer: Option<String>,
    /// Only the organisation's own chain.
    #[arg(long)]
    organisation: bool,
    /// Not before this, such as 2026-01-01 or 30d.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Timestamp>,
    /// Before this.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Timestamp>,
    /// Where to write it. A file that is there already is left alone.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Export {
    pub(in crate::cli) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let key = open::audit_key(context)?;
        let chains = match &self.customer {
            Some(name) => Some(vec![ChainId::Tenant(core.tenant(Some(name)).await?.id)]),
            None => self.organisation.then(|| vec![ChainId::Org(core.org.id)]),
        };
        let wanted = Wanted {
            chains,
            from: self.from,
            until: self.to,
        };
        let cannot = |error: std::io::Error| cannot_write(&self.file, error);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.file)
            .map_err(cannot)?;
        let mut to = BufWriter::new(file);
        let written = async {
            let mut export = Caller::operator(core).export_audit(&key, wanted).await?;
            while let Some(lines) = export.next().await? {
                to.write_all(lines.as_bytes()).map_err(cannot)?;
            }
            to.flush().map_err(cannot)?;
            to.get_ref().sync_all().map_err(cannot)?;
            Ok((export.records(), export.header().chains.len()))
        };
        let (records, chains) = match written.await {
            Ok(written) => written,
            Err(failure) => {
                fs::remove_file(&self.file).ok(); // half of one is worth nothing
                return Err(failure);
            }
        };
        let signed_by = key.public().fingerprint();
        if context.json {
            output::json(&serde_json::json!({
                "file": self.file,
                "records": records,
                "chains": chains,
                "signed_by": signed_by,
            }));
        } else {
            output::remark(&format!("Signed by {signed_by}"));
            output::line(&format!("{records} records in {}", self.file.display()));
        }
        Ok(())
    }
}

fn cannot_write(file: &Path, error: std::io::Error) -> Failure {
    let fix = if error.kind() == std::io::ErrorKind::AlreadyExists {
        "name another file"
    } else {
        "check the folder and the free space"
    };
    Failure::failed(format!("cannot write {}; {fix}", file.display())).because(error)
}
