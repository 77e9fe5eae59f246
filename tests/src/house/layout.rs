//! How a source file introduces itself, what it is called and how long it may be.

use super::Violation;
use super::source::{RustFile, TextFile};

/// Longest product part of a file, in lines: what a reader can still hold in mind at once.
const MOST_LINES: usize = 600;

/// Names that say nothing about what is inside, and the one that hides which folder it belongs to.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helpers", "misc", "mod"];

/// Files whose first line does not say what they are.
pub fn introductions(files: &[RustFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|file| {
            let first = file.file.text.lines().next().unwrap_or_default();
            first
                .strip_prefix("//!")
                .is_none_or(|words| words.trim().is_empty())
        })
        .map(|file| Violation::at(file.path(), 1, "begins with `//!` and what the file is"))
        .collect()
}

/// Files and folders with a name that says nothing.
pub fn names(files: &[RustFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|file| {
            let stems = file
                .path()
                .split('/')
                .map(|part| part.trim_end_matches(".rs"));
            stems.into_iter().any(|stem| EMPTY_NAMES.contains(&stem))
        })
        .map(|file| Violation::of(file.path(), "has a name that does not say what is inside"))
        .collect()
}

/// Files whose product part is too long to be one idea.
pub fn lengths(files: &[RustFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|file| !file.holds_only_tests() && file.product_lines() > MOST_LINES)
        .map(|file| {
            let lines = file.product_lines();
            Violation::of(
                file.path(),
                format!("{lines} lines without tests, over {MOST_LINES}"),
            )
        })
        .collect()
}

/// Folders of somebody's own machine in any text file: they mean nothing to others, and tell about
/// the one.
pub fn private_paths(files: &[TextFile]) -> Vec<Violation> {
    // Put together here, so that this file does not violate its own rule.
    let folders = ["home", "root", "work"].map(|name| format!("/{name}/"));
    let mut violations = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            for folder in &folders {
                if line
                    .match_indices(folder)
                    .any(|(at, _)| starts_path(line, at))
                {
                    let what = format!("names a folder below {folder}");
                    violations.push(Violation::at(&file.path, index + 1, what));
                }
            }
        }
    }
    violations
}

/// Whether the slash at `at` begins a path instead of going on with one, or with a URL.
fn starts_path(line: &str, at: usize) -> bool {
    let before = line[..at].chars().next_back();
    !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | '~'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::source::tests::rust;

    #[test]
    fn a_file_without_an_introduction_is_found() {
        for text in [
            "",
            "fn a() {}",
            "//!\n//! late",
            "// no\n//! late",
            "\n//! late",
        ] {
            assert_eq!(
                introductions(&[rust("a/src/b.rs", text)]).len(),
                1,
                "{text:?}"
            );
        }
        assert!(introductions(&[rust("a/src/b.rs", "//! A file.\n")]).is_empty());
    }

    #[test]
    fn an_empty_name_is_found_in_files_and_folders() {
        for path in [
            "a/src/utils.rs",
            "a/src/b/mod.rs",
            "a/src/common/b.rs",
            "helpers/src/b.rs",
        ] {
            assert_eq!(names(&[rust(path, "")]).len(), 1, "{path}");
        }
        assert!(names(&[rust("a/src/modes.rs", ""), rust("a/src/common_mode.rs", "")]).is_empty());
    }

    #[test]
    fn a_long_file_is_found_and_tests_do_not_count() {
        let long = "fn a() {}\n".repeat(MOST_LINES);
        assert!(lengths(&[rust("a/src/b.rs", &long)]).is_empty());
        let longer = format!("{long}fn a() {{}}\n");
        assert_eq!(lengths(&[rust("a/src/b.rs", &longer)]).len(), 1);
        assert!(lengths(&[rust("a/tests/b.rs", &longer)]).is_empty());
        let tested = format!("{long}#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert!(lengths(&[rust("a/src/b.rs", &tested)]).is_empty());
    }

    #[test]
    fn a_private_path_is_found_in_any_text() {
        let found = |text: &str| {
            let text = text.replace('~', "/");
            private_paths(&[TextFile::new("notes.md", text)]).len()
        };
        assert_eq!(found("fine\nsee ~home~anna~file"), 1);
        assert_eq!(found("path = \"~root~.cargo\""), 1);
        assert_eq!(found("file:~~~work~main"), 1);
        assert_eq!(found("https:~~example.org~home~page"), 0);
        assert_eq!(found("~homes~anna and $HOME~work~x"), 0);
    }
}
