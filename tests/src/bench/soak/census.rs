//! What processes hold: memory, threads and open files, once a minute, and whether it grows.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What one process held at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Resident memory in kB.
    pub rss_kb: u64,
    /// Resident memory that is its own and no file's, in kB.
    pub own_kb: u64,
    /// Threads.
    pub threads: u64,
    /// Open files, sockets included.
    pub files: u64,
}

impl Held {
    fn of(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let files = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
        let field = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(Self {
            rss_kb: field("VmRSS:")?,
            own_kb: field("RssAnon:")?,
            threads: field("Threads:")?,
            files: u64::try_from(files).ok()?,
        })
    }
}

/// Everything that was seen.
#[derive(Debug)]
pub struct Census {
    started: Instant,
    seen: BTreeMap<String, Vec<(Duration, u32, Held)>>,
}

impl Default for Census {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            seen: BTreeMap::new(),
        }
    }
}

impl Census {
    /// Looks at these processes now.
    pub fn look(&mut self, processes: &[(String, u32)]) {
        let at = self.started.elapsed();
        for (name, pid) in processes {
            if let Some(held) = Held::of(*pid) {
                let seen = self.seen.entry(name.clone()).or_default();
                seen.push((at, *pid, held));
            }
        }
    }

    /// Per process: at the start, after the warm-up, at the end, the most, and the slope per hour
    /// from the warm-up on; and its own memory in kB at each look, which tells growth that ends from
    /// growth that does not. A process that was started anew counts from its last start.
    pub fn report(&self, warm_up: Duration) -> Value {
        let of = |seen: &[(Duration, u32, Held)]| {
            let last = seen.last().map(|&(_, pid, _)| pid);
            let starts = 1 + seen.windows(2).filter(|two| two[0].1 != two[1].1).count();
            let seen: Vec<_> = seen.iter().filter(|one| Some(one.1) == last).collect();
            let figures = |pick: fn(&Held) -> u64| {
                let all: Vec<(f64, f64)> = seen
                    .iter()
                    .map(|(at, _, held)| (at.as_secs_f64() / 3600.0, pick(held) as f64))
                    .collect();
                let warm = warm_up.as_secs_f64() / 3600.0;
                let later: Vec<_> = all.iter().copied().filter(|(at, _)| *at >= warm).collect();
                json!({
                    "start": all.first().map(|one| one.1),
                    "warm": later.first().map(|one| one.1),
                    "end": all.last().map(|one| one.1),
                    "most": all.iter().map(|one| one.1).reduce(f64::max),
                    "per_hour": slope(&later).map(f64::round),
                })
            };
            json!({
                "starts": starts,
                "looks": seen.len(),
                "each_own_kb": seen.iter().map(|(_, _, held)| held.own_kb).collect::<Vec<_>>(),
                "rss_kb": figures(|held| held.rss_kb),
                "own_kb": figures(|held| held.own_kb),
                "threads": figures(|held| held.threads),
                "files": figures(|held| held.files),
            })
        };
        let named = self
            .seen
            .iter()
            .map(|(name, seen)| (name.clone(), of(seen)));
        Value::Object(named.collect())
    }
}

/// By how much values grow per unit of time (least squares); `None` where that cannot be said.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let (mut over, mut under) = (0.0, 0.0);
    for (x, y) in points {
        over += (x - mean_x) * (y - mean_y);
        under += (x - mean_x) * (x - mean_x);
    }
    (under > 0.0).then(|| over / under)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_is_seen_with_its_memory_threads_and_files() {
        // Other processes: in this one other tests begin and end.
        let shell = |script: &str| {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]);
            shell.stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut shell = shell.spawn().expect("a shell");
            let mut ready = [0];
            let out = shell.stdout.as_mut().expect("piped");
            out.read_exact(&mut ready)
                .expect("it says that it is ready");
            shell
        };
        let plain = shell("echo; read end");
        let with_files = shell("exec 7</dev/null 8</dev/null; echo; read end");
        let held = [plain, with_files].map(|mut shell| {
            let mut census = Census::default();
            census.look(&[("shell".to_owned(), shell.id())]);
            drop(shell.stdin.take());
            shell.wait().expect("it ends with its input");
            census.seen["shell"][0].2
        });
        for held in held {
            assert!(held.rss_kb >= held.own_kb && held.own_kb > 0, "{held:?}");
            assert_eq!(held.threads, 1);
        }
        assert_eq!(held[1].files, held[0].files + 2);
    }

    #[test]
    fn growth_is_told_per_hour_and_from_the_warm_up_on() {
        let mut census = Census::default();
        let held = |rss_kb| Held {
            rss_kb,
            threads: 9,
            ..Held::default()
        };
        // Grows fast at first, and by 10 kB a minute later.
        let seen = (0..60).map(|minute: u64| {
            let at = Duration::from_secs(minute * 60);
            let rss = 1000 + 10 * minute + minute.min(10) * 500;
            (at, 7, held(rss))
        });
        census.seen.insert("it".into(), seen.collect());
        let report = census.report(Duration::from_secs(600));
        assert_eq!(report["it"]["rss_kb"]["per_hour"], 600.0);
        assert_eq!(report["it"]["rss_kb"]["start"], 1000.0);
        assert_eq!(report["it"]["threads"]["per_hour"], 0.0);
        assert_eq!(report["it"]["starts"], 1);
        let each = report["it"]["each_own_kb"].as_array().map(Vec::len);
        assert_eq!(each, Some(60));
    }

    #[test]
    fn too_little_says_nothing() {
        assert_eq!(slope(&[]), None);
        assert_eq!(slope(&[(1.0, 5.0)]), None);
        assert_eq!(slope(&[(0.0, 5.0), (2.0, 9.0)]), Some(2.0));
    }
}
