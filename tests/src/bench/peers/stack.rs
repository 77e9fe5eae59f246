//! The remote desktop programs that are measured, each started as its users would, with the
//! options that serve it best.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;

use crate::bench::scene::{HEIGHT, WIDTH};
use crate::rig::display::Display;
use crate::rig::estate::{Connected, Estate, READY_WAIT, free_tcp_port};
use crate::rig::process::Process;
use crate::rig::wait_until;

/// The device's name in our directory.
const DEVICE: &str = "bench-device";

/// A way to bring one display to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// Ours, through the relay and with end-to-end encryption on.
    Farpane,
    /// TigerVNC's server that is a display of its own: nothing is captured.
    TigerOwn,
    /// TigerVNC's server that captures a display.
    TigerCapture,
    /// x11vnc, which captures a display.
    X11vnc,
    /// xpra's shadow server with H.264.
    Xpra,
    /// GStreamer with x264 over RTP: pictures only, no input.
    GstX264,
}

impl Stack {
    /// All of them, ours first.
    pub const ALL: [Self; 6] = [
        Self::Farpane,
        Self::TigerOwn,
        Self::TigerCapture,
        Self::X11vnc,
        Self::Xpra,
        Self::GstX264,
    ];

    /// Its name on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Farpane => "farpane",
            Self::TigerOwn => "tigervnc-own",
            Self::TigerCapture => "tigervnc-capture",
            Self::X11vnc => "x11vnc",
            Self::Xpra => "xpra",
            Self::GstX264 => "gst-x264",
        }
    }

    /// Whether keys pressed at the technician's display reach the device.
    pub fn carries_input(self) -> bool {
        match self {
            Self::Farpane | Self::TigerOwn | Self::TigerCapture | Self::X11vnc | Self::Xpra => true,
            Self::GstX264 => false,
        }
    }

    /// How often a byte passes the loopback device on its way: through our relay it is twice.
    pub fn hops(self) -> f64 {
        match self {
            Self::Farpane => 2.0,
            Self::TigerOwn | Self::TigerCapture | Self::X11vnc | Self::Xpra | Self::GstX264 => 1.0,
        }
    }

    /// The programs that must be there, to be told apart from one that fails.
    pub fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Farpane => &[],
            Self::TigerOwn => &["Xtigervnc", "xtigervncviewer"],
            Self::TigerCapture => &["X0tigervnc", "xtigervncviewer"],
            Self::X11vnc => &["x11vnc", "xtigervncviewer"],
            Self::Xpra => &["xpra"],
            Self::GstX264 => &["gst-launch-1.0"],
        }
    }
}

/// What a process does, for the account of processor time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Captures, encodes and sends at the device.
    Server,
    /// Carries between the two.
    Between,
    /// Receives and shows.
    Viewer,
    /// The display that is shown.
    DeviceDisplay,
}

/// A running stack. Fields go in order: programs before their displays.
pub struct Running {
    processes: Vec<(Role, u32)>,
    _connected: Option<Connected>,
    _programs: Vec<Process>,
    technician: Display,
    device: Device,
    _estate: Option<Box<Estate>>,
}

/// The display that is brought elsewhere: a plain one, or a server's own.
enum Device {
    Plain(Display),
    Own { name: String, _server: Process },
}

impl Device {
    fn name(&self) -> &str {
        match self {
            Self::Plain(display) => display.name(),
            Self::Own { name, .. } => name,
        }
    }
}

/// One measurement's folder and what was started in it.
struct Start<'a> {
    folder: &'a Path,
    programs: Vec<Process>,
    processes: Vec<(Role, u32)>,
}

impl Start<'_> {
    fn run(&mut self, role: Option<Role>, name: &str, command: &mut Command) -> Result<()> {
        command
            .env("HOME", self.folder)
            .env("XDG_RUNTIME_DIR", self.folder);
        let log = self.folder.join(format!("{name}.log"));
        let process = Process::start(name, command, &log)?;
        self.processes.extend(role.map(|role| (role, process.id())));
        self.programs.push(process);
        Ok(())
    }

    fn subfolder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

impl Running {
    /// Starts everything; the picture may take a moment longer.
    pub fn start(stack: Stack, folder: &Path) -> Result<Self> {
        let mut start = Start {
            folder,
            programs: Vec::new(),
            processes: Vec::new(),
        };
        let (width, height) = (u32::from(WIDTH), u32::from(HEIGHT));
        let device = match stack {
            Stack::TigerOwn => own_display(&start)?,
            Stack::Farpane | Stack::TigerCapture | Stack::X11vnc | Stack::Xpra | Stack::GstX264 => {
                let folder = start.subfolder("device")?;
                Device::Plain(Display::virtual_one(&folder, width, height)?)
            }
        };
        let technician = Display::virtual_one(&start.subfolder("technician")?, width, height)?;
        bare_windows(&mut start, technician.name())?;
        let mut estate = None;
        let mut connected = None;
        if stack == Stack::Farpane {
            let (ours, session) = farpane(&mut start, device.name(), technician.name())?;
            estate = Some(ours);
            connected = Some(session);
        } else {
            other(stack, &mut start, device.name(), technician.name())?;
        }
        match &device {
            Device::Plain(display) => start.processes.push((Role::DeviceDisplay, display.id())),
            Device::Own { _server, .. } => start.processes.push((Role::Server, _server.id())),
        }
        Ok(Self {
            processes: start.processes,
            _connected: connected,
            _programs: start.programs,
            technician,
            device,
            _estate: estate,
        })
    }

    /// The display that is brought elsewhere.
    pub fn device(&self) -> &str {
        self.device.name()
    }

    /// The display that it is brought to.
    pub fn technician(&self) -> &str {
        self.technician.name()
    }

    /// The processes of a role and those they started, by name and id.
    pub fn processes(&self) -> Vec<(Role, u32)> {
        let with_children = self.processes.iter().flat_map(|&(role, id)| {
            let children = children_of(id).into_iter().map(move |child| (role, child));
            std::iter::once((role, id)).chain(children)
        });
        with_children.collect()
    }
}

fn children_of(id: u32) -> Vec<u32> {
    let listed = Command::new("ps")
        .args(["-o", "pid=", "--ppid", &id.to_string()])
        .output();
    let text = listed.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
    let words = text.unwrap_or_default();
    words
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// A window manager that shows every window whole, at the upper left, without a frame: programs
/// that know no full screen are measured as those that do.
fn bare_windows(start: &mut Start<'_>, display: &str) -> Result<()> {
    const RULES: &str = r#"<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <applications><application class="*">
    <decor>no</decor><focus>yes</focus>
    <position force="yes"><x>0</x><y>0</y></position>
  </application></applications>
</openbox_config>
"#;
    let rules = start.folder.join("openbox.xml");
    std::fs::write(&rules, RULES)?;
    let mut openbox = Command::new("openbox");
    openbox.arg("--config-file").arg(rules);
    start.run(None, "openbox", openbox.env("DISPLAY", display))?;
    // A window that comes before it is never told that it fills the screen, nor given the keys.
    wait_until("openbox to manage windows", READY_WAIT, || {
        is_managed(display).is_ok_and(|managed| managed)
    });
    Ok(())
}

/// Whether a window manager says that it is at work on this display.
fn is_managed(display: &str) -> Result<bool> {
    let (connection, screen) = RustConnection::connect(Some(display))?;
    let root = connection.setup().roots[screen].root;
    let name = connection.intern_atom(false, b"_NET_SUPPORTING_WM_CHECK")?;
    let name = name.reply()?.atom;
    let kind = AtomEnum::WINDOW;
    let property = connection.get_property(false, root, name, kind, 0, 1)?;
    Ok(property.reply()?.value_len == 1)
}

fn farpane(
    start: &mut Start<'_>,
    device: &str,
    technician: &str,
) -> Result<(Box<Estate>, Connected)> {
    let estate = Box::new(Estate::start()?);
    let enrolled = estate.enroll_host(DEVICE, &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let host = enrolled.start(device, &viewer)?;
    start.processes.push((Role::Server, host.id()));
    start.processes.push((Role::Between, estate.relay.id()));
    start.programs.push(host);
    let session = viewer.connect(DEVICE, technician, &["--fullscreen"])?;
    start.processes.push((Role::Viewer, session.process.id()));
    Ok((estate, session))
}

fn own_display(start: &Start<'_>) -> Result<Device> {
    let number = (90..200)
        .find(|number| !Path::new(&format!("/tmp/.X11-unix/X{number}")).exists())
        .context("no free display number")?;
    let name = format!(":{number}");
    let mut server = Command::new("Xtigervnc");
    server.args([
        &name,
        "-geometry",
        &format!("{WIDTH}x{HEIGHT}"),
        "-depth",
        "24",
    ]);
    server.args([
        "-rfbport",
        &port_of(number).to_string(),
        "-localhost",
        "-SecurityTypes",
        "None",
    ]);
    server.args(["-AlwaysShared", "-ac", "-noreset", "-nolisten", "tcp"]);
    let server = Process::start("Xtigervnc", &server, &start.folder.join("Xtigervnc.log"))?;
    wait_until("Xtigervnc to start", READY_WAIT, || {
        RustConnection::connect(Some(&name)).is_ok()
    });
    Ok(Device::Own {
        name,
        _server: server,
    })
}

/// The port of the display that is its own server.
fn port_of(display: u16) -> u16 {
    5900 + display
}

fn other(stack: Stack, start: &mut Start<'_>, device: &str, technician: &str) -> Result<()> {
    let port = match stack {
        Stack::TigerOwn => port_of(device.trim_start_matches(':').parse()?),
        Stack::Farpane | Stack::TigerCapture | Stack::X11vnc | Stack::Xpra | Stack::GstX264 => {
            free_tcp_port()?
        }
    };
    let text = port.to_string();
    match stack {
        Stack::Farpane => bail!("is started in its own way"),
        Stack::TigerOwn => vnc_viewer(start, port, technician),
        Stack::TigerCapture => {
            let mut server = Command::new("X0tigervnc");
            server.args(["-display", device, "-rfbport", &text, "-localhost"]);
            server.args(["-SecurityTypes", "None", "-FrameRate", "60"]);
            server.args(["-PollingCycle", "16", "-MaxProcessorUsage", "100"]);
            start.run(Some(Role::Server), "X0tigervnc", &mut server)?;
            vnc_viewer(start, port, technician)
        }
        Stack::X11vnc => {
            let mut server = Command::new("x11vnc");
            server.args(["-display", device, "-rfbport", &text, "-localhost", "-nopw"]);
            server.args([
                "-forever", "-shared", "-quiet", "-wait", "10", "-defer", "10",
            ]);
            start.run(Some(Role::Server), "x11vnc", &mut server)?;
            vnc_viewer(start, port, technician)
        }
        Stack::Xpra => {
            let bind = format!("--bind-tcp=127.0.0.1:{port}");
            // By memory that both share nothing would go over the line.
            let quiet = [
                "--mmap=no",
                "--mdns=no",
                "--notifications=no",
                "--pulseaudio=no",
                "--webcam=no",
            ];
            let mut server = Command::new("xpra");
            server.env("XDG_CONFIG_DIRS", without_a_session(start)?);
            server.args(["shadow", device, "--daemon=no", "--encodings=h264,rgb,png"]);
            server
                .args([&bind, "--speaker=off", "--html=off", "--sharing=yes"])
                .args(quiet);
            start.run(Some(Role::Server), "xpra-server", &mut server)?;
            wait_for_port(port);
            let mut viewer = Command::new("xpra");
            viewer.args([
                "attach",
                &format!("tcp://127.0.0.1:{port}/"),
                "--speaker=off",
            ]);
            viewer.args(["--encoding=h264", "--opengl=no"]).args(quiet);
            start.run(
                Some(Role::Viewer),
                "xpra-viewer",
                viewer.env("DISPLAY", technician),
            )
        }
        Stack::GstX264 => gstreamer(start, &text, device, technician),
    }
}

/// Settings for xpra that start nothing at the shadowed display. Debian's start a whole session there,
/// whose window manager outlives xpra and takes the keys of the display that comes next.
fn without_a_session(start: &Start<'_>) -> Result<PathBuf> {
    let settings = start.subfolder("settings")?;
    let own = start.subfolder("settings/xpra")?;
    std::fs::write(own.join("xpra.conf"), "start =\n")?;
    Ok(settings)
}

fn wait_for_port(port: u16) {
    wait_until("a server to listen", READY_WAIT, || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
}

fn vnc_viewer(start: &mut Start<'_>, port: u16, technician: &str) -> Result<()> {
    wait_for_port(port);
    let mut viewer = Command::new("xtigervncviewer");
    viewer.args([
        &format!("127.0.0.1::{port}"),
        "-FullScreen",
        "-AutoSelect=0",
    ]);
    viewer.args([
        "-PreferredEncoding=Tight",
        "-SecurityTypes=None",
        "-ReconnectOnError=0",
    ]);
    start.run(
        Some(Role::Viewer),
        "xtigervncviewer",
        viewer.env("DISPLAY", technician),
    )
}

fn gstreamer(start: &mut Start<'_>, port: &str, device: &str, technician: &str) -> Result<()> {
    let mut viewer = Command::new("gst-launch-1.0");
    viewer.args([
        "-q",
        "udpsrc",
        "buffer-size=4000000",
        &format!("port={port}"),
    ]);
    let caps = "caps=application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000";
    viewer.args([
        caps,
        "!",
        "rtph264depay",
        "!",
        "avdec_h264",
        "!",
        "videoconvert",
        "!",
    ]);
    viewer.args(["ximagesink", "sync=false"]);
    start.run(
        Some(Role::Viewer),
        "gst-viewer",
        viewer.env("DISPLAY", technician),
    )?;
    let mut server = Command::new("gst-launch-1.0");
    server.args([
        "-q",
        "ximagesrc",
        &format!("display-name={device}"),
        "use-damage=true",
    ]);
    server.args([
        "show-pointer=false",
        "!",
        "video/x-raw,framerate=60/1",
        "!",
        "videoconvert",
    ]);
    server.args([
        "!",
        "x264enc",
        "tune=zerolatency",
        "speed-preset=ultrafast",
        "bitrate=12000",
    ]);
    server.args([
        "key-int-max=300",
        "!",
        "rtph264pay",
        "config-interval=-1",
        "mtu=1400",
        "!",
    ]);
    server.args([
        "udpsink",
        "host=127.0.0.1",
        &format!("port={port}"),
        "sync=false",
    ]);
    start.run(Some(Role::Server), "gst-server", &mut server)
}
