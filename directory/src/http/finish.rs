//! What changes something is done to its end, also when whoever asked for it hangs up: a page that
//! is closed between the first step and the last must not leave the last one undone.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use super::problem::Fault;

/// Most requests that go on by themselves; further ones are dropped with their connections, so
/// that those who ask and hang up pile nothing up. A quarter of the connections.
const MOST: usize = 1024;

/// Room for those requests.
pub(super) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(MOST))
}

/// Has what changes something done apart from the connection that it came by.
pub(super) async fn to_the_end(
    State(room): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let Ok(place) = room.try_acquire_owned() else {
        return next.run(request).await;
    };
    let work = async move {
        let response = next.run(request).await;
        drop(place);
        response
    };
    match tokio::spawn(work.in_current_span()).await {
        Ok(response) => response,
        Err(end) => match end.try_into_panic() {
            // On to the layer that knows what to say then.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Fault::Internal.into_response(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::middleware;
    use axum::routing::post;
    use tokio::sync::Notify;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn what_was_begun_is_done_although_the_browser_is_closed() {
        let [begun, go, done] = [(); 3].map(|()| Arc::new(Notify::new()));
        let steps = (begun.clone(), go.clone(), done.clone());
        let handler = async move || {
            let (begun, go, done) = steps;
            begun.notify_one();
            go.notified().await;
            done.notify_one();
        };
        let router: Router = Router::new()
            .route("/", post(handler))
            .layer(middleware::from_fn_with_state(room(), to_the_end));
        let request = Request::post("/").body(Body::empty()).expect("a request");
        let asked = tokio::spawn(router.oneshot(request));
        begun.notified().await;
        asked.abort();
        assert!(asked.await.expect_err("hung up").is_cancelled());
        go.notify_one();
        let ended = tokio::time::timeout(Duration::from_secs(10), done.notified());
        ended.await.expect("the last step is done");
    }
}
