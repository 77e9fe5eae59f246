//! How many devices match: exactly where an index tells or few have to be looked at, otherwise so
//! many as are sure.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::normal::cost;
use super::plan::{LISTED_MOST, Plan, Read};
use super::sql::{Sql, is_exact, push_candidates};
use crate::model::catalogue::{COUNT_MOST, Cond, Count};

/// Devices that are looked at to count matches: some 15 ms where they are in memory.
const LOOK: i64 = 3_000;

/// Devices that were removed and can still come back, up to which they are taken off a number
/// that counts them.
const REMOVED_MOST: i64 = 5_000;

const MOST: i64 = COUNT_MOST as i64;

impl Plan<'_> {
    /// Counts matches.
    pub(super) async fn count(&self, connection: &mut SqliteConnection) -> Read<Count> {
        let Some(best) = self.best() else {
            return self.count_near(connection).await;
        };
        if best.size == 0 {
            return Ok(Count::Exactly(0));
        }
        if best.size <= LOOK {
            let (_, here) = self.look(connection, best.cond).await?;
            return Ok(Count::Exactly(here));
        }
        if let Some(count) = self.by_customers(connection).await? {
            return Ok(count);
        }
        let removed: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT num FROM device INDEXED BY device_removed \
             WHERE removed IS NOT NULL LIMIT $1)",
        )
        .bind(REMOVED_MOST + 1)
        .fetch_one(&mut *connection)
        .await?;
        if removed <= REMOVED_MOST {
            if let Some(count) = self.by_lists(connection).await? {
                return Ok(count);
            }
            if self.surely_most(connection, removed).await? {
                return Ok(Count::AtLeast(COUNT_MOST));
            }
        }
        if best.size <= LISTED_MOST {
            let (seen, here) = self.look(connection, best.cond).await?;
            return Ok(if seen <= LOOK {
                Count::Exactly(here)
            } else {
                Count::AtLeast(here)
            });
        }
        self.count_near(connection).await
    }

    /// Where few customers count and everything else stands in their index or in lists.
    async fn by_customers(&self, connection: &mut SqliteConnection) -> Read<Option<Count>> {
        let Some(of) = self.of else { return Ok(None) };
        let listed: Vec<_> = self.listed(0).map(|known| known.cond).collect();
        let told = |cond: &Cond| cost(cond) == 0 || (is_exact(cond) && listed.contains(&cond));
        if !self.conds.iter().all(told) {
            return Ok(None);
        }
        let mut sql = Sql::new("SELECT count(*) FROM (SELECT d.num");
        let walk = super::order::Walk::new(crate::model::catalogue::Sort::default(), false);
        walk.push_walk(&mut sql, self.org, Some(of));
        self.push_lists(&mut sql, "d.num", self.listed(0));
        for cond in self.conds.iter().filter(|cond| cost(cond) == 0) {
            sql.push(" AND ");
            super::sql::push_test(&mut sql, cond, self.org, self.names);
        }
        sql.push(" LIMIT ").push_bind(MOST + 1).push(")");
        let found: i64 = sql.build_query_scalar().fetch_one(connection).await?;
        Ok(Some(bounded(found)))
    }

    /// Where lists of candidates are all that is asked. Devices that were removed are in them.
    async fn by_lists(&self, connection: &mut SqliteConnection) -> Read<Option<Count>> {
        let listed = self.listed(0).count();
        let all = listed == self.conds.len() && self.conds.iter().all(is_exact);
        let Some(best) = self.best().filter(|_| all) else {
            return Ok(None);
        };
        let mut sql = Sql::new("SELECT count(*) FROM (SELECT DISTINCT num FROM (");
        push_candidates(&mut sql, best.cond, self.org, self.names);
        sql.push(
            ") WHERE num NOT IN (SELECT num FROM device INDEXED BY device_removed \
             WHERE removed IS NOT NULL)",
        );
        self.push_lists(&mut sql, "num", self.listed(1));
        sql.push(" LIMIT ").push_bind(MOST + 1).push(")");
        let found: i64 = sql.build_query_scalar().fetch_one(connection).await?;
        Ok(Some(bounded(found)))
    }

    /// Whether one of several things that suffice alone is true of very many.
    async fn surely_most(&self, connection: &mut SqliteConnection, removed: i64) -> Read<bool> {
        let ways = match self.conds {
            [Cond::Any(ways)] => ways.as_slice(),
            [one] => std::slice::from_ref(one),
            [] | [_, _, ..] => return Ok(false),
        };
        for way in ways.iter().filter(|way| is_exact(way)) {
            if self.probe(connection, way).await?.unwrap_or(0) > MOST + removed {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Looks at a bounded number of a condition's candidates: how many were looked at, and how
    /// many of them match.
    async fn look(&self, connection: &mut SqliteConnection, cond: &Cond) -> Read<(i64, u64)> {
        let mut sql = self.count_of();
        sql.push(" FROM (SELECT DISTINCT num FROM (");
        push_candidates(&mut sql, cond, self.org, self.names);
        sql.push(") WHERE true");
        self.push_lists(&mut sql, "num", self.listed(1));
        sql.push(" LIMIT ").push_bind(LOOK + 1);
        sql.push(") c CROSS JOIN device d ON d.num = c.num) c");
        counted(&sql.build().fetch_one(connection).await?)
    }

    /// Counts matches near the beginning of the list by name.
    async fn count_near(&self, connection: &mut SqliteConnection) -> Read<Count> {
        let mut sql = self.count_of();
        sql.push(" FROM device d INDEXED BY device_by_name ");
        sql.push("WHERE d.removed IS NULL AND d.org = ")
            .push_bind(self.org.0);
        sql.push(" ORDER BY d.name_fold LIMIT ")
            .push_bind(LOOK + 1)
            .push(") c");
        let (seen, here) = counted(&sql.build().fetch_one(connection).await?)?;
        Ok(if seen <= LOOK {
            Count::Exactly(here)
        } else {
            Count::AtLeast(here)
        })
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

fn bounded(found: i64) -> Count {
    let found = u64::try_from(found).unwrap_or(0);
    if found > COUNT_MOST {
        Count::AtLeast(COUNT_MOST)
    } else {
        Count::Exactly(found)
    }
}

fn counted(row: &sqlx::sqlite::SqliteRow) -> Read<(i64, u64)> {
    let here: i64 = row.try_get(1)?;
    Ok((row.try_get(0)?, u64::try_from(here).unwrap_or(0)))
}
