//! What each act does to its devices, and how each is undone. An item of an act is marked as
//! changed only if the act changed it, so that undoing leaves alone what was so before.

use farpane_protocol::ids::OrgId;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::words;
use crate::model::bulk::{Act, Bulk, TAGS_MOST, TAGS_PER_DEVICE};
use crate::model::field::FieldValue;
use crate::model::text::fold;
use crate::store::StoreError;
use crate::store::sqlite::Tx;
use crate::store::sqlite::rows::micros;

/// The devices of act `$1` that it changed.
macro_rules! changed {
    () => {
        "(SELECT i.device FROM bulk_item i WHERE i.bulk = $1 AND i.changed = 1)"
    };
}

/// The number of a tag, which is made if it is new; `None` if there are too many.
pub(in crate::store::sqlite) async fn tag(
    tx: &mut Tx,
    org: OrgId,
    name: &str,
) -> Result<Option<i64>, StoreError> {
    sqlx::query(
        "INSERT INTO tag (org, name, name_fold) SELECT $1, $2, $3 \
         WHERE (SELECT count(*) FROM tag WHERE org = $1) < $4 ON CONFLICT DO NOTHING",
    )
    .bind(org.0)
    .bind(name)
    .bind(fold(name))
    .bind(TAGS_MOST)
    .execute(&mut **tx)
    .await?;
    let num = sqlx::query_scalar("SELECT num FROM tag WHERE org = $1 AND name_fold = $2");
    Ok(num
        .bind(org.0)
        .bind(fold(name))
        .fetch_optional(&mut **tx)
        .await?)
}

async fn put_tag(tx: &mut Tx, bulk: Uuid, tag: i64) -> Result<(), StoreError> {
    sqlx::query(concat!(
        "INSERT OR IGNORE INTO device_tag (tag, device) SELECT $2, num FROM device WHERE num IN ",
        changed!()
    ))
    .bind(bulk)
    .bind(tag)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn take_tag(tx: &mut Tx, bulk: Uuid, tag: i64) -> Result<(), StoreError> {
    sqlx::query(concat!(
        "DELETE FROM device_tag WHERE tag = $2 AND device IN ",
        changed!()
    ))
    .bind(bulk)
    .bind(tag)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ends the open sessions of the devices that an act changed.
async fn end_sessions(tx: &mut Tx, bulk: Uuid, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(concat!(
        "UPDATE session SET state = 'over', ended = $2, end_reason = $3, kill_due = 1 \
         WHERE ended IS NULL AND device IN (SELECT d.id FROM device d WHERE d.num IN ",
        changed!(),
        ")"
    ))
    .bind(bulk)
    .bind(micros(now))
    .bind(EndReason::Revoked.word())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The number of a field.
async fn field(tx: &mut Tx, org: OrgId, key: &str) -> Result<Option<i64>, StoreError> {
    let num = sqlx::query_scalar("SELECT num FROM field WHERE org = $1 AND key = $2");
    Ok(num.bind(org.0).bind(key).fetch_optional(&mut **tx).await?)
}

async fn find_words_anew(tx: &mut Tx, bulk: Uuid) -> Result<(), StoreError> {
    sqlx::query(concat!(
        "UPDATE device SET words = ",
        words!(),
        " WHERE num IN ",
        changed!()
    ))
    .bind(bulk)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Marks items as changed and keeps how they were; says how many.
async fn mark(
    tx: &mut Tx,
    query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
) -> Result<u64, StoreError> {
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

/// Does it; how many devices changed, or `None` if there would be too many tags.
pub(super) async fn run(
    tx: &mut Tx,
    org: OrgId,
    bulk: &Bulk,
    value: Option<&FieldValue>,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let id = bulk.id;
    let changed = match &bulk.act {
        Act::Tag { tag: name } => {
            let Some(tag) = tag(tx, org, name).await? else {
                return Ok(None);
            };
            let query = sqlx::query(
                "UPDATE bulk_item SET changed = 1 WHERE bulk = $1 AND NOT EXISTS \
                 (SELECT 1 FROM device_tag g WHERE g.tag = $2 AND g.device = bulk_item.device) \
                 AND (SELECT count(*) FROM device_tag g WHERE g.device = bulk_item.device) < $3",
            );
            let query = query.bind(id).bind(tag).bind(TAGS_PER_DEVICE);
            let changed = mark(tx, query).await?;
            put_tag(tx, id, tag).await?;
            changed
        }
        Act::Untag { tag: name } => {
            let Some(tag) = tag(tx, org, name).await? else {
                return Ok(None);
            };
            let query = sqlx::query(
                "UPDATE bulk_item SET changed = 1 WHERE bulk = $1 AND EXISTS \
                 (SELECT 1 FROM device_tag g WHERE g.tag = $2 AND g.device = bulk_item.device)",
            );
            let changed = mark(tx, query.bind(id).bind(tag)).await?;
            take_tag(tx, id, tag).await?;
            changed
        }
        Act::Move { customer, place } => {
            let place = place.map(|place| place.0);
            let query = sqlx::query(
                "UPDATE bulk_item SET changed = 1, before = (SELECT hex(d.tenant) || \
                 coalesce(hex(d.place), '') FROM device d WHERE d.num = bulk_item.device) \
                 WHERE bulk = $1 AND EXISTS (SELECT 1 FROM device d \
                 WHERE d.num = bulk_item.device AND (d.tenant <> $2 OR d.place IS NOT $3))",
            );
            let changed = mark(tx, query.bind(id).bind(customer.0).bind(place)).await?;
            sqlx::query(concat!(
                "UPDATE device SET tenant = $2, place = $3 WHERE num IN ",
                changed!()
            ))
            .bind(id)
            .bind(customer.0)
            .bind(place)
            .execute(&mut **tx)
            .await?;
            changed
        }
        Act::SetField { field: key, .. } => {
            let Some(field) = field(tx, org, key).await? else {
                return Ok(Some(0));
            };
            set_field(tx, id, field, value).await?
        }
        Act::Approve => {
            let query = sqlx::query(
                "UPDATE bulk_item SET changed = 1 WHERE bulk = $1 AND EXISTS (SELECT 1 \
                 FROM device d WHERE d.num = bulk_item.device AND d.approval = 'pending')",
            );
            let changed = mark(tx, query.bind(id)).await?;
            sqlx::query(concat!(
                "UPDATE device SET approval = 'approved' WHERE num IN ",
                changed!()
            ))
            .bind(id)
            .execute(&mut **tx)
            .await?;
            changed
        }
        Act::Remove => {
            let query = sqlx::query("UPDATE bulk_item SET changed = 1 WHERE bulk = $1");
            let changed = mark(tx, query.bind(id)).await?;
            end_sessions(tx, id, now).await?;
            sqlx::query(concat!(
                "UPDATE device SET removed = $2, present = 0, \
                 last_heard = iif(present = 1, $2, last_heard) WHERE num IN ",
                changed!()
            ))
            .bind(id)
            .bind(micros(now))
            .execute(&mut **tx)
            .await?;
            changed
        }
    };
    Ok(Some(changed))
}

async fn set_field(
    tx: &mut Tx,
    id: Uuid,
    field: i64,
    value: Option<&FieldValue>,
) -> Result<u64, StoreError> {
    let text = value.map(|value| value.text.as_str());
    let query = sqlx::query(
        "UPDATE bulk_item SET changed = 1, before = (SELECT json_object('value', v.value, \
         'fold', v.value_fold, 'amount', v.amount) FROM device_field v \
         WHERE v.field = $2 AND v.device = bulk_item.device) \
         WHERE bulk = $1 AND (SELECT v.value FROM device_field v \
         WHERE v.field = $2 AND v.device = bulk_item.device) IS NOT $3",
    );
    let changed = mark(tx, query.bind(id).bind(field).bind(text)).await?;
    sqlx::query(concat!(
        "DELETE FROM device_field WHERE field = $2 AND device IN ",
        changed!()
    ))
    .bind(id)
    .bind(field)
    .execute(&mut **tx)
    .await?;
    if let Some(value) = value {
        sqlx::query(concat!(
            "INSERT INTO device_field (field, device, value, value_fold, amount) \
             SELECT $2, num, $3, $4, $5 FROM device WHERE num IN ",
            changed!()
        ))
        .bind(id)
        .bind(field)
        .bind(&value.text)
        .bind(fold(&value.text))
        .bind(value.amount)
        .execute(&mut **tx)
        .await?;
    }
    find_words_anew(tx, id).await?;
    Ok(changed)
}

/// Puts every changed device back; how many, or `None` if there would be too many tags.
pub(super) async fn undo(
    tx: &mut Tx,
    org: OrgId,
    bulk: &Bulk,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let id = bulk.id;
    match &bulk.act {
        Act::Tag { tag: name } => {
            let Some(tag) = tag(tx, org, name).await? else {
                return Ok(None);
            };
            take_tag(tx, id, tag).await?;
        }
        Act::Untag { tag: name } => {
            let Some(tag) = tag(tx, org, name).await? else {
                return Ok(None);
            };
            put_tag(tx, id, tag).await?;
        }
        Act::Move { .. } => {
            // A place that is gone meanwhile leaves the device at its customer; a customer that is
            // gone leaves it where it is.
            sqlx::query(
                "UPDATE device SET tenant = t.id, place = (SELECT p.id FROM place p \
                 WHERE p.id = unhex(substr(i.before, 33)) AND p.tenant = t.id) \
                 FROM bulk_item i JOIN tenant t ON t.id = unhex(substr(i.before, 1, 32)) \
                 WHERE i.bulk = $1 AND i.changed = 1 AND device.num = i.device",
            )
            .bind(id)
            .execute(&mut **tx)
            .await?;
        }
        Act::SetField { field: key, .. } => {
            if let Some(field) = field(tx, org, key).await? {
                sqlx::query(concat!(
                    "DELETE FROM device_field WHERE field = $2 AND device IN ",
                    changed!()
                ))
                .bind(id)
                .bind(field)
                .execute(&mut **tx)
                .await?;
                sqlx::query(
                    "INSERT INTO device_field (field, device, value, value_fold, amount) \
                     SELECT $2, i.device, i.before ->> 'value', i.before ->> 'fold', \
                     i.before ->> 'amount' FROM bulk_item i \
                     WHERE i.bulk = $1 AND i.changed = 1 AND i.before IS NOT NULL",
                )
                .bind(id)
                .bind(field)
                .execute(&mut **tx)
                .await?;
                find_words_anew(tx, id).await?;
            }
        }
        Act::Approve => {
            end_sessions(tx, id, now).await?;
            sqlx::query(concat!(
                "UPDATE device SET approval = 'pending', present = 0 WHERE num IN ",
                changed!()
            ))
            .bind(id)
            .execute(&mut **tx)
            .await?;
        }
        Act::Remove => {
            sqlx::query(concat!(
                "UPDATE device SET removed = NULL WHERE num IN ",
                changed!()
            ))
            .bind(id)
            .execute(&mut **tx)
            .await?;
        }
    }
    let count = "SELECT count(*) FROM bulk_item WHERE bulk = $1 AND changed = 1";
    let count: i64 = sqlx::query_scalar(count)
        .bind(id)
        .fetch_one(&mut **tx)
        .await?;
    Ok(Some(u64::try_from(count).unwrap_or(0)))
}
