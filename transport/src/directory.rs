//! HTTPS to the directory: pinned to its identity, with a bearer token that a proven key earns.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use farpane_certs::directory::{SeenIdentity, looking_client, pinned_client_telling};
use farpane_protocol::api::{
    Challenge, ChallengeRequest, DIRECTORY_SERVER_NAME, Problem, Proof, Token, TokenRequest, path,
};
use farpane_protocol::key::{Fingerprint, SecretKey};
use farpane_protocol::limits::CONTROL_MESSAGE_BYTES;
use farpane_protocol::outcome::Outcome;
use farpane_protocol::token::{self, Purpose};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

/// How long the directory may take to take a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// How long it may take to answer.
const ANSWER_WAIT: Duration = Duration::from_secs(20);
/// Silence on a stream of lines after which the directory is taken for gone.
const LINE_SILENCE: Duration = Duration::from_secs(30);
/// Largest answer: a page of 200 devices stays well below.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// A token is renewed when less than this is left of it.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// Why the directory gave no good answer.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The address is none.
    #[error("no directory has the address {0}; it looks like https://name:port")]
    BadUrl(String),
    /// The directory proved another identity than the pinned one.
    #[error(
        "the directory's key is {found}, expected {expected}; if it was replaced on purpose, \
         enrol or sign in again with its new fingerprint, otherwise someone is in between"
    )]
    KeyMismatch {
        /// Pinned here.
        expected: Fingerprint,
        /// Shown there.
        found: Fingerprint,
    },
    /// Nobody answered.
    #[error("cannot reach the directory at {url}: {why}")]
    Unreachable {
        /// Where.
        url: String,
        /// In the words of the layer below.
        why: String,
    },
    /// It said no, and why.
    #[error("{}", .0.detail)]
    Problem(Problem),
    /// It answered something that is none of its answers.
    #[error("the directory gave an answer that this version does not understand")]
    BadAnswer,
}

impl DirectoryError {
    /// How a command that fails for it exits.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::BadUrl(_) => Outcome::Usage,
            Self::KeyMismatch { .. } => Outcome::KeyMismatch,
            Self::Unreachable { .. } => Outcome::Unreachable,
            Self::BadAnswer => Outcome::Failed,
            Self::Problem(problem) => match problem.status {
                401 | 403 | 404 | 410 => Outcome::NotAllowed,
                409 => Outcome::Refused,
                503 => Outcome::Unreachable,
                _ => Outcome::Failed,
            },
        }
    }
}

/// Resolves every name to the directory's own address: TLS asks for the agents' name, the network
/// for the operator's.
struct OnlyDirectory {
    host: String,
    port: u16,
}

impl Resolve for OnlyDirectory {
    fn resolve(&self, _name: Name) -> Resolving {
        let target = (self.host.clone(), self.port);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host(target).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A directory, by address and identity.
#[derive(Clone)]
pub struct DirectoryClient {
    http: reqwest::Client,
    url: String,
    base: String,
    pin: Fingerprint,
    seen: SeenIdentity,
}

impl DirectoryClient {
    /// For the directory at `url` (`https://name:port`) whose identity is `pin`. Does not connect.
    pub fn new(url: &str, pin: Fingerprint) -> Result<Self, DirectoryError> {
        let seen = SeenIdentity::default();
        Self::build(url, pin, pinned_client_telling(pin, seen.clone()), seen)
    }

    fn build(
        url: &str,
        pin: Fingerprint,
        tls: rustls::ClientConfig,
        seen: SeenIdentity,
    ) -> Result<Self, DirectoryError> {
        let bad = || DirectoryError::BadUrl(url.to_owned());
        let parsed = reqwest::Url::parse(url).map_err(|_| bad())?;
        let host = parsed
            .host_str()
            .ok_or_else(bad)?
            .trim_matches(['[', ']'])
            .to_owned();
        let port = parsed.port_or_known_default().ok_or_else(bad)?;
        if parsed.scheme() != "https" {
            return Err(bad());
        }
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(OnlyDirectory { host, port }))
            .connect_timeout(CONNECT_WAIT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|_| bad())?;
        let base = format!("https://{DIRECTORY_SERVER_NAME}:{port}");
        Ok(Self {
            http,
            url: url.to_owned(),
            base,
            pin,
            seen,
        })
    }

    /// Which identity answers at `url`? For showing it to a person before anything is pinned.
    pub async fn look(url: &str) -> Result<Fingerprint, DirectoryError> {
        let seen = SeenIdentity::default();
        let nobody = Fingerprint::of(&[]);
        let client = Self::build(url, nobody, looking_client(seen.clone()), seen.clone())?;
        let failed = client
            .send(Method::GET, "/", &[], None::<&()>, None)
            .await
            .err();
        match (seen.unexpected(), failed) {
            (Some(found), _) => Ok(found),
            (None, Some(error)) => Err(error),
            (None, None) => Err(DirectoryError::BadAnswer),
        }
    }

    /// The identity that is expected.
    pub fn pin(&self) -> Fingerprint {
        self.pin
    }

    /// The address as the operator gave it.
    pub fn url(&self) -> &str {
        &self.url
    }

    async fn send<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&B>,
        token: Option<&str>,
    ) -> Result<Response, DirectoryError> {
        let mut address = reqwest::Url::parse(&format!("{}{path}", self.base))
            .map_err(|_| DirectoryError::BadUrl(self.url.clone()))?;
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, address);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let sent = tokio::time::timeout(ANSWER_WAIT, request.send()).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.failed(&error)),
            Err(_) => return Err(self.unreachable("no answer in time")),
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let body = read(response).await.unwrap_or_default();
        Err(DirectoryError::Problem(
            serde_json::from_slice(&body).unwrap_or_else(|_| {
                let detail = format!("the directory answered with status {status}");
                Problem::new("unknown", status, detail)
            }),
        ))
    }

    fn unreachable(&self, why: &str) -> DirectoryError {
        DirectoryError::Unreachable {
            url: self.url.clone(),
            why: why.to_owned(),
        }
    }

    fn failed(&self, error: &reqwest::Error) -> DirectoryError {
        if let Some(found) = self.seen.unexpected() {
            return DirectoryError::KeyMismatch {
                expected: self.pin,
                found,
            };
        }
        // The innermost cause is the one that a person can act on.
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        self.unreachable(&cause.to_string())
    }

    /// Asks without a token.
    pub async fn post<B: Serialize, A: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<A, DirectoryError> {
        parse(self.send(Method::POST, path, &[], Some(body), None).await?).await
    }

    /// Proves a key to the directory: a sealed proof for sign-in, enrolment or a token.
    pub async fn challenge(&self, key: &SecretKey) -> Result<String, DirectoryError> {
        let request = ChallengeRequest { key: key.public() };
        let answer: Challenge = self.post(path::CHALLENGE, &request).await?;
        let proof = Proof {
            challenge: answer.challenge,
            directory: self.pin,
        };
        Ok(token::seal(key, Purpose::Proof, &proof))
    }

    /// The interface for an enrolled key.
    pub fn agent(&self, key: SecretKey) -> Agent {
        Agent {
            client: self.clone(),
            key,
            token: Arc::default(),
        }
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, DirectoryError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|_| DirectoryError::BadAnswer)?
    {
        if body.len() + chunk.len() > ANSWER_BYTES {
            return Err(DirectoryError::BadAnswer);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

async fn parse<A: DeserializeOwned>(response: Response) -> Result<A, DirectoryError> {
    let read = tokio::time::timeout(ANSWER_WAIT, read(response)).await;
    let body = read.map_err(|_| DirectoryError::BadAnswer)??;
    let body: &[u8] = if body.is_empty() { b"null" } else { &body };
    serde_json::from_slice(body).map_err(|_| DirectoryError::BadAnswer)
}

struct Held {
    token: String,
    until: Instant,
}

/// An enrolled key at a directory. Clones share its token.
#[derive(Clone)]
pub struct Agent {
    client: DirectoryClient,
    key: SecretKey,
    token: Arc<Mutex<Option<Held>>>,
}

impl Agent {
    /// The directory below.
    pub fn client(&self) -> &DirectoryClient {
        &self.client
    }

    async fn token(&self) -> Result<String, DirectoryError> {
        let mut held = self.token.lock().await;
        if let Some(held) = held.as_ref().filter(|h| h.until > Instant::now()) {
            return Ok(held.token.clone());
        }
        let proof = self.client.challenge(&self.key).await?;
        let request = TokenRequest {
            key: self.key.public(),
            proof,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let answer: Token = self.client.post(path::TOKEN, &request).await?;
        let life = Duration::from_secs(u64::from(answer.seconds)).saturating_sub(RENEW_BEFORE);
        *held = Some(Held {
            token: answer.token.clone(),
            until: Instant::now() + life,
        });
        Ok(answer.token)
    }

    /// Asks with a token; proves the key anew, once, if the directory has forgotten it.
    async fn send<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&B>,
    ) -> Result<Response, DirectoryError> {
        let token = self.token().await?;
        let first = self
            .client
            .send(method.clone(), path, query, body, Some(&token))
            .await;
        match first {
            Err(DirectoryError::Problem(problem)) if problem.status == 401 => {
                *self.token.lock().await = None;
                let token = self.token().await?;
                self.client
                    .send(method, path, query, body, Some(&token))
                    .await
            }
            other => other,
        }
    }

    /// Proves the key, if that was not done lately.
    pub async fn authenticate(&self) -> Result<(), DirectoryError> {
        self.token().await.map(drop)
    }

    /// GET.
    pub async fn get<A: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<A, DirectoryError> {
        parse(self.send(Method::GET, path, query, None::<&()>).await?).await
    }

    /// POST; `A` is `()` for an empty answer.
    pub async fn post<B: Serialize, A: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<A, DirectoryError> {
        parse(self.send(Method::POST, path, &[], Some(body)).await?).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Result<(), DirectoryError> {
        self.send(Method::DELETE, path, &[], None::<&()>)
            .await
            .map(drop)
    }

    /// POST, answered by lines of JSON for as long as both sides like.
    pub async fn lines<B: Serialize, L>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Lines<L>, DirectoryError> {
        let response = self.send(Method::POST, path, &[], Some(body)).await?;
        Ok(Lines {
            response,
            buffer: Vec::new(),
            line: std::marker::PhantomData,
        })
    }
}

/// An answer that comes line by line.
pub struct Lines<L> {
    response: Response,
    buffer: Vec<u8>,
    line: std::marker::PhantomData<fn() -> L>,
}

impl<L: DeserializeOwned> Lines<L> {
    /// The next line; `None` when the directory has finished. Silence for 30 s and lines above
    /// 64 KiB are errors.
    pub async fn next(&mut self) -> Result<Option<L>, DirectoryError> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                if line.trim_ascii().is_empty() {
                    continue;
                }
                let line = serde_json::from_slice(&line);
                return line.map(Some).map_err(|_| DirectoryError::BadAnswer);
            }
            if self.buffer.len() > CONTROL_MESSAGE_BYTES {
                return Err(DirectoryError::BadAnswer);
            }
            let chunk = tokio::time::timeout(LINE_SILENCE, self.response.chunk()).await;
            match chunk {
                Ok(Ok(Some(chunk))) => self.buffer.extend_from_slice(&chunk),
                Ok(Ok(None)) => return Ok(None),
                Ok(Err(_)) | Err(_) => return Err(DirectoryError::BadAnswer),
            }
        }
    }
}
