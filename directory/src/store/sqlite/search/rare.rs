//! Words that are one way to match among others and that few devices hold. A walk that reads every
//! device on its way for their sake is slow; a list of who holds them is short.

use std::collections::HashSet;

use sqlx::sqlite::SqliteConnection;

use super::sql::grams;
use crate::model::catalogue::Cond;

/// Devices that hold a word up to which they are listed: less than a millisecond.
const RARE_MOST: i64 = 3_000;

/// Words of one search that are looked up in the word index beforehand.
const RARE_WORDS: usize = 16;

/// Those words of a search.
pub(super) async fn texts(
    connection: &mut SqliteConnection,
    conds: &[Cond],
) -> Result<HashSet<String>, sqlx::Error> {
    let mut words = Vec::new();
    conds.iter().for_each(|cond| optional(cond, &mut words));
    let mut rare = HashSet::new();
    for text in words.into_iter().take(RARE_WORDS) {
        if is_rare(connection, text).await? {
            rare.insert(text.to_owned());
        }
    }
    Ok(rare)
}

/// Whether few devices hold a text by the word index.
async fn is_rare(connection: &mut SqliteConnection, text: &str) -> Result<bool, sqlx::Error> {
    let Some(grams) = grams(text) else {
        return Ok(false);
    };
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT rowid FROM device_text WHERE device_text MATCH $1 LIMIT $2)",
    )
    .bind(grams)
    .bind(RARE_MOST + 1)
    .fetch_one(connection)
    .await?;
    Ok(found <= RARE_MOST)
}

/// The words that are one way to match among others, wherever in the condition they stand.
fn optional<'a>(cond: &'a Cond, into: &mut Vec<&'a str>) {
    match cond {
        Cond::Any(conds) => {
            for cond in conds {
                if let Cond::Words(text) = cond {
                    into.push(text);
                } else {
                    optional(cond, into);
                }
            }
        }
        Cond::All(conds) => conds.iter().for_each(|cond| optional(cond, into)),
        Cond::Not(cond) => optional(cond, into),
        Cond::Tenants(_)
        | Cond::Places(_)
        | Cond::Tag { .. }
        | Cond::Name(_)
        | Cond::Words(_)
        | Cond::Os(_)
        | Cond::Person(_)
        | Cond::Address(_)
        | Cond::Serial(_)
        | Cond::Present(_)
        | Cond::Heard(_)
        | Cond::NeverHeard
        | Cond::Created(_)
        | Cond::Version(_)
        | Cond::Standing(_)
        | Cond::Unattended(_)
        | Cond::FieldText { .. }
        | Cond::FieldRange { .. }
        | Cond::FieldAmount { .. }
        | Cond::Reported(_) => {}
    }
}
