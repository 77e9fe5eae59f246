//! What a device's row says: its state in words with a sign, and what connecting would do.

use std::fmt;

use farpane_protocol::api::{Access, DeviceRow, DeviceState};
use farpane_protocol::time::Timestamp;

use crate::ago::ago;

/// The shape beside a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// ● It is reachable.
    Full,
    /// ◐ It was heard before.
    Half,
    /// ○ It was never heard, or may not be used yet.
    Empty,
}

/// Whether a device is there, for a row: a sign and words, never a sign alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The shape.
    pub sign: Sign,
    /// In words.
    pub words: String,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.sign {
            Sign::Full => '●',
            Sign::Half => '◐',
            Sign::Empty => '○',
        };
        write!(f, "{sign} {}", self.words)
    }
}

/// The state of a device at directory time `now`.
pub fn state(device: &DeviceRow, now: Timestamp) -> State {
    let (sign, words) = match (device.state, device.last_heard) {
        (DeviceState::Reachable, _) => (Sign::Full, "reachable".to_owned()),
        (DeviceState::Away, Some(then)) => (Sign::Half, format!("heard {}", ago(then, now))),
        (DeviceState::Away, None) => (Sign::Half, "away".to_owned()),
        (DeviceState::Never, _) => (Sign::Empty, "never heard".to_owned()),
        (DeviceState::Pending, _) => (Sign::Empty, "waits for approval".to_owned()),
    };
    State { sign, words }
}

/// Why a device cannot be connected to, in words.
pub fn why_not(device: &DeviceRow) -> String {
    let told = device.why.clone().filter(|why| !why.trim().is_empty());
    told.unwrap_or_else(|| "not possible now".to_owned())
}

/// What connecting would do.
pub fn access_words(device: &DeviceRow) -> String {
    match device.access {
        Access::Ask => "The person there will be asked".to_owned(),
        Access::Unattended => "Connects at once, nobody is asked".to_owned(),
        Access::Impossible => why_not(device),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(state: DeviceState, last_heard: Option<Timestamp>) -> DeviceRow {
        DeviceRow {
            id: "00000000-0000-0000-0000-000000000001"
                .parse()
                .expect("an id"),
            name: "till".into(),
            tenant: "Oslo".into(),
            os: "Debian 12".into(),
            state,
            last_heard,
            access: Access::Impossible,
            why: None,
        }
    }

    #[test]
    fn a_sign_never_stands_alone_and_age_is_said() {
        let now = Timestamp(10_000 * 1_000_000);
        let heard = Some(Timestamp(now.0 - 180 * 1_000_000));
        let shown = |state, heard| super::state(&device(state, heard), now).to_string();
        assert_eq!(shown(DeviceState::Reachable, heard), "● reachable");
        assert_eq!(shown(DeviceState::Away, heard), "◐ heard 3 min ago");
        assert_eq!(shown(DeviceState::Never, None), "○ never heard");
        assert_eq!(shown(DeviceState::Pending, None), "○ waits for approval");
    }

    #[test]
    fn an_impossible_connection_always_has_a_reason() {
        let mut row = device(DeviceState::Away, None);
        assert_eq!(access_words(&row), "not possible now");
        row.why = Some("it runs Wayland".into());
        assert_eq!(access_words(&row), "it runs Wayland");
    }
}
