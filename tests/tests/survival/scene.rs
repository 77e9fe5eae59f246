//! An installation to let fail: prepared once, copied for each round.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use farpane_protocol::api::{
    DeviceEnrolled, EnrollDevice, EnrollRelay, PresentPeer, RelayEnrolled, RelayHello, RelayOrder,
    RelayReport, SignIn, SignedIn, path,
};
use farpane_protocol::enrolment::Ticket;
use farpane_protocol::ids::{DeviceId, EpochNonce};
use farpane_protocol::key::{Fingerprint, SecretKey};
use farpane_protocol::relay::PresenceProof;
use farpane_protocol::token::{Purpose, seal};
use farpane_tests::rig::disk::Recorder;
use farpane_tests::rig::estate::{ADMIN, PASSWORD, READY_WAIT};
use farpane_tests::rig::process::{Ended, Process, program, run};
use farpane_transport::directory::{DirectoryClient, DirectoryError, Lines};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::web::{Answer, Web};

/// Somebody who asks for roles.
pub(crate) const ASKER: &str = "bo@example.org";

/// Somebody who has recovery codes.
pub(crate) const CARA: &str = "cara@example.org";

/// A group of people.
pub(crate) const NIGHTS: &str = "Nights";

/// Runs a command of the directory's operator.
pub(crate) fn operator(data: &Path, arguments: &[&str]) -> Ended {
    run(command(data, arguments, None))
}

/// The same, to be run by somebody else, on a disk that records.
pub(crate) fn command(data: &Path, arguments: &[&str], recorder: Option<&Recorder>) -> Command {
    let mut command = Command::new(program("farpane-directory"));
    command.arg("--data").arg(data).args(arguments);
    if let Some(recorder) = recorder {
        recorder.under(&mut command);
    }
    command
}

/// A new key.
pub(crate) fn key() -> SecretKey {
    SecretKey::from_seed(farpane_certs::random::bytes())
}

/// Enrols a device.
pub(crate) async fn enroll(
    client: &DirectoryClient,
    ticket: &str,
    key: &SecretKey,
) -> Result<DeviceId, DirectoryError> {
    let ticket: Ticket = ticket.parse().expect("a ticket");
    let request = EnrollDevice {
        secret: ticket.secret.clone(),
        key: key.public(),
        proof: client.challenge(key).await?,
        name: "till".into(),
        os: "Debian 12".into(),
        version: "0.1.0".into(),
        unattended: false,
        machine: None,
    };
    let enrolled: DeviceEnrolled = client.post(path::ENROLL_DEVICE, &request).await?;
    Ok(enrolled.device)
}

/// A running directory.
pub(crate) struct Live {
    pub(crate) process: Process,
    pub(crate) client: DirectoryClient,
    pub(crate) web: Web,
}

impl Live {
    /// Starts it on a free port.
    pub(crate) fn start(
        data: &Path,
        pin: Fingerprint,
        recorder: Option<&Recorder>,
    ) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let url = format!("https://{address}");
        let serve = command(
            data,
            &["serve", "--listen", &address, "--url", &url],
            recorder,
        );
        let mut process = Process::start("directory", &serve, &data.with_extension("log"))?;
        process.expect_line("listening", READY_WAIT);
        let client = DirectoryClient::new(&url, pin)?;
        let web = Web::at(port, pin)?;
        Ok(Self {
            process,
            client,
            web,
        })
    }
}

/// What every round starts from: an installation with a relay, a device and a signed-in viewer.
pub(crate) struct Base {
    folder: TempDir,
    pub(crate) pin: Fingerprint,
    pub(crate) relay: SecretKey,
    pub(crate) till: (SecretKey, DeviceId),
    pub(crate) viewer: SecretKey,
    /// The administrator's API token.
    pub(crate) token: String,
    /// The console session of somebody who asks for roles.
    pub(crate) asker: String,
    /// The recovery codes of somebody.
    pub(crate) codes: Vec<String>,
    /// The id of the first customer.
    pub(crate) customer: String,
}

/// An API token of this person.
fn token(data: &Path, user: &str, scope: &str) -> String {
    let create = ["token", "create", "--user", user, "--scope", scope];
    operator(data, &create).expect_done().to_owned()
}

/// Somebody with an authenticator app, and their recovery codes.
async fn with_codes(data: &Path, web: &Web, email: &str) -> Result<Vec<String>> {
    let invited = operator(data, &["user", "invite", email]);
    let secret = invited.expect_done().rsplit('/').next().context("a link")?;
    web.use_link(secret).await.context("a password")?;
    let came = web.come_in(email, "").await.context("signed in")?;
    let draft = web.form("/account/factors/app/begin", &came.cookie, &[]);
    let page = draft.await.context("begun")?.location;
    let page = web.page(&page, &came.cookie).await.context("a page")?.text;
    let between = |text: &str, before: &str, after: &str| {
        let (_, rest) = text.split_once(before)?;
        Some(rest.split_once(after)?.0.to_owned())
    };
    let letters = between(&page, "<code class=\"letters\">", "</code>").context("letters")?;
    let draft = between(&page, "name=\"draft\" value=\"", "\"").context("a draft")?;
    let app = totp_rs::Secret::try_from_base32(letters.replace(' ', ""))
        .map_err(|error| anyhow::anyhow!("{letters}: {error:?}"))?;
    let app = totp_rs::Builder::new()
        .with_secret(app)
        .with_account_name(email)
        .build()
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let code = app.generate(now).to_string();
    let fields = [("draft", draft.as_str()), ("code", &code)];
    let done = web.form("/account/factors/app", &came.cookie, &fields);
    let cookie = done.await.context("set up")?.cookie;
    let made = web.form("/account/factors/recovery-codes", &cookie, &[]);
    let made = made.await.context("codes")?.text;
    let codes = made.split("<li><code>").skip(1);
    Ok(codes
        .filter_map(|rest| Some(rest.split_once('<')?.0.to_owned()))
        .collect())
}

impl Base {
    pub(crate) async fn make() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("fp").tempdir()?;
        let data = folder.path().join("base");
        let password = folder.path().join("password");
        fs::write(&password, PASSWORD)?;
        let password = password.to_string_lossy();
        let init = ["init", "--admin", ADMIN, "--password-file", &password];
        operator(&data, &init).expect_done();
        let info: Value = serde_json::from_str(operator(&data, &["info", "--json"]).expect_done())?;
        let pin = info["fingerprint"]
            .as_str()
            .context("a fingerprint")?
            .parse()?;
        let (relay, till, viewer) = (key(), key(), key());
        let live = Live::start(&data, pin, None)?;
        let ticket = operator(&data, &["ticket", "relay", "--name", "one"]);
        let ticket: Ticket = ticket.expect_done().parse()?;
        let request = EnrollRelay {
            secret: ticket.secret.clone(),
            key: relay.public(),
            proof: live.client.challenge(&relay).await?,
            version: "0.1.0".into(),
        };
        let _: RelayEnrolled = live.client.post(path::ENROLL_RELAY, &request).await?;
        let ticket = operator(&data, &["ticket", "device"]);
        let device = enroll(&live.client, ticket.expect_done(), &till).await?;
        let request = SignIn {
            email: ADMIN.into(),
            password: PASSWORD.into(),
            key: viewer.public(),
            proof: live.client.challenge(&viewer).await?,
            name: "laptop".into(),
            version: "0.1.0".into(),
        };
        let _: SignedIn = live.client.post(path::SIGN_IN, &request).await?;
        let invited = operator(&data, &["user", "invite", ASKER]);
        let link = invited.expect_done().rsplit('/').next().context("a link")?;
        live.web.use_link(link).await.context("a password")?;
        operator(&data, &["role", "assign", "observer", "--to", ASKER]).expect_done();
        operator(&data, &["group", "create", NIGHTS]).expect_done();
        let scope = "see-devices,edit-devices,make-tickets";
        let token_of_admin = token(&data, ADMIN, scope);
        let customers: Value =
            serde_json::from_str(operator(&data, &["customer", "list", "--json"]).expect_done())?;
        let customer = customers[0]["id"]
            .as_str()
            .context("a customer")?
            .to_owned();
        let came = live.web.come_in(ASKER, "").await;
        let asker = came.context("signed in")?.cookie;
        let codes = with_codes(&data, &live.web, CARA).await?;
        anyhow::ensure!(codes.len() == 10, "{codes:?}");
        let mut process = live.process;
        process.signal(rustix::process::Signal::TERM);
        process.expect_end(READY_WAIT);
        Ok(Self {
            folder,
            pin,
            relay,
            till: (till, device),
            viewer,
            token: token_of_admin,
            asker,
            codes,
            customer,
        })
    }

    /// A program makes a ticket, and may say so again without making another.
    pub(crate) async fn ask_once(&self, web: &Web, name: &str) -> Option<Answer> {
        let wish = json!({ "customer": self.customer, "note": name });
        web.act(&self.token, "/api/v1/tickets", &wish, Some(name))
            .await
    }

    /// What each round starts from.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("base")
    }

    /// A place for something of a round.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A copy of it.
    pub(crate) fn copy(&self, name: &str) -> Result<PathBuf> {
        let to = self.place(name);
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(self.data())? {
            let entry = entry?;
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(to)
    }

    /// Makes the device present at the relay, for as long as the answer lives.
    pub(crate) async fn present(&self, live: &Live) -> Result<Lines<RelayOrder>> {
        let relay = live.client.agent(self.relay.clone());
        let hello = RelayHello {
            address: "192.0.2.1:4433".into(),
            version: "0.1.0".into(),
        };
        let mut lines: Lines<RelayOrder> = relay.lines(path::RELAY_STREAM, &hello).await?;
        lines.next().await?; // it listens once the first line is here
        let proof = PresenceProof {
            relay: self.relay.public(),
            counter: 1,
            epoch: EpochNonce([7; 16]),
        };
        let peer = PresentPeer {
            peer: self.till.0.public(),
            proof: seal(&self.till.0, Purpose::Presence, &proof),
        };
        let report = RelayReport {
            whole: true,
            present: vec![peer],
            gone: Vec::new(),
        };
        relay.post::<_, ()>(path::RELAY_REPORT, &report).await?;
        Ok(lines)
    }
}
