//! Where each character of a line goes: faces, fallback, measuring, cutting and wrapping.

use std::borrow::Cow;
use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, GlyphId};
use epaint_default_fonts::{EMOJI_ICON, HACK_REGULAR, UBUNTU_LIGHT};

use super::printable::printable;

/// Smallest text in pixels per em; below it nothing is legible.
pub const MIN_PX: f32 = 6.0;

/// Largest text in pixels per em, so that one glyph's bitmap stays small.
pub const MAX_PX: f32 = 128.0;

/// The ellipsis that stands for what was cut.
const ELLIPSIS: &str = "…";

/// The two weights that our windows use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// Running text.
    Regular,
    /// Headings and names; the regular outlines, thickened, because no bold ones are shipped.
    Bold,
}

/// Which of the shipped fonts a glyph comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// Proportional, for nearly everything.
    Ubuntu,
    /// Monospaced, for the symbols, arrows and letters that the first one lacks.
    Hack,
    /// Check boxes, warning signs and small pictures, in one colour.
    Icons,
    /// No font has it: a box is drawn.
    Missing,
}

/// One character, placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) face: Face,
    pub(super) source: Source,
    pub(super) id: GlyphId,
    /// Pixels per em in quarters, so that sizes that nobody can tell apart share a bitmap.
    pub(super) quarter_px: u16,
    /// From the line's start to this glyph's origin, in pixels.
    pub(super) x: f32,
    advance: f32,
}

/// Walks a line from left to right. Text must have gone through [`printable`].
pub(super) struct Layout<'t> {
    chars: std::str::Chars<'t>,
    face: Face,
    quarter_px: u16,
    x: f32,
    before: Option<(Source, GlyphId)>,
}

impl<'t> Layout<'t> {
    pub(super) fn new(face: Face, px: f32, text: &'t str) -> Self {
        Self {
            chars: text.chars(),
            face,
            quarter_px: quantise(px),
            x: 0.0,
            before: None,
        }
    }

    /// How far the pen has moved so far, in pixels.
    pub(super) fn advance(&self) -> f32 {
        self.x
    }
}

impl Iterator for Layout<'_> {
    type Item = Placed;

    fn next(&mut self) -> Option<Placed> {
        let char = self.chars.next()?;
        let (source, id) = find(char);
        let px = f32::from(self.quarter_px) / 4.0;
        let advance = match font(source) {
            Some(font) => {
                let unit = px / units(font);
                if let Some((_, previous)) = self.before.filter(|(same, _)| *same == source) {
                    self.x += font.kern_unscaled(previous, id) * unit;
                }
                font.h_advance_unscaled(id) * unit + embolden(self.face, px)
            }
            None => missing_advance(px),
        };
        self.before = Some((source, id));
        let quarter_px = self.quarter_px;
        let placed = Placed {
            face: self.face,
            source,
            id,
            quarter_px,
            x: self.x,
            advance,
        };
        self.x += advance;
        Some(placed)
    }
}

/// Width in pixels of one line of text, as [`super::Canvas::text`] would draw it.
pub fn measure(face: Face, px: f32, text: &str) -> f32 {
    width(face, px, &printable(text))
}

/// Distance between the baselines of two lines, in whole pixels.
pub fn line_height(px: f32) -> f32 {
    (f32::from(quantise(px)) / 4.0 * 1.4).round()
}

/// Breaks a text into lines no wider than `max_width` pixels, at spaces where possible and
/// inside a word where not; line breaks in the text are kept. At most `max_lines` come back, and
/// the last one ends in an ellipsis when something was left out.
pub fn wrap(face: Face, px: f32, text: &str, max_width: f32, max_lines: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let paragraph = printable(paragraph);
        let mut rest = paragraph.as_ref();
        loop {
            if lines.len() == max_lines {
                mark_cut(face, px, &mut lines, max_width);
                return lines;
            }
            let (line, tail) = break_line(face, px, rest, max_width);
            lines.push(line.to_owned());
            rest = tail;
            if rest.is_empty() {
                break;
            }
        }
    }
    lines
}

/// The text, cut to a width and marked with an ellipsis if it does not fit. Text must have gone
/// through [`printable`].
pub(super) fn clip_to_width(face: Face, px: f32, text: &str, max_width: f32) -> String {
    if width(face, px, text) <= max_width {
        return text.to_owned();
    }
    with_ellipsis(face, px, text, max_width).into_owned()
}

fn with_ellipsis(face: Face, px: f32, text: &str, max_width: f32) -> Cow<'static, str> {
    let room = max_width - width(face, px, ELLIPSIS);
    if room.is_nan() || room < 0.0 {
        return Cow::Borrowed("");
    }
    let kept = text[..fitting(face, px, text, room)].trim_end();
    Cow::Owned(format!("{kept}{ELLIPSIS}"))
}

fn mark_cut(face: Face, px: f32, lines: &mut [String], max_width: f32) {
    if let Some(last) = lines.last_mut() {
        *last = with_ellipsis(face, px, last, max_width).into_owned();
    }
}

/// Splits off the first line; the rest is shorter than the input unless the input is empty.
fn break_line(face: Face, px: f32, text: &str, max_width: f32) -> (&str, &str) {
    let fits = fitting(face, px, text, max_width);
    if fits == text.len() {
        return (text, "");
    }
    // A space that just did not fit is a fine place to break too.
    let next = text[fits..].chars().next().map_or(0, char::len_utf8);
    if let Some(space) = text[..fits + next].rfind(' ').filter(|at| *at > 0) {
        return (text[..space].trim_end(), text[space..].trim_start());
    }
    let cut = fits.max(text.chars().next().map_or(0, char::len_utf8));
    text.split_at(cut)
}

/// How many bytes of the text fit into a width.
fn fitting(face: Face, px: f32, text: &str, max_width: f32) -> usize {
    let placed = Layout::new(face, px, text);
    text.char_indices()
        .zip(placed)
        .find(|(_, glyph)| max_width.is_nan() || glyph.x + glyph.advance > max_width)
        .map_or(text.len(), |((at, _), _)| at)
}

fn width(face: Face, px: f32, text: &str) -> f32 {
    let mut layout = Layout::new(face, px, text);
    (&mut layout).for_each(drop);
    layout.advance()
}

/// Pixels per em in quarters; nonsense becomes the nearest legible size.
fn quantise(px: f32) -> u16 {
    let px = if px.is_nan() {
        MIN_PX
    } else {
        px.clamp(MIN_PX, MAX_PX)
    };
    (px * 4.0).round() as u16
}

/// How much wider the thickened outlines are, in pixels.
pub(super) fn embolden(face: Face, px: f32) -> f32 {
    match face {
        Face::Regular => 0.0,
        Face::Bold => (px / 20.0).max(0.5),
    }
}

/// Advance of the box that stands for a character that no font has, in pixels.
pub(super) fn missing_advance(px: f32) -> f32 {
    px * 0.6
}

/// Font units per em.
pub(super) fn units(font: &FontRef<'_>) -> f32 {
    font.units_per_em().unwrap_or(1000.0)
}

pub(super) fn font(source: Source) -> Option<&'static FontRef<'static>> {
    static FONTS: OnceLock<[FontRef<'static>; 3]> = OnceLock::new();
    let [ubuntu, hack, icons] = FONTS.get_or_init(|| {
        [UBUNTU_LIGHT, HACK_REGULAR, EMOJI_ICON]
            .map(|data| FontRef::try_from_slice(data).expect("the shipped fonts are well-formed"))
    });
    match source {
        Source::Ubuntu => Some(ubuntu),
        Source::Hack => Some(hack),
        Source::Icons => Some(icons),
        Source::Missing => None,
    }
}

/// The first font that has the character.
fn find(char: char) -> (Source, GlyphId) {
    for source in [Source::Ubuntu, Source::Hack, Source::Icons] {
        if let Some(id) = font(source)
            .map(|font| font.glyph_id(char))
            .filter(|id| id.0 != 0)
        {
            return (source, id);
        }
    }
    (Source::Missing, GlyphId(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interface_symbols_have_glyphs() {
        let missing: String =
            "Anna Bjørn Škoda Łódź Привет Ελλάδα 0123 ·–—…“”«»€ ●◐○▾☐☑×⋯‹›→←↑↓✔⚠🖥👁🖱⌨"
                .chars()
                .filter(|char| find(*char).0 == Source::Missing)
                .collect();
        assert_eq!(missing, "");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let text = "Anna Berg (Acme MSP) sees and controls this screen since 15:02";
        for max_width in [60.0, 100.0, 250.0, 1000.0] {
            let lines = wrap(Face::Regular, 14.0, text, max_width, 100);
            for line in &lines {
                assert!(measure(Face::Regular, 14.0, line) <= max_width, "{line}");
            }
            let joined = lines.join("").replace(' ', "");
            assert_eq!(joined, text.replace(' ', ""));
        }
    }

    #[test]
    fn wrapping_keeps_line_breaks_and_marks_what_was_left_out() {
        assert_eq!(
            wrap(Face::Regular, 14.0, "a\n\nb", 100.0, 9),
            ["a", "", "b"]
        );
        assert_eq!(wrap(Face::Regular, 14.0, "a\nb", 100.0, 1), ["a…"]);
        let long = "word ".repeat(40);
        let lines = wrap(Face::Bold, 14.0, &long, 90.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'));
        assert!(measure(Face::Bold, 14.0, &lines[1]) <= 90.0);
        assert!(wrap(Face::Bold, 14.0, &long, 90.0, 0).is_empty());
    }

    #[test]
    fn wrapping_into_nothing_still_ends() {
        for max_width in [0.0, -3.0, f32::NAN] {
            assert_eq!(
                wrap(Face::Regular, 14.0, "abc", max_width, 9),
                ["a", "b", "c"]
            );
        }
    }

    #[test]
    fn bold_is_wider_than_regular() {
        let regular = measure(Face::Regular, 14.0, "Refuse");
        assert!(measure(Face::Bold, 14.0, "Refuse") > regular);
        assert!((30.0..60.0).contains(&regular), "{regular}");
    }
}
