//! Work on parts of one picture, on as many cores.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Works on all parts at the same time, the first on the thread that calls, and returns what came
/// of each, in order. A thread begins within some 30 µs, so a part should take longer than that;
/// where the system has no more threads, the calling one works on the parts after each other.
///
/// # Panics
/// If the work does.
pub(crate) fn together<I: Send, T: Send>(
    parts: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> T + Sync,
) -> Vec<T> {
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else {
        return Vec::new();
    };
    let others: Vec<Mutex<Option<I>>> = parts.map(|part| Mutex::new(Some(part))).collect();
    let (work, take) = (&work, |part: &Mutex<Option<I>>| {
        part.lock().unwrap_or_else(PoisonError::into_inner).take()
    });
    thread::scope(|scope| {
        let begun: Vec<_> = others
            .iter()
            .map(|part| {
                let thread = thread::Builder::new().name("band".to_owned());
                thread.spawn_scoped(scope, move || take(part).map(work))
            })
            .collect();
        let mut done = vec![work(first)];
        for (part, thread) in others.iter().zip(begun) {
            done.extend(match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(_) => take(part).map(work),
            });
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn all_parts_are_worked_on_at_the_same_time_and_come_back_in_order() {
        let barrier = Barrier::new(3);
        let mut numbers = [1, 2, 3];
        let doubled = together(&mut numbers, |number| {
            barrier.wait(); // all three must be at work
            *number *= 2;
            *number
        });
        assert_eq!((doubled, numbers), (vec![2, 4, 6], [2, 4, 6]));
        assert!(together(Vec::<u8>::new(), |part| part).is_empty());
    }

    #[test]
    #[should_panic(expected = "the second part")]
    fn a_panic_reaches_the_caller() {
        together(0..2, |part| assert_eq!(part, 0, "the second part"));
    }
}
