//! Opening an installation for a verb: its database and its organisation.

use std::sync::Arc;

use farpane_certs::directory::Identity;
use farpane_protocol::key::SecretKey;

use super::Context;
use super::failure::Failure;
use crate::app::Core;
use crate::clock::Clock;
use crate::config::DirectoryUrl;
use crate::model::text::fold;
use crate::store::installation::Setting;
use crate::store::sqlite::SqliteStore;
use crate::store::{Installation as _, Store};

/// Opens the database of an installation that exists.
pub(super) async fn core(context: &Context) -> Result<(Core, SqliteStore), Failure> {
    let store = SqliteStore::open(&context.data.database()).await?;
    let org = store.org().await?.ok_or_else(|| {
        Failure::failed(format!(
            "the database in {} is empty; remove it and run farpane-directory init",
            context.data.path().display()
        ))
    })?;
    let org = match &context.organisation {
        None => org,
        Some(named) => {
            let orgs = store.orgs().await?;
            let wanted = fold(named);
            let mut names = orgs.iter().map(|org| org.name.as_str()).collect::<Vec<_>>();
            names.sort_unstable();
            let there = names.join(", ");
            let found = orgs.into_iter().find(|org| fold(&org.name) == wanted);
            found.ok_or_else(|| {
                Failure::usage(format!(
                    "there is no organisation {named}; there are: {there}"
                ))
            })?
        }
    };
    let core = Core {
        store: Arc::new(store.clone()) as Arc<dyn Store>,
        clock: Clock::wall(),
        org,
    };
    Ok((core, store))
}

/// The identity key of an installation that exists.
pub(super) fn identity(context: &Context) -> Result<Identity, Failure> {
    Identity::load_or_create(context.data.path())
        .map_err(|error| Failure::failed("cannot use the identity key").because(error))
}

/// The key that signs checkpoints and exports. Installations from before it existed get one.
pub(super) fn audit_key(context: &Context) -> Result<SecretKey, Failure> {
    farpane_certs::keys::load_or_create(&context.data.audit_key()).map_err(|error| {
        Failure::failed("cannot use the audit key; restore it from a backup").because(error)
    })
}

/// The key that seals secrets. Installations from before it existed get one.
pub(super) fn vault_key(context: &Context) -> Result<SecretKey, Failure> {
    farpane_certs::keys::load_or_create(&context.data.vault_key()).map_err(|error| {
        Failure::failed("cannot use the vault key; restore it from a backup").because(error)
    })
}

/// Where agents reach this directory: as named, or as it was last served.
pub(super) async fn url(core: &Core, named: Option<DirectoryUrl>) -> Result<DirectoryUrl, Failure> {
    if let Some(named) = named {
        return Ok(named);
    }
    let kept = core.store.setting(Setting::Url).await?;
    kept.and_then(|text| text.parse().ok()).ok_or_else(|| {
        Failure::usage(
            "this directory does not know its own address yet; run serve --url https://NAME:PORT \
             first, or name it here with --url",
        )
    })
}
