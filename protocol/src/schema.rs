//! How ids, keys, times and rights look in JSON, for the interface description that the directory
//! publishes (OpenAPI). Only built for it.

use std::borrow::Cow;

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::api::inventory::Check;
use crate::api::machine::MachinePrint;
use crate::ids::{
    ChannelId, DeviceId, GrantId, OrgId, PlaceId, RelayId, SessionId, TenantId, UserId, ViewerId,
};
use crate::key::{Fingerprint, PublicKey};
use crate::scope::{Scope, ScopeSet};
use crate::time::Timestamp;

macro_rules! described {
    ($($name:ident: $schema:expr;)*) => {
        $(
            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    RefOr::T($schema.into())
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )*
    };
}

fn text(about: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
}

fn uuid(about: &str) -> ObjectBuilder {
    text(about).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
}

described! {
    OrgId: uuid("An organisation.");
    TenantId: uuid("A customer.");
    PlaceId: uuid("A site or group below a customer.");
    DeviceId: uuid("A device.");
    UserId: uuid("A person.");
    ViewerId: uuid("A viewer installation.");
    RelayId: uuid("A relay.");
    SessionId: uuid("A session.");
    Check: text("One thing that a host needs in order to be of help.")
        .enum_values(Some(Check::ALL.map(Check::word)));
    MachinePrint: text("A machine, as a digest that only its own directory can compare.");
    GrantId: text("A grant: 128 bits.");
    ChannelId: text("A channel through a relay.");
    PublicKey: text("An Ed25519 public key: base64url without padding.").max_length(Some(64));
    Fingerprint: text("SHA-256 of a public key: `SHA256:` and base64url without padding.");
    Scope: text("One right inside a session.").enum_values(Some(Scope::ALL.map(Scope::name)));
    ScopeSet: ArrayBuilder::new()
        .items(Scope::schema())
        .description(Some("Rights inside a session."));
    Timestamp: ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0))
        .description(Some("Microseconds since 1970-01-01 00:00 UTC."));
}
