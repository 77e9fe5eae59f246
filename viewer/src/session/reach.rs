//! The way to a device: ask the directory, meet at the relay, connect end to end.

use farpane_protocol::api::{SessionGranted, SessionRequest, path};
use farpane_protocol::ids::ChannelId;
use farpane_transport::relay_link::{LinkEvent, LinkEvents, RelayLink};
use farpane_transport::session::Session;

use super::ending::Ending;
use super::net::Plan;

/// A session's connection, which holds the one to the relay, and the relay's word about it.
pub(super) struct Reached {
    pub(super) session: Session,
    pub(super) events: LinkEvents,
    pub(super) channel: ChannelId,
}

/// Asks the directory for leave.
pub(super) async fn ask(plan: &Plan) -> Result<SessionGranted, Ending> {
    let request = SessionRequest {
        device: plan.device,
        scopes: plan.scopes,
        also: plan.also,
        reason: plan.reason.clone(),
    };
    Ok(plan.agent.post(path::SESSIONS, &request).await?)
}

/// Connects to the device that was granted.
pub(super) async fn reach(plan: &Plan, granted: &SessionGranted) -> Result<Reached, Ending> {
    let relay = &granted.relay.name;
    let failed = |error| Ending::from_link(&error, relay);
    let connected = RelayLink::connect(&granted.relay, &plan.key).await;
    let (link, mut events) = connected.map_err(failed)?;
    let ticket = granted.relay_ticket.clone();
    let channel = granted.channel;
    let leg = link.open_leg(ticket, channel).await.map_err(failed)?;
    let session = tokio::select! {
        connected = leg.connect(&plan.key, granted.device_key) => connected.map_err(failed)?,
        ending = leg_closed(&mut events, channel, relay) => return Err(ending),
    };
    Ok(Reached {
        session,
        events,
        channel,
    })
}

/// Waits until the relay says that the leg is gone; a lost relay shows as silence elsewhere.
async fn leg_closed(events: &mut LinkEvents, channel: ChannelId, relay: &str) -> Ending {
    loop {
        match events.next().await {
            LinkEvent::LegClosed(closed, reason) if closed == channel => {
                return Ending::from_refusal(reason, relay, "");
            }
            LinkEvent::Lost => std::future::pending().await,
            LinkEvent::LegClosed(..) | LinkEvent::LegJoined(_) | LinkEvent::Deliver(_) => {}
        }
    }
}
