//! Shows the viewer's windows with made-up content, for looking at them without a device:
//! `cargo run -p farpane-viewer --example preview -- person`.
//!
//! The session window: asking, person, unattended, live, windows (one for each monitor), view-only,
//! lost, refused, mismatch, long; with a width and a height for the device's screen, and the way to
//! present (auto, card or memory). The start window: sign-in, loading,
//! or list with the number of devices.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum as _;
use farpane_media::paint::{Canvas, Color, Face};
use farpane_media::picture::BgraPicture;
use farpane_protocol::api::{Access, DeviceList, DeviceRow, DeviceState};
use farpane_protocol::geometry::{Point, Rect, Size};
use farpane_protocol::key::Fingerprint;
use farpane_protocol::outcome::{EndReason, Outcome};
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::session::viewer::Step;
use farpane_protocol::time::Timestamp;
use farpane_protocol::wire::message::CursorShape;
use farpane_viewer::session::Ending;
use farpane_viewer::session::input::InputQueue;
use farpane_viewer::session::monitors::Monitor;
use farpane_viewer::session::shared::{FrameFacts, Network, Picture, PointerLook, Shared};
use farpane_viewer::start::worker::News;
use farpane_viewer::trace::Trace;
use farpane_viewer::window::keys::Keyboard;
use farpane_viewer::window::{self, Options, Present, Running, SystemKeys};
use farpane_viewer::{account::Account, start};

fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let state = words.next().unwrap_or_else(|| "live".to_owned());
    match state.as_str() {
        "sign-in" => {
            return start::show(|context| start::app::without_worker(context, None, Vec::new()));
        }
        "loading" => return list(None),
        "list" => return list(words.next().and_then(|word| word.parse().ok()).or(Some(3))),
        _ => {}
    }
    let side = |word: Option<String>| word.and_then(|word| word.parse::<u32>().ok());
    let size = Size::new(
        side(words.next()).unwrap_or(1600),
        side(words.next()).unwrap_or(900),
    );
    let size = size.ok_or_else(|| anyhow::anyhow!("that is not a size"))?;
    let asked = ScopeSet::of(&[Scope::View, Scope::Control]);
    let options = Options {
        name: if state == "long" {
            "a device name that goes on ".repeat(8)
        } else {
            "lab-ubuntu".into()
        },
        asked,
        all_monitors: state == "windows",
        full_screen: false,
        keyboard: Keyboard::default(),
        system_keys: SystemKeys::default(),
        present: Present::from_str(&words.next().unwrap_or_default(), true).unwrap_or_default(),
        stay: true,
    };
    let trace = Arc::new(Trace::off());
    let start = Box::new(move |wake: window::Wake| {
        let shared = Arc::new(Shared::new(Instant::now(), wake));
        let input = Arc::new(InputQueue::default());
        let (seen, state, taken) = (shared.clone(), state.clone(), input.clone());
        std::thread::spawn(move || play(&seen, &taken, &state, size, asked));
        Ok(Running {
            shared,
            input,
            handle: None,
        })
    });
    let ending = window::run(options, start, trace)?;
    eprintln!("{ending:?}");
    Ok(())
}

/// The start window with so many devices, or still waiting for them.
fn list(count: Option<u64>) -> anyhow::Result<()> {
    let account = Account {
        directory: "https://desk.example:8443".into(),
        pin: Fingerprint::of(b"preview"),
        email: "anna@acme.example".into(),
        person: "Anna Berg".into(),
        org_name: "Acme MSP".into(),
        viewer: "00000000-0000-0000-0000-000000000001".parse()?,
    };
    let now = Timestamp(1_800_000_000_000_000);
    let device = |at: u64| {
        let kind = at % 4;
        let state = [
            DeviceState::Reachable,
            DeviceState::Away,
            DeviceState::Reachable,
            DeviceState::Pending,
        ];
        let access = [
            Access::Ask,
            Access::Impossible,
            Access::Unattended,
            Access::Impossible,
        ];
        let why = [
            None,
            Some("It is not connected to a relay"),
            None,
            Some("An administrator has to approve it first"),
        ];
        let long =
            "a device name that somebody made very long indeed to see what happens ".repeat(3);
        DeviceRow {
            id: format!("00000000-0000-0000-0000-{at:012x}")
                .parse()
                .expect("an id"),
            name: if at == 2 {
                long
            } else {
                format!("TILL-{at:04}")
            },
            tenant: "Oslo Shops AS".into(),
            os: "Debian 12".into(),
            state: state[kind as usize],
            last_heard: Some(Timestamp(now.0 - at * 97_000_000)),
            access: access[kind as usize],
            why: why[kind as usize].map(Into::into),
        }
    };
    let mut news = Vec::new();
    if let Some(count) = count {
        let devices = (0..count.min(1000)).map(device).collect();
        let list = DeviceList {
            devices,
            total: count,
            time: now,
        };
        let recent = vec![farpane_viewer::recent::RecentDevice {
            id: "00000000-0000-0000-0000-000000000002".parse()?,
            name: String::new(),
        }];
        news.push(News::Devices {
            search: String::new(),
            list,
            recent,
        });
    }
    start::show(|context| start::app::without_worker(context, Some(account), news))
}

fn play(shared: &Arc<Shared>, input: &InputQueue, state: &str, size: Size, asked: ScopeSet) {
    let now = Instant::now();
    let spent = [
        Duration::from_millis(230),
        Duration::from_millis(1410),
        Duration::ZERO,
        Duration::ZERO,
    ];
    let step = |step: Step, reached: usize| {
        shared.update(|snapshot| {
            snapshot.since = now;
            snapshot.spent = spent;
            snapshot.step = step;
            snapshot.reached = reached;
            snapshot.relay = Some("oslo-1".into());
        });
    };
    match state {
        "asking" => {}
        "person" | "long" => step(
            Step::WaitingForPerson {
                until: now + Duration::from_secs(60),
            },
            2,
        ),
        "unattended" => step(Step::WaitingForPicture, 3),
        "refused" | "mismatch" => {
            step(Step::Reaching, if state == "refused" { 2 } else { 1 });
            let ending = match state {
                "refused" => EndReason::PersonRefused.into(),
                _ => Ending {
                    sentence: "The key of the other side is SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, \
                        expected SHA256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB. If the device was \
                        reinstalled, enrol it again; otherwise someone is in between."
                        .into(),
                    outcome: Outcome::KeyMismatch,
                    word: "key_mismatch",
                    retry: false,
                },
            };
            shared.update(|snapshot| snapshot.ending = Some(ending));
        }
        _ => live(shared, input, state, size, asked, &step),
    }
}

fn live(
    shared: &Arc<Shared>,
    input: &InputQueue,
    state: &str,
    size: Size,
    asked: ScopeSet,
    step: &dyn Fn(Step, usize),
) {
    let scopes = if state == "view-only" {
        ScopeSet::of(&[Scope::View])
    } else {
        asked
    };
    shared.update(|snapshot| {
        snapshot.scopes = scopes;
        snapshot.surface = Some(size);
        snapshot.device = Some("lab-ubuntu".into());
        if state == "monitors" || state == "windows" {
            snapshot.monitors = monitors(size);
        }
        snapshot.pointer = PointerLook::Shape(Arc::new(cross()));
    });
    input.set_open(scopes.has(Scope::Control));
    shared.set_measure(Some(Box::new(|| Network {
        rtt: Duration::from_micros(1420),
        received_bytes: 1,
    })));
    step(Step::Live, 4);
    let mut pixels = BgraPicture::new(size);
    desktop(&mut pixels, size);
    let mut last_input = 0;
    for sequence in 1.. {
        let began = Instant::now();
        while let Some(message) = input.pop() {
            eprintln!("{message:?}");
            last_input = message.input_sequence().unwrap_or(last_input);
        }
        std::thread::sleep(Duration::from_millis(9));
        let part = caret(&mut pixels, size, sequence);
        let facts = FrameFacts {
            sequence,
            input_sequence: last_input,
            bytes: 1200,
            capture: Duration::from_millis(1),
            encode: Duration::from_millis(4),
            first_byte: began,
            whole: began,
            decoded: Instant::now(),
            captured_us: 0,
        };
        for surface in 0..monitors(size).len() as u32 {
            shared.of(surface).update_picture(|picture| {
                let shown = picture.get_or_insert_with(|| Picture {
                    surface,
                    pixels: pixels.clone().into(),
                    damage: vec![size.rect()],
                    frames: Vec::new(),
                });
                shown
                    .pixels
                    .pixels_mut()
                    .as_pixels_mut()
                    .copy_from_slice(pixels.as_pixels());
                shown.add(&[part], facts);
            });
        }
        if state == "lost" && sequence == 3 {
            let since = Instant::now();
            return step(Step::Lost { since }, 4);
        }
        std::thread::sleep(Duration::from_millis(40));
    }
}

/// The device's monitors: what is shown, one beside it, one with a name that is no name, and one more
/// than can be shown at a time.
fn monitors(size: Size) -> Vec<Monitor> {
    let names = [
        "eDP-1",
        "HDMI-1",
        "a monitor that is called by far too lon",
        "DP-1",
        "DP-2",
    ];
    let one = |(id, name): (u32, &str)| Monitor {
        id,
        name: name.into(),
        place: Point::default(),
        size,
    };
    (0..).zip(names).map(one).collect()
}

/// A desktop with a window full of small text.
fn desktop(pixels: &mut BgraPicture, size: Size) {
    let stride = size.width() as usize;
    let Some(mut canvas) = Canvas::new(pixels.as_pixels_mut(), size, stride) else {
        return;
    };
    canvas.fill(size.rect(), Color(0x0045_6b7d));
    let page = Rect {
        x: 60,
        y: 80,
        width: size.width() - 120,
        height: size.height() - 160,
    };
    canvas.fill(page, Color(0x00ff_ffff));
    for line in 0..(page.height / 20).saturating_sub(1) {
        let at = Point {
            x: 76,
            y: page.y as i32 + 24 + line as i32 * 20,
        };
        let text =
            format!("{line:3}  The quick brown fox jumps over the lazy dog, 0123456789 times ✔");
        canvas.text(Face::Regular, 13.0, at, &text, Color(0));
    }
    canvas.outline(size.rect(), 1, Color(0x00ff_0000));
}

/// A blinking box: the part that changed.
fn caret(pixels: &mut BgraPicture, size: Size, step: u64) -> Rect {
    let part = Rect {
        x: size.width() / 2,
        y: size.height() / 2,
        width: 12,
        height: 20,
    };
    let color = if (step / 10).is_multiple_of(2) {
        Color(0)
    } else {
        Color(0x0033_b8ac)
    };
    if let Some(mut canvas) = Canvas::new(pixels.as_pixels_mut(), size, size.width() as usize) {
        canvas.fill(part, color);
    }
    part
}

/// A half transparent cross for a pointer.
fn cross() -> CursorShape {
    let side = 24u32;
    let rgba = (0..side * side)
        .flat_map(|at| {
            let (x, y) = (at % side, at / side);
            let alpha = if x.abs_diff(12) < 2 || y.abs_diff(12) < 2 {
                200
            } else {
                0
            };
            [255, 0, 200, alpha]
        })
        .collect();
    CursorShape {
        hash: 9,
        width: side,
        height: side,
        hot_x: 12,
        hot_y: 12,
        rgba,
    }
}
