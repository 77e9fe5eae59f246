//! `farpane-viewer open`, `install-links` and `remove-links`.

use std::path::Path;

use anyhow::Result;
use farpane_protocol::outcome::Outcome;

use super::{result, say};
use crate::account::Home;
use crate::failure::{Failure, as_sentence};
use crate::{handler, link, start};

/// Shows the device of a link; connecting is left to the person.
pub(super) fn open(home: &Home, address: &str) -> Result<Outcome> {
    let device = link::device(address)
        .map_err(|error| Failure::new(Outcome::Usage, as_sentence(&error.to_string())))?;
    start::run(home, Some(device))
}

pub(super) fn install(data: Option<&Path>) -> Result<Outcome> {
    let (file, told) = handler::install(data)?;
    if told {
        say("Links from the console open this viewer now. It shows the device and waits for you.");
    } else {
        say(
            "The desktop could not be told (there is no xdg-mime). Most find the new file by \
             themselves after the next sign-in.",
        );
    }
    result(&file.display().to_string());
    Ok(Outcome::Done)
}

pub(super) fn remove() -> Result<Outcome> {
    let word = if handler::remove()? {
        "removed"
    } else {
        "nothing was installed"
    };
    result(word);
    Ok(Outcome::Done)
}
