//! `/api/v1/catalogue`: devices as the catalogue knows them, where they stand, what people put on
//! them. One endpoint per file.

pub mod bulk_preview;
pub mod bulk_run;
pub mod bulk_undo;
pub mod bulks;
pub mod customer;
pub mod customer_add;
pub mod customer_remove;
pub mod device;
pub mod device_change;
pub mod device_remove;
pub mod devices;
pub mod export;
pub mod field_add;
pub mod field_remove;
pub mod fields;
pub mod import;
pub mod place;
pub mod place_add;
pub mod place_change;
pub mod place_remove;
pub mod places;
pub mod search_add;
pub mod search_remove;
pub mod searches;
pub mod tags;
