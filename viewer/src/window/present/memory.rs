//! Presents through memory that is shared with the display: paints in software and names the
//! rectangles that changed. A film that nothing lies over becomes pixels there, and nowhere before.

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
use crate::window::scene::Scene;
use crate::window::view::View;

/// Most rectangles that one presentation is told in; each is a request to the display.
const MAX_RECTS: usize = 32;

/// The window's buffer.
pub(super) struct Memory {
    window: Rc<Window>,
    surface: Surface<OwnedDisplayHandle, Rc<Window>>,
    extent: Option<Size>,
    /// A film can be converted straight into the window, as of the last time.
    straight: bool,
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
            straight: false,
        })
    }
}

/// The surface's part that a part of the window shows pixel by pixel, with nothing over it and
/// nothing beside it.
fn bare(scene: &Scene, part: Rect) -> Option<Rect> {
    let view = scene.view.filter(View::is_exact)?;
    let is_inside = view.area().union(part) == view.area();
    let touches = |rect: Rect| rect.intersect(part).is_some();
    let is_covered = scene.lost.is_some() || scene.layers().iter().any(|(rect, _)| touches(*rect));
    (is_inside && !is_covered).then(|| Rect {
        x: part.x.wrapping_add_signed(-view.origin().x),
        y: part.y.wrapping_add_signed(-view.origin().y),
        ..part
    })
}

impl Way for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn conversion(&self) -> Conversion {
        if self.straight {
            Conversion::Later
        } else {
            Conversion::Now
        }
    }

    fn paint(&mut self, next: &Next<'_>, frames: &mut Vec<FrameFacts>) -> Result<bool> {
        let Next {
            scene,
            before,
            shared,
            exposed,
        } = *next;
        let extent = scene.window;
        let stride = extent.width() as usize;
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
            for rect in &rects {
                let shown = picture.as_mut().filter(|picture| shows(scene, picture));
                if let Some((picture, part)) = shown.zip(bare(scene, *rect)) {
                    let first = rect.y as usize * stride + rect.x as usize;
                    let film = picture.pixels.parts();
                    if film.film(part, &mut buffer[first..], stride) {
                        continue;
                    }
                }
                let pixels = picture.as_mut().map(|picture| picture.pixels.pixels());
                scene.paint(&mut buffer, *rect, pixels);
            }
        });
        let is_bare = |view: View| bare(scene, view.area()).is_some();
        self.straight = scene.view.is_some_and(is_bare);
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

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Point;

    use super::*;
    use crate::window::layer::Scale;
    use crate::window::lost::Lost;
    use crate::window::note::Note;
    use crate::window::palette::DARK;
    use crate::window::view::Mode;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("valid")
    }

    fn scene(window: Size, surface: Size, mode: Mode) -> Scene {
        Scene {
            window,
            palette: DARK,
            view: Some(View::new(window, surface, mode, Point::default())),
            lost: None,
            overlay: None,
            note: None,
            bar: None,
            menu: None,
            card: None,
        }
    }

    #[test]
    fn a_part_is_bare_where_pixels_are_shown_as_they_are_and_nothing_lies_over_them() {
        let part = Rect {
            x: 10,
            y: 20,
            width: 30,
            height: 40,
        };
        let full = scene(size(640, 400), size(640, 400), Mode::Fit);
        assert_eq!(bare(&full, part), Some(part));
        assert_eq!(bare(&full, full.window.rect()), Some(full.window.rect()));
        // In the middle of a larger window.
        let larger = scene(size(740, 500), size(640, 400), Mode::Actual);
        let (x, y) = (60, 70);
        assert_eq!(bare(&larger, Rect { x, y, ..part }), Some(part));
        assert_eq!(bare(&larger, part), None, "beside the picture");
        let scaled = scene(size(320, 200), size(640, 400), Mode::Fit);
        assert_eq!(bare(&scaled, part), None);
        let note = Note::new(full.window, Scale::new(1.0), DARK, "Not sent.");
        let noted = Scene {
            note: Some(note),
            ..full
        };
        assert_eq!(bare(&noted, part), Some(part), "the note lies elsewhere");
        assert_eq!(bare(&noted, noted.window.rect()), None);
        let lost = Scene {
            lost: Some(Lost::new(noted.window, Scale::new(1.0), DARK, 1)),
            note: None,
            ..noted
        };
        assert_eq!(bare(&lost, part), None, "all of it is dimmed");
    }
}
