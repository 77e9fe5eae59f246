//! Grants: the directory's signed word on who may do what to which device until when; and the
//! permit, which only a checked, recorded and consented grant becomes.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::consent::ConsentDigest;
use crate::ids::{DeviceId, EpochNonce, GrantId, OrgId, SessionId, TenantId, UserId};
use crate::key::PublicKey;
use crate::limits::SESSION_MAX;
use crate::outcome::EndReason;
use crate::revocation::{Memory, Verdict};
use crate::scope::{Scope, ScopeSet};
use crate::time::Timestamp;
use crate::token::{self, Purpose};

/// Whether a person at the device must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentMode {
    /// A person at the device is asked; silence is no.
    Ask,
    /// No one is asked. The host's local policy must allow it too.
    Unattended,
}

/// What a grant says. Names are what the person at the device is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Works once.
    pub id: GrantId,
    /// The session it starts.
    pub session: SessionId,
    /// Whose people ask.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// Whether the organisation proved control of a domain, and which.
    pub verified_domain: Option<String>,
    /// Whose device it is.
    pub tenant: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// The person who asks, as shown.
    pub person: String,
    /// The person's account (an e-mail address).
    pub account: String,
    /// The viewer installation that may present this grant.
    pub viewer_key: PublicKey,
    /// The device it opens.
    pub device: DeviceId,
    /// The device's key.
    pub device_key: PublicKey,
    /// What may be done.
    pub scopes: ScopeSet,
    /// Whether a person must agree.
    pub consent: ConsentMode,
    /// Nonce of the run of the host that it is made for.
    pub epoch: EpochNonce,
    /// When it was made, in directory time.
    pub issued: Timestamp,
    /// Until when it may be presented, in directory time.
    pub start_by: Timestamp,
    /// Longest session it allows, in seconds.
    pub max_seconds: u32,
    /// Why, in the person's words; may be empty.
    pub reason: String,
    /// Version of the rules that it was decided by.
    pub policy_version: u64,
    /// The person's account; absent from directories of version 0.1.
    #[serde(default)]
    pub user: Option<UserId>,
    /// The policy epoch that it was made in: how much the directory knew of what was taken back.
    #[serde(default)]
    pub policy_epoch: u64,
}

impl Grant {
    /// Signs it.
    pub fn seal(&self, key: &crate::key::SecretKey) -> String {
        token::seal(key, Purpose::Grant, self)
    }

    /// Longest session it allows; never above [`SESSION_MAX`].
    pub fn max_duration(&self) -> Duration {
        Duration::from_secs(u64::from(self.max_seconds)).min(SESSION_MAX)
    }
}

/// What the host knows when it judges a grant.
#[derive(Clone, Debug)]
pub struct HostFacts {
    /// Keys whose word counts, from enrolment.
    pub directory_keys: Vec<PublicKey>,
    /// Who we are.
    pub device: DeviceId,
    /// Our key.
    pub device_key: PublicKey,
    /// The nonce of this run.
    pub epoch: EpochNonce,
    /// The device's own rules.
    pub floor: PolicyFloor,
    /// The session that the directory invited us to.
    pub session: SessionId,
    /// What was taken back, as far as this host has heard.
    pub memory: Arc<Memory>,
}

/// The host's local rules; the directory can tighten them, never loosen them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFloor {
    /// Scopes that this device ever allows.
    pub scopes: ScopeSet,
    /// Whether the directory alone may open this device, by the hand of its administrator.
    pub unattended_directory_alone: bool,
}

impl PolicyFloor {
    /// Someone must agree, every time; nothing beyond seeing, controlling and clipboard text.
    pub fn attended() -> Self {
        Self {
            scopes: ScopeSet::of(&[Scope::View, Scope::Control]).union(ScopeSet::CLIPBOARD),
            unattended_directory_alone: false,
        }
    }
}

/// A grant whose signature, parties, time and rights were checked against this host. Not yet
/// recorded, not yet agreed to: good for nothing but the next step.
#[derive(Clone, Debug)]
pub struct CheckedGrant {
    grant: Grant,
    asks_person: bool,
    is_for_this_session: bool,
}

impl CheckedGrant {
    /// Judges a grant that `viewer` (the key of the end-to-end connection) presented at
    /// directory time `now`. `None` for `now` means the host has never heard the directory.
    pub fn check(
        facts: &HostFacts,
        viewer: &PublicKey,
        grant: &str,
        now: Option<Timestamp>,
    ) -> Result<Self, EndReason> {
        let (mut grant, _) = token::open::<Grant>(&facts.directory_keys, Purpose::Grant, grant)
            .map_err(|_| EndReason::GrantInvalid)?;
        if grant.device != facts.device || grant.device_key != facts.device_key {
            return Err(EndReason::GrantForOtherDevice);
        }
        if grant.viewer_key != *viewer {
            return Err(EndReason::GrantForOtherViewer);
        }
        let now = now.ok_or(EndReason::GrantExpired)?;
        if grant.epoch != facts.epoch || now > grant.start_by {
            return Err(EndReason::GrantExpired);
        }
        // A directory that was restored from an old copy must not open what was closed since.
        match facts.memory.judge(&grant) {
            Verdict::Fine => {}
            Verdict::Behind => return Err(EndReason::GrantExpired),
            Verdict::Revoked => return Err(EndReason::Revoked),
        }
        let above = ScopeSet::EXTRA.without(facts.floor.scopes);
        grant.scopes = grant.scopes.without(above).settled();
        if grant.scopes.is_empty()
            || !grant.scopes.has(Scope::View)
            || !grant.scopes.within(facts.floor.scopes)
        {
            return Err(EndReason::RightsAbovePolicy);
        }
        // The directory can ask for less consent only where the device allows it by its own rule;
        // everywhere else the person is asked all the same.
        let asks_person = match grant.consent {
            ConsentMode::Ask => true,
            ConsentMode::Unattended => !facts.floor.unattended_directory_alone,
        };
        let is_for_this_session = grant.session == facts.session;
        Ok(Self {
            grant,
            asks_person,
            is_for_this_session,
        })
    }

    /// What it says.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Whether it was made for the session that the device was invited to. Asked after it was
    /// recorded, so that a used grant is told from a misplaced one and both are burnt.
    pub fn is_for_this_session(&self) -> bool {
        self.is_for_this_session
    }

    /// Whether a person at the device must agree first.
    pub fn asks_person(&self) -> bool {
        self.asks_person
    }

    /// What a person's answer is bound to.
    pub fn digest(&self) -> ConsentDigest {
        ConsentDigest::of(&self.grant)
    }

    /// Becomes a permit by a person's answer to exactly this question, for the scopes that were
    /// left ticked.
    pub(crate) fn agreed(
        self,
        digest: ConsentDigest,
        scopes: ScopeSet,
    ) -> Result<Permit, EndReason> {
        let scopes = self.grant.scopes.intersect(scopes).settled();
        if digest != self.digest() || !scopes.has(Scope::View) {
            return Err(EndReason::PersonRefused);
        }
        Ok(Permit {
            grant: self.grant,
            scopes,
        })
    }

    /// Becomes a permit without a question, where device and directory both allow that.
    pub(crate) fn unattended(self) -> Result<Permit, EndReason> {
        if self.asks_person {
            return Err(EndReason::PersonRefused);
        }
        let scopes = self.grant.scopes;
        Ok(Permit {
            grant: self.grant,
            scopes,
        })
    }
}

/// Leave to act on a session. Exists only in memory, only after every check; it cannot be made
/// outside this crate, copied from the wire, or stored.
#[derive(Debug)]
pub struct Permit {
    grant: Grant,
    scopes: ScopeSet,
}

impl Permit {
    /// What may be done: what the grant says, less what the person took out.
    pub fn scopes(&self) -> ScopeSet {
        self.scopes
    }

    /// The grant it came from.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::testing::{Fixture, NOW};

    type Case = (&'static str, fn(&mut Fixture), EndReason);

    /// Each way of being wrong, alone, and the reason that it must be refused with.
    const CASES: [Case; 11] = [
        (
            "signed by another key",
            |f| f.signer = 99,
            EndReason::GrantInvalid,
        ),
        (
            "for another device",
            |f| f.grant.device = DeviceId(uuid::Uuid::from_u128(9)),
            EndReason::GrantForOtherDevice,
        ),
        (
            "for another device key",
            |f| f.grant.device_key = f.grant.viewer_key,
            EndReason::GrantForOtherDevice,
        ),
        (
            "by another viewer",
            |f| f.viewer = f.facts.device_key,
            EndReason::GrantForOtherViewer,
        ),
        (
            "too late",
            |f| f.now = Some(f.grant.start_by.after(Duration::from_micros(1))),
            EndReason::GrantExpired,
        ),
        (
            "directory never heard",
            |f| f.now = None,
            EndReason::GrantExpired,
        ),
        (
            "for an earlier run",
            |f| f.grant.epoch = EpochNonce([0; 16]),
            EndReason::GrantExpired,
        ),
        (
            "more scopes than the floor",
            |f| f.grant.scopes = f.grant.scopes.with(Scope::Files),
            EndReason::RightsAbovePolicy,
        ),
        (
            "no scope",
            |f| f.grant.scopes = ScopeSet::EMPTY,
            EndReason::RightsAbovePolicy,
        ),
        (
            "control without view",
            |f| f.grant.scopes = ScopeSet::of(&[Scope::Control]),
            EndReason::RightsAbovePolicy,
        ),
        (
            "not a grant at all",
            |f| f.raw = Some("v4.public.AAAA".into()),
            EndReason::GrantInvalid,
        ),
    ];

    #[test]
    fn each_wrong_thing_is_refused_with_its_own_reason() {
        for (name, spoil, reason) in CASES {
            let mut fixture = Fixture::new();
            spoil(&mut fixture);
            assert_eq!(fixture.check().err(), Some(reason), "{name}");
        }
    }

    #[test]
    fn a_right_grant_is_taken_until_its_last_moment() {
        let mut fixture = Fixture::new();
        assert!(fixture.check().is_ok_and(|g| g.asks_person()));
        fixture.now = Some(fixture.grant.start_by);
        assert!(fixture.check().is_ok());
        assert!(NOW < fixture.grant.start_by);
    }

    #[test]
    fn the_answer_to_another_question_is_no() {
        let mut other = Fixture::new();
        other.grant.reason = "something else".into();
        let answer = other.check().expect("right").digest();
        let asked = Fixture::new().check().expect("right");
        let all = asked.grant().scopes;
        assert_eq!(
            asked.agreed(answer, all).err(),
            Some(EndReason::PersonRefused)
        );
    }

    #[test]
    fn a_person_can_take_rights_out_but_not_put_them_in() {
        let fixture = Fixture::new();
        let asked = fixture.check().expect("right");
        let digest = asked.digest();
        let permit = asked
            .agreed(digest, ScopeSet::of(&[Scope::View, Scope::Files]))
            .expect("view is enough");
        assert_eq!(permit.scopes(), ScopeSet::of(&[Scope::View]));
    }

    #[test]
    fn extras_above_the_floor_or_without_control_are_left_out_and_refuse_nothing() {
        let mut fixture = Fixture::new();
        fixture.facts.floor.scopes = ScopeSet::of(&[Scope::View, Scope::Control]);
        fixture.grant.scopes = fixture.grant.scopes.union(ScopeSet::CLIPBOARD);
        let checked = fixture.check().expect("right");
        assert!(!checked.grant().scopes.has(Scope::ClipboardIn));
        fixture.facts.floor = PolicyFloor::attended();
        let checked = fixture.check().expect("right");
        assert!(checked.grant().scopes.has(Scope::ClipboardIn));
        let digest = checked.digest();
        let left = ScopeSet::CLIPBOARD.with(Scope::View);
        let permit = checked.agreed(digest, left).expect("view is enough");
        assert_eq!(permit.scopes(), ScopeSet::of(&[Scope::View]));
    }

    #[test]
    fn an_attended_device_asks_whatever_the_directory_says() {
        let mut fixture = Fixture::new();
        fixture.grant.consent = ConsentMode::Unattended;
        let asked = fixture.check().expect("right");
        assert!(asked.asks_person());
        assert_eq!(asked.unattended().err(), Some(EndReason::PersonRefused));
    }

    #[test]
    fn an_attended_grant_never_skips_the_question() {
        let asked = Fixture::new().check().expect("right");
        assert_eq!(asked.unattended().err(), Some(EndReason::PersonRefused));
    }
}
