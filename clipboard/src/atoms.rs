//! The names that programs agree on when they exchange text.

use x11rb::atom_manager;

atom_manager! {
    /// Names of selections, of the forms that text may have, and of steps of the exchange.
    pub(crate) Atoms: AtomsCookie {
        CLIPBOARD,
        CLIPBOARD_MANAGER,
        SAVE_TARGETS,
        TARGETS,
        TIMESTAMP,
        MULTIPLE,
        ATOM_PAIR,
        INCR,
        UTF8_STRING,
        TEXT,
        PLAIN_UTF8: b"text/plain;charset=utf-8",
        PLAIN: b"text/plain",
        SECRET_HINT: b"x-kde-passwordManagerHint",
        FARPANE_CLIPBOARD,
        FARPANE_TIME,
    }
}
