//! `account`: see, disable and enable accounts.

use clap::Subcommand;

use super::failure::Failure;
use super::{Context, open, output};
use crate::audit::Actor;

#[derive(Debug, Subcommand)]
#[command(after_help = "Example:
  farpane-directory account disable anna@example.org")]
pub(super) enum Account {
    /// List accounts.
    #[command(after_help = "Example:
  farpane-directory account list --json")]
    List,
    /// Disable an account: it is signed out and its sessions end.
    #[command(after_help = "Example:
  farpane-directory account disable anna@example.org")]
    Disable {
        /// Its e-mail address.
        email: String,
    },
    /// Enable an account again.
    #[command(after_help = "Example:
  farpane-directory account enable anna@example.org")]
    Enable {
        /// Its e-mail address.
        email: String,
    },
}

impl Account {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let (email, disabled) = match self {
            Self::List => return list(context, &core).await,
            Self::Disable { email } => (email, true),
            Self::Enable { email } => (email, false),
        };
        let changed = core
            .set_account_disabled(&email, disabled, Actor::Operator)
            .await?;
        let word = if disabled { "disabled" } else { "enabled" };
        if context.json {
            output::json(&serde_json::json!({
                "account": email,
                "disabled": disabled,
                "changed": changed,
            }));
        } else {
            let before = if changed { "" } else { " before" };
            output::line(&format!("{email} {word}{before}"));
        }
        Ok(())
    }
}

async fn list(context: &Context, core: &crate::app::Core) -> Result<(), Failure> {
    let accounts = core.store.accounts(core.org.id).await?;
    if context.json {
        let rows: Vec<_> = accounts
            .iter()
            .map(|account| {
                serde_json::json!({
                    "id": account.id,
                    "email": account.email.as_str(),
                    "name": account.name,
                    "disabled": account.disabled,
                })
            })
            .collect();
        output::json(&serde_json::Value::Array(rows));
        return Ok(());
    }
    for account in accounts {
        let state = if account.disabled.is_some() {
            "disabled"
        } else {
            "active"
        };
        output::line(&format!("{}  {}  {state}", account.email, account.name));
    }
    Ok(())
}
