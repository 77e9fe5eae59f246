//! Many expected devices written by a few statements: each takes all of them as one JSON text. A
//! statement of its own for every row would spend most of an import on going to and fro.

use std::collections::HashMap;

use farpane_protocol::ids::{DeviceId, OrgId, TenantId};
use farpane_protocol::time::Timestamp;
use serde_json::{Value, json};
use sqlx::Row as _;

use super::super::Tx;
use super::super::bulk::{tag, words};
use super::super::rows::{micros, uuid};
use crate::model::field::FieldValue;
use crate::model::text::fold;
use crate::store::StoreError;
use crate::store::imports::Expected;

/// Devices of one batch: their JSON stays below a megabyte.
const AT_ONCE: usize = 1_000;

/// What a device without a system says.
const NO_SYSTEM: &str = "unknown";

/// One device as the rows that name it say, taken together: later ones over earlier ones.
struct Row<'a> {
    device: &'a Expected,
    tags: Vec<&'a str>,
    fields: HashMap<i64, &'a FieldValue>,
    /// Its number, once it is known.
    num: Option<i64>,
}

/// Rows about the same customer and name are one device.
fn merged(devices: &[Expected]) -> Vec<Row<'_>> {
    let mut at: HashMap<(TenantId, String), usize> = HashMap::new();
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(devices.len());
    for device in devices {
        let known = *at
            .entry((device.spot.tenant, fold(&device.name)))
            .or_insert(rows.len());
        if known == rows.len() {
            rows.push(Row {
                device,
                tags: Vec::new(),
                fields: HashMap::new(),
                num: None,
            });
        }
        let row = &mut rows[known];
        row.device = device;
        row.tags.extend(device.tags.iter().map(String::as_str));
        let fields = device.fields.iter();
        row.fields.extend(fields.map(|(num, value)| (*num, value)));
    }
    rows
}

fn hex(id: uuid::Uuid) -> String {
    id.simple().to_string()
}

/// What the statements read of a row.
fn told(row: &Row<'_>) -> Value {
    let device = row.device;
    let os = if device.os.is_empty() {
        NO_SYSTEM
    } else {
        &device.os
    };
    json!({
        "num": row.num,
        "id": hex(device.id.0),
        "tenant": hex(device.spot.tenant.0),
        "place": device.spot.place.map(|place| hex(place.0)),
        "name": device.name,
        "name_fold": fold(&device.name),
        "os": os,
        "os_fold": fold(os),
        "serial": device.serial,
        "serial_fold": fold(&device.serial),
        "words": words_of(row),
    })
}

/// The words of a new device, as `words!` would put them together, so that the index of words is
/// written once.
fn words_of(row: &Row<'_>) -> String {
    let mut fields: Vec<_> = row.fields.iter().collect();
    fields.sort_unstable_by_key(|(num, _)| **num);
    let fields: Vec<_> = fields.iter().map(|(_, value)| fold(&value.text)).collect();
    format!("{}\n\n\n{}", fold(&row.device.serial), fields.join("\n"))
}

/// Writes a list of values as the parameter of a statement.
fn text(values: Vec<Value>) -> String {
    Value::Array(values).to_string()
}

/// Writes them all; tags and fields come to those that they had.
pub(super) async fn write(
    tx: &mut Tx,
    org: OrgId,
    devices: &[Expected],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut tags: HashMap<String, Option<i64>> = HashMap::new();
    for some in devices.chunks(AT_ONCE) {
        let mut rows = merged(some);
        find(tx, &mut rows).await?;
        let (known, new): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.num.is_some());
        update(tx, text(known.iter().map(|row| told(row)).collect())).await?;
        let new = text(new.iter().map(|row| told(row)).collect());
        let nums = insert(tx, org, new, now).await?;
        let mut changed = Vec::new();
        for row in &mut rows {
            match row.num {
                Some(num) => changed.push(json!(num)),
                None => row.num = nums.get(&row.device.id).copied(),
            }
        }
        keep_tags(tx, org, &rows, &mut tags).await?;
        keep_fields(tx, &rows).await?;
        // Of those that were there before, the words may have changed.
        sqlx::query(concat!(
            "UPDATE device SET words = ",
            words!(),
            " WHERE num IN (SELECT value FROM json_each($1))"
        ))
        .bind(text(changed))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Looks which of them are expected already.
async fn find(tx: &mut Tx, rows: &mut [Row<'_>]) -> Result<(), StoreError> {
    let named = rows.iter().map(|row| {
        let device = row.device;
        json!([hex(device.spot.tenant.0), fold(&device.name)])
    });
    let found = sqlx::query(
        "SELECT r.key AS at, (SELECT num FROM device INDEXED BY device_expected \
             WHERE tenant = unhex(r.value ->> 0) AND name_fold = r.value ->> 1 \
             AND key IS NULL AND removed IS NULL LIMIT 1) AS num FROM json_each($1) r",
    )
    .bind(text(named.collect()))
    .fetch_all(&mut **tx)
    .await?;
    for found in found {
        let at: i64 = found.try_get("at").map_err(StoreError::from)?;
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        if let Some(row) = rows.get_mut(at) {
            row.num = found.try_get("num").map_err(StoreError::from)?;
        }
    }
    Ok(())
}

async fn update(tx: &mut Tx, rows: String) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE device SET place = unhex(r.value ->> 'place'), name = r.value ->> 'name', \
         os = r.value ->> 'os', os_fold = r.value ->> 'os_fold', serial = r.value ->> 'serial', \
         serial_fold = r.value ->> 'serial_fold' FROM json_each($1) r \
         WHERE device.num = r.value ->> 'num'",
    )
    .bind(rows)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    org: OrgId,
    rows: String,
    now: Timestamp,
) -> Result<HashMap<DeviceId, i64>, StoreError> {
    let made = sqlx::query(
        "INSERT INTO device (id, org, tenant, place, name, name_fold, os, os_fold, version, \
         serial, serial_fold, words, unattended, approval, created) \
         SELECT unhex(value ->> 'id'), $2, unhex(value ->> 'tenant'), unhex(value ->> 'place'), \
         value ->> 'name', value ->> 'name_fold', value ->> 'os', value ->> 'os_fold', '', \
         value ->> 'serial', value ->> 'serial_fold', value ->> 'words', 0, 'approved', $3 \
         FROM json_each($1) ORDER BY key RETURNING id, num",
    )
    .bind(rows)
    .bind(org.0)
    .bind(micros(now))
    .fetch_all(&mut **tx)
    .await?;
    let mut nums = HashMap::with_capacity(made.len());
    for row in &made {
        let num = row.try_get("num").map_err(StoreError::from)?;
        nums.insert(DeviceId(uuid(row, "id")?), num);
    }
    Ok(nums)
}

async fn keep_tags(
    tx: &mut Tx,
    org: OrgId,
    rows: &[Row<'_>],
    tags: &mut HashMap<String, Option<i64>>,
) -> Result<(), StoreError> {
    let mut pairs = Vec::new();
    for row in rows {
        for name in &row.tags {
            let folded = fold(name);
            let known = match tags.get(&folded) {
                Some(known) => *known,
                None => tag(tx, org, name).await?,
            };
            tags.insert(folded, known);
            // Beyond the most tags that there may be, the rest is left off.
            if let (Some(known), Some(num)) = (known, row.num) {
                pairs.push(json!([known, num]));
            }
        }
    }
    sqlx::query(
        "INSERT OR IGNORE INTO device_tag (tag, device) \
         SELECT value ->> 0, value ->> 1 FROM json_each($1)",
    )
    .bind(text(pairs))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn keep_fields(tx: &mut Tx, rows: &[Row<'_>]) -> Result<(), StoreError> {
    let mut texts = Vec::new();
    for row in rows {
        for (field, value) in &row.fields {
            let Some(amount) = value.amount else {
                texts.push(json!([field, row.num, value.text, fold(&value.text)]));
                continue;
            };
            // By itself: read back from decimal digits, a number may be another one in its last
            // bit, and then it is not found by its own value.
            sqlx::query(
                "INSERT OR REPLACE INTO device_field (field, device, value, value_fold, amount) \
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(field)
            .bind(row.num)
            .bind(&value.text)
            .bind(fold(&value.text))
            .bind(amount)
            .execute(&mut **tx)
            .await?;
        }
    }
    sqlx::query(
        "INSERT OR REPLACE INTO device_field (field, device, value, value_fold, amount) \
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, NULL FROM json_each($1)",
    )
    .bind(text(texts))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
