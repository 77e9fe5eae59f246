//! What every codec behind the traits must do, run on each that we have. A new back end is added
//! to [`CODECS`] and must pass unchanged.

use farpane_media::codec::backend::{self, EncoderBackend};
use farpane_media::codec::{
    CodecError, Content, EncoderSettings, MAX_ACCESS_UNIT, StreamFault, VideoDecoder, VideoEncoder,
};
use farpane_media::convert::bgra_to_i420;
use farpane_media::h264::{H264Decoder, OpenH264};
use farpane_media::paint::{Canvas, Color, Face};
use farpane_media::picture::{BgraPicture, I420Picture};
use farpane_protocol::geometry::{Point, Rect, Size};

/// Luma quality that a picture with half its rows scrolled must keep, in decibels, at the
/// bitrate of these tests; below about 30 small text is hard to read.
const SCROLL_FLOOR_DB: f64 = 32.0;

/// Luma quality that a quiet picture must have reached after [`QUIET_PICTURES`], in decibels.
const QUIET_FLOOR_DB: f64 = 42.0;

/// Pictures after which a quiet screen must be good and cheap.
const QUIET_PICTURES: usize = 60;

/// Most bytes of a 720p picture in which nothing changed, after [`QUIET_PICTURES`]. Rate control
/// spends a little on refining what is already good; a key of the same picture has ten times
/// this.
const QUIET_BYTES: usize = 8 * 1024;

struct Codec {
    name: &'static str,
    backend: &'static dyn EncoderBackend,
    decoder: fn(Size) -> Box<dyn VideoDecoder>,
    content: Content,
    threads: u16,
}

const CODECS: [Codec; 4] = [
    software("openh264 camera, two threads", Content::Camera, 2),
    software("openh264 camera, one thread", Content::Camera, 1),
    software("openh264 screen, two threads", Content::Screen, 2),
    software("openh264 camera, three threads", Content::Camera, 3),
];

const fn software(name: &'static str, content: Content, threads: u16) -> Codec {
    Codec {
        name,
        backend: &OpenH264,
        decoder: |size| Box::new(H264Decoder::new(size).expect("size is allowed")),
        content,
        threads,
    }
}

impl Codec {
    fn encoder(&self, size: Size, bitrate_bps: u32) -> Box<dyn VideoEncoder> {
        let settings = EncoderSettings::new(size, bitrate_bps, 30);
        let settings = EncoderSettings {
            content: self.content,
            threads: self.threads,
            ..settings
        };
        let encoder = self.backend.encoder(settings);
        encoder.expect("settings are allowed")
    }

    fn decoder(&self, size: Size) -> Box<dyn VideoDecoder> {
        (self.decoder)(size)
    }

    /// The first access units of a scrolling scene; the first is a key, the others are not.
    fn stream(&self, size: Size, count: usize) -> Vec<Vec<u8>> {
        let mut encoder = self.encoder(size, 4_000_000);
        (0..count)
            .map(|step| {
                let mut out = Vec::new();
                let info = encoder
                    .encode(&scene(size, step), size.rect(), false, &mut out)
                    .expect("encodes");
                assert_eq!(info.key, step == 0, "{} {step}", self.name);
                out
            })
            .collect()
    }
}

fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).expect("valid")
}

/// A desktop: a gradient, and a window with text that scrolls by eight pixels per step.
fn scene(size: Size, step: usize) -> I420Picture {
    let mut picture = BgraPicture::new(size);
    for (y, row) in picture.rows_mut().enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            *pixel = Color::rgb((x / 8) as u8, (y / 4) as u8, 96).0;
        }
    }
    scrolled_window(&mut picture, step);
    let mut i420 = I420Picture::new(size);
    bgra_to_i420(&picture, &mut i420, &[size.rect()]).expect("one size");
    i420
}

fn scrolled_window(picture: &mut BgraPicture, step: usize) {
    let size = picture.size();
    let (width, height) = (size.width(), size.height());
    let mut canvas =
        Canvas::new(picture.as_pixels_mut(), size, width as usize).expect("the picture fits");
    let window = Rect {
        x: width / 8,
        y: height / 8,
        width: width / 2,
        height: height * 3 / 4,
    };
    canvas.fill(window, Color::rgb(250, 250, 245));
    let mut canvas = canvas.clipped(window);
    for line in 0..(window.height as usize / 16 + 2) {
        let number = line + step / 2;
        let y = window.y as usize + line * 16 + 16 - step % 2 * 8;
        let text = format!(
            "{number:4}  let answer_{number} = ask({}, {});",
            number * 7,
            number % 5
        );
        let baseline = Point {
            x: window.x as i32 + 6,
            y: y as i32,
        };
        canvas.text(Face::Regular, 13.0, baseline, &text, Color::rgb(20, 20, 30));
    }
}

/// Fresh faint noise in every picture, like film grain: nothing can be predicted, and the
/// quantiser alone decides how much of it is kept.
fn noise(size: Size, random: &mut Random) -> I420Picture {
    let mut picture = I420Picture::new(size);
    for sample in picture.planes_mut().y {
        *sample = 64 + (random.next() % 16) as u8;
    }
    picture
}

/// Luma quality of the visible part in decibels; the same picture gives infinity.
fn psnr(left: &I420Picture, right: &I420Picture) -> f64 {
    let (width, height) = (left.size().width() as usize, left.size().height() as usize);
    let rows = |picture: &I420Picture| {
        let stride = picture.luma_stride();
        picture
            .y()
            .chunks(stride)
            .take(height)
            .flat_map(|row| row[..width].to_vec())
            .collect()
    };
    let (left, right): (Vec<u8>, Vec<u8>) = (rows(left), rows(right));
    let square = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
    let error = left.iter().zip(&right).map(square).sum::<f64>() / left.len() as f64;
    10.0 * (255.0 * 255.0 / error).log10()
}

fn planes(picture: &I420Picture) -> [Vec<u8>; 3] {
    [
        picture.y().to_vec(),
        picture.u().to_vec(),
        picture.v().to_vec(),
    ]
}

/// Repeatable pseudo-random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

#[test]
fn scrolling_text_stays_readable_and_each_picture_comes_out_at_once() {
    for codec in CODECS {
        for (width, height) in [(1920, 1080), (1366, 768), (854, 480), (641, 359), (16, 16)] {
            let size = size(width, height);
            let (mut encoder, mut decoder) = (codec.encoder(size, 10_000_000), codec.decoder(size));
            let (mut data, mut decoded) = (Vec::new(), I420Picture::new(size));
            for step in 0..6 {
                let picture = scene(size, step);
                let encoded = encoder
                    .encode(&picture, size.rect(), false, &mut data)
                    .expect("encodes");
                let info = decoder.decode(&data, &mut decoded).expect("decodes");
                assert_eq!(info.key, encoded.key);
                let quality = psnr(&picture, &decoded);
                let what = format!("{} {width}x{height} picture {step}", codec.name);
                assert!(quality >= SCROLL_FLOOR_DB, "{what}: {quality} dB");
                if step > 0 && width > 16 {
                    let before = psnr(&scene(size, step - 1), &decoded);
                    assert!(before < quality, "{what} is a picture late");
                }
            }
        }
    }
}

#[test]
fn unchanged_pictures_become_good_and_small() {
    let size = size(1280, 720);
    for codec in CODECS {
        let (mut encoder, mut decoder) = (codec.encoder(size, 6_000_000), codec.decoder(size));
        let (mut data, mut decoded) = (Vec::new(), I420Picture::new(size));
        let picture = scene(size, 0);
        for step in 0..QUIET_PICTURES {
            let info = encoder
                .encode(&picture, size.rect(), false, &mut data)
                .expect("encodes");
            assert_eq!(
                info.key,
                step == 0,
                "{}: keys come only on demand",
                codec.name
            );
            decoder.decode(&data, &mut decoded).expect("decodes");
        }
        let quality = psnr(&picture, &decoded);
        assert!(quality >= QUIET_FLOOR_DB, "{}: {quality} dB", codec.name);
        assert!(
            data.len() <= QUIET_BYTES,
            "{}: {} bytes",
            codec.name,
            data.len()
        );
    }
}

#[test]
fn forced_key_is_a_key_and_decodes_alone() {
    let size = size(640, 384);
    for codec in CODECS {
        let mut encoder = codec.encoder(size, 4_000_000);
        let (mut data, mut decoded) = (Vec::new(), I420Picture::new(size));
        for step in 0..3 {
            encoder
                .encode(&scene(size, step), size.rect(), false, &mut data)
                .expect("encodes");
        }
        let mut fresh = codec.decoder(size);
        let before = planes(&decoded);
        assert_eq!(
            fresh.decode(&data, &mut decoded),
            Err(CodecError::KeyNeeded)
        );
        assert_eq!(planes(&decoded), before);

        let picture = scene(size, 3);
        let info = encoder
            .encode(&picture, size.rect(), true, &mut data)
            .expect("encodes");
        assert!(info.key, "{}", codec.name);
        assert!(
            fresh
                .decode(&data, &mut decoded)
                .expect("decodes alone")
                .key
        );
        assert!(psnr(&picture, &decoded) >= SCROLL_FLOOR_DB);
    }
}

#[test]
fn bitrate_change_takes_effect_without_a_key() {
    let size = size(640, 384);
    for codec in CODECS {
        let mut encoder = codec.encoder(size, 1_000_000);
        let mut random = Random(7);
        let mut bytes_of_second = |encoder: &mut Box<dyn VideoEncoder>, may_start: bool| {
            let mut data = Vec::new();
            let mut total = 0;
            for step in 0..30 {
                let picture = noise(size, &mut random);
                let info = encoder
                    .encode(&picture, size.rect(), false, &mut data)
                    .expect("encodes");
                assert_eq!(info.key, may_start && step == 0, "{}", codec.name);
                total += data.len();
            }
            total
        };
        bytes_of_second(&mut encoder, true);
        let low = bytes_of_second(&mut encoder, false);
        encoder.set_bitrate(6_000_000).expect("allowed");
        assert_eq!(encoder.settings().bitrate_bps, 6_000_000);
        bytes_of_second(&mut encoder, false);
        let high = bytes_of_second(&mut encoder, false);
        assert!(
            high > low * 3,
            "{}: {low} and then {high} bytes",
            codec.name
        );
    }
}

/// A part of the picture plays, the rest stands still, and then it is the other way round.
#[test]
fn what_did_not_change_is_left_and_what_changes_next_is_shown_at_once() {
    let size = size(640, 480);
    let part = |y| Rect {
        x: 0,
        y,
        width: 640,
        height: 160,
    };
    for codec in CODECS {
        let (mut encoder, mut decoder) = (codec.encoder(size, 3_000_000), codec.decoder(size));
        let (mut data, mut decoded) = (Vec::new(), I420Picture::new(size));
        let (mut picture, mut random) = (scene(size, 0), Random(3));
        let mut play = |picture: &mut I420Picture, part: Rect, count: usize| {
            let mut sizes = Vec::new();
            for _ in 0..count {
                let rows = part.y as usize * 640..part.bottom() as usize * 640;
                for sample in &mut picture.planes_mut().y[rows] {
                    *sample = 64 + (random.next() % 16) as u8;
                }
                encoder
                    .encode(picture, part, false, &mut data)
                    .expect("encodes");
                decoder.decode(&data, &mut decoded).expect("decodes");
                let quality = psnr(picture, &decoded);
                assert!(quality > 25.0, "{}: {quality} dB", codec.name);
                sizes.push(data.len());
            }
            let settled = sizes.split_off(count / 2);
            (sizes.into_iter().max(), settled.into_iter().max())
        };
        play(&mut picture, size.rect(), 20);
        play(&mut picture, part(0), 40);
        let (most, settled) = play(&mut picture, part(320), 40);
        // 12.5 kB is a picture's part of the bitrate.
        assert!(
            most < Some(40_000),
            "{}: {most:?}, then {settled:?}",
            codec.name
        );
        assert!(settled < Some(25_000), "{}: {settled:?}", codec.name);
    }
}

#[test]
fn parts_of_a_picture_follow_each_other_and_make_all_of_it() {
    let size = size(640, 512);
    for codec in CODECS {
        let settings = EncoderSettings {
            in_parts: true,
            ..*codec.encoder(size, 6_000_000).settings()
        };
        let mut encoder = codec.backend.encoder(settings).expect("allowed");
        let (mut data, mut decoded) = (Vec::new(), I420Picture::new(size));
        let mut decoder = codec.decoder(size);
        for step in 0..6 {
            let picture = scene(size, step);
            let mut part = encoder.encode(&picture, size.rect(), step == 4, &mut data);
            let mut rows = 0..0;
            loop {
                let info = part.expect("encodes");
                let taken = decoder.decode(&data, &mut decoded).expect("decodes");
                assert_eq!((taken.key, info.rows.start), (info.key, rows.end));
                rows = info.rows;
                if !info.more {
                    break;
                }
                assert!(!info.key, "{}: a key comes whole", codec.name);
                part = encoder.encode_rest(&picture, &mut data);
            }
            assert_eq!(rows.end, 512, "{}", codec.name);
            let quality = psnr(&picture, &decoded);
            assert!(quality >= SCROLL_FLOOR_DB, "{}: {quality} dB", codec.name);
        }
        let nothing = encoder.encode_rest(&scene(size, 5), &mut data);
        assert!(matches!(nothing, Err(CodecError::Encode(_))), "{nothing:?}");
        let next = encoder.encode(&scene(size, 6), size.rect(), false, &mut data);
        assert!(next.expect("encodes").key, "{}: after an error", codec.name);
    }
}

/// A first part without the second is like a picture that was lost.
#[test]
fn a_part_that_is_missing_is_noticed() {
    let size = size(640, 512);
    let mut settings = EncoderSettings::new(size, 6_000_000, 30);
    settings.in_parts = true;
    let mut encoder = OpenH264.encoder(settings).expect("allowed");
    let mut decoder = H264Decoder::new(size).expect("allowed");
    let (mut data, mut decoded) = (Vec::new(), I420Picture::new(size));
    let mut results = Vec::new();
    for step in 0..4 {
        let picture = scene(size, step);
        let info = encoder.encode(&picture, size.rect(), false, &mut data);
        assert_eq!(info.expect("encodes").more, step > 0);
        results.push(decoder.decode(&data, &mut decoded).map(|_| ()));
        if step > 0 {
            encoder.encode_rest(&picture, &mut data).expect("encodes");
            if step != 2 {
                results.push(decoder.decode(&data, &mut decoded).map(|_| ()));
            }
        }
    }
    let (last, before) = results.split_last().expect("some");
    assert!(
        last.is_err() && before.iter().all(Result::is_ok),
        "{results:?}"
    );
}

#[test]
fn lost_or_reordered_pictures_are_noticed_and_the_next_key_repairs() {
    let size = size(320, 256);
    for codec in CODECS {
        let stream = codec.stream(size, 4);
        for order in [&[0, 2][..], &[0, 2, 1], &[0, 1, 3], &[0, 1, 1]] {
            let (mut decoder, mut decoded) = (codec.decoder(size), I420Picture::new(size));
            let (last, good) = order.split_last().expect("not empty");
            let mut results = good
                .iter()
                .map(|at| decoder.decode(&stream[*at], &mut decoded))
                .collect::<Vec<_>>();
            let before = planes(&decoded);
            results.push(decoder.decode(&stream[*last], &mut decoded));
            let noticed = results.iter().any(Result::is_err);
            assert!(
                noticed,
                "{}: {order:?} was decoded without an error",
                codec.name
            );
            assert_eq!(planes(&decoded), before, "{}: {order:?}", codec.name);

            let next = decoder.decode(&stream[1], &mut decoded);
            assert_eq!(next, Err(CodecError::KeyNeeded));
            decoder
                .decode(&stream[0], &mut decoded)
                .expect("a key repairs");
            assert!(psnr(&scene(size, 0), &decoded) >= SCROLL_FLOOR_DB);
        }
    }
}

#[test]
fn stream_of_another_size_is_refused_at_the_start_and_in_the_middle() {
    let agreed = size(320, 256);
    for codec in CODECS {
        let stream = codec.stream(agreed, 2);
        for other in [(322, 256), (320, 272), (160, 128), (1920, 1080)] {
            let mut decoder = codec.decoder(agreed);
            let mut decoded = I420Picture::new(agreed);
            let other = codec.stream(size(other.0, other.1), 1).remove(0);
            let is_refused = |decoded: Result<_, CodecError>| {
                let fault = StreamFault::Size; // or other bands than a picture so high may have
                [fault, StreamFault::Bands]
                    .map(|it| Err(CodecError::Stream(it)))
                    .contains(&decoded)
            };
            assert!(is_refused(decoder.decode(&other, &mut decoded)));
            decoder
                .decode(&stream[0], &mut decoded)
                .expect("the agreed size decodes");
            let before = planes(&decoded);
            assert!(is_refused(decoder.decode(&other, &mut decoded)));
            assert_eq!(planes(&decoded), before);
        }
    }
}

#[test]
fn hostile_bytes_never_panic_and_change_nothing_but_whole_pictures() {
    let size = size(320, 256);
    for codec in CODECS {
        let stream = codec.stream(size, 5);
        let (mut decoder, mut decoded) = (codec.decoder(size), I420Picture::new(size));
        let mut random = Random(0x5eed);
        let (mut refused, mut taken) = (0, 0);
        for _ in 0..1500 {
            // A good beginning, so that the damage meets a decoder in the middle of its work.
            decoder
                .decode(&stream[0], &mut decoded)
                .expect("a key repairs");
            for part in &stream[1..1 + random.below(3)] {
                decoder.decode(part, &mut decoded).expect("in order");
            }
            let data = damaged(&stream, &mut random);
            let before = planes(&decoded);
            match decoder.decode(&data, &mut decoded) {
                Ok(_) => taken += 1,
                Err(_) => {
                    refused += 1;
                    assert_eq!(planes(&decoded), before, "{}", codec.name);
                }
            }
            assert_eq!(decoded.size(), size);
        }
        assert!(
            refused > 500,
            "{}: the damage does damage ({refused}, {taken})",
            codec.name
        );
    }
}

/// One access unit of the stream with something wrong.
fn damaged(stream: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = stream[random.below(stream.len())].clone();
    match random.below(6) {
        0 => data.truncate(random.below(data.len())),
        1 => {
            for _ in 0..1 + random.below(8) {
                let at = random.below(data.len());
                data[at] ^= 1 << random.below(8);
            }
        }
        2 => {
            let at = random.below(data.len().min(40));
            data[at] = random.next() as u8;
        }
        3 => {
            let (from, to) = (random.below(data.len()), random.below(data.len()));
            data.drain(from.min(to)..from.max(to));
        }
        4 => data.extend_from_slice(&stream[random.below(stream.len())]),
        _ => {
            let start = random.below(data.len());
            for byte in &mut data[start..] {
                *byte = random.next() as u8;
            }
        }
    }
    data
}

#[test]
fn oversized_and_empty_data_are_refused() {
    let size = size(320, 256);
    for codec in CODECS {
        let (mut decoder, mut decoded) = (codec.decoder(size), I420Picture::new(size));
        let mut data = codec.stream(size, 1).remove(0);
        data.resize(MAX_ACCESS_UNIT + 1, 0x55);
        let refused = decoder.decode(&data, &mut decoded);
        assert_eq!(
            refused,
            Err(CodecError::AccessUnitTooLarge(MAX_ACCESS_UNIT + 1))
        );
        assert!(decoder.decode(&[], &mut decoded).is_err());
    }
}

#[test]
fn pictures_of_another_size_are_refused_and_the_next_is_a_key() {
    let (agreed, other) = (size(320, 256), size(320, 258));
    for codec in CODECS {
        let mut encoder = codec.encoder(agreed, 4_000_000);
        let mut data = Vec::new();
        encoder
            .encode(&scene(agreed, 0), agreed.rect(), false, &mut data)
            .expect("encodes");
        let wrong = CodecError::WrongPictureSize {
            expected: agreed,
            got: other,
        };
        assert_eq!(
            encoder.encode(&scene(other, 0), other.rect(), false, &mut data),
            Err(wrong)
        );
        assert!(data.is_empty());
        assert!(
            encoder
                .encode(&scene(agreed, 1), agreed.rect(), false, &mut data)
                .expect("encodes")
                .key
        );

        let mut decoder = codec.decoder(agreed);
        assert_eq!(
            decoder.decode(&data, &mut I420Picture::new(other)),
            Err(wrong)
        );
    }
}

#[test]
fn every_back_end_of_the_build_is_held_by_these_tests() {
    for backend in backend::all() {
        let held = |codec: &Codec| codec.backend.name() == backend.name();
        assert!(CODECS.iter().any(held), "{}", backend.name());
    }
}
