//! The colours of the session window, by meaning, dark and light.

use farpane_media::paint::Color;

/// Colours by what they mean. Text colours have a contrast of at least 4.5:1 on the grounds they
/// stand on (a test holds that).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Around the picture, and behind the card.
    pub page: Color,
    /// Ground of the card, the bar and the overlay.
    pub ground: Color,
    /// Ground of what can be pressed.
    pub raised: Color,
    /// Edges.
    pub line: Color,
    /// Text.
    pub ink: Color,
    /// Text that matters less.
    pub muted: Color,
    /// What is chosen, done, or the way on.
    pub accent: Color,
    /// Text on the accent.
    pub on_accent: Color,
    /// A person is being waited for.
    pub waiting: Color,
    /// Harm and stop.
    pub stop: Color,
}

/// For dark surroundings, and where nothing is known about them.
pub const DARK: Palette = Palette {
    page: Color(0x0010_1516),
    ground: Color(0x001b_2324),
    raised: Color(0x002a_3536),
    line: Color(0x003d_4a4b),
    ink: Color(0x00ee_f3f3),
    muted: Color(0x00a3_b3b4),
    accent: Color(0x0033_b8ac),
    on_accent: Color(0x0004_1f1c),
    waiting: Color(0x00f0_b23e),
    stop: Color(0x00ff_7b72),
};

/// For light surroundings.
pub const LIGHT: Palette = Palette {
    page: Color(0x00e6_ebeb),
    ground: Color(0x00ff_ffff),
    raised: Color(0x00ed_f1f1),
    line: Color(0x00c3_cdcd),
    ink: Color(0x0015_2222),
    muted: Color(0x0051_6161),
    accent: Color(0x0000_7268),
    on_accent: Color(0x00ff_ffff),
    waiting: Color(0x0085_5500),
    stop: Color(0x00b4_2318),
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast of WCAG 2.2.
    fn luminance(color: Color) -> f64 {
        let linear = |shift: u32| {
            let value = f64::from(color.0 >> shift & 0xff) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0)
    }

    fn contrast(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_has_enough_contrast_on_every_ground() {
        for p in [DARK, LIGHT] {
            for ground in [p.page, p.ground, p.raised] {
                for text in [p.ink, p.muted, p.waiting, p.stop, p.accent] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
                }
            }
            assert!(contrast(p.on_accent, p.accent) >= 4.5);
        }
    }
}
