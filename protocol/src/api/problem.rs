//! What is read when something is refused (RFC 9457).

use serde::{Deserialize, Serialize};

/// What an agent reads when something is refused (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Stable name of the problem, such as `ticket-used-up`; travels as `/problems/ticket-used-up`.
    #[serde(rename = "type", with = "problem_type")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "uri-reference", example = "/problems/not-found"))]
    pub kind: String,
    /// The name in words.
    #[serde(default)]
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// A sentence for a person: what happened, why, what to do next.
    pub detail: String,
    /// Which request it was, as the directory's log names it: `urn:uuid:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

impl Problem {
    /// A problem of this kind, not yet of any one request.
    pub fn new(kind: &str, status: u16, detail: String) -> Self {
        let mut title = kind.replace('-', " ");
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self {
            kind: kind.to_owned(),
            title,
            status,
            detail,
            instance: None,
        }
    }
}

/// The name of a problem as a URI reference, which RFC 9457 asks for.
mod problem_type {
    use serde::{Deserialize as _, Deserializer, Serializer};

    const FOLDER: &str = "/problems/";

    pub(super) fn serialize<S: Serializer>(kind: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{FOLDER}{kind}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        let text = String::deserialize(from)?;
        // Earlier directories sent the bare name.
        let kind = text.strip_prefix(FOLDER).map(str::to_owned);
        Ok(kind.unwrap_or(text))
    }
}
