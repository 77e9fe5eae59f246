//! The `farpane-relay` program as scripts and people use it: last lines, exit codes, sentences.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use farpane_protocol::enrolment::{Ticket, TicketKind};
use farpane_protocol::key::Fingerprint;

mod directory;

use directory::{Directory, RELAY_ID, SECRET};

struct Ran {
    code: i32,
    last_line: String,
    stdout: String,
    stderr: String,
}

fn command(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_farpane-relay"));
    command.args(words).arg("--data").arg(data);
    command.env_remove("RUST_LOG");
    command
}

fn run(data: &Path, words: &[&str]) -> Ran {
    let output = command(data, words).output().expect("runs");
    let stdout = String::from_utf8(output.stdout).expect("text");
    Ran {
        code: output.status.code().expect("ends by itself"),
        last_line: stdout.lines().last().unwrap_or_default().to_owned(),
        stderr: String::from_utf8(output.stderr).expect("text"),
        stdout,
    }
}

/// One sentence on standard error, nothing on standard output, and that exit code.
#[track_caller]
fn refused(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!(ran.code, code, "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    for word in words {
        assert!(ran.stderr.contains(word), "{word:?} in {}", ran.stderr);
    }
}

struct Bench {
    dir: tempfile::TempDir,
    directory: Directory,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("temp dir");
        let identity = dir.path().join("identity");
        fs::create_dir(&identity).expect("makes it");
        let directory = Directory::open(&identity);
        Self { dir, directory }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("relay")
    }

    fn enroll(&self, ticket: &Ticket, more: &[&str]) -> Ran {
        let ticket = ticket.to_string();
        let words: Vec<_> = ["enroll", &ticket]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        run(&self.data(), &words)
    }

    fn enrolled() -> Self {
        let bench = Self::new();
        let ran = bench.enroll(&bench.directory.ticket(TicketKind::Relay, SECRET), &[]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        bench
    }
}

#[test]
fn a_ticket_enrols_once_and_what_is_kept_is_private() {
    let bench = Bench::new();
    let ticket = bench.directory.ticket(TicketKind::Relay, SECRET);
    let ran = bench.enroll(&ticket, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.last_line.contains("enrolled") && ran.last_line.contains("oslo"));
    for file in ["relay.key", "enrolment.json"] {
        let meta = fs::metadata(bench.data().join(file)).expect("exists");
        assert_eq!(meta.permissions().mode() & 0o777, 0o600, "{file}");
    }
    assert_eq!(fs::read_dir(bench.data()).expect("lists").count(), 2);
    let kept = fs::read_to_string(bench.data().join("enrolment.json")).expect("reads");
    assert!(!kept.contains(SECRET), "the ticket's secret is not kept");

    refused(
        &bench.enroll(&ticket, &[]),
        2,
        &["already enrolled", "--force"],
    );
    let key = fs::read(bench.data().join("relay.key")).expect("reads");
    let again = bench.enroll(&ticket, &["--force", "--json"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    let json: serde_json::Value = serde_json::from_str(&again.last_line).expect("json");
    assert_eq!(json["relay"], RELAY_ID);
    assert_eq!(
        fs::read(bench.data().join("relay.key")).expect("reads"),
        key
    );
}

#[test]
fn tickets_that_enrol_no_relay_are_told_apart_and_leave_nothing() {
    let bench = Bench::new();
    let device = bench.directory.ticket(TicketKind::Device, SECRET);
    refused(&bench.enroll(&device, &[]), 2, &["device", "ticket relay"]);
    let used_up = bench.directory.ticket(TicketKind::Relay, "another");
    refused(&bench.enroll(&used_up, &[]), 5, &["used as often"]);
    let mut text = bench
        .directory
        .ticket(TicketKind::Relay, SECRET)
        .to_string();
    text.truncate(text.len() - 5);
    refused(&run(&bench.data(), &["enroll", &text]), 2, &["incomplete"]);
    refused(
        &run(&bench.data(), &["enroll", "hello"]),
        2,
        &["farpane-ticket1."],
    );
    assert!(!bench.data().exists());
}

#[test]
fn a_directory_with_another_key_is_refused_with_both_fingerprints() {
    let bench = Bench::new();
    let mut ticket = bench.directory.ticket(TicketKind::Relay, SECRET);
    ticket.pin = Fingerprint::of(b"another");
    let (found, expected) = (
        bench.directory.fingerprint.to_string(),
        ticket.pin.to_string(),
    );
    refused(&bench.enroll(&ticket, &[]), 7, &[&found, &expected]);
    assert!(!bench.data().exists());
}

#[test]
fn a_directory_that_is_not_there_is_unreachable() {
    let bench = Bench::new();
    let mut ticket = bench.directory.ticket(TicketKind::Relay, SECRET);
    ticket.url = "https://127.0.0.1:1".into();
    refused(
        &bench.enroll(&ticket, &[]),
        6,
        &["Cannot reach", "127.0.0.1:1"],
    );
    assert!(!bench.data().exists());
}

#[test]
fn a_folder_that_cannot_be_used_costs_no_ticket() {
    let bench = Bench::new();
    fs::write(bench.data(), "a file in the way").expect("writes");
    let ticket = bench.directory.ticket(TicketKind::Relay, SECRET);
    refused(&bench.enroll(&ticket, &[]), 1, &["relay", "--data"]);
    assert_eq!(
        fs::read_to_string(bench.data()).expect("reads"),
        "a file in the way"
    );
}

#[test]
fn serving_needs_an_enrolment_that_is_whole() {
    let bench = Bench::enrolled();
    let elsewhere = bench.dir.path().join("empty");
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    refused(
        &run(&elsewhere, &serve),
        2,
        &["not enrolled", "enroll TICKET"],
    );
    assert!(!elsewhere.exists(), "asking made nothing");
    let enrolment = bench.data().join("enrolment.json");
    let whole = fs::read(&enrolment).expect("reads");
    fs::write(&enrolment, "{").expect("writes");
    refused(
        &run(&bench.data(), &serve),
        2,
        &["enrolment.json", "damaged", "--force"],
    );
    fs::write(&enrolment, whole).expect("writes");
    let key = bench.data().join("relay.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("chmod");
    refused(&run(&bench.data(), &serve), 1, &["relay.key", "chmod 600"]);
    fs::remove_file(&key).expect("removes");
    refused(&run(&bench.data(), &serve), 2, &["relay.key", "missing"]);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let bench = Bench::enrolled();
    let taken = UdpSocket::bind("127.0.0.1:0").expect("binds");
    let address = taken.local_addr().expect("has one").to_string();
    let ran = run(&bench.data(), &["serve", "--listen", &address]);
    refused(&ran, 1, &[&address, "another program"]);
    let words = ["serve", "--listen", "192.0.2.1:4433"];
    refused(
        &run(&bench.data(), &words),
        1,
        &["192.0.2.1:4433", "no such address"],
    );
}

#[test]
fn a_wrong_command_line_is_usage() {
    let dir = tempfile::tempdir().expect("temp dir");
    for words in [
        &["serve"][..],
        &["serve", "--listen", "here"],
        &["serve", "--listen", "127.0.0.1:0", "--public", "0.0.0.0:1"],
        &["dance"],
    ] {
        assert_eq!(run(dir.path(), words).code, 2, "{words:?}");
    }
}

/// A relay that serves; killed if the test ends early.
struct Serving {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Serving {
    fn start(data: &Path, more: &[&str]) -> (Self, String) {
        let mut command = command(data, &["serve", "--listen", "127.0.0.1:0"]);
        command.args(more).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("says that it is ready");
        (Self { child, out }, line.trim_end().to_owned())
    }

    /// Sends the signal; the exit code, and what was still printed.
    fn stop(mut self, signal: rustix::process::Signal) -> (Option<i32>, String) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("is running");
        let mut rest = String::new();
        self.out.read_line(&mut rest).expect("ends");
        (self.child.wait().expect("ends").code(), rest)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Does nothing to one that has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_relay_says_where_it_listens_and_stops_when_told() {
    use rustix::process::Signal;
    let bench = Bench::enrolled();
    let (serving, line) = Serving::start(&bench.data(), &[]);
    let address = line.strip_prefix("listening on ").expect("says so");
    let address: SocketAddr = address.parse().expect("an address");
    assert!(UdpSocket::bind(address).is_err(), "the port is its own");
    refused(
        &run(&bench.data(), &["serve", "--listen", "127.0.0.1:0"]),
        1,
        &["Another relay is running"],
    );
    assert_eq!(serving.stop(Signal::TERM), (Some(0), String::new()));

    let (serving, line) = Serving::start(&bench.data(), &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&line).expect("json");
    let address: SocketAddr = json["listening"]
        .as_str()
        .expect("text")
        .parse()
        .expect("one");
    assert_ne!(address.port(), 0);
    assert_eq!(serving.stop(Signal::INT), (Some(0), String::new()));
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let bench = Bench::new();
    for words in [&["--help"][..], &["serve", "--help"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let ended = command(bench.dir.path(), words).stdout(writer).output();
        let ended = ended.expect("runs");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{words:?}: {said}");
        assert!(!said.contains("panicked"), "{words:?}: {said}");
    }
}
