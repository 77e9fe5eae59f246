//! A real directory over the filled database: how quick its pages come over HTTPS, and how much
//! memory it holds while they do.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use farpane_protocol::api::DIRECTORY_SERVER_NAME;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};

use super::fill::Dice;
use super::{figures, milliseconds};
use crate::rig::estate::free_tcp_port;
use crate::rig::process::{Process, program, run};

pub(super) const ADMIN: &str = "anna@example.org";
pub(super) const PASSWORD: &str = "correct horse battery";

/// Longest wait for the directory to listen.
const READY: Duration = Duration::from_secs(120);

/// Kilobytes of a line of the process's status, such as `VmRSS`.
fn kilobytes(process: &Process, line: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let line = status.lines().find_map(|found| found.strip_prefix(line))?;
    line.trim_start_matches(':')
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

/// Serves and asks; pages in milliseconds, memory in megabytes.
pub(super) async fn measure(folder: &Path, data: &Path, samples: usize) -> Result<Value> {
    let port = free_tcp_port()?;
    let mut serve = Command::new(program("farpane-directory"));
    serve.arg("--data").arg(data).arg("serve");
    serve.args(["--listen", &format!("127.0.0.1:{port}")]);
    serve.args(["--url", &format!("https://localhost:{port}")]);
    let mut server = Process::start("directory", &serve, &folder.join("directory.log"))?;
    server.expect_line("listening", READY);
    let mut info = Command::new(program("farpane-directory"));
    info.arg("--data").arg(data).args(["info", "--json"]);
    let info: Value = serde_json::from_str(run(info).expect_done())?;
    let pin = info["fingerprint"].as_str().context("a fingerprint")?;
    farpane_certs::install_provider();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(farpane_certs::directory::pinned_client(pin.parse()?))
        .resolve(DIRECTORY_SERVER_NAME, ([127, 0, 0, 1], port).into())
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let url = |path: &str| format!("https://{DIRECTORY_SERVER_NAME}:{port}{path}");
    let fields = format!("email={ADMIN}&password={}", PASSWORD.replace(' ', "+"));
    let signed_in = client
        .post(url("/sign-in"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(fields)
        .send()
        .await?;
    let cookie = signed_in.headers().get(SET_COOKIE).context("a cookie")?;
    let cookie = cookie
        .to_str()?
        .split(';')
        .next()
        .unwrap_or_default()
        .to_owned();

    let mut dice = Dice::new(19);
    let mut took = Vec::new();
    let mut resident = 0;
    for n in 0..samples {
        let query = match n % 6 {
            0 => String::new(),
            1 => format!("till-{:03}", dice.below(1000)),
            2 => "os%3Awindows+online%3Ano".to_owned(),
            3 => "tag%3Avip".to_owned(),
            4 => "customer%3Aoslo".to_owned(),
            _ => format!("field.asset%3Aa{:04}", dice.below(10_000)),
        };
        let begun = Instant::now();
        let page = client
            .get(url(&format!("/devices?q={query}")))
            .header(COOKIE, &cookie)
            .send()
            .await?;
        ensure!(page.status().is_success(), "{query}: {}", page.status());
        page.text().await?;
        took.push(milliseconds(begun));
        resident = resident.max(kilobytes(&server, "VmRSS").unwrap_or(0));
    }
    let peak = kilobytes(&server, "VmHWM").unwrap_or(0);
    Ok(json!({
        "console_page": figures(took),
        "resident_mb": resident / 1000,
        "peak_resident_mb": peak / 1000,
    }))
}
