//! The power goes at any moment: what was not synced is gone, or half of it is.

use std::time::Duration;

use anyhow::Result;
use farpane_test_disk::record::{Done, Operation};
use farpane_tests::rig::disk::{Recorder, Unsynced, image};
use farpane_tests::rig::estate::READY_WAIT;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rustix::process::Signal;

use super::check::{wrongs, wrongs_of};
use super::scene::{Base, Live};
use super::told::{Census, Told};
use super::work::work;

/// How long people work before the power goes.
const WORK: Duration = Duration::from_secs(3);

/// One stretch of work on a disk that records.
struct Worked {
    base: Base,
    data: std::path::PathBuf,
    recorder: Recorder,
    told: Told,
}

async fn worked(seed: u64) -> Result<Worked> {
    let base = Base::make().await?;
    let data = base.copy("recorded")?;
    let recorder = Recorder::of(&data);
    let told = Told::default();
    let live = Live::start(&data, base.pin, Some(&recorder))?;
    let stream = base.present(&live).await?;
    let mut dice = StdRng::seed_from_u64(seed);
    let stop = async {
        tokio::time::sleep(WORK).await;
        live.process.signal(Signal::KILL);
        told.stop();
    };
    tokio::join!(
        stop,
        work(&base, &live, &data, Some(&recorder), &told, &mut dice)
    );
    drop(stream);
    let mut process = live.process;
    process.expect_end(READY_WAIT);
    Ok(Worked {
        base,
        data,
        recorder,
        told,
    })
}

impl Worked {
    /// What is wrong when the power goes at this length of the log.
    async fn cut(
        &self,
        name: &str,
        operations: &[Operation],
        length: u64,
        unsynced: Unsynced,
    ) -> Result<Vec<String>> {
        let into = self.base.place(name);
        image(&self.base.data(), &self.data, operations, unsynced, &into)?;
        let facts = self.told.until(length);
        let mut wrongs = wrongs(&into, &self.told, &facts);
        if wrongs.is_empty() {
            let live = Live::start(&into, self.base.pin, None)?;
            wrongs = wrongs_of(&self.base, &live, &self.told, &facts).await?;
        }
        std::fs::remove_dir_all(into)?;
        Ok(wrongs)
    }
}

async fn cuts(seed: u64, count: u64, census: &mut Census) -> Result<()> {
    let worked = worked(seed).await?;
    let mut dice = StdRng::seed_from_u64(seed);
    let end = worked.recorder.length();
    for n in 0..count {
        // Just after something was told, where a lost write would show, or anywhere.
        let told = worked.told.lengths();
        let length = match dice.random_range(0..2) {
            0 if !told.is_empty() => told[dice.random_range(0..told.len())],
            _ => dice.random_range(0..=end),
        };
        let unsynced = match n % 2 {
            0 => Unsynced::Lost,
            _ => Unsynced::Torn(dice.random()),
        };
        let operations = worked.recorder.operations(length)?;
        let name = format!("cut-{n}");
        let wrongs = worked.cut(&name, &operations, length, unsynced).await?;
        assert!(
            wrongs.is_empty(),
            "seed {seed}, cut {n} at {length} of {end}, {unsynced:?}: {wrongs:#?}"
        );
        census.count(&worked.told.until(length));
    }
    let held = census.total();
    println!(
        "{count} cuts, {held} things that had been told held: {}",
        census.lines()
    );
    assert!(held > 0, "nothing had been told");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_holds_when_the_power_goes() -> Result<()> {
    cuts(1, 6, &mut Census::default()).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "several minutes"]
async fn what_was_told_holds_when_the_power_goes_two_hundred_times() -> Result<()> {
    let mut census = Census::default();
    for seed in 100..105 {
        cuts(seed, 40, &mut census).await?;
    }
    assert_eq!(
        census.missing(),
        Vec::<&str>::new(),
        "never came to be told"
    );
    Ok(())
}

/// The proof that these tests could fail: a disk that is never told to sync loses what was told.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_sync_would_lose_what_was_told() -> Result<()> {
    let worked = worked(2).await?;
    let end = worked.recorder.length();
    let operations = worked.recorder.operations(end)?;
    let synced = |operation: &Operation| operation.done == Done::Synced;
    assert!(operations.iter().any(synced));
    let unsynced: Vec<_> = operations
        .into_iter()
        .filter(|done| !synced(done))
        .collect();
    let wrongs = worked
        .cut("unsynced", &unsynced, end, Unsynced::Lost)
        .await?;
    let lost = wrongs
        .iter()
        .filter(|wrong| wrong.contains("was told and is not so"));
    assert!(lost.count() > 0, "{wrongs:#?}");
    Ok(())
}
