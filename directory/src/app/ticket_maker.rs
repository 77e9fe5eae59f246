//! Whoever made a ticket, when it is used: a ticket does what its maker may do then, and nothing once
//! they are gone.

use farpane_protocol::enrolment::TicketKind;

use super::{App, AppError, Denied};
use crate::model::TicketRecord;
use crate::policy::rights::{Action, Path, Place, Rights};
use crate::store::catalogue::TicketRefusal;

/// What the maker of a ticket may do where it enrols.
pub(super) struct Maker {
    rights: Rights,
    path: Path,
}

impl Maker {
    /// Whether they may do this there.
    pub(super) fn may(&self, action: Action) -> bool {
        self.rights.may(action, &self.path)
    }
}

impl App {
    /// Who made a ticket, with what they may do now; the operator, if nobody else did. Refused once
    /// they could not make it any more.
    pub(super) async fn maker_of(&self, ticket: &TicketRecord) -> Result<Maker, AppError> {
        let gone = Denied::Ticket(TicketRefusal::Orphaned);
        let (store, org) = (&self.core.store, ticket.org);
        let rights = match ticket.made_by {
            None => Rights::everything(),
            Some(_) if ticket.orphaned => return Err(gone.into()),
            Some(maker) => Rights {
                held: store.held_by(org, maker, self.now()).await?,
            },
        };
        let path = match ticket.tenant {
            None => Path::ORG,
            Some(tenant) => {
                let place = ticket
                    .terms
                    .place
                    .map_or(Place::Tenant(tenant), Place::Node);
                match self.in_org(org).await?.path_of(place).await {
                    Ok(path) => path,
                    // Its site or group was removed: devices come to the customer itself.
                    Err(AppError::Denied(_)) => Path::tenant(tenant),
                    Err(error @ AppError::Store(_)) => return Err(error),
                }
            }
        };
        let maker = Maker { rights, path };
        let may = match ticket.kind {
            TicketKind::Relay => maker.may(Action::ManageRelays),
            TicketKind::Device => {
                let replaces = ticket.terms.replaces.is_some();
                maker.may(Action::MakeTickets) && (!replaces || maker.may(Action::EditDevices))
            }
        };
        if may { Ok(maker) } else { Err(gone.into()) }
    }
}
