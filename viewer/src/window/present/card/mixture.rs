//! The weights of a scaled view as textures: computed once per view, by the same code that scales
//! in software.

use anyhow::Result;
use farpane_protocol::geometry::Rect;

use super::gl::{Gl, Texel, Texture};
use crate::window::scale::{Mix, mixes};
use crate::window::view::View;

/// What every column and row of a view is mixed of.
pub(super) struct Mixture {
    /// The view that it is for.
    pub(super) view: View,
    /// One column per column of the view: where to begin, then the weights.
    pub(super) columns: Texture,
    /// One column per row of the view, in the same way.
    pub(super) rows: Texture,
    /// Most weights that a column and a row have.
    pub(super) taps: [i32; 2],
}

impl Mixture {
    pub(super) fn new(gl: Gl<'_>, view: View) -> Result<Self> {
        let (shown, surface) = (view.shown(), view.surface());
        let across = mixes(0, shown.width(), shown.width(), surface.width());
        let down = mixes(0, shown.height(), shown.height(), surface.height());
        let (columns, width) = put(gl, &across)?;
        let (rows, height) = put(gl, &down)?;
        Ok(Self {
            view,
            columns,
            rows,
            taps: [width, height],
        })
    }

    pub(super) fn forget(self, gl: Gl<'_>) {
        gl.forget(Some(self.columns));
        gl.forget(Some(self.rows));
    }
}

fn put(gl: Gl<'_>, mixes: &[Mix]) -> Result<(Texture, i32)> {
    let (numbers, taps) = table(mixes);
    let width = mixes.len() as u32;
    let texture = gl.texture(Texel::Number, width, taps + 1)?;
    let all = Rect {
        x: 0,
        y: 0,
        width,
        height: taps + 1,
    };
    gl.put(&texture, &numbers, width, all)?;
    Ok((texture, taps as i32))
}

/// Lines of numbers of two bytes: the first says where each mix begins, the others have its first,
/// second… weight, and how many of these lines there are.
fn table(mixes: &[Mix]) -> (Vec<u8>, u32) {
    let taps = mixes.iter().map(|mix| mix.weights.len()).max();
    let taps = taps.unwrap_or_default();
    let mut numbers = vec![0u16; mixes.len() * (taps + 1)];
    for (at, mix) in mixes.iter().enumerate() {
        // A picture's side has at most 14 bits.
        numbers[at] = mix.start as u16;
        for (line, weight) in mix.weights.iter().enumerate() {
            numbers[(line + 1) * mixes.len() + at] = *weight;
        }
    }
    let bytes = numbers.into_iter().flat_map(u16::to_ne_bytes).collect();
    (bytes, taps as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_every_mix_in_a_column_of_its_own() {
        let mixes = mixes(0, 2, 2, 5);
        let (bytes, taps) = table(&mixes);
        let numbers: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|two| u16::from_ne_bytes([two[0], two[1]]))
            .collect();
        assert_eq!(taps, 3);
        let column = |at: usize| numbers.iter().skip(at).step_by(2).copied();
        for (at, mix) in mixes.iter().enumerate() {
            let mut expected = vec![mix.start as u16];
            expected.extend(&mix.weights);
            expected.resize(4, 0);
            assert_eq!(column(at).collect::<Vec<_>>(), expected);
        }
    }
}
