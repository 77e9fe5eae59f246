//! The second page: one search field over one list; arrow keys choose, Enter connects.

use std::collections::{HashMap, HashSet};

use eframe::egui::{self, Align, Key, Layout, Margin, Modifiers, RichText, TextEdit, Ui};
use farpane_protocol::api::Access;
use farpane_protocol::ids::DeviceId;
use farpane_protocol::limits::REASON_BYTES;

use super::draw::{command, muted, notice, primary};
use super::model::Devices;
use super::rows::{ROW, draw_row, skeleton};
use super::theme::{color, palette};
use super::worker::{Command, Wish};

/// Free space below the row that the keys brought into view.
const MARGIN: f32 = 10.0;

/// Rows that Page Up and Page Down go.
const PAGE: isize = 10;

/// The page.
pub(super) struct ListPage {
    pub(super) devices: Devices,
    search: String,
    reason: String,
    view_only: bool,
    /// Why the list could not be had.
    pub(super) stale: Option<String>,
    /// Devices with a window of their own now.
    pub(super) open: HashSet<DeviceId>,
    /// How the last session with a device failed.
    pub(super) failed: HashMap<DeviceId, String>,
    /// What Enter would not do, and why.
    refused: Option<String>,
    focus_search: bool,
    follow: bool,
    /// The device of the link that opened this window, while only it is shown.
    linked: Option<DeviceId>,
}

impl Default for ListPage {
    fn default() -> Self {
        Self {
            devices: Devices::default(),
            search: String::new(),
            reason: String::new(),
            view_only: false,
            stale: None,
            open: HashSet::new(),
            failed: HashMap::new(),
            refused: None,
            // What is typed first is a search.
            focus_search: true,
            follow: false,
            linked: None,
        }
    }
}

impl ListPage {
    /// The page that a link opened: that device, and nothing typed yet.
    pub(super) fn at_link(device: DeviceId) -> Self {
        Self {
            search: device.to_string(),
            linked: Some(device),
            focus_search: false,
            ..Self::default()
        }
    }

    /// What is being searched for.
    pub(super) fn search(&self) -> &str {
        self.search.trim()
    }

    /// Asks for a session with the selected device, or says why not.
    fn connect(&mut self) -> Option<Command> {
        let entry = self.devices.selected()?;
        if entry.access == Access::Impossible {
            self.refused = Some(format!("{}: {}", entry.name, entry.access_words));
            return None;
        }
        if !self.open.insert(entry.id) {
            self.refused = Some(format!("{} has a window already.", entry.name));
            return None;
        }
        self.refused = None;
        self.failed.remove(&entry.id);
        let mut reason = self.reason.trim().to_owned();
        while reason.len() > REASON_BYTES {
            reason.pop();
        }
        Some(Command::Connect(Wish {
            device: entry.id,
            view_only: self.view_only,
            reason,
        }))
    }

    fn keys(&mut self, ui: &Ui) -> bool {
        let step = ui.input_mut(|input| {
            let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
            isize::from(pressed(Key::ArrowDown)) - isize::from(pressed(Key::ArrowUp))
                + PAGE * (isize::from(pressed(Key::PageDown)) - isize::from(pressed(Key::PageUp)))
        });
        if step != 0 {
            self.devices.step(step);
            self.refused = None;
            self.follow = true;
        }
        ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
    }

    /// Draws the page; what it wants done.
    pub(super) fn show(&mut self, ui: &mut Ui) -> Option<Command> {
        self.focus_search |= ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::K));
        // A page can open this window under somebody's typing: a key must not connect then.
        let entered = self.keys(ui) && self.linked.is_none();
        let mut wanted = None;
        let searched = self.search_field(ui);
        if searched {
            self.linked = None;
        }
        if self.linked.is_some() {
            let text = "A link opened this window. Nothing connects until you press Connect.";
            ui.label(muted(ui, text));
        }
        egui::Panel::bottom("connect")
            .frame(egui::Frame::new().inner_margin(Margin::symmetric(0, 10)))
            .show_separator_line(false)
            .show(ui, |ui| {
                if self.foot(ui) {
                    wanted = self.connect();
                }
            });
        if self.rows(ui) || entered {
            wanted = self.connect().or(wanted);
        }
        if searched {
            wanted = wanted.or(Some(Command::Search(self.search().to_owned())));
        }
        wanted
    }

    fn search_field(&mut self, ui: &mut Ui) -> bool {
        let edit = TextEdit::singleline(&mut self.search)
            .hint_text("Search devices, customers, systems   Ctrl+K")
            .margin(Margin::symmetric(12, 10))
            .desired_width(f32::INFINITY);
        let field = ui.add(edit);
        if std::mem::take(&mut self.focus_search) {
            field.request_focus();
        }
        ui.horizontal(|ui| {
            let count = match (self.devices.heard(), &self.stale) {
                (_, Some(why)) => RichText::new(format!("{why} Trying again every 5 s."))
                    .color(color(palette(ui).stop)),
                (None, None) => muted(ui, "Loading…"),
                (Some(_), None) => muted(ui, self.devices.count()),
            };
            ui.add(egui::Label::new(count.small()).truncate());
        });
        field.changed()
    }

    /// Reason, view-only, Connect, and what went wrong; whether Connect was pressed.
    fn foot(&mut self, ui: &mut Ui) -> bool {
        let failed = self.devices.selected().and_then(|entry| {
            self.failed
                .get(&entry.id)
                .map(|why| (entry.id, format!("{}: {why}", entry.name)))
        });
        if let Some(why) = self.refused.clone() {
            if notice(ui, &why) {
                self.refused = None;
            }
        } else if let Some((id, why)) = failed
            && notice(ui, &why)
        {
            self.failed.remove(&id);
        }
        let mut pressed = false;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let possible = self
                .devices
                .selected()
                .is_some_and(|entry| entry.access != Access::Impossible);
            pressed = primary(ui, possible, "Connect").clicked();
            ui.checkbox(&mut self.view_only, "View only");
            let reason = TextEdit::singleline(&mut self.reason)
                .hint_text("Reason or ticket, shown to the person there")
                .margin(Margin::symmetric(10, 8))
                .desired_width(f32::INFINITY);
            ui.add(reason);
        });
        pressed
    }

    /// The list; whether a row was double-clicked.
    fn rows(&mut self, ui: &mut Ui) -> bool {
        if self.devices.heard().is_none() {
            skeleton(ui);
            return false;
        }
        if self.devices.entries().is_empty() {
            self.empty(ui);
            return false;
        }
        let follow = std::mem::take(&mut self.follow);
        let selected = self.devices.selected_index();
        let (mut chosen, mut connect) = (None, false);
        ui.spacing_mut().item_spacing.y = 2.0;
        let mut area = egui::ScrollArea::vertical().auto_shrink(false);
        if let Some(offset) = selected.filter(|_| follow).and_then(|at| scroll_to(ui, at)) {
            area = area.vertical_scroll_offset(offset);
        }
        let entries = self.devices.entries();
        let out = area.show_rows(ui, ROW, entries.len(), |ui, range| {
            for at in range {
                let entry = &entries[at];
                let response = draw_row(
                    ui,
                    entry,
                    selected == Some(at),
                    self.open.contains(&entry.id),
                );
                if response.clicked() || response.double_clicked() {
                    chosen = Some(entry.id);
                }
                connect |= response.double_clicked();
            }
        });
        remember_scroll(ui, out.state.clamped_offset().y, out.inner_rect.height());
        if let Some(id) = chosen {
            self.devices.select(id);
            self.refused = None;
        }
        connect
    }

    fn empty(&self, ui: &mut Ui) {
        ui.add_space(40.0);
        ui.vertical_centered(|ui| {
            ui.set_max_width(520.0);
            if self.linked.is_some() {
                ui.label(RichText::new("The device of this link is not among yours.").size(16.0));
                let why = "It was removed, it belongs to another directory or account, or your \
                           rights there ended. Clear the search to see your devices.";
                return ui.label(muted(ui, why));
            }
            if !self.search().is_empty() {
                ui.label(
                    RichText::new(format!("No device matches “{}”.", self.search())).size(16.0),
                );
                return ui.label(muted(ui, "Search looks at names, customers and systems."));
            }
            ui.label(RichText::new("No devices yet").size(18.0).strong());
            ui.add_space(6.0);
            ui.label(muted(ui, "1. On the directory's server, make a ticket:"));
            command(ui, "farpane-directory ticket device");
            ui.label(muted(ui, "2. On the device, enrol it with that ticket:"));
            command(ui, "farpane-host enroll TICKET");
            ui.label(muted(ui, "It appears here by itself."))
        });
    }
}

fn scroll_key() -> egui::Id {
    egui::Id::unique("device list scroll")
}

/// Keeps where the list is scrolled to, for the next key.
fn remember_scroll(ui: &Ui, offset: f32, height: f32) {
    ui.data_mut(|data| data.insert_temp(scroll_key(), (offset, height)));
}

/// Where to scroll so that a row is seen; `None` when it is already.
fn scroll_to(ui: &Ui, row: usize) -> Option<f32> {
    let (offset, height): (f32, f32) = ui.data(|data| data.get_temp(scroll_key()))?;
    let top = row as f32 * (ROW + 2.0);
    if top < offset {
        Some(top)
    } else if top + ROW + MARGIN > offset + height {
        Some(top + ROW + MARGIN - height)
    } else {
        None
    }
}
