//! Displays: private virtual ones with a few programs to look at, and the user's own if there is
//! one that answers.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::crew::{Crew, Interrupted, Part};
use super::scratch::{self, Scratch};

/// Width, height and colour depth of a virtual display: what most desks have.
const SCREEN: &str = "1920x1080x24";

/// A virtual display opens within a second even on a slow machine; this is for a very busy one.
const OPENS: Duration = Duration::from_secs(30);

/// A display that does not answer this fast is of no use to a person either.
const ANSWERS: Duration = Duration::from_secs(5);

/// An X display and what it takes to be let in.
#[derive(Debug)]
pub(crate) struct Display {
    /// As in `DISPLAY`.
    pub(crate) name: String,
    /// As in `XAUTHORITY`; `None` leaves the user's own setting alone.
    authority: Option<PathBuf>,
}

impl Display {
    /// Opens a virtual display that only those who can read its cookie may use: without one, every
    /// user of this machine could type into the shell that runs on it.
    pub(crate) fn open(crew: &mut Crew, scratch: &Scratch, name: &'static str) -> Result<Self> {
        let cookie = scratch::random::<16>()?;
        let authority =
            scratch.secret_file(&format!("{name}.xauthority"), &authority_entry(&cookie))?;
        let mut server = Command::new("Xvfb");
        server.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            SCREEN,
            "-nolisten",
            "tcp",
            "-auth",
        ]);
        // Without -noreset the server starts afresh whenever its last program leaves, and takes
        // the desktop's colour and whoever is just connecting with it.
        server.arg(&authority).arg("-noreset");
        crew.start(name, Part::Needed, &mut server)?;
        let log = crew.log_of(name);
        let number = crew.wait_until(name, OPENS, || {
            let text = fs::read_to_string(&log).context("cannot read what Xvfb says")?;
            Ok(announced_number(&text))
        })?;
        Ok(Self {
            name: format!(":{number}"),
            authority: Some(authority),
        })
    }

    /// The display that the user sits at, if there is one and it lets us in.
    pub(crate) fn of_the_user(crew: &mut Crew) -> Result<Option<Self>> {
        let Some(name) = env::var("DISPLAY").ok().filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let mut question = Command::new("xset");
        question.args(["-display", &name, "q"]);
        match crew.run("ask the display", ANSWERS, &mut question) {
            Ok(_) => Ok(Some(Self {
                name,
                authority: None,
            })),
            Err(error) if error.is::<Interrupted>() => Err(error),
            Err(_) => {
                println!("DISPLAY is {name}, but nothing answers there.");
                Ok(None)
            }
        }
    }

    /// `command`, made to use this display and no other.
    pub(crate) fn on<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("DISPLAY", &self.name);
        if let Some(authority) = &self.authority {
            command
                .env("XAUTHORITY", authority)
                .env_remove("WAYLAND_DISPLAY");
        }
        command
    }

    /// A window manager, so that windows have frames, a focus and a size that can change.
    pub(crate) fn manage_windows(
        &self,
        crew: &mut Crew,
        scratch: &Scratch,
        name: &'static str,
    ) -> Result<()> {
        let mut manager = Command::new("openbox");
        self.at_home(&mut manager, scratch)?;
        crew.start(name, Part::Needed, &mut manager)
    }

    /// Programs for somebody far away to look at and to type into.
    pub(crate) fn furnish(&self, crew: &mut Crew, scratch: &Scratch) -> Result<()> {
        let font = ["-fa", "DejaVu Sans Mono", "-fs", "12"];
        let mut terminal = Command::new("xterm");
        terminal
            .args(font)
            .args(["-geometry", "100x32+80+80", "-title", "Terminal"]);
        let mut clock = Command::new("xclock");
        clock.args(["-update", "1", "-geometry", "220x220-120+100"]);
        let mut eyes = Command::new("xeyes");
        eyes.args(["-geometry", "260x180-100+420"]);
        for (name, mut program) in [("terminal", terminal), ("clock", clock), ("eyes", eyes)] {
            self.at_home(&mut program, scratch)?;
            crew.start(name, Part::Closable, &mut program)?;
        }
        Ok(())
    }

    /// Gives a program of the virtual desktop a home of its own: the user's settings, histories
    /// and files have no place on a screen that is being shown.
    fn at_home(&self, command: &mut Command, scratch: &Scratch) -> Result<()> {
        let home = scratch.folder("home")?;
        self.on(command).env("HOME", &home).current_dir(home);
        for name in [
            "XDG_CONFIG_HOME",
            "XDG_CACHE_HOME",
            "XDG_DATA_HOME",
            "XDG_STATE_HOME",
        ] {
            command.env_remove(name);
        }
        Ok(())
    }
}

/// The display number in what `Xvfb -displayfd 1` has written so far, once its line is complete.
/// Warnings may stand before or after it.
fn announced_number(text: &str) -> Option<u32> {
    text.split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .find_map(|line| line.trim_end().parse().ok())
}

/// An Xauthority file with one cookie that holds for every display: family "wild" (0xFFFF), no
/// address, no display number, then name and cookie, each with a two-byte length (Xsecurity(7),
/// Xau's Xauth(3)).
fn authority_entry(cookie: &[u8; 16]) -> Vec<u8> {
    const NAME: &[u8; 18] = b"MIT-MAGIC-COOKIE-1";
    let mut entry = vec![0xFF, 0xFF, 0, 0, 0, 0, 0, 18];
    entry.extend_from_slice(NAME);
    entry.extend_from_slice(&[0, 16]);
    entry.extend_from_slice(cookie);
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_number_counts_only_as_a_whole_line() {
        assert_eq!(announced_number(""), None);
        assert_eq!(announced_number("1"), None, "more digits may follow");
        assert_eq!(announced_number("12\n"), Some(12));
        assert_eq!(
            announced_number("_XSERVTransmkdir: warning\n99\n"),
            Some(99)
        );
        assert_eq!(announced_number("warning 99\n"), None);
    }

    #[test]
    fn an_authority_entry_has_the_layout_of_the_standard() {
        let entry = authority_entry(&[7; 16]);
        assert_eq!(entry.len(), 2 + 2 + 2 + 2 + 18 + 2 + 16);
        assert_eq!(entry[..8], [0xFF, 0xFF, 0, 0, 0, 0, 0, 18]);
        assert_eq!(&entry[8..26], b"MIT-MAGIC-COOKIE-1");
        assert_eq!(
            entry[26..],
            [0, 16, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]
        );
    }
}
