//! How fast the machine's cores are just now, told by a piece of work that is always the same.
//!
//! A machine's core may be one of two hardware threads that share their arithmetic, the other a
//! neighbour's. While that one works, everything here takes up to twice its time, for seconds on end,
//! and neither load nor stolen time tells of it. The piece of work has no long chain of results that
//! wait for each other, since such a chain takes its time either way.

use std::hint::black_box;
use std::thread;

use rustix::time::{ClockId, clock_gettime};

/// Numbers that the piece of work goes over: few enough for a core's nearest cache.
const NUMBERS: usize = 1024;
/// How often it does; about a millisecond in all.
const PASSES: u32 = 5_000;

/// Processor milliseconds that the piece of work takes, the mean of all cores working at once.
/// Compare it with the least of the same machine.
pub fn piece_ms() -> f64 {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let took: f64 = thread::scope(|scope| {
        let working: Vec<_> = (0..cores).map(|_| scope.spawn(work_once)).collect();
        let took = working.into_iter().map(thread::ScopedJoinHandle::join);
        took.map(|ms| ms.expect("adding up does not panic")).sum()
    });
    took / cores as f64
}

/// The thread's own time: that another thread had the core meanwhile does not count.
fn work_once() -> f64 {
    let mut numbers: Vec<u32> = (0..NUMBERS as u32).collect();
    let before = thread_ms();
    for pass in 0..PASSES {
        for number in &mut numbers {
            *number ^= number.rotate_left(5).wrapping_add(pass);
        }
        black_box(&mut numbers);
    }
    thread_ms() - before
}

fn thread_ms() -> f64 {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    used.tv_sec as f64 * 1e3 + used.tv_nsec as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_piece_of_work_takes_time_of_its_thread() {
        let before = thread_ms();
        let took = work_once();
        let in_all = thread_ms() - before;
        assert!(took > 0.0 && took <= in_all, "{took} of {in_all} ms");
    }

    #[test]
    fn all_cores_at_once_take_some_time_too() {
        assert!(piece_ms() > 0.0);
    }
}
