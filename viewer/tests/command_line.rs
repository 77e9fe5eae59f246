//! The program as scripts see it: exit codes, one sentence on standard error, nothing half-written.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn viewer(data: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_farpane-viewer"))
        .args(words)
        .arg("--data")
        .arg(data)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .env_remove("FARPANE_LOG")
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

/// The exit code, and the sentence on standard error; nothing may stand on standard output.
fn refused(data: &Path, words: &[&str]) -> (i32, String) {
    let output = viewer(data, words);
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(output.stdout.is_empty(), "{words:?}");
    assert!(!said.contains("panicked"), "{said}");
    (
        output.status.code().expect("no signal"),
        said.trim().to_owned(),
    )
}

const NOWHERE: &str = "https://127.0.0.1:1";
const PIN: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn login<'a>(directory: &'a str, pin: &'a str, password: &'a str) -> Vec<&'a str> {
    let user = "anna@acme.example";
    let mut words = vec![
        "sign-in",
        "--directory",
        directory,
        "--user",
        user,
        "--password-file",
        password,
    ];
    if !pin.is_empty() {
        words.extend(["--pin", pin]);
    }
    words
}

#[test]
fn without_an_account_every_command_says_how_to_sign_in() {
    let dir = tempfile::tempdir().expect("temp dir");
    for words in [&["devices", "--json"][..], &["connect", "till"]] {
        let (code, said) = refused(dir.path(), words);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("farpane-viewer sign-in"), "{said}");
    }
}

#[test]
fn without_a_display_the_start_window_is_one_sentence() {
    let dir = tempfile::tempdir().expect("temp dir");
    let (code, said) = refused(dir.path(), &[]);
    assert_eq!(code, 1);
    assert!(said.starts_with("No display"), "{said}");
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn a_login_that_fails_writes_neither_key_nor_account() {
    let dir = tempfile::tempdir().expect("temp dir");
    let password = dir.path().join("password");
    std::fs::write(&password, "secret\n").expect("writes");
    let password = password.to_str().expect("text");
    let data = dir.path().join("data");
    let cases = [
        (
            login(NOWHERE, PIN, password),
            6,
            "cannot reach the directory",
        ),
        (
            login(NOWHERE, "", password),
            6,
            "cannot reach the directory",
        ),
        (login("desk", PIN, password), 2, "https://name:port"),
        (
            login(NOWHERE, "SHA256:short", password),
            2,
            "not a fingerprint",
        ),
        (login(NOWHERE, PIN, "/nowhere/password"), 2, "password file"),
    ];
    for (words, expected, part) in cases {
        let (code, said) = refused(&data, &words);
        assert_eq!(code, expected, "{said}");
        assert!(said.to_lowercase().contains(part), "{said}");
        let left = std::fs::read_dir(&data).map_or(0, Iterator::count);
        assert_eq!(left, 0, "after {words:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().expect("temp dir");
    let password = dir.path().join("password");
    std::fs::write(&password, "secret").expect("writes");
    let in_the_way = dir.path().join("file");
    std::fs::write(&in_the_way, "").expect("writes");
    let words = login(NOWHERE, PIN, password.to_str().expect("text"));
    let (code, said) = refused(&in_the_way, &words);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(in_the_way.to_str().expect("text")), "{said}");
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let dir = tempfile::tempdir().expect("temp dir");
    let cases: [(&[&str], &str); 4] = [
        (&["--help"], "Exit codes:"),
        (&["sign-in", "--help"], "--password-file ~/password"),
        (&["devices", "--help"], "last_heard"),
        (&["connect", "--help"], "--trace <FILE>"),
    ];
    for (words, part) in cases {
        let output = viewer(dir.path(), words);
        let said = String::from_utf8(output.stdout).expect("text");
        assert!(
            output.status.success() && said.contains(part),
            "{words:?}: {said}"
        );
    }
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let dir = tempfile::tempdir().expect("temp dir");
    for (words, code) in [(&["--help"][..], 0), (&["devices"], 2)] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let ended = Command::new(env!("CARGO_BIN_EXE_farpane-viewer"))
            .args(words)
            .arg("--data")
            .arg(dir.path())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(writer)
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{words:?}: {said}");
        assert!(!said.contains("panicked"), "{words:?}: {said}");
    }
}
