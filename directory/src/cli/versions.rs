//! `versions`: the oldest versions of host and viewer that may take part.

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::{Context, open, output};
use crate::app::caller::Caller;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory versions show
  farpane-directory versions set --host 1.4")]
pub(super) enum Versions {
    /// Show the oldest versions that may take part.
    #[command(after_help = "Example:
  farpane-directory versions show --json")]
    Show,
    /// Change them; what is not named stays. Older programs are told what to install.
    #[command(after_help = "Examples:
  farpane-directory versions set --host 1.4 --viewer 1.4.2
  farpane-directory versions set --viewer any")]
    Set {
        /// Of the host program, or any.
        #[arg(long, value_name = "VERSION")]
        host: Option<String>,
        /// Of the viewer program, or any.
        #[arg(long, value_name = "VERSION")]
        viewer: Option<String>,
    },
}

/// What is set: what was named, nothing for any, else what was.
fn wanted(said: Option<String>, was: Option<String>) -> Option<String> {
    match said {
        Some(said) if said == "any" => None,
        Some(said) => Some(said),
        None => was,
    }
}

impl Versions {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        let mut now = caller.minimum_versions().await?;
        if let Self::Set { host, viewer } = self {
            let host = wanted(host, now.host);
            let viewer = wanted(viewer, now.viewer);
            now = caller
                .set_minimum_versions(host.as_deref(), viewer.as_deref())
                .await?;
        }
        if context.json {
            output::json(&json!({ "host": now.host, "viewer": now.viewer }));
        } else {
            let any = |version: Option<String>| version.unwrap_or_else(|| "any".into());
            output::line(&format!(
                "host: {}, viewer: {}",
                any(now.host),
                any(now.viewer)
            ));
        }
        Ok(())
    }
}
