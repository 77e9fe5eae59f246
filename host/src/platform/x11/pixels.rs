//! Where the pixels of a monitor come from, once the damage has told which of them changed.

use std::sync::Arc;

use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::{Rect, Size};
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xproto::ImageFormat;
use x11rb::rust_connection::RustConnection;

use super::display::Display;
use super::monitor::Monitor;
use super::segment::{PIXEL, Segment};
use crate::platform::PlatformError;

/// Asks for every plane of a pixel.
const ALL_PLANES: u32 = !0;
/// Most pixels that are asked for at once: while the server writes some, those before are taken.
const AT_ONCE: u64 = 256 * 1024;

/// How a capture gets at the pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The X server writes what is asked for into memory that we hand it.
    Server,
    /// The library `scrap` brings whole pictures.
    #[cfg(feature = "scrap")]
    Scrap,
}

/// Something that reads a monitor.
pub(super) trait Pixels: Send {
    /// Copies rectangles of the monitor, as they are now, into a picture of its size; the alpha
    /// byte becomes 255. Fails with [`PlatformError::Refused`] where the monitor is not (any more)
    /// within the screen.
    fn read(
        &mut self,
        display: &Display,
        monitor: Monitor,
        rects: &[Rect],
        picture: &mut BgraPicture,
    ) -> Result<(), PlatformError>;
}

impl Source {
    /// Checks, once for all captures, that the display can do it.
    pub(super) fn check(self, display: &Display) -> Result<(), PlatformError> {
        match self {
            Self::Server => Segment::new(display.conn.clone(), PIXEL).map(drop),
            #[cfg(feature = "scrap")]
            Self::Scrap => Ok(()), // its own first picture is the check
        }
    }

    /// Prepares to read from the display.
    pub(super) fn open(self, display: &Display) -> Result<Box<dyn Pixels>, PlatformError> {
        match self {
            Self::Server => {
                let segment = Segment::new(display.conn.clone(), PIXEL)?;
                Ok(Box::new(FromServer {
                    segment,
                    room: PIXEL,
                }))
            }
            #[cfg(feature = "scrap")]
            Self::Scrap => Ok(Box::new(super::scrap::FromScrap::new(display)?)),
        }
    }
}

/// Asks for just the rectangles.
struct FromServer {
    segment: Segment,
    /// Bytes that fit the segment.
    room: usize,
}

impl FromServer {
    /// Makes the segment large enough for a whole picture. It is not made smaller again: monitors of
    /// different sizes are read in turns.
    fn fit(&mut self, conn: &Arc<RustConnection>, size: Size) -> Result<(), PlatformError> {
        let bytes = size.area() * PIXEL;
        if self.room < bytes {
            self.segment = Segment::new(conn.clone(), bytes)?;
            self.room = bytes;
        }
        Ok(())
    }
}

/// A rectangle in parts of about [`AT_ONCE`] pixels, from top to bottom. What is drawn while they are
/// read one after the other is told as damage of its own, so that a picture of two halves does not stay.
fn bands(rect: Rect) -> impl Iterator<Item = Rect> {
    let most = AT_ONCE.div_ceil(u64::from(rect.width).max(1)) as u32;
    (rect.y..rect.bottom())
        .step_by(most as usize)
        .map(move |y| Rect {
            y,
            height: most.min(rect.bottom() - y),
            ..rect
        })
}

impl Pixels for FromServer {
    /// All requests go out before the first reply is awaited, so the whole costs one round trip.
    fn read(
        &mut self,
        display: &Display,
        monitor: Monitor,
        rects: &[Rect],
        picture: &mut BgraPicture,
    ) -> Result<(), PlatformError> {
        self.fit(&display.conn, monitor.size)?;
        let mut offset = 0;
        let mut pending = Vec::with_capacity(rects.len());
        for rect in rects.iter().flat_map(|rect| bands(*rect)) {
            let cookie = display.conn.shm_get_image(
                display.root(),
                (monitor.x + rect.x) as i16,
                (monitor.y + rect.y) as i16,
                rect.width as u16,
                rect.height as u16,
                ALL_PLANES,
                ImageFormat::Z_PIXMAP.into(),
                self.segment.id,
                offset as u32,
            )?;
            pending.push((cookie, rect, offset));
            offset += rect.area() as usize * PIXEL;
        }
        for (cookie, rect, mut offset) in pending {
            cookie.reply()?;
            for row in picture
                .rows_mut()
                .skip(rect.y as usize)
                .take(rect.height as usize)
            {
                let row = &mut row[rect.x as usize..rect.right() as usize];
                self.segment.copy_pixels(offset, row);
                offset += std::mem::size_of_val(row);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_the_whole_rectangle_each_pixel_once() {
        for (width, height) in [(1, 1), (1920, 1080), (3840, 2160), (30_000, 7), (7, 30_000)] {
            let (x, y) = (11, 13);
            let rect = Rect {
                x,
                y,
                width,
                height,
            };
            let mut next = rect.y;
            for band in bands(rect) {
                assert_eq!((band.x, band.width, band.y), (rect.x, rect.width, next));
                assert!(band.area() <= AT_ONCE + u64::from(width), "{band:?}");
                next = band.bottom();
            }
            assert_eq!(next, rect.bottom());
        }
        let none = Rect::default();
        assert_eq!(bands(none).count(), 0);
    }
}
