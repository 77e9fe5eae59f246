//! Whether this device could be helped right now: each part is tried once, shows nothing, and says
//! what came of it in a sentence.

use std::time::{Duration, Instant};

use farpane_media::codec::{EncoderSettings, VideoEncoder as _};
use farpane_media::h264::H264Encoder;
use farpane_media::picture::{BgraPicture, I420Picture};
use farpane_protocol::api::inventory::{Check, Monitor, SelfTest, Verdict};
use farpane_protocol::geometry::Size;
use serde::{Deserialize, Serialize};

use crate::platform::{self, HEADLESS, Platform, PlatformError};

/// Pictures that are encoded; the middle one counts.
const PICTURES: u32 = 9;

/// The slowest encoding that still makes 30 pictures a second with room for everything else.
const SLOW: Duration = Duration::from_millis(25);

/// Bits per second at which the encoder is tried: those of a lively screen.
const BITRATE: u32 = 4_000_000;

/// What the screen's side found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The monitors.
    pub monitors: Vec<Monitor>,
    /// The checks.
    pub tests: Vec<SelfTest>,
}

/// Tries everything on `display`. Blocks for some hundred milliseconds.
pub fn run(display: Option<&str>) -> Probe {
    let opened = platform::open(display);
    let mut tests = vec![display_server(display, &opened)];
    let mut monitors = Vec::new();
    match opened {
        Ok(screen) => {
            monitors = screen.monitors().unwrap_or_default();
            tests.push(capture(&*screen));
            tests.push(input(&*screen));
            tests.push(consent(&*screen));
        }
        Err(error) => {
            let why = error.to_string();
            tests.push(failed(Check::Capture, "", why.clone()));
            tests.push(untried(
                Check::Input,
                "without a screen there is nothing to control",
            ));
            tests.push(untried(
                Check::Consent,
                "without a screen nobody can be asked",
            ));
        }
    }
    tests.push(encoder());
    let monitor = |info: platform::MonitorInfo| Monitor {
        name: info.name,
        width: info.width,
        height: info.height,
        scale_percent: info.scale_percent,
    };
    Probe {
        monitors: monitors.into_iter().map(monitor).collect(),
        tests,
    }
}

fn ok(check: Check, with: &str, sentence: String, took: Option<Duration>) -> SelfTest {
    SelfTest {
        check,
        verdict: Verdict::Ok,
        with: with.to_owned(),
        sentence,
        micros: took.map(|took| u32::try_from(took.as_micros()).unwrap_or(u32::MAX)),
    }
}

fn failed(check: Check, with: &str, sentence: String) -> SelfTest {
    SelfTest {
        verdict: Verdict::Failed,
        ..ok(check, with, sentence, None)
    }
}

/// A check that was not tried, and why.
pub fn untried(check: Check, why: &str) -> SelfTest {
    SelfTest {
        verdict: Verdict::Unknown,
        ..ok(check, "", why.to_owned(), None)
    }
}

/// A relay that was tried over UDP, and what came of it.
pub fn relay(name: &str, answered: Result<Duration, String>) -> SelfTest {
    match answered {
        Ok(took) => {
            let millis = took.as_millis();
            let sentence = format!("relay {name} answers over UDP after {millis} ms");
            ok(Check::Relay, name, sentence, Some(took))
        }
        Err(why) => {
            let sentence = format!("relay {name} does not answer over UDP: {why}");
            failed(Check::Relay, name, sentence)
        }
    }
}

fn display_server(
    display: Option<&str>,
    opened: &Result<Box<dyn Platform>, PlatformError>,
) -> SelfTest {
    let check = Check::DisplayServer;
    match opened {
        Ok(_) if display == Some(HEADLESS) => ok(
            check,
            HEADLESS,
            "the screen exists only in memory".into(),
            None,
        ),
        Ok(screen) => {
            let sentence = format!("{} can be shared", screen.name());
            ok(check, "x11", sentence, None)
        }
        Err(error @ PlatformError::Wayland { .. }) => failed(check, "wayland", error.to_string()),
        Err(error @ PlatformError::NotYet { system }) => failed(check, system, error.to_string()),
        // A Wayland session need not offer an X display at all.
        Err(_) if std::env::var_os("WAYLAND_DISPLAY").is_some() => failed(
            check,
            "wayland",
            "this is a Wayland session, which cannot be shared yet: log in to an X11 session"
                .into(),
        ),
        Err(error) => failed(check, "none", error.to_string()),
    }
}

fn capture(screen: &dyn Platform) -> SelfTest {
    let name = screen.name();
    let tried = screen.capture().and_then(|mut capture| {
        let mut picture = BgraPicture::new(capture.size(0));
        // The first one is whole; later ones take only what changed.
        let began = Instant::now();
        capture.grab(0, &mut picture)?;
        Ok((capture.size(0), began.elapsed()))
    });
    match tried {
        Ok((size, took)) => {
            let (width, height) = (size.width(), size.height());
            let tenths = took.as_micros() / 100;
            let sentence = format!(
                "a picture of {width} × {height} is taken in {}.{} ms",
                tenths / 10,
                tenths % 10
            );
            ok(Check::Capture, &name, sentence, Some(took))
        }
        Err(error) => failed(Check::Capture, &name, error.to_string()),
    }
}

fn input(screen: &dyn Platform) -> SelfTest {
    let name = screen.name();
    match screen.injector() {
        Ok(_) => ok(
            Check::Input,
            &name,
            "keys and pointer can be moved".into(),
            None,
        ),
        Err(error) => failed(Check::Input, &name, error.to_string()),
    }
}

fn consent(screen: &dyn Platform) -> SelfTest {
    let name = screen.name();
    match screen.can_ask() {
        Ok(()) => ok(
            Check::Consent,
            &name,
            "a question can be asked and answered".into(),
            None,
        ),
        Err(error) => failed(Check::Consent, &name, error.to_string()),
    }
}

fn encoder() -> SelfTest {
    const WITH: &str = "openh264";
    match encode() {
        Ok(took) => {
            let tenths = took.as_micros() / 100;
            let sentence = format!(
                "a picture of 1920 × 1080 is encoded in {}.{} ms",
                tenths / 10,
                tenths % 10
            );
            let test = ok(Check::Encoder, WITH, sentence, Some(took));
            if took > SLOW {
                let sentence = format!("{}, too slow for 30 a second", test.sentence);
                return SelfTest {
                    verdict: Verdict::Failed,
                    sentence,
                    ..test
                };
            }
            test
        }
        Err(error) => failed(Check::Encoder, WITH, error.to_string()),
    }
}

/// How long the middle one of some pictures takes that all differ.
fn encode() -> Result<Duration, farpane_media::codec::CodecError> {
    let size = Size::new(1920, 1080).expect("a screen's size is valid");
    let mut encoder = H264Encoder::new(EncoderSettings::new(size, BITRATE, 60))?;
    let mut picture = I420Picture::new(size);
    let (mut out, mut took) = (Vec::new(), Vec::new());
    for n in 0..PICTURES {
        stripes(&mut picture, n);
        let began = Instant::now();
        encoder.encode(&picture, size.rect(), n == 0, &mut out)?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Ok(took[took.len() / 2])
}

/// Stripes that move by a few pixels from one picture to the next, like a page that scrolls.
fn stripes(picture: &mut I420Picture, step: u32) {
    let planes = picture.planes_mut();
    for (n, value) in planes.y.iter_mut().enumerate() {
        let place = n as u32 / 1920 + step * 7;
        *value = if (place / 12).is_multiple_of(2) {
            235
        } else {
            40
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headless_device_says_that_nobody_can_be_asked() {
        let probe = run(Some(HEADLESS));
        let verdict = |wanted: Check| {
            let found = probe.tests.iter().find(|test| test.check == wanted);
            found.map(|test| test.verdict)
        };
        assert_eq!(verdict(Check::Capture), Some(Verdict::Ok));
        assert_eq!(verdict(Check::Input), Some(Verdict::Ok));
        assert_eq!(verdict(Check::Consent), Some(Verdict::Failed));
        assert_eq!(probe.monitors.len(), 1);
        let encoder = probe.tests.iter().find(|test| test.check == Check::Encoder);
        assert!(encoder.is_some_and(|test| test.micros.is_some()));
    }

    #[test]
    fn a_display_that_is_not_there_is_a_sentence_and_no_panic() {
        let probe = run(Some("not a display"));
        assert!(probe.monitors.is_empty());
        let capture = probe.tests.iter().find(|test| test.check == Check::Capture);
        let capture = capture.expect("tried");
        assert_eq!(capture.verdict, Verdict::Failed);
        assert!(!capture.sentence.is_empty());
    }
}
