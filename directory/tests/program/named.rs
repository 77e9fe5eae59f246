//! Claims about how things are named on the command line: by what people call them, and by their ids
//! where that leaves something open.

use std::fs;

use super::{Place, json, last_line};

const ANNA: &str = "anna@example.org";

/// Runs something that must fail and returns all that it says.
fn refused(place: &Place, arguments: &[&str]) -> String {
    let output = place.run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    said
}

/// An installation with two devices called till, and one called lab, that are expected.
fn expecting() -> Place {
    let place = Place::new();
    place.init();
    let table = place.folder.path().join("devices.csv");
    fs::write(&table, "name,customer\ntill,Oslo\ntill,Bergen\nlab,Oslo\n").expect("writes");
    let table = table.display().to_string();
    last_line(&place.run(&["device", "import", &table, "--create-customers"]));
    place
}

#[test]
fn a_device_is_named_by_its_name_wherever_one_is_meant() {
    let place = expecting();
    for verb in [
        &["access", "who", "lab"][..],
        &["access", "check", ANNA, "reach", "--device", "lab"],
        &["device", "tag", "LAB", "spare"],
    ] {
        assert!(place.run(verb).status.success(), "{verb:?}");
        let till = verb.iter().map(|word| match word.to_lowercase().as_str() {
            "lab" => "till",
            _ => word,
        });
        let till: Vec<_> = till.collect();
        let which = refused(&place, &till);
        assert!(
            which.contains("Oslo") && which.contains("Bergen"),
            "{which}"
        );
    }
    let listed = json(&place.run(&["device", "list", "--query", "lab", "--json"]));
    let id = listed[0]["id"].as_str().expect("an id");
    assert!(place.run(&["access", "who", id]).status.success());
    let none = place.fail(2, &["access", "who", "desk"]);
    assert!(none.contains("device list"), "{none}");
}

#[test]
fn what_was_given_is_taken_away_by_the_same_words() {
    let place = expecting();
    for at in ["Oslo", "Bergen"] {
        last_line(&place.run(&["role", "assign", "technician", "--to", ANNA, "--at", at]));
    }
    let both = refused(&place, &["role", "revoke", "technician", "--to", ANNA]);
    assert!(both.contains("Oslo") && both.contains("Bergen"), "{both}");
    last_line(&place.run(&["role", "revoke", "technician", "--to", ANNA, "--at", "Oslo"]));
    let gone = ["role", "revoke", "technician", "--at", "Oslo"];
    let gone = place.fail(2, &gone);
    assert!(gone.contains("role assignments"), "{gone}");
    last_line(&place.run(&["role", "revoke", "Technician"]));
    let held = json(&place.run(&["role", "assignments", "--json"]));
    assert_eq!(held.as_array().map(Vec::len), Some(1), "{held}");
}

#[test]
fn a_token_is_taken_back_by_its_name() {
    let place = expecting();
    let make = ["token", "create", "--user", ANNA, "--scope", "see-devices"];
    let nightly = [&make[..], &["--name", "Nightly", "--at", "Oslo"]].concat();
    last_line(&place.run(&nightly));
    // As it was spelled before.
    let older = [&make[..], &["--name", "Nightly", "--place", "Oslo"]].concat();
    last_line(&place.run(&older));
    let which = refused(&place, &["token", "revoke", "nightly"]);
    assert!(which.contains(ANNA), "{which}");
    let tokens = json(&place.run(&["token", "list", "--json"]));
    let id = tokens[0]["id"].as_str().expect("an id");
    last_line(&place.run(&["token", "revoke", id]));
    last_line(&place.run(&["token", "revoke", "nightly", "--user", ANNA]));
    let none = place.fail(2, &["token", "revoke", "nightly"]);
    assert!(none.contains("token list"), "{none}");
}

#[test]
fn a_ticket_says_whose_devices_it_is_for_and_is_taken_back_by_its_note() {
    let place = expecting();
    last_line(&place.run(&["place", "add", "Oslo / Harbour"]));
    let url = ["ticket", "device", "--url", "https://localhost:8443"];
    let there = [&url[..], &["--at", "Oslo / Harbour", "--note", "tills"]].concat();
    let made = place.run(&there);
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(said.contains("Oslo / Harbour"), "{said}");
    for older in [
        &["--tenant", "Oslo", "--place", "Harbour"][..],
        &["--customer", "oslo"],
    ] {
        last_line(&place.run(&[&url[..], older].concat()));
    }
    last_line(&place.run(&[&url[..], &["--replace", "lab"]].concat()));
    let tickets = json(&place.run(&["ticket", "list", "--json"]));
    let stand = tickets.as_array().expect("rows").iter();
    let stand: Vec<_> = stand.map(|row| row["place"].to_string()).collect();
    assert_eq!(stand.iter().filter(|at| at.contains("Harbour")).count(), 2);
    assert!(stand.iter().all(|at| at.contains("Oslo")), "{stand:?}");
    last_line(&place.run(&["ticket", "revoke", "Tills"]));
    let none = place.fail(2, &["ticket", "revoke", "desks"]);
    assert!(none.contains("ticket list"), "{none}");
}

#[test]
fn what_has_no_name_is_asked_for_in_words() {
    let place = expecting();
    for (arguments, words) in [
        (&["session", "stop", "lab"][..], "session list"),
        (&["request", "approve", ANNA], "request list"),
        (&["device", "approve", "lab"], "device waiting"),
        (&["webhook", "log", "hooks.example"], "webhook list"),
        (&["user", "remove-viewer", ANNA, "laptop"], "user show"),
        (&["user", "show", "bo@example.org"], "user list"),
        (&["group", "show", "Nights"], "group list"),
        (&["device", "undo", "last"], "expected an id such as"),
        (
            &["user", "erase", "bo@example.org"],
            "expected an id such as",
        ),
    ] {
        let said = refused(&place, arguments);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn a_kind_of_record_that_there_is_not_names_those_like_it() {
    let place = Place::new();
    place.init();
    let none = place.fail(2, &["audit", "list", "--kind", "device_renamd"]);
    assert!(none.contains("device_renamed"), "{none}");
    assert!(none.contains("audit kinds"), "{none}");
    let kinds = json(&place.run(&["audit", "kinds", "--json"]));
    assert!(kinds.to_string().contains("\"device_renamed\""), "{kinds}");
    let founded = place.run(&["audit", "list", "--kind", "Founded"]);
    assert!(last_line(&founded).contains("founded"));
}

#[test]
fn a_table_with_unknown_customers_says_how_they_are_made() {
    let place = Place::new();
    place.init();
    let table = place.folder.path().join("devices.csv");
    fs::write(&table, "name,customer\ntill,Oslo\n").expect("writes");
    let refused = refused(&place, &["device", "import", &table.display().to_string()]);
    assert!(refused.contains("--create-customers"), "{refused}");
}
