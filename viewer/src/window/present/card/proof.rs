//! Before a card is used it computes a small picture, which must be the one that software computes:
//! drivers differ, and a technician must be able to rely on every letter.

use anyhow::{Result, anyhow};
use farpane_media::convert::i420_to_bgra;
use farpane_media::picture::{BgraPicture, I420Picture};
use farpane_protocol::geometry::{Point, Size};

use super::Parts;
use super::gl::{Gl, Onto, Texel};
use crate::window::scale;
use crate::window::view::{Mode, View};

/// The small picture; larger than what drivers compute at once.
const SMALL: (u32, u32) = (192, 96);

/// Windows that it is shown in: smaller, as large, larger.
const WINDOWS: [(u32, u32); 3] = [(122, 61), SMALL, (286, 143)];

/// How far a converted channel may be off: not every processor's conversion rounds in the same way.
const OFF: u32 = 1;

/// Fails unless the card converts and scales as software does.
pub(super) fn computes_exactly(gl: Gl<'_>, parts: &mut Parts) -> Result<()> {
    let sized = |(width, height)| Size::new(width, height).ok_or_else(|| anyhow!("no size"));
    let size = sized(SMALL)?;
    let film = noise(size);
    let mut expected = BgraPicture::new(size);
    i420_to_bgra(&film, &mut expected, &[size.rect()])?;
    let texture = gl.texture(Texel::Pixel, size.width(), size.height())?;
    parts.film.show(gl, &film, size.rect(), &texture)?;
    let found = gl.read(parts.film.easel(), &texture)?;
    let converted = expected.as_pixels().iter().zip(&found);
    if !converted.into_iter().all(|(a, b)| is_near(*a, *b)) {
        return Err(anyhow!("the card converts video in another way"));
    }
    gl.put(&texture, expected.as_bytes(), size.width(), size.rect())?;
    parts.picture = Some(texture);
    let easel = gl.easel()?;
    for window in WINDOWS {
        let window = sized(window)?;
        let view = View::new(window, size, Mode::Fit, Point::default());
        let mut whole = vec![0; window.area()];
        let stride = window.width() as usize;
        scale::draw(&mut whole, stride, window.rect(), &view, &expected);
        let texture = gl.texture(Texel::Pixel, window.width(), window.height())?;
        parts.draw_picture(gl, Onto::Texture(&easel, &texture), window, view, u8::MAX)?;
        let found = gl.read(&easel, &texture)?;
        // A window's lowest row is the card's first.
        let rows = found.chunks_exact(stride).rev().flatten();
        let same = rows
            .zip(&whole)
            .all(|(a, b)| a & 0x00ff_ffff == b & 0x00ff_ffff);
        gl.forget(Some(texture));
        if !same {
            return Err(anyhow!("the card scales in another way"));
        }
    }
    gl.forget(parts.picture.take());
    parts.film.forget(gl);
    gl.check()
}

/// A video's picture of noise.
fn noise(size: Size) -> I420Picture {
    let mut film = I420Picture::new(size);
    let mut state = 1u32;
    let mut sample = |least: u32, most: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (least + (state >> 16) % (most - least)) as u8
    };
    let planes = film.planes_mut();
    planes.y.fill_with(|| sample(16, 236));
    planes.u.fill_with(|| sample(16, 241));
    planes.v.fill_with(|| sample(16, 241));
    film
}

/// Whether two pixels are the same but for rounding.
fn is_near(a: u32, b: u32) -> bool {
    let channel = |pixel: u32, shift: u32| pixel >> shift & 0xff;
    [0, 8, 16]
        .into_iter()
        .all(|shift| channel(a, shift).abs_diff(channel(b, shift)) <= OFF)
}
