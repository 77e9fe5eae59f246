//! Which encoder codes: back ends in the order in which they are tried, and what happens when one
//! that worked fails.
//!
//! A back end is a library or a device that codes. Hardware comes before software, because it
//! costs the person at the device nothing; software comes last and is never given up. A new back
//! end is added to [`all`] and must pass `tests/codec_compliance.rs` unchanged: its pictures are
//! read by the same strict decoder, so they have to be constrained baseline, one picture in and
//! one access unit out for each of its bands (one, for what codes a picture whole).

use farpane_protocol::geometry::Rect;

use super::{CodecError, EncodedInfo, EncoderSettings, VideoEncoder};
use crate::h264::OpenH264;
use crate::picture::I420Picture;

/// Pictures in a row that a back end may fail at before the next one takes over.
pub const MAX_FAILURES: u32 = 2;

/// A way to make encoders.
pub trait EncoderBackend: Send + Sync {
    /// Its name in logs and in what a device tells about itself, for example `openh264`.
    fn name(&self) -> &'static str;

    /// Makes an encoder; its first picture will be a key.
    ///
    /// # Errors
    /// [`CodecError::SizeUnsupported`] and [`CodecError::Settings`]; what is not there at all, a
    /// device that has no such hardware for example, is the latter.
    fn encoder(&self, settings: EncoderSettings) -> Result<Box<dyn VideoEncoder>, CodecError>;
}

/// Every back end that this build has, the first choice first. Software only for now: no hardware
/// has passed the suite yet.
pub fn all() -> &'static [&'static dyn EncoderBackend] {
    &[&OpenH264]
}

/// The encoder of one stream, made by the first back end that can, and by the next one after that
/// has failed [`MAX_FAILURES`] times in a row.
pub struct Chosen {
    settings: EncoderSettings,
    left: &'static [&'static dyn EncoderBackend],
    /// Made when it is first needed; the next picture of a new one is a key.
    encoder: Option<Box<dyn VideoEncoder>>,
    failures: u32,
}

impl std::fmt::Debug for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chosen")
            .field("backend", &self.name())
            .field("settings", &self.settings)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

impl Chosen {
    /// One that chooses among these, the first choice first.
    pub fn new(settings: EncoderSettings, among: &'static [&'static dyn EncoderBackend]) -> Self {
        Self {
            settings,
            left: among,
            encoder: None,
            failures: 0,
        }
    }

    /// The back end that codes now; `none` if there never was one.
    pub fn name(&self) -> &'static str {
        self.left.first().map_or("none", |backend| backend.name())
    }

    /// What the next encoder is made with, and the bitrate as last set.
    pub fn settings(&self) -> &EncoderSettings {
        &self.settings
    }

    /// Whether the next picture begins a stream.
    pub fn is_new(&self) -> bool {
        self.encoder.is_none()
    }

    /// The next picture begins a stream: it decodes alone, and nothing before it counts.
    pub fn begin_anew(&mut self) {
        self.encoder = None;
    }

    /// Changes the aim in bits per second. An encoder that refuses it goes on as before.
    pub fn set_bitrate(&mut self, bps: u32) {
        let set = self.encoder.as_mut().map(|it| it.set_bitrate(bps));
        if set.is_none_or(|set| set.is_ok()) {
            self.settings.bitrate_bps = bps;
        }
    }

    /// Codes one picture, which differs from the one before only within `changed`, into `out`, whose
    /// old content goes.
    ///
    /// # Errors
    /// Those of the back end; the next picture begins a stream then, by another back end if this
    /// one failed too often and there is one.
    pub fn encode(
        &mut self,
        picture: &I420Picture,
        changed: Rect,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => none.insert(open(&mut self.left, self.settings)?),
        };
        let encoded = encoder.encode(picture, changed, false, out);
        self.count(&encoded);
        encoded
    }

    /// Codes the rest of the picture that was coded last, as [`VideoEncoder::encode_rest`] does.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn encode_rest(
        &mut self,
        picture: &I420Picture,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        let encoder = self.encoder.as_mut().ok_or(CodecError::Encode(0))?;
        let encoded = encoder.encode_rest(picture, out);
        self.count(&encoded);
        encoded
    }

    fn count(&mut self, encoded: &Result<EncodedInfo, CodecError>) {
        match encoded {
            Ok(_) => self.failures = 0,
            Err(_) => {
                self.encoder = None;
                self.failures += 1;
                if self.failures >= MAX_FAILURES
                    && let [_, rest @ ..] = self.left
                    && !rest.is_empty()
                {
                    (self.left, self.failures) = (rest, 0);
                }
            }
        }
    }
}

/// Makes an encoder by the first back end that can; those before it are given up.
fn open(
    left: &mut &'static [&'static dyn EncoderBackend],
    settings: EncoderSettings,
) -> Result<Box<dyn VideoEncoder>, CodecError> {
    let mut refused = CodecError::Settings(0);
    for (at, backend) in left.iter().enumerate() {
        match backend.encoder(settings) {
            Ok(encoder) => {
                *left = &left[at..];
                return Ok(encoder);
            }
            Err(error) => refused = error,
        }
    }
    Err(refused)
}
