//! Claims about the verbs that do on the command line what the console does in pages.

use std::fs::{self, File};
use std::io::pipe;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Place, Server, json, last_line};

#[test]
fn customers_and_places_are_kept_from_the_command_line() {
    let place = Place::new();
    place.init();
    last_line(&place.run(&["customer", "add", "Oslo Shops"]));
    last_line(&place.run(&["place", "add", "Oslo Shops / Harbour"]));
    last_line(&place.run(&["place", "add", "Oslo Shops / Tills", "--group"]));
    last_line(&place.run(&[
        "place",
        "move",
        "Oslo Shops / Tills",
        "Oslo Shops / Harbour",
    ]));
    last_line(&place.run(&["place", "rename", "Oslo Shops / Harbour", "Quay"]));
    last_line(&place.run(&["customer", "rename", "Oslo Shops", "Oslo Stores"]));
    let listed = json(&place.run(&["place", "list", "Oslo Stores", "--json"]));
    let paths = listed.as_array().expect("rows").iter();
    let paths: Vec<_> = paths
        .map(|row| row["path"].as_str().expect("a path"))
        .collect();
    assert_eq!(
        paths,
        [
            "Oslo Stores",
            "Oslo Stores / Quay",
            "Oslo Stores / Quay / Tills"
        ]
    );
    let full = place.fail(1, &["customer", "remove", "Oslo Stores"]);
    assert!(full.contains("still has"), "{full}");
    last_line(&place.run(&["place", "remove", "Oslo Stores / Quay / Tills"]));
    last_line(&place.run(&["place", "remove", "Oslo Stores / Quay"]));
    last_line(&place.run(&["customer", "remove", "Oslo Stores"]));
    let left = json(&place.run(&["customer", "list", "--json"]));
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
}

#[test]
fn what_is_typed_wrong_ends_with_two_and_says_what_there_is() {
    let place = Place::new();
    place.init();
    let anna = "anna@example.org";
    for (arguments, words) in [
        (
            &["role", "assign", "technik", "--to", anna][..],
            "technician",
        ),
        (&["role", "show", "technik"], "technician"),
        (
            &["token", "create", "--user", anna, "--scope", "see-all"],
            "see-all",
        ),
        (&["device", "list", "--query", "os: windows"], "os:"),
        (&["device", "show", "till"], "device list"),
        (&["device", "move", "till", "Nowhere"], "customer list"),
        (&["customer", "remove", "Nowhere"], "customer list"),
        (
            &[
                "role",
                "assign",
                "technician",
                "--to",
                anna,
                "--at",
                "Nowhere",
            ],
            "customer list",
        ),
        (&["group", "show", "Nights"], "no such group"),
        (&["user", "disable", "bo@example.org"], "no such"),
        (&["relay", "remove", "main"], "relay list"),
        (&["versions", "set", "--host", "new"], "1.4"),
        (&["org", "show", "--in", "Beta"], "My organisation"),
        (&["role", "remove", "technician"], "built-in"),
    ] {
        let sentence = place.fail(2, arguments);
        assert!(sentence.contains(words), "{arguments:?}: {sentence}");
    }
}

#[test]
fn rules_versions_and_roles_are_changed_a_word_at_a_time() {
    let place = Place::new();
    place.init();
    let rules = json(&place.run(&["second-person", "set", "--remove-over", "5", "--json"]));
    assert_eq!(rules["remove_over"], 5);
    let rules = json(&place.run(&["second-person", "set", "--give-power", "yes", "--json"]));
    assert_eq!(
        (&rules["remove_over"], &rules["give_power"]),
        (&5.into(), &true.into())
    );
    let rules = json(&place.run(&["second-person", "set", "--remove-over", "none", "--json"]));
    assert!(rules["remove_over"].is_null(), "{rules}");
    json(&place.run(&["versions", "set", "--host", "1.4", "--json"]));
    let versions = json(&place.run(&["versions", "set", "--viewer", "2.0", "--json"]));
    assert_eq!(
        versions,
        serde_json::json!({ "host": "1.4", "viewer": "2.0" })
    );
    let make = ["role", "create", "Helpers", "--reach", "--session", "view"];
    last_line(&place.run(&make));
    let change = [
        "role",
        "change",
        "helpers",
        "--may",
        "see-devices",
        "--json",
    ];
    let role = json(&place.run(&change));
    assert_eq!(role["reach"], true);
    assert_eq!(role["session"], serde_json::json!(["view"]));
    assert_eq!(role["may"], serde_json::json!(["see-devices"]));
}

#[test]
fn a_role_is_given_to_the_same_for_the_same_time_once() {
    let place = Place::new();
    place.init();
    last_line(&place.run(&["customer", "add", "Oslo Shops"]));
    let give = ["role", "assign", "technician", "--to", "anna@example.org"];
    let there = [&give[..], &["--at", "Oslo Shops"]].concat();
    last_line(&place.run(&give));
    last_line(&place.run(&there));
    for again in [&give[..], &there] {
        let said = place.fail(1, again);
        assert!(said.contains("already"), "{said}");
    }
    // Another end or other hours are something else.
    last_line(&place.run(&[&there[..], &["--until", "2099-01-01"]].concat()));
    last_line(&place.run(&[&there[..], &["--hours", "mon-fri 08:00-18:00 UTC"]].concat()));
    place.fail(1, &[&there[..], &["--until", "2099-01-01"]].concat());
    let held = json(&place.run(&["role", "assignments", "--json"]));
    let his = held.as_array().expect("rows").iter();
    assert_eq!(his.filter(|row| row["role"] == "technician").count(), 4);
}

#[test]
fn a_second_organisation_has_a_catalogue_of_its_own() {
    let place = Place::new();
    place.init();
    let password = place.folder.path().join("pw").display().to_string();
    let add = [
        "org",
        "add",
        "Beta IT",
        "--admin",
        "bo@example.org",
        "--password-file",
        &password,
    ];
    last_line(&place.run(&add));
    place.fail(1, &add);
    last_line(&place.run(&["customer", "add", "Bergen", "--in", "Beta IT"]));
    let here = json(&place.run(&["customer", "list", "--json"]));
    assert!(!here.to_string().contains("Bergen"), "{here}");
    last_line(&place.run(&["org", "rename", "Beta", "--in", "beta it"]));
    let there = json(&place.run(&["customer", "list", "--json", "--in", "Beta"]));
    assert!(there.to_string().contains("Bergen"), "{there}");
    place.fail(1, &["org", "rename", "Beta"]);
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let place = Place::new();
    place.init();
    for arguments in [
        &["--help"][..],
        &["info"],
        &["role", "list"],
        &["audit", "list"],
        &["completions", "bash"],
    ] {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let ended = place.command(arguments).stdout(writer).output();
        let ended = ended.expect("runs");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(said.is_empty(), "{arguments:?}: {said}");
    }
}

/// SQLite loses every lock of a process that closes any other handle of the database file. Then the
/// next program that closes the database takes itself for the last one, folds the log into it and
/// deletes the log under the server's hands.
#[cfg(target_os = "linux")]
#[test]
fn the_server_keeps_its_lock_when_it_has_read_the_database_ahead() {
    use std::os::unix::fs::MetadataExt as _;

    let place = Place::new();
    place.init();
    let log = place.folder.path().join("log");
    let server = Server::telling(&place, File::create(&log).expect("a file"));
    let begun = Instant::now();
    while !fs::read_to_string(&log).is_ok_and(|said| said.contains("warmed the database")) {
        assert!(begun.elapsed() < Duration::from_secs(30), "never warmed");
        sleep(Duration::from_millis(20));
    }
    let database = fs::metadata(place.data().join("directory.db")).expect("is there");
    let locks = fs::read_to_string("/proc/locks").expect("reads");
    let (owner, file) = (
        format!(" {} ", server.child.id()),
        format!(":{} ", database.ino()),
    );
    assert!(
        locks
            .lines()
            .any(|lock| lock.contains(&owner) && lock.contains(&file)),
        "no lock of process{owner}on file{file}: {locks}"
    );
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_ticket_without_a_customer_is_for_the_organisations_own_devices() {
    let place = Place::new();
    place.init();
    let own = json(&place.run(&["customer", "list", "--json"]));
    last_line(&place.run(&["customer", "add", "AAA first"]));
    last_line(&place.run(&["ticket", "device", "--url", "https://localhost:8443"]));
    let tickets = json(&place.run(&["ticket", "list", "--json"]));
    assert_eq!(tickets[0]["customer"], own[0]["id"], "{tickets} {own}");
}

#[test]
fn a_backup_that_cannot_be_written_is_none_in_the_record() {
    let place = Place::new();
    place.init();
    let key = place.folder.path().join("key").display().to_string();
    let to = place.folder.path().join("nowhere/backup");
    let backup = [
        "db",
        "backup",
        &to.display().to_string(),
        "--key-file",
        &key,
    ];
    let ended = place.run(&backup);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let phrase = place.folder.path().join("phrase");
    std::fs::write(&phrase, "too short").expect("writes");
    let phrase = phrase.display().to_string();
    let file = place.folder.path().join("backup").display().to_string();
    let short = ["db", "backup", &file, "--passphrase-file", &phrase];
    let ended = place.run(&short);
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    let record = place.run(&["audit", "list"]);
    let said = String::from_utf8_lossy(&record.stdout);
    assert!(
        said.contains("founded") && !said.contains("backup"),
        "{said}"
    );
}
