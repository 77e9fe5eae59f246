//! GET `/api/docs`: the interface description as pages to read and try (Swagger UI). Its program
//! comes from our own server; page, start-up scripts and the colours laid over its own are ours, so
//! nothing is inline.

use std::sync::{Arc, LazyLock};

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse as _, Response};
use utoipa_swagger_ui::Config;

use super::body::Id;
use super::problem::Fault;

const PAGE: &str = include_str!("../../assets/reference.html");
const START: &str = include_str!("../../assets/reference.js");
const LOOK: &str = include_str!("../../assets/reference.css");
const LIGHT_OR_DARK: &str = include_str!("../../assets/reference-look.js");

/// What this page may load: as all pages, and the icons that its style sheet carries inside.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; \
                      base-uri 'none'";

/// A day: what changes here changes with the program.
const KEEP: &str = "public, max-age=86400";

pub(super) async fn page() -> Response {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE)).into_response()
}

pub(super) async fn file(Id(file): Id<String>) -> Response {
    static CONFIG: LazyLock<Arc<Config<'static>>> =
        LazyLock::new(|| Arc::new(Config::from("/openapi.json")));
    let (script, style) = ("text/javascript; charset=utf-8", "text/css; charset=utf-8");
    let own = |kind, content: &'static str| {
        let head = [(CONTENT_TYPE, kind), (CACHE_CONTROL, KEEP)];
        (head, content).into_response()
    };
    match file.as_str() {
        "start.js" => own(script, START),
        "look.js" => own(script, LIGHT_OR_DARK),
        "look.css" => own(style, LOOK),
        // Only what the page asks for, not the pages that the bundle brings along.
        "swagger-ui.css" | "swagger-ui-bundle.js" => {
            match utoipa_swagger_ui::serve(&file, CONFIG.clone()) {
                Ok(Some(found)) if !found.gzpipped => {
                    let kind = if file.ends_with(".css") {
                        style
                    } else {
                        script
                    };
                    let head = [(CONTENT_TYPE, kind), (CACHE_CONTROL, KEEP)];
                    (head, found.bytes.into_owned()).into_response()
                }
                Ok(_) | Err(_) => Fault::NoSuchPath.into_response(),
            }
        }
        _ => Fault::NoSuchPath.into_response(),
    }
}
