//! The device's side of the video plane: a picture of its own, in which only what goes by the
//! video changes. Everything else stands still there and costs the encoder next to nothing.

use farpane_protocol::geometry::{Rect, Size};

use crate::codec::backend::{self, Chosen, EncoderBackend};
use crate::codec::{CodecError, EncodedInfo, EncoderSettings};
use crate::convert::bgra_to_i420;
use crate::picture::{BgraPicture, I420Picture};

/// Changes of the aim below this part of it are left out.
const BITRATE_STEP: u32 = 16;

/// The video of one surface.
#[derive(Debug)]
pub struct VideoPlane {
    picture: I420Picture,
    /// What was brought into the picture since it was coded last.
    changed: Option<Rect>,
    encoder: Chosen,
}

impl VideoPlane {
    /// One that has shown nothing yet, coded by the best back end that this build has.
    pub fn new(settings: EncoderSettings) -> Self {
        Self::by(settings, backend::all())
    }

    /// The same, coded by one of these.
    pub fn by(settings: EncoderSettings, among: &'static [&'static dyn EncoderBackend]) -> Self {
        Self {
            picture: I420Picture::new(settings.size),
            changed: None,
            encoder: Chosen::new(settings, among),
        }
    }

    /// Extent of its surface.
    pub fn size(&self) -> Size {
        self.encoder.settings().size
    }

    /// The back end that codes.
    pub fn backend(&self) -> &'static str {
        self.encoder.name()
    }

    /// The next frame decodes alone, and carries nothing but what it shows.
    pub fn begin_anew(&mut self) {
        self.encoder.begin_anew();
    }

    /// Changes the encoder's aim in bits per second, from the next frame on. Small changes are
    /// left out: each one makes the library plan anew.
    pub fn set_bitrate(&mut self, bps: u32) {
        let old = self.encoder.settings().bitrate_bps;
        if bps.abs_diff(old) > old / BITRATE_STEP {
            self.encoder.set_bitrate(bps);
        }
    }

    /// Brings these parts of the screen into the video.
    ///
    /// # Panics
    /// If the screen is of another size.
    pub fn show(&mut self, screen: &BgraPicture, rects: &[Rect]) {
        if self.encoder.is_new() {
            // What was there before belongs to nobody and would only make the key larger.
            self.picture = I420Picture::new(self.size());
        }
        bgra_to_i420(screen, &mut self.picture, rects).expect("a surface has one size");
        let all = rects.iter().copied().reduce(Rect::union);
        self.changed = all.into_iter().chain(self.changed).reduce(Rect::union);
    }

    /// Codes the video's picture, or the first part of it.
    ///
    /// # Errors
    /// Any of the encoder's; the next frame decodes alone then.
    pub fn encode(&mut self, out: &mut Vec<u8>) -> Result<EncodedInfo, CodecError> {
        // Where nothing changed a picture is wanted all the same, and refines what is there.
        let changed = self.changed.take().unwrap_or(self.size().rect());
        self.encoder.encode(&self.picture, changed, out)
    }

    /// Codes the rest of the picture after a part that said so, before anything else is shown.
    ///
    /// # Errors
    /// Any of the encoder's; the next frame decodes alone then.
    pub fn encode_rest(&mut self, out: &mut Vec<u8>) -> Result<EncodedInfo, CodecError> {
        self.encoder.encode_rest(&self.picture, out)
    }
}
