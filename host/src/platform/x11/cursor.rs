//! Follows the cursor's shape, which the viewer draws; it is never in the picture.

use farpane_protocol::geometry::Point;
use x11rb::errors::ReplyError;
use x11rb::protocol::Event;
use x11rb::protocol::xfixes::{ConnectionExt as _, CursorNotifyMask};

use super::display::Display;
use crate::platform::{CursorShape, PlatformError};

/// Remembers which cursor was fetched last.
pub(super) struct CursorWatch {
    /// The server's number of the shape fetched last.
    fetched: Option<u32>,
    /// The number that the server announced last.
    announced: Option<u32>,
}

impl CursorWatch {
    /// Asks the server to announce new shapes.
    pub(super) fn open(display: &Display) -> Result<Self, PlatformError> {
        let what = CursorNotifyMask::DISPLAY_CURSOR;
        display
            .conn
            .xfixes_select_cursor_input(display.root(), what)?
            .check()?;
        Ok(Self {
            fetched: None,
            announced: None,
        })
    }

    /// Whether the event announces another shape.
    pub(super) fn note(&mut self, event: &Event) -> bool {
        if let Event::XfixesCursorNotify(notice) = event {
            self.announced = Some(notice.cursor_serial);
            return self.announced != self.fetched;
        }
        false
    }

    /// The shape, if it is another one than last time.
    pub(super) fn fetch(
        &mut self,
        display: &Display,
    ) -> Result<Option<CursorShape>, PlatformError> {
        if self.fetched.is_some() && (self.announced.is_none() || self.announced == self.fetched) {
            return Ok(None);
        }
        let image = match display.conn.xfixes_get_cursor_image()?.reply() {
            Ok(image) => image,
            // The server refuses shapes whose owner is gone (xsetroot makes such); the viewer
            // keeps the one it has, and the next shape is asked for again.
            Err(ReplyError::X11Error(error)) => {
                tracing::debug!(?error, "the pointer's shape cannot be had");
                self.fetched = self.announced.or(self.fetched).or(Some(0));
                self.announced = self.fetched;
                return Ok(None);
            }
            Err(error @ ReplyError::ConnectionError(_)) => return Err(error.into()),
        };
        let again = self.fetched == Some(image.cursor_serial);
        self.fetched = Some(image.cursor_serial);
        self.announced = self.fetched;
        if again {
            return Ok(None);
        }
        let pixels: Vec<u32> = image.cursor_image.iter().copied().map(straight).collect();
        let hotspot = Point {
            x: image.xhot.into(),
            y: image.yhot.into(),
        };
        let shape = CursorShape::new(image.width.into(), image.height.into(), hotspot, &pixels);
        // A cursor of no extent is how some programs hide it.
        Ok(shape.or_else(|| CursorShape::new(1, 1, Point::default(), &[0])))
    }
}

/// Undoes the multiplication by alpha that X cursors come with.
fn straight(argb: u32) -> u32 {
    let alpha = argb >> 24;
    if alpha == 0 {
        return 0;
    }
    let channel = |shift: u32| {
        let value = (argb >> shift) & 0xff;
        ((value * 255 + alpha / 2) / alpha).min(255) << shift
    };
    (alpha << 24) | channel(16) | channel(8) | channel(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_undoes_premultiplication_and_survives_nonsense() {
        assert_eq!(straight(0xff12_3456), 0xff12_3456);
        assert_eq!(straight(0x8040_2000), 0x8080_4000);
        assert_eq!(straight(0x00ff_ffff), 0);
        assert_eq!(straight(0x01ff_ff00), 0x01ff_ff00);
    }
}
