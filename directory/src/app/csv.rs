//! The catalogue as a table that spreadsheet programs read and write.

pub mod export;
pub mod import;

/// What stands before the key of a custom field in a heading.
const FIELD: &str = "field.";

/// What parts tags in one cell.
const TAG_GAP: char = ';';

/// What parts places that lie in each other, in one cell.
const PLACE_GAP: char = '/';
