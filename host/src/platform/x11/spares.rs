//! The keys of a display that nobody uses and that carry characters for a while. They are written
//! down at the display itself: a process that is killed leaves them behind, and the next one takes
//! them back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, PropMode, Window};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::display::Display;
use super::layout::Layout;
use crate::platform::PlatformError;

/// Most keys that are given meanings; layouts leave about nineteen unused, and the slow way of
/// typing needs some, too.
const MOST: usize = 14;

/// How long a spare key keeps a meaning after its last use: programs look a key's meaning up when
/// they handle it, and a busy one does so late.
const KEPT: Duration = Duration::from_secs(1);

/// The property of the root window that lists them: keycode and two keysyms each.
const LIST: &[u8] = b"_FARPANE_SPARE_KEYS";

/// Numbers of one key in that list.
const NUMBERS: usize = 3;

/// A key that was unused.
#[derive(Clone, Copy, Debug)]
struct Spare {
    code: u8,
    meanings: [u32; 2],
    used: Instant,
}

/// Keys with a meaning from here, shared with the thread that takes them back while nobody types.
#[derive(Clone)]
pub(super) struct Spares(Arc<Mutex<Keys>>);

/// What is known of them.
pub(super) struct Keys {
    conn: Arc<RustConnection>,
    root: Window,
    list: Atom,
    /// The one used longest ago first.
    keys: Vec<Spare>,
    /// Nobody types: a key that was not used for long enough is taken back.
    resting: bool,
    /// A thread waits to do so.
    watched: bool,
    /// Some were taken back, which a layout read before does not know.
    taken: bool,
}

impl Spares {
    /// None yet, but for those that a killed process left behind; these are taken back soon.
    pub(super) fn open(display: &Display, now: Instant) -> Result<Self, PlatformError> {
        let list = display.conn.intern_atom(false, LIST)?.reply()?.atom;
        let mut keys = Keys {
            conn: display.conn.clone(),
            root: display.root(),
            list,
            keys: Vec::new(),
            resting: false,
            watched: false,
            taken: false,
        };
        keys.adopt(now)?;
        let spares = Self(Arc::new(Mutex::new(keys)));
        spares.rest();
        Ok(spares)
    }

    /// The keys, for as long as they are used.
    pub(super) fn lock(&self) -> MutexGuard<'_, Keys> {
        lock(&self.0)
    }

    /// Nobody types any more: they are taken back when programs have surely read them.
    pub(super) fn rest(&self) {
        let mut keys = self.lock();
        keys.resting = true;
        if keys.keys.is_empty() || keys.watched {
            return;
        }
        let shared = Arc::downgrade(&self.0);
        let thread = thread::Builder::new()
            .name("spare keys".to_owned())
            .spawn(move || watch(&shared));
        keys.watched = thread
            .inspect_err(|error| tracing::warn!(%error, "spare keys keep their meanings"))
            .is_ok();
    }
}

fn lock(keys: &Mutex<Keys>) -> MutexGuard<'_, Keys> {
    // Each change is complete in itself; a panic leaves at worst a key too many in the list.
    keys.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes them back, each in its time, until none is left or somebody types.
fn watch(shared: &Weak<Mutex<Keys>>) {
    let mut wait = KEPT;
    loop {
        thread::sleep(wait);
        let Some(shared) = shared.upgrade() else {
            return; // The injector took them back when it went.
        };
        let mut keys = lock(&shared);
        let now = Instant::now();
        match keys.take_back_resting(now) {
            Some(due) => wait = due.saturating_duration_since(now),
            None => {
                keys.watched = false;
                return;
            }
        }
    }
}

impl Keys {
    /// Takes over what a killed process wrote down, as if it had been used now: what was typed may
    /// not be read yet.
    fn adopt(&mut self, now: Instant) -> Result<(), PlatformError> {
        let (kind, most) = (AtomEnum::CARDINAL, (MOST * NUMBERS) as u32);
        let listed = self
            .conn
            .get_property(false, self.root, self.list, kind, 0, most)?
            .reply()?;
        let numbers: Vec<u32> = listed.value32().into_iter().flatten().collect();
        let least = self.conn.setup().min_keycode;
        for entry in numbers.chunks_exact(NUMBERS) {
            let &[code, first, second] = entry else {
                continue;
            };
            let code = u8::try_from(code).ok().filter(|code| *code >= least);
            if let Some(code) = code {
                let spare = Spare {
                    code,
                    meanings: [first, second],
                    used: now,
                };
                if self.is_ours(spare)? {
                    self.note(spare);
                }
            }
        }
        Ok(())
    }

    /// Whether a key still means what it was given, and no layout has put something else there.
    fn is_ours(&self, spare: Spare) -> Result<bool, PlatformError> {
        let map = self.conn.get_keyboard_mapping(spare.code, 1)?.reply()?;
        let given = spare.meanings != [0; 2];
        Ok(given && map.keysyms.starts_with(&spare.meanings))
    }

    /// Somebody types. Whether a layout that was read before has to be read anew.
    pub(super) fn wake(&mut self) -> bool {
        self.resting = false;
        std::mem::take(&mut self.taken)
    }

    /// Gives a key a meaning.
    pub(super) fn give(
        &mut self,
        code: u8,
        meanings: [u32; 2],
        now: Instant,
    ) -> Result<(), PlatformError> {
        self.note(Spare {
            code,
            meanings,
            used: now,
        });
        // Written down first: a process that is killed in between leaves nothing unknown.
        self.write_down()?;
        self.conn.change_keyboard_mapping(1, code, 2, &meanings)?;
        Ok(())
    }

    fn note(&mut self, spare: Spare) {
        self.keys.retain(|other| other.code != spare.code);
        self.keys.push(spare);
    }

    /// A key is pressed; it may be one of these.
    pub(super) fn pressed(&mut self, code: u8, now: Instant) {
        if let Some(at) = self.keys.iter().position(|spare| spare.code == code) {
            let spare = self.keys.remove(at);
            self.keys.push(Spare { used: now, ..spare });
        }
    }

    /// A layout was read; one that replaced another has forgotten our meanings.
    pub(super) fn compare(&mut self, layout: &Layout) {
        let unused = layout.unused();
        self.keys.retain(|spare| !unused.contains(&spare.code));
    }

    /// Keys that may be given a meaning now, the best one first.
    pub(super) fn free(&self, layout: &Layout, now: Instant) -> Vec<u8> {
        let fresh = MOST.saturating_sub(self.keys.len());
        let unused = layout.unused().into_iter().take(fresh);
        let old = self.keys.iter().filter(|spare| spare.used + KEPT <= now);
        unused.chain(old.map(|spare| spare.code)).collect()
    }

    /// Takes back what was not used for long enough, and says when the next one is due; nothing
    /// while somebody types, for every change of the map makes all programs read it.
    fn take_back_resting(&mut self, now: Instant) -> Option<Instant> {
        if !self.resting {
            return None;
        }
        self.take_back(|spare| spare.used + KEPT <= now)
            .inspect_err(|error| tracing::debug!(%error, "spare keys were not taken back"))
            .ok()?;
        self.keys.first().map(|spare| spare.used + KEPT)
    }

    /// Takes all meanings back.
    pub(super) fn take_back_all(&mut self) -> Result<(), PlatformError> {
        self.take_back(|_| true)
    }

    fn take_back(&mut self, due: impl Fn(&Spare) -> bool) -> Result<(), PlatformError> {
        let (taken, kept): (Vec<Spare>, Vec<Spare>) = self.keys.iter().partition(|one| due(one));
        if taken.is_empty() {
            return Ok(());
        }
        for spare in taken {
            if self.is_ours(spare)? {
                let (code, nothing) = (spare.code, [0; 2]);
                self.conn.change_keyboard_mapping(1, code, 2, &nothing)?;
            }
        }
        self.keys = kept;
        self.taken = true;
        self.write_down()?;
        self.conn.sync()?;
        Ok(())
    }

    fn write_down(&self) -> Result<(), PlatformError> {
        if self.keys.is_empty() {
            self.conn.delete_property(self.root, self.list)?;
            return Ok(());
        }
        let numbers: Vec<u32> = self
            .keys
            .iter()
            .flat_map(|spare| [u32::from(spare.code), spare.meanings[0], spare.meanings[1]])
            .collect();
        let (mode, kind) = (PropMode::REPLACE, AtomEnum::CARDINAL);
        self.conn
            .change_property32(mode, self.root, self.list, kind, &numbers)?;
        Ok(())
    }
}
