//! `/api/v1/audit`: the record of what happened, its chains, and the file that proves it. One
//! endpoint per file.

pub mod chain;
pub mod chains;
pub mod checkpoints;
pub mod export;
pub mod records;
