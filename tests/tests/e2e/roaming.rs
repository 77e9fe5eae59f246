//! Both sides at other addresses from one moment to the next, as behind routers that were restarted.

use std::net::UdpSocket;
use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::proxy::{Conditions, Proxy};
use farpane_tests::rig::room::{HEIGHT, Room, WIDTH};
use farpane_tests::rig::wait_until;

use super::turn;

const STEP: Duration = Duration::from_secs(20);

/// Beats of the viewer, one a second, in which a session that lost contact would say so.
const BEATS: usize = 4;

#[test]
fn a_session_at_rest_goes_on_from_another_address_before_it_seems_lost() -> Result<()> {
    let _turn = turn();
    let front = UdpSocket::bind("127.0.0.1:0")?;
    let public = front.local_addr()?.to_string();
    let estate = Estate::start_with_relay_options(&["--public", &public])?;
    let relay = estate.relay_address().parse()?;
    let line = Proxy::start(front, relay, Conditions::default(), 0xfa4)?;
    let room = Room::without_a_person(estate.folder())?;
    let host = estate.enroll_host("till-32", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(room.device_display(), &viewer)?;
    let mut session = viewer.connect("till-32", room.technician_display(), &["--fullscreen"])?;
    session.expect_step("live", STEP);
    for colour in [0x0012_3456, 0x0065_4321, 0x0021_4365] {
        room.device.cover(colour)?;
        wait_until("the picture of what is there now", STEP, || {
            let shot = room.technician.shot();
            shot.is_ok_and(|shot| shot.at(WIDTH / 2, HEIGHT / 2) == colour)
        });
        room.technician.settled(STEP)?;
        let beats = session.count("traffic");
        line.rebind();
        wait_until("some beats from the new address", STEP, || {
            session.count("traffic") >= beats + BEATS
        });
        assert_eq!(session.count_step("lost"), 0);
    }
    Ok(())
}
