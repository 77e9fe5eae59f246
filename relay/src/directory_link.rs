//! The relay's one outbound connection: to the directory pinned at its enrolment. It enrols,
//! listens to orders and reports who is present; nothing else in this crate connects anywhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use farpane_protocol::api::{
    EnrollRelay, RelayEnrolled, RelayHello, RelayOrder, RelayReport, path,
};
use farpane_protocol::enrolment::Ticket;
use farpane_protocol::key::{Fingerprint, SecretKey};
use farpane_transport::directory::{Agent, DirectoryClient, DirectoryError, Lines};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tracing::{debug, error, info, warn};

use crate::board::Board;
use crate::serve::Orders;

/// What this program tells the directory about itself.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How long changes of presence are gathered before they are reported: a report per change would
/// be a storm after a restart; longer would show in the console.
const GATHER: Duration = Duration::from_millis(200);

/// Longest pause before the first new try, and longest of all. The real pause is drawn at random
/// below that, so that relays do not come back all at once.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A connection that held this long was a good one: the next pause is short again.
const GOOD: Duration = Duration::from_secs(30);

/// Makes this relay's key known to the directory that the ticket names.
pub async fn enroll(ticket: &Ticket, key: &SecretKey) -> Result<RelayEnrolled, DirectoryError> {
    let client = DirectoryClient::new(&ticket.url, ticket.pin)?;
    let request = EnrollRelay {
        secret: ticket.secret.clone(),
        key: key.public(),
        proof: client.challenge(key).await?,
        version: VERSION.to_owned(),
    };
    client.post(path::ENROLL_RELAY, &request).await
}

/// A relay's connection to its directory.
pub struct DirectoryLink {
    agent: Agent,
    hello: RelayHello,
    orders: Orders,
    board: Arc<Board>,
}

/// One line of the stream; a kind of order that only a later version knows is skipped.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Order(RelayOrder),
    Later(IgnoredAny),
}

impl DirectoryLink {
    /// For the directory at `url` with identity `pin`, where `key` is enrolled; peers reach this
    /// relay at `address` (`address:port`, UDP).
    pub fn new(
        url: &str,
        pin: Fingerprint,
        key: &SecretKey,
        address: String,
        orders: Orders,
        board: Arc<Board>,
    ) -> Result<Self, DirectoryError> {
        Ok(Self {
            agent: DirectoryClient::new(url, pin)?.agent(key.clone()),
            hello: RelayHello {
                address,
                version: VERSION.to_owned(),
            },
            orders,
            board,
        })
    }

    /// Listens and reports for ever; comes back after every loss.
    pub async fn keep(self) {
        let mut pause = FIRST_PAUSE;
        let mut said = String::new();
        loop {
            let began = Instant::now();
            let error = match self.listen().await {
                Ok(()) => {
                    info!("the directory ended the connection; trying again");
                    String::new()
                }
                Err(error) => {
                    let text = error.to_string();
                    tell(&error, text != said);
                    text
                }
            };
            self.board.unread();
            debug!(%error, "will connect to the directory again");
            said = error;
            if began.elapsed() >= GOOD {
                pause = FIRST_PAUSE;
            }
            tokio::time::sleep(below(pause, farpane_certs::random::number())).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One connection: orders come in and reports go out until either fails.
    async fn listen(&self) -> Result<(), DirectoryError> {
        let mut lines = self.agent.lines(path::RELAY_STREAM, &self.hello).await?;
        // Only from the first line on does the directory take reports.
        if !self.take_line(&mut lines).await? {
            return Ok(());
        }
        info!("listening to the directory");
        tokio::select! {
            ended = async { while self.take_line(&mut lines).await? {} Ok(()) } => ended,
            failed = self.report() => failed,
        }
    }

    async fn take_line(&self, lines: &mut Lines<Line>) -> Result<bool, DirectoryError> {
        match lines.next().await? {
            Some(Line::Order(order)) => self.orders.give(order).await,
            Some(Line::Later(_)) => warn!("skipped an order that this version does not know"),
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn report(&self) -> Result<(), DirectoryError> {
        self.send(self.board.whole()).await?;
        loop {
            self.board.changed().await;
            tokio::time::sleep(GATHER).await;
            self.send(self.board.changes()).await?;
        }
    }

    async fn send(&self, reports: Vec<RelayReport>) -> Result<(), DirectoryError> {
        for report in reports {
            self.agent
                .post::<_, ()>(path::RELAY_REPORT, &report)
                .await?;
        }
        Ok(())
    }
}

/// Says once what an operator has to know, and no more while it stays the same.
fn tell(error: &DirectoryError, is_new: bool) {
    match error {
        _ if !is_new => {}
        DirectoryError::KeyMismatch { .. } => error!(%error, "not talking to this directory"),
        DirectoryError::BadUrl(_)
        | DirectoryError::Unreachable { .. }
        | DirectoryError::Problem(_)
        | DirectoryError::BadAnswer => warn!(%error, "lost the directory; trying again"),
    }
}

/// A random part of `most`.
fn below(most: Duration, random: u64) -> Duration {
    // 32 random bits are plenty for a pause.
    most.mul_f64((random >> 32) as f64 / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use farpane_protocol::ids::ChannelId;

    use super::*;

    #[test]
    fn pauses_lie_between_nothing_and_the_longest() {
        assert_eq!(below(LONGEST_PAUSE, 0), Duration::ZERO);
        assert_eq!(below(LONGEST_PAUSE, u64::MAX), LONGEST_PAUSE);
        let middle = below(LONGEST_PAUSE, u64::MAX / 2);
        assert!(middle > LONGEST_PAUSE / 3 && middle < LONGEST_PAUSE * 2 / 3);
    }

    #[test]
    fn orders_are_read_and_those_of_a_later_version_skipped() {
        let close = RelayOrder::Close {
            channel: ChannelId::from_random(7),
        };
        let known = serde_json::to_string(&close).expect("json");
        assert!(matches!(
            serde_json::from_str(&known).expect("reads"),
            Line::Order(RelayOrder::Close { channel }) if channel == ChannelId::from_random(7)
        ));
        for later in [
            r#"{"order":"dance","steps":3}"#,
            r#"{"order":"close"}"#,
            "[]",
        ] {
            let line: Line = serde_json::from_str(later).expect("reads");
            assert!(matches!(line, Line::Later(_)), "{later}");
        }
    }
}
