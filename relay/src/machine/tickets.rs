//! Who may be here: tickets of the directory, checked offline, and a host's own word that it is
//! present.

use std::time::Instant;

use farpane_protocol::api::PresentPeer;
use farpane_protocol::relay::{
    Attach, Attached, Leave, PresenceProof, Refusal, RelayTicket, TicketRefusal,
};
use farpane_protocol::token::{self, Purpose};

use super::{Command, ConnId, Machine, Standing};

/// Longest presence proof that is kept and reported, in bytes; a real one has about 400.
const PROOF_BYTES: usize = 2048;

const NOT_READY: &str = "this relay has not heard from the directory yet; try again in a moment";
const WRONG_LEAVE: &str = "this ticket is for something else";
const BAD_PROOF: &str = "the presence proof is not by this device for this relay";
const EXPIRED: &str = "the ticket has expired; ask the directory for a new one";
const FOREIGN: &str = "the ticket is not from the directory of this relay";
const OTHER_RELAY: &str = "the ticket is for another relay";
const OTHER_PEER: &str = "the ticket is for another key than this connection's";

fn sentence(refusal: TicketRefusal) -> &'static str {
    match refusal {
        TicketRefusal::Token(_) => FOREIGN,
        TicketRefusal::OtherRelay => OTHER_RELAY,
        TicketRefusal::OtherPeer => OTHER_PEER,
        TicketRefusal::Expired => EXPIRED,
    }
}

impl Machine {
    /// A ticket that this connection showed, if it holds; otherwise the peer was told why not.
    pub(super) fn ticket(
        &mut self,
        now: Instant,
        conn: ConnId,
        sealed: &str,
    ) -> Option<RelayTicket> {
        let key = self.peers.get(&conn)?.key;
        let time = self.clock.now(now);
        if time.is_none() {
            // Not the peer's fault, so it does not count against it.
            self.refuse(conn, Refusal::Busy, NOT_READY);
            return None;
        }
        match RelayTicket::open(&self.directory_keys, &self.relay, &key, time, sealed) {
            Ok(ticket) => Some(ticket),
            Err(refusal) => {
                self.wrong_ticket(now, conn, sentence(refusal));
                None
            }
        }
    }

    pub(super) fn wrong_ticket(&mut self, now: Instant, conn: ConnId, sentence: &str) {
        let again = self
            .peers
            .get_mut(&conn)
            .is_some_and(super::peer::Peer::may_try_again);
        if again {
            self.refuse(conn, Refusal::Ticket, sentence);
        } else {
            self.turn_away(now, conn, Refusal::Ticket, sentence);
        }
    }

    /// The connection showed a ticket that holds: it is no stranger any more.
    pub(super) fn welcome(&mut self, conn: ConnId) {
        self.set_standing(conn, Standing::Known);
        self.strangers.remove(conn);
        self.set_closing(conn, None);
    }

    pub(super) fn attach(&mut self, now: Instant, conn: ConnId, body: &Attach) {
        let Some(ticket) = self.ticket(now, conn, &body.ticket) else {
            return;
        };
        match ticket.leave {
            Leave::BePresent => {}
            Leave::OpenLeg { .. } => return self.wrong_ticket(now, conn, WRONG_LEAVE),
        }
        // The directory checks the proof too; here it keeps a confused host from being reported.
        let proof = token::open::<PresenceProof>(&[ticket.peer], Purpose::Presence, &body.proof);
        let holds = proof.is_ok_and(|(proof, _)| proof.relay == self.relay);
        if !holds || body.proof.len() > PROOF_BYTES {
            return self.wrong_ticket(now, conn, BAD_PROOF);
        }
        self.welcome(conn);
        // A newer connection of the same host takes over; the older one stays until it times out.
        self.present.insert(ticket.peer, conn);
        self.say(conn, Attached {});
        self.command(Command::Came(PresentPeer {
            peer: ticket.peer,
            proof: body.proof.clone(),
        }));
    }
}
