//! axe-core on the page that is open: what keeps people with a screen reader, a keyboard or weak
//! eyes from using it.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::Browser;

/// The unchanged file of the npm package; see the README beside it.
const AXE: &str = include_str!("../../../assets/axe/axe.min.js");
/// How long it may take on a large page on a busy machine.
const AXE_WAIT: Duration = Duration::from_secs(50);
/// WCAG 2.2 AA and everything before it, and what axe calls good practice.
const RULES: &[&str] = &[
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
];

impl Browser {
    /// What is seriously or critically wrong with the open page, a line for each place.
    pub fn barriers(&self) -> Result<Vec<String>> {
        self.ask(self.driver().set_script_timeout(AXE_WAIT))?;
        let here = self.js("return typeof window.axe", &[])?;
        if here != "object" {
            self.js(AXE, &[])?;
        }
        let found = self.js_later(
            "const done = arguments[arguments.length - 1];
             axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']})
               .then(result => done({found: result.violations, checked: result.passes.length}),
                     error => done({error: String(error)}));",
            &[json!(RULES)],
        )?;
        ensure!(found["error"].is_null(), "axe failed: {}", found["error"]);
        let checked = found["checked"].as_u64().unwrap_or_default();
        ensure!(checked > 0, "axe found nothing to check");
        let empty = Vec::new();
        let rules = found["found"].as_array().unwrap_or(&empty);
        Ok(rules
            .iter()
            .filter(|rule| is_bad(rule))
            .flat_map(lines)
            .collect())
    }
}

fn is_bad(rule: &Value) -> bool {
    matches!(rule["impact"].as_str(), Some("serious" | "critical"))
}

fn lines(rule: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let empty = Vec::new();
    let places = rule["nodes"].as_array().unwrap_or(&empty);
    let line = |place: &Value| {
        format!(
            "{} ({}): {} in {}",
            text(&rule["id"]),
            text(&rule["impact"]),
            text(&place["failureSummary"]).replace('\n', " "),
            text(&place["html"]),
        )
    };
    places.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use farpane_protocol::key::Fingerprint;

    use super::*;

    /// SHA-256 of `axe.min.js` in the npm package axe-core 4.14.1.
    const SHA256: &str = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c";

    #[test]
    fn the_file_is_the_published_one() {
        let digest = Fingerprint::of(AXE.as_bytes()); // which is SHA-256
        assert_eq!(hex(digest.as_bytes()), SHA256);
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
