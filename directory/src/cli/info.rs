//! `info`: where the directory is and how its identity is recognised.

use clap::Args;

use super::failure::Failure;
use super::{Context, open, output};
use crate::store::installation::Setting;

#[derive(Debug, Args)]
#[command(after_help = "Example:
  farpane-directory info --json")]
pub(super) struct Info {}

impl Info {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let fingerprint = open::identity(context)?.fingerprint();
        let audit_key = open::audit_key(context)?.public().fingerprint();
        let url = core.store.setting(Setting::Url).await?;
        let counts = core.store.counts(core.org.id).await?;
        if context.json {
            output::json(&serde_json::json!({
                "url": url,
                "fingerprint": fingerprint,
                "audit_key": audit_key,
                "org": core.org.name,
                "devices": counts.approved,
                "pending": counts.pending,
                "relays": counts.relays,
                "open_sessions": counts.open_sessions,
                "records": counts.records,
                "version": env!("CARGO_PKG_VERSION"),
            }));
        } else {
            let url = url.as_deref().unwrap_or("not known before the first serve");
            output::line(&format!("organisation  {}", core.org.name));
            output::line(&format!("devices       {}", counts.approved));
            output::line(&format!("address       {url}"));
            output::line(&format!("audit key     {audit_key}"));
            output::line(&format!("fingerprint   {fingerprint}"));
        }
        Ok(())
    }
}
