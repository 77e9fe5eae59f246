//! The table of what each built-in role gives: at its own place, below it, and elsewhere.

use farpane_directory::policy::rights::{Action, Builtin, Held, Path, Place, Rights};
use farpane_protocol::ids::{PlaceId, TenantId};
use farpane_protocol::scope::Scope;
use uuid::Uuid;

use crate::golden;

const OWN: TenantId = TenantId(Uuid::from_u128(1));
const OTHER: TenantId = TenantId(Uuid::from_u128(2));
const SITE: PlaceId = PlaceId(Uuid::from_u128(3));

/// What is asked about, in the order of the columns. Another organisation is no column here: its
/// things are looked up by its own id, so no right of this one is ever asked (`access.txt`).
fn resources() -> [Path; 4] {
    let site = Path {
        tenant: Some(OWN),
        nodes: vec![SITE],
    };
    [Path::ORG, Path::tenant(OWN), site, Path::tenant(OTHER)]
}

fn row(name: &str, allowed: impl Fn(&Path) -> bool) -> String {
    let mut row = format!("  {name:<22}");
    for path in resources() {
        row.push_str(&format!("{:<14}", if allowed(&path) { "yes" } else { "-" }));
    }
    format!("{}\n", row.trim_end())
}

#[test]
fn rights_of_roles_are_the_golden_ones() {
    let mut text = String::from(
        "# What a role gives, held at a place, on things of: the organisation itself, the holder's \
         customer, a site below it, another customer.\n",
    );
    let places = [
        ("the organisation", Place::Org),
        ("a customer", Place::Tenant(OWN)),
        ("a site", Place::Node(SITE)),
    ];
    for role in Builtin::ALL {
        for (at, place) in places {
            let rights = Rights {
                held: vec![Held {
                    assignment: Uuid::nil(),
                    role: role.name().into(),
                    rights: role.rights(),
                    place,
                    through: None,
                    until: None,
                    hours: None,
                }],
            };
            text.push_str(&format!("\n{} at {at}\n", role.name()));
            text.push_str(&format!(
                "  {:<22}{:<14}{:<14}{:<14}another\n",
                "", "organisation", "customer", "site"
            ));
            text.push_str(&row("reach", |path| rights.reach(path)));
            text.push_str(&row("unattended", |path| rights.unattended(path)));
            for scope in Scope::ALL {
                text.push_str(&row(scope.name(), |path| rights.scopes(path).has(scope)));
            }
            for action in Action::ALL {
                text.push_str(&row(action.name(), |path| rights.may(*action, path)));
            }
        }
    }
    golden::same("rights.txt", &text);
}
