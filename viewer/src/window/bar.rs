//! The thin bar at the top edge: device, rights, and what can be done to the window.

use farpane_media::paint::{Canvas, Face, printable};
use farpane_protocol::geometry::{Point, Rect, Size};

use super::layer::{Layer, Scale, Style, inset};
use super::palette::Palette;
use super::view::Mode;

/// What an item of the bar does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// All of the screen in the window.
    Fit,
    /// Pixel for pixel.
    Actual,
    /// The whole monitor, or a window again.
    FullScreen,
    /// The menu of the device's monitors.
    Monitors,
    /// The menu of key combinations.
    Keys,
    /// Clipboard text on or off.
    Clipboard,
    /// The overlay with measurements.
    Overlay,
    /// The end of the session.
    End,
}

impl Item {
    /// Every item, from left to right.
    pub const ALL: [Self; 8] = [
        Self::Fit,
        Self::Actual,
        Self::FullScreen,
        Self::Monitors,
        Self::Keys,
        Self::Clipboard,
        Self::Overlay,
        Self::End,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Fit => "Fit",
            Self::Actual => "1:1",
            Self::FullScreen => "Full screen",
            Self::Monitors => "Monitors",
            Self::Keys => "Keys",
            Self::Clipboard => "Clipboard",
            Self::Overlay => "Overlay",
            Self::End => "End",
        }
    }

    /// The key that does the same, as it is shown below the bar.
    pub fn key(self) -> &'static str {
        match self {
            Self::Fit => "Ctrl+Alt+Shift+F",
            Self::Actual => "Ctrl+Alt+Shift+1",
            Self::FullScreen => "F11",
            Self::Monitors => "Ctrl+Alt+Shift+M",
            Self::Keys => "Ctrl+Alt+Shift+K",
            Self::Clipboard => "Ctrl+Alt+Shift+C",
            Self::Overlay => "F10",
            Self::End => "Ctrl+Alt+Shift+Q",
        }
    }
}

/// What the clipboard does in this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clipboard {
    /// Text goes in both directions.
    BothWays,
    /// Only what is copied here goes to the device.
    ToDevice,
    /// Only what is copied there comes here.
    FromDevice,
    /// It was switched off in this window.
    Off,
    /// The rules or the person at the device do not allow it.
    NotAllowed,
}

impl Clipboard {
    fn in_words(self) -> &'static str {
        match self {
            Self::BothWays => "text goes both ways",
            Self::ToDevice => "text goes to the device only",
            Self::FromDevice => "text comes from the device only",
            Self::Off => "off",
            Self::NotAllowed => "not allowed in this session",
        }
    }

    fn is_on(self) -> bool {
        match self {
            Self::BothWays | Self::ToDevice | Self::FromDevice => true,
            Self::Off | Self::NotAllowed => false,
        }
    }
}

/// What the bar says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The device.
    pub device: String,
    /// What may be done.
    pub rights: &'static str,
    /// How the screen is fitted.
    pub mode: Mode,
    /// Whether the window fills the monitor.
    pub full_screen: bool,
    /// Whether the overlay is shown.
    pub overlay: bool,
    /// Whether the menu of monitors is open; absent where there is only one.
    pub monitors: Option<bool>,
    /// Whether the menu of key combinations is open.
    pub keys: bool,
    /// What the clipboard does.
    pub clipboard: Clipboard,
    /// The item under the pointer.
    pub hover: Option<Item>,
}

/// The bar, laid out in the middle of the top edge; it leaves the corners of the picture free.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    words: Words,
    palette: Palette,
    scale: Scale,
    rect: Rect,
    strip: Rect,
    device: Rect,
    rights: Rect,
    items: Vec<(Item, Rect)>,
}

impl Bar {
    /// Lays the bar out at the top of a window.
    pub fn new(window: Size, scale: Scale, palette: Palette, words: Words) -> Self {
        let words = Words {
            device: printable(&words.device).into_owned(),
            ..words
        };
        let text = style(scale, Face::Regular, palette.ink);
        let bold = style(scale, Face::Bold, palette.ink);
        let (gap, pad) = (scale.px(14.0), scale.px(10.0));
        let device = bold.width(&words.device).min(scale.px(260.0)) + 1;
        let rights = text.width(words.rights) + 1;
        let is_offered = |item: &Item| *item != Item::Monitors || words.monitors.is_some();
        let offered: Vec<Item> = Item::ALL.into_iter().filter(is_offered).collect();
        let widths: Vec<_> = offered
            .iter()
            .map(|item| bold.width(item.label()) + 2 * pad)
            .collect();
        let items = widths.iter().sum::<u32>();
        // In a narrow window what can be done stays, and what it is done to gives way: the title
        // of the window says both.
        let room = window.width().saturating_sub(items + 4 * gap);
        let rights = if device + rights > room { 0 } else { rights };
        let device = device.min(room);
        let total = 2 * gap + device + gap + rights + gap + items;
        let width = total.min(window.width());
        let strip = Rect {
            x: (window.width() - width) / 2,
            y: 0,
            width,
            height: scale.px(34.0).min(window.height()),
        };
        let mut x = strip.x + gap;
        let mut take = |width: u32, gap: u32| {
            let part = Rect { x, width, ..strip };
            x += width + gap;
            part
        };
        let device = take(device, gap);
        let rights = take(rights, gap);
        let items = offered
            .into_iter()
            .zip(widths)
            .map(|(item, width)| (item, take(width, 0)));
        let items = items.collect();
        let rect = Rect {
            height: (strip.height + scale.px(24.0)).min(window.height()),
            ..strip
        };
        Self {
            words,
            palette,
            scale,
            rect,
            strip,
            device,
            rights,
            items,
        }
    }

    /// The item at a place in the window.
    pub fn item_at(&self, at: Point) -> Option<Item> {
        let hit = |(_, rect): &&(Item, Rect)| rect.contains(at);
        self.strip
            .contains(at)
            .then(|| self.items.iter().find(hit).map(|(item, _)| *item))?
    }

    /// Where an item is.
    pub fn place_of(&self, item: Item) -> Option<Rect> {
        let found = self.items.iter().find(|(known, _)| *known == item);
        found.map(|(_, rect)| *rect)
    }

    /// Whether a place in the window belongs to the bar and not to the picture.
    pub fn holds(&self, at: Point) -> bool {
        self.strip.contains(at)
    }

    fn is_on(&self, item: Item) -> bool {
        match item {
            Item::Fit => self.words.mode == Mode::Fit,
            Item::Actual => self.words.mode == Mode::Actual,
            Item::FullScreen => self.words.full_screen,
            Item::Monitors => self.words.monitors == Some(true),
            Item::Keys => self.words.keys,
            Item::Clipboard => self.words.clipboard.is_on(),
            Item::Overlay => self.words.overlay,
            Item::End => false,
        }
    }

    fn paint_item(&self, canvas: &mut Canvas<'_>, item: Item, rect: Rect) {
        let p = &self.palette;
        let mut ink = if item == Item::End { p.stop } else { p.ink };
        let inner = inset(rect, self.scale.px(3.0));
        if self.is_on(item) {
            canvas.round_rect(inner, self.scale.px(5.0), p.accent);
            ink = p.on_accent;
        } else if self.words.hover == Some(item) {
            canvas.round_rect(inner, self.scale.px(5.0), p.raised);
        }
        style(self.scale, Face::Bold, ink).middle(canvas, rect, item.label());
        // An open menu hangs where it would be.
        let menu = self.words.keys || self.words.monitors == Some(true);
        if self.words.hover == Some(item) && !menu {
            self.paint_key(canvas, item, rect);
        }
    }

    /// What an item's box below says: what it does now where that is not to be seen, and its key.
    fn tip(&self, item: Item) -> String {
        match item {
            Item::Clipboard => format!("{} · {}", self.words.clipboard.in_words(), item.key()),
            Item::Fit
            | Item::Actual
            | Item::FullScreen
            | Item::Monitors
            | Item::Keys
            | Item::Overlay
            | Item::End => item.key().to_owned(),
        }
    }

    /// The key that does the same, in a small box below.
    fn paint_key(&self, canvas: &mut Canvas<'_>, item: Item, rect: Rect) {
        let p = &self.palette;
        let style = Style {
            px: self.scale.text(12.0),
            ..style(self.scale, Face::Regular, p.muted)
        };
        let text = self.tip(item);
        let width = style.width(&text) + self.scale.px(16.0);
        let middle = rect.x + rect.width / 2;
        let room = self.rect.right().saturating_sub(width).max(self.rect.x);
        let tip = Rect {
            x: middle.saturating_sub(width / 2).clamp(self.rect.x, room),
            y: self.strip.bottom() + self.scale.px(2.0),
            width: width.min(self.rect.width),
            height: self
                .rect
                .height
                .saturating_sub(self.strip.height + self.scale.px(2.0)),
        };
        let mut canvas = canvas.clipped(self.rect);
        canvas.fill(tip, p.line);
        canvas.fill(inset(tip, 1), p.ground);
        style.middle(&mut canvas, tip, &text);
    }
}

fn style(scale: Scale, face: Face, color: farpane_media::paint::Color) -> Style {
    Style {
        face,
        px: scale.text(14.0),
        color,
    }
}

impl Layer for Bar {
    fn rect(&self) -> Rect {
        self.rect
    }

    // A key is told below it, beside which the picture is to be seen.
    fn is_solid(&self) -> bool {
        false
    }

    fn paint(&self, canvas: &mut Canvas<'_>) {
        let p = &self.palette;
        let thin = self.scale.px(1.0).max(1);
        canvas.fill(self.strip, p.line);
        let ground = Rect {
            x: self.strip.x + thin,
            width: self.strip.width.saturating_sub(2 * thin),
            height: self.strip.height.saturating_sub(thin),
            ..self.strip
        };
        canvas.fill(ground, p.ground);
        if self.device.width > 0 {
            style(self.scale, Face::Bold, p.ink).left(canvas, self.device, &self.words.device);
        }
        if self.rights.width > 0 {
            style(self.scale, Face::Regular, p.muted).left(canvas, self.rights, self.words.rights);
        }
        for (item, rect) in &self.items {
            self.paint_item(canvas, *item, *rect);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::palette::DARK;

    fn words(device: &str) -> Words {
        Words {
            device: device.into(),
            rights: "see and control",
            mode: Mode::Fit,
            full_screen: false,
            overlay: false,
            monitors: Some(false),
            keys: false,
            clipboard: Clipboard::BothWays,
            hover: Some(Item::End),
        }
    }

    #[test]
    fn every_item_is_hit_where_it_is_painted_and_leaves_the_corners_free() {
        let window = Size::new(1280, 720).expect("valid");
        for name in ["till", &"a very long name ".repeat(20)] {
            let bar = Bar::new(window, Scale::new(1.0), DARK, words(name));
            assert!(bar.rect.x > 100 && bar.rect.right() < 1180);
            for (item, rect) in &bar.items {
                assert_eq!(bar.strip.union(*rect), bar.strip);
                let middle = Point {
                    x: (rect.x + rect.width / 2) as i32,
                    y: (rect.y + rect.height / 2) as i32,
                };
                assert_eq!(bar.item_at(middle), Some(*item));
            }
            assert_eq!(bar.item_at(Point { x: 0, y: 0 }), None);
            assert!(!bar.holds(Point { x: 0, y: 0 }));
        }
    }

    #[test]
    fn narrow_window_keeps_what_can_be_done() {
        for width in [660, 720, 800] {
            let window = Size::new(width, 400).expect("valid");
            let bar = Bar::new(window, Scale::new(1.0), DARK, words("lab-ubuntu"));
            let end = bar.place_of(Item::End).expect("offered");
            assert!(end.right() <= bar.strip.right(), "{width}");
            let middle = Point {
                x: (end.x + end.width / 2) as i32,
                y: 5,
            };
            assert_eq!(bar.item_at(middle), Some(Item::End));
        }
    }

    #[test]
    fn painting_stays_inside_its_rectangle() {
        for width in [40, 500, 1280] {
            let window = Size::new(width, 200).expect("valid");
            let bar = Bar::new(window, Scale::new(1.0), DARK, words("till"));
            let mut pixels = vec![0x00ab_cdef; window.area()];
            let mut canvas = Canvas::new(&mut pixels, window, width as usize).expect("fits");
            bar.paint(&mut canvas);
            let outside = |at: usize| {
                let at = Point {
                    x: (at % width as usize) as i32,
                    y: (at / width as usize) as i32,
                };
                !bar.rect().contains(at)
            };
            let wrong = (0..pixels.len()).find(|at| outside(*at) && pixels[*at] != 0x00ab_cdef);
            assert_eq!(wrong, None, "{width}");
        }
    }
}
