//! From an encoded picture to pixels: every frame in order, only what changed converted, and
//! nothing wrong ever shown.

use farpane_media::codec::{CodecError, VideoDecoder as _};
use farpane_media::convert::i420_to_bgra;
use farpane_media::h264::{self, H264Decoder};
use farpane_media::picture::{BgraPicture, I420Picture};
use farpane_protocol::geometry::{Rect, Size};
use farpane_protocol::wire::frame::{Coding, FrameHeader};

use super::tiles;

/// What became of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was decoded; these parts of the picture changed.
    Decoded(Vec<Rect>),
    /// It cannot be decoded; the device must be asked, once, for a picture that decodes alone.
    AskRefresh,
    /// It cannot be decoded either, and the device was asked already.
    Skipped,
}

/// One surface's decoder with its last picture.
pub struct Decoder {
    codec: H264Decoder,
    shown: I420Picture,
    spare: I420Picture,
    /// The newest picture's pixels are all of this decoder's making.
    fresh: bool,
    asked: bool,
}

impl Decoder {
    /// One for pictures of this size.
    ///
    /// # Errors
    /// If the codec cannot handle the size.
    pub fn new(size: Size) -> Result<Self, CodecError> {
        Ok(Self {
            codec: H264Decoder::new(size)?,
            shown: I420Picture::new(size),
            spare: I420Picture::new(size),
            fresh: true,
            asked: false,
        })
    }

    /// Whether pictures of this size can be shown at all.
    pub fn supports(size: Size) -> bool {
        h264::supports(size)
    }

    /// Extent of its pictures.
    pub fn size(&self) -> Size {
        self.codec.size()
    }

    /// Decodes one frame; on an error the last good picture stays.
    pub fn decode(&mut self, header: &FrameHeader, payload: &[u8]) -> Verdict {
        let Coding::H264 = header.coding;
        match self.codec.decode(payload, &mut self.spare) {
            Ok(_) => {
                self.asked = false;
                let whole = std::mem::take(&mut self.fresh);
                let rects = if whole {
                    vec![self.size().rect()]
                } else {
                    tiles::changed(&self.shown, &self.spare)
                };
                std::mem::swap(&mut self.shown, &mut self.spare);
                Verdict::Decoded(rects)
            }
            Err(error) => {
                tracing::debug!(%error, sequence = header.sequence, "frame not decoded");
                let asked = std::mem::replace(&mut self.asked, true);
                // A broken key is the answer that did not help, so it is asked for again.
                if asked && !header.key {
                    Verdict::Skipped
                } else {
                    Verdict::AskRefresh
                }
            }
        }
    }

    /// Writes parts of the last good picture as pixels.
    pub fn convert(&self, rects: &[Rect], pixels: &mut BgraPicture) {
        i420_to_bgra(&self.shown, pixels, rects).expect("the pixels were made for this size");
    }
}

#[cfg(test)]
mod tests {
    use farpane_media::codec::{EncoderSettings, VideoEncoder as _};
    use farpane_media::convert::bgra_to_i420;
    use farpane_media::h264::H264Encoder;

    use super::*;

    fn size() -> Size {
        Size::new(320, 240).expect("valid")
    }

    fn header(sequence: u64, key: bool, payload: &[u8]) -> FrameHeader {
        FrameHeader {
            coding: Coding::H264,
            surface: 0,
            sequence,
            key,
            size: size(),
            input_sequence: 0,
            captured_us: 0,
            capture_us: 0,
            encode_us: 0,
            payload: payload.len() as u32,
        }
    }

    /// A device that draws a white box, at another place per step.
    struct Device {
        encoder: H264Encoder,
        sequence: u64,
    }

    impl Device {
        fn new() -> Self {
            let settings = EncoderSettings::new(size(), 8_000_000, 30);
            Self {
                encoder: H264Encoder::new(settings).expect("encoder"),
                sequence: 0,
            }
        }

        fn frame(&mut self, step: usize, force_key: bool) -> (FrameHeader, Vec<u8>) {
            let mut bgra = BgraPicture::new(size());
            for y in 8..56 {
                let start = y * 320 + step * 64 + 8;
                bgra.as_pixels_mut()[start..start + 48].fill(0x00ff_ffff);
            }
            let mut i420 = I420Picture::new(size());
            bgra_to_i420(&bgra, &mut i420, &[size().rect()]).expect("one size");
            let mut out = Vec::new();
            let info = self
                .encoder
                .encode(&i420, force_key, &mut out)
                .expect("encodes");
            self.sequence += 1;
            (header(self.sequence, info.key, &out), out)
        }
    }

    fn bright(pixels: &BgraPicture, x: usize, y: usize) -> bool {
        pixels.as_pixels()[y * 320 + x] & 0xff > 200
    }

    #[test]
    fn only_the_parts_that_changed_are_converted_and_they_are_right() {
        let (mut device, mut decoder) = (Device::new(), Decoder::new(size()).expect("decoder"));
        let mut pixels = BgraPicture::new(size());
        let (header, payload) = device.frame(0, false);
        assert_eq!(
            decoder.decode(&header, &payload),
            Verdict::Decoded(vec![size().rect()])
        );
        decoder.convert(&[size().rect()], &mut pixels);
        assert!(bright(&pixels, 30, 30) && !bright(&pixels, 94, 30));

        let (header, payload) = device.frame(1, false);
        let Verdict::Decoded(rects) = decoder.decode(&header, &payload) else {
            panic!("a good frame");
        };
        let area: u64 = rects.iter().map(|rect| rect.area()).sum();
        assert!(area < size().rect().area(), "{rects:?}");
        decoder.convert(&rects, &mut pixels);
        assert!(!bright(&pixels, 30, 30) && bright(&pixels, 94, 30));
    }

    #[test]
    fn a_broken_frame_asks_once_keeps_the_picture_and_a_key_heals() {
        let (mut device, mut decoder) = (Device::new(), Decoder::new(size()).expect("decoder"));
        let mut pixels = BgraPicture::new(size());
        let (header, payload) = device.frame(0, false);
        decoder.decode(&header, &payload);

        let (header, mut payload) = device.frame(1, false);
        payload.truncate(4);
        assert_eq!(decoder.decode(&header, &payload), Verdict::AskRefresh);
        let (header, payload) = device.frame(2, false);
        assert_eq!(decoder.decode(&header, &payload), Verdict::Skipped);
        decoder.convert(&[size().rect()], &mut pixels);
        assert!(bright(&pixels, 30, 30), "the last good picture stays");

        let (header, payload) = device.frame(3, true);
        let Verdict::Decoded(rects) = decoder.decode(&header, &payload) else {
            panic!("a key heals");
        };
        decoder.convert(&rects, &mut pixels);
        assert!(bright(&pixels, 3 * 64 + 30, 30) && !bright(&pixels, 30, 30));
    }

    #[test]
    fn garbage_is_refused_and_never_shown() {
        let mut decoder = Decoder::new(size()).expect("decoder");
        let garbage: Vec<u8> = (0..5000u32).map(|n| (n * 31 % 251) as u8).collect();
        assert_eq!(
            decoder.decode(&header(1, true, &garbage), &garbage),
            Verdict::AskRefresh
        );
        let mut pixels = BgraPicture::new(size());
        decoder.convert(&[size().rect()], &mut pixels);
        assert!(
            pixels
                .as_pixels()
                .iter()
                .all(|pixel| pixel & 0x00ff_ffff == 0)
        );
    }
}
