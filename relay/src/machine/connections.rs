//! Control connections come and go: how many there may be, and what goes with them.

use std::net::SocketAddr;
use std::time::Instant;

use farpane_protocol::key::PublicKey;
use farpane_protocol::relay::Refusal;

use super::peer::{Peer, Standing};
use super::{
    CONNECTIONS, CONNECTIONS_PER_KEY, Command, ConnId, GOODBYE_WAIT, Machine, STRANGER_WAIT,
};

impl Machine {
    /// A peer's control connection stands; TLS proved `key`, QUIC Retry proved `address`.
    pub fn connected(&mut self, now: Instant, conn: ConnId, key: PublicKey, address: SocketAddr) {
        if self.draining {
            let refusal = Refusal::Draining;
            return self.command(Command::Close { conn, refusal });
        }
        let oldest = self
            .by_key
            .get(&key)
            .filter(|conns| conns.len() >= CONNECTIONS_PER_KEY)
            .and_then(|conns| conns.first().copied());
        if let Some(oldest) = oldest {
            self.close(now, oldest, Refusal::Busy);
        }
        while let Some(stranger) = self.strangers.in_the_way_of(address.ip()) {
            self.close(now, stranger, Refusal::Busy);
        }
        if self.peers.len() >= CONNECTIONS {
            let Some(stranger) = self.strangers.oldest() else {
                let refusal = Refusal::Busy;
                return self.command(Command::Close { conn, refusal });
            };
            self.close(now, stranger, Refusal::Busy);
        }
        let closes_at = now + STRANGER_WAIT;
        let peer = Peer::new(key, address, now, closes_at);
        self.peers.insert(conn, peer);
        self.by_key.entry(key).or_default().push(conn);
        self.closings.insert((closes_at, conn));
        self.strangers.add(conn, address.ip());
    }

    /// A peer's control connection is gone.
    pub fn gone(&mut self, now: Instant, conn: ConnId) {
        self.forget(now, conn);
    }

    /// Says no and closes the connection once the peer had a moment to read it.
    pub(super) fn turn_away(
        &mut self,
        now: Instant,
        conn: ConnId,
        refusal: Refusal,
        sentence: &str,
    ) {
        self.refuse(conn, refusal, sentence);
        self.set_standing(conn, Standing::Leaving);
        self.set_closing(conn, Some(now + GOODBYE_WAIT));
    }

    pub(super) fn set_standing(&mut self, conn: ConnId, standing: Standing) {
        if let Some(peer) = self.peers.get_mut(&conn) {
            peer.standing = standing;
        }
    }

    pub(super) fn set_closing(&mut self, conn: ConnId, at: Option<Instant>) {
        if let Some(peer) = self.peers.get_mut(&conn) {
            let before = std::mem::replace(&mut peer.closes_at, at);
            if let Some(before) = before {
                self.closings.remove(&(before, conn));
            }
            if let Some(at) = at {
                self.closings.insert((at, conn));
            }
        }
    }

    pub(super) fn close(&mut self, now: Instant, conn: ConnId, refusal: Refusal) {
        if self.forget(now, conn) {
            self.command(Command::Close { conn, refusal });
        }
    }

    /// Takes a connection out with everything that belongs to it; whether it was there.
    fn forget(&mut self, now: Instant, conn: ConnId) -> bool {
        let Some(legs) = self
            .peers
            .get_mut(&conn)
            .map(|peer| std::mem::take(&mut peer.legs))
        else {
            return false;
        };
        for channel in legs {
            self.drop_leg(now, conn, channel);
        }
        self.set_closing(conn, None);
        self.strangers.remove(conn);
        if let Some(peer) = self.peers.remove(&conn) {
            if let Some(conns) = self.by_key.get_mut(&peer.key) {
                conns.retain(|other| *other != conn);
                if conns.is_empty() {
                    self.by_key.remove(&peer.key);
                }
            }
            if self.present.get(&peer.key) == Some(&conn) {
                self.present.remove(&peer.key);
                self.command(Command::Went(peer.key));
            }
        }
        true
    }
}
