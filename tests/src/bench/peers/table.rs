//! The report of several runs as tables: a row for each stack and load, the median of the runs and
//! the range that they span.

use std::fmt::Write as _;

use serde_json::Value;

use crate::bench::quantile;

/// What all rows have: how long the cores took for a piece of work that is always the same.
const PIECE: (&str, &str) = ("piece_ms", "cores' piece ms");
const KEYS: [(&str, &str); 5] = [
    ("p50_ms", "p50 ms"),
    ("p95_ms", "p95 ms"),
    ("p99_ms", "p99 ms"),
    ("missed", "missed"),
    PIECE,
];
const WORK: [(&str, &str); 12] = [
    ("per_s", "pictures/s"),
    ("latency_p50_ms", "p50 ms"),
    ("latency_p95_ms", "p95 ms"),
    ("gap_ms", "longest gap ms"),
    ("kB_per_s", "kB/s"),
    ("ssim", "SSIM"),
    ("server_cpu", "server %"),
    ("between_cpu", "relay %"),
    ("viewer_cpu", "viewer %"),
    ("display_cpu", "device's X %"),
    ("server_wakes", "server wakes/s"),
    PIECE,
];

/// Both tables: keys first, then the workloads.
pub fn markdown(runs: &[Value]) -> String {
    let is_key = |load: &str| load.starts_with("key");
    let keys = table(runs, &KEYS, is_key);
    let work = table(runs, &WORK, |load| !is_key(load));
    format!("{keys}\n{work}")
}

fn table(runs: &[Value], columns: &[(&str, &str)], wanted: impl Fn(&str) -> bool) -> String {
    let mut text = String::from("| load | stack |");
    for (_, title) in columns {
        write!(text, " {title} |").expect("a string takes text");
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---|".repeat(columns.len()));
    text.push('\n');
    let empty = serde_json::Map::new();
    let first = runs.first().and_then(Value::as_object).unwrap_or(&empty);
    let mut loads: Vec<&String> = Vec::new();
    for load in first
        .values()
        .filter_map(Value::as_object)
        .flat_map(|f| f.keys())
    {
        if wanted(load) && !["missing", "failed"].contains(&load.as_str()) && !loads.contains(&load)
        {
            loads.push(load);
        }
    }
    for load in loads {
        for stack in first.keys() {
            write!(text, "| {load} | {stack} |").expect("a string takes text");
            for (field, _) in columns {
                // A likeness is told apart in its fourth decimal, the piece of work in its second.
                let digits = match *field {
                    "ssim" => 4,
                    "piece_ms" => 2,
                    _ => 1,
                };
                let values = runs.iter().map(|run| &run[stack][load][field]);
                let values = values.filter_map(Value::as_f64).collect();
                write!(text, " {} |", cell(values, digits)).expect("a string takes text");
            }
            text.push('\n');
        }
    }
    text
}

/// Median and range of the runs; a dash where nothing was measured.
fn cell(mut values: Vec<f64>, digits: usize) -> String {
    values.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (values.first(), values.last()) else {
        return "–".into();
    };
    let median = quantile(&values, 0.5);
    if least == most {
        format!("{median:.digits$}")
    } else {
        format!("{median:.digits$} ({least:.digits$} to {most:.digits$})")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_has_the_median_of_the_runs_and_their_range() {
        let run = |p50: f64| json!({ "ours": { "key, idle": { "p50_ms": p50, "missed": 0, "piece_ms": 1.25 } } });
        let text = markdown(&[run(4.0), run(9.0), run(5.0)]);
        assert!(
            text.contains("| key, idle | ours | 5.0 (4.0 to 9.0) | – | – | 0.0 | 1.25 |"),
            "{text}"
        );
    }

    #[test]
    fn a_stack_that_is_not_there_has_dashes() {
        let runs = [json!({
            "ours": { "idle": { "kB_per_s": 0.0 } },
            "other": { "missing": "x" },
        })];
        let text = markdown(&runs);
        assert!(text.contains("| idle | other | – |"), "{text}");
    }
}
