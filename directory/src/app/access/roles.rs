//! Roles: the built-in ones, which nobody changes, and an organisation's own.

use uuid::Uuid;

use super::super::caller::Caller;
use super::super::{AppError, Denied};
use super::changed;
use crate::audit::{Event, Personal};
use crate::model::access::{Role, RoleRef};
use crate::model::{new_uuid, text};
use crate::policy::rights::{Action, Builtin, Path, RoleRights};

/// A role, built in or own, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSeen {
    /// Which.
    pub id: RoleRef,
    /// Its name.
    pub name: String,
    /// What it gives.
    pub rights: RoleRights,
}

fn seen(role: Role) -> RoleSeen {
    RoleSeen {
        id: RoleRef::Own(role.id),
        name: role.name,
        rights: role.rights,
    }
}

/// The role of that name or id.
pub(super) fn find(roles: Vec<RoleSeen>, named: &str) -> Result<RoleSeen, Denied> {
    let wanted = text::fold(&text::name(named));
    let id = Uuid::parse_str(named).ok().map(RoleRef::Own);
    roles
        .into_iter()
        .find(|role| Some(role.id) == id || text::fold(&role.name) == wanted)
        .ok_or(Denied::NotFound("role"))
}

impl Caller {
    /// Every role: the built-in ones, then the organisation's own by name.
    pub async fn roles(&self) -> Result<Vec<RoleSeen>, AppError> {
        self.check_anywhere(Action::SeePeople)?;
        self.every_role().await
    }

    pub(super) async fn every_role(&self) -> Result<Vec<RoleSeen>, AppError> {
        let own = self.core.store.roles(self.core.org.id).await?;
        let builtin = Builtin::ALL.into_iter().map(|role| RoleSeen {
            id: RoleRef::Builtin(role),
            name: role.name().to_owned(),
            rights: role.rights(),
        });
        Ok(builtin.chain(own.into_iter().map(seen)).collect())
    }

    /// The roles that the caller could give somewhere, in the same order.
    pub async fn roles_to_give(&self) -> Result<Vec<RoleSeen>, AppError> {
        let names = self.core.place_names().await?;
        let held = self.rights.held.iter();
        let paths: Vec<_> = held.map(|held| names.path(held.place)).collect();
        let mut roles = self.every_role().await?;
        roles.retain(|role| {
            let gives = |path: &Path| self.rights.may_give(&role.rights, path);
            paths.iter().any(gives)
        });
        Ok(roles)
    }

    /// The role of that name or id.
    pub async fn role(&self, named: &str) -> Result<RoleSeen, AppError> {
        Ok(find(self.roles().await?, named)?)
    }

    /// One role by itself, for those who see people in the whole organisation. Others see roles in
    /// the list, to give them.
    pub async fn role_alone(&self, named: &str) -> Result<RoleSeen, AppError> {
        if !self.rights.may(Action::SeePeople, &Path::ORG) {
            return Err(Denied::NotFound("role").into());
        }
        self.role(named).await
    }

    /// Makes a role that gives no more than the one who makes it holds everywhere.
    pub async fn make_role(&self, name: &str, rights: RoleRights) -> Result<RoleSeen, AppError> {
        let now = self.core.clock.now();
        let role = Role {
            id: new_uuid(now),
            org: self.core.org.id,
            name: self.role_name(name)?,
            rights,
            created: now,
        };
        self.may_define(&rights)?;
        let entry = self.role_entry(&role, true);
        let made = self.core.store.add_role(&role, &entry).await?;
        changed(made, "role")?;
        Ok(seen(role))
    }

    /// Gives an own role another name and other rights. Everybody who holds it has the new ones.
    pub async fn change_role(
        &self,
        id: Uuid,
        name: &str,
        rights: RoleRights,
    ) -> Result<RoleSeen, AppError> {
        let name = self.role_name(name)?;
        let known = self.may_redefine(id, &rights).await?;
        let (old, was) = (known.rights, known.name.clone());
        let role = Role {
            name,
            rights,
            ..known
        };
        self.second_for_widening(&old, &role).await?;
        let mut entry = self.role_entry(&role, false);
        entry.personal.was = (was != role.name).then_some(was);
        let made = self.core.store.change_role(&role, &entry).await?;
        changed(made, "role")?;
        Ok(seen(role))
    }

    /// The own role of that id, which this caller may give these rights.
    pub(super) async fn may_redefine(
        &self,
        id: Uuid,
        rights: &RoleRights,
    ) -> Result<Role, AppError> {
        self.check_org(Action::ManageRoles)?;
        self.may_define(rights)?;
        let roles = self.core.store.roles(self.core.org.id).await?;
        let known = roles.into_iter().find(|role| role.id == id);
        let known = known.ok_or(Denied::NotFound("role"))?;
        // Whoever takes rights away has to be able to give them back.
        self.may_define(&known.rights)?;
        Ok(known)
    }

    /// Removes an own role that nobody holds.
    pub async fn remove_role(&self, id: Uuid) -> Result<(), AppError> {
        self.check(Action::ManageRoles, &Path::ORG, "role")?;
        let roles = self.core.store.roles(self.core.org.id).await?;
        let role = roles.into_iter().find(|role| role.id == id);
        let role = role.ok_or(Denied::NotFound("role"))?;
        let event = Event::RoleRemoved { role: id };
        let entry = self
            .core
            .entry(self.actor(), event)
            .with(Personal::named(&role.name));
        let removed = self.core.store.remove_role(role.org, id, &entry).await?;
        changed(removed, "role")?;
        Ok(())
    }

    fn role_name(&self, name: &str) -> Result<String, Denied> {
        self.check_org(Action::ManageRoles)?;
        let name = text::name(name);
        if name.is_empty() {
            return Err(Denied::BadRequest("A role needs a name."));
        }
        Ok(name)
    }

    fn may_define(&self, rights: &RoleRights) -> Result<(), Denied> {
        // A role of one's own has no end, so only what is held without one counts.
        let own = self.rights.lasting(None, None).total(&Path::ORG);
        if rights.within(&own) {
            Ok(())
        } else {
            Err(Denied::AboveOwnRights)
        }
    }

    fn role_entry(&self, role: &Role, new: bool) -> crate::audit::Entry {
        let rights = &role.rights;
        let event = Event::RoleDefined {
            role: role.id,
            new,
            reach: rights.reach,
            scopes: rights.scopes,
            unattended: rights.unattended,
            actions: rights.actions.iter().map(|a| a.name().into()).collect(),
        };
        self.core
            .entry(self.actor(), event)
            .with(Personal::named(&role.name))
    }
}
