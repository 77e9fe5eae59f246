//! The names of what can be recorded, for those who look for one kind of it.

/// Every kind of event, as records name it, in the order of the alphabet.
pub const KINDS: [&str; 81] = [
    "account_disabled",
    "account_enabled",
    "account_removed",
    "account_renamed",
    "api_token_made",
    "api_token_revoked",
    "audit_exported",
    "backed_up",
    "catalogue_exported",
    "catalogue_imported",
    "confirmed",
    "console_signed_in",
    "console_signed_out",
    "device_approved",
    "device_copied",
    "device_enrolled",
    "device_key_replaced",
    "device_key_rotated",
    "device_machine_changed",
    "device_placed",
    "device_refused",
    "device_removed",
    "device_renamed",
    "device_rules_changed",
    "devices_changed",
    "devices_restored",
    "enrolment_refused",
    "factor_added",
    "factor_removed",
    "factors_reset",
    "field_changed",
    "founded",
    "grant_key_announced",
    "grant_key_withdrawn",
    "group_joined",
    "group_left",
    "group_made",
    "group_removed",
    "group_renamed",
    "host_said",
    "language_chosen",
    "link_used",
    "minimum_versions_set",
    "organisation_renamed",
    "password_changed",
    "person_erased",
    "person_invited",
    "place_changed",
    "presence_forged",
    "recovery_code_used",
    "recovery_codes_made",
    "relay_enrolled",
    "relay_removed",
    "relay_renamed",
    "request_decided",
    "request_made",
    "reset_link_made",
    "restored",
    "revocations_learned",
    "role_defined",
    "role_given",
    "role_removed",
    "role_taken",
    "search_changed",
    "second_person_changed",
    "session_ended",
    "session_granted",
    "session_refused",
    "sign_in_refused",
    "sign_in_rules_changed",
    "tenant_changed",
    "tenant_factor_changed",
    "ticket_made",
    "ticket_revoked",
    "viewer_answered",
    "viewer_removed",
    "viewer_signed_in",
    "web_sessions_ended",
    "webhook_made",
    "webhook_removed",
    "webhook_tried",
];

/// Kinds that are named to whoever typed none of them.
const CLOSE: usize = 3;

/// Longest text that is compared: longer than any kind.
const TYPED_MOST: usize = 64;

/// The kind that somebody means, as records name it.
///
/// # Errors
/// Those that are written most like it, where it is none.
pub fn meant(typed: &str) -> Result<&'static str, Vec<&'static str>> {
    let wanted = typed.trim().to_lowercase().replace([' ', '-', '.'], "_");
    if let Some(kind) = KINDS.into_iter().find(|kind| *kind == wanted) {
        return Ok(kind);
    }
    let wanted: Vec<char> = wanted.chars().take(TYPED_MOST).collect();
    let mut close = KINDS.to_vec();
    close.sort_by_key(|kind| changes(&wanted, kind));
    close.truncate(CLOSE);
    Err(close)
}

/// How many letters have to be put in, taken out or replaced to make the one into the other
/// (Levenshtein's distance).
fn changes(one: &[char], other: &str) -> usize {
    let mut row: Vec<usize> = (0..=one.len()).collect();
    for (y, there) in other.chars().enumerate() {
        let mut corner = row[0];
        row[0] = y + 1;
        for (x, here) in one.iter().enumerate() {
            let replaced = corner + usize::from(*here != there);
            corner = row[x + 1];
            row[x + 1] = replaced.min(row[x] + 1).min(corner + 1);
        }
    }
    row[one.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Event;

    #[test]
    fn a_kind_is_meant_however_it_is_written_and_one_that_is_none_names_those_like_it() {
        assert_eq!(meant(" Device renamed"), Ok("device_renamed"));
        assert_eq!(meant("session-granted"), Ok("session_granted"));
        let close = meant("device_renamd").expect_err("none");
        assert_eq!(close.first(), Some(&"device_renamed"));
        assert!(meant(&"x".repeat(10_000)).is_err());
    }

    #[test]
    fn every_kind_is_listed_once() {
        // What reads events knows all of their names, and says them when it is asked for another.
        let none = serde_json::json!({ "did": "" });
        let refused = serde_json::from_value::<Event>(none).expect_err("no such event");
        let said = refused.to_string();
        let known = said.split('`').skip(3).step_by(2);
        let mut known: Vec<_> = known.collect();
        known.sort_unstable();
        assert_eq!(known, KINDS);
    }
}
