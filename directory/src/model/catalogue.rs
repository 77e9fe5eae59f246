//! The catalogue as it is searched and listed: a search with every name in it looked up, an order,
//! a place to go on from, and the rows that come back.

pub mod cursor;
pub mod resolve;

use farpane_protocol::ids::{DeviceId, PlaceId, TenantId, UserId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::fact::FactCondition;
use super::place::Spot;
use super::query::Standing;

pub use cursor::{Cursor, SortKey};

/// Most devices on one page.
pub const PAGE_MOST: u32 = 200;

/// Up to how many matches are counted exactly: counting on would cost more than anybody reads.
pub const COUNT_MOST: u64 = 10_000;

/// What a device must be like, with names looked up: a tree of conditions.
#[derive(Clone, Debug, PartialEq)]
pub enum Cond {
    /// All of these; none is met by every device.
    All(Vec<Cond>),
    /// One of these; none is met by no device.
    Any(Vec<Cond>),
    /// Not that.
    Not(Box<Cond>),
    /// At one of these customers.
    Tenants(Vec<TenantId>),
    /// In one of these places, exactly: callers name what lies below, too.
    Places(Vec<PlaceId>),
    /// With a tag of that folded name, or with one that contains it.
    Tag {
        /// Folded.
        text: String,
        /// Whether it must be the whole tag.
        whole: bool,
    },
    /// The folded text stands in the device's name.
    Name(String),
    /// The folded text stands in the name or in serial number, person, address, fields.
    Words(String),
    /// The folded text stands in the operating system's name.
    Os(String),
    /// The folded text stands in the name of who is logged on.
    Person(String),
    /// The address begins with that.
    Address(String),
    /// The folded text stands in the serial number.
    Serial(String),
    /// Present now, or not.
    Present(bool),
    /// Last heard in that half-open span; `None` ends do not bind. Never heard is before all.
    Heard(Bounds),
    /// Never heard at all.
    NeverHeard,
    /// Became known in that span.
    Created(Bounds),
    /// Version in that half-open span of [`super::version`] numbers.
    Version(Bounds),
    /// Expected, pending or approved.
    Standing(Standing),
    /// Whether the directory alone may open it.
    Unattended(bool),
    /// A field's folded text contains, or begins with, that.
    FieldText {
        /// Which field.
        field: i64,
        /// Folded.
        text: String,
        /// Whether it must stand at the beginning.
        start: bool,
    },
    /// A field's text lies between these, as dates do.
    FieldRange {
        /// Which field.
        field: i64,
        /// From here on.
        from: Option<String>,
        /// Up to, and without, this.
        until: Option<String>,
    },
    /// A field's number lies between these, ends included where they say so.
    FieldAmount {
        /// Which field.
        field: i64,
        /// At least that.
        least: f64,
        /// At most that.
        most: f64,
    },
    /// The host reports that.
    Reported(FactCondition),
}

/// A half-open span of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// From here on.
    pub from: Option<i64>,
    /// Up to, and without, this.
    pub until: Option<i64>,
}

impl Cond {
    /// Met by every device.
    pub const fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// Met by no device.
    pub const fn nothing() -> Self {
        Self::Any(Vec::new())
    }
}

/// By what a list is ordered. Equal ones stand in the order in which they became known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Name.
    #[default]
    Name,
    /// Customer, and the name within it.
    Customer,
    /// Operating system.
    Os,
    /// When last heard.
    Heard,
    /// When it became known.
    Created,
    /// Version of the host program.
    Version,
}

impl By {
    /// Every order.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Customer,
        Self::Os,
        Self::Heard,
        Self::Created,
        Self::Version,
    ];

    /// As it stands in addresses and options.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Customer => "customer",
            Self::Os => "os",
            Self::Heard => "heard",
            Self::Created => "created",
            Self::Version => "version",
        }
    }
}

/// An order, upward or downward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: By,
    /// Whether the greatest comes first.
    pub down: bool,
}

impl Sort {
    /// Reads `name`, or `-name` for downward.
    pub fn parse(text: &str) -> Option<Self> {
        let (down, word) = match text.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, text),
        };
        let by = By::ALL.into_iter().find(|by| by.word() == word)?;
        Some(Self { by, down })
    }
}

impl std::fmt::Display for Sort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.down { "-" } else { "" };
        write!(f, "{sign}{}", self.by.word())
    }
}

/// One page that is wanted.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What devices must be like; what the one who asks may see is part of it.
    pub cond: Cond,
    /// In which order.
    pub sort: Sort,
    /// Where to go on; the first page if nowhere.
    pub from: Option<Cursor>,
    /// How many.
    pub limit: u32,
    /// Whether matches are counted, too.
    pub count: bool,
}

/// How many match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exactly(u64),
    /// That many or more: counting stopped.
    AtLeast(u64),
}

impl Count {
    /// The number that was counted.
    pub const fn number(self) -> u64 {
        match self {
            Self::Exactly(n) | Self::AtLeast(n) => n,
        }
    }
}

/// A page of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The devices, in the order that was asked for.
    pub devices: Vec<Listed>,
    /// The key of the first and the last of them, if there is a page before and after.
    pub before: Option<(Vec<SortKey>, i64)>,
    /// See `before`.
    pub after: Option<(Vec<SortKey>, i64)>,
    /// How many match, if that was asked.
    pub count: Option<Count>,
}

/// A device as the catalogue lists it; it may not have enrolled yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number inside the database.
    pub num: i64,
    /// Its id.
    pub id: DeviceId,
    /// Where it stands.
    pub spot: Spot,
    /// Its key; none while it is expected.
    pub key: Option<PublicKey>,
    /// Its name.
    pub name: String,
    /// Operating system, as the host or an import says.
    pub os: String,
    /// Version of the host program; empty while it is expected.
    pub version: String,
    /// Serial number, if known.
    pub serial: String,
    /// Who is logged on, if that is told.
    pub person: String,
    /// Its address, if known.
    pub address: String,
    /// Whether it may be used.
    pub standing: Standing,
    /// Whether the directory alone may open it.
    pub unattended: bool,
    /// When it became known.
    pub created: Timestamp,
    /// Whether it was present when the store looked.
    pub present: bool,
    /// When it was last heard, as the store knows it.
    pub last_heard: Option<Timestamp>,
    /// Its tags, in order.
    pub tags: Vec<String>,
}

/// A search that a person saved: a group that fills itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub owner: UserId,
    /// Whether everybody in the organisation may use it.
    pub shared: bool,
    /// Its name.
    pub name: String,
    /// What it searches.
    pub query: String,
}
