//! The audit chains on SQLite: appended inside the transaction of what is recorded.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, TenantId};
use farpane_protocol::time::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite};
use uuid::Uuid;

use super::rows::{array, micros, number, uuid};
use super::{SqliteStore, Tx};
use crate::audit::{Chain, ChainId, Entry, Head, Kept, Record};
use crate::store::records::Sought;
use crate::store::{Records, StoreError};

fn head(row: &SqliteRow) -> Result<Head, sqlx::Error> {
    Ok(Head {
        seq: number(row, "seq")?,
        hash: array(row.try_get("hash")?)?,
    })
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn chain_id(row: &SqliteRow) -> Result<ChainId, sqlx::Error> {
    let tenant = row.try_get::<Option<Uuid>, _>("tenant")?.map(TenantId);
    Ok(ChainId::of(OrgId(uuid(row, "org")?), tenant))
}

/// Needs the columns `org`, `tenant`, `seq` and `hash` of a chain.
pub(super) fn read_chain(row: &SqliteRow) -> Result<Chain, sqlx::Error> {
    Ok(Chain {
        id: chain_id(row)?,
        org: OrgId(uuid(row, "org")?),
        head: head(row)?,
    })
}

fn record(row: &SqliteRow) -> Result<Record, sqlx::Error> {
    Ok(Record {
        seq: number(row, "seq")?,
        prev: array(row.try_get("prev")?)?,
        hash: array(row.try_get("hash")?)?,
        body: row.try_get("body")?,
        personal: row.try_get("personal")?,
    })
}

fn kept(row: &SqliteRow) -> Result<Kept, sqlx::Error> {
    Ok(Kept {
        number: number(row, "number")?,
        org: OrgId(uuid(row, "org")?),
        chain: chain_id(row)?,
        record: record(row)?,
    })
}

/// Columns of a record with its chain.
const KEPT: &str = "SELECT r.number, r.org, c.tenant, r.seq, r.prev, r.hash, r.body, r.personal \
                    FROM record r JOIN chain c ON c.id = r.chain WHERE 1 = 1";

/// What a record is searched by, read from its body, so that every kind of event is covered.
struct Index {
    kind: String,
    device: Option<Uuid>,
    actor: Option<Uuid>,
    subject: Option<Uuid>,
    /// Where it is about several: their ids, as a JSON list.
    devices: Option<String>,
}

impl Index {
    fn of(record: &Record) -> Self {
        let body: serde_json::Value = serde_json::from_slice(&record.body).unwrap_or_default();
        let word = |place: &str| body.pointer(place).and_then(serde_json::Value::as_str);
        let id = |place: &str| word(place).and_then(|text| text.parse().ok());
        Self {
            kind: word("/event/did").unwrap_or_default().to_owned(),
            device: id("/event/device").or_else(|| id("/actor/device")),
            actor: id("/actor/account"),
            subject: id("/event/account").or_else(|| id("/event/person")),
            devices: body.pointer("/event/devices").map(ToString::to_string),
        }
    }
}

/// Continues the chain. If the transaction is dropped, so is the record.
pub(super) async fn append(tx: &mut Tx, entry: &Entry) -> Result<(), StoreError> {
    let chain = entry.chain().uuid();
    let row = sqlx::query("SELECT seq, hash FROM chain WHERE id = $1")
        .bind(chain)
        .fetch_optional(&mut **tx)
        .await?;
    let head = row.as_ref().map(head).transpose()?;
    let record = entry.seal(head.unwrap_or_default(), farpane_certs::random::bytes());
    sqlx::query(
        "INSERT INTO chain (id, org, tenant, seq, hash) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
    )
    .bind(chain)
    .bind(entry.org.0)
    .bind(entry.tenant.map(|tenant| tenant.0))
    .bind(signed(record.seq))
    .bind(record.hash.as_slice())
    .execute(&mut **tx)
    .await?;
    let index = Index::of(&record);
    let written = sqlx::query(
        "INSERT INTO record \
         (org, chain, seq, at, kind, device, actor, subject, prev, hash, body, personal) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(entry.org.0)
    .bind(chain)
    .bind(signed(record.seq))
    .bind(micros(entry.at))
    .bind(index.kind)
    .bind(index.device)
    .bind(index.actor)
    .bind(index.subject)
    .bind(record.prev.as_slice())
    .bind(record.hash.as_slice())
    .bind(record.body)
    .bind(record.personal)
    .execute(&mut **tx)
    .await?;
    if let Some(devices) = index.devices {
        sqlx::query(
            "INSERT INTO record_device (device, number) \
             SELECT DISTINCT unhex(replace(value, '-', '')), $1 FROM json_each($2)",
        )
        .bind(written.last_insert_rowid())
        .bind(devices)
        .execute(&mut **tx)
        .await?;
    }
    super::epochs::raise(tx, entry).await
}

/// Records that are looked at to count those of a time: some 20 ms.
const LOOKED_AT: u32 = 20_000;

fn narrow(query: &mut QueryBuilder<Sqlite>, sought: &Sought) {
    if let Some(org) = sought.org {
        query.push(" AND r.org = ").push_bind(org.0);
    }
    if let Some(chains) = &sought.chains {
        query.push(" AND r.chain IN (");
        let mut list = query.separated(", ");
        for chain in chains {
            list.push_bind(chain.uuid());
        }
        query.push(")");
    }
    if let Some(person) = sought.person {
        query.push(" AND (r.actor = ").push_bind(person.0);
        query.push(" OR r.subject = ").push_bind(person.0).push(")");
    }
    if let Some(device) = sought.device {
        query.push(" AND (r.device = ").push_bind(device.0);
        query.push(" OR r.number IN (SELECT number FROM record_device WHERE device = ");
        query.push_bind(device.0).push("))");
    }
    if let Some(kind) = &sought.kind {
        query.push(" AND r.kind = ").push_bind(kind.clone());
    }
    if let Some(from) = sought.from {
        query.push(" AND r.at >= ").push_bind(micros(from));
    }
    if let Some(until) = sought.until {
        query.push(" AND r.at < ").push_bind(micros(until));
    }
}

#[async_trait]
impl Records for SqliteStore {
    async fn record(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        Ok(tx.commit().await?)
    }

    async fn chains(&self, org: OrgId) -> Result<Vec<Chain>, StoreError> {
        let rows = sqlx::query(
            "SELECT org, tenant, seq, hash FROM chain WHERE org = $1 ORDER BY tenant IS NOT NULL, id",
        )
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(read_chain).collect::<Result<_, _>>()?)
    }

    async fn chain_head(&self, chain: ChainId) -> Result<Head, StoreError> {
        let row = sqlx::query("SELECT seq, hash FROM chain WHERE id = $1")
            .bind(chain.uuid())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.as_ref().map(head).transpose()?.unwrap_or_default())
    }

    async fn records_after(
        &self,
        chain: ChainId,
        seq: u64,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, prev, hash, body, personal FROM record \
             WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        )
        .bind(chain.uuid())
        .bind(signed(seq))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(record).collect::<Result<_, _>>()?)
    }

    async fn records_since(
        &self,
        org: Option<OrgId>,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Kept>, StoreError> {
        let mut query = QueryBuilder::new(KEPT);
        query.push(" AND r.number > ").push_bind(signed(number));
        if let Some(org) = org {
            query.push(" AND r.org = ").push_bind(org.0);
        }
        query.push(" ORDER BY r.number LIMIT ").push_bind(limit);
        let rows = query.build().fetch_all(&self.readers).await?;
        Ok(rows.iter().map(kept).collect::<Result<_, _>>()?)
    }

    async fn find_records(
        &self,
        sought: &Sought,
        below: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Kept>, StoreError> {
        let mut query = QueryBuilder::new(KEPT);
        narrow(&mut query, sought);
        if let Some(below) = below {
            query.push(" AND r.number < ").push_bind(signed(below));
        }
        query
            .push(" ORDER BY r.number DESC LIMIT ")
            .push_bind(limit);
        let rows = query.build().fetch_all(&self.readers).await?;
        Ok(rows.iter().map(kept).collect::<Result<_, _>>()?)
    }

    async fn count_records(&self, sought: &Sought, most: u32) -> Result<Option<u64>, StoreError> {
        let timed = sought.from.is_some() || sought.until.is_some();
        let by_time_alone =
            sought.person.is_none() && sought.device.is_none() && sought.kind.is_none();
        let mut query = QueryBuilder::new("SELECT count(*) AS found, 0 AS looked FROM (");
        if timed && by_time_alone {
            // Each chain's stretch of that time, from the index alone.
            query.push("SELECT 1 FROM record r INDEXED BY record_by_chain_time WHERE r.chain IN ");
            query.push("(SELECT id FROM chain WHERE 1 = 1");
            if let Some(org) = sought.org {
                query.push(" AND org = ").push_bind(org.0);
            }
            query.push(")");
            let narrowed = Sought {
                org: None,
                ..sought.clone()
            };
            narrow(&mut query, &narrowed);
            query.push(" LIMIT ").push_bind(most).push(")");
        } else if timed {
            // The other conditions say where to look, and the time is looked at in each record.
            let untimed = Sought {
                from: None,
                until: None,
                ..sought.clone()
            };
            query = QueryBuilder::new("SELECT coalesce(sum(1");
            if let Some(from) = sought.from {
                query.push(" AND at >= ").push_bind(micros(from));
            }
            if let Some(until) = sought.until {
                query.push(" AND at < ").push_bind(micros(until));
            }
            query.push("), 0) AS found, count(*) AS looked FROM (");
            query.push("SELECT r.at AS at FROM record r WHERE 1 = 1");
            narrow(&mut query, &untimed);
            query.push(" ORDER BY r.number DESC LIMIT ");
            query.push_bind(LOOKED_AT + 1).push(")");
        } else {
            query.push("SELECT 1 FROM record r WHERE 1 = 1");
            narrow(&mut query, sought);
            query.push(" LIMIT ").push_bind(most).push(")");
        }
        let row = query.build().fetch_one(&self.readers).await?;
        let (found, looked) = (number(&row, "found")?, number(&row, "looked")?);
        let whole = looked <= u64::from(LOOKED_AT);
        Ok(whole.then_some(found.min(u64::from(most))))
    }

    async fn find_records_since(
        &self,
        sought: &Sought,
        above: u64,
        limit: u32,
    ) -> Result<Vec<Kept>, StoreError> {
        let mut query = QueryBuilder::new(KEPT);
        narrow(&mut query, sought);
        query.push(" AND r.number > ").push_bind(signed(above));
        query.push(" ORDER BY r.number LIMIT ").push_bind(limit);
        let rows = query.build().fetch_all(&self.readers).await?;
        Ok(rows.iter().map(kept).collect::<Result<_, _>>()?)
    }

    async fn span_of(
        &self,
        chain: ChainId,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Option<(u64, u64)>, StoreError> {
        let row = sqlx::query(
            "SELECT min(seq) AS first, max(seq) AS last FROM record \
             WHERE chain = $1 AND at >= $2 AND at < $3 HAVING count(*) > 0",
        )
        .bind(chain.uuid())
        .bind(from.map_or(0, micros))
        .bind(until.map_or(i64::MAX, micros))
        .fetch_optional(&self.readers)
        .await?;
        let read = |row: &SqliteRow| Ok((number(row, "first")?, number(row, "last")?));
        Ok(row
            .as_ref()
            .map(read)
            .transpose()
            .map_err(|e: sqlx::Error| e)?)
    }

    async fn newest_number(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT coalesce(max(number), 0) AS number FROM record")
            .fetch_one(&self.readers)
            .await?;
        Ok(number(&row, "number")?)
    }

    async fn tenant_name(&self, tenant: TenantId) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT name FROM tenant WHERE id = $1")
            .bind(tenant.0)
            .fetch_optional(&self.readers)
            .await?)
    }
}
