//! Orders of the list as SQL: which index to walk along, by which columns, and what lies behind a
//! given place.

use farpane_protocol::ids::{OrgId, TenantId};

use super::sql::{Sql, push_tenants};
use crate::model::catalogue::{By, Cond, Sort, SortKey};

/// An order, in the direction in which rows are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    by: By,
    down: bool,
}

/// One stretch of what lies behind a place: the first `same` values equal those of the place, the
/// next one lies behind its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch<'a> {
    at: Option<(&'a [SortKey], i64)>,
    same: usize,
}

impl Stretch<'_> {
    const WHOLE: Self = Self { at: None, same: 0 };
}

impl Walk {
    pub(super) fn new(sort: Sort, back: bool) -> Self {
        Self {
            by: sort.by,
            down: sort.down != back,
        }
    }

    /// The columns that rows are sorted by, before their number.
    pub(super) const fn columns(self) -> &'static [&'static str] {
        match self.by {
            By::Name => &["d.name_fold"],
            By::Customer => &["t.name_fold", "d.name_fold"],
            By::Os => &["d.os_fold"],
            By::Heard => &["d.present", "d.heard"],
            By::Created => &["d.created"],
            By::Version => &["d.version_key"],
        }
    }

    /// Whether those columns hold text.
    pub(super) const fn textual(self) -> bool {
        match self.by {
            By::Name | By::Customer | By::Os => true,
            By::Heard | By::Created | By::Version => false,
        }
    }

    const fn index(self) -> &'static str {
        match self.by {
            By::Name => "device_by_name",
            By::Customer => "device_by_tenant",
            By::Os => "device_by_os",
            By::Heard => "device_by_heard",
            By::Created => "device_by_created",
            By::Version => "device_by_version",
        }
    }

    /// What lies behind a place, nearest first. Split like this, each stretch is one range of the
    /// index; as one condition the database would read everything that equals in the first value.
    pub(super) fn stretches<'a>(self, at: Option<(&'a [SortKey], i64)>) -> Vec<Stretch<'a>> {
        match at {
            None => vec![Stretch::WHOLE],
            Some((key, _)) if key.len() != self.columns().len() => vec![Stretch::WHOLE],
            Some((key, _)) => (0..=key.len())
                .rev()
                .map(|same| Stretch { at, same })
                .collect(),
        }
    }

    /// Writes `FROM … WHERE …` that walks along the index of this order; or, where only these
    /// customers count, that reads their devices from one index to be sorted.
    pub(super) fn push_walk(self, sql: &mut Sql, org: OrgId, of: Option<&[TenantId]>) {
        match (self.by, of) {
            (By::Customer, _) => {
                sql.push(format_args!(
                    " FROM tenant t CROSS JOIN device d INDEXED BY {} ON d.tenant = t.id \
                     WHERE d.removed IS NULL AND t.org = ",
                    self.index()
                ));
                sql.push_bind(org.0);
                if let Some(of) = of {
                    sql.push(" AND t.id");
                    push_tenants(sql, of);
                }
            }
            (By::Name | By::Os | By::Heard | By::Created | By::Version, Some(of)) => {
                // Customers of a search are those of its organisation.
                sql.push(
                    " FROM device d INDEXED BY device_by_tenant \
                     WHERE d.removed IS NULL AND d.tenant",
                );
                push_tenants(sql, of);
            }
            (By::Name | By::Os | By::Heard | By::Created | By::Version, None) => {
                sql.push(format_args!(
                    " FROM device d INDEXED BY {} WHERE d.removed IS NULL AND d.org = ",
                    self.index()
                ));
                sql.push_bind(org.0);
            }
        }
    }

    /// Whether the devices of these customers stand in this order in the index that they are read
    /// from, so that nothing has to be sorted.
    pub(super) fn is_in_order(self, of: &[TenantId]) -> bool {
        match self.by {
            By::Customer => true,
            By::Name => of.len() == 1,
            By::Os | By::Heard | By::Created | By::Version => false,
        }
    }

    /// Whether a condition only says where along this order its devices stand.
    pub(super) fn is_range(self, cond: &Cond) -> bool {
        match self.by {
            By::Heard => matches!(cond, Cond::Present(_) | Cond::Heard(_) | Cond::NeverHeard),
            By::Created => matches!(cond, Cond::Created(_)),
            By::Version => matches!(cond, Cond::Version(_)),
            By::Name | By::Customer | By::Os => false,
        }
    }

    /// Writes the condition of a stretch, beginning with `AND`.
    pub(super) fn push_stretch(self, sql: &mut Sql, stretch: Stretch<'_>) {
        let Some((key, num)) = stretch.at else {
            return;
        };
        for (column, value) in self.columns().iter().zip(key).take(stretch.same) {
            sql.push(format_args!(" AND {column} = "));
            push_key(sql, value);
        }
        let sign = if self.down { "<" } else { ">" };
        match self.columns().get(stretch.same).zip(key.get(stretch.same)) {
            Some((column, value)) => {
                sql.push(format_args!(" AND {column} {sign} "));
                push_key(sql, value);
            }
            None => {
                sql.push(format_args!(" AND d.num {sign} ")).push_bind(num);
            }
        }
    }

    /// Writes the condition that a row does not lie behind this place, beginning with `AND`.
    pub(super) fn push_until(self, sql: &mut Sql, (key, num): (&[SortKey], i64)) {
        let sign = if self.down { ">=" } else { "<=" };
        sql.push(format_args!(
            " AND ({}, d.num) {sign} (",
            self.columns().join(", ")
        ));
        for value in key {
            push_key(sql, value);
            sql.push(", ");
        }
        sql.push_bind(num).push(")");
    }

    /// Writes `ORDER BY …`.
    pub(super) fn push_order(self, sql: &mut Sql) {
        let down = if self.down { " DESC" } else { "" };
        sql.push(" ORDER BY ");
        for column in self.columns() {
            sql.push(format_args!("{column}{down}, "));
        }
        sql.push(format_args!("d.num{down}"));
    }
}

fn push_key(sql: &mut Sql, key: &SortKey) {
    match key {
        SortKey::Text(text) => sql.push_bind(text.clone()),
        SortKey::Number(number) => sql.push_bind(*number),
    };
}
