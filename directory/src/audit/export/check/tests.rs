//! Every way of tampering with an export, and what is said about it.

use farpane_protocol::ids::{OrgId, TenantId};
use farpane_protocol::key::SecretKey;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::super::{RecordLine, line};
use super::*;
use crate::audit::{Actor, Chain, Entry, Event, Personal, Record};

const ORG: OrgId = OrgId(Uuid::from_u128(1));
const TENANT: TenantId = TenantId(Uuid::from_u128(2));

fn key() -> SecretKey {
    SecretKey::from_seed([3; 32])
}

fn chain(tenant: Option<TenantId>, records: u8) -> Vec<Record> {
    let mut head = Head::default();
    (0..records)
        .map(|n| {
            let entry = Entry {
                org: ORG,
                tenant,
                at: Timestamp(u64::from(n)),
                actor: Actor::Operator,
                event: Event::ConsoleSignedOut,
                personal: Personal::named("till-1"),
            };
            let record = entry.seal(head, [n; 16]);
            head = record.head();
            record
        })
        .collect()
}

/// Lines of an export: header, records 3 and 4 of the organisation with a checkpoint, records
/// 1 to 3 of a tenant, manifest.
fn lines() -> Vec<String> {
    let mut parts = Vec::new();
    let mut body = Vec::new();
    for (tenant, all, after) in [(None, 4, 2usize), (Some(TENANT), 3, 0)] {
        let records = chain(tenant, all);
        let before = after.checked_sub(1).map(|at| records[at].head());
        let before = before.unwrap_or_default();
        let last = records.last().map(Record::head).unwrap_or_default();
        let id = ChainId::of(ORG, tenant);
        parts.push(Part {
            chain: id,
            name: "Acme".into(),
            after: before.seq,
            after_hash: Hash(before.hash),
            last: last.seq,
            last_hash: Hash(last.hash),
        });
        for record in &records[after..] {
            body.push(line(&Line::Record(RecordLine::of(record))));
        }
        if tenant.is_none() {
            let chain = Chain {
                id,
                org: ORG,
                head: last,
            };
            let sealed = Checkpoint::of(&chain, Timestamp(9)).seal(&key());
            body.push(line(&Line::Checkpoint(sealed)));
        }
    }
    let header = line(&Header {
        farpane_audit: VERSION,
        org: ORG,
        org_name: "Acme".into(),
        made: Timestamp(10),
        from: None,
        until: None,
        keys: vec![key().public()],
        chains: parts,
    });
    let manifest = Manifest {
        header: Hash::of(header.as_bytes()),
        records: 5,
    };
    let end = line(&Line::Manifest(manifest.seal(&key())));
    [vec![header], body, vec![end]].concat()
}

fn verdict(lines: &[String]) -> String {
    match check(lines.concat().as_bytes(), None) {
        Ok(checked) => format!("{} records", checked.records),
        Err(bad) => bad.to_string(),
    }
}

#[test]
fn a_whole_export_holds_also_where_names_were_erased() {
    let mut lines = lines();
    assert_eq!(verdict(&lines), "5 records");
    let mut erased: Line = serde_json::from_str(&lines[1]).expect("a record");
    if let Line::Record(record) = &mut erased {
        record.personal = None;
    }
    lines[1] = line(&erased);
    assert_eq!(verdict(&lines), "5 records");
}

#[test]
fn the_record_that_was_tampered_with_is_named() {
    let org = ChainId::Org(ORG);
    let tenant = ChainId::Tenant(TENANT);
    type Spoil = fn(&mut Vec<String>);
    let cases: [(Spoil, String); 9] = [
        (
            |l| l[2] = l[2].replace("console_signed_out", "console_signed_in_"),
            format!("line 3: {org}: record 4 was changed"),
        ),
        (
            |l| l[2] = l[2].replace("till-1", "till-2"),
            format!("line 3: {org}: the names beside record 4 were changed"),
        ),
        (
            |l| drop(l.remove(1)),
            format!("line 2: {org}: record 3 is missing"),
        ),
        (
            |l| l.swap(4, 5),
            format!("line 5: {tenant}: record 1 is missing"),
        ),
        (
            |l| drop(l.remove(6)),
            format!("line 7: {tenant}: record 3 is missing"),
        ),
        (
            |l| l[3] = l[3].replace("checkpoint\":\"v4.public.e", "checkpoint\":\"v4.public.f"),
            format!("line 4: {org}: record 4 is not the one that a checkpoint was signed over"),
        ),
        (
            |l| l[5] = l[5].replacen('{', "[", 1),
            format!("line 6: {tenant}, where record 2 should stand, is damaged"),
        ),
        (
            |l| drop(l.pop()),
            "the file is cut off after line 7: its signed end is missing".into(),
        ),
        (
            |l| l.push(l[2].clone()),
            "line 9: something was put in after the end".into(),
        ),
    ];
    for (spoil, said) in cases {
        let mut lines = lines();
        spoil(&mut lines);
        assert_eq!(verdict(&lines), said);
    }
}

#[test]
fn a_shorter_file_with_a_fitting_header_is_not_signed() {
    let mut lines = lines();
    // The last chain is left out, in the header as in the body.
    let mut header: Header = serde_json::from_str(&lines[0]).expect("a header");
    header.chains.pop();
    lines[0] = line(&header);
    lines.drain(4..7);
    let said = verdict(&lines);
    assert_eq!(said, "line 5: the signature over the file does not hold");
}

#[test]
fn another_key_than_the_expected_one_is_noticed() {
    let text = lines().concat();
    let mine = key().public().fingerprint();
    assert!(check(text.as_bytes(), Some(mine)).is_ok());
    let other = SecretKey::from_seed([4; 32]).public().fingerprint();
    let refused = check(text.as_bytes(), Some(other));
    assert!(matches!(refused, Err(BadExport::OtherKey(key)) if key == mine));
}

#[test]
fn every_single_flipped_byte_is_noticed() {
    let text = lines().concat().into_bytes();
    for at in 0..text.len() {
        let mut changed = text.clone();
        changed[at] ^= 1;
        assert!(check(changed.as_slice(), None).is_err(), "byte {at}");
    }
}
