//! Small pieces that both pages of the start window draw: texts by meaning, a button that leads
//! on, a notice with an error.

use eframe::egui::{self, Align, Button, Color32, Frame, Margin, Response, RichText, Ui};

use super::theme::{color, palette};

/// Room for the button that puts a notice away, in points.
const DISMISS: f32 = 84.0;

/// Text that matters less.
pub(super) fn muted(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).color(color(palette(ui).muted))
}

/// The one button that leads on.
pub(super) fn primary(ui: &mut Ui, enabled: bool, text: &str) -> Response {
    let p = palette(ui);
    let text = RichText::new(text).strong().color(color(p.on_accent));
    let button = Button::new(text)
        .fill(color(p.accent))
        .min_size(egui::vec2(110.0, 34.0));
    ui.add_enabled(enabled, button)
}

/// A sentence about something that went wrong, beside its cause; whether it was put away.
pub(super) fn notice(ui: &mut Ui, text: &str) -> bool {
    let p = palette(ui);
    let mut away = false;
    let frame = Frame::new()
        .fill(color(p.ground))
        .stroke(egui::Stroke::new(1.0, color(p.stop)))
        .corner_radius(6)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            let room = (ui.available_width() - DISMISS).max(80.0);
            ui.vertical(|ui| {
                ui.set_width(room);
                let text = RichText::new(text).color(color(p.stop));
                ui.add(egui::Label::new(text).wrap());
            });
            away = ui.button("Dismiss").clicked();
        });
    });
    away
}

/// A command to copy by hand, in its own box.
pub(super) fn command(ui: &mut Ui, text: &str) {
    let p = palette(ui);
    let frame = Frame::new()
        .fill(color(p.ground))
        .stroke(egui::Stroke::new(1.0, color(p.line)))
        .corner_radius(6)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.add(egui::Label::new(RichText::new(text).monospace()).selectable(true));
    });
}

/// Paints one line of text into a rectangle, cut to its width.
pub(super) fn line(ui: &Ui, rect: egui::Rect, text: &str, size: f32, ink: Color32, align: Align) {
    let mut job = egui::text::LayoutJob::simple_singleline(
        text.to_owned(),
        egui::FontId::proportional(size),
        ink,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = ui.painter().layout_job(job);
    let free = (rect.width() - galley.size().x).max(0.0);
    let x = if align == Align::Max {
        rect.left() + free
    } else {
        rect.left()
    };
    let at = egui::pos2(x, rect.center().y - galley.size().y / 2.0);
    ui.painter()
        .with_clip_rect(rect.intersect(ui.clip_rect()))
        .galley(at, galley, ink);
}
