//! A directory that knows two answers: just enough of one to enrol a relay with, or to be refused
//! by.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::JoinHandle;
use std::time::Duration;

use farpane_certs::directory::Identity;
use farpane_protocol::api::{Challenge, EnrollRelay, Problem, Proof, RelayEnrolled, path};
use farpane_protocol::enrolment::{Ticket, TicketKind};
use farpane_protocol::key::Fingerprint;
use farpane_protocol::time::Timestamp;
use farpane_protocol::token::{self, Purpose};

pub(crate) const SECRET: &str = "s3cret";
pub(crate) const RELAY_ID: &str = "018f4a2e-0000-7000-8000-000000000001";

/// How long a client may say nothing in the middle of a question.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Directory {
    pub(crate) url: String,
    pub(crate) fingerprint: Fingerprint,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Directory {
    /// Answers on a free port with an identity kept in `folder`.
    pub(crate) fn open(folder: &Path) -> Self {
        farpane_certs::install_provider();
        let identity = Identity::load_or_create(folder).expect("an identity");
        let fingerprint = identity.fingerprint();
        let names = ["127.0.0.1".to_owned()];
        let tls = Arc::new(identity.tls_config(&names, None).expect("configures"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let url = format!("https://{}", listener.local_addr().expect("has one"));
        let ending = Arc::new(AtomicBool::new(false));
        let is_ending = ending.clone();
        let thread = std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if is_ending.load(SeqCst) {
                    return;
                }
                let connection = rustls::ServerConnection::new(tls.clone()).expect("starts");
                let patience = stream.set_read_timeout(Some(PATIENCE));
                patience.expect("is set");
                // A client that refuses this identity ends the connection; so does every answer.
                drop(answer_one(
                    rustls::StreamOwned::new(connection, stream),
                    fingerprint,
                ));
            }
        });
        Self {
            url,
            fingerprint,
            ending,
            thread: Some(thread),
        }
    }

    pub(crate) fn ticket(&self, kind: TicketKind, secret: &str) -> Ticket {
        Ticket {
            kind,
            url: self.url.clone(),
            pin: self.fingerprint,
            secret: secret.into(),
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.ending.store(true, SeqCst);
        // Wakes the listener, which then ends.
        drop(TcpStream::connect(self.url.trim_start_matches("https://")));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

type Stream = rustls::StreamOwned<rustls::ServerConnection, TcpStream>;

fn answer_one(stream: Stream, identity: Fingerprint) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let wanted = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    while line != "\r\n" {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            // The client went in the middle of its question.
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let header = line.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, json) = answer(&wanted, &body, identity);
    let stream = reader.get_mut();
    let length = json.len();
    write!(
        stream,
        "HTTP/1.1 {status} ?\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{json}"
    )?;
    stream.flush()?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn answer(wanted: &str, body: &[u8], identity: Fingerprint) -> (u16, String) {
    let time = Timestamp(1_800_000_000_000_000);
    if wanted == path::CHALLENGE {
        let challenge = "sign this".to_owned();
        let challenge = Challenge { challenge, time };
        return (200, serde_json::to_string(&challenge).expect("json"));
    }
    if wanted != path::ENROLL_RELAY {
        return (404, String::new());
    }
    let request: EnrollRelay = serde_json::from_slice(body).expect("a request");
    let proof = token::open::<Proof>(&[request.key], Purpose::Proof, &request.proof);
    let (proof, _) = proof.expect("proves its key");
    assert_eq!(
        (proof.challenge.as_str(), proof.directory),
        ("sign this", identity)
    );
    if request.secret != SECRET {
        let detail = "This ticket was used as often as it may be. Ask for a new one.";
        let problem = Problem::new("ticket-used-up", 403, detail.into());
        return (403, serde_json::to_string(&problem).expect("json"));
    }
    let enrolled = RelayEnrolled {
        relay: RELAY_ID.parse().expect("an id"),
        name: "oslo".into(),
        directory_keys: vec![request.key],
        time,
    };
    (200, serde_json::to_string(&enrolled).expect("json"))
}
