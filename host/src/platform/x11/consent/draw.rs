//! Paints the consent window.

use farpane_media::paint::{Canvas, Color, Face, measure};
use farpane_protocol::geometry::{Point, Rect};

use super::super::palette::{INK, LINE, MUTED, ON_STRONG, PALE, PAPER, TEAL};
use super::dialog::{Dialog, Target};
use super::layout::{Layout, Line};

/// What changes while the window is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) dialog: Dialog,
    /// Whether Allow can be pressed.
    pub(super) may_allow: bool,
    /// Until the question times out.
    pub(super) seconds_left: u64,
}

/// Paints all of it.
pub(super) fn draw(canvas: &mut Canvas<'_>, layout: &Layout, view: &View) {
    let whole = layout.size.rect();
    let thin = layout.scale.round() as u32;
    canvas.fill(whole, PAPER);
    canvas.outline(whole, thin, MUTED);
    canvas.fill(
        Rect {
            height: 4 * thin,
            ..whole
        },
        TEAL,
    );
    for line in &layout.lines {
        write(canvas, line, whole.width as f32);
    }
    canvas.round_rect(layout.badge.rect, 4 * thin, layout.badge.ground);
    write(canvas, &layout.badge.line, whole.width as f32);
    canvas.fill(layout.divider, LINE);
    for (index, check) in layout.boxes.iter().enumerate() {
        check_box(canvas, check.square, view.dialog.ticked(index), thin);
        let room = check.area.right() as f32 - check.label.baseline.x as f32;
        write(canvas, &check.label, room + 1.0);
        if view.dialog.focus() == Target::Scope(index) {
            ring(canvas, check.area, thin);
        }
    }
    // Text that did not fit above never shines through between the buttons.
    let foot = layout.refuse.y.saturating_sub(4 * thin);
    let foot = Rect {
        x: thin,
        y: foot,
        width: whole.width - 2 * thin,
        height: whole.height,
    };
    canvas
        .clipped(Rect {
            height: whole.height - thin,
            ..whole
        })
        .fill(foot, PAPER);
    button(canvas, layout, layout.refuse, "Refuse", (MUTED, PAPER, INK));
    let colors = if view.may_allow {
        (TEAL, TEAL, ON_STRONG)
    } else {
        (LINE, PALE, MUTED)
    };
    button(canvas, layout, layout.allow, "Allow", colors);
    match view.dialog.focus() {
        Target::Refuse => ring(canvas, layout.refuse, thin),
        Target::Allow => ring(canvas, layout.allow, thin),
        Target::Scope(_) => {}
    }
    let left = format!("{}:{:02}", view.seconds_left / 60, view.seconds_left % 60);
    centred(
        canvas,
        layout,
        layout.countdown,
        Face::Regular,
        &left,
        MUTED,
    );
}

fn write(canvas: &mut Canvas<'_>, line: &Line, room: f32) {
    canvas.text_clipped(
        line.face,
        line.px,
        line.baseline,
        &line.text,
        line.color,
        room,
    );
}

fn check_box(canvas: &mut Canvas<'_>, square: Rect, ticked: bool, thin: u32) {
    let ground = if ticked { TEAL } else { MUTED };
    canvas.round_rect(square, 3 * thin, ground);
    let px = square.height as f32;
    if ticked {
        let width = measure(Face::Bold, px, "✔");
        let x = square.x as f32 + (px - width) / 2.0;
        let baseline = Point {
            x: x.round() as i32,
            y: (square.y as f32 + px * 0.85) as i32,
        };
        canvas.text(Face::Bold, px, baseline, "✔", ON_STRONG);
    } else {
        let edge = 2 * thin;
        let inner = Rect {
            x: square.x + edge,
            y: square.y + edge,
            width: square.width.saturating_sub(2 * edge),
            height: square.height.saturating_sub(2 * edge),
        };
        canvas.round_rect(inner, thin, PAPER);
    }
}

/// Edge, ground and text of a button.
type ButtonColors = (Color, Color, Color);

fn button(
    canvas: &mut Canvas<'_>,
    layout: &Layout,
    rect: Rect,
    text: &str,
    (edge, ground, ink): ButtonColors,
) {
    let thin = layout.scale.round() as u32;
    canvas.round_rect(rect, 6 * thin, edge);
    let inner = Rect {
        x: rect.x + thin,
        y: rect.y + thin,
        width: rect.width.saturating_sub(2 * thin),
        height: rect.height.saturating_sub(2 * thin),
    };
    canvas.round_rect(inner, 5 * thin, ground);
    centred(canvas, layout, rect, Face::Bold, text, ink);
}

/// One line in the middle of a rectangle.
fn centred(
    canvas: &mut Canvas<'_>,
    layout: &Layout,
    rect: Rect,
    face: Face,
    text: &str,
    color: Color,
) {
    let px = 15.0 * layout.scale;
    let x = rect.x as f32 + (rect.width as f32 - measure(face, px, text)) / 2.0;
    let y = rect.y as f32 + rect.height as f32 / 2.0 + px * 0.34;
    canvas.text(
        face,
        px,
        Point {
            x: x as i32,
            y: y as i32,
        },
        text,
        color,
    );
}

/// Shows where the keyboard is.
fn ring(canvas: &mut Canvas<'_>, rect: Rect, thin: u32) {
    let out = 4 * thin;
    let ring = Rect {
        x: rect.x.saturating_sub(out),
        y: rect.y.saturating_sub(out),
        width: rect.width + 2 * out,
        height: rect.height + 2 * out,
    };
    canvas.outline(ring, 2 * thin, INK);
}
