//! What processes used, from the kernel's own accounts.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

/// Clock ticks per second of `/proc/PID/stat`; fixed at 100 on Linux for user space.
const TICKS_PER_SECOND: f64 = 100.0;

/// One look at a set of processes.
#[derive(Clone, Debug)]
pub struct Account {
    at: Instant,
    seconds: BTreeMap<String, f64>,
    switches: BTreeMap<String, u64>,
}

/// What was used between two looks.
#[derive(Clone, Debug)]
pub struct Used {
    /// Wall time in seconds.
    pub wall: f64,
    /// Per process: share of one core, in percent.
    pub cpu: BTreeMap<String, f64>,
    /// Per process: voluntary context switches per second, a bound on wake-ups of its main
    /// thread.
    pub wakes: BTreeMap<String, f64>,
}

fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold spaces; the numbers begin after its closing bracket.
    let numbers: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |at: usize| numbers.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}

fn voluntary_switches(pid: u32) -> Option<u64> {
    let mut sum = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        let status = fs::read_to_string(task.ok()?.path().join("status")).ok()?;
        let line = status
            .lines()
            .find_map(|l| l.strip_prefix("voluntary_ctxt_switches:"))?;
        sum += line.trim().parse::<u64>().ok()?;
    }
    Some(sum)
}

impl Account {
    /// Looks at these processes now.
    pub fn look(processes: &[(String, u32)]) -> Self {
        let of = |pick: fn(u32) -> Option<f64>| {
            let known = processes
                .iter()
                .filter_map(|(name, pid)| Some((name.clone(), pick(*pid)?)));
            known.collect()
        };
        let switches = processes
            .iter()
            .filter_map(|(name, pid)| Some((name.clone(), voluntary_switches(*pid)?)))
            .collect();
        Self {
            at: Instant::now(),
            seconds: of(cpu_seconds),
            switches,
        }
    }

    /// What was used since then.
    pub fn until(&self, later: &Self) -> Used {
        let wall = later.at.duration_since(self.at).as_secs_f64();
        let cpu = later.seconds.iter().filter_map(|(name, seconds)| {
            Some((
                name.clone(),
                (seconds - self.seconds.get(name)?) / wall * 100.0,
            ))
        });
        let wakes = later.switches.iter().filter_map(|(name, count)| {
            Some((
                name.clone(),
                count.saturating_sub(*self.switches.get(name)?) as f64 / wall,
            ))
        });
        Used {
            wall,
            cpu: cpu.collect(),
            wakes: wakes.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_process_is_seen_to_use_its_core() {
        let me = [("me".to_owned(), std::process::id())];
        let before = Account::look(&me);
        let mut number = 1u64;
        while before.at.elapsed().as_millis() < 200 {
            number = std::hint::black_box(number.wrapping_mul(3));
        }
        let used = before.until(&Account::look(&me));
        assert!(used.cpu["me"] > 10.0, "{used:?} {number}");
    }
}
