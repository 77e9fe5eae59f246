//! `cargo xtask demo`: the whole product on one machine. A directory, a relay, a host that shares
//! a private virtual screen, and a viewer connected to it. Ctrl-C ends all of it and leaves
//! nothing behind.

pub(crate) mod crew;
mod display;
mod picture;
mod products;
pub(crate) mod scratch;

use std::ffi::OsString;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::packages::{self, Chore};
use crate::workspace::{Profile, Workspace};
use crew::{Crew, Interrupted, Part};
use display::Display;
use products::{DirectoryInfo, Product, Products};
use scratch::Scratch;

/// Who signs in to the demo's console and viewer.
const ADMIN: &str = "admin@example.com";

/// What the demo's device is called in the catalogue.
const DEVICE: &str = "demo-desktop";

/// From a program's start until others can reach it; generous for a machine that is still building.
const COMES_UP: Duration = Duration::from_secs(60);

/// How to run the demo.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Install missing system packages without asking
    #[arg(long)]
    yes: bool,
    /// Keep the demo's data in this new or empty folder instead of a temporary one
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// End by itself N seconds after the viewer has started
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Write a picture of the viewer's display to FILE, as PNG
    #[arg(long, value_name = "FILE")]
    screenshot: Option<PathBuf>,
}

/// Installs what is missing, builds, and runs the demo until it is told to end.
pub(crate) fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find()?;
    if let Some(file) = &options.screenshot {
        let folder = std::path::absolute(file)?.parent().map(Path::to_path_buf);
        if !folder.is_some_and(|folder| folder.is_dir()) {
            bail!(
                "there is no folder for the screenshot {}: make it first",
                file.display()
            );
        }
    }
    packages::ensure(Chore::Demo, options.yes)?;
    let scratch = match &options.data {
        Some(folder) => Scratch::named(folder)?,
        None => Scratch::temporary()?,
    };
    let doomed = (!scratch.kept()).then(|| scratch.path());
    // Declared after the folder, hence gone before it: nobody writes there while it is removed.
    let stop = crew::raised_by_signals()?;
    let mut crew = Crew::gather(scratch.folder("logs")?, stop, doomed)?;

    let ended = play(options, &workspace, &scratch, &mut crew);
    println!("Stopping everything …");
    drop(crew);
    let kept = scratch.kept().then(|| scratch.path().to_path_buf());
    drop(scratch);
    match ended {
        Err(error) if !error.is::<Interrupted>() => return Err(error),
        Ok(()) | Err(_) => {}
    }
    match kept {
        Some(folder) => println!("Stopped. The data is in {}.", folder.display()),
        None => println!("Stopped; nothing is left behind."),
    }
    Ok(())
}

fn play(
    options: &Options,
    workspace: &Workspace,
    scratch: &Scratch,
    crew: &mut Crew,
) -> Result<()> {
    println!("Building the four programs; the first time takes some minutes …");
    crew.watch("build", &mut workspace.build_products(Profile::Dev))?;
    let products = Products::new(workspace.bin_dir(Profile::Dev), scratch);

    let password = scratch::password()?;
    let password_file = scratch.secret_file("password", password.as_bytes())?;
    let info = start_directory(&products, crew, &password_file)?;
    start_relay(&products, crew)?;
    start_host(&products, crew, scratch)?;
    let device = find_device(&products, crew, &info, &password_file)?;

    println!();
    println!("  Console      {}", info.url);
    println!("  Sign in as   {ADMIN}");
    println!("  Password     {password}");
    println!("  Fingerprint  {}", info.fingerprint);
    println!();
    println!("Your browser will warn that it does not know the console's certificate: it is a");
    println!("private one of this demo, issued under the key with the fingerprint above.");
    println!();
    show(options, workspace, scratch, crew, &products, &device)?;
    match options.seconds {
        Some(seconds) => println!("Everything is running and ends in {seconds} s."),
        None => println!("Everything is running. Ctrl-C stops all of it."),
    }
    crew.stay(options.seconds.map(Duration::from_secs))
}

fn start_directory(
    products: &Products<'_>,
    crew: &mut Crew,
    password_file: &Path,
) -> Result<DirectoryInfo> {
    println!("Starting the directory …");
    let address = scratch::free_tcp()?;
    let mut init: Vec<OsString> = ["init", "--admin", ADMIN, "--password-file"]
        .map(Into::into)
        .into();
    init.push(password_file.into());
    products.ask(crew, Product::Directory, init)?;
    let listen = address.to_string();
    let url = format!("https://{address}");
    let words = ["serve", "--listen", &listen, "--url", &url];
    crew.start(
        "directory",
        Part::Needed,
        &mut products.command(Product::Directory, words)?,
    )?;
    crew.wait_until("the directory", COMES_UP, || {
        Ok(TcpStream::connect(address).ok())
    })?;
    DirectoryInfo::parse(&products.ask(crew, Product::Directory, ["info", "--json"])?)
}

fn start_relay(products: &Products<'_>, crew: &mut Crew) -> Result<()> {
    println!("Starting the relay …");
    let ticket = products.ask(
        crew,
        Product::Directory,
        ["ticket", "relay", "--name", "demo-relay"],
    )?;
    products.ask(crew, Product::Relay, ["enroll", &ticket])?;
    let listen = scratch::free_udp()?.to_string();
    let mut serve = products.command(Product::Relay, ["serve", "--listen", &listen])?;
    crew.start("relay", Part::Needed, &mut serve)
}

fn start_host(products: &Products<'_>, crew: &mut Crew, scratch: &Scratch) -> Result<()> {
    println!("Starting the host, on a virtual screen of its own …");
    let display = Display::open(crew, scratch, "host-display")?;
    display.manage_windows(crew, scratch, "host-windows")?;
    picture::colour_desktop(crew, &display)?;
    display.furnish(crew, scratch)?;
    let ticket = products.ask(crew, Product::Directory, ["ticket", "device"])?;
    products.ask(
        crew,
        Product::Host,
        ["enroll", &ticket, "--name", DEVICE, "--unattended"],
    )?;
    let mut host = products.command(Product::Host, ["run", "--display", &display.name])?;
    crew.start("host", Part::Needed, display.on(&mut host))
}

/// Signs the viewer in and waits until it sees the device; the device's id.
fn find_device(
    products: &Products<'_>,
    crew: &mut Crew,
    info: &DirectoryInfo,
    password_file: &Path,
) -> Result<String> {
    let mut login: Vec<OsString> = [
        "login",
        "--directory",
        &info.url,
        "--pin",
        &info.fingerprint,
    ]
    .map(Into::into)
    .into();
    login.extend(["--user", ADMIN, "--password-file"].map(OsString::from));
    login.push(password_file.into());
    products.ask(crew, Product::Viewer, login)?;
    let started = Instant::now();
    loop {
        let list = products.ask(crew, Product::Viewer, ["devices", "--json"])?;
        if let Some(id) = products::reachable_device(&list, DEVICE)? {
            return Ok(id);
        }
        if started.elapsed() >= COMES_UP {
            bail!("the host did not become reachable; the directory lists: {list}");
        }
        crew.stay(Some(Duration::from_millis(300)))?;
    }
}

/// Opens the viewer: on the user's display, or on a second virtual one and in a picture of it.
fn show(
    options: &Options,
    workspace: &Workspace,
    scratch: &Scratch,
    crew: &mut Crew,
    products: &Products<'_>,
    device: &str,
) -> Result<()> {
    let wanted = options.screenshot.clone();
    let own = Display::of_the_user(crew)?;
    let is_own = own.is_some();
    let (display, file) = match own {
        Some(display) => (display, wanted),
        None => {
            println!("There is no display to open the viewer on: it gets a virtual one.");
            let display = Display::open(crew, scratch, "viewer-display")?;
            display.manage_windows(crew, scratch, "viewer-windows")?;
            let default = || workspace.root().join("farpane-demo.png");
            (display, Some(wanted.unwrap_or_else(default)))
        }
    };
    let mut viewer = products.command(Product::Viewer, ["connect", device])?;
    if is_own {
        println!(
            "The viewer opens on your display {}. To connect once more:",
            display.name
        );
        println!("  {}", products::spelled(&viewer));
    }
    crew.start("viewer", Part::Closable, display.on(&mut viewer))?;
    if let Some(file) = file {
        picture::screenshot(crew, &display, &file)?;
        println!("A picture of the viewer is in {}", file.display());
    }
    Ok(())
}
