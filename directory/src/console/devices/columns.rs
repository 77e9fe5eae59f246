//! The columns of the list of devices: which a person chose, how they are headed and sorted, and
//! what stands in them.

use std::collections::HashMap;

use super::row::Row;
use crate::app::AppError;
use crate::app::caller::Caller;
use crate::console::moment::Moment;
use crate::console::strip::{self, Picture};
use crate::console::texts::{Message, Texts};
use crate::model::catalogue::{By, Listed};
use crate::model::field::Field;
use farpane_protocol::time::Timestamp;

/// What custom fields are called in addresses: this and their key.
const FIELD: &str = "field.";

/// Most columns beside the name: more fit on no screen.
pub(super) const COLUMNS_MOST: usize = 16;

/// A column beside the name, which is always there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Customer,
    System,
    Person,
    Heard,
    Version,
    Address,
    Serial,
    Enrolled,
    History,
    /// A custom field, by its key.
    Field(String),
}

impl Column {
    /// Those that are built in, in the order in which they stand.
    const BUILT_IN: [Self; 9] = [
        Self::Customer,
        Self::System,
        Self::Person,
        Self::Heard,
        Self::History,
        Self::Version,
        Self::Address,
        Self::Serial,
        Self::Enrolled,
    ];

    /// What is shown when nobody chose.
    pub(super) const USUAL: [Self; 4] = [Self::Customer, Self::System, Self::Person, Self::Heard];

    /// As it stands in addresses.
    pub(super) fn word(&self) -> String {
        match self {
            Self::Customer => "customer".into(),
            Self::System => "os".into(),
            Self::Person => "person".into(),
            Self::Heard => "heard".into(),
            Self::Version => "version".into(),
            Self::Address => "address".into(),
            Self::Serial => "serial".into(),
            Self::Enrolled => "created".into(),
            Self::History => "history".into(),
            Self::Field(key) => format!("{FIELD}{key}"),
        }
    }

    /// The column of that word; a custom field need not exist.
    pub(super) fn named(word: &str) -> Option<Self> {
        if let Some(key) = word.strip_prefix(FIELD) {
            return crate::model::field::key(key).map(Self::Field);
        }
        let mut all = Self::BUILT_IN.into_iter();
        all.find(|column| column.word() == word)
    }

    /// By what it sorts.
    pub(super) const fn by(&self) -> Option<By> {
        match self {
            Self::Customer => Some(By::Customer),
            Self::System => Some(By::Os),
            Self::Heard => Some(By::Heard),
            Self::Version => Some(By::Version),
            Self::Enrolled => Some(By::Created),
            Self::Person | Self::Address | Self::Serial | Self::History | Self::Field(_) => None,
        }
    }

    /// What it is called.
    pub(super) fn name(&self, fields: &[Field], t: Texts) -> String {
        let key = match self {
            Self::Customer => "column-customer",
            Self::System => "column-system",
            Self::Person => "column-person",
            Self::Heard => "column-heard",
            Self::Version => "column-version",
            Self::Address => "column-address",
            Self::Serial => "inventory-serial",
            Self::Enrolled => "column-enrolled",
            Self::History => "column-history",
            Self::Field(key) => {
                let field = fields.iter().find(|field| field.key == *key);
                return field.map_or_else(|| key.clone(), |field| field.label.clone());
            }
        };
        t.msg(key).to_string()
    }

    /// Every column that can be chosen.
    pub(super) fn all(fields: &[Field]) -> Vec<Self> {
        let fields = fields.iter().map(|field| Self::Field(field.key.clone()));
        Self::BUILT_IN.into_iter().chain(fields).collect()
    }
}

/// What stands in a column of a row.
pub(super) enum Cell {
    /// What somebody called something.
    Name(String),
    /// What somebody or something said, which may be nothing.
    Said(String),
    /// When it was last heard, or why it never was.
    Heard {
        look: &'static str,
        when: Moment,
        never: Option<Message>,
    },
    /// A time.
    When(Moment),
    /// Thirty days.
    History(Picture),
}

/// A device with what stands in its columns.
pub(super) struct Line {
    pub(super) row: Row,
    pub(super) cells: Vec<Cell>,
}

/// What columns need to know that is not in the list itself.
pub(super) struct More {
    values: Vec<HashMap<String, String>>,
    histories: Vec<crate::model::history::Strip>,
    now: Timestamp,
}

impl More {
    /// Reads it, as far as these columns ask for it.
    pub(super) async fn of(
        caller: &Caller,
        columns: &[Column],
        devices: &[Listed],
        now: Timestamp,
    ) -> Result<Self, AppError> {
        let has = |wanted: fn(&Column) -> bool| columns.iter().any(wanted);
        let values = if has(|column| matches!(column, Column::Field(_))) {
            caller.values(devices).await?
        } else {
            Vec::new()
        };
        let histories = if has(|column| matches!(column, Column::History)) {
            caller.histories(devices).await?
        } else {
            Vec::new()
        };
        Ok(Self {
            values,
            histories,
            now,
        })
    }

    /// What stands in a column of the device that is the `at`th of the page.
    pub(super) fn cell(
        &self,
        column: &Column,
        (at, device): (usize, &Listed),
        row: &Row,
        t: Texts,
    ) -> Cell {
        match column {
            Column::Customer => Cell::Name(row.place.clone()),
            Column::System => Cell::Said(row.os.clone()),
            Column::Person => Cell::Said(row.person.clone()),
            Column::Heard => Cell::Heard {
                look: row.look,
                when: row.heard,
                never: (!row.enrolled).then(|| row.word.clone()),
            },
            Column::Version => Cell::Said(device.version.clone()),
            Column::Address => Cell::Said(device.address.clone()),
            Column::Serial => Cell::Said(device.serial.clone()),
            Column::Enrolled => Cell::When(Moment::ago(device.created, self.now)),
            Column::History => match self.histories.get(at) {
                Some(strip) => Cell::History(strip::picture(strip, self.now, t)),
                None => Cell::Said(String::new()),
            },
            Column::Field(key) => {
                let value = self.values.get(at).and_then(|values| values.get(key));
                Cell::Said(value.cloned().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_by_its_word_and_strangers_are_none() {
        for column in Column::BUILT_IN {
            assert_eq!(Column::named(&column.word()), Some(column));
        }
        let field = Column::Field("room".into());
        assert_eq!(Column::named("field.room"), Some(field));
        for word in ["", "Name", "field.", "field.<b>", "field.9"] {
            assert_eq!(Column::named(word), None, "{word}");
        }
    }
}
