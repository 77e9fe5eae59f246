//! Where a person wanted to go before they had to prove who they are: always a page of ours.

use axum::http::Uri;
use axum::http::request::Parts;
use url::form_urlencoded::byte_serialize;

/// Longest address that is kept, in bytes: a search with its filters fits.
const LONGEST: usize = 1024;

/// The address if it is a page of this console, else the overview. Browsers read `//name` and
/// `/\name` as another host.
pub(crate) fn local(address: &str) -> &str {
    let fits = address.len() <= LONGEST
        && address.starts_with('/')
        && !address[1..].starts_with(['/', '\\'])
        && address
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if fits { address } else { "/" }
}

/// A page of ours that leads on to `to`.
pub(crate) fn by_way_of(page: &str, to: &str) -> String {
    match local(to) {
        "/" => page.to_owned(),
        to => {
            let to: String = byte_serialize(to.as_bytes()).collect();
            format!("{page}?to={to}")
        }
    }
}

/// The page that a request asked for.
pub(crate) fn asked(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |asked| asked.as_str())
}

/// Where a person is when they send this: the page itself, or the one that the form stood on.
pub(crate) fn standing(parts: &Parts) -> String {
    if parts.method == axum::http::Method::GET {
        return asked(&parts.uri).to_owned();
    }
    let from = parts.headers.get(axum::http::header::REFERER);
    let from = from.and_then(|value| value.to_str().ok());
    let uri = from.and_then(|text| text.parse::<Uri>().ok());
    uri.map_or_else(|| "/".to_owned(), |uri| asked(&uri).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_are_led_to() {
        for good in ["/", "/devices?q=a&page=2", "/account/factors"] {
            assert_eq!(local(good), good);
        }
        for bad in [
            "",
            "devices",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/a\r\nSet-Cookie: x",
            "/a b",
            "/\t/evil.example",
        ] {
            assert_eq!(local(bad), "/", "{bad:?}");
        }
        assert_eq!(
            by_way_of("/sign-in", "/activate?code=B"),
            "/sign-in?to=%2Factivate%3Fcode%3DB"
        );
        assert_eq!(by_way_of("/sign-in", "//evil.example"), "/sign-in");
    }
}
