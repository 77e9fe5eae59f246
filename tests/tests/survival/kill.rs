//! `kill -9` at any moment of enrolling, granting, removing and changing roles.

use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::READY_WAIT;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rustix::process::Signal;

use super::scene::{Base, Live, enroll, key, operator};
use super::work::{Told, work, wrongs};

/// Between the first request and the kill: any moment of the first few dozen acts.
const KILL_WITHIN: Duration = Duration::from_millis(1500);

async fn round(base: &Base, seed: u64) -> Result<usize> {
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
    let wrong = wrongs(&data, &told, &told.until(0));
    assert!(wrong.is_empty(), "seed {seed}, after {after:?}: {wrong:#?}");

    // It goes on: a ticket for one device enrols one.
    let live = Live::start(&data, base.pin, None)?;
    let ticket = operator(&data, &["ticket", "device"]);
    let ticket = ticket.expect_done();
    enroll(&live.client, ticket, &key()).await?;
    let again = enroll(&live.client, ticket, &key()).await;
    assert!(again.is_err(), "seed {seed}: a ticket worked twice");
    Ok(told.count())
}

async fn rounds(seeds: std::ops::Range<u64>) -> Result<()> {
    let base = Base::make().await?;
    let runs = seeds.end - seeds.start;
    let mut told = 0;
    for seed in seeds {
        told += round(&base, seed).await?;
    }
    println!("{runs} kills, {told} things that had been told held");
    assert!(told > 0, "nothing was done before the kills");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_holds_after_a_kill() -> Result<()> {
    rounds(0..5).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a quarter of an hour"]
async fn what_was_told_holds_after_two_hundred_kills() -> Result<()> {
    rounds(1000..1200).await
}
