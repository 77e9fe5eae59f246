//! Sentences that are decided outside the pages, against the languages that have to say them: no
//! English refusal, reason or record reaches a page in another language.

use farpane_protocol::outcome::EndReason;

use super::*;
use crate::audit::Change;
use crate::policy::rights::Action;

/// What a source says: its texts outside comments and tests, each with what stands before it.
fn literals(source: &str) -> Vec<(String, String)> {
    let source = source.split("\n#[cfg(test)]\nmod tests").next();
    let mut rest = source.unwrap_or_default();
    let (mut before, mut found) = (String::new(), Vec::new());
    while let Some(c) = rest.chars().next() {
        let len = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("r#\"") {
            rest.find("\"#").expect("closed") + 2
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\'") {
            3
        } else if c == '"' {
            let (text, len) = literal(rest);
            found.push((before.trim_end().to_owned(), text));
            before.clear();
            len
        } else {
            before.push(c);
            c.len_utf8()
        };
        rest = &rest[len..];
    }
    found
}

/// The text that begins here, and how long it is in the source.
fn literal(source: &str) -> (String, usize) {
    let (mut text, mut at) = (String::new(), 1);
    loop {
        let rest = &source[at..];
        let c = rest.chars().next().expect("closed");
        at += c.len_utf8();
        match c {
            '"' => return (text, at),
            '\\' if rest.starts_with("\\\n") => {
                let line = rest[1..].trim_start();
                at = source.len() - line.len();
            }
            '\\' if rest.starts_with("\\u{") => {
                let (digits, _) = rest[3..].split_once('}').expect("closed");
                let c = u32::from_str_radix(digits, 16)
                    .ok()
                    .and_then(char::from_u32);
                text.push(c.expect("a character"));
                at += digits.len() + 3;
            }
            '\\' => {
                let c = rest[1..].chars().next().expect("escaped");
                text.push(c);
                at += c.len_utf8();
            }
            other => text.push(other),
        }
    }
}

/// Whether it reads like a sentence for people.
fn is_sentence(text: &str) -> bool {
    text.starts_with(|c: char| c.is_uppercase()) && text.ends_with('.') && text.contains(' ')
}

/// What the sources of the layers below the pages, and the pages' own, make people read.
fn said_in_sources() -> Vec<Said> {
    let mut said = Vec::new();
    for layer in ["app", "model", "policy", "console"] {
        let mut sources = files(&folder("src").join(layer), ".rs");
        sources.extend(fs::read_to_string(
            folder("src").join(format!("{layer}.rs")),
        ));
        for (before, text) in sources.iter().flat_map(|source| literals(source)) {
            // A check that fails says that there is no such thing, too.
            let statement = before.rsplit(';').next().unwrap_or_default();
            if before.ends_with("NotFound(") || statement.contains(".check(") {
                said.push(Said::new(format!("There is no such {text}.")));
            } else if before.ends_with("NameTaken(") {
                let taken = format!("Another {text} has this name already. Choose another name.");
                said.push(Said::new(taken));
            } else if before.ends_with("Said::new(") || is_sentence(&text) {
                // Those with a gap for a thing are made whole above.
                if !text.contains("{what}") {
                    said.push(Said::new(text));
                }
            }
        }
    }
    said
}

/// Names of problems, acts and answers: they stand in the record as words.
fn names() -> Vec<Said> {
    let mut said = Vec::new();
    for (source, function) in [
        ("app/denied.rs", "fn kind(&self)"),
        ("policy.rs", "fn kind(&self)"),
        ("model/request.rs", "fn word(&self)"),
        ("model/bulk.rs", "fn word(&self)"),
        ("app/access/requests.rs", "verdict: match verdict"),
    ] {
        let source = fs::read_to_string(folder("src").join(source)).expect("a source");
        let names = source.split(function).nth(1).expect("names");
        let names = literals(names.split("}\n").next().expect("names"));
        assert!(!names.is_empty(), "{function}");
        said.extend(names.into_iter().map(|(_, name)| worded(&name)));
    }
    said
}

/// A name as the record says it.
fn worded(name: &str) -> Said {
    Said::new(name.replace(['-', '_'], " "))
}

/// Everything that is said of events, without a gap.
fn said_of_events() -> Vec<Said> {
    let source = fs::read_to_string(folder("src/console/record.rs")).expect("a source");
    // What is put together by `format!` is for the log and the command line.
    let words = literals(&source).into_iter();
    let words = words.filter(|(before, _)| !before.ends_with("format!("));
    let words = words.map(|(_, text)| text);
    let words = words.filter(|text| text.contains(' ') && text.contains(char::is_alphabetic));
    words.map(Said::new).collect()
}

/// What is said in German.
fn german() -> BTreeMap<String, BTreeSet<String>> {
    let mut german = every_message(Language::German);
    german.retain(|key, _| key.starts_with(SAID));
    german
}

fn everything() -> Vec<Said> {
    let mut said = said_in_sources();
    said.extend(said_of_events());
    said.extend(names());
    said.extend(EndReason::ALL.iter().map(|end| end.sentence().into()));
    said.extend(EndReason::ALL.iter().map(|end| worded(end.word())));
    said.extend(Action::ALL.iter().map(|action| action.in_words().into()));
    said.extend(Scope::ALL.map(|scope| scope.in_words().into()));
    let changes = [
        Change::Added,
        Change::Renamed,
        Change::Moved,
        Change::Removed,
    ];
    said.extend(changes.map(|change| change.word().into()));
    said
}

#[test]
fn no_english_refusal_reason_or_record_reaches_a_page_in_another_language() {
    let german = german();
    let mut missing = BTreeMap::new();
    for said in everything() {
        if !german.contains_key(&said.key()) {
            missing.insert(said.key(), said);
        }
    }
    assert!(missing.is_empty(), "say it in German: {missing:#?}");
}

#[test]
fn a_translated_sentence_keeps_what_varies_in_it_and_none_is_left_over() {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut texts: Vec<String> = everything()
        .iter()
        .map(|said| said.english().to_owned())
        .collect();
    let sources = files(&folder("src"), ".rs");
    let written = sources.iter().flat_map(|source| literals(source));
    texts.extend(written.flat_map(|(_, text)| [text.replace(['-', '_'], " "), text]));
    for text in texts {
        let gaps = text
            .split('{')
            .skip(1)
            .filter_map(|gap| gap.split_once('}'));
        let gaps = gaps.map(|(name, _)| name.to_owned()).collect();
        known
            .entry(Said::new(text).key())
            .or_default()
            .extend::<BTreeSet<_>>(gaps);
    }
    for (key, values) in german() {
        let gaps = known.get(&key);
        let gaps = gaps.unwrap_or_else(|| panic!("nobody says {key} any more"));
        assert!(values.is_subset(gaps), "{key}: {values:?}, {gaps:?}");
    }
}

#[test]
fn values_are_said_in_the_pages_language_too() {
    let said = Said::new("{refusal} {ask}")
        .said(
            "refusal",
            Said::new("Too many tries. Wait {span} and try again.").span("span", 180_000),
        )
        .said(
            "ask",
            Said::new("It can be given by {people}.").text("people", "Bo { $x }"),
        );
    assert_eq!(
        Texts(Language::German).said(&said),
        "Zu viele Versuche. Warten Sie 2 Tage und versuchen Sie es noch einmal. Geben kann es \
         \u{2068}Bo { $x }\u{2069}."
    );
}
