//! The program as people and scripts run it: what it prints, how it ends, what it leaves behind.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

#[path = "program/named.rs"]
mod named;
#[path = "program/verbs.rs"]
mod verbs;

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("pw"), "correct horse battery\n").expect("writes");
        Self { folder }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_farpane-directory"));
        command
            .arg("--data")
            .arg(self.data())
            .args(arguments)
            .env_remove("RUST_LOG");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("runs")
    }

    fn init_with(&self, password: &Path) -> Output {
        let password = password.display().to_string();
        self.run(&[
            "init",
            "--admin",
            "anna@example.org",
            "--password-file",
            &password,
        ])
    }

    fn init(&self) {
        let output = self.init_with(&self.folder.path().join("pw"));
        assert!(output.status.success(), "{output:?}");
    }

    /// Runs something that must fail; returns its one sentence.
    fn fail(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        complaint(&output, code)
    }
}

fn complaint(output: &Output, code: i32) -> String {
    let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{sentence}");
    assert!(output.stdout.is_empty(), "{output:?}");
    assert_eq!(sentence.lines().count(), 1, "one sentence: {sentence}");
    assert!(sentence.starts_with("farpane-directory: "), "{sentence}");
    sentence
}

fn last_line(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().last().expect("a line").to_owned()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&last_line(output)).expect("JSON")
}

/// A running server; ended with the test.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(place: &Place) -> Self {
        Self::telling(place, Stdio::null())
    }

    /// Starts it with all that it has to say of its store going to `log`.
    fn telling(place: &Place, log: impl Into<Stdio>) -> Self {
        let arguments = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--url",
            "https://127.0.0.1:0",
            "--json",
        ];
        let mut child = place
            .command(&arguments)
            .env("RUST_LOG", "info,farpane_directory::store=debug")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        out.read_line(&mut line).expect("reads");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let address = ready["listening"].as_str().expect("an address").to_owned();
        Self { child, address }
    }

    fn terminate(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("signals");
        let status = self.child.wait().expect("ends");
        status.code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn an_installation_is_made_served_and_asked_about() {
    let place = Place::new();
    place.init();
    let server = Server::start(&place);
    let info = json(&place.run(&["info", "--json"]));
    assert_eq!(info["url"], format!("https://{}", server.address));
    assert!(
        info["fingerprint"]
            .as_str()
            .is_some_and(|f| f.starts_with("SHA256:"))
    );
    for arguments in [
        &["ticket", "device"][..],
        &["ticket", "relay", "--name", "one"],
    ] {
        let ticket = last_line(&place.run(arguments));
        let ticket: farpane_protocol::enrolment::Ticket = ticket.parse().expect("a ticket");
        assert_eq!(ticket.url, format!("https://{}", server.address));
        assert_eq!(
            ticket.pin.to_string(),
            info["fingerprint"].as_str().expect("text")
        );
    }
    let devices = json(&place.run(&["device", "list", "--json"]));
    assert_eq!(devices, serde_json::json!([]));
    let sessions = json(&place.run(&["session", "list", "--json"]));
    assert_eq!(sessions, serde_json::json!([]));
    assert_eq!(server.terminate(), Some(0));
    let audit = json(&place.run(&["audit", "verify", "--json"]));
    assert_eq!(audit, serde_json::json!({ "intact": true, "records": 3 }));
    let records = place.run(&["audit", "list"]);
    assert_eq!(String::from_utf8_lossy(&records.stdout).lines().count(), 3);
}

#[test]
fn init_leaves_nothing_behind_when_it_refuses() {
    let place = Place::new();
    let short = place.folder.path().join("short");
    fs::write(&short, "elevenchars\n").expect("writes");
    let sentence = complaint(&place.init_with(&short), 2);
    assert!(sentence.contains("at least 12 characters"), "{sentence}");
    let missing = place.folder.path().join("missing");
    let sentence = complaint(&place.init_with(&missing), 2);
    assert!(sentence.contains("missing"), "{sentence}");
    let password = place.folder.path().join("pw").display().to_string();
    let wrong = ["init", "--admin", "anna", "--password-file", &password];
    assert!(place.fail(2, &wrong).contains("not an e-mail address"));
    assert!(!place.data().exists());
}

#[test]
fn init_refuses_a_second_time_and_a_folder_of_others() {
    let place = Place::new();
    place.init();
    let before = fs::read(place.data().join("directory.db")).expect("reads");
    let again = place.init_with(&place.folder.path().join("pw"));
    assert!(complaint(&again, 1).contains("already"));
    assert_eq!(
        fs::read(place.data().join("directory.db")).expect("reads"),
        before
    );

    let place = Place::new();
    fs::create_dir(place.data()).expect("makes");
    fs::write(place.data().join("thesis.txt"), "mine").expect("writes");
    let refused = place.init_with(&place.folder.path().join("pw"));
    assert!(complaint(&refused, 2).contains("thesis.txt"));
    assert_eq!(fs::read_dir(place.data()).expect("lists").count(), 1);
}

#[test]
fn init_goes_on_where_a_cut_off_one_stopped() {
    let place = Place::new();
    fs::create_dir(place.data()).expect("makes");
    fs::write(place.data().join("directory.db.new"), "half").expect("writes");
    place.init();
    let mut names: Vec<_> = fs::read_dir(place.data())
        .expect("lists")
        .map(|entry| {
            entry
                .expect("is there")
                .file_name()
                .into_string()
                .expect("text")
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "audit.key",
            "directory.db",
            "grant.key",
            "identity.key",
            "vault.key"
        ]
    );
}

#[test]
fn init_says_which_folder_it_may_not_make() {
    let place = Place::new();
    fs::write(place.data(), "a file is in the way").expect("writes");
    let refused = place.init_with(&place.folder.path().join("pw"));
    let sentence = complaint(&refused, 1);
    assert!(
        sentence.contains("data") && sentence.contains("--data"),
        "{sentence}"
    );
}

#[test]
fn serve_says_in_one_sentence_why_it_cannot() {
    let place = Place::new();
    let serve = |extra: &[&str]| {
        let mut arguments = vec![
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--url",
            "https://127.0.0.1:0",
        ];
        arguments.extend(extra);
        place.run(&arguments)
    };
    assert!(complaint(&serve(&[]), 1).contains("farpane-directory init"));
    place.init();

    let taken = TcpListener::bind("127.0.0.1:0").expect("listens");
    let address = taken.local_addr().expect("an address").to_string();
    let arguments = [
        "serve",
        "--listen",
        &address,
        "--url",
        "https://127.0.0.1:1",
    ];
    let sentence = place.fail(1, &arguments);
    assert!(
        sentence.contains(&address) && sentence.contains("another port"),
        "{sentence}"
    );

    let junk = place.folder.path().join("pw").display().to_string();
    let sentence = complaint(&serve(&["--tls-cert", &junk, "--tls-key", &junk]), 2);
    assert!(sentence.contains("pw"), "{sentence}");

    let server = Server::start(&place);
    assert!(complaint(&serve(&[]), 1).contains("runs on"));
    drop(server);

    fs::write(place.data().join("grant.key"), "junk").expect("writes");
    assert!(complaint(&serve(&[]), 1).contains("grant.key"));
    fs::write(place.data().join("directory.db"), "junk".repeat(1000)).expect("writes");
    let sentence = complaint(&serve(&[]), 1);
    assert!(sentence.contains("damaged"), "{sentence}");
}

#[test]
fn mistakes_on_the_command_line_end_with_two() {
    let place = Place::new();
    place.init();
    for arguments in [
        &["ticket", "device", "--uses", "0"][..],
        &["ticket", "device", "--expires", "tomorrow"],
        &["ticket", "device", "--expires", "2y"],
        &["ticket", "device"],
        &["serve", "--listen", "nonsense", "--url", "https://x"],
        &["serve", "--listen", "127.0.0.1:0", "--url", "http://x"],
        &["device", "undo", "junk"],
        &["nonsense"],
        &[],
    ] {
        let output = place.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
    let nobody = ["device", "remove", "00000000-0000-0000-0000-000000000000"];
    assert!(place.fail(2, &nobody).contains("no device called"));
    let help = place.run(&["ticket", "device", "--help"]);
    assert!(String::from_utf8_lossy(&help.stdout).contains("Examples:"));
}

#[test]
fn tampering_with_a_record_is_noticed() {
    let place = Place::new();
    place.init();
    assert_eq!(
        last_line(&place.run(&["audit", "verify"])),
        "intact: 1 records"
    );
    let path = place.data().join("directory.db");
    let bytes = fs::read(&path).expect("reads");
    let at = bytes
        .windows(14)
        .rposition(|window| window == b"\"is\":\"operator")
        .expect("the record");
    let mut changed = bytes;
    changed[at + 6] = b'O';
    fs::write(&path, changed).expect("writes");
    let output = place.run(&["audit", "verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["intact"], false);
    assert!(
        said["broken"]
            .as_str()
            .is_some_and(|why| why.ends_with(": record 1 was changed")),
        "{said}"
    );
}

#[test]
fn an_export_is_verified_without_the_directory() {
    let place = Place::new();
    place.init();
    for _ in 0..3 {
        last_line(&place.run(&["ticket", "device", "--url", "https://rmm.example"]));
    }
    let file = place.folder.path().join("record.jsonl");
    let file = file.display().to_string();
    let made = json(&place.run(&["audit", "export", &file, "--json"]));
    // The founding and the export itself in one chain, three tickets in the tenant's.
    assert_eq!((&made["records"], &made["chains"]), (&5.into(), &2.into()));
    assert!(
        place
            .fail(1, &["audit", "export", &file])
            .contains("another file")
    );

    // The installation itself is not needed to check it.
    fs::remove_dir_all(place.data()).expect("removes");
    let verified = json(&place.run(&["audit", "verify", &file, "--json"]));
    assert_eq!(verified["intact"], true);
    assert_eq!(
        (&verified["records"], &verified["checkpoints"]),
        (&5.into(), &2.into())
    );
    let key = made["signed_by"].as_str().expect("text");
    assert_eq!(verified["signed_by"], key);
    last_line(&place.run(&["audit", "verify", &file, "--key", key]));
    let other = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let sentence = place.fail(1, &["audit", "verify", &file, "--key", other]);
    assert!(sentence.contains("not the key"), "{sentence}");

    let text = fs::read_to_string(&file).expect("reads");
    let spoiled = text.replacen("ticket_made", "ticket_mode", 1);
    fs::write(&file, spoiled).expect("writes");
    let sentence = place.fail(1, &["audit", "verify", &file]);
    assert!(sentence.contains("record 1 was changed"), "{sentence}");
    let cut: Vec<_> = text.lines().collect();
    fs::write(&file, cut[..cut.len() - 1].join("\n") + "\n").expect("writes");
    let sentence = place.fail(1, &["audit", "verify", &file]);
    assert!(sentence.contains("cut off"), "{sentence}");
}

#[test]
fn a_part_of_the_record_is_exported_for_a_customer_and_a_time() {
    let place = Place::new();
    place.init();
    last_line(&place.run(&["ticket", "device", "--url", "https://rmm.example"]));
    let file = place.folder.path().join("part.jsonl");
    let export = |arguments: &[&str]| {
        fs::remove_file(&file).ok();
        let name = file.display().to_string();
        let mut all = vec!["audit", "export", "--json", &name];
        all.extend(arguments);
        let made = json(&place.run(&all));
        json(&place.run(&["audit", "verify", "--json", &name]));
        made["records"].as_u64().expect("a number")
    };
    assert_eq!(export(&["--customer", "my organisation"]), 1);
    assert_eq!(export(&["--organisation"]), 3);
    assert_eq!(export(&["--from", "1h"]), 5);
    assert_eq!(export(&["--to", "2001-01-01"]), 0);
    let soon = place.run(&["audit", "export", "--from", "soon", "x"]);
    assert_eq!(soon.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&soon.stderr).contains("2026-03-01"));
}

#[test]
fn a_record_cut_off_the_end_is_noticed_by_its_checkpoint() {
    let place = Place::new();
    place.init();
    let early = fs::read(place.data().join("directory.db")).expect("reads");
    let server = Server::start(&place);
    last_line(&place.run(&["ticket", "device"]));
    // Its end signs what was recorded.
    assert_eq!(server.terminate(), Some(0));
    let verified = json(&place.run(&["audit", "verify", "--json"]));
    assert_eq!(verified["records"], 2);
    let late = fs::read(place.data().join("directory.db")).expect("reads");
    assert_ne!(early, late);
    let spoil = |from: &[u8], to: &[u8]| {
        let mut bytes = late.clone();
        let at = bytes.windows(from.len()).rposition(|window| window == from);
        let at = at.expect("is there");
        bytes[at..at + to.len()].copy_from_slice(to);
        fs::write(place.data().join("directory.db"), bytes).expect("writes");
        let output = place.run(&["audit", "verify", "--json"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        said["broken"].as_str().expect("text").to_owned()
    };
    let said = spoil(b"v4.public.ey", b"v4.public.eZ");
    assert!(said.contains("a checkpoint was signed over"), "{said}");
}

#[test]
fn a_backup_is_restored_with_everything_in_doubt_that_it_cannot_know() {
    let place = Place::new();
    place.init();
    let server = Server::start(&place);
    let unused = last_line(&place.run(&["ticket", "device"]));
    let fingerprint = json(&place.run(&["info", "--json"]))["fingerprint"].clone();
    let file = place
        .folder
        .path()
        .join("farpane.backup")
        .display()
        .to_string();
    let phrase = place.folder.path().join("pw").display().to_string();
    let backup = ["db", "backup", &file, "--passphrase-file", &phrase];
    assert!(
        last_line(&place.run(&backup)).contains(&file),
        "while it serves"
    );
    let sentence = place.fail(1, &backup);
    assert!(sentence.contains("another file"), "{sentence}");
    assert_eq!(server.terminate(), Some(0));
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &fs::metadata(&file).expect("is there").permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    let sealed = fs::read(&file).expect("reads");
    for open_text in [
        &b"anna@example.org"[..],
        b"SQLite format",
        b"farpane-ed25519-seed",
    ] {
        assert!(
            !sealed
                .windows(open_text.len())
                .any(|window| window == open_text)
        );
    }

    let restore = ["db", "restore", &file, "--passphrase-file", &phrase];
    let output = place.run(&restore);
    assert!(complaint(&output, 2).contains("not empty"));
    fs::remove_dir_all(place.data()).expect("removes");
    let wrong = place.folder.path().join("wrong");
    fs::write(&wrong, "another passphrase\n").expect("writes");
    let wrong = wrong.display().to_string();
    let sentence = place.fail(1, &["db", "restore", &file, "--passphrase-file", &wrong]);
    assert!(sentence.contains("passphrase"), "{sentence}");
    assert!(
        !place.data().exists(),
        "nothing is left of a restore that failed"
    );
    fs::write(&file, &sealed[..sealed.len() - 7]).expect("writes");
    let sentence = complaint(&place.run(&restore), 1);
    assert!(sentence.contains("cut off"), "{sentence}");
    assert!(!place.data().exists());
    fs::write(&file, &sealed).expect("writes");

    let restored = json(&place.run(&[&restore[..], &["--json"]].concat()));
    assert_eq!(
        restored["disabled"],
        serde_json::json!(["anna@example.org"])
    );
    assert_eq!(
        json(&place.run(&["info", "--json"]))["fingerprint"],
        fingerprint
    );
    last_line(&place.run(&["audit", "verify"]));
    let accounts = json(&place.run(&["account", "list", "--json"]));
    assert!(accounts[0]["disabled"].is_number(), "{accounts}");
    last_line(&place.run(&["account", "enable", "anna@example.org"]));
    assert!(!unused.is_empty());
    let records = place.run(&["audit", "list"]);
    assert!(String::from_utf8_lossy(&records.stdout).contains("restored"));
    assert_eq!(last_line(&place.run(&["db", "check"])), "intact");
    let status = json(&place.run(&["db", "status", "--json"]));
    assert_eq!(status["due"], serde_json::json!([]));
    last_line(&place.run(&["db", "vacuum"]));
    assert!(last_line(&place.run(&["db", "migrate"])).starts_with("0 steps"));
}

#[test]
fn a_backup_under_a_key_file_trusts_whom_it_is_told_to() {
    let place = Place::new();
    place.init();
    let file = place
        .folder
        .path()
        .join("farpane.backup")
        .display()
        .to_string();
    let key = place.folder.path().join("backup.key").display().to_string();
    last_line(&place.run(&["db", "backup", &file, "--key-file", &key]));
    fs::remove_dir_all(place.data()).expect("removes");
    let restore = [
        "db",
        "restore",
        &file,
        "--key-file",
        &key,
        "--trust",
        "anna@example.org",
    ];
    let restored = json(&place.run(&[&restore[..], &["--json"]].concat()));
    assert_eq!(restored["disabled"], serde_json::json!([]));
    let server = Server::start(&place);
    assert_eq!(server.terminate(), Some(0));
}
