//! A video's planes on the card, and what turns them into pixels of the picture there.

use anyhow::Result;
use farpane_media::picture::I420Picture;
use farpane_protocol::geometry::{Rect, Size};

use super::gl::{Easel, Gl, Onto, Program, Texel, Texture};

/// The video's planes and their conversion.
pub(super) struct Film {
    convert: Program,
    easel: Easel,
    planes: Option<Planes>,
}

/// The planes of a surface's size.
struct Planes {
    size: Size,
    luma: Texture,
    blue: Texture,
    red: Texture,
}

impl Film {
    /// With the program that converts.
    pub(super) fn new(gl: Gl<'_>, convert: Program) -> Result<Self> {
        Ok(Self {
            convert,
            easel: gl.easel()?,
            planes: None,
        })
    }

    /// Sends one part of the video and converts it into the picture. The part's left and upper edges
    /// are even, and the picture is of the video's size.
    pub(super) fn show(
        &mut self,
        gl: Gl<'_>,
        video: &I420Picture,
        part: Rect,
        picture: &Texture,
    ) -> Result<()> {
        let planes = match self.planes.take() {
            Some(planes) if planes.size == video.size() => planes,
            other => {
                if let Some(planes) = other {
                    planes.forget(gl);
                }
                Planes::new(gl, video)?
            }
        };
        let planes = self.planes.insert(planes);
        let colour = Rect {
            x: part.x / 2,
            y: part.y / 2,
            width: part.width.div_ceil(2),
            height: part.height.div_ceil(2),
        };
        let (wide, half) = (video.luma_stride() as u32, video.chroma_stride() as u32);
        gl.put(&planes.luma, video.y(), wide, part)?;
        gl.put(&planes.blue, video.u(), half, colour)?;
        gl.put(&planes.red, video.v(), half, colour)?;
        let textures = [
            ("luma", &planes.luma),
            ("blue", &planes.blue),
            ("red", &planes.red),
        ];
        let onto = Onto::Texture(&self.easel, picture);
        gl.draw(onto, part, &self.convert, &textures, &[]);
        Ok(())
    }

    /// What is drawn on where it is a texture.
    pub(super) fn easel(&self) -> &Easel {
        &self.easel
    }

    /// Gives the planes back.
    pub(super) fn forget(&mut self, gl: Gl<'_>) {
        if let Some(planes) = self.planes.take() {
            planes.forget(gl);
        }
    }
}

impl Planes {
    fn new(gl: Gl<'_>, video: &I420Picture) -> Result<Self> {
        let (width, height) = video.padded_size();
        let (width, height) = (width as u32, height as u32);
        Ok(Self {
            size: video.size(),
            luma: gl.texture(Texel::Sample, width, height)?,
            blue: gl.texture(Texel::Sample, width / 2, height / 2)?,
            red: gl.texture(Texel::Sample, width / 2, height / 2)?,
        })
    }

    fn forget(self, gl: Gl<'_>) {
        for plane in [self.luma, self.blue, self.red] {
            gl.forget(Some(plane));
        }
    }
}
