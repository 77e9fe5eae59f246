//! The session helper: the process that sees the screen. It holds no key and no network; it does
//! what the service says and ends with it.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use farpane_media::surface::view::Need;
use farpane_protocol::geometry::Point;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::session::input::PointerButton;

use crate::helper::clipboard::Clips;
use crate::helper::picture::PictureThread;
use crate::ipc::{self, FromHelper, Input, Left, Question, Said, ToHelper};
use crate::platform::{
    self, Answer, BannerEvent, BannerHandle, Button, ConsentHandle, ConsentOutcome, ConsentRequest,
    Held, Injector, InputError, NoteHandle, Organisation, Platform,
};

mod clipboard;
mod picture;
mod surfaces;

/// The writing half of the socket, shared by the threads of the helper.
#[derive(Clone)]
pub(crate) struct Upward(Arc<Mutex<UnixStream>>);

impl Upward {
    fn send(&self, packed: &[u8]) -> io::Result<()> {
        // A panic between two writes would leave half a message; the process ends then anyway.
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ipc::write(&mut *stream, packed)
    }

    fn tell(&self, message: &FromHelper) {
        if self.send(&ipc::pack(message)).is_err() {
            // The service is gone; the reading thread notices the same and ends the process.
            tracing::debug!("the service does not listen any more");
        }
    }
}

/// Runs the helper on `display` until the service closes the socket. Everything that was pressed
/// is released, and banner and question are gone, when it returns.
pub fn run(socket: &Path, display: Option<&str>) -> Result<()> {
    let stream = UnixStream::connect(socket)
        .with_context(|| format!("cannot reach the service at {}", socket.display()))?;
    let upward = Upward(Arc::new(Mutex::new(
        stream.try_clone().context("the socket broke")?,
    )));
    let platform = match open(display) {
        Ok(platform) => platform,
        Err(error) => {
            upward.tell(&FromHelper::Broken(error.to_string()));
            return Err(error);
        }
    };
    let injector = platform.injector()?;
    let picture = PictureThread::start(platform.capture()?, upward.clone())?;
    upward.tell(&FromHelper::Ready {
        screen: platform.name(),
        surfaces: picture.surfaces(),
    });
    let mut helper = Helper {
        platform,
        injector,
        picture,
        upward,
        question: None,
        banner: None,
        note: None,
        clips: Clips::default(),
        stopped: Arc::default(),
    };
    let served = helper.serve(stream);
    helper.stop(None);
    served
}

fn open(display: Option<&str>) -> Result<Box<dyn Platform>> {
    Ok(platform::open(display)?)
}

struct Helper {
    platform: Box<dyn Platform>,
    injector: Box<dyn Injector>,
    picture: PictureThread,
    upward: Upward,
    question: Option<ConsentHandle>,
    banner: Option<BannerHandle>,
    note: Option<NoteHandle>,
    clips: Clips,
    /// Set when the person has pressed Stop.
    stopped: Arc<AtomicBool>,
}

impl Helper {
    fn serve(&mut self, mut stream: UnixStream) -> Result<()> {
        loop {
            let order = match ipc::read_order(&mut stream) {
                Ok(order) => order,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error).context("the service's orders broke off"),
            };
            match order {
                ToHelper::Ask(question) => self.ask(question),
                ToHelper::Withdraw => self.question = None,
                ToHelper::Start {
                    number,
                    banner,
                    clipboard,
                } => self.start(number, &banner, clipboard),
                ToHelper::PutClipboard(text) => {
                    if self.may_act() {
                        self.clips.put(text);
                    }
                }
                ToHelper::Acknowledged(frame) => self.picture.acknowledged(frame),
                ToHelper::Refresh {
                    surface,
                    epoch,
                    video_only,
                } => self.picture.refresh(surface, Need { epoch, video_only }),
                ToHelper::Show(surfaces) => self.picture.show(surfaces),
                ToHelper::Input { sequence, input } => self.apply(sequence, input),
                ToHelper::ReleaseInput => report(self.injector.release_all()),
                ToHelper::ReleaseLeft(left) => {
                    let held: Vec<_> = left.into_iter().filter_map(held).collect();
                    report(self.injector.release(&held));
                }
                ToHelper::Stop { note } => self.stop(note.as_deref()),
            }
        }
    }

    fn ask(&mut self, question: Question) {
        let deadline = Instant::now() + Duration::from_millis(question.wait_ms);
        let (upward, number) = (self.upward.clone(), question.number);
        let answer = Answer::new(move |outcome| {
            let said = match outcome {
                ConsentOutcome::Allowed { scopes } => Said::Allowed(scopes),
                ConsentOutcome::Refused => Said::Refused,
                ConsentOutcome::TimedOut => Said::TimedOut,
                ConsentOutcome::Unavailable(why) => Said::Unavailable(why),
            };
            upward.tell(&FromHelper::Answered { number, said });
        });
        self.note = None;
        self.question = Some(self.platform.ask(request(question), deadline, answer));
    }

    fn start(&mut self, number: u64, text: &str, clipboard: ipc::Shared) {
        self.question = None;
        self.note = None;
        let upward = self.upward.clone();
        // Stop works here and now, whatever the service is busy with.
        let (picture, stopped) = (self.picture.brake(), Arc::new(AtomicBool::new(false)));
        let copied = self.clips.brake();
        self.stopped = stopped.clone();
        let shown = self.platform.banner(
            text,
            Box::new(move |event| {
                picture.pull();
                copied.store(false, Ordering::Release);
                stopped.store(true, Ordering::Release);
                match event {
                    BannerEvent::Stop(_) => upward.tell(&FromHelper::PersonStopped { number }),
                    BannerEvent::Lost(why) => upward.tell(&FromHelper::Broken(why)),
                }
            }),
        );
        match shown {
            // No picture leaves before the person can see that someone watches.
            Ok(banner) => {
                self.banner = Some(banner);
                self.picture.start_session(number);
                let platform = self.platform.as_ref();
                self.clips.start(platform, &self.upward, clipboard);
                self.upward.tell(&FromHelper::Watching);
            }
            Err(error) => self.upward.tell(&FromHelper::Broken(error.to_string())),
        }
    }

    fn stop(&mut self, note: Option<&str>) {
        self.picture.stop();
        self.clips.stop();
        report(self.injector.release_all());
        self.question = None;
        self.banner = None;
        self.note = note.and_then(|text| {
            self.platform
                .note(text)
                .inspect_err(|error| tracing::warn!(%error, "the closing note cannot be shown"))
                .ok()
        });
    }

    /// Whether what a viewer sends may act: nothing of it may press a button of our own question.
    fn may_act(&self) -> bool {
        let asking = self.question.is_some();
        !asking && self.banner.is_some() && !self.stopped.load(Ordering::Acquire)
    }

    fn apply(&mut self, sequence: u64, input: Input) {
        if !self.may_act() {
            return;
        }
        let applied = match input {
            Input::Key(code, down) => self.injector.key(code, down),
            Input::Text(text) => self.injector.text(&text),
            Input::Move { surface, x, y } => match self.picture.monitor(surface) {
                Some(monitor) => {
                    self.injector.aim(monitor.as_deref());
                    self.injector.motion(Point { x, y })
                }
                None => Ok(()), // it has just gone
            },
            Input::Button(number, down) => match ipc::button(number) {
                Some(known) => self.injector.button(button(known), down),
                None => Ok(()),
            },
            Input::Wheel(dx, dy) => self.injector.wheel(dx, dy),
        };
        report(applied);
        self.picture.applied(sequence);
    }
}

fn report(result: Result<(), InputError>) {
    if let Err(error) = result {
        // Not above debug: what a viewer sends must not be able to fill a log.
        tracing::debug!(%error, "input was not applied");
    }
}

fn button(button: PointerButton) -> Button {
    match button {
        PointerButton::Left => Button::Left,
        PointerButton::Middle => Button::Middle,
        PointerButton::Right => Button::Right,
        PointerButton::Back => Button::Back,
        PointerButton::Forward => Button::Forward,
    }
}

fn held(left: Left) -> Option<Held> {
    match left {
        Left::Key(code) => Some(Held::Key(code)),
        Left::Button(number) => ipc::button(number).map(|known| Held::Button(button(known))),
    }
}

fn request(question: Question) -> ConsentRequest {
    let named = |name: &String| Scope::ALL.into_iter().find(|scope| scope.name() == name);
    let scopes: Vec<Scope> = question.scopes.iter().filter_map(named).collect();
    let what = match question.monitors {
        0 | 1 => "this screen".to_owned(),
        several => format!("all {several} screens"),
    };
    let wants = if scopes.contains(&Scope::Control) {
        format!("wants to see and control {what}")
    } else {
        format!("wants to see {what}")
    };
    let rights = scopes.iter().map(|scope| platform::Scope {
        key: scope.name().to_owned(),
        label: match scope {
            Scope::View if question.monitors > 1 => format!("see {what}"),
            Scope::View
            | Scope::Control
            | Scope::ClipboardIn
            | Scope::ClipboardOut
            | Scope::Files
            | Scope::Audio
            | Scope::Record => scope.in_words().to_owned(),
        },
        // What goes beyond seeing and controlling is ticked by the person, not for them.
        granted: !ScopeSet::EXTRA.has(*scope),
        // Without a picture there is no session; who does not want to be seen refuses.
        required: *scope == Scope::View,
    });
    let organisation = match question.verified_domain {
        Some(domain) => Organisation::Verified {
            name: question.org,
            domain,
        },
        None => Organisation::NotVerified { name: question.org },
    };
    let end =
        jiff::Zoned::now().checked_add(jiff::Span::new().seconds(i64::from(question.max_seconds)));
    ConsentRequest {
        technician: question.person,
        organisation,
        tenant: question.tenant,
        wants,
        scopes: rights.collect(),
        reason: question.reason,
        until: end
            .map(|end| end.strftime("%H:%M").to_string())
            .unwrap_or_default(),
        viewer_key: question.viewer_key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(monitors: u32) -> ConsentRequest {
        request(Question {
            number: 1,
            person: "Anna Berg".into(),
            org: "Acme MSP".into(),
            verified_domain: None,
            tenant: "Shop".into(),
            monitors,
            scopes: vec!["view".into(), "control".into()],
            reason: String::new(),
            max_seconds: 60,
            viewer_key: "key".into(),
            wait_ms: 1,
        })
    }

    #[test]
    fn a_person_with_several_monitors_is_asked_about_all_of_them() {
        let one = asked(1);
        assert_eq!(one.wants, "wants to see and control this screen");
        assert_eq!(one.scopes[0].label, "see the screen");
        let three = asked(3);
        assert_eq!(three.wants, "wants to see and control all 3 screens");
        assert_eq!(three.scopes[0].label, "see all 3 screens");
    }
}
