//! The technician's side of a shared surface: takes frames of both planes in order, refuses what
//! does not follow, and paints.

use std::collections::BTreeSet;
use std::ops::Range;

use farpane_protocol::geometry::{Rect, Size};
use farpane_protocol::limits::FRAME_RECTS;
use farpane_protocol::wire::frame::{Coding, FrameHeader};

use crate::codec::{CodecError, StreamFault, VideoDecoder as _};
use crate::convert::i420_to_bgra;
use crate::h264::{H264Decoder, smooth_seam};
use crate::picture::{BgraPicture, I420Picture};
use crate::surface::shown::{Conversion, Shown};
use crate::tile::store::Store;
use crate::tile::update::Update;
use crate::tile::{Grid, TileError};

/// What became of a frame.
#[derive(Debug)]
pub enum Verdict {
    /// It is good and can be painted.
    Good(Paint),
    /// It cannot be used, for that reason; the device must be asked, once, for what is needed.
    Ask(Need, Fault),
    /// It cannot be used; the device was asked already, or it came too late to count.
    Skipped,
}

/// What the device must send for the picture to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The epoch in which it broke.
    pub epoch: u64,
    /// Only the video cannot go on.
    pub video_only: bool,
}

/// What a good frame paints.
#[derive(Debug)]
pub enum Paint {
    /// A lossless update.
    Tiles(Update),
    /// The video's picture, within these parts; elsewhere it may be an older one.
    Video(Vec<Rect>),
    /// Nothing yet: a part of the video's picture, of which another part follows.
    Part,
}

/// Why a frame cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Frames between it and the last one are missing.
    #[error("frames are missing")]
    Missing,
    /// Its video cannot be decoded.
    #[error("the video cannot be decoded")]
    Video(#[from] CodecError),
    /// Its lossless update cannot be read.
    #[error("the lossless update cannot be read")]
    Tiles(#[from] TileError),
}

/// Parts of a picture of the video.
#[derive(Debug, Default)]
struct Parts {
    /// Where they are to be seen.
    rects: Vec<Rect>,
    /// Where a coded band begins, and where it ends; no more than the decoder has layouts of bands.
    bands: BTreeSet<(u32, u32)>,
}

impl Parts {
    /// The rows at which one band ends and the next begins, both coded.
    fn seams(&self) -> impl Iterator<Item = u32> {
        let follows = |row: u32| self.bands.range((row, 0)..(row + 1, 0)).next().is_some();
        let ends = self.bands.iter().map(|(_, end)| *end);
        ends.filter(move |row| follows(*row))
    }
}

/// The view of one surface at one size.
#[derive(Debug)]
pub struct View {
    grid: Grid,
    video: H264Decoder,
    decoded: I420Picture,
    /// What came of a picture while another part follows.
    parts: Parts,
    store: Store,
    /// Since the last reset that was taken; `None` before the first.
    epoch: Option<u64>,
    /// Of the last frame that was used or counted.
    sequence: u64,
    /// Nothing counts before the next reset.
    broken: bool,
    /// The epoch that everything was asked anew in.
    asked: Option<u64>,
    /// The video was asked anew.
    asked_video: bool,
}

impl View {
    /// A view of a surface of that size, which has nothing yet.
    ///
    /// # Errors
    /// If the video codec cannot handle the size.
    pub fn new(size: Size) -> Result<Self, CodecError> {
        Ok(Self {
            grid: Grid::new(size),
            video: H264Decoder::new(size)?,
            decoded: I420Picture::new(size),
            parts: Parts::default(),
            store: Store::default(),
            epoch: None,
            sequence: 0,
            broken: true,
            asked: None,
            asked_video: false,
        })
    }

    /// Extent of its surface.
    pub fn size(&self) -> Size {
        self.grid.size()
    }

    /// Takes one frame; on any fault the picture stays as it is.
    pub fn take(&mut self, header: &FrameHeader, payload: &[u8]) -> Verdict {
        let is_late = self.epoch.is_some_and(|epoch| header.epoch < epoch)
            || header.sequence <= self.sequence;
        if is_late {
            return Verdict::Skipped;
        }
        if header.reset {
            self.store.clear();
            self.parts = Parts::default();
            self.epoch = Some(header.epoch);
            (self.broken, self.asked_video) = (false, false);
        } else if self.broken
            || self.epoch != Some(header.epoch)
            || header.sequence != self.sequence + 1
        {
            return self.lost(header.epoch, Fault::Missing);
        }
        self.sequence = header.sequence;
        match self.decode(header, payload) {
            Ok(paint) => Verdict::Good(paint),
            Err(fault @ (Fault::Tiles(_) | Fault::Missing)) => self.lost(header.epoch, fault),
            Err(fault @ Fault::Video(_)) => {
                self.parts = Parts::default();
                let asked = std::mem::replace(&mut self.asked_video, true);
                // A broken key is the answer that did not help, so it is asked for again.
                if asked && !header.key {
                    return Verdict::Skipped;
                }
                let need = Need {
                    epoch: header.epoch,
                    video_only: true,
                };
                Verdict::Ask(need, fault)
            }
        }
    }

    /// The frame with this number was of another surface: nothing of this one is missing there.
    pub fn passed(&mut self, sequence: u64) {
        if sequence == self.sequence + 1 {
            self.sequence = sequence;
        }
    }

    fn lost(&mut self, epoch: u64, fault: Fault) -> Verdict {
        self.broken = true;
        if self.asked.is_some_and(|asked| asked >= epoch) {
            return Verdict::Skipped;
        }
        self.asked = Some(epoch);
        let need = Need {
            epoch,
            video_only: false,
        };
        Verdict::Ask(need, fault)
    }

    fn decode(&mut self, header: &FrameHeader, payload: &[u8]) -> Result<Paint, Fault> {
        if header.size != self.size() {
            return Err(Fault::Missing); // the view of that size
        }
        match header.coding {
            // What was painted last counts, and a part is painted with the last of its picture.
            Coding::Tiles if !self.parts.rects.is_empty() => Err(Fault::Missing),
            Coding::Tiles => {
                let update = Update::read(payload, self.grid, &mut self.store)?;
                Ok(Paint::Tiles(update))
            }
            Coding::H264 => {
                let decoded = self.video.decode(payload, &mut self.decoded)?;
                let rects = if header.rects.is_empty() {
                    vec![self.size().rect()]
                } else {
                    header.rects.clone()
                };
                // The picture may be an older one there, and is black at first.
                let shows = |rows: &Range<u32>| {
                    let is_in = |rect: &Rect| rect.y < rows.end && rows.start < rect.bottom();
                    rects.iter().any(is_in)
                };
                if decoded.left_out.iter().any(shows) {
                    return Err(Fault::Video(CodecError::Stream(StreamFault::Bands)));
                }
                self.asked_video = false;
                rects
                    .into_iter()
                    .for_each(|rect| add(&mut self.parts.rects, rect));
                // Of a picture as it was cut, no two lie over each other. Each is few bytes, whatever
                // showing it costs.
                let area: u64 = self.parts.rects.iter().map(|rect| rect.area()).sum();
                let is_cut = self.parts.rects.len() <= FRAME_RECTS;
                if !is_cut || area > self.size().area() as u64 {
                    return Err(Fault::Missing);
                }
                let bands = decoded.coded.iter().map(|rows| (rows.start, rows.end));
                self.parts.bands.extend(bands);
                if header.more {
                    return Ok(Paint::Part);
                }
                let parts = std::mem::take(&mut self.parts);
                for row in parts.seams() {
                    smooth_seam(&mut self.decoded, row as usize);
                }
                Ok(Paint::Video(parts.rects))
            }
        }
    }

    /// As [`Self::paint`]; with [`Conversion::Later`] the video stays as it is where it is shown.
    ///
    /// # Panics
    /// If the picture is of another size.
    pub fn show(&mut self, paint: Paint, shown: &mut Shown, when: Conversion) -> Vec<Rect> {
        match (paint, when) {
            (Paint::Part, _) => Vec::new(),
            (Paint::Video(rects), Conversion::Later) => {
                assert_eq!(
                    shown.size(),
                    self.size(),
                    "a view and its picture are of one size"
                );
                shown.leave(&mut self.decoded, &rects);
                rects
            }
            (Paint::Video(rects), Conversion::Now) => {
                self.paint(Paint::Video(rects), shown.pixels_mut())
            }
            (Paint::Tiles(update), Conversion::Now | Conversion::Later) => {
                let pixels = shown.pixels_at(|| update.touched());
                self.paint(Paint::Tiles(update), pixels)
            }
        }
    }

    /// Paints what the frame taken last allows; the parts that changed, at most [`FRAME_RECTS`].
    ///
    /// # Panics
    /// If the picture is of another size.
    pub fn paint(&self, paint: Paint, picture: &mut BgraPicture) -> Vec<Rect> {
        match paint {
            Paint::Part => Vec::new(),
            Paint::Tiles(update) => {
                let mut changed = Vec::new();
                update.paint(picture, &mut changed);
                if changed.len() > FRAME_RECTS {
                    let touched = changed.iter().flat_map(|rect| self.grid.touched(*rect));
                    let tiles: BTreeSet<usize> = touched.collect();
                    changed = self.grid.joined(&Vec::from_iter(tiles));
                }
                changed
            }
            Paint::Video(rects) => {
                i420_to_bgra(&self.decoded, picture, &rects)
                    .expect("a view and its picture are of one size");
                rects
            }
        }
    }
}

/// Adds a rectangle, to the one that it was cut off from at its upper edge if that is there.
fn add(all: &mut Vec<Rect>, rect: Rect) {
    let whole = all
        .iter_mut()
        .find(|upper| (upper.x, upper.width, upper.bottom()) == (rect.x, rect.width, rect.y));
    match whole {
        Some(upper) => upper.height += rect.height,
        None => all.push(rect),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::backend::EncoderBackend as _;
    use crate::codec::{EncodedInfo, EncoderSettings};
    use crate::h264::OpenH264;
    use crate::surface::video::VideoPlane;
    use crate::tile::squeeze::Packer;
    use crate::tile::update::{Extent, Writer};

    fn size() -> Size {
        Size::new(192, 128).expect("valid")
    }

    fn header(coding: Coding, sequence: u64) -> FrameHeader {
        FrameHeader {
            coding,
            surface: 0,
            sequence,
            key: false,
            reset: sequence == 1,
            more: false,
            size: size(),
            input_sequence: 0,
            captured_us: 0,
            capture_us: 0,
            encode_us: 0,
            payload: 0,
            epoch: 1,
            rects: Vec::new(),
        }
    }

    /// An update that paints the first tile in one colour.
    fn update(colour: u8) -> Vec<u8> {
        let mut writer = Writer::new(&[]);
        writer.piece(0, Extent::Whole, &[0, colour, colour, colour]);
        writer.finish(&mut Packer::default())
    }

    /// Blotches, other ones with each step, so that bands get steps at their edges.
    fn noise(size: Size, step: u32) -> I420Picture {
        let mut picture = I420Picture::new(size);
        let width = picture.luma_stride();
        for (at, sample) in picture.planes_mut().y.iter_mut().enumerate() {
            let (x, y) = ((at % width) as u32 / 5, (at / width) as u32 / 5);
            let hash = (x * 31 + y * 17 + step * 7).wrapping_mul(2_654_435_761);
            *sample = 100 + (hash >> 28) as u8 * 2;
        }
        picture
    }

    struct Screen {
        view: View,
        picture: BgraPicture,
    }

    impl Screen {
        fn new() -> Self {
            Self {
                view: View::new(size()).expect("a view"),
                picture: BgraPicture::new(size()),
            }
        }

        fn take(&mut self, header: &FrameHeader, payload: &[u8]) -> Option<Need> {
            match self.view.take(header, payload) {
                Verdict::Good(paint) => {
                    self.view.paint(paint, &mut self.picture);
                    None
                }
                Verdict::Ask(need, _) => Some(need),
                Verdict::Skipped => None,
            }
        }

        fn corner(&self) -> u32 {
            self.picture.as_pixels()[0]
        }
    }

    #[test]
    fn a_gap_asks_once_shows_nothing_more_and_a_reset_heals() {
        let mut screen = Screen::new();
        let tiles = |sequence| header(Coding::Tiles, sequence);
        let all = Some(Need {
            epoch: 1,
            video_only: false,
        });
        assert_eq!(screen.take(&tiles(1), &update(1)), None);
        assert_eq!(screen.take(&tiles(3), &update(3)), all);
        assert_eq!(screen.take(&tiles(2), &update(2)), None);
        assert_eq!(screen.take(&tiles(4), &update(4)), None);
        assert_eq!(screen.corner(), 0xff01_0101);
        let anew = FrameHeader {
            reset: true,
            epoch: 2,
            ..tiles(5)
        };
        assert_eq!(screen.take(&anew, &update(5)), None);
        assert_eq!(screen.corner(), 0xff05_0505);
        // What is left of the epoch before comes too late.
        assert_eq!(screen.take(&tiles(6), &update(6)), None);
        assert_eq!(screen.corner(), 0xff05_0505);
    }

    #[test]
    fn frames_of_another_surface_leave_no_gap_and_hide_none() {
        let mut screen = Screen::new();
        let tiles = |sequence| header(Coding::Tiles, sequence);
        assert_eq!(screen.take(&tiles(1), &update(1)), None);
        screen.view.passed(2);
        screen.view.passed(3);
        assert_eq!(screen.take(&tiles(4), &update(4)), None);
        assert_eq!(screen.corner(), 0xff04_0404);
        // The fifth may have been of this surface.
        screen.view.passed(6);
        assert!(screen.take(&tiles(7), &update(7)).is_some());
        assert_eq!(screen.corner(), 0xff04_0404);
    }

    #[test]
    fn a_reset_that_never_came_is_asked_for_again() {
        let mut screen = Screen::new();
        assert!(screen.take(&header(Coding::Tiles, 2), &update(1)).is_some());
        let later = FrameHeader {
            epoch: 2,
            ..header(Coding::Tiles, 4)
        };
        let need = screen.take(&later, &update(1));
        assert_eq!(need.map(|need| need.epoch), Some(2));
    }

    /// A film whose picture is coded in bands: whole, in parts, and with the lower half left out.
    #[test]
    fn seams_are_smoothed_where_both_bands_are_new_and_nowhere_else() {
        let size = Size::new(640, 512).expect("valid");
        for in_parts in [false, true] {
            let mut settings = EncoderSettings::new(size, 6_000_000, 30);
            (settings.in_parts, settings.threads) = (in_parts, 2);
            let mut encoder = OpenH264.encoder(settings).expect("allowed");
            let mut view = View::new(size).expect("a view");
            let mut decoder = H264Decoder::new(size).expect("allowed");
            let (mut plain, mut shown) = (I420Picture::new(size), BgraPicture::new(size));
            let (mut sequence, mut payload, mut smoothed) = (0, Vec::new(), 0);
            for step in 0..4_u32 {
                let film = noise(size, step);
                let rect = match step {
                    3 => Rect {
                        height: 200,
                        ..size.rect()
                    },
                    _ => size.rect(),
                };
                let mut coded = Vec::new();
                let mut info = encoder.encode(&film, rect, false, &mut payload);
                loop {
                    let EncodedInfo { key, rows, more } = info.expect("encodes");
                    let decoded = decoder.decode(&payload, &mut plain).expect("decodes");
                    coded.extend(decoded.coded);
                    sequence += 1;
                    let header = FrameHeader {
                        size,
                        key,
                        more,
                        rects: EncodedInfo { key, rows, more }.within(&[rect]),
                        ..header(Coding::H264, sequence)
                    };
                    let Verdict::Good(paint) = view.take(&header, &payload) else {
                        panic!("frame {sequence} is refused");
                    };
                    view.paint(paint, &mut shown);
                    if !more {
                        break;
                    }
                    info = encoder.encode_rest(&film, &mut payload);
                }
                let mut expected = plain.clone();
                for (upper, lower) in coded.iter().zip(&coded[1..]) {
                    assert_eq!(upper.end, lower.start);
                    smooth_seam(&mut expected, lower.start as usize);
                }
                smoothed += usize::from(expected.y() != plain.y());
                let mut seen = shown.clone();
                i420_to_bgra(&expected, &mut seen, &[rect]).expect("one size");
                assert!(
                    seen.as_pixels() == shown.as_pixels(),
                    "picture {step}, in parts: {in_parts}"
                );
                assert_eq!(
                    coded.last().map(|rows| rows.end),
                    Some([512, 256][usize::from(step == 3)])
                );
            }
            assert!(smoothed >= 3, "a film without seams shows nothing");
            assert_eq!(sequence > 4, in_parts, "{sequence} frames");
        }
    }

    #[test]
    fn broken_video_asks_for_video_and_tiles_go_on_meanwhile() {
        let mut screen = Screen::new();
        let mut video = VideoPlane::new(EncoderSettings::new(size(), 1_000_000, 30));
        let mut white = BgraPicture::new(size());
        white.as_pixels_mut().fill(0xffff_ffff);
        let mut frame = |anew: bool| {
            if anew {
                video.begin_anew();
            }
            video.show(&white, &[size().rect()]);
            let mut payload = Vec::new();
            video.encode(&mut payload).expect("encodes");
            payload
        };
        let part = Rect {
            x: 64,
            y: 0,
            width: 64,
            height: 64,
        };
        let of_part = |sequence| FrameHeader {
            rects: vec![part],
            ..header(Coding::H264, sequence)
        };
        assert_eq!(screen.take(&of_part(1), &frame(true)), None);
        assert_eq!(screen.corner(), 0, "outside the part");
        assert!(screen.picture.as_pixels()[100] & 0xff > 200);
        let video_only = Some(Need {
            epoch: 1,
            video_only: true,
        });
        assert_eq!(screen.take(&of_part(2), b"junk"), video_only);
        assert_eq!(screen.take(&header(Coding::Tiles, 3), &update(3)), None);
        assert_eq!(screen.corner(), 0xff03_0303);
        assert_eq!(
            screen.take(&of_part(4), &frame(false)),
            None,
            "asked already"
        );
        assert_eq!(screen.take(&header(Coding::H264, 5), &frame(true)), None);
        assert_ne!(screen.corner(), 0xff03_0303, "the whole surface");
    }

    #[test]
    fn a_band_that_was_left_out_is_not_shown() {
        let size = Size::new(128, 256).expect("valid");
        let part = |y| Rect {
            x: 0,
            y,
            width: 128,
            height: 64,
        };
        let mut view = View::new(size).expect("a view");
        let mut video = VideoPlane::new(EncoderSettings::new(size, 1_000_000, 30));
        let screen = BgraPicture::new(size);
        let mut frame = |part| {
            video.show(&screen, &[part]);
            let mut payload = Vec::new();
            video.encode(&mut payload).expect("encodes");
            payload
        };
        let of = |sequence, rects| FrameHeader {
            size,
            rects,
            ..header(Coding::H264, sequence)
        };
        let key = view.take(&of(1, vec![]), &frame(size.rect()));
        assert!(matches!(key, Verdict::Good(_)), "{key:?}");
        let upper = view.take(&of(2, vec![part(0), part(64)]), &frame(part(0)));
        assert!(matches!(upper, Verdict::Good(_)), "{upper:?}");
        let whole = view.take(&of(3, vec![]), &frame(part(0)));
        let fault = Fault::Video(CodecError::Stream(StreamFault::Bands));
        assert!(
            matches!(&whole, Verdict::Ask(_, is) if *is == fault),
            "{whole:?}"
        );
        let lower = view.take(&of(4, vec![part(100)]), &frame(part(0)));
        assert!(
            matches!(lower, Verdict::Skipped),
            "asked already: {lower:?}"
        );
    }

    #[test]
    fn a_picture_is_not_shown_in_the_same_place_again_and_again() {
        let whole = size().rect();
        let mut video = VideoPlane::new(EncoderSettings::new(size(), 1_000_000, 30));
        video.show(&BgraPicture::new(size()), &[whole]);
        let mut key = Vec::new();
        video.encode(&mut key).expect("encodes");
        let halves = [0, 64].map(|y| Rect {
            y,
            height: 64,
            ..whole
        });
        for (rects, is_good) in [
            (vec![whole], true),
            (halves.to_vec(), true),
            (vec![whole, halves[0]], false),
            (vec![whole; 48], false),
        ] {
            let mut view = View::new(size()).expect("a view");
            let header = FrameHeader {
                rects,
                ..header(Coding::H264, 1)
            };
            let verdict = view.take(&header, &key);
            assert_eq!(
                matches!(verdict, Verdict::Good(_)),
                is_good,
                "{:?}: {verdict:?}",
                header.rects
            );
        }
    }

    #[test]
    fn a_frame_of_another_size_is_refused() {
        let mut view = View::new(size()).expect("a view");
        let other = FrameHeader {
            size: Size::new(256, 128).expect("valid"),
            ..header(Coding::Tiles, 1)
        };
        let verdict = view.take(&other, &update(1));
        assert!(matches!(verdict, Verdict::Ask(..)), "{verdict:?}");
    }

    #[test]
    fn parts_of_a_picture_are_shown_together() {
        let size = Size::new(128, 512).expect("valid");
        let mut view = View::new(size).expect("a view");
        let settings = EncoderSettings {
            in_parts: true,
            ..EncoderSettings::new(size, 4_000_000, 30)
        };
        let mut video = VideoPlane::new(settings);
        let part = Rect {
            x: 16,
            y: 100,
            width: 64,
            height: 300,
        };
        let (upper, lower) = (
            Rect {
                height: 156,
                ..part
            },
            Rect {
                y: 256,
                height: 144,
                ..part
            },
        );
        let mut sequence = 0;
        let mut of = |rects, more| {
            sequence += 1;
            FrameHeader {
                size,
                rects,
                more,
                ..header(Coding::H264, sequence)
            }
        };
        let mut screen = BgraPicture::new(size);
        let mut frames = |colour: u32| {
            screen.as_pixels_mut().fill(colour);
            video.show(&screen, &[part]);
            let (mut first, mut second) = (Vec::new(), Vec::new());
            let info = video.encode(&mut first).expect("encodes");
            if info.more {
                assert_eq!(info.rows, 0..256);
                let info = video.encode_rest(&mut second).expect("encodes");
                assert_eq!(info.rows, 256..512);
            }
            (first, second)
        };
        let key = view.take(&of(vec![], false), &frames(0xffff_ffff).0);
        assert!(matches!(key, Verdict::Good(Paint::Video(_))), "{key:?}");
        let (first, second) = frames(0xff00_0000);
        let begun = view.take(&of(vec![upper], true), &first);
        assert!(matches!(begun, Verdict::Good(Paint::Part)), "{begun:?}");
        let whole = view.take(&of(vec![lower], false), &second);
        let Verdict::Good(Paint::Video(rects)) = whole else {
            panic!("{whole:?}");
        };
        assert_eq!(rects, [part], "as it was cut");
        // Nothing else may come between them.
        let (first, _) = frames(0xffff_ffff);
        view.take(&of(vec![upper], true), &first);
        let tiles = FrameHeader {
            coding: Coding::Tiles,
            ..of(vec![], false)
        };
        let between = view.take(&tiles, &update(1));
        assert!(
            matches!(
                between,
                Verdict::Ask(
                    Need {
                        video_only: false,
                        ..
                    },
                    _
                )
            ),
            "{between:?}"
        );
    }

    proptest! {
        #[test]
        fn hostile_frames_never_panic(
            frames in proptest::collection::vec(
                (any::<bool>(), any::<bool>(), any::<bool>(), 0u64..5, 0u64..3, proptest::collection::vec(0u8..9, 0..60)),
                1..12,
            ),
        ) {
            let mut screen = Screen::new();
            for (tiles, reset, more, sequence, epoch, payload) in frames {
                let coding = if tiles { Coding::Tiles } else { Coding::H264 };
                let header = FrameHeader { reset, more, epoch, ..header(coding, sequence) };
                screen.take(&header, &payload);
            }
        }
    }
}
