//! The texts against the pages that use them, and the languages against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::*;

mod said;

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The content of every file below a folder whose name ends so.
fn files(below: &Path, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(below).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(fs::read_to_string(&path).expect("a text"));
        }
    }
    found
}

/// Begins the names of sentences that are decided outside the pages: their English stands there.
const SAID: &str = "said-";

/// Every message of the pages with the values that it names.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages = every_message(language);
    messages.retain(|key, _| !key.starts_with(SAID));
    messages
}

/// Every message of a language.
fn every_message(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for text in files(&folder("locales").join(language.tag()), ".ftl") {
        let mut key = String::new();
        for line in text.lines() {
            let start = line.chars().next();
            if start.is_some_and(|c| c.is_ascii_lowercase()) {
                key = line.split(' ').next().expect("a key").to_owned();
                let old = all.insert(key.clone(), BTreeSet::new());
                assert!(old.is_none(), "{key} stands twice in {language:?}");
            }
            for part in line.split('$').skip(1) {
                let name = part.chars().take_while(char::is_ascii_alphanumeric);
                all.get_mut(&key).expect("a message").insert(name.collect());
            }
        }
    }
    all
}

#[test]
fn every_language_says_the_same_with_the_same_values() {
    let english = messages(Language::English);
    assert!(english.len() > 20);
    for language in Language::ALL {
        assert_eq!(messages(language), english, "{language:?}");
    }
}

#[test]
fn every_text_that_is_named_exists_and_every_text_is_named_somewhere() {
    let mut sources = files(&folder("templates"), ".html");
    sources.extend(files(&folder("src"), ".rs"));
    let known = messages(Language::English);
    let mut named = BTreeSet::new();
    for source in &sources {
        for part in source.split("msg(\"").skip(1) {
            let key = part.split('"').next().expect("a key");
            assert!(known.contains_key(key), "no text for {key}");
        }
        named.extend(source.split('"'));
    }
    for key in known.keys() {
        assert!(named.contains(key.as_str()), "nobody says {key}");
    }
}

#[test]
fn what_people_wrote_is_kept_apart_and_numbers_are_grouped() {
    let said = |language| {
        let t = Texts(language);
        let text = t.msg("devices-sum").num("count", 12_408_u64);
        text.num("reachable", 1_u64).to_string()
    };
    assert_eq!(said(Language::English), "12,408 devices · 1 reachable");
    assert_eq!(said(Language::German), "12.408 Geräte · 1 erreichbar");
    let none = Texts::default().msg("devices-none-found");
    let none = none.text("search", "<b>{ $x }").to_string();
    assert!(none.contains("\u{2068}<b>{ $x }\u{2069}"), "{none}");
}
