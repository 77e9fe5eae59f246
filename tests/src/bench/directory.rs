//! The directory with a million devices: how long searches take, warm and cold, how long an import
//! takes, how much memory a serving directory needs, how quick its pages are.

mod ask;
mod fill;
mod meshcentral;
mod serve;
pub mod table;
mod viewers;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use farpane_directory::app::Core;
use farpane_directory::app::caller::Caller;
use farpane_directory::app::csv::import::Leniency;
use farpane_directory::clock::Clock;
use farpane_directory::store::sqlite::SqliteStore;
use farpane_directory::store::{Installation as _, Store};
use serde_json::{Value, json};

use super::quantile;
use crate::rig::process::{program, run as run_program};

/// Rows of the import that is timed.
const IMPORT_ROWS: usize = 100_000;

/// What is measured.
pub struct Options {
    /// Devices in the catalogue.
    pub devices: usize,
    /// Warm searches per kind.
    pub samples: usize,
    /// Cold searches per kind: each begins with an emptied page cache, which slows the whole
    /// machine.
    pub cold: usize,
    /// A folder that is kept, and used again if it is filled already.
    pub folder: Option<PathBuf>,
    /// Only kinds of search whose name contains this.
    pub only: Option<String>,
    /// Searches that take longer than so many milliseconds are named on the error output.
    pub slow: Option<f64>,
    /// Whether an import is timed; it leaves its rows in a folder that is kept.
    pub import: bool,
    /// Whether pages of a serving directory are timed.
    pub serve: bool,
    /// A folder with an installed MeshCentral, measured beside us.
    pub meshcentral: Option<PathBuf>,
}

impl Options {
    fn wants(&self, kind: &str) -> bool {
        self.only.as_ref().is_none_or(|only| kind.contains(only))
    }
}

/// Fills a directory and measures it; times in milliseconds.
pub fn run(options: &Options) -> Result<Value> {
    let scratch = tempfile::Builder::new().prefix("fp").tempdir()?;
    let folder = match &options.folder {
        Some(folder) => folder.clone(),
        None => scratch.path().to_path_buf(),
    };
    let data = folder.join("directory");
    if !data.join("directory.db").exists() {
        init(&folder, &data)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let database = data.join("directory.db");
    let mut report = runtime.block_on(in_process(&database, options))?;
    // What changes the catalogue works on a copy, so that a folder that is kept stays as it is.
    let copy = folder.join("changed");
    if copy.exists() {
        std::fs::remove_dir_all(&copy)?;
    }
    std::fs::create_dir(&copy)?;
    for file in std::fs::read_dir(&data)? {
        let file = file?;
        if file.file_type()?.is_file() {
            std::fs::copy(file.path(), copy.join(file.file_name()))?;
        }
    }
    if options.serve {
        report["served"] = runtime.block_on(serve::measure(&folder, &copy, options.samples))?;
    }
    if options.import {
        let import = runtime.block_on(import(&copy.join("directory.db"), options.devices))?;
        report["import"] = import;
    }
    std::fs::remove_dir_all(&copy)?;
    if let Some(install) = &options.meshcentral {
        report["meshcentral"] = meshcentral::measure(install, scratch.path())?;
    }
    Ok(report)
}

fn init(folder: &Path, data: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let password = folder.join("password");
    std::fs::write(&password, serve::PASSWORD)?;
    let mut init = Command::new(program("farpane-directory"));
    init.arg("--data").arg(data);
    init.args(["init", "--admin", serve::ADMIN, "--org", "Acme MSP"]);
    init.args(["--name", "Anna Berg", "--password-file"])
        .arg(password);
    run_program(init).expect_done();
    Ok(())
}

async fn open(database: &Path) -> Result<(SqliteStore, Caller)> {
    let store = SqliteStore::open(database).await?;
    let org = store.org().await?.context("an organisation")?;
    let core = Core {
        store: Arc::new(store.clone()) as Arc<dyn Store>,
        clock: Clock::wall(),
        org,
    };
    Ok((store, Caller::operator(core)))
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn figures(mut took: Vec<f64>) -> Value {
    took.sort_by(f64::total_cmp);
    json!({
        "samples": took.len(),
        "p50_ms": quantile(&took, 0.5),
        "p99_ms": quantile(&took, 0.99),
        "max_ms": took.last(),
    })
}

async fn in_process(database: &Path, options: &Options) -> Result<Value> {
    let (store, caller) = open(database).await?;
    let filled = fill::fill(&caller, options.devices).await?;
    store.close().await;
    let size = std::fs::metadata(database)?.len();

    let (store, caller) = open(database).await?;
    let viewers = viewers::viewers(&caller).await?;
    let mut asked = Vec::new();
    for viewer in viewers {
        let kinds = ask::kinds(&viewer.of(&caller), viewer.small).await?;
        asked.push((viewer, kinds));
    }
    let mut searches = serde_json::Map::new();
    for (viewer, kinds) in &asked {
        let caller = viewer.of(&caller);
        let mut of = serde_json::Map::new();
        for kind in kinds.iter().filter(|kind| options.wants(kind.name)) {
            let warm = ask_many(&caller, kind, 11, options.samples, options.slow).await?;
            of.insert(kind.name.to_owned(), json!({ "warm": warm }));
        }
        searches.insert(viewer.name.to_owned(), of.into());
    }
    store.close().await;

    let mut how = "";
    for (viewer, kinds) in &asked {
        for kind in kinds.iter().filter(|kind| options.wants(kind.name)) {
            let mut dice = fill::Dice::new(13);
            let mut took = Vec::new();
            for n in 0..options.cold {
                how = forget_pages(database)?;
                let (store, caller) = open(database).await?;
                let caller = viewer.of(&caller);
                let ask = kind.ask(&mut dice, n);
                let begun = Instant::now();
                caller.find(&ask).await?;
                took.push(milliseconds(begun));
                store.close().await;
            }
            searches[viewer.name][kind.name]["cold"] = figures(took);
        }
    }

    // As a server starts on a machine that was just switched on: warmed, then asked.
    let mut warming = Vec::new();
    for (viewer, kinds) in &asked {
        for kind in kinds.iter().filter(|kind| options.wants(kind.name)) {
            if options.cold == 0 {
                continue;
            }
            forget_pages(database)?;
            let (store, caller) = open(database).await?;
            let begun = Instant::now();
            store.warm(|| false).await;
            warming.push(milliseconds(begun));
            let caller = viewer.of(&caller);
            let started = ask_many(&caller, kind, 13, options.cold, options.slow).await?;
            searches[viewer.name][kind.name]["started"] = started;
            store.close().await;
        }
    }

    Ok(json!({
        "devices": options.devices,
        "customers": fill::CUSTOMERS,
        "filled_in_seconds": filled,
        "database_mb": size / 1_000_000,
        "cold_means": how,
        "warming": figures(warming),
        "searches": searches,
    }))
}

/// Imports new devices into a filled catalogue.
async fn import(database: &Path, devices: usize) -> Result<Value> {
    let (store, caller) = open(database).await?;
    let file = fill::csv(&caller, IMPORT_ROWS.min(devices)).await?;
    let begun = Instant::now();
    let imported = caller.import(file.as_slice(), Leniency::default()).await?;
    let seconds = begun.elapsed().as_secs_f64();
    store.close().await;
    Ok(json!({ "rows": imported.devices, "bad": imported.bad, "seconds": seconds }))
}

/// Asks that many searches of a kind, one after the other.
async fn ask_many(
    caller: &Caller,
    kind: &ask::Kind,
    seed: u64,
    samples: usize,
    slow: Option<f64>,
) -> Result<Value> {
    let mut dice = fill::Dice::new(seed);
    let mut took = Vec::new();
    let mut found = 0;
    for n in 0..samples {
        let ask = kind.ask(&mut dice, n);
        let begun = Instant::now();
        found += caller.find(&ask).await?.devices.len();
        let needed = milliseconds(begun);
        if slow.is_some_and(|slow| needed > slow) {
            eprintln!("{needed:.0} ms: {} by {}", ask.query, ask.sort);
        }
        took.push(needed);
    }
    let mut figures = figures(took);
    figures["devices_per_page"] = json!(found / samples.max(1));
    Ok(figures)
}

/// Makes the next reads of a file come from the disk; says how that was done.
fn forget_pages(database: &Path) -> Result<&'static str> {
    rustix::fs::sync();
    if std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok() {
        return Ok("store opened anew after the kernel dropped all cached pages");
    }
    let file = std::fs::File::open(database)?;
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
    Ok("store opened anew after the kernel was advised to drop the database's pages")
}
