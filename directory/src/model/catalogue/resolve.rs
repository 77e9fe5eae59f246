//! From a search as it was typed to conditions with every name looked up: customers and places in
//! the tree, fields by their key, saved searches by their name, ages against the clock.

use farpane_protocol::time::Timestamp;

use super::{Bounds, Cond, SavedSearch};
use crate::model::fact::FactCondition;
use crate::model::field::{Field, FieldKind, is_date};
use crate::model::place::{PlaceKind, Tree};
use crate::model::query::{Age, Heard, Is, Order, Part, Query, Term};
use crate::model::said::Said;
use crate::model::text::fold;
use crate::model::version::VersionKey;
use crate::policy::rights::Visible;

/// How deep saved searches may name each other.
const NESTING_MOST: usize = 4;

/// How many terms a search may have with all the saved searches that it names: each of them may
/// name others many times, and every term is a condition of the statement that the store makes.
const TERMS_MOST: usize = 256;

/// What names can mean at the moment of a search.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Customers and places.
    pub tree: &'a Tree,
    /// Custom fields.
    pub fields: &'a [Field],
    /// Saved searches that the one who asks may use.
    pub saved: &'a [SavedSearch],
    /// Directory time.
    pub now: Timestamp,
}

/// Why a search that was understood cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// There is no custom field of that key.
    #[error("no custom field of that key")]
    NoField(String),
    /// The value does not fit the field.
    #[error("a value that does not fit the field")]
    BadValue {
        /// Key of the field.
        key: String,
        /// What fits.
        expected: &'static str,
    },
    /// A saved search names itself, or they name each other too deep.
    #[error("saved searches that name each other")]
    Circle(String),
    /// A saved search is not understood any more.
    #[error("a saved search that is not understood")]
    Broken(String),
    /// The saved searches that it names have too many terms together.
    #[error("too many terms in all saved searches together")]
    TooMany,
}

impl Unresolved {
    /// What is wrong and what to do.
    pub fn sentence(&self) -> Said {
        match self {
            Self::NoField(key) => {
                Said::new("There is no custom field \"{key}\". Define it first, or check its key.")
                    .text("key", key)
            }
            Self::BadValue { key, expected } => Said::new("\"field.{key}:\" needs {expected}.")
                .text("key", key)
                .said("expected", *expected),
            Self::Circle(name) => Said::new(
                "The group \"{name}\" leads back to itself, or through too many others. Change \
                 what it searches.",
            )
            .text("name", name),
            Self::Broken(name) => Said::new(
                "What the group \"{name}\" searches is not understood any more. Open it and \
                 correct it.",
            )
            .text("name", name),
            Self::TooMany => Said::new(
                "The saved searches that this search names have more than {most} terms together. \
                 Name fewer of them.",
            )
            .number("most", TERMS_MOST),
        }
    }
}

/// Whether fields or saved searches have to be known before the query can be resolved.
pub fn needs_names(query: &Query) -> bool {
    query
        .terms
        .iter()
        .any(|term| matches!(term.is, Is::Field(..) | Is::Text(Part::Group, _)))
}

impl Scene<'_> {
    /// The conditions of a search.
    pub fn resolve(&self, query: &Query) -> Result<Cond, Unresolved> {
        let mut left = TERMS_MOST;
        self.at_depth(query, 0, &mut left)
    }

    /// The conditions of a search at a depth, taking its terms from those that are `left`.
    fn at_depth(&self, query: &Query, depth: usize, left: &mut usize) -> Result<Cond, Unresolved> {
        let count = query.terms.len();
        *left = left.checked_sub(count).ok_or(Unresolved::TooMany)?;
        let term = |term: &Term| {
            let cond = self.term(&term.is, depth, left)?;
            Ok(if term.not {
                Cond::Not(Box::new(cond))
            } else {
                cond
            })
        };
        Ok(Cond::All(
            query.terms.iter().map(term).collect::<Result<_, _>>()?,
        ))
    }

    fn term(&self, is: &Is, depth: usize, left: &mut usize) -> Result<Cond, Unresolved> {
        Ok(match is {
            Is::Word(word) => self.word(&fold(word)),
            Is::Text(part, text) => self.part(*part, &fold(text), depth, left)?,
            Is::Online(online) => Cond::Present(*online),
            Is::Heard(Heard::Never) => Cond::NeverHeard,
            Is::Heard(Heard::Ago(Age::Over(span))) => Cond::All(vec![
                Cond::Present(false),
                Cond::Heard(Bounds {
                    from: Some(0),
                    until: Some(self.ago(*span)),
                }),
            ]),
            Is::Heard(Heard::Ago(Age::Under(span))) => Cond::Any(vec![
                Cond::Present(true),
                Cond::Heard(Bounds {
                    from: Some(self.ago(*span)),
                    until: None,
                }),
            ]),
            Is::Added(Age::Over(span)) => Cond::Created(Bounds {
                from: None,
                until: Some(self.ago(*span)),
            }),
            Is::Added(Age::Under(span)) => Cond::Created(Bounds {
                from: Some(self.ago(*span)),
                until: None,
            }),
            Is::Version(order, key) => Cond::Version(version(*order, *key)),
            Is::Standing(standing) => Cond::Standing(*standing),
            Is::Unattended(may) => Cond::Unattended(*may),
            Is::Field(key, order, value) => self.field(key, *order, value)?,
            Is::Reported(key, value) => {
                FactCondition::parse(*key, value).map_or_else(|_| Cond::nothing(), Cond::Reported)
            }
        })
    }

    fn ago(&self, span: crate::model::query::Span) -> i64 {
        let micros = u64::try_from(span.duration().as_micros()).unwrap_or(u64::MAX);
        i64::try_from(self.now.0.saturating_sub(micros)).unwrap_or(i64::MAX)
    }

    /// A word: anything that has no name of that kind is left out, so that the rest can be quick.
    fn word(&self, word: &str) -> Cond {
        let mut any = vec![
            Cond::Words(word.to_owned()),
            Cond::Os(word.to_owned()),
            Cond::Tag {
                text: word.to_owned(),
                whole: false,
            },
        ];
        any.extend(self.customers(word));
        any.extend(self.places(None, word));
        Cond::Any(any)
    }

    fn customers(&self, folded: &str) -> Option<Cond> {
        let tenants: Vec<_> = self.tree.tenants_like(folded).collect();
        (!tenants.is_empty()).then_some(Cond::Tenants(tenants))
    }

    fn places(&self, kind: Option<PlaceKind>, folded: &str) -> Option<Cond> {
        let mut places: Vec<_> = self.tree.places_like(kind, folded).into_iter().collect();
        places.sort_unstable();
        (!places.is_empty()).then_some(Cond::Places(places))
    }

    fn part(
        &self,
        part: Part,
        folded: &str,
        depth: usize,
        left: &mut usize,
    ) -> Result<Cond, Unresolved> {
        let text = folded.to_owned();
        Ok(match part {
            Part::Name => Cond::Name(text),
            Part::Customer => self.customers(folded).unwrap_or(Cond::nothing()),
            Part::Site => self
                .places(Some(PlaceKind::Site), folded)
                .unwrap_or(Cond::nothing()),
            Part::Group => self.group(folded, depth, left)?,
            Part::Os => Cond::Os(text),
            Part::Tag => Cond::Tag { text, whole: true },
            Part::Person => Cond::Person(text),
            Part::Ip => Cond::Address(text),
            Part::Serial => Cond::Serial(text),
        })
    }

    /// Groups of the tree whose name contains the text, and the saved search of that very name.
    fn group(&self, folded: &str, depth: usize, left: &mut usize) -> Result<Cond, Unresolved> {
        let mut any: Vec<_> = self
            .places(Some(PlaceKind::Group), folded)
            .into_iter()
            .collect();
        for saved in self
            .saved
            .iter()
            .filter(|saved| fold(&saved.name) == folded)
        {
            if depth >= NESTING_MOST {
                return Err(Unresolved::Circle(saved.name.clone()));
            }
            let query =
                Query::parse(&saved.query).map_err(|_| Unresolved::Broken(saved.name.clone()))?;
            any.push(self.at_depth(&query, depth + 1, left)?);
        }
        Ok(Cond::Any(any))
    }

    fn field(&self, key: &str, order: Order, value: &str) -> Result<Cond, Unresolved> {
        let field = self.fields.iter().find(|field| field.key == key);
        let field = field.ok_or_else(|| Unresolved::NoField(key.to_owned()))?;
        let bad = |expected| Unresolved::BadValue {
            key: key.to_owned(),
            expected,
        };
        let num = field.num;
        let text = fold(value);
        match (&field.kind, order) {
            (FieldKind::Text | FieldKind::Choice(_), Order::Like) => Ok(Cond::FieldText {
                field: num,
                text,
                start: false,
            }),
            (FieldKind::Text | FieldKind::Choice(_), _) => {
                Err(bad("a text without < or >: the field holds text"))
            }
            (FieldKind::Number, order) => {
                let number: f64 = value
                    .parse()
                    .ok()
                    .filter(|n: &f64| n.is_finite())
                    .ok_or(bad("a number such as 12, <12 or >=12"))?;
                let (least, most) = match order {
                    Order::Like => (number, number),
                    Order::Below => (f64::NEG_INFINITY, number.next_down()),
                    Order::AtMost => (f64::NEG_INFINITY, number),
                    Order::Above => (number.next_up(), f64::INFINITY),
                    Order::AtLeast => (number, f64::INFINITY),
                };
                Ok(Cond::FieldAmount {
                    field: num,
                    least,
                    most,
                })
            }
            (FieldKind::Date, order) => {
                let prefix = |text: &str| {
                    [4, 7, 10].contains(&text.len())
                        && is_date(&format!("{text}{}", &"2000-01-01"[text.len()..]))
                };
                if !text.is_ascii() || !prefix(&text) {
                    return Err(bad(
                        "a day, month or year such as 2027-03-31, 2027-03 or 2027",
                    ));
                }
                let after = format!("{text}\u{10ffff}");
                let (from, until) = match order {
                    Order::Like => (Some(text), Some(after)),
                    Order::Below => (None, Some(text)),
                    Order::AtMost => (None, Some(after)),
                    Order::Above => (Some(after), None),
                    Order::AtLeast => (Some(text), None),
                };
                Ok(Cond::FieldRange {
                    field: num,
                    from,
                    until,
                })
            }
        }
    }

    /// What somebody may see, as a condition; `None` if that is everything.
    pub fn visible(&self, visible: &Visible) -> Option<Cond> {
        let Visible::Below { tenants, nodes } = visible else {
            return None;
        };
        let mut any = Vec::new();
        if !tenants.is_empty() {
            any.push(Cond::Tenants(tenants.iter().copied().collect()));
        }
        let mut places: Vec<_> = nodes
            .iter()
            .flat_map(|node| self.tree.below(*node))
            .collect();
        places.sort_unstable();
        places.dedup();
        // A place that is gone holds nothing.
        places.retain(|place| self.tree.place(*place).is_some());
        if !places.is_empty() {
            any.push(Cond::Places(places));
        }
        Some(match any.len() {
            1 => any.remove(0),
            _ => Cond::Any(any),
        })
    }
}

fn version(order: Order, key: VersionKey) -> Bounds {
    let (from, until) = match order {
        Order::Like => (Some(key.number()), Some(key.after())),
        // What has no version at all is below none.
        Order::Below => (Some(1), Some(key.number())),
        Order::AtMost => (Some(1), Some(key.after())),
        Order::Above => (Some(key.after()), None),
        Order::AtLeast => (Some(key.number()), None),
    };
    Bounds { from, until }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::ids::{OrgId, TenantId, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::model::Tenant;

    fn saved(name: &str, query: &str) -> SavedSearch {
        SavedSearch {
            id: Uuid::nil(),
            owner: UserId(Uuid::nil()),
            shared: true,
            name: name.into(),
            query: query.into(),
        }
    }

    #[test]
    fn names_are_looked_up_and_what_does_not_exist_is_said_or_matches_nothing() {
        let tenant = TenantId(Uuid::from_u128(1));
        let tree = Tree::new(
            vec![Tenant {
                id: tenant,
                org: OrgId(Uuid::nil()),
                name: "Oslo".into(),
            }],
            Vec::new(),
        );
        let fields = [Field {
            num: 7,
            key: "warranty".into(),
            label: "Warranty".into(),
            kind: FieldKind::Date,
        }];
        let saved = [
            saved("Old ones", "version:<1.2"),
            saved("loop", "group:loop"),
        ];
        let scene = Scene {
            tree: &tree,
            fields: &fields,
            saved: &saved,
            now: Timestamp(1_000_000_000_000),
        };
        let resolve = |typed: &str| scene.resolve(&Query::parse(typed).expect("is understood"));
        let one = |typed: &str| {
            let resolved = resolve(typed).expect("resolves");
            if let Cond::All(conds) = &resolved
                && let [only] = &conds[..]
            {
                return only.clone();
            }
            resolved
        };
        assert_eq!(one("customer:osl"), Cond::Tenants(vec![tenant]));
        assert_eq!(one("customer:bergen"), Cond::nothing());
        let range = |from: Option<&str>, until: Option<&str>| Cond::FieldRange {
            field: 7,
            from: from.map(str::to_owned),
            until: until.map(str::to_owned),
        };
        assert_eq!(
            one("field.warranty:2027"),
            range(Some("2027"), Some("2027\u{10ffff}"))
        );
        assert_eq!(one("field.warranty:<2027-02"), range(None, Some("2027-02")));
        assert!(resolve("field.warranty:20").is_err());
        assert!(resolve("field.warranty:é027").is_err());
        assert_eq!(
            resolve("field.none:1"),
            Err(Unresolved::NoField("none".into()))
        );
        assert_eq!(
            resolve("group:loop"),
            Err(Unresolved::Circle("loop".into()))
        );
        let old = one("group:\"old ones\"");
        let Cond::Any(any) = &old else {
            panic!("{old:?}");
        };
        assert!(matches!(&any[0], Cond::All(all) if matches!(all[0], Cond::Version(_))));
    }
    #[test]
    fn saved_searches_that_name_others_many_times_are_refused_before_they_are_multiplied() {
        let tree = Tree::new(Vec::new(), Vec::new());
        let times = |name: &str| vec![format!("group:{name}"); 24].join(" ");
        let saved = [
            saved("d", "a b"),
            saved("c", &times("d")),
            saved("b", &times("c")),
            saved("a", &times("b")),
        ];
        let scene = Scene {
            tree: &tree,
            fields: &[],
            saved: &saved,
            now: Timestamp(1),
        };
        let resolve = |typed: &str| scene.resolve(&Query::parse(typed).expect("is understood"));
        assert!(resolve("group:c").is_ok(), "24 groups of two words");
        assert_eq!(resolve("group:b"), Err(Unresolved::TooMany));
        assert_eq!(resolve(&times("a")), Err(Unresolved::TooMany));
    }
}
