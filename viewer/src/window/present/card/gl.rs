//! The few things that are asked of OpenGL, with every length checked: textures, parts of them,
//! programs, and drawing a rectangle.
#![expect(unsafe_code, reason = "every call of OpenGL is one into a C library")]

use anyhow::{Result, anyhow};
use farpane_media::paint::Color;
use farpane_protocol::geometry::{Rect, Size};
use glow::{Context, HasContext as _, PixelPackData, PixelUnpackData};

/// OpenGL while its context is the current one.
#[derive(Clone, Copy)]
pub(super) struct Gl<'a>(&'a Context);

/// What one texel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texel {
    /// Blue, green, red and nothing: a pixel.
    Pixel,
    /// A whole number of two bytes.
    Number,
    /// One byte: what a plane of a video is made of.
    Sample,
}

impl Texel {
    const fn bytes(self) -> usize {
        match self {
            Self::Pixel => 4,
            Self::Number => 2,
            Self::Sample => 1,
        }
    }

    const fn internal(self) -> u32 {
        match self {
            Self::Pixel => glow::RGBA8,
            Self::Number => glow::R16UI,
            Self::Sample => glow::R8,
        }
    }

    const fn format(self) -> u32 {
        match self {
            Self::Pixel => glow::BGRA,
            Self::Number => glow::RED_INTEGER,
            Self::Sample => glow::RED,
        }
    }

    const fn kind(self) -> u32 {
        match self {
            Self::Pixel | Self::Sample => glow::UNSIGNED_BYTE,
            Self::Number => glow::UNSIGNED_SHORT,
        }
    }
}

/// Texels on the card; they go with the context, or by [`Gl::forget`].
#[derive(Debug)]
pub(super) struct Texture {
    name: glow::Texture,
    texel: Texel,
    width: u32,
    height: u32,
}

impl Texture {
    /// Whether it has that extent.
    pub(super) fn is(&self, size: Size) -> bool {
        (self.width, self.height) == (size.width(), size.height())
    }
}

/// What makes a texture something to draw on.
#[derive(Debug)]
pub(super) struct Easel(glow::Framebuffer);

/// What is drawn on.
#[derive(Clone, Copy)]
pub(super) enum Onto<'a> {
    /// A window of that extent, whose lowest row is the card's first.
    Window(Size),
    /// A texture of pixels, whose first row is the card's first.
    Texture(&'a Easel, &'a Texture),
}

/// A program of the card, with its values by name.
#[derive(Debug)]
pub(super) struct Program(glow::Program);

/// Draws one triangle that covers whatever the viewport is.
const CORNERS: &str = "#version 130
void main() {
    vec2 corner = vec2(float((gl_VertexID & 1) << 2) - 1.0, float((gl_VertexID & 2) << 1) - 1.0);
    gl_Position = vec4(corner, 0.0, 1.0);
}
";

impl<'a> Gl<'a> {
    /// The context must be current for as long as this lives.
    pub(super) fn new(context: &'a Context) -> Self {
        Self(context)
    }

    /// What the card calls itself.
    pub(super) fn renderer(self) -> String {
        // SAFETY: the context is current.
        unsafe { self.0.get_parameter_string(glow::RENDERER) }
    }

    /// The longest side that a texture may have.
    pub(super) fn longest_side(self) -> u32 {
        // SAFETY: the context is current.
        let side = unsafe { self.0.get_parameter_i32(glow::MAX_TEXTURE_SIZE) };
        u32::try_from(side).unwrap_or_default()
    }

    /// What must stand once before anything is drawn.
    pub(super) fn prepare(self) -> Result<()> {
        // SAFETY: the context is current; the vertex array has no buffers to read beyond.
        unsafe {
            let none = self.0.create_vertex_array().map_err(|e| anyhow!(e))?;
            self.0.bind_vertex_array(Some(none));
            for state in [glow::BLEND, glow::DITHER, glow::DEPTH_TEST, glow::CULL_FACE] {
                self.0.disable(state);
            }
        }
        self.check()
    }

    /// A program that gives every pixel of a rectangle what this source says.
    pub(super) fn program(self, source: &str) -> Result<Program> {
        // SAFETY: the context is current; the sources are constants of ours.
        unsafe {
            let program = self.0.create_program().map_err(|e| anyhow!(e))?;
            for (stage, source) in [
                (glow::VERTEX_SHADER, CORNERS),
                (glow::FRAGMENT_SHADER, source),
            ] {
                let shader = self.0.create_shader(stage).map_err(|e| anyhow!(e))?;
                self.0.shader_source(shader, source);
                self.0.compile_shader(shader);
                if !self.0.get_shader_compile_status(shader) {
                    return Err(anyhow!(self.0.get_shader_info_log(shader)));
                }
                self.0.attach_shader(program, shader);
                self.0.delete_shader(shader);
            }
            self.0.link_program(program);
            if !self.0.get_program_link_status(program) {
                return Err(anyhow!(self.0.get_program_info_log(program)));
            }
            Ok(Program(program))
        }
    }

    /// Something to put textures on.
    pub(super) fn easel(self) -> Result<Easel> {
        // SAFETY: the context is current.
        let name = unsafe { self.0.create_framebuffer() };
        name.map(Easel).map_err(|e| anyhow!(e))
    }

    /// A texture whose texels mean nothing yet.
    pub(super) fn texture(self, texel: Texel, width: u32, height: u32) -> Result<Texture> {
        let longest = self.longest_side();
        if width.max(height) > longest {
            return Err(anyhow!(
                "{width}x{height} is more than the card's {longest}"
            ));
        }
        // SAFETY: the context is current; without texels nothing is read.
        let name = unsafe {
            let name = self.0.create_texture().map_err(|e| anyhow!(e))?;
            self.0.bind_texture(glow::TEXTURE_2D, Some(name));
            for (what, value) in [
                (glow::TEXTURE_MIN_FILTER, glow::NEAREST),
                (glow::TEXTURE_MAG_FILTER, glow::NEAREST),
                (glow::TEXTURE_MAX_LEVEL, 0),
            ] {
                self.0
                    .tex_parameter_i32(glow::TEXTURE_2D, what, value as i32);
            }
            self.0.tex_image_2d(
                glow::TEXTURE_2D,
                0,
                texel.internal() as i32,
                width as i32,
                height as i32,
                0,
                texel.format(),
                texel.kind(),
                PixelUnpackData::Slice(None),
            );
            name
        };
        self.check()?;
        Ok(Texture {
            name,
            texel,
            width,
            height,
        })
    }

    /// Gives a texture back, if there is one.
    pub(super) fn forget(self, texture: Option<Texture>) {
        if let Some(texture) = texture {
            // SAFETY: the context is current, and nobody else has the name.
            unsafe { self.0.delete_texture(texture.name) }
        }
    }

    /// Copies a rectangle of rows that are `stride` texels apart to the same place in a texture;
    /// what lies outside either is left out.
    pub(super) fn put(self, texture: &Texture, rows: &[u8], stride: u32, rect: Rect) -> Result<()> {
        let bytes = texture.texel.bytes();
        let row = stride as usize * bytes;
        let lines = u32::try_from(rows.len().checked_div(row).unwrap_or_default());
        let room = Rect {
            x: 0,
            y: 0,
            width: stride.min(texture.width),
            height: lines.unwrap_or_default().min(texture.height),
        };
        let Some(rect) = rect.intersect(room) else {
            return Ok(());
        };
        let first = rect.y as usize * row + rect.x as usize * bytes;
        let last = (rect.bottom() as usize - 1) * row + rect.right() as usize * bytes;
        // SAFETY: the context is current. What is read begins with the rectangle's first texel and
        // ends with its last, `first..last`, which lies in `rows` because the rectangle lies in
        // whole rows; the rectangle lies in the texture.
        unsafe {
            self.0.bind_texture(glow::TEXTURE_2D, Some(texture.name));
            self.0.pixel_store_i32(glow::UNPACK_ALIGNMENT, 1);
            self.0
                .pixel_store_i32(glow::UNPACK_ROW_LENGTH, stride as i32);
            self.0.tex_sub_image_2d(
                glow::TEXTURE_2D,
                0,
                rect.x as i32,
                rect.y as i32,
                rect.width as i32,
                rect.height as i32,
                texture.texel.format(),
                texture.texel.kind(),
                PixelUnpackData::Slice(Some(&rows[first..last])),
            );
        }
        Ok(())
    }

    /// Fills the window with one colour.
    pub(super) fn clear(self, Color(colour): Color) {
        let channel = |shift: u32| (colour >> shift & 0xff) as f32 / 255.0;
        // SAFETY: the context is current.
        unsafe {
            self.0.bind_framebuffer(glow::FRAMEBUFFER, None);
            self.0.clear_color(channel(16), channel(8), channel(0), 1.0);
            self.0.clear(glow::COLOR_BUFFER_BIT);
        }
    }

    /// Draws a rectangle by a program that reads these textures, in their order, and
    /// these values by their names.
    pub(super) fn draw(
        self,
        onto: Onto<'_>,
        rect: Rect,
        program: &Program,
        textures: &[(&str, &Texture)],
        values: &[(&str, [i32; 2])],
    ) {
        let first_row = match onto {
            Onto::Window(window) => window.height().saturating_sub(rect.bottom()),
            Onto::Texture(..) => rect.y,
        };
        // SAFETY: the context is current; three corners are computed from their numbers, not read.
        unsafe {
            match onto {
                Onto::Window(_) => self.0.bind_framebuffer(glow::FRAMEBUFFER, None),
                Onto::Texture(Easel(easel), texture) => {
                    self.0.bind_framebuffer(glow::FRAMEBUFFER, Some(*easel));
                    self.0.framebuffer_texture_2d(
                        glow::FRAMEBUFFER,
                        glow::COLOR_ATTACHMENT0,
                        glow::TEXTURE_2D,
                        Some(texture.name),
                        0,
                    );
                }
            }
            self.0.use_program(Some(program.0));
            for (unit, (name, texture)) in (0..).zip(textures) {
                self.0.active_texture(glow::TEXTURE0 + unit);
                self.0.bind_texture(glow::TEXTURE_2D, Some(texture.name));
                let place = self.0.get_uniform_location(program.0, name);
                self.0.uniform_1_i32(place.as_ref(), unit as i32);
            }
            self.0.active_texture(glow::TEXTURE0);
            for (name, [x, y]) in values {
                let place = self.0.get_uniform_location(program.0, name);
                self.0.uniform_2_i32(place.as_ref(), *x, *y);
            }
            self.0.viewport(
                rect.x as i32,
                first_row as i32,
                rect.width as i32,
                rect.height as i32,
            );
            self.0.draw_arrays(glow::TRIANGLES, 0, 3);
        }
    }

    /// The pixels of a texture, from its first row on.
    pub(super) fn read(self, Easel(easel): &Easel, texture: &Texture) -> Result<Vec<u32>> {
        if texture.texel != Texel::Pixel {
            return Err(anyhow!("not a texture of pixels"));
        }
        let mut bytes = vec![0; texture.width as usize * texture.height as usize * 4];
        // SAFETY: the context is current; what is written is four bytes for each texel, without
        // padding, which is the length of `bytes`.
        unsafe {
            self.0.bind_framebuffer(glow::FRAMEBUFFER, Some(*easel));
            self.0.framebuffer_texture_2d(
                glow::FRAMEBUFFER,
                glow::COLOR_ATTACHMENT0,
                glow::TEXTURE_2D,
                Some(texture.name),
                0,
            );
            if self.0.check_framebuffer_status(glow::FRAMEBUFFER) != glow::FRAMEBUFFER_COMPLETE {
                return Err(anyhow!("textures cannot be drawn on"));
            }
            self.0.pixel_store_i32(glow::PACK_ALIGNMENT, 1);
            self.0.read_pixels(
                0,
                0,
                texture.width as i32,
                texture.height as i32,
                glow::BGRA,
                glow::UNSIGNED_BYTE,
                PixelPackData::Slice(Some(&mut bytes)),
            );
        }
        self.check()?;
        let pixels = bytes.chunks_exact(4);
        Ok(pixels
            .map(|p| u32::from_le_bytes([p[0], p[1], p[2], 0]))
            .collect())
    }

    /// Whether all went well since it was asked last; a card that was lost says so here.
    pub(super) fn check(self) -> Result<()> {
        // SAFETY: the context is current.
        match unsafe { self.0.get_error() } {
            glow::NO_ERROR => Ok(()),
            glow::CONTEXT_LOST => Err(anyhow!("the graphics card was lost")),
            code => Err(anyhow!("OpenGL error {code:#06x}")),
        }
    }
}
