//! `farpane-viewer login`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use farpane_protocol::key::Fingerprint;
use farpane_protocol::outcome::Outcome;
use farpane_transport::directory::DirectoryClient;

use super::{Login, block_on, result, say};
use crate::account::{Home, read_limited};
use crate::failure::Failure;
use crate::signin::{Credentials, sign_in};

/// Largest password file that is read, in bytes.
const PASSWORD_BYTES: u64 = 4096;

pub(super) fn run(home: &Home, login: &Login) -> Result<Outcome> {
    let password = password(&login.password_file)?;
    let pin = match login.pin {
        Some(pin) => pin,
        None => confirmed(&login.directory)?,
    };
    let credentials = Credentials {
        directory: login.directory.clone(),
        pin,
        email: login.user.clone(),
        password,
    };
    let account = block_on(sign_in(home, &credentials))?;
    result(&format!(
        "Signed in as {} ({})",
        account.person, account.org_name
    ));
    Ok(Outcome::Done)
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
