//! How one device's row is drawn, and what stands there before the rows come.

use eframe::egui::{self, Align, Sense, Ui};
use farpane_protocol::api::Access;

use super::draw::line;
use super::model::Entry;
use super::theme::{color, palette};
use crate::row;

/// Height of a row.
pub(super) const ROW: f32 = 44.0;

/// Draws a device; `open` if it has a window of its own now.
pub(super) fn draw_row(ui: &mut Ui, entry: &Entry, selected: bool, open: bool) -> egui::Response {
    let p = palette(ui);
    let size = egui::vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        let text = format!(
            "{}, {}, {}",
            entry.name, entry.state.words, entry.access_words
        );
        egui::WidgetInfo::selected(egui::Role::ListBoxOption, true, selected, text)
    });
    let possible = entry.access != Access::Impossible;
    if selected || response.hovered() {
        let fill = color(if selected { p.raised } else { p.ground });
        ui.painter().rect_filled(rect, 6.0, fill);
    }
    if selected {
        let mark = egui::Rect::from_min_size(rect.min, egui::vec2(3.0, ROW));
        ui.painter().rect_filled(mark, 2.0, color(p.accent));
    }
    let (ink, quiet) = (
        color(if possible { p.ink } else { p.muted }),
        color(p.muted),
    );
    let inner = rect.shrink2(egui::vec2(14.0, 4.0));
    let (top, bottom) = inner.split_top_bottom_at_fraction(0.52);
    let columns = |part: egui::Rect, share: f32| {
        let (name, rest) = part.split_left_right_at_fraction(share);
        (name.with_max_x(name.max.x - 12.0), rest)
    };
    // A reason why not is longer than what it takes to say that somebody is asked.
    let share = if possible { 0.58 } else { 0.3 };
    let ((name, state), (details, access)) = (columns(top, 0.68), columns(bottom, share));
    draw_sign(
        ui,
        egui::pos2(name.min.x + 6.0, name.center().y),
        entry.state.sign,
    );
    line(
        ui,
        name.with_min_x(name.min.x + 18.0),
        &entry.name,
        15.0,
        ink,
        Align::Min,
    );
    let mut text = entry.details.clone();
    if entry.recent {
        text = if text.is_empty() {
            "recent".into()
        } else {
            format!("{text} · recent")
        };
    }
    line(
        ui,
        details.with_min_x(details.min.x + 18.0),
        &text,
        12.5,
        quiet,
        Align::Min,
    );
    line(ui, state, &entry.state.words, 13.0, ink, Align::Max);
    let words = if open {
        "Open in its own window"
    } else {
        &entry.access_words
    };
    line(ui, access, words, 12.5, quiet, Align::Max);
    response.on_hover_text_at_pointer(format!("{}\n{words}", entry.name))
}

/// The state's sign as a shape: full, half or empty.
fn draw_sign(ui: &Ui, middle: egui::Pos2, sign: row::Sign) {
    const RADIUS: f32 = 4.5;
    let p = palette(ui);
    let painter = ui.painter();
    let ring = |ink| painter.circle_stroke(middle, RADIUS, egui::Stroke::new(1.5, ink));
    match sign {
        row::Sign::Full => drop(painter.circle_filled(middle, RADIUS, color(p.accent))),
        row::Sign::Half => {
            let ink = color(p.waiting);
            ring(ink);
            let left = egui::Rect::from_center_size(middle, egui::Vec2::splat(2.0 * RADIUS));
            let left = left.with_max_x(middle.x);
            painter
                .with_clip_rect(left.intersect(ui.clip_rect()))
                .circle_filled(middle, RADIUS, ink);
        }
        row::Sign::Empty => drop(ring(color(p.muted))),
    }
}

/// Grey bars where rows will be.
pub(super) fn skeleton(ui: &mut Ui) {
    let fill = color(palette(ui).raised);
    for share in [0.32, 0.25, 0.38, 0.28, 0.34] {
        let size = egui::vec2(ui.available_width(), ROW);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let inner = rect.shrink2(egui::vec2(32.0, 13.0));
        let left = inner.with_max_x(inner.min.x + inner.width() * share);
        let right = inner.with_min_x(inner.max.x - inner.width() * 0.18);
        ui.painter().rect_filled(left, 4.0, fill);
        ui.painter().rect_filled(right, 4.0, fill);
    }
}
