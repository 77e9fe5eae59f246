//! The consent window's rules, without a window: what a key or click does, and when a yes counts.

use std::time::{Duration, Instant};

use crate::platform::{ConsentOutcome, ConsentRequest, MAX_SCOPES};

/// How long the window must have been there, wholly visible, before a yes (or any key) counts. A
/// window that pops up under a moving hand or amid typing must not be answered by accident, nor
/// one that was hidden until just now.
pub(super) const GUARD: Duration = Duration::from_millis(500);

/// What can be pointed at or have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The check box of the right with that number.
    Scope(usize),
    /// The button that says no.
    Refuse,
    /// The button that says yes.
    Allow,
}

/// What the person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Tab.
    Next,
    /// Shift+Tab.
    Previous,
    /// Space.
    Space,
    /// Enter.
    Enter,
    /// Esc.
    Escape,
    /// The main mouse button went down, on something or beside everything.
    Press(Option<Target>),
    /// It went up there.
    Release(Option<Target>),
}

/// The window's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dialog {
    scopes: Vec<Choice>,
    focus: Target,
    pressed: Option<Target>,
    /// Since when every pixel can be seen; none while something covers it.
    clear_since: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Choice {
    key: String,
    ticked: bool,
    required: bool,
}

impl Dialog {
    pub(super) fn new(request: &ConsentRequest) -> Self {
        let scopes = request.scopes.iter().take(MAX_SCOPES);
        let choice = |scope: &crate::platform::Scope| Choice {
            key: scope.key.clone(),
            ticked: scope.ticked(),
            required: scope.required,
        };
        let scopes = scopes.map(choice).collect();
        Self {
            scopes,
            focus: Target::Refuse,
            pressed: None,
            clear_since: None,
        }
    }

    pub(super) fn focus(&self) -> Target {
        self.focus
    }

    pub(super) fn ticked(&self, scope: usize) -> bool {
        self.scopes.get(scope).is_some_and(|choice| choice.ticked)
    }

    /// Whether a yes would count now.
    pub(super) fn may_allow(&self, now: Instant) -> bool {
        self.armed(now) && self.scopes.iter().any(|choice| choice.ticked)
    }

    /// When a yes will count, if nothing happens until then.
    pub(super) fn arms_at(&self) -> Option<Instant> {
        self.clear_since.map(|since| since + GUARD)
    }

    /// The window became wholly visible.
    pub(super) fn clear(&mut self, now: Instant) {
        self.clear_since.get_or_insert(now);
    }

    /// The window was covered: all starts anew once it is clear again.
    pub(super) fn covered(&mut self) {
        self.clear_since = None;
        self.pressed = None;
    }

    /// The window was moved or got another shape: all starts anew now.
    pub(super) fn moved(&mut self, now: Instant) {
        self.clear_since = self.clear_since.map(|_| now);
        self.pressed = None;
    }

    /// What the act decides, if anything.
    pub(super) fn act(&mut self, act: Act, now: Instant) -> Option<ConsentOutcome> {
        match act {
            Act::Press(target) => {
                self.pressed = None;
                if let Some(target) = target {
                    self.focus = target;
                    // A press before its time stays without effect however long it is held.
                    let counts = target == Target::Refuse || self.armed(now);
                    self.pressed = counts.then_some(target);
                }
                None
            }
            Act::Release(target) => {
                let pressed = self.pressed.take();
                if pressed == target {
                    self.activate(target?, now)
                } else {
                    None
                }
            }
            // Keys typed elsewhere when the window came are not meant for it.
            Act::Next | Act::Previous | Act::Space | Act::Enter | Act::Escape
                if !self.armed(now) =>
            {
                None
            }
            Act::Next => self.walk(1),
            Act::Previous => self.walk(self.scopes.len() + 1),
            Act::Space => self.activate(self.focus, now),
            Act::Enter => match self.focus {
                Target::Scope(_) => None,
                Target::Refuse | Target::Allow => self.activate(self.focus, now),
            },
            Act::Escape => Some(ConsentOutcome::Refused),
        }
    }

    fn armed(&self, now: Instant) -> bool {
        self.arms_at().is_some_and(|at| now >= at)
    }

    /// Moves the focus on through check boxes, Refuse, Allow, and round again.
    fn walk(&mut self, steps: usize) -> Option<ConsentOutcome> {
        let boxes = self.scopes.len();
        let at = match self.focus {
            Target::Scope(index) => index,
            Target::Refuse => boxes,
            Target::Allow => boxes + 1,
        };
        let next = (at + steps) % (boxes + 2);
        self.focus = if next < boxes {
            Target::Scope(next)
        } else if next == boxes {
            Target::Refuse
        } else {
            Target::Allow
        };
        None
    }

    fn activate(&mut self, target: Target, now: Instant) -> Option<ConsentOutcome> {
        match target {
            Target::Scope(index) => {
                if let Some(choice) = self.scopes.get_mut(index) {
                    choice.ticked = !choice.ticked || choice.required;
                }
                None
            }
            Target::Refuse => Some(ConsentOutcome::Refused),
            Target::Allow if self.may_allow(now) => {
                let ticked = self.scopes.iter().filter(|choice| choice.ticked);
                let scopes = ticked.map(|choice| choice.key.clone()).collect();
                Some(ConsentOutcome::Allowed { scopes })
            }
            Target::Allow => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{Organisation, Scope};

    fn request() -> ConsentRequest {
        let scope = |key: &str, granted, required| Scope {
            key: key.to_owned(),
            label: key.to_owned(),
            granted,
            required,
        };
        ConsentRequest {
            technician: "Anna Berg".to_owned(),
            organisation: Organisation::NotVerified {
                name: "Acme MSP".to_owned(),
            },
            tenant: String::new(),
            wants: String::new(),
            scopes: vec![
                scope("view", true, true),
                scope("control", true, false),
                scope("clipboard", false, false),
            ],
            reason: String::new(),
            until: String::new(),
            viewer_key: String::new(),
        }
    }

    /// A dialog that has been visible long enough at the returned time.
    fn ready() -> (Dialog, Instant) {
        let now = Instant::now();
        let mut dialog = Dialog::new(&request());
        dialog.clear(now);
        (dialog, now + GUARD)
    }

    fn click(dialog: &mut Dialog, target: Target, now: Instant) -> Option<ConsentOutcome> {
        assert_eq!(dialog.act(Act::Press(Some(target)), now), None);
        dialog.act(Act::Release(Some(target)), now)
    }

    fn allowed(keys: &[&str]) -> Option<ConsentOutcome> {
        let scopes = keys.iter().map(|key| (*key).to_owned()).collect();
        Some(ConsentOutcome::Allowed { scopes })
    }

    #[test]
    fn yes_counts_only_after_the_guard_and_only_while_visible() {
        let (mut dialog, ready) = ready();
        let early = ready - Duration::from_millis(1);
        assert_eq!(click(&mut dialog, Target::Allow, early), None);
        dialog.act(Act::Press(Some(Target::Allow)), early);
        assert_eq!(
            dialog.act(Act::Release(Some(Target::Allow)), ready),
            None,
            "pressed early"
        );
        dialog.act(Act::Press(Some(Target::Allow)), ready);
        dialog.covered();
        dialog.clear(ready);
        let later = ready + GUARD;
        assert_eq!(
            dialog.act(Act::Release(Some(Target::Allow)), later),
            None,
            "was covered"
        );
        assert_eq!(
            click(&mut dialog, Target::Allow, later),
            allowed(&["view", "control"])
        );
    }

    #[test]
    fn moved_window_starts_anew_and_a_covered_one_stays_so() {
        let (mut dialog, ready) = ready();
        assert!(dialog.may_allow(ready));
        dialog.moved(ready);
        assert!(!dialog.may_allow(ready) && dialog.may_allow(ready + GUARD));
        dialog.covered();
        dialog.moved(ready);
        assert!(!dialog.may_allow(ready + 10 * GUARD));
    }

    #[test]
    fn press_and_release_must_be_on_the_same_button() {
        let (mut dialog, now) = ready();
        dialog.act(Act::Press(Some(Target::Refuse)), now);
        assert_eq!(dialog.act(Act::Release(Some(Target::Allow)), now), None);
        dialog.act(Act::Press(None), now);
        assert_eq!(dialog.act(Act::Release(None), now), None);
        assert_eq!(dialog.act(Act::Release(Some(Target::Allow)), now), None);
    }

    #[test]
    fn refuse_has_the_focus_and_enter_takes_it() {
        let (mut dialog, now) = ready();
        let before = now - GUARD;
        for typed in [Act::Enter, Act::Space, Act::Escape, Act::Next] {
            assert_eq!(dialog.act(typed, before), None, "typed for another window");
        }
        assert_eq!(dialog.focus(), Target::Refuse);
        assert_eq!(
            dialog.clone().act(Act::Enter, now),
            Some(ConsentOutcome::Refused)
        );
        assert_eq!(
            dialog.clone().act(Act::Escape, now),
            Some(ConsentOutcome::Refused)
        );
        assert_eq!(
            click(&mut dialog, Target::Refuse, before),
            Some(ConsentOutcome::Refused),
            "a click on no needs no guard"
        );
    }

    #[test]
    fn tab_walks_round_and_back() {
        let (mut dialog, now) = ready();
        let mut seen = Vec::new();
        for _ in 0..5 {
            dialog.act(Act::Next, now);
            seen.push(dialog.focus());
        }
        let scopes = [Target::Scope(0), Target::Scope(1), Target::Scope(2)];
        assert_eq!(seen[0], Target::Allow);
        assert_eq!(seen[1..4], scopes);
        assert_eq!(seen[4], Target::Refuse);
        dialog.act(Act::Previous, now);
        assert_eq!(dialog.focus(), Target::Scope(2));
    }

    #[test]
    fn ticks_decide_what_is_allowed_and_required_ones_stay() {
        let (mut dialog, now) = ready();
        for scope in [0, 1, 2, 99] {
            click(&mut dialog, Target::Scope(scope), now);
        }
        assert_eq!(dialog.act(Act::Enter, now), None, "enter on a check box");
        assert_eq!(
            click(&mut dialog, Target::Allow, now),
            allowed(&["view", "clipboard"])
        );
    }

    #[test]
    fn nothing_ticked_cannot_be_allowed() {
        let mut request = request();
        request
            .scopes
            .iter_mut()
            .for_each(|scope| (scope.granted, scope.required) = (false, false));
        let now = Instant::now();
        let mut dialog = Dialog::new(&request);
        dialog.clear(now);
        assert!(!dialog.may_allow(now + GUARD));
        assert_eq!(click(&mut dialog, Target::Allow, now + GUARD), None);
    }
}
