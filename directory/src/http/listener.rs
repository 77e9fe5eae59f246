//! The listener: TCP, TLS, HTTP/1.1, each step bounded in time and number. What does not speak
//! TLS, or speaks it slowly, costs one slot of its network's for a few seconds and gets no answer.

mod proxy;
mod shares;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use prometheus_client::metrics::counter::Counter;
use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::rights::Peer;
use proxy::Trusted;
use shares::{Share, Shares};

/// Most connections at once; more wait in the system's queue. Each costs at most some 50 KiB.
const CONNECTIONS: usize = 4096;

/// Most connections of one network: room for two hundred agents behind one address that start at
/// once, and it takes sixteen networks to hold every slot.
const PER_NETWORK: usize = 256;

/// Most connections from this machine, where a proxy may speak for everybody: the other half
/// stays for those who come directly.
const LOOPBACK: usize = CONNECTIONS / 2;

/// Longest wait for the whole ClientHello, of which a silent peer costs nothing but its slot.
const HELLO_WITHIN: Duration = Duration::from_secs(3);

/// Longest TLS handshake, the ClientHello included.
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
    tls: Option<Tls>,
    taken: Counter,
    end: CancellationToken,
    shares: Shares,
    trusted: Trusted,
}

/// What a handshake needs.
#[derive(Clone)]
struct Tls {
    config: Arc<ServerConfig>,
    /// Held only while ClientHellos are answered, never while a peer is waited for.
    answering: Arc<Semaphore>,
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
        let tls = Tls {
            config: Arc::new(config),
            answering: Arc::new(Semaphore::new(answers_at_once())),
        };
        Self {
            router,
            tls: Some(tls),
            taken,
            end,
            shares: Shares::new(PER_NETWORK, LOOPBACK),
            trusted: Trusted::default(),
        }
    }

    /// Behind these proxies, whose word on who asks counts.
    #[must_use]
    pub fn behind(self, proxies: Vec<IpNet>) -> Self {
        Self {
            trusted: proxies.into(),
            ..self
        }
    }

    /// In the clear: for metrics on an address that the operator names.
    pub fn plain(router: Router, end: CancellationToken) -> Self {
        Self {
            router,
            tls: None,
            taken: Counter::default(),
            end,
            shares: Shares::new(PER_NETWORK, LOOPBACK),
            trusted: Trusted::default(),
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
                    // At its cap a network gives way to all others: closed without a word.
                    let whose = if self.trusted.is(peer.ip()) {
                        // A proxy speaks for many, wherever it is.
                        Ipv4Addr::LOCALHOST.into()
                    } else {
                        peer.ip()
                    };
                    let Some(share) = self.shares.take(whose) else {
                        tracing::debug!("a network has all the connections it may have");
                        continue;
                    };
                    connections.spawn(self.clone().connection(stream, peer, (slot, share)));
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

    async fn connection(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        room: (OwnedSemaphorePermit, Share),
    ) {
        if let Err(error) = prepare(&stream) {
            tracing::debug!(%error, "a connection went before it began");
            return;
        }
        let Some(tls) = &self.tls else {
            self.serve(stream, peer).await;
            return;
        };
        match tokio::time::timeout(HANDSHAKE_WITHIN, tls.shake(stream)).await {
            Ok(Ok(stream)) => {
                self.taken.inc();
                self.serve(stream, peer).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
            Err(_) => tracing::debug!("TLS took too long"),
        }
        drop(room);
    }

    async fn serve<S>(&self, stream: S, peer: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (router, trusted) = (self.router.clone(), self.trusted.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            let from = trusted.behind(peer, request.headers());
            request.extensions_mut().insert(Peer(from));
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

impl Tls {
    async fn shake(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let hello = tokio::time::timeout(HELLO_WITHIN, hello).await??;
        let permit = self.answering.acquire().await;
        // The costly part, key exchange and signature, happens in this call, not in the wait
        // after it. So a peer that stalls there holds no permit.
        let rest = hello.into_stream(self.config.clone());
        drop(permit);
        rest.await
    }
}

/// How many ClientHellos to answer at once: each takes half a millisecond of CPU, so one core is
/// left to the rest of the server, where there are two.
fn answers_at_once() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).max(1)
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let millis = u32::try_from(UNACKNOWLEDGED.as_millis()).unwrap_or(u32::MAX);
    rustix::net::sockopt::set_tcp_user_timeout(stream, millis)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_network_at_its_cap_gets_no_more_until_one_of_its_connections_ends() {
        let end = CancellationToken::new();
        let router = Router::new().route("/", get(async || "hello"));
        let server = Server {
            shares: Shares::new(0, 1),
            ..Server::plain(router, end.clone())
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let address = listener.local_addr().expect("an address");
        let running = tokio::spawn(server.run(listener));

        let mut first = TcpStream::connect(address).await.expect("connects");
        let mut second = TcpStream::connect(address).await.expect("connects");
        let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        second.write_all(request).await.ok();
        let mut answer = Vec::new();
        // Closed or reset, as the system has it; either way nothing is said.
        second.read_to_end(&mut answer).await.ok();
        assert!(answer.is_empty(), "{answer:?}");

        first.write_all(request).await.expect("sends");
        let mut answer = String::new();
        first.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.ends_with("hello"), "{answer}");
        drop(first);

        // The share comes back when the server has noticed the end: a few tries later at most.
        let mut served = false;
        for _ in 0..1000 {
            let mut third = TcpStream::connect(address).await.expect("connects");
            let sent = third.write_all(request).await;
            let mut answer = String::new();
            let read = third.read_to_string(&mut answer).await;
            served = sent.is_ok() && read.is_ok() && answer.ends_with("hello");
            if served {
                break;
            }
        }
        assert!(served, "the share never came back");
        end.cancel();
        running.await.expect("ends");
    }
}
