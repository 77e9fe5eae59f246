//! The console's style, scripts and icon, inside the program.

use std::sync::LazyLock;

use axum::extract::{Path, Query};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::page;

/// A file of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asset {
    /// The style sheet.
    Style,
    /// What must run before the page is painted.
    Theme,
    /// Keys, selection, live parts.
    Script,
    /// Passkeys, on the few pages that use them.
    Passkeys,
    /// Replaces parts of a page instead of the page (vendored).
    Htmx,
    /// The icon of the tab.
    Icon,
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

impl Asset {
    /// Every file.
    pub const ALL: [Self; 6] = [
        Self::Style,
        Self::Theme,
        Self::Script,
        Self::Passkeys,
        Self::Htmx,
        Self::Icon,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Style => "console.css",
            Self::Theme => "theme.js",
            Self::Script => "console.js",
            Self::Passkeys => "passkeys.js",
            Self::Htmx => "htmx.js",
            Self::Icon => "icon.svg",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Style => "text/css; charset=utf-8",
            Self::Theme | Self::Script | Self::Passkeys | Self::Htmx => JAVASCRIPT,
            Self::Icon => "image/svg+xml",
        }
    }

    const fn content(self) -> &'static str {
        match self {
            Self::Style => include_str!("../../assets/console.css"),
            Self::Theme => include_str!("../../assets/theme.js"),
            Self::Script => include_str!("../../assets/console.js"),
            Self::Passkeys => include_str!("../../assets/passkeys.js"),
            Self::Htmx => include_str!("../../assets/vendor/htmx.min.js"),
            Self::Icon => include_str!("../../assets/icon.svg"),
        }
    }

    fn version(self) -> &'static str {
        static VERSIONS: LazyLock<[String; Asset::ALL.len()]> = LazyLock::new(|| {
            Asset::ALL.map(|asset| {
                let digest: [u8; 32] = Sha256::digest(asset.content().as_bytes()).into();
                URL_SAFE_NO_PAD.encode(&digest[..9])
            })
        });
        let place = Self::ALL.iter().position(|asset| *asset == self);
        place.map_or("", |place| &VERSIONS[place])
    }

    /// Its address. It changes with the content, so that nobody sees an old one.
    pub fn address(self) -> String {
        format!("/assets/{}?v={}", self.name(), self.version())
    }
}

/// A year, the most that caches heed (RFC 9111 leaves it open, browsers cut there): the address
/// changes with the content anyway.
const KEEP: &str = "public, max-age=31536000, immutable";

/// Which content is asked for.
#[derive(Deserialize)]
pub(crate) struct Version {
    #[serde(default)]
    v: String,
}

pub(crate) async fn get(Path(name): Path<String>, Query(version): Query<Version>) -> Response {
    let Some(asset) = Asset::ALL.into_iter().find(|asset| asset.name() == name) else {
        return page::lost();
    };
    // Another version than asked for, as between two releases, must not be kept under its name.
    let keep = if version.v == asset.version() {
        KEEP
    } else {
        "no-cache"
    };
    let head = [(CONTENT_TYPE, asset.kind()), (CACHE_CONTROL, keep)];
    (head, asset.content()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_files_are_the_ones_that_the_table_names() {
        let table = include_str!("../../assets/vendor/VENDORED.md");
        let digest = Sha256::digest(Asset::Htmx.content().as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(table.contains(&digest), "{digest}");
    }

    #[test]
    fn what_every_page_loads_stays_small() {
        // Bytes: htmx is 37 kB of it. More than this and a page is slow on a bad line.
        let all: usize = Asset::ALL.iter().map(|asset| asset.content().len()).sum();
        assert!(all < 90_000, "{all}");
    }
}
