//! Whether one person may do an act on many devices alone: removing more than so many within an
//! hour, and moving devices out of a customer that is guarded, take a second person.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::AppError;
use super::caller::Caller;
use crate::model::bulk::{Act, Bulk};
use crate::model::request::Act as Asked;
use crate::policy::second_person::REMOVALS_WITHIN;
use crate::store::bulks::Alone;

/// By whose leave an act is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// Nobody has to be asked.
    NotNeeded,
    /// A second person said yes.
    Given,
    /// Nobody was asked, so only so many.
    Alone(Alone),
}

impl Leave {
    /// The bound that the store holds, if there is one.
    pub(super) fn alone(self) -> Option<Alone> {
        match self {
            Self::Alone(alone) => Some(alone),
            Self::NotNeeded | Self::Given => None,
        }
    }
}

/// The removal of what was previewed, as a second person is asked about it.
pub(super) fn removal(bulk: &Bulk) -> Asked {
    Asked::RemoveDevices {
        bulk: bulk.id,
        count: bulk.count,
        digest: URL_SAFE_NO_PAD.encode(bulk.digest),
    }
}

impl Caller {
    /// By whose leave this caller may run what they previewed. Refused where a second person has to
    /// say yes first.
    pub(super) async fn leave(&self, bulk: &Bulk) -> Result<Leave, AppError> {
        let Some(me) = &self.account else {
            return Ok(Leave::NotNeeded);
        };
        let (store, now) = (&self.core.store, self.core.clock.now());
        let rules = store.second_person(self.core.org.id).await?;
        match (&bulk.act, rules.remove_over) {
            (Act::Remove, Some(most)) if bulk.ran.is_none() => {
                let asked = removal(bulk);
                let approved = store.use_approval(me.org, me.id, &asked, now);
                if approved.await? {
                    return Ok(Leave::Given);
                }
                if rules.for_removing(bulk.count) {
                    self.second_said_yes(asked).await?;
                }
                Ok(Leave::Alone(Alone {
                    most: u64::from(most),
                    since: now.before(REMOVALS_WITHIN),
                }))
            }
            (Act::Move { customer, .. }, _) if bulk.ran.is_none() => {
                let spots = store.bulk_spots(bulk.id).await?;
                let leaves = |from| rules.for_moving(from, *customer);
                if !spots.iter().any(|spot| leaves(spot.tenant)) {
                    return Ok(Leave::NotNeeded);
                }
                let moved = Asked::MoveDevices {
                    bulk: bulk.id,
                    count: bulk.count,
                    digest: URL_SAFE_NO_PAD.encode(bulk.digest),
                    to: *customer,
                };
                self.second_said_yes(moved).await?;
                Ok(Leave::Given)
            }
            (
                Act::Tag { .. }
                | Act::Untag { .. }
                | Act::Move { .. }
                | Act::SetField { .. }
                | Act::Approve
                | Act::Remove,
                _,
            ) => Ok(Leave::NotNeeded),
        }
    }
}
