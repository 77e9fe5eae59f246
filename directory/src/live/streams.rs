//! How many event streams each caller has open: each costs memory and a look-up now and then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use super::lock;

/// Most streams of one person: a browser with many tabs, and a script or two.
const PER_CALLER: usize = 16;

/// Most streams in all: a fifth of the connections that the server takes.
const IN_ALL: usize = 800;

type Open = Arc<Mutex<HashMap<Uuid, usize>>>;

/// The open streams.
#[derive(Clone, Debug, Default)]
pub struct Streams(Open);

/// Room for one stream, given back when dropped.
#[derive(Debug)]
pub struct Room {
    open: Open,
    caller: Uuid,
}

impl Streams {
    /// Room for one more stream of this caller, if there is any.
    pub fn take(&self, caller: Uuid) -> Option<Room> {
        let mut open = lock(&self.0);
        if open.values().sum::<usize>() >= IN_ALL {
            return None;
        }
        let mine = open.entry(caller).or_default();
        if *mine >= PER_CALLER {
            return None;
        }
        *mine += 1;
        drop(open);
        Some(Room {
            open: self.0.clone(),
            caller,
        })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        if let Some(mine) = open.get_mut(&self.caller) {
            *mine -= 1;
            if *mine == 0 {
                open.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_cannot_take_the_room_of_others_and_gives_it_back() {
        let streams = Streams::default();
        let (anna, bo) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let held: Vec<_> = (0..PER_CALLER).map(|_| streams.take(anna)).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(streams.take(anna).is_none());
        assert!(streams.take(bo).is_some());
        drop(held);
        assert!(streams.take(anna).is_some());
        assert!(lock(&streams.0).is_empty());
    }
}
