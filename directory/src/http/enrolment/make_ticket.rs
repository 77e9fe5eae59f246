//! POST: a ticket for devices, shown this once.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use farpane_protocol::api::Approval;
use farpane_protocol::ids::{DeviceId, PlaceId, TenantId};
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::tickets::DeviceTicket;
use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::rights::ApiCaller;
use crate::model::ticket::{TicketTerms, networks};

/// How long a ticket works where nothing is said, in seconds: a working day and a night.
const DAY: u32 = 24 * 60 * 60;

/// What the ticket should be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Wish {
    /// Whose devices it enrols.
    customer: TenantId,
    /// The site or group that they stand in.
    place: Option<PlaceId>,
    /// How many devices; 1 where nothing is said.
    uses: Option<u32>,
    /// How long it works, in seconds; a day where nothing is said, a year at most.
    seconds: Option<u32>,
    /// Whether each device has to be approved; it has not where nothing is said.
    #[serde(default)]
    approve: bool,
    /// Whether devices may be opened without anybody being asked, if their own rules allow it;
    /// they may where nothing is said.
    unattended: Option<bool>,
    /// Tags that the devices get.
    #[serde(default)]
    tags: Vec<String>,
    /// Networks from which it works, such as `192.0.2.0/24`; none: from everywhere.
    #[serde(default)]
    networks: Vec<String>,
    /// The device whose key it replaces.
    replaces: Option<DeviceId>,
    /// What it is for, in words.
    #[serde(default)]
    note: String,
}

/// A ticket with its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct Made {
    id: Uuid,
    /// The ticket: shown this once.
    ticket: String,
    /// What to run on the device.
    command: String,
    uses: u32,
    expires: Timestamp,
}

/// Makes a ticket for devices. Its secret appears in this answer and nowhere else.
#[utoipa::path(post, path = "", request_body = Wish, responses((status = 201, body = Made)))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<Wish>,
) -> Result<(StatusCode, axum::Json<Made>), AppError> {
    let approval = if wish.approve {
        Approval::Pending
    } else {
        Approval::Approved
    };
    let device = DeviceTicket {
        tenant: wish.customer,
        uses: wish.uses.unwrap_or(1),
        approval,
        terms: TicketTerms {
            place: wish.place,
            unattended: wish.unattended.unwrap_or(true),
            tags: wish.tags,
            networks: networks(&wish.networks.join(" "))?,
            replaces: wish.replaces,
            note: wish.note,
        },
    };
    let life = Duration::from_secs(wish.seconds.unwrap_or(DAY).into());
    let place = (&app.identity.url, app.identity.fingerprint);
    let (ticket, record) = caller.make_device_ticket(device, life, place).await?;
    let made = Made {
        id: record.id,
        command: format!("farpane-host enroll {ticket}"),
        ticket: ticket.to_string(),
        uses: record.allowed,
        expires: record.expires,
    };
    Ok((StatusCode::CREATED, axum::Json(made)))
}
