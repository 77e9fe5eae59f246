//! Whether somebody who decides is a second person: not one whom the one who asked made, gave the
//! right to decide, or gave a new way to sign in, which would be one person saying yes twice.

use std::time::Duration;

use super::super::caller::Caller;
use super::super::{AppError, Denied};
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
        let since = self.core.clock.now().before(TIED_FOR);
        let store = &self.core.store;
        let ties = store.ties(me.org, request.asked_by, me.id, since).await?;
        let held = self.rights.held.iter();
        let own = held.filter(|held| !ties.assignments.contains(&held.assignment));
        let rights = Rights {
            held: own.cloned().collect(),
        };
        if ties.credential || !rights.may(Action::ApproveRequests, path) {
            return Err(Denied::TiedToAsker.into());
        }
        Ok(Self {
            rights,
            ..self.clone()
        })
    }
}
