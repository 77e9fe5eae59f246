//! A record as one line for other programs: JSON, and RFC 5424 around it.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::{Hash, Kept};

/// Facility 13, "log audit", severity 5, "normal but significant" (RFC 5424, section 6.2.1).
const PRIORITY: u8 = 13 * 8 + 5;

/// Longest name of a kind of message (RFC 5424, section 6).
const MESSAGE_ID: usize = 32;

/// A record with its place, its hash and the names beside it.
pub fn json(kept: &Kept) -> Value {
    let record = &kept.record;
    let body: Value = serde_json::from_slice(&record.body).unwrap_or_default();
    let personal = record.personal.as_deref().unwrap_or("null");
    let personal: Value = serde_json::from_str(personal).unwrap_or_default();
    json!({
        "number": kept.number,
        "chain": kept.chain.uuid(),
        "hash": Hash(record.hash),
        "record": body,
        "personal": personal,
    })
}

/// The same as a syslog message (RFC 5424). `host` is the name of this directory.
pub fn syslog(kept: &Kept, host: &str) -> String {
    let json = json(kept);
    let at = json.pointer("/record/at").and_then(Value::as_u64);
    let kind = json.pointer("/record/event/did").and_then(Value::as_str);
    let kind = kind.filter(|kind| kind.len() <= MESSAGE_ID && kind.is_ascii());
    format!(
        "<{PRIORITY}>1 {} {} farpane-directory - {} - {json}",
        at.and_then(moment).unwrap_or_else(|| "-".into()),
        if host.is_empty() { "-" } else { host },
        kind.unwrap_or("-"),
    )
}

/// A time in microseconds as RFC 5424 writes it.
fn moment(micros: u64) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).ok()?;
    let form =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
    at.format(&form).ok()
}

#[cfg(test)]
mod tests {
    use farpane_protocol::ids::OrgId;
    use farpane_protocol::time::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::audit::{Actor, ChainId, Entry, Event, Head, Personal};

    #[test]
    fn a_message_is_one_line_whatever_stands_in_it() {
        let org = OrgId(Uuid::from_u128(1));
        let entry = Entry {
            org,
            tenant: None,
            at: Timestamp(1_795_435_200_000_001),
            actor: Actor::Operator,
            event: Event::ConsoleSignedOut,
            personal: Personal::named("a\n<13>1 - - forged \u{7f}"),
        };
        let kept = Kept {
            number: 7,
            org,
            chain: ChainId::Org(org),
            record: entry.seal(Head::default(), [1; 16]),
        };
        let line = syslog(&kept, "rmm.example");
        let head = "<109>1 2026-11-23T12:00:00.000001Z rmm.example farpane-directory - \
                    console_signed_out - {";
        assert!(line.starts_with(head), "{line}");
        assert!(!line.contains('\n'));
        let read: Value = serde_json::from_str(&line[head.len() - 1..]).expect("is JSON");
        assert_eq!(read, json(&kept));
        assert_eq!(read["number"], 7);
    }
}
