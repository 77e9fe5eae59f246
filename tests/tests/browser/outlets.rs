//! Where what a hostile host says comes out beside the pages: tables in files, answers to programs,
//! news, the record on its way out, the command line, and the viewer.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use anyhow::{Context as _, Result, ensure};
use farpane_protocol::api::inventory::{Inventory, SOFTWARE_MOST, Software};
use farpane_protocol::api::path;
use farpane_tests::rig::browser::{Browser, PAGE_WAIT};
use farpane_tests::rig::display::Display;
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};
use farpane_tests::rig::process::{Process, program};
use farpane_tests::rig::rogue::{FORMULAS, LIES, enrol};
use farpane_tests::rig::wait_until;
use farpane_tests::rig::xclient::XClient;
use serde_json::Value;

use super::lies::tell_lies;
use super::turn;

/// What may not come out anywhere: what moves a terminal, and what hides or turns text. Joiners
/// stay: words of some languages need them.
fn strange(text: &str) -> Option<char> {
    let hides = |c: char| {
        matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .find(|&c| c.is_control() && c != '\n' || hides(c))
}

/// The cells of a table in a file (RFC 4180).
fn cells(table: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut signs = table.chars().peekable();
    while let Some(sign) = signs.next() {
        match (sign, quoted) {
            ('"', true) if signs.peek() == Some(&'"') => {
                cell.push('"');
                signs.next();
            }
            ('"', _) => quoted = !quoted,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) => {}
            ('\n', false) => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (sign, _) => cell.push(sign),
        }
    }
    rows
}

/// What the directory answers a page that asks for this path.
fn fetched(browser: &Browser, path: &str) -> Result<String> {
    let text = browser.js_later(
        "const done = arguments[arguments.length - 1];
         fetch(arguments[0]).then(answer => answer.text()).then(done, error => done(String(error)))",
        &[path.into()],
    )?;
    Ok(text.as_str().context("a text")?.to_owned())
}

/// The news so far, as they come down the wire.
fn news(browser: &Browser, path: &str) -> Result<String> {
    let text = browser.js_later(
        "const done = arguments[arguments.length - 1];
         fetch(arguments[0], {headers: {'Last-Event-ID': '0'}}).then(async answer => {
           const reader = answer.body.getReader();
           const quiet = () => new Promise(over => setTimeout(() => over({done: true}), 3000));
           let text = '';
           while (text.length < 10000) {
             const {done: over, value} = await Promise.race([reader.read(), quiet()]);
             if (over) break;
             text += new TextDecoder().decode(value);
           }
           await reader.cancel();
           done(text);
         }, error => done(String(error)))",
        &[path.into()],
    )?;
    Ok(text.as_str().context("a text")?.to_owned())
}

/// A collector that takes everything that it is sent.
fn collector() -> Result<(String, mpsc::Receiver<Vec<u8>>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("tcp://{}", listener.local_addr()?);
    let (came, taken) = mpsc::channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut part = [0; 65_536];
            while let Ok(length @ 1..) = stream.read(&mut part) {
                if came.send(part[..length].to_vec()).is_err() {
                    return;
                }
            }
        }
    });
    Ok((address, taken))
}

/// The messages of a collector, each framed by its length.
fn messages(mut taken: &[u8]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    while let Some(space) = taken.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(&taken[..space])?.parse()?;
        let Some(message) = taken.get(space + 1..space + 1 + length) else {
            break;
        };
        all.push(String::from_utf8(message.to_vec())?);
        taken = &taken[space + 1 + length..];
    }
    Ok(all)
}

#[test]
fn what_a_hostile_host_says_is_text_in_files_and_lines_too() -> Result<()> {
    let _turn = turn();
    let out = tempfile::tempdir()?;
    let json = out.path().join("record.jsonl");
    let (address, taken) = collector()?;
    let shown = json.display().to_string();
    let options = ["--audit-json", &shown, "--audit-syslog", &address];
    let estate = Estate::start_with_directory_options(&options)?;
    tell_lies(&estate)?;
    let devices = LIES.len() + FORMULAS.len() + 1;
    let browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;

    // A table that a spreadsheet opens: nothing in it is calculated, and no row is broken.
    let table = fetched(&browser, "/devices/export.csv")?;
    let rows = cells(&table);
    assert_eq!(rows.len(), devices + 1, "a row for each and the heading");
    for row in &rows {
        assert_eq!(row.len(), rows[0].len(), "{row:?}");
        for cell in row {
            assert_eq!(strange(cell), None, "{cell:?}");
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}']),
                "{cell:?}"
            );
        }
    }
    // Answers to programs, and news.
    for path in [
        "/api/v1/catalogue/devices?limit=200",
        "/api/v1/relays",
        "/api/v1/tickets",
        "/api/v1/audit?limit=200",
    ] {
        let text = fetched(&browser, path)?;
        let _: Value = serde_json::from_str(&text).with_context(|| format!("{path}: {text}"))?;
        assert_eq!(strange(&text), None, "{path}: {}", text.escape_debug());
    }
    let lines = news(&browser, "/api/v1/events")?;
    ensure!(lines.contains("data:"), "no news: {lines}");
    assert_eq!(strange(&lines), None, "{}", lines.escape_debug());
    for line in lines.lines() {
        let known = ["id:", "event:", "data:", "retry:", ":"];
        let known = line.is_empty() || known.iter().any(|start| line.starts_with(start));
        assert!(known, "{line}");
    }
    browser.finish();

    // The record on its way out: a line each, and whole.
    let export = out.path().join("export.jsonl").display().to_string();
    estate.admin(&["audit", "export", &export]).expect_done();
    estate.admin(&["audit", "verify", &export]).expect_done();
    let mut sent = Vec::new();
    wait_until("what was recorded at the collector", PAGE_WAIT, || {
        sent.extend(taken.try_iter().flatten());
        String::from_utf8_lossy(&sent).contains("million")
    });
    let sent = messages(&sent)?;
    ensure!(sent.len() >= devices, "only {} messages", sent.len());
    for message in &sent {
        assert_eq!(strange(message), None, "{}", message.escape_debug());
        assert!(!message.contains('\n'), "{message}");
    }
    for file in [&export, &shown] {
        let text = fs::read_to_string(file)?;
        assert_eq!(strange(&text), None, "{file}: {}", text.escape_debug());
        for line in text.lines() {
            let _: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        }
    }

    // Terminals.
    let first = "script";
    for words in [
        &["device", "list"][..],
        &["device", "show", first],
        &["device", "inventory", first],
        &["device", "waiting"],
        &["relay", "list"],
        &["ticket", "list"],
        &["audit", "list"],
        &["session", "list"],
        &["customer", "list"],
    ] {
        for json in [&[][..], &["--json"]] {
            let said = estate.admin(&[words, json].concat());
            for text in [&said.stdout, &said.stderr] {
                assert_eq!(strange(text), None, "{words:?}: {}", text.escape_debug());
            }
        }
    }
    Ok(())
}

/// The most memory that a process ever had, in KiB.
fn most_memory(process: &Process) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let words = line.context("a line")?.split_whitespace().next();
    Ok(words.context("a number")?.parse()?)
}

/// How much more memory lists beyond every bound may cost, in KiB.
const FLOOD_KIB: u64 = 64 * 1024;

#[test]
fn lists_beyond_every_bound_are_refused_or_cut_and_cost_no_memory() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let ticket = estate.admin(&["ticket", "device"]).expect_done().parse()?;
    let (_, agent) = runtime.block_on(enrol(&ticket, "flood", "Debian", "1"))?;
    let rows = |count: usize| Inventory {
        software: (0..count)
            .map(|number| Software {
                name: format!("p{number}"),
                version: "1".into(),
            })
            .collect(),
        ..Inventory::default()
    };
    let send =
        |report: &Inventory| runtime.block_on(agent.post::<_, ()>(path::HOST_INVENTORY, report));
    send(&rows(10))?;
    let before = most_memory(&estate.directory)?;
    let million = rows(1_000_000);
    for _ in 0..5 {
        let refused = send(&million).expect_err("a million rows");
        // Who is still sending when the answer comes may find the connection closed instead.
        let refused = refused.to_string();
        let closed = ["Broken pipe", "reset by peer"];
        let closed = closed.iter().any(|how| refused.contains(how));
        ensure!(refused.contains("too large") || closed, "{refused}");
    }
    // As many as the words of one report hold, and more than are kept.
    let many = send(&rows(9_000));
    ensure!(many.is_ok(), "{many:?}");
    let after = most_memory(&estate.directory)?;
    println!("most memory: {before} KiB before, {after} KiB after");
    ensure!(
        after < before + FLOOD_KIB,
        "{before} KiB became {after} KiB"
    );
    let shown = estate.admin(&["device", "inventory", "flood", "--json"]);
    let shown: Value = serde_json::from_str(shown.expect_done())?;
    let kept = shown.to_string().matches("\"version\":\"1\"").count();
    ensure!(kept == SOFTWARE_MOST, "{kept} rows are kept");
    // It serves on.
    estate.enroll_host("till-07", &[]);
    Ok(())
}

#[test]
fn a_viewer_shows_hostile_names_as_text() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    tell_lies(&estate)?;
    let viewer = estate.sign_in("viewer");
    for words in [
        &["devices"][..],
        &["devices", "--json"],
        &["connect", "ansi"],
    ] {
        let said = viewer.run(words);
        for text in [&said.stdout, &said.stderr] {
            assert_eq!(strange(text), None, "{words:?}: {}", text.escape_debug());
        }
    }
    // In its window.
    let folder = estate.folder().join("screen");
    fs::create_dir_all(&folder)?;
    let display = Display::virtual_one(&folder, 1024, 768)?;
    let screen = XClient::open(display.name())?;
    let mut window = Command::new(program("farpane-viewer"));
    window.arg("--data").arg(viewer.folder());
    window
        .env("DISPLAY", display.name())
        .env("FARPANE_LOG", "trace");
    let mut window = Process::start("viewer", &window, &estate.folder().join("window.log"))?;
    wait_until("the viewer's window", PAGE_WAIT, || {
        screen
            .window_titles()
            .is_ok_and(|titles| titles.contains("Farpane"))
    });
    screen.settled(PAGE_WAIT)?;
    if let Some(shots) = std::env::var_os("FARPANE_SHOTS") {
        let file = std::path::Path::new(&shots).join("viewer-lies.png");
        let mut import = Command::new("import");
        import
            .args(["-display", display.name(), "-window", "root"])
            .arg(file);
        ensure!(import.status()?.success(), "no picture");
    }
    ensure!(window.is_running(), "{}", window.log());
    for log in [window.log(), estate.relay.log(), estate.directory.log()] {
        assert_eq!(strange(&log), None, "{}", log.escape_debug());
    }
    Ok(())
}
