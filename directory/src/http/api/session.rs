//! GET `/api/v1/sessions/{id}`: one session, and how a session is shown.

use farpane_protocol::ids::{DeviceId, SessionId, TenantId, UserId, ViewerId};
use farpane_protocol::latency::{SessionLatency, Times};
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;
use crate::model::session::{Session, SessionState};

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionStep {
    /// The directory said yes; the host has not said anything.
    Granted,
    /// A person at the device is being asked.
    Asked,
    /// It runs.
    Live,
    /// It is over.
    Over,
}

/// How long something took in one session, in microseconds.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct TimesShown {
    /// How often it was measured.
    pub count: u64,
    /// Half of them took no longer.
    pub p50_us: u64,
    /// Nineteen of twenty took no longer; 1,000,000 stands for what took longer than a second, too.
    pub p95_us: u64,
}

/// How long the pictures of a session took, as its viewer measured it. What was not measured is
/// absent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LatencyShown {
    /// From an input to the first picture with its effect.
    pub input: Option<TimesShown>,
    /// From the capture of every picture until it was presented.
    pub picture: Option<TimesShown>,
    /// Capturing.
    pub capture: Option<TimesShown>,
    /// Encoding.
    pub encode: Option<TimesShown>,
    /// On the way.
    pub network: Option<TimesShown>,
    /// Decoding.
    pub decode: Option<TimesShown>,
    /// Painting and handing over to the display.
    pub present: Option<TimesShown>,
}

fn times(times: &Times) -> Option<TimesShown> {
    let within = |percent| {
        let micros = times.within(percent)?.as_micros();
        u64::try_from(micros).ok()
    };
    Some(TimesShown {
        count: times.count(),
        p50_us: within(50)?,
        p95_us: within(95)?,
    })
}

impl From<&SessionLatency> for LatencyShown {
    fn from(told: &SessionLatency) -> Self {
        Self {
            input: times(&told.input),
            picture: times(&told.picture),
            capture: times(&told.capture),
            encode: times(&told.encode),
            network: times(&told.network),
            decode: times(&told.decode),
            present: times(&told.present),
        }
    }
}

/// A session: one viewer on one device. Names are as they were when it was granted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionShown {
    /// Its id.
    pub id: SessionId,
    /// Whose device it is.
    pub customer: TenantId,
    /// The device.
    pub device: DeviceId,
    /// What the device was called.
    pub device_name: String,
    /// Who asked.
    pub person: UserId,
    /// What that person was called.
    pub person_name: String,
    /// With which viewer.
    pub viewer: ViewerId,
    /// Name of the relay between them.
    pub relay_name: String,
    /// Where it stands.
    pub state: SessionStep,
    /// Why, in the person's words.
    pub reason: String,
    /// What was asked for.
    pub asked_for: ScopeSet,
    /// What was granted in the end, once it ran.
    pub scopes: Option<ScopeSet>,
    /// Whether a person agreed (or nobody had to be asked), once it ran.
    pub by_person: Option<bool>,
    /// When it was granted.
    pub issued: Timestamp,
    /// When it began to run.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Name of the reason why it ended.
    pub end_reason: Option<String>,
    /// How long its pictures took, once its viewer told: every few minutes, and at the end.
    pub latency: Option<LatencyShown>,
}

impl From<Session> for SessionShown {
    fn from(session: Session) -> Self {
        let running = session.state.running();
        let (state, over) = match &session.state {
            SessionState::Granted => (SessionStep::Granted, None),
            SessionState::Asked => (SessionStep::Asked, None),
            SessionState::Live(_) => (SessionStep::Live, None),
            SessionState::Over { at, reason, .. } => {
                (SessionStep::Over, Some((*at, reason.word().to_owned())))
            }
        };
        Self {
            latency: session.latency.as_deref().map(LatencyShown::from),
            id: session.id,
            customer: session.tenant,
            device: session.device,
            device_name: session.device_name,
            person: session.account,
            person_name: session.person,
            viewer: session.viewer,
            relay_name: session.relay_name,
            state,
            reason: session.reason,
            asked_for: session.asked_for,
            scopes: running.map(|running| running.scopes),
            by_person: running.map(|running| running.by_person),
            issued: session.issued,
            started: running.map(|running| running.started),
            ended: over.as_ref().map(|(at, _)| *at),
            end_reason: over.map(|(_, word)| word),
        }
    }
}

/// One session.
#[utoipa::path(get, path = "", params(("id" = SessionId, Path)),
    responses((status = 200, body = SessionShown)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<SessionId>,
) -> Result<axum::Json<SessionShown>, AppError> {
    let session = caller.session(id).await?;
    Ok(axum::Json(session.into()))
}
