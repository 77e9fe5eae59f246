//! POST: the record, or the part of it that the page shows, as a file that can be checked anywhere.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::Asked;
use crate::app::App;
use crate::app::export::Wanted;
use crate::app::record_list::chain_named;
use crate::app::{AppError, Denied};
use crate::console::page::{Failed, Person};
use crate::http::audit::export::file;
use crate::http::body::Form;

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(asked): Form<Asked>,
) -> Result<Response, Failed> {
    let looked = asked.looked(app.now()).map_err(AppError::from)?;
    let chains = if looked.chain.is_empty() {
        None
    } else {
        let seen = person.caller.chains_seen().await?;
        let meant = chain_named(&seen, &looked.chain);
        let meant = meant.ok_or(AppError::from(Denied::NotFound("customer")))?;
        Some(vec![meant.chain.id])
    };
    let wanted = Wanted {
        chains,
        from: looked.from,
        until: looked.until,
    };
    let export = person.caller.export_audit(&app.identity.audit_key, wanted);
    Ok(file(export.await?))
}
