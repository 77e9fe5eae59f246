//! Rights inside a session, and the one table that says which message needs which.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::wire::message::Kind;

/// One right inside a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Scope {
    /// See the screen.
    View = 0,
    /// Move the pointer, press keys.
    Control = 1,
    /// Put text on the device's clipboard.
    ClipboardIn = 2,
    /// Read the text that is copied on the device.
    ClipboardOut = 3,
    /// Exchange files.
    Files = 4,
    /// Hear the device.
    Audio = 5,
    /// Keep a recording.
    Record = 6,
}

impl Scope {
    /// Every scope, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::View,
        Self::Control,
        Self::ClipboardIn,
        Self::ClipboardOut,
        Self::Files,
        Self::Audio,
        Self::Record,
    ];

    /// Its name on the wire, in logs and in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Control => "control",
            Self::ClipboardIn => "clipboard-in",
            Self::ClipboardOut => "clipboard-out",
            Self::Files => "files",
            Self::Audio => "audio",
            Self::Record => "record",
        }
    }

    /// What the person at the device reads.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::View => "see the screen",
            Self::Control => "mouse and keyboard",
            Self::ClipboardIn => "put text on the clipboard",
            Self::ClipboardOut => "read the clipboard",
            Self::Files => "files",
            Self::Audio => "sound",
            Self::Record => "record",
        }
    }
}

/// A set of scopes. Travels as a list of names; an unknown name is an error, because a right that
/// the reader does not know must not be granted by accident.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(u8);

impl ScopeSet {
    /// No right at all.
    pub const EMPTY: Self = Self(0);

    /// Clipboard text in both directions.
    pub const CLIPBOARD: Self = Self::EMPTY
        .with(Scope::ClipboardIn)
        .with(Scope::ClipboardOut);

    /// Rights without which a session is still worth having: they are left out where a device's
    /// rules do not allow them, instead of refusing the session.
    pub const EXTRA: Self = Self::CLIPBOARD;

    /// The rights that a name stands for. Version 0.1 knew one right for the clipboard in both
    /// directions; roles that were made then mean both.
    pub fn named(name: &str) -> Option<Self> {
        if name == "clipboard" {
            return Some(Self::CLIPBOARD);
        }
        let known = Scope::ALL.into_iter().find(|scope| scope.name() == name);
        known.map(|scope| Self::of(&[scope]))
    }

    /// The set of these scopes.
    pub fn of(scopes: &[Scope]) -> Self {
        scopes
            .iter()
            .fold(Self::EMPTY, |set, scope| set.with(*scope))
    }

    /// This set and one more.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | 1 << scope as u8)
    }

    /// Whether the scope is in it.
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// What either holds.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without what only makes sense with a right that is not in it: who may only look
    /// exchanges no clipboard text.
    #[must_use]
    pub const fn settled(self) -> Self {
        if self.has(Scope::Control) {
            self
        } else {
            self.without(Self::CLIPBOARD)
        }
    }

    /// What both hold.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this one only.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every scope of it is in `other`.
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its scopes in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, scope) in self.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{}", scope.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Scope::name))
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut set = Self::EMPTY;
        for name in Vec::<String>::deserialize(deserializer)? {
            let named = Self::named(&name);
            set = set.union(named.ok_or_else(|| de::Error::custom("unknown scope"))?);
        }
        Ok(set)
    }
}

/// Who sends a message inside a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The viewer speaks.
    ToHost,
    /// The host speaks.
    ToViewer,
}

/// What a message needs before the receiving side may act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Part of the conversation itself: allowed before there is a permit.
    Nothing,
    /// Any live session.
    Session,
    /// A live session that holds this scope.
    Scope(Scope),
    /// Never in this direction.
    Refused,
}

/// The table: what each message needs, in each direction. Matched without a wildcard, so that a
/// new message does not compile until somebody decides.
pub const fn need(kind: Kind, direction: Direction) -> Need {
    use Direction::{ToHost, ToViewer};
    match (kind, direction) {
        (Kind::Hello | Kind::Bye, ToHost)
        | (Kind::Welcome | Kind::Waiting | Kind::Ended, ToViewer)
        | (Kind::Beat, ToHost)
        | (Kind::BeatReply, ToViewer) => Need::Nothing,

        (Kind::Started, ToViewer) => Need::Session,
        (Kind::Surface | Kind::Cursor, ToViewer)
        | (Kind::FrameAck | Kind::Refresh | Kind::Show, ToHost) => Need::Scope(Scope::View),

        (Kind::Key | Kind::Text | Kind::Pointer | Kind::Button | Kind::Wheel, ToHost) => {
            Need::Scope(Scope::Control)
        }

        (Kind::ClipboardText | Kind::ClipboardPart, ToHost) => Need::Scope(Scope::ClipboardIn),
        (Kind::ClipboardText | Kind::ClipboardPart | Kind::ClipboardTooLong, ToViewer) => {
            Need::Scope(Scope::ClipboardOut)
        }

        (
            Kind::Welcome
            | Kind::Waiting
            | Kind::Started
            | Kind::Surface
            | Kind::Cursor
            | Kind::Ended
            | Kind::BeatReply
            | Kind::ClipboardTooLong,
            ToHost,
        )
        | (
            Kind::Hello
            | Kind::Bye
            | Kind::Beat
            | Kind::FrameAck
            | Kind::Refresh
            | Kind::Show
            | Kind::Key
            | Kind::Text
            | Kind::Pointer
            | Kind::Button
            | Kind::Wheel,
            ToViewer,
        ) => Need::Refused,
    }
}

/// Whether a live session that holds `scopes` may act on such a message.
pub fn allows(scopes: ScopeSet, kind: Kind, direction: Direction) -> bool {
    match need(kind, direction) {
        Need::Nothing | Need::Session => true,
        Need::Scope(scope) => scopes.has(scope),
        Need::Refused => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every set of scopes × every message × both directions: what each single scope adds is
    /// exactly what the golden list says, and nothing else changes with it.
    #[test]
    fn scope_table_is_the_golden_one() {
        let mut rows = String::new();
        for direction in [Direction::ToHost, Direction::ToViewer] {
            for kind in Kind::ALL {
                let by: Vec<_> = Scope::ALL
                    .into_iter()
                    .filter(|scope| allows(ScopeSet::of(&[*scope]), kind, direction))
                    .map(Scope::name)
                    .collect();
                let always = allows(ScopeSet::EMPTY, kind, direction);
                let needs = match (always, by.as_slice()) {
                    (true, _) => "always".to_owned(),
                    (false, []) => "never".to_owned(),
                    (false, scopes) => scopes.join(" "),
                };
                rows.push_str(&format!("{direction:?} {kind:?}: {needs}\n"));
            }
        }
        assert_eq!(rows, include_str!("../golden/scope_table.txt"));
    }

    #[test]
    fn a_message_is_allowed_exactly_when_a_held_scope_allows_it() {
        for bits in 0..128u8 {
            let set = ScopeSet(bits);
            for direction in [Direction::ToHost, Direction::ToViewer] {
                for kind in Kind::ALL {
                    let singly = set
                        .iter()
                        .any(|s| allows(ScopeSet::of(&[s]), kind, direction));
                    let always = allows(ScopeSet::EMPTY, kind, direction);
                    assert_eq!(allows(set, kind, direction), singly || always);
                }
            }
        }
    }

    #[test]
    fn unknown_scope_names_are_refused() {
        let set = ScopeSet::of(&[Scope::View, Scope::Files]);
        let text = serde_json::to_string(&set).expect("json");
        assert_eq!(text, r#"["view","files"]"#);
        assert_eq!(serde_json::from_str::<ScopeSet>(&text).expect("reads"), set);
        assert!(serde_json::from_str::<ScopeSet>(r#"["view","root"]"#).is_err());
        let old: ScopeSet = serde_json::from_str(r#"["clipboard"]"#).expect("of version 0.1");
        assert_eq!(old, ScopeSet::CLIPBOARD);
    }
}
