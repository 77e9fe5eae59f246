//! How things end: the reasons a session ends for, what people read, and process exit codes.

use std::process::ExitCode;

/// How a command ended, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked.
    Done,
    /// Something went wrong that none of the others names.
    Failed,
    /// The command line or configuration is wrong.
    Usage,
    /// A person or a policy said no.
    Refused,
    /// Nobody answered in time.
    TimedOut,
    /// This account or key may not do that.
    NotAllowed,
    /// The other side cannot be reached.
    Unreachable,
    /// The other side's key is not the one that was expected.
    KeyMismatch,
    /// Permission was taken back.
    Revoked,
}

impl Outcome {
    /// The process exit code that scripts rely on.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::TimedOut => 4,
            Self::NotAllowed => 5,
            Self::Unreachable => 6,
            Self::KeyMismatch => 7,
            Self::Revoked => 8,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}

macro_rules! end_reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $outcome:ident, $word:literal, $sentence:literal;)*) => {
        /// Why a session ended, or never began. The numbers are part of the wire format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EndReason {
            $($(#[$doc])* $name,)*
        }

        impl EndReason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its number on the wire.
            pub const fn code(self) -> u32 {
                match self { $(Self::$name => $code,)* }
            }

            /// The reason with that number. A number from a newer peer reads as [`Self::Other`].
            pub const fn from_code(code: u32) -> Self {
                match code { $($code => Self::$name,)* _ => Self::Other }
            }

            /// How a command that ends for it exits.
            pub const fn outcome(self) -> Outcome {
                match self { $(Self::$name => Outcome::$outcome,)* }
            }

            /// Its name in records and logs.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What the technician reads: what happened and what to do.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
        }
    };
}

end_reasons! {
    /// A reason that this program does not know.
    Other = 0, Failed, "other", "The session ended for a reason this version does not know. Update the viewer.";
    /// The technician closed the viewer.
    ViewerLeft = 1, Done, "viewer_left", "The session has ended.";
    /// The person at the device pressed Stop.
    PersonStopped = 2, Refused, "person_stopped", "The person at the device stopped the session.";
    /// The person at the device said no.
    PersonRefused = 3, Refused, "person_refused", "The person at the device refused. Call them before you ask again.";
    /// Nobody answered.
    ConsentTimedOut = 4, TimedOut, "consent_timed_out", "Nobody answered at the device in time. Call them, then ask again.";
    /// The question could not be shown, which counts as no.
    ConsentUnavailable = 5, Refused, "consent_unavailable", "The device could not ask anybody, so the answer is no. Check that someone is logged in there.";
    /// The grant was used before.
    GrantUsed = 6, NotAllowed, "grant_used", "This permission was used before; each works once. Connect again to get a new one.";
    /// Presented too late, or for an earlier run of the host.
    GrantExpired = 7, NotAllowed, "grant_expired", "This permission has expired. Connect again; if it repeats, check the clock of the directory's server.";
    /// The grant names another device.
    GrantForOtherDevice = 8, NotAllowed, "grant_for_other_device", "This permission is for another device. Connect again from the device list.";
    /// The grant names another viewer key.
    GrantForOtherViewer = 9, NotAllowed, "grant_for_other_viewer", "This permission belongs to another viewer. Sign in on this machine and connect again.";
    /// Malformed, or not signed by the directory.
    GrantInvalid = 10, NotAllowed, "grant_invalid", "The device does not accept this permission: it is not signed by its directory.";
    /// More rights than the device's own rules allow.
    RightsAbovePolicy = 11, NotAllowed, "rights_above_policy", "The device's own rules do not allow these rights. Ask for fewer, or change the policy at the device.";
    /// Stopped from the console, or an account or key was disabled.
    Revoked = 12, Revoked, "revoked", "An administrator ended this session, you opened a newer one to this device, or the permission was taken back.";
    /// No word from the directory for too long.
    LeaseExpired = 13, Revoked, "lease_expired", "The device lost its directory for too long, so it ended the session.";
    /// The longest allowed time is over.
    MaxDuration = 14, Done, "max_duration", "The session reached its longest allowed time. Connect again if there is more to do.";
    /// The part of the host that captures the screen died.
    HelperLost = 15, Failed, "helper_lost", "The part of the host that shows the screen stopped. It starts again by itself; connect again.";
    /// The other side broke the rules of the protocol.
    ProtocolViolation = 16, Failed, "protocol_violation", "The other side sent something that is not allowed, so the session was closed.";
    /// The host is shutting down.
    HostStopping = 17, Unreachable, "host_stopping", "The device is shutting down or restarting Farpane. Connect again in a moment.";
    /// Nothing was heard for too long.
    LostContact = 18, Unreachable, "lost_contact", "Lost contact with the device or its relay. Connect again; if that fails, check that the device is switched on and has a network.";
    /// Another session is running and this host takes one at a time.
    Busy = 19, Refused, "busy", "Someone else is connected to this device. Try again when they are done.";
    /// The host could not write the record that must exist before a session may.
    CannotRecord = 20, Failed, "cannot_record", "The device cannot write its record of the session, so it refuses. Check its disk.";
    /// There is no screen to show.
    NoScreen = 21, Failed, "no_screen", "The device has no screen that can be shown. Check that a desktop is running there.";
    /// The hello did not come in time or the versions do not fit.
    BadHello = 22, Failed, "bad_hello", "The device did not understand this viewer. Update the older of the two.";
    /// The grant names another session than the one the device was invited to.
    GrantForOtherSession = 23, NotAllowed, "grant_for_other_session", "This permission belongs to another session. Connect again to get a new one.";
    /// The role that it rested on ended or was taken away.
    RightsEnded = 24, Revoked, "rights_ended", "The role that this session rested on ended or was taken away. Ask an administrator for it.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_distinct_and_round_trip() {
        let codes: HashSet<_> = EndReason::ALL.iter().map(|r| r.code()).collect();
        assert_eq!(codes.len(), EndReason::ALL.len());
        for reason in EndReason::ALL {
            assert_eq!(EndReason::from_code(reason.code()), *reason);
            assert!(reason.sentence().ends_with('.'), "{reason:?}");
        }
        assert_eq!(EndReason::from_code(u32::MAX), EndReason::Other);
    }
}
