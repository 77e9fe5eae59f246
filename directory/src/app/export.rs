//! Writes part of the record into a file that can be checked without this directory.

use std::collections::HashMap;

use farpane_protocol::key::SecretKey;
use farpane_protocol::time::Timestamp;

use super::caller::Caller;
use super::record::AT_ONCE;
use super::{AppError, Core, Denied};
use crate::audit::export::{Header, Line, Manifest, Part, RecordLine, VERSION, line};
use crate::audit::{Actor, Chain, ChainId, Event, Hash, Head};
use crate::model::request::Act;
use crate::policy::rights::{Action, Path, Place, Visible};

/// Which part of the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// These chains; `None` for all of the organisation.
    pub chains: Option<Vec<ChainId>>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// An export that is being written, a piece at a time.
pub struct Export {
    core: Core,
    key: SecretKey,
    header: Header,
    header_line: Option<String>,
    digest: Hash,
    parts: std::vec::IntoIter<Part>,
    part: Option<Writing>,
    records: u64,
    ended: bool,
}

struct Writing {
    chain: ChainId,
    after: u64,
    last: u64,
    checkpoints: HashMap<u64, String>,
}

impl Caller {
    /// Begins an export of what the caller may take out, and records it. `None` for the chains
    /// means all of those.
    pub async fn export_audit(&self, key: &SecretKey, wanted: Wanted) -> Result<Export, AppError> {
        let wanted = Wanted {
            chains: self.chains_to_take(wanted.chains).await?,
            ..wanted
        };
        let rules = self.core.store.second_person(self.core.org.id).await?;
        if rules.export_audit {
            self.second_said_yes(Act::ExportAudit).await?;
        }
        self.core.export(key, &wanted, self.actor()).await
    }

    /// Which chains the caller may take out of those wanted; `None` for all of the organisation.
    async fn chains_to_take(
        &self,
        wanted: Option<Vec<ChainId>>,
    ) -> Result<Option<Vec<ChainId>>, AppError> {
        let org = self.core.org.id;
        if let Some(wanted) = wanted {
            for chain in &wanted {
                let path = match chain {
                    ChainId::Org(id) if *id == org => Path::ORG,
                    ChainId::Org(_) => return Err(Denied::NotFound("customer").into()),
                    ChainId::Tenant(tenant) => self.core.path_of(Place::Tenant(*tenant)).await?,
                };
                self.check(Action::ExportAudit, &path, "customer")?;
            }
            return Ok(Some(wanted));
        }
        match self.rights.visible(Action::ExportAudit) {
            Visible::All => {
                self.check_org(Action::ExportAudit)?;
                Ok(None)
            }
            Visible::Below { tenants, .. } if !tenants.is_empty() => {
                self.confirmed()?;
                Ok(Some(tenants.into_iter().map(ChainId::Tenant).collect()))
            }
            Visible::Below { .. } => Err(Denied::Forbidden(Action::ExportAudit).into()),
        }
    }
}

impl Core {
    /// Begins an export, and records that it is made.
    async fn export(
        &self,
        key: &SecretKey,
        wanted: &Wanted,
        actor: Actor,
    ) -> Result<Export, AppError> {
        let event = Event::AuditExported {
            from: wanted.from,
            until: wanted.until,
            chains: wanted
                .chains
                .as_ref()
                .map(|chains| chains.iter().map(|chain| chain.uuid()).collect()),
        };
        self.store.record(&self.entry(actor, event)).await?;
        let mut parts = Vec::new();
        for chain in self.store.chains(self.org.id).await? {
            let is_wanted = wanted
                .chains
                .as_ref()
                .is_none_or(|chains| chains.contains(&chain.id));
            if is_wanted && let Some(part) = self.part(&chain, wanted).await? {
                // So that the file shows where the chain's end was when it was made.
                if part.last == chain.head.seq {
                    self.sign_chain(key, &chain).await?;
                }
                parts.push(part);
            }
        }
        let header = Header {
            farpane_audit: VERSION,
            org: self.org.id,
            org_name: self.org.name.clone(),
            made: self.clock.now(),
            from: wanted.from,
            until: wanted.until,
            keys: vec![key.public()],
            chains: parts.clone(),
        };
        let text = line(&header);
        Ok(Export {
            core: self.clone(),
            key: key.clone(),
            header,
            digest: Hash::of(text.as_bytes()),
            header_line: Some(text),
            parts: parts.into_iter(),
            part: None,
            records: 0,
            ended: false,
        })
    }

    /// What is wanted of one chain; `None` for nothing.
    async fn part(&self, chain: &Chain, wanted: &Wanted) -> Result<Option<Part>, AppError> {
        let span = self.store.span_of(chain.id, wanted.from, wanted.until);
        let Some((first, last)) = span.await? else {
            return Ok(None);
        };
        // What was recorded after the chain was looked up is not part of it.
        let last = last.min(chain.head.seq);
        if first > last {
            return Ok(None);
        }
        let before = self.head_at(chain, first - 1).await?;
        let end = self.head_at(chain, last).await?;
        let name = match chain.id {
            ChainId::Org(_) => Some(self.org.name.clone()),
            ChainId::Tenant(tenant) => self.store.tenant_name(tenant).await?,
        };
        Ok(Some(Part {
            chain: chain.id,
            name: name.unwrap_or_default(),
            after: before.seq,
            after_hash: Hash(before.hash),
            last: end.seq,
            last_hash: Hash(end.hash),
        }))
    }

    /// Where the chain stood after the record at this place.
    async fn head_at(&self, chain: &Chain, seq: u64) -> Result<Head, AppError> {
        if seq == 0 {
            return Ok(Head::default());
        }
        if seq == chain.head.seq {
            return Ok(chain.head);
        }
        let found = self.store.records_after(chain.id, seq - 1, 1).await?;
        let found = found.first().map(crate::audit::Record::head);
        // A record that is gone cannot be led to: the file will say that it is missing.
        Ok(found.unwrap_or(Head {
            seq,
            ..Head::default()
        }))
    }
}

impl Export {
    /// What the file's first line says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many records were written so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The next lines of the file; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<String>, AppError> {
        if let Some(line) = self.header_line.take() {
            return Ok(Some(line));
        }
        loop {
            if let Some(part) = &mut self.part {
                let chain = part.chain;
                let left = u32::try_from(part.last - part.after).unwrap_or(AT_ONCE);
                let records = self
                    .core
                    .store
                    .records_after(chain, part.after, left.min(AT_ONCE))
                    .await?;
                let mut text = String::new();
                for record in &records {
                    part.after = record.seq;
                    text.push_str(&line(&Line::Record(RecordLine::of(record))));
                    if let Some(sealed) = part.checkpoints.remove(&record.seq) {
                        text.push_str(&line(&Line::Checkpoint(sealed)));
                    }
                }
                self.records += records.len() as u64;
                if records.is_empty() || part.after >= part.last {
                    self.part = None;
                }
                return Ok(Some(text));
            }
            let Some(next) = self.parts.next() else {
                break;
            };
            let kept = self
                .core
                .store
                .checkpoints(next.chain, next.after, next.last)
                .await?;
            self.part = Some(Writing {
                chain: next.chain,
                after: next.after,
                last: next.last,
                checkpoints: kept.into_iter().collect(),
            });
        }
        if std::mem::replace(&mut self.ended, true) {
            return Ok(None);
        }
        let manifest = Manifest {
            header: self.digest,
            records: self.records,
        };
        Ok(Some(line(&Line::Manifest(manifest.seal(&self.key)))))
    }
}
