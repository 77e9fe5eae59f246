//! GET: the devices that a person may see, searched, sorted and a page at a time, with who is
//! there now.

mod address;
pub mod bulk;
mod columns;
pub mod export;
pub mod import;
mod row;
pub mod searches;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::time::Timestamp;

pub(super) use address::percent;
pub(super) use row::{Row, Twin, row, twin};

use self::address::Asked;
use self::columns::{Cell, Column, Line, More};
use super::moment::Moment;
use super::page::{Failed, Frame, Person, page};
use super::texts::{Message, Texts};
use crate::app::find::{Ask, Found};
use crate::app::{App, AppError, Denied};
use crate::model::Tenant;
use crate::model::bulk::Act;
use crate::model::catalogue::{By, Count, SavedSearch, Sort};
use crate::model::field::Field;
use crate::model::place::{Spot, Tree};
use crate::model::query::Query;
use crate::policy::rights::{Action, Path, Visible};

/// A column's heading, which may sort.
struct Heading {
    name: String,
    /// Address of the list in this order, for columns that sort.
    path: Option<String>,
    order: Option<&'static str>,
}

/// A column that can be chosen.
struct Choice {
    word: String,
    name: String,
    chosen: bool,
}

/// A search that was saved.
struct Saved {
    id: String,
    name: String,
    path: String,
    here: bool,
    own: bool,
    shared: bool,
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

#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether a part of the page is there"
)]
#[derive(Template)]
#[template(path = "devices.html")]
struct Page {
    t: Texts,
    frame: Frame,
    asked: Asked,
    wrong: Option<String>,
    filters: Vec<Filter>,
    quick: Vec<(Message, String)>,
    saved: Vec<Saved>,
    may_save: bool,
    may_share: bool,
    headings: Vec<Heading>,
    choices: Vec<Choice>,
    lines: Vec<Line>,
    sum: Message,
    done: Vec<Done>,
    may_act: bool,
    may_import: bool,
    may_enrol: bool,
    export: Option<String>,
    places: Vec<String>,
    fields: Vec<Field>,
    first: bool,
    previous: Option<String>,
    next: Option<String>,
}

fn filters(asked: &Asked) -> Vec<Filter> {
    let Ok(query) = Query::parse(&asked.search) else {
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
        without: asked.searching(&without(n).to_string()).address(),
    };
    query.terms.iter().enumerate().map(one).collect()
}

fn heading(asked: &Asked, by: Option<By>, name: String) -> Heading {
    let sort = asked.sort;
    let here = by == Some(sort.by);
    let sorted = |by| {
        asked.sorted(Sort {
            by,
            down: here && !sort.down,
        })
    };
    Heading {
        name,
        path: by.map(|by| sorted(by).address()),
        order: match (here, sort.down) {
            (false, _) => None,
            (true, false) => Some("ascending"),
            (true, true) => Some("descending"),
        },
    }
}

/// The name's heading, and those of the columns that were chosen.
fn headings(asked: &Asked, fields: &[Field], t: Texts) -> Vec<Heading> {
    let name = heading(asked, Some(By::Name), t.msg("column-name").to_string());
    let chosen = asked.columns.iter();
    let chosen = chosen.map(|column| heading(asked, column.by(), column.name(fields, t)));
    std::iter::once(name).chain(chosen).collect()
}

fn choices(asked: &Asked, fields: &[Field], t: Texts) -> Vec<Choice> {
    let all = Column::all(fields).into_iter();
    all.map(|column| Choice {
        word: column.word(),
        name: column.name(fields, t),
        chosen: asked.columns.contains(&column),
    })
    .collect()
}

/// Saved searches as links that keep the columns and the order.
fn saved(asked: &Asked, searches: Vec<SavedSearch>, person: &Person) -> Vec<Saved> {
    let searches = searches.into_iter();
    searches
        .map(|search| Saved {
            id: search.id.to_string(),
            path: asked.searching(&search.query).address(),
            here: search.query == asked.search,
            own: search.owner == person.account.id,
            shared: search.shared,
            name: search.name,
        })
        .collect()
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

/// The rows of a page with what stands in their columns.
async fn lines(
    app: &App,
    person: &Person,
    found: Found,
    columns: &[Column],
) -> Result<Vec<Line>, Failed> {
    let (now, t) = (found.time, person.t);
    let more = More::of(&person.caller, columns, &found.devices, now).await?;
    let copies = person.caller.copies().await?;
    let line = |(at, device)| {
        let mut row = row(app, Clone::clone(device), &found.tree, now, t);
        row.twin = twin(device.id, &copies);
        let cells = columns.iter();
        let cells = cells.map(|column| more.cell(column, (at, device), &row, t));
        Line {
            cells: cells.collect(),
            row,
        }
    };
    Ok(found.devices.iter().enumerate().map(line).collect())
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    asked: Asked,
) -> Result<Response, Failed> {
    let t = person.t;
    let caller = &person.caller;
    let ask = Ask {
        query: asked.search.clone(),
        sort: asked.sort,
        cursor: (!asked.page.is_empty()).then_some(asked.page.clone()),
        limit: 0,
        count: true,
    };
    let (found, wrong) = match caller.find(&ask).await {
        Ok(found) => (Some(found), None),
        Err(AppError::Denied(Denied::NotUnderstood(why))) => (None, Some(t.said(&why))),
        Err(error) => return Err(error.into()),
    };
    let asked = Asked {
        search: found
            .as_ref()
            .map_or_else(|| asked.search.clone(), |found| found.query.clone()),
        ..asked
    };
    let tree = caller.tree().await?;
    let rights = &caller.rights;
    let somewhere = |action| !rights.visible(action).is_nothing();
    let may_act = somewhere(Action::EditDevices);
    let fields = caller.fields().await?;
    let link = |page: &Option<String>| page.as_ref().map(|page| asked.page(page).address());
    let quick = [
        ("quick-reachable", "online:yes"),
        ("quick-quiet", "heard:>7d"),
    ];
    Ok(page(&Page {
        t,
        frame: Frame {
            search: asked.search.clone(),
            ..Frame::of(&app, &person, "/devices").await?
        },
        previous: found.as_ref().and_then(|found| link(&found.previous)),
        next: found.as_ref().and_then(|found| link(&found.next)),
        sum: match &found {
            Some(found) => sum(found, app.reachable(caller).await?, t),
            None => t.msg("devices-not-searched"),
        },
        export: (found.is_some() && somewhere(Action::ExportDevices))
            .then(|| asked.page("").at("/devices/export.csv")),
        lines: match found {
            Some(found) => lines(&app, &person, found, &asked.columns).await?,
            None => Vec::new(),
        },
        filters: filters(&asked),
        quick: quick
            .into_iter()
            .filter(|(_, term)| !asked.search.contains(term))
            .map(|(name, term)| {
                let wider = format!("{} {term}", asked.search);
                (t.msg(name), asked.searching(wider.trim()).address())
            })
            .collect(),
        saved: saved(&asked, caller.saved_searches().await?, &person),
        may_save: wrong.is_none() && !asked.search.is_empty(),
        may_share: rights.may(Action::EditPlaces, &Path::ORG),
        headings: headings(&asked, &fields, t),
        choices: choices(&asked, &fields, t),
        done: done(&person, &tree, app.now()).await?,
        places: if may_act && rights.visible_devices() == Visible::All {
            places(&tree)
        } else {
            Vec::new()
        },
        may_act,
        may_import: somewhere(Action::ImportDevices),
        may_enrol: somewhere(Action::MakeTickets),
        first: asked.page.is_empty(),
        fields,
        asked,
        wrong,
    }))
}

/// The list with the columns that are shown when nobody chose.
fn usual(asked: &Asked) -> String {
    let usual = Asked::of(asked.search.clone());
    usual.sorted(asked.sort).address()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_turns_its_own_order_round() {
        let sort = Sort::parse("-heard").expect("an order");
        let asked = Asked::of("x".into()).sorted(sort);
        let headings = headings(&asked, &[], Texts::default());
        let heard = headings.last().expect("the last one");
        assert_eq!(heard.path.as_deref(), Some("/devices?q=x&sort=heard"));
        assert_eq!(heard.order, Some("descending"));
    }

    #[test]
    fn each_part_of_a_search_can_be_taken_out() {
        let parts = filters(&Asked::of("till os:windows -tag:old".into()));
        let without: Vec<_> = parts.iter().map(|part| part.without.as_str()).collect();
        assert_eq!(parts[1].text, "os:windows");
        assert_eq!(without[1], "/devices?q=till%20%2Dtag%3Aold");
        assert_eq!(without.len(), 3);
    }
}
