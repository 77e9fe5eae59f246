//! Who may depend on whom: the direction of use between our crates, and the one crate where each
//! foreign library with a wide reach is met.

use super::Violation;

/// Our crates, each with those of ours that it may use. Never upward, never product to product.
const MAY_USE: &[(&str, &[&str])] = &[
    ("farpane-protocol", &[]),
    ("farpane-media", &["farpane-protocol"]),
    ("farpane-certs", &["farpane-protocol"]),
    ("farpane-transport", &["farpane-protocol", "farpane-certs"]),
    ("farpane-clipboard", &["farpane-protocol"]),
    ("farpane-relay", SHARED),
    ("farpane-host", AT_A_DESK),
    ("farpane-viewer", AT_A_DESK),
    ("farpane-directory", SHARED),
    ("xtask", &[]),
    // Lies under a program's file calls and knows nothing of it.
    ("farpane-test-disk", &[]),
];

/// What every product may build on.
const SHARED: &[&str] = &[
    "farpane-protocol",
    "farpane-media",
    "farpane-certs",
    "farpane-transport",
];

/// What products with a person before them build on.
const AT_A_DESK: &[&str] = &[
    "farpane-protocol",
    "farpane-media",
    "farpane-certs",
    "farpane-transport",
    "farpane-clipboard",
];

/// May use everything, and nothing may use it.
const TESTS: &str = "farpane-tests";

/// Foreign crates and the crates of ours that answer for them.
const MET_IN: &[(&str, &str)] = &[
    ("quinn", "farpane-transport"),
    ("quinn-proto", "farpane-transport"),
    ("webrtc", "farpane-transport"),
    ("openh264", "farpane-media"),
    ("openh264-sys2", "farpane-media"),
    ("scrap", "farpane-host"),
    ("x11rb", "farpane-host"),
    ("x11rb", "farpane-clipboard"),
    ("x11rb", "farpane-viewer"),
    ("enigo", "farpane-host"),
    ("sqlx", "farpane-directory"),
];

/// A crate of the workspace and what it names in its manifest, of every kind (normal, build, dev).
#[derive(Clone, Debug)]
pub struct Package {
    /// As in its manifest.
    pub name: String,
    /// Names of packages, ours and foreign.
    pub dependencies: Vec<String>,
}

/// Edges between our crates that the direction of use forbids, and crates that no rule knows.
pub fn direction(packages: &[Package]) -> Vec<Violation> {
    let ours = |name: &str| packages.iter().any(|package| package.name == name);
    let mut violations = Vec::new();
    for package in packages.iter().filter(|package| package.name != TESTS) {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
            let what = "is in no table of crate edges: say what it may use";
            violations.push(Violation::of(&package.name, what));
            continue;
        };
        for used in package.dependencies.iter().filter(|used| ours(used)) {
            if !allowed.contains(&used.as_str()) {
                let what = format!("must not use {used}: that edge goes upward or sideways");
                violations.push(Violation::of(&package.name, what));
            }
        }
    }
    violations
}

/// Foreign crates named in a manifest other than that of the crate which answers for them.
pub fn one_home(packages: &[Package]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in packages.iter().filter(|package| package.name != TESTS) {
        for used in &package.dependencies {
            let homes: Vec<_> = MET_IN
                .iter()
                .filter(|(foreign, _)| foreign == used)
                .map(|(_, home)| *home)
                .collect();
            if !homes.is_empty() && !homes.contains(&package.name.as_str()) {
                let homes = homes.join(" and ");
                let what = format!("must not name {used}: it is met in {homes}");
                violations.push(Violation::of(&package.name, what));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        let dependencies = dependencies.iter().map(|&name| name.to_owned()).collect();
        Package {
            name: name.to_owned(),
            dependencies,
        }
    }

    #[test]
    fn a_product_that_uses_a_product_is_found() {
        let relay = package(
            "farpane-relay",
            &["farpane-protocol", "farpane-host", "tokio"],
        );
        let found = direction(&[
            relay,
            package("farpane-host", &[]),
            package("farpane-protocol", &[]),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].what.contains("farpane-host"));
    }

    #[test]
    fn an_upward_edge_is_found() {
        let certs = package("farpane-certs", &["farpane-transport"]);
        assert_eq!(
            direction(&[certs, package("farpane-transport", &[])]).len(),
            1
        );
    }

    #[test]
    fn a_crate_that_nobody_decided_on_is_found() {
        assert_eq!(direction(&[package("farpane-surprise", &[])]).len(), 1);
    }

    #[test]
    fn nothing_may_lean_on_the_tests() {
        let host = package("farpane-host", &["farpane-tests"]);
        let tests = package("farpane-tests", &["farpane-host"]);
        assert_eq!(direction(&[host, tests]).len(), 1);
    }

    #[test]
    fn a_foreign_crate_away_from_home_is_found() {
        let packages = [
            package("farpane-relay", &["quinn"]),
            package("farpane-transport", &["quinn"]),
            package("farpane-tests", &["quinn"]),
        ];
        let found = one_home(&packages);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].place, "farpane-relay");
    }
}
