//! The listener: TCP, TLS, HTTP/1.1, each step bounded in time and number. What does not speak
//! TLS, or speaks it slowly, costs one slot for a few seconds and gets no answer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::metrics::counter::Counter;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::rights::Peer;

/// Most connections at once; more wait in the system's queue. Each costs at most some 50 KiB.
const CONNECTIONS: usize = 4096;

/// Most TLS handshakes at once: each takes half a millisecond of CPU, so these keep every core
/// busy and leave the rest of the server responsive.
const HANDSHAKES: usize = 64;

/// Longest TLS handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// Longest that the head of a request may take, and that a connection may stay idle.
const HEAD_WITHIN: Duration = Duration::from_secs(15);

/// Largest head of a request, in bytes, and most headers in it.
const HEAD_BYTES: usize = 16 * 1024;
const HEADERS: usize = 64;

/// How long written data may stay unacknowledged before the connection is given up. A relay whose
/// machine vanished is noticed after this plus the pause between two lines of its stream.
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// Longest that open requests may take after the server was told to end.
const END_WITHIN: Duration = Duration::from_secs(5);

/// Pause after the system refused to give a connection (no descriptors left): spinning would not
/// help.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What serves a listener.
#[derive(Clone)]
pub struct Server {
    router: Router,
    tls: Option<TlsAcceptor>,
    taken: Counter,
    end: CancellationToken,
    handshakes: Arc<Semaphore>,
}

impl Server {
    /// Over TLS.
    pub fn tls(
        router: Router,
        config: ServerConfig,
        taken: Counter,
        end: CancellationToken,
    ) -> Self {
        let mut config = config;
        // One protocol fewer to be attacked through; nothing here needs multiplexing.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self {
            router,
            tls: Some(TlsAcceptor::from(Arc::new(config))),
            taken,
            end,
            handshakes: Arc::new(Semaphore::new(HANDSHAKES)),
        }
    }

    /// In the clear: for metrics on an address that the operator names.
    pub fn plain(router: Router, end: CancellationToken) -> Self {
        Self {
            router,
            tls: None,
            taken: Counter::default(),
            end,
            handshakes: Arc::new(Semaphore::new(HANDSHAKES)),
        }
    }

    /// Serves until told to end; then open requests get a moment to finish.
    pub async fn run(self, listener: TcpListener) {
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        let connections = TaskTracker::new();
        loop {
            let slot = tokio::select! {
                () = self.end.cancelled() => break,
                slot = slots.clone().acquire_owned() => slot,
            };
            // The semaphore is never closed.
            let Ok(slot) = slot else { break };
            let accepted = tokio::select! {
                () = self.end.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(self.clone().connection(stream, peer, slot));
                }
                Err(error) => {
                    tracing::debug!(%error, "no connection taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        connections.close();
        if tokio::time::timeout(END_WITHIN, connections.wait())
            .await
            .is_err()
        {
            tracing::warn!(open = connections.len(), "connections cut at the end");
        }
    }

    async fn connection(self, stream: TcpStream, peer: SocketAddr, slot: OwnedSemaphorePermit) {
        if let Err(error) = prepare(&stream) {
            tracing::debug!(%error, "a connection went before it began");
            return;
        }
        let Some(tls) = &self.tls else {
            self.serve(stream, peer).await;
            return;
        };
        let shaken = tokio::time::timeout(HANDSHAKE_WITHIN, async {
            let _permit = self.handshakes.acquire().await;
            tls.accept(stream).await
        });
        match shaken.await {
            Ok(Ok(stream)) => {
                self.taken.inc();
                self.serve(stream, peer).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
            Err(_) => tracing::debug!("TLS took too long"),
        }
        drop(slot);
    }

    async fn serve<S>(&self, stream: S, peer: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = self.router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let served = tokio::select! {
            served = connection.as_mut() => served,
            () = self.end.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let millis = u32::try_from(UNACKNOWLEDGED.as_millis()).unwrap_or(u32::MAX);
    rustix::net::sockopt::set_tcp_user_timeout(stream, millis)?;
    Ok(())
}
