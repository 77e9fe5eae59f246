//! A grant that is right in every respect, for tests that spoil one thing at a time.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::grant::{CheckedGrant, ConsentMode, Grant, HostFacts, PolicyFloor};
use crate::ids::{DeviceId, EpochNonce, GrantId, OrgId, SessionId, TenantId};
use crate::key::{PublicKey, SecretKey};
use crate::outcome::EndReason;
use crate::scope::{Scope, ScopeSet};
use crate::time::Timestamp;

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

pub(crate) struct Fixture {
    pub(crate) signer: u8,
    pub(crate) grant: Grant,
    pub(crate) raw: Option<String>,
    pub(crate) facts: HostFacts,
    pub(crate) viewer: PublicKey,
    pub(crate) now: Option<Timestamp>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let key = |seed| SecretKey::from_seed([seed; 32]).public();
        let device = DeviceId(Uuid::from_u128(1));
        let epoch = EpochNonce([4; 16]);
        let scopes = ScopeSet::of(&[Scope::View, Scope::Control]);
        Self {
            signer: 1,
            grant: Grant {
                id: GrantId([7; 16]),
                session: SessionId(Uuid::from_u128(5)),
                org: OrgId(Uuid::from_u128(2)),
                org_name: "Acme MSP".into(),
                verified_domain: None,
                tenant: TenantId(Uuid::from_u128(3)),
                tenant_name: "Oslo Shops".into(),
                person: "Anna Berg".into(),
                account: "anna@acme.example".into(),
                viewer_key: key(2),
                device,
                device_key: key(3),
                scopes,
                consent: ConsentMode::Ask,
                epoch,
                issued: NOW,
                start_by: NOW.after(Duration::from_secs(30)),
                max_seconds: 3600,
                reason: "printer offline".into(),
                policy_version: 1,
                user: None,
                policy_epoch: 0,
            },
            raw: None,
            facts: HostFacts {
                directory_keys: vec![key(1)],
                device,
                device_key: key(3),
                epoch,
                floor: PolicyFloor::attended(),
                session: SessionId(Uuid::from_u128(5)),
                memory: Arc::default(),
            },
            viewer: key(2),
            now: Some(NOW),
        }
    }

    pub(crate) fn sealed(&self) -> String {
        let signer = SecretKey::from_seed([self.signer; 32]);
        self.raw.clone().unwrap_or_else(|| self.grant.seal(&signer))
    }

    pub(crate) fn check(&self) -> Result<CheckedGrant, EndReason> {
        CheckedGrant::check(&self.facts, &self.viewer, &self.sealed(), self.now)
    }
}
