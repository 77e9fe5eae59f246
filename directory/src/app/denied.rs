//! What is refused, as the one who asked is told: a stable name, a status, a sentence that says
//! what to do.

use std::time::Duration;

use crate::model::said::Said;
use crate::policy::Refusal;
use crate::policy::rights::Action;
use crate::store::StoreError;
use crate::store::catalogue::TicketRefusal;

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// It is not allowed or not possible; the one who asked is told why.
    #[error("refused: {}", .0.kind())]
    Denied(Denied),
    /// The store failed; the one who asked is told to come back.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Denied> for AppError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

/// Why something is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The request makes no sense; the sentence says where.
    BadRequest(&'static str),
    /// A search, a value or a file that is not understood; the sentence says where and what to do.
    NotUnderstood(Said),
    /// No bearer token.
    TokenNeeded,
    /// A token that does not work, any more or at all.
    TokenUnknown,
    /// Neither an API token nor a person who is signed in.
    SignInNeeded,
    /// A token that is no API token where one is asked for.
    NoApiToken,
    /// An API token where hosts, relays and viewers ask.
    ApiTokenHere,
    /// An API token that is not known, any more or at all.
    ApiTokenUnknown,
    /// An API token whose time is over.
    ApiTokenExpired,
    /// An API token whose owner is disabled.
    ApiTokenOwnerDisabled,
    /// A token of another kind of agent.
    WrongPart,
    /// The challenge is not open for this key.
    ChallengeUnknown,
    /// The proof is not signed by the key, or meant for another directory.
    ProofInvalid,
    /// Nobody enrolled with this key.
    KeyUnknown,
    /// Somebody else enrolled with this key.
    KeyTaken,
    /// The ticket enrols nothing.
    Ticket(TicketRefusal),
    /// Wrong address or password; which of the two is not said.
    SignInRefused,
    /// A second factor is asked of this person, and there is none.
    FactorNeeded,
    /// The code or passkey is not right, or was used.
    FactorRefused,
    /// The half-finished sign-in, or the session, is over.
    SignInAgain,
    /// A fresh proof of who is there is needed first.
    ConfirmationNeeded,
    /// The person must keep at least one factor.
    LastFactor,
    /// A password alone is not enough for this person's viewer.
    BrowserNeeded,
    /// The person said no to this viewer.
    ViewerRefused,
    /// The viewer's code was used, or nobody answered in time.
    CodeExpired,
    /// Somebody signs in with this address already.
    AddressTaken,
    /// Tried too often.
    TooManyTries(Duration),
    /// The server has too much to do.
    Busy,
    /// There is no such thing, or it is not for these eyes.
    NotFound(&'static str),
    /// The one who asks may see it and not do this to it.
    Forbidden(Action),
    /// It cannot be done as things stand; the sentence says why and what to do.
    Conflict(&'static str),
    /// More rights, or for longer, than the one who gives them holds there.
    AboveOwnRights,
    /// A second person has to say yes first; the request waits.
    SecondPersonNeeded,
    /// Nobody decides what they asked for themselves.
    OwnRequest,
    /// Whoever decides has their account, their rights or a way to sign in from the one who asked.
    TiedToAsker,
    /// Nobody gives rights to themselves.
    OwnRights,
    /// The rules say no.
    Policy {
        /// Which.
        refusal: Refusal,
        /// In words.
        sentence: Said,
    },
    /// There is one of that name already.
    NameTaken(&'static str),
    /// It still holds something; the sentence says what to do with that.
    NotEmpty(&'static str),
    /// Nothing can be recorded, so nothing begins.
    StorageFull,
    /// The session is over.
    SessionOver,
    /// The relay reports without listening.
    RelayNotListening,
    /// The identity of the device of this name is used on another machine.
    Copied(String),
    /// The program is older than the organisation allows.
    TooOld {
        /// Which program.
        program: &'static str,
        /// Its version.
        has: String,
        /// The oldest that may take part.
        needed: String,
        /// Who says so.
        org: String,
    },
    /// The device reported about its machine as often as it may on one day.
    ReportsUsedUp,
}

impl Denied {
    /// Stable name.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "bad-request",
            Self::NotUnderstood(_) => "not-understood",
            Self::TokenNeeded | Self::SignInNeeded => "token-needed",
            Self::TokenUnknown
            | Self::NoApiToken
            | Self::ApiTokenHere
            | Self::ApiTokenUnknown
            | Self::ApiTokenExpired
            | Self::ApiTokenOwnerDisabled => "token-unknown",
            Self::WrongPart => "wrong-part",
            Self::ChallengeUnknown => "challenge-unknown",
            Self::ProofInvalid => "proof-invalid",
            Self::KeyUnknown => "key-unknown",
            Self::KeyTaken | Self::Ticket(TicketRefusal::KeyTaken) => "key-taken",
            Self::Ticket(TicketRefusal::Unknown) => "ticket-unknown",
            Self::Ticket(TicketRefusal::UsedUp) => "ticket-used-up",
            Self::Ticket(TicketRefusal::Expired) => "ticket-expired",
            Self::Ticket(TicketRefusal::Revoked) => "ticket-revoked",
            Self::Ticket(TicketRefusal::Orphaned) => "ticket-maker-gone",
            Self::Ticket(TicketRefusal::WrongNetwork) => "ticket-wrong-network",
            Self::Ticket(TicketRefusal::NothingToReplace) => "ticket-nothing-to-replace",
            Self::SignInRefused => "sign-in-refused",
            Self::FactorNeeded => "factor-needed",
            Self::FactorRefused => "factor-refused",
            Self::SignInAgain => "sign-in-again",
            Self::ConfirmationNeeded => "confirmation-needed",
            Self::LastFactor => "last-factor",
            Self::BrowserNeeded => "browser-needed",
            Self::ViewerRefused => "viewer-refused",
            Self::CodeExpired => "code-expired",
            Self::AddressTaken => "address-taken",
            Self::TooManyTries(_) => "too-many-tries",
            Self::Busy => "busy",
            Self::NotFound(_) => "not-found",
            Self::Forbidden(_) => "forbidden",
            Self::Conflict(_) => "conflict",
            Self::AboveOwnRights => "above-own-rights",
            Self::OwnRights => "own-rights",
            Self::SecondPersonNeeded => "second-person-needed",
            Self::OwnRequest => "own-request",
            Self::TiedToAsker => "tied-to-asker",
            Self::Policy { refusal, .. } => refusal.kind(),
            Self::NameTaken(_) => "name-taken",
            Self::NotEmpty(_) => "not-empty",
            Self::StorageFull => "storage-full",
            Self::SessionOver => "session-over",
            Self::RelayNotListening => "relay-not-listening",
            Self::ReportsUsedUp => "reports-used-up",
            Self::Copied(_) => "device-copied",
            Self::TooOld { .. } => "version-too-old",
        }
    }

    /// HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) | Self::NotUnderstood(_) => 400,
            Self::TokenNeeded
            | Self::SignInNeeded
            | Self::TokenUnknown
            | Self::NoApiToken
            | Self::ApiTokenHere
            | Self::ApiTokenUnknown
            | Self::ApiTokenExpired
            | Self::ApiTokenOwnerDisabled
            | Self::ChallengeUnknown
            | Self::ProofInvalid
            | Self::SignInRefused
            | Self::FactorRefused
            | Self::SignInAgain => 401,
            Self::WrongPart
            | Self::Copied(_)
            | Self::TooOld { .. }
            | Self::KeyUnknown
            | Self::KeyTaken
            | Self::Ticket(_)
            | Self::FactorNeeded
            | Self::Forbidden(_)
            | Self::AboveOwnRights
            | Self::OwnRights
            | Self::SecondPersonNeeded
            | Self::OwnRequest
            | Self::TiedToAsker
            | Self::ConfirmationNeeded
            | Self::BrowserNeeded
            | Self::ViewerRefused => 403,
            Self::NotFound(_) => 404,
            Self::RelayNotListening
            | Self::NameTaken(_)
            | Self::NotEmpty(_)
            | Self::Conflict(_)
            | Self::AddressTaken
            | Self::LastFactor => 409,
            Self::SessionOver | Self::CodeExpired => 410,
            Self::TooManyTries(_) | Self::ReportsUsedUp => 429,
            Self::StorageFull | Self::Busy => 503,
            Self::Policy { refusal, .. } => match refusal {
                Refusal::AccountDisabled
                | Refusal::NoReach
                | Refusal::SecondForUnasked
                | Refusal::SecondForMany(_)
                | Refusal::NoRight(_)
                | Refusal::Pending
                | Refusal::RightsAbovePolicy => 403,
                Refusal::Busy(_) => 409,
                // What a person can do about these is to wait and try again.
                Refusal::Unreachable { .. } | Refusal::NoRelay => 503,
            },
        }
    }

    /// What happened and what to do, in English.
    pub fn sentence(&self) -> String {
        self.said().to_string()
    }

    /// The same, for a page in any language.
    pub fn said(&self) -> Said {
        match self {
            Self::NotUnderstood(sentence) => sentence.clone(),
            Self::BadRequest(what) | Self::Conflict(what) => (*what).into(),
            Self::AboveOwnRights => "These are more rights than you hold there, or for longer. \
                                     Give fewer, or ask somebody who holds them."
                .into(),
            Self::SecondPersonNeeded => {
                "A second person has to say yes to this. The request waits \
                                         under Access; do it again when it is approved."
                    .into()
            }
            Self::OwnRequest => {
                "Nobody decides what they asked for themselves. Ask a colleague.".into()
            }
            Self::TiedToAsker => {
                "Whoever asks for this gave you your account, your rights to decide \
                                  or a new way to sign in within the last seven days. Ask somebody \
                                  else to decide, or the operator at the directory's machine."
                    .into()
            }
            Self::OwnRights => {
                "Nobody gives rights to themselves. Ask another administrator.".into()
            }
            Self::TokenNeeded => "This needs a token. Prove a key first.".into(),
            Self::SignInNeeded => "This needs an API token (Authorization: Bearer fpt_…), or \
                                   somebody who is signed in to the console. Make a token in the \
                                   console, under your name."
                .into(),
            Self::TokenUnknown => "This token is not, or not any more, one of this directory's. \
                                   Prove the key again."
                .into(),
            Self::NoApiToken => "This is not an API token: those begin with fpt_. Make one in the \
                                 console, under your name."
                .into(),
            Self::ApiTokenHere => "This is an API token, and what it was sent to is for viewers, \
                                   hosts and relays. What programs use is described at \
                                   /api/docs; devices are at /api/v1/catalogue/devices."
                .into(),
            Self::ApiTokenUnknown => "This is not an API token of this directory, or it was taken \
                                      back. Make a new one in the console, under your name."
                .into(),
            Self::ApiTokenExpired => {
                "This API token has expired. Make a new one in the console, under your name.".into()
            }
            Self::ApiTokenOwnerDisabled => "Whoever this API token belongs to is disabled. Ask an \
                                            administrator to enable them."
                .into(),
            Self::WrongPart => "This key may not do that.".into(),
            Self::ChallengeUnknown => {
                "The challenge was used or is older than a minute. Ask for a new one.".into()
            }
            Self::ProofInvalid => {
                "The proof was not made by this key for this directory. Enrol again with a new \
                 ticket."
                    .into()
            }
            Self::KeyUnknown => "This installation is not enrolled here, or was removed. Enrol \
                                 it with a new ticket."
                .into(),
            Self::KeyTaken | Self::Ticket(TicketRefusal::KeyTaken) => {
                "This key is enrolled as something else already. Use a fresh data folder.".into()
            }
            Self::Ticket(TicketRefusal::Unknown) => {
                "The directory does not know this ticket. Make a new one in the console.".into()
            }
            Self::Ticket(TicketRefusal::UsedUp) => {
                "This ticket is used up. Make a new one in the console.".into()
            }
            Self::Ticket(TicketRefusal::Expired) => {
                "This ticket has expired. Make a new one in the console.".into()
            }
            Self::Ticket(TicketRefusal::Revoked) => {
                "This ticket was taken back. Ask whoever gave it to you for a new one.".into()
            }
            Self::Ticket(TicketRefusal::Orphaned) => {
                "Whoever made this ticket may not enrol devices there any more. Ask an \
                 administrator for a new one."
                    .into()
            }
            Self::Ticket(TicketRefusal::WrongNetwork) => {
                "This ticket does not work from this network. Use it on a device of the site that \
                 it was made for, or make a new one in the console."
                    .into()
            }
            Self::Ticket(TicketRefusal::NothingToReplace) => {
                "The device that this ticket replaces was removed or stands elsewhere now. Make a \
                 new ticket in the console."
                    .into()
            }
            Self::SignInRefused => "The e-mail address or the password is wrong.".into(),
            Self::FactorNeeded => "Your organisation asks for a second factor, and you have none. \
                                   Open the console and set one up first."
                .into(),
            Self::FactorRefused => {
                "The code or passkey is not right, or the code was used before. \
                                    Try the next one."
                    .into()
            }
            Self::SignInAgain => "This took too long or was tried too often. Sign in again.".into(),
            Self::ConfirmationNeeded => "This needs a fresh proof that it is you. Confirm in the \
                                         console, then do it again within ten minutes."
                .into(),
            Self::LastFactor => {
                "Your organisation asks for a second factor, and this is your last \
                                 one. Add another one first."
                    .into()
            }
            Self::BrowserNeeded => "A password alone is not enough for this account. Sign in \
                                    through the browser instead, with farpane-viewer sign-in."
                .into(),
            Self::ViewerRefused => "The sign-in was refused in the browser.".into(),
            Self::CodeExpired => {
                "The code was used, or nobody confirmed it within ten minutes. Start again.".into()
            }
            Self::AddressTaken => "Somebody signs in with this e-mail address already. If they \
                                   lost their invitation, make them a password link."
                .into(),
            Self::TooManyTries(wait) => Said::new("Too many tries. Wait {span} and try again.")
                .span("span", wait.as_secs() + 1),
            Self::Busy => "The directory is busy. Try again in a moment.".into(),
            Self::NotFound(what) => Said::new(format!("There is no such {what}.")),
            Self::Forbidden(action) => Said::new(
                "You may not {action} here. Ask an administrator for a role that allows it.",
            )
            .said("action", action.in_words()),
            Self::Policy { sentence, .. } => sentence.clone(),
            Self::NameTaken(what) => Said::new(format!(
                "Another {what} has this name already. Choose another name."
            )),
            Self::NotEmpty(sentence) => (*sentence).into(),
            Self::StorageFull => "The disk of the directory's server is full, so nothing can be \
                                  recorded and nothing can begin. Free some space there; it goes \
                                  on by itself."
                .into(),
            Self::SessionOver => "This session is over.".into(),
            Self::RelayNotListening => {
                "Open the stream first, then report everything that is present.".into()
            }
            Self::Copied(name) => Said::new(
                "This machine uses the identity of {name}, which runs on another machine: it was \
                 probably made from a copy of its disk. Enrol it as a device of its own with a new \
                 ticket: farpane-host enroll TICKET --force.",
            )
            .text("name", name),
            Self::TooOld {
                program,
                has,
                needed,
                org,
            } => Said::new(
                "This {program} is version {has}, and {org} asks for at least {needed}. Install \
                 the newer version and start it again.",
            )
            .text("program", *program)
            .text("has", has)
            .text("org", org)
            .text("needed", needed),
            Self::ReportsUsedUp => "This device has reported about itself as often as it may on \
                                    one day. It can again after midnight UTC."
                .into(),
        }
    }
}
