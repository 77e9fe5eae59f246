//! The card in the middle of the window while there is no picture: the steps with their times, a
//! sentence, and the buttons that help.

use farpane_media::paint::{Canvas, Face, line_height, wrap};
use farpane_protocol::geometry::{Point, Rect, Size};

use super::layer::{Layer, Scale, Style, centred, inset};
use super::palette::Palette;

/// Most lines that the sentence below the steps may take: the longest of our own takes three, two
/// fingerprints take six.
const NOTE_LINES: usize = 8;

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Behind us.
    Done,
    /// Under way.
    Now,
    /// Under way, and a person has to act.
    Waiting,
    /// It failed here.
    Failed,
    /// Still to come, or left out.
    Open,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// How far it is.
    pub mark: Mark,
    /// What it is.
    pub label: String,
    /// Its time, or nothing yet.
    pub time: String,
}

/// What a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Asks for a new session.
    TryAgain,
    /// Ends the session and closes the window.
    Close,
}

/// What the card says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The device, or what is known of it.
    pub heading: String,
    /// What is asked of it.
    pub subtitle: String,
    /// The steps.
    pub rows: Vec<Row>,
    /// A sentence below them.
    pub note: String,
    /// Whether that sentence is about a failure.
    pub alarm: bool,
    /// What can be pressed, in order: what it does and what it says.
    pub buttons: Vec<(Press, &'static str)>,
    /// Which of them Enter presses, if any.
    pub focus: Option<usize>,
    /// A hint at the bottom.
    pub hint: String,
}

/// The card, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    words: Words,
    palette: Palette,
    scale: Scale,
    rect: Rect,
    heading: Rect,
    subtitle: Rect,
    rows: Vec<Rect>,
    note: Vec<(Rect, String)>,
    buttons: Vec<Rect>,
    hint: Rect,
}

impl Card {
    /// Lays the card out in the middle of a window.
    pub fn new(window: Size, scale: Scale, palette: Palette, words: Words) -> Self {
        let pad = scale.px(28.0);
        let width = scale.px(560.0).min(window.width());
        let inner = width.saturating_sub(2 * pad);
        let note = wrap(
            Face::Regular,
            scale.text(15.0),
            &words.note,
            inner as f32,
            NOTE_LINES,
        );
        let line = line_height(scale.text(15.0)) as u32;
        let (row, button) = (scale.px(34.0), scale.px(36.0));
        let note_height = if note.is_empty() {
            0
        } else {
            note.len() as u32 * line + scale.px(16.0)
        };
        let buttons_height = if words.buttons.is_empty() {
            0
        } else {
            button + scale.px(20.0)
        };
        let steps_height = row * words.rows.len() as u32;
        let head = scale.px(60.0);
        let hint_height = if words.hint.is_empty() {
            0
        } else {
            scale.px(30.0)
        };
        let height = 2 * pad + head + steps_height + note_height + buttons_height + hint_height;
        let rect = centred(window, width, height);
        let x = rect.x + pad;
        let mut y = rect.y + pad;
        let mut take = |height: u32| {
            let part = Rect {
                x,
                y,
                width: inner,
                height,
            };
            y += height;
            part
        };
        let heading = take(scale.px(28.0));
        let subtitle = take(scale.px(20.0));
        take(scale.px(12.0));
        let rows = words.rows.iter().map(|_| take(row)).collect();
        if !note.is_empty() {
            take(scale.px(16.0));
        }
        let note = note.into_iter().map(|text| (take(line), text)).collect();
        let mut buttons = Vec::new();
        if !words.buttons.is_empty() {
            take(scale.px(20.0));
            let band = take(button);
            buttons = button_rects(&words, scale, band);
        }
        take(hint_height.saturating_sub(scale.px(18.0)));
        let hint = take(scale.px(18.0));
        Self {
            words,
            palette,
            scale,
            rect,
            heading,
            subtitle,
            rows,
            note,
            buttons,
            hint,
        }
    }

    /// What a click at this place presses.
    pub fn press_at(&self, at: Point) -> Option<Press> {
        let index = self.buttons.iter().position(|rect| rect.contains(at))?;
        self.words.buttons.get(index).map(|(press, _)| *press)
    }

    /// What Enter presses.
    pub fn focused(&self) -> Option<Press> {
        self.words
            .buttons
            .get(self.words.focus?)
            .map(|(press, _)| *press)
    }

    fn style(&self, face: Face, at_one: f32, color: farpane_media::paint::Color) -> Style {
        Style {
            face,
            px: self.scale.text(at_one),
            color,
        }
    }

    fn paint_row(&self, canvas: &mut Canvas<'_>, rect: Rect, row: &Row) {
        let p = &self.palette;
        let (sign, color, face, ink) = match row.mark {
            Mark::Done => ("✔", p.accent, Face::Regular, p.ink),
            Mark::Now => ("◐", p.accent, Face::Bold, p.ink),
            Mark::Waiting => ("◐", p.waiting, Face::Bold, p.waiting),
            Mark::Failed => ("✖", p.stop, Face::Bold, p.stop),
            Mark::Open => ("○", p.muted, Face::Regular, p.muted),
        };
        let sign_width = self.scale.px(28.0);
        let sign_rect = Rect {
            width: sign_width,
            ..rect
        };
        self.style(Face::Bold, 16.0, color)
            .left(canvas, sign_rect, sign);
        let time = self.style(Face::Regular, 15.0, p.muted);
        let time_width = self.scale.px(110.0).min(rect.width / 2);
        let label = Rect {
            x: rect.x + sign_width,
            width: rect.width.saturating_sub(sign_width + time_width),
            ..rect
        };
        self.style(face, 15.0, ink).left(canvas, label, &row.label);
        time.right(canvas, rect, &row.time);
    }

    fn paint_button(&self, canvas: &mut Canvas<'_>, index: usize, rect: Rect) {
        let Some((press, text)) = self.words.buttons.get(index) else {
            return;
        };
        let p = &self.palette;
        let (ground, ink) = match press {
            Press::TryAgain => (p.accent, p.on_accent),
            Press::Close => (p.raised, p.ink),
        };
        let focused = self.words.focus == Some(index);
        let edge = self.scale.px(if focused { 2.0 } else { 1.0 }).max(1);
        canvas.round_rect(
            rect,
            self.scale.px(6.0),
            if focused { p.ink } else { p.line },
        );
        canvas.round_rect(inset(rect, edge), self.scale.px(5.0), ground);
        self.style(Face::Bold, 15.0, ink).middle(canvas, rect, text);
    }
}

fn button_rects(words: &Words, scale: Scale, band: Rect) -> Vec<Rect> {
    let style = Style {
        face: Face::Bold,
        px: scale.text(15.0),
        color: Default::default(),
    };
    let gap = scale.px(12.0);
    let mut x = band.x;
    let mut rects = Vec::new();
    for (_, text) in &words.buttons {
        let width = (style.width(text) + scale.px(36.0)).max(scale.px(96.0));
        rects.push(Rect { x, width, ..band });
        x += width + gap;
    }
    rects
}

impl Layer for Card {
    fn rect(&self) -> Rect {
        self.rect
    }

    fn paint(&self, canvas: &mut Canvas<'_>) {
        let p = &self.palette;
        let thin = self.scale.px(1.0).max(1);
        canvas.fill(self.rect, p.page);
        canvas.round_rect(self.rect, self.scale.px(10.0), p.line);
        canvas.round_rect(inset(self.rect, thin), self.scale.px(9.0), p.ground);
        let mut canvas = canvas.clipped(inset(self.rect, thin));
        let words = &self.words;
        self.style(Face::Bold, 21.0, p.ink)
            .left(&mut canvas, self.heading, &words.heading);
        self.style(Face::Regular, 14.0, p.muted)
            .left(&mut canvas, self.subtitle, &words.subtitle);
        for (rect, row) in self.rows.iter().zip(&words.rows) {
            self.paint_row(&mut canvas, *rect, row);
        }
        let ink = if words.alarm { p.stop } else { p.ink };
        for (rect, line) in &self.note {
            self.style(Face::Regular, 15.0, ink)
                .left(&mut canvas, *rect, line);
        }
        for (index, rect) in self.buttons.iter().enumerate() {
            self.paint_button(&mut canvas, index, *rect);
        }
        self.style(Face::Regular, 13.0, p.muted)
            .left(&mut canvas, self.hint, &words.hint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::palette::{DARK, LIGHT};

    fn words(note: &str) -> Words {
        let row = |mark, label: &str| Row {
            mark,
            label: label.into(),
            time: "0.2 s".into(),
        };
        Words {
            heading: "A device name that goes on and on ".repeat(8),
            subtitle: "see and control".into(),
            rows: vec![
                row(Mark::Done, "asking the directory"),
                row(Mark::Done, "reaching the device"),
                row(Mark::Failed, "waiting for the person"),
                row(Mark::Open, "picture"),
            ],
            note: note.into(),
            alarm: true,
            buttons: vec![(Press::TryAgain, "Try again"), (Press::Close, "Close")],
            focus: Some(0),
            hint: String::new(),
        }
    }

    #[test]
    fn everything_lies_inside_the_card_and_nothing_overlaps() {
        for factor in [1.0, 1.5, 2.0] {
            let window = Size::new(1920, 1080).expect("valid");
            let note =
                "Nobody answered at the device in time. Call them, then ask again. ".repeat(4);
            let card = Card::new(window, Scale::new(factor), DARK, words(&note));
            let mut parts = vec![card.heading, card.subtitle];
            parts.extend(&card.rows);
            parts.extend(card.note.iter().map(|(rect, _)| *rect));
            parts.extend(&card.buttons);
            for (at, part) in parts.iter().enumerate() {
                assert_eq!(card.rect.union(*part), card.rect, "part {at}");
                assert!(
                    parts[at + 1..]
                        .iter()
                        .all(|other| other.intersect(*part).is_none())
                );
            }
        }
    }

    #[test]
    fn a_click_presses_the_button_under_it() {
        let window = Size::new(1280, 720).expect("valid");
        let card = Card::new(window, Scale::new(1.0), LIGHT, words("No."));
        for (rect, press) in card.buttons.iter().zip([Press::TryAgain, Press::Close]) {
            let at = Point {
                x: rect.x as i32 + 3,
                y: rect.y as i32 + 3,
            };
            assert_eq!(card.press_at(at), Some(press));
        }
        assert_eq!(card.press_at(Point { x: 0, y: 0 }), None);
        assert_eq!(card.focused(), Some(Press::TryAgain));
    }

    #[test]
    fn painting_stays_inside_its_rectangle_and_small_windows_do_not_panic() {
        for (width, height) in [(1, 1), (60, 40), (300, 200), (900, 700)] {
            let window = Size::new(width, height).expect("valid");
            let card = Card::new(
                window,
                Scale::new(1.0),
                DARK,
                words("Something went wrong."),
            );
            let mut pixels = vec![0x00ab_cdef; window.area()];
            let mut canvas = Canvas::new(&mut pixels, window, width as usize).expect("fits");
            card.paint(&mut canvas);
            for (at, pixel) in pixels.iter().enumerate() {
                let at = Point {
                    x: at as i32 % width as i32,
                    y: at as i32 / width as i32,
                };
                let touched = *pixel != 0x00ab_cdef;
                assert!(!touched || card.rect().contains(at), "{at:?}");
            }
        }
    }
}
