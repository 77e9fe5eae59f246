//! Keeps one session helper running and joins it with the session that has the screen.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use farpane_protocol::geometry::Size;
use farpane_protocol::limits::SURFACES;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use super::{Screen, lock};
use crate::data::Data;
use crate::ipc::{self, FromHelper, Input, Left, Received, Surface, ToHelper};

/// Commands that may wait for the helper; it reads at once or is dead.
const COMMANDS: usize = 128;
/// Input that may wait for the helper: most of a second at the highest rate.
const INPUTS: usize = 1024;
/// How long a helper may take to take one order before it is replaced.
const WRITE_WAIT: Duration = Duration::from_secs(2);
/// Things from the helper that may wait for the session: its credit bounds pictures already.
const EVENTS: usize = 32;
/// How long a helper may take to connect.
const START_WAIT: Duration = Duration::from_secs(10);
/// Pause before a helper that ended is started again, and its longest.
const RESTART_MIN: Duration = Duration::from_millis(200);
const RESTART_MAX: Duration = Duration::from_secs(10);

/// What the session with the screen hears.
#[derive(Debug)]
pub(crate) enum HubEvent {
    /// From the helper.
    Helper(Received),
    /// The helper is gone; what it held down is being released.
    Gone,
    /// The host is stopping.
    Stopping,
}

/// What is known of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScreenState {
    /// The helper is starting.
    Starting,
    /// It sees these surfaces, the primary one first.
    Ready(Vec<Surface>),
    /// There is none, and why.
    None(String),
}

/// What becomes of a session from below; never queued behind anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Running,
    Gone,
    Stopping,
}

/// The session that has the screen.
struct Seat {
    events: mpsc::Sender<Received>,
    fate: watch::Sender<Fate>,
}

/// The way to a running helper.
struct Orders {
    /// Everything but input: read first.
    urgent: mpsc::Sender<ToHelper>,
    /// Input, with the generation it belongs to.
    input: mpsc::Sender<(u64, ToHelper)>,
    /// Input of an older generation is forgotten.
    generation: Arc<AtomicU64>,
    /// Ends a helper that does not take its orders; its successor releases what it held.
    kick: Arc<Notify>,
}

#[derive(Default)]
struct Slot {
    seat: Option<Seat>,
    orders: Option<Orders>,
    held: BTreeSet<Left>,
}

/// The one screen of this host.
#[derive(Clone)]
pub(crate) struct Hub {
    slot: Arc<Mutex<Slot>>,
    screen: watch::Receiver<ScreenState>,
}

/// Leave to use the screen; dropping it stops picture, input and banner.
pub(crate) struct ScreenUse {
    slot: Arc<Mutex<Slot>>,
    events: mpsc::Receiver<Received>,
    fate: watch::Receiver<Fate>,
}

impl Hub {
    /// Takes the screen for a session; `None` while another one has it.
    pub(crate) fn take(&self) -> Option<ScreenUse> {
        let mut slot = lock(&self.slot);
        if slot
            .seat
            .as_ref()
            .is_some_and(|seat| !seat.events.is_closed())
        {
            return None;
        }
        let (events, received) = mpsc::channel(EVENTS);
        let (fate, follow) = watch::channel(Fate::Running);
        slot.seat = Some(Seat { events, fate });
        Some(ScreenUse {
            slot: self.slot.clone(),
            events: received,
            fate: follow,
        })
    }

    /// What is known of the screen now; waits while the helper is starting.
    pub(crate) async fn screen(&self) -> ScreenState {
        let mut screen = self.screen.clone();
        let known = screen.wait_for(|state| *state != ScreenState::Starting);
        match tokio::time::timeout(START_WAIT, known).await {
            Ok(Ok(state)) => state.clone(),
            Ok(Err(_)) | Err(_) => ScreenState::None("the session helper does not start".into()),
        }
    }

    /// Tells the session with the screen that the host is stopping.
    pub(crate) fn stop_all(&self) {
        if let Some(seat) = &lock(&self.slot).seat {
            seat.fate.send_replace(Fate::Stopping);
        }
    }
}

impl ScreenUse {
    /// The next thing that the session must know; what ends it comes before everything else.
    pub(crate) async fn next(&mut self) -> HubEvent {
        tokio::select! {
            biased;
            fate = self.fate.wait_for(|fate| *fate != Fate::Running) => match fate.as_deref() {
                Ok(Fate::Gone | Fate::Running) => HubEvent::Gone,
                Ok(Fate::Stopping) | Err(_) => HubEvent::Stopping,
            },
            event = self.events.recv() => event.map_or(HubEvent::Stopping, HubEvent::Helper),
        }
    }

    /// Gives an order to the helper. Without one it is dropped: the session was told that it is
    /// gone, and what was held stays known for its successor.
    pub(crate) fn order(&self, order: ToHelper) {
        let mut slot = lock(&self.slot);
        let Slot { orders, held, .. } = &mut *slot;
        let Some(orders) = orders else { return };
        let ToHelper::Input { input, .. } = &order else {
            return orders.command(order, held);
        };
        let change = match input {
            Input::Key(code, down) => Some((Left::Key(*code), *down)),
            Input::Button(number, down) => Some((Left::Button(*number), *down)),
            Input::Text(_) | Input::Move { .. } | Input::Wheel(..) => None,
        };
        let generation = orders.generation.load(Ordering::Acquire);
        let taken = orders.input.try_send((generation, order)).is_ok();
        match change {
            Some((what, true)) if taken => drop(held.insert(what)),
            Some((what, false)) if taken => drop(held.remove(&what)),
            // A helper that is so far behind is not one; a lost move alone is no harm.
            Some(_) => orders.kick.notify_one(),
            None => {}
        }
    }
}

impl Orders {
    fn command(&self, order: ToHelper, held: &mut BTreeSet<Left>) {
        let releases = matches!(order, ToHelper::ReleaseInput | ToHelper::Stop { .. });
        if releases {
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        if self.urgent.try_send(order).is_err() {
            self.kick.notify_one();
        } else if releases {
            held.clear();
        }
    }
}

impl Drop for ScreenUse {
    fn drop(&mut self) {
        // `Stop` twice does nothing the second time.
        self.order(ToHelper::Stop { note: None });
        lock(&self.slot).seat = None;
    }
}

/// Starts the first helper and the task that keeps one running.
pub(crate) fn start(data: &Data, screen: Screen) -> Result<(Hub, AbortOnDropHandle<()>)> {
    let path = data.path("session.sock");
    drop(std::fs::remove_file(&path)); // left by a run that was killed
    let listener = UnixListener::bind(&path).with_context(|| {
        format!(
            "cannot open the socket {}; use a shorter --data folder",
            path.display()
        )
    })?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("cannot protect {}", path.display()))?;
    let slot = Arc::new(Mutex::new(Slot::default()));
    let (tell, known) = watch::channel(ScreenState::Starting);
    let keeper = Keeper {
        listener,
        path,
        screen,
        slot: slot.clone(),
        tell,
    };
    let task = tokio::spawn(keeper.keep());
    Ok((
        Hub {
            slot,
            screen: known,
        },
        AbortOnDropHandle::new(task),
    ))
}

struct Keeper {
    listener: UnixListener,
    path: std::path::PathBuf,
    screen: Screen,
    slot: Arc<Mutex<Slot>>,
    tell: watch::Sender<ScreenState>,
}

impl Keeper {
    async fn keep(self) {
        let mut pause = RESTART_MIN;
        loop {
            let lived = tokio::time::Instant::now();
            if let Err(error) = self.one_helper().await {
                let why = format!("{error:#}");
                let state = ScreenState::None(why.clone());
                if self.tell.send_replace(state.clone()) != state {
                    tracing::warn!(why, "no screen to show");
                }
            }
            self.gone();
            if lived.elapsed() > RESTART_MAX {
                pause = RESTART_MIN;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RESTART_MAX);
        }
    }

    fn gone(&self) {
        let mut slot = lock(&self.slot);
        slot.orders = None;
        if let Some(seat) = &slot.seat {
            seat.fate.send_if_modified(|fate| {
                let first = *fate == Fate::Running;
                if first {
                    *fate = Fate::Gone;
                }
                first
            });
        }
    }

    fn spawn(&self) -> Result<Child> {
        let mut command = Command::new(&self.screen.program);
        command.arg("session").arg("--socket").arg(&self.path);
        if let Some(display) = &self.screen.display {
            command.arg("--display").arg(display);
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        command.spawn().context("cannot start the session helper")
    }

    /// Starts a helper and serves it until it ends.
    async fn one_helper(&self) -> Result<()> {
        let mut child = self.spawn()?;
        let expected = child.id().and_then(|id| i32::try_from(id).ok());
        let stream = tokio::select! {
            stream = tokio::time::timeout(START_WAIT, self.accept(expected)) => {
                stream.context("the session helper does not connect")??
            }
            status = child.wait() => {
                bail!("the session helper ended at once ({})", status.context("no status")?);
            }
        };
        let (mut from, to) = stream.into_split();
        let (urgent, commands) = mpsc::channel(COMMANDS);
        let (input, inputs) = mpsc::channel(INPUTS);
        let generation = Arc::new(AtomicU64::new(0));
        let kick = Arc::new(Notify::new());
        {
            let mut slot = lock(&self.slot);
            let left: Vec<_> = std::mem::take(&mut slot.held).into_iter().collect();
            if !left.is_empty() {
                urgent.try_send(ToHelper::ReleaseLeft(left)).ok(); // the queue is empty
            }
            let (generation, kick) = (generation.clone(), kick.clone());
            slot.orders = Some(Orders {
                urgent,
                input,
                generation,
                kick,
            });
        }
        let writer = Writer {
            to,
            commands,
            inputs,
            generation,
            kick: kick.clone(),
        };
        let writer = AbortOnDropHandle::new(tokio::spawn(writer.write()));
        let served = tokio::select! {
            served = self.serve(&mut from) => served,
            () = kick.notified() => Err(anyhow!("the session helper does not take its orders")),
        };
        drop(writer);
        child.start_kill().ok(); // it may have ended already
        drop(child.wait().await);
        served
    }

    /// The next connection that comes from the process we started.
    async fn accept(&self, expected: Option<i32>) -> Result<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().await.context("the socket broke")?;
            let peer = stream.peer_cred().context("the socket tells no peer")?;
            let ours = rustix::process::geteuid().as_raw();
            if peer.uid() == ours && peer.pid().is_some() && peer.pid() == expected {
                return Ok(stream);
            }
            tracing::warn!("another program connected to the helper's socket and was refused");
        }
    }

    async fn serve(&self, from: &mut OwnedReadHalf) -> Result<()> {
        loop {
            let received = match ipc::read(from).await {
                Ok(received) => received,
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    self.tell.send_replace(ScreenState::Starting);
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            if let Received::Message(message) = &received {
                match message {
                    FromHelper::Ready { screen, surfaces } => {
                        let monitors = surfaces.len();
                        tracing::info!(screen, monitors, "the screen can be shown");
                        self.surfaces(surfaces)?;
                    }
                    FromHelper::Surfaces(surfaces) => self.surfaces(surfaces)?,
                    FromHelper::Broken(why) => bail!("{why}"),
                    FromHelper::Answered { .. }
                    | FromHelper::Watching
                    | FromHelper::PersonStopped { .. }
                    | FromHelper::Copied(_)
                    | FromHelper::CopiedTooLong(_)
                    | FromHelper::Cursor(_) => {}
                }
            }
            let seat = lock(&self.slot)
                .seat
                .as_ref()
                .map(|seat| seat.events.clone());
            if let Some(events) = seat {
                // Waiting here is the back-pressure that stops the helper; a session that ended
                // takes nothing more.
                events.send(received).await.ok();
            }
        }
    }

    fn surfaces(&self, surfaces: &[Surface]) -> Result<()> {
        let possible = |one: &Surface| Size::new(one.width, one.height).is_some();
        let right = 1..=SURFACES;
        if !right.contains(&surfaces.len()) || !surfaces.iter().all(possible) {
            bail!("the screen has an impossible size");
        }
        self.tell
            .send_replace(ScreenState::Ready(surfaces.to_vec()));
        Ok(())
    }
}

/// Writes orders to the helper: commands first, then input that is still wanted.
struct Writer {
    to: OwnedWriteHalf,
    commands: mpsc::Receiver<ToHelper>,
    inputs: mpsc::Receiver<(u64, ToHelper)>,
    generation: Arc<AtomicU64>,
    kick: Arc<Notify>,
}

impl Writer {
    async fn write(mut self) {
        loop {
            let order = tokio::select! {
                biased;
                Some(command) = self.commands.recv() => command,
                Some((generation, input)) = self.inputs.recv() => {
                    if generation != self.generation.load(Ordering::Acquire) {
                        continue;
                    }
                    input
                }
                else => return,
            };
            let packed = ipc::pack(&order);
            let written = tokio::time::timeout(WRITE_WAIT, self.to.write_all(&packed)).await;
            if !matches!(written, Ok(Ok(()))) {
                return self.kick.notify_one();
            }
        }
    }
}
