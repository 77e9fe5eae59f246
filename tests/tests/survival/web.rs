//! Programs with a token and people with a browser, at a directory that may fail at any moment:
//! what it answered, or nothing.

use std::fmt::Write as _;

use anyhow::Result;
use farpane_protocol::api::DIRECTORY_SERVER_NAME;
use farpane_protocol::key::Fingerprint;
use farpane_tests::rig::estate::PASSWORD;
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// What everybody is called who comes in by a link.
pub(crate) const NAME: &str = "Dag Vik";

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) cookie: String,
    pub(crate) text: String,
    /// Whether it is the answer to the same request of before.
    pub(crate) replayed: bool,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A text of a JSON answer.
    pub(crate) fn field(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }
}

/// A client of one running directory.
pub(crate) struct Web {
    client: Client,
    base: String,
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes everything");
        }
        out
    })
}

impl Web {
    /// For the directory with this identity, on this port of this machine.
    pub(crate) fn at(port: u16, pin: Fingerprint) -> Result<Self> {
        let client = Client::builder()
            .tls_backend_preconfigured(farpane_certs::directory::pinned_client(pin))
            .resolve(DIRECTORY_SERVER_NAME, ([127, 0, 0, 1], port).into())
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let base = format!("https://{DIRECTORY_SERVER_NAME}:{port}");
        Ok(Self { client, base })
    }

    async fn take(request: RequestBuilder) -> Option<Answer> {
        let response = request.send().await.ok()?;
        let headers = response.headers().clone();
        let header = |name| {
            let value = headers.get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        let cookies = headers.get_all(SET_COOKIE).iter();
        let cookies = cookies.filter_map(|set| set.to_str().ok()?.split(';').next());
        Some(Answer {
            status: response.status().as_u16(),
            location: header("location").unwrap_or_default(),
            cookie: cookies.collect::<Vec<_>>().join("; "),
            replayed: headers.contains_key("idempotency-replayed"),
            text: response.text().await.ok()?,
        })
    }

    /// A program asks.
    pub(crate) async fn ask(&self, token: &str, path: &str) -> Option<Answer> {
        let request = self.client.get(format!("{}{path}", self.base));
        Self::take(request.bearer_auth(token)).await
    }

    /// A program has something done; under a name of its own, where it may be sent twice.
    pub(crate) async fn act(
        &self,
        token: &str,
        path: &str,
        body: &Value,
        once: Option<&str>,
    ) -> Option<Answer> {
        let mut request = self.client.post(format!("{}{path}", self.base));
        if let Some(once) = once {
            request = request.header("idempotency-key", once);
        }
        Self::take(request.bearer_auth(token).json(body)).await
    }

    /// A page of a signed-in person has something done.
    pub(crate) async fn act_signed_in(
        &self,
        cookie: &str,
        path: &str,
        body: &Value,
    ) -> Option<Answer> {
        let request = self.client.post(format!("{}{path}", self.base));
        Self::take(request.header(COOKIE, cookie).json(body)).await
    }

    /// A browser opens a page.
    pub(crate) async fn page(&self, path: &str, cookie: &str) -> Option<Answer> {
        let request = self.client.get(format!("{}{path}", self.base));
        Self::take(request.header(COOKIE, cookie)).await
    }

    /// A browser sends a form.
    pub(crate) async fn form(
        &self,
        path: &str,
        cookie: &str,
        fields: &[(&str, &str)],
    ) -> Option<Answer> {
        let fields = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)));
        let request = self
            .client
            .request(Method::POST, format!("{}{path}", self.base))
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(fields.collect::<Vec<_>>().join("&"));
        Self::take(request).await
    }

    /// A person chooses a password with a link; whether they were let.
    pub(crate) async fn use_link(&self, secret: &str) -> Option<bool> {
        let fields = [("name", NAME), ("password", PASSWORD)];
        let used = self.form(&format!("/link/{secret}"), "", &fields).await?;
        Some(used.status == 200)
    }

    /// A person comes in with the password and a second proof; the status that the proof got.
    pub(crate) async fn come_in(&self, email: &str, code: &str) -> Option<Answer> {
        let fields = [("email", email), ("password", PASSWORD)];
        let first = self.form("/sign-in", "", &fields).await?;
        if !first.location.starts_with("/sign-in/second") {
            return Some(first);
        }
        let code = [("code", code)];
        self.form("/sign-in/second", &first.cookie, &code).await
    }
}
