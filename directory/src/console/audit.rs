//! GET: the newest records, and whether the chain holds.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::ids::UserId;
use farpane_protocol::time::Timestamp;

use super::moment::Moment;
use super::page::{Failed, Frame, Person, page};
use super::record;
use super::texts::{Message, Texts};
use crate::app::App;
use crate::audit::{Actor, Body, Kept, Personal};
use crate::model::said::Said;
use crate::policy::rights::{Action, Path};
use crate::store::records::Sought;

/// Records that the page shows.
const SHOWN: u32 = 200;

/// Longest chain that is verified while somebody waits for the page: a fifth of a second's work.
const VERIFIED_ON_PAGE: u64 = 20_000;

/// Whether the chain holds.
enum Verified {
    /// It does, with so many records.
    Whole(u64),
    /// It does not.
    Broken(String),
    /// Nobody looked.
    TooLong,
}

/// A record as lists show it.
pub(super) struct Row {
    pub(super) seq: u64,
    pub(super) when: Moment,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) name: Option<String>,
    pub(super) detail: Option<String>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    t: Texts,
    frame: Frame,
    sum: Message,
    verified: Verified,
    rows: Vec<Row>,
}

fn who(body: &Body, personal: &Personal, people: &HashMap<UserId, String>) -> Said {
    let by = |account: &UserId, way| {
        let said = Said::new(way);
        match people.get(account).or(personal.person.as_ref()) {
            Some(name) => said.text("person", name),
            None => said.said("person", "a former account"),
        }
    };
    match &body.actor {
        Actor::Account { account } => by(account, "{person} (console)"),
        Actor::Viewer { account, .. } => by(account, "{person} (viewer)"),
        Actor::Device { .. } => "the device".into(),
        Actor::Relay { .. } => "the relay".into(),
        Actor::Operator => "the command line".into(),
        Actor::Directory => "the directory".into(),
        Actor::Stranger => "somebody".into(),
    }
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
        when: Moment::ago(body.at, now),
        who: t.said(&who(&body, &personal, people)),
        what: t.said(&record::in_words(&body.event)),
        detail: record::detail(&body.event, &personal, t),
        name: personal.name,
    })
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    let org = person.account.org;
    let check = person.caller.check(Action::SeeAudit, &Path::ORG, "page");
    check.map_err(|denied| Failed(denied.into()))?;
    let now = app.now();
    let total = app.core.store.counts(org).await?.records;
    let verified = if total > VERIFIED_ON_PAGE || !person.caller.reads_every_chain() {
        Verified::TooLong
    } else {
        match person.caller.core.verify_audit(&app.audit_keys()).await? {
            Ok(records) => Verified::Whole(records),
            Err(broken) => Verified::Broken(broken.to_string()),
        }
    };
    let people = people(&person).await?;
    let sought = Sought::default();
    let records = person.caller.records(sought, None, SHOWN).await?;
    let rows = records
        .iter()
        .filter_map(|kept| row(kept, &people, now, person.t));
    let rows: Vec<_> = rows.collect();
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(&app, &person, "/audit").await?,
        sum: person
            .t
            .msg("audit-sum")
            .num("shown", rows.len())
            .num("all", total),
        verified,
        rows,
    }))
}
