//! The start window's worker: asks the directory and runs the sessions' processes, away from the
//! thread that draws.

use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use anyhow::Result;
use eframe::egui;
use farpane_protocol::api::{DeviceList, path};
use farpane_protocol::ids::DeviceId;
use farpane_protocol::key::Fingerprint;
use farpane_transport::directory::{Agent, DirectoryClient};
use tokio::sync::mpsc;

pub use super::child::Wish;
use crate::account::{Account, Home};
use crate::browser::{self, Invitation};
use crate::failure::Failure;
use crate::recent::{self, RecentDevice};
use crate::signin::{self, Credentials};

/// Pause between two looks at the list.
const REFRESH: Duration = Duration::from_secs(5);

/// Commands that may wait; a person gives one at a time.
pub(super) const COMMANDS: usize = 32;

/// What the window wants.
pub enum Command {
    /// Which identity does this directory have?
    Look(String),
    /// Sign in with a password.
    SignIn(Credentials),
    /// Sign in at this directory, with this identity, through the browser.
    SignInByBrowser(String, Fingerprint),
    /// Stop waiting for the browser.
    Cancel,
    /// Show devices with this in them, from now on.
    Search(String),
    /// Open a session.
    Connect(Wish),
}

/// What the worker found.
#[derive(Debug)]
pub enum News {
    /// The directory has this identity.
    Identity(Fingerprint),
    /// Where the person lets this viewer in.
    Invited(Invitation),
    /// Somebody signed in.
    SignedIn(Box<Account>),
    /// Signing in, or looking before it, failed.
    SignInFailed(String),
    /// The devices that match the search, and the recent ones.
    Devices {
        /// What was searched for.
        search: String,
        /// What was found.
        list: DeviceList,
        /// The recently used devices.
        recent: Vec<RecentDevice>,
    },
    /// The list could not be had.
    ListFailed(String),
    /// The session with this device is over; a sentence if it failed.
    SessionOver(DeviceId, Option<String>),
}

/// Where commands go.
pub type Commands = mpsc::Sender<Command>;

/// Starts the worker, which looks for the device of a link first if there is one; it ends when the window drops its ends.
pub fn start(
    home: Home,
    account: Option<Account>,
    linked: Option<DeviceId>,
    context: egui::Context,
) -> Result<(Commands, std_mpsc::Receiver<News>)> {
    let (commands, to_do) = mpsc::channel(COMMANDS);
    let (tell, news) = std_mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let worker = Worker {
        home,
        account,
        agent: None,
        search: linked.map_or_else(String::new, |device| device.to_string()),
        tell: Tell { tell, context },
    };
    std::thread::Builder::new()
        .name("directory".into())
        .spawn(move || {
            runtime.block_on(worker.run(to_do));
            // Sessions go on by themselves; the threads that wait for them do not hold the process.
            runtime.shutdown_background();
        })?;
    Ok((commands, news))
}

#[derive(Clone)]
struct Tell {
    tell: std_mpsc::Sender<News>,
    context: egui::Context,
}

impl Tell {
    fn news(&self, news: News) {
        // A window that is gone needs no news.
        drop(self.tell.send(news));
        self.context.request_repaint();
    }
}

struct Worker {
    home: Home,
    account: Option<Account>,
    agent: Option<Agent>,
    search: String,
    tell: Tell,
}

impl Worker {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut refresh = tokio::time::interval(REFRESH);
        refresh.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::SignInByBrowser(directory, pin)) => {
                        // Whatever is wanted meanwhile ends the wait for the browser.
                        tokio::select! {
                            () = self.by_browser(&directory, pin) => {}
                            command = commands.recv() => match command {
                                Some(command) => drop(self.take(command).await),
                                None => return,
                            },
                        }
                        refresh.reset_immediately();
                    }
                    Some(command) => {
                        if self.take(command).await {
                            refresh.reset_immediately();
                        }
                    }
                    None => return,
                },
                _ = refresh.tick(), if self.account.is_some() => {
                    // A search that is typed meanwhile goes before the answer to an older one.
                    tokio::select! {
                        news = self.list() => self.tell.news(news),
                        command = commands.recv() => match command {
                            Some(command) => {
                                self.take(command).await;
                                refresh.reset_immediately();
                            }
                            None => return,
                        },
                    }
                }
            }
        }
    }

    async fn by_browser(&mut self, directory: &str, pin: Fingerprint) {
        let tell = self.tell.clone();
        let invite = move |invitation: &Invitation| {
            invitation.open();
            tell.news(News::Invited(invitation.clone()));
        };
        let signed_in = browser::sign_in(&self.home, directory, pin, invite).await;
        self.told(signed_in);
    }

    /// What came of signing in.
    fn told(&mut self, signed_in: Result<Account>) {
        let news = match signed_in {
            Ok(account) => {
                self.account = Some(account.clone());
                self.agent = None;
                News::SignedIn(Box::new(account))
            }
            Err(error) => News::SignInFailed(sentence(&error)),
        };
        self.tell.news(news);
    }

    /// Does what is wanted; whether the list must be had anew.
    async fn take(&mut self, command: Command) -> bool {
        match command {
            Command::Look(url) => {
                let news = match DirectoryClient::look(&url).await {
                    Ok(identity) => News::Identity(identity),
                    Err(error) => News::SignInFailed(Failure::from(error).to_string()),
                };
                self.tell.news(news);
                false
            }
            Command::SignIn(credentials) => {
                let signed_in = signin::sign_in(&self.home, &credentials).await;
                self.told(signed_in);
                true
            }
            // Only reached while nothing waits for the browser, or by giving up on it.
            Command::SignInByBrowser(directory, pin) => {
                self.by_browser(&directory, pin).await;
                true
            }
            Command::Cancel => false,
            Command::Search(search) => {
                self.search = search;
                true
            }
            Command::Connect(wish) => {
                let (home, tell) = (self.home.clone(), self.tell.clone());
                tokio::task::spawn_blocking(move || {
                    let failed = super::child::run(&home, &wish);
                    tell.news(News::SessionOver(wish.device, failed));
                });
                false
            }
        }
    }

    async fn list(&mut self) -> News {
        match self.devices().await {
            Ok(list) => News::Devices {
                search: self.search.clone(),
                list,
                recent: recent::load(&self.home),
            },
            Err(error) => News::ListFailed(sentence(&error)),
        }
    }

    async fn devices(&mut self) -> Result<DeviceList> {
        let agent = match &self.agent {
            Some(agent) => agent.clone(),
            None => self.agent.insert(self.home.signed_in()?.agent()?).clone(),
        };
        let search = self.search.clone();
        let query: &[(&str, &str)] = if search.is_empty() {
            &[]
        } else {
            &[("q", &search)]
        };
        Ok(agent
            .get(path::DEVICES, query)
            .await
            .map_err(Failure::from)?)
    }
}

fn sentence(error: &anyhow::Error) -> String {
    crate::failure::as_sentence(&format!("{error:#}"))
}
