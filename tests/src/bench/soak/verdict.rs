//! Whether a long run was as it must be: every picture exact, no session lost. What grew is a
//! figure for a person to judge.

use anyhow::{Result, ensure};
use serde_json::Value;

/// An error that says what was wrong with the run of that report.
pub fn judge(report: &Value) -> Result<()> {
    let number = |name: &str| report[name].as_u64();
    let (checks, exact) = (number("checks"), number("exact"));
    ensure!(checks.is_some_and(|count| count > 0), "nothing was checked");
    ensure!(
        checks == exact,
        "pictures were not exact: {} of {} were",
        report["exact"],
        report["checks"]
    );
    ensure!(
        number("sessions_lost") == Some(0),
        "sessions were lost: {}",
        report["sessions_lost"]
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_run_is_good_only_if_every_picture_was_exact_and_no_session_was_lost() {
        let run = |checks: u32, exact: u32, lost: u32| {
            let report = json!({ "checks": checks, "exact": exact, "sessions_lost": lost });
            judge(&report).is_ok()
        };
        assert!(run(5, 5, 0));
        assert!(!run(5, 4, 0));
        assert!(!run(5, 5, 1));
        assert!(!run(0, 0, 0));
        assert!(judge(&Value::Null).is_err());
    }
}
