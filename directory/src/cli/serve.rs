//! `serve`: runs the directory until it is told to end.

mod webhooks;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use farpane_protocol::outcome::Outcome;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::task::TaskTracker;

use super::failure::Failure;
use super::{Context, open, output};
use crate::app::outputs::sink::Way;
use crate::app::outputs::{self, Output};
use crate::app::{App, Identity, dispatch, grant_keys, happenings, keeper};
use crate::config::DirectoryUrl;
use crate::http;
use crate::http::listener::Server;
use crate::store::installation::Setting;
use crate::vault::Vault;

/// Longest that background tasks may take to end.
const END_WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory serve --listen 0.0.0.0:8443 --url https://rmm.example:8443
  farpane-directory serve --listen [::]:443 --url https://rmm.example --tls-cert chain.pem --tls-key key.pem

Stop it with Ctrl-C or SIGTERM.")]
pub(super) struct Serve {
    /// Address and TCP port to listen on.
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// Where agents and browsers reach it. With port 0, the port that was listened on is put in.
    #[arg(long, value_name = "URL")]
    url: DirectoryUrl,
    /// Certificate chain (PEM) for browsers; agents do not need one.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Key (PEM) of that certificate.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Serve /metrics and /healthz in the clear here, for a collector.
    #[arg(long, value_name = "ADDR")]
    metrics: Option<SocketAddr>,
    /// Send what is recorded to a collector (RFC 5424): udp://host:514, tcp://host:601 or
    /// tls://host:6514. Over TCP and TLS each record arrives at least once.
    #[arg(long, value_name = "URL")]
    audit_syslog: Option<url::Url>,
    /// Certificates (PEM) of the authorities that vouch for that collector.
    #[arg(long, value_name = "FILE", requires = "audit_syslog")]
    audit_syslog_ca: Option<PathBuf>,
    /// Write what is recorded to the end of this file, too, as lines of JSON.
    #[arg(long, value_name = "FILE")]
    audit_json: Option<PathBuf>,
    /// A proxy, or a network of them, whose X-Forwarded-For says who asks; repeatable. Only where
    /// nobody else can connect from.
    #[arg(long, value_name = "ADDR|NETWORK", value_parser = network)]
    trusted_proxy: Vec<IpNet>,
    #[command(flatten)]
    webhooks: webhooks::Carry,
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let alone = |_| text.parse::<IpAddr>().map(IpNet::from);
    let read = text.parse::<IpNet>().or_else(alone);
    read.map_err(|_| "name an address such as 127.0.0.1 or a network such as 10.0.0.0/8".into())
}

impl Serve {
    /// Where the record is sent out to.
    fn outputs(&self) -> Result<Vec<Output>, Failure> {
        let mut outputs: Vec<_> = self
            .audit_json
            .clone()
            .map(Output::Json)
            .into_iter()
            .collect();
        if let Some(to) = &self.audit_syslog {
            let wrong = |why: &str| Failure::usage(format!("--audit-syslog {to}: {why}"));
            let (way, usual) = match (to.scheme(), &self.audit_syslog_ca) {
                ("udp", None) => (Way::Udp, 514),
                ("tcp", None) => (Way::Tcp, 601),
                ("tls", Some(authorities)) => {
                    let trust = farpane_certs::collector::client(authorities)
                        .map_err(|error| Failure::usage("--audit-syslog-ca").because(error))?;
                    (Way::Tls(trust), 6514)
                }
                ("tls", None) => return Err(wrong("name its authorities with --audit-syslog-ca")),
                (_, Some(_)) => return Err(wrong("--audit-syslog-ca goes with tls://")),
                (_, None) => return Err(wrong("begin with udp://, tcp:// or tls://")),
            };
            let host = to.host_str().ok_or_else(|| wrong("name a host"))?;
            outputs.push(Output::Syslog {
                way,
                host: host.trim_matches(['[', ']']).to_owned(),
                port: to.port().unwrap_or(usual),
            });
        }
        Ok(outputs)
    }
}

async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let kind = error.kind();
        let fix = if kind == ErrorKind::AddrInUse {
            "another program has this port; stop it or use another port"
        } else if kind == ErrorKind::PermissionDenied {
            "this user may not use ports below 1024; use a higher one or grant the right"
        } else if kind == ErrorKind::AddrNotAvailable {
            "this machine does not have that address"
        } else {
            "choose another address"
        };
        Failure::failed(format!("cannot listen on {address} ({option}); {fix}")).because(error)
    })
}

/// Takes the lock that a running server holds; it goes with the process, however that ends.
pub(super) fn lock(context: &Context) -> Result<File, Failure> {
    let path = context.data.server_lock();
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| {
            Failure::failed(format!(
                "cannot write to {}; run this as the user who owns the folder",
                context.data.path().display()
            ))
            .because(error)
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::failed(format!(
            "a directory runs on {} already; stop it first",
            context.data.path().display()
        ))),
        Err(TryLockError::Error(error)) => {
            Err(Failure::failed(format!("cannot lock {}", path.display())).because(error))
        }
    }
}

impl Serve {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let outputs = self.outputs()?;
        let (core, store) = open::core(context).await?;
        let _lock = lock(context)?;
        allow_many_connections();
        let identity = open::identity(context)?;
        let grant_key = farpane_certs::keys::load(&context.data.grant_key()).map_err(|error| {
            Failure::failed("cannot use the grant key; restore it from a backup").because(error)
        })?;
        let vault_key = open::vault_key(context)?;
        let operator = self.tls_cert.as_deref().zip(self.tls_key.as_deref());
        let names = [self.url.host().to_owned()];
        let tls = identity.tls_config(&names, operator).map_err(|error| {
            let outcome = if operator.is_some() {
                Outcome::Usage
            } else {
                Outcome::Failed
            };
            Failure::new(outcome, "cannot use the certificate").because(error)
        })?;
        let carries = self.webhooks.courier()?;
        let listener = bind(self.listen, "--listen").await?;
        let local = listener.local_addr().unwrap_or(self.listen);
        let metrics = match self.metrics {
            Some(address) => Some(bind(address, "--metrics").await?),
            None => None,
        };
        let url = match self.url.port() {
            0 => self.url.with_port(local.port()),
            _ => self.url,
        };
        core.store.set(Setting::Url, &url.to_string()).await?;
        keeper::begin(&core).await?;
        let identity = Identity {
            fingerprint: identity.fingerprint(),
            grant_key,
            audit_key: open::audit_key(context)?,
            url,
            vault: Vault::new(&vault_key),
        };
        let url = identity.url.clone();
        let (app, backstage) = App::new(core, identity)
            .map_err(|error| Failure::failed("cannot start").because(error))?;

        app.take_up_grant_keys(&context.data).await?;

        let mut terminate = signal(SignalKind::terminate())
            .map_err(|error| Failure::failed("cannot listen to signals").because(error))?;
        let mut interrupt = signal(SignalKind::interrupt())
            .map_err(|error| Failure::failed("cannot listen to signals").because(error))?;

        let end = app.shutdown.clone();
        let background = TaskTracker::new();
        background.spawn(keeper::run(app.clone()));
        background.spawn(keeper::watch_rights(app.clone()));
        background.spawn(dispatch::run(app.clone(), backstage));
        background.spawn(happenings::run(app.clone()));
        background.spawn(grant_keys::run(app.clone(), context.data.clone()));
        for output in outputs {
            background.spawn(outputs::run(app.clone(), output));
        }
        background.spawn(crate::app::webhooks::courier::run(app.clone(), carries));
        // Beside everything else: nobody waits for it, and it ends with the server.
        let (warmed, ended) = (store.clone(), end.clone());
        background.spawn(async move { warmed.warm(move || ended.is_cancelled()).await });
        let taken = app.metrics.connections.clone();
        let server = Server::tls(http::router(app.clone()), tls, taken, end.clone());
        let server = server.behind(self.trusted_proxy);
        background.spawn(server.run(listener));
        if let Some(listener) = metrics {
            let server = Server::plain(http::metrics::router(app.clone()), end.clone());
            background.spawn(server.run(listener));
        }
        background.close();

        if context.json {
            output::json(&serde_json::json!({
                "listening": local.to_string(),
                "url": url.to_string(),
                "fingerprint": app.identity.fingerprint,
            }));
        } else {
            output::line(&format!("listening on {local}"));
        }
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("ending");
        end.cancel();
        if tokio::time::timeout(END_WITHIN * 2, background.wait())
            .await
            .is_err()
        {
            tracing::warn!("some tasks were cut off");
        }
        store.close().await;
        Ok(())
    }
}

/// Raises the number of files that this process may open to what the system allows: each
/// connection is one, and the usual soft limit of 1024 is below what the listener is made for.
fn allow_many_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the number of open files could not be raised");
    }
}
