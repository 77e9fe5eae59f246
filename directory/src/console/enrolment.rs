//! GET and POST: tickets for devices, and the devices that wait for approval.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::api::Approval;
use farpane_protocol::ids::TenantId;
use farpane_protocol::time::Timestamp;
use serde::Deserialize;

use super::moment::{Moment, absolute};
use super::page::{Failed, Frame, Person, page};
use super::texts::Texts;
use crate::app::administer::{TICKET_USES_MOST, TicketWish};
use crate::app::web::account_actor;
use crate::app::{App, Denied};
use crate::http::body::Form;
use crate::model::ticket::TicketTerms;
use crate::model::{Device, Tenant};

/// Waiting devices that the page shows; more come up as these are approved.
const PENDING: u32 = 100;

/// Characters of a fingerprint that are shown at once; the rest stands in the tooltip.
const SHORT_KEY: usize = 17;

struct Made {
    command: String,
    uses: u32,
    expires: String,
    queue: bool,
}

struct Row {
    id: String,
    name: String,
    tenant: String,
    os: String,
    key: String,
    short_key: String,
    created: Moment,
}

#[derive(Template)]
#[template(path = "enrolment.html")]
struct Page {
    t: Texts,
    frame: Frame,
    made: Option<Made>,
    refused: Option<String>,
    tenants: Vec<Tenant>,
    most: u32,
    pending: Vec<Row>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    tenant: Option<TenantId>,
    uses: u32,
    hours: u32,
    queue: Option<String>,
}

fn row(device: Device, now: Timestamp) -> Row {
    let key = device.key.fingerprint().to_string();
    Row {
        id: device.id.to_string(),
        name: device.name,
        tenant: device.tenant_name,
        os: device.os,
        short_key: key.chars().take(SHORT_KEY).collect(),
        key,
        created: Moment::ago(device.created, now),
    }
}

async fn show(
    app: &App,
    person: &Person,
    made: Option<Made>,
    refused: Option<String>,
) -> Result<Response, Failed> {
    let org = person.account.org;
    let now = app.now();
    let pending = app.core.store.pending_devices(org, PENDING).await?;
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(app, person, "/enrolment").await?,
        made,
        refused,
        tenants: app.core.store.tenants(org).await?,
        most: TICKET_USES_MOST,
        pending: pending.into_iter().map(|device| row(device, now)).collect(),
    }))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    show(&app, &person, None, None).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    if fields.uses == 0 || fields.uses > TICKET_USES_MOST || fields.hours == 0 {
        let why = person
            .t
            .msg("ticket-how-many-wrong")
            .num("most", TICKET_USES_MOST)
            .to_string();
        return show(&app, &person, None, Some(why)).await;
    }
    let tenants = app.core.store.tenants(person.account.org).await?;
    let tenant = match fields.tenant {
        Some(wanted) => tenants.into_iter().find(|tenant| tenant.id == wanted),
        None => tenants.into_iter().next(),
    };
    let tenant = tenant.ok_or(Failed(Denied::NotFound("customer").into()))?;
    let queue = fields.queue.is_some();
    let wish = TicketWish::Device {
        tenant: tenant.id,
        uses: fields.uses,
        approval: if queue {
            Approval::Pending
        } else {
            Approval::Approved
        },
        terms: TicketTerms::default(),
    };
    let life = Duration::from_secs(3600 * u64::from(fields.hours));
    let place = (&app.identity.url, app.identity.fingerprint);
    let actor = account_actor(&person.account);
    let (ticket, record) = person
        .caller
        .core
        .make_ticket(wish, life, place, actor)
        .await?;
    let made = Made {
        command: format!("farpane-host enroll {ticket}"),
        uses: record.allowed,
        expires: absolute(record.expires),
        queue,
    };
    show(&app, &person, Some(made), None).await
}
