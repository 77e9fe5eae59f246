//! What roles give, as pages say it: three separate answers, and the headings under which actions
//! stand.

use crate::console::texts::{Message, Texts};
use crate::policy::rights::{Action, RoleRights};

/// Headings under which actions stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Devices,
    Customers,
    Sessions,
    People,
    Relays,
    Records,
}

impl Subject {
    pub(super) const ALL: [Self; 6] = [
        Self::Devices,
        Self::Customers,
        Self::Sessions,
        Self::People,
        Self::Relays,
        Self::Records,
    ];

    /// The text's name.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Devices => "devices-title",
            Self::Customers => "customers-title",
            Self::Sessions => "sessions-title",
            Self::People => "about-people",
            Self::Relays => "relays-title",
            Self::Records => "about-records",
        }
    }

    /// What an action is about.
    pub(super) const fn of(action: Action) -> Self {
        match action {
            Action::SeeDevices
            | Action::EditDevices
            | Action::RemoveDevices
            | Action::ApproveDevices
            | Action::ImportDevices
            | Action::ExportDevices
            | Action::SeeInventory
            | Action::MakeTickets => Self::Devices,
            Action::EditPlaces | Action::ManageTenants => Self::Customers,
            Action::SeeSessions | Action::StopSessions => Self::Sessions,
            Action::SeePeople
            | Action::ManagePeople
            | Action::GrantRoles
            | Action::ManageRoles
            | Action::ApproveRequests
            | Action::MakeTokens => Self::People,
            Action::SeeRelays | Action::ManageRelays => Self::Relays,
            Action::SeeAudit | Action::ExportAudit | Action::ManageSettings => Self::Records,
        }
    }
}

/// What an action lets a person do, after "may".
pub(super) fn action(action: Action, t: Texts) -> String {
    t.said(&action.in_words().into())
}

/// The three answers that a role gives.
pub(super) struct Gives {
    /// Whether it reaches devices, and whether without asking there.
    pub(super) reach: Message,
    /// What may be asked for in a session; nothing where no device is reached.
    pub(super) inside: Vec<Message>,
    /// What may be done in the directory; `None` where it is sooner said what may not.
    pub(super) administer: Option<Vec<String>>,
    /// What may not be done there, in that case.
    pub(super) but: Vec<String>,
}

/// Up to how many missing actions are said instead of all that are there.
const MISSING_MOST: usize = 4;

impl Gives {
    pub(super) fn of(rights: &RoleRights, t: Texts) -> Self {
        let words = |has: bool| {
            let all = Action::ALL.iter();
            let these = all.filter(move |one| rights.actions.has(**one) == has);
            these.map(|one| action(*one, t)).collect::<Vec<_>>()
        };
        let missing = words(false);
        let nearly_all = missing.len() <= MISSING_MOST;
        let inside = rights.scopes.iter().filter(|_| rights.reach);
        Self {
            reach: t.msg(match (rights.reach, rights.unattended) {
                (false, _) => "reach-no",
                (true, false) => "reach-asking",
                (true, true) => "reach-unasked",
            }),
            inside: inside.map(|scope| t.scope(scope)).collect(),
            administer: (!nearly_all).then(|| words(true)),
            but: if nearly_all { missing } else { Vec::new() },
        }
    }
}
