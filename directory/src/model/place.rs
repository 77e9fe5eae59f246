//! Where devices stand: an organisation's customers, their sites, and groups inside those, as one
//! tree that fits into memory.

use std::collections::{HashMap, HashSet};

use super::Tenant;
use super::text::fold;
use crate::policy::rights::Path;
use farpane_protocol::ids::{PlaceId, TenantId};
use serde::{Deserialize, Serialize};

/// How deep places may lie below a customer: region, site, building, floor, room and to spare.
pub const DEPTH_MOST: usize = 8;

/// Most places of one organisation: the tree of all is kept in memory, 200 bytes each.
pub const PLACES_MOST: usize = 100_000;

/// What kind of place.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Where a customer is: a shop, an office.
    Site,
    /// Devices that belong together.
    Group,
}

impl PlaceKind {
    /// As it is kept and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Group => "group",
        }
    }
}

/// A site or group below a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceRecord {
    /// Its id.
    pub id: PlaceId,
    /// Whose it is.
    pub tenant: TenantId,
    /// In which other place it lies; at the customer directly if none.
    pub parent: Option<PlaceId>,
    /// Site or group.
    pub kind: PlaceKind,
    /// Its name, unique among its siblings.
    pub name: String,
}

/// Where a device stands: at a customer, and in one of its places or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    /// The customer.
    pub tenant: TenantId,
    /// The site or group.
    pub place: Option<PlaceId>,
}

impl Spot {
    /// At the customer itself.
    pub const fn at(tenant: TenantId) -> Self {
        Self {
            tenant,
            place: None,
        }
    }
}

/// Customers and places of one organisation, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    tenants: Vec<Tenant>,
    /// Their names, folded, in the same order.
    tenant_folds: Vec<String>,
    tenant_at: HashMap<TenantId, usize>,
    tenant_by_name: HashMap<String, usize>,
    places: HashMap<PlaceId, PlaceRecord>,
    /// What lies directly inside each, in order of name.
    inside: HashMap<(TenantId, Option<PlaceId>), Vec<PlaceId>>,
    /// Each by where it lies and its folded name.
    place_by_name: HashMap<(TenantId, Option<PlaceId>, String), PlaceId>,
}

/// One line of the tree, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch<'a> {
    /// How deep below its customer, from 1.
    pub depth: usize,
    /// The place.
    pub place: &'a PlaceRecord,
}

impl Tree {
    /// From what is kept. Customers and siblings are put into order of name.
    pub fn new(mut tenants: Vec<Tenant>, places: Vec<PlaceRecord>) -> Self {
        tenants.sort_by_cached_key(|tenant| (fold(&tenant.name), tenant.id));
        let tenant_at = tenants
            .iter()
            .enumerate()
            .map(|(at, tenant)| (tenant.id, at))
            .collect();
        let tenant_folds: Vec<_> = tenants.iter().map(|tenant| fold(&tenant.name)).collect();
        let tenant_by_name = tenant_folds.iter().cloned().zip(0..).collect();
        let place_by_name = places
            .iter()
            .map(|place| ((place.tenant, place.parent, fold(&place.name)), place.id))
            .collect();
        let mut inside: HashMap<_, Vec<PlaceId>> = HashMap::new();
        for place in &places {
            inside
                .entry((place.tenant, place.parent))
                .or_default()
                .push(place.id);
        }
        let places: HashMap<_, _> = places.into_iter().map(|place| (place.id, place)).collect();
        for siblings in inside.values_mut() {
            siblings.sort_by_cached_key(|id| places.get(id).map(|place| fold(&place.name)));
        }
        Self {
            tenants,
            tenant_folds,
            tenant_at,
            tenant_by_name,
            places,
            inside,
            place_by_name,
        }
    }

    /// Every customer, in order of name.
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// One customer.
    pub fn tenant(&self, id: TenantId) -> Option<&Tenant> {
        self.tenant_at.get(&id).map(|at| &self.tenants[*at])
    }

    /// The customer of that name, in any case.
    pub fn tenant_named(&self, name: &str) -> Option<&Tenant> {
        let at = self.tenant_by_name.get(&fold(name))?;
        self.tenants.get(*at)
    }

    /// One site or group.
    pub fn place(&self, id: PlaceId) -> Option<&PlaceRecord> {
        self.places.get(&id)
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no place below any customer.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What lies directly inside a spot, in order of name.
    pub fn inside(&self, spot: Spot) -> impl Iterator<Item = &PlaceRecord> {
        let ids = self.inside.get(&(spot.tenant, spot.place));
        ids.into_iter()
            .flatten()
            .filter_map(|id| self.places.get(id))
    }

    /// The place of that name directly inside a spot, in any case.
    pub fn child_named(&self, spot: Spot, name: &str) -> Option<&PlaceRecord> {
        let at = (spot.tenant, spot.place, fold(name));
        self.places.get(self.place_by_name.get(&at)?)
    }

    /// What is meant by a customer's name and the places below it, parted by slashes.
    pub fn spot_named(&self, names: &str) -> Option<Spot> {
        if let Some(tenant) = self.tenant_named(names.trim()) {
            return Some(Spot::at(tenant.id));
        }
        let mut names = names.split('/').map(str::trim);
        let mut spot = Spot::at(self.tenant_named(names.next()?)?.id);
        for name in names {
            spot.place = Some(self.child_named(spot, name)?.id);
        }
        Some(spot)
    }

    /// Where a spot is for questions of rights.
    pub fn path(&self, spot: Spot) -> Path {
        Path {
            tenant: Some(spot.tenant),
            nodes: spot.place.map(|id| self.chain(id)).unwrap_or_default(),
        }
    }

    /// From the customer's own places down to this one. Empty if it is not known.
    pub fn chain(&self, id: PlaceId) -> Vec<PlaceId> {
        let mut chain = Vec::new();
        let mut next = Some(id);
        // The bound keeps a damaged database from looping.
        while let Some(place) = next.and_then(|id| self.places.get(&id)) {
            chain.push(place.id);
            next = place.parent.filter(|_| chain.len() <= DEPTH_MOST);
        }
        chain.reverse();
        chain
    }

    /// Names from the customer down to the spot, as they are shown: "Oslo Shops / HQ / Floor 2".
    pub fn names(&self, spot: Spot) -> Vec<&str> {
        let tenant = self.tenant(spot.tenant).map(|tenant| tenant.name.as_str());
        let chain = spot.place.map(|id| self.chain(id)).unwrap_or_default();
        let places = chain
            .into_iter()
            .filter_map(|id| Some(self.places.get(&id)?.name.as_str()));
        tenant.into_iter().chain(places).collect()
    }

    /// A place and everything below it.
    pub fn below(&self, id: PlaceId) -> HashSet<PlaceId> {
        let mut found = HashSet::from([id]);
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let Some(place) = self.places.get(&id) else {
                continue;
            };
            for child in self
                .inside
                .get(&(place.tenant, Some(id)))
                .into_iter()
                .flatten()
            {
                if found.insert(*child) {
                    open.push(*child);
                }
            }
        }
        found
    }

    /// How many levels lie in a place, with itself.
    pub fn height(&self, id: PlaceId) -> usize {
        let here = self.chain(id).len();
        let deepest = self.below(id).into_iter().map(|id| self.chain(id).len());
        deepest.max().unwrap_or(here) + 1 - here
    }

    /// Customers whose name contains a folded text.
    pub fn tenants_like<'a>(&'a self, folded: &'a str) -> impl Iterator<Item = TenantId> + 'a {
        let named = self.tenants.iter().zip(&self.tenant_folds);
        named
            .filter(move |(_, name)| name.contains(folded))
            .map(|(tenant, _)| tenant.id)
    }

    /// Places of that kind (or any) whose name contains a folded text, with all that lies in them.
    pub fn places_like(&self, kind: Option<PlaceKind>, folded: &str) -> HashSet<PlaceId> {
        let named = self.places.values().filter(|place| {
            kind.is_none_or(|kind| kind == place.kind) && fold(&place.name).contains(folded)
        });
        named.flat_map(|place| self.below(place.id)).collect()
    }

    /// Everything below a customer, each before what lies in it.
    pub fn branches(&self, tenant: TenantId) -> Vec<Branch<'_>> {
        let mut lines = Vec::new();
        self.add_branches(Spot::at(tenant), 1, &mut lines);
        lines
    }

    fn add_branches<'a>(&'a self, spot: Spot, depth: usize, lines: &mut Vec<Branch<'a>>) {
        if depth > DEPTH_MOST {
            return;
        }
        for place in self.inside(spot) {
            lines.push(Branch { depth, place });
            let inner = Spot {
                place: Some(place.id),
                ..spot
            };
            self.add_branches(inner, depth + 1, lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::ids::OrgId;
    use uuid::Uuid;

    use super::*;

    fn place(n: u128, parent: Option<u128>, kind: PlaceKind, name: &str) -> PlaceRecord {
        PlaceRecord {
            id: PlaceId(Uuid::from_u128(n)),
            tenant: TenantId(Uuid::from_u128(1)),
            parent: parent.map(|n| PlaceId(Uuid::from_u128(n))),
            kind,
            name: name.into(),
        }
    }

    fn tree() -> Tree {
        let tenant = |n, name: &str| Tenant {
            id: TenantId(Uuid::from_u128(n)),
            org: OrgId(Uuid::from_u128(9)),
            name: name.into(),
        };
        Tree::new(
            vec![tenant(2, "bergen"), tenant(1, "Arna")],
            vec![
                place(10, None, PlaceKind::Site, "Shop"),
                place(11, Some(10), PlaceKind::Group, "tills"),
                place(12, Some(11), PlaceKind::Group, "Old"),
                place(13, None, PlaceKind::Group, "annex"),
            ],
        )
    }

    #[test]
    fn paths_subtrees_and_lists_agree() {
        let tree = tree();
        let id = |n| PlaceId(Uuid::from_u128(n));
        let names: Vec<_> = tree.tenants().iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["Arna", "bergen"]);
        assert_eq!(tree.chain(id(12)), [id(10), id(11), id(12)]);
        let spot = Spot {
            tenant: TenantId(Uuid::from_u128(1)),
            place: Some(id(12)),
        };
        assert_eq!(tree.names(spot), ["Arna", "Shop", "tills", "Old"]);
        assert_eq!(tree.below(id(11)), HashSet::from([id(11), id(12)]));
        assert_eq!(tree.height(id(10)), 3);
        assert_eq!(tree.height(id(12)), 1);
        let lines: Vec<_> = tree
            .branches(spot.tenant)
            .iter()
            .map(|line| (line.depth, line.place.name.as_str()))
            .collect();
        let expected = [(1, "annex"), (1, "Shop"), (2, "tills"), (3, "Old")];
        assert_eq!(lines, expected);
        assert_eq!(
            tree.places_like(Some(PlaceKind::Site), "sho"),
            HashSet::from([id(10), id(11), id(12)])
        );
        assert!(tree.places_like(Some(PlaceKind::Site), "tills").is_empty());
    }

    #[test]
    fn a_damaged_tree_does_not_loop() {
        let looped = Tree::new(
            Vec::new(),
            vec![
                place(1, Some(2), PlaceKind::Group, "a"),
                place(2, Some(1), PlaceKind::Group, "b"),
            ],
        );
        let id = PlaceId(Uuid::from_u128(1));
        assert!(looped.chain(id).len() <= DEPTH_MOST + 1);
        assert_eq!(looped.below(id).len(), 2);
    }
}
