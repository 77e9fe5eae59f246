//! Conditions in the form in which a search is planned: what has to hold, one beside the other,
//! with all that is said about customers put together.

use std::collections::HashSet;

use farpane_protocol::ids::TenantId;

use crate::model::catalogue::Cond;

/// What has to hold at the top, taken out of nested "all of these". Customers are named at most
/// once: what somebody may see and what they ask for overlap, or nothing is found.
pub(super) fn normal(cond: &Cond) -> Vec<Cond> {
    let mut conds = Vec::new();
    flatten(cond, &mut conds);
    let mut tenants: Option<Vec<TenantId>> = None;
    let mut others = Vec::new();
    for cond in conds {
        if let Cond::Tenants(named) = cond {
            tenants = Some(match tenants {
                None => named.clone(),
                Some(known) => known.into_iter().filter(|id| named.contains(id)).collect(),
            });
        } else {
            others.push(cond.clone());
        }
    }
    match tenants {
        Some(tenants) if tenants.is_empty() => vec![Cond::nothing()],
        Some(tenants) => {
            let among = tenants.iter().copied().collect();
            let mut conds: Vec<_> = others.iter().map(|cond| within(cond, &among)).collect();
            conds.insert(0, Cond::Tenants(tenants));
            conds
        }
        None => others,
    }
}

/// The condition as far as devices of these customers are concerned: other customers that it names
/// would only make its candidates many.
fn within(cond: &Cond, tenants: &HashSet<TenantId>) -> Cond {
    let each = |conds: &[Cond]| conds.iter().map(|cond| within(cond, tenants)).collect();
    match cond {
        Cond::All(conds) => Cond::All(each(conds)),
        Cond::Any(conds) => Cond::Any(each(conds)),
        Cond::Not(cond) => Cond::Not(Box::new(within(cond, tenants))),
        Cond::Tenants(named) => {
            let named = named.iter().copied();
            Cond::Tenants(named.filter(|id| tenants.contains(id)).collect())
        }
        Cond::Places(_)
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
        | Cond::Reported(_) => cond.clone(),
    }
}

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

/// What a test of a condition costs: those that an index answers first, those that read the
/// device next, those that look elsewhere last.
pub(super) fn cost(cond: &Cond) -> u8 {
    match cond {
        Cond::Tenants(_)
        | Cond::Places(_)
        | Cond::Os(_)
        | Cond::Present(_)
        | Cond::Heard(_)
        | Cond::NeverHeard
        | Cond::Created(_)
        | Cond::Version(_)
        | Cond::Name(_) => 0,
        Cond::Person(_)
        | Cond::Address(_)
        | Cond::Serial(_)
        | Cond::Standing(_)
        | Cond::Unattended(_) => 1,
        Cond::Tag { .. }
        | Cond::FieldText { .. }
        | Cond::FieldRange { .. }
        | Cond::FieldAmount { .. } => 2,
        Cond::Words(_) => 3,
        Cond::Reported(_) => 4,
        Cond::Not(cond) => cost(cond),
        Cond::All(conds) | Cond::Any(conds) => conds.iter().map(cost).max().unwrap_or(0),
    }
}

/// The texts that are looked for in words, wherever in the condition they stand.
pub(super) fn texts<'a>(cond: &'a Cond, into: &mut Vec<&'a str>) {
    match cond {
        Cond::All(conds) | Cond::Any(conds) => conds.iter().for_each(|cond| texts(cond, into)),
        Cond::Not(cond) => texts(cond, into),
        Cond::Name(text)
        | Cond::Words(text)
        | Cond::Person(text)
        | Cond::Address(text)
        | Cond::Serial(text)
        | Cond::FieldText {
            text, start: false, ..
        } => into.push(text),
        Cond::Tenants(_)
        | Cond::Places(_)
        | Cond::Tag { .. }
        | Cond::Os(_)
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
        | Cond::Reported(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn customers_are_put_together_and_none_in_common_is_nothing() {
        let tenant = |n| TenantId(Uuid::from_u128(n));
        let tenants = |of: &[u128]| Cond::Tenants(of.iter().copied().map(tenant).collect());
        let present = Cond::Present(true);
        let asked = Cond::All(vec![
            tenants(&[1, 2]),
            Cond::All(vec![present.clone(), Cond::Any(vec![tenants(&[2, 3])])]),
        ]);
        assert_eq!(normal(&asked), [tenants(&[2]), present.clone()]);
        let apart = Cond::All(vec![tenants(&[1]), tenants(&[2])]);
        assert_eq!(normal(&apart), [Cond::nothing()]);
        let either = Cond::Any(vec![present.clone(), Cond::Not(Box::new(tenants(&[1, 3])))]);
        let narrowed = Cond::Any(vec![present, Cond::Not(Box::new(tenants(&[1])))]);
        let asked = Cond::All(vec![tenants(&[1, 2]), either]);
        assert_eq!(normal(&asked), [tenants(&[1, 2]), narrowed]);
        assert_eq!(normal(&Cond::everything()), []);
    }
}
