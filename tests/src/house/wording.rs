//! How error messages read: a phrase that others can put after a colon, in our own words only.

use super::Violation;
use super::source::RustFile;

/// Messages of `#[error("…")]` that begin like a sentence, end like one, or repeat their cause.
pub fn error_messages(files: &[RustFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files {
        for (index, token) in file.tokens.iter().enumerate() {
            if !(token.in_attribute && token.text == "error" && file.reads(index + 1, &["("])) {
                continue;
            }
            let Some(literal) = file.tokens.get(index + 2) else {
                continue;
            };
            let Some(message) = content(&literal.text) else {
                continue;
            };
            for what in faults(message) {
                violations.push(Violation::at(
                    file.path(),
                    literal.line,
                    format!("{what}: {message}"),
                ));
            }
        }
    }
    violations
}

/// What stands between the quotes of a string, raw or not.
fn content(literal: &str) -> Option<&str> {
    let literal = literal.trim_start_matches('r').trim_matches('#');
    literal.strip_prefix('"')?.strip_suffix('"')
}

fn faults(message: &str) -> Vec<&'static str> {
    let mut faults = Vec::new();
    if starts_like_a_sentence(message) {
        faults.push("an error message begins in lower case");
    }
    if message.trim_end().ends_with('.') {
        faults.push("an error message has no full stop");
    }
    if message.contains("{source}") || message.contains("{source:") {
        faults.push("an error message leaves its cause to `source`");
    }
    faults
}

/// A capital begins a sentence unless its word is an abbreviation or a name like `TLS` or `X11`.
fn starts_like_a_sentence(message: &str) -> bool {
    let word: String = message
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '.')
        .collect();
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    let is_name = capitals > 1 || word.chars().any(|c| c.is_ascii_digit());
    word.chars().next().is_some_and(char::is_uppercase) && !is_name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::source::tests::rust;

    fn found(attribute: &str) -> usize {
        let text = format!("enum Broken {{\n #[error({attribute})]\n One,\n}}");
        error_messages(&[rust("a/src/b.rs", &text)]).len()
    }

    #[test]
    fn messages_that_read_like_sentences_are_found() {
        assert_eq!(found(r#""The ticket is used up""#), 1);
        assert_eq!(found(r#""the ticket is used up.""#), 1);
        assert_eq!(found(r##"r#"The "ticket" is used up."#"##), 2);
        assert_eq!(found(r#""cannot read: {source}", path"#), 1);
    }

    #[test]
    fn phrases_names_and_passed_on_errors_are_fine() {
        assert_eq!(found(r#""the ticket is used up""#), 0);
        assert_eq!(found(r#""{0} is not a ticket""#), 0);
        assert_eq!(found(r#""TLS handshake failed""#), 0);
        assert_eq!(found(r#""X11 is not there""#), 0);
        assert_eq!(found(r#""H.264 decoder is gone""#), 0);
        assert_eq!(found("transparent"), 0);
    }
}
