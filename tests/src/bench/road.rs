//! Kinds of lines: what is between the device and the technician, and what happens to it in
//! the middle of a phase.

use std::time::Duration;

use crate::rig::line::{Condition, Corrupt, Loss, Rate, Reorder};
use crate::rig::proxy::{Conditions, Proxy};

const MS: Duration = Duration::from_millis(1);
/// How long nothing gets through when the path breaks: longer than the silence after which contact
/// counts as lost, shorter than the time after which a session is given up.
pub const BREAK: Duration = Duration::from_secs(6);

/// A kind of line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Road {
    /// Nothing is wrong with it.
    Good,
    /// 40 ms there and back, and 5 % of packets lost.
    Lossy,
    /// 30 ms with bursts of loss.
    Bursty,
    /// Times vary, some packets overtake others, some come twice.
    Unsteady,
    /// Some packets are spoilt on the way.
    Spoilt,
    /// 20 Mbit/s, and 4 from the middle on.
    Shrinking,
    /// In the middle, both sides come from other addresses.
    Rebound,
    /// In the middle, nothing gets through for a while.
    Broken,
}

impl Road {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Good,
        Self::Lossy,
        Self::Bursty,
        Self::Unsteady,
        Self::Spoilt,
        Self::Shrinking,
        Self::Rebound,
        Self::Broken,
    ];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Lossy => "5 % lost",
            Self::Bursty => "bursts of loss",
            Self::Unsteady => "jitter, reorder, duplicate",
            Self::Spoilt => "spoilt packets",
            Self::Shrinking => "20 to 4 Mbit/s",
            Self::Rebound => "other addresses",
            Self::Broken => "broken for 6 s",
        }
    }

    /// What packets meet in the first half.
    pub fn before(self) -> Conditions {
        let still = Condition::default();
        match self {
            Self::Good | Self::Broken => Conditions::default(),
            Self::Rebound => Conditions::both(Condition {
                delay: 5 * MS,
                ..still
            }),
            Self::Lossy => Conditions {
                to_relay: Condition {
                    delay: 10 * MS,
                    loss: Loss::Random(0.05),
                    ..still
                },
                from_relay: Condition {
                    delay: 10 * MS,
                    ..still
                },
            },
            // Two of a hundred packets, four at a time.
            Self::Bursty => Conditions::both(Condition {
                delay: 15 * MS / 2,
                loss: Loss::Bursts {
                    begin: 0.005,
                    end: 0.25,
                },
                ..still
            }),
            Self::Unsteady => Conditions::both(Condition {
                delay: 5 * MS,
                jitter: 15 * MS,
                reorder: Reorder {
                    share: 0.02,
                    held: 12 * MS,
                },
                duplicate: 0.02,
                ..still
            }),
            Self::Spoilt => Conditions::both(Condition {
                corrupt: Corrupt::SessionData(0.01),
                ..still
            }),
            Self::Shrinking => capped(20),
        }
    }

    /// The line as it is from now on, for the first half of a phase.
    pub fn begin(self, line: &Proxy) {
        line.set(self.before());
    }

    /// What happens in the middle; how long until it is over.
    pub fn turn(self, line: &Proxy) -> Duration {
        match self {
            Self::Good | Self::Lossy | Self::Bursty | Self::Unsteady | Self::Spoilt => {
                Duration::ZERO
            }
            Self::Shrinking => {
                line.set(capped(4));
                Duration::ZERO
            }
            Self::Rebound => {
                line.rebind();
                Duration::ZERO
            }
            Self::Broken => {
                line.set(Conditions::both(Condition {
                    loss: Loss::Random(1.0),
                    ..Condition::default()
                }));
                BREAK
            }
        }
    }

    /// After what happened in the middle was over.
    pub fn after_break(self, line: &Proxy) {
        match self {
            Self::Broken => line.set(self.before()),
            Self::Good
            | Self::Lossy
            | Self::Bursty
            | Self::Unsteady
            | Self::Spoilt
            | Self::Shrinking
            | Self::Rebound => {}
        }
    }
}

fn capped(mbit: u64) -> Conditions {
    let every = Condition {
        delay: 5 * MS,
        ..Condition::default()
    };
    Conditions {
        to_relay: Condition {
            rate: Some(Rate {
                bits_per_second: mbit * 1_000_000,
                queue_bytes: 250_000,
            }),
            ..every
        },
        from_relay: every,
    }
}
