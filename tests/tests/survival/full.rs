//! The disk is full: no session starts, what runs goes on, and everything goes on by itself when
//! there is room.

use std::time::Duration;

use anyhow::Result;
use farpane_protocol::api::{
    HostEvent, HostFact, LeaseRequest, SessionGranted, SessionRequest, path,
};
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_tests::rig::disk::Recorder;
use farpane_tests::rig::wait_until;
use farpane_transport::directory::DirectoryError;
use rustix::process::Signal;

use super::scene::{Base, Live, operator};

/// Longer than two rounds of the directory's own looks.
const SOON: Duration = Duration::from_secs(30);

fn problem<T>(answer: Result<T, DirectoryError>) -> String {
    match answer {
        Ok(_) => "done".into(),
        Err(DirectoryError::Problem(problem)) => problem.kind,
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_starts_nothing_and_ends_nothing() -> Result<()> {
    let base = Base::make().await?;
    let data = base.copy("full")?;
    let recorder = Recorder::of(&data);
    let live = Live::start(&data, base.pin, Some(&recorder))?;
    let _stream = base.present(&live).await?;
    let viewer = live.client.agent(base.viewer.clone());
    let host = live.client.agent(base.till.0.clone());
    let request = SessionRequest {
        device: base.till.1,
        scopes: ScopeSet::of(&[Scope::View]),
        also: ScopeSet::EMPTY,
        reason: String::new(),
    };
    let granted: SessionGranted = viewer.post(path::SESSIONS, &request).await?;
    let started = HostEvent {
        session: Some(granted.session),
        grant: None,
        what: HostFact::Started {
            scopes: request.scopes,
            by_person: true,
        },
    };
    host.post::<_, ()>(path::HOST_EVENT, &started).await?;
    let before = operator(&data, &["audit", "list"]).stdout.lines().count();

    recorder.set_full(true)?;
    // The log of the database has room inside itself for some records more; then it is over.
    let mut refused = String::new();
    for _ in 0..2000 {
        refused = problem(
            viewer
                .post::<_, SessionGranted>(path::SESSIONS, &request)
                .await,
        );
        if refused == "storage-full" {
            break;
        }
    }
    assert_eq!(refused, "storage-full");
    // A lease that cannot be written is no refusal: the host goes on with the one that it has.
    let lease = LeaseRequest {
        session: granted.session,
    };
    let lease = problem(
        host.post::<_, serde_json::Value>(path::HOST_LEASE, &lease)
            .await,
    );
    assert!(
        ["storage-full", "done"].contains(&lease.as_str()),
        "{lease}"
    );
    let log = live.process.log();
    assert_eq!(log.matches("the disk is full").count(), 1, "{log}");

    recorder.set_full(false)?;
    let mut again = String::new();
    wait_until("sessions to be asked for again", SOON, || {
        let asked = viewer.post::<_, SessionGranted>(path::SESSIONS, &request);
        let asked =
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(asked));
        again = problem(asked);
        again != "storage-full"
    });
    let mut process = live.process;
    process.signal(Signal::TERM);
    process.expect_end(SOON);
    for check in [&["db", "check"][..], &["audit", "verify"]] {
        operator(&data, check).expect_done();
    }
    let after = operator(&data, &["audit", "list"]).stdout.lines().count();
    assert!(after > before);
    Ok(())
}
