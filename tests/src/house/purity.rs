//! The protocol crate is pure: no runtime, socket, file, thread, clock or random source, neither
//! among its dependencies nor in its own words. Time and chance are arguments there.

use super::Violation;
use super::source::RustFile;

/// Where the pure sources are.
const PURE: &str = "protocol/src";

/// Crates that reach for the outside world, by exact name.
const IMPURE_CRATES: &[&str] = &[
    "mio",
    "socket2",
    "polling",
    "getrandom",
    "fastrand",
    "oorandom",
    "time",
    "chrono",
    "jiff",
    "coarsetime",
    "quanta",
    "instant",
    "web-time",
    "minstant",
    "smol",
    "rustix",
    "nix",
    "hyper",
    "reqwest",
    "rustls",
    "native-tls",
    "openssl",
];

/// The same by the beginning of the name, for families of crates.
const IMPURE_FAMILIES: &[&str] = &["tokio", "quinn", "rand", "async-", "compio", "monoio"];

/// Types whose `now` reads a clock.
const CLOCKS: &[&str] = &["SystemTime", "Instant"];

/// Types of the standard library that talk to a network.
const SOCKETS: &[&str] = &[
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "UnixListener",
    "UnixDatagram",
];

/// Modules of the standard library that act on the machine.
const MODULES: &[&str] = &["fs", "thread", "env"];

/// Impure crates among `closure`, the names of all packages that the protocol crate is built from.
pub fn dependencies(closure: &[String]) -> Vec<Violation> {
    closure
        .iter()
        .filter(|name| {
            IMPURE_CRATES.contains(&name.as_str())
                || IMPURE_FAMILIES
                    .iter()
                    .any(|family| name.starts_with(family))
        })
        .map(|name| {
            Violation::of(
                "farpane-protocol",
                format!("is built from {name}, not pure"),
            )
        })
        .collect()
}

/// Clocks, sockets, files and threads in the protocol's own code; its tests are free.
pub fn sources(files: &[RustFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.file.is_under(PURE)) {
        for (index, token) in file.tokens.iter().enumerate() {
            let word = token.text.as_str();
            let reads_clock = CLOCKS.contains(&word) && file.reads(index + 1, &[":", ":", "now"]);
            let module = MODULES.contains(&word)
                && (file.follows(index, &["std", ":", ":"]) || file.reads(index + 1, &[":", ":"]));
            if !token.in_test && (reads_clock || module || SOCKETS.contains(&word)) {
                let what = format!("`{word}` has no place in pure code: take it as an argument");
                violations.push(Violation::at(file.path(), token.line, what));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::source::tests::rust;

    fn lines(text: &str) -> Vec<Option<usize>> {
        let files = [rust("protocol/src/session.rs", text)];
        sources(&files)
            .into_iter()
            .map(|violation| violation.line)
            .collect()
    }

    #[test]
    fn an_impure_crate_deep_in_the_closure_is_found() {
        let closure = ["bytes", "getrandom", "rand_core", "async-io", "timely"].map(str::to_owned);
        let found = dependencies(&closure);
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn clocks_sockets_files_and_threads_are_found() {
        assert_eq!(lines("fn a() {\n std::time::Instant::now();\n}"), [Some(2)]);
        assert_eq!(lines("fn a() { SystemTime::now(); }"), [Some(1)]);
        assert_eq!(lines("use std::net::UdpSocket;"), [Some(1)]);
        assert_eq!(lines("use std::fs;"), [Some(1)]);
        assert_eq!(
            lines("use std::{fs, fmt};\nfn a() { fs::read(\"a\"); }"),
            [Some(2)]
        );
        assert_eq!(lines("fn a() { std::thread::spawn(b); }"), [Some(1)]);
    }

    #[test]
    fn time_as_an_argument_is_fine() {
        assert!(lines("fn a(now: Instant, wait: Duration) { let fs = now + wait; }").is_empty());
        assert!(lines("#[cfg(test)]\nmod tests { fn a() { Instant::now(); } }").is_empty());
    }

    #[test]
    fn other_crates_may_act_on_the_world() {
        assert!(sources(&[rust("host/src/a.rs", "fn a() { Instant::now(); }")]).is_empty());
    }
}
