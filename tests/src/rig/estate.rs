//! A whole installation for one test: directory, relay, and folders for hosts and viewers.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tempfile::TempDir;

use super::process::{Ended, Process, program, run};
use super::{wait_for, wait_until};

/// The administrator's account.
pub const ADMIN: &str = "anna@acme.example";
/// Its password, for tests only.
pub const PASSWORD: &str = "seven quiet tills by the fjord";
/// How long a program may take to be ready on a busy machine.
pub const READY_WAIT: Duration = Duration::from_secs(30);

/// A running installation. The programs go before their folder.
pub struct Estate {
    /// The directory program.
    pub directory: Process,
    /// The relay program.
    pub relay: Process,
    listen: String,
    url: String,
    pin: String,
    relay_address: String,
    dir: TempDir,
}

/// A port of this machine that nobody listens on.
pub fn free_tcp_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn free_udp_port() -> Result<u16> {
    Ok(UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl Estate {
    /// Starts directory and relay.
    pub fn start() -> Result<Self> {
        Self::start_with(Options::default())
    }

    /// The same with further options for `farpane-relay serve`.
    pub fn start_with_relay_options(options: &[&str]) -> Result<Self> {
        Self::start_with(Options {
            relay: options,
            ..Options::default()
        })
    }

    /// The same with further options for `farpane-directory serve`.
    pub fn start_with_directory_options(options: &[&str]) -> Result<Self> {
        Self::start_with(Options {
            directory: options,
            ..Options::default()
        })
    }

    /// The same with both logging all that they can, and further options for
    /// `farpane-directory serve`.
    pub fn start_talkative(options: &[&str]) -> Result<Self> {
        Self::start_with(Options {
            directory: options,
            log: Some("trace"),
            ..Options::default()
        })
    }

    fn start_with(options: Options<'_>) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("fp").tempdir()?;
        let folder = dir.path();
        fs::write(folder.join("password"), PASSWORD)?;
        let data = |name: &str| folder.join(name);
        let mut init = Command::new(program("farpane-directory"));
        init.arg("--data")
            .arg(data("directory"))
            .args(["init", "--admin", ADMIN]);
        init.args([
            "--org",
            "Acme MSP",
            "--name",
            "Anna Berg",
            "--password-file",
        ]);
        init.arg(folder.join("password"));
        run(init).expect_done();
        let port = free_tcp_port()?;
        let listen = format!("127.0.0.1:{port}");
        // A name and not an address, because passkeys belong to a name.
        let url = format!("https://localhost:{port}");
        let mut directory = start_directory(folder, &listen, &url, &options)?;
        directory.expect_line("listening", READY_WAIT);
        let admin = |arguments: &[&str]| {
            let mut command = Command::new(program("farpane-directory"));
            command.arg("--data").arg(data("directory")).args(arguments);
            run(command)
        };
        let info = admin(&["info", "--json"]);
        let info: Value = serde_json::from_str(info.expect_done())?;
        let pin = info["fingerprint"]
            .as_str()
            .context("info tells no fingerprint")?
            .to_owned();
        let ticket = admin(&["ticket", "relay", "--name", "relay-one"]);
        let mut enroll = Command::new(program("farpane-relay"));
        enroll
            .arg("--data")
            .arg(data("relay"))
            .args(["enroll", ticket.expect_done()]);
        run(enroll).expect_done();
        let relay_address = format!("127.0.0.1:{}", free_udp_port()?);
        let relay = start_relay(folder, &relay_address, &options)?;
        Ok(Self {
            directory,
            relay,
            listen,
            url,
            pin,
            relay_address,
            dir,
        })
    }

    /// The folder of this installation.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// The directory's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The directory's fingerprint.
    pub fn pin(&self) -> &str {
        &self.pin
    }

    /// The relay's UDP address.
    pub fn relay_address(&self) -> &str {
        &self.relay_address
    }

    /// Where the directory listens, as an address.
    pub fn listen(&self) -> &str {
        &self.listen
    }

    /// Runs a command of the directory's administrator.
    pub fn admin(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(program("farpane-directory"));
        command
            .arg("--data")
            .arg(self.folder().join("directory"))
            .args(arguments);
        run(command)
    }

    /// Starts the directory again after it was killed.
    pub fn restart_directory(&mut self) -> Result<()> {
        let options = Options::default();
        self.directory = start_directory(self.folder(), &self.listen, &self.url, &options)?;
        self.directory.expect_line("listening", READY_WAIT);
        Ok(())
    }

    /// A host with an empty folder of that name.
    pub fn host(&self, name: &str) -> Host<'_> {
        Host {
            estate: self,
            name: name.to_owned(),
        }
    }

    /// Enrols a host of that name; its folder has the same name.
    pub fn enroll_host(&self, name: &str, options: &[&str]) -> Host<'_> {
        let ticket = self.admin(&["ticket", "device"]);
        let host = self.host(name);
        let mut arguments = vec!["enroll", ticket.expect_done(), "--name", name];
        arguments.extend(options);
        host.run(&arguments).expect_done();
        host
    }

    /// A viewer with a folder of that name, signed in before or not.
    pub fn viewer(&self, name: &str) -> Viewer<'_> {
        Viewer {
            estate: self,
            name: name.to_owned(),
        }
    }

    /// Signs a viewer in; its folder has that name.
    pub fn sign_in(&self, name: &str) -> Viewer<'_> {
        let viewer = self.viewer(name);
        let password = self.folder().join("password");
        let password = password.to_string_lossy();
        viewer
            .run(&[
                "login",
                "--directory",
                &self.url,
                "--pin",
                &self.pin,
                "--user",
                ADMIN,
                "--password-file",
                &password,
            ])
            .expect_done();
        viewer
    }

    /// Records of the audit whose text contains `word`.
    pub fn audit(&self, word: &str) -> Vec<String> {
        let list = self.admin(&["audit", "list", "--json"]);
        assert_eq!(list.code, 0, "{}", list.stderr);
        list.stdout
            .lines()
            .filter(|line| line.contains(word))
            .map(str::to_owned)
            .collect()
    }
}

/// How the programs are started.
#[derive(Default)]
struct Options<'a> {
    directory: &'a [&'a str],
    relay: &'a [&'a str],
    /// What they log, if not the usual.
    log: Option<&'a str>,
}

fn start_directory(
    folder: &Path,
    listen: &str,
    url: &str,
    options: &Options<'_>,
) -> Result<Process> {
    let mut serve = Command::new(program("farpane-directory"));
    serve.arg("--data").arg(folder.join("directory"));
    serve.args(["serve", "--listen", listen, "--url", url]);
    serve.args(options.directory);
    if let Some(log) = options.log {
        serve.env("RUST_LOG", log);
    }
    Process::start("directory", &serve, &folder.join("directory.log"))
}

fn start_relay(folder: &Path, listen: &str, options: &Options<'_>) -> Result<Process> {
    let mut serve = Command::new(program("farpane-relay"));
    serve.arg("--data").arg(folder.join("relay"));
    serve
        .args(["serve", "--listen", listen])
        .args(options.relay);
    if let Some(log) = options.log {
        serve.env("RUST_LOG", log);
    }
    let mut relay = Process::start("relay", &serve, &folder.join("relay.log"))?;
    relay.expect_line("listening", READY_WAIT);
    Ok(relay)
}

/// An enrolled host.
pub struct Host<'a> {
    estate: &'a Estate,
    name: String,
}

impl Host<'_> {
    /// Its data folder.
    pub fn folder(&self) -> PathBuf {
        self.estate.folder().join(&self.name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program("farpane-host"));
        command
            .arg("--data")
            .arg(self.folder())
            .env_remove("DISPLAY");
        command
    }

    /// Runs one of its commands to the end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command();
        command.args(arguments);
        run(command)
    }

    /// Starts it on a display and waits until the directory knows it as reachable.
    pub fn start(&self, display: &str, viewer: &Viewer<'_>) -> Result<Process> {
        self.start_with(display, viewer, &[])
    }

    /// The same with further options for `farpane-host run`.
    pub fn start_with(
        &self,
        display: &str,
        viewer: &Viewer<'_>,
        options: &[&str],
    ) -> Result<Process> {
        let mut command = self.command();
        command.args(["run", "--display", display]).args(options);
        let log = self.estate.folder().join(format!("{}.log", self.name));
        let mut process = Process::start("host", &command, &log)?;
        // The directory may still know an earlier run of this host as reachable.
        process.expect_line(" present", READY_WAIT);
        wait_until(
            &format!("{} to be reachable", self.name),
            READY_WAIT,
            || {
                assert!(process.is_running(), "the host ended:\n{}", process.log());
                viewer.state_of(&self.name) == "reachable"
            },
        );
        Ok(process)
    }
}

/// A signed-in viewer.
pub struct Viewer<'a> {
    estate: &'a Estate,
    name: String,
}

impl Viewer<'_> {
    /// Its data folder.
    pub fn folder(&self) -> PathBuf {
        self.estate.folder().join(&self.name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program("farpane-viewer"));
        command
            .arg("--data")
            .arg(self.folder())
            .env_remove("DISPLAY");
        command
    }

    /// Runs one of its commands to the end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command();
        command.args(arguments);
        run(command)
    }

    /// How the directory sees a device: `reachable`, `away`, …
    pub fn state_of(&self, device: &str) -> String {
        let listed = self.run(&["devices", "--json"]);
        let devices: Value = serde_json::from_str(listed.expect_done()).expect("devices are JSON");
        let devices = devices.as_array().or_else(|| devices["devices"].as_array());
        let row = devices.and_then(|all| all.iter().find(|row| row["name"] == device).cloned());
        row.and_then(|row| row["state"].as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Opens a link in the start window on `display`.
    pub fn open_link(&self, link: &str, display: &str) -> Result<Process> {
        let mut command = self.command();
        command.args(["open", link]).env("DISPLAY", display);
        let log = self.estate.folder().join(format!("{}-link.log", self.name));
        Process::start("viewer", &command, &log)
    }

    /// The id of a device that this viewer sees.
    pub fn id_of(&self, device: &str) -> String {
        let listed = self.run(&["devices", "--json"]);
        let devices: Value = serde_json::from_str(listed.expect_done()).expect("devices are JSON");
        let rows = devices.as_array().expect("a list");
        let row = rows.iter().find(|row| row["name"] == device);
        row.and_then(|row| row["id"].as_str())
            .expect("the device is listed")
            .to_owned()
    }

    /// Starts a session in a window on `display`.
    pub fn connect(&self, device: &str, display: &str, options: &[&str]) -> Result<Connected> {
        let trace = self
            .estate
            .folder()
            .join(format!("{}-{device}.trace", self.name));
        fs::remove_file(&trace).ok(); // of an earlier session
        let mut command = self.command();
        command
            .args(["connect", device, "--trace"])
            .arg(&trace)
            .args(options);
        // What a window says when it takes them would stand in the picture.
        if !options.contains(&"--system-keys") {
            command.args(["--system-keys", "here"]);
        }
        command.env("DISPLAY", display).env("LC_ALL", "C.UTF-8");
        let log = self
            .estate
            .folder()
            .join(format!("{}-{device}.log", self.name));
        Ok(Connected {
            process: Process::start("viewer", &command, &log)?,
            trace,
        })
    }
}

/// A viewer's session window.
pub struct Connected {
    /// The program.
    pub process: Process,
    trace: PathBuf,
}

impl Connected {
    /// All events of the trace so far.
    pub fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.trace).unwrap_or_default();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// How many events of that name the trace has, without keeping them all in memory.
    pub fn count(&self, event: &str) -> usize {
        self.count_lines(&format!("\"event\":\"{event}\""))
    }

    /// How often that step was reached.
    pub fn count_step(&self, step: &str) -> usize {
        self.count_lines(&format!("\"step\":\"{step}\""))
    }

    fn count_lines(&self, with: &str) -> usize {
        let Ok(file) = fs::File::open(&self.trace) else {
            return 0;
        };
        let lines = BufReader::new(file)
            .lines()
            .map_while(std::result::Result::ok);
        lines.filter(|line| line.contains(with)).count()
    }

    /// Waits for an event that `is` accepts.
    #[track_caller]
    pub fn expect(&mut self, what: &str, longest: Duration, is: impl Fn(&Value) -> bool) -> Value {
        wait_for(what, longest, || self.events().into_iter().find(&is))
    }

    /// Waits until a step is reached.
    #[track_caller]
    pub fn expect_step(&mut self, step: &str, longest: Duration) -> Value {
        self.expect(&format!("step {step}"), longest, |event| {
            event["event"] == "step" && event["step"] == step
        })
    }

    /// Waits for its end; the exit code.
    #[track_caller]
    pub fn expect_exit(&mut self, longest: Duration) -> i32 {
        self.process.expect_end(longest).code().unwrap_or(-1)
    }
}
