//! Devices from a CSV file, written into the catalogue before they enrol. Every row is checked
//! first; then all are written, or none.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::sync::Arc;

use farpane_protocol::ids::{DeviceId, PlaceId, TenantId};
use sha2::{Digest as _, Sha256};

use super::{FIELD, PLACE_GAP, TAG_GAP};
use crate::app::caller::Caller;
use crate::app::{AppError, Denied};
use crate::audit::{Entry, Event};
use crate::model::field::Field;
use crate::model::place::{DEPTH_MOST, PlaceKind, Spot, Tree};
use crate::model::said::Said;
use crate::model::sheet::unguarded;
use crate::model::text::fold;
use crate::model::{new_uuid, text};
use crate::policy::rights::{Action, Path};
use crate::store::imports::Expected;

/// Most rows of one file.
pub const ROWS_MOST: usize = 1_000_000;

/// Largest file, in bytes.
pub const FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Bad rows that are named; a file that is wrong everywhere is wrong in the same way.
const COMPLAINTS_MOST: usize = 20;

/// Rows that are written in one transaction: others wait for a tenth of a second at most.
const AT_ONCE: usize = 500;

/// Most tags of one row.
const TAGS_MOST: usize = 50;

/// What to do about what is not as it should be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leniency {
    /// Make customers that there are none of yet.
    pub create_customers: bool,
    /// Make sites and groups that there are none of yet.
    pub create_places: bool,
    /// Leave bad rows out and write the others.
    pub skip_bad: bool,
}

/// A row that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: Said,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Devices.
    pub devices: u64,
    /// Customers that were made.
    pub customers: u64,
    /// Sites and groups that were made.
    pub places: u64,
    /// How many rows were bad.
    pub bad: u64,
    /// The first of them.
    pub complaints: Vec<BadRow>,
}

/// What stands in which column.
#[derive(Debug)]
enum Column {
    Name,
    Customer,
    Site,
    Group,
    Tags,
    Os,
    Serial,
    Field(usize),
    /// Something that an export writes and an import does not set.
    Ignored,
}

fn columns(headings: &csv::StringRecord, fields: &[Field]) -> Result<Vec<Column>, Denied> {
    let mut columns = Vec::new();
    for heading in headings {
        let heading = heading.trim().trim_start_matches('\u{feff}').to_lowercase();
        columns.push(match heading.as_str() {
            "name" => Column::Name,
            "customer" => Column::Customer,
            "site" => Column::Site,
            "group" => Column::Group,
            "tags" => Column::Tags,
            "os" => Column::Os,
            "serial" => Column::Serial,
            "id" | "version" | "person" | "address" | "approval" | "created" | "last_heard" => {
                Column::Ignored
            }
            other => {
                let at = other
                    .strip_prefix(FIELD)
                    .and_then(|key| fields.iter().position(|field| field.key == key));
                Column::Field(at.ok_or_else(|| {
                    let why = Said::new(
                        "Line 1: there is no column \"{column}\". Use name, customer, site, \
                         group, tags, os, serial, or field.KEY of a custom field that is defined.",
                    );
                    Denied::NotUnderstood(why.text("column", text::name(other)))
                })?)
            }
        });
    }
    for (needed, is) in [
        (
            "name",
            columns.iter().any(|column| matches!(column, Column::Name)),
        ),
        (
            "customer",
            columns
                .iter()
                .any(|column| matches!(column, Column::Customer)),
        ),
    ] {
        if !is {
            let why = Said::new(
                "Line 1: there is no column \"{column}\". The first line names the columns; name \
                 and customer are needed.",
            );
            return Err(Denied::NotUnderstood(why.text("column", needed)));
        }
    }
    Ok(columns)
}

/// A row as it stands in the file, with names not looked up yet.
#[derive(Debug, Default)]
struct Row {
    line: u64,
    customer: String,
    /// From the customer inward.
    places: PlacePath,
    device: Option<Expected>,
}

/// Reads one row; what is wrong with it is said.
fn row(
    record: &csv::StringRecord,
    columns: &[Column],
    fields: &[Field],
    id: DeviceId,
) -> Result<Row, Said> {
    let mut row = Row::default();
    let mut device = Expected {
        id,
        spot: Spot::at(TenantId(uuid::Uuid::nil())),
        name: String::new(),
        os: String::new(),
        serial: String::new(),
        tags: Vec::new(),
        fields: Vec::new(),
    };
    let (mut sites, mut groups) = (Vec::new(), Vec::new());
    for (cell, column) in record.iter().zip(columns) {
        let value = text::name(&unguarded(cell));
        let path = |kind| {
            let names = value.split(PLACE_GAP).map(text::name);
            names
                .filter(|name| !name.is_empty())
                .map(|name| (kind, name))
                .collect::<Vec<_>>()
        };
        match column {
            Column::Name => device.name = value,
            Column::Customer => row.customer = value,
            Column::Site => sites = path(PlaceKind::Site),
            Column::Group => groups = path(PlaceKind::Group),
            Column::Tags => {
                let tags = value.split(TAG_GAP).map(text::name);
                device.tags = tags.filter(|tag| !tag.is_empty()).collect();
            }
            Column::Os => device.os = value,
            Column::Serial => device.serial = value,
            Column::Field(_) if value.is_empty() => {}
            Column::Field(at) => {
                let field = &fields[*at];
                device.fields.push((field.num, field.take(&value)?));
            }
            Column::Ignored => {}
        }
    }
    if device.name.is_empty() {
        return Err("The device has no name.".into());
    }
    if row.customer.is_empty() {
        return Err("The device has no customer.".into());
    }
    if device.tags.len() > TAGS_MOST {
        return Err(Said::new("A device has {most} tags at most.").number("most", TAGS_MOST));
    }
    row.places = sites.into_iter().chain(groups).collect();
    if row.places.len() > DEPTH_MOST {
        let why = Said::new("Places may lie {most} deep and no deeper.");
        return Err(why.number("most", DEPTH_MOST));
    }
    row.device = Some(device);
    Ok(row)
}

impl Caller {
    /// Reads devices from a CSV file and writes them as expected ones. Rows are checked before
    /// anything is written; a bad one is named by its line.
    pub async fn import(&self, file: impl Read, leniency: Leniency) -> Result<Imported, AppError> {
        let plan = self.plan(file, leniency).await?;
        let mut done = plan.done;
        if done.bad > 0 && !leniency.skip_bad {
            return Ok(done);
        }
        self.make(&plan.tree, plan.missing, &mut done).await?;
        let tree = self.tree().await?;
        let devices = place(&tree, plan.rows);
        done.devices = devices.len() as u64;
        self.write(&devices, plan.digest).await?;
        Ok(done)
    }

    /// What an import would do, and which rows are bad. Nothing is written.
    pub async fn plan_import(
        &self,
        file: impl Read,
        leniency: Leniency,
    ) -> Result<Imported, AppError> {
        let plan = self.plan(file, leniency).await?;
        let (customers, places) = plan.missing.count(&plan.tree);
        if customers > 0 {
            self.check_org(Action::ManageTenants)?;
        }
        Ok(Imported {
            devices: plan.rows.len() as u64,
            customers,
            places,
            ..plan.done
        })
    }

    /// Reads a file and checks every row.
    async fn plan(&self, file: impl Read, leniency: Leniency) -> Result<Plan, AppError> {
        let fields = self.fields().await?;
        let mut hashed = Hashed {
            file: file.take(FILE_BYTES),
            hash: Sha256::new(),
        };
        let mut done = Imported::default();
        let rows = self.read(&mut hashed, &fields, &mut done)?;
        let tree = self.tree().await?;
        let mut good = Vec::with_capacity(rows.len());
        let mut missing = Missing::default();
        for row in rows {
            match self.find_spot(&tree, &row, leniency, &mut missing) {
                Ok(()) => good.push(row),
                Err(why) => done.complain(row.line, why),
            }
        }
        Ok(Plan {
            digest: hashed.hash.finalize().into(),
            rows: good,
            done,
            missing,
            tree,
        })
    }

    /// Makes the customers and places that there are none of yet.
    async fn make(
        &self,
        tree: &Tree,
        missing: Missing,
        done: &mut Imported,
    ) -> Result<(), AppError> {
        for (customer, paths) in missing.0.into_values() {
            let tenant = match tree.tenant_named(&customer) {
                Some(tenant) => tenant.id,
                None => {
                    done.customers += 1;
                    self.add_tenant(&customer).await?.id
                }
            };
            if !paths.is_empty() {
                self.check(Action::EditPlaces, &Path::tenant(tenant), "customer")?;
            }
            // The tree in hand grows old while places are made; these are the new ones.
            let mut made: HashMap<(Spot, String), PlaceId> = HashMap::new();
            for path in paths {
                let mut spot = Spot::at(tenant);
                for (kind, name) in path {
                    let at = (spot, fold(&name));
                    let known = tree.child_named(spot, &name).map(|place| place.id);
                    spot.place = Some(match known.or_else(|| made.get(&at).copied()) {
                        Some(known) => known,
                        None => {
                            done.places += 1;
                            let place = self.keep_place(spot, kind, &name).await?;
                            made.insert(at, place.id);
                            place.id
                        }
                    });
                }
            }
        }
        Ok(())
    }

    fn read(
        &self,
        file: impl Read,
        fields: &[Field],
        done: &mut Imported,
    ) -> Result<Vec<Row>, AppError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
        let unreadable = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            let why = Said::new("Line {line} cannot be read: the file has to be CSV in UTF-8.");
            Denied::NotUnderstood(why.number("line", line))
        };
        let headings = reader.headers().map_err(unreadable)?.clone();
        let columns = columns(&headings, fields)?;
        let now = self.core.clock.now();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != columns.len() {
                let why = Said::new("It has {has} cells; the first line has {first}.")
                    .number("has", record.len())
                    .number("first", columns.len());
                done.complain(line, why);
                continue;
            }
            match row(&record, &columns, fields, DeviceId(new_uuid(now))) {
                Ok(row) => rows.push(Row { line, ..row }),
                Err(why) => done.complain(line, why),
            }
            if rows.len() > ROWS_MOST {
                return Err(Denied::BadRequest("A file may have 1,000,000 rows. Split it.").into());
            }
        }
        Ok(rows)
    }

    /// Whether a row's spot is there, or may be made.
    fn find_spot(
        &self,
        tree: &Tree,
        row: &Row,
        leniency: Leniency,
        missing: &mut Missing,
    ) -> Result<(), Said> {
        // What the caller may not know of is as if it were not there.
        let tenant = tree.tenant_named(&row.customer);
        let tenant = tenant.filter(|tenant| self.knows(&tree.path(Spot::at(tenant.id))));
        let Some(tenant) = tenant else {
            if !leniency.create_customers {
                return Err(Said::new(
                    "There is no customer \"{customer}\". Add it, or let the import make customers.",
                )
                .text("customer", &row.customer));
            }
            missing.note(&row.customer, &row.places);
            return Ok(());
        };
        let mut spot = Spot::at(tenant.id);
        let path = tree.path(spot);
        self.check(Action::ImportDevices, &path, "customer")
            .map_err(|denied| denied.said())?;
        for (_, name) in &row.places {
            match tree.child_named(spot, name) {
                Some(place) => spot.place = Some(place.id),
                None if leniency.create_places => {
                    missing.note(&row.customer, &row.places);
                    return Ok(());
                }
                None => {
                    let why = Said::new(
                        "There is no site or group \"{name}\" there. Add it, or let the import \
                         make places.",
                    );
                    return Err(why.text("name", name));
                }
            }
        }
        Ok(())
    }

    async fn write(&self, devices: &[Expected], digest: [u8; 32]) -> Result<(), AppError> {
        use base64::Engine as _;
        let event = Event::CatalogueImported {
            count: devices.len() as u64,
            digest: base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest),
        };
        let entry: Entry = self.core.entry(self.actor(), event);
        let mut entry = (!devices.is_empty()).then_some(&entry);
        let now = self.core.clock.now();
        let org = self.core.org.id;
        for some in devices.chunks(AT_ONCE) {
            // Recorded with the first of them.
            self.core.store.expect(org, some, now, entry.take()).await?;
        }
        Ok(())
    }
}

impl Imported {
    fn complain(&mut self, line: u64, why: Said) {
        self.bad += 1;
        if self.complaints.len() < COMPLAINTS_MOST {
            self.complaints.push(BadRow { line, why });
        }
    }
}

/// Places that lie in each other, from the customer inward.
type PlacePath = Vec<(PlaceKind, String)>;

/// Customers, by folded name, and paths below them that have to be made, each once.
#[derive(Default)]
struct Missing(BTreeMap<String, (String, BTreeSet<PlacePath>)>);

impl Missing {
    /// How many customers, and sites and groups, have to be made.
    fn count(&self, tree: &Tree) -> (u64, u64) {
        let (mut customers, mut places) = (0, 0);
        for (customer, paths) in self.0.values() {
            let tenant = tree.tenant_named(customer);
            customers += u64::from(tenant.is_none());
            // Each place once, however many rows stand in it: by its folded path.
            let mut new: BTreeSet<Vec<String>> = BTreeSet::new();
            for path in paths {
                let mut spot = tenant.map(|tenant| Spot::at(tenant.id));
                let mut folded = Vec::new();
                for (_, name) in path {
                    folded.push(fold(name));
                    let known = spot.and_then(|at| Some((at, tree.child_named(at, name)?.id)));
                    spot = known.map(|(at, place)| Spot {
                        place: Some(place),
                        ..at
                    });
                    if spot.is_none() {
                        new.insert(folded.clone());
                    }
                }
            }
            places += new.len() as u64;
        }
        (customers, places)
    }

    fn note(&mut self, customer: &str, places: &PlacePath) {
        let customer = self
            .0
            .entry(fold(customer))
            .or_insert_with(|| (customer.to_owned(), BTreeSet::new()));
        if !places.is_empty() && !customer.1.contains(places) {
            customer.1.insert(places.clone());
        }
    }
}

/// The devices of rows whose spots all exist now.
fn place(tree: &Tree, rows: Vec<Row>) -> Vec<Expected> {
    let mut devices = Vec::with_capacity(rows.len());
    for row in rows {
        let tenant = tree.tenant_named(&row.customer).map(|tenant| tenant.id);
        let Some((tenant, mut device)) = tenant.zip(row.device) else {
            continue;
        };
        device.spot = Spot::at(tenant);
        for (_, name) in &row.places {
            match tree.child_named(device.spot, name) {
                Some(place) => device.spot.place = Some(place.id),
                None => break,
            }
        }
        devices.push(device);
    }
    devices
}

/// A file that was read and checked, before anything is written.
struct Plan {
    rows: Vec<Row>,
    done: Imported,
    missing: Missing,
    tree: Arc<Tree>,
    digest: [u8; 32],
}

/// A file that is hashed while it is read.
struct Hashed<F> {
    file: F,
    hash: Sha256,
}

impl<F: Read> Read for Hashed<F> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let count = self.file.read(into)?;
            self.hash.update(&into[..count]);
            // Without carriage returns every row begins on the line that it is said to begin on.
            let mut kept = 0;
            for at in 0..count {
                if into[at] != b'\r' {
                    into[kept] = into[at];
                    kept += 1;
                }
            }
            // Nothing kept of something read is not yet the end.
            if kept > 0 || count == 0 {
                return Ok(kept);
            }
        }
    }
}
