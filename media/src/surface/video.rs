//! The device's side of the video plane: a picture of its own, in which only what goes by the
//! video changes. Everything else stands still there and costs the encoder next to nothing.

use farpane_protocol::geometry::{Rect, Size};

use crate::codec::{CodecError, EncodedInfo, EncoderSettings, VideoEncoder as _};
use crate::convert::bgra_to_i420;
use crate::h264::H264Encoder;
use crate::picture::{BgraPicture, I420Picture};

/// Changes of the aim below this part of it are left out.
const BITRATE_STEP: u32 = 16;

/// The video of one surface.
#[derive(Debug)]
pub struct VideoPlane {
    settings: EncoderSettings,
    picture: I420Picture,
    /// Made when it is first needed; the next frame of a new one decodes alone.
    encoder: Option<H264Encoder>,
}

impl VideoPlane {
    /// One that has shown nothing yet.
    pub fn new(settings: EncoderSettings) -> Self {
        Self {
            settings,
            picture: I420Picture::new(settings.size),
            encoder: None,
        }
    }

    /// Extent of its surface.
    pub fn size(&self) -> Size {
        self.settings.size
    }

    /// The next frame decodes alone, and carries nothing but what it shows.
    pub fn begin_anew(&mut self) {
        self.encoder = None;
    }

    /// Changes the encoder's aim in bits per second, from the next frame on. Small changes are
    /// left out: each one makes the library plan anew.
    pub fn set_bitrate(&mut self, bps: u32) {
        let old = self.settings.bitrate_bps;
        if bps.abs_diff(old) <= old / BITRATE_STEP {
            return;
        }
        let set = self
            .encoder
            .as_mut()
            .map(|encoder| encoder.set_bitrate(bps));
        // An encoder that refuses it goes on as before.
        if set.is_none_or(|set| set.is_ok()) {
            self.settings.bitrate_bps = bps;
        }
    }

    /// Brings these parts of the screen into the video.
    ///
    /// # Panics
    /// If the screen is of another size.
    pub fn show(&mut self, screen: &BgraPicture, rects: &[Rect]) {
        if self.encoder.is_none() {
            // What was there before belongs to nobody and would only make the key larger.
            self.picture = I420Picture::new(self.size());
        }
        bgra_to_i420(screen, &mut self.picture, rects).expect("a surface has one size");
    }

    /// Codes the video's picture.
    ///
    /// # Errors
    /// Any of the encoder's; the next frame decodes alone then.
    pub fn encode(&mut self, out: &mut Vec<u8>) -> Result<EncodedInfo, CodecError> {
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => none.insert(H264Encoder::new(self.settings)?),
        };
        let encoded = encoder.encode(&self.picture, false, out);
        if encoded.is_err() {
            self.encoder = None;
        }
        encoded
    }
}
