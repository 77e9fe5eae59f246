//! Asks the directory again and again whether it stands by the session.

use std::time::Duration;

use farpane_protocol::api::{LeaseAnswer, LeaseRequest, path};
use farpane_protocol::envelope::{EnvelopeError, Lease};
use farpane_protocol::token::TokenError;
use tokio::sync::mpsc;

use super::Driver;
use crate::service::is_refusal;
use crate::service::rules::{self, unattended};

impl Driver<'_> {
    /// Asks the directory to stand by the session, beside the loop.
    pub(super) fn renew(&self, answer: mpsc::Sender<Result<Duration, bool>>) {
        let (core, session) = (self.core.clone(), self.id);
        tokio::spawn(async move {
            let request = LeaseRequest { session };
            let asked: Result<LeaseAnswer, _> = core.agent.post(path::HOST_LEASE, &request).await;
            let open = |lease: &str| {
                let keys = core.directory_keys();
                Lease::open(&keys, core.enrolment.device, session, lease)
            };
            let result = match asked {
                Ok(reply) => {
                    let mut lease = open(&reply.lease);
                    if lease == Err(EnvelopeError::Token(TokenError::UnknownKey)) {
                        // The directory may have a new key.
                        rules::tell(&core, unattended(&core)).await;
                        lease = open(&reply.lease);
                    }
                    let lease = lease.map_err(|_| false);
                    lease.map(|lease| lease.until.since(lease.issued))
                }
                Err(error) => Err(is_refusal(&error)),
            };
            answer.send(result).await.ok(); // the session ended meanwhile
        });
    }
}
