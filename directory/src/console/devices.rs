//! GET: the devices that a person may see, searched, sorted and a page at a time, with who is
//! there now.

pub mod bulk;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::time::Timestamp;
use serde::Deserialize;

use super::moment::Moment;
use super::page::{Failed, Frame, Person, page};
use super::texts::{Message, Texts};
use crate::app::find::{Ask, Found};
use crate::app::{App, AppError, Denied};
use crate::http::body::Search;
use crate::model::Tenant;
use crate::model::bulk::Act;
use crate::model::catalogue::{By, Count, Listed, Sort};
use crate::model::place::{Spot, Tree};
use crate::model::query::{Query, Standing};
use crate::policy::rights::{Action, Visible};

/// How long after it went away a device is shown as one that may be back soon, in seconds.
const RECENT: u64 = 3600;

/// What stands in the address.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    page: String,
}

/// A device as lists show it.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) name: String,
    pub(super) tenant: String,
    pub(super) place: String,
    pub(super) os: String,
    pub(super) person: String,
    pub(super) tags: Vec<String>,
    pub(super) look: &'static str,
    pub(super) word: Message,
    pub(super) heard: Moment,
    pub(super) pending: bool,
    pub(super) enrolled: bool,
    pub(super) unattended: bool,
}

/// A column's heading that sorts.
pub(super) struct SortLink {
    pub(super) name: Message,
    pub(super) path: String,
    pub(super) order: Option<&'static str>,
}

/// A part of the search with the address of the list without it.
struct Filter {
    text: String,
    without: String,
}

/// Something that was done to many devices and can be undone still.
struct Done {
    id: String,
    what: Message,
    when: Moment,
}

/// Acts that can be undone which the page offers: more would be a list of its own.
const DONE: u32 = 3;

/// Places that are offered by name where something is moved; any other can be typed.
const PLACES: usize = 300;

#[derive(Template)]
#[template(path = "devices.html")]
struct Page {
    t: Texts,
    frame: Frame,
    search: String,
    wrong: Option<String>,
    filters: Vec<Filter>,
    quick: Vec<(Message, String)>,
    columns: [SortLink; 4],
    rows: Vec<Row>,
    sum: Message,
    done: Vec<Done>,
    may_act: bool,
    places: Vec<String>,
    first: bool,
    previous: Option<String>,
    next: Option<String>,
}

/// A device, how it is and how it is called.
pub(super) fn row(app: &App, device: Listed, tree: &Tree, now: Timestamp, t: Texts) -> Row {
    let here = app.board.find(device.id).is_some();
    let last = if here { Some(now) } else { device.last_heard };
    let heard = Moment::maybe(last, now);
    let recent = last.is_some_and(|at| now.since(at).as_secs() < RECENT);
    let (look, word) = match (device.standing, last) {
        (Standing::Expected, _) => ("never", t.msg("state-expected")),
        (Standing::Pending, _) => ("waits", t.msg("state-waits")),
        (Standing::Approved, Some(_)) if here => ("reachable", t.msg("state-reachable")),
        (Standing::Approved, Some(_)) if recent => {
            let when = heard.relative(&t);
            ("recent", t.msg("state-recent").word("when", when))
        }
        (Standing::Approved, Some(_)) => ("away", t.msg("state-away")),
        (Standing::Approved, None) => ("never", t.msg("state-never")),
    };
    let key = device.key.map(|key| key.fingerprint().to_string());
    let tenant = tree.tenant(device.spot.tenant);
    Row {
        id: device.id.to_string(),
        key: key.unwrap_or_default(),
        name: device.name,
        tenant: tenant.map(|one| one.name.clone()).unwrap_or_default(),
        place: tree.names(device.spot).join(" / "),
        os: device.os,
        person: device.person,
        tags: device.tags,
        look,
        word,
        heard,
        pending: device.standing == Standing::Pending,
        enrolled: device.standing == Standing::Approved,
        unattended: device.unattended,
    }
}

/// An address of the list.
fn address(search: &str, sort: Sort, page: &str) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, value: &str| {
        if !value.is_empty() {
            parts.push(format!("{name}={}", percent(value)));
        }
    };
    part("q", search);
    if sort != Sort::default() {
        part("sort", &sort.to_string());
    }
    part("page", page);
    if parts.is_empty() {
        "/devices".to_owned()
    } else {
        format!("/devices?{}", parts.join("&"))
    }
}

/// Everything but letters and digits by its bytes (RFC 3986, section 2.1).
pub(super) fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn filters(search: &str, sort: Sort) -> Vec<Filter> {
    let Ok(query) = Query::parse(search) else {
        return Vec::new();
    };
    let without = |left: usize| Query {
        terms: query
            .terms
            .iter()
            .enumerate()
            .filter(|(n, _)| *n != left)
            .map(|(_, term)| term.clone())
            .collect(),
    };
    let one = |(n, term): (usize, &crate::model::query::Term)| Filter {
        text: Query {
            terms: vec![term.clone()],
        }
        .to_string(),
        without: address(&without(n).to_string(), sort, ""),
    };
    query.terms.iter().enumerate().map(one).collect()
}

fn columns(search: &str, sort: Sort, t: Texts) -> [SortLink; 4] {
    let names = [
        (By::Name, "column-name"),
        (By::Customer, "column-customer"),
        (By::Os, "column-system"),
        (By::Heard, "column-heard"),
    ];
    names.map(|(by, name)| {
        let here = sort.by == by;
        let down = here && !sort.down;
        SortLink {
            name: t.msg(name),
            path: address(search, Sort { by, down }, ""),
            order: match (here, sort.down) {
                (false, _) => None,
                (true, false) => Some("ascending"),
                (true, true) => Some("descending"),
            },
        }
    })
}

fn sum(found: &Found, reachable: usize, t: Texts) -> Message {
    match found.count {
        None => t.msg("devices-more"),
        Some(Count::Exactly(count)) if found.query.is_empty() => {
            let sum = t.msg("devices-sum").num("count", count);
            sum.num("reachable", reachable)
        }
        Some(Count::Exactly(count)) => t.msg("devices-found").num("count", count),
        Some(Count::AtLeast(count)) => t.msg("devices-found-more").num("count", count),
    }
}

/// What an act does to so many devices.
fn act_in_words(act: &Act, tree: &Tree, count: u64, t: Texts) -> Message {
    match act {
        Act::Tag { tag } => t.msg("did-tag").text("tag", tag),
        Act::Untag { tag } => t.msg("did-untag").text("tag", tag),
        Act::Move { customer, place } => {
            let names = tree.names(Spot {
                tenant: *customer,
                place: *place,
            });
            t.msg("did-move").text("place", names.join(" / "))
        }
        Act::SetField { field, .. } => t.msg("did-field").text("field", field),
        Act::Approve => t.msg("did-approve"),
        Act::Remove => t.msg("did-remove"),
    }
    .num("count", count)
}

/// What this person did to many devices and can still undo.
async fn done(person: &Person, tree: &Tree, now: Timestamp) -> Result<Vec<Done>, Failed> {
    let bulks = person.caller.recent_bulks(DONE).await?.into_iter();
    let bulks = bulks.filter_map(|bulk| {
        bulk.undo_until(now)?;
        Some(Done {
            what: act_in_words(&bulk.act, tree, bulk.count, person.t),
            when: Moment::maybe(bulk.ran, now),
            id: bulk.id.to_string(),
        })
    });
    Ok(bulks.collect())
}

/// Where devices can be moved to, as it is typed.
fn places(tree: &Tree) -> Vec<String> {
    let below = |tenant: &Tenant| {
        let spots = tree.branches(tenant.id).into_iter().map(|branch| Spot {
            tenant: tenant.id,
            place: Some(branch.place.id),
        });
        std::iter::once(Spot::at(tenant.id)).chain(spots.collect::<Vec<_>>())
    };
    let spots = tree.tenants().iter().flat_map(below).take(PLACES);
    spots.map(|spot| tree.names(spot).join(" / ")).collect()
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Search(asked): Search<Asked>,
) -> Result<Response, Failed> {
    let t = person.t;
    let sort = Sort::parse(&asked.sort).unwrap_or_default();
    let ask = Ask {
        query: asked.q.clone(),
        sort,
        cursor: (!asked.page.is_empty()).then_some(asked.page.clone()),
        limit: 0,
        count: true,
    };
    let (found, wrong) = match person.caller.find(&ask).await {
        Ok(found) => (Some(found), None),
        Err(AppError::Denied(Denied::NotUnderstood(why))) => (None, Some(t.said(&why))),
        Err(error) => return Err(error.into()),
    };
    // Everybody's devices together are not for those who see some.
    let reachable = app.board.present_of(person.account.org);
    let search = found
        .as_ref()
        .map_or(&asked.q, |found| &found.query)
        .clone();
    let link = |page: &Option<String>| page.as_ref().map(|page| address(&search, sort, page));
    let tree = person.caller.tree().await?;
    let rights = &person.caller.rights;
    let may_act = !rights.visible(Action::EditDevices).is_nothing();
    let quick = [
        ("quick-reachable", "online:yes"),
        ("quick-quiet", "heard:>7d"),
    ];
    Ok(page(&Page {
        t,
        frame: Frame {
            search: search.clone(),
            ..Frame::of(&app, &person, "/devices").await?
        },
        previous: found.as_ref().and_then(|found| link(&found.previous)),
        next: found.as_ref().and_then(|found| link(&found.next)),
        sum: match &found {
            Some(found) => sum(found, reachable, t),
            None => t.msg("devices-not-searched"),
        },
        rows: match found {
            Some(Found {
                devices,
                tree,
                time,
                ..
            }) => devices
                .into_iter()
                .map(|device| row(&app, device, &tree, time, t))
                .collect(),
            None => Vec::new(),
        },
        filters: filters(&search, sort),
        quick: quick
            .into_iter()
            .filter(|(_, term)| !search.contains(term))
            .map(|(name, term)| {
                let wider = format!("{search} {term}");
                (t.msg(name), address(wider.trim(), sort, ""))
            })
            .collect(),
        columns: columns(&search, sort, t),
        done: done(&person, &tree, app.now()).await?,
        places: if may_act && rights.visible_devices() == Visible::All {
            places(&tree)
        } else {
            Vec::new()
        },
        may_act,
        first: asked.page.is_empty(),
        search,
        wrong,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_what_was_searched_and_how_it_is_sorted() {
        let plain = Sort::default();
        assert_eq!(address("", plain, ""), "/devices");
        assert_eq!(
            address("a&b \"", plain, "x="),
            "/devices?q=a%26b%20%22&page=x%3D"
        );
        let sort = Sort::parse("-heard").expect("an order");
        assert_eq!(address("", sort, ""), "/devices?sort=%2Dheard");
        assert_eq!(
            columns("x", sort, Texts::default())[3].path,
            "/devices?q=x&sort=heard"
        );
    }

    #[test]
    fn each_part_of_a_search_can_be_taken_out() {
        let parts = filters("till os:windows -tag:old", Sort::default());
        let without: Vec<_> = parts.iter().map(|part| part.without.as_str()).collect();
        assert_eq!(parts[1].text, "os:windows");
        assert_eq!(without[1], "/devices?q=till%20%2Dtag%3Aold");
        assert_eq!(without.len(), 3);
    }
}
