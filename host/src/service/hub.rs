//! Keeps one session helper running and joins it with the session that has the screen.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use farpane_protocol::geometry::Size;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use super::{Screen, lock};
use crate::data::Data;
use crate::ipc::{self, FromHelper, Input, Left, Received, ToHelper};

/// Orders that may wait for the helper; it reads at once or is dead.
const ORDERS: usize = 1024;
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
    /// It sees a screen of this size.
    Ready(Size),
    /// There is none, and why.
    None(String),
}

#[derive(Default)]
struct Slot {
    session: Option<mpsc::Sender<HubEvent>>,
    orders: Option<mpsc::Sender<ToHelper>>,
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
    events: mpsc::Receiver<HubEvent>,
}

impl Hub {
    /// Takes the screen for a session; `None` while another one has it.
    pub(crate) fn take(&self) -> Option<ScreenUse> {
        let mut slot = lock(&self.slot);
        if slot
            .session
            .as_ref()
            .is_some_and(|session| !session.is_closed())
        {
            return None;
        }
        let (session, events) = mpsc::channel(EVENTS);
        slot.session = Some(session);
        Some(ScreenUse {
            slot: self.slot.clone(),
            events,
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
        if let Some(session) = &lock(&self.slot).session {
            session.try_send(HubEvent::Stopping).ok(); // a full queue: it ends with the process
        }
    }
}

impl ScreenUse {
    /// The next thing that the session must know.
    pub(crate) async fn next(&mut self) -> HubEvent {
        self.events.recv().await.unwrap_or(HubEvent::Stopping)
    }

    /// Gives an order to the helper. Without a helper it is dropped: `Gone` was sent then.
    pub(crate) fn order(&self, order: ToHelper) {
        let mut slot = lock(&self.slot);
        if let ToHelper::Input { input, .. } = &order {
            match input {
                Input::Key(code, true) => drop(slot.held.insert(Left::Key(*code))),
                Input::Key(code, false) => drop(slot.held.remove(&Left::Key(*code))),
                Input::Button(number, true) => drop(slot.held.insert(Left::Button(*number))),
                Input::Button(number, false) => drop(slot.held.remove(&Left::Button(*number))),
                Input::Text(_) | Input::Move(..) | Input::Wheel(..) => {}
            }
        }
        let releases = matches!(order, ToHelper::ReleaseInput | ToHelper::Stop { .. });
        match slot
            .orders
            .as_ref()
            .map(|orders| orders.try_send(order).is_ok())
        {
            // Without a helper what is held stays known, for the next one to release.
            None => {}
            Some(true) if releases => slot.held.clear(),
            Some(true) => {}
            Some(false) => tracing::warn!("the session helper does not take orders"),
        }
    }
}

impl Drop for ScreenUse {
    fn drop(&mut self) {
        // `Stop` twice does nothing the second time.
        self.order(ToHelper::Stop { note: None });
        lock(&self.slot).session = None;
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
        if let Some(session) = &slot.session {
            session.try_send(HubEvent::Gone).ok(); // a full queue: its reader sees the closed leg
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
        let (orders, waiting) = mpsc::channel(ORDERS);
        {
            let mut slot = lock(&self.slot);
            let left: Vec<_> = std::mem::take(&mut slot.held).into_iter().collect();
            if !left.is_empty() {
                orders.try_send(ToHelper::ReleaseLeft(left)).ok(); // the queue is empty
            }
            slot.orders = Some(orders);
        }
        let writer = AbortOnDropHandle::new(tokio::spawn(write(to, waiting)));
        let served = self.serve(&mut from).await;
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
                    FromHelper::Ready {
                        screen,
                        width,
                        height,
                    } => {
                        tracing::info!(screen, width, height, "the screen can be shown");
                        self.size(*width, *height)?;
                    }
                    FromHelper::Surface { width, height } => self.size(*width, *height)?,
                    FromHelper::Broken(why) => bail!("{why}"),
                    FromHelper::Answered { .. }
                    | FromHelper::Watching
                    | FromHelper::PersonStopped
                    | FromHelper::Cursor(_) => {}
                }
            }
            let session = lock(&self.slot).session.clone();
            if let Some(session) = session {
                // Waiting here is the back-pressure that stops the helper; a session that ended
                // takes nothing more.
                session.send(HubEvent::Helper(received)).await.ok();
            }
        }
    }

    fn size(&self, width: u32, height: u32) -> Result<()> {
        let size = Size::new(width, height).context("the screen has an impossible size")?;
        self.tell.send_replace(ScreenState::Ready(size));
        Ok(())
    }
}

async fn write(mut to: OwnedWriteHalf, mut orders: mpsc::Receiver<ToHelper>) {
    while let Some(order) = orders.recv().await {
        if to.write_all(&ipc::pack(&order)).await.is_err() {
            return;
        }
    }
}
