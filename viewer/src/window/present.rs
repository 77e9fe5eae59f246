//! The window and its pixels: paints what changed and hands exactly that to the display.

use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Result, anyhow};
use farpane_protocol::geometry::{Rect, Size};
use softbuffer::{Context, Surface};
use winit::event_loop::{ActiveEventLoop, OwnedDisplayHandle};
use winit::window::{Window, WindowAttributes};

use super::layer::joined;
use super::scene::Scene;
use crate::session::shared::{FrameFacts, Picture, Shared};

/// Most rectangles that one presentation is told in; each is a request to the display.
const MAX_RECTS: usize = 32;

/// The window with its buffer.
pub(super) struct Screen {
    window: Rc<Window>,
    surface: Surface<OwnedDisplayHandle, Rc<Window>>,
    extent: Option<Size>,
    painted: Option<Scene>,
}

/// What was handed to the display.
#[derive(Debug)]
pub(super) struct Presented {
    /// Frames whose changes are in it, oldest first.
    pub(super) frames: Vec<FrameFacts>,
    /// When it was handed over.
    pub(super) at: Instant,
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("Cannot draw on this display: {error}")
}

impl Screen {
    pub(super) fn new(event_loop: &ActiveEventLoop, attributes: WindowAttributes) -> Result<Self> {
        let window = Rc::new(event_loop.create_window(attributes).map_err(failed)?);
        let context = Context::new(event_loop.owned_display_handle()).map_err(failed)?;
        let surface = Surface::new(&context, window.clone()).map_err(failed)?;
        Ok(Self {
            window,
            surface,
            extent: None,
            painted: None,
        })
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
        self.painted.as_ref()
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
        let extent = scene.window;
        let mut damage = Vec::new();
        match &self.painted {
            Some(before) => scene.difference(before, &mut damage),
            None => damage.push(extent.rect()),
        }
        let waits = shared.with_picture(|picture| {
            picture
                .as_ref()
                .is_some_and(|p| shows(&scene, p) && !p.frames.is_empty())
        });
        if damage.is_empty() && !waits && !exposed {
            return Ok(None);
        }
        if self.extent != Some(extent) {
            let side = |pixels| NonZeroU32::new(pixels).ok_or_else(|| failed("it has no extent"));
            self.surface
                .resize(side(extent.width())?, side(extent.height())?)
                .map_err(failed)?;
            self.extent = Some(extent);
        }
        // Before the picture is locked: this may wait for the display.
        let mut buffer = self.surface.buffer_mut().map_err(failed)?;
        if buffer.age() != 1 {
            damage.push(extent.rect());
        }
        let (mut frames, mut rects) = (Vec::new(), Vec::new());
        shared.with_picture(|picture| {
            if let Some((picture, view)) = picture.as_mut().zip(scene.view)
                && shows(&scene, picture)
            {
                frames = std::mem::take(&mut picture.frames);
                let changed = std::mem::take(&mut picture.damage);
                damage.extend(changed.into_iter().map(|rect| view.to_window_rect(rect)));
            }
            rects = joined(damage, extent, MAX_RECTS);
            for rect in &rects {
                let pixels = picture.as_ref().map(|picture| &picture.pixels);
                scene.paint(&mut buffer, *rect, pixels);
            }
        });
        self.painted = Some(scene);
        if exposed {
            rects = vec![extent.rect()];
        }
        if !rects.is_empty() {
            self.window.pre_present_notify();
            let rects: Vec<_> = rects.into_iter().filter_map(told).collect();
            buffer.present_with_damage(&rects).map_err(failed)?;
        }
        Ok(Some(Presented {
            frames,
            at: Instant::now(),
        }))
    }
}

/// Whether the scene shows this picture; one of another size waits for a scene that does.
fn shows(scene: &Scene, picture: &Picture) -> bool {
    scene
        .view
        .is_some_and(|view| view.surface() == picture.pixels.size())
}

fn told(rect: Rect) -> Option<softbuffer::Rect> {
    Some(softbuffer::Rect {
        x: rect.x,
        y: rect.y,
        width: NonZeroU32::new(rect.width)?,
        height: NonZeroU32::new(rect.height)?,
    })
}
