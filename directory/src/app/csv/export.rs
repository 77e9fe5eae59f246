//! The devices of a search as CSV (RFC 4180), written page by page, so that a million rows need no
//! more memory than a thousand.

use std::collections::HashMap;

use farpane_protocol::time::Timestamp;

use super::{FIELD, PLACE_GAP, TAG_GAP};
use crate::app::AppError;
use crate::app::caller::Caller;
use crate::app::find::Ask;
use crate::audit::{Event, Personal};
use crate::model::catalogue::{Listed, Sort};
use crate::model::field::Field;
use crate::model::place::{PlaceKind, Tree};
use crate::model::query::Query;
use crate::model::sheet::guarded;
use crate::policy::rights::{Action, Path, Visible};

/// Devices that are written at once.
const AT_ONCE: u32 = 1000;

/// Headings before those of custom fields.
const HEADINGS: [&str; 14] = [
    "id",
    "name",
    "customer",
    "site",
    "group",
    "os",
    "version",
    "serial",
    "person",
    "address",
    "approval",
    "tags",
    "created",
    "last_heard",
];

/// A table that is being written.
pub struct Export {
    caller: Caller,
    query: Query,
    sort: Sort,
    fields: Vec<Field>,
    next: Next,
}

enum Next {
    Headings,
    Page(Option<String>),
    Nothing,
}

fn moment(time: Timestamp) -> String {
    let seconds = i64::try_from(time.seconds()).unwrap_or(i64::MAX);
    time::OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|time| {
            time.format(&time::format_description::well_known::Rfc3339)
                .ok()
        })
        .unwrap_or_default()
}

/// Names of the sites and of the groups that a device stands in.
fn places(tree: &Tree, device: &Listed) -> (String, String) {
    let chain = device
        .spot
        .place
        .map(|id| tree.chain(id))
        .unwrap_or_default();
    let of = |kind| {
        let places = chain.iter().filter_map(|id| tree.place(*id));
        let names: Vec<_> = places
            .filter(|place| place.kind == kind)
            .map(|place| place.name.as_str())
            .collect();
        names.join(&format!(" {PLACE_GAP} "))
    };
    (of(PlaceKind::Site), of(PlaceKind::Group))
}

impl Caller {
    /// Begins to write the devices of a search, those only that the caller may take out. The
    /// record says so before the first row leaves.
    pub async fn export(self, typed: &str, sort: Sort) -> Result<Export, AppError> {
        let query = Query::parse(typed)?;
        match self.rights.visible(Action::ExportDevices) {
            Visible::All => {}
            some if some.is_nothing() => {
                self.check(Action::ExportDevices, &Path::ORG, "device")?;
            }
            Visible::Below { .. } => {}
        }
        let fields = self.fields().await?;
        let entry = self.core.entry(self.actor(), Event::CatalogueExported);
        let entry = entry.with(Personal::named(&query.to_string()));
        self.core.store.record(&entry).await?;
        Ok(Export {
            caller: self,
            query,
            sort,
            fields,
            next: Next::Headings,
        })
    }
}

impl Export {
    /// The next part of the file; `None` after the last.
    pub async fn part(&mut self) -> Result<Option<Vec<u8>>, AppError> {
        let cursor = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => return Ok(None),
            Next::Headings => {
                self.next = Next::Page(None);
                let fields = self
                    .fields
                    .iter()
                    .map(|field| format!("{FIELD}{}", field.key));
                let headings = HEADINGS.into_iter().map(str::to_owned).chain(fields);
                return Ok(Some(rows([headings.collect()])));
            }
            Next::Page(cursor) => cursor,
        };
        let ask = Ask {
            sort: self.sort,
            cursor,
            limit: AT_ONCE,
            ..Ask::default()
        };
        let within = self.caller.rights.visible(Action::ExportDevices);
        let found = self.caller.find_within(&self.query, &ask, &within).await?;
        if found.next.is_some() {
            self.next = Next::Page(found.next);
        }
        let mut lines = Vec::with_capacity(found.devices.len());
        for device in &found.devices {
            lines.push(self.row(&found.tree, device).await?);
        }
        Ok(Some(rows(lines)))
    }

    async fn row(&self, tree: &Tree, device: &Listed) -> Result<Vec<String>, AppError> {
        let tenant = tree.tenant(device.spot.tenant);
        let (site, group) = places(tree, device);
        let mut cells = vec![
            device.id.to_string(),
            device.name.clone(),
            tenant.map(|tenant| tenant.name.clone()).unwrap_or_default(),
            site,
            group,
            device.os.clone(),
            device.version.clone(),
            device.serial.clone(),
            device.person.clone(),
            device.address.clone(),
            device.standing.word().to_owned(),
            device.tags.join(&TAG_GAP.to_string()),
            moment(device.created),
            device.last_heard.map(moment).unwrap_or_default(),
        ];
        if !self.fields.is_empty() {
            let core = &self.caller.core;
            let values = core.store.field_values(core.org.id, device.num).await?;
            let values: HashMap<String, String> = values
                .into_iter()
                .map(|(key, _, value)| (key, value))
                .collect();
            let value = |field: &Field| values.get(&field.key).cloned().unwrap_or_default();
            cells.extend(self.fields.iter().map(value));
        }
        Ok(cells)
    }
}

/// Rows as CSV, every cell harmless.
fn rows(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        // Writing into memory does not fail, and rows of one table are equally long.
        writer
            .write_record(row.iter().map(|cell| guarded(cell)))
            .ok();
    }
    writer.into_inner().unwrap_or_default()
}
