//! How a session opens: the screen is taken, the person is asked, and it goes live once the rules
//! still are what the grant was judged by.

use std::time::Instant;

use farpane_protocol::api::HostFact;
use farpane_protocol::consent::ConsentDigest;
use farpane_protocol::grant::Grant;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::Scope;

use super::Driver;
use crate::ipc::{self, Question, ToHelper};
use crate::service::hub::ScreenState;

impl Driver<'_> {
    /// Takes the screen; ends the session where there is none or another one has it.
    pub(super) async fn take_screen(&mut self) -> bool {
        let reason = match self.core.hub.screen().await {
            ScreenState::Ready(_) | ScreenState::Starting => match self.core.hub.take() {
                Some(screen) => {
                    self.screen = Some(screen);
                    return true;
                }
                None => EndReason::Busy,
            },
            ScreenState::None(why) => {
                tracing::warn!(why, "no screen to show");
                EndReason::NoScreen
            }
        };
        let over = self.machine.handle_end(reason);
        self.results.extend(over);
        false
    }

    pub(super) async fn ask(&mut self, grant: &Grant, digest: ConsentDigest, until: Instant) {
        if !self.take_screen().await {
            return;
        }
        let ScreenState::Ready(monitors) = self.core.hub.screen().await else {
            let over = self.machine.handle_end(EndReason::NoScreen);
            return self.results.extend(over);
        };
        let monitors = self.agreed.ask(&monitors);
        self.digest = Some(digest);
        self.audit(HostFact::Asked);
        tracing::info!(session = %self.id, monitors, "asking the person at the device");
        let wait = until.saturating_duration_since(Instant::now());
        self.order(ToHelper::Ask(Question {
            number: self.number,
            person: grant.person.clone(),
            org: grant.org_name.clone(),
            verified_domain: grant.verified_domain.clone(),
            tenant: grant.tenant_name.clone(),
            monitors,
            scopes: grant
                .scopes
                .iter()
                .map(|scope| scope.name().to_owned())
                .collect(),
            reason: grant.reason.clone(),
            max_seconds: grant.max_seconds,
            viewer_key: grant.viewer_key.fingerprint().to_string(),
            wait_ms: u64::try_from(wait.as_millis()).unwrap_or(0),
        }));
    }

    pub(super) async fn start(&mut self) {
        let Some(permit) = self.machine.permit() else {
            return;
        };
        let scopes = permit.scopes();
        let who = format!("{} ({})", permit.grant().person, permit.grant().org_name);
        let does = if scopes.has(Scope::Control) {
            "sees and controls"
        } else {
            "sees"
        };
        let by_person = self.digest.is_some();
        if self.screen.is_none() && !self.take_screen().await {
            return;
        }
        if scopes.has(Scope::Control) && !self.hold_rules() {
            let over = self.machine.handle_end(EndReason::RightsAbovePolicy);
            return self.results.extend(over);
        }
        let surfaces = match self.core.hub.screen().await {
            ScreenState::Ready(surfaces) => self.agreed.of(surfaces),
            ScreenState::Starting | ScreenState::None(_) => None,
        };
        let Some(surfaces) = surfaces else {
            let over = self.machine.handle_end(EndReason::NoScreen);
            return self.results.extend(over);
        };
        let what = if surfaces.len() > 1 {
            "your screens"
        } else {
            "this screen"
        };
        let since = jiff::Zoned::now().strftime("%H:%M");
        let banner = format!("{who} {does} {what} since {since}");
        self.was_live = true;
        self.audit(HostFact::Started { scopes, by_person });
        tracing::info!(session = %self.id, %scopes, "live");
        self.surfaces(surfaces);
        self.order(ToHelper::Start {
            number: self.number,
            banner,
            clipboard: ipc::Shared {
                into: scopes.has(Scope::ClipboardIn),
                out: scopes.has(Scope::ClipboardOut),
            },
        });
    }

    /// Takes the lock on the device's rules and sees that they are still those that the grant was
    /// judged by.
    pub(super) fn hold_rules(&mut self) -> bool {
        self.rules = self.core.data.lock_rules().ok().flatten();
        self.rules.is_some() && self.core.data.policy().is_ok_and(|now| now == self.floor)
    }
}
