//! The pointer over the picture: drawn by this machine's display at once, in the device's shape.

use std::collections::VecDeque;

use farpane_protocol::wire::message::CursorShape;
use winit::event_loop::ActiveEventLoop;
use winit::platform::x11::ActiveEventLoopExtX11 as _;
use winit::window::{CursorIcon, CustomCursor, Window};

use crate::session::shared::PointerLook;

/// Cursors that stay made: programs switch between a handful.
const MADE: usize = 32;

/// Sets the pointer's look, only when it changes.
#[derive(Debug, Default)]
pub(super) struct Pointer {
    shown: Option<PointerLook>,
    made: VecDeque<(u64, CustomCursor)>,
}

impl Pointer {
    /// Makes the pointer look so in this window.
    pub(super) fn show(
        &mut self,
        look: &PointerLook,
        window: &Window,
        event_loop: &ActiveEventLoop,
    ) {
        if self.shown.as_ref() == Some(look) {
            return;
        }
        self.shown = Some(look.clone());
        match look {
            PointerLook::Arrow => window.set_cursor(CursorIcon::Default),
            PointerLook::Hidden => {}
            PointerLook::Shape(shape) => match self.cursor(shape, event_loop) {
                Some(cursor) => window.set_cursor(cursor),
                None => window.set_cursor(CursorIcon::Default),
            },
        }
        window.set_cursor_visible(*look != PointerLook::Hidden);
    }

    fn cursor(
        &mut self,
        shape: &CursorShape,
        event_loop: &ActiveEventLoop,
    ) -> Option<CustomCursor> {
        if let Some((_, cursor)) = self.made.iter().find(|(hash, _)| *hash == shape.hash) {
            return Some(cursor.clone());
        }
        let mut rgba = shape.rgba.clone();
        if event_loop.is_x11() {
            premultiply(&mut rgba);
        }
        let side = |pixels: u32| u16::try_from(pixels).ok();
        let source = CustomCursor::from_rgba(
            rgba,
            side(shape.width)?,
            side(shape.height)?,
            side(shape.hot_x)?,
            side(shape.hot_y)?,
        );
        let cursor = event_loop.create_custom_cursor(source.ok()?);
        if self.made.len() == MADE {
            self.made.pop_front();
        }
        self.made.push_back((shape.hash, cursor.clone()));
        Some(cursor)
    }
}

/// X11 wants colours multiplied by their opacity, and winit hands them over as they are.
fn premultiply(rgba: &mut [u8]) {
    for pixel in rgba.chunks_exact_mut(4) {
        let alpha = u16::from(pixel[3]);
        for channel in &mut pixel[..3] {
            *channel = ((u16::from(*channel) * alpha + 127) / 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_multiplied_by_opacity() {
        let mut rgba = [255, 128, 0, 255, 255, 128, 0, 0, 255, 100, 50, 128];
        premultiply(&mut rgba);
        assert_eq!(rgba, [255, 128, 0, 255, 0, 0, 0, 0, 128, 50, 25, 128]);
    }
}
