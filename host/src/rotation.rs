//! A new key for this device: made beside the old one, signed by both, taken over by the directory
//! in one step. Whatever dies in between, one of the two files holds the key that the directory
//! knows, and the next start finds out which.

use anyhow::{Context as _, Result};
use farpane_protocol::api::machine::KeyChange;
use farpane_protocol::api::{RotateKey, path};
use farpane_protocol::key::SecretKey;
use farpane_protocol::token::{Purpose, seal};
use farpane_transport::directory::{DirectoryClient, DirectoryError};

use crate::data::{Data, Enrolment};

/// How the directory calls a key that is nobody's.
const KEY_UNKNOWN: &str = "key-unknown";

/// The key that the directory knows this device by. After an interrupted change it asks.
pub(crate) async fn settled_key(client: &DirectoryClient, data: &Data) -> Result<SecretKey> {
    let Some(next) = data.next_key()? else {
        return data.key();
    };
    match client.agent(next).authenticate().await {
        Err(DirectoryError::Problem(problem)) if problem.kind == KEY_UNKNOWN => {
            tracing::info!("a change of this device's key did not happen");
            data.forget_next_key()?;
        }
        // Whatever else it says to this key, it knows it.
        Ok(()) | Err(DirectoryError::Problem(_)) => {
            tracing::info!("this device has its new key");
            data.take_next_key()?;
        }
        Err(
            error @ (DirectoryError::BadUrl(_)
            | DirectoryError::KeyMismatch { .. }
            | DirectoryError::Unreachable { .. }
            | DirectoryError::BadAnswer),
        ) => return Err(error).context("an interrupted change of the key cannot be settled"),
    }
    data.key()
}

/// Changes the key. Fails with the old one in force, or, if no answer came, undecided until the
/// next start.
pub(crate) async fn rotate(data: &Data, enrolment: &Enrolment) -> Result<SecretKey> {
    let client = DirectoryClient::new(&enrolment.url, enrolment.pin)?;
    let old = settled_key(&client, data).await?;
    let next = data.make_next_key()?;
    let change = KeyChange {
        device: enrolment.device,
        directory: enrolment.pin,
        old: old.public(),
        new: next.public(),
    };
    let request = RotateKey {
        key: next.public(),
        by_old: seal(&old, Purpose::KeyChange, &change),
        by_new: seal(&next, Purpose::KeyChange, &change),
    };
    match client
        .agent(old)
        .post::<_, ()>(path::HOST_KEY, &request)
        .await
    {
        Ok(()) => {
            data.take_next_key()?;
            Ok(next)
        }
        Err(error @ DirectoryError::Problem(_)) => {
            data.forget_next_key()?;
            Err(error.into())
        }
        Err(
            error @ (DirectoryError::BadUrl(_)
            | DirectoryError::KeyMismatch { .. }
            | DirectoryError::Unreachable { .. }
            | DirectoryError::BadAnswer),
        ) => Err(error).context(
            "the directory did not say whether it took the new key; the next start finds out",
        ),
    }
}
