//! Legs of channels: opened by ticket, closed by their peer, their connection, the other side's
//! silence or the directory; and moved to a new address once that is proven.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use farpane_protocol::ids::ChannelId;
use farpane_protocol::relay::{Leave, LegClosed, LegOpen, Refusal};

use super::channel::{Channel, Leg};
use super::{CHANNELS, Command, ConnId, LEG_WAIT, LEGS_PER_CONNECTION, Machine};
use crate::table::{Joined, LegEnd, Meter};

const WRONG_LEAVE: &str = "this ticket is not for a leg";
const ENDED: &str = "the directory ended this session";
const TOO_MANY_LEGS: &str = "this connection has as many legs as it may; close one first";
const FULL: &str = "this relay is full; try another one or wait";
const TAKEN: &str = "this side of the channel belongs to somebody else";

impl Machine {
    pub(super) fn open_leg(&mut self, now: Instant, conn: ConnId, sealed: &str) {
        let Some(ticket) = self.ticket(now, conn, sealed) else {
            return;
        };
        let (channel, side) = match ticket.leave {
            Leave::OpenLeg { channel, side } => (channel, side),
            Leave::BePresent => return self.wrong_ticket(now, conn, WRONG_LEAVE),
        };
        self.welcome(conn);
        if self.killed.contains(channel) {
            return self.refuse(conn, Refusal::Killed, ENDED);
        }
        let legs = self.peers.get(&conn).map_or(&[][..], |peer| &peer.legs);
        if legs.len() >= LEGS_PER_CONNECTION && !legs.contains(&channel) {
            return self.refuse(conn, Refusal::Busy, TOO_MANY_LEGS);
        }
        let current = self.channels.get(&channel);
        if current.is_none() && self.channels.len() >= CHANNELS {
            return self.refuse(conn, Refusal::Busy, FULL);
        }
        let mine = current.and_then(|channel| channel.leg(side));
        let held = mine.filter(|leg| leg.key == ticket.peer);
        if held.is_some_and(|leg| leg.conn == conn) {
            let joined = matches!(current, Some(Channel::Joined { .. }));
            let channel = channel.get();
            return self.say(conn, LegOpen { channel, joined });
        }
        // A new meter would let the leg send a whole burst again, as often as it is opened.
        let owner = (channel, ticket.peer);
        let meter = held
            .map(|leg| leg.meter.clone())
            .or_else(|| self.meters.find(now, owner))
            .unwrap_or_else(|| Arc::new(Meter::new(ticket.rate)));
        let leg = Leg::new(conn, ticket.peer, meter);
        let Ok(opened) = Channel::open(current, side, leg, now) else {
            return self.refuse(conn, Refusal::Taken, TAKEN);
        };
        self.channels.insert(channel, opened.channel);
        self.note_leg(conn, channel);
        if let Some(old) = opened.replaced {
            self.forget_leg(old, channel);
            self.leg_closed(old, channel, Refusal::Taken);
        }
        self.publish(channel);
        self.announce(channel, conn);
    }

    /// Tells `conn` that its leg stands, and the other leg when both do.
    fn announce(&mut self, channel: ChannelId, conn: ConnId) {
        let Some(state) = self.channels.get(&channel) else {
            return;
        };
        let joined = matches!(state, Channel::Joined { .. });
        let told: Vec<_> = state
            .legs()
            .map(|leg| leg.conn)
            .filter(|other| joined || *other == conn)
            .collect();
        for to in told {
            let channel = channel.get();
            self.say(to, LegOpen { channel, joined });
        }
    }

    pub(super) fn close_leg(&mut self, now: Instant, conn: ConnId, channel: ChannelId) {
        if self.forget_leg(conn, channel) {
            self.drop_leg(now, conn, channel);
        }
    }

    /// A connection's leg is gone; the other one waits for a new leg.
    pub(super) fn drop_leg(&mut self, now: Instant, conn: ConnId, channel: ChannelId) {
        let Some(state) = self.channels.get(&channel) else {
            return;
        };
        for leg in state.legs().filter(|leg| leg.conn == conn) {
            self.meters.keep(now, (channel, leg.key), leg.meter.clone());
        }
        match state.without(conn, now) {
            Some(rest) => {
                let left: Vec<_> = rest.legs().map(|leg| leg.conn).collect();
                self.channels.insert(channel, rest);
                for to in left {
                    let channel = channel.get();
                    let joined = false;
                    self.say(to, LegOpen { channel, joined });
                }
            }
            None => {
                self.channels.remove(&channel);
            }
        }
        self.publish(channel);
    }

    /// Ends a channel for both legs.
    pub(super) fn close_channel(&mut self, now: Instant, channel: ChannelId, refusal: Refusal) {
        let Some(state) = self.channels.remove(&channel) else {
            return;
        };
        self.publish(channel);
        for leg in state.legs() {
            self.meters.keep(now, (channel, leg.key), leg.meter.clone());
            self.forget_leg(leg.conn, channel);
            self.leg_closed(leg.conn, channel, refusal);
        }
    }

    fn leg_closed(&mut self, conn: ConnId, channel: ChannelId, refusal: Refusal) {
        let (channel, reason) = (channel.get(), refusal.code());
        self.say(conn, LegClosed { channel, reason });
    }

    fn note_leg(&mut self, conn: ConnId, channel: ChannelId) {
        if let Some(peer) = self.peers.get_mut(&conn)
            && !peer.legs.contains(&channel)
        {
            peer.legs.push(channel);
        }
    }

    /// Whether the connection had a leg of the channel.
    fn forget_leg(&mut self, conn: ConnId, channel: ChannelId) -> bool {
        self.peers.get_mut(&conn).is_some_and(|peer| {
            let before = peer.legs.len();
            peer.legs.retain(|other| *other != channel);
            peer.legs.len() < before
        })
    }

    /// Lets the data path know how a channel stands now.
    fn publish(&mut self, channel: ChannelId) {
        let joined = match self.channels.get(&channel) {
            Some(Channel::Joined {
                host,
                viewer,
                strays,
                ..
            }) => self
                .end(host)
                .zip(self.end(viewer))
                .map(|(host, viewer)| Joined {
                    host,
                    viewer,
                    strays: strays.clone(),
                }),
            Some(Channel::Waiting { .. }) | None => None,
        };
        self.command(Command::Publish { channel, joined });
    }

    fn end(&self, leg: &Leg) -> Option<LegEnd> {
        let place = &self.peers.get(&leg.conn)?.place;
        Some(LegEnd {
            address: place.proven(),
            claimed: place.claimed(),
            meter: leg.meter.clone(),
        })
    }

    pub(super) fn tick_channels(&mut self, now: Instant) {
        let mut alone_too_long = Vec::new();
        let mut ask = Vec::new();
        for (channel, state) in &mut self.channels {
            if let Channel::Waiting { since, .. } = state
                && now.saturating_duration_since(*since) >= LEG_WAIT
            {
                alone_too_long.push(*channel);
            }
            if state.has_news_from_elsewhere() {
                ask.extend(state.legs().map(|leg| leg.conn));
            }
        }
        for channel in alone_too_long {
            self.close_channel(now, channel, Refusal::PeerLeft);
        }
        for of in ask {
            self.command(Command::AskAddress { of });
        }
    }

    /// The connection is at `address`. If its legs are elsewhere, they stay there until the peer
    /// has brought back a nonce from the new address.
    pub(super) fn seen_at(&mut self, conn: ConnId, address: SocketAddr) {
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        let channels = || {
            let legs = peer.legs.iter();
            legs.filter_map(|channel| self.channels.get(channel))
        };
        let unproven = channels()
            .flat_map(Channel::legs)
            .filter(|leg| leg.conn == conn)
            .map(Leg::unproven_bytes)
            .fold(0, u64::wrapping_add);
        let strays = || channels().map(|channel| channel.take_strays(address)).sum();
        let changed = peer
            .place
            .seen_at(address, unproven, strays, &mut self.chance);
        if changed {
            self.publish_all(conn);
        }
    }

    /// Sends the check that is due, if the connection has a leg to move.
    pub(super) fn check_address(&mut self, now: Instant, conn: ConnId) {
        if let Some(peer) = self.peers.get_mut(&conn)
            && let Some(channel) = peer.legs.first().copied()
            && let Some((to, nonce)) = peer.place.next_check(now)
        {
            self.command(Command::CheckAddress {
                of: conn,
                to,
                channel,
                nonce,
            });
        }
    }

    pub(super) fn address_proof(&mut self, conn: ConnId, nonce: u64) {
        let proven = self
            .peers
            .get_mut(&conn)
            .is_some_and(|peer| peer.place.prove(nonce));
        if proven {
            self.publish_all(conn);
        }
    }

    fn publish_all(&mut self, conn: ConnId) {
        let legs = self
            .peers
            .get(&conn)
            .map_or_else(Vec::new, |peer| peer.legs.clone());
        for channel in legs {
            self.publish(channel);
        }
    }
}
