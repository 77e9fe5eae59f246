//! A file of what happened in a session and when, one JSON object per line: what benchmarks and
//! end-to-end tests read. It holds no key strokes, no text and no pictures.
//!
//! Events: `step` (`step`: asking, reaching, waiting_for_person, waiting_for_picture, live, lost,
//! ended; contact regained is live after lost), `first_picture`, `input` (`sequence`, `made_us`),
//! `presented` (`sequence`, `input_sequence`, the device's `captured_us`, `capture_us`,
//! `encode_us`, then `first_byte_us`, `whole_us`, `decoded_us`, `t_present_us` here, `bytes`,
//! `merged` older frames shown with it, `by` the way to present: card or memory, and `input_to_picture_us` for the first picture after an
//! input), `asked` (the device for a new beginning: `epoch`, `video_only`), `asked_for` (the monitors
//! that somebody sees from now on: `surfaces`, the one worked on first), `traffic` (`sent_bytes`, `received_bytes`, `lost_packets` since the start, with every
//! beat), `ended` (`reason`, `exit_code`).
//!
//! Times are microseconds since 1970, taken from the monotonic clock after the first line, so
//! that they never run backwards and fit the times of other programs on the same machine.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value};

/// Writes the file; does nothing where none was asked for.
#[derive(Debug)]
pub struct Trace {
    file: Option<Mutex<File>>,
    start: Instant,
    start_us: u64,
}

impl Trace {
    /// One that writes nothing.
    pub fn off() -> Self {
        Self::with(None)
    }

    /// Starts the file anew.
    pub fn to(path: &Path) -> Result<Self> {
        let file = File::create(path)
            .with_context(|| format!("Cannot write the trace {}", path.display()))?;
        Ok(Self::with(Some(file)))
    }

    fn with(file: Option<File>) -> Self {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            file: file.map(Mutex::new),
            start: Instant::now(),
            start_us: u64::try_from(since_1970.as_micros()).unwrap_or(u64::MAX),
        }
    }

    /// Whether anything is written.
    pub fn is_on(&self) -> bool {
        self.file.is_some()
    }

    /// A moment as it stands in the file.
    pub fn micros(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.start);
        self.start_us
            .saturating_add(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }

    /// Writes one event with its fields, at that time.
    pub fn event(&self, event: &str, at: Instant, fields: &[(&str, Value)]) {
        let Some(file) = &self.file else { return };
        let mut line = Map::new();
        line.insert("event".into(), event.into());
        line.insert("at_us".into(), self.micros(at).into());
        for (name, value) in fields {
            line.insert((*name).into(), value.clone());
        }
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        let mut file = file
            .lock()
            .expect("no thread panics while it holds the trace");
        if let Err(error) = file.write_all(text.as_bytes()) {
            tracing::debug!(%error, "the trace cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_event_is_one_line_of_json_with_its_time() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("trace");
        let trace = Trace::to(&path).expect("opens");
        let start = Instant::now();
        trace.event("step", start, &[("step", "asking".into())]);
        trace.event("step", start + Duration::from_millis(5), &[]);
        let text = std::fs::read_to_string(&path).expect("reads");
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("json"))
            .collect();
        let at = |line: &Value| line["at_us"].as_u64().expect("a time");
        assert_eq!(lines[0]["step"], "asking");
        assert_eq!(at(&lines[1]) - at(&lines[0]), 5000);
    }

    #[test]
    fn a_trace_that_is_off_writes_nothing() {
        let trace = Trace::off();
        assert!(!trace.is_on());
        trace.event("step", Instant::now(), &[]);
    }
}
