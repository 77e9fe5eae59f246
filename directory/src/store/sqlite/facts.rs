//! Conditions on reported facts as SQL, for whoever builds a search over devices.

use sqlx::{QueryBuilder, Sqlite};

use crate::model::fact::{Comparison, FactCondition, FactKey, FactTest};

const fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::Equal => "=",
        Comparison::AtLeast => ">=",
        Comparison::More => ">",
    }
}

/// The first text after every one that begins with `text`.
fn after_all_of(text: &str) -> String {
    format!("{text}\u{10ffff}")
}

/// Appends a condition that holds for the devices of which the fact is true. `device` is the SQL
/// of the column with the device's id, such as `d.id`.
///
/// The form is `device IN (SELECT …)`: few devices are found through the index of the fact, and
/// many are checked one by one through the primary key, as the planner sees fit.
pub(super) fn push_condition(
    query: &mut QueryBuilder<Sqlite>,
    device: &'static str,
    condition: &FactCondition,
) {
    query.push(device);
    if condition.key == FactKey::Software {
        query.push(
            " IN (SELECT x.device FROM device_software x JOIN software s ON s.id = x.software \
             WHERE ",
        );
        match &condition.test {
            FactTest::Contains(text) | FactTest::Begins(text) => {
                query.push("instr(s.name_fold || ' ' || s.version, ");
                query.push_bind(text.clone());
                query.push(") > 0)");
            }
            // Software has no number: nothing compares to it.
            FactTest::Compares(..) => {
                query.push("0)");
            }
        }
        return;
    }
    query.push(" IN (SELECT x.device FROM device_fact x WHERE x.key = ");
    query.push_bind(condition.key.word());
    match &condition.test {
        FactTest::Contains(text) => {
            query.push(" AND instr(x.text, ");
            query.push_bind(text.clone());
            query.push(") > 0)");
        }
        FactTest::Begins(text) => {
            query.push(" AND x.text >= ");
            query.push_bind(text.clone());
            query.push(" AND x.text < ");
            query.push_bind(after_all_of(text));
            query.push(")");
        }
        FactTest::Compares(comparison, number) => {
            query.push(" AND x.number ");
            query.push(sign(*comparison));
            query.push(" ");
            query.push_bind(*number);
            query.push(")");
        }
    }
}

/// Appends what a row `x` of a fact or `s` of a program must be like.
fn push_row(query: &mut QueryBuilder<Sqlite>, condition: &FactCondition) {
    if condition.key == FactKey::Software {
        match &condition.test {
            FactTest::Contains(text) | FactTest::Begins(text) => {
                query.push("instr(s.name_fold || ' ' || s.version, ");
                query.push_bind(text.clone());
                query.push(") > 0");
            }
            FactTest::Compares(..) => {
                query.push("0");
            }
        }
        return;
    }
    query.push("x.key = ");
    query.push_bind(condition.key.word());
    match &condition.test {
        FactTest::Contains(text) => {
            query.push(" AND instr(x.text, ");
            query.push_bind(text.clone());
            query.push(") > 0");
        }
        FactTest::Begins(text) => {
            query.push(" AND x.text >= ");
            query.push_bind(text.clone());
            query.push(" AND x.text < ");
            query.push_bind(after_all_of(text));
        }
        FactTest::Compares(comparison, number) => {
            query.push(" AND x.number ");
            query.push(sign(*comparison));
            query.push(" ");
            query.push_bind(*number);
        }
    }
}

const fn rows_of(key: FactKey) -> &'static str {
    if matches!(key, FactKey::Software) {
        "device_software x JOIN software s ON s.id = x.software"
    } else {
        "device_fact x"
    }
}

/// Appends the same condition as a test of one device `d`, for walking along a list.
pub(super) fn push_exists(query: &mut QueryBuilder<Sqlite>, condition: &FactCondition) {
    query.push("EXISTS (SELECT 1 FROM ");
    query.push(rows_of(condition.key));
    query.push(" WHERE x.device = d.id AND ");
    push_row(query, condition);
    query.push(")");
}

/// Appends the numbers of the devices of which the fact is true.
pub(super) fn push_candidates(query: &mut QueryBuilder<Sqlite>, condition: &FactCondition) {
    query.push("SELECT y.num AS num FROM ");
    query.push(rows_of(condition.key));
    query.push(" CROSS JOIN device y ON y.id = x.device WHERE ");
    push_row(query, condition);
}
