//! Each foreign crate with a wide reach is named in one folder, and whatever decides whom TLS
//! trusts in one crate, so that a reviewer knows where to look. Integration tests and the `tests`
//! crate are free: they have to play the other side, also a hostile one.

use super::Violation;
use super::source::RustFile;

/// Foreign crates, as paths in code name them, with the folders for each.
const HOMES: &[(&[&str], &[&str])] = &[
    (
        &["quinn", "quinn_proto", "quinn_udp", "webrtc"],
        &["transport"],
    ),
    (&["openh264", "openh264_sys2"], &["media"]),
    (&["scrap", "enigo"], &["host/src/platform"]),
    (
        &["x11rb", "x11rb_protocol"],
        &["host/src/platform", "clipboard", "viewer/src/window/grab"],
    ),
    (&["glow", "glutin"], &["viewer/src/window/present/card"]),
    (&["sqlx"], &["directory/src/store"]),
];

/// Where TLS is configured.
const TLS_HOME: &str = "certs";

/// rustls types whose builders start a configuration.
const TLS_CONFIGURATIONS: &[&str] = &["ServerConfig", "ClientConfig"];

/// Words that mean somebody is about to decide for himself which certificate is good.
const TRUST_WORDS: &[&str] = &[
    "dangerous",
    "DangerousClientConfigBuilder",
    "ServerCertVerifier",
    "ClientCertVerifier",
    "with_custom_certificate_verifier",
    "with_client_cert_verifier",
    "set_certificate_verifier",
    "danger_accept_invalid_certs",
    "danger_accept_invalid_hostnames",
    "tls_danger_accept_invalid_certs",
    "tls_danger_accept_invalid_hostnames",
];

/// Foreign crates named outside their folder.
pub fn foreign_crates(files: &[RustFile]) -> Vec<Violation> {
    scan(files, |file, index| {
        let word = file.tokens[index].text.as_str();
        let (_, homes) = HOMES.iter().find(|(names, _)| names.contains(&word))?;
        let is_path = file.reads(index + 1, &[":", ":"]) && !file.follows(index, &[":", ":"]);
        let imported = file.follows(index, &["use"]) || file.follows(index, &["crate"]);
        let at_home = homes.iter().any(|home| file.file.is_under(home));
        ((is_path || imported) && !at_home)
            .then(|| format!("`{word}` is met only under {}/", homes.join("/ and ")))
    })
}

/// rustls configurations built outside the crate for them.
pub fn tls_configurations(files: &[RustFile]) -> Vec<Violation> {
    scan(files, |file, index| {
        let word = file.tokens[index].text.as_str();
        let built = TLS_CONFIGURATIONS.contains(&word)
            && file.reads(index + 1, &[":", ":"])
            && file
                .tokens
                .get(index + 3)
                .is_some_and(|next| next.text.starts_with("builder"));
        (built && !file.file.is_under(TLS_HOME))
            .then(|| format!("a rustls {word} is built only in {TLS_HOME}/"))
    })
}

/// Certificate checks replaced outside the crate for them.
pub fn trust_decisions(files: &[RustFile]) -> Vec<Violation> {
    scan(files, |file, index| {
        let word = file.tokens[index].text.as_str();
        (TRUST_WORDS.contains(&word) && !file.file.is_under(TLS_HOME))
            .then(|| format!("`{word}` decides whom TLS trusts: only in {TLS_HOME}/"))
    })
}

/// Runs `rule` at every token of what ships, unit tests included.
fn scan(files: &[RustFile], rule: impl Fn(&RustFile, usize) -> Option<String>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| !is_free(file)) {
        for (index, token) in file.tokens.iter().enumerate() {
            if let Some(what) = rule(file, index) {
                violations.push(Violation::at(file.path(), token.line, what));
            }
        }
    }
    violations
}

fn is_free(file: &RustFile) -> bool {
    file.file.is_under("tests") || file.holds_only_tests()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::source::tests::rust;

    #[test]
    fn a_foreign_crate_outside_its_folder_is_found() {
        for (path, text) in [
            ("relay/src/a.rs", "use quinn::Endpoint;"),
            ("relay/src/a.rs", "fn a() -> quinn::Endpoint { b }"),
            ("relay/src/a.rs", "use quinn as q;"),
            ("host/src/a.rs", "use x11rb::connection::Connection;"),
            ("viewer/src/a.rs", "fn a() { openh264_sys2::b(); }"),
            ("directory/src/http.rs", "use sqlx::query;"),
        ] {
            assert_eq!(
                foreign_crates(&[rust(path, text)]).len(),
                1,
                "{path}: {text}"
            );
        }
    }

    #[test]
    fn a_foreign_crate_at_home_or_in_tests_is_fine() {
        for (path, text) in [
            ("transport/src/a.rs", "use quinn::Endpoint;"),
            ("tests/src/a.rs", "use quinn::Endpoint;"),
            (
                "host/src/platform/x11.rs",
                "use x11rb::connection::Connection;",
            ),
            ("directory/src/store.rs", "use sqlx::query;"),
            ("relay/src/a.rs", "let scrap = cut(); // quinn::Endpoint"),
        ] {
            assert!(
                foreign_crates(&[rust(path, text)]).is_empty(),
                "{path}: {text}"
            );
        }
    }

    #[test]
    fn a_tls_configuration_built_elsewhere_is_found() {
        let text = "fn a() { rustls::ServerConfig::builder_with_provider(p); }";
        assert_eq!(tls_configurations(&[rust("relay/src/a.rs", text)]).len(), 1);
        assert!(tls_configurations(&[rust("certs/src/a.rs", text)]).is_empty());
        let text = "fn a(c: rustls::ClientConfig) { quinn::ServerConfig::with_crypto(c); }";
        assert!(tls_configurations(&[rust("transport/src/a.rs", text)]).is_empty());
    }

    #[test]
    fn a_certificate_check_replaced_elsewhere_is_found() {
        for text in [
            "impl ServerCertVerifier for Anything {}",
            "fn a() { config.dangerous().set_certificate_verifier(v); }",
            "fn a() { client.danger_accept_invalid_certs(true); }",
        ] {
            assert!(
                !trust_decisions(&[rust("viewer/src/a.rs", text)]).is_empty(),
                "{text}"
            );
            assert!(
                trust_decisions(&[rust("certs/src/a.rs", text)]).is_empty(),
                "{text}"
            );
        }
    }
}
