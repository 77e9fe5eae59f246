//! Audit events as people read them.

use std::collections::HashMap;

use farpane_protocol::api::{Approval, HostFact};
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::grant::ConsentMode;
use farpane_protocol::ids::UserId;
use farpane_protocol::outcome::EndReason;

use super::access::role_name;
use super::moment::{Moment, absolute};
use super::texts::{ISOLATED, Texts};
use crate::audit::{Actor, Body, Change, Event, Kept, Personal};
use crate::model::proof::{FactorKind, LinkKind, Proved};
use crate::model::said::Said;

/// Who did it.
pub fn who(body: &Body, personal: &Personal, people: &HashMap<UserId, String>) -> Said {
    let by = |account: &UserId, way| {
        let said = Said::new(way);
        match people.get(account).or(personal.person.as_ref()) {
            Some(name) => said.text("person", name),
            None => said.said("person", "a former account"),
        }
    };
    match &body.actor {
        Actor::Account { account } => by(account, "{person} (console)"),
        Actor::Token { account, .. } => by(account, "{person} (API token)"),
        Actor::Viewer { account, .. } => by(account, "{person} (viewer)"),
        Actor::Device { .. } => "the device".into(),
        Actor::Relay { .. } => "the relay".into(),
        Actor::Operator => "the command line".into(),
        Actor::Directory => "the directory".into(),
        Actor::Stranger => "somebody".into(),
    }
}

/// A record as one line of English text: when, in which chain, who, what.
pub fn line(kept: &Kept, chain: Option<&str>, people: &HashMap<UserId, String>) -> String {
    let seq = kept.record.seq;
    let chain = chain.unwrap_or("a former customer");
    let Some(body) = kept.record.read() else {
        return format!("{chain} #{seq} a record of a later version");
    };
    let personal = kept.record.personal();
    let when = Moment::ago(body.at, body.at).machine();
    let (who, what) = (who(&body, &personal, people), in_words(&body.event));
    let detail = detail(&body.event, &personal, Texts::default());
    let mut text = format!("{when} {chain} #{seq} {who} {what}");
    for more in [&personal.name, &detail].into_iter().flatten() {
        text.push(' ');
        text.push_str(more);
    }
    // On a page they keep names apart from what stands beside them; here nobody would see them.
    text.replace(ISOLATED, "")
}

/// What happened, without names.
pub fn in_words(event: &Event) -> Said {
    match event {
        Event::Founded { .. } => "founded the organisation".into(),
        Event::TicketMade { kind, allowed, .. } => match kind {
            TicketKind::Device if *allowed == 1 => "made a ticket for one device".into(),
            TicketKind::Device => Said::new("made a ticket for {n} devices").number("n", *allowed),
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
                Some(version) => Said::new("at least {version}").text("version", version),
                None => "any".into(),
            };
            Said::new("allows hosts of version {host}, viewers of {viewer}")
                .said("host", said(host))
                .said("viewer", said(viewer))
        }
        Event::DeviceRefused { .. } => "turned away the device".into(),
        Event::EnrolmentRefused { kind, why, .. } => match kind {
            TicketKind::Device => Said::new("could not enrol a device: {why}"),
            TicketKind::Relay => Said::new("could not enrol a relay: {why}"),
        }
        .said("why", words(why)),
        Event::DeviceEnrolled {
            approval, again, ..
        } => match (again, approval) {
            (true, _) => "enrolled again: the device",
            (false, Approval::Approved) => "was enrolled: the device",
            (false, Approval::Pending) => "was enrolled and waits for approval: the device",
        }
        .into(),
        Event::RelayEnrolled { .. } => "was enrolled: the relay".into(),
        Event::RelayRenamed { .. } => "renamed the relay to".into(),
        Event::RelayRemoved { .. } => "removed the relay".into(),
        Event::WebhookMade { .. } => "has what happens told at".into(),
        Event::WebhookRemoved { .. } => "has nothing more told at".into(),
        Event::WebhookTried { .. } => "sent a trial to".into(),
        Event::DevicePlaced { .. } => "took the place of the expected device".into(),
        Event::DeviceApproved { .. } => "approved the device".into(),
        Event::DeviceRulesChanged { unattended, .. } => if *unattended {
            "may now be opened by the directory alone:"
        } else {
            "now asks a person every time:"
        }
        .into(),
        Event::DeviceRenamed { .. } => "renamed a device to".into(),
        Event::TenantChanged { change, .. } => changed(*change, "{change} the customer"),
        Event::PlaceChanged { change, .. } => changed(*change, "{change} the site or group"),
        Event::FieldChanged { field, change } => {
            changed(*change, "{change} the custom field {field}").text("field", field)
        }
        Event::SearchChanged { change, .. } => changed(*change, "{change} the saved search"),
        Event::DevicesChanged { act, count, .. } => devices_changed(act, *count),
        Event::DevicesRestored {
            act: Some(act),
            count,
            ..
        } => Said::new("took back: {act}").said("act", devices_changed(act, *count)),
        Event::DevicesRestored {
            act: None, count, ..
        } => Said::new("undid a change to {n} devices").number("n", *count),
        Event::CatalogueImported { count, .. } => {
            Said::new("imported {n} devices into the catalogue").number("n", *count)
        }
        Event::CatalogueExported => "exported devices from the catalogue".into(),
        Event::DeviceRemoved { .. } => "removed the device".into(),
        Event::SignInRefused { why, key } => match key {
            Some(_) => Said::new("could not sign in with a viewer: {why}"),
            None => Said::new("could not sign in to the console: {why}"),
        }
        .said("why", words(why)),
        Event::ViewerSignedIn { again, .. } => if *again {
            "signed in on the viewer"
        } else {
            "signed in for the first time on the viewer"
        }
        .into(),
        Event::ConsoleSignedIn { proved } => match proved {
            Some(proved) => Said::new("signed in with {proof}").said("proof", proof(*proved)),
            None => "signed in".into(),
        },
        Event::Confirmed { proved } => {
            Said::new("confirmed with {proof}").said("proof", proof(*proved))
        }
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
        Event::FactorAdded { factor, .. } => {
            Said::new("added {factor}").said("factor", factor_words(*factor))
        }
        Event::FactorRemoved { factor, .. } => {
            Said::new("removed {factor}").said("factor", factor_words(*factor))
        }
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
        Event::LanguageChosen { .. } => "chose the language of their pages".into(),
        Event::OrganisationRenamed => "renamed the organisation to".into(),
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
        Event::PersonErased { .. } => "erased a former person from beside the record".into(),
        Event::ViewerRemoved { .. } => "removed the viewer".into(),
        Event::RequestMade { act, .. } => {
            Said::new("asked a second person: {act}").said("act", words(act))
        }
        Event::RequestDecided { act, verdict, .. } => Said::new("{verdict} a request: {act}")
            .said("verdict", words(verdict))
            .said("act", words(act)),
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
            Said::new("may open a session ({scopes}, {how}) on")
                .scopes("scopes", *scopes)
                .said("how", how)
        }
        Event::SessionRefused { scopes, why, .. } => {
            Said::new("was refused a session ({scopes}; {why}) on")
                .scopes("scopes", *scopes)
                .said("why", words(why))
        }
        Event::SessionEnded { reason, .. } => {
            Said::new("ended a session ({reason}) on").said("reason", words(reason))
        }
        Event::HostSaid { session, fact, .. } => match (session, fact) {
            (_, HostFact::Asked) => "asks the person at".into(),
            (_, HostFact::Started { scopes, by_person }) => {
                let how = if *by_person {
                    "a person agreed"
                } else {
                    "nobody had to be asked"
                };
                Said::new("started a session ({scopes}; {how}) on")
                    .scopes("scopes", *scopes)
                    .said("how", how)
            }
            (Some(_), HostFact::Refused { reason }) if reason == EndReason::ViewerLeft.word() => {
                "was left by the technician before a session began on".into()
            }
            (Some(_), HostFact::Refused { reason }) => {
                Said::new("refused the session ({reason}) on").said("reason", words(reason))
            }
            (None, HostFact::Refused { reason }) => {
                Said::new("refused a stranger ({reason}) on").said("reason", words(reason))
            }
            (_, HostFact::Ended { reason }) => {
                Said::new("ended the session ({reason}) on").said("reason", words(reason))
            }
        },
        Event::GrantKeyAnnounced(plan) => Said::new(
            "announced a new key to sign with, from {signs}; the old one counts until {until}",
        )
        .text("signs", absolute(plan.signs))
        .text("until", absolute(plan.until)),
        Event::GrantKeyWithdrawn { .. } => "withdrew an old key to sign with".into(),
        Event::BackedUp => "made a backup".into(),
        Event::Restored { .. } => "restored the directory from a backup".into(),
        Event::RevocationsLearned { again, .. } => {
            Said::new("told what the directory had forgotten; {n} taken back again:")
                .number("n", *again)
        }
        Event::AuditExported { chains, .. } => match chains {
            Some(_) => "exported a part of the audit record",
            None => "exported the audit record",
        }
        .into(),
        Event::PresenceForged { count, .. } => {
            Said::new("reported {n} devices that did not say so themselves; ignored")
                .number("n", *count)
        }
    }
}

fn devices_changed(act: &str, count: u64) -> Said {
    match (act, count) {
        ("tag", 1) => Said::new("put a tag on the device:"),
        ("tag", _) => Said::new("put a tag on {n} devices:"),
        ("untag", 1) => Said::new("took a tag off the device:"),
        ("untag", _) => Said::new("took a tag off {n} devices:"),
        ("move", 1) => Said::new("moved the device to"),
        ("move", _) => Said::new("moved {n} devices to"),
        ("set-field", 1) => Said::new("filled in a field of the device:"),
        ("set-field", _) => Said::new("filled in a field of {n} devices:"),
        ("approve", 1) => Said::new("approved the device"),
        ("approve", _) => Said::new("approved {n} devices"),
        ("remove", 1) => Said::new("removed the device"),
        ("remove", _) => Said::new("removed {n} devices"),
        (other, 1) => Said::new("changed the device ({act})").said("act", words(other)),
        (other, _) => Said::new("changed {n} devices ({act})").said("act", words(other)),
    }
    .number("n", count)
}

/// Names of the devices in the detail of one record; the rest is a number.
const NAMES_SHOWN: usize = 10;

/// Names of several devices, cut to what a line of a list can hold.
fn named(devices: &[String], t: Texts) -> Option<String> {
    let shown = devices.iter().take(NAMES_SHOWN);
    let shown = shown.map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = devices.len().saturating_sub(NAMES_SHOWN);
    match (devices.len(), more) {
        (0, _) => None,
        (_, 0) => Some(shown),
        (_, more) => {
            let said = Said::new("{shown} and {more} more");
            Some(t.said(&said.text("shown", shown).number("more", more)))
        }
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
fn words(name: &str) -> Said {
    Said::new(name.replace(['-', '_'], " "))
}

fn changed(change: Change, text: &'static str) -> Said {
    Said::new(text).said("change", change.word())
}

/// What stands behind it: who it was about, from where, why.
pub fn detail(event: &Event, personal: &Personal, t: Texts) -> Option<String> {
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
        | Event::RelayRenamed { .. }
        | Event::RelayRemoved { .. }
        | Event::WebhookMade { .. }
        | Event::WebhookRemoved { .. }
        | Event::WebhookTried { .. }
        | Event::DevicePlaced { .. }
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
        | Event::LanguageChosen { .. }
        | Event::OrganisationRenamed
        | Event::TenantFactorChanged { .. }
        | Event::SessionGranted { .. }
        | Event::SessionRefused { .. }
        | Event::SessionEnded { .. }
        | Event::HostSaid { .. }
        | Event::PersonErased { .. }
        | Event::GrantKeyAnnounced(_)
        | Event::GrantKeyWithdrawn { .. }
        | Event::BackedUp
        | Event::Restored { .. }
        | Event::RevocationsLearned { .. }
        | Event::AuditExported { .. }
        | Event::PresenceForged { .. } => None,
    };
    let from = personal
        .address
        .as_ref()
        .map(|address| t.said(&Said::new("from {address}").text("address", address)));
    let why = personal.reason.as_ref().map(|reason| format!("“{reason}”"));
    let devices = named(&personal.devices, t);
    let role = match (&personal.role, &personal.place) {
        (Some(role), Some(place)) => {
            let said = Said::new("the role {role} at {place}");
            Some(t.said(&said.text("role", role_name(t, role)).text("place", place)))
        }
        (Some(_), None) | (None, _) => None,
    };
    let was = personal.was.as_ref();
    let was = was.map(|was| t.said(&Said::new("it was {was}").text("was", was)));
    let parts: Vec<_> = [was, role, account, devices, from, why]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}
