//! `device import` and `device export`: the catalogue as CSV.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::list::sort;
use crate::app::caller::Caller;
use crate::app::csv::import::Leniency;
use crate::cli::failure::Failure;
use crate::cli::{Context, output};
use crate::model::catalogue::Sort;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory device import devices.csv
  farpane-directory device import devices.csv --create-customers --create-places

The first line names the columns: name, customer, site, group, tags (with ; between them), os,
serial, and field.KEY for custom fields. Places that lie in each other stand with / between them.")]
pub(in crate::cli) struct Import {
    /// The file.
    file: PathBuf,
    /// Make customers that there are none of yet.
    #[arg(long)]
    create_customers: bool,
    /// Make sites and groups that there are none of yet.
    #[arg(long)]
    create_places: bool,
    /// Leave bad rows out; otherwise nothing is written unless all rows are good.
    #[arg(long)]
    skip_bad: bool,
}

impl Import {
    pub(super) async fn run(self, context: &Context, caller: &Caller) -> Result<(), Failure> {
        let named = self.file.display();
        let file = File::open(&self.file)
            .map_err(|error| Failure::usage(format!("cannot read {named}")).because(error))?;
        let leniency = Leniency {
            create_customers: self.create_customers,
            create_places: self.create_places,
            skip_bad: self.skip_bad,
        };
        let done = caller.import(io::BufReader::new(file), leniency).await?;
        for bad in &done.complaints {
            output::remark(&format!("{named}:{}: {}", bad.line, bad.why));
        }
        let named_all = done.complaints.len() as u64 == done.bad;
        if !named_all {
            let more = done.bad - done.complaints.len() as u64;
            output::remark(&format!("and {more} more bad rows"));
        }
        if done.bad > 0 && !self.skip_bad {
            let create = match (self.create_customers, self.create_places) {
                (true, true) => "",
                (true, false) => "; --create-places makes sites and groups that are missing",
                (false, true) => "; --create-customers makes customers that are missing",
                (false, false) => "; --create-customers and --create-places make what is missing",
            };
            return Err(Failure::usage(format!(
                "nothing was written: {} of the rows in {named} are bad; correct them, or leave \
                 them out with --skip-bad{create}",
                done.bad
            )));
        }
        if context.json {
            output::json(&json!({
                "devices": done.devices,
                "customers": done.customers,
                "places": done.places,
                "bad": done.bad,
            }));
        } else {
            output::line(&format!(
                "{} devices are expected now; {} customers and {} places were made; {} rows were \
                 left out",
                done.devices, done.customers, done.places, done.bad
            ));
        }
        Ok(())
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory device export > devices.csv
  farpane-directory device export --query 'customer:oslo' --output oslo.csv")]
pub(in crate::cli) struct Export {
    /// Only those that this search finds.
    #[arg(long, value_name = "SEARCH", default_value = "")]
    query: String,
    /// By name, customer, os, heard, created or version; with - before it, the greatest first.
    #[arg(long, value_name = "ORDER", default_value = "name", value_parser = sort,
          allow_hyphen_values = true)]
    sort: Sort,
    /// Into this file [default: standard output].
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub(super) async fn run(self, caller: Caller) -> Result<(), Failure> {
        let mut into: Box<dyn Write + Send> = match &self.output {
            Some(path) => Box::new(File::create_new(path).map_err(|error| {
                let path = path.display();
                Failure::usage(format!("cannot write a new file {path}")).because(error)
            })?),
            None => Box::new(io::stdout()),
        };
        let mut export = caller.export(&self.query, self.sort).await?;
        while let Some(part) = export.part().await? {
            into.write_all(&part)
                .map_err(|error| Failure::failed("cannot write the table").because(error))?;
        }
        into.flush()
            .map_err(|error| Failure::failed("cannot write the table").because(error))
    }
}
