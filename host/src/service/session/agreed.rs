//! Which of the device's monitors a session may show: where a person was asked, those that the
//! question spoke of.

use std::collections::BTreeSet;

use crate::ipc::Surface;

/// What a session may show.
#[derive(Debug, Default)]
pub(super) struct Agreed {
    /// Names of the monitors that the person was asked about; `None` while nobody was.
    names: Option<Vec<String>>,
    /// The surfaces that the viewer turned to so far.
    turned: BTreeSet<u32>,
}

impl Agreed {
    /// A person is asked about these monitors, and about no others; how many the question names.
    pub(super) fn ask(&mut self, monitors: &[Surface]) -> u32 {
        let names: Vec<String> = monitors.iter().map(|one| one.name.clone()).collect();
        // The hub takes no longer list than `SURFACES`.
        let count = names.len() as u32;
        self.names = Some(names);
        count
    }

    /// Those of these monitors that may be shown. `None` where the primary one is not among them:
    /// it is what is shown as long as nothing else is chosen, so there is no session without it.
    pub(super) fn of(&self, mut now: Vec<Surface>) -> Option<Vec<Surface>> {
        if let Some(names) = &self.names {
            now.retain(|one| names.contains(&one.name));
        }
        now.iter().any(|one| one.id == 0).then_some(now)
    }

    /// Whether the viewer turns to this surface for the first time. There are few of them, so what
    /// is written down of it cannot fill a log.
    pub(super) fn is_new(&mut self, surface: u32) -> bool {
        self.turned.insert(surface)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monitors(names: &[&str]) -> Vec<Surface> {
        let one = |(id, name): (u32, &&str)| Surface {
            id,
            name: (*name).to_owned(),
            x: 0,
            y: 0,
            width: 10,
            height: 10,
        };
        (0..).zip(names).map(one).collect()
    }

    #[test]
    fn what_the_person_was_not_asked_about_is_not_shown() {
        let mut agreed = Agreed::default();
        assert_eq!(agreed.ask(&monitors(&["left", "right"])), 2);
        let shown = |names: &[&str]| {
            let shown = agreed.of(monitors(names))?.into_iter();
            Some(shown.map(|one| one.name).collect::<Vec<_>>())
        };
        assert_eq!(shown(&["left", "new"]), Some(vec!["left".to_owned()]));
        let both = vec!["right".to_owned(), "left".to_owned()];
        assert_eq!(shown(&["right", "left"]), Some(both));
        assert_eq!(shown(&["new", "left"]), None, "a new primary one is shown");
    }

    #[test]
    fn where_nobody_is_asked_every_monitor_may_be_shown() {
        let all = monitors(&["left", "right"]);
        assert_eq!(Agreed::default().of(all.clone()), Some(all));
    }
}
