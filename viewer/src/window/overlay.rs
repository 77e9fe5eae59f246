//! The overlay with measurements: input to picture with its parts, rates, round trip, relay.

use std::time::Duration;

use farpane_media::paint::{Canvas, Color, Face, printable};
use farpane_protocol::geometry::{Rect, Size};

use super::layer::{Layer, Scale, Style, inset};
use super::meter::{Reading, Shown, Since};
use super::palette::Palette;

/// The part that only an input has.
const DEVICE: &str = "device";

/// A part of the bar: its name, its colour, how long it took.
type Part = (&'static str, Color, Duration);

/// Colours of the parts of the latency bar: told apart without colour by their order and labels.
const PARTS: [(&str, Color); 6] = [
    ("network", Color(0x0058_a6ff)),
    (DEVICE, Color(0x00d2_a8ff)),
    ("capture", Color(0x007e_e787)),
    ("encode", Color(0x00ff_a657)),
    ("decode", Color(0x00ff_7b9c)),
    ("present", Color(0x00e3_d26f)),
];

/// The overlay, laid out in the lower right corner.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlay {
    lines: Vec<(&'static str, String)>,
    parts: Vec<Part>,
    palette: Palette,
    scale: Scale,
    rect: Rect,
}

impl Overlay {
    /// The overlay for what was measured; `screen` is the device's screen, `relay` the relay's
    /// name, `zoom` the scale of the picture in percent.
    pub fn new(
        window: Size,
        scale: Scale,
        palette: Palette,
        reading: &Reading,
        relay: &str,
        screen: Option<(Size, u32)>,
    ) -> Self {
        let (measured, took) = match reading.latency {
            Some(Shown {
                since,
                middle,
                most,
            }) => {
                let label = match since {
                    Since::Input => "Input to picture",
                    Since::Capture => "Screen to picture",
                };
                let took = format!("{}, at most {}", millis(middle.whole), millis(most));
                (label, took)
            }
            None => ("Input to picture", "no picture yet".to_owned()),
        };
        let screen = screen.map_or_else(String::new, |(size, zoom)| {
            format!("{} × {} at {zoom} %", size.width(), size.height())
        });
        let lines = vec![
            (measured, took),
            ("Pictures", format!("{} per second", reading.fps)),
            ("Received", format!("{} kbit/s", grouped(reading.kbit))),
            ("Round trip", millis(reading.rtt)),
            ("Relay", printable(relay).into_owned()),
            ("Screen", screen),
        ];
        let parts = reading.latency.map(parts).unwrap_or_default();
        let margin = scale.px(16.0);
        let legend = if parts.is_empty() {
            0
        } else {
            scale.px(16.0) + 3 * scale.px(20.0)
        };
        let width = scale.px(330.0).min(window.width());
        let height = scale.px(24.0) + lines.len() as u32 * scale.px(22.0) + legend;
        let height = height.min(window.height());
        let rect = Rect {
            x: (window.width() - width).saturating_sub(margin),
            y: (window.height() - height).saturating_sub(margin),
            width,
            height,
        };
        Self {
            lines,
            parts,
            palette,
            scale,
            rect,
        }
    }

    fn style(&self, face: Face, at_one: f32, color: Color) -> Style {
        Style {
            face,
            px: self.scale.text(at_one),
            color,
        }
    }

    fn paint_parts(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let bar = Rect {
            height: self.scale.px(12.0),
            ..area
        };
        let whole: Duration = self.parts.iter().map(|part| part.2).sum();
        let mut passed = Duration::ZERO;
        let at = |passed: Duration| {
            (passed.as_secs_f64() / whole.as_secs_f64().max(1e-9) * f64::from(bar.width)) as u32
        };
        let columns = 2;
        let gap = self.scale.px(16.0);
        let cell_width = area.width.saturating_sub(gap) / columns;
        for (index, &(name, color, part)) in self.parts.iter().enumerate() {
            let from = at(passed);
            passed += part;
            let piece = Rect {
                x: bar.x + from,
                width: at(passed) - from,
                ..bar
            };
            canvas.fill(piece, color);
            let row = index as u32 / columns;
            let cell = Rect {
                x: area.x + (index as u32 % columns) * (cell_width + gap),
                y: bar.bottom() + self.scale.px(4.0) + row * self.scale.px(20.0),
                width: cell_width,
                height: self.scale.px(20.0),
            };
            self.paint_legend(canvas, cell, name, part, color);
        }
    }

    fn paint_legend(
        &self,
        canvas: &mut Canvas<'_>,
        cell: Rect,
        name: &str,
        part: Duration,
        color: Color,
    ) {
        let side = self.scale.px(10.0);
        let square = Rect {
            y: cell.y + (cell.height - side) / 2,
            width: side,
            height: side,
            ..cell
        };
        canvas.fill(square, color);
        let label = Rect {
            x: cell.x + side + self.scale.px(6.0),
            width: cell.width.saturating_sub(side + self.scale.px(6.0)),
            ..cell
        };
        let p = &self.palette;
        self.style(Face::Regular, 13.0, p.muted)
            .left(canvas, label, name);
        self.style(Face::Regular, 13.0, p.ink)
            .right(canvas, cell, &millis(part));
    }
}

/// Those of a change by itself have no part of the device's, because nobody knows it.
fn parts(shown: Shown) -> Vec<Part> {
    let latency = shown.middle;
    let spans = [
        latency.network,
        latency.device,
        latency.capture,
        latency.encode,
        latency.decode,
        latency.present,
    ];
    let named = PARTS.into_iter().zip(spans);
    let all = named.map(|((name, color), span)| (name, color, span));
    all.filter(|part| shown.since == Since::Input || part.0 != DEVICE)
        .collect()
}

/// Milliseconds: tenths below ten.
fn millis(span: Duration) -> String {
    let tenths = span.as_micros() / 100;
    if tenths < 100 {
        format!("{}.{} ms", tenths / 10, tenths % 10)
    } else {
        format!("{} ms", tenths / 10)
    }
}

/// A number with a space between thousands.
fn grouped(number: u32) -> String {
    if number < 1000 {
        return number.to_string();
    }
    format!("{} {:03}", grouped(number / 1000), number % 1000)
}

impl Layer for Overlay {
    fn rect(&self) -> Rect {
        self.rect
    }

    fn paint(&self, canvas: &mut Canvas<'_>) {
        let p = &self.palette;
        canvas.fill(self.rect, p.line);
        canvas.fill(inset(self.rect, self.scale.px(1.0).max(1)), p.ground);
        let mut canvas = canvas.clipped(self.rect);
        let pad = self.scale.px(14.0);
        let mut line = Rect {
            x: self.rect.x + pad,
            y: self.rect.y + self.scale.px(12.0),
            width: self.rect.width.saturating_sub(2 * pad),
            height: self.scale.px(22.0),
        };
        let label_width = self.scale.px(124.0).min(line.width);
        for (index, (label, value)) in self.lines.iter().enumerate() {
            let face = if index == 0 {
                Face::Bold
            } else {
                Face::Regular
            };
            self.style(Face::Regular, 14.0, p.muted)
                .left(&mut canvas, line, label);
            let room = Rect {
                x: line.x + label_width,
                width: line.width - label_width,
                ..line
            };
            self.style(face, 14.0, p.ink)
                .right(&mut canvas, room, value);
            line.y += line.height;
            if index == 0 && !self.parts.is_empty() {
                let area = Rect {
                    y: line.y + self.scale.px(2.0),
                    ..line
                };
                self.paint_parts(&mut canvas, area);
                line.y += self.scale.px(16.0) + 3 * self.scale.px(20.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::meter::Latency;
    use crate::window::palette::DARK;

    fn reading() -> Reading {
        let ms = Duration::from_millis;
        let latency = Latency {
            whole: ms(18),
            network: ms(4),
            device: ms(6),
            capture: ms(1),
            encode: ms(4),
            decode: ms(2),
            present: ms(1),
        };
        Reading {
            latency: Some(Shown {
                since: Since::Input,
                middle: latency,
                most: ms(31),
            }),
            fps: 30,
            kbit: 4_210,
            rtt: Duration::from_micros(1_420),
        }
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(grouped(1_000), "1 000");
        assert_eq!(millis(Duration::from_micros(1_420)), "1.4 ms");
        assert_eq!(millis(Duration::from_micros(18_900)), "18 ms");
    }

    #[test]
    fn a_change_by_itself_is_named_so_and_has_no_part_of_the_device() {
        let window = Size::new(800, 600).expect("valid");
        let by_itself = reading().latency.map(|shown| Shown {
            since: Since::Capture,
            ..shown
        });
        let by_itself = Reading {
            latency: by_itself,
            ..reading()
        };
        let told = |reading: &Reading| {
            let overlay = Overlay::new(window, Scale::new(1.0), DARK, reading, "oslo", None);
            let names: Vec<_> = overlay.parts.iter().map(|part| part.0).collect();
            (overlay.lines[0].clone(), names)
        };
        let took = "18 ms, at most 31 ms".to_owned();
        let (line, names) = told(&by_itself);
        assert_eq!(line, ("Screen to picture", took.clone()));
        assert_eq!(names, ["network", "capture", "encode", "decode", "present"]);
        let (line, names) = told(&reading());
        assert_eq!(line, ("Input to picture", took));
        assert_eq!(names.len(), PARTS.len());
        let (line, _) = told(&Reading::default());
        assert_eq!(line.1, "no picture yet");
    }

    #[test]
    fn painting_stays_inside_and_the_bar_of_parts_fills_its_width() {
        let window = Size::new(800, 600).expect("valid");
        let screen = Some((window, 100));
        let overlay = Overlay::new(window, Scale::new(1.0), DARK, &reading(), "oslo", screen);
        let mut pixels = vec![0x00ab_cdef; window.area()];
        let mut canvas = Canvas::new(&mut pixels, window, 800).expect("fits");
        overlay.paint(&mut canvas);
        let rect = overlay.rect();
        let (mut outside, mut parts) = (0, 0);
        for (at, pixel) in pixels.iter().enumerate() {
            let (x, y) = ((at % 800) as u32, (at / 800) as u32);
            let spot = Rect {
                x,
                y,
                width: 1,
                height: 1,
            };
            outside += usize::from(*pixel != 0x00ab_cdef && rect.intersect(spot).is_none());
            parts += usize::from(PARTS.iter().any(|(_, color)| color.0 == *pixel));
        }
        assert_eq!(outside, 0);
        let bar = (rect.width as usize - 2 * 14) * 12;
        let squares = PARTS.len() * 10 * 10;
        assert!(
            parts >= bar + squares - 12 * PARTS.len(),
            "{parts} of {bar} + {squares}"
        );
    }

    #[test]
    fn a_tiny_window_and_a_long_relay_name_do_not_panic() {
        let window = Size::new(20, 20).expect("valid");
        let name = "relay ".repeat(100);
        let overlay = Overlay::new(window, Scale::new(2.0), DARK, &reading(), &name, None);
        let mut pixels = vec![0; window.area()];
        let mut canvas = Canvas::new(&mut pixels, window, 20).expect("fits");
        overlay.paint(&mut canvas);
    }
}
