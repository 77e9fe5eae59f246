//! What people mistype or forget: one sentence that names the cause and the fix, the right exit
//! code, and nothing half-written.

use std::path::Path;
use std::process::Command;

struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

fn host(data: &Path, arguments: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_farpane-host"))
        .arg("--data")
        .arg(data)
        .args(arguments)
        .env_remove("DISPLAY")
        .output()
        .expect("the program runs");
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[track_caller]
fn says(ended: &Ended, code: i32, word: &str) {
    assert_eq!(ended.code, code, "{}", ended.stderr);
    assert!(ended.stderr.contains(word), "{}", ended.stderr);
    assert_eq!(
        ended.stderr.trim_end().lines().count(),
        1,
        "one sentence: {}",
        ended.stderr
    );
}

#[test]
fn running_before_enrolling_names_the_command_that_helps() {
    let dir = tempfile::tempdir().expect("temp dir");
    says(&host(dir.path(), &["run"]), 2, "farpane-host enroll");
}

#[test]
fn what_is_no_ticket_and_what_is_cut_are_told_apart_and_leave_nothing() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    says(
        &host(&data, &["enroll", "https://rmm.example"]),
        2,
        "not a Farpane ticket",
    );
    says(
        &host(&data, &["enroll", "farpane-ticket1.eyJrIjoi"]),
        2,
        "incomplete",
    );
    assert!(!data.exists(), "nothing was written");
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().expect("temp dir");
    let file = dir.path().join("file");
    std::fs::write(&file, "in the way").expect("writes");
    let ended = host(
        &file.join("data"),
        &["policy", "unattended", "--directory-alone"],
    );
    says(&ended, 1, "file/data");
    assert_eq!(std::fs::read_to_string(&file).expect("reads"), "in the way");
}

#[test]
fn a_damaged_enrolment_is_named_and_left_alone() {
    let dir = tempfile::tempdir().expect("temp dir");
    let file = dir.path().join("enrolment.json");
    std::fs::write(&file, "{").expect("writes");
    says(&host(dir.path(), &["run"]), 1, "enrolment.json is damaged");
    assert_eq!(std::fs::read_to_string(&file).expect("reads"), "{");
}

#[test]
fn unattended_access_needs_the_words_that_say_what_it_means() {
    let dir = tempfile::tempdir().expect("temp dir");
    assert_eq!(host(dir.path(), &["policy", "unattended"]).code, 2);
    let shown = host(dir.path(), &["policy", "show", "--json"]);
    assert!(
        shown
            .stdout
            .contains("\"unattended_directory_alone\":false"),
        "{}",
        shown.stdout
    );

    let loosened = host(dir.path(), &["policy", "unattended", "--directory-alone"]);
    assert_eq!(
        (loosened.code, loosened.stdout.as_str()),
        (0, "unattended\n")
    );
    assert!(
        loosened
            .stderr
            .contains("the directory alone can open this device")
    );
    let shown = host(dir.path(), &["policy", "show"]);
    assert!(
        shown.stdout.contains("the directory alone"),
        "{}",
        shown.stdout
    );
    assert_eq!(
        host(dir.path(), &["policy", "attended"]).stdout,
        "attended\n"
    );
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let dir = tempfile::tempdir().expect("temp dir");
    for arguments in [&["--help"][..], &["status"], &["policy", "show"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let ended = Command::new(env!("CARGO_BIN_EXE_farpane-host"))
            .args(arguments)
            .arg("--data")
            .arg(dir.path())
            .env_remove("DISPLAY")
            .stdout(writer)
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_shell_without_a_display_says_so_and_nothing_against_the_device() {
    let dir = tempfile::tempdir().expect("temp dir");
    let ended = Command::new(env!("CARGO_BIN_EXE_farpane-host"))
        .args(["status", "--data"])
        .arg(dir.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert!(said.contains("--display :0"), "{said}");
    assert!(!said.contains("FAILED"), "{said}");
}
