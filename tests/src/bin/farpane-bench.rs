//! `farpane-bench`: runs a benchmark and prints its figures, as text or as JSON.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};
use farpane_tests::bench::road::Road;
use farpane_tests::bench::{directory, latency, link, peers, picture, soak, still};
use serde_json::{Value, json};

/// Benchmarks of the whole product. Start it with `cargo xtask bench`.
#[derive(Debug, Parser)]
struct Cli {
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    /// How often the whole benchmark is run
    #[arg(long, global = true, default_value_t = 1)]
    runs: usize,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// From a key to its picture
    Latency {
        /// Keys per run
        #[arg(long, default_value_t = 100)]
        keys: usize,
    },
    /// Pictures per second, bytes and processor time
    Picture {
        /// Seconds per workload
        #[arg(long, default_value_t = 15)]
        seconds: u64,
    },
    /// Narrow, shrinking and lossy lines
    Link {
        /// Seconds of film on each line
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Drops of the rate from 20 to 4 Mbit/s
        #[arg(long, default_value_t = 5)]
        drops: u32,
        /// Keys per share of lost packets
        #[arg(long, default_value_t = 300)]
        keys: usize,
        /// Only this part (cap, cap-far, drop, typing, lossy, bursts, jitter, reorder); may be
        /// given several times
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// One more option for `farpane-host run`; may be given several times
        #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
        host: Vec<String>,
    },
    /// From a screen's last change until the viewer shows it exactly
    Still {
        /// Rounds of each case
        #[arg(long, default_value_t = 30)]
        rounds: usize,
        /// What is between the device and the technician
        #[arg(long, value_enum, default_value_t = Road::Good)]
        line: Road,
    },
    /// Hours of mixed work over bad lines: what grows, and whether the picture is exact
    Soak {
        /// How long
        #[arg(long, default_value_t = 120)]
        minutes: u64,
        /// How long each phase works before the screen is quiet
        #[arg(long, value_name = "SECONDS", default_value_t = 20)]
        phase: u64,
        /// Chance: the same seed draws the same phases
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Write the report so far, logs and pictures that differ into this folder
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// The same work with other remote desktop programs
    Peers {
        /// Seconds per workload
        #[arg(long, default_value_t = 8)]
        seconds: u64,
        /// Keys per load
        #[arg(long, default_value_t = 40)]
        keys: usize,
        /// Only this one; may be given several times
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// Caps the line, in Mbit/s
        #[arg(long, value_name = "MBIT", value_parser = clap::value_parser!(u32).range(1..))]
        cap: Option<u32>,
    },
    /// Searches, import, memory and pages of a directory with many devices
    Directory {
        /// Devices in the catalogue
        #[arg(long, default_value_t = 1_000_000)]
        devices: usize,
        /// Warm searches per kind
        #[arg(long, default_value_t = 300)]
        samples: usize,
        /// Cold searches per kind
        #[arg(long, default_value_t = 20)]
        cold: usize,
        /// Keep the catalogue in this folder, and use it again if it is filled
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Only kinds of search whose name contains this
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
        /// Name searches that take longer than so many milliseconds
        #[arg(long, value_name = "MS")]
        slow: Option<f64>,
        /// Leave out the import
        #[arg(long)]
        no_import: bool,
        /// Leave out the pages of a serving directory
        #[arg(long)]
        no_serve: bool,
        /// Measure the MeshCentral that `npm install meshcentral` put into this folder, too
        #[arg(long, value_name = "DIR")]
        meshcentral: Option<PathBuf>,
    },
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    if matches!(cli.what, What::Peers { .. })
        && let Some(status) = peers::in_namespace()?
    {
        std::process::exit(status.code().unwrap_or(1));
    }
    let mut runs = Vec::new();
    for _ in 0..cli.runs.max(1) {
        runs.push(match &cli.what {
            What::Latency { keys } => latency::run(*keys)?,
            What::Picture { seconds } => picture::run(Duration::from_secs(*seconds))?,
            What::Link {
                seconds,
                drops,
                keys,
                only,
                host,
            } => link::run(&link::Options {
                span: Duration::from_secs(*seconds),
                drops: *drops,
                keys: *keys,
                only: only.clone(),
                host: host.clone(),
            })?,
            What::Still { rounds, line } => still::run(*rounds, *line)?,
            What::Soak {
                minutes,
                phase,
                seed,
                folder,
            } => soak::run(&soak::Options {
                span: Duration::from_secs(minutes * 60),
                phase: Duration::from_secs(*phase),
                seed: *seed,
                keep: folder.clone(),
            })?,
            What::Peers {
                seconds,
                keys,
                only,
                cap,
            } => peers::run(&peers::Options {
                span: Duration::from_secs(*seconds),
                keys: *keys,
                only: only.clone(),
                mbit: *cap,
            })?,
            What::Directory {
                devices,
                samples,
                cold,
                folder,
                only,
                slow,
                no_import,
                no_serve,
                meshcentral,
            } => directory::run(&directory::Options {
                devices: *devices,
                samples: *samples,
                cold: *cold,
                folder: folder.clone(),
                only: only.clone(),
                slow: *slow,
                import: !no_import,
                serve: !no_serve,
                meshcentral: meshcentral.clone(),
            })?,
        });
    }
    let report = json!({ "machine": machine(), "runs": runs });
    if cli.json {
        println!("{report}");
        return judge(&cli.what, &runs);
    }
    println!("{report:#}");
    match &cli.what {
        What::Directory { .. } => {
            for run in &runs {
                println!("\n{}", directory::table::markdown(run));
            }
        }
        What::Peers { .. } => println!("\n{}", peers::table::markdown(&runs)),
        What::Soak { .. } => {
            for run in &runs {
                println!("\n{}", soak::table::markdown(run));
            }
        }
        What::Latency { .. } | What::Picture { .. } | What::Still { .. } | What::Link { .. } => {}
    }
    judge(&cli.what, &runs)
}

/// Fails where a run that has a right outcome did not have it; figures alone fail nothing.
fn judge(what: &What, runs: &[Value]) -> Result<()> {
    match what {
        What::Soak { .. } => runs.iter().try_for_each(soak::verdict::judge),
        What::Latency { .. }
        | What::Picture { .. }
        | What::Link { .. }
        | What::Still { .. }
        | What::Peers { .. }
        | What::Directory { .. } => Ok(()),
    }
}

/// What it ran on.
fn machine() -> Value {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|l| l.strip_prefix("model name")?.split_once(": "));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    json!({
        "processor": model.map(|(_, name)| name),
        "cores": std::thread::available_parallelism().map(usize::from).ok(),
        "load_before": load.split(' ').next(),
    })
}
