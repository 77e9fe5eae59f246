//! The minimum versions in deny.toml are written so that they bite.

use super::Violation;
use super::source::TextFile;

/// The file with the bans.
const FILE: &str = "deny.toml";

/// Bans written `name@<version`: cargo-deny reads what follows an `@` as one exact version, so that
/// every older one would pass. With a colon it is a range.
pub fn exact_by_mistake(files: &[TextFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.path == FILE) {
        for (index, line) in file.text.lines().enumerate() {
            let line = line.trim_start();
            if !line.starts_with('#') && ["@<", "@>", "@^", "@~"].iter().any(|at| line.contains(at))
            {
                let what = "an `@` means one exact version: write `name:<version`";
                violations.push(Violation::at(FILE, index + 1, what));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Option<usize>> {
        let files = [TextFile::new(FILE, text)];
        exact_by_mistake(&files)
            .into_iter()
            .map(|violation| violation.line)
            .collect()
    }

    #[test]
    fn a_range_behind_an_at_sign_is_found() {
        assert_eq!(
            found("deny = [\n  { crate = \"h2@<0.4.16\" },\n]"),
            [Some(2)]
        );
    }

    #[test]
    fn ranges_behind_a_colon_and_exact_versions_are_fine() {
        assert!(found("{ crate = \"h2:<0.4.16\" }\n{ crate = \"h2@0.4.1\" }").is_empty());
        assert!(found("# never `name@<1.2`").is_empty());
    }
}
