//! `farpane-viewer sign-in`: through the browser, or with a password from a file.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use farpane_protocol::key::Fingerprint;
use farpane_protocol::outcome::Outcome;
use farpane_transport::directory::DirectoryClient;

use super::{SignIn, block_on, result, say};
use crate::account::{Home, read_limited};
use crate::browser::{self, Invitation};
use crate::failure::Failure;
use crate::signin::{Credentials, sign_in};

/// Largest password file that is read, in bytes.
const PASSWORD_BYTES: u64 = 4096;

pub(super) fn run(home: &Home, asked: &SignIn) -> Result<Outcome> {
    // Before anything is asked: a file that is not there is a mistake on the command line.
    let by_password = match (&asked.user, &asked.password_file) {
        (Some(user), Some(file)) => Some((user.clone(), password(file)?)),
        _ => None,
    };
    let known = home.account()?;
    let (directory, pin) = match (&asked.directory, known) {
        (Some(directory), _) => (directory.clone(), asked.pin),
        (None, Some(known)) => (known.directory, asked.pin.or(Some(known.pin))),
        (None, None) => {
            let sentence = "Say where to sign in: farpane-viewer sign-in --directory URL";
            return Err(Failure::new(Outcome::Usage, sentence).into());
        }
    };
    let pin = match pin {
        Some(pin) => pin,
        None => confirmed(&directory)?,
    };
    let account = match by_password {
        Some((email, password)) => {
            let credentials = Credentials {
                directory,
                pin,
                email,
                password,
            };
            block_on(sign_in(home, &credentials))?
        }
        None => block_on(browser::sign_in(home, &directory, pin, invite))?,
    };
    result(&format!(
        "Signed in as {} ({})",
        account.person, account.org_name
    ));
    Ok(Outcome::Done)
}

/// Says where to go, and goes there where there is a browser.
fn invite(invitation: &Invitation) {
    let opened = invitation.open();
    let how = if opened {
        "A browser opens. If it does not, open"
    } else {
        "Open in a browser"
    };
    say(&format!(
        "{how} {}\nand let this viewer in if it shows the code  {}\nWaiting for you there…",
        invitation.filled_in, invitation.code
    ));
}

/// The first line of a file.
fn password(file: &Path) -> Result<String> {
    let text = read_limited(file, PASSWORD_BYTES).map_err(|error| {
        let sentence = format!("Cannot read the password file {}: {error}.", file.display());
        Failure::new(Outcome::Usage, sentence)
    })?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let sentence = format!("The password file {} is empty.", file.display());
        return Err(Failure::new(Outcome::Usage, sentence).into());
    }
    Ok(line.to_owned())
}

/// Shows the identity that answers and asks the person whether it is the right one.
fn confirmed(directory: &str) -> Result<Fingerprint> {
    let found = block_on(async { Ok(DirectoryClient::look(directory).await?) })?;
    say(&format!(
        "The directory at {directory} has the fingerprint\n  {found}"
    ));
    if !std::io::stdin().is_terminal() {
        let sentence = format!(
            "Compare it with what farpane-directory info prints, then sign in with --pin {found}"
        );
        return Err(Failure::new(Outcome::Usage, sentence).into());
    }
    let mut stderr = std::io::stderr();
    write!(
        stderr,
        "Is it what farpane-directory info prints there? Type yes to go on: "
    )
    .and_then(|()| stderr.flush())
    .context("Cannot ask")?;
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut answer)
        .context("Cannot read the answer")?;
    if answer.trim().eq_ignore_ascii_case("yes") {
        return Ok(found);
    }
    let sentence = "Not signed in: the fingerprint was not confirmed.";
    Err(Failure::new(Outcome::Refused, sentence).into())
}
