//! The directory's disk, a really small one, is full under a live session: nothing begins, what
//! runs goes on, its end is not lost, and everything goes on by itself when there is room.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_tests::rig::browser::trust;
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD, READY_WAIT};
use farpane_tests::rig::outlaw::Outlaw;
use farpane_tests::rig::process::run;
use farpane_tests::rig::room::Room;
use farpane_tests::rig::wait_until;
use farpane_transport::directory::DirectoryError;
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use rustix::process::Signal;
use tokio::runtime::Runtime;

use super::turn;

const STEP: Duration = Duration::from_secs(30);

/// Says that the test is inside its own view of the file systems.
const INSIDE: &str = "FARPANE_TEST_SMALL_DISK";

/// The small disk.
const SIZE: &str = "size=40m";

/// Runs this test again where it may mount a disk that nobody else sees.
fn inside() -> Result<()> {
    let mut again = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        again.arg("--map-root-user");
    }
    again.arg("--mount").arg(std::env::current_exe()?);
    again.args(["--exact", "--nocapture"]);
    again.arg("e2e::full::a_full_disk_stops_beginnings_and_nothing_else");
    again.env(INSIDE, "1");
    let ended = run(again);
    assert_eq!(ended.code, 0, "{}\n{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("1 passed"), "{}", ended.stdout);
    Ok(())
}

/// Puts the directory's folder on a small disk.
fn shrink(estate: &mut Estate) -> Result<()> {
    estate.directory.signal(Signal::TERM);
    estate.directory.expect_end(READY_WAIT);
    let folder = estate.folder().join("directory");
    let aside = folder.with_extension("aside");
    fs::rename(&folder, &aside)?;
    fs::create_dir(&folder)?;
    let mut mount = Command::new("mount");
    mount
        .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
        .arg(&folder);
    run(mount).expect_done();
    for entry in fs::read_dir(&aside)? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join(entry.file_name()))?;
    }
    estate.restart_directory()
}

/// Writes until nothing more goes in.
fn fill(path: &Path) -> Result<()> {
    let mut file = File::create(path)?;
    let block = [0u8; 4096];
    while file.write_all(&block).is_ok() {}
    Ok(())
}

/// A browser that is signed in, and what load balancers ask.
struct Door {
    runtime: Runtime,
    client: Client,
    url: String,
    cookie: String,
}

impl Door {
    fn open(estate: &Estate) -> Result<Self> {
        farpane_certs::install_provider();
        let runtime = Runtime::new()?;
        let client = trust::client(&estate.folder().join("directory"))?;
        let url = estate.url().to_owned();
        let fields = format!("email={ADMIN}&password={}", PASSWORD.replace(' ', "+"));
        let sign_in = client
            .post(format!("{url}/sign-in"))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(fields.replace('@', "%40"));
        let answer = runtime.block_on(sign_in.send())?;
        let cookie = answer.headers().get(SET_COOKIE).context("a cookie")?;
        let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
        let cookie = cookie.to_owned();
        Ok(Self {
            runtime,
            client,
            url,
            cookie,
        })
    }

    fn get(&self, path: &str) -> Result<(u16, String)> {
        let asked = self.client.get(format!("{}{path}", self.url));
        let asked = asked.header(COOKIE, &self.cookie);
        self.runtime.block_on(async {
            let answer = asked.send().await?;
            Ok((answer.status().as_u16(), answer.text().await?))
        })
    }
}

#[test]
fn a_full_disk_stops_beginnings_and_nothing_else() -> Result<()> {
    if std::env::var_os(INSIDE).is_none() {
        let _turn = turn();
        return inside();
    }
    let mut estate = Estate::start()?;
    shrink(&mut estate)?;
    let room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-71", &["--unattended"]);
    let other = estate.enroll_host("till-72", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let _other = other.start("headless", &viewer)?;
    let door = Door::open(&estate)?;
    assert_eq!(door.get("/readyz")?.0, 200);
    let mut session = viewer.connect("till-71", room.technician_display(), &[])?;
    session.expect_step("live", STEP);

    let fill_file = estate.folder().join("directory/fill");
    fill(&fill_file)?;
    wait_until("the directory to notice", STEP, || {
        let ready = door.get("/readyz");
        ready.is_ok_and(|(status, text)| status == 503 && text.contains("\"full\""))
    });
    let (_, page) = door.get("/")?;
    assert!(page.contains("server is full"), "the console says so");
    // Nothing begins, and both ways in say why.
    let mut refused = viewer.connect("till-72", room.technician_display(), &[])?;
    assert_eq!(refused.expect_exit(STEP), 6, "{}", refused.process.log());
    let said = refused.process.log();
    assert!(said.contains("disk") && said.contains("full"), "{said}");
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let asked = door.runtime.block_on(async {
        let device = outlaw.device("till-72").await?;
        anyhow::Ok(outlaw.ask(device, ScopeSet::of(&[Scope::View])).await)
    })?;
    match asked {
        Err(DirectoryError::Problem(problem)) => {
            assert_eq!(
                (problem.kind.as_str(), problem.status),
                ("storage-full", 503)
            );
        }
        other => panic!("{other:?}"),
    }
    // What runs goes on, and its end, which cannot be recorded now, is not lost.
    assert!(session.process.is_running(), "{}", session.process.log());
    session.process.signal(Signal::TERM);
    session.expect_exit(STEP);

    fs::remove_file(fill_file)?;
    wait_until("the directory to go on by itself", STEP, || {
        door.get("/readyz").is_ok_and(|(status, _)| status == 200)
    });
    wait_until("the end of the session in the record", STEP, || {
        let left = estate.audit("viewer_left");
        left.iter().any(|line| line.contains("host_said"))
    });
    let mut again = viewer.connect("till-71", room.technician_display(), &[])?;
    again.expect_step("live", STEP);
    estate.admin(&["audit", "verify"]).expect_done();
    estate.admin(&["db", "check"]).expect_done();
    Ok(())
}
