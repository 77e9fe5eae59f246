//! How a page is found. If some conditions have few candidates, these are gathered and sorted. If
//! only a few customers count, their devices are put in order from one index. Otherwise the list
//! is walked along the index of its order, and what does not match is left out; a walk that finds
//! too little in a bounded stretch gives up for the candidates after all.

use farpane_protocol::ids::{OrgId, TenantId};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::normal::cost;
use super::order::{Stretch, Walk};
use super::rare;
use super::sql::{Names, Sql, push_candidates, push_test};
use super::tally;
use crate::model::catalogue::{Cond, SortKey, Wish};

pub(super) type Read<T> = Result<T, sqlx::Error>;

/// Candidates up to which they are listed in memory, to be looked at before a device is. Beyond,
/// so many devices match that a walk is short anyway.
pub(super) const LISTED_MOST: i64 = 30_000;

/// A condition with fewer candidates than this needs no better one.
const FEW: i64 = 300;

/// Candidates that are gathered whatever a walk is thought to cost: some 20 ms at most, and where
/// matches lie is never known.
const SURE: i64 = 15_000;

/// How many entries of an index are read in the time in which one device is fetched.
const ENTRIES_PER_DEVICE: i64 = 8;

/// The same for a walk in strides, which reads each entry more than once.
const ENTRIES_PER_STRIDE: i64 = 3;

/// The same for one stride where the index tells everything: an eighth of a microsecond each,
/// where a candidate that is gathered takes one or two.
const ENTRIES_PER_PLAIN_STRIDE: i64 = 5;

/// What share of the candidates of one condition is taken to meet another one of which nothing is
/// known: one in so many.
const UNKNOWN_SHARE: i64 = 3;

/// Devices of the customers that count, up to which they are all put in order: some 20 ms.
const SORTED_MOST: i64 = 150_000;

/// From this cost on a test reads more than the device's place in an index.
const DEAR: u8 = 3;

/// The shortest and the longest first stride of a walk, in devices.
const STRIDE: (i64, i64) = (2_000, 100_000);

/// How often a walk goes on, each time four times as far, before it does without strides.
const STRIDES: usize = 3;

/// Devices at the head of a sorted list that are looked at first, where not all of what is asked
/// stands in the index that is sorted.
const HEAD: i64 = 2_000;

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
    wish: &'a Wish,
    pub(super) names: &'a Names,
    walk: Walk,
    /// Conditions that all have to hold.
    pub(super) conds: &'a [Cond],
    /// Those whose candidates an index knows, fewest first.
    pub(super) known: Vec<Known<'a>>,
    /// The customers that count, if they have few enough devices to be sorted.
    pub(super) of: Option<&'a [TenantId]>,
    /// Devices of the organisation.
    total: i64,
}

/// A condition whose candidates an index knows.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) cond: &'a Cond,
    /// How many candidates it has, counted to a little beyond [`LISTED_MOST`].
    pub(super) size: i64,
}

impl<'a> Plan<'a> {
    /// Looks how many candidates each condition has.
    pub(super) async fn make(
        connection: &mut SqliteConnection,
        (org, total): (OrgId, u64),
        wish: &'a Wish,
        conds: &'a [Cond],
        names: &'a Names,
    ) -> Read<Self> {
        let back = wish.from.as_ref().is_some_and(|from| from.back);
        let mut plan = Self {
            org,
            wish,
            names,
            walk: Walk::new(wish.sort, back),
            conds,
            known: Vec::new(),
            of: None,
            total: i64::try_from(total).unwrap_or(i64::MAX),
        };
        for cond in conds {
            let size = if let Cond::Tenants(of) = cond {
                let devices = tally(connection, org, Some(of)).await?.devices;
                let devices = i64::try_from(devices).unwrap_or(i64::MAX);
                plan.of = (devices <= SORTED_MOST).then_some(of);
                Some(devices)
            } else {
                plan.probe(connection, cond).await?
            };
            let Some(size) = size else { continue };
            plan.known.push(Known { cond, size });
            if size < FEW {
                break;
            }
        }
        plan.known.sort_by_key(|known| known.size);
        Ok(plan)
    }

    /// How many candidates a condition has, counted a little beyond what is worth listing;
    /// `None` if no index knows.
    pub(super) async fn probe(
        &self,
        connection: &mut SqliteConnection,
        cond: &Cond,
    ) -> Read<Option<i64>> {
        let mut sql = Sql::new("SELECT count(*) FROM (SELECT num FROM (");
        if !push_candidates(&mut sql, cond, self.org, self.names) {
            return Ok(None);
        }
        sql.push(") LIMIT ").push_bind(LISTED_MOST + 1).push(")");
        let size = sql.build_query_scalar().fetch_one(connection).await?;
        Ok(Some(size))
    }

    /// The condition with the fewest candidates.
    pub(super) fn best(&self) -> Option<Known<'a>> {
        self.known.first().copied()
    }

    /// Conditions whose candidates can be listed in memory, but for the first `but` of them.
    pub(super) fn listed(&self, but: usize) -> impl Iterator<Item = &Known<'a>> {
        let known = self.known.iter().skip(but);
        known.filter(|known| known.size <= LISTED_MOST)
    }

    /// How many devices match, as far as the sizes tell: as if conditions had nothing to do with
    /// one another.
    fn expected(&self) -> i64 {
        let total = self.total.max(1);
        let Some(best) = self.best() else {
            return (total / UNKNOWN_SHARE).max(1);
        };
        let mut expected = best.size.min(total);
        for known in self.listed(1) {
            expected = expected.saturating_mul(known.size.min(total)) / total;
        }
        let told = 1 + self.listed(1).count();
        for _ in told..self.conds.len() {
            expected /= UNKNOWN_SHARE;
        }
        expected.max(1)
    }

    /// Writes that a device is among the candidates of these conditions.
    pub(super) fn push_lists<'b>(
        &self,
        sql: &mut Sql,
        num: &str,
        of: impl Iterator<Item = &'b Known<'b>>,
    ) {
        for known in of {
            sql.push(format_args!(" AND {num} IN (SELECT num FROM ("));
            push_candidates(sql, known.cond, self.org, self.names);
            sql.push("))");
        }
    }

    pub(super) fn push_tests(&self, sql: &mut Sql) {
        let mut conds: Vec<_> = self.conds.iter().collect();
        conds.sort_by_key(|cond| cost(cond));
        for cond in conds {
            sql.push(" AND ");
            push_test(sql, cond, self.org, self.names);
        }
    }

    /// Writes those tests that say where in the order matches stand, so that a stride does not
    /// begin where there are none.
    fn push_ranges(&self, sql: &mut Sql) {
        for cond in self.conds.iter().filter(|cond| self.walk.is_range(cond)) {
            sql.push(" AND ");
            push_test(sql, cond, self.org, self.names);
        }
    }

    /// Whether every condition is told by the index or by a list.
    fn is_cheap(&self) -> bool {
        let listed = |cond| self.listed(0).any(|known| std::ptr::eq(known.cond, cond));
        let mut conds = self.conds.iter();
        conds.all(|cond| cost(cond) == 0 || listed(cond))
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
        let Some(best) = self.best() else {
            return self.walk(connection, most).await;
        };
        if best.size == 0 {
            return Ok(Vec::new());
        }
        // What a walk reads until it has found enough, if matches lie evenly.
        let walked = self.total.saturating_mul(most) / self.expected();
        let gathered = (best.size.min(self.expected().saturating_mul(UNKNOWN_SHARE)))
            .saturating_mul(ENTRIES_PER_DEVICE);
        if best.size <= SURE || (best.size <= LISTED_MOST && gathered <= walked) {
            self.gather(connection, best, most).await
        } else {
            self.walk(connection, most).await
        }
    }

    /// Fetches all candidates of a condition and sorts those that match.
    async fn gather(
        &self,
        connection: &mut SqliteConnection,
        best: Known<'_>,
        most: i64,
    ) -> Read<Vec<Hit>> {
        let mut hits = Vec::new();
        for stretch in self.walk.stretches(self.from()) {
            let mut sql = Sql::new("SELECT ");
            self.push_columns(&mut sql);
            sql.push(" FROM (SELECT DISTINCT num FROM (");
            push_candidates(&mut sql, best.cond, self.org, self.names);
            sql.push(") WHERE true");
            self.push_lists(&mut sql, "num", self.listed(1));
            // The candidates first, whatever the planner thinks of it.
            sql.push(
                ") c CROSS JOIN device d ON d.num = c.num CROSS JOIN tenant t ON t.id = d.tenant \
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
        if self.names.rare.get().is_none() {
            let rare = rare::texts(connection, self.conds).await?;
            // Nobody else sets it.
            self.names.rare.get_or_init(|| rare);
        }
        let mut hits: Vec<Hit> = Vec::new();
        let mut at: Option<(Vec<SortKey>, i64)> = self.from().map(|(key, num)| (key.to_vec(), num));
        // Twice as far as matches would lie if they lay evenly.
        let even = most.saturating_mul(2).saturating_mul(self.total) / self.expected();
        let mut stride = even.clamp(STRIDE.0, STRIDE.1);
        let (mut most_strides, mut lists) = (STRIDES, self.listed(0).count());
        if let Some(of) = self.of {
            let sorted_first = self.from().is_none() && !self.walk.is_in_order(of);
            if sorted_first && !self.is_cheap() {
                let head = self.head(connection, most).await?;
                if head.len() as i64 >= most {
                    return Ok(head);
                }
                if let Some(best) = self.best().filter(|best| best.size <= LISTED_MOST) {
                    return self.gather(connection, best, most).await;
                }
            }
            if sorted_first || self.is_cheap() {
                // Sorted once is all of it.
                most_strides = 0;
            }
        }
        // Walking further than to gather would cost is a poor bet: matches lie close together
        // somewhere else.
        let is_plain = self.conds.iter().all(|cond| cost(cond) == 0);
        let bound = match self.best() {
            Some(best) if best.size <= LISTED_MOST && is_plain => {
                stride = best.size.saturating_mul(ENTRIES_PER_PLAIN_STRIDE);
                stride
            }
            Some(best) if best.size <= LISTED_MOST => best.size.saturating_mul(ENTRIES_PER_STRIDE),
            Some(_) | None => i64::MAX,
        };
        let mut walked = 0_i64;
        let dear = self.best().is_some_and(|best| cost(best.cond) >= DEAR);
        for strides in 0.. {
            let place = at.as_ref().map(|(key, num)| (key.as_slice(), *num));
            if strides == 1 && dear && lists == 0 {
                // Matches lie close together elsewhere: a list of all candidates costs less than
                // to read every device on the way there.
                (most_strides, lists) = (0, 1);
            }
            if strides > 0 && walked.saturating_add(stride) > bound {
                most_strides = most_strides.min(strides);
            }
            let until = if strides < most_strides {
                self.ahead(connection, place, stride).await?
            } else {
                match self.best() {
                    Some(best) if best.size <= LISTED_MOST && strides > 0 => {
                        return self.gather(connection, best, most).await;
                    }
                    Some(_) | None => None,
                }
            };
            walked = walked.saturating_add(stride);
            stride = stride.saturating_mul(4);
            for stretch in self.walk.stretches(place) {
                let left = most - i64::try_from(hits.len()).unwrap_or(most);
                let found = self
                    .walk_stretch(connection, (stretch, until.as_ref()), lists, left)
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

    /// Matches among the first devices of a sorted list: what an index tells is asked of all, the
    /// rest only of those first.
    async fn head(&self, connection: &mut SqliteConnection, most: i64) -> Read<Vec<Hit>> {
        let mut sql = Sql::new("SELECT ");
        self.push_columns(&mut sql);
        sql.push(" FROM (SELECT d.num AS num");
        self.walk.push_walk(&mut sql, self.org, self.of);
        for cond in self.conds.iter().filter(|cond| cost(cond) == 0) {
            sql.push(" AND ");
            push_test(&mut sql, cond, self.org, self.names);
        }
        self.walk.push_order(&mut sql);
        sql.push(" LIMIT ").push_bind(HEAD);
        sql.push(
            ") c CROSS JOIN device d ON d.num = c.num CROSS JOIN tenant t ON t.id = d.tenant \
             WHERE true",
        );
        self.push_tests(&mut sql);
        self.walk.push_order(&mut sql);
        sql.push(" LIMIT ").push_bind(most);
        let rows = sql.build().fetch_all(connection).await?;
        rows.into_iter().map(|row| self.hit(row)).collect()
    }

    async fn walk_stretch(
        &self,
        connection: &mut SqliteConnection,
        (stretch, until): (Stretch<'_>, Option<&(Vec<SortKey>, i64)>),
        lists: usize,
        most: i64,
    ) -> Read<Vec<Hit>> {
        let mut sql = Sql::new("SELECT ");
        self.push_columns(&mut sql);
        // First which they are, by the index alone where it can tell; then the devices.
        sql.push(" FROM (SELECT d.num AS num");
        self.walk.push_walk(&mut sql, self.org, self.of);
        self.walk.push_stretch(&mut sql, stretch);
        if let Some((key, num)) = until {
            self.walk.push_until(&mut sql, (key, *num));
        }
        // What the walked index tells needs no list, which is made anew for every stretch.
        let lists = self.known.iter().take(lists);
        let untold = lists.filter(|known| cost(known.cond) > 0);
        self.push_lists(&mut sql, "d.num", untold);
        self.push_tests(&mut sql);
        self.walk.push_order(&mut sql);
        sql.push(" LIMIT ").push_bind(most);
        sql.push(") c CROSS JOIN device d ON d.num = c.num CROSS JOIN tenant t ON t.id = d.tenant");
        self.walk.push_order(&mut sql);
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
            self.walk.push_walk(&mut sql, self.org, self.of);
            self.walk.push_stretch(&mut sql, stretch);
            self.push_ranges(&mut sql);
            self.walk.push_order(&mut sql);
            sql.push(" LIMIT 1 OFFSET ").push_bind(left - 1);
            if let Some(row) = sql.build().fetch_optional(&mut *connection).await? {
                let hit = self.hit(row)?;
                return Ok(Some((hit.key, hit.num)));
            }
            let mut sql = Sql::new("SELECT count(*) FROM (SELECT d.num");
            self.walk.push_walk(&mut sql, self.org, self.of);
            self.walk.push_stretch(&mut sql, stretch);
            self.push_ranges(&mut sql);
            sql.push(" LIMIT ").push_bind(left).push(")");
            let seen: i64 = sql.build_query_scalar().fetch_one(&mut *connection).await?;
            left -= seen;
            if left <= 0 {
                return Ok(None);
            }
        }
        Ok(None)
    }
}
