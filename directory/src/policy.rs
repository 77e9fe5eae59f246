//! Who may open a session, and how: facts in, a decision and its reason out. Nothing else in the
//! directory decides this.

pub mod hours;
pub mod machine;
pub mod rights;
pub mod second_person;

use farpane_protocol::api::{Access, Approval};
use farpane_protocol::grant::ConsentMode;
use farpane_protocol::ids::EpochNonce;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::time::Timestamp;

use crate::model::said::Said;
pub use crate::model::said::span_in_words;

/// Version of these rules, named in every grant: raise it when a decision changes.
pub const VERSION: u64 = 3;

/// Rights that this directory ever grants. The device's own rules may allow fewer.
pub fn allowed_scopes() -> ScopeSet {
    ScopeSet::of(&[Scope::View, Scope::Control]).union(ScopeSet::CLIPBOARD)
}

/// What is asked for, with those of the rights in `also` that the rules and the roles give: they
/// are left out rather than refused. Who may only look exchanges no clipboard text.
pub fn with_extras(asked: ScopeSet, also: ScopeSet, rights: &OnDevice) -> ScopeSet {
    let given = also.intersect(ScopeSet::EXTRA).intersect(rights.scopes);
    if asked.has(Scope::Control) {
        asked.union(given.intersect(allowed_scopes()))
    } else {
        asked
    }
}

/// Whether and how a device can be reached now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is connected to a relay.
    Present {
        /// The nonce of this run of the host.
        epoch: EpochNonce,
    },
    /// It is not connected.
    Away {
        /// When it was last heard, if ever.
        last_heard: Option<Timestamp>,
    },
}

/// A session that holds the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who is connected or waits to be.
    pub person: String,
}

/// What the roles of the person who asks give them on the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnDevice {
    /// Whether sessions with it may be asked for.
    pub reach: bool,
    /// What may be asked for inside one.
    pub scopes: ScopeSet,
    /// Whether one may go without asking, if the device allows that.
    pub unattended: bool,
}

impl OnDevice {
    /// What these rights give on a device that stands there.
    pub fn of(rights: &rights::Rights, path: &rights::Path) -> Self {
        Self {
            reach: rights.reach(path),
            scopes: rights.scopes(path),
            unattended: rights.unattended(path),
        }
    }

    /// Whether a session with these rights inside may go on: `asked` is whether a person at the
    /// device agreed to it.
    pub fn carries(&self, scopes: ScopeSet, asked: bool) -> bool {
        self.reach && scopes.within(self.scopes) && (asked || self.unattended)
    }
}

/// Everything that a decision rests on.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Whether the account of the person who asks is disabled.
    pub account_disabled: bool,
    /// What the roles of that person give on the device.
    pub rights: OnDevice,
    /// Whether the device may be used yet.
    pub approval: Approval,
    /// Whether it can be reached.
    pub reach: Reach,
    /// Whether any relay listens to the directory.
    pub relay_up: bool,
    /// Whether the device's administrator allowed that the directory alone may open it.
    pub unattended: bool,
    /// Who holds the device, if anybody.
    pub holder: Option<Holder>,
    /// What is asked for.
    pub scopes: ScopeSet,
}

/// What is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allow {
        /// Whether a person at the device must agree.
        consent: ConsentMode,
        /// The run of the host that the grant is for.
        epoch: EpochNonce,
    },
    /// No.
    Refuse(Refusal),
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The account may do nothing.
    AccountDisabled,
    /// No role lets the person ask for sessions with the device.
    NoReach,
    /// No role gives these rights inside a session with the device.
    NoRight(ScopeSet),
    /// A second person has to say yes, because nobody at the device would be asked.
    SecondForUnasked,
    /// A second person has to say yes, because so many devices were opened within the hour.
    SecondForMany(u64),
    /// An administrator has to approve the device first.
    Pending,
    /// More rights than the rules allow, or none.
    RightsAbovePolicy,
    /// No relay listens to the directory, so nothing can be reached.
    NoRelay,
    /// The device is not connected.
    Unreachable {
        /// When it was last heard, if ever.
        last_heard: Option<Timestamp>,
    },
    /// Somebody else is connected.
    Busy(Holder),
}

/// Decides. The order of the checks is the order of what a person can do about them.
pub fn decide(facts: &Facts) -> Decision {
    if facts.account_disabled {
        return Decision::Refuse(Refusal::AccountDisabled);
    }
    if !facts.rights.reach {
        return Decision::Refuse(Refusal::NoReach);
    }
    match facts.approval {
        Approval::Approved => {}
        Approval::Pending => return Decision::Refuse(Refusal::Pending),
    }
    if !facts.scopes.has(Scope::View) || !facts.scopes.within(allowed_scopes()) {
        return Decision::Refuse(Refusal::RightsAbovePolicy);
    }
    let missing = facts.scopes.without(facts.rights.scopes);
    if !missing.is_empty() {
        return Decision::Refuse(Refusal::NoRight(missing));
    }
    let epoch = match facts.reach {
        Reach::Present { epoch } => epoch,
        Reach::Away { .. } if !facts.relay_up => return Decision::Refuse(Refusal::NoRelay),
        Reach::Away { last_heard } => {
            return Decision::Refuse(Refusal::Unreachable { last_heard });
        }
    };
    if let Some(holder) = &facts.holder {
        return Decision::Refuse(Refusal::Busy(holder.clone()));
    }
    // The host judges again: it grants this only if its own rules say the same. Without the right
    // to come unasked the request is a question, not a refusal.
    let consent = if facts.unattended && facts.rights.unattended {
        ConsentMode::Unattended
    } else {
        ConsentMode::Ask
    };
    Decision::Allow { consent, epoch }
}

impl Decision {
    /// What a list says beforehand: how the device may be reached, and if not, why.
    pub fn access(&self, now: Timestamp) -> (Access, Option<Said>) {
        match self {
            Self::Allow { consent, .. } => match consent {
                ConsentMode::Ask => (Access::Ask, None),
                ConsentMode::Unattended => (Access::Unattended, None),
            },
            Self::Refuse(refusal) => (Access::Impossible, Some(refusal.sentence(now))),
        }
    }
}

impl Refusal {
    /// Stable name, in problems and records.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::AccountDisabled => "account-disabled",
            Self::SecondForUnasked | Self::SecondForMany(_) => "second-person-needed",
            Self::NoReach => "no-reach",
            Self::NoRight(_) => "no-right",
            Self::Pending => "device-pending",
            Self::RightsAbovePolicy => "rights-above-policy",
            Self::NoRelay => "no-relay",
            Self::Unreachable { .. } => "device-unreachable",
            Self::Busy(_) => "device-busy",
        }
    }

    /// What the person reads: what is wrong and what to do.
    pub fn sentence(&self, now: Timestamp) -> Said {
        match self {
            Self::AccountDisabled => {
                "Your account is disabled. Ask an administrator to enable it.".into()
            }
            Self::SecondForUnasked => {
                "Without asking at the device, sessions with this customer need a second person. \
                 Your request waits; connect again when somebody approved it."
                    .into()
            }
            Self::SecondForMany(devices) => Said::new(
                "You opened {devices} devices within the hour; for more a second person has to \
                 say yes. Your request waits; connect again when somebody approved it.",
            )
            .number("devices", *devices),
            Self::NoReach => {
                "You may see this device and not connect to it: none of your roles reaches it."
                    .into()
            }
            Self::NoRight(missing) => {
                Said::new("None of your roles gives you this on the device: {missing}.")
                    .scopes("missing", *missing)
            }
            Self::Pending => {
                "The device waits for approval. An administrator approves it in the console under \
                 Devices."
                    .into()
            }
            Self::RightsAbovePolicy => {
                "The rules do not allow these rights. Ask to see the screen, with or without \
                 control."
                    .into()
            }
            Self::NoRelay => "No relay is connected to the directory, so no device can be \
                              reached. Start a relay, or check its log."
                .into(),
            Self::Unreachable {
                last_heard: Some(heard),
            } => Said::new(
                "The device is not connected; it was last heard {ago}. Check that it is \
                 switched on and has a network.",
            )
            .ago("ago", now.since(*heard).as_secs()),
            Self::Unreachable { last_heard: None } => {
                "The device was never heard. Check that farpane-host runs there and can reach a \
                 relay."
                    .into()
            }
            Self::Busy(holder) => {
                Said::new("{person} is connected to this device. Try again when they are done.")
                    .text("person", &holder.person)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);
    const EPOCH: EpochNonce = EpochNonce([3; 16]);

    fn facts() -> Facts {
        Facts {
            account_disabled: false,
            rights: OnDevice {
                reach: true,
                scopes: allowed_scopes(),
                unattended: true,
            },
            approval: Approval::Approved,
            reach: Reach::Present { epoch: EPOCH },
            relay_up: true,
            unattended: false,
            holder: None,
            scopes: ScopeSet::of(&[Scope::View, Scope::Control]),
        }
    }

    #[test]
    fn extras_are_given_where_the_role_has_them_and_never_to_who_only_looks() {
        let both = ScopeSet::of(&[Scope::View, Scope::Control]);
        let rights = OnDevice {
            reach: true,
            scopes: both.with(Scope::ClipboardIn).with(Scope::Files),
            unattended: false,
        };
        let also = ScopeSet::CLIPBOARD.with(Scope::Files);
        let given = with_extras(both, also, &rights);
        assert_eq!(given, both.with(Scope::ClipboardIn));
        let look = ScopeSet::of(&[Scope::View]);
        assert_eq!(with_extras(look, also, &rights), look);
        assert_eq!(with_extras(both, ScopeSet::EMPTY, &rights), both);
    }

    #[test]
    fn a_person_is_asked_unless_the_devices_administrator_said_otherwise() {
        let allow = |consent| Decision::Allow {
            consent,
            epoch: EPOCH,
        };
        assert_eq!(decide(&facts()), allow(ConsentMode::Ask));
        let unattended = Facts {
            unattended: true,
            ..facts()
        };
        assert_eq!(decide(&unattended), allow(ConsentMode::Unattended));
        assert_eq!(decide(&unattended).access(NOW).0, Access::Unattended);
        // A person who may not come unasked asks.
        let unasked = Facts {
            rights: OnDevice {
                unattended: false,
                ..facts().rights
            },
            ..unattended
        };
        assert_eq!(decide(&unasked), allow(ConsentMode::Ask));
    }

    #[test]
    fn each_obstacle_alone_is_refused_with_its_own_kind_and_sentence() {
        type Spoil = fn(&mut Facts);
        let heard = Some(Timestamp(NOW.0 - 180_000_000));
        let cases: [(&str, Spoil); 10] = [
            ("account-disabled", |f| f.account_disabled = true),
            ("no-reach", |f| f.rights.reach = false),
            ("no-right", |f| {
                f.rights.scopes = ScopeSet::of(&[Scope::View]);
            }),
            ("device-pending", |f| f.approval = Approval::Pending),
            ("rights-above-policy", |f| {
                f.scopes = f.scopes.with(Scope::Files);
            }),
            ("rights-above-policy", |f| f.scopes = ScopeSet::EMPTY),
            ("rights-above-policy", |f| {
                f.scopes = ScopeSet::of(&[Scope::Control]);
            }),
            ("no-relay", |f| {
                f.reach = Reach::Away { last_heard: None };
                f.relay_up = false;
            }),
            ("device-unreachable", |f| {
                f.reach = Reach::Away { last_heard: None };
            }),
            ("device-busy", |f| {
                f.holder = Some(Holder {
                    person: "Bo".into(),
                });
            }),
        ];
        for (kind, spoil) in cases {
            let mut facts = facts();
            spoil(&mut facts);
            let Decision::Refuse(refusal) = decide(&facts) else {
                panic!("{kind} was allowed");
            };
            assert_eq!(refusal.kind(), kind);
            assert!(refusal.sentence(NOW).to_string().ends_with('.'));
        }
        let away = Refusal::Unreachable { last_heard: heard };
        assert!(
            away.sentence(NOW)
                .to_string()
                .contains("last heard 3 min ago")
        );
    }
}
