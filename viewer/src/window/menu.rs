//! The menus below the bar: of the keyboard (who decides what keys mean, and key combinations that
//! this machine would keep for itself) and of the device's monitors.

use farpane_media::paint::{Canvas, Face, printable};
use farpane_protocol::geometry::{Point, Rect, Size};

use super::keys::Keyboard;
use super::layer::{Layer, Scale, Style, inset};
use super::palette::Palette;
use crate::session::monitors::Monitor;

/// Keys that go down together, in this order, and up in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Combination {
    /// What is on the keys.
    pub label: &'static str,
    /// Their Linux input event codes.
    pub codes: &'static [u16],
}

const CONTROL: u16 = 29;
const ALT: u16 = 56;
const SUPER: u16 = 125;

const fn combination(label: &'static str, codes: &'static [u16]) -> Choice {
    Choice::Press(Combination { label, codes })
}

/// A row of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// This is how keys are understood from now on.
    Keyboard(Keyboard),
    /// Keys of this machine's desktop go to the device, or stay here.
    SystemKeys,
    /// These keys are pressed at the device.
    Press(Combination),
}

impl Choice {
    fn label(self) -> &'static str {
        match self {
            Self::Keyboard(keyboard) => keyboard.label(),
            Self::SystemKeys => "System keys to the device",
            Self::Press(one) => one.label,
        }
    }
}

/// What the menu offers, from top to bottom.
pub const CHOICES: [Choice; 15] = [
    Choice::Keyboard(Keyboard::Letters),
    Choice::Keyboard(Keyboard::Positions),
    Choice::SystemKeys,
    combination("Ctrl + Alt + Del", &[CONTROL, ALT, 111]),
    combination("Super", &[SUPER]),
    combination("Super + L", &[SUPER, 38]),
    combination("Super + Space", &[SUPER, 57]),
    combination("Alt + Tab", &[ALT, 15]),
    combination("Alt + F4", &[ALT, 62]),
    combination("Print Screen", &[99]),
    combination("Menu", &[127]),
    combination("Ctrl + Alt + F1", &[CONTROL, ALT, 59]),
    combination("Ctrl + Alt + F2", &[CONTROL, ALT, 60]),
    combination("Ctrl + Alt + F3", &[CONTROL, ALT, 61]),
    combination("Ctrl + Alt + F7", &[CONTROL, ALT, 65]),
];

/// What the menu marks as being so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InUse {
    /// Who decides what a key means.
    pub keyboard: Keyboard,
    /// Whether system keys go to the device.
    pub system_keys: bool,
}

impl InUse {
    fn has(self, choice: Choice) -> bool {
        match choice {
            Choice::Keyboard(keyboard) => keyboard == self.keyboard,
            Choice::SystemKeys => self.system_keys,
            Choice::Press(_) => false,
        }
    }
}

/// What a menu is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// The keyboard.
    Keyboard,
    /// The device's monitors.
    Monitors,
}

/// A menu that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Which one.
    pub offer: Offer,
    /// Its marked row.
    pub row: usize,
}

/// One row of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it says.
    pub label: String,
    /// Whether it is the one in use.
    pub in_use: bool,
    /// Whether it is the first of another kind, which a line above it tells.
    pub begins: bool,
}

/// The rows of the keyboard's menu.
pub fn keyboard_rows(in_use: InUse) -> Vec<Row> {
    let mut before = CHOICES[0];
    let row = |choice: &Choice| {
        let kind = std::mem::discriminant(choice);
        let begins = kind != std::mem::discriminant(&std::mem::replace(&mut before, *choice));
        Row {
            label: choice.label().to_owned(),
            in_use: in_use.has(*choice),
            begins,
        }
    };
    CHOICES.iter().map(row).collect()
}

/// What a row of the monitors' menu does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// Shows the monitor with this number here, or brings up the window that has it already.
    Here(u32),
    /// Opens windows of their own for these.
    Apart(Vec<u32>),
}

/// The monitors' menu of a window in which the one with that number is seen, and others in other
/// windows.
pub fn monitor_rows(monitors: &[Monitor], seen: u32, others: &[u32]) -> Vec<(Look, Row)> {
    let here = monitors.iter().map(|monitor| {
        let (name, size) = (printable(&monitor.name), monitor.size);
        let primary = if monitor.id == 0 { " · primary" } else { "" };
        let is_elsewhere = others.contains(&monitor.id);
        let elsewhere = if is_elsewhere {
            " · in another window"
        } else {
            ""
        };
        let (width, height) = (size.width(), size.height());
        let row = Row {
            label: format!("{name} · {width}×{height}{primary}{elsewhere}"),
            in_use: monitor.id == seen,
            begins: false,
        };
        (Look::Here(monitor.id), row)
    });
    let is_free = |monitor: &&Monitor| monitor.id != seen && !others.contains(&monitor.id);
    let free: Vec<&Monitor> = monitors.iter().filter(is_free).collect();
    let apart = free.iter().enumerate().map(|(at, monitor)| {
        let row = Row {
            label: format!("{} in a window of its own", printable(&monitor.name)),
            in_use: false,
            begins: at == 0,
        };
        (Look::Apart(vec![monitor.id]), row)
    });
    let all = (free.len() > 1).then(|| {
        let row = Row {
            label: "All, each in a window of its own".to_owned(),
            in_use: false,
            begins: false,
        };
        (
            Look::Apart(free.iter().map(|monitor| monitor.id).collect()),
            row,
        )
    });
    here.chain(apart).chain(all).collect()
}

/// A menu, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Menu {
    rows: Vec<Row>,
    focus: usize,
    palette: Palette,
    scale: Scale,
    rect: Rect,
}

impl Menu {
    /// Lays it out below a place at the window's top edge; `focus` is the marked row.
    pub fn new(
        window: Size,
        scale: Scale,
        palette: Palette,
        below: Rect,
        focus: usize,
        rows: Vec<Row>,
    ) -> Self {
        let style = style(scale, palette);
        let widest = rows.iter().map(|row| style.width(&row.label)).max();
        let width = (widest.unwrap_or(0) + scale.px(56.0)).min(window.width());
        let y = below.bottom().min(window.height());
        let height = scale.px(26.0) * rows.len() as u32;
        let rect = Rect {
            x: below.x.min(window.width() - width),
            y,
            width,
            height: (height + scale.px(8.0)).min(window.height() - y),
        };
        Self {
            focus: focus.min(rows.len().saturating_sub(1)),
            rows,
            palette,
            scale,
            rect,
        }
    }

    /// The rows that have room, with their places.
    fn rows(&self) -> impl Iterator<Item = (usize, Rect)> + '_ {
        let inner = inset(self.rect, self.scale.px(4.0).min(self.rect.height / 2));
        let height = self.scale.px(26.0).max(1);
        (0..self.rows.len())
            .map(move |at| {
                let y = inner.y + at as u32 * height;
                (at, Rect { y, height, ..inner })
            })
            .filter(move |(_, row)| row.bottom() <= inner.bottom())
    }

    /// Where a row says that it is the one in use.
    fn mark(&self, row: Rect) -> Rect {
        let side = self.scale.px(8.0).min(row.height).min(row.width);
        Rect {
            x: row.x + self.scale.px(12.0).min(row.width - side),
            y: row.y + (row.height - side) / 2,
            width: side,
            height: side,
        }
    }

    /// The row at a place in the window.
    pub fn row_at(&self, at: Point) -> Option<usize> {
        self.rows()
            .find(|(_, row)| row.contains(at))
            .map(|(at, _)| at)
    }

    /// Whether a place in the window belongs to the menu.
    pub fn holds(&self, at: Point) -> bool {
        self.rect.contains(at)
    }
}

fn style(scale: Scale, palette: Palette) -> Style {
    Style {
        face: Face::Regular,
        px: scale.text(14.0),
        color: palette.ink,
    }
}

impl Layer for Menu {
    fn rect(&self) -> Rect {
        self.rect
    }

    fn paint(&self, canvas: &mut Canvas<'_>) {
        let p = &self.palette;
        canvas.fill(self.rect, p.line);
        let thin = self.scale.px(1.0).max(1).min(self.rect.height / 2);
        canvas.fill(inset(self.rect, thin), p.ground);
        for (at, row) in self.rows() {
            let mut style = style(self.scale, self.palette);
            if at == self.focus {
                canvas.round_rect(row, self.scale.px(5.0), p.accent);
                style.color = p.on_accent;
            }
            let Row {
                label,
                in_use,
                begins,
            } = &self.rows[at];
            if *begins {
                let line = Rect {
                    height: thin.min(row.height),
                    ..row
                };
                canvas.fill(line, p.line);
            }
            if *in_use {
                canvas.round_rect(self.mark(row), self.scale.px(4.0), style.color);
            }
            let text = Rect {
                x: row.x + self.scale.px(30.0),
                width: row.width.saturating_sub(self.scale.px(30.0)),
                ..row
            };
            style.left(canvas, text, label);
        }
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::session::input::KEY_CODES;

    use super::*;
    use crate::window::palette::DARK;

    fn below() -> Rect {
        Rect {
            x: 700,
            y: 0,
            width: 60,
            height: 34,
        }
    }

    #[test]
    fn every_row_is_hit_where_it_is_painted_and_none_stands_outside_a_small_window() {
        for (width, height) in [(1280, 720), (480, 320), (100, 30)] {
            let window = Size::new(width, height).expect("valid");
            let rows = keyboard_rows(InUse::default());
            let menu = Menu::new(window, Scale::new(1.0), DARK, below(), 0, rows);
            assert!(menu.rect.fits(window), "{:?}", menu.rect);
            for (at, row) in menu.rows() {
                let middle = Point {
                    x: (row.x + row.width / 2) as i32,
                    y: (row.y + row.height / 2) as i32,
                };
                assert_eq!(menu.row_at(middle), Some(at));
            }
        }
    }

    #[test]
    fn monitors_are_named_with_their_sizes_and_the_seen_one_is_marked() {
        let monitor = |id, name: &str| Monitor {
            id,
            name: name.into(),
            place: Point::default(),
            size: Size::new(1920, 1080).expect("valid"),
        };
        let all = [monitor(0, "eDP-1"), monitor(2, "DP\u{202e}-2")];
        let told = |seen, others: &[u32]| -> Vec<(Look, String, bool)> {
            let rows = monitor_rows(&all, seen, others).into_iter();
            rows.map(|(look, row)| (look, row.label, row.in_use))
                .collect()
        };
        let row = |look, label: &str, in_use| (look, label.to_owned(), in_use);
        assert_eq!(
            told(2, &[]),
            [
                row(Look::Here(0), "eDP-1 · 1920×1080 · primary", false),
                row(Look::Here(2), "DP\u{fffd}-2 · 1920×1080", true),
                row(Look::Apart(vec![0]), "eDP-1 in a window of its own", false),
            ]
        );
        let elsewhere = "eDP-1 · 1920×1080 · primary · in another window";
        assert_eq!(
            told(2, &[0]),
            [
                row(Look::Here(0), elsewhere, false),
                row(Look::Here(2), "DP\u{fffd}-2 · 1920×1080", true),
            ]
        );
        let three = [monitor(0, "a"), monitor(1, "b"), monitor(4, "c")];
        let last = monitor_rows(&three, 0, &[]).pop();
        let last = last.map(|(look, row)| (look, row.label));
        let all = "All, each in a window of its own".to_owned();
        assert_eq!(last, Some((Look::Apart(vec![1, 4]), all)));
    }

    #[test]
    fn every_combination_is_of_keys_that_can_be_sent_and_none_twice() {
        let combinations = CHOICES.iter().filter_map(|choice| match choice {
            Choice::Press(one) => Some(one),
            Choice::Keyboard(_) | Choice::SystemKeys => None,
        });
        for one in combinations.clone() {
            assert!(one.codes.iter().all(|code| u32::from(*code) < KEY_CODES));
            let same = combinations
                .clone()
                .filter(|other| other.codes == one.codes);
            assert_eq!(same.count(), 1, "{}", one.label);
        }
    }
}
