//! The notice over the dimmed picture while contact is lost.

use farpane_media::paint::{Canvas, Face};
use farpane_protocol::geometry::{Rect, Size};

use super::layer::{Layer, Scale, Style, centred, inset};
use super::palette::Palette;

/// Share of its brightness that a picture keeps while it is old, in 255ths.
pub const KEEP: u8 = 90;

/// The notice, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    text: String,
    palette: Palette,
    scale: Scale,
    rect: Rect,
}

impl Lost {
    /// The notice after so many whole seconds.
    pub fn new(window: Size, scale: Scale, palette: Palette, seconds: u64) -> Self {
        let text = format!("Lost contact with the device, retrying… {seconds} s");
        let style = style(scale, palette);
        let width = style.width(&text) + scale.px(72.0);
        let rect = centred(window, width, scale.px(52.0));
        Self {
            text,
            palette,
            scale,
            rect,
        }
    }
}

fn style(scale: Scale, palette: Palette) -> Style {
    Style {
        face: Face::Bold,
        px: scale.text(17.0),
        color: palette.waiting,
    }
}

impl Layer for Lost {
    fn rect(&self) -> Rect {
        self.rect
    }

    fn paint(&self, canvas: &mut Canvas<'_>) {
        let thin = self.scale.px(1.0).max(1);
        canvas.fill(self.rect, self.palette.waiting);
        canvas.fill(inset(self.rect, thin), self.palette.ground);
        let part = inset(self.rect, self.scale.px(18.0).min(self.rect.width / 4));
        let sign = Rect {
            y: self.rect.y,
            height: self.rect.height,
            ..part
        };
        let style = style(self.scale, self.palette);
        style.left(canvas, sign, "⚠");
        let indent = self.scale.px(30.0);
        let text = Rect {
            x: sign.x + indent,
            width: sign.width.saturating_sub(indent),
            ..sign
        };
        style.left(canvas, text, &self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::palette::DARK;

    #[test]
    fn the_whole_sentence_fits_an_ordinary_window() {
        let window = Size::new(1280, 720).expect("valid");
        let lost = Lost::new(window, Scale::new(1.0), DARK, 3);
        assert_eq!(lost.text, "Lost contact with the device, retrying… 3 s");
        let room = lost.rect.width - 36 - 30;
        assert!(style(lost.scale, DARK).width(&lost.text) <= room);
        assert!(lost.rect.fits(window));
    }
}
