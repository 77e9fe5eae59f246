//! When one encoder takes over from another: the next in order where one is not there or fails at
//! every picture, and none where one fails now and then.

use farpane_media::codec::backend::{Chosen, EncoderBackend, MAX_FAILURES};
use farpane_media::codec::{CodecError, EncodedInfo, EncoderSettings, VideoDecoder, VideoEncoder};
use farpane_media::convert::bgra_to_i420;
use farpane_media::h264::{H264Decoder, H264Encoder, OpenH264};
use farpane_media::picture::{BgraPicture, I420Picture};
use farpane_protocol::geometry::{Rect, Size};

fn size() -> Size {
    Size::new(320, 240).expect("valid")
}

/// A gradient that moves by a pixel per step.
fn scene(step: usize) -> I420Picture {
    let mut picture = BgraPicture::new(size());
    for (y, row) in picture.rows_mut().enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            *pixel = 0xff00_0000 | (((x + step) & 0xff) << 16 | (y & 0xff) << 8 | 96) as u32;
        }
    }
    let mut i420 = I420Picture::new(size());
    bgra_to_i420(&picture, &mut i420, &[size().rect()]).expect("one size");
    i420
}

/// Hardware that is not there.
struct Absent;

impl EncoderBackend for Absent {
    fn name(&self) -> &'static str {
        "absent"
    }

    fn encoder(&self, _: EncoderSettings) -> Result<Box<dyn VideoEncoder>, CodecError> {
        Err(CodecError::Settings(1))
    }
}

/// Hardware whose encoders work for three pictures each.
struct Failing;

struct FailingEncoder(H264Encoder, u32);

impl EncoderBackend for Failing {
    fn name(&self) -> &'static str {
        "failing"
    }

    fn encoder(&self, settings: EncoderSettings) -> Result<Box<dyn VideoEncoder>, CodecError> {
        Ok(Box::new(FailingEncoder(H264Encoder::new(settings)?, 0)))
    }
}

impl VideoEncoder for FailingEncoder {
    fn settings(&self) -> &EncoderSettings {
        self.0.settings()
    }

    fn encode(
        &mut self,
        picture: &I420Picture,
        changed: Rect,
        force_key: bool,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        self.1 += 1;
        if self.1 > 3 {
            out.clear();
            return Err(CodecError::Encode(7));
        }
        self.0.encode(picture, changed, force_key, out)
    }

    fn encode_rest(
        &mut self,
        picture: &I420Picture,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        self.0.encode_rest(picture, out)
    }

    fn set_bitrate(&mut self, bps: u32) -> Result<(), CodecError> {
        self.0.set_bitrate(bps)
    }
}

/// Hardware that fails at every picture.
struct Dead;

impl EncoderBackend for Dead {
    fn name(&self) -> &'static str {
        "dead"
    }

    fn encoder(&self, settings: EncoderSettings) -> Result<Box<dyn VideoEncoder>, CodecError> {
        Ok(Box::new(FailingEncoder(H264Encoder::new(settings)?, 3)))
    }
}

#[test]
fn hardware_that_is_not_there_or_fails_gives_way_to_the_next_and_the_stream_goes_on() {
    static AMONG: [&dyn EncoderBackend; 3] = [&Absent, &Dead, &OpenH264];
    let mut chosen = Chosen::new(EncoderSettings::new(size(), 1_000_000, 30), &AMONG);
    let mut decoder = H264Decoder::new(size()).expect("size is allowed");
    let (mut out, mut shown) = (Vec::new(), I420Picture::new(size()));
    for step in 0..MAX_FAILURES as usize {
        let failed = chosen.encode(&scene(step), size().rect(), &mut out);
        assert_eq!(failed, Err(CodecError::Encode(7)));
    }
    for step in 0..5 {
        let info = chosen
            .encode(&scene(step), size().rect(), &mut out)
            .expect("encodes");
        assert_eq!(info.key, step == 0, "the first one decodes alone");
        decoder.decode(&out, &mut shown).expect("decodes");
    }
    assert_eq!(chosen.name(), "openh264");
}

#[test]
fn hardware_that_fails_now_and_then_begins_anew_and_is_kept() {
    static AMONG: [&dyn EncoderBackend; 2] = [&Failing, &OpenH264];
    let mut chosen = Chosen::new(EncoderSettings::new(size(), 1_000_000, 30), &AMONG);
    let mut out = Vec::new();
    let outcomes: Vec<_> = (0..12)
        .map(|step| {
            chosen
                .encode(&scene(step), size().rect(), &mut out)
                .map(|info| info.key)
        })
        .collect();
    let once = [Ok(true), Ok(false), Ok(false), Err(CodecError::Encode(7))];
    assert_eq!(outcomes, [once, once, once].concat());
    assert_eq!(chosen.name(), "failing");
}

#[test]
fn where_no_back_end_can_the_last_reason_is_told() {
    static NONE: [&dyn EncoderBackend; 1] = [&Absent];
    let mut chosen = Chosen::new(EncoderSettings::new(size(), 1_000_000, 30), &NONE);
    let refused = chosen.encode(&scene(0), size().rect(), &mut Vec::new());
    assert_eq!(refused, Err(CodecError::Settings(1)));
}
