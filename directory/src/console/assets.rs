//! The console's style, script and icon, inside the program.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("../../assets/console.css");
const SCRIPT: &str = include_str!("../../assets/console.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// Address of the style sheet. It changes with the content, so that nobody sees an old one.
pub fn style_path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| versioned("/assets/console.css", STYLE));
    &PATH
}

/// Address of the script; likewise.
pub fn script_path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| versioned("/assets/console.js", SCRIPT));
    &PATH
}

/// Address of the icon; likewise. Without one, browsers ask for `/favicon.ico` by themselves.
pub fn icon_path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| versioned("/assets/icon.svg", ICON));
    &PATH
}

fn versioned(path: &str, content: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(content.as_bytes()).into();
    format!("{path}?v={}", URL_SAFE_NO_PAD.encode(&digest[..9]))
}

/// A day: the address changes with the content anyway.
const KEEP: &str = "public, max-age=86400";

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, KEEP)], text).into_response()
}

pub(crate) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

pub(crate) async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

pub(crate) async fn icon() -> Response {
    file("image/svg+xml", ICON)
}
