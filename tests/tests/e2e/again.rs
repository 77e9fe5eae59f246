//! Sessions that were given up, or are over, take no room from the next one.

use anyhow::Result;
use farpane_protocol::api::SessionGranted;
use farpane_protocol::wire::message::Message;
use farpane_tests::rig::display::Display;
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::outlaw::{Foot, Outlaw};

use super::refusals::wait_for_grant;
use super::task_turn;

/// More than may be open at a device at once.
const OFTEN: usize = 7;

/// A session that waits for its person.
async fn begin(outlaw: &Outlaw, granted: &SessionGranted) -> Result<Foot> {
    let mut foot = outlaw.go(granted).await?;
    foot.present(&granted.grant).await?;
    foot.hear_until(|message| matches!(message, Message::Waiting(_)))
        .await?;
    Ok(foot)
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_to_which_nobody_came_leave_room_for_the_next() -> Result<()> {
    let _turn = task_turn().await;
    let estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let viewer = estate.sign_in("viewer");
    let host = estate.enroll_host("till-61", &[]);
    let _running = host.start(screen.name(), &viewer)?;
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-61").await?;
    for _ in 0..OFTEN {
        let granted = wait_for_grant(&outlaw, device).await;
        outlaw.end(&granted).await?;
    }
    let granted = wait_for_grant(&outlaw, device).await;
    begin(&outlaw, &granted).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goodbye_that_nobody_hears_holds_nobody_up() -> Result<()> {
    let _turn = task_turn().await;
    let estate = Estate::start()?;
    let screen = Display::virtual_one(estate.folder(), 640, 480)?;
    let viewer = estate.sign_in("viewer");
    let host = estate.enroll_host("till-62", &[]);
    let _running = host.start(screen.name(), &viewer)?;
    let outlaw = Outlaw::as_viewer(&estate, &viewer)?;
    let device = outlaw.device("till-62").await?;
    for _ in 0..OFTEN {
        let granted = wait_for_grant(&outlaw, device).await;
        begin(&outlaw, &granted).await?.vanish().await;
        outlaw.end(&granted).await?;
    }
    Ok(())
}
