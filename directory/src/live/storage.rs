//! Whether what happens can be recorded: the state of the disk under the database, as far as
//! writes that failed and the room that is left show it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Room below which nothing new is begun, in bytes: enough to record how everything that runs
/// comes to its end, some ten thousand records.
pub const RESERVE: u64 = 8 * 1024 * 1024;

/// Room below which the operator is warned, in bytes: days of records in a large installation.
pub const LOW: u64 = 256 * 1024 * 1024;

/// What can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Everything.
    Good,
    /// Everything, for now.
    Low,
    /// Nothing new.
    Full,
}

impl Storage {
    /// Its name in answers for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Low => "low",
            Self::Full => "full",
        }
    }
}

/// What is known about the disk.
#[derive(Debug)]
pub struct StorageWatch {
    refused: AtomicBool,
    room: AtomicU64,
}

impl Default for StorageWatch {
    fn default() -> Self {
        Self {
            refused: AtomicBool::new(false),
            room: AtomicU64::new(u64::MAX),
        }
    }
}

impl StorageWatch {
    /// What can be recorded now.
    pub fn state(&self) -> Storage {
        let room = self.room();
        if self.refused() || room < RESERVE {
            Storage::Full
        } else if room < LOW {
            Storage::Low
        } else {
            Storage::Good
        }
    }

    /// Whether a write was refused for want of room and none has worked since.
    pub fn refused(&self) -> bool {
        self.refused.load(Ordering::Acquire)
    }

    /// Room on the disk, in bytes; the largest number where nobody knows.
    pub fn room(&self) -> u64 {
        self.room.load(Ordering::Acquire)
    }

    /// A write was refused, or worked again.
    pub fn note_refused(&self, refused: bool) {
        self.change(|| self.refused.store(refused, Ordering::Release));
    }

    /// So much room there is.
    pub fn note_room(&self, room: u64) {
        self.change(|| self.room.store(room, Ordering::Release));
    }

    /// One line in the log for each turn, not for each write.
    fn change(&self, change: impl FnOnce()) {
        let before = self.state();
        change();
        let after = self.state();
        if before == after {
            return;
        }
        let room = self.room();
        match after {
            Storage::Full => tracing::error!(
                room,
                "the disk is full: nothing can be recorded, so no session starts; free some space"
            ),
            Storage::Low => tracing::warn!(room, "little room is left on the disk"),
            Storage::Good => tracing::info!(room, "there is room on the disk again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_write_counts_until_one_works_whatever_the_room() {
        let watch = StorageWatch::default();
        assert_eq!(watch.state(), Storage::Good);
        watch.note_refused(true);
        assert_eq!(watch.state(), Storage::Full);
        watch.note_room(u64::MAX);
        assert_eq!(watch.state(), Storage::Full);
        watch.note_refused(false);
        assert_eq!(watch.state(), Storage::Good);
        watch.note_room(LOW - 1);
        assert_eq!(watch.state(), Storage::Low);
        watch.note_room(RESERVE - 1);
        assert_eq!(watch.state(), Storage::Full);
    }
}
