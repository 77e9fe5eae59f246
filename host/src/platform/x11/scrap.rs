//! The library `scrap` as the one that brings the pixels, for X servers that take no memory by
//! descriptor. It reads whole monitors and tells neither changes nor errors, so everything around
//! it is ours: where something changed (XDamage), which monitor, the cursor, and whether what it
//! brought can be trusted.
//!
//! Its monitors are not asked for: the list that it makes of them is read after it was freed.

#![expect(
    unsafe_code,
    reason = "the library's own display type and a place on another thread have no safe way"
)]

use std::ffi::CString;
use std::rc::Rc;

use ::scrap::x11::{Capturer, Display as Part, Rect as PartRect, Server};
use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::Rect;
use farpane_protocol::limits::SURFACES_SHOWN;
use x11rb::protocol::xproto::ConnectionExt as _;

use self::closed::ClosedSegment;
use super::display::Display;
use super::monitor::Monitor;
use super::pixels::Pixels;
use super::segment::PIXEL;
use crate::platform::PlatformError;

mod closed;

/// The byte of a pixel that carries no colour.
const ALPHA: u32 = 0xff00_0000;

/// Whole pictures by `scrap`.
pub(super) struct FromScrap {
    /// As the C library takes it.
    name: CString,
    root: u32,
    /// One for each monitor that is shown, the last used one last.
    grabbers: Vec<Grabber>,
}

/// One monitor's.
struct Grabber {
    monitor: Monitor,
    capturer: Capturer,
    segment: ClosedSegment,
}

// SAFETY: what keeps a `Capturer` on its thread is the count of owners of its connection. The only
// owner is inside it (`Grabber::open` gives away the one that it made), so the count moves with it;
// the connection itself and the memory belong to no thread.
unsafe impl Send for Grabber {}

impl FromScrap {
    pub(super) fn new(display: &Display) -> Result<Self, PlatformError> {
        let socket = display.socket.as_str();
        let name = CString::new(socket).map_err(|_| PlatformError::NoDisplay)?;
        Ok(Self {
            name,
            root: display.root(),
            grabbers: Vec::new(),
        })
    }

    /// Reads that monitor, which it did before or not.
    fn grabber(&mut self, monitor: Monitor) -> Result<&mut Grabber, PlatformError> {
        let known = self.grabbers.iter().position(|one| one.monitor == monitor);
        let grabber = match known {
            Some(at) => self.grabbers.remove(at),
            None => {
                if self.grabbers.len() == SURFACES_SHOWN {
                    self.grabbers.remove(0);
                }
                Grabber::open(&self.name, self.root, monitor)?
            }
        };
        Ok(self.grabbers.push_mut(grabber))
    }
}

impl Grabber {
    fn open(name: &CString, root: u32, monitor: Monitor) -> Result<Self, PlatformError> {
        let server = Server::connect(name.as_ptr()).map_err(|_| PlatformError::Unreachable {
            name: name.to_string_lossy().into_owned(),
            source: "the library scrap cannot connect".into(),
        })?;
        let rect = PartRect {
            x: monitor.x as i16,
            y: monitor.y as i16,
            w: monitor.size.width() as u16,
            h: monitor.size.height() as u16,
        };
        // SAFETY: the root window and the rectangle are only handed to the X server, which checks
        // them.
        let part = unsafe { Part::new(Rc::new(server), true, rect, root) };
        let bytes = monitor.size.area() * PIXEL;
        let (capturer, segment) = closed::closed(bytes, || Capturer::new(part))?;
        Ok(Self {
            monitor,
            capturer,
            segment,
        })
    }
}

impl Pixels for FromScrap {
    fn read(
        &mut self,
        display: &Display,
        monitor: Monitor,
        rects: &[Rect],
        picture: &mut BgraPicture,
    ) -> Result<(), PlatformError> {
        if rects.is_empty() {
            return Ok(());
        }
        let grabber = self.grabber(monitor)?;
        // The request for this frame was made after the last one and lies in the connection's
        // buffer until now, when its reply is waited for: the pixels are of now, not of then.
        let frame = grabber.capturer.frame();
        // Whatever went wrong, the library says nothing and shows what was there before. The
        // server reads our memory only as long as the connection lives, and refuses a monitor that
        // is not within the screen.
        grabber.segment.check_shared()?;
        let screen = display.conn.get_geometry(display.root())?.reply()?;
        let (width, height) = (u32::from(screen.width), u32::from(screen.height));
        if monitor.rect().right() > width || monitor.rect().bottom() > height {
            let gone = "the monitor is not within the screen any more";
            return Err(PlatformError::Refused(gone.into()));
        }
        let stride = monitor.size.width() as usize * PIXEL;
        let rows = frame.chunks_exact(stride);
        for rect in rects {
            let (from, to) = (rect.x as usize, rect.right() as usize);
            let both = rows.clone().zip(picture.rows_mut());
            for (row, target) in both.skip(rect.y as usize).take(rect.height as usize) {
                let pixels = row[from * PIXEL..to * PIXEL].as_chunks::<PIXEL>().0;
                for (pixel, target) in pixels.iter().zip(&mut target[from..to]) {
                    *target = u32::from_le_bytes(*pixel) | ALPHA;
                }
            }
        }
        Ok(())
    }
}
