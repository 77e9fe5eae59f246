//! How the start window looks: the session window's colours in egui's terms, dark and light.

use eframe::egui::{
    self, Color32, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Theme, Visuals,
};
use farpane_media::paint::Color;

use crate::window::palette::{DARK, LIGHT, Palette};

/// A colour in egui's terms.
pub(super) fn color(color: Color) -> Color32 {
    let [_, red, green, blue] = color.0.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

/// The colours that are in use.
pub(super) fn palette(ui: &egui::Ui) -> &'static Palette {
    if ui.visuals().dark_mode {
        &DARK
    } else {
        &LIGHT
    }
}

/// Sets fonts, spacing and both sets of colours.
pub(super) fn apply(context: &egui::Context) {
    context.set_visuals_of(Theme::Dark, visuals(Visuals::dark(), &DARK));
    context.set_visuals_of(Theme::Light, visuals(Visuals::light(), &LIGHT));
    context.all_styles_mut(|style| {
        let sizes = [
            (TextStyle::Small, 12.5),
            (TextStyle::Body, 14.0),
            (TextStyle::Button, 14.0),
            (TextStyle::Heading, 21.0),
        ];
        for (name, size) in sizes {
            style
                .text_styles
                .insert(name, FontId::new(size, FontFamily::Proportional));
        }
        style.text_styles.insert(
            TextStyle::Monospace,
            FontId::new(13.0, FontFamily::Monospace),
        );
        style.spacing.item_spacing = egui::vec2(8.0, 8.0);
        style.spacing.button_padding = egui::vec2(14.0, 7.0);
        style.spacing.interact_size.y = 32.0;
        style.animation_time = 0.1;
        style.interaction.selectable_labels = false;
    });
}

fn visuals(mut visuals: Visuals, p: &Palette) -> Visuals {
    let radius = CornerRadius::same(6);
    visuals.panel_fill = color(p.page);
    visuals.window_fill = color(p.ground);
    visuals.extreme_bg_color = color(p.ground);
    visuals.faint_bg_color = color(p.raised);
    visuals.override_text_color = None;
    visuals.hyperlink_color = color(p.accent);
    visuals.selection.bg_fill = color(p.accent).gamma_multiply(0.35);
    // Around the field that has the keyboard, too.
    visuals.selection.stroke = Stroke::new(2.0, color(p.accent));
    visuals.text_cursor.stroke = Stroke::new(2.0, color(p.accent));
    visuals.weak_text_color = Some(color(p.muted));
    let widgets = &mut visuals.widgets;
    for widget in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        widget.corner_radius = radius;
        widget.fg_stroke = Stroke::new(1.0, color(p.ink));
        widget.bg_stroke = Stroke::new(1.0, color(p.line));
        widget.bg_fill = color(p.raised);
        widget.weak_bg_fill = color(p.raised);
        widget.expansion = 0.0;
    }
    // Focus is always to be seen.
    widgets.hovered.bg_stroke = Stroke::new(1.0, color(p.muted));
    widgets.active.bg_stroke = Stroke::new(2.0, color(p.accent));
    visuals
}
