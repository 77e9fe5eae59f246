//! A small software painter: rectangles, rounded boxes and text on a slice of pixels, for the
//! banner, the consent window and the viewer's bar, where no GPU is asked for.
//!
//! All coordinates are whole pixels from the canvas's upper left corner. Whatever lies outside
//! the canvas or its clip rectangle is left out; no call fails and none panics.

mod canvas;
mod glyphs;
mod layout;
mod printable;

pub use canvas::{Canvas, Color};
pub use layout::{Face, MAX_PX, MIN_PX, line_height, measure, wrap};
pub use printable::{MAX_TEXT_CHARS, printable};
