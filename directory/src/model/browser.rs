//! What a browser says it is, in plain words, so that a person recognises their own sessions.

use super::text;

/// Longest text that is looked at, in bytes: real ones stay below half of it.
const LOOKED_AT: usize = 512;

/// Browsers by a word of theirs, the pickier ones first: most claim to be others too.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Systems likewise: an Android phone says Linux as well, an iPad says Mac.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// "Firefox on Linux", or what the program calls itself, or that it says nothing.
pub fn in_words(user_agent: &str) -> String {
    let mut end = user_agent.len().min(LOOKED_AT);
    while !user_agent.is_char_boundary(end) {
        end -= 1;
    }
    let said = &user_agent[..end];
    let known = |list: &[(&'static str, &'static str)]| {
        let found = list.iter().find(|(word, _)| said.contains(word));
        found.map(|(_, name)| *name)
    };
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => {
            let program = said.split(['/', ' ']).next().unwrap_or_default();
            text::name_or(program, "unknown browser")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_browsers_are_told_apart() {
        for (said, words) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, \
                 like Gecko) Version/26.0 Safari/605.1.15",
                "Safari on Mac",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/143.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "curl"),
            ("\u{202e}\u{7}", "unknown browser"),
            ("", "unknown browser"),
        ] {
            assert_eq!(in_words(said), words, "{said}");
        }
    }

    #[test]
    fn a_long_one_is_cut_between_characters() {
        assert!(in_words(&"\u{1f600}".repeat(1000)).len() <= LOOKED_AT);
    }
}
