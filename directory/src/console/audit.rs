//! GET: the record, searched and a page at a time, and whether its chains hold.

pub mod export;

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::ids::UserId;
use farpane_protocol::time::Timestamp;
use serde::Deserialize;

use super::devices::percent;
use super::moment::Moment;
use super::page::{Failed, Frame, Person, page};
use super::record;
use super::texts::{Message, Texts};
use crate::app::record_list::{ChainSeen, Looked, chain_named};
use crate::app::{App, AppError, Denied};
use crate::audit::kind::KINDS;
use crate::audit::{ChainId, Kept};
use crate::http::body::Search;
use crate::model::said::Said;
use crate::model::when;
use crate::policy::rights::{Action, Rights};

/// Records on a page.
const SHOWN: u32 = 100;

/// Records that are verified while somebody waits for the page: a fifth of a second's work.
const VERIFIED_ON_PAGE: u64 = 20_000;

/// Records that are verified when somebody asks for it and waits: some seconds' work.
const VERIFIED_ON_WISH: u64 = 500_000;

/// Records that are counted for a search: some hundredths of a second's work.
const COUNTED: u32 = 10_000;

/// Customers that are offered by name; any other can be typed.
const OFFERED: usize = 300;

/// What stands in the address.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    person: String,
    device: String,
    what: String,
    customer: String,
    from: String,
    to: String,
    /// Below which number the page begins.
    page: String,
    /// Verify even if it takes a while.
    verify: String,
}

impl Asked {
    /// What to look for. A last day counts as a whole.
    fn looked(&self, now: Timestamp) -> Result<Looked, Denied> {
        let time = |text: &str| match text.trim() {
            "" => Ok(None),
            text => when::read(text, now).map(Some).ok_or_else(|| {
                let said = "The time {time} was not understood. Write it like 2026-03-01.";
                Denied::NotUnderstood(Said::new(said).text("time", text))
            }),
        };
        let until = time(&self.to)?;
        Ok(Looked {
            person: self.person.trim().to_owned(),
            device: self.device.trim().to_owned(),
            kind: self.what.trim().to_owned(),
            chain: self.customer.trim().to_owned(),
            from: time(&self.from)?,
            until: match until {
                Some(until) if when::is_day(self.to.trim()) => Some(until.after(when::DAY)),
                until => until,
            },
        })
    }

    /// The page's address with these fields and others instead of `page` and `verify`.
    fn address(&self, more: &[(&str, &str)]) -> String {
        let fields = [
            ("person", self.person.as_str()),
            ("device", self.device.as_str()),
            ("what", self.what.as_str()),
            ("customer", self.customer.as_str()),
            ("from", self.from.as_str()),
            ("to", self.to.as_str()),
        ];
        let parts: Vec<_> = fields
            .iter()
            .chain(more)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", percent(value)))
            .collect();
        if parts.is_empty() {
            "/audit".to_owned()
        } else {
            format!("/audit?{}", parts.join("&"))
        }
    }

    fn is_narrowed(&self) -> bool {
        self.address(&[]) != "/audit"
    }
}

/// Whether the chains hold.
enum Verified {
    /// They do, with so many records.
    Whole(u64),
    /// One does not.
    Broken(String),
    /// Nobody looked; at this address somebody does.
    TooLong(Option<String>),
}

/// How far one chain was signed.
struct SignedUpTo {
    name: String,
    seq: u64,
    when: Moment,
    /// Records after it.
    after: u64,
}

/// A record as lists show it.
pub(super) struct Row {
    pub(super) seq: u64,
    /// What the chain is called, where rows of several stand together.
    pub(super) chain: Option<String>,
    pub(super) when: Moment,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) name: Option<String>,
    pub(super) detail: Option<String>,
}

/// A kind of event to choose.
struct Kind {
    value: &'static str,
    words: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    t: Texts,
    frame: Frame,
    sum: Message,
    asked: Asked,
    wrong: Option<String>,
    kinds: Vec<Kind>,
    customers: Vec<String>,
    verified: Verified,
    signed: Option<SignedUpTo>,
    may_export: bool,
    rows: Vec<Row>,
    newest: Option<String>,
    next: Option<String>,
}

/// Names of the organisation's people.
pub(super) async fn people(person: &Person) -> Result<HashMap<UserId, String>, Failed> {
    let core = &person.caller.core;
    let accounts = core.store.accounts(core.org.id).await?.into_iter();
    Ok(accounts.map(|account| (account.id, account.name)).collect())
}

/// A record as a row; `None` for one that this version does not know.
pub(super) fn row(
    kept: &Kept,
    people: &HashMap<UserId, String>,
    now: Timestamp,
    t: Texts,
) -> Option<Row> {
    let body = kept.record.read()?;
    let personal = kept.record.personal();
    Some(Row {
        seq: body.seq,
        chain: None,
        when: Moment::ago(body.at, now),
        who: t.said(&record::who(&body, &personal, people)),
        what: t.said(&record::in_words(&body.event)),
        detail: record::detail(&body.event, &personal, t),
        name: personal.name,
    })
}

fn may_export(rights: &Rights) -> bool {
    !rights.visible(Action::ExportAudit).is_nothing()
}

fn kinds(chosen: &str) -> Vec<Kind> {
    let one = |value: &&'static str| Kind {
        value,
        words: value.replace('_', " "),
        chosen: *value == chosen,
    };
    KINDS.iter().map(one).collect()
}

fn named(seen: &ChainSeen, t: Texts) -> String {
    // A customer may be called like the organisation.
    if matches!(seen.chain.id, ChainId::Org(_)) {
        return t.msg("audit-organisation").to_string();
    }
    let name = seen.name.clone();
    name.unwrap_or_else(|| t.msg("audit-former-customer").to_string())
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Search(asked): Search<Asked>,
) -> Result<Response, Failed> {
    let (caller, t) = (&person.caller, person.t);
    let now = app.now();
    let chains = caller.chains_seen().await?;
    let (looked, wrong) = match asked.looked(now) {
        Ok(looked) => (looked, None),
        Err(denied) => (Looked::default(), Some(t.said(&denied.said()))),
    };
    let (mut records, mut fitting) = (Vec::new(), Some(0));
    if wrong.is_none()
        && let Some(sought) = caller.sought(&looked).await?
    {
        let below = asked.page.parse().ok();
        if !asked.page.is_empty() {
            // Counted on the first page, which is what people read.
            fitting = None;
        } else if asked.is_narrowed() {
            fitting = caller.count_records(sought.clone(), COUNTED + 1).await?;
        }
        records = caller.records(sought, below, SHOWN + 1).await?;
    }
    let more = records.len() > SHOWN as usize;
    records.truncate(SHOWN as usize);
    let oldest = records
        .last()
        .filter(|_| more)
        .map(|kept| kept.number.to_string());

    let chosen = chain_named(&chains, &looked.chain).filter(|_| !looked.chain.is_empty());
    let walked = chosen.map_or(chains.as_slice(), std::slice::from_ref);
    let most = if asked.verify.is_empty() {
        VERIFIED_ON_PAGE
    } else {
        VERIFIED_ON_WISH
    };
    let verified = match caller.verify_seen(walked, &app.audit_keys(), most).await? {
        Some(Ok(records)) => Verified::Whole(records),
        Some(Err(broken)) => Verified::Broken(broken.to_string()),
        None => {
            let short: u64 = walked.iter().map(|seen| seen.chain.head.seq).sum();
            let wish = (short <= VERIFIED_ON_WISH).then(|| asked.address(&[("verify", "yes")]));
            Verified::TooLong(wish)
        }
    };
    let signed = match walked.first() {
        Some(seen) => signed_up_to(&person, seen, now).await?,
        None => None,
    };

    let people = people(&person).await?;
    let several = walked.len() > 1;
    let with_chain = |kept: &Kept| {
        let mut row = row(kept, &people, now, t)?;
        let seen = chains.iter().find(|seen| seen.chain.id == kept.chain);
        row.chain = seen.filter(|_| several).map(|seen| named(seen, t));
        Some(row)
    };
    let rows: Vec<_> = records.iter().filter_map(with_chain).collect();
    let total: u64 = walked.iter().map(|seen| seen.chain.head.seq).sum();
    let customers = chains.iter().filter(|seen| seen.name.is_some());
    let customers = customers.map(|seen| named(seen, t));
    Ok(page(&Page {
        t,
        frame: Frame::of(&app, &person, "/audit").await?,
        sum: match fitting {
            _ if !asked.is_narrowed() => t.msg("audit-sum").num("all", total),
            _ if wrong.is_some() => t.msg("audit-not-searched"),
            Some(fitting) if fitting > u64::from(COUNTED) => {
                t.msg("audit-found-more").num("count", COUNTED)
            }
            Some(fitting) => t.msg("audit-found").num("count", fitting),
            None => t.msg("audit-found-uncounted"),
        },
        kinds: kinds(&looked.kind),
        customers: customers.take(OFFERED).collect(),
        wrong,
        verified,
        signed,
        may_export: may_export(&caller.rights),
        rows,
        newest: (!asked.page.is_empty()).then(|| asked.address(&[])),
        next: oldest.map(|oldest| asked.address(&[("page", &oldest)])),
        asked,
    }))
}

async fn signed_up_to(
    person: &Person,
    seen: &ChainSeen,
    now: Timestamp,
) -> Result<Option<SignedUpTo>, AppError> {
    let newest = person.caller.checkpoints_seen(seen, None, 1).await?.pop();
    Ok(newest.map(|signed| SignedUpTo {
        name: named(seen, person.t),
        seq: signed.seq,
        when: Moment::ago(signed.at, now),
        after: seen.chain.head.seq.saturating_sub(signed.seq),
    }))
}
