//! Audit events as people read them.

use farpane_protocol::api::{Approval, HostFact};
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::grant::ConsentMode;
use farpane_protocol::outcome::EndReason;

use crate::audit::{Event, Personal};
use crate::model::proof::{FactorKind, LinkKind, Proved};

/// What happened, without names.
pub fn in_words(event: &Event) -> String {
    match event {
        Event::Founded { .. } => "founded the organisation".into(),
        Event::TicketMade { kind, allowed, .. } => match kind {
            TicketKind::Device if *allowed == 1 => "made a ticket for one device".into(),
            TicketKind::Device => format!("made a ticket for {allowed} devices"),
            TicketKind::Relay => "made a ticket for the relay".into(),
        },
        Event::TicketRevoked { .. } => "took back a ticket".into(),
        Event::DeviceKeyReplaced { .. } => "was given a new key by a ticket: the device".into(),
        Event::DeviceKeyRotated { .. } => "changed its own key: the device".into(),
        Event::DeviceCopied { .. } => {
            "found a second machine that uses the identity of the device".into()
        }
        Event::DeviceMachineChanged { .. } => "now runs on another machine: the device".into(),
        Event::MinimumVersionsSet { host, viewer } => {
            let said = |version: &Option<String>| match version {
                Some(version) => format!("at least {version}"),
                None => "any".into(),
            };
            format!(
                "allows hosts of version {}, viewers of {}",
                said(host),
                said(viewer)
            )
        }
        Event::DeviceRefused { .. } => "turned away the device".into(),
        Event::EnrolmentRefused { kind, why, .. } => match kind {
            TicketKind::Device => format!("could not enrol a device: {}", words(why)),
            TicketKind::Relay => format!("could not enrol a relay: {}", words(why)),
        },
        Event::DeviceEnrolled {
            approval, again, ..
        } => {
            let how = match (again, approval) {
                (true, _) => "enrolled again",
                (false, Approval::Approved) => "was enrolled",
                (false, Approval::Pending) => "was enrolled and waits for approval",
            };
            format!("{how}: the device")
        }
        Event::RelayEnrolled { .. } => "was enrolled: the relay".into(),
        Event::DeviceApproved { .. } => "approved the device".into(),
        Event::DeviceRulesChanged { unattended, .. } => if *unattended {
            "may now be opened by the directory alone:"
        } else {
            "now asks a person every time:"
        }
        .into(),
        Event::DeviceRenamed { .. } => "renamed a device to".into(),
        Event::TenantChanged { change, .. } => format!("{} the customer", change.word()),
        Event::PlaceChanged { change, .. } => format!("{} the site or group", change.word()),
        Event::FieldChanged { field, change } => {
            format!("{} the custom field {field}", change.word())
        }
        Event::SearchChanged { change, .. } => format!("{} the saved search", change.word()),
        Event::DevicesChanged { act, count, .. } => devices_changed(act, *count),
        Event::DevicesRestored {
            act: Some(act),
            count,
            ..
        } => format!("took back: {}", devices_changed(act, *count)),
        Event::DevicesRestored {
            act: None, count, ..
        } => format!("undid a change to {count} devices"),
        Event::CatalogueImported { count, .. } => {
            format!("imported {count} devices into the catalogue")
        }
        Event::CatalogueExported => "exported devices from the catalogue".into(),
        Event::DeviceRemoved { .. } => "removed the device".into(),
        Event::SignInRefused { why, key } => match key {
            Some(_) => format!("could not sign in with a viewer: {}", words(why)),
            None => format!("could not sign in to the console: {}", words(why)),
        },
        Event::ViewerSignedIn { again, .. } => if *again {
            "signed in on the viewer"
        } else {
            "signed in for the first time on the viewer"
        }
        .into(),
        Event::ConsoleSignedIn { proved } => match proved {
            Some(proved) => format!("signed in with {}", proof(*proved)),
            None => "signed in".into(),
        },
        Event::Confirmed { proved } => format!("confirmed with {}", proof(*proved)),
        Event::WebSessionsEnded { session, .. } => match session {
            Some(_) => "ended a console session".into(),
            None => "ended all other console sessions".into(),
        },
        Event::PasswordChanged { .. } => "changed the password".into(),
        Event::PersonInvited { .. } => "invited a person".into(),
        Event::ResetLinkMade { .. } => "made a link that sets a new password".into(),
        Event::LinkUsed { kind, .. } => match kind {
            LinkKind::Invitation => "accepted the invitation",
            LinkKind::Reset => "set a new password with a link",
        }
        .into(),
        Event::FactorAdded { factor, .. } => format!("added {}", factor_words(*factor)),
        Event::FactorRemoved { factor, .. } => format!("removed {}", factor_words(*factor)),
        Event::FactorsReset { .. } => "took away every second factor".into(),
        Event::RecoveryCodesMade { .. } => "made new recovery codes".into(),
        Event::RecoveryCodeUsed { .. } => "used a recovery code".into(),
        Event::ViewerAnswered { allowed, .. } => if *allowed {
            "let in the viewer"
        } else {
            "turned away the viewer"
        }
        .into(),
        Event::SignInRulesChanged { factor, .. } => if *factor {
            "changed how people sign in: everybody needs a second factor"
        } else {
            "changed how people sign in: a second factor is up to each person"
        }
        .into(),
        Event::TenantFactorChanged { needed } => if *needed {
            "asked for a second factor of whoever reaches a customer"
        } else {
            "asks for no second factor any more of whoever reaches a customer"
        }
        .into(),
        Event::ConsoleSignedOut => "signed out".into(),
        Event::AccountDisabled { .. } => "disabled an account".into(),
        Event::AccountEnabled { .. } => "enabled an account".into(),
        Event::RoleDefined { new: true, .. } => "made the role".into(),
        Event::RoleDefined { new: false, .. } => "changed the role".into(),
        Event::RoleRemoved { .. } => "removed the role".into(),
        Event::RoleGiven { .. } => "gave a role to".into(),
        Event::RoleTaken { .. } => "took a role from".into(),
        Event::GroupMade { .. } => "made the group".into(),
        Event::GroupRenamed { .. } => "renamed a group to".into(),
        Event::GroupRemoved { .. } => "removed the group".into(),
        Event::GroupJoined { .. } => "put a person into the group".into(),
        Event::GroupLeft { .. } => "took a person out of the group".into(),
        Event::AccountRenamed { .. } => "renamed a person to".into(),
        Event::AccountRemoved { .. } => "removed a person".into(),
        Event::ViewerRemoved { .. } => "removed the viewer".into(),
        Event::RequestMade { act, .. } => format!("asked a second person: {}", words(act)),
        Event::RequestDecided { act, verdict, .. } => {
            format!("{verdict} a request: {}", words(act))
        }
        Event::SecondPersonChanged { .. } => "changed for what a second person is wanted".into(),
        Event::ApiTokenMade { .. } => "made the API token".into(),
        Event::ApiTokenRevoked { .. } => "revoked the API token".into(),
        Event::SessionGranted {
            scopes, consent, ..
        } => {
            let how = match consent {
                ConsentMode::Ask => "with a person's consent",
                ConsentMode::Unattended => "unattended",
            };
            format!("may open a session ({scopes}, {how}) on")
        }
        Event::SessionRefused { scopes, why, .. } => {
            format!("was refused a session ({scopes}; {}) on", words(why))
        }
        Event::SessionEnded { reason, .. } => format!("ended a session ({}) on", words(reason)),
        Event::HostSaid { session, fact, .. } => match (session, fact) {
            (_, HostFact::Asked) => "asks the person at".into(),
            (_, HostFact::Started { scopes, by_person }) => {
                let how = if *by_person {
                    "a person agreed"
                } else {
                    "nobody had to be asked"
                };
                format!("started a session ({scopes}; {how}) on")
            }
            (Some(_), HostFact::Refused { reason }) if reason == EndReason::ViewerLeft.word() => {
                "was left by the technician before a session began on".into()
            }
            (Some(_), HostFact::Refused { reason }) => {
                format!("refused the session ({}) on", words(reason))
            }
            (None, HostFact::Refused { reason }) => {
                format!("refused a stranger ({}) on", words(reason))
            }
            (_, HostFact::Ended { reason }) => format!("ended the session ({}) on", words(reason)),
        },
        Event::BackedUp => "made a backup".into(),
        Event::Restored { .. } => "restored the directory from a backup".into(),
        Event::RevocationsLearned { again, .. } => {
            format!("told what the directory had forgotten; {again} taken back again:")
        }
        Event::AuditExported { chains, .. } => match chains {
            Some(_) => "exported a part of the audit record",
            None => "exported the audit record",
        }
        .into(),
        Event::PresenceForged { count, .. } => {
            format!("reported {count} devices that did not say so themselves; ignored")
        }
    }
}

fn devices_changed(act: &str, count: u64) -> String {
    let devices = match count {
        1 => "the device".to_owned(),
        _ => format!("{count} devices"),
    };
    match act {
        "tag" => format!("put a tag on {devices}:"),
        "untag" => format!("took a tag off {devices}:"),
        "move" => format!("moved {devices} to"),
        "set-field" => format!("filled in a field of {devices}:"),
        "approve" => format!("approved {devices}"),
        "remove" => format!("removed {devices}"),
        other => format!("changed {devices} ({})", words(other)),
    }
}

/// Names of the devices in the detail of one record; the rest is a number.
const NAMES_SHOWN: usize = 10;

/// Names of several devices, cut to what a line of a list can hold.
fn named(devices: &[String]) -> Option<String> {
    let shown = devices.iter().take(NAMES_SHOWN);
    let shown = shown.map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = devices.len().saturating_sub(NAMES_SHOWN);
    match (devices.len(), more) {
        (0, _) => None,
        (_, 0) => Some(shown),
        (_, more) => Some(format!("{shown} and {more} more")),
    }
}

fn proof(proved: Proved) -> &'static str {
    match proved {
        Proved::Password => "the password",
        Proved::Code => "a code",
        Proved::Passkey => "a passkey",
        Proved::RecoveryCode => "a recovery code",
    }
}

fn factor_words(factor: FactorKind) -> &'static str {
    match factor {
        FactorKind::App => "an authenticator app",
        FactorKind::Passkey => "a passkey",
    }
}

/// A name of a problem or reason, as words.
fn words(name: &str) -> String {
    name.replace(['-', '_'], " ")
}

/// What stands behind it: who it was about, from where, why.
pub fn detail(event: &Event, personal: &Personal) -> Option<String> {
    let account = match event {
        Event::SignInRefused { .. }
        | Event::PersonInvited { .. }
        | Event::ResetLinkMade { .. }
        | Event::FactorsReset { .. }
        | Event::AccountDisabled { .. }
        | Event::AccountEnabled { .. }
        | Event::AccountRenamed { .. }
        | Event::AccountRemoved { .. }
        | Event::ViewerRemoved { .. }
        | Event::ApiTokenMade { .. }
        | Event::ApiTokenRevoked { .. }
        | Event::GroupJoined { .. }
        | Event::GroupLeft { .. }
        | Event::Founded { .. } => personal.account.clone(),
        Event::TicketMade { .. }
        | Event::EnrolmentRefused { .. }
        | Event::DeviceEnrolled { .. }
        | Event::RelayEnrolled { .. }
        | Event::DeviceApproved { .. }
        | Event::TicketRevoked { .. }
        | Event::DeviceKeyReplaced { .. }
        | Event::DeviceKeyRotated { .. }
        | Event::DeviceCopied { .. }
        | Event::DeviceMachineChanged { .. }
        | Event::MinimumVersionsSet { .. }
        | Event::DeviceRefused { .. }
        | Event::DeviceRulesChanged { .. }
        | Event::DeviceRenamed { .. }
        | Event::DeviceRemoved { .. }
        | Event::TenantChanged { .. }
        | Event::PlaceChanged { .. }
        | Event::FieldChanged { .. }
        | Event::SearchChanged { .. }
        | Event::DevicesChanged { .. }
        | Event::DevicesRestored { .. }
        | Event::CatalogueImported { .. }
        | Event::CatalogueExported
        | Event::ViewerSignedIn { .. }
        | Event::ConsoleSignedIn { .. }
        | Event::ConsoleSignedOut
        | Event::RequestMade { .. }
        | Event::RequestDecided { .. }
        | Event::SecondPersonChanged { .. }
        | Event::RoleDefined { .. }
        | Event::RoleRemoved { .. }
        | Event::RoleGiven { .. }
        | Event::RoleTaken { .. }
        | Event::GroupMade { .. }
        | Event::GroupRenamed { .. }
        | Event::GroupRemoved { .. }
        | Event::Confirmed { .. }
        | Event::WebSessionsEnded { .. }
        | Event::PasswordChanged { .. }
        | Event::LinkUsed { .. }
        | Event::FactorAdded { .. }
        | Event::FactorRemoved { .. }
        | Event::RecoveryCodesMade { .. }
        | Event::RecoveryCodeUsed { .. }
        | Event::ViewerAnswered { .. }
        | Event::SignInRulesChanged { .. }
        | Event::TenantFactorChanged { .. }
        | Event::SessionGranted { .. }
        | Event::SessionRefused { .. }
        | Event::SessionEnded { .. }
        | Event::HostSaid { .. }
        | Event::BackedUp
        | Event::Restored { .. }
        | Event::RevocationsLearned { .. }
        | Event::AuditExported { .. }
        | Event::PresenceForged { .. } => None,
    };
    let from = personal
        .address
        .as_ref()
        .map(|address| format!("from {address}"));
    let why = personal.reason.as_ref().map(|reason| format!("“{reason}”"));
    let devices = named(&personal.devices);
    let parts: Vec<_> = [account, devices, from, why]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}
