//! A channel and its legs: at most one per side, of different keys, each owned by one control
//! connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use farpane_protocol::key::PublicKey;
use farpane_protocol::relay::Side;

use super::ConnId;
use crate::table::{Meter, Strays};

/// One peer's end of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    /// The connection that it belongs to and dies with.
    pub(crate) conn: ConnId,
    /// The key that the ticket and the connection are of.
    pub(crate) key: PublicKey,
    /// What it has sent and may still send.
    pub(crate) meter: Arc<Meter>,
    /// What the meter had counted from unproven addresses before this leg had it.
    unproven_before: u64,
}

impl Leg {
    /// A leg that goes on with `meter`, which an earlier leg may have had.
    pub(crate) fn new(conn: ConnId, key: PublicKey, meter: Arc<Meter>) -> Self {
        let unproven_before = meter.unproven_bytes();
        Self {
            conn,
            key,
            meter,
            unproven_before,
        }
    }

    /// Bytes that came from unproven addresses since the leg was opened: what an earlier one got
    /// must not pay for this one's address checks.
    pub(crate) fn unproven_bytes(&self) -> u64 {
        self.meter
            .unproven_bytes()
            .wrapping_sub(self.unproven_before)
    }
}

/// A channel that has a leg.
#[derive(Clone, Debug)]
pub(crate) enum Channel {
    /// One leg waits for the other.
    Waiting {
        /// Whose it is.
        side: Side,
        /// The leg.
        leg: Leg,
        /// Since when.
        since: Instant,
    },
    /// Both legs stand.
    Joined {
        /// The shared device's.
        host: Leg,
        /// The controlling side's.
        viewer: Leg,
        /// What comes from elsewhere.
        strays: Arc<Strays>,
        /// Bytes from strays and unproven addresses that were looked into already.
        looked_into: u64,
    },
}

/// What opening a leg did.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The channel now.
    pub(crate) channel: Channel,
    /// An older connection of the same key whose leg this one took over.
    pub(crate) replaced: Option<ConnId>,
}

/// The side is taken by another key, or both sides would have the same one.
#[derive(Debug)]
pub(crate) struct Taken;

impl Channel {
    fn joined(side: Side, leg: Leg, other: Leg) -> Self {
        let (host, viewer) = match side {
            Side::Host => (leg, other),
            Side::Viewer => (other, leg),
        };
        Self::Joined {
            host,
            viewer,
            strays: Arc::default(),
            looked_into: 0,
        }
    }

    /// Opens `leg` on `side` of a channel that stands as `current`.
    pub(crate) fn open(
        current: Option<&Self>,
        side: Side,
        leg: Leg,
        now: Instant,
    ) -> Result<Opened, Taken> {
        let mine = current.and_then(|channel| channel.leg(side));
        let other = current.and_then(|channel| channel.leg(opposite(side)));
        if mine.is_some_and(|mine| mine.key != leg.key)
            || other.is_some_and(|other| other.key == leg.key)
        {
            return Err(Taken);
        }
        let replaced = mine.map(|mine| mine.conn).filter(|conn| *conn != leg.conn);
        let channel = match other {
            Some(other) => Self::joined(side, leg, other.clone()),
            None => Self::Waiting {
                side,
                leg,
                since: now,
            },
        };
        Ok(Opened { channel, replaced })
    }

    /// The leg on that side.
    pub(crate) fn leg(&self, wanted: Side) -> Option<&Leg> {
        match self {
            Self::Waiting { side, leg, .. } => (*side == wanted).then_some(leg),
            Self::Joined { host, viewer, .. } => Some(match wanted {
                Side::Host => host,
                Side::Viewer => viewer,
            }),
        }
    }

    /// The legs that stand.
    pub(crate) fn legs(&self) -> impl Iterator<Item = &Leg> {
        [Side::Host, Side::Viewer]
            .into_iter()
            .filter_map(|side| self.leg(side))
    }

    /// The channel after this connection's leg is gone; `None` if no leg is left.
    pub(crate) fn without(&self, conn: ConnId, now: Instant) -> Option<Self> {
        match self {
            Self::Waiting { leg, .. } => (leg.conn != conn).then(|| self.clone()),
            Self::Joined { host, viewer, .. } => {
                let (side, leg) = if host.conn == conn {
                    (Side::Viewer, viewer)
                } else if viewer.conn == conn {
                    (Side::Host, host)
                } else {
                    return Some(self.clone());
                };
                Some(Self::Waiting {
                    side,
                    leg: leg.clone(),
                    since: now,
                })
            }
        }
    }

    /// Takes the bytes that came from `source` while it was no leg's address.
    pub(crate) fn take_strays(&self, source: SocketAddr) -> u64 {
        match self {
            Self::Waiting { .. } => 0,
            Self::Joined { strays, .. } => strays.take(source),
        }
    }

    /// Whether packets came from elsewhere since this was asked last: a leg may have moved.
    pub(crate) fn has_news_from_elsewhere(&mut self) -> bool {
        match self {
            Self::Waiting { .. } => false,
            Self::Joined {
                host,
                viewer,
                strays,
                looked_into,
            } => {
                let elsewhere = strays
                    .bytes()
                    .wrapping_add(host.unproven_bytes())
                    .wrapping_add(viewer.unproven_bytes());
                std::mem::replace(looked_into, elsewhere) != elsewhere
            }
        }
    }
}

fn opposite(side: Side) -> Side {
    match side {
        Side::Host => Side::Viewer,
        Side::Viewer => Side::Host,
    }
}
