//! The report of a long run as a table for people.

use std::fmt::Write as _;

use serde_json::Value;

/// What programs hold, and what was compared, as Markdown.
pub fn markdown(report: &Value) -> String {
    let mut text = String::from(
        "| program | | start | warm | end | most | per hour |\n|---|---|---|---|---|---|---|\n",
    );
    let kinds = [
        ("rss_kb", "memory, kB"),
        ("own_kb", "of it its own, kB"),
        ("threads", "threads"),
        ("files", "open files"),
    ];
    for (program, held) in report["held"].as_object().into_iter().flatten() {
        for (kind, name) in kinds {
            let figures = &held[kind];
            let cell = |which: &str| {
                let value = figures[which].as_f64();
                value.map_or_else(|| "–".to_owned(), |value| format!("{value:.0}"))
            };
            let cells = ["start", "warm", "end", "most", "per_hour"].map(cell);
            // Writing to a string does not fail.
            writeln!(text, "| {program} | {name} | {} |", cells.join(" | ")).unwrap_or_default();
        }
    }
    writeln!(
        text,
        "\n{} minutes: {} of {} checks exact (until then p50 {}, p95 {}, most {} ms), {} new \
         beginnings asked for, contact lost {} times, {} sessions lost",
        report["minutes"],
        report["exact"],
        report["checks"],
        report["until_exact_ms"]["p50"],
        report["until_exact_ms"]["p95"],
        report["until_exact_ms"]["max"],
        report["asked_anew"],
        report["contact_lost"],
        report["sessions_lost"],
    )
    .unwrap_or_default();
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::markdown;

    #[test]
    fn every_program_has_its_rows_and_what_is_not_known_is_a_dash() {
        let held = json!({ "start": 5.0, "warm": 6.0, "end": 7.0, "most": 8.0, "per_hour": null });
        let text = markdown(&json!({ "minutes": 2.0, "held": { "relay": { "rss_kb": held } } }));
        assert!(text.contains("| relay | memory, kB | 5 | 6 | 7 | 8 | – |\n"));
        assert!(text.contains("| relay | threads | – | – | – | – | – |\n"));
    }
}
