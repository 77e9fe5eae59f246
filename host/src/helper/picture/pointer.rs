//! How the pointer looks, as the picture thread tells it.

use anyhow::Result;
use farpane_protocol::wire::message::CursorShape;

use super::work::Work;
use crate::ipc::{self, FromHelper};

impl Work {
    /// Sends the shape if it is another one, or if it is to be sent `again`.
    pub(super) fn send_cursor(&mut self, again: bool) -> Result<()> {
        let changed = self.capture.cursor()?;
        let is_new = changed.is_some();
        self.shape = changed.or_else(|| self.shape.take());
        // A new session has not seen the shape that an old one had.
        let Some(shape) = self.shape.as_ref().filter(|_| is_new || again) else {
            return Ok(());
        };
        let mut rgba = Vec::with_capacity(shape.argb.len() * 4);
        for pixel in &shape.argb {
            let [a, r, g, b] = pixel.to_be_bytes();
            rgba.extend_from_slice(&[r, g, b, a]);
        }
        let hash = shape.hash.max(1);
        let shape = CursorShape {
            hash,
            width: shape.size.width(),
            height: shape.size.height(),
            hot_x: shape.hotspot.x.unsigned_abs(),
            hot_y: shape.hotspot.y.unsigned_abs(),
            rgba,
        };
        self.upward.send(&ipc::pack_cursor(self.session, &shape))?;
        self.upward.tell(&FromHelper::Cursor(hash));
        Ok(())
    }
}
