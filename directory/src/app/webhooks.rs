//! Webhooks as people manage them: where their organisation is told what happens, and how that
//! went. `queue` decides what is told, `courier` whose turn it is, `send` carries it.

pub mod courier;
mod queue;
mod reach;
pub mod send;

use std::collections::HashMap;

use farpane_protocol::ids::UserId;
use uuid::Uuid;

use super::caller::Caller;
use super::{AppError, Core, Denied};
use crate::audit::{Event, Personal};
use crate::model::new_uuid;
use crate::model::said::Said;
use crate::model::webhook::{
    BadWebhook, Delivery, HookUrl, Kinds, SECRET_BYTES, TRIAL, TRIALS_WITHIN, Webhook, body_now,
    shown,
};
use crate::policy::rights::{Action, Path, Rights};
use crate::vault::Vault;

/// Deliveries that a list shows.
const LISTED: u32 = 200;

/// What whoever makes a webhook may do, and has to be able to do as long as it is told something:
/// what it is told is the record, live.
const MAKING: [Action; 2] = [Action::ManageSettings, Action::SeeAudit];

/// What the sealed address of a webhook belongs to: not what its sealed secret does, so that neither
/// opens in the other's place.
fn address_of(id: Uuid) -> Vec<u8> {
    [id.as_bytes().as_slice(), b"address"].concat()
}

/// Why something is no webhook, for whoever wants it to be one.
fn refused(bad: BadWebhook) -> Denied {
    match bad {
        BadWebhook::Url => Denied::BadRequest(
            "A webhook needs an https address without a name, a password or a # in it.",
        ),
        BadWebhook::Count => {
            Denied::BadRequest("Name kinds of events such as device.enrolled, session.* or *.")
        }
        BadWebhook::Kind { named, known } => {
            let why =
                Said::new("There is no kind of event \u{201c}{kind}\u{201d}. There are: {known}.");
            let why = why.text("kind", named).text("known", known.join(", "));
            Denied::NotUnderstood(why)
        }
    }
}

impl Core {
    /// Webhooks as they stand now: one is on hold, too, while whoever made it could not make it
    /// any more. What it is told is the record, live.
    async fn as_they_stand(&self, mut webhooks: Vec<Webhook>) -> Result<Vec<Webhook>, AppError> {
        let now = self.clock.now();
        let mut makers: HashMap<UserId, bool> = HashMap::new();
        for webhook in &mut webhooks {
            let Some(maker) = webhook.maker.filter(|_| !webhook.on_hold) else {
                continue;
            };
            let may = match makers.get(&maker) {
                Some(may) => *may,
                None => {
                    let held = self.store.held_by(webhook.org, maker, now).await?;
                    let rights = Rights { held };
                    let may = MAKING.iter().all(|action| rights.may(*action, &Path::ORG));
                    makers.insert(maker, may);
                    may
                }
            };
            webhook.on_hold = !may;
        }
        Ok(webhooks)
    }
}

impl Caller {
    /// Makes a webhook, which is told what happens from now on. With its secret, which is shown
    /// only now.
    pub async fn make_webhook(
        &self,
        vault: &Vault,
        url: &str,
        kinds: &[String],
    ) -> Result<(Webhook, String), AppError> {
        for action in MAKING {
            self.check_org(action)?;
        }
        // It would miss whatever happens while they rest.
        let lasting = self.rights.lasting(None, None);
        if !MAKING.iter().all(|action| lasting.may(*action, &Path::ORG)) {
            let why = "A webhook is told what happens at every hour and for good, and your rights \
                       to it do not last so long. Ask somebody to make it whose roles have \
                       neither hours nor an end.";
            return Err(Denied::Conflict(why).into());
        }
        let url = HookUrl::parse(url).map_err(refused)?;
        let kinds = Kinds::parse(kinds.iter().map(String::as_str)).map_err(refused)?;
        let now = self.core.clock.now();
        let secret = farpane_certs::random::bytes::<SECRET_BYTES>();
        let id = new_uuid(now);
        let webhook = Webhook {
            id,
            org: self.core.org.id,
            place: url.place(),
            address: vault.seal(&address_of(id), url.url().as_str().as_bytes()),
            kinds,
            secret: vault.seal(id.as_bytes(), &secret),
            created: now,
            maker: self.account.as_ref().map(|account| account.id),
            on_hold: false,
            told: 0,
            missed: 0,
        };
        let event = Event::WebhookMade {
            webhook: id,
            events: webhook.kinds.names().to_vec(),
        };
        let entry = self.core.entry(self.actor(), event);
        let entry = entry.with(Personal::named(&webhook.place));
        if !self.core.store.add_webhook(&webhook, &entry).await? {
            return Err(Denied::Conflict(
                "There are as many as there may be. Remove some that nobody needs.",
            )
            .into());
        }
        Ok((webhook, shown(&secret)))
    }

    /// The organisation's webhooks, oldest first.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, AppError> {
        // Looking at them needs no fresh proof of who is there; changing them does.
        if !self.rights.may(Action::ManageSettings, &Path::ORG) {
            return Err(Denied::Forbidden(Action::ManageSettings).into());
        }
        let org = self.core.org.id;
        let webhooks = self.core.store.webhooks(Some(org)).await?;
        self.core.as_they_stand(webhooks).await
    }

    /// One of them.
    pub async fn webhook(&self, id: Uuid) -> Result<Webhook, AppError> {
        let mut webhooks = self.webhooks().await?.into_iter();
        let found = webhooks.find(|webhook| webhook.id == id);
        Ok(found.ok_or(Denied::NotFound("webhook"))?)
    }

    /// Removes a webhook, with all that waits to be told there.
    pub async fn remove_webhook(&self, id: Uuid) -> Result<(), AppError> {
        self.check_org(Action::ManageSettings)?;
        let webhook = self.webhook(id).await?;
        let event = Event::WebhookRemoved { webhook: id };
        let entry = self.core.entry(self.actor(), event);
        let entry = entry.with(Personal::named(&webhook.place));
        let store = &self.core.store;
        if store.remove_webhook(webhook.org, id, &entry).await? {
            Ok(())
        } else {
            Err(Denied::NotFound("webhook").into())
        }
    }

    /// What a webhook was told last, newest first.
    pub async fn webhook_deliveries(&self, id: Uuid) -> Result<Vec<Delivery>, AppError> {
        let webhook = self.webhook(id).await?;
        Ok(self.core.store.deliveries(webhook.id, LISTED).await?)
    }

    /// Tells a webhook that this is a trial, within a second where the server runs.
    pub async fn try_webhook(&self, id: Uuid) -> Result<Delivery, AppError> {
        let webhook = self.webhook(id).await?;
        let now = self.core.clock.now();
        let about = serde_json::json!({ "webhook": webhook.id });
        let body = body_now(TRIAL, webhook.org, &about, now);
        let delivery = Delivery::new(id, TRIAL, body, now);
        let event = Event::WebhookTried { webhook: id };
        let entry = self.core.entry(self.actor(), event);
        let entry = entry.with(Personal::named(&webhook.place));
        if self.core.store.queue_trial(&delivery, &entry).await? {
            Ok(delivery)
        } else {
            Err(Denied::TooManyTries(TRIALS_WITHIN).into())
        }
    }
}
