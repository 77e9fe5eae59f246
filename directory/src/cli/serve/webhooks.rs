//! The options of `serve` that say where webhooks may be told.

use std::path::PathBuf;

use clap::Args;
use farpane_protocol::outcome::Outcome;
use ipnet::IpNet;

use crate::app::webhooks::send::Courier;
use crate::cli::failure::Failure;

#[derive(Debug, Args)]
pub(super) struct Carry {
    /// A private network that webhooks may be told in, such as 10.1.0.0/16; repeatable.
    #[arg(long, value_name = "NETWORK")]
    webhook_to: Vec<IpNet>,
    /// Authorities (PEM) that vouch for receivers of webhooks, beside those of this system.
    #[arg(long, value_name = "FILE")]
    webhook_ca: Option<PathBuf>,
}

impl Carry {
    /// What tells webhooks.
    pub(super) fn courier(&self) -> Result<Courier, Failure> {
        let pem = match &self.webhook_ca {
            Some(file) => Some(std::fs::read(file).map_err(|error| {
                let named = file.display();
                Failure::usage(format!("cannot read --webhook-ca {named}")).because(error)
            })?),
            None => None,
        };
        Courier::new(self.webhook_to.clone(), pem.as_deref()).map_err(|error| {
            let outcome = match pem {
                Some(_) => Outcome::Usage,
                None => Outcome::Failed,
            };
            Failure::new(outcome, "cannot use the authorities for webhooks").because(error)
        })
    }
}
