//! Presents by the graphics card: the picture and what is painted over it are textures, of which
//! only what changed is sent there; the card scales and puts them together.
//!
//! The card's copy is never the only one: whatever it lost can be sent again.

mod context;
mod film;
mod gl;
mod mixture;
mod proof;
mod shader;

use std::rc::Rc;

use anyhow::{Result, anyhow};
use farpane_media::paint::{Canvas, Color};
use farpane_media::picture::BgraPicture;
use farpane_media::surface::shown::{Conversion, Parts as Seen};
use farpane_protocol::geometry::{Rect, Size};
use winit::window::Window;

use self::context::Context;
pub(super) use self::context::Pixels;
use self::film::Film;
use self::gl::{Gl, Onto, Program, Texel, Texture};
use self::mixture::Mixture;
use super::choice::Present;
use super::{Next, Way, shows};
use crate::session::shared::FrameFacts;
use crate::window::layer::joined;
use crate::window::lost::KEEP;
use crate::window::scene::Scene;
use crate::window::view::View;

/// Most rectangles of one picture that are sent apart; each costs the driver a call.
const MAX_RECTS: usize = 64;

/// The card, for one window.
pub(super) struct Card {
    parts: Parts,
    context: Context,
}

/// What one window has on the card.
struct Parts {
    copy: Program,
    mix: Program,
    film: Film,
    /// The device's screen.
    picture: Option<Texture>,
    /// The weights, while the view is scaled.
    mixture: Option<Mixture>,
    /// What is painted over the picture, at its place in the window.
    over: Option<Over>,
}

/// The bar, the overlay and so on: painted here, shown by the card.
struct Over {
    pixels: BgraPicture,
    texture: Texture,
}

impl Card {
    /// The card for a window that was made with these pixels.
    pub(super) fn new(pixels: &Pixels, window: Rc<Window>, present: Present) -> Result<Self> {
        let context = Context::new(pixels, window)?;
        let gl = context.current()?;
        let renderer = gl.renderer();
        if !present.takes(&renderer) {
            return Err(anyhow!("{renderer} is not a graphics card"));
        }
        gl.prepare()?;
        let mut parts = Parts {
            copy: gl.program(shader::COPY)?,
            mix: gl.program(shader::MIX)?,
            film: Film::new(gl, gl.program(shader::CONVERT)?)?,
            picture: None,
            mixture: None,
            over: None,
        };
        gl.check()?;
        proof::computes_exactly(gl, &mut parts)?;
        tracing::debug!(renderer, "presenting by the graphics card");
        Ok(Self { parts, context })
    }
}

impl Way for Card {
    fn name(&self) -> &'static str {
        "card"
    }

    fn conversion(&self) -> Conversion {
        Conversion::Later
    }

    fn paint(&mut self, next: &Next<'_>, frames: &mut Vec<FrameFacts>) -> Result<bool> {
        let scene = next.scene;
        let window = scene.window;
        let anew = next.before.is_none() || next.exposed;
        let mut damage = Vec::new();
        match next.before {
            Some(before) if !anew => scene.difference(before, &mut damage),
            Some(_) | None => damage.push(window.rect()),
        }
        if damage.is_empty() && !next.picture_waits() {
            return Ok(false);
        }
        let gl = self.context.current()?;
        self.context.resize(window);
        let parts = &mut self.parts;
        if anew {
            // The driver may have lost it with the window's pixels.
            gl.forget(parts.picture.take());
            parts.film.forget(gl);
            gl.forget(parts.over.take().map(|over| over.texture));
        }
        next.shared.with_picture(|picture| {
            let mut picture = picture.as_mut().filter(|picture| shows(scene, picture));
            let mut beneath = Vec::new();
            if let Some((picture, view)) = picture.as_mut().zip(scene.view) {
                frames.append(&mut picture.frames);
                let changed = std::mem::take(&mut picture.damage);
                let sent = parts.send(gl, picture.pixels.parts(), changed)?;
                beneath.extend(sent.into_iter().map(|rect| view.to_window_rect(rect)));
            }
            for (rect, is_solid) in scene.layers() {
                let touches = |other: &Rect| other.intersect(rect).is_some();
                if damage.iter().any(touches) || (!is_solid && beneath.iter().any(touches)) {
                    let behind = picture.as_mut().filter(|_| !is_solid);
                    let pixels = behind.map(|picture| picture.pixels.pixels());
                    let over = over(&mut parts.over, gl, window)?;
                    over.paint(gl, scene, rect, pixels)?;
                }
            }
            damage.append(&mut beneath);
            anyhow::Ok(())
        })?;
        parts.draw(gl, scene)?;
        let changed = joined(damage, window, MAX_RECTS);
        self.context.show(window, &changed)?;
        gl.check()?;
        Ok(true)
    }
}

impl Parts {
    /// Sends what changed of the picture, or all of it where the card has another one; what was
    /// sent. It is what the picture is now, not what led there, so that nothing can drift.
    fn send(&mut self, gl: Gl<'_>, seen: Seen<'_>, changed: Vec<Rect>) -> Result<Vec<Rect>> {
        let size = seen.pixels.size();
        let (texture, changed) = match self.picture.take() {
            Some(texture) if texture.is(size) => (texture, joined(changed, size, MAX_RECTS)),
            other => {
                gl.forget(other);
                let texture = gl.texture(Texel::Pixel, size.width(), size.height())?;
                (texture, vec![size.rect()])
            }
        };
        let texture = self.picture.insert(texture);
        for rect in &changed {
            let is_film = |left: &Rect| left.union(*rect) == *left;
            if !seen.left.iter().any(is_film) {
                gl.put(texture, seen.pixels.as_bytes(), size.width(), *rect)?;
            }
        }
        if let Some(video) = seen.video {
            for left in seen.left {
                for part in changed.iter().filter_map(|rect| rect.intersect(*left)) {
                    let part = part.align_even(size);
                    self.film.show(gl, video, part, texture)?;
                }
            }
        }
        Ok(changed)
    }

    /// Draws the whole window: a card does so in less time than it takes to say which parts.
    fn draw(&mut self, gl: Gl<'_>, scene: &Scene) -> Result<()> {
        let window = scene.window;
        let onto = Onto::Window(window);
        let keep = if scene.lost.is_some() { KEEP } else { u8::MAX };
        gl.clear(dimmed(scene.palette.page, keep));
        if let Some(view) = scene.view.filter(|view| !view.area().is_empty()) {
            self.draw_picture(gl, onto, window, view, keep)?;
        }
        if let Some(over) = &self.over {
            let bright = ("keep", [i32::from(u8::MAX), 0]);
            let values = [extent(window), ("origin", [0, 0]), bright];
            for (rect, _) in scene.layers() {
                let picture = ("picture", &over.texture);
                gl.draw(onto, rect, &self.copy, &[picture], &values);
            }
        }
        gl.check()
    }

    /// Draws the picture as it lies in a window, so dark that `keep` 255ths stay.
    fn draw_picture(
        &mut self,
        gl: Gl<'_>,
        onto: Onto<'_>,
        window: Size,
        view: View,
        keep: u8,
    ) -> Result<()> {
        let picture = self.picture.as_ref();
        let Some(texture) = picture.filter(|texture| texture.is(view.surface())) else {
            return Ok(());
        };
        let picture = ("picture", texture);
        let origin = ("origin", [view.origin().x, view.origin().y]);
        let keep = ("keep", [i32::from(keep), 0]);
        if view.is_exact() {
            let values = [extent(window), origin, keep];
            gl.draw(onto, view.area(), &self.copy, &[picture], &values);
        } else {
            let mixture = mixture(&mut self.mixture, gl, view)?;
            let (columns, rows) = (("columns", &mixture.columns), ("rows", &mixture.rows));
            let values = [extent(window), origin, keep, ("taps", mixture.taps)];
            let textures = [picture, columns, rows];
            gl.draw(onto, view.area(), &self.mix, &textures, &values);
        }
        Ok(())
    }
}

/// The window's extent, as the card's programs know it.
fn extent(window: Size) -> (&'static str, [i32; 2]) {
    ("window", [window.width() as i32, window.height() as i32])
}

/// The colour around the picture, as dark as the picture.
fn dimmed(colour: Color, keep: u8) -> Color {
    let mut pixel = [colour.0];
    let one = Rect {
        x: 0,
        y: 0,
        width: 1,
        height: 1,
    };
    if let Some(mut canvas) = Size::new(1, 1).and_then(|size| Canvas::new(&mut pixel, size, 1)) {
        canvas.dim(one, keep);
    }
    Color(pixel[0])
}

/// What is over the picture in a window of that extent.
fn over<'a>(kept: &'a mut Option<Over>, gl: Gl<'_>, window: Size) -> Result<&'a mut Over> {
    let over = match kept.take() {
        Some(over) if over.texture.is(window) => over,
        other => {
            gl.forget(other.map(|over| over.texture));
            Over {
                pixels: BgraPicture::new(window),
                texture: gl.texture(Texel::Pixel, window.width(), window.height())?,
            }
        }
    };
    Ok(kept.insert(over))
}

/// The weights of that view.
fn mixture<'a>(kept: &'a mut Option<Mixture>, gl: Gl<'_>, view: View) -> Result<&'a Mixture> {
    let mixture = match kept.take() {
        Some(mixture) if mixture.view == view => mixture,
        other => {
            if let Some(mixture) = other {
                mixture.forget(gl);
            }
            Mixture::new(gl, view)?
        }
    };
    Ok(kept.insert(mixture))
}

impl Over {
    /// Paints one rectangle as the way through memory does, and sends it.
    fn paint(
        &mut self,
        gl: Gl<'_>,
        scene: &Scene,
        rect: Rect,
        picture: Option<&BgraPicture>,
    ) -> Result<()> {
        scene.paint(self.pixels.as_pixels_mut(), rect, picture);
        let stride = scene.window.width();
        gl.put(&self.texture, self.pixels.as_bytes(), stride, rect)
    }
}

#[cfg(test)]
mod tests;
