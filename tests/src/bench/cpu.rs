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
    /// Of each thread by its number: threads come and go between two looks.
    switches: BTreeMap<String, BTreeMap<String, u64>>,
}

/// What was used between two looks.
#[derive(Clone, Debug)]
pub struct Used {
    /// Wall time in seconds.
    pub wall: f64,
    /// Per process: share of one core, in percent.
    pub cpu: BTreeMap<String, f64>,
    /// Per process: voluntary context switches per second of all of its threads that are still
    /// there, a bound on its wake-ups.
    pub wakes: BTreeMap<String, f64>,
}

fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold spaces; the numbers begin after its closing bracket.
    let numbers: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |at: usize| numbers.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}

fn voluntary_switches(pid: u32) -> Option<BTreeMap<String, u64>> {
    let of_thread = |path: std::path::PathBuf| {
        // A thread may end while it is looked at.
        let status = fs::read_to_string(path.join("status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some((name, line.trim().parse().ok()?))
    };
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let threads = threads.filter_map(|thread| of_thread(thread.ok()?.path()));
    Some(threads.collect())
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
        let wakes = later.switches.iter().filter_map(|(name, threads)| {
            let before = self.switches.get(name)?;
            let since = |(thread, count): (&String, &u64)| {
                count.saturating_sub(before.get(thread).copied().unwrap_or(0))
            };
            let sum: u64 = threads.iter().map(since).sum();
            Some((name.clone(), sum as f64 / wall))
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

    #[test]
    fn a_thread_that_ended_takes_nobody_elses_wake_ups_with_it() {
        let me = [("me".to_owned(), std::process::id())];
        let nap = || std::thread::sleep(std::time::Duration::from_millis(1));
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let ends = std::thread::spawn(move || {
            (0..200).for_each(|_| nap());
            stopped.recv().ok();
        });
        std::thread::sleep(std::time::Duration::from_millis(500));
        let before = Account::look(&me);
        drop(stop);
        ends.join().expect("it ends");
        (0..20).for_each(|_| nap());
        let used = before.until(&Account::look(&me));
        assert!(used.wakes["me"] * used.wall >= 20.0, "{used:?}");
    }
}
