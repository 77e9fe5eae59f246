//! GET: tells an open page that something changed, so that it fetches itself again. Only the kind
//! of thing is told, no name and no id: what the person may see of it is decided when the page is
//! fetched.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum_extra::extract::cookie::CookieJar;
use farpane_protocol::ids::OrgId;
use futures_util::stream::{self, Stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{interval_at, sleep};

use super::page::{COOKIE, Person};
use crate::app::App;
use crate::live::bus::{Bus as _, Signal};

/// How long changes are gathered before they are told together.
const GATHER: Duration = Duration::from_millis(250);

/// How often it is looked whether the person is still signed in, and a line is sent so that
/// machines between keep the connection open.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// What a page that may have missed something is told.
const EVERYTHING: &str = "everything";

struct Listening {
    app: Arc<App>,
    org: OrgId,
    cookie: String,
    signals: Receiver<Signal>,
}

impl Listening {
    /// What a signal is about, if it is this organisation's.
    fn topic(&self, signal: &Signal) -> Option<&'static str> {
        match signal {
            Signal::Recorded(happening) => {
                (happening.org == self.org).then(|| happening.topic().name())
            }
            Signal::Presence { org, .. } => (*org == self.org).then_some("device"),
            Signal::Relay { org, .. } => (*org == self.org).then_some("relay"),
        }
    }

    /// The next changes, gathered; `None` when the person is signed out or the server ends.
    async fn next(&mut self) -> Option<BTreeSet<&'static str>> {
        let mut topics = BTreeSet::new();
        let first = tokio::time::Instant::now() + LOOK_EVERY;
        let mut look = interval_at(first, LOOK_EVERY);
        let end = self.app.shutdown.clone();
        let mut gathered = pin!(sleep(Duration::MAX));
        loop {
            tokio::select! {
                () = end.cancelled() => return None,
                () = &mut gathered => return Some(topics),
                _ = look.tick() => {
                    let person = self.app.web_person(&self.cookie).await.ok()??;
                    drop(person);
                }
                signal = self.signals.recv() => {
                    let topic = match signal {
                        Ok(signal) => self.topic(&signal),
                        Err(RecvError::Lagged(_)) => Some(EVERYTHING),
                        Err(RecvError::Closed) => return None,
                    };
                    if let Some(topic) = topic {
                        if topics.is_empty() {
                            gathered.set(sleep(GATHER));
                        }
                        topics.insert(topic);
                    }
                }
            }
        }
    }
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    jar: CookieJar,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let cookie = jar.get(COOKIE).map(|cookie| cookie.value().to_owned());
    let listening = Listening {
        signals: app.bus.listen(),
        org: person.account.org,
        cookie: cookie.unwrap_or_default(),
        app,
    };
    let changes = stream::unfold(listening, |mut listening| async {
        let topics: Vec<_> = listening.next().await?.into_iter().collect();
        let event = Event::default().event("changed").data(topics.join(" "));
        Some((Ok(event), listening))
    });
    Sse::new(changes).keep_alive(KeepAlive::new().interval(LOOK_EVERY))
}
