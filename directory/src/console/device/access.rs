//! Who can reach a device, through which roles, and with what inside a session.

use farpane_protocol::ids::DeviceId;
use farpane_protocol::scope::ScopeSet;

use crate::console::access::test::Because;
use crate::console::page::{Failed, Person};
use crate::console::texts::Message;

/// Somebody who can reach it.
pub(super) struct Reaches {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) because: Vec<Because>,
    pub(super) inside: Vec<Message>,
    /// Whether sessions may go without asking there, where the device allows that.
    pub(super) unattended: bool,
}

/// Everybody who can reach the device now.
pub(super) async fn who(person: &Person, id: DeviceId) -> Result<Vec<Reaches>, Failed> {
    let t = person.t;
    let reachers = person.caller.who_can_reach(id).await?.into_iter();
    let shown = reachers.map(|reacher| {
        let scopes = reacher.because.iter().fold(ScopeSet::EMPTY, |all, reason| {
            reason.rights.scopes.iter().fold(all, ScopeSet::with)
        });
        Reaches {
            id: reacher.account.id.to_string(),
            name: reacher.account.name,
            email: reacher.account.email.to_string(),
            inside: scopes.iter().map(|scope| t.scope(scope)).collect(),
            unattended: reacher.because.iter().any(|one| one.rights.unattended),
            because: reacher
                .because
                .iter()
                .map(|reason| Because::of(reason, t))
                .collect(),
        }
    });
    Ok(shown.collect())
}
