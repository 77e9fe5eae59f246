//! A viewer that does not keep the rules: it has a real account and key, and uses them by hand.

use std::time::Duration;

use anyhow::{Context as _, Result};
use farpane_protocol::api::{DeviceList, SessionGranted, SessionRequest, path};
use farpane_protocol::ids::DeviceId;
use farpane_protocol::key::{Fingerprint, SecretKey};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::wire::message::{Bye, Hello, Message};
use farpane_transport::directory::{Agent, DirectoryClient, DirectoryError};
use farpane_transport::relay_link::{LinkEvents, RelayLink};
use farpane_transport::session::{ControlReceiver, ControlSender, Session, SessionError};

use super::estate::{Estate, Viewer};

/// How long a host may take to answer.
const ANSWER_WAIT: Duration = Duration::from_secs(20);

/// The account and the key.
pub struct Outlaw {
    /// The key of its installation.
    pub key: SecretKey,
    agent: Agent,
}

/// A connection to a host, before or after the first word.
pub struct Foot {
    /// The end-to-end connection.
    pub session: Session,
    /// Says anything.
    pub say: ControlSender,
    hear: ControlReceiver,
    link: RelayLink,
    _events: LinkEvents,
}

impl Outlaw {
    /// Uses the key and account of a signed-in viewer.
    pub fn as_viewer(estate: &Estate, viewer: &Viewer<'_>) -> Result<Self> {
        farpane_certs::install_provider();
        let key = farpane_certs::keys::load(&viewer.folder().join("viewer.key"))?;
        let pin: Fingerprint = estate.pin().parse().context("a pin")?;
        let agent = DirectoryClient::new(estate.url(), pin)?.agent(key.clone());
        Ok(Self { key, agent })
    }

    /// The id of a device by its name.
    pub async fn device(&self, name: &str) -> Result<DeviceId> {
        let list: DeviceList = self.agent.get(path::DEVICES, &[("q", name)]).await?;
        let row = list.devices.into_iter().find(|row| row.name == name);
        Ok(row.context("no such device")?.id)
    }

    /// Asks the directory for a session.
    pub async fn ask(
        &self,
        device: DeviceId,
        scopes: ScopeSet,
    ) -> Result<SessionGranted, DirectoryError> {
        let request = SessionRequest {
            device,
            scopes,
            also: ScopeSet::EMPTY,
            reason: "a test".into(),
        };
        self.agent.post(path::SESSIONS, &request).await
    }

    /// Ends a session at the directory.
    pub async fn end(&self, granted: &SessionGranted) -> Result<(), DirectoryError> {
        self.agent
            .delete(&format!("{}/{}", path::SESSIONS, granted.session))
            .await
    }

    /// Goes to the host with what the directory gave.
    pub async fn go(&self, granted: &SessionGranted) -> Result<Foot> {
        let (link, events) = RelayLink::connect(&granted.relay, &self.key).await?;
        let leg = link
            .open_leg(granted.relay_ticket.clone(), granted.channel)
            .await?;
        let session = leg.connect(&self.key, granted.device_key).await?;
        let (say, hear) = session.open_control().await?;
        Ok(Foot {
            session,
            say,
            hear,
            link,
            _events: events,
        })
    }
}

impl Foot {
    /// Presents a grant, whosesoever it is.
    pub async fn present(&mut self, grant: &str) -> Result<(), SessionError> {
        let hello = Hello {
            capabilities: 0,
            grant: grant.to_owned(),
            version: "test".into(),
        };
        self.say.send(&hello.into()).await
    }

    /// The next message of the host.
    pub async fn hear(&mut self) -> Result<Option<Message>> {
        let heard = tokio::time::timeout(ANSWER_WAIT, self.hear.next()).await;
        Ok(heard.context("the host said nothing")??)
    }

    /// Waits for a message that `is` accepts; an error if the session ends first.
    pub async fn hear_until(&mut self, is: impl Fn(&Message) -> bool) -> Result<Message> {
        loop {
            match self.hear().await? {
                Some(message) if is(&message) => return Ok(message),
                Some(Message::Ended(ended)) => {
                    let reason = EndReason::from_code(ended.reason);
                    anyhow::bail!("the session ended: {reason:?}");
                }
                Some(_) => {}
                None => anyhow::bail!("the host closed the stream"),
            }
        }
    }

    /// Leaves as a viewer should, and waits until the host has said goodbye.
    pub async fn leave(mut self) -> Result<EndReason> {
        self.say.send(&Bye {}.into()).await?;
        self.ended().await
    }

    /// Goes without a word to the host, which hears of nothing any more.
    pub async fn vanish(self) {
        self.link.close().await;
    }

    /// Listens until the host ends the session; why.
    pub async fn ended(&mut self) -> Result<EndReason> {
        loop {
            match tokio::time::timeout(ANSWER_WAIT, self.hear.next()).await? {
                Ok(Some(Message::Ended(ended))) => {
                    return Ok(EndReason::from_code(ended.reason));
                }
                Ok(Some(_)) => {}
                Ok(None) => anyhow::bail!("the stream ended without a reason"),
                Err(SessionError::Ended(reason)) => return Ok(reason),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
