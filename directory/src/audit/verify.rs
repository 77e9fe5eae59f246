//! Says whether a chain holds, and if not, at which record it breaks.

use farpane_protocol::ids::{OrgId, TenantId};
use serde::Deserialize;

use super::{ChainId, Head, Record, chain_hash, digest_text};

/// Why a chain does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A record is missing or out of place.
    #[error("record {0} is missing")]
    Missing(u64),
    /// A record does not follow from the one before it, or was changed.
    #[error("record {0} was changed")]
    Changed(u64),
    /// A record of another chain stands here.
    #[error("record {0} belongs to another chain")]
    Foreign(u64),
    /// The names beside a record were changed.
    #[error("the names beside record {0} were changed")]
    PersonalChanged(u64),
    /// The chain ends elsewhere than where it was left.
    #[error("records after {0} were cut off or put in")]
    End(u64),
    /// A signed checkpoint says otherwise.
    #[error("record {0} is not the one that a checkpoint was signed over")]
    Checkpoint(u64),
}

/// Walks a chain and says where it breaks.
#[derive(Clone, Copy, Debug)]
pub struct Verifier {
    chain: ChainId,
    head: Head,
}

/// The only parts of a body that verification needs, so that records of later versions, with
/// events that this one does not know, can be verified too.
#[derive(Deserialize)]
struct Skeleton {
    v: u8,
    org: OrgId,
    #[serde(default)]
    tenant: Option<TenantId>,
    seq: u64,
    personal: Option<String>,
}

impl Skeleton {
    /// In which chain it was written. Before version 2, an organisation had one for everything.
    fn chain(&self) -> ChainId {
        ChainId::of(self.org, self.tenant.filter(|_| self.v > 1))
    }
}

impl Verifier {
    /// From a chain's first record.
    pub fn new(chain: ChainId) -> Self {
        Self::after(chain, Head::default())
    }

    /// From the record that follows this head. What came before is not looked at.
    pub fn after(chain: ChainId, head: Head) -> Self {
        Self { chain, head }
    }

    /// The chain that it walks.
    pub fn chain(&self) -> ChainId {
        self.chain
    }

    /// Where it stands.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Takes the next record.
    pub fn take(&mut self, record: &Record) -> Result<(), Broken> {
        let seq = self.head.seq + 1;
        if record.seq != seq {
            return Err(Broken::Missing(seq));
        }
        let fits =
            record.prev == self.head.hash && record.hash == chain_hash(&record.prev, &record.body);
        let body = serde_json::from_slice::<Skeleton>(&record.body)
            .ok()
            .filter(|body| fits && body.seq == seq)
            .ok_or(Broken::Changed(seq))?;
        if body.chain() != self.chain {
            return Err(Broken::Foreign(seq));
        }
        if let Some(text) = &record.personal
            && body.personal.as_deref() != Some(digest_text(text).as_str())
        {
            return Err(Broken::PersonalChanged(seq));
        }
        self.head = record.head();
        Ok(())
    }

    /// Says how many records hold, if the chain ends where it was left.
    pub fn finish(self, left: Head) -> Result<u64, Broken> {
        if self.head == left {
            Ok(self.head.seq)
        } else {
            Err(Broken::End(self.head.seq))
        }
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::time::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::audit::{Actor, Entry, Event, Personal};

    const ORG: OrgId = OrgId(Uuid::from_u128(1));
    const TENANT: TenantId = TenantId(Uuid::from_u128(2));

    fn chain(tenant: Option<TenantId>) -> Vec<Record> {
        let mut head = Head::default();
        (0..4u8)
            .map(|n| {
                let entry = Entry {
                    org: ORG,
                    tenant,
                    at: Timestamp(u64::from(n)),
                    actor: Actor::Operator,
                    event: Event::ConsoleSignedOut,
                    personal: Personal {
                        account: (n != 2).then(|| "anna@example.org".to_owned()),
                        ..Personal::default()
                    },
                };
                let record = entry.seal(head, [n; 16]);
                head = record.head();
                record
            })
            .collect()
    }

    fn verify(records: &[Record]) -> Result<u64, Broken> {
        let left = chain(None).last().map(Record::head).unwrap_or_default();
        let mut verifier = Verifier::new(ChainId::Org(ORG));
        for record in records {
            verifier.take(record)?;
        }
        verifier.finish(left)
    }

    #[test]
    fn a_whole_chain_holds_and_so_does_one_with_erased_names() {
        let mut records = chain(None);
        assert_eq!(verify(&records), Ok(4));
        records[1].personal = None;
        assert_eq!(verify(&records), Ok(4));
        let empty = Verifier::new(ChainId::Org(ORG));
        assert_eq!(empty.finish(Head::default()), Ok(0));
    }

    #[test]
    fn every_way_of_tampering_is_named() {
        let tampered = |spoil: fn(&mut Vec<Record>)| {
            let mut records = chain(None);
            spoil(&mut records);
            verify(&records)
        };
        assert_eq!(tampered(|r| drop(r.pop())), Err(Broken::End(3)));
        assert_eq!(tampered(|r| drop(r.remove(1))), Err(Broken::Missing(2)));
        assert_eq!(tampered(|r| r.swap(1, 2)), Err(Broken::Missing(2)));
        assert_eq!(tampered(|r| r[2].body[9] ^= 1), Err(Broken::Changed(3)));
        assert_eq!(tampered(|r| r[0].hash[0] ^= 1), Err(Broken::Changed(1)));
        let renamed = tampered(|r| {
            r[0].personal = Some(
                r[0].personal
                    .clone()
                    .unwrap_or_default()
                    .replace("anna", "bo"),
            );
        });
        assert_eq!(renamed, Err(Broken::PersonalChanged(1)));
        let put_beside = tampered(|r| r[2].personal = Some("{}".into()));
        assert_eq!(put_beside, Err(Broken::PersonalChanged(3)));
    }

    #[test]
    fn a_record_counts_only_in_its_own_chain() {
        assert_eq!(verify(&chain(Some(TENANT))), Err(Broken::Foreign(1)));
        let mut tenants = Verifier::new(ChainId::Tenant(TENANT));
        let records = chain(Some(TENANT));
        assert!(records.iter().all(|record| tenants.take(record).is_ok()));
        // Before there were chains of tenants, everything stood in the organisation's.
        let body = String::from_utf8(records[0].body.clone()).expect("text");
        let body = body.replace("\"v\":2", "\"v\":1").into_bytes();
        let old = Record {
            hash: chain_hash(&Head::default().hash, &body),
            body,
            ..records[0].clone()
        };
        assert_eq!(Verifier::new(ChainId::Org(ORG)).take(&old), Ok(()));
        let moved = Verifier::new(ChainId::Tenant(TENANT)).take(&old);
        assert_eq!(moved, Err(Broken::Foreign(1)));
    }
}
