//! What waits for a second person. The server holds exactly what will be done; somebody else, who
//! may decide requests there and may do the thing themselves, approves or refuses it. What is
//! approved happens once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farpane_protocol::ids::{PlaceId, TenantId, UserId};
use uuid::Uuid;

use super::super::caller::{Caller, Way};
use super::super::{AppError, Core, Denied};
use super::assign::{Giving, place_word};
use super::power::widened;
use super::wanted::Wanted;
use super::{Done, changed};
use crate::audit::{Actor, Entry, Event, Personal};
use crate::model::access::{Assigned, Subject};
use crate::model::request::{ASK_MOST, Act, Request, RequestState, WAITS};
use crate::model::{Account, new_uuid, text};
use crate::policy::rights::{Action, Path, Place, Rights};
use crate::policy::second_person::SecondPerson;
use crate::store::requests::{Decision, Effect, Verdict};

/// Requests that are looked at for a list, open and decided.
const LISTED: u32 = 1000;

/// A request as one person sees it.
#[derive(Clone, Debug)]
pub struct RequestSeen {
    /// The request.
    pub request: Request,
    /// What it is for.
    pub what: Wanted,
    /// Whether the one who looks may decide it now.
    pub decidable: bool,
    /// Whether the one who looks asked for it.
    pub own: bool,
}

/// The place that a record names; the other way of [`place_word`].
pub(super) fn place_named(word: &str) -> Option<Place> {
    match word.split_once(' ') {
        None => (word == "org").then_some(Place::Org),
        Some(("tenant", id)) => Some(Place::Tenant(TenantId(Uuid::parse_str(id).ok()?))),
        Some(("node", id)) => Some(Place::Node(PlaceId(Uuid::parse_str(id).ok()?))),
        Some(_) => None,
    }
}

pub(super) fn subject(person: Option<UserId>, group: Option<Uuid>) -> Option<Subject> {
    match (person, group) {
        (Some(person), None) => Some(Subject::Person(person)),
        (None, Some(group)) => Some(Subject::Group(group)),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

impl Giving {
    /// The same as an act that waits; `None` once it is not readable as one.
    pub(super) fn of(act: &Act) -> Option<Self> {
        let Act::GiveRole {
            person,
            group,
            role,
            place,
            from,
            until,
            hours,
        } = act
        else {
            return None;
        };
        Some(Self {
            subject: subject(*person, *group)?,
            role: role.clone(),
            place: place_named(place)?,
            from: *from,
            until: *until,
            hours: match hours {
                Some(hours) => Some(hours.parse().ok()?),
                None => None,
            },
        })
    }
}

impl Core {
    /// Holds an act until a second person decided. The same act, still waiting, is not asked for
    /// twice.
    pub async fn hold(
        &self,
        (actor, account): (Actor, &Account),
        act: Act,
        reason: &str,
        about: Option<TenantId>,
    ) -> Result<Request, AppError> {
        let now = self.clock.now();
        let request = Request {
            id: new_uuid(now),
            org: self.org.id,
            asked_by: account.id,
            person: account.name.clone(),
            asked: now,
            expires: now.after(WAITS),
            reason: text::reason(reason),
            act,
            state: RequestState::Open,
            answer: String::new(),
        };
        let event = Event::RequestMade {
            request: request.id,
            act: request.act.word().to_owned(),
            digest: URL_SAFE_NO_PAD.encode(request.act.digest()),
        };
        let mut entry = self.entry(actor, event).with(Personal {
            account: Some(account.email.to_string()),
            person: Some(account.name.clone()),
            reason: (!request.reason.is_empty()).then(|| request.reason.clone()),
            ..Personal::default()
        });
        entry.tenant = about;
        let (kept, id) = self.store.ask(&request, &entry).await?;
        changed(kept, "request")?;
        Ok(Request { id, ..request })
    }
}

impl Caller {
    /// For what a second person is wanted.
    pub async fn second_person(&self) -> Result<SecondPerson, AppError> {
        self.check_anywhere(Action::SeePeople)?;
        Ok(self.core.store.second_person(self.core.org.id).await?)
    }

    /// Changes that. Asking a second person for less takes a second person itself.
    pub async fn set_second_person(&self, rules: SecondPerson) -> Result<Done<()>, AppError> {
        self.check_org(Action::ManageSettings)?;
        for tenant in &rules.unattended {
            self.core.path_of(Place::Tenant(*tenant)).await?;
        }
        let (store, org) = (&self.core.store, self.core.org.id);
        let old = store.second_person(org).await?;
        if rules.is_looser_than(&old)
            && let Some(held) = self
                .held(
                    Act::Loosen {
                        rules: rules.clone(),
                    },
                    "",
                )
                .await?
        {
            return Ok(Done::Held(Box::new(held)));
        }
        let entry = self.rules_entry(&rules);
        store.set_second_person(org, &rules, &entry).await?;
        Ok(Done::Now(()))
    }

    fn rules_entry(&self, rules: &SecondPerson) -> Entry {
        let rules = rules.clone();
        self.core
            .entry(self.actor(), Event::SecondPersonChanged { rules })
    }

    /// Holds an act; `None` for the operator, whom nothing in the directory binds.
    pub(in crate::app) async fn held(
        &self,
        act: Act,
        reason: &str,
    ) -> Result<Option<Request>, AppError> {
        let Some(account) = &self.account else {
            return Ok(None);
        };
        let asker = (self.actor(), account);
        Ok(Some(self.core.hold(asker, act, reason, None).await?))
    }

    /// Whether this act may go on: somebody approved it, or nobody has to. Holds it otherwise.
    pub(in crate::app) async fn second_said_yes(&self, act: Act) -> Result<(), AppError> {
        let Some(me) = &self.account else {
            return Ok(());
        };
        let now = self.core.clock.now();
        let store = &self.core.store;
        if store.use_approval(me.org, me.id, &act, now).await? {
            return Ok(());
        }
        self.held(act, "").await?;
        Err(Denied::SecondPersonNeeded.into())
    }

    /// Asks for a role for oneself for some time.
    pub async fn ask_role(
        &self,
        role: &str,
        place: Place,
        span: Duration,
        reason: &str,
    ) -> Result<Request, AppError> {
        if text::reason(reason).is_empty() {
            return Err(Denied::BadRequest("Say why you need it.").into());
        }
        if span.is_zero() || span > ASK_MOST {
            return Err(Denied::BadRequest("A role is asked for up to 30 days.").into());
        }
        if matches!(self.way, Way::Token(_)) {
            let why = "People ask for roles themselves, signed in to the console.";
            return Err(Denied::Conflict(why).into());
        }
        // Roles have no secrets; whoever asks for one has to be able to name it.
        let role = super::roles::find(self.every_role().await?, role)?;
        self.path_to(place).await?;
        let act = Act::HaveRole {
            role: super::assign::role_word(role.id),
            place: place_word(place),
            seconds: span.as_secs(),
        };
        let held = self.held(act, reason).await?;
        Ok(held.ok_or(Denied::Conflict("The operator needs no role."))?)
    }

    /// How many requests wait that the caller may decide.
    pub async fn requests_to_decide(&self) -> Result<u64, AppError> {
        if self.rights.visible(Action::ApproveRequests).is_nothing() {
            return Ok(0);
        }
        let me = self.account.as_ref().map(|me| me.id);
        let now = self.core.clock.now();
        let mut count = 0;
        for request in self.core.store.open_requests(self.core.org.id, now).await? {
            if me != Some(request.asked_by) && self.may_decide(&request).await? {
                count += 1;
            }
        }
        Ok(count)
    }

    async fn may_decide(&self, request: &Request) -> Result<bool, AppError> {
        match self.act_path(&request.act).await {
            Ok(path) => Ok(self.rights.may(Action::ApproveRequests, &path)),
            Err(AppError::Denied(_)) => Ok(false),
            Err(error @ AppError::Store(_)) => Err(error),
        }
    }

    /// Requests that the caller made, or may decide, newest first.
    pub async fn requests(&self) -> Result<Vec<RequestSeen>, AppError> {
        let now = self.core.clock.now();
        let me = self.account.as_ref().map(|me| me.id);
        let mut seen = Vec::new();
        for request in self.core.store.requests(self.core.org.id, LISTED).await? {
            let own = me == Some(request.asked_by);
            let may = self.may_decide(&request).await?;
            if own || may {
                seen.push(RequestSeen {
                    what: self.wanted(&request.act).await?,
                    decidable: may && !own && request.is_open(now),
                    own,
                    request,
                });
            }
        }
        Ok(seen)
    }

    /// Where an act takes place.
    async fn act_path(&self, act: &Act) -> Result<Path, AppError> {
        match act {
            Act::GiveRole { place, .. } | Act::HaveRole { place, .. } => {
                let place = place_named(place).ok_or(Denied::NotFound("place"))?;
                self.core.path_of(place).await
            }
            Act::OpenUnasked { device } => self.core.path_of_device(*device).await,
            Act::RemoveDevices { .. }
            | Act::MoveDevices { .. }
            | Act::JoinGroup { .. }
            | Act::ChangeRole { .. }
            | Act::OpenMore
            | Act::ExportAudit
            | Act::Loosen { .. } => Ok(Path::ORG),
        }
    }

    /// Approves or refuses what somebody else asked for, or takes back what one asked oneself. The
    /// one who asked reads `why`.
    pub async fn decide_request(
        &self,
        id: Uuid,
        verdict: Verdict,
        why: &str,
    ) -> Result<(), AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let now = self.core.clock.now();
        let request = store.request(org, id).await?;
        let request = request.ok_or(Denied::NotFound("request"))?;
        let own = self
            .account
            .as_ref()
            .is_some_and(|me| me.id == request.asked_by);
        // What a person asked for a token takes back only if it may decide.
        if !own || matches!(self.way, Way::Token(_)) {
            let path = self.act_path(&request.act).await?;
            self.check(Action::ApproveRequests, &path, "request")?;
        }
        match (verdict, own) {
            (Verdict::Withdrawn, true) | (Verdict::Approved | Verdict::Refused, false) => {}
            (Verdict::Withdrawn, false) => return Err(Denied::NotFound("request").into()),
            (Verdict::Approved | Verdict::Refused, true) => return Err(Denied::OwnRequest.into()),
        }
        if matches!(self.way, Way::Viewer(_)) {
            return Err(Denied::WrongPart.into());
        }
        if !request.is_open(now) {
            let why = "This request was decided before, or waited for too long.";
            return Err(Denied::Conflict(why).into());
        }
        let effect = match verdict {
            Verdict::Approved => self.second_effect(&request).await?,
            Verdict::Refused | Verdict::Withdrawn => Effect::Pass,
        };
        let event = Event::RequestDecided {
            request: id,
            act: request.act.word().to_owned(),
            digest: URL_SAFE_NO_PAD.encode(request.act.digest()),
            verdict: match verdict {
                Verdict::Approved => "approved",
                Verdict::Refused => "refused",
                Verdict::Withdrawn => "withdrawn",
            }
            .to_owned(),
        };
        let answer = text::reason(why);
        let entry = self.core.entry(self.actor(), event).with(Personal {
            person: Some(request.person.clone()),
            reason: (!answer.is_empty()).then(|| answer.clone()),
            ..Personal::default()
        });
        let decision = Decision {
            verdict,
            by: self.account.as_ref().map(|me| me.id),
            at: now,
            answer,
        };
        let done = store.decide(&request, &decision, &effect, &entry).await?;
        if !changed(done, "person, role or place")? {
            let why = "Somebody else decided this request at the same moment.";
            return Err(Denied::Conflict(why).into());
        }
        if verdict == Verdict::Approved {
            self.asker(&request).await?.approved(&request.act).await?;
        }
        Ok(())
    }

    /// Checks that the caller may do what they approve, and that the one who asked still may, and
    /// says what follows.
    async fn effect(&self, request: &Request) -> Result<Effect, AppError> {
        let now = self.core.clock.now();
        let path = self.act_path(&request.act).await?;
        let asker = self.asker(request).await?;
        match &request.act {
            Act::GiveRole { .. } => {
                let giving = Giving::of(&request.act).ok_or(Denied::NotFound("role"))?;
                // As the one who asked, so that they stand behind it; the approver could, too.
                let (assignment, _) = asker.prepared(&giving).await?;
                self.prepared(&giving).await?;
                let entry = self.given_entry(&assignment).await?;
                Ok(Effect::Assign(Box::new(assignment), Box::new(entry)))
            }
            Act::HaveRole {
                role,
                place,
                seconds,
            } => {
                let giving = Giving {
                    subject: Subject::Person(request.asked_by),
                    role: role.clone(),
                    place: place_named(place).ok_or(Denied::NotFound("place"))?,
                    from: None,
                    until: Some(now.after(Duration::from_secs(*seconds))),
                    hours: None,
                };
                let (assignment, _) = self.prepared(&giving).await?;
                let entry = self.given_entry(&assignment).await?;
                Ok(Effect::Assign(Box::new(assignment), Box::new(entry)))
            }
            Act::Loosen { rules } => {
                self.check(Action::ManageSettings, &Path::ORG, "settings")?;
                asker.check(Action::ManageSettings, &Path::ORG, "settings")?;
                let entry = self.rules_entry(rules);
                Ok(Effect::Rules(rules.clone(), Box::new(entry)))
            }
            Act::RemoveDevices { bulk, .. } => {
                self.check(Action::RemoveDevices, &path, "device")?;
                asker.may_run(*bulk).await?;
                Ok(Effect::Pass)
            }
            Act::MoveDevices { bulk, .. } => {
                self.check(Action::EditDevices, &path, "device")?;
                asker.may_run(*bulk).await?;
                Ok(Effect::Pass)
            }
            Act::JoinGroup { person, group } => {
                asker.may_put_into(*group, *person).await?;
                self.may_put_into(*group, *person).await?;
                Ok(Effect::Pass)
            }
            Act::ChangeRole { role, .. } => {
                let rights = widened(&request.act).ok_or(Denied::NotFound("role"))?;
                asker.may_redefine(*role, &rights).await?;
                self.may_redefine(*role, &rights).await?;
                Ok(Effect::Pass)
            }
            Act::ExportAudit => {
                self.check(Action::ExportAudit, &path, "record")?;
                Ok(Effect::Pass)
            }
            Act::OpenUnasked { .. } => {
                if self.rights.unattended(&path) {
                    Ok(Effect::Pass)
                } else {
                    Err(Denied::AboveOwnRights.into())
                }
            }
            Act::OpenMore => Ok(Effect::Pass),
        }
    }

    /// What follows from the caller's approval, as somebody independent of the one who asked.
    async fn second_effect(&self, request: &Request) -> Result<Effect, AppError> {
        let path = self.act_path(&request.act).await?;
        let second = self.independent(request, &path).await?;
        second.effect(request).await
    }

    /// Whether the caller could approve this request; nothing happens.
    pub(super) async fn effect_by_second(&self, request: &Request) -> Result<(), AppError> {
        let path = self.act_path(&request.act).await?;
        self.check(Action::ApproveRequests, &path, "request")?;
        self.second_effect(request).await.map(drop)
    }

    /// The one who asked, with what they may do now.
    async fn asker(&self, request: &Request) -> Result<Self, AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let account = store.account(org, request.asked_by).await?;
        let account = account.filter(|account| account.disabled.is_none());
        let account = account.ok_or(Denied::Conflict(
            "Whoever asked for this may do nothing any more.",
        ))?;
        let now = self.core.clock.now();
        let held = store.held_by(org, account.id, now).await?;
        Ok(Self {
            core: self.core.clone(),
            account: Some(account),
            rights: Rights { held },
            // They showed who they are when they asked.
            way: Way::Console {
                strong_at: Some(now),
            },
        })
    }

    /// Gives somebody a role at a place; held if the organisation wants a second person for it.
    pub async fn give_role(&self, giving: &Giving) -> Result<Done<Assigned>, AppError> {
        let (assignment, role) = self.prepared(giving).await?;
        let (store, org) = (&self.core.store, self.core.org.id);
        let rules = store.second_person(org).await?;
        if rules.for_giving(&role.rights, giving.place) {
            let (person, group) = super::assign::parts(giving.subject);
            let act = Act::GiveRole {
                person,
                group,
                role: super::assign::role_word(role.id),
                place: place_word(giving.place),
                from: assignment.from,
                until: assignment.until,
                hours: assignment.hours.as_ref().map(ToString::to_string),
            };
            if let Some(held) = self.held(act, "").await? {
                return Ok(Done::Held(Box::new(held)));
            }
        }
        let entry = self.given_entry(&assignment).await?;
        let made = store.assign(&assignment, &entry).await?;
        if !changed(made, "person, group or place")? {
            return Err(super::assign::held_already());
        }
        Ok(Done::Now(Assigned {
            subject: entry.personal.name.unwrap_or_default(),
            role: role.name,
            rights: role.rights,
            assignment,
        }))
    }
}
