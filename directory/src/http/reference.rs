//! GET `/api/docs`: the interface description as pages to read and try (Swagger UI). Its program
//! comes from our own server; page and start-up script are ours, so nothing is inline.

use std::sync::{Arc, LazyLock};

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse as _, Response};
use utoipa_swagger_ui::Config;

use super::body::Id;
use super::problem::Fault;

const PAGE: &str = include_str!("../../assets/reference.html");
const START: &str = include_str!("../../assets/reference.js");

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
    let script = "text/javascript; charset=utf-8";
    match file.as_str() {
        "start.js" => {
            let head = [(CONTENT_TYPE, script), (CACHE_CONTROL, KEEP)];
            (head, START).into_response()
        }
        // Only what the page asks for, not the pages that the bundle brings along.
        "swagger-ui.css" | "swagger-ui-bundle.js" => {
            match utoipa_swagger_ui::serve(&file, CONFIG.clone()) {
                Ok(Some(found)) if !found.gzpipped => {
                    let kind = if file.ends_with(".css") {
                        "text/css; charset=utf-8"
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
