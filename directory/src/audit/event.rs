//! What can be recorded. Fields are only added; records of old versions are read for ever.

use farpane_protocol::api::{Approval, HostFact};
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::{DeviceId, OrgId, SessionId, TenantId, UserId, ViewerId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use super::{change::Change, key_plan::KeyPlan};
use crate::model::proof::{FactorKind, LinkKind, Proved};
use crate::policy::second_person::SecondPerson;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// The organisation was founded.
    Founded {
        /// The organisation.
        org: OrgId,
        /// Its own tenant.
        tenant: TenantId,
        /// Its administrator.
        account: UserId,
    },
    /// A ticket was made.
    TicketMade {
        /// Which.
        ticket: Uuid,
        /// What it enrols.
        kind: TicketKind,
        /// How often it works.
        allowed: u32,
        /// Until when.
        expires: Timestamp,
        /// Whether what it enrols may be used at once.
        approval: Approval,
    },
    /// A ticket was taken back.
    TicketRevoked {
        /// Which.
        ticket: Uuid,
    },
    /// A known device got another key, by a ticket that was made for that.
    DeviceKeyReplaced {
        /// Which.
        device: DeviceId,
        /// Its new key.
        key: PublicKey,
        /// By which ticket.
        ticket: Uuid,
    },
    /// A device signed a new key with its old one.
    DeviceKeyRotated {
        /// Which.
        device: DeviceId,
        /// Its old key.
        old: PublicKey,
        /// Its new key.
        key: PublicKey,
    },
    /// A device's identity was used on a second machine, which became a record of its own.
    DeviceCopied {
        /// Whose identity.
        device: DeviceId,
        /// The second machine's record.
        copy: DeviceId,
    },
    /// A device runs on another machine, or on one with other parts.
    DeviceMachineChanged {
        /// Which.
        device: DeviceId,
    },
    /// The oldest versions that may take part were set.
    MinimumVersionsSet {
        /// Of the host program.
        host: Option<String>,
        /// Of the viewer program.
        viewer: Option<String>,
    },
    /// A waiting device was turned away.
    DeviceRefused {
        /// Which.
        device: DeviceId,
        /// Its key.
        key: PublicKey,
    },
    /// Somebody could not enrol.
    EnrolmentRefused {
        /// As what.
        kind: TicketKind,
        /// Name of the problem.
        why: String,
        /// With which key.
        key: PublicKey,
    },
    /// A device became known.
    DeviceEnrolled {
        /// Which.
        device: DeviceId,
        /// Its key.
        key: PublicKey,
        /// Whether it may be used yet.
        approval: Approval,
        /// Whether its administrator allowed that the directory alone may open it.
        unattended: bool,
        /// Whether it was known before.
        again: bool,
    },
    /// A relay became known.
    RelayEnrolled {
        /// Which.
        relay: farpane_protocol::ids::RelayId,
        /// Its key.
        key: PublicKey,
    },
    /// A relay got another name.
    RelayRenamed {
        /// Which.
        relay: farpane_protocol::ids::RelayId,
    },
    /// A relay was removed: its key is worth nothing any more.
    RelayRemoved {
        /// Which.
        relay: farpane_protocol::ids::RelayId,
        /// Its key.
        key: PublicKey,
    },
    /// A webhook was made: what happens is told there from now on.
    WebhookMade {
        /// Which; its address stands beside the record.
        webhook: Uuid,
        /// What it is told.
        events: Vec<String>,
    },
    /// A webhook was told that this is a trial.
    WebhookTried {
        /// Which.
        webhook: Uuid,
    },
    /// A webhook was removed.
    WebhookRemoved {
        /// Which.
        webhook: Uuid,
    },
    /// A device took the place of one that was expected under its serial number.
    DevicePlaced {
        /// Which; the name that it took stands beside the record.
        device: DeviceId,
    },
    /// A device may be used from now on.
    DeviceApproved {
        /// Which.
        device: DeviceId,
    },
    /// A device's own rules about unattended access changed, by its administrator's hand.
    DeviceRulesChanged {
        /// Which.
        device: DeviceId,
        /// Whether the directory alone may open it.
        unattended: bool,
    },
    /// A device got another name.
    DeviceRenamed {
        /// Which.
        device: DeviceId,
    },
    /// A customer was added, renamed or removed.
    TenantChanged {
        /// Which; its name stands beside the record.
        customer: TenantId,
        /// How.
        change: Change,
    },
    /// A site or group was added, renamed, moved or removed.
    PlaceChanged {
        /// Which.
        place: farpane_protocol::ids::PlaceId,
        /// How.
        change: Change,
    },
    /// A custom field was added or removed.
    FieldChanged {
        /// Its key.
        field: String,
        /// How.
        change: Change,
    },
    /// A saved search was kept or removed.
    SearchChanged {
        /// Which.
        search: Uuid,
        /// How.
        change: Change,
    },
    /// Devices were changed together, or one by itself.
    DevicesChanged {
        /// The act, as it can be undone.
        bulk: Uuid,
        /// What was done, such as `tag`.
        act: String,
        /// How many devices changed.
        count: u64,
        /// Digest of the ids of all that were chosen, sorted: proves which they were.
        digest: String,
        /// Which, named beside it in this order; absent where it sums up several records.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        devices: Vec<DeviceId>,
    },
    /// Devices were put back as they were before.
    DevicesRestored {
        /// The act that was undone.
        bulk: Uuid,
        /// What was undone, such as `tag`; absent in old records.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<String>,
        /// How many devices.
        count: u64,
        /// Which, as above.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        devices: Vec<DeviceId>,
    },
    /// Devices were written into the catalogue from a file.
    CatalogueImported {
        /// How many.
        count: u64,
        /// Digest of the file.
        digest: String,
    },
    /// Devices were written from the catalogue into a file.
    CatalogueExported,
    /// A device was removed.
    DeviceRemoved {
        /// Which.
        device: DeviceId,
        /// Its key.
        key: PublicKey,
    },
    /// Somebody could not sign in.
    SignInRefused {
        /// Name of the problem.
        why: String,
        /// With which viewer key; absent in the console.
        key: Option<PublicKey>,
    },
    /// A person signed in on a viewer installation.
    ViewerSignedIn {
        /// Which.
        viewer: ViewerId,
        /// Its key.
        key: PublicKey,
        /// Whether it was known before.
        again: bool,
    },
    /// A person signed in to the console.
    ConsoleSignedIn {
        /// With what; absent in old records.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proved: Option<Proved>,
    },
    /// A person signed out of the console.
    ConsoleSignedOut,
    /// A person proved once more who they are.
    Confirmed {
        /// With what.
        proved: Proved,
    },
    /// A person's console sessions were ended.
    WebSessionsEnded {
        /// Whose.
        account: UserId,
        /// Which; absent if all others.
        session: Option<Uuid>,
    },
    /// A person changed the password.
    PasswordChanged {
        /// Who.
        account: UserId,
    },
    /// An account was made for a new person, with a link to come in.
    PersonInvited {
        /// Who.
        account: UserId,
    },
    /// A link was made with which a person sets a new password.
    ResetLinkMade {
        /// Whose.
        account: UserId,
    },
    /// A person set a password with a link.
    LinkUsed {
        /// Who.
        account: UserId,
        /// With what kind of link.
        kind: LinkKind,
    },
    /// A person has one more factor.
    FactorAdded {
        /// Who.
        account: UserId,
        /// Which kind.
        factor: FactorKind,
    },
    /// A person has one factor less.
    FactorRemoved {
        /// Who.
        account: UserId,
        /// Which kind.
        factor: FactorKind,
    },
    /// Every factor of a person was taken away, so that they can come in again.
    FactorsReset {
        /// Whose.
        account: UserId,
    },
    /// A person has new recovery codes.
    RecoveryCodesMade {
        /// Who.
        account: UserId,
    },
    /// A person came in with a recovery code.
    RecoveryCodeUsed {
        /// Who.
        account: UserId,
    },
    /// A person answered a viewer that wants to be signed in.
    ViewerAnswered {
        /// The viewer's key.
        key: PublicKey,
        /// Whether it was let in.
        allowed: bool,
    },
    /// What the organisation asks of people who sign in changed.
    SignInRulesChanged {
        /// Whether everybody needs a second factor.
        factor: bool,
        /// Seconds without use after which a console session ends.
        idle_s: u64,
        /// Seconds after which it ends in any case.
        life_s: u64,
    },
    /// A person chose the language of their pages.
    LanguageChosen {
        /// Who.
        account: UserId,
    },
    /// The organisation has another name.
    OrganisationRenamed,
    /// Whether a customer's devices may only be reached with a second factor changed.
    TenantFactorChanged {
        /// Whether they may.
        needed: bool,
    },
    /// An account may do nothing from now on.
    AccountDisabled {
        /// Which.
        account: UserId,
    },
    /// An account may act again.
    AccountEnabled {
        /// Which.
        account: UserId,
    },
    /// A role was made or changed.
    RoleDefined {
        /// Which.
        role: Uuid,
        /// Whether it was not there before.
        new: bool,
        /// Whether it lets people ask for sessions.
        reach: bool,
        /// What it lets them do inside one.
        scopes: farpane_protocol::scope::ScopeSet,
        /// Whether nobody has to be asked.
        unattended: bool,
        /// What it lets them see and change, by name.
        actions: Vec<String>,
    },
    /// A role was removed.
    RoleRemoved {
        /// Which.
        role: Uuid,
    },
    /// A role was given to somebody.
    RoleGiven {
        /// By which assignment.
        assignment: Uuid,
        /// Name of a built-in role, or id of an own one.
        role: String,
        /// To which person.
        #[serde(skip_serializing_if = "Option::is_none")]
        person: Option<UserId>,
        /// To which group.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<Uuid>,
        /// At which place.
        place: String,
        /// Until when.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// In which hours of the week.
        #[serde(skip_serializing_if = "Option::is_none")]
        hours: Option<String>,
    },
    /// A role was taken from somebody.
    RoleTaken {
        /// By which assignment it was held.
        assignment: Uuid,
        /// Name of a built-in role, or id of an own one.
        role: String,
        /// From which person.
        #[serde(skip_serializing_if = "Option::is_none")]
        person: Option<UserId>,
        /// From which group.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<Uuid>,
        /// At which place.
        place: String,
    },
    /// A group of people was made.
    GroupMade {
        /// Which.
        group: Uuid,
    },
    /// A group of people got another name.
    GroupRenamed {
        /// Which.
        group: Uuid,
    },
    /// A group of people was removed.
    GroupRemoved {
        /// Which.
        group: Uuid,
    },
    /// A person came into a group.
    GroupJoined {
        /// Which.
        group: Uuid,
        /// Who.
        account: UserId,
    },
    /// A person went out of a group.
    GroupLeft {
        /// Which.
        group: Uuid,
        /// Who.
        account: UserId,
    },
    /// A person got another name.
    AccountRenamed {
        /// Who.
        account: UserId,
    },
    /// A person was removed.
    AccountRemoved {
        /// Who.
        account: UserId,
    },
    /// What stood about a removed person beside the record was erased.
    PersonErased {
        /// Who.
        account: UserId,
    },
    /// A person's viewer was removed.
    ViewerRemoved {
        /// Whose.
        account: UserId,
        /// Which.
        viewer: ViewerId,
    },
    /// A person made an API token.
    ApiTokenMade {
        /// Which.
        token: Uuid,
        /// In whose place it acts.
        account: UserId,
        /// The most that it may do.
        scopes: Vec<String>,
        /// Where.
        place: String,
        /// Until when.
        expires: Timestamp,
    },
    /// An API token was made worth nothing.
    ApiTokenRevoked {
        /// Which.
        token: Uuid,
        /// In whose place it acted.
        account: UserId,
    },
    /// Somebody asked for something that a second person decides.
    RequestMade {
        /// Which request.
        request: Uuid,
        /// Name of what is asked for.
        act: String,
        /// SHA-256 of exactly what will be done.
        digest: String,
    },
    /// A request was decided.
    RequestDecided {
        /// Which request.
        request: Uuid,
        /// Name of what was asked for.
        act: String,
        /// SHA-256 of exactly what will be done.
        digest: String,
        /// `approved`, `refused` or `withdrawn`.
        verdict: String,
    },
    /// For what a second person is wanted was changed.
    SecondPersonChanged {
        /// The rules from now on.
        rules: SecondPerson,
    },
    /// A session was granted.
    SessionGranted {
        /// Which.
        session: SessionId,
        /// With which device.
        device: DeviceId,
        /// By which grant.
        grant: farpane_protocol::ids::GrantId,
        /// To do what.
        scopes: farpane_protocol::scope::ScopeSet,
        /// Whether a person at the device must agree.
        consent: farpane_protocol::grant::ConsentMode,
        /// By which version of the rules.
        policy: u64,
    },
    /// A session was not granted.
    SessionRefused {
        /// With which device, as asked.
        device: DeviceId,
        /// To do what.
        scopes: farpane_protocol::scope::ScopeSet,
        /// Name of the problem.
        why: String,
    },
    /// The directory ended a session.
    SessionEnded {
        /// Which.
        session: SessionId,
        /// Name of the reason.
        reason: String,
    },
    /// A host said what happened.
    HostSaid {
        /// In which session.
        session: Option<SessionId>,
        /// By which grant.
        grant: Option<farpane_protocol::ids::GrantId>,
        /// What.
        fact: HostFact,
    },
    /// Another key to sign grants with is announced, or takes over sooner than announced.
    GrantKeyAnnounced(KeyPlan),
    /// A key that grants were signed with does not count any more.
    GrantKeyWithdrawn {
        /// Which.
        key: PublicKey,
    },
    /// A backup was made.
    BackedUp,
    /// The directory was restored from a backup; what may have happened since is in doubt.
    Restored {
        /// When the backup was made.
        made: Timestamp,
    },
    /// A host told what this directory had forgotten.
    RevocationsLearned {
        /// Which.
        device: DeviceId,
        /// Up to which policy epoch.
        upto: u64,
        /// How many things were taken back again.
        again: u32,
    },
    /// The record, or part of it, was written into a file.
    AuditExported {
        /// Not before.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// Before.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// Only these chains.
        #[serde(skip_serializing_if = "Option::is_none")]
        chains: Option<Vec<Uuid>>,
    },
    /// A relay reported devices that did not say so themselves.
    PresenceForged {
        /// How many.
        count: u32,
        /// The first of the keys.
        keys: Vec<PublicKey>,
    },
}
