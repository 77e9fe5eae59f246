//! Signing in through the browser: the directory gives two codes, the person lets this viewer in
//! from the console, and this viewer asks until it knows (in the manner of RFC 8628).

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use farpane_media::paint::printable;
use farpane_protocol::api::{
    DeviceCode, DeviceCodeAnswer, DeviceCodePoll, DeviceCodeRequest, Problem, path,
};
use farpane_protocol::key::Fingerprint;
use farpane_protocol::outcome::Outcome;
use farpane_transport::directory::{DirectoryClient, DirectoryError};
use tokio::time::Instant;

use crate::account::{Account, Home};
use crate::failure::Failure;
use crate::signin::{CandidateKey, machine_name};

/// Longest address that is opened, in bytes: the directory's own stay below half of it.
const ADDRESS_BYTES: usize = 512;

/// Bounds of the pause between two questions, in seconds, whatever the directory says: not a flood,
/// and not for ever.
const PAUSE_S: std::ops::RangeInclusive<u32> = 1..=60;

/// Longest wait for the person, in seconds, whatever the directory says.
const WAIT_S: u32 = 15 * 60;

/// Where the person lets this viewer in, checked and printable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The code to compare or type.
    pub code: String,
    /// Where it is typed.
    pub address: String,
    /// The same with the code filled in.
    pub filled_in: String,
}

/// An address that may be shown and handed to a browser. What comes from the network never becomes
/// another kind of address, or more than one word of a command line.
fn address(text: &str) -> Result<String, Failure> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'`<>\\^{|}".contains(&byte);
    if text.starts_with("https://") && text.len() <= ADDRESS_BYTES && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        let sentence = "The directory named an address that is none. Ask its administrator.";
        Err(Failure::new(Outcome::Failed, sentence))
    }
}

impl Invitation {
    fn of(code: &DeviceCode) -> Result<Self, Failure> {
        Ok(Self {
            code: printable(&code.user_code).into_owned(),
            address: address(&code.url)?,
            filled_in: address(&code.url_complete)?,
        })
    }

    /// Opens the browser, where there is one; whether it was started.
    pub fn open(&self) -> bool {
        let display = ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        display
            && Command::new("xdg-open")
                .arg(&self.filled_in)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .is_ok()
    }
}

/// How a sign-in ended that the person refused or forgot.
fn ended(problem: &Problem) -> Failure {
    let kind = problem.kind.rsplit('/').next().unwrap_or_default();
    let outcome = match kind {
        "viewer-refused" => Outcome::Refused,
        "code-expired" => Outcome::TimedOut,
        _ => Outcome::NotAllowed,
    };
    Failure::new(outcome, printable(&problem.detail).into_owned())
}

/// Signs in through the browser and remembers the account; `show` tells the person where to go.
///
/// # Errors
/// The directory's, the person's refusal, and those of writing the key and the account.
pub async fn sign_in(
    home: &Home,
    directory: &str,
    pin: Fingerprint,
    show: impl FnOnce(&Invitation),
) -> Result<Account> {
    let client = DirectoryClient::new(directory, pin)?;
    home.create()?;
    let key = CandidateKey::take(home)?;
    let request = DeviceCodeRequest {
        key: key.secret.public(),
        proof: client.challenge(&key.secret).await?,
        name: machine_name(),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    let code: DeviceCode = client.post(path::DEVICE_CODE, &request).await?;
    show(&Invitation::of(&code)?);
    let poll = DeviceCodePoll {
        device_code: code.device_code,
    };
    let mut pause = code.interval;
    let until = Instant::now() + Duration::from_secs(u64::from(code.seconds.min(WAIT_S)));
    loop {
        let pause_s = pause.clamp(*PAUSE_S.start(), *PAUSE_S.end());
        tokio::time::sleep(Duration::from_secs(u64::from(pause_s))).await;
        let answer: Result<DeviceCodeAnswer, _> = client.post(path::DEVICE_CODE_POLL, &poll).await;
        match answer {
            Ok(DeviceCodeAnswer::SignedIn(answer)) => {
                return key.remember(home, directory, pin, &answer);
            }
            Ok(DeviceCodeAnswer::Waiting { seconds }) => pause = seconds,
            // The network may be away for a moment while the person looks for the phone.
            Err(DirectoryError::Unreachable { .. }) if Instant::now() < until => {}
            Err(DirectoryError::Problem(problem)) => return Err(ended(&problem).into()),
            Err(error) => return Err(error.into()),
        }
        if Instant::now() >= until {
            let sentence = "Nobody confirmed the sign-in in time. Start again.";
            return Err(Failure::new(Outcome::TimedOut, sentence).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_addresses_are_opened() {
        let good = "https://rmm.example:8443/activate?code=BCDF-GHJK";
        assert_eq!(address(good).ok().as_deref(), Some(good));
        for bad in [
            "http://rmm.example",
            "file:///etc/passwd",
            "farpane://connect/x",
            "https://a b",
            "https://a\n",
            "https://a';id;'",
            "-https://a",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
        assert!(address(&format!("https://{}", "x".repeat(ADDRESS_BYTES))).is_err());
    }
}
