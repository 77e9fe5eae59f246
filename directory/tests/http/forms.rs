//! What the console's forms send when somebody fills them in, for tests that try all of them.

use farpane_directory::http::Endpoint;
use reqwest::Method;

use crate::bodies::{About, Words};
use crate::seed::{ABSENT, BYSTANDER, NAME};
use crate::world::PASSWORD;

/// Every field that a form of the console has, with something that makes sense in it and changes
/// nothing that others rely on. Forms read only their own.
const FIELDS: &[(&str, &str)] = &[
    ("act", "approve"),
    ("answer", "refuse"),
    ("choices", ""),
    ("code", "BCDF-GHJK"),
    ("draft", "none"),
    ("fingerprint", "none"),
    ("from", ""),
    ("host", ""),
    ("events", "*"),
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
    ("url", "https://hooks.example.org/farpane"),
    ("uses", "1"),
    ("verdict", "refuse"),
    ("viewer", ""),
    ("what", "tag"),
    ("who", BYSTANDER),
];

/// Fields that mean something else in the form of this path.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("/access/ask", "place", CUSTOMER),
    ("/access/give", "place", CUSTOMER),
    ("/account/tokens", "place", CUSTOMER),
    ("/audit/export", "what", ""),
    ("/customers/{id}/places", "kind", "site"),
];

/// The name of the customer, as people type it.
const CUSTOMER: &str = "Canary Oslo Shops";

/// Whether an endpoint reads a form.
pub(crate) fn is_form(endpoint: Endpoint) -> bool {
    let path = endpoint.path();
    let for_programs = ["/api/", "/agent/"];
    let ceremony = path.contains("/passkey") && !path.ends_with("/remove");
    endpoint.method() == Method::POST
        && !ceremony
        && !for_programs.iter().any(|folder| path.starts_with(folder))
}

/// A form as a browser sends it, filled in. `fresh` is in what may be there once only.
pub(crate) async fn filled(words: &Words<'_>) -> String {
    let (seeded, path, fresh) = (words.seeded, words.endpoint.path(), words.fresh);
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in FIELDS {
        let other = ELSEWHERE
            .iter()
            .find(|(form, field, _)| *form == path && field == name);
        // Who has no app proves with the password; a form with both would mean the app's code.
        if (path, *name) == ("/confirm", "code") {
            continue;
        }
        form.append_pair(name, other.map_or(value, |(_, _, other)| other));
    }
    form.append_pair("key", &format!("form-{fresh}"));
    form.append_pair("name", &format!("Form {fresh}"));
    let email = match path {
        "/sign-in" => BYSTANDER.to_owned(),
        _ => format!("f{fresh}@example.org"),
    };
    form.append_pair("email", &email);
    match path {
        "/access/give" => {
            // What somebody holds already is not given to them once more.
            let (day, hour, minute) = (fresh / 1440 % 28 + 1, fresh / 60 % 24, fresh % 60);
            form.append_pair("until", &format!("2099-01-{day:02}T{hour:02}:{minute:02}"))
        }
        "/account/tokens" => form.append_pair("scope", "see-devices"),
        "/activate" => {
            // The last of a name counts for nothing: each stands there once.
            let (agent, code) = seeded.asking_viewer().await;
            let fingerprint = agent.public().fingerprint().to_string();
            let said = [
                ("answer", "allow"),
                ("code", &code.user_code),
                ("fingerprint", &fingerprint),
            ];
            return url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(said)
                .finish();
        }
        "/devices/acts" => form.append_pair("device", &words.id(seeded.scene.host.id)),
        "/devices/import" => {
            let table = format!("name,customer\nform-{fresh},{CUSTOMER}\n");
            form.append_pair("run", "1").append_pair("table", &table)
        }
        "/enrolment" => {
            let fields = [("uses", "1"), ("hours", "1")];
            let place = words.id(seeded.tenant);
            return url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .append_pair("place", &place)
                .finish();
        }
        "/enrolment/waiting" => {
            let device = words.id(words.waiting().await);
            form.append_pair(&format!("device-{device}"), "on")
        }
        _ => &mut form,
    };
    let filled = form.finish();
    match words.about {
        About::Real => filled,
        About::Nothing => filled.replace(NAME, ABSENT),
    }
}
