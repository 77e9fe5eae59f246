//! Ways round the rules that nobody takes: lints silenced for good, and queues without a bound.

use super::Violation;
use super::source::RustFile;

/// Attributes that silence a lint and stay when it has long been right again.
pub fn silenced_lints(files: &[RustFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files {
        for (index, token) in file.tokens.iter().enumerate() {
            let silences = token.text == "allow" && file.reads(index + 1, &["("]);
            if token.in_attribute && silences {
                let what = "silence one place with `#[expect(lint, reason = \"…\")]`";
                violations.push(Violation::at(file.path(), token.line, what));
            }
        }
    }
    violations
}

/// Queues that grow as fast as the other side wants.
pub fn unbounded_queues(files: &[RustFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files {
        for (index, token) in file.tokens.iter().enumerate() {
            let word = token.text.as_str();
            let foreign = word == "unbounded_channel"
                || (word == "unbounded" && file.reads(index + 1, &["("]));
            // With a size the same path is tokio's; without one it is the standard library's, which
            // a test may use: nobody hostile fills it.
            let standard = word == "channel"
                && !token.in_test
                && file.follows(index, &["mpsc", ":", ":"])
                && file.reads(after_type(file, index + 1), &["(", ")"]);
            if (foreign || standard) && !token.in_attribute {
                violations.push(Violation::at(
                    file.path(),
                    token.line,
                    "a queue needs a bound",
                ));
            }
        }
    }
    violations
}

/// Where a call's brackets stand, behind an explicit type such as `::<u8>`.
fn after_type(file: &RustFile, index: usize) -> usize {
    if !file.reads(index, &[":", ":", "<"]) {
        return index;
    }
    let mut depth = 0_usize;
    for (at, token) in file.tokens.iter().enumerate().skip(index + 2) {
        match token.text.as_str() {
            "<" => depth += 1,
            ">" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::source::tests::rust;

    #[test]
    fn a_silenced_lint_is_found() {
        for text in [
            "#[allow(dead_code)]\nfn a() {}",
            "#![allow(dead_code)]",
            "#[cfg_attr(test, allow(dead_code, reason = \"no\"))]\nfn a() {}",
        ] {
            assert_eq!(
                silenced_lints(&[rust("a/src/b.rs", text)]).len(),
                1,
                "{text}"
            );
        }
        let text = "#[expect(dead_code, reason = \"for a while\")]\nfn allow() { allow() }";
        assert!(silenced_lints(&[rust("a/src/b.rs", text)]).is_empty());
    }

    #[test]
    fn a_queue_without_a_bound_is_found() {
        for text in [
            "fn a() { tokio::sync::mpsc::unbounded_channel(); }",
            "fn a() { crossbeam::channel::unbounded(); }",
            "fn a() { mpsc::channel(); }",
            "fn a() { mpsc::channel::<Option<u8>>(); }",
        ] {
            assert_eq!(
                unbounded_queues(&[rust("a/src/b.rs", text)]).len(),
                1,
                "{text}"
            );
        }
        let text = "fn a() { mpsc::channel(8); mpsc::channel::<u8>(8); mpsc::sync_channel(1); }";
        assert!(unbounded_queues(&[rust("a/src/b.rs", text)]).is_empty());
    }
}
