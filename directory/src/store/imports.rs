//! Writing many devices into the catalogue before they enrol.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId};
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::audit::Entry;
use crate::model::field::FieldValue;
use crate::model::place::Spot;

/// A device that is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Its id until it enrols.
    pub id: DeviceId,
    /// Where it stands.
    pub spot: Spot,
    /// Its name.
    pub name: String,
    /// Its operating system; may be empty.
    pub os: String,
    /// Its serial number; may be empty.
    pub serial: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Values of custom fields, each by the field's number.
    pub fields: Vec<(i64, FieldValue)>,
}

/// Writing many devices into the catalogue before they enrol.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Writes expected devices. One that is expected at the same customer under the same name is
    /// brought up to date instead, so that writing the same rows again changes nothing.
    async fn expect(
        &self,
        org: OrgId,
        devices: &[Expected],
        now: Timestamp,
        entry: Option<&Entry>,
    ) -> Result<(), StoreError>;
}
