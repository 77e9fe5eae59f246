//! Where records go: a collector over UDP, TCP or TLS (RFC 5424, framed as in RFC 6587 and 5425), or
//! a file of JSON lines.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use farpane_certs::collector::Trust;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::TlsConnector;

use crate::audit::Kept;
use crate::audit::line::{json, syslog};

/// Longest wait for a collector to take a connection or a batch.
const PATIENCE: Duration = Duration::from_secs(5);

/// Longest message over UDP, in bytes: what collectors take without being told otherwise is two
/// kilobytes (RFC 5426, section 3.2), and most take this.
const UDP_BYTES: usize = 8 * 1024;

/// How a collector is reached.
#[derive(Clone)]
pub enum Way {
    /// One message a datagram; nobody knows whether it arrives.
    Udp,
    /// In the clear.
    Tcp,
    /// With a certificate that a named authority vouches for.
    Tls(Trust),
}

/// Where records go.
#[derive(Clone)]
pub enum Output {
    /// A collector.
    Syslog {
        /// How it is reached.
        way: Way,
        /// Its name or address.
        host: String,
        /// Its port.
        port: u16,
    },
    /// The end of a file.
    Json(PathBuf),
}

impl Output {
    /// What it is called in the database, in logs and in metrics.
    pub fn name(&self) -> String {
        match self {
            Self::Syslog { way, host, port } => format!("{way:?} {host}:{port}"),
            Self::Json(path) => format!("file {}", path.display()),
        }
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls(_) => "tls",
        })
    }
}

/// Why records could not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The other side, or the file, did not take them.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The other side takes too long.
    #[error("no answer in time")]
    Slow,
    /// The other side ended the connection.
    #[error("the collector ended the connection")]
    Ended,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An output with what is open of it.
pub struct Sink {
    output: Output,
    /// The name of this directory, for a collector.
    from: String,
    stream: Option<Box<dyn Stream>>,
}

impl Sink {
    /// Nothing is opened yet.
    pub fn new(output: Output, from: &str) -> Self {
        Self {
            output,
            from: from.to_owned(),
            stream: None,
        }
    }

    /// Whether what was sent is known to be taken (a file), or can never be known (UDP).
    pub fn is_sure(&self) -> bool {
        match &self.output {
            Output::Syslog { way, .. } => matches!(way, Way::Udp),
            Output::Json(_) => true,
        }
    }

    /// Hands over records; none of them asks only whether the other side is still there.
    pub async fn send(&mut self, records: &[Kept]) -> Result<(), SinkError> {
        let sent = match &self.output {
            Output::Json(path) => {
                let path = path.clone();
                let lines: String = records
                    .iter()
                    .map(|kept| format!("{}\n", json(kept)))
                    .collect();
                let written = tokio::task::spawn_blocking(move || append(&path, &lines)).await;
                written.map_err(|error| SinkError::Io(io::Error::other(error)))?
            }
            Output::Syslog {
                way: Way::Udp,
                host,
                port,
            } => datagrams(host, *port, &self.from, records).await,
            Output::Syslog {
                way: Way::Tcp | Way::Tls(_),
                ..
            } => {
                let sent = tokio::time::timeout(PATIENCE, self.stream(records)).await;
                sent.unwrap_or(Err(SinkError::Slow))
            }
        };
        if sent.is_err() {
            self.stream = None;
        }
        sent
    }

    async fn stream(&mut self, records: &[Kept]) -> Result<(), SinkError> {
        let stream = match &mut self.stream {
            Some(stream) => {
                still_there(stream).await?;
                stream
            }
            None => {
                let stream = connect(&self.output).await?;
                self.stream.insert(stream)
            }
        };
        let mut text = String::new();
        for kept in records {
            let message = syslog(kept, &self.from);
            text.push_str(&format!("{} {message}", message.len()));
        }
        stream.write_all(text.as_bytes()).await?;
        stream.flush().await?;
        Ok(())
    }
}

/// Fails if the other side has ended the connection. Collectors say nothing; what they say all the
/// same is thrown away.
async fn still_there(stream: &mut Box<dyn Stream>) -> Result<(), SinkError> {
    let mut word = [0; 64];
    tokio::select! {
        biased;
        read = stream.read(&mut word) => match read {
            Ok(0) => Err(SinkError::Ended),
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        },
        () = std::future::ready(()) => Ok(()),
    }
}

async fn connect(output: &Output) -> Result<Box<dyn Stream>, SinkError> {
    let Output::Syslog { way, host, port } = output else {
        return Err(io::Error::other("a file is no collector").into());
    };
    let tcp = TcpStream::connect((host.as_str(), *port)).await?;
    tcp.set_nodelay(true)?;
    Ok(match way {
        Way::Tls(trust) => {
            let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
            let connector = TlsConnector::from(trust.config());
            Box::new(connector.connect(name, tcp).await?)
        }
        Way::Tcp | Way::Udp => Box::new(tcp),
    })
}

async fn datagrams(host: &str, port: u16, from: &str, records: &[Kept]) -> Result<(), SinkError> {
    if records.is_empty() {
        return Ok(());
    }
    let target = tokio::net::lookup_host((host, port)).await?.next();
    let target = target.ok_or_else(|| io::Error::other("the name has no address"))?;
    let any = if target.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any).await?;
    for kept in records {
        let mut message = syslog(kept, from);
        if message.len() > UDP_BYTES {
            let mut end = UDP_BYTES;
            while !message.is_char_boundary(end) {
                end -= 1;
            }
            message.truncate(end);
        }
        socket.send_to(message.as_bytes(), target).await?;
    }
    Ok(())
}

/// Opened anew each time, so that a file that was put aside is begun again.
fn append(path: &std::path::Path, lines: &str) -> Result<(), SinkError> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(lines.as_bytes())?;
    file.sync_data()?;
    Ok(())
}
