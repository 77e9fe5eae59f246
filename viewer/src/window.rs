//! The windows of one session, one for each monitor that is looked at: the picture fills it, a bar,
//! an overlay and a card are painted over it into the same buffer, and input goes back through the
//! same scaling.
//!
//! They are a process of their own with one event loop. Each draws by the graphics card where there
//! is one, else in software into shared memory, and handles only the rectangles that changed; a
//! quiet session costs nothing.

mod act;
mod app;
pub mod card;
mod controls;
mod cursor;
mod edge;
mod extent;
mod grab;
mod held;
pub mod layer;
mod pane;
mod present;
mod run;
mod seen;
mod several;
mod shortcut;
mod show;
mod system_keys;

pub mod bar;
pub mod keys;
pub mod lost;
pub mod menu;
pub mod meter;
pub mod note;
pub mod overlay;
pub mod palette;
pub mod scale;
pub mod scene;
pub mod stepper;
pub mod view;

pub use present::Present;
pub use run::{Options, Running, Starter, Wake, check_display, run};
pub(crate) use run::{no_display, without_panic};
pub use system_keys::SystemKeys;
