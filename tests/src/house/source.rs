//! A source file as the rules see it: its text, and its tokens with the line of each and whether
//! it belongs to a test. Comments and the insides of strings are no tokens, so that a rule never
//! trips over prose.

use std::ops::RangeInclusive;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::Violation;

/// Any text file of the repository.
#[derive(Clone, Debug)]
pub struct TextFile {
    /// Relative to the repository, with `/` between folders.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl TextFile {
    /// For a rule's own tests as much as for the tree.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }

    /// Whether the file lies in `folder`, or is the module file beside it (`name.rs` for `name`).
    pub fn is_under(&self, folder: &str) -> bool {
        self.path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    }
}

/// One token.
#[derive(Clone, Debug)]
pub struct Token {
    /// A word, a literal with its quotes, one punctuation character or one bracket.
    pub text: String,
    /// From 1.
    pub line: usize,
    /// Part of `#[cfg(test)]` code, of a `#[test]`, or of a file that holds only tests.
    pub in_test: bool,
    /// Part of an attribute.
    pub in_attribute: bool,
}

/// A Rust file with its tokens.
#[derive(Clone, Debug)]
pub struct RustFile {
    /// Its text.
    pub file: TextFile,
    /// In order.
    pub tokens: Vec<Token>,
    tests: Vec<RangeInclusive<usize>>,
    whole_file_is_test: bool,
}

impl RustFile {
    /// Splits a file into tokens; one that does not even have matching brackets is a violation.
    pub fn parse(file: TextFile) -> Result<Self, Violation> {
        let stream: TokenStream = file.text.parse().map_err(|error: proc_macro2::LexError| {
            let line = error.span().start().line;
            Violation::at(&file.path, line, "cannot be split into Rust tokens")
        })?;
        let whole_file_is_test = holds_only_tests(&file.path);
        let mut walk = Walk {
            tokens: Vec::new(),
            tests: Vec::new(),
        };
        walk.stream(
            stream,
            Place {
                in_test: whole_file_is_test,
                in_attribute: false,
            },
        );
        Ok(Self {
            file,
            tokens: walk.tokens,
            tests: walk.tests,
            whole_file_is_test,
        })
    }

    /// Its place in the repository.
    pub fn path(&self) -> &str {
        &self.file.path
    }

    /// Whether the file holds nothing but tests.
    pub fn holds_only_tests(&self) -> bool {
        self.whole_file_is_test
    }

    /// Lines that are no part of a test.
    pub fn product_lines(&self) -> usize {
        let total = self.file.text.lines().count();
        let of_tests = |line: &usize| self.tests.iter().any(|range| range.contains(line));
        (1..=total).filter(|line| !of_tests(line)).count()
    }

    /// Whether the tokens from `index` on read exactly `words`.
    pub fn reads(&self, index: usize, words: &[&str]) -> bool {
        self.tokens
            .get(index..index + words.len())
            .is_some_and(|tokens| {
                tokens
                    .iter()
                    .zip(words)
                    .all(|(token, word)| token.text == *word)
            })
    }

    /// Whether the tokens before `index` read exactly `words`.
    pub fn follows(&self, index: usize, words: &[&str]) -> bool {
        index
            .checked_sub(words.len())
            .is_some_and(|from| self.reads(from, words))
    }
}

/// Integration tests, benchmarks and test modules in a file of their own. The crate `tests/` is
/// the first part of a path, and its `src` is code like any other.
fn holds_only_tests(path: &str) -> bool {
    path.split('/')
        .skip(1)
        .any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
}

#[derive(Clone, Copy)]
struct Place {
    in_test: bool,
    in_attribute: bool,
}

struct Walk {
    tokens: Vec<Token>,
    tests: Vec<RangeInclusive<usize>>,
}

impl Walk {
    fn stream(&mut self, stream: TokenStream, outer: Place) {
        let trees: Vec<_> = stream.into_iter().collect();
        let mut place = outer;
        // Where the test item that we are in began.
        let mut began = None;
        let mut index = 0;
        while index < trees.len() {
            if let Some((length, content)) = attribute(&trees[index..]) {
                let tests = marks_test(content.stream());
                let inner = length == 3;
                if tests && !place.in_test {
                    place.in_test = true;
                    began = (!inner).then(|| trees[index].span().start().line);
                    if inner {
                        self.tests.push(1..=usize::MAX);
                    }
                }
                for tree in &trees[index..index + length] {
                    self.tree(
                        tree,
                        Place {
                            in_attribute: true,
                            ..place
                        },
                    );
                }
                index += length;
                continue;
            }
            let tree = &trees[index];
            self.tree(tree, place);
            if let Some(from) = began
                && ends_item(tree)
            {
                self.tests.push(from..=tree.span().end().line);
                began = None;
                place = outer;
            }
            index += 1;
        }
    }

    fn tree(&mut self, tree: &TokenTree, place: Place) {
        let span = tree.span();
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                self.push(open, span.start().line, place);
                self.stream(group.stream(), place);
                self.push(close, span.end().line, place);
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
                self.push(&tree.to_string(), span.start().line, place);
            }
        }
    }

    fn push(&mut self, text: &str, line: usize, place: Place) {
        let Place {
            in_test,
            in_attribute,
        } = place;
        self.tokens.push(Token {
            text: text.to_owned(),
            line,
            in_test,
            in_attribute,
        });
    }
}

/// `#[…]` (two trees) or `#![…]` (three) at the start of `trees`.
fn attribute(trees: &[TokenTree]) -> Option<(usize, &Group)> {
    let is = |tree: Option<&TokenTree>, wanted: char| match tree {
        Some(TokenTree::Punct(punct)) => punct.as_char() == wanted,
        Some(TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Literal(_)) | None => false,
    };
    if !is(trees.first(), '#') {
        return None;
    }
    let at = if is(trees.get(1), '!') { 2 } else { 1 };
    match trees.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            Some((at + 1, group))
        }
        Some(_) | None => None,
    }
}

/// Whether an attribute makes what follows a test: `test`, `tokio::test`, `cfg(test)`.
fn marks_test(stream: TokenStream) -> bool {
    let text = stream.to_string().replace(' ', "");
    text == "test"
        || text.ends_with("::test")
        || text.contains("::test(")
        || (text.starts_with("cfg(")
            && !text.contains("not(test")
            && text.split(['(', ')', ',']).any(|word| word == "test"))
}

/// Whether an item ends with this tree: a body or a semicolon.
fn ends_item(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A file for a rule's own tests.
    pub(crate) fn rust(path: &str, text: &str) -> RustFile {
        RustFile::parse(TextFile::new(path, text)).expect("tokens")
    }

    fn in_test(file: &RustFile, word: &str) -> Vec<bool> {
        file.tokens
            .iter()
            .filter(|token| token.text == word)
            .map(|token| token.in_test)
            .collect()
    }

    #[test]
    fn prose_is_no_token() {
        let file = rust(
            "a/src/b.rs",
            "//! word\n// word\n/* word */ const A: &str = \"word\";\n",
        );
        assert!(file.tokens.iter().all(|token| token.text != "word"));
        assert!(
            file.tokens
                .iter()
                .any(|token| token.text == "\"word\"" && token.line == 3)
        );
    }

    #[test]
    fn a_test_module_ends_with_its_bracket() {
        let text = "fn word() {}\n#[cfg(test)]\nmod tests {\n fn word() {}\n}\nfn word() {}\n";
        let file = rust("a/src/b.rs", text);
        assert_eq!(in_test(&file, "word"), [false, true, false]);
        assert_eq!(file.product_lines(), 2);
    }

    #[test]
    fn single_items_can_be_tests_too() {
        let text = "#[cfg(test)]\nuse word;\n#[tokio::test]\nasync fn word() {}\nfn word() {}";
        assert_eq!(
            in_test(&rust("a/src/b.rs", text), "word"),
            [true, true, false]
        );
        let text = "#[cfg(all(test, unix))] fn word() {} #[cfg(not(test))] fn word() {}";
        assert_eq!(in_test(&rust("a/src/b.rs", text), "word"), [true, false]);
    }

    #[test]
    fn files_of_tests_are_known_by_their_place() {
        for path in [
            "a/tests/b.rs",
            "tests/tests/b.rs",
            "a/src/b/tests.rs",
            "a/benches/b.rs",
        ] {
            assert_eq!(
                in_test(&rust(path, "fn word() {}"), "word"),
                [true],
                "{path}"
            );
        }
        assert_eq!(
            in_test(&rust("tests/src/b.rs", "fn word() {}"), "word"),
            [false]
        );
        let file = rust("a/src/b.rs", "#![cfg(test)]\nfn word() {}\n");
        assert_eq!(in_test(&file, "word"), [true]);
        assert_eq!(file.product_lines(), 0);
    }

    #[test]
    fn attributes_are_told_apart() {
        let file = rust("a/src/b.rs", "#![word]\n#[word(word)]\nfn word() {}\n");
        let words = file.tokens.iter().filter(|token| token.text == "word");
        assert_eq!(
            words.map(|token| token.in_attribute).collect::<Vec<_>>(),
            [true, true, true, false]
        );
    }

    #[test]
    fn broken_files_are_violations() {
        let error = RustFile::parse(TextFile::new("a/src/b.rs", "fn a() {")).expect_err("open");
        assert_eq!(error.place, "a/src/b.rs");
    }

    #[test]
    fn a_folder_includes_the_file_beside_it() {
        let under = |path: &str| TextFile::new(path, "").is_under("host/src/platform");
        assert!(under("host/src/platform/x11.rs") && under("host/src/platform.rs"));
        assert!(!under("host/src/platforms.rs") && !under("host/src/main.rs"));
    }
}
