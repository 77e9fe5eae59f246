//! The kinds of search that are timed, each with other words every time.

use anyhow::{Context as _, Result};
use farpane_directory::app::caller::Caller;
use farpane_directory::app::find::Ask;
use farpane_directory::model::catalogue::{PAGE_MOST, Sort};

use super::fill::{CITIES, Dice};

/// Every how many pages of the whole list a place is remembered, to go on from there.
const REMEMBERED: usize = 20;

type Write = Box<dyn Fn(&mut Dice, usize) -> (String, &'static str)>;

/// One kind of search.
pub(super) struct Kind {
    pub(super) name: &'static str,
    write: Write,
    /// Places deep in the list; none for a first page.
    deep: Vec<String>,
}

impl Kind {
    fn new(
        name: &'static str,
        write: impl Fn(&mut Dice, usize) -> (String, &'static str) + 'static,
    ) -> Self {
        Self {
            name,
            write: Box::new(write),
            deep: Vec::new(),
        }
    }

    /// The `n`th search of this kind.
    pub(super) fn ask(&self, dice: &mut Dice, n: usize) -> Ask {
        let (query, sort) = (self.write)(dice, n);
        let cursor = self.deep.get(dice.below(self.deep.len())).cloned();
        Ask {
            query,
            sort: Sort::parse(sort).unwrap_or_default(),
            // As the console does: a first page says how many there are.
            count: cursor.is_none(),
            cursor,
            limit: 50,
        }
    }
}

/// Every kind. Places deep in the list are found by walking there; a list that is `small` has
/// only its second page.
pub(super) async fn kinds(caller: &Caller, small: bool) -> Result<Vec<Kind>> {
    let mut deep = Vec::new();
    let mut ask = Ask {
        limit: if small { 0 } else { PAGE_MOST },
        ..Ask::default()
    };
    let remembered = if small { 1 } else { REMEMBERED };
    for n in 0.. {
        let Some(next) = caller.find(&ask).await?.next else {
            break;
        };
        if n % remembered == remembered - 1 {
            deep.push(next.clone());
        }
        ask.cursor = Some(next);
    }
    if !small {
        deep.pop();
    }
    deep.first().context("the list is too short to be deep")?;
    let sorts = ["name", "-heard", "customer", "os", "-created"];
    Ok(vec![
        Kind::new("first page, by any column", move |_, n| {
            (String::new(), sorts[n % sorts.len()])
        }),
        Kind {
            deep,
            ..Kind::new("deep page", |_, _| (String::new(), "name"))
        },
        Kind::new("word in a name", |dice, _| {
            let role = dice.of(&["till", "rec", "srv", "pos"]);
            (format!("{role}-{:03}", dice.below(1000)), "name")
        }),
        Kind::new("part of a serial number", |dice, _| {
            (format!("{:05x}", dice.below(1 << 20)), "name")
        }),
        Kind::new("word that many have", |dice, _| {
            let word = dice.of(&["windows", "till", "batch", "debian", "server", "clinic"]);
            (word.to_owned(), "name")
        }),
        Kind::new("two letters", |dice, n| {
            let word = match n % 3 {
                0 => dice.of(&["no", "pc", "11", "os"]).to_owned(),
                1 => dice.of(&["zq", "vy", "ß!", "qk"]).to_owned(),
                _ => format!("{:02}", dice.below(100)),
            };
            (word, "name")
        }),
        Kind::new("customer", |dice, _| {
            (format!("customer:\"{} bank\"", dice.of(&CITIES)), "name")
        }),
        Kind::new("field", |dice, n| {
            let text = match n % 4 {
                0 => format!("field.asset:a{:04}", dice.below(10_000)),
                1 => format!(
                    "field.warranty:20{}-0{}",
                    25 + dice.below(6),
                    1 + dice.below(9)
                ),
                2 => format!(
                    "os:{}",
                    dice.of(&["debian", "fedora", "windows", "macos", "haiku"])
                ),
                _ => format!("serial:{:04x}", dice.below(1 << 16)),
            };
            (text, "name")
        }),
        Kind::new("tag", |dice, n| {
            let tag = match n % 4 {
                0 => "till".to_owned(),
                1 => "vip".to_owned(),
                2 => "old".to_owned(),
                _ => format!("batch-{}", dice.below(300)),
            };
            (format!("tag:{tag}"), "name")
        }),
        Kind::new("filter and sort", |dice, n| match n % 8 {
            0 => ("os:windows online:no".into(), "-heard"),
            1 => ("online:no heard:>7d".into(), "heard"),
            2 => (format!("tag:till customer:{}", dice.of(&CITIES)), "os"),
            3 => ("-os:windows tag:vip".into(), "-created"),
            4 => ("os:fedora tag:vip".into(), "customer"),
            5 => ("-online:yes -tag:till clinic".into(), "os"),
            6 => (
                format!("site:\"{} 1\" online:no", dice.of(&CITIES)),
                "customer",
            ),
            _ => (format!("os:ubuntu tag:batch-{}", dice.below(300)), "name"),
        }),
    ])
}
