//! From rows to the directory's types and back: each stored value is checked as it is read.

use farpane_protocol::api::Approval;
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::{
    ChannelId, DeviceId, EpochNonce, GrantId, OrgId, PlaceId, RelayId, SessionId, TenantId, UserId,
    ViewerId,
};
use farpane_protocol::key::PublicKey;
use farpane_protocol::latency::SessionLatency;
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::model::catalogue::Listed;
use crate::model::place::{PlaceKind, PlaceRecord, Spot};
use crate::model::proof::{Passkey, Proved, WebSession};
use crate::model::query::Standing;
use crate::model::session::{Running, Session, SessionState, end_reason};
use crate::model::text::Email;
use crate::model::ticket::TicketTerms;
use crate::model::{Account, Device, Relay, TicketRecord, Viewer};
use crate::secret::SecretDigest;

type Read<T> = Result<T, sqlx::Error>;

pub(super) fn wrong(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("the stored {what} is not one").into())
}

pub(super) fn micros(time: Timestamp) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

pub(super) fn timestamp(micros: i64) -> Timestamp {
    Timestamp(u64::try_from(micros).unwrap_or(0))
}

pub(super) fn number(row: &SqliteRow, column: &str) -> Read<u64> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| wrong("number"))
}

fn small(row: &SqliteRow, column: &str) -> Read<u32> {
    u32::try_from(row.try_get::<i64, _>(column)?).map_err(|_| wrong("number"))
}

pub(super) fn time(row: &SqliteRow, column: &str) -> Read<Timestamp> {
    Ok(timestamp(row.try_get(column)?))
}

pub(super) fn maybe_time(row: &SqliteRow, column: &str) -> Read<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(timestamp))
}

pub(super) fn uuid(row: &SqliteRow, column: &str) -> Read<Uuid> {
    row.try_get(column)
}

pub(super) fn array<const N: usize>(bytes: &[u8]) -> Read<[u8; N]> {
    bytes.try_into().map_err(|_| wrong("digest or id"))
}

fn bytes<const N: usize>(row: &SqliteRow, column: &str) -> Read<[u8; N]> {
    array(row.try_get::<&[u8], _>(column)?)
}

pub(super) fn key(row: &SqliteRow, column: &str) -> Read<PublicKey> {
    PublicKey::from_bytes(bytes(row, column)?).map_err(|_| wrong("key"))
}

pub(super) const fn approval_word(approval: Approval) -> &'static str {
    match approval {
        Approval::Approved => "approved",
        Approval::Pending => "pending",
    }
}

fn approval(row: &SqliteRow) -> Read<Approval> {
    match row.try_get::<&str, _>("approval")? {
        "approved" => Ok(Approval::Approved),
        "pending" => Ok(Approval::Pending),
        _ => Err(wrong("approval")),
    }
}

pub(super) const fn kind_word(kind: TicketKind) -> &'static str {
    match kind {
        TicketKind::Device => "device",
        TicketKind::Relay => "relay",
    }
}

fn scopes(text: &str) -> Read<ScopeSet> {
    text.split(", ")
        .filter(|word| !word.is_empty())
        .try_fold(ScopeSet::EMPTY, |set, word| {
            let named = ScopeSet::named(word);
            named
                .map(|named| set.union(named))
                .ok_or_else(|| wrong("right"))
        })
}

pub(super) fn account(row: &SqliteRow) -> Read<Account> {
    Ok(Account {
        id: UserId(uuid(row, "id")?),
        org: OrgId(uuid(row, "org")?),
        email: Email::parse(row.try_get("email")?).map_err(|_| wrong("address"))?,
        name: row.try_get("name")?,
        disabled: maybe_time(row, "disabled")?,
    })
}

pub(super) fn viewer(row: &SqliteRow) -> Read<Viewer> {
    Ok(Viewer {
        id: ViewerId(uuid(row, "id")?),
        org: OrgId(uuid(row, "org")?),
        account: UserId(uuid(row, "account")?),
        key: key(row, "key")?,
        name: row.try_get("name")?,
        version: row.try_get("version")?,
        strong: row.try_get("strong")?,
    })
}

pub(super) fn web_session(row: &SqliteRow) -> Read<WebSession> {
    let word: &str = row.try_get("proved")?;
    let proved = Proved::ALL.into_iter().find(|proved| proved.word() == word);
    Ok(WebSession {
        id: uuid(row, "id")?,
        org: OrgId(uuid(row, "org")?),
        account: UserId(uuid(row, "account")?),
        created: time(row, "created")?,
        last_used: time(row, "last_used")?,
        expires: time(row, "expires")?,
        address: row.try_get("address")?,
        browser: row.try_get("browser")?,
        proved: proved.ok_or_else(|| wrong("proof"))?,
        proved_at: time(row, "proved_at")?,
    })
}

pub(super) fn passkey(row: &SqliteRow) -> Read<Passkey> {
    Ok(Passkey {
        id: uuid(row, "id")?,
        org: OrgId(uuid(row, "org")?),
        account: UserId(uuid(row, "account")?),
        name: row.try_get("name")?,
        credential_id: row.try_get("credential_id")?,
        credential: row.try_get("credential")?,
        created: time(row, "created")?,
        last_used: maybe_time(row, "last_used")?,
    })
}

/// Needs the columns of `device` and its tenant's name as `tenant_name`.
pub(super) fn device(row: &SqliteRow) -> Read<Device> {
    Ok(Device {
        id: DeviceId(uuid(row, "id")?),
        org: OrgId(uuid(row, "org")?),
        tenant: TenantId(uuid(row, "tenant")?),
        tenant_name: row.try_get("tenant_name")?,
        key: key(row, "key")?,
        name: row.try_get("name")?,
        os: row.try_get("os")?,
        version: row.try_get("version")?,
        unattended: row.try_get("unattended")?,
        approval: approval(row)?,
        created: time(row, "created")?,
        last_heard: maybe_time(row, "last_heard")?,
    })
}

/// The test, on a device `d`, of whether it may be used.
pub(super) const fn standing_test(standing: Standing) -> &'static str {
    match standing {
        Standing::Expected => "d.key IS NULL",
        Standing::Pending => "(d.key IS NOT NULL AND d.approval = 'pending')",
        Standing::Approved => "(d.key IS NOT NULL AND d.approval = 'approved')",
    }
}

/// A device as the catalogue lists it, without its tags.
pub(super) fn listed(row: &SqliteRow) -> Read<Listed> {
    let key = match row.try_get::<Option<&[u8]>, _>("key")? {
        Some(_) => Some(key(row, "key")?),
        None => None,
    };
    let standing = match (key, approval(row)?) {
        (None, _) => Standing::Expected,
        (Some(_), Approval::Pending) => Standing::Pending,
        (Some(_), Approval::Approved) => Standing::Approved,
    };
    Ok(Listed {
        num: row.try_get("num")?,
        id: DeviceId(uuid(row, "id")?),
        spot: Spot {
            tenant: TenantId(uuid(row, "tenant")?),
            place: row.try_get::<Option<Uuid>, _>("place")?.map(PlaceId),
        },
        key,
        name: row.try_get("name")?,
        os: row.try_get("os")?,
        version: row.try_get("version")?,
        serial: row.try_get("serial")?,
        person: row.try_get("person")?,
        address: row.try_get("address")?,
        standing,
        unattended: row.try_get("unattended")?,
        created: time(row, "created")?,
        present: row.try_get("present")?,
        last_heard: maybe_time(row, "last_heard")?,
        tags: Vec::new(),
    })
}

pub(super) fn place(row: &SqliteRow) -> Read<PlaceRecord> {
    Ok(PlaceRecord {
        id: PlaceId(uuid(row, "id")?),
        tenant: TenantId(uuid(row, "tenant")?),
        parent: row.try_get::<Option<Uuid>, _>("parent")?.map(PlaceId),
        kind: match row.try_get::<&str, _>("kind")? {
            "site" => PlaceKind::Site,
            "group" => PlaceKind::Group,
            _ => return Err(wrong("kind of place")),
        },
        name: row.try_get("name")?,
    })
}

pub(super) fn relay(row: &SqliteRow) -> Read<Relay> {
    Ok(Relay {
        id: RelayId(uuid(row, "id")?),
        org: OrgId(uuid(row, "org")?),
        name: row.try_get("name")?,
        key: key(row, "key")?,
        version: row.try_get("version")?,
        last_heard: maybe_time(row, "last_heard")?,
    })
}

pub(super) fn ticket(row: &SqliteRow) -> Read<TicketRecord> {
    Ok(TicketRecord {
        id: uuid(row, "id")?,
        org: OrgId(uuid(row, "org")?),
        tenant: row.try_get::<Option<Uuid>, _>("tenant")?.map(TenantId),
        kind: match row.try_get::<&str, _>("kind")? {
            "device" => TicketKind::Device,
            "relay" => TicketKind::Relay,
            _ => return Err(wrong("kind of ticket")),
        },
        secret: SecretDigest(bytes(row, "secret")?),
        name: row.try_get("name")?,
        allowed: small(row, "allowed")?,
        used: small(row, "used")?,
        approval: approval(row)?,
        created: time(row, "created")?,
        expires: time(row, "expires")?,
        terms: TicketTerms {
            place: row.try_get::<Option<Uuid>, _>("place")?.map(PlaceId),
            unattended: row.try_get("unattended")?,
            tags: split(row.try_get("tags")?, |tag| Ok(tag.to_owned()))?,
            networks: split(row.try_get("networks")?, |net| {
                net.parse().map_err(|_| wrong("network"))
            })?,
            replaces: row.try_get::<Option<Uuid>, _>("replaces")?.map(DeviceId),
            note: row.try_get("note")?,
        },
        revoked: maybe_time(row, "revoked")?,
        made_by: row.try_get::<Option<Uuid>, _>("made_by")?.map(UserId),
        orphaned: row.try_get("orphaned")?,
    })
}

/// Things as text, one a line.
pub(super) fn lines(things: &[impl ToString]) -> String {
    let texts: Vec<_> = things.iter().map(ToString::to_string).collect();
    texts.join("\n")
}

fn split<T>(text: &str, read: impl Fn(&str) -> Read<T>) -> Read<Vec<T>> {
    text.lines().map(read).collect()
}

fn session_state(row: &SqliteRow) -> Read<SessionState> {
    let running = match maybe_time(row, "started")? {
        Some(started) => Some(Running {
            started,
            scopes: scopes(row.try_get("scopes")?)?,
            by_person: row
                .try_get::<Option<bool>, _>("by_person")?
                .unwrap_or_default(),
            leased: maybe_time(row, "leased")?,
        }),
        None => None,
    };
    match row.try_get::<&str, _>("state")? {
        "granted" => Ok(SessionState::Granted),
        "asked" => Ok(SessionState::Asked),
        "live" => running
            .map(SessionState::Live)
            .ok_or_else(|| wrong("state")),
        "over" => Ok(SessionState::Over {
            at: time(row, "ended")?,
            reason: end_reason(row.try_get("end_reason")?),
            ran: running,
            host_closed: row.try_get("host_closed")?,
        }),
        _ => Err(wrong("state")),
    }
}

pub(super) fn session(row: &SqliteRow) -> Read<Session> {
    Ok(Session {
        id: SessionId(uuid(row, "id")?),
        org: OrgId(uuid(row, "org")?),
        tenant: TenantId(uuid(row, "tenant")?),
        device: DeviceId(uuid(row, "device")?),
        device_name: row.try_get("device_name")?,
        account: UserId(uuid(row, "account")?),
        person: row.try_get("person")?,
        viewer: ViewerId(uuid(row, "viewer")?),
        grant: GrantId(bytes(row, "grant_id")?),
        epoch: EpochNonce(bytes(row, "epoch")?),
        channel: channel(row)?,
        relay: key(row, "relay_key")?,
        relay_name: row.try_get("relay_name")?,
        asked_for: scopes(row.try_get("asked_for")?)?,
        reason: row.try_get("reason")?,
        issued: time(row, "issued")?,
        state: session_state(row)?,
        latency: latency(row)?,
    })
}

/// What cannot be read, because another version counted otherwise, is none: the session itself is
/// worth more than its figures.
pub(super) fn latency(row: &SqliteRow) -> Read<Option<Box<SessionLatency>>> {
    let counts: Option<&str> = row.try_get("latency")?;
    Ok(counts.and_then(|counts| serde_json::from_str(counts).ok()))
}

pub(super) fn channel(row: &SqliteRow) -> Read<ChannelId> {
    ChannelId::new(number(row, "channel")?).ok_or_else(|| wrong("channel"))
}

#[cfg(test)]
mod tests {
    use farpane_protocol::scope::Scope;

    use super::*;

    #[test]
    fn rights_read_back_as_written_and_unknown_ones_are_refused() {
        let set = ScopeSet::of(&[Scope::View, Scope::ClipboardIn, Scope::Record]);
        assert_eq!(scopes(&set.to_string()).expect("reads"), set);
        assert_eq!(scopes("").expect("reads"), ScopeSet::EMPTY);
        assert!(scopes("view, root").is_err());
    }

    #[test]
    fn the_end_of_time_survives() {
        assert_eq!(timestamp(micros(Timestamp(u64::MAX))).0, i64::MAX as u64);
        assert_eq!(timestamp(-1), Timestamp(0));
    }
}
