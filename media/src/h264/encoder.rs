//! The encoder half of the OpenH264 library behind [`VideoEncoder`].

use std::ops::Range;

use farpane_protocol::geometry::Rect;

use crate::codec::backend::EncoderBackend;
use crate::codec::{CodecError, Content, EncodedInfo, EncoderSettings, VideoEncoder};
use crate::picture::I420Picture;
use crate::together::together;

use super::shares::Shares;
use super::stream::{FINEST, Stream, planned_fps};
use super::{bands, check_picture, check_size};

/// Parts that a picture may come in: the time until the first is coded halves with two, and each
/// more costs bytes at the edges of its bands.
const PARTS: usize = 2;

/// Bytes that a picture must be planned to have to come in parts: a smaller one is on its way for
/// a moment only, and its parts would be too small to tell what the path carries.
const WORTH_PARTS: u32 = 8 * 1024;

/// The back end that every build has: the processor.
#[derive(Clone, Copy, Debug)]
pub struct OpenH264;

impl EncoderBackend for OpenH264 {
    fn name(&self) -> &'static str {
        "openh264"
    }

    fn encoder(&self, settings: EncoderSettings) -> Result<Box<dyn VideoEncoder>, CodecError> {
        Ok(Box::new(H264Encoder::new(settings)?))
    }
}

/// An H.264 encoder for pictures of one size: a stream for each of the picture's bands, which share
/// the bitrate. Where the picture is high enough there are as many as the settings have threads,
/// and as many again if it may come in parts.
#[derive(Debug)]
pub struct H264Encoder {
    settings: EncoderSettings,
    /// Gone after an error: the library may have freed its state and must not be called again.
    bands: Option<Bands>,
    /// Pictures encoded, for their time stamps.
    count: i64,
}

/// The streams of one picture, from top to bottom.
#[derive(Debug)]
struct Bands {
    streams: Vec<Band>,
    shares: Shares,
    /// None was coded yet.
    is_new: bool,
}

/// The stream of one band.
#[derive(Debug)]
struct Band {
    stream: Stream,
    rows: Range<usize>,
    /// What was coded of it for the present part; nothing if it is not in it.
    unit: Vec<u8>,
    next: Next,
    /// Of the present picture, once it is coded.
    quantiser: f32,
}

/// What is still to be coded of a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Nothing,
    Changed,
    Key,
}

impl H264Encoder {
    /// Makes an encoder; its first picture will be a key.
    ///
    /// # Errors
    /// [`CodecError::SizeUnsupported`] and [`CodecError::Settings`].
    pub fn new(settings: EncoderSettings) -> Result<Self, CodecError> {
        let bands = Some(Bands::new(&settings)?);
        Ok(Self {
            settings,
            bands,
            count: 0,
        })
    }

    fn try_encode(
        &mut self,
        picture: &I420Picture,
        changed: Rect,
        force_key: bool,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        check_picture(picture, self.settings.size)?;
        let bands = match &mut self.bands {
            Some(bands) => bands,
            gone @ None => gone.insert(Bands::new(&self.settings)?),
        };
        let milliseconds = self.count * 1000 / i64::from(planned_fps(&self.settings));
        self.count += 1;
        bands.begin(changed, force_key);
        bands.encode(picture, &self.settings, milliseconds, out)
    }

    fn try_encode_rest(
        &mut self,
        picture: &I420Picture,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        check_picture(picture, self.settings.size)?;
        let bands = self
            .bands
            .as_mut()
            .ok_or(CodecError::Encode(NOTHING_LEFT))?;
        let milliseconds = (self.count - 1) * 1000 / i64::from(planned_fps(&self.settings));
        bands.encode(picture, &self.settings, milliseconds, out)
    }

    /// After an error what the viewer has and what the encoder refers to may differ: start anew.
    fn checked(
        &mut self,
        result: Result<EncodedInfo, CodecError>,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        if result.is_err() {
            self.bands = None;
            out.clear();
        }
        result
    }
}

impl Bands {
    fn new(settings: &EncoderSettings) -> Result<Self, CodecError> {
        let (width, height) = check_size(settings.size)?;
        let parts = if settings.in_parts { PARTS } else { 1 };
        let count = usize::from(settings.threads) * parts;
        let count = count.clamp(1, bands::most(height));
        let rows = bands::rows(height, count).ok_or(CodecError::SizeUnsupported(settings.size))?;
        let shares = Shares::new(rows.iter().map(ExactSizeIterator::len));
        let streams = rows
            .into_iter()
            .zip(shares.of(settings.bitrate_bps))
            .map(|(rows, bps)| {
                Ok(Band {
                    stream: Stream::new(settings, (width, rows.end - rows.start), bps)?,
                    rows: rows.start as usize..rows.end as usize,
                    unit: Vec::new(),
                    next: Next::Nothing,
                    quantiser: FINEST,
                })
            })
            .collect::<Result<_, CodecError>>()?;
        Ok(Self {
            streams,
            shares,
            is_new: true,
        })
    }

    /// Marks what is to be coded of the next picture.
    fn begin(&mut self, changed: Rect, force_key: bool) {
        // Of a picture that was left unfinished the viewer has a part that it cannot show.
        let is_unfinished = self.streams.iter().any(|band| band.next != Next::Nothing);
        let key = std::mem::take(&mut self.is_new) || is_unfinished || force_key;
        let rows = changed.y as usize..changed.bottom() as usize;
        let is_changed = |band: &Band| rows.start < band.rows.end && band.rows.start < rows.end;
        let all = key || !self.streams.iter().any(is_changed);
        for band in &mut self.streams {
            band.next = match (key, all || is_changed(band)) {
                (true, _) => Next::Key,
                (false, true) => Next::Changed,
                (false, false) => Next::Nothing,
            };
            band.quantiser = FINEST; // what is left out needs nothing
        }
    }

    /// Codes what is marked, or as many bands of it as there are threads.
    fn encode(
        &mut self,
        picture: &I420Picture,
        settings: &EncoderSettings,
        milliseconds: i64,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        // A key is sent whole, and the screen method may make one by itself.
        let is_key = self.streams.iter().any(|band| band.next == Next::Key);
        let aim = settings.bitrate_bps / 8 / planned_fps(settings);
        let whole = is_key
            || !settings.in_parts
            || aim < WORTH_PARTS
            || settings.content == Content::Screen;
        let most = if whole {
            self.streams.len()
        } else {
            usize::from(settings.threads.max(1))
        };
        let mut keys = self.code(picture, milliseconds, most)?;
        if keys.contains(&true) && keys.contains(&false) {
            // A band began anew by itself: all bands do, or the picture would not decode alone.
            self.streams
                .iter_mut()
                .for_each(|band| band.next = Next::Key);
            keys = self.code(picture, milliseconds, self.streams.len())?;
        }
        let key = keys[0];
        if keys.iter().any(|other| *other != key) {
            return Err(CodecError::Encode(KEYS_DIFFER));
        }
        bands::join(self.streams.iter().map(|band| &band.unit[..]), out)?;
        let mut coded = self.streams.iter().filter(|band| !band.unit.is_empty());
        let first = coded.next().ok_or(CodecError::Encode(NOTHING_LEFT))?;
        let last = coded.next_back().unwrap_or(first);
        let rows = first.rows.start as u32..last.rows.end as u32;
        let more = self.streams.iter().any(|band| band.next != Next::Nothing);
        if !more {
            self.balance(settings.bitrate_bps)?;
        }
        Ok(EncodedInfo { key, rows, more })
    }

    /// Codes the first bands that are marked, so many at most; leaves nothing in the others.
    /// Whether each is a key.
    fn code(
        &mut self,
        picture: &I420Picture,
        milliseconds: i64,
        most: usize,
    ) -> Result<Vec<bool>, CodecError> {
        self.streams.iter_mut().for_each(|band| band.unit.clear());
        let marked = self.streams.iter_mut();
        let marked = marked.filter(|band| band.next != Next::Nothing).take(most);
        let keys = together(marked, |band| band.code(picture, milliseconds));
        let mut keys = keys.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter();
        let key = |band: &Band| !band.unit.is_empty() && keys.next() == Some(true);
        Ok(self.streams.iter().map(key).collect())
    }

    /// Gives more to the bands that the last picture was coarser in.
    fn balance(&mut self, bps: u32) -> Result<(), CodecError> {
        let quantisers: Vec<_> = self.streams.iter().map(|band| band.quantiser).collect();
        if self.shares.follow(&quantisers) {
            self.set_bitrate(bps)?;
        }
        Ok(())
    }

    fn set_bitrate(&mut self, bps: u32) -> Result<(), CodecError> {
        for (band, bps) in self.streams.iter_mut().zip(self.shares.of(bps)) {
            band.stream.set_bitrate(bps)?;
        }
        Ok(())
    }
}

impl Band {
    /// Codes it; whether it is a key.
    fn code(&mut self, picture: &I420Picture, milliseconds: i64) -> Result<bool, CodecError> {
        if std::mem::replace(&mut self.next, Next::Nothing) == Next::Key {
            self.stream.force_key()?;
        }
        let planes = picture.band(self.rows.clone());
        let key = self.stream.encode(planes, milliseconds, &mut self.unit)?;
        self.quantiser = self.stream.quantiser()?;
        Ok(key)
    }
}

impl VideoEncoder for H264Encoder {
    fn settings(&self) -> &EncoderSettings {
        &self.settings
    }

    fn encode(
        &mut self,
        picture: &I420Picture,
        changed: Rect,
        force_key: bool,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        out.clear();
        let result = self.try_encode(picture, changed, force_key, out);
        self.checked(result, out)
    }

    fn encode_rest(
        &mut self,
        picture: &I420Picture,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        out.clear();
        let result = self.try_encode_rest(picture, out);
        self.checked(result, out)
    }

    fn set_bitrate(&mut self, bps: u32) -> Result<(), CodecError> {
        if let Some(bands) = &mut self.bands
            && let Err(error) = bands.set_bitrate(bps)
        {
            // Some bands may have taken it: all go on with what they had.
            bands.set_bitrate(self.settings.bitrate_bps)?;
            return Err(error);
        }
        self.settings.bitrate_bps = bps;
        Ok(())
    }
}

/// Code for "there is nothing left of this picture".
const NOTHING_LEFT: i64 = 0x2001;

/// Code for "some bands begin anew and others do not"; the library's own are small.
const KEYS_DIFFER: i64 = 0x2000;

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Size;

    use super::*;

    #[test]
    fn every_size_has_an_encoder_in_any_number_of_bands() {
        for width in [16, 322, 646, 1366, 1920] {
            for height in (16..1300).step_by(54) {
                for threads in [1, 2, 4] {
                    let size = Size::new(width, height).expect("valid");
                    let mut settings = EncoderSettings::new(size, 4_000_000, 60);
                    (settings.threads, settings.in_parts) = (threads, height % 4 == 0);
                    let made = H264Encoder::new(settings);
                    assert!(made.is_ok(), "{width}x{height} {threads}: {made:?}");
                }
            }
        }
    }
}
