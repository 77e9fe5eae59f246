//! `token`: API tokens, which let a program act in a person's place.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::failure::Failure;
use super::pick::{Choice, Kind};
use super::{Context, naming, open, output};
use crate::app::access::tokens::TokenWish;
use crate::app::caller::Caller;
use crate::console::moment::absolute;
use crate::model::api_token::{ApiToken, LIFE_MOST};

const TOKENS: Kind = Kind {
    one: "no token called",
    several: "tokens are called",
    list: "token list",
};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory token create --user anna@example.org --scope see-devices
  farpane-directory token list")]
pub(super) enum Token {
    /// Make a token; it is shown once.
    Create(Create),
    /// List tokens.
    #[command(after_help = "Examples:
  farpane-directory token list
  farpane-directory token list --user anna@example.org --json")]
    List {
        /// Of this person only.
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
    },
    /// Make a token worth nothing.
    #[command(after_help = "Examples:
  farpane-directory token revoke nightly --user anna@example.org
  farpane-directory token revoke 0199a0c0-0000-7000-8000-000000000000")]
    Revoke {
        /// Its name or id.
        token: String,
        /// Of this person only.
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory token create --user anna@example.org --scope see-devices
  farpane-directory token create --user anna@example.org --scope reach --expires 30d
  farpane-directory token create --user anna@example.org --scope see-devices --at 'Oslo Shops'")]
pub(super) struct Create {
    /// In whose place it acts.
    #[arg(long, value_name = "EMAIL")]
    user: String,
    /// The most that it may do: names of actions, and reach for the devices that its owner may
    /// reach.
    #[arg(long, value_name = "SCOPES", value_delimiter = ',', required = true)]
    scope: Vec<String>,
    /// What it is for.
    #[arg(long, value_name = "NAME", default_value = "command line")]
    name: String,
    /// How long it works, at most a year.
    #[arg(long, value_name = "SPAN", default_value = "90d", value_parser = life)]
    expires: Duration,
    /// At this customer, or at a site or group below it, only.
    #[arg(long, value_name = "CUSTOMER / PLACE", alias = "place")]
    at: Option<String>,
}

fn life(text: &str) -> Result<Duration, String> {
    let life = naming::span(text)?;
    if life > LIFE_MOST {
        return Err("a token works for at most a year".into());
    }
    Ok(life)
}

async fn list(context: &Context, caller: &Caller, user: Option<&str>) -> Result<(), Failure> {
    let tokens = caller.tokens(user).await?;
    let names = caller.core.place_names().await?;
    let people = caller.people().await?;
    let owner = |token: &ApiToken| {
        let found = people.iter().find(|person| person.id == token.account);
        found.map_or_else(String::new, |person| person.email.to_string())
    };
    if context.json {
        let rows = tokens.iter().map(|token| {
            json!({
                "id": token.id,
                "user": owner(token),
                "name": token.name,
                "scopes": token.scopes(),
                "place": names.of(token.place),
                "created": token.created,
                "expires": token.expires,
                "last_used": token.last_used,
            })
        });
        output::json(&rows.collect());
        return Ok(());
    }
    for token in &tokens {
        let used = token.last_used.map_or_else(
            || "never used".into(),
            |at| format!("last used {}", absolute(at)),
        );
        output::line(&format!(
            "{}  {}  {}  {} at {}  until {}  {used}",
            token.id,
            owner(token),
            token.name,
            token.scopes().join(","),
            names.of(token.place),
            absolute(token.expires)
        ));
    }
    Ok(())
}

/// The id of the token of that name or id.
async fn named(caller: &Caller, typed: &str, user: Option<&str>) -> Result<Uuid, Failure> {
    let people = caller.people().await?;
    let tokens = caller.tokens(user).await?.into_iter();
    let choices = tokens.map(|token| {
        let owner = people.iter().find(|person| person.id == token.account);
        let owner = owner.map_or_else(String::new, |person| person.email.to_string());
        Choice {
            id: token.id,
            about: format!("{}  {owner}  until {}", token.name, absolute(token.expires)),
            names: vec![token.name],
            thing: token.id,
        }
    });
    TOKENS.one(typed, choices)
}

impl Token {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::Create(wanted) => {
                let wish = TokenWish {
                    name: wanted.name,
                    scopes: wanted.scope,
                    place: naming::place(&caller.core, wanted.at.as_deref()).await?,
                    life: wanted.expires,
                };
                let (secret, token) = caller.make_token(Some(&wanted.user), &wish).await?;
                if context.json {
                    output::json(&json!({
                        "token": secret,
                        "id": token.id,
                        "scopes": token.scopes(),
                        "expires": token.expires,
                    }));
                } else {
                    output::remark(&format!(
                        "It works until {}. It is shown only now; keep it like a password.",
                        absolute(token.expires)
                    ));
                    output::line(&secret);
                }
            }
            Self::List { user } => list(context, &caller, user.as_deref()).await?,
            Self::Revoke { token, user } => {
                let id = named(&caller, &token, user.as_deref()).await?;
                caller.revoke_token(id).await?;
                if context.json {
                    output::json(&json!({ "token": id, "done": "revoked" }));
                } else {
                    output::line(&format!("{id} revoked"));
                }
            }
        }
        Ok(())
    }
}
