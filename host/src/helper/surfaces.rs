//! Which number each monitor has on the wire.

use farpane_protocol::limits::{NAME_BYTES, SURFACES};

use crate::ipc::Surface;
use crate::platform::Monitor;

/// The device's surfaces. Surface 0 is the primary monitor, whichever that is; every other one
/// keeps its number, also while it is unplugged, as long as there are numbers left.
#[derive(Debug, Default)]
pub(super) struct Surfaces {
    monitors: Vec<Monitor>,
    /// Numbers of `monitors`.
    ids: Vec<u32>,
    /// The name that each number from 1 was given to last.
    names: Vec<String>,
}

impl Surfaces {
    /// Takes what the display has now, the primary monitor first; whether that is news.
    pub(super) fn update(&mut self, monitors: &[Monitor]) -> bool {
        if self.monitors == monitors {
            return false;
        }
        self.monitors = monitors.iter().take(SURFACES).cloned().collect();
        self.ids = (0..self.monitors.len())
            .map(|index| if index == 0 { 0 } else { self.number(index) })
            .collect();
        true
    }

    /// The number of a monitor that is not the primary one.
    fn number(&mut self, index: usize) -> u32 {
        let name = &self.monitors[index].name;
        let known = self.names.iter().position(|given| given == name);
        let at = known.unwrap_or_else(|| {
            let is_here = |given: &String| self.monitors.iter().any(|one| one.name == *given);
            let free = || self.names.iter().position(|given| !is_here(given));
            if self.names.len() + 1 < SURFACES {
                self.names.push(name.clone());
                self.names.len() - 1
            } else {
                // With so many names and no more monitors, one of them is not here.
                let at = free().unwrap_or_default();
                self.names[at] = name.clone();
                at
            }
        });
        at as u32 + 1
    }

    /// The monitor with that number, by its name; the primary one has none of its own.
    pub(super) fn monitor(&self, surface: u32) -> Option<Option<&str>> {
        let at = self.ids.iter().position(|id| *id == surface)?;
        Some((at > 0).then(|| self.monitors[at].name.as_str()))
    }

    /// As the viewer is told of them.
    pub(super) fn list(&self) -> Vec<Surface> {
        let told = |(id, monitor): (&u32, &Monitor)| Surface {
            id: *id,
            name: cut(&monitor.name).to_owned(),
            x: monitor.place.x,
            y: monitor.place.y,
            width: monitor.size.width(),
            height: monitor.size.height(),
        };
        self.ids.iter().zip(&self.monitors).map(told).collect()
    }
}

/// At most as much of a name as may be sent.
fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_BYTES)]
}

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::{Point, Size};

    use super::*;

    fn monitors(names: &[&str]) -> Vec<Monitor> {
        let one = |name: &&str| Monitor {
            name: (*name).to_owned(),
            place: Point::default(),
            size: Size::new(10, 10).expect("valid"),
        };
        names.iter().map(one).collect()
    }

    fn ids(surfaces: &Surfaces) -> Vec<(u32, String)> {
        let listed = surfaces.list().into_iter();
        listed.map(|one| (one.id, one.name)).collect()
    }

    #[test]
    fn monitors_keep_their_numbers_and_the_primary_one_is_always_nought() {
        let mut surfaces = Surfaces::default();
        let expect = |surfaces: &mut Surfaces, names: &[&str], numbers: &[u32]| {
            assert!(surfaces.update(&monitors(names)));
            assert!(!surfaces.update(&monitors(names)), "told twice");
            let both = numbers.iter().zip(names);
            let wanted: Vec<_> = both.map(|(id, name)| (*id, (*name).to_owned())).collect();
            assert_eq!(ids(surfaces), wanted);
        };
        expect(&mut surfaces, &["a", "b", "c"], &[0, 1, 2]);
        expect(&mut surfaces, &["a", "c"], &[0, 2]);
        assert_eq!(surfaces.monitor(1), None);
        assert_eq!(surfaces.monitor(2), Some(Some("c")));
        expect(&mut surfaces, &["c", "a", "b"], &[0, 3, 1]);
        assert_eq!(surfaces.monitor(0), Some(None));
    }

    #[test]
    fn however_many_names_come_and_go_numbers_stay_below_the_limit_and_apart() {
        let mut surfaces = Surfaces::default();
        for round in 0..50 {
            let names: Vec<String> = (0..SURFACES + 3)
                .map(|n| format!("{}-{n}", round * n % 7))
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            surfaces.update(&monitors(&names));
            let mut seen: Vec<u32> = ids(&surfaces).into_iter().map(|(id, _)| id).collect();
            assert_eq!(seen.len(), SURFACES);
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), SURFACES, "a number was given twice");
            assert!(seen.iter().all(|id| (*id as usize) < SURFACES));
        }
    }

    #[test]
    fn name_without_end_is_cut() {
        let mut surfaces = Surfaces::default();
        surfaces.update(&monitors(&[&"ö".repeat(NAME_BYTES)]));
        assert_eq!(surfaces.list()[0].name.len(), NAME_BYTES);
    }
}
