//! How a page is found. If some condition has few candidates, they are gathered and sorted;
//! otherwise the list is walked along the index of its order, and what does not match is left
//! out. A walk that finds too little in a bounded stretch gives up for the candidates after all.

use farpane_protocol::ids::OrgId;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::order::{Stretch, Walk};
use super::sql::{Names, Sql, is_exact, push_candidates, push_test};
use crate::model::catalogue::{COUNT_MOST, Cond, Count, SortKey, Wish};

type Read<T> = Result<T, sqlx::Error>;

/// Candidates up to which they are all fetched and sorted: each may lie on a page of its own.
const GATHER_MOST: i64 = 1_500;

/// Candidates up to which a walk looks at the list of them, in memory, before it looks at a
/// device. Beyond, so many devices match that the walk is short anyway.
const LISTED_MOST: i64 = 30_000;

/// A condition with fewer candidates than this needs no better one.
const FEW: i64 = 300;

/// The shortest and the longest first stride of a walk, in devices.
const STRIDE: (i64, i64) = (2_000, 100_000);

/// How often a walk goes on, each time four times as far, before it does without strides.
const STRIDES: usize = 3;

/// Devices that are looked at to count matches where no index knows them.
const COUNT_LOOK: i64 = 5_000;

/// Columns of a listed device `d`.
const COLUMNS: &str = "d.num, d.id, d.tenant, d.place, d.key, d.name, d.os, d.version, d.serial, \
                       d.person, d.address, d.unattended, d.approval, d.created, d.present, \
                       d.last_heard";

/// A device's row, with its place in the order.
pub(super) struct Hit {
    pub(super) row: SqliteRow,
    pub(super) key: Vec<SortKey>,
    pub(super) num: i64,
}

/// A search that is being made.
pub(super) struct Plan<'a> {
    pub(super) org: OrgId,
    pub(super) wish: &'a Wish,
    pub(super) names: &'a Names,
    walk: Walk,
    /// Conditions that all have to hold.
    conds: Vec<&'a Cond>,
    /// The one with the fewest candidates.
    best: Option<Best<'a>>,
    /// Devices of the organisation.
    total: i64,
}

/// A condition whose candidates an index knows.
#[derive(Clone, Copy)]
struct Best<'a> {
    cond: &'a Cond,
    /// How many candidates it has, counted to a little beyond [`LISTED_MOST`].
    size: i64,
}

/// What has to hold at the top, taken out of nested "all of these".
fn flatten<'a>(cond: &'a Cond, into: &mut Vec<&'a Cond>) {
    match cond {
        Cond::All(conds) => conds.iter().for_each(|cond| flatten(cond, into)),
        Cond::Any(conds) if conds.len() == 1 => flatten(&conds[0], into),
        Cond::Any(_)
        | Cond::Not(_)
        | Cond::Tenants(_)
        | Cond::Places(_)
        | Cond::Tag { .. }
        | Cond::Name(_)
        | Cond::Words(_)
        | Cond::Os(_)
        | Cond::Person(_)
        | Cond::Address(_)
        | Cond::Serial(_)
        | Cond::Present(_)
        | Cond::Heard(_)
        | Cond::NeverHeard
        | Cond::Created(_)
        | Cond::Version(_)
        | Cond::Standing(_)
        | Cond::Unattended(_)
        | Cond::FieldText { .. }
        | Cond::FieldRange { .. }
        | Cond::FieldAmount { .. }
        | Cond::Reported(_) => into.push(cond),
    }
}

impl<'a> Plan<'a> {
    /// Looks which condition has the fewest candidates.
    pub(super) async fn make(
        connection: &mut SqliteConnection,
        org: OrgId,
        wish: &'a Wish,
        names: &'a Names,
        total: u64,
    ) -> Read<Self> {
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        let mut conds = Vec::new();
        flatten(&wish.cond, &mut conds);
        let back = wish.from.as_ref().is_some_and(|from| from.back);
        let mut plan = Self {
            org,
            wish,
            names,
            walk: Walk::new(wish.sort, back),
            conds,
            best: None,
            total,
        };
        for cond in plan.conds.clone() {
            let Some(size) = plan.probe(connection, cond).await? else {
                continue;
            };
            if plan.best.is_none_or(|best| size < best.size) {
                plan.best = Some(Best { cond, size });
            }
            if size < FEW {
                break;
            }
        }
        Ok(plan)
    }

    /// How many candidates a condition has, counted a little beyond what is worth listing;
    /// `None` if no index knows.
    async fn probe(&self, connection: &mut SqliteConnection, cond: &Cond) -> Read<Option<i64>> {
        let mut sql = Sql::new("SELECT count(*) FROM (SELECT num FROM (");
        if !push_candidates(&mut sql, cond, self.org, self.names) {
            return Ok(None);
        }
        sql.push(") LIMIT ").push_bind(LISTED_MOST + 1).push(")");
        let size = sql.build_query_scalar().fetch_one(connection).await?;
        Ok(Some(size))
    }

    fn push_tests(&self, sql: &mut Sql) {
        for cond in &self.conds {
            sql.push(" AND ");
            push_test(sql, cond, self.org, self.names);
        }
    }

    fn push_columns(&self, sql: &mut Sql) {
        sql.push(COLUMNS);
        for (n, column) in self.walk.columns().iter().enumerate() {
            sql.push(format_args!(", {column} AS k{n}"));
        }
    }

    fn hit(&self, row: SqliteRow) -> Read<Hit> {
        let mut key = Vec::new();
        for n in 0..self.walk.columns().len() {
            let column = format!("k{n}");
            key.push(if self.walk.textual() {
                SortKey::Text(row.try_get(column.as_str())?)
            } else {
                SortKey::Number(row.try_get(column.as_str())?)
            });
        }
        let num = row.try_get("num")?;
        Ok(Hit { row, key, num })
    }

    /// The place from which rows are wanted.
    fn from(&self) -> Option<(&'a [SortKey], i64)> {
        let from = self.wish.from.as_ref();
        from.map(|from| (from.key.as_slice(), from.num))
    }

    /// The first `most` matches behind the wished place, in the order in which they are read.
    pub(super) async fn find(
        &self,
        connection: &mut SqliteConnection,
        most: i64,
    ) -> Read<Vec<Hit>> {
        match self.best {
            Some(best) if best.size == 0 => Ok(Vec::new()),
            Some(best) if best.size <= GATHER_MOST => {
                self.gather(connection, best.cond, most).await
            }
            Some(_) | None => self.walk(connection, most).await,
        }
    }

    /// Fetches all candidates of a condition and sorts those that match.
    async fn gather(
        &self,
        connection: &mut SqliteConnection,
        cond: &Cond,
        most: i64,
    ) -> Read<Vec<Hit>> {
        let mut hits = Vec::new();
        for stretch in self.walk.stretches(self.from()) {
            let mut sql = Sql::new("SELECT ");
            self.push_columns(&mut sql);
            sql.push(" FROM (SELECT DISTINCT num FROM (");
            push_candidates(&mut sql, cond, self.org, self.names);
            // The candidates first, whatever the planner thinks of it.
            sql.push(
                ")) c CROSS JOIN device d ON d.num = c.num CROSS JOIN tenant t ON t.id = d.tenant \
                 WHERE d.removed IS NULL AND d.org = ",
            );
            sql.push_bind(self.org.0);
            self.push_tests(&mut sql);
            self.walk.push_stretch(&mut sql, stretch);
            self.walk.push_order(&mut sql);
            let left = most - i64::try_from(hits.len()).unwrap_or(most);
            sql.push(" LIMIT ").push_bind(left);
            for row in sql.build().fetch_all(&mut *connection).await? {
                hits.push(self.hit(row)?);
            }
            if hits.len() as i64 >= most {
                break;
            }
        }
        Ok(hits)
    }

    /// Goes along the index and takes what matches.
    async fn walk(&self, connection: &mut SqliteConnection, most: i64) -> Read<Vec<Hit>> {
        let mut hits: Vec<Hit> = Vec::new();
        let mut at: Option<(Vec<SortKey>, i64)> = self.from().map(|(key, num)| (key.to_vec(), num));
        // Twice as far as matches would lie if they lay evenly.
        let even = self.best.map_or(0, |best| {
            most.saturating_mul(2).saturating_mul(self.total) / best.size.max(1)
        });
        let mut stride = even.clamp(STRIDE.0, STRIDE.1);
        for strides in 0.. {
            let place = at.as_ref().map(|(key, num)| (key.as_slice(), *num));
            let until = if strides < STRIDES {
                self.ahead(connection, place, stride).await?
            } else {
                match self.best {
                    Some(best) => return self.gather(connection, best.cond, most).await,
                    None => None,
                }
            };
            stride = stride.saturating_mul(4);
            for stretch in self.walk.stretches(place) {
                let left = most - i64::try_from(hits.len()).unwrap_or(most);
                let found = self
                    .walk_stretch(connection, stretch, until.as_ref(), left)
                    .await?;
                hits.extend(found);
                if hits.len() as i64 >= most {
                    return Ok(hits);
                }
            }
            match until {
                Some(until) => at = Some(until),
                None => break,
            }
        }
        Ok(hits)
    }

    async fn walk_stretch(
        &self,
        connection: &mut SqliteConnection,
        stretch: Stretch<'_>,
        until: Option<&(Vec<SortKey>, i64)>,
        most: i64,
    ) -> Read<Vec<Hit>> {
        let mut sql = Sql::new("SELECT ");
        self.push_columns(&mut sql);
        self.walk.push_walk(&mut sql, self.org);
        self.walk.push_stretch(&mut sql, stretch);
        if let Some((key, num)) = until {
            self.walk.push_until(&mut sql, (key, *num));
        }
        if let Some(best) = self.best.filter(|best| best.size <= LISTED_MOST) {
            sql.push(" AND d.num IN (SELECT num FROM (");
            push_candidates(&mut sql, best.cond, self.org, self.names);
            sql.push("))");
        }
        self.push_tests(&mut sql);
        self.walk.push_order(&mut sql);
        sql.push(" LIMIT ").push_bind(most);
        let rows = sql.build().fetch_all(connection).await?;
        rows.into_iter().map(|row| self.hit(row)).collect()
    }

    /// The place `stride` devices ahead; `None` if there are not as many.
    async fn ahead(
        &self,
        connection: &mut SqliteConnection,
        place: Option<(&[SortKey], i64)>,
        stride: i64,
    ) -> Read<Option<(Vec<SortKey>, i64)>> {
        let mut left = stride;
        for stretch in self.walk.stretches(place) {
            let mut sql = Sql::new("SELECT d.num AS num");
            for (n, column) in self.walk.columns().iter().enumerate() {
                sql.push(format_args!(", {column} AS k{n}"));
            }
            self.walk.push_walk(&mut sql, self.org);
            self.walk.push_stretch(&mut sql, stretch);
            self.walk.push_order(&mut sql);
            sql.push(" LIMIT 1 OFFSET ").push_bind(left - 1);
            if let Some(row) = sql.build().fetch_optional(&mut *connection).await? {
                let hit = self.hit(row)?;
                return Ok(Some((hit.key, hit.num)));
            }
            let mut sql = Sql::new("SELECT count(*) FROM (SELECT d.num");
            self.walk.push_walk(&mut sql, self.org);
            self.walk.push_stretch(&mut sql, stretch);
            sql.push(" LIMIT ").push_bind(left).push(")");
            let seen: i64 = sql.build_query_scalar().fetch_one(&mut *connection).await?;
            left -= seen;
            if left <= 0 {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Counts matches: exactly up to [`COUNT_MOST`] candidates, and where candidates are all that
    /// is asked; otherwise at least those near the beginning of the list.
    pub(super) async fn count(&self, connection: &mut SqliteConnection) -> Read<Count> {
        let most = i64::try_from(COUNT_MOST).unwrap_or(i64::MAX);
        match self.best {
            Some(best) if best.size == 0 => Ok(Count::Exactly(0)),
            Some(best) if best.size > most && self.conds.len() == 1 && is_exact(best.cond) => {
                Ok(Count::AtLeast(COUNT_MOST))
            }
            Some(best) if best.size <= most => {
                let mut sql = self.count_of();
                sql.push(" FROM (SELECT DISTINCT num FROM (");
                push_candidates(&mut sql, best.cond, self.org, self.names);
                sql.push(")) c CROSS JOIN device d ON d.num = c.num) c");
                let row = sql.build().fetch_one(connection).await?;
                Ok(Count::Exactly(counted(&row)?.1))
            }
            Some(_) | None => {
                let mut sql = self.count_of();
                sql.push(" FROM device d INDEXED BY device_by_name ");
                sql.push("WHERE d.removed IS NULL AND d.org = ")
                    .push_bind(self.org.0);
                sql.push(" ORDER BY d.name_fold LIMIT ")
                    .push_bind(COUNT_LOOK + 1)
                    .push(") c");
                let row = sql.build().fetch_one(connection).await?;
                let (seen, here) = counted(&row)?;
                Ok(if seen <= COUNT_LOOK {
                    Count::Exactly(here)
                } else {
                    Count::AtLeast(here.min(COUNT_MOST))
                })
            }
        }
    }

    /// The beginning of a query that counts devices `d` and those of them that match.
    fn count_of(&self) -> Sql {
        let mut sql = Sql::new(
            "SELECT count(*), coalesce(sum(c.here), 0) FROM \
             (SELECT d.removed IS NULL AND d.org = ",
        );
        sql.push_bind(self.org.0);
        self.push_tests(&mut sql);
        sql.push(" AS here");
        sql
    }
}

fn counted(row: &SqliteRow) -> Read<(i64, u64)> {
    let here: i64 = row.try_get(1)?;
    Ok((row.try_get(0)?, u64::try_from(here).unwrap_or(0)))
}
