//! How often each thing may be tried, with the reason for each number.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use farpane_protocol::ids::{DeviceId, RelayId, UserId, ViewerId};
use farpane_protocol::time::Timestamp;

use uuid::Uuid;

use crate::live::limiter::{Around, Limiter, Net};
use crate::model::text::Email;

/// Keys to keep per limiter: about 1 MiB each at worst.
const MOST: usize = 10_000;

/// Whose password is being tried. Networks from which the account signed in before have tries of
/// their own, so that a stranger who guesses cannot lock its owner out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Guessed {
    /// From anywhere.
    FromAnywhere(Email),
    /// From a network that it signed in from.
    FromKnown(Email, Net),
}

/// Every limiter of the server.
#[derive(Debug)]
pub struct Limits {
    /// Challenges per network: twenty agents behind one address may start every second, two
    /// hundred at once after a power cut.
    pub challenge: Limiter<Net>,
    /// Failed enrolments per network: tickets hold 256 bits, so this only keeps the record small,
    /// in which each of them is a synced line.
    pub enroll: Around,
    /// Failed sign-ins per network: a room full of people who mistype.
    pub sign_in_net: Around,
    /// Failed sign-ins per account: ten at once, then two a minute.
    pub sign_in_account: Limiter<Guessed>,
    /// Wrong second factors per account: ten at once, then one in two minutes, so that a guess at
    /// six digits takes a lifetime.
    pub factor: Limiter<Guessed>,
    /// Viewers that ask to be let in, per network: a class of technicians on their first day.
    pub device_code: Limiter<Net>,
    /// Wrong short codes of viewers per person: they hold 34 bits and live ten minutes.
    pub user_code: Limiter<UserId>,
    /// Requests of `/api/v1` per token, or per person without one: a script that reads a whole
    /// catalogue page by page is not held up, one that runs wild is.
    pub api: Limiter<Uuid>,
    /// Session requests per viewer: each one costs a synced record.
    pub session: Limiter<ViewerId>,
    /// How often a viewer tells how long pictures took: each one is a write. Once at the end of a
    /// session and every few minutes of a long one.
    pub latency: Limiter<ViewerId>,
    /// Events per host: a session has four; strangers who knock are counted here too.
    pub event: Limiter<DeviceId>,
    /// Streams per relay: one that flaps reconnects every few seconds.
    pub stream: Limiter<RelayId>,
    /// Peers that a relay reports: each is a signature to check, a twentieth of a millisecond. A
    /// relay that starts anew with all the hosts it can hold, twice, and then what comes and goes.
    pub reported: Limiter<RelayId>,
    /// Records about presences that a relay made up: the counter in the metrics goes on.
    pub forged: Limiter<RelayId>,
    /// Networks from which accounts signed in.
    known: Mutex<HashMap<(Email, Net), Timestamp>>,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            challenge: Limiter::new(200, Duration::from_millis(50), MOST),
            enroll: Around::new(100, seconds(5), MOST),
            sign_in_net: Around::new(30, seconds(5), MOST),
            sign_in_account: Limiter::new(10, seconds(30), MOST),
            factor: Limiter::new(10, seconds(120), MOST),
            device_code: Limiter::new(30, seconds(5), MOST),
            user_code: Limiter::new(10, seconds(30), MOST),
            api: Limiter::new(1000, Duration::from_millis(20), MOST),
            session: Limiter::new(30, seconds(2), MOST),
            latency: Limiter::new(30, seconds(10), MOST),
            event: Limiter::new(100, seconds(1), MOST),
            stream: Limiter::new(20, seconds(2), MOST),
            reported: Limiter::new(200_000, Duration::from_millis(1), MOST),
            forged: Limiter::new(20, seconds(30), MOST),
            known: Mutex::default(),
        }
    }
}

impl Limits {
    /// Whose tries an attempt on this account from this network uses up.
    pub fn guessed(&self, email: &Email, net: Net) -> Guessed {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains_key(&(email.clone(), net)) {
            Guessed::FromKnown(email.clone(), net)
        } else {
            Guessed::FromAnywhere(email.clone())
        }
    }

    /// The account signed in from this network.
    pub fn remember(&self, email: &Email, net: Net, now: Timestamp) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            let oldest = known.iter().min_by_key(|(_, at)| **at);
            if let Some(oldest) = oldest.map(|(pair, _)| pair.clone()) {
                known.remove(&oldest);
            }
        }
        known.insert((email.clone(), net), now);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn a_stranger_who_guesses_does_not_lock_the_owner_out() {
        let limits = Limits::default();
        let now = Timestamp(1_000_000_000);
        let anna = Email::parse("anna@example.org").expect("an address");
        let net = |last: u8| Net::from(IpAddr::from([192, 0, 2, last]));
        limits.remember(&anna, net(1), now);
        let guess = |from| {
            limits
                .sign_in_account
                .take(&limits.guessed(&anna, from), now)
        };
        let stranger = (2..).map_while(|n| guess(net(n)).ok()).count();
        assert_eq!(stranger, 10);
        assert_eq!(guess(net(1)), Ok(()));
    }
}
