//! The list of endpoints. The router is built from it and the table of who may use what
//! (`golden/endpoints.txt`) is checked against it, so an endpoint cannot exist beside either.

use std::sync::Arc;

use axum::handler::Handler as _;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use farpane_protocol::api::path;

use super::openapi::Described;
use super::{
    access, agent, api, audit, catalogue, enrolment, health, metrics, openapi, ready, reference,
    viewer, webhooks,
};
use crate::app::App;
use crate::console;

macro_rules! endpoints {
    ($($name:ident: $method:ident $path:expr => $handler:expr $(, $doc:ty)?;)*) => {
        /// One endpoint.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is named by its method and path in the list below")]
        pub enum Endpoint {
            $($name,)*
        }

        impl Endpoint {
            /// Every endpoint.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its path, with `{…}` for what varies.
            pub const fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }

            /// Its method.
            pub fn method(self) -> Method {
                match self { $(Self::$name => Method::$method,)* }
            }

            /// What the interface description says of it: all of `/api/v1` has something to say.
            pub(super) fn description(self) -> Option<Described> {
                match self {
                    $(Self::$name => None$(.or(Some(Described::of::<$doc>(stringify!($name)))))?,)*
                }
            }

            pub(super) fn handler(self) -> MethodRouter<Arc<App>> {
                match self { $(Self::$name => on(MethodFilter::$method, $handler),)* }
            }
        }
    };
}

// name: METHOD path => handler, description;
// The description is what `#[utoipa::path]` makes beside the handler: `…::__path_get`.
endpoints! {
    Challenge: POST path::CHALLENGE => agent::challenge::post;
    Token: POST path::TOKEN => agent::token::post;
    EnrollDevice: POST path::ENROLL_DEVICE => agent::enroll_device::post;
    EnrollRelay: POST path::ENROLL_RELAY => agent::enroll_relay::post;
    HostConfig: GET path::HOST_CONFIG => agent::host_config::get;
    HostLease: POST path::HOST_LEASE => agent::host_lease::post;
    HostEvent: POST path::HOST_EVENT => agent::host_event::post;
    HostMemory: POST path::HOST_MEMORY => agent::host_memory::post.layer(agent::host_memory::limit());
    RotateKey: POST path::HOST_KEY => agent::rotate_key::post;
    HostInventory: POST path::HOST_INVENTORY => agent::host_inventory::post.layer(agent::host_inventory::limit());
    RelayStream: POST path::RELAY_STREAM => agent::relay_stream::post;
    RelayReport: POST path::RELAY_REPORT => agent::relay_report::post.layer(agent::relay_report::limit());

    SignIn: POST path::SIGN_IN => viewer::sign_in::post, viewer::sign_in::__path_post;
    DeviceCode: POST path::DEVICE_CODE => viewer::device_code::post, viewer::device_code::__path_post;
    DeviceCodeAnswer: POST path::DEVICE_CODE_POLL => viewer::device_code_answer::post, viewer::device_code_answer::__path_post;
    Devices: GET path::DEVICES => viewer::devices::get, viewer::devices::__path_get;
    RequestSession: POST path::SESSIONS => viewer::sessions::post, viewer::sessions::__path_post;
    SessionLatency: POST "/api/v1/sessions/{id}/latency" => viewer::session_latency::post, viewer::session_latency::__path_post;
    LeaveSession: DELETE "/api/v1/sessions/{id}" => viewer::session::delete, viewer::session::__path_delete;

    Me: GET "/api/v1/me" => api::me::get, api::me::__path_get;
    Events: GET "/api/v1/events" => api::events::get, api::events::__path_get;
    Sessions: GET path::SESSIONS => api::sessions::get, api::sessions::__path_get;
    Session: GET "/api/v1/sessions/{id}" => api::session::get, api::session::__path_get;
    StopSession: POST "/api/v1/sessions/{id}/stop" => api::session_stop::post, api::session_stop::__path_post;
    Relays: GET "/api/v1/relays" => api::relays::get, api::relays::__path_get;
    Relay: GET "/api/v1/relays/{id}" => api::relay::get, api::relay::__path_get;
    RenameRelay: PATCH "/api/v1/relays/{id}" => api::relay_change::patch, api::relay_change::__path_patch;
    RemoveRelay: DELETE "/api/v1/relays/{id}" => api::relay_change::delete, api::relay_change::__path_delete;
    Webhooks: GET "/api/v1/webhooks" => webhooks::list::get, webhooks::list::__path_get;
    MakeWebhook: POST "/api/v1/webhooks" => webhooks::list::post, webhooks::list::__path_post;
    RemoveWebhook: DELETE "/api/v1/webhooks/{id}" => webhooks::remove::delete, webhooks::remove::__path_delete;
    WebhookDeliveries: GET "/api/v1/webhooks/{id}/deliveries" => webhooks::deliveries::get, webhooks::deliveries::__path_get;
    TryWebhook: POST "/api/v1/webhooks/{id}/trial" => webhooks::trial::post, webhooks::trial::__path_post;
    Organisation: GET "/api/v1/organisation" => api::organisation::get, api::organisation::__path_get;
    RenameOrganisation: PATCH "/api/v1/organisation" => api::organisation::patch, api::organisation::__path_patch;

    Tickets: GET "/api/v1/tickets" => enrolment::tickets::get, enrolment::tickets::__path_get;
    MakeTicket: POST "/api/v1/tickets" => enrolment::make_ticket::post, enrolment::make_ticket::__path_post;
    RevokeTicket: DELETE "/api/v1/tickets/{id}" => enrolment::revoke_ticket::delete, enrolment::revoke_ticket::__path_delete;
    Approvals: GET "/api/v1/approvals" => enrolment::approvals::get, enrolment::approvals::__path_get;
    Decide: POST "/api/v1/approvals" => enrolment::decide::post, enrolment::decide::__path_post;
    Versions: GET "/api/v1/versions" => enrolment::versions::get, enrolment::versions::__path_get;
    SetVersions: PUT "/api/v1/versions" => enrolment::versions::put, enrolment::versions::__path_put;
    DeviceInventory: GET "/api/v1/devices/{id}/inventory" => enrolment::inventory::get, enrolment::inventory::__path_get;

    People: GET "/api/v1/people" => access::people::get, access::people::__path_get;
    Person: GET "/api/v1/people/{id}" => access::person::get, access::person::__path_get;
    ChangePerson: PATCH "/api/v1/people/{id}" => access::person::patch, access::person::__path_patch;
    RemovePerson: DELETE "/api/v1/people/{id}" => access::person::delete, access::person::__path_delete;
    ErasePerson: POST "/api/v1/people/{id}/erase" => access::erase::post, access::erase::__path_post;
    RemoveViewer: DELETE "/api/v1/people/{id}/viewers/{viewer}" => access::viewer::delete, access::viewer::__path_delete;
    Groups: GET "/api/v1/groups" => access::groups::get, access::groups::__path_get;
    MakeGroup: POST "/api/v1/groups" => access::groups::post, access::groups::__path_post;
    Group: GET "/api/v1/groups/{id}" => access::group::get, access::group::__path_get;
    RenameGroup: PATCH "/api/v1/groups/{id}" => access::group::patch, access::group::__path_patch;
    RemoveGroup: DELETE "/api/v1/groups/{id}" => access::group::delete, access::group::__path_delete;
    JoinGroup: PUT "/api/v1/groups/{id}/members/{person}" => access::member::put, access::member::__path_put;
    LeaveGroup: DELETE "/api/v1/groups/{id}/members/{person}" => access::member::delete, access::member::__path_delete;
    Roles: GET "/api/v1/roles" => access::roles::get, access::roles::__path_get;
    MakeRole: POST "/api/v1/roles" => access::roles::post, access::roles::__path_post;
    Role: GET "/api/v1/roles/{id}" => access::role::get, access::role::__path_get;
    ChangeRole: PUT "/api/v1/roles/{id}" => access::role::put, access::role::__path_put;
    RemoveRole: DELETE "/api/v1/roles/{id}" => access::role::delete, access::role::__path_delete;
    Assignments: GET "/api/v1/assignments" => access::assignments::get, access::assignments::__path_get;
    GiveRole: POST "/api/v1/assignments" => access::assignments::post, access::assignments::__path_post;
    TakeRole: DELETE "/api/v1/assignments/{id}" => access::assignment::delete, access::assignment::__path_delete;
    Requests: GET "/api/v1/requests" => access::requests::get, access::requests::__path_get;
    AskRole: POST "/api/v1/requests" => access::requests::post, access::requests::__path_post;
    DecideRequest: POST "/api/v1/requests/{id}/decision" => access::decision::post, access::decision::__path_post;
    ApiTokens: GET "/api/v1/tokens" => access::tokens::get, access::tokens::__path_get;
    MakeApiToken: POST "/api/v1/tokens" => access::tokens::post, access::tokens::__path_post;
    RevokeApiToken: DELETE "/api/v1/tokens/{id}" => access::token::delete, access::token::__path_delete;
    CheckAccess: GET "/api/v1/access/check" => access::check::get, access::check::__path_get;
    WhoCanReach: GET "/api/v1/devices/{id}/access" => access::who::get, access::who::__path_get;
    SecondPerson: GET "/api/v1/access/second-person" => access::second_person::get, access::second_person::__path_get;
    SetSecondPerson: PUT "/api/v1/access/second-person" => access::second_person::put, access::second_person::__path_put;
    CatalogueDevices: GET "/api/v1/catalogue/devices" => catalogue::devices::get, catalogue::devices::__path_get;
    CatalogueDevice: GET "/api/v1/catalogue/devices/{id}" => catalogue::device::get, catalogue::device::__path_get;
    CatalogueDeviceChange: PATCH "/api/v1/catalogue/devices/{id}" => catalogue::device_change::patch, catalogue::device_change::__path_patch;
    CatalogueDeviceRemove: DELETE "/api/v1/catalogue/devices/{id}" => catalogue::device_remove::delete, catalogue::device_remove::__path_delete;
    BulkPreview: POST "/api/v1/catalogue/bulk" => catalogue::bulk_preview::post, catalogue::bulk_preview::__path_post;
    Bulks: GET "/api/v1/catalogue/bulk" => catalogue::bulks::get, catalogue::bulks::__path_get;
    BulkRun: POST "/api/v1/catalogue/bulk/{id}/run" => catalogue::bulk_run::post, catalogue::bulk_run::__path_post;
    BulkUndo: POST "/api/v1/catalogue/bulk/{id}/undo" => catalogue::bulk_undo::post, catalogue::bulk_undo::__path_post;
    Places: GET "/api/v1/catalogue/places" => catalogue::places::get, catalogue::places::__path_get;
    PlaceAdd: POST "/api/v1/catalogue/places" => catalogue::place_add::post, catalogue::place_add::__path_post;
    CataloguePlace: GET "/api/v1/catalogue/places/{id}" => catalogue::place::get, catalogue::place::__path_get;
    PlaceChange: PATCH "/api/v1/catalogue/places/{id}" => catalogue::place_change::patch, catalogue::place_change::__path_patch;
    PlaceRemove: DELETE "/api/v1/catalogue/places/{id}" => catalogue::place_remove::delete, catalogue::place_remove::__path_delete;
    CustomerAdd: POST "/api/v1/catalogue/customers" => catalogue::customer_add::post, catalogue::customer_add::__path_post;
    CatalogueCustomer: GET "/api/v1/catalogue/customers/{id}" => catalogue::customer::get, catalogue::customer::__path_get;
    CustomerChange: PATCH "/api/v1/catalogue/customers/{id}" => catalogue::customer::patch, catalogue::customer::__path_patch;
    CustomerRemove: DELETE "/api/v1/catalogue/customers/{id}" => catalogue::customer_remove::delete, catalogue::customer_remove::__path_delete;
    Tags: GET "/api/v1/catalogue/tags" => catalogue::tags::get, catalogue::tags::__path_get;
    Fields: GET "/api/v1/catalogue/fields" => catalogue::fields::get, catalogue::fields::__path_get;
    FieldAdd: POST "/api/v1/catalogue/fields" => catalogue::field_add::post, catalogue::field_add::__path_post;
    FieldRemove: DELETE "/api/v1/catalogue/fields/{id}" => catalogue::field_remove::delete, catalogue::field_remove::__path_delete;
    Searches: GET "/api/v1/catalogue/searches" => catalogue::searches::get, catalogue::searches::__path_get;
    SearchAdd: POST "/api/v1/catalogue/searches" => catalogue::search_add::post, catalogue::search_add::__path_post;
    SearchRemove: DELETE "/api/v1/catalogue/searches/{id}" => catalogue::search_remove::delete, catalogue::search_remove::__path_delete;
    CatalogueExport: GET "/api/v1/catalogue/export.csv" => catalogue::export::get, catalogue::export::__path_get;
    CatalogueImport: POST "/api/v1/catalogue/import" => catalogue::import::post.layer(catalogue::import::limit()), catalogue::import::__path_post;
    SignInRules: GET "/api/v1/sign-in-rules" => api::sign_in_rules::get, api::sign_in_rules::__path_get;
    SetSignInRules: PUT "/api/v1/sign-in-rules" => api::sign_in_rules::put, api::sign_in_rules::__path_put;
    CustomerSecondFactor: PUT "/api/v1/customers/{id}/second-factor" => api::customer_factor::put, api::customer_factor::__path_put;
    InviteUser: POST "/api/v1/users/invitations" => api::invite::post, api::invite::__path_post;
    ResetUserPassword: POST "/api/v1/users/{id}/reset-link" => api::reset_link::post, api::reset_link::__path_post;
    ResetUserFactors: DELETE "/api/v1/users/{id}/second-factors" => api::reset_factors::delete, api::reset_factors::__path_delete;
    Audit: GET "/api/v1/audit" => audit::records::get, audit::records::__path_get;
    AuditChains: GET "/api/v1/audit/chains" => audit::chains::get, audit::chains::__path_get;
    AuditChain: GET "/api/v1/audit/chains/{id}" => audit::chain::get, audit::chain::__path_get;
    AuditCheckpoints: GET "/api/v1/audit/chains/{id}/checkpoints" => audit::checkpoints::get, audit::checkpoints::__path_get;
    AuditExport: POST "/api/v1/audit/export" => audit::export::post, audit::export::__path_post;

    OpenApi: GET "/openapi.json" => openapi::get;
    Reference: GET "/api/docs" => reference::page;
    ReferenceFile: GET "/api/docs/{file}" => reference::file;

    Health: GET "/healthz" => health::get;
    Ready: GET "/readyz" => ready::get;
    Metrics: GET "/metrics" => metrics::get;

    ConsoleSignInPage: GET "/sign-in" => console::sign_in::get;
    ConsoleSignIn: POST "/sign-in" => console::sign_in::post;
    ConsoleSecondPage: GET "/sign-in/second" => console::second::get;
    ConsoleSecond: POST "/sign-in/second" => console::second::post;
    ConsoleSecondPasskeyBegin: POST "/sign-in/second/passkey/begin" => console::passkeys::second_begin;
    ConsoleSecondPasskey: POST "/sign-in/second/passkey" => console::passkeys::second;
    ConsoleArriveBegin: POST "/sign-in/passkey/begin" => console::passkeys::arrive_begin;
    ConsoleArrive: POST "/sign-in/passkey" => console::passkeys::arrive;
    ConsoleLinkPage: GET "/link/{id}" => console::link::get;
    ConsoleLink: POST "/link/{id}" => console::link::post;
    ConsoleConfirmPage: GET "/confirm" => console::confirm::get;
    ConsoleConfirm: POST "/confirm" => console::confirm::post;
    ConsoleConfirmPasskeyBegin: POST "/confirm/passkey/begin" => console::passkeys::confirm_begin;
    ConsoleConfirmPasskey: POST "/confirm/passkey" => console::passkeys::confirm;
    ConsoleActivatePage: GET "/activate" => console::activate::get;
    ConsoleActivate: POST "/activate" => console::activate::post;
    ConsoleAccount: GET "/account" => console::account::get;
    ConsoleAccountName: POST "/account/name" => console::account::name::post;
    ConsoleAccountLanguage: POST "/account/language" => console::account::language::post;
    ConsoleTokens: GET "/account/tokens" => console::account::tokens::get;
    ConsoleTokenMake: POST "/account/tokens" => console::account::tokens::post;
    ConsoleTokenRevoke: POST "/account/tokens/{id}/revoke" => console::account::tokens::revoke;
    ConsoleAccountPasswordPage: GET "/account/password" => console::account::get;
    ConsoleAccountPassword: POST "/account/password" => console::account::password::post;
    ConsoleAccountSessionEnd: POST "/account/sessions/end" => console::account::session_end::post;
    ConsoleAccountViewerRemove: POST "/account/viewers/{id}/remove" => console::account::viewer_remove::post;
    ConsoleFactors: GET "/account/factors" => console::account::factors::get;
    ConsoleAppBegin: POST "/account/factors/app/begin" => console::account::app::begin;
    ConsoleApp: GET "/account/factors/app" => console::account::app::get;
    ConsoleAppPicture: GET "/account/factors/app/picture" => console::account::app::picture;
    ConsoleAppFinish: POST "/account/factors/app" => console::account::app::finish;
    ConsoleAppRemove: POST "/account/factors/app/remove" => console::account::app::remove;
    ConsolePasskeyBegin: POST "/account/factors/passkeys/begin" => console::passkeys::make_begin;
    ConsolePasskeyMake: POST "/account/factors/passkeys" => console::passkeys::make;
    ConsolePasskeyRemove: POST "/account/factors/passkeys/{id}/remove" => console::account::passkey_remove::post;
    ConsoleRecoveryPage: GET "/account/factors/recovery-codes" => console::account::factors::get;
    ConsoleRecovery: POST "/account/factors/recovery-codes" => console::account::recovery::post;
    ConsoleSignOut: POST "/sign-out" => console::sign_out::post;
    ConsoleOverview: GET "/" => console::overview::get;
    ConsoleDevices: GET "/devices" => console::devices::get;
    ConsoleExport: GET "/devices/export.csv" => console::devices::export::get;
    ConsoleImportPage: GET "/devices/import" => console::devices::import::get;
    ConsoleImport: POST "/devices/import" => console::devices::import::post.layer(console::devices::import::limit());
    ConsoleSearchSave: POST "/devices/searches" => console::devices::searches::save;
    ConsoleSearchRemove: POST "/devices/searches/{id}/remove" => console::devices::searches::remove;
    ConsoleActPreview: POST "/devices/acts" => console::devices::bulk::preview;
    ConsoleActRun: POST "/devices/acts/{id}/run" => console::devices::bulk::run;
    ConsoleActUndo: POST "/devices/acts/{id}/undo" => console::devices::bulk::undo;
    ConsoleDevice: GET "/devices/{id}" => console::device::get;
    ConsoleDeviceTab: GET "/devices/{id}/{tab}" => console::device::tab;
    ConsoleRename: POST "/devices/{id}/rename" => console::rename::post;
    ConsoleRemovePage: GET "/devices/{id}/remove" => console::remove::get;
    ConsoleRemove: POST "/devices/{id}/remove" => console::remove::post;
    ConsoleApprove: POST "/devices/{id}/approve" => console::approve::post;
    ConsoleEnrolPage: GET "/enrolment" => console::enrolment::get;
    ConsoleEnrol: POST "/enrolment" => console::enrolment::post;
    ConsoleDecide: POST "/enrolment/waiting" => console::enrolment::decide::post;
    ConsoleRevokeTicket: POST "/enrolment/tickets/{id}/revoke" => console::enrolment::revoke::post;
    ConsoleSessions: GET "/sessions" => console::sessions::get;
    ConsoleStop: POST "/sessions/{id}/stop" => console::stop::post;
    ConsoleCustomers: GET "/customers" => console::customers::list;
    ConsoleCustomerAdd: POST "/customers" => console::customers::change::add;
    ConsoleCustomer: GET "/customers/{id}" => console::customers::one;
    ConsoleCustomerRename: POST "/customers/{id}/rename" => console::customers::change::rename;
    ConsoleCustomerRemove: POST "/customers/{id}/remove" => console::customers::change::remove;
    ConsolePlaceAdd: POST "/customers/{id}/places" => console::customers::change::add_place;
    ConsolePlaceRename: POST "/places/{id}/rename" => console::customers::change::rename_place;
    ConsolePlaceMove: POST "/places/{id}/move" => console::customers::change::move_place;
    ConsolePlaceRemove: POST "/places/{id}/remove" => console::customers::change::remove_place;
    ConsoleCustomerFactor: POST "/customers/{id}/second-factor" => console::customers::change::factor;
    ConsoleSettings: GET "/settings" => console::settings::get;
    ConsoleSettingsName: POST "/settings" => console::settings::post;
    ConsoleSettingsSignIn: GET "/settings/sign-in" => console::settings::sign_in::get;
    ConsoleSettingsSetSignIn: POST "/settings/sign-in" => console::settings::sign_in::post;
    ConsoleSettingsVersions: GET "/settings/versions" => console::settings::versions::get;
    ConsoleSettingsSetVersions: POST "/settings/versions" => console::settings::versions::post;
    ConsoleSettingsFields: GET "/settings/fields" => console::settings::fields::get;
    ConsoleSettingsAddField: POST "/settings/fields" => console::settings::fields::post;
    ConsoleSettingsRemoveField: POST "/settings/fields/{id}/remove" => console::settings::fields::remove::post;
    ConsoleSettingsWebhooks: GET "/settings/webhooks" => console::settings::webhooks::get;
    ConsoleSettingsAddWebhook: POST "/settings/webhooks" => console::settings::webhooks::post;
    ConsoleSettingsWebhook: GET "/settings/webhooks/{id}" => console::settings::webhooks::one::get;
    ConsoleSettingsTryWebhook: POST "/settings/webhooks/{id}/trial" => console::settings::webhooks::one::trial;
    ConsoleSettingsRemoveWebhook: POST "/settings/webhooks/{id}/remove" => console::settings::webhooks::one::remove;
    ConsolePeople: GET "/people" => console::people::get;
    ConsoleInvitePage: GET "/people/invite" => console::people::invite::get;
    ConsoleInvite: POST "/people/invite" => console::people::invite::post;
    ConsolePerson: GET "/people/{id}" => console::people::person::get;
    ConsolePersonRenamePage: GET "/people/{id}/rename" => console::people::person::get;
    ConsolePersonRename: POST "/people/{id}/rename" => console::people::change::rename;
    ConsolePersonDisable: POST "/people/{id}/disable" => console::people::change::disable;
    ConsolePersonEnable: POST "/people/{id}/enable" => console::people::change::enable;
    ConsolePersonSessionsEnd: POST "/people/{id}/sessions/end" => console::people::change::end_sessions;
    ConsolePersonViewerRemove: POST "/people/{id}/viewers/{viewer}/remove" => console::people::change::remove_viewer;
    ConsolePersonTokenRevoke: POST "/people/{id}/tokens/{token}/revoke" => console::people::change::revoke_token;
    ConsoleResetLinkPage: GET "/people/{id}/reset-link" => console::people::person::get;
    ConsoleResetLink: POST "/people/{id}/reset-link" => console::people::reset_link::post;
    ConsoleFactorsResetPage: GET "/people/{id}/reset-factors" => console::people::reset_factors::get;
    ConsoleFactorsReset: POST "/people/{id}/reset-factors" => console::people::reset_factors::post;
    ConsolePersonRemovePage: GET "/people/{id}/remove" => console::people::remove::get;
    ConsolePersonRemove: POST "/people/{id}/remove" => console::people::remove::post;
    ConsoleGroups: GET "/groups" => console::groups::list;
    ConsoleGroupMake: POST "/groups" => console::groups::change::make;
    ConsoleGroup: GET "/groups/{id}" => console::groups::one;
    ConsoleGroupRenamePage: GET "/groups/{id}/rename" => console::groups::one;
    ConsoleGroupRename: POST "/groups/{id}/rename" => console::groups::change::rename;
    ConsoleGroupJoinPage: GET "/groups/{id}/members" => console::groups::one;
    ConsoleGroupJoin: POST "/groups/{id}/members" => console::groups::change::join;
    ConsoleGroupLeave: POST "/groups/{id}/members/{person}/remove" => console::groups::change::leave;
    ConsoleGroupRemovePage: GET "/groups/{id}/remove" => console::groups::remove::get;
    ConsoleGroupRemove: POST "/groups/{id}/remove" => console::groups::remove::post;
    ConsoleAccess: GET "/access" => console::access::get;
    ConsoleGivePage: GET "/access/give" => console::access::give::get;
    ConsoleGive: POST "/access/give" => console::access::give::post;
    ConsoleRoles: GET "/access/roles" => console::access::roles::get;
    ConsoleRoleNewPage: GET "/access/roles/new" => console::access::role::new_get;
    ConsoleRoleNew: POST "/access/roles/new" => console::access::role::new_post;
    ConsoleRole: GET "/access/roles/{id}" => console::access::role::get;
    ConsoleRoleChange: POST "/access/roles/{id}" => console::access::role::post;
    ConsoleRoleRemovePage: GET "/access/roles/{id}/remove" => console::access::role_remove::get;
    ConsoleRoleRemove: POST "/access/roles/{id}/remove" => console::access::role_remove::post;
    ConsoleRequests: GET "/access/requests" => console::access::requests::get;
    ConsoleRequestDecidePage: GET "/access/requests/{id}/decide" => console::access::requests::get;
    ConsoleRequestDecide: POST "/access/requests/{id}/decide" => console::access::requests::decide;
    ConsoleAskPage: GET "/access/ask" => console::access::ask::get;
    ConsoleAsk: POST "/access/ask" => console::access::ask::post;
    ConsoleTester: GET "/access/test" => console::access::test::get;
    ConsoleSecondPersonPage: GET "/access/second-person" => console::access::second_person::get;
    ConsoleSecondPerson: POST "/access/second-person" => console::access::second_person::post;
    ConsoleTakeRole: POST "/access/assignments/{id}/take" => console::access::take::post;
    ConsoleLive: GET "/live" => console::live::get;
    ConsoleRelays: GET "/relays" => console::relays::get;
    ConsoleAudit: GET "/audit" => console::audit::get;
    ConsoleAuditExport: POST "/audit/export" => console::audit::export::post;
    Asset: GET "/assets/{file}" => console::assets::get;
}
