//! Presents through memory that is shared with the display: paints in software and names the
//! rectangles that changed.

use std::num::NonZeroU32;
use std::rc::Rc;

use anyhow::Result;
use farpane_media::surface::shown::Conversion;
use farpane_protocol::geometry::{Rect, Size};
use softbuffer::{Context, Surface};
use winit::event_loop::OwnedDisplayHandle;
use winit::window::Window;

use super::{Next, Way, failed, shows};
use crate::session::shared::FrameFacts;
use crate::window::layer::joined;

/// Most rectangles that one presentation is told in; each is a request to the display.
const MAX_RECTS: usize = 32;

/// The window's buffer.
pub(super) struct Memory {
    window: Rc<Window>,
    surface: Surface<OwnedDisplayHandle, Rc<Window>>,
    extent: Option<Size>,
}

impl Memory {
    /// For that window, on the display that it is on.
    pub(super) fn new(display: OwnedDisplayHandle, window: Rc<Window>) -> Result<Self> {
        let context = Context::new(display).map_err(failed)?;
        let surface = Surface::new(&context, window.clone()).map_err(failed)?;
        Ok(Self {
            window,
            surface,
            extent: None,
        })
    }
}

impl Way for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn conversion(&self) -> Conversion {
        Conversion::Now
    }

    fn paint(&mut self, next: &Next<'_>, frames: &mut Vec<FrameFacts>) -> Result<bool> {
        let Next {
            scene,
            before,
            shared,
            exposed,
        } = *next;
        let extent = scene.window;
        let mut damage = Vec::new();
        match before {
            Some(before) => scene.difference(before, &mut damage),
            None => damage.push(extent.rect()),
        }
        if damage.is_empty() && !next.picture_waits() && !exposed {
            return Ok(false);
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
        let mut rects = Vec::new();
        shared.with_picture(|picture| {
            if let Some((picture, view)) = picture.as_mut().zip(scene.view)
                && shows(scene, picture)
            {
                frames.append(&mut picture.frames);
                let changed = std::mem::take(&mut picture.damage);
                damage.extend(changed.into_iter().map(|rect| view.to_window_rect(rect)));
            }
            rects = joined(damage, extent, MAX_RECTS);
            let pixels = picture.as_mut().map(|picture| picture.pixels.pixels());
            for rect in &rects {
                scene.paint(&mut buffer, *rect, pixels);
            }
        });
        if exposed {
            rects = vec![extent.rect()];
        }
        if !rects.is_empty() {
            self.window.pre_present_notify();
            let rects: Vec<_> = rects.into_iter().filter_map(told).collect();
            buffer.present_with_damage(&rects).map_err(failed)?;
        }
        Ok(true)
    }
}

fn told(rect: Rect) -> Option<softbuffer::Rect> {
    Some(softbuffer::Rect {
        x: rect.x,
        y: rect.y,
        width: NonZeroU32::new(rect.width)?,
        height: NonZeroU32::new(rect.height)?,
    })
}
