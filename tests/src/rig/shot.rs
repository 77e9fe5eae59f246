//! What a display shows, as a test compares it.

/// A picture of a display: `0xRRGGBB` per pixel, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Row by row.
    pub pixels: Vec<u32>,
}

/// A part of a display, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl Shot {
    /// The pixels of a part, row by row.
    pub fn part(&self, area: Area) -> Vec<u32> {
        let rows = self.pixels.chunks(self.width as usize);
        rows.skip(area.y as usize)
            .take(area.height as usize)
            .flat_map(|row| &row[area.x as usize..(area.x + area.width) as usize])
            .copied()
            .collect()
    }

    /// The pixel at a place.
    pub fn at(&self, x: u32, y: u32) -> u32 {
        self.pixels[(y * self.width + x) as usize]
    }

    /// How many pixels have this colour.
    pub fn count(&self, colour: u32) -> usize {
        self.pixels.iter().filter(|pixel| **pixel == colour).count()
    }

    /// The box around all pixels of this colour: left, top, right, bottom (inclusive).
    pub fn bounds(&self, colour: u32) -> Option<(u32, u32, u32, u32)> {
        let mut bounds: Option<(u32, u32, u32, u32)> = None;
        for (at, pixel) in self.pixels.iter().enumerate() {
            if *pixel == colour {
                let (x, y) = (at as u32 % self.width, at as u32 / self.width);
                let (l, t, r, b) = bounds.unwrap_or((x, y, x, y));
                bounds = Some((l.min(x), t.min(y), r.max(x), b.max(y)));
            }
        }
        bounds
    }

    /// Share of pixels whose channels all differ by at most `tolerance` from the other shot's.
    pub fn likeness(&self, other: &Self, tolerance: i32) -> f64 {
        assert_eq!((self.width, self.height), (other.width, other.height));
        let near = |a: u32, b: u32| {
            [16, 8, 0].iter().all(|shift| {
                let part = |pixel: u32| ((pixel >> shift) & 0xff) as i32;
                (part(a) - part(b)).abs() <= tolerance
            })
        };
        let pairs = self.pixels.iter().zip(&other.pixels);
        let alike = pairs.filter(|(a, b)| near(**a, **b)).count();
        alike as f64 / self.pixels.len() as f64
    }
}
