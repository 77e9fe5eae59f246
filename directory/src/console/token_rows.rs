//! API tokens as rows of a table, on their owner's page and on that of whoever manages them.

use farpane_protocol::time::Timestamp;

use super::access::held::place_name;
use super::moment::Moment;
use super::texts::Texts;
use crate::app::access::places::PlaceNames;
use crate::model::api_token::ApiToken;
use crate::policy::rights::Action;

/// One token.
pub(super) struct TokenRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    pub(super) place: String,
    pub(super) used: Moment,
    pub(super) expires: Moment,
    pub(super) works: bool,
}

impl TokenRow {
    pub(super) fn of(token: ApiToken, names: &PlaceNames, now: Timestamp, t: Texts) -> Self {
        let scopes = token.scopes().into_iter();
        Self {
            id: token.id.to_string(),
            scopes: scopes.map(|word| scope_name(word, t)).collect(),
            place: place_name(token.place, names, t),
            used: Moment::maybe(token.last_used, now),
            expires: Moment::ago(token.expires, now),
            works: token.expires > now,
            name: token.name,
        }
    }
}

/// What a scope is called on a page.
pub(super) fn scope_name(word: &str, t: Texts) -> String {
    match Action::named(word) {
        Some(action) => t.said(&action.in_words().into()),
        None => t.msg("token-reach").to_string(),
    }
}
