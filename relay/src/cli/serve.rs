//! `farpane-relay serve`: serves hosts and viewers until the process is told to stop.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use farpane_protocol::outcome::Outcome;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::task::AbortOnDropHandle;
use tracing::{info, warn};

use super::failure::Failure;
use super::print;
use crate::data::DataDir;
use crate::directory_link::DirectoryLink;
use crate::serve::{Relay, Setup};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        farpane-relay serve --listen 192.0.2.1:443\n  \
        farpane-relay serve --listen 0.0.0.0:443 --public relay.example:443\n\n\
        Prints `listening on ADDRESS` when it is ready and runs until SIGTERM or SIGINT. Logs go \
        to standard\nerror; RUST_LOG=debug says more.")]
pub(super) struct Options {
    /// UDP address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// Where peers reach this relay, as ADDRESS:PORT or NAME:PORT, if that is not the address
    /// that it listens on
    #[arg(long, value_name = "ADDR", value_parser = host_and_port)]
    public: Option<String>,
    /// Keep a copy of everything that is forwarded, for the test that shows that it is unreadable
    #[arg(long, value_name = "FILE", hide = true)]
    dangerous_record: Option<PathBuf>,
}

/// Takes `NAME:PORT`, `1.2.3.4:PORT` or `[v6]:PORT`.
fn host_and_port(text: &str) -> Result<String, String> {
    let fits = match text.parse::<SocketAddr>() {
        Ok(address) => address.port() != 0 && !address.ip().is_unspecified(),
        Err(_) => text.rsplit_once(':').is_some_and(|(name, port)| {
            let letters = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            let named = !name.is_empty() && name.len() <= 253 && name.chars().all(letters);
            named && port.parse::<u16>().is_ok_and(|port| port != 0)
        }),
    };
    fits.then(|| text.to_owned())
        .ok_or_else(|| "expected an address that peers can reach, like relay.example:443".into())
}

/// Where peers reach the relay: as told, or where it listens.
fn public_address(public: Option<String>, listening: SocketAddr) -> String {
    public.unwrap_or_else(|| {
        if listening.ip().is_unspecified() {
            warn!(
                "listening on every address without --public: peers are sent to the address that \
                 the directory sees this relay come from"
            );
        }
        listening.to_string()
    })
}

pub(super) async fn run(data: &DataDir, options: Options, json: bool) -> Result<(), Failure> {
    start_log();
    let enrolment = data.enrolment()?;
    let (key, _lock) = data.identity()?;
    // Before the port is open: a stop that comes early must find its way, too.
    let mut terminate = listen_for(SignalKind::terminate())?;
    let mut interrupt = listen_for(SignalKind::interrupt())?;

    let mut setup = Setup::new(options.listen, key.clone());
    if let Some(file) = options.dangerous_record {
        warn!(file = %file.display(), "recording everything that is forwarded");
        setup = setup.dangerous_record(file);
    }
    let relay = Relay::start(setup)?;
    let listening = relay.address();
    let link = DirectoryLink::new(
        &enrolment.directory,
        enrolment.pin,
        &key,
        public_address(options.public, listening),
        relay.orders(),
        relay.board(),
    )?;
    let link = AbortOnDropHandle::new(tokio::spawn(link.keep()));
    info!(key = %key.public().fingerprint(), "serving");
    if json {
        print(&json!({ "listening": listening }).to_string());
    } else {
        print(&format!("listening on {listening}"));
    }

    tokio::select! {
        _ = terminate.recv() => info!("told to terminate"),
        _ = interrupt.recv() => info!("interrupted"),
    }
    // First the directory learns that nobody is here any more, then the peers are told.
    drop(link);
    let traffic = relay.traffic();
    relay.stop().await;
    info!(
        forwarded_bytes = traffic.bytes,
        dropped_bytes = traffic.dropped_bytes,
        "stopped"
    );
    Ok(())
}

fn listen_for(kind: SignalKind) -> Result<tokio::signal::unix::Signal, Failure> {
    signal(kind).map_err(|error| {
        let text = format!("cannot listen for signals of the system ({error})");
        Failure::new(Outcome::Failed, &text)
    })
}

fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Where the log has no reader any more, complaining about that would panic.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_one_that_peers_can_use() {
        for good in [
            "192.0.2.1:443",
            "[2001:db8::1]:443",
            "relay.example:4433",
            "localhost:1",
        ] {
            assert_eq!(host_and_port(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "relay.example",
            "0.0.0.0:443",
            "192.0.2.1:0",
            "a b:1",
            "x:99999",
            ":1",
        ] {
            assert!(host_and_port(bad).is_err(), "{bad}");
        }
        let listening = "192.0.2.1:9".parse().expect("address");
        assert_eq!(public_address(None, listening), "192.0.2.1:9");
        assert_eq!(public_address(Some("r:1".into()), listening), "r:1");
    }
}
