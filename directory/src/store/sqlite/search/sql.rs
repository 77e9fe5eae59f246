//! Conditions as SQL: each as a test of a device `d`, and, where an index knows the answer, as a
//! list of candidates.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use farpane_protocol::ids::{OrgId, TenantId};
use sqlx::{QueryBuilder, Sqlite};

use super::super::{facts, rows::standing_test};
use super::normal::cost;
use crate::model::catalogue::{Bounds, Cond};
use crate::model::query::Standing;

pub(super) type Sql = QueryBuilder<Sqlite>;

/// Letters that the word index holds together.
const GRAM: usize = 3;

/// What conditions need to know about the data before they can be written down.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Every operating system there is, folded; `None` if there are too many to name.
    pub(super) systems: Option<Vec<String>>,
    /// Of texts that are shorter than three letters, the three letters in the word index that
    /// begin with them; a text of which there are too many is left out.
    pub(super) short: HashMap<String, Vec<String>>,
    /// Texts that few devices hold by the word index, found out before a walk: where one is only
    /// one way to match among others, a list of those devices tells sooner than reading each does.
    pub(super) rare: OnceLock<HashSet<String>>,
}

impl Names {
    fn is_rare(&self, text: &str) -> bool {
        self.rare.get().is_some_and(|rare| rare.contains(text))
    }

    fn like(&self, text: &str) -> Option<Vec<&str>> {
        let systems = self.systems.as_ref()?;
        let like = systems.iter().filter(|name| name.contains(text));
        Some(like.map(String::as_str).collect())
    }
}

/// Met by every device and by none. Plain constants would let the planner see that nothing can be
/// found, and then refuse to use the index that it was told to use.
const ALWAYS: &str = "d.num >= 0";
const NEVER: &str = "d.num < 0";

/// No candidates.
const NOBODY: &str = "SELECT num FROM device WHERE num < 0";

fn push_list<T>(sql: &mut Sql, values: &[T], bind: impl Fn(&mut Sql, &T)) {
    sql.push("(");
    for (n, value) in values.iter().enumerate() {
        if n > 0 {
            sql.push(", ");
        }
        bind(sql, value);
    }
    sql.push(")");
}

fn push_bounds(sql: &mut Sql, column: &str, bounds: Bounds) {
    sql.push("(1");
    if let Some(from) = bounds.from {
        sql.push(format_args!(" AND {column} >= ")).push_bind(from);
    }
    if let Some(until) = bounds.until {
        sql.push(format_args!(" AND {column} < ")).push_bind(until);
    }
    sql.push(")");
}

fn push_joined(
    sql: &mut Sql,
    conds: &[Cond],
    (org, names): (OrgId, &Names),
    (word, empty): (&str, &str),
) {
    sql.push("(");
    let mut conds: Vec<_> = conds.iter().collect();
    conds.sort_by_key(|cond| cost(cond));
    for (n, cond) in conds.iter().enumerate() {
        if n > 0 {
            sql.push(word);
        }
        push_test(sql, cond, org, names);
    }
    if conds.is_empty() {
        sql.push(empty);
    }
    sql.push(")");
}

fn contains(sql: &mut Sql, column: &str, text: &str) {
    // `instr` and not `LIKE`, so that no character of the text means anything.
    sql.push(format_args!("instr({column}, "));
    sql.push_bind(text.to_owned()).push(") > 0");
}

/// Whether a text is too short to be looked for in the word index as it is.
pub(super) fn is_short(text: &str) -> bool {
    text.chars().count() < GRAM
}

/// Writes that something is one of these customers. One is written as such, so that the database
/// sees that an index is in order behind it.
pub(super) fn push_tenants(sql: &mut Sql, tenants: &[TenantId]) {
    if let [tenant] = tenants {
        sql.push(" = ").push_bind(tenant.0);
        return;
    }
    sql.push(" IN ");
    push_list(sql, tenants, |sql, tenant| {
        sql.push_bind(tenant.0);
    });
}

/// The first text after all that begin with `start`.
pub(super) fn after_all(start: &str) -> String {
    format!("{start}\u{10ffff}")
}

/// Writes the test that a device `d` meets.
pub(super) fn push_test(sql: &mut Sql, cond: &Cond, org: OrgId, names: &Names) {
    match cond {
        Cond::All(conds) => push_joined(sql, conds, (org, names), (" AND ", ALWAYS)),
        Cond::Any(conds) => push_joined(sql, conds, (org, names), (" OR ", NEVER)),
        Cond::Not(cond) => {
            sql.push("NOT ");
            push_test(sql, cond, org, names);
        }
        Cond::Tenants(tenants) if tenants.is_empty() => {
            sql.push(NEVER);
        }
        Cond::Tenants(tenants) => {
            sql.push("d.tenant");
            push_tenants(sql, tenants);
        }
        Cond::Places(places) => {
            // Without a place it is in none of them, and that is known: no NULL.
            sql.push("(d.place IS NOT NULL AND d.place IN ");
            push_list(sql, places, |sql, place| {
                sql.push_bind(place.0);
            });
            sql.push(")");
        }
        Cond::Tag { text, whole } => {
            sql.push("EXISTS (SELECT 1 FROM device_tag g WHERE g.device = d.num AND g.tag IN ");
            push_tags(sql, org, text, *whole);
            sql.push(")");
        }
        Cond::Name(text) => contains(sql, "d.name_fold", text),
        Cond::Words(text) => {
            sql.push("(");
            if names.is_rare(text) {
                sql.push("d.num IN (");
                push_words(sql, text, names);
                sql.push(") AND (");
            }
            contains(sql, "d.name_fold", text);
            sql.push(" OR ");
            contains(sql, "d.words", text);
            sql.push(if names.is_rare(text) { "))" } else { ")" });
        }
        Cond::Os(text) => match names.like(text) {
            Some(like) if like.is_empty() => {
                sql.push(NEVER);
            }
            Some(like) => push_systems(sql, "d.os_fold", &like),
            None => contains(sql, "d.os_fold", text),
        },
        Cond::Person(text) => contains(sql, "d.person_fold", text),
        Cond::Address(text) => {
            sql.push("instr(d.address, ")
                .push_bind(text.clone())
                .push(") = 1");
        }
        Cond::Serial(text) => contains(sql, "d.serial_fold", text),
        Cond::Present(present) => {
            sql.push("d.present = ").push(i32::from(*present));
        }
        Cond::Heard(bounds) => push_bounds(sql, "d.heard", *bounds),
        Cond::NeverHeard => {
            sql.push("d.heard = -1");
        }
        Cond::Created(bounds) => push_bounds(sql, "d.created", *bounds),
        Cond::Version(bounds) => push_bounds(sql, "d.version_key", *bounds),
        Cond::Standing(standing) => {
            sql.push(standing_test(*standing));
        }
        Cond::Unattended(may) => {
            sql.push("d.unattended = ").push(i32::from(*may));
        }
        Cond::FieldText { .. } | Cond::FieldRange { .. } | Cond::FieldAmount { .. } => {
            sql.push("EXISTS (SELECT 1 FROM device_field f WHERE f.device = d.num AND ");
            push_field(sql, cond);
            sql.push(")");
        }
        Cond::Reported(condition) => facts::push_exists(sql, condition),
    }
}

/// The tags of that name, as a list of numbers.
fn push_tags(sql: &mut Sql, org: OrgId, text: &str, whole: bool) {
    sql.push("(SELECT num FROM tag WHERE org = ")
        .push_bind(org.0)
        .push(" AND ");
    if whole {
        sql.push("name_fold = ").push_bind(text.to_owned());
    } else {
        contains(sql, "name_fold", text);
    }
    sql.push(")");
}

fn push_systems(sql: &mut Sql, column: &str, like: &[&str]) {
    sql.push(format_args!("{column} IN "));
    push_list(sql, like, |sql, name| {
        sql.push_bind((*name).to_owned());
    });
}

/// The test of a field's row `f`.
fn push_field(sql: &mut Sql, cond: &Cond) {
    sql.push("f.field = ");
    match cond {
        Cond::FieldText { field, text, start } => {
            sql.push_bind(*field).push(" AND ");
            if *start {
                sql.push("f.value_fold >= ").push_bind(text.clone());
                sql.push(" AND f.value_fold < ").push_bind(after_all(text));
            } else {
                contains(sql, "f.value_fold", text);
            }
        }
        Cond::FieldRange { field, from, until } => {
            sql.push_bind(*field);
            if let Some(from) = from {
                sql.push(" AND f.value_fold >= ").push_bind(from.clone());
            }
            if let Some(until) = until {
                sql.push(" AND f.value_fold < ").push_bind(until.clone());
            }
        }
        Cond::FieldAmount { field, least, most } => {
            sql.push_bind(*field)
                .push(" AND f.amount >= ")
                .push_bind(*least);
            sql.push(" AND f.amount <= ").push_bind(*most);
        }
        Cond::All(_)
        | Cond::Any(_)
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
        | Cond::Reported(_) => {
            sql.push("NULL");
        }
    }
}

/// The letters of a text in threes, as the word index wants them; `None` if it is too short. Those
/// side by side and the last are enough: what they let through, the test of the text itself stops.
pub(super) fn grams(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let last = chars.len().checked_sub(GRAM)?;
    let quoted = (0..last).step_by(GRAM).chain([last]).map(|at| {
        let gram: String = chars[at..at + GRAM].iter().collect();
        format!("\"{}\"", gram.replace('"', "\"\""))
    });
    let mut grams: Vec<_> = quoted.collect();
    grams.dedup();
    Some(grams.join(" AND "))
}

fn push_words(sql: &mut Sql, text: &str, names: &Names) -> bool {
    let grams = match (grams(text), names.short.get(text)) {
        (Some(grams), _) => grams,
        (None, Some(beginning)) if beginning.is_empty() => {
            sql.push(NOBODY);
            return true;
        }
        (None, Some(beginning)) => {
            let quoted = beginning
                .iter()
                .map(|gram| format!("\"{}\"", gram.replace('"', "\"\"")));
            quoted.collect::<Vec<_>>().join(" OR ")
        }
        (None, None) => return false,
    };
    sql.push("SELECT rowid AS num FROM device_text WHERE device_text MATCH ");
    sql.push_bind(grams);
    true
}

/// Where the candidates of a range lie: along an index of that name.
fn push_range(sql: &mut Sql, org: OrgId, (index, column): (&str, &str), bounds: Bounds) {
    sql.push(format_args!(
        "SELECT num FROM device d INDEXED BY {index} WHERE d.removed IS NULL AND d.org = "
    ));
    sql.push_bind(org.0).push(" AND ");
    if index == "device_by_heard" {
        // Present or not stands before it in that index.
        sql.push("d.present IN (0, 1) AND ");
    }
    push_bounds(sql, column, bounds);
}

/// Writes a list of candidates that holds every device which meets the condition, and maybe
/// others. False, and nothing written, if no index knows them.
pub(super) fn push_candidates(sql: &mut Sql, cond: &Cond, org: OrgId, names: &Names) -> bool {
    match cond {
        Cond::Any(conds) => return push_union(sql, conds, org, names),
        Cond::Tenants(tenants) if tenants.is_empty() => {
            sql.push(NOBODY);
        }
        Cond::Tenants(tenants) => {
            sql.push(
                "SELECT num FROM device INDEXED BY device_by_tenant \
                 WHERE removed IS NULL AND tenant",
            );
            push_tenants(sql, tenants);
        }
        Cond::Places(places) => {
            sql.push(
                "SELECT num FROM device INDEXED BY device_by_place \
                 WHERE removed IS NULL AND place IS NOT NULL AND place IN ",
            );
            push_list(sql, places, |sql, place| {
                sql.push_bind(place.0);
            });
        }
        Cond::Tag { text, whole } => {
            sql.push("SELECT device AS num FROM device_tag WHERE tag IN ");
            push_tags(sql, org, text, *whole);
        }
        Cond::Name(text)
        | Cond::Words(text)
        | Cond::Person(text)
        | Cond::Address(text)
        | Cond::Serial(text) => return push_words(sql, text, names),
        Cond::Os(text) => {
            let Some(like) = names.like(text) else {
                return false;
            };
            if like.is_empty() {
                sql.push(NOBODY);
                return true;
            }
            sql.push("SELECT num FROM device d INDEXED BY device_by_os WHERE d.removed IS NULL ");
            sql.push("AND d.org = ").push_bind(org.0).push(" AND ");
            push_systems(sql, "d.os_fold", &like);
        }
        Cond::Present(true) => {
            sql.push(
                "SELECT num FROM device INDEXED BY device_present \
                 WHERE removed IS NULL AND present = 1 AND org = ",
            );
            sql.push_bind(org.0);
        }
        Cond::Present(false) => {
            sql.push(
                "SELECT num FROM device INDEXED BY device_by_heard \
                 WHERE removed IS NULL AND present = 0 AND org = ",
            );
            sql.push_bind(org.0);
        }
        Cond::Heard(bounds) => push_range(sql, org, ("device_by_heard", "d.heard"), *bounds),
        Cond::NeverHeard => {
            let never = Bounds {
                from: Some(-1),
                until: Some(0),
            };
            push_range(sql, org, ("device_by_heard", "d.heard"), never);
        }
        Cond::Created(bounds) => push_range(sql, org, ("device_by_created", "d.created"), *bounds),
        Cond::Version(bounds) => {
            push_range(sql, org, ("device_by_version", "d.version_key"), *bounds);
        }
        Cond::Standing(Standing::Pending) => {
            sql.push(
                "SELECT num FROM device INDEXED BY device_pending \
                 WHERE removed IS NULL AND approval = 'pending' AND org = ",
            );
            sql.push_bind(org.0);
        }
        Cond::Standing(Standing::Expected) => {
            sql.push(
                "SELECT num FROM device INDEXED BY device_expected \
                 WHERE removed IS NULL AND key IS NULL AND org = ",
            );
            sql.push_bind(org.0);
        }
        Cond::Unattended(true) => {
            sql.push(
                "SELECT num FROM device INDEXED BY device_unattended \
                 WHERE removed IS NULL AND unattended = 1 AND org = ",
            );
            sql.push_bind(org.0);
        }
        Cond::FieldText {
            text, start: false, ..
        } => return push_words(sql, text, names),
        Cond::FieldText { .. } | Cond::FieldRange { .. } | Cond::FieldAmount { .. } => {
            sql.push("SELECT f.device AS num FROM device_field f WHERE ");
            push_field(sql, cond);
        }
        Cond::Reported(condition) => facts::push_candidates(sql, condition),
        Cond::All(_)
        | Cond::Not(_)
        | Cond::Standing(Standing::Approved)
        | Cond::Unattended(false) => return false,
    }
    true
}

/// Whether every candidate of a condition meets it, but for devices that were removed.
pub(super) fn is_exact(cond: &Cond) -> bool {
    match cond {
        Cond::Any(conds) => conds.iter().all(is_exact),
        Cond::Tenants(_)
        | Cond::Places(_)
        | Cond::Tag { .. }
        | Cond::Os(_)
        | Cond::Present(_)
        | Cond::Heard(_)
        | Cond::NeverHeard
        | Cond::Created(_)
        | Cond::Version(_)
        | Cond::Unattended(_)
        | Cond::FieldText { start: true, .. }
        | Cond::FieldRange { .. }
        | Cond::FieldAmount { .. } => true,
        // Found by letters in threes, or in more organisations than one, or beside other things.
        Cond::All(_)
        | Cond::Not(_)
        | Cond::Name(_)
        | Cond::Words(_)
        | Cond::Person(_)
        | Cond::Address(_)
        | Cond::Serial(_)
        | Cond::Standing(_)
        | Cond::FieldText { .. }
        | Cond::Reported(_) => false,
    }
}

/// Candidates of any of several conditions: all of them have to have some.
fn push_union(sql: &mut Sql, conds: &[Cond], org: OrgId, names: &Names) -> bool {
    let mut probe = Sql::new("");
    let known = |cond| push_candidates(&mut probe, cond, org, names);
    if !conds.iter().all(known) {
        return false;
    }
    if conds.is_empty() {
        sql.push(NOBODY);
    }
    for (n, cond) in conds.iter().enumerate() {
        // Not made distinct here: that would read all of it before the first is known.
        sql.push(if n > 0 { " UNION ALL " } else { "" });
        // In brackets of its own, so that each part keeps its own conditions.
        sql.push("SELECT num FROM (");
        push_candidates(sql, cond, org, names);
        sql.push(")");
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_have_no_index_and_quotes_do_no_harm() {
        assert_eq!(grams("ab"), None);
        assert_eq!(
            grams("a\"b\"").as_deref(),
            Some("\"a\"\"b\" AND \"\"\"b\"\"\"")
        );
        assert_eq!(grams("aaaa").as_deref(), Some("\"aaa\""));
        let till = "\"til\" AND \"l-0\" AND \"077\"";
        assert_eq!(grams("till-077").as_deref(), Some(till));
    }
}
