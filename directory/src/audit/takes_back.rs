//! Which events take something back or give it back, so that hosts are told and remember.

use farpane_protocol::revocation::Revoked;

use super::Event;

impl Event {
    /// What it takes back, or gives back (`true`): hosts are told and remember. Viewers are named
    /// by the store, which knows their keys.
    pub fn takes_back(&self) -> Option<(Revoked, bool)> {
        if let Self::DeviceRemoved { device, key } = self {
            let (device, key) = (*device, *key);
            return Some((Revoked::Device { device, key }, false));
        }
        if let Self::AccountDisabled { account } | Self::AccountRemoved { account } = self {
            return Some((Revoked::Account(*account), false));
        }
        if let Self::AccountEnabled { account } = self {
            return Some((Revoked::Account(*account), true));
        }
        if let Self::RoleTaken { assignment, .. } = self {
            return Some((Revoked::Assignment(*assignment), false));
        }
        if let Self::GroupLeft { group, account } = self {
            let (group, account) = (*group, *account);
            return Some((Revoked::Member { group, account }, false));
        }
        if let Self::GroupJoined { group, account } = self {
            let (group, account) = (*group, *account);
            return Some((Revoked::Member { group, account }, true));
        }
        None
    }
}
