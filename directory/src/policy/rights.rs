//! What a person may do and where: roles on places, three separate answers. "May reach" a device,
//! "may do inside a session", "may administer". Deny by default: what no assignment in force
//! gives is not allowed. Pure: assignments in, answers with their reasons out.

use std::collections::BTreeSet;
use std::fmt;

use farpane_protocol::ids::{PlaceId, TenantId};
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::hours::Hours;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $sentence:literal;)*) => {
        /// One thing that people see or change in the directory itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// Every action, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its stable name: in tokens, roles and records.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What it lets a person do, after "may".
            pub const fn in_words(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            /// The action of that name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($word => Some(Self::$name),)* _ => None }
            }
        }
    };
}

actions! {
    /// See devices in lists.
    SeeDevices = "see-devices", "see devices";
    /// Rename, move, tag, fill in fields.
    EditDevices = "edit-devices", "edit devices";
    /// Remove devices.
    RemoveDevices = "remove-devices", "remove devices";
    /// Let waiting devices in, or turn them away.
    ApproveDevices = "approve-devices", "approve devices";
    /// Load catalogues.
    ImportDevices = "import-devices", "import devices";
    /// Take catalogues out.
    ExportDevices = "export-devices", "export devices";
    /// See what devices report about themselves.
    SeeInventory = "see-inventory", "see inventories";
    /// Make and revoke enrolment tickets.
    MakeTickets = "make-tickets", "make tickets";
    /// Sites and groups below a customer.
    EditPlaces = "edit-places", "edit sites and groups";
    /// Customers.
    ManageTenants = "manage-customers", "manage customers";
    /// See who is or was connected.
    SeeSessions = "see-sessions", "see sessions";
    /// Stop sessions of others.
    StopSessions = "stop-sessions", "stop sessions";
    /// See people, groups and what they may do.
    SeePeople = "see-people", "see people";
    /// Invite, disable, reset.
    ManagePeople = "manage-people", "manage people";
    /// Give roles to people, never more than one's own.
    GrantRoles = "grant-roles", "give roles";
    /// Define roles.
    ManageRoles = "manage-roles", "define roles";
    /// Decide what others asked for.
    ApproveRequests = "approve-requests", "decide requests";
    /// Make API tokens of one's own.
    MakeTokens = "make-tokens", "make API tokens";
    /// See relays.
    SeeRelays = "see-relays", "see relays";
    /// Enrol, rename and remove relays.
    ManageRelays = "manage-relays", "manage relays";
    /// Read the audit.
    SeeAudit = "see-audit", "read the audit";
    /// Take the audit out.
    ExportAudit = "export-audit", "export the audit";
    /// Settings of the organisation or the customer.
    ManageSettings = "manage-settings", "change settings";
}

impl Action {
    /// Whether doing it needs a fresh proof of who is there.
    pub const fn is_dangerous(self) -> bool {
        match self {
            Self::RemoveDevices
            | Self::ApproveDevices
            | Self::ApproveRequests
            | Self::ManageTenants
            | Self::ManagePeople
            | Self::GrantRoles
            | Self::ManageRoles
            | Self::MakeTokens
            | Self::ManageRelays
            | Self::ExportAudit
            | Self::ManageSettings => true,
            Self::SeeDevices
            | Self::EditDevices
            | Self::ImportDevices
            | Self::ExportDevices
            | Self::SeeInventory
            | Self::MakeTickets
            | Self::EditPlaces
            | Self::SeeSessions
            | Self::StopSessions
            | Self::SeePeople
            | Self::SeeRelays
            | Self::SeeAudit => false,
        }
    }
}

/// A set of actions.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ActionSet(u32);

impl ActionSet {
    /// None.
    pub const EMPTY: Self = Self(0);

    /// These.
    pub fn of(actions: &[Action]) -> Self {
        actions
            .iter()
            .fold(Self::EMPTY, |set, action| set.with(*action))
    }

    /// Every one.
    pub fn all() -> Self {
        Self::of(Action::ALL)
    }

    /// This set and one more.
    #[must_use]
    pub const fn with(self, action: Action) -> Self {
        Self(self.0 | 1 << action as u32)
    }

    /// This set less one.
    #[must_use]
    pub const fn without(self, action: Action) -> Self {
        Self(self.0 & !(1 << action as u32))
    }

    /// Whether the action is in it.
    pub const fn has(self, action: Action) -> bool {
        self.0 & (1 << action as u32) != 0
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether all of it is in `other`.
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its actions in the order of [`Action::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL
            .iter()
            .copied()
            .filter(move |action| self.has(*action))
    }
}

impl fmt::Debug for ActionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Action::name))
            .finish()
    }
}

/// What a role gives, wherever it is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoleRights {
    /// May ask for sessions with devices.
    pub reach: bool,
    /// What may be asked for inside a session.
    pub scopes: ScopeSet,
    /// May open sessions where nobody at the device is asked, if the device allows that at all.
    pub unattended: bool,
    /// What may be seen and changed in the directory.
    pub actions: ActionSet,
}

impl RoleRights {
    /// Whether every right of it is in `other`.
    pub fn within(&self, other: &Self) -> bool {
        (!self.reach || other.reach)
            && (!self.unattended || other.unattended)
            && self.scopes.within(other.scopes)
            && self.actions.within(other.actions)
    }

    /// What either gives.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            reach: self.reach || other.reach,
            scopes: other.scopes.iter().fold(self.scopes, ScopeSet::with),
            unattended: self.unattended || other.unattended,
            actions: self.actions.union(other.actions),
        }
    }

    /// What both give.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self {
            reach: self.reach && other.reach,
            scopes: self.scopes.intersect(other.scopes),
            unattended: self.unattended && other.unattended,
            actions: self.actions.intersect(other.actions),
        }
    }
}

/// A role that every organisation has and nobody can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Builtin {
    /// Everything.
    Owner,
    /// Everything but defining roles.
    Administrator,
    /// Reach and help; see what devices report.
    Technician,
    /// Look on, with consent; touch nothing.
    Observer,
    /// See what happened; reach nothing.
    Auditor,
}

impl Builtin {
    /// Each of them, widest first.
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Administrator,
        Self::Technician,
        Self::Observer,
        Self::Auditor,
    ];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::Technician => "technician",
            Self::Observer => "observer",
            Self::Auditor => "auditor",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What it gives.
    pub fn rights(self) -> RoleRights {
        let every_scope = ScopeSet::of(&Scope::ALL);
        match self {
            Self::Owner => RoleRights {
                reach: true,
                scopes: every_scope,
                unattended: true,
                actions: ActionSet::all(),
            },
            Self::Administrator => RoleRights {
                reach: true,
                scopes: every_scope,
                unattended: true,
                actions: ActionSet::all().without(Action::ManageRoles),
            },
            Self::Technician => RoleRights {
                reach: true,
                scopes: ScopeSet::of(&[
                    Scope::View,
                    Scope::Control,
                    Scope::ClipboardIn,
                    Scope::ClipboardOut,
                    Scope::Files,
                    Scope::Audio,
                ]),
                unattended: true,
                actions: ActionSet::of(&[
                    Action::SeeDevices,
                    Action::SeeInventory,
                    Action::SeeSessions,
                ]),
            },
            Self::Observer => RoleRights {
                reach: true,
                scopes: ScopeSet::of(&[Scope::View]),
                unattended: false,
                actions: ActionSet::of(&[Action::SeeDevices]),
            },
            Self::Auditor => RoleRights {
                reach: false,
                scopes: ScopeSet::EMPTY,
                unattended: false,
                actions: ActionSet::of(&[
                    Action::SeeDevices,
                    Action::SeeInventory,
                    Action::SeeSessions,
                    Action::SeePeople,
                    Action::SeeRelays,
                    Action::SeeAudit,
                    Action::ExportAudit,
                ]),
            },
        }
    }
}

/// Where a role is held. It holds for everything below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The whole organisation.
    Org,
    /// One customer.
    Tenant(TenantId),
    /// A site or group below a customer.
    Node(PlaceId),
}

/// Where a thing stands: the organisation, a customer, or a site or group below one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path {
    /// Which customer; absent for what belongs to the organisation itself.
    pub tenant: Option<TenantId>,
    /// Sites and groups from the outermost to the one it stands in.
    pub nodes: Vec<PlaceId>,
}

impl Path {
    /// The organisation itself.
    pub const ORG: Self = Self {
        tenant: None,
        nodes: Vec::new(),
    };

    /// Directly below a customer.
    pub const fn tenant(tenant: TenantId) -> Self {
        Self {
            tenant: Some(tenant),
            nodes: Vec::new(),
        }
    }

    /// Whether it is at or below a place.
    pub fn is_under(&self, place: Place) -> bool {
        match place {
            Place::Org => true,
            Place::Tenant(tenant) => self.tenant == Some(tenant),
            Place::Node(node) => self.nodes.contains(&node),
        }
    }
}

/// A role that a person holds somewhere, by themselves or through a group, and in force now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The assignment.
    pub assignment: Uuid,
    /// Name of the role.
    pub role: String,
    /// What it gives.
    pub rights: RoleRights,
    /// Where.
    pub place: Place,
    /// Through which group of people, if not by themselves.
    pub through: Option<String>,
    /// Until when, if it ends.
    pub until: Option<Timestamp>,
    /// In which hours of the week, if only then.
    pub hours: Option<Hours>,
}

/// Everything that a person may do, from what they hold now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// The roles in force.
    pub held: Vec<Held>,
}

/// What a query about devices may answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// Everything in the organisation.
    All,
    /// What stands in one of these customers or below one of these places; nothing if both are
    /// empty.
    Below {
        /// Whole customers.
        tenants: BTreeSet<TenantId>,
        /// Sites and groups, with what is below them.
        nodes: BTreeSet<PlaceId>,
    },
}

impl Visible {
    /// Whether nothing at all can be seen.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::All => false,
            Self::Below { tenants, nodes } => tenants.is_empty() && nodes.is_empty(),
        }
    }
}

impl Rights {
    /// The whole organisation, as the operator at the directory's own machine has it.
    pub fn everything() -> Self {
        Self {
            held: vec![Held {
                assignment: Uuid::nil(),
                role: "operator".into(),
                rights: Builtin::Owner.rights(),
                place: Place::Org,
                through: None,
                until: None,
                hours: None,
            }],
        }
    }

    fn at<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Held> {
        self.held.iter().filter(|held| path.is_under(held.place))
    }

    /// Everything that the roles give at a place, together.
    pub fn total(&self, path: &Path) -> RoleRights {
        self.at(path)
            .fold(RoleRights::default(), |sum, held| sum.union(&held.rights))
    }

    /// Whether an action is allowed there.
    pub fn may(&self, action: Action, path: &Path) -> bool {
        self.at(path).any(|held| held.rights.actions.has(action))
    }

    /// The roles that allow an action there.
    pub fn because<'a>(&'a self, action: Action, path: &'a Path) -> impl Iterator<Item = &'a Held> {
        self.at(path)
            .filter(move |held| held.rights.actions.has(action))
    }

    /// Whether sessions with a device there may be asked for.
    pub fn reach(&self, path: &Path) -> bool {
        self.at(path).any(|held| held.rights.reach)
    }

    /// What may be asked for inside such a session: what the roles that reach the device give.
    pub fn scopes(&self, path: &Path) -> ScopeSet {
        self.at(path)
            .filter(|held| held.rights.reach)
            .fold(ScopeSet::EMPTY, |sum, held| {
                held.rights.scopes.iter().fold(sum, ScopeSet::with)
            })
    }

    /// Whether a session there may go without asking, if the device itself allows that.
    pub fn unattended(&self, path: &Path) -> bool {
        self.at(path)
            .any(|held| held.rights.reach && held.rights.unattended)
    }

    /// Whether a device there may be known to exist.
    pub fn sees(&self, path: &Path) -> bool {
        self.reach(path) || self.may(Action::SeeDevices, path)
    }

    /// Where an action is allowed, for queries.
    pub fn visible(&self, action: Action) -> Visible {
        self.places(|rights| rights.actions.has(action))
    }

    /// Where devices may be known to exist, for queries.
    pub fn visible_devices(&self) -> Visible {
        self.places(|rights| rights.reach || rights.actions.has(Action::SeeDevices))
    }

    fn places(&self, gives: impl Fn(&RoleRights) -> bool) -> Visible {
        let mut tenants = BTreeSet::new();
        let mut nodes = BTreeSet::new();
        for held in self.held.iter().filter(|held| gives(&held.rights)) {
            match held.place {
                Place::Org => return Visible::All,
                Place::Tenant(tenant) => drop(tenants.insert(tenant)),
                Place::Node(node) => drop(nodes.insert(node)),
            }
        }
        Visible::Below { tenants, nodes }
    }

    /// What of these rights lasts at least as long and is open at least as wide as something new
    /// would be. Nobody gives for good what they hold for a day.
    #[must_use]
    pub fn lasting(&self, until: Option<Timestamp>, hours: Option<&Hours>) -> Self {
        let lasts = |held: &Held| match (held.until, until) {
            (None, _) => true,
            (Some(held), Some(until)) => until <= held,
            (Some(_), None) => false,
        };
        let open = |held: &Held| held.hours.is_none() || held.hours.as_ref() == hours;
        let held = self.held.iter().filter(|held| lasts(held) && open(held));
        Self {
            held: held.cloned().collect(),
        }
    }

    /// Whether somebody with these rights may give a role at a place: never more than they hold.
    pub fn may_give(&self, role: &RoleRights, path: &Path) -> bool {
        self.may(Action::GrantRoles, path) && role.within(&self.total(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OSLO: TenantId = TenantId(Uuid::from_u128(1));
    const BERGEN: TenantId = TenantId(Uuid::from_u128(2));
    const SHOP: PlaceId = PlaceId(Uuid::from_u128(3));
    const TILLS: PlaceId = PlaceId(Uuid::from_u128(4));

    fn held(role: Builtin, place: Place) -> Held {
        Held {
            assignment: Uuid::from_u128(9),
            role: role.name().into(),
            rights: role.rights(),
            place,
            through: None,
            until: None,
            hours: None,
        }
    }

    fn tills() -> Path {
        Path {
            tenant: Some(OSLO),
            nodes: vec![SHOP, TILLS],
        }
    }

    #[test]
    fn nothing_is_allowed_that_no_role_gives() {
        let nobody = Rights::default();
        for action in Action::ALL {
            assert!(!nobody.may(*action, &Path::ORG), "{}", action.name());
        }
        assert!(!nobody.reach(&tills()) && nobody.scopes(&tills()).is_empty());
        assert!(nobody.visible_devices().is_nothing());
    }

    #[test]
    fn a_role_holds_at_its_place_and_below_and_nowhere_else() {
        for (place, path, expected) in [
            (Place::Org, Path::ORG, true),
            (Place::Org, tills(), true),
            (Place::Tenant(OSLO), tills(), true),
            (Place::Tenant(OSLO), Path::tenant(OSLO), true),
            (Place::Tenant(OSLO), Path::ORG, false),
            (Place::Tenant(BERGEN), tills(), false),
            (Place::Node(SHOP), tills(), true),
            (Place::Node(SHOP), Path::tenant(OSLO), false),
        ] {
            let rights = Rights {
                held: vec![held(Builtin::Technician, place)],
            };
            assert_eq!(rights.reach(&path), expected, "{place:?} {path:?}");
            assert_eq!(rights.sees(&path), expected, "{place:?} {path:?}");
        }
    }

    #[test]
    fn the_three_answers_are_separate() {
        let auditor = Rights {
            held: vec![held(Builtin::Auditor, Place::Org)],
        };
        assert!(auditor.may(Action::SeeAudit, &tills()));
        assert!(!auditor.reach(&tills()) && auditor.scopes(&tills()).is_empty());
        let observer = Rights {
            held: vec![held(Builtin::Observer, Place::Tenant(OSLO))],
        };
        assert!(observer.reach(&tills()) && !observer.unattended(&tills()));
        assert_eq!(observer.scopes(&tills()), ScopeSet::of(&[Scope::View]));
        assert!(!observer.may(Action::SeeSessions, &tills()));
    }

    #[test]
    fn nobody_gives_more_than_they_hold() {
        let admin = Rights {
            held: vec![held(Builtin::Administrator, Place::Tenant(OSLO))],
        };
        let give = |role: Builtin, path: &Path| admin.may_give(&role.rights(), path);
        assert!(give(Builtin::Technician, &tills()));
        assert!(give(Builtin::Administrator, &tills()));
        assert!(!give(Builtin::Owner, &tills()), "it may define roles");
        assert!(!give(Builtin::Technician, &Path::tenant(BERGEN)));
        assert!(!give(Builtin::Technician, &Path::ORG));
    }

    #[test]
    fn names_lead_back_to_what_they_name() {
        for action in Action::ALL {
            assert_eq!(Action::named(action.name()), Some(*action));
        }
        for role in Builtin::ALL {
            assert_eq!(Builtin::named(role.name()), Some(role));
        }
        assert_eq!(ActionSet::all().iter().count(), Action::ALL.len());
    }
}
