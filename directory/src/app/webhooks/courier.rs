//! Carries to webhooks what they have to be told: at least once, in turns, tried again for days.
//! A receiver that is slow or gone keeps nobody but itself waiting.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use farpane_protocol::ids::OrgId;
use farpane_protocol::time::Timestamp;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use super::address_of;
use super::send::Courier;
use crate::app::{App, AppError};
use crate::live::bus::Bus as _;
use crate::model::webhook::{AGE_MOST, Delivery, HookUrl, Webhook, next_try};
use crate::store::webhooks::Tried;

/// Pause between two looks at what has to be told.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Deliveries of one turn, one after another; then others have theirs.
const IN_A_TURN: u32 = 16;

/// Webhooks that are told at once; beyond that, one of each organisation that has none of its own
/// under way, so that the slow receivers of some take nobody's turn.
const AT_ONCE: usize = 32;

/// Webhooks that are told at once, whoever waits.
const AT_ONCE_MOST: usize = 256;

/// Of these, webhooks of one organisation, so that its dead receivers take nobody else's turn.
const AT_ONCE_OF_ONE: usize = 8;

/// Rest of a webhook after its first delivery that was not taken; it doubles with each further one.
const REST: Duration = Duration::from_secs(5);

/// Longest rest: how late a receiver that is back is told again, at most.
const REST_MOST: Duration = Duration::from_secs(5 * 60);

/// How a turn went.
struct Turn {
    webhook: Uuid,
    went: Result<Went, AppError>,
}

/// What a turn that could be noted came to.
enum Went {
    /// All was taken, or there was nothing.
    Well,
    /// Something was not taken.
    Badly,
}

/// A webhook that rests because it did not take what it was told.
struct Rest {
    /// How often in a row.
    times: u32,
    /// Until when.
    until: Timestamp,
}

/// Which webhooks are being told, and which rest.
#[derive(Default)]
struct Turns {
    under_way: HashMap<Uuid, OrgId>,
    resting: HashMap<Uuid, Rest>,
}

impl Turns {
    /// Whether a webhook may have its turn now; if so, it has begun.
    fn begin(&mut self, webhook: &Webhook, now: Timestamp) -> bool {
        let of_its_own = |org: &&OrgId| **org == webhook.org;
        let rests = self.resting.get(&webhook.id);
        let own = self.under_way.values().filter(of_its_own).count();
        let room = match own {
            0 => AT_ONCE_MOST,
            _ => AT_ONCE,
        };
        let may = self.under_way.len() < room
            && !self.under_way.contains_key(&webhook.id)
            && own < AT_ONCE_OF_ONE
            && rests.is_none_or(|rest| rest.until <= now);
        if may {
            self.under_way.insert(webhook.id, webhook.org);
        }
        may
    }

    fn end(&mut self, turn: Turn, now: Timestamp) {
        let Turn { webhook, went } = turn;
        self.under_way.remove(&webhook);
        if let Err(error) = &went {
            // Told again later under the same name: a receiver knows it.
            tracing::error!(%webhook, %error, "could not note what a webhook was told");
        }
        if let Ok(Went::Well) = went {
            if self.resting.remove(&webhook).is_some() {
                tracing::info!(%webhook, "a webhook takes what it is told again");
            }
            return;
        }
        let rest = self.resting.entry(webhook).or_insert(Rest {
            times: 0,
            until: now,
        });
        if rest.times == 0 {
            tracing::warn!(%webhook, "a webhook does not take what it is told; it will be tried again");
        }
        let doubled = REST.saturating_mul(1 << rest.times.min(16));
        rest.until = now.after(doubled.min(REST_MOST));
        rest.times = rest.times.saturating_add(1);
    }
}

/// Tells webhooks what happens until the server ends.
pub async fn run(app: Arc<App>, courier: Courier) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut signals = app.bus.listen();
    let mut turns = Turns::default();
    let mut under_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            Some(turn) = under_way.next() => {
                turns.end(turn, app.now());
                continue;
            }
            _ = look.tick() => {}
        }
        let looked = async {
            app.queue_for_webhooks(&mut signals).await?;
            let due = app.core.store.webhooks_due(app.now()).await?;
            app.core.as_they_stand(due).await
        };
        match looked.await {
            Ok(due) => {
                for webhook in due.into_iter().filter(|webhook| !webhook.on_hold) {
                    if turns.begin(&webhook, app.now()) {
                        under_way.push(turn(&app, &courier, webhook));
                    }
                }
            }
            Err(error) => tracing::error!(%error, "could not read what webhooks have to be told"),
        }
    }
}

async fn turn(app: &App, courier: &Courier, webhook: Webhook) -> Turn {
    Turn {
        webhook: webhook.id,
        went: app.tell_webhook(courier, &webhook).await,
    }
}

impl App {
    /// Sends what is due, until something is not taken.
    async fn tell_webhook(&self, courier: &Courier, webhook: &Webhook) -> Result<Went, AppError> {
        let store = &self.core.store;
        let due = store.due_deliveries(webhook.id, self.now(), IN_A_TURN);
        for delivery in due.await? {
            let tried = self.try_delivery(courier, webhook, &delivery).await;
            store.note_tried(&tried).await?;
            if !tried.why.is_empty() && !is_too_old(&delivery, tried.at) {
                return Ok(Went::Badly);
            }
        }
        Ok(Went::Well)
    }

    async fn try_delivery(
        &self,
        courier: &Courier,
        webhook: &Webhook,
        delivery: &Delivery,
    ) -> Tried {
        if is_too_old(delivery, self.now()) {
            return Tried {
                delivery: delivery.id,
                at: self.now(),
                status: delivery.status,
                why: "waited for too long".into(),
                due: None,
            };
        }
        let vault = &self.identity.vault;
        let secret = vault.open(webhook.id.as_bytes(), &webhook.secret);
        let address = vault.open(&address_of(webhook.id), &webhook.address);
        let answer = match (secret, address.map(|address| HookUrl::kept(&address))) {
            (Ok(secret), Ok(Ok(url))) => courier.send(&url, &secret, delivery, self.now()).await,
            (Err(sealed), _) | (_, Err(sealed)) => Err(sealed.to_string()),
            (Ok(_), Ok(Err(bad))) => Err(bad.to_string()),
        };
        let at = self.now();
        let (status, why) = match answer {
            Ok(status @ 200..=299) => (Some(status), String::new()),
            Ok(status) => (Some(status), format!("answered with {status}")),
            Err(why) => (None, why),
        };
        let taken = why.is_empty();
        tracing::debug!(webhook = %webhook.id, kind = delivery.kind, why, "webhook told");
        Tried {
            delivery: delivery.id,
            at,
            status,
            due: if taken {
                None
            } else {
                next_try(delivery.tries + 1, at)
            },
            why,
        }
    }
}

fn is_too_old(delivery: &Delivery, now: Timestamp) -> bool {
    now.since(delivery.made) > AGE_MOST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::new_uuid;
    use crate::model::webhook::Kinds;

    fn webhook(org: OrgId) -> Webhook {
        Webhook {
            id: new_uuid(Timestamp(0)),
            org,
            place: "https://hooks.example".into(),
            address: Vec::new(),
            kinds: Kinds::parse(["*"]).expect("kinds"),
            secret: Vec::new(),
            created: Timestamp(0),
            maker: None,
            on_hold: false,
            told: 0,
            missed: 0,
        }
    }

    fn org(number: u128) -> OrgId {
        OrgId(Uuid::from_u128(number))
    }

    #[test]
    fn one_organisation_never_has_every_turn() {
        let (mut turns, now) = (Turns::default(), Timestamp(0));
        let begun = (0..AT_ONCE)
            .filter(|_| turns.begin(&webhook(org(1)), now))
            .count();
        assert_eq!(begun, AT_ONCE_OF_ONE);
        assert!(turns.begin(&webhook(org(2)), now));
        // Nor have a few together.
        let many = (1..=100).flat_map(|n| [org(n); AT_ONCE_OF_ONE]);
        let begun = many.filter(|org| turns.begin(&webhook(*org), now)).count();
        assert!(begun < AT_ONCE + 100, "{begun}");
        assert!(
            turns
                .under_way
                .values()
                .any(|under_way| *under_way == org(100))
        );
        assert!(turns.begin(&webhook(org(101)), now));
    }

    #[test]
    fn a_webhook_has_one_turn_at_a_time_and_rests_longer_each_time_it_refuses() {
        let (mut turns, mut now) = (Turns::default(), Timestamp(0));
        let hook = webhook(org(1));
        let over = |went| Turn {
            webhook: hook.id,
            went: Ok(went),
        };
        let mut rests = Vec::new();
        for _ in 0..20 {
            assert!(turns.begin(&hook, now) && !turns.begin(&hook, now));
            turns.end(over(Went::Badly), now);
            assert!(!turns.begin(&hook, now));
            let until = turns.resting[&hook.id].until;
            rests.push(until.since(now));
            now = until;
        }
        assert!(
            rests.is_sorted() && rests[0] == REST && rests[19] == REST_MOST,
            "{rests:?}"
        );
        assert!(turns.begin(&hook, now));
        turns.end(over(Went::Well), now);
        assert!(turns.begin(&hook, now));
    }
}
