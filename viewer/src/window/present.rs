//! The window and the way its pixels reach the display: paints what changed by the way in use, and
//! by another one when that fails.

mod card;
mod choice;
mod memory;

use std::rc::Rc;
use std::time::Instant;

use anyhow::{Result, anyhow};
use farpane_media::surface::shown::Conversion;
use farpane_protocol::geometry::Size;
use winit::event_loop::ActiveEventLoop;
use winit::window::{Window, WindowAttributes};

use self::card::{Card, Pixels};
pub use self::choice::Present;
use self::memory::Memory;
use super::run::without_panic;
use super::scene::Scene;
use crate::session::shared::{FrameFacts, Picture, Shared};

/// The window with its pixels.
pub(super) struct Screen {
    window: Rc<Window>,
    ways: Ways,
}

/// What was handed to the display.
#[derive(Debug)]
pub(super) struct Presented {
    /// Frames whose changes are in it, oldest first.
    pub(super) frames: Vec<FrameFacts>,
    /// When it was handed over.
    pub(super) at: Instant,
    /// The name of the way that it went.
    pub(super) by: &'static str,
}

/// A way from a scene and a picture to the display.
trait Way {
    /// Its name, as in the trace and on the command line.
    fn name(&self) -> &'static str;

    /// When it wants the video to become pixels.
    fn conversion(&self) -> Conversion;

    /// Shows what `next` says. Frames whose changes were taken from the picture are added to
    /// `frames`, also when it fails. `false` when there was nothing to do.
    fn paint(&mut self, next: &Next<'_>, frames: &mut Vec<FrameFacts>) -> Result<bool>;
}

/// What is to be shown.
struct Next<'a> {
    scene: &'a Scene,
    /// What was painted last, by the same way.
    before: Option<&'a Scene>,
    /// Has the picture.
    shared: &'a Shared,
    /// The display has lost its copy and gets all of it.
    exposed: bool,
}

impl Next<'_> {
    /// Whether the picture has changes that are to be seen.
    fn picture_waits(&self) -> bool {
        let waits = |picture: &Picture| shows(self.scene, picture) && !picture.frames.is_empty();
        self.shared
            .with_picture(|picture| picture.as_ref().is_some_and(waits))
    }
}

/// Makes a way.
type Maker = Box<dyn FnOnce() -> Result<Box<dyn Way>>>;

/// The way in use, and what it painted last.
struct Ways {
    way: Box<dyn Way>,
    /// What takes over when it fails.
    spare: Option<Maker>,
    painted: Option<Scene>,
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("Cannot draw on this display: {error}")
}

/// Opens something of the card; libraries that are broken may panic, which is a failure like others.
fn whole<T>(open: impl FnOnce() -> Result<T>) -> Result<T> {
    without_panic(open)?
}

impl Screen {
    /// Opens a window; where the way by the card cannot be had, the one through memory can.
    pub(super) fn new(
        event_loop: &ActiveEventLoop,
        attributes: WindowAttributes,
        present: Present,
    ) -> Result<Self> {
        let tried = present.tries_card();
        let pixels = tried.then(|| whole(|| Pixels::of(event_loop)));
        let pixels = pixels.and_then(|pixels| present.or_lacks(pixels));
        let attributes = match &pixels {
            Some(pixels) => pixels.attributes(attributes),
            None => attributes,
        };
        let window = Rc::new(event_loop.create_window(attributes).map_err(failed)?);
        let card = pixels.map(|pixels| whole(|| Card::new(&pixels, window.clone(), present)));
        let card = card.and_then(|card| present.or_lacks(card));
        let display = event_loop.owned_display_handle();
        let ways = match card {
            Some(card) => {
                let window = window.clone();
                let spare: Maker = Box::new(move || Ok(Box::new(Memory::new(display, window)?)));
                Ways::new(Box::new(card), Some(spare))
            }
            None => Ways::new(Box::new(Memory::new(display, window.clone())?), None),
        };
        Ok(Self { window, ways })
    }

    pub(super) fn window(&self) -> &Window {
        &self.window
    }

    /// The window's extent; `None` while it has none, as when minimised.
    pub(super) fn size(&self) -> Option<Size> {
        let size = self.window.inner_size();
        Size::new(size.width, size.height)
    }

    /// What was painted last.
    pub(super) fn painted(&self) -> Option<&Scene> {
        self.ways.painted.as_ref()
    }

    /// Paints the difference to what is there, and the changes of the picture, and presents them.
    /// With `exposed` the display has lost its copy and gets all of it. `None` when there was
    /// nothing to do.
    pub(super) fn paint(
        &mut self,
        scene: Scene,
        shared: &Shared,
        exposed: bool,
    ) -> Result<Option<Presented>> {
        self.ways.paint(scene, shared, exposed)
    }
}

impl Ways {
    fn new(way: Box<dyn Way>, spare: Option<Maker>) -> Self {
        Self {
            way,
            spare,
            painted: None,
        }
    }

    fn paint(&mut self, scene: Scene, shared: &Shared, exposed: bool) -> Result<Option<Presented>> {
        let mut frames = Vec::new();
        shared.set_conversion(self.way.conversion());
        let next = Next {
            scene: &scene,
            before: self.painted.as_ref(),
            shared,
            exposed,
        };
        let done = match self.way.paint(&next, &mut frames) {
            Ok(done) => done,
            Err(error) => {
                let Some(spare) = self.spare.take() else {
                    return Err(error);
                };
                tracing::warn!(error = %format!("{error:#}"), "another way to present takes over");
                self.way = spare()?;
                shared.set_conversion(self.way.conversion());
                // It begins with everything: what changed was taken from the picture already.
                let anew = Next {
                    before: None,
                    ..next
                };
                self.way.paint(&anew, &mut frames)?
            }
        };
        if !done {
            return Ok(None);
        }
        self.painted = Some(scene);
        Ok(Some(Presented {
            frames,
            at: Instant::now(),
            by: self.way.name(),
        }))
    }
}

/// Whether the scene shows this picture; one of another size waits for a scene that does.
fn shows(scene: &Scene, picture: &Picture) -> bool {
    scene
        .view
        .is_some_and(|view| view.surface() == picture.pixels.size())
}

#[cfg(test)]
mod tests;
