//! `kill -9` at any moment of enrolling, granting, removing and changing roles.

use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::READY_WAIT;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rustix::process::Signal;

use super::check::{wrongs, wrongs_of};
use super::scene::{Base, Live, enroll, key, operator};
use super::told::{Census, Told};
use super::work::work;

/// Between the first request and the kill: any moment of the first few dozen acts.
const KILL_WITHIN: Duration = Duration::from_millis(2000);

async fn round(base: &Base, seed: u64, census: &mut Census) -> Result<()> {
    let mut dice = StdRng::seed_from_u64(seed);
    let data = base.copy(&format!("killed-{seed}"))?;
    let told = Told::default();
    let live = Live::start(&data, base.pin, None)?;
    let stream = base.present(&live).await?;
    let after = KILL_WITHIN.mul_f64(dice.random());
    let kill = async {
        tokio::time::sleep(after).await;
        live.process.signal(Signal::KILL);
        told.stop();
    };
    tokio::join!(kill, work(base, &live, &data, None, &told, &mut dice));
    drop(stream);
    let mut process = live.process;
    process.expect_end(READY_WAIT);
    let facts = told.until(0);
    let wrong = wrongs(&data, &told, &facts);
    assert!(wrong.is_empty(), "seed {seed}, after {after:?}: {wrong:#?}");

    // It goes on: what worked works no second time, and a ticket for one device enrols one.
    let live = Live::start(&data, base.pin, None)?;
    let wrong = wrongs_of(base, &live, &told, &facts).await?;
    assert!(wrong.is_empty(), "seed {seed}, after {after:?}: {wrong:#?}");
    census.count(&facts);
    let signing = operator(&data, &["key", "list"]);
    assert!(signing.expect_done().contains("signs"), "seed {seed}");
    let ticket = operator(&data, &["ticket", "device"]);
    let ticket = ticket.expect_done();
    enroll(&live.client, ticket, &key()).await?;
    let again = enroll(&live.client, ticket, &key()).await;
    assert!(again.is_err(), "seed {seed}: a ticket worked twice");
    std::fs::remove_dir_all(data)?;
    Ok(())
}

async fn rounds(seeds: std::ops::Range<u64>) -> Result<Census> {
    let base = Base::make().await?;
    let runs = seeds.end - seeds.start;
    let mut census = Census::default();
    for seed in seeds {
        round(&base, seed, &mut census).await?;
    }
    let held = census.total();
    println!(
        "{runs} kills, {held} things that had been told held: {}",
        census.lines()
    );
    assert!(held > 0, "nothing was done before the kills");
    Ok(census)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_holds_after_a_kill() -> Result<()> {
    rounds(0..5).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a quarter of an hour"]
async fn what_was_told_holds_after_two_hundred_kills() -> Result<()> {
    let census = rounds(1000..1200).await?;
    assert_eq!(
        census.missing(),
        Vec::<&str>::new(),
        "never came to be told"
    );
    Ok(())
}
