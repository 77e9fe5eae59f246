//! Where everything in the consent window goes, for any text and any screen.
//!
//! Names come from other machines and stand on lines of their own; whether an organisation is
//! proven is said in a filled badge, which no text can imitate.

use farpane_media::paint::{Color, Face, line_height, measure, wrap};
use farpane_protocol::geometry::{Point, Rect, Size};

use super::super::cut::keep_end;
use super::super::palette::{AMBER, INK, MUTED, ON_STRONG, TEAL};
use super::dialog::Target;
use crate::platform::{ConsentRequest, MAX_SCOPES, Organisation};

/// Sizes in pixels at normal scale.
const WIDTH: f32 = 600.0;
const PAD: f32 = 24.0;
const GAP: f32 = 8.0;
const NAME_PX: f32 = 21.0;
const TEXT_PX: f32 = 15.0;
const SMALL_PX: f32 = 12.0;
const BADGE_PAD: f32 = 8.0;
const BOX: f32 = 18.0;
const BUTTON: (f32, f32) = (128.0, 40.0);
const COUNTDOWN: f32 = 48.0;

/// Free space kept beside the window on a small screen, in pixels.
const MARGIN: u32 = 8;

/// Free space kept above and below, in pixels at normal scale: there the banner is, when more
/// rights are asked for during a session.
const BANNER_ROOM: f32 = 44.0;

/// Most lines of one text where there is room; 200 characters of a name fit. On low screens fewer
/// are tried, down to one.
const ROOMY: usize = 6;

/// One line of text.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) face: Face,
    pub(super) px: f32,
    pub(super) baseline: Point,
    pub(super) color: Color,
    pub(super) text: String,
}

/// Light text on a filled ground.
#[derive(Clone, Debug)]
pub(super) struct Badge {
    pub(super) rect: Rect,
    pub(super) ground: Color,
    pub(super) line: Line,
}

/// A check box: its square, its label, and all of it that can be clicked.
#[derive(Clone, Debug)]
pub(super) struct CheckBox {
    pub(super) area: Rect,
    pub(super) square: Rect,
    pub(super) label: Line,
}

/// The whole window.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) size: Size,
    pub(super) scale: f32,
    pub(super) lines: Vec<Line>,
    pub(super) badge: Badge,
    /// The line between who asks and what for.
    pub(super) divider: Rect,
    pub(super) boxes: Vec<CheckBox>,
    pub(super) refuse: Rect,
    pub(super) allow: Rect,
    /// Where the seconds left are written.
    pub(super) countdown: Rect,
}

impl Layout {
    /// For a monitor of that size: as roomy as fits.
    pub(super) fn new(request: &ConsentRequest, monitor: Size, scale: f32) -> Self {
        let room = monitor
            .height()
            .saturating_sub((2.0 * BANNER_ROOM * scale) as u32);
        let lay_out = |scale, lines| Pen::new(monitor, scale, lines).lay_out(request);
        let roomy_to_tight = (1..=ROOMY).rev().map(|lines| lay_out(scale, lines));
        roomy_to_tight
            .chain([lay_out(1.0, 1)])
            .find(|layout| layout.size.height() <= room)
            .unwrap_or_else(|| lay_out(1.0, 1))
    }

    /// What lies under a point of the window.
    pub(super) fn hit(&self, point: Point) -> Option<Target> {
        if self.refuse.contains(point) {
            return Some(Target::Refuse);
        }
        if self.allow.contains(point) {
            return Some(Target::Allow);
        }
        self.boxes
            .iter()
            .position(|check| check.area.contains(point))
            .map(Target::Scope)
    }

    /// Centred on a monitor that lies at that place of the X screen.
    pub(super) fn centred(&self, monitor: Rect) -> Rect {
        let Rect { width, height, .. } = self.size.rect();
        Rect {
            x: monitor.x + monitor.width.saturating_sub(width) / 2,
            y: monitor.y + monitor.height.saturating_sub(height) / 2,
            width,
            height,
        }
    }
}

/// Walks down the window.
struct Pen {
    scale: f32,
    width: u32,
    max_height: u32,
    max_lines: usize,
    y: f32,
    lines: Vec<Line>,
}

impl Pen {
    fn new(monitor: Size, scale: f32, max_lines: usize) -> Self {
        let room = monitor.width().saturating_sub(2 * MARGIN).max(1);
        let width = ((WIDTH * scale) as u32).min(room);
        let max_height = monitor.height();
        Self {
            scale,
            width,
            max_height,
            max_lines,
            y: PAD * scale,
            lines: Vec::new(),
        }
    }

    fn at(&self, pixels: f32) -> f32 {
        (pixels * self.scale).round()
    }

    /// Width between the paddings.
    fn inner(&self) -> f32 {
        self.width as f32 - 2.0 * self.at(PAD)
    }

    /// One line at the pen, `x` from the left padding; moves nothing.
    fn line(&self, face: Face, px: f32, x: f32, color: Color, text: String) -> Line {
        let px = px * self.scale;
        // Centres the letters in the line's height.
        let baseline = self.y + line_height(px) / 2.0 + px * 0.34;
        let x = self.at(PAD) + x;
        Line {
            face,
            px,
            baseline: Point {
                x: x as i32,
                y: baseline as i32,
            },
            color,
            text,
        }
    }

    /// Wrapped text from the left padding on; the pen moves below it.
    fn text(&mut self, face: Face, px: f32, color: Color, text: &str) {
        let inner = self.inner();
        for part in wrap(face, px * self.scale, text, inner, self.max_lines) {
            let line = self.line(face, px, 0.0, color, part);
            self.lines.push(line);
            self.y += line_height(px * self.scale);
        }
    }

    fn gap(&mut self, times: f32) {
        self.y += self.at(GAP * times);
    }

    /// The organisation's name and, right of its last line, the badge.
    fn organisation(&mut self, organisation: &Organisation) -> Badge {
        let (name, ground, says) = match organisation {
            Organisation::Verified { name, .. } => (name, TEAL, "✔ verified"),
            Organisation::NotVerified { name } => (name, AMBER, "⚠ not verified"),
        };
        let small = SMALL_PX * self.scale;
        let badge_width = measure(Face::Bold, small, says) + 2.0 * self.at(BADGE_PAD);
        let (px, gap) = (TEXT_PX * self.scale, self.at(GAP));
        let room = (self.inner() - badge_width - gap).max(px);
        let mut end = 0.0;
        let parts = wrap(Face::Regular, px, name, room, self.max_lines);
        let last = parts.len().saturating_sub(1);
        let mut top = self.y;
        for (index, part) in parts.into_iter().enumerate() {
            top = self.y;
            if index == last {
                end = measure(Face::Regular, px, &part) + gap;
            }
            let line = self.line(Face::Regular, TEXT_PX, 0.0, INK, part);
            self.lines.push(line);
            self.y += line_height(px);
        }
        let height = line_height(px);
        let rect = rect(self.at(PAD) + end, top, badge_width, height);
        let baseline = Point {
            x: (rect.x as f32 + self.at(BADGE_PAD)) as i32,
            y: (top + height / 2.0 + small * 0.34) as i32,
        };
        self.y = self.y.max(top + height);
        let text = says.to_owned();
        let line = Line {
            face: Face::Bold,
            px: small,
            baseline,
            color: ON_STRONG,
            text,
        };
        if let Organisation::Verified { domain, .. } = organisation {
            let shown = keep_end(Face::Regular, px, domain, self.inner());
            self.text(Face::Regular, TEXT_PX, TEAL, &shown);
        }
        Badge { rect, ground, line }
    }

    /// Check boxes side by side, as many to a row as fit.
    fn boxes(&mut self, request: &ConsentRequest) -> Vec<CheckBox> {
        let (side, gap, px) = (self.at(BOX), self.at(GAP), TEXT_PX * self.scale);
        let height = line_height(px).max(side) + gap;
        let mut x = 0.0;
        let mut boxes = Vec::new();
        for scope in request.scopes.iter().take(MAX_SCOPES) {
            let needed = if scope.required { " (needed)" } else { "" };
            let label = format!("{}{needed}", scope.label);
            let room = self.inner() - side - gap;
            let label_width = measure(Face::Regular, px, &label).min(room);
            let width = side + gap + label_width;
            if x > 0.0 && x + width > self.inner() {
                x = 0.0;
                self.y += height;
            }
            let square = rect(self.at(PAD) + x, self.y + (height - side) / 2.0, side, side);
            let area = rect(self.at(PAD) + x, self.y, width, height);
            let baseline = Point {
                x: (self.at(PAD) + x + side + gap) as i32,
                y: (self.y + height / 2.0 + px * 0.34) as i32,
            };
            let label = Line {
                face: Face::Regular,
                px,
                baseline,
                color: INK,
                text: label,
            };
            boxes.push(CheckBox {
                area,
                square,
                label,
            });
            x += width + 2.5 * gap;
        }
        if !boxes.is_empty() {
            self.y += height;
        }
        boxes
    }

    fn lay_out(mut self, request: &ConsentRequest) -> Layout {
        let said = |text: &str, otherwise: &str| match text.trim() {
            "" => otherwise.to_owned(),
            text => text.to_owned(),
        };
        let technician = said(&request.technician, "Somebody without a name");
        self.text(Face::Bold, NAME_PX, INK, &technician);
        let badge = self.organisation(&request.organisation);
        if !request.tenant.trim().is_empty() {
            self.text(
                Face::Regular,
                TEXT_PX,
                INK,
                &format!("for {}", request.tenant),
            );
        }
        self.text(Face::Bold, TEXT_PX, INK, &request.wants);
        self.gap(1.0);
        let divider = rect(self.at(PAD), self.y, self.inner(), self.scale.round());
        self.gap(1.0);
        let reason = said(&request.reason, "none given");
        self.text(Face::Regular, TEXT_PX, INK, &format!("Reason: {reason}"));
        self.text(
            Face::Regular,
            TEXT_PX,
            INK,
            &format!("Until: {}", request.until),
        );
        let key = format!("Key of their viewer: {}", request.viewer_key);
        self.text(Face::Regular, SMALL_PX, MUTED, &key);
        self.gap(1.0);
        let boxes = self.boxes(request);
        self.gap(2.0);

        let (button_width, button_height) = (self.at(BUTTON.0), self.at(BUTTON.1));
        // On a screen too low for all of it, the buttons stay and the rest is cut.
        let bottom = self.y + button_height + self.at(PAD);
        let height = (bottom as u32).min(self.max_height).max(1);
        let y = height as f32 - self.at(PAD) - button_height;
        let refuse = rect(self.at(PAD), y, button_width, button_height);
        let right = self.width as f32 - self.at(PAD);
        let count_x = right - self.at(COUNTDOWN);
        let countdown = rect(count_x, y, self.at(COUNTDOWN), button_height);
        let allow_x = count_x - self.at(GAP) - button_width;
        let allow = rect(allow_x, y, button_width, button_height);
        let size = Size::new(self.width, height).expect("both sides fit a monitor");
        let (scale, lines) = (self.scale, self.lines);
        Layout {
            size,
            scale,
            lines,
            badge,
            divider,
            boxes,
            refuse,
            allow,
            countdown,
        }
    }
}

/// A rectangle of whole pixels.
fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
    // A cast of a negative number or of none is zero, which is inside.
    Rect {
        x: x as u32,
        y: y as u32,
        width: width as u32,
        height: height as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Scope;

    fn request(text: &str, scopes: usize) -> ConsentRequest {
        let scope = Scope {
            key: "view".to_owned(),
            label: text.to_owned(),
            granted: true,
            required: true,
        };
        ConsentRequest {
            technician: text.to_owned(),
            organisation: Organisation::Verified {
                name: text.to_owned(),
                domain: text.to_owned(),
            },
            tenant: text.to_owned(),
            wants: text.to_owned(),
            scopes: vec![scope; scopes],
            reason: text.to_owned(),
            until: text.to_owned(),
            viewer_key: text.to_owned(),
        }
    }

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("valid")
    }

    #[test]
    fn buttons_are_on_every_screen_whatever_the_texts() {
        let texts = [
            String::new(),
            "Anna Berg".to_owned(),
            "W".repeat(200),
            "a b ".repeat(900),
        ];
        for monitor in [
            size(1920, 1080),
            size(1024, 600),
            size(640, 480),
            size(320, 240),
        ] {
            for text in &texts {
                for scopes in [0, 3, 50] {
                    for scale in [1.0, 1.5, 3.0] {
                        let layout = Layout::new(&request(text, scopes), monitor, scale);
                        assert!(layout.size.rect().fits(monitor));
                        assert!(layout.refuse.fits(layout.size) && !layout.refuse.is_empty());
                        assert!(layout.boxes.len() <= MAX_SCOPES);
                    }
                }
            }
        }
    }

    #[test]
    fn on_usual_screens_nothing_overlaps_and_names_of_200_characters_are_whole() {
        let name = "Wilhelmina ".repeat(18) + "ab";
        for (monitor, scale) in [(size(1920, 1080), 1.0), (size(3840, 2160), 2.0)] {
            let layout = Layout::new(&request(&name, 4), monitor, scale);
            let parts: Vec<Rect> = [
                layout.refuse,
                layout.allow,
                layout.countdown,
                layout.badge.rect,
            ]
            .into_iter()
            .chain(layout.boxes.iter().map(|check| check.area))
            .collect();
            for (index, part) in parts.iter().enumerate() {
                assert!(part.fits(layout.size));
                let others = &parts[index + 1..];
                assert!(others.iter().all(|other| part.intersect(*other).is_none()));
            }
            assert!(layout.lines.iter().all(|line| !line.text.ends_with('…')));
        }
    }

    #[test]
    fn clicks_find_what_is_drawn() {
        let layout = Layout::new(&request("clipboard", 2), size(1280, 800), 1.0);
        let centre = |rect: Rect| Point {
            x: (rect.x + rect.width / 2) as i32,
            y: (rect.y + rect.height / 2) as i32,
        };
        assert_eq!(layout.hit(centre(layout.allow)), Some(Target::Allow));
        assert_eq!(layout.hit(centre(layout.refuse)), Some(Target::Refuse));
        assert_eq!(
            layout.hit(centre(layout.boxes[1].area)),
            Some(Target::Scope(1))
        );
        assert_eq!(layout.hit(centre(layout.countdown)), None);
    }
}
