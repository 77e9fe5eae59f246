//! Whether the viewer's picture equals the device's, pixel by pixel.

use anyhow::Result;
use x11rb::protocol::xproto::Rectangle;

use super::scene::{Camera, HEIGHT, WIDTH};

/// Where two pictures differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How many pixels do.
    pub pixels: usize,
    /// The smallest part of the device's screen that has them all: left, top, right, bottom.
    pub bounds: [u16; 4],
}

/// Both sides of one moment.
pub struct Both {
    /// The device's screen.
    pub device: Vec<u32>,
    /// The same part of the technician's display.
    pub viewer: Vec<u32>,
    width: u16,
}

impl Both {
    /// Looks at a device's screen of that size and at its picture, which the viewer shows pixel for
    /// pixel in the middle of a display that it fills.
    pub fn look(device: &Camera, viewer: &Camera, size: (u16, u16)) -> Result<Self> {
        let (width, height) = size;
        let middle = Rectangle {
            x: i16::try_from((WIDTH - width) / 2)?,
            y: i16::try_from((HEIGHT - height) / 2)?,
            width,
            height,
        };
        Ok(Self {
            device: device.photo(width, height)?,
            viewer: viewer.part(middle)?,
            width,
        })
    }

    /// One side as a picture file that every viewer of pictures opens (PPM).
    pub fn ppm(&self, pixels: &[u32]) -> Vec<u8> {
        let height = pixels.len() / usize::from(self.width).max(1);
        let mut file = format!("P6 {} {height} 255\n", self.width).into_bytes();
        file.extend(pixels.iter().flat_map(|pixel| {
            let [_, red, green, blue] = pixel.to_be_bytes();
            [red, green, blue]
        }));
        file
    }

    /// Where they differ; `None` if nowhere.
    pub fn difference(&self) -> Option<Difference> {
        assert_eq!(
            self.device.len(),
            self.viewer.len(),
            "both sides are of one size"
        );
        let mut found: Option<Difference> = None;
        for (at, _) in self
            .device
            .iter()
            .zip(&self.viewer)
            .enumerate()
            .filter(|(_, (device, viewer))| device != viewer)
        {
            // Both sides of a display are below 65536.
            let x = (at % usize::from(self.width)) as u16;
            let y = (at / usize::from(self.width)) as u16;
            found = Some(found.map_or(
                Difference {
                    pixels: 1,
                    bounds: [x, y, x, y],
                },
                |Difference { pixels, bounds }| {
                    let [left, top, right, bottom] = bounds;
                    Difference {
                        pixels: pixels + 1,
                        bounds: [left.min(x), top.min(y), right.max(x), bottom.max(y)],
                    }
                },
            ));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "both sides are of one size")]
    fn sides_of_different_sizes_are_not_compared() {
        let both = Both {
            device: vec![7; 6],
            viewer: vec![7; 5],
            width: 3,
        };
        both.difference();
    }

    #[test]
    fn a_difference_is_counted_and_found() {
        let both = |viewer: [u32; 6]| Both {
            device: vec![7; 6],
            viewer: viewer.to_vec(),
            width: 3,
        };
        assert_eq!(both([7; 6]).difference(), None);
        let found = both([7, 7, 1, 7, 2, 7]).difference();
        let expected = Difference {
            pixels: 2,
            bounds: [1, 0, 2, 1],
        };
        assert_eq!(found, Some(expected));
    }
}
