//! What the console's forms send when somebody fills them in, for tests that try all of them.

use farpane_directory::http::Endpoint;
use reqwest::Method;

use crate::seed::{BYSTANDER, Seeded};
use crate::world::PASSWORD;

/// Every field that a form of the console has, with something that makes sense in it and changes
/// nothing that others rely on. Forms read only their own.
const FIELDS: &[(&str, &str)] = &[
    ("act", "approve"),
    ("answer", "refuse"),
    ("choices", ""),
    ("code", "BCDF-GHJK"),
    ("draft", "none"),
    ("email", "nobody@example.org"),
    ("fingerprint", "none"),
    ("from", ""),
    ("host", ""),
    ("hours", "1"),
    ("idle", "30"),
    ("idle_unit", "minutes"),
    ("kind", "text"),
    ("label", "Form"),
    ("language", "en"),
    ("life", "30"),
    ("life_unit", "days"),
    ("new", "nine words that belong to nobody"),
    ("old", "not the old one"),
    ("password", PASSWORD),
    ("place", ""),
    ("q", "till"),
    ("reason", "the printer is offline"),
    ("role", "observer"),
    ("session", "00000000-0000-7000-8000-000000000000"),
    ("tag", "form"),
    ("to", ""),
    ("uses", "1"),
    ("verdict", "refuse"),
    ("viewer", ""),
    ("what", "tag"),
    ("who", BYSTANDER),
];

/// Fields that mean something else in the form of this path.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("/access/ask", "place", "The whole organisation"),
    ("/access/give", "place", "The whole organisation"),
    ("/audit/export", "what", ""),
    ("/customers/{id}/places", "kind", "site"),
    ("/sign-in", "password", "not the password"),
];

/// Forms that say no to everybody in the table, however they are filled in, and why.
const REFUSED: &[(&str, &str)] = &[(
    "/account/factors/recovery-codes",
    "nobody has a second factor that codes could stand in for",
)];

/// Whether a form could do something for somebody in the table.
pub(crate) fn can_succeed(endpoint: Endpoint) -> bool {
    !REFUSED.iter().any(|(path, _)| *path == endpoint.path())
}

/// Whether an endpoint reads a form.
pub(crate) fn is_form(endpoint: Endpoint) -> bool {
    let path = endpoint.path();
    let for_programs = ["/api/", "/agent/"];
    let ceremony = path.contains("/passkey") && !path.ends_with("/remove");
    let file = path == "/devices/import";
    endpoint.method() == Method::POST
        && !ceremony
        && !file
        && !for_programs.iter().any(|folder| path.starts_with(folder))
}

/// A form as a browser sends it, filled in. `fresh` is in what may be there once only.
pub(crate) fn filled(seeded: &Seeded, endpoint: Endpoint, fresh: usize) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in FIELDS {
        let other = ELSEWHERE
            .iter()
            .find(|(path, field, _)| *path == endpoint.path() && field == name);
        form.append_pair(name, other.map_or(value, |(_, _, other)| other));
    }
    form.append_pair("key", &format!("form-{fresh}"));
    form.append_pair("name", &format!("Form {fresh}"));
    form.append_pair("device", &seeded.scene.host.id.to_string());
    form.finish()
}
