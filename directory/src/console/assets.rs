//! The console's style and script, inside the program. Their addresses carry a version, so that
//! browsers may keep them.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

const STYLE: &str = include_str!("../../assets/console.css");
const SCRIPT: &str = include_str!("../../assets/console.js");

/// Address of the style sheet, with the version of the program.
pub const STYLE_PATH: &str = concat!("/assets/console.css?v=", env!("CARGO_PKG_VERSION"));

/// Address of the script, with the version of the program.
pub const SCRIPT_PATH: &str = concat!("/assets/console.js?v=", env!("CARGO_PKG_VERSION"));

/// An hour: long enough to be quick, short enough that a rebuilt program is seen the same day.
const KEEP: &str = "public, max-age=3600";

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, KEEP)], text).into_response()
}

pub(crate) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

pub(crate) async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}
