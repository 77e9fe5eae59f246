//! The audit record as people and programs look through it: which chains they may read, what
//! stands in them, newest first, and whether they hold.

use std::collections::HashMap;

use farpane_protocol::ids::{DeviceId, TenantId, UserId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::caller::Caller;
use super::find::Ask;
use super::record::BrokenChain;
use super::{AppError, Denied};
use crate::audit::{Chain, ChainId, Kept, kind};
use crate::model::catalogue::PAGE_MOST;
use crate::model::query::{Is, Part, Query, Term};
use crate::model::said::Said;
use crate::model::text::{Email, fold, name};
use crate::policy::rights::{Action, Visible};
use crate::store::proofs::Signed;
use crate::store::records::Sought;

/// What somebody types to look for records. An empty field asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// A person, by address, name or id: what they did, and what was done to them.
    pub person: String,
    /// A device, by name or id.
    pub device: String,
    /// A kind of event.
    pub kind: String,
    /// A customer's chain, by name or id; the organisation's own by the organisation's.
    pub chain: String,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

impl Looked {
    /// The kind of event that is looked for, if one is.
    pub fn kind_meant(&self) -> Result<Option<&'static str>, Denied> {
        if self.kind.trim().is_empty() {
            return Ok(None);
        }
        let none = |close: Vec<&str>| {
            let why = Said::new(
                "There is no kind of record \u{201c}{kind}\u{201d}; close to it: {close}. All of \
                 them: farpane-directory audit kinds, or the list on the page Audit.",
            );
            let why = why
                .text("kind", name(&self.kind))
                .text("close", close.join(", "));
            Denied::NotUnderstood(why)
        };
        kind::meant(&self.kind).map(Some).map_err(none)
    }
}

/// A chain that the caller may read.
#[derive(Clone, Debug)]
pub struct ChainSeen {
    /// Which, and how far it has come.
    pub chain: Chain,
    /// What the customer or organisation is called; `None` for a customer that was removed.
    pub name: Option<String>,
    /// When it was last signed, and up to where.
    pub signed: Option<Signed>,
}

impl Caller {
    /// Records that fit and that the caller may read, newest first, from below a number.
    pub async fn records(
        &self,
        sought: Sought,
        below: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Kept>, AppError> {
        let sought = self.readable_of(sought)?;
        Ok(self.core.store.find_records(&sought, below, limit).await?)
    }

    /// How many records fit that the caller may read; counting stops at `most`. `None` where too
    /// many would have to be looked at.
    pub async fn count_records(&self, sought: Sought, most: u32) -> Result<Option<u64>, AppError> {
        let sought = self.readable_of(sought)?;
        Ok(self.core.store.count_records(&sought, most).await?)
    }

    /// What is sought, in the chains that the caller may read.
    fn readable_of(&self, mut sought: Sought) -> Result<Sought, AppError> {
        sought.org = Some(self.core.org.id);
        if let Some(mine) = self.readable()? {
            let wanted = sought.chains.take();
            let chains = mine.into_iter().filter(|chain| {
                let wanted = wanted.as_ref();
                wanted.is_none_or(|wanted| wanted.contains(chain))
            });
            sought.chains = Some(chains.collect());
        }
        Ok(sought)
    }

    /// The chains that the caller may read; `None` for all of the organisation's.
    fn readable(&self) -> Result<Option<Vec<ChainId>>, AppError> {
        let Visible::Below { tenants, .. } = self.rights.visible(Action::SeeAudit) else {
            return Ok(None);
        };
        // A chain is a whole customer's; who holds a site of one reads none.
        if tenants.is_empty() {
            return Err(Denied::Forbidden(Action::SeeAudit).into());
        }
        Ok(Some(tenants.into_iter().map(ChainId::Tenant).collect()))
    }

    /// What to look for, from what somebody typed. `None` where it names somebody or something
    /// that is not there: nothing is found then, which is not told apart from no records.
    pub async fn sought(&self, looked: &Looked) -> Result<Option<Sought>, AppError> {
        let mut sought = Sought {
            kind: looked.kind_meant()?.map(Into::into),
            from: looked.from,
            until: looked.until,
            ..Sought::default()
        };
        if !looked.person.is_empty() {
            sought.person = self.person_meant(&looked.person).await?;
            if sought.person.is_none() {
                return Ok(None);
            }
        }
        if !looked.device.is_empty() {
            sought.device = self.device_meant(&looked.device).await?;
            if sought.device.is_none() {
                return Ok(None);
            }
        }
        if !looked.chain.is_empty() {
            let chains = self.chains_seen().await?;
            let Some(meant) = chain_named(&chains, &looked.chain) else {
                return Ok(None);
            };
            sought.chains = Some(vec![meant.chain.id]);
        }
        Ok(Some(sought))
    }

    async fn person_meant(&self, typed: &str) -> Result<Option<UserId>, AppError> {
        // The record outlives people: an id is taken as it is.
        if let Ok(id) = Uuid::parse_str(typed.trim()) {
            return Ok(Some(UserId(id)));
        }
        let email = Email::parse(typed).ok();
        let wanted = fold(&name(typed));
        let people = self.core.store.accounts(self.core.org.id).await?;
        let meant = people
            .iter()
            .find(|person| Some(&person.email) == email.as_ref())
            .or_else(|| people.iter().find(|person| fold(&person.name) == wanted));
        Ok(meant.map(|person| person.id))
    }

    async fn device_meant(&self, typed: &str) -> Result<Option<DeviceId>, AppError> {
        if let Ok(id) = Uuid::parse_str(typed.trim()) {
            return Ok(Some(DeviceId(id)));
        }
        let query = Query {
            terms: vec![Term {
                not: false,
                is: Is::Text(Part::Name, typed.to_owned()),
            }],
        };
        let ask = Ask {
            query: query.to_string(),
            limit: PAGE_MOST,
            ..Ask::default()
        };
        let found = self.find(&ask).await?.devices;
        let wanted = fold(&name(typed));
        let exact = found.iter().find(|device| fold(&device.name) == wanted);
        Ok(exact.or(found.first()).map(|device| device.id))
    }

    /// The chains that the caller may read, the organisation's own first, without when they were
    /// signed.
    pub async fn chains_seen(&self) -> Result<Vec<ChainSeen>, AppError> {
        let (store, org) = (&self.core.store, &self.core.org);
        let readable = self.readable()?;
        let tenants = store.tenants(org.id).await?;
        let names: HashMap<TenantId, String> = tenants
            .into_iter()
            .map(|tenant| (tenant.id, tenant.name))
            .collect();
        let may = |chain: &Chain| {
            readable
                .as_ref()
                .is_none_or(|mine| mine.contains(&chain.id))
        };
        let chains = store.chains(org.id).await?.into_iter().filter(may);
        let seen = chains.map(|chain| ChainSeen {
            name: match chain.id {
                ChainId::Org(_) => Some(org.name.clone()),
                ChainId::Tenant(tenant) => names.get(&tenant).cloned(),
            },
            chain,
            signed: None,
        });
        Ok(seen.collect())
    }

    /// One chain that the caller may read, with when it was signed.
    pub async fn chain_seen(&self, id: Uuid) -> Result<ChainSeen, AppError> {
        let chains = self.chains_seen().await?;
        let found = chains.into_iter().find(|seen| seen.chain.id.uuid() == id);
        let mut found = found.ok_or(Denied::NotFound("customer"))?;
        found.signed = self.checkpoints_seen(&found, None, 1).await?.pop();
        Ok(found)
    }

    /// The chains of these ids, each of which the caller may read.
    pub async fn chains_of(&self, ids: &[Uuid]) -> Result<Vec<ChainId>, AppError> {
        let chains = self.chains_seen().await?;
        let one = |id: &Uuid| {
            let found = chains.iter().find(|seen| seen.chain.id.uuid() == *id);
            found.map(|seen| seen.chain.id)
        };
        let found: Option<Vec<_>> = ids.iter().map(one).collect();
        Ok(found.ok_or(Denied::NotFound("customer"))?)
    }

    /// Checkpoints of a chain, newest first, from below a number.
    pub async fn checkpoints_seen(
        &self,
        chain: &ChainSeen,
        below: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Signed>, AppError> {
        let (id, below) = (chain.chain.id, below.unwrap_or(u64::MAX));
        let store = &self.core.store;
        Ok(store.newest_checkpoints(id, below, limit).await?)
    }

    /// Walks these chains; how many records hold. `None` if they are longer together than `most`:
    /// somebody waits for the answer.
    pub async fn verify_seen(
        &self,
        chains: &[ChainSeen],
        keys: &[PublicKey],
        most: u64,
    ) -> Result<Option<Result<u64, BrokenChain>>, AppError> {
        let records: u64 = chains.iter().map(|seen| seen.chain.head.seq).sum();
        if records > most {
            return Ok(None);
        }
        let mut hold = 0;
        for seen in chains {
            match self.core.verify_chain(seen.chain, keys).await? {
                Ok(records) => hold += records,
                Err(broken) => {
                    let chain = seen.chain.id;
                    return Ok(Some(Err(BrokenChain { chain, broken })));
                }
            }
        }
        Ok(Some(Ok(hold)))
    }
}

/// What the organisation's own chain is called where a customer has the organisation's name.
const ORGANISATION: &str = "organisation";

/// The chain of that name or id.
pub fn chain_named<'a>(chains: &'a [ChainSeen], typed: &str) -> Option<&'a ChainSeen> {
    let id = Uuid::parse_str(typed.trim()).ok();
    let wanted = fold(&name(typed));
    let by_id = |seen: &&ChainSeen| Some(seen.chain.id.uuid()) == id;
    let by_name = |seen: &&ChainSeen| seen.name.as_deref().map(fold).as_ref() == Some(&wanted);
    // A customer may be called like the organisation: what is meant then is the customer.
    let whole = |seen: &&ChainSeen| matches!(seen.chain.id, ChainId::Org(_));
    let found = chains.iter().find(by_id);
    let found = found.or_else(|| chains.iter().rev().find(by_name));
    found.or_else(|| {
        chains
            .iter()
            .find(|seen| wanted == ORGANISATION && whole(seen))
    })
}
