//! A note at the lower edge of the picture: something did not happen, and why. It goes by itself.

use std::time::Duration;

use farpane_media::paint::{Canvas, Face, wrap};
use farpane_protocol::geometry::{Rect, Size};

use super::layer::{Layer, Scale, Style, inset};
use super::palette::Palette;

/// How long it stands: long enough to be read twice.
pub const STANDS: Duration = Duration::from_secs(8);

/// Most lines; a sentence has two in a small window.
const LINES: usize = 4;

/// The note, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    lines: Vec<String>,
    palette: Palette,
    scale: Scale,
    rect: Rect,
}

impl Note {
    /// A note that says this.
    pub fn new(window: Size, scale: Scale, palette: Palette, text: &str) -> Self {
        let style = style(scale, palette);
        let pad = scale.px(14.0);
        let most = scale.px(560.0).min(window.width()).saturating_sub(2 * pad);
        let lines = wrap(style.face, style.px, text, most as f32, LINES);
        let widest = lines.iter().map(|line| style.width(line)).max();
        let width = (widest.unwrap_or(0) + 2 * pad + 2).min(window.width());
        let height = lines.len() as u32 * scale.px(20.0) + pad;
        let height = height.min(window.height());
        let rect = Rect {
            x: (window.width() - width) / 2,
            y: (window.height() - height).saturating_sub(scale.px(24.0)),
            width,
            height,
        };
        Self {
            lines,
            palette,
            scale,
            rect,
        }
    }
}

fn style(scale: Scale, palette: Palette) -> Style {
    Style {
        face: Face::Regular,
        px: scale.text(14.0),
        color: palette.ink,
    }
}

impl Layer for Note {
    fn rect(&self) -> Rect {
        self.rect
    }

    fn paint(&self, canvas: &mut Canvas<'_>) {
        let p = &self.palette;
        canvas.fill(self.rect, p.waiting);
        canvas.fill(inset(self.rect, self.scale.px(1.0).max(1)), p.ground);
        let style = style(self.scale, self.palette);
        let height = self.scale.px(20.0);
        let top = self.rect.y + self.scale.px(7.0);
        for (line, y) in self
            .lines
            .iter()
            .zip((top..).step_by(height.max(1) as usize))
        {
            let row = Rect {
                y,
                height,
                ..self.rect
            };
            style.middle(canvas, row, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::palette::DARK;

    #[test]
    fn a_long_note_stays_inside_a_small_window() {
        for (width, height) in [(480, 320), (60, 40), (1920, 1080)] {
            let window = Size::new(width, height).expect("valid");
            let note = Note::new(window, Scale::new(1.0), DARK, &"a sentence ".repeat(30));
            assert!(note.rect.fits(window), "{width}: {:?}", note.rect);
            assert!(note.lines.len() <= LINES);
        }
    }
}
