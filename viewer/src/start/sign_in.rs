//! The first page: which directory, whether its identity is the right one, and who: in the browser,
//! or by a password.

use eframe::egui::{self, Frame, Key, Margin, RichText, TextEdit, Ui};
use farpane_protocol::key::Fingerprint;

use super::draw::{muted, notice, primary};
use super::theme::{color, palette};
use super::worker::Command;
use crate::account::Account;
use crate::browser::Invitation;
use crate::signin::Credentials;

/// Where signing in stands.
#[derive(Debug, Default, PartialEq, Eq)]
enum Stage {
    /// The person fills the fields.
    #[default]
    Entering,
    /// The directory's identity is being looked up.
    Looking,
    /// The person compares it.
    Confirming(Fingerprint),
    /// The password is being checked.
    Asking,
    /// The person lets this viewer in, in the browser; where, once the directory has said.
    Browser(Option<Invitation>),
}

/// The page's fields.
#[derive(Default)]
pub(super) struct SignInPage {
    directory: String,
    email: String,
    password: String,
    /// Whether the person wants to type a password here, instead of using the browser.
    by_password: bool,
    /// The identity that the account already confirmed, and where.
    known: Option<(String, Fingerprint)>,
    stage: Stage,
    error: Option<String>,
    focused: bool,
}

impl SignInPage {
    /// Filled with what is known of the last account.
    pub(super) fn new(account: Option<&Account>) -> Self {
        let known = account.map(|account| (account.directory.clone(), account.pin));
        Self {
            directory: account.map_or_else(|| "https://".to_owned(), |a| a.directory.clone()),
            email: account
                .map(|account| account.email.clone())
                .unwrap_or_default(),
            known,
            ..Self::default()
        }
    }

    /// The directory has this identity.
    pub(super) fn identity(&mut self, found: Fingerprint) {
        if self.stage == Stage::Looking {
            self.stage = Stage::Confirming(found);
        }
    }

    /// The directory says where to go.
    pub(super) fn invited(&mut self, invitation: Invitation) {
        if self.stage == Stage::Browser(None) {
            self.stage = Stage::Browser(Some(invitation));
        }
    }

    /// It did not work.
    pub(super) fn failed(&mut self, sentence: String) {
        self.stage = Stage::Entering;
        self.error = Some(sentence);
    }

    fn filled(&self) -> bool {
        let address = self.directory.trim();
        let named = !self.email.trim().is_empty() && !self.password.is_empty();
        address.len() > "https://".len() && (named || !self.by_password)
    }

    fn credentials(&mut self, pin: Fingerprint) -> Command {
        if !self.by_password {
            self.stage = Stage::Browser(None);
            return Command::SignInByBrowser(self.directory.trim().to_owned(), pin);
        }
        self.stage = Stage::Asking;
        Command::SignIn(Credentials {
            directory: self.directory.trim().to_owned(),
            pin,
            email: self.email.trim().to_owned(),
            password: self.password.clone(),
        })
    }

    /// What pressing the button does now.
    fn go(&mut self) -> Command {
        self.error = None;
        let directory = self.directory.trim();
        match &self.known {
            Some((known, pin)) if known == directory => {
                let pin = *pin;
                self.credentials(pin)
            }
            Some(_) | None => {
                let directory = directory.to_owned();
                self.stage = Stage::Looking;
                Command::Look(directory)
            }
        }
    }

    /// Draws the page; what it wants done.
    pub(super) fn show(&mut self, ui: &mut Ui) -> Option<Command> {
        let mut wanted = None;
        let width = ui.available_width().min(460.0);
        ui.vertical_centered(|ui| {
            ui.add_space((ui.available_height() * 0.12).min(80.0));
            ui.set_max_width(width);
            let p = palette(ui);
            let card = Frame::new()
                .fill(color(p.ground))
                .stroke(egui::Stroke::new(1.0, color(p.line)))
                .corner_radius(10)
                .inner_margin(Margin::same(28));
            card.show(ui, |ui| {
                ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                    wanted = match &self.stage {
                        Stage::Confirming(found) => self.confirm(ui, *found),
                        Stage::Browser(invitation) => {
                            let invitation = invitation.clone();
                            self.wait(ui, invitation.as_ref())
                        }
                        Stage::Entering | Stage::Looking | Stage::Asking => self.enter(ui),
                    };
                });
            });
        });
        wanted
    }

    fn enter(&mut self, ui: &mut Ui) -> Option<Command> {
        ui.heading(RichText::new("Sign in").strong());
        ui.label(muted(ui, "At your organisation's Farpane directory."));
        ui.add_space(10.0);
        let busy = self.stage != Stage::Entering;
        let mut entered = false;
        ui.add_enabled_ui(!busy, |ui| {
            let directory = field(
                ui,
                "Directory",
                &mut self.directory,
                "https://desk.example:8443",
                false,
            );
            let mut fields = vec![directory];
            if self.by_password {
                let email = field(ui, "E-mail", &mut self.email, "anna@acme.example", false);
                let password = field(ui, "Password", &mut self.password, "", true);
                fields.extend([email, password]);
            }
            let enter = ui.input(|input| input.key_pressed(Key::Enter));
            entered = enter && fields.iter().any(egui::Response::lost_focus);
            if !std::mem::replace(&mut self.focused, true) {
                let first = if self.email.is_empty() {
                    fields.first()
                } else {
                    fields.last()
                };
                if let Some(first) = first {
                    first.request_focus();
                }
            }
        });
        ui.add_space(10.0);
        if let Some(error) = &self.error
            && notice(ui, error)
        {
            self.error = None;
        }
        let mut pressed = false;
        ui.horizontal(|ui| {
            let label = if self.by_password {
                "Sign in"
            } else {
                "Sign in with the browser"
            };
            pressed = primary(ui, !busy && self.filled(), label).clicked();
            match self.stage {
                Stage::Looking => drop(ui.label(muted(ui, "Looking at the directory…"))),
                Stage::Asking => drop(ui.label(muted(ui, "Checking the password…"))),
                Stage::Entering | Stage::Confirming(_) | Stage::Browser(_) => {}
            }
        });
        ui.add_space(6.0);
        let other = if self.by_password {
            "Use the browser instead"
        } else {
            "Use a password instead"
        };
        if !busy && ui.link(other).clicked() {
            self.by_password = !self.by_password;
            self.focused = false;
        }
        ((pressed || entered) && !busy && self.filled()).then(|| self.go())
    }

    fn wait(&mut self, ui: &mut Ui, invitation: Option<&Invitation>) -> Option<Command> {
        ui.heading(RichText::new("Let this viewer in").strong());
        if let Some(invitation) = invitation {
            let text = "Your browser shows a page that asks for you. Let this viewer in if the page \
                        shows this code:";
            ui.add(egui::Label::new(muted(ui, text)).wrap());
            ui.add_space(6.0);
            ui.label(
                RichText::new(&invitation.code)
                    .monospace()
                    .size(26.0)
                    .strong(),
            );
            ui.add_space(6.0);
            ui.add(egui::Label::new(muted(ui, "If no page opened, type the code here:")).wrap());
            super::draw::command(ui, &invitation.address);
        } else {
            ui.label(muted(ui, "Asking the directory for a code…"));
        }
        ui.add_space(10.0);
        let cancelled = ui.input(|input| input.key_pressed(Key::Escape));
        if ui.button("Cancel").clicked() || cancelled {
            self.stage = Stage::Entering;
            return Some(Command::Cancel);
        }
        None
    }

    fn confirm(&mut self, ui: &mut Ui, found: Fingerprint) -> Option<Command> {
        ui.heading(RichText::new("Is this your directory?").strong());
        let text = format!("{} has the fingerprint", self.directory.trim());
        ui.add(egui::Label::new(muted(ui, text)).wrap());
        ui.add_space(6.0);
        super::draw::command(ui, &halves(found));
        ui.add_space(6.0);
        let text = "Compare it with what your administrator gave you, or what farpane-directory info \
                    prints on the server. It is asked once; later a changed key is refused.";
        ui.add(egui::Label::new(muted(ui, text)).wrap());
        if self.known.is_some() {
            let text = "It differs from the directory that this viewer was signed in at.";
            ui.label(RichText::new(text).color(color(palette(ui).waiting)));
        }
        ui.add_space(10.0);
        let mut wanted = None;
        ui.horizontal(|ui| {
            if primary(ui, true, "It is the same").clicked() {
                wanted = Some(self.credentials(found));
            }
            if ui.button("Cancel").clicked() || ui.input(|input| input.key_pressed(Key::Escape)) {
                self.stage = Stage::Entering;
            }
        });
        wanted
    }
}

/// A fingerprint on two lines, which compares better than one long one.
fn halves(found: Fingerprint) -> String {
    let text = found.to_string();
    let (first, second) = text.split_at(text.len() / 2 + 3);
    format!("{first}\n{:>7}{second}", "")
}

fn field(
    ui: &mut Ui,
    label: &str,
    text: &mut String,
    hint: &'static str,
    secret: bool,
) -> egui::Response {
    ui.label(RichText::new(label).small().strong());
    let edit = TextEdit::singleline(text)
        .hint_text(hint)
        .password(secret)
        .margin(Margin::symmetric(10, 8))
        .desired_width(f32::INFINITY);
    ui.add(edit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account {
            directory: "https://desk.example:8443".into(),
            pin: Fingerprint::of(b"x"),
            email: "anna@acme.example".into(),
            person: "Anna Berg".into(),
            org_name: "Acme".into(),
            viewer: "00000000-0000-0000-0000-000000000001"
                .parse()
                .expect("an id"),
        }
    }

    #[test]
    fn an_unknown_directory_is_looked_at_and_confirmed_before_the_password_leaves() {
        let mut page = SignInPage::new(None);
        assert!(!page.filled());
        page.directory = "https://other.example".into();
        page.email = "a@b.example".into();
        page.password = "secret".into();
        page.by_password = true;
        assert!(page.filled());
        assert!(matches!(page.go(), Command::Look(url) if url == "https://other.example"));
        let found = Fingerprint::of(b"y");
        page.identity(found);
        assert_eq!(page.stage, Stage::Confirming(found));
        assert!(matches!(page.credentials(found), Command::SignIn(c) if c.pin == found));
    }

    #[test]
    fn the_known_directory_is_held_to_its_pin() {
        let mut page = SignInPage::new(Some(&account()));
        page.password = "secret".into();
        page.by_password = true;
        assert!(matches!(page.go(), Command::SignIn(c) if c.pin == account().pin));
        page.directory = "https://elsewhere.example".into();
        assert!(
            matches!(page.go(), Command::Look(_)),
            "another address needs its own confirmation"
        );
    }

    #[test]
    fn the_browser_needs_no_password_and_what_it_says_late_changes_nothing() {
        let mut page = SignInPage::new(Some(&account()));
        assert!(page.filled());
        let wanted = page.go();
        let known = account();
        assert!(
            matches!(wanted, Command::SignInByBrowser(url, pin) if url == known.directory && pin == known.pin)
        );
        let invitation = Invitation {
            code: "BCDF-GHJK".into(),
            address: "https://desk.example:8443/activate".into(),
            filled_in: "https://desk.example:8443/activate?code=BCDF-GHJK".into(),
        };
        page.invited(invitation.clone());
        assert_eq!(page.stage, Stage::Browser(Some(invitation.clone())));
        page.failed("Nobody confirmed.".into());
        page.invited(invitation);
        assert_eq!(page.stage, Stage::Entering);
    }

    #[test]
    fn an_answer_that_nobody_waits_for_confirms_nothing() {
        let mut page = SignInPage::new(None);
        page.identity(Fingerprint::of(b"y"));
        assert_eq!(page.stage, Stage::Entering);
    }
}
