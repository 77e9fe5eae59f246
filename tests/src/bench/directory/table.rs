//! The figures of a run as the table that stands in `docs/benchmarks.md`.

use serde_json::Value;

fn pair(figures: &Value) -> String {
    match (figures["p50_ms"].as_f64(), figures["p99_ms"].as_f64()) {
        (Some(middle), Some(worst)) => format!("{} / {}", short(middle), short(worst)),
        (None, _) | (_, None) => "–".into(),
    }
}

fn short(number: f64) -> String {
    if number < 10.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.0}")
    }
}

/// Markdown: one row per kind of search and viewer, then what was measured once.
pub fn markdown(run: &Value) -> String {
    let mut lines = vec![
        "| who | kind of search | warm p50 / p99 ms | started p50 / p99 ms | cold p50 / p99 ms |"
            .to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    let none = serde_json::Map::new();
    for (viewer, kinds) in run["searches"].as_object().unwrap_or(&none) {
        for (kind, figures) in kinds.as_object().unwrap_or(&none) {
            lines.push(format!(
                "| {viewer} | {kind} | {} | {} | {} |",
                pair(&figures["warm"]),
                pair(&figures["started"]),
                pair(&figures["cold"]),
            ));
        }
    }
    lines.push(String::new());
    let number = |value: &Value| value.as_f64().map_or_else(|| "–".to_owned(), short);
    for (label, value) in [
        ("devices", &run["devices"]),
        ("customers", &run["customers"]),
        ("database, MB", &run["database_mb"]),
        ("warming at start, ms (median)", &run["warming"]["p50_ms"]),
        ("rows imported", &run["import"]["rows"]),
        ("import, s", &run["import"]["seconds"]),
        (
            "console page, ms (median)",
            &run["served"]["console_page"]["p50_ms"],
        ),
        (
            "console page, ms (p99)",
            &run["served"]["console_page"]["p99_ms"],
        ),
        ("resident memory, MB", &run["served"]["resident_mb"]),
        (
            "peak resident memory, MB",
            &run["served"]["peak_resident_mb"],
        ),
    ] {
        lines.push(format!("- {label}: {}", number(value)));
    }
    let others = run["meshcentral"].as_array().map_or(&[][..], Vec::as_slice);
    if !others.is_empty() {
        let head = "\n| MeshCentral, devices | start s | memory idle / most MB \
                    | list all p50 / p99 ms | bytes of the list |\n|---|---|---|---|---|";
        lines.push(head.to_owned());
    }
    for other in others {
        lines.push(format!(
            "| {} | {} | {} / {} | {} | {} |",
            other["devices"],
            number(&other["start_ms"].as_f64().map(|ms| ms / 1000.0).into()),
            other["idle_mb"],
            other["peak_mb"],
            other["failed"]
                .as_str()
                .map_or_else(|| pair(&other["list_all"]), str::to_owned),
            other["bytes"],
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::markdown;

    #[test]
    fn what_was_not_measured_is_a_dash_and_no_number() {
        let run = json!({
            "devices": 5,
            "searches": { "owner": { "tag": { "warm": { "p50_ms": 1.26, "p99_ms": 12.6 } } } },
        });
        let table = markdown(&run);
        assert!(
            table.contains("| owner | tag | 1.3 / 13 | – | – |"),
            "{table}"
        );
        assert!(table.contains("- import, s: –"), "{table}");
    }
}
