//! The colours of our windows at the device: one calm palette, teal for what to do, red only to
//! stop, amber for doubt. Never colour alone: a word stands beside each.

use farpane_media::paint::Color;

/// Behind everything.
pub(super) const PAPER: Color = Color(0x00f6_f8f8);
/// Text.
pub(super) const INK: Color = Color(0x0017_2221);
/// Text of less weight.
pub(super) const MUTED: Color = Color(0x004a_5856);
/// Lines between parts.
pub(super) const LINE: Color = Color(0x00c4_cecc);
/// What to do, and what is proven.
pub(super) const TEAL: Color = Color(0x000b_6b66);
/// Behind a button that cannot be pressed yet.
pub(super) const PALE: Color = Color(0x00dd_e5e4);
/// Stop.
pub(super) const RED: Color = Color(0x00b3_2620);
/// What is not proven.
pub(super) const AMBER: Color = Color(0x008a_4b00);
/// Text on teal, red and amber.
pub(super) const ON_STRONG: Color = Color(0x00ff_ffff);
/// Behind the banner.
pub(super) const BANNER: Color = Color(0x0017_2221);
/// Text on the banner.
pub(super) const ON_BANNER: Color = Color(0x00f1_f5f4);

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2.2 defines it.
    fn luminance(color: Color) -> f64 {
        let channel = |shift: u32| {
            let value = f64::from((color.0 >> shift) & 0xff) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
    }

    #[test]
    fn every_text_has_a_contrast_of_at_least_four_and_a_half() {
        let pairs = [
            (INK, PAPER),
            (MUTED, PAPER),
            (TEAL, PAPER),
            (AMBER, PAPER),
            (MUTED, PALE),
            (ON_STRONG, TEAL),
            (ON_STRONG, RED),
            (ON_STRONG, AMBER),
            (ON_BANNER, BANNER),
        ];
        for (text, ground) in pairs {
            let (a, b) = (luminance(text), luminance(ground));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 4.5, "{text:?} on {ground:?}: {contrast:.2}");
        }
    }
}
