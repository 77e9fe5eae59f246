//! Whether somebody who decides is a second person: not one whom the one who asked made, gave the
//! right to decide, or gave a new way to sign in, which would be one person saying yes twice.

use std::time::Duration;

use farpane_protocol::ids::UserId;

use super::super::caller::Caller;
use super::super::{AppError, Core, Denied};
use crate::model::request::Request;
use crate::policy::rights::{Action, Path, Rights};

/// How long such a tie lasts: a working week, in which the others see a new account or a new
/// administrator before it counts.
pub const TIED_FOR: Duration = Duration::from_secs(7 * 24 * 3600);

impl Caller {
    /// This caller with what they hold independently of the one who asked; refused if with that they
    /// may not decide at `path`. The operator at the directory's machine is always independent, so
    /// that two people who made each other's accounts are never locked out.
    pub(super) async fn independent(
        &self,
        request: &Request,
        path: &Path,
    ) -> Result<Self, AppError> {
        let Some(me) = &self.account else {
            return Ok(self.clone());
        };
        let ties = (request.asked_by, me.id);
        let rights = self.core.own_rights(ties, &self.rights, path).await?;
        Ok(Self {
            rights: rights.ok_or(Denied::TiedToAsker)?,
            ..self.clone()
        })
    }
}

impl Core {
    /// Which of these rights the one who decides has independently of the one who asks; `None` if
    /// with those they may not decide at `path`.
    pub(super) async fn own_rights(
        &self,
        (asker, decider): (UserId, UserId),
        rights: &Rights,
        path: &Path,
    ) -> Result<Option<Rights>, AppError> {
        let since = self.clock.now().before(TIED_FOR);
        let ties = self.store.ties(self.org.id, asker, decider, since).await?;
        let held = rights.held.iter();
        let own = held.filter(|held| !ties.assignments.contains(&held.assignment));
        let rights = Rights {
            held: own.cloned().collect(),
        };
        let independent = !ties.credential && rights.may(Action::ApproveRequests, path);
        Ok(independent.then_some(rights))
    }
}
