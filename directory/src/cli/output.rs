//! What people and scripts read: results on standard output, everything else on standard error.

use std::io::{self, IsTerminal as _, Write as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;

use super::failure::Failure;

pub(super) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Starts logging to standard error: plain for people, JSON for collectors.
pub(super) fn log(json: bool) {
    // It logs whole addresses, and the address of a link opens an account: that goes into no log,
    // whatever RUST_LOG asks for.
    let quiet: Directive = "tower_http::csrf=off".parse().expect("a directive");
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let filter = filter.add_directive(quiet);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Where the log has no reader any more, complaining about that would panic.
        .log_internal_errors(false)
        .with_writer(io::stderr);
    if json {
        builder.json().init();
    } else {
        builder.with_ansi(stderr_is_terminal()).init();
    }
}

/// Prints one line of result. A reader that has gone away is no failure of ours.
pub(super) fn line(text: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).ok();
}

/// Prints a result as one line of JSON.
pub(super) fn json(value: &serde_json::Value) {
    line(&value.to_string());
}

/// Prints a remark for people.
pub(super) fn remark(text: &str) {
    writeln!(io::stderr(), "{text}").ok();
}

/// Prints why the program failed.
pub(super) fn complain(failure: &Failure) {
    writeln!(io::stderr(), "farpane-directory: {failure}").ok();
}
