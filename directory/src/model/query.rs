//! What a search of the catalogue asks for: the language that people type, as a tree. Reading it
//! is in [`parse`]; writing it back gives a text that reads as the same search.

pub mod parse;

use std::fmt;

use super::fact::FactKey;
use super::version::VersionKey;

pub use parse::{QueryError, Why};

/// Longest search, in bytes: a screenful; longer ones come from programs gone wrong.
pub const QUERY_BYTES: usize = 1024;

/// Most terms in one search: each may cost a look at every candidate.
pub const QUERY_TERMS: usize = 24;

/// A search: a device meets all of its terms. The empty one is met by every device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What has to hold.
    pub terms: Vec<Term>,
}

/// One thing that has to hold, or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether it must not hold.
    pub not: bool,
    /// What.
    pub is: Is,
}

/// What a term looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Is {
    /// A word that stands anywhere in name, customer, place, system, tag, serial number, person,
    /// address or custom field.
    Word(String),
    /// A text in one part of the device.
    Text(Part, String),
    /// Reachable now, or not.
    Online(bool),
    /// When it was last heard.
    Heard(Heard),
    /// When it became known: longer or shorter ago than that.
    Added(Age),
    /// Version of the host program.
    Version(Order, VersionKey),
    /// Whether it may be used.
    Standing(Standing),
    /// Whether the directory alone may open it.
    Unattended(bool),
    /// A custom field of that key: what it has to be like depends on the field's kind.
    Field(String, Order, String),
    /// Something that the host reports about its machine, such as `memory:<8`.
    Reported(FactKey, String),
}

/// Which text of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its own name.
    Name,
    /// Its customer.
    Customer,
    /// A site that it stands in.
    Site,
    /// A group that it stands in, or a saved search of that name.
    Group,
    /// Its operating system.
    Os,
    /// One of its tags; the whole tag.
    Tag,
    /// Who is logged on at it.
    Person,
    /// Its address; from the beginning.
    Ip,
    /// Its serial number.
    Serial,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::Customer,
        Self::Site,
        Self::Group,
        Self::Os,
        Self::Tag,
        Self::Person,
        Self::Ip,
        Self::Serial,
    ];

    /// As it is typed before the colon.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Customer => "customer",
            Self::Site => "site",
            Self::Group => "group",
            Self::Os => "os",
            Self::Tag => "tag",
            Self::Person => "person",
            Self::Ip => "ip",
            Self::Serial => "serial",
        }
    }
}

/// How a value compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Like it: contains it, begins with it or equals it, by kind.
    Like,
    /// Below it.
    Below,
    /// At most it.
    AtMost,
    /// Above it.
    Above,
    /// At least it.
    AtLeast,
}

impl Order {
    /// As it is typed before the value.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Like => "",
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
        }
    }
}

/// A span of time in the unit in which it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
}

impl Unit {
    const ALL: [Self; 4] = [Self::Minute, Self::Hour, Self::Day, Self::Week];

    const fn letter(self) -> char {
        match self {
            Self::Minute => 'm',
            Self::Hour => 'h',
            Self::Day => 'd',
            Self::Week => 'w',
        }
    }

    const fn seconds(self) -> u64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 24 * 3600,
            Self::Week => 7 * 24 * 3600,
        }
    }
}

impl Span {
    /// Its length.
    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_secs(u64::from(self.count) * self.unit.seconds())
    }
}

/// How long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Longer ago than that.
    Over(Span),
    /// Not so long ago.
    Under(Span),
}

/// When a device was last heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Never.
    Never,
    /// That long ago; a reachable device is heard now.
    Ago(Age),
}

/// Whether a device may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is in the catalogue and has not enrolled yet.
    Expected,
    /// It enrolled and waits for somebody's approval.
    Pending,
    /// It may be used.
    Approved,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 3] = [Self::Expected, Self::Pending, Self::Approved];

    /// As it is typed and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Pending => "pending",
            Self::Approved => "approved",
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, self.unit.letter())
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over(span) => write!(f, ">{span}"),
            Self::Under(span) => write!(f, "<{span}"),
        }
    }
}

/// A text as a value: quoted whenever it could be read as anything else.
fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '@' | '*'))
        && !text.starts_with('-');
    if plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

const fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

impl fmt::Display for Is {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(&quoted(word)),
            Self::Text(part, text) => write!(f, "{}:{}", part.word(), quoted(text)),
            Self::Online(online) => write!(f, "online:{}", yes(*online)),
            Self::Heard(Heard::Never) => f.write_str("heard:never"),
            Self::Heard(Heard::Ago(age)) => write!(f, "heard:{age}"),
            Self::Added(age) => write!(f, "added:{age}"),
            Self::Version(order, key) => write!(f, "version:{}{key}", order.sign()),
            Self::Standing(standing) => write!(f, "approval:{}", standing.word()),
            Self::Unattended(may) => write!(f, "unattended:{}", yes(*may)),
            Self::Field(key, order, value) => {
                write!(f, "field.{key}:{}{}", order.sign(), quoted(value))
            }
            Self::Reported(key, value) => write!(f, "{}:{}", key.word(), quoted(value)),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, term) in self.terms.iter().enumerate() {
            let gap = if n == 0 { "" } else { " " };
            let not = if term.not { "-" } else { "" };
            write!(f, "{gap}{not}{}", term.is)?;
        }
        Ok(())
    }
}
