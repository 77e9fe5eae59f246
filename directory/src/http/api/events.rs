//! GET `/api/v1/events`: what happens, as it happens (server-sent events). Programs and the
//! console's pages read the same stream: events say what changed and name it by id, and whoever
//! hears of it looks it up with their own rights.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use farpane_protocol::api::DeviceState;
use farpane_protocol::ids::{DeviceId, RelayId};
use farpane_protocol::time::Timestamp;
use futures_util::stream;
use serde::Serialize;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::app::hearing::{Feed, Told};
use crate::app::{App, AppError};
use crate::http::problem::Fault;
use crate::http::rights::ApiCaller;

/// Pause between two signs of life; proxies cut what is silent for half a minute.
const BEAT: Duration = Duration::from_secs(15);

/// Pause between two looks at whether the caller may still listen, and to what. Whoever signs out
/// or loses a role hears nothing more after this.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Something happened: `event:` is its kind of thing (`device`, `session`, `relay`,
/// `administration`), `id:` its number.
#[derive(Serialize)]
struct HappeningShown<'a> {
    /// What, such as `device.renamed`.
    what: &'a str,
    /// When.
    at: Timestamp,
    /// To what: ids by the kind of thing.
    about: &'a std::collections::BTreeMap<String, uuid::Uuid>,
}

/// Devices came or went (`event: presence`, without an id: only the newest state counts).
#[derive(Serialize)]
struct PresenceShown {
    /// Which device.
    device: DeviceId,
    /// How it is now.
    state: DeviceState,
}

/// A relay connected or went away (`event: relay`, without an id).
#[derive(Serialize)]
struct RelayShown {
    relay: RelayId,
    connected: bool,
}

fn event(told: &Told) -> Event {
    let made = match told {
        Told::Ready(number) => Event::default()
            .event("ready")
            .id(number.to_string())
            .json_data(()),
        Told::Resync(number) => Event::default()
            .event("resync")
            .id(number.to_string())
            .json_data(()),
        Told::Happened(happening) => Event::default()
            .event(happening.topic().name())
            .id(happening.number.to_string())
            .json_data(HappeningShown {
                what: &happening.what,
                at: happening.at,
                about: &happening.about,
            }),
        Told::Relay(relay, connected) => Event::default().event("relay").json_data(RelayShown {
            relay: *relay,
            connected: *connected,
        }),
        Told::Presence(devices) => {
            let devices: Vec<_> = devices
                .iter()
                .map(|(device, state)| PresenceShown {
                    device: *device,
                    state: *state,
                })
                .collect();
            Event::default().event("presence").json_data(devices)
        }
    };
    made.expect("events serialise to JSON")
}

/// Whether a page of another site asks: browsers would send it our cookie on some ways in.
fn is_foreign(headers: &HeaderMap, authority: Option<&str>) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text(HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| !["same-origin", "none"].contains(&site)) {
        return true;
    }
    let host = authority.or_else(|| text(HOST));
    text(ORIGIN).is_some_and(|origin| origin.strip_prefix("https://") != host)
}

/// What a stream holds while it is open.
struct Listening {
    feed: Feed,
    app: Arc<App>,
    /// How the caller proved who they are, to look again.
    parts: Parts,
    look: Interval,
    end: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Listening {
    /// Reads the caller's rights again; false if they may not listen any more.
    async fn look_again(&mut self) -> bool {
        let mut parts = self.parts.clone();
        match ApiCaller::from_request_parts(&mut parts, &self.app).await {
            Ok(ApiCaller(caller)) => {
                self.feed.caller = caller;
                true
            }
            Err(AppError::Denied(_)) => false,
            // The next look decides.
            Err(AppError::Store(_)) => true,
        }
    }

    async fn next(mut self) -> Option<(Result<Event, std::convert::Infallible>, Self)> {
        loop {
            tokio::select! {
                biased;
                () = self.end.as_mut() => return None,
                _ = self.look.tick() => {
                    if !self.look_again().await {
                        return None;
                    }
                }
                told = self.feed.next() => match told {
                    Ok(Some(told)) => return Some((Ok(event(&told)), self)),
                    Ok(None) => return None,
                    Err(error) => {
                        // The caller comes back and catches up.
                        tracing::warn!(%error, "an event stream ended early");
                        return None;
                    }
                },
            }
        }
    }
}

/// What happens, as it happens: events that the caller may see.
///
/// `ready` comes first. `device`, `session`, `relay` and `administration` say what happened and
/// carry an id; sent back as `Last-Event-ID` after a break it brings what was missed. `presence`
/// says which devices came and went; `relay` without an id, that a relay did. `resync` means that something was missed: look everything up
/// anew.
#[utoipa::path(get, path = "",
    params(("Last-Event-ID" = Option<u64>, Header, description = "Where the caller left off.")),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub(in crate::http) async fn get(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let authority = parts.uri.authority().map(Authority::as_str);
    if is_foreign(&parts.headers, authority) {
        return Err(Fault::ForeignPage.into_response());
    }
    let after = parts.headers.get("last-event-id");
    let after = after.and_then(|value| value.to_str().ok()?.parse().ok());
    let feed = app.clone().hear(caller, after).await;
    let feed = feed.map_err(AppError::into_response)?;
    let mut look = tokio::time::interval(LOOK_AGAIN);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    look.reset();
    let listening = Listening {
        end: Box::pin(app.shutdown.clone().cancelled_owned()),
        feed,
        app,
        parts,
        look,
    };
    let events = stream::unfold(listening, Listening::next);
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(BEAT))
        .into_response();
    // A proxy that collects an answer before it passes it on would hold the stream up.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}
