//! Shows that the host's screen really is in the viewer's window: the host's desktop has a colour
//! of its own, and a screenshot counts how much of it arrived.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::crew::Crew;
use super::display::Display;

/// The host's desktop: a colour that no window or widget of ours has.
const DESKTOP: [u8; 3] = [0x2F, 0x5D, 0x50];

/// Video carries colours at reduced depth; this far off each channel is still the same one.
const TOLERANCE: u8 = 12;

/// The share of the display, in per cent, that must show the host's desktop. The viewer's window
/// covers more than this even at its smallest.
const SHARE: usize = 3;

/// From the viewer's start to its first picture; generous for a machine that is still building.
const ARRIVES: Duration = Duration::from_secs(60);

/// Paints the host's desktop.
pub(crate) fn colour_desktop(crew: &mut Crew, display: &Display) -> Result<()> {
    let [red, green, blue] = DESKTOP;
    let colour = format!("#{red:02x}{green:02x}{blue:02x}");
    let mut painter = Command::new("xsetroot");
    display.on(painter.args(["-solid", &colour]));
    crew.run("colour the desktop", Duration::from_secs(10), &mut painter)
        .map(drop)
}

/// Waits until the host's desktop is seen on `display`, then writes a picture of it to `file`.
pub(crate) fn screenshot(crew: &mut Crew, display: &Display, file: &Path) -> Result<()> {
    let log = crew.log_of("screenshot");
    crew.wait_until("the host's picture in the viewer's window", ARRIVES, || {
        let pixels = display
            .on(Command::new("import").args(["-silent", "-window", "root", "-depth", "8", "rgb:-"]))
            .stdin(Stdio::null())
            .output()
            .context("cannot start import (package imagemagick)")?;
        fs::write(&log, &pixels.stderr).context("cannot write a log")?;
        Ok(shows_desktop(&pixels.stdout).then_some(()))
    })?;
    let mut import = Command::new("import");
    display
        .on(import.args(["-silent", "-window", "root"]))
        .arg(file);
    crew.run("screenshot", Duration::from_secs(30), &mut import)
        .with_context(|| format!("cannot write {}", file.display()))
        .map(drop)
}

/// Whether enough of these pixels, three bytes each, have the desktop's colour.
fn shows_desktop(rgb: &[u8]) -> bool {
    let alike = |pixel: &&[u8]| {
        pixel
            .iter()
            .zip(DESKTOP)
            .all(|(have, want)| have.abs_diff(want) <= TOLERANCE)
    };
    let pixels = rgb.len() / 3;
    let of_desktop = rgb.chunks_exact(3).filter(alike).count();
    pixels > 0 && of_desktop * 100 >= pixels * SHARE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand pixels, of which `desktop` have nearly the desktop's colour.
    fn picture(desktop: usize) -> Vec<u8> {
        let mut rgb = [0x2A, 0x61, 0x55].repeat(desktop);
        rgb.extend([0xFF; 3].repeat(1000 - desktop));
        rgb
    }

    #[test]
    fn a_window_with_the_desktop_in_it_is_recognised() {
        assert!(shows_desktop(&picture(30)));
        assert!(!shows_desktop(&picture(29)));
    }

    #[test]
    fn an_empty_or_black_display_shows_nothing() {
        assert!(!shows_desktop(&[]));
        assert!(!shows_desktop(&[0; 3000]));
    }
}
