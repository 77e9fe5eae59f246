//! The device's monitors as the device tells of them: numbers that may be trusted, names that may
//! not.

use farpane_protocol::geometry::{Point, Size};
use farpane_protocol::limits::SURFACES;
use farpane_protocol::wire::message::Surface;

/// Characters of a monitor's name that are kept; real ones have fewer than ten.
const NAME_CHARS: usize = 40;

/// A monitor that can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Its number; 0 is the primary one.
    pub id: u32,
    /// What the device calls it. Comes from another machine.
    pub name: String,
    /// Its upper left corner among all.
    pub place: Point,
    /// Its extent.
    pub size: Size,
}

/// What a message about a surface says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It is there.
    Here(Monitor),
    /// It is not there any more.
    Gone(u32),
}

/// Reads such a message; `None` for one that no honest device sends.
pub(super) fn told(surface: &Surface) -> Option<Told> {
    if surface.id as usize >= SURFACES {
        return None;
    }
    if surface.gone {
        // There always is a primary one.
        return (surface.id != 0).then_some(Told::Gone(surface.id));
    }
    Some(Told::Here(Monitor {
        id: surface.id,
        name: surface.name.chars().take(NAME_CHARS).collect(),
        place: Point {
            x: surface.x,
            y: surface.y,
        },
        size: Size::new(surface.width, surface.height)?,
    }))
}

/// Takes in what was told; `monitors` stay in the order of their numbers.
pub(super) fn note(monitors: &mut Vec<Monitor>, told: Told) {
    let id = match &told {
        Told::Here(monitor) => monitor.id,
        Told::Gone(id) => *id,
    };
    monitors.retain(|known| known.id != id);
    match told {
        Told::Here(monitor) => {
            let at = monitors.partition_point(|known| known.id < id);
            monitors.insert(at, monitor);
        }
        Told::Gone(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(id: u32, width: u32) -> Surface {
        Surface {
            id,
            width,
            height: 10,
            name: "ä".repeat(300),
            ..Surface::default()
        }
    }

    #[test]
    fn monitors_stand_in_order_and_each_once() {
        let mut monitors = Vec::new();
        for (id, width) in [(0, 5), (3, 5), (1, 5), (3, 9)] {
            let told = told(&surface(id, width)).expect("honest");
            note(&mut monitors, told);
        }
        let seen: Vec<_> = monitors.iter().map(|m| (m.id, m.size.width())).collect();
        assert_eq!(seen, [(0, 5), (1, 5), (3, 9)]);
        assert_eq!(monitors[0].name.chars().count(), NAME_CHARS);
        note(&mut monitors, Told::Gone(1));
        assert_eq!(monitors.len(), 2);
    }

    #[test]
    fn impossible_ones_are_known_as_such() {
        let gone = |id| Surface {
            gone: true,
            ..surface(id, 0)
        };
        assert_eq!(told(&gone(2)), Some(Told::Gone(2)));
        for impossible in [gone(0), surface(0, 0), surface(SURFACES as u32, 5)] {
            assert_eq!(told(&impossible), None);
        }
    }
}
