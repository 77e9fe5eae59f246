//! GET `/openapi.json`: the description of `/api/v1` (OpenAPI), put together from the one list of
//! endpoints. A copy is committed as `golden/openapi.json`, so that a change of the interface is
//! seen where it is made.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use farpane_protocol::api::Problem;
use serde_json::Value;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    Components, Content, Info, License, Object, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
    ResponseBuilder, Schema, SecurityRequirement, Type,
};
use utoipa::{PartialSchema as _, Path, ToSchema as _};

use super::{Endpoint, matching};
use crate::console::page::COOKIE;

/// What one endpoint says of itself.
pub(super) struct Described {
    operation: Operation,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Described {
    /// From what `#[utoipa::path]` made beside the handler. The name of the endpoint becomes the
    /// operation's: unlike the handler's it is unique.
    pub(super) fn of<T: Path + utoipa::__dev::SchemaReferences>(name: &str) -> Self {
        let mut operation = T::operation();
        let mut chars = name.chars();
        let first = chars.next().map(|first| first.to_ascii_lowercase());
        operation.operation_id = Some(first.into_iter().chain(chars).collect());
        let mut schemas = Vec::new();
        T::schemas(&mut schemas);
        Self { operation, schemas }
    }
}

const ABOUT: &str = "\
The directory as programs use it. Make a token with `farpane-directory token create`, send it as \
`Authorization: Bearer …`.

- Refusals are `application/problem+json` (RFC 9457): `type` is stable, `detail` says what to do.
- What the caller may not see is not found.
- Lists come as `{\"items\": […], \"next\": \"…\"}`; the next page is at `?cursor=<next>`, and there \
  is none when `next` is absent.
- A POST that makes something takes `Idempotency-Key`: sent again with the same key within a day, \
  it answers again and does nothing again.
- What can be changed one by one has an `ETag`. A change that sends it as `If-Match` is refused with \
  412 if somebody else changed the same thing since.
- Times are microseconds since 1970 (UTC). Every answer carries `x-request-id`.";

/// Name of the tag of `/api/v1/<tag>/…`.
fn tag(path: &str) -> String {
    path.split('/').nth(3).unwrap_or_default().to_owned()
}

fn method(method: &Method) -> Option<HttpMethod> {
    [
        (Method::GET, HttpMethod::Get),
        (Method::POST, HttpMethod::Post),
        (Method::PUT, HttpMethod::Put),
        (Method::PATCH, HttpMethod::Patch),
        (Method::DELETE, HttpMethod::Delete),
    ]
    .into_iter()
    .find_map(|(ours, theirs)| (ours == method).then_some(theirs))
}

/// Says that what stands there has a tag, and that a change may rest on one.
fn say_tag(operation: &mut Operation, by: &Method) {
    let text = Schema::Object(Object::with_type(Type::String));
    if by == Method::GET {
        if let Some(RefOr::T(seen)) = operation.responses.responses.get_mut("200") {
            let tag = HeaderBuilder::new().schema(Some(text));
            let tag = tag.description(Some(
                "What a change that rests on this look sends as If-Match.",
            ));
            seen.headers.insert("ETag".into(), tag.build().into());
        }
        return;
    }
    let wanted = ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The ETag of the look that this rests on: refused (412) if somebody changed it since.",
        ))
        .schema(Some(text));
    operation
        .parameters
        .get_or_insert_default()
        .push(wanted.build().into());
}

/// The whole description.
pub fn description() -> OpenApi {
    let mut paths = Paths::new();
    let mut components = Components::new();
    let mut schemas = Vec::new();
    for endpoint in Endpoint::ALL {
        let Some(described) = endpoint.description() else {
            continue;
        };
        let mut operation = described.operation;
        operation.tags = Some(vec![tag(endpoint.path())]);
        let refused = ResponseBuilder::new()
            .description("Refused or failed; the body says why and what to do.")
            .content(
                "application/problem+json",
                Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Problem")))),
            );
        let responses = &mut operation.responses.responses;
        responses.insert("default".into(), refused.into());
        if matching::tagged(endpoint.path()).is_some() {
            say_tag(&mut operation, &endpoint.method());
        }
        let method = method(&endpoint.method()).expect("endpoints use five methods");
        paths.add_path_operation(endpoint.path(), vec![method], operation);
        schemas.extend(described.schemas);
    }
    schemas.push((Problem::name().into(), Problem::schema()));
    // The later of two bodies with one name would stand where the earlier is meant.
    for (name, schema) in schemas {
        let other = components.schemas.insert(name.clone(), schema.clone());
        let same = other.is_none_or(|other| other == schema);
        assert!(same, "two different bodies are described as {name}");
    }
    components.add_security_scheme("token", {
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.description = Some("An API token, or a viewer's where it says so.".into());
        SecurityScheme::Http(bearer)
    });
    components.add_security_scheme(
        "cookie",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            COOKIE,
            "A person who is signed in to the console.",
        ))),
    );
    let either = ["token", "cookie"];
    let mut info = Info::new("Farpane directory", "1");
    info.description = Some(ABOUT.into());
    info.license = Some(License::new("MIT OR Apache-2.0"));
    OpenApiBuilder::new()
        .info(info)
        .paths(paths)
        .components(Some(components))
        .security(Some(either.map(|scheme| {
            SecurityRequirement::new(scheme, Vec::<String>::new())
        })))
        .build()
}

/// With the names of every object in order of the alphabet: whether the JSON library keeps another
/// order depends on which programs are built together.
fn in_order(value: Value) -> Value {
    if let Value::Object(names) = value {
        let sorted: BTreeMap<_, _> = names
            .into_iter()
            .map(|(name, value)| (name, in_order(value)))
            .collect();
        Value::Object(sorted.into_iter().collect())
    } else if let Value::Array(items) = value {
        Value::Array(items.into_iter().map(in_order).collect())
    } else {
        value
    }
}

/// The description as it is served and committed.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let value = serde_json::to_value(description());
        let value = in_order(value.expect("the description serialises to JSON"));
        format!("{value:#}\n")
    });
    &TEXT
}

pub(super) async fn get() -> Response {
    ([(CONTENT_TYPE, "application/json")], text()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_things_have_one_name() {
        let mut known = BTreeMap::new();
        for endpoint in Endpoint::ALL {
            let described = endpoint.description();
            for (name, schema) in described.into_iter().flat_map(|one| one.schemas) {
                let before = known.entry(name.clone()).or_insert_with(|| schema.clone());
                assert!(*before == schema, "two things are called {name}");
            }
        }
    }
}
