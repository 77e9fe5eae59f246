//! The organisation itself: its name, one more beside it, and how many devices an oldest version would shut out.

use farpane_protocol::ids::TenantId;

use super::caller::Caller;
use super::find::Ask;
use super::{App, AppError, Core, Denied};
use crate::audit::{Actor, Event, Personal};
use crate::model::catalogue::Count;
use crate::model::version::VersionKey;
use crate::model::{Founding, text};
use crate::policy::rights::{Action, Path};

impl App {
    /// What the first organisation of this installation is called now.
    pub async fn org_name(&self) -> Result<String, AppError> {
        Ok(self.in_org(self.core.org.id).await?.org.name)
    }
}

impl Caller {
    /// Gives the organisation another name; the name as it was kept is returned. People at devices
    /// read it when they are asked.
    pub async fn rename_organisation(&self, name: &str) -> Result<String, AppError> {
        self.check_org(Action::ManageSettings)?;
        let name = text::name(name);
        if name.is_empty() {
            return Err(Denied::BadRequest("An organisation needs a name.").into());
        }
        let entry = self.core.entry(self.actor(), Event::OrganisationRenamed);
        // As it is kept: a server that runs may not have heard of the last new name.
        let mut orgs = self.core.store.orgs().await?.into_iter();
        let was = orgs.find(|org| org.id == self.core.org.id);
        let entry = entry.with(Personal {
            was: was.map(|org| org.name),
            ..Personal::named(&name)
        });
        let org = self.core.org.id;
        if self.core.store.rename_org(org, &name, &entry).await? {
            Ok(name)
        } else {
            Err(Denied::NameTaken("organisation").into())
        }
    }

    /// How many devices that the caller sees run an older version of the host than this.
    pub async fn devices_below(&self, version: &str) -> Result<Count, AppError> {
        let version = VersionKey::read(version);
        let version = version.ok_or(Denied::BadRequest("A version looks like 1.4 or 1.4.2."))?;
        let ask = Ask {
            query: format!("version:<{version}"),
            limit: 1,
            count: true,
            ..Ask::default()
        };
        let found = self.find(&ask).await?;
        Ok(found.count.unwrap_or(Count::AtLeast(0)))
    }

    /// Whether a customer's devices may only be reached by people with a second factor, for those
    /// who may change it.
    pub async fn tenant_factor(&self, tenant: TenantId) -> Result<Option<bool>, AppError> {
        if !self
            .rights
            .may(Action::ManageSettings, &Path::tenant(tenant))
        {
            return Ok(None);
        }
        let rules = self.core.store.sign_in_rules(self.core.org.id).await?;
        Ok(Some(rules.tenants.contains(&tenant)))
    }
}

impl Core {
    /// Founds one more organisation, as the operator. False if its name or its administrator's
    /// address is taken.
    pub async fn found_another(&self, founding: &Founding) -> Result<bool, AppError> {
        let event = Event::Founded {
            org: founding.org.id,
            tenant: founding.tenant.id,
            account: founding.admin.id,
        };
        let entry = self.entry(Actor::Operator, event).of(founding.org.id);
        let entry = entry.with(Personal {
            account: Some(founding.admin.email.to_string()),
            person: Some(founding.admin.name.clone()),
            ..Personal::default()
        });
        Ok(self.store.found_another(founding, &entry).await?)
    }
}
