//! What people and scripts read: results go to standard output. A reader that has gone away, as
//! `head` does, is no failure of ours, so nothing here panics.

use std::fmt::Display;
use std::io::{self, Write as _};

/// Prints one line of result.
pub(super) fn line(text: impl Display) {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).ok();
}
