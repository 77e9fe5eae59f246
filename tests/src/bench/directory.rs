//! The directory with a million devices: how long searches take, warm and cold, how long an import
//! takes, how much memory a serving directory needs, how quick its pages are.

mod ask;
mod fill;
mod serve;

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

/// Cold searches per kind: each begins with an emptied page cache, which slows the whole machine.
const COLD: usize = 20;

/// What is measured.
pub struct Options {
    /// Devices in the catalogue.
    pub devices: usize,
    /// Warm searches per kind.
    pub samples: usize,
    /// A folder that is kept, and used again if it is filled already.
    pub folder: Option<PathBuf>,
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
    report["served"] = runtime.block_on(serve::measure(&folder, &data, options.samples))?;
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
    let kinds = ask::kinds(&caller).await?;
    let mut searches = serde_json::Map::new();
    for kind in &kinds {
        let mut dice = fill::Dice::new(11);
        let mut took = Vec::new();
        let mut found = 0;
        for n in 0..options.samples {
            let ask = kind.ask(&mut dice, n);
            let begun = Instant::now();
            found += caller.find(&ask).await?.devices.len();
            took.push(milliseconds(begun));
        }
        let mut figures = figures(took);
        figures["devices_per_page"] = json!(found / options.samples.max(1));
        searches.insert(kind.name.to_owned(), json!({ "warm": figures }));
    }
    store.close().await;

    let mut how = "";
    for kind in &kinds {
        let mut dice = fill::Dice::new(13);
        let mut took = Vec::new();
        for n in 0..COLD.min(options.samples) {
            how = forget_pages(database)?;
            let (store, caller) = open(database).await?;
            let ask = kind.ask(&mut dice, n);
            let begun = Instant::now();
            caller.find(&ask).await?;
            took.push(milliseconds(begun));
            store.close().await;
        }
        searches[kind.name]["cold"] = figures(took);
    }

    let (store, caller) = open(database).await?;
    let file = fill::csv(&caller, IMPORT_ROWS.min(options.devices)).await?;
    let begun = Instant::now();
    let imported = caller.import(file.as_slice(), Leniency::default()).await?;
    let import = json!({
        "rows": imported.devices,
        "bad": imported.bad,
        "seconds": begun.elapsed().as_secs_f64(),
    });
    store.close().await;
    Ok(json!({
        "devices": options.devices,
        "customers": fill::CUSTOMERS,
        "filled_in_seconds": filled,
        "database_mb": size / 1_000_000,
        "cold_means": how,
        "searches": searches,
        "import": import,
    }))
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
