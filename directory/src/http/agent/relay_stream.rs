//! POST: a relay listens; the answer is one JSON order per line, for as long as it stays.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::Response;
use farpane_protocol::api::{RelayHello, RelayOrder};
use hyper::body::Frame;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::app::relays::Listener;
use crate::app::{App, AppError, Origin};
use crate::http::body::Json;
use crate::http::rights::RelayRight;

/// Pause between two statements of the time; the relay takes twice as much as a sign of loss.
const STATE_TIME_EVERY: Duration = Duration::from_secs(10);

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    RelayRight(relay): RelayRight,
    from: Origin,
    Json(hello): Json<RelayHello>,
) -> Result<Response, AppError> {
    let listener = app.clone().listen(relay, &hello, from).await?;
    // The first tick comes at once: the first line states the time.
    let mut state_time = tokio::time::interval(STATE_TIME_EVERY);
    state_time.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let lines = Lines {
        end: Box::pin(app.shutdown.clone().cancelled_owned()),
        app,
        listener,
        state_time,
    };
    let mut response = Response::new(Body::new(lines));
    let ndjson = HeaderValue::from_static("application/x-ndjson");
    response.headers_mut().insert(CONTENT_TYPE, ndjson);
    Ok(response)
}

/// The body. It is dropped when the connection ends, and takes the relay off the board with it.
struct Lines {
    app: Arc<App>,
    listener: Listener,
    state_time: Interval,
    end: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Lines {
    fn line(order: &RelayOrder) -> Frame<Bytes> {
        let mut line = serde_json::to_vec(order).expect("orders serialise to JSON");
        line.push(b'\n');
        Frame::data(line.into())
    }
}

impl hyper::body::Body for Lines {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        if self.state_time.poll_tick(cx).is_ready() {
            return Poll::Ready(Some(Ok(Self::line(&self.app.order_now()))));
        }
        match self.listener.orders.poll_recv(cx) {
            Poll::Ready(Some(order)) => Poll::Ready(Some(Ok(Self::line(&order)))),
            // A newer stream of this relay took over.
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
