//! For what a second person has to say yes: the rules of an organisation, and what they say about
//! an act. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use farpane_protocol::ids::TenantId;
use serde::{Deserialize, Serialize};

use super::rights::{Action, Place, RoleRights};

/// What makes a role one of power when it is held in the whole organisation: giving or defining
/// rights, taking accounts over, deciding for others, loosening the rules.
const POWER: [Action; 5] = [
    Action::ManagePeople,
    Action::GrantRoles,
    Action::ManageRoles,
    Action::ApproveRequests,
    Action::ManageSettings,
];

/// Within which removals of one person count together: who removes one after the other removes
/// many.
pub const REMOVALS_WITHIN: Duration = Duration::from_secs(3600);

/// Distinct devices that one person may open within an hour before a second one is asked: more
/// than a technician helps in an hour, far fewer than somebody who walks through a fleet.
pub const DEVICES_PER_HOUR: u32 = 20;

/// Devices that one act may remove before a second person is asked.
pub const REMOVE_OVER: u32 = 50;

/// For what an organisation wants a second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SecondPerson {
    /// For giving a role of power in the whole organisation, by itself, through a group or by
    /// widening a role that is held there: to manage people or settings, give or define roles, or
    /// decide requests.
    pub give_power: bool,
    /// For removing more devices than this, at once or within an hour; nobody is asked if absent.
    pub remove_over: Option<u32>,
    /// For sessions with devices of these customers where nobody at the device is asked, and for
    /// moving their devices to other customers.
    pub unattended: BTreeSet<TenantId>,
    /// For taking the record out.
    pub export_audit: bool,
    /// For opening more distinct devices within an hour than this; nobody is asked if absent.
    pub devices_per_hour: Option<u32>,
}

impl Default for SecondPerson {
    fn default() -> Self {
        Self {
            give_power: false,
            remove_over: None,
            unattended: BTreeSet::new(),
            export_audit: false,
            devices_per_hour: Some(DEVICES_PER_HOUR),
        }
    }
}

/// Whether `new` asks at most as seldom as `old`: no bound, or a higher one.
fn loosens(old: Option<u32>, new: Option<u32>) -> bool {
    match (old, new) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(old), Some(new)) => new > old,
    }
}

impl SecondPerson {
    /// Whether giving a role needs a second person: power over the whole organisation is power
    /// over its rules, too.
    pub fn for_giving(&self, role: &RoleRights, place: Place) -> bool {
        self.for_widening(&RoleRights::default(), role) && place == Place::Org
    }

    /// Whether giving a role that is held in the whole organisation other rights does.
    pub fn for_widening(&self, old: &RoleRights, new: &RoleRights) -> bool {
        let gained = |action: Action| new.actions.has(action) && !old.actions.has(action);
        self.give_power && POWER.into_iter().any(gained)
    }

    /// Whether moving devices from one customer to another does: elsewhere they could be opened
    /// without one.
    pub fn for_moving(&self, from: TenantId, to: TenantId) -> bool {
        from != to && self.unattended.contains(&from) && !self.unattended.contains(&to)
    }

    /// Whether removing so many devices, at once or within [`REMOVALS_WITHIN`], does.
    pub fn for_removing(&self, devices: u64) -> bool {
        self.remove_over
            .is_some_and(|most| devices > u64::from(most))
    }

    /// Whether opening one more device does, after so many others within the hour.
    pub fn for_opening(&self, others: u64) -> bool {
        self.devices_per_hour
            .is_some_and(|most| others >= u64::from(most))
    }

    /// Whether these rules ask a second person for less than `old` do. Who could loosen them alone
    /// would not be bound by them.
    pub fn is_looser_than(&self, old: &Self) -> bool {
        (old.give_power && !self.give_power)
            || (old.export_audit && !self.export_audit)
            || !old.unattended.is_subset(&self.unattended)
            || loosens(old.remove_over, self.remove_over)
            || loosens(old.devices_per_hour, self.devices_per_hour)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::rights::{ActionSet, Builtin};
    use super::*;

    #[test]
    fn bounds_are_the_last_number_that_passes_alone() {
        let rules = SecondPerson {
            remove_over: Some(50),
            devices_per_hour: Some(20),
            ..SecondPerson::default()
        };
        assert!(!rules.for_removing(50) && rules.for_removing(51));
        assert!(!rules.for_opening(19) && rules.for_opening(20));
        let none = SecondPerson {
            remove_over: None,
            devices_per_hour: None,
            ..rules
        };
        assert!(!none.for_removing(u64::MAX) && !none.for_opening(u64::MAX));
    }

    #[test]
    fn each_right_of_power_asks_alone_and_only_what_is_gained_counts() {
        let rules = SecondPerson {
            give_power: true,
            ..SecondPerson::default()
        };
        let with = |actions: &[Action]| RoleRights {
            actions: ActionSet::of(actions),
            ..RoleRights::default()
        };
        for action in Action::ALL {
            let asks = rules.for_giving(&with(&[*action]), Place::Org);
            assert_eq!(asks, POWER.contains(action), "{}", action.name());
            let had = with(&[*action, Action::SeeDevices]);
            assert!(!rules.for_widening(&had, &with(&[*action])));
        }
        let (old, new) = (with(&[Action::ManagePeople]), with(&POWER));
        assert!(rules.for_widening(&old, &new) && !rules.for_widening(&new, &old));
    }

    #[test]
    fn devices_leave_what_is_guarded_with_a_second_person() {
        let (guarded, open) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let also = TenantId(Uuid::from_u128(3));
        let rules = SecondPerson {
            unattended: BTreeSet::from([guarded, also]),
            ..SecondPerson::default()
        };
        assert!(rules.for_moving(guarded, open));
        for (from, to) in [(open, guarded), (guarded, guarded), (guarded, also)] {
            assert!(!rules.for_moving(from, to));
        }
    }

    #[test]
    fn power_over_the_organisation_is_what_gives_roles_there() {
        let rules = SecondPerson {
            give_power: true,
            ..SecondPerson::default()
        };
        let tenant = Place::Tenant(TenantId(Uuid::from_u128(1)));
        for (role, place, asks) in [
            (Builtin::Owner, Place::Org, true),
            (Builtin::Administrator, Place::Org, true),
            (Builtin::Technician, Place::Org, false),
            (Builtin::Administrator, tenant, false),
        ] {
            assert_eq!(rules.for_giving(&role.rights(), place), asks, "{role:?}");
        }
        assert!(!SecondPerson::default().for_giving(&Builtin::Owner.rights(), Place::Org));
    }

    #[test]
    fn rules_that_ask_less_are_looser() {
        let tenant = TenantId(Uuid::from_u128(1));
        let strict = SecondPerson {
            give_power: true,
            remove_over: Some(10),
            unattended: BTreeSet::from([tenant]),
            export_audit: true,
            devices_per_hour: Some(5),
        };
        assert!(!strict.is_looser_than(&strict));
        assert!(!strict.is_looser_than(&SecondPerson::default()));
        assert!(SecondPerson::default().is_looser_than(&strict));
        type Loosen = fn(&mut SecondPerson);
        let ways: [Loosen; 7] = [
            |r| r.give_power = false,
            |r| r.remove_over = None,
            |r| r.remove_over = Some(11),
            |r| r.unattended.clear(),
            |r| r.export_audit = false,
            |r| r.devices_per_hour = Some(6),
            |r| r.devices_per_hour = None,
        ];
        for loosen in ways {
            let mut rules = strict.clone();
            loosen(&mut rules);
            assert!(rules.is_looser_than(&strict), "{rules:?}");
            assert!(!strict.is_looser_than(&rules), "{rules:?}");
        }
    }
}
