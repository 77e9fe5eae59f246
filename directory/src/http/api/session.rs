//! GET `/api/v1/sessions/{id}`: one session, and how a session is shown.

use farpane_protocol::ids::{DeviceId, SessionId, TenantId, UserId, ViewerId};
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
