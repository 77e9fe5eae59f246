//! Power over the organisation that is given by another way than a role: through a group, or by
//! widening a role that is held there. Where an organisation wants a second person for power, it
//! wants one for these too.

use farpane_protocol::ids::UserId;
use uuid::Uuid;

use super::super::AppError;
use super::super::caller::Caller;
use crate::model::access::{Role, RoleRef};
use crate::model::request::Act;
use crate::policy::rights::{Action, ActionSet, Place, RoleRights};

/// The rights that a role would have after an act that waits.
pub(super) fn widened(act: &Act) -> Option<RoleRights> {
    let Act::ChangeRole {
        reach,
        scopes,
        unattended,
        actions,
        ..
    } = act
    else {
        return None;
    };
    let named: Option<Vec<_>> = actions.iter().map(|name| Action::named(name)).collect();
    Some(RoleRights {
        reach: *reach,
        scopes: *scopes,
        unattended: *unattended,
        actions: ActionSet::of(&named?),
    })
}

impl Caller {
    /// Asks a second person before somebody joins a group that holds power.
    pub(super) async fn second_for_joining(
        &self,
        group: Uuid,
        person: UserId,
    ) -> Result<(), AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let rules = store.second_person(org).await?;
        let held = self.held_by_group(group).await?;
        let power = held
            .iter()
            .any(|held| rules.for_giving(&held.rights, held.assignment.place));
        let inside = || async {
            let members = store.members(org, group).await?;
            Ok::<_, AppError>(members.iter().any(|member| member.id == person))
        };
        if power && !inside().await? {
            let act = Act::JoinGroup { person, group };
            self.second_said_yes(act).await?;
        }
        Ok(())
    }

    /// Asks a second person before a role that is held in the whole organisation gains power.
    pub(super) async fn second_for_widening(
        &self,
        old: &RoleRights,
        role: &Role,
    ) -> Result<(), AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let rules = store.second_person(org).await?;
        if !rules.for_widening(old, &role.rights) {
            return Ok(());
        }
        let all = store.assignments(org).await?;
        let held = all.iter().any(|held| {
            let assignment = &held.assignment;
            assignment.role == RoleRef::Own(role.id) && assignment.place == Place::Org
        });
        if held {
            let rights = &role.rights;
            let names = rights.actions.iter().map(|action| action.name().into());
            let act = Act::ChangeRole {
                role: role.id,
                name: role.name.clone(),
                reach: rights.reach,
                scopes: rights.scopes,
                unattended: rights.unattended,
                actions: names.collect(),
            };
            self.second_said_yes(act).await?;
        }
        Ok(())
    }

    /// Does what was approved, in the name of the one who asked; they need not come back for it.
    /// What only they can do, such as opening a session, waits for them.
    pub(super) async fn approved(&self, act: &Act) -> Result<(), AppError> {
        match act {
            Act::RemoveDevices { bulk, .. } | Act::MoveDevices { bulk, .. } => {
                self.run_bulk(*bulk).await?;
            }
            Act::JoinGroup { person, group } => {
                self.join_group(*group, *person).await?;
            }
            Act::ChangeRole { role, name, .. } => {
                if let Some(rights) = widened(act) {
                    self.change_role(*role, name, rights).await?;
                }
            }
            Act::GiveRole { .. }
            | Act::HaveRole { .. }
            | Act::Loosen { .. }
            | Act::OpenUnasked { .. }
            | Act::OpenMore
            | Act::ExportAudit => {}
        }
        Ok(())
    }
}
