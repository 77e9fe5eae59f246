//! What a back end can say about itself without starting anything: its monitors, and whether a
//! person could be asked.

/// A monitor as a report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorInfo {
    /// Such as `HDMI-1`.
    pub name: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// How much larger than its pixels things are drawn, in percent; 0 where nothing says.
    pub scale_percent: u32,
}

/// Why nobody could be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotAsk {
    /// There is nothing to answer with.
    #[error(
        "nobody could answer: no keyboard or mouse is attached that the display takes for a \
         person's"
    )]
    NoHand,
    /// There is no screen for a question.
    #[error("nobody can be asked on a headless screen")]
    Headless,
    /// The display did not say.
    #[error("the display does not say whether anybody could answer")]
    Unknown,
}
