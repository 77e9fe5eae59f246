//! The start window as egui sees it: takes news, shows the page, passes on what it wants.

use std::sync::mpsc;
use std::time::Instant;

use anyhow::Result;
use eframe::egui::{self, Align, CentralPanel, Frame, Layout, Margin, RichText, Theme, Ui};
use farpane_protocol::ids::DeviceId;

use super::draw::muted;
use super::list::ListPage;
use super::sign_in::SignInPage;
use super::worker::{Command, Commands, News};
use super::{theme, worker};
use crate::account::Account;
use crate::recent::RecentDevice;

/// Which page is shown.
enum Page {
    SignIn(Box<SignInPage>),
    List(Box<ListPage>),
}

/// The window's content.
pub struct StartApp {
    account: Option<Account>,
    recent: Vec<RecentDevice>,
    page: Page,
    commands: Commands,
    news: mpsc::Receiver<News>,
    /// The device of the link that opened the window, until its list was shown.
    linked: Option<DeviceId>,
}

impl StartApp {
    /// The list for whoever is signed in, otherwise the page to sign in.
    pub fn new(
        context: &egui::Context,
        account: Option<Account>,
        recent: Vec<RecentDevice>,
        commands: Commands,
        news: mpsc::Receiver<News>,
    ) -> Self {
        theme::apply(context);
        let page = match &account {
            Some(_) => Page::List(Box::default()),
            None => Page::SignIn(Box::new(SignInPage::new(None))),
        };
        Self {
            account,
            recent,
            page,
            commands,
            news,
            linked: None,
        }
    }

    /// The same at the device of a link, now or once somebody signed in.
    #[must_use]
    pub fn at(mut self, linked: Option<DeviceId>) -> Self {
        self.linked = linked;
        if matches!(self.page, Page::List(_)) {
            self.page = self.list();
        }
        self
    }

    /// The page with the list: at the device of the link, the first time.
    fn list(&mut self) -> Page {
        let page = self.linked.take().map(ListPage::at_link);
        Page::List(Box::new(page.unwrap_or_default()))
    }

    fn take(&mut self, news: News) {
        match (news, &mut self.page) {
            (News::Identity(found), Page::SignIn(page)) => page.identity(found),
            (News::SignInFailed(why), Page::SignIn(page)) => page.failed(why),
            (News::Invited(invitation), Page::SignIn(page)) => page.invited(invitation),
            (News::SignedIn(account), _) => {
                self.account = Some(*account);
                self.page = self.list();
            }
            (
                News::Devices {
                    search,
                    list,
                    recent,
                },
                Page::List(page),
            ) => {
                self.recent = recent;
                // An answer to what was typed before is not shown as one to what is there now.
                if search == page.search() {
                    page.stale = None;
                    page.devices.take(&list, &self.recent, Instant::now());
                }
            }
            (News::ListFailed(why), Page::List(page)) => page.stale = Some(why),
            (News::SessionOver(device, why), Page::List(page)) => {
                page.open.remove(&device);
                if let Some(why) = why {
                    page.failed.insert(device, why);
                }
            }
            // News for the page that was left meanwhile.
            (News::Identity(_) | News::SignInFailed(_) | News::Invited(_), Page::List(_))
            | (
                News::Devices { .. } | News::ListFailed(_) | News::SessionOver(..),
                Page::SignIn(_),
            ) => {}
        }
    }

    fn header(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.heading(RichText::new("Farpane").strong());
            if let (Some(account), Page::List(_)) = (&self.account, &self.page) {
                let text = format!("{} · {}", account.org_name, account.person);
                ui.add(egui::Label::new(muted(ui, text)).truncate());
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let dark = ui.visuals().dark_mode;
                let (label, other) = if dark {
                    ("Light", Theme::Light)
                } else {
                    ("Dark", Theme::Dark)
                };
                if ui.button(label).clicked() {
                    ui.ctx().set_theme(other);
                }
                let signed_in = matches!(self.page, Page::List(_));
                if signed_in && ui.button("Other account").clicked() {
                    let page = SignInPage::new(self.account.as_ref());
                    self.page = Page::SignIn(Box::new(page));
                }
                let back = !signed_in && self.account.is_some();
                if back && ui.button("Back to the devices").clicked() {
                    self.page = Page::List(Box::default());
                    self.send(Command::Search(String::new()));
                }
            });
        });
    }

    fn send(&mut self, command: Command) {
        let Err(refused) = self.commands.try_send(command) else {
            return;
        };
        // The worker is behind or gone; a search is asked again with the next letter.
        tracing::warn!(%refused, "the directory's worker takes nothing");
    }
}

impl eframe::App for StartApp {
    fn logic(&mut self, _: &egui::Context, _: &mut eframe::Frame) {
        while let Ok(news) = self.news.try_recv() {
            self.take(news);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        let margin = Frame::new()
            .fill(ui.visuals().panel_fill)
            .inner_margin(Margin::symmetric(24, 16));
        let wanted = CentralPanel::default()
            .frame(margin)
            .show(ui, |ui| {
                self.header(ui);
                ui.add_space(8.0);
                match &mut self.page {
                    Page::SignIn(page) => page.show(ui),
                    Page::List(page) => page.show(ui),
                }
            })
            .inner;
        if let Some(command) = wanted {
            self.send(command);
        }
    }
}

/// A window with these news and nobody behind it, for looking at it.
pub fn without_worker(
    context: &egui::Context,
    account: Option<Account>,
    news: Vec<News>,
) -> Result<StartApp> {
    let (commands, mut to_do) = tokio::sync::mpsc::channel(worker::COMMANDS);
    let (tell, receive) = mpsc::sync_channel(news.len());
    for piece in news {
        tell.send(piece)?;
    }
    std::thread::spawn(move || {
        // Commands are taken and forgotten.
        while to_do.blocking_recv().is_some() {}
        drop(tell);
    });
    Ok(StartApp::new(
        context,
        account,
        Vec::new(),
        commands,
        receive,
    ))
}
