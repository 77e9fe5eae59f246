//! What is shown: noise, films of noise, tiles and moves, and everything that lies over them.

use std::time::{Duration, Instant};

use farpane_media::codec::{EncoderSettings, VideoEncoder as _};
use farpane_media::h264::H264Encoder;
use farpane_media::picture::I420Picture;
use farpane_media::surface::view::{Verdict, View as DecodingView};
use farpane_media::tile::squeeze::Packer;
use farpane_media::tile::update::{Copy, Extent, Writer};
use farpane_protocol::geometry::Point;
use farpane_protocol::wire::frame::{Coding, FrameHeader};

use super::stage::window;
use super::*;
use crate::session::shared::Picture;
use crate::window::bar::{self, Bar, Clipboard, Item};
use crate::window::layer::Scale;
use crate::window::meter::Reading;
use crate::window::note::Note;
use crate::window::overlay::Overlay;
use crate::window::palette::DARK;

fn noise(pixels: &mut [u32], seed: u32) {
    let mut state = seed | 1;
    for pixel in pixels {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *pixel = state.rotate_left(13);
    }
}

/// A session that shows noise on a screen of that size.
pub(super) fn session(surface: Size, seed: u32) -> Shared {
    let shared = Shared::new(Instant::now(), || {});
    shared.update_picture(|picture| {
        let mut pixels = BgraPicture::new(surface);
        noise(pixels.as_pixels_mut(), seed);
        *picture = Some(Picture {
            surface: 0,
            pixels: pixels.into(),
            damage: vec![surface.rect()],
            frames: vec![facts(1)],
        });
    });
    shared
}

/// A frame that changes some rectangles.
pub(super) fn change(shared: &Shared, rects: &[Rect], seed: u32) {
    shared.update_picture(|picture| {
        let picture = picture.as_mut().expect("there is one");
        for rect in rects {
            let rows = picture.pixels.pixels_mut().rows_mut().skip(rect.y as usize);
            for row in rows.take(rect.height as usize) {
                noise(&mut row[rect.x as usize..rect.right() as usize], seed);
            }
        }
        picture.add(rects, facts(u64::from(seed)));
    });
}

pub(super) fn facts(sequence: u64) -> FrameFacts {
    let now = Instant::now();
    FrameFacts {
        sequence,
        input_sequence: 0,
        bytes: 1,
        capture: Duration::ZERO,
        encode: Duration::ZERO,
        first_byte: now,
        whole: now,
        decoded: now,
        captured_us: 0,
    }
}

pub(super) fn live(surface: Size, mode: Mode, pan: Point) -> Scene {
    Scene {
        window: window(),
        palette: DARK,
        view: Some(View::new(window(), surface, mode, pan)),
        lost: None,
        overlay: None,
        note: None,
        bar: None,
        menu: None,
        card: None,
    }
}

pub(super) fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect {
        x,
        y,
        width,
        height,
    }
}

/// Everything over the picture, with a key told below the bar.
pub(super) fn covered(scene: Scene, surface: Size) -> Scene {
    let scale = Scale::new(1.0);
    let words = bar::Words {
        device: "till".into(),
        rights: "see and control",
        mode: Mode::Fit,
        full_screen: false,
        overlay: true,
        monitors: None,
        keys: false,
        clipboard: Clipboard::BothWays,
        hover: Some(Item::End),
    };
    let reading = Reading::default();
    let screen = Some((surface, 100));
    Scene {
        overlay: Some(Overlay::new(
            window(),
            scale,
            DARK,
            &reading,
            "oslo",
            screen,
        )),
        note: Some(Note::new(window(), scale, DARK, "the clipboard is off")),
        bar: Some(Bar::new(window(), scale, DARK, words)),
        ..scene
    }
}

/// A device that sends a film of noise.
pub(super) struct Studio {
    encoder: H264Encoder,
    view: DecodingView,
    surface: Size,
    sequence: u64,
}

impl Studio {
    pub(super) fn new(surface: Size) -> Self {
        Self {
            encoder: H264Encoder::new(EncoderSettings::new(surface, 8_000_000, 30))
                .expect("an encoder"),
            view: DecodingView::new(surface).expect("a view"),
            surface,
            sequence: 0,
        }
    }

    /// A picture of the film, to be seen in these parts.
    pub(super) fn show(&mut self, shared: &Shared, rects: &[Rect]) {
        let mut picture = I420Picture::new(self.surface);
        let planes = picture.planes_mut();
        let mut state = self.sequence as u32 * 2 + 1;
        for plane in [planes.y, planes.u, planes.v] {
            // Blocks of noise, so that much of it is left when it is coded.
            for samples in plane.chunks_mut(40) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                samples.fill((state >> 24) as u8);
            }
        }
        let mut payload = Vec::new();
        let key = self.sequence == 0;
        self.encoder
            .encode(&picture, picture.size().rect(), key, &mut payload)
            .expect("encodes");
        self.send(shared, Coding::H264, rects, &payload);
    }

    /// A lossless update: a move, and then a tile of one colour.
    pub(super) fn update(&mut self, shared: &Shared, moved: Copy, tile: usize, colour: u8) {
        let mut writer = Writer::new(&[moved]);
        writer.piece(tile, Extent::Whole, &[0, colour, colour, colour]);
        let payload = writer.finish(&mut Packer::default());
        self.send(shared, Coding::Tiles, &[], &payload);
    }

    fn send(&mut self, shared: &Shared, coding: Coding, rects: &[Rect], payload: &[u8]) {
        let key = self.sequence == 0;
        self.sequence += 1;
        let header = FrameHeader {
            coding,
            surface: 0,
            sequence: self.sequence,
            key,
            reset: key,
            more: false,
            size: self.surface,
            input_sequence: 0,
            captured_us: 0,
            capture_us: 0,
            encode_us: 0,
            payload: payload.len() as u32,
            epoch: 1,
            rects: rects.to_vec(),
        };
        let Verdict::Good(paint) = self.view.take(&header, payload) else {
            panic!("the frame cannot be used");
        };
        let when = shared.conversion();
        shared.update_picture(|picture| {
            let picture = picture.as_mut().expect("there is one");
            let rects = self.view.show(paint, &mut picture.pixels, when);
            picture.add(&rects, facts(self.sequence));
        });
    }
}

/// Whether some of the picture is left for the card to convert.
pub(super) fn is_left(shared: &Shared) -> bool {
    shared.with_picture(|picture| {
        picture
            .as_ref()
            .is_some_and(|p| p.pixels.parts().video.is_some())
    })
}
