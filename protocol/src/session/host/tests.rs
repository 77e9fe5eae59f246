//! Claims about the host's machine, in virtual time.

use proptest::prelude::*;

use super::*;
use crate::geometry::Point;
use crate::session::testing::{Fixture, NOW};
use crate::wire::message::{Beat, Bye, ClipboardPart, ClipboardText, FrameAck, Key, Pointer, Show};

fn hello(fixture: &Fixture) -> Message {
    Hello {
        capabilities: 0,
        grant: fixture.sealed(),
        version: String::new(),
    }
    .into()
}

fn ends_with(effects: &[Effect], reason: EndReason) -> bool {
    matches!(effects.last(), Some(Effect::End(r)) if *r == reason)
}

fn asked(fixture: &Fixture, now: Instant) -> (HostSession, ConsentDigest) {
    let mut session = HostSession::new(fixture.facts.clone(), fixture.viewer, now);
    let effects = session.handle_message(hello(fixture), fixture.now, now);
    assert!(matches!(
        effects[..],
        [Effect::Send(Message::Welcome(_)), Effect::Record(_)]
    ));
    let effects = session.handle_recorded(Recorded::First, now);
    let [
        Effect::Send(Message::Waiting(_)),
        Effect::Ask { digest, .. },
    ] = effects[..]
    else {
        panic!("expected the question, got {effects:?}");
    };
    (session, digest)
}

fn live(scopes: ScopeSet, now: Instant) -> HostSession {
    let (mut session, digest) = asked(&Fixture::new(), now);
    let effects = session.handle_answer(Answer::Allowed { digest, scopes }, now);
    assert!(matches!(
        effects[..],
        [Effect::Send(Message::Started(_)), Effect::Start]
    ));
    let size = |width, height| Size::new(width, height).expect("valid");
    session.set_surfaces([(0, size(100, 100)), (2, size(50, 50))].into());
    session
}

fn both() -> ScopeSet {
    ScopeSet::of(&[Scope::View, Scope::Control])
}

fn key(sequence: u64, down: bool) -> Message {
    Key {
        sequence,
        code: 30,
        down,
    }
    .into()
}

/// A session whose grant has the clipboard in both directions, with what the person left of it.
fn live_with_clipboard(left: &[Scope], now: Instant) -> HostSession {
    let mut fixture = Fixture::new();
    fixture.grant.scopes = both().union(ScopeSet::CLIPBOARD);
    let (mut session, digest) = asked(&fixture, now);
    let scopes = both().union(ScopeSet::of(left));
    session.handle_answer(Answer::Allowed { digest, scopes }, now);
    session
}

/// The effects of a short text of the viewer.
fn pasted(session: &mut HostSession, now: Instant) -> Vec<Effect> {
    let head = ClipboardText {
        sequence: 1,
        length: 2,
    };
    let part = ClipboardPart {
        bytes: b"hi".to_vec(),
    };
    let mut effects = session.handle_message(head.into(), None, now);
    effects.extend(session.handle_message(part.into(), None, now));
    effects
}

fn copied() -> Result<ClipText, NotSent> {
    ClipText::of("copied")
}

#[test]
fn clipboard_text_goes_only_in_the_directions_that_were_allowed() {
    let now = Instant::now();
    for (left, into, out) in [
        (&[][..], false, false),
        (&[Scope::ClipboardIn][..], true, false),
        (&[Scope::ClipboardOut][..], false, true),
        (&[Scope::ClipboardIn, Scope::ClipboardOut][..], true, true),
    ] {
        let mut session = live_with_clipboard(left, now);
        let put = pasted(&mut session, now);
        let put = put.iter().any(|e| matches!(e, Effect::PutClipboard(_)));
        assert_eq!(put, into, "{left:?}");
        let sent = session.handle_clipboard(copied(), now);
        assert_eq!(!sent.is_empty(), out, "{left:?}");
        let long = session.handle_clipboard(Err(NotSent::TooLong { bytes: 9 }), now);
        assert_eq!(!long.is_empty(), out, "{left:?}");
        session.handle_end(EndReason::PersonStopped);
        assert!(pasted(&mut session, now).is_empty(), "after the end");
        assert!(session.handle_clipboard(copied(), now).is_empty());
    }
}

#[test]
fn nothing_of_a_clipboard_moves_before_the_answer_or_for_a_viewer_that_only_looks() {
    let now = Instant::now();
    let mut fixture = Fixture::new();
    fixture.grant.scopes = both().union(ScopeSet::CLIPBOARD);
    let (mut session, digest) = asked(&fixture, now);
    assert!(session.handle_clipboard(copied(), now).is_empty());
    let scopes = ScopeSet::CLIPBOARD.with(Scope::View);
    session.handle_answer(Answer::Allowed { digest, scopes }, now);
    assert!(session.handle_clipboard(copied(), now).is_empty());
    assert!(matches!(
        pasted(&mut session, now)[..],
        [Effect::Ignored(_), Effect::Ignored(_)]
    ));
}

#[test]
fn a_flood_of_clipboard_texts_ends_the_session() {
    let now = Instant::now();
    let mut session = live_with_clipboard(&[Scope::ClipboardIn], now);
    let flood = (0..100).flat_map(|_| pasted(&mut session, now));
    let ended = flood.filter(|e| matches!(e, Effect::End(EndReason::ProtocolViolation)));
    assert_eq!(ended.count(), 1);
}

#[test]
fn every_form_of_no_ends_without_a_permit() {
    let now = Instant::now();
    for (answer, reason) in [
        (Answer::Refused, EndReason::PersonRefused),
        (Answer::TimedOut, EndReason::ConsentTimedOut),
        (Answer::Unavailable, EndReason::ConsentUnavailable),
    ] {
        let (mut session, _) = asked(&Fixture::new(), now);
        let effects = session.handle_answer(answer, now);
        assert!(ends_with(&effects, reason));
        assert!(session.permit().is_none());
    }
}

#[test]
fn a_yes_after_the_deadline_is_no() {
    let now = Instant::now();
    let (mut session, digest) = asked(&Fixture::new(), now);
    let answer = Answer::Allowed {
        digest,
        scopes: both(),
    };
    let effects = session.handle_answer(answer, now + CONSENT_WAIT);
    assert!(ends_with(&effects, EndReason::ConsentTimedOut));
}

#[test]
fn silence_at_the_question_is_no() {
    let now = Instant::now();
    let (mut session, _) = asked(&Fixture::new(), now);
    let until = now + CONSENT_WAIT;
    session.handle_message(
        Beat { nonce: 1 }.into(),
        None,
        until - Duration::from_secs(1),
    );
    assert_eq!(session.deadline(), Some(until));
    assert!(ends_with(
        &session.handle_time(until),
        EndReason::ConsentTimedOut
    ));
}

#[test]
fn a_grant_is_recorded_before_anybody_is_asked_and_works_once() {
    let now = Instant::now();
    let fixture = Fixture::new();
    for (recorded, reason) in [
        (Recorded::Before, EndReason::GrantUsed),
        (Recorded::Failed, EndReason::CannotRecord),
    ] {
        let mut session = HostSession::new(fixture.facts.clone(), fixture.viewer, now);
        session.handle_message(hello(&fixture), fixture.now, now);
        assert!(ends_with(&session.handle_recorded(recorded, now), reason));
    }
}

#[test]
fn a_second_hello_voids_the_question() {
    let now = Instant::now();
    let fixture = Fixture::new();
    let (mut session, digest) = asked(&fixture, now);
    let effects = session.handle_message(hello(&fixture), Some(NOW), now);
    assert!(matches!(effects[0], Effect::Withdraw));
    assert!(ends_with(&effects, EndReason::ProtocolViolation));
    let answer = Answer::Allowed {
        digest,
        scopes: both(),
    };
    assert!(session.handle_answer(answer, now).is_empty());
    assert!(session.permit().is_none());
}

#[test]
fn a_grant_for_another_session_is_burnt_and_refused() {
    let now = Instant::now();
    let mut fixture = Fixture::new();
    fixture.grant.session = crate::ids::SessionId(uuid::Uuid::from_u128(77));
    let mut session = HostSession::new(fixture.facts.clone(), fixture.viewer, now);
    let effects = session.handle_message(hello(&fixture), fixture.now, now);
    assert!(matches!(effects[..], [_, Effect::Record(_)]));
    let effects = session.handle_recorded(Recorded::First, now);
    assert!(ends_with(&effects, EndReason::GrantForOtherSession));
}

#[test]
fn a_flood_ends_the_session() {
    let now = Instant::now();
    let mut session = live(both(), now);
    for _ in 0..=MESSAGES_PER_SECOND {
        session.handle_message(Beat { nonce: 0 }.into(), None, now);
    }
    assert_eq!(session.ended(), Some(EndReason::ProtocolViolation));
    let mut session = live(both(), now);
    let mut sequence = 0;
    while session.ended().is_none() {
        sequence += 1;
        assert!(sequence < 1_000_000, "noticed in the end");
        session.handle_message(key(sequence, false), None, now);
    }
    assert_eq!(session.ended(), Some(EndReason::ProtocolViolation));
}

#[test]
fn only_a_surface_that_is_there_is_shown_and_pointed_at() {
    let now = Instant::now();
    let mut session = live(both(), now);
    let mut say = |message: Message| session.handle_message(message, None, now);
    let wish = |surface, beside: &[u32]| Show {
        surface,
        beside: beside.to_vec(),
        nothing: false,
    };
    let mut shown = |wish: Show| match &say(wish.into())[..] {
        [] => None,
        [Effect::Show(surfaces)] => Some(surfaces.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(shown(wish(2, &[])), Some(vec![2]));
    assert_eq!(shown(wish(1, &[])), None);
    assert_eq!(shown(wish(2, &[1, 0, 2])), Some(vec![2, 0]));
    assert_eq!(shown(wish(1, &[2])), Some(vec![2]));
    let nothing = Show {
        nothing: true,
        ..wish(2, &[0])
    };
    assert_eq!(shown(nothing), Some(Vec::new()));
    let mut broken = |surface| {
        let refresh = message::Refresh {
            surface,
            epoch: 3,
            video_only: true,
        };
        say(refresh.into())
    };
    assert!(matches!(
        broken(2)[..],
        [Effect::Refresh {
            surface: 2,
            epoch: 3,
            video_only: true
        }]
    ));
    assert!(broken(1).is_empty());
    let mut point = |sequence, surface| {
        let (x, y) = (99, 20);
        say(Pointer {
            sequence,
            surface,
            x,
            y,
        }
        .into())
    };
    let effects = point(1, 2);
    let there = Point { x: 49, y: 20 };
    assert!(
        matches!(&effects[..], [Effect::Apply(InputEvent::Move { surface: 2, at })] if *at == there),
        "{effects:?}"
    );
    assert!(point(2, 1).is_empty());
    session.set_surfaces(BTreeMap::new());
    assert!(
        session
            .handle_message(wish(2, &[]).into(), None, now)
            .is_empty()
    );
}

#[test]
fn no_more_surfaces_are_shown_than_a_host_can_bear() {
    let now = Instant::now();
    let mut session = live(both(), now);
    let all = 0..SURFACES_SHOWN as u32 + 3;
    session.set_surfaces(
        all.clone()
            .map(|id| (id, Size::new(50, 50).expect("valid")))
            .collect(),
    );
    let wish = Show {
        surface: 5,
        beside: all.cycle().take(10_000).collect(),
        nothing: false,
    };
    let effects = session.handle_message(wish.into(), None, now);
    assert!(
        matches!(&effects[..], [Effect::Show(shown)] if *shown == [5, 0, 1, 2]),
        "{effects:?}"
    );
}

#[test]
fn view_only_lets_no_input_through() {
    let now = Instant::now();
    let mut session = live(ScopeSet::of(&[Scope::View]), now);
    for message in [
        key(1, true),
        Pointer {
            sequence: 2,
            surface: 0,
            x: 1,
            y: 1,
        }
        .into(),
    ] {
        let effects = session.handle_message(message, None, now);
        assert!(matches!(effects[..], [Effect::Ignored(_)]), "{effects:?}");
    }
    assert_eq!(session.last_input(), 0);
}

/// Whether the host says something that nobody asked for, and does nothing else.
fn speaks(effects: &[Effect]) -> bool {
    matches!(effects, [Effect::Send(Message::BeatReply(_))])
}

#[test]
fn keys_of_a_silent_viewer_are_released() {
    let now = Instant::now();
    let mut session = live(both(), now);
    session.handle_message(key(1, true), None, now);
    let due = session.deadline().expect("a beat is expected");
    assert!(speaks(&session.handle_time(due)));
    let due = session.deadline().expect("a key is held");
    assert_eq!(due, now + BEAT_SILENCE);
    assert!(matches!(
        session.handle_time(due)[..],
        [Effect::ReleaseInput]
    ));
    assert!(session.handle_time(due).is_empty());
    assert!(ends_with(
        &session.handle_time(now + SESSION_IDLE),
        EndReason::LostContact
    ));
}

#[test]
fn a_host_speaks_once_in_every_silence_before_it_counts() {
    let start = Instant::now();
    let mut session = live(both(), start);
    for heard in [start, start + BEAT_SILENCE] {
        session.handle_message(Beat { nonce: 1 }.into(), None, heard);
        let due = session.deadline().expect("a beat is expected");
        assert!(due < heard + BEAT_SILENCE);
        assert!(session.handle_time(heard).is_empty());
        assert!(speaks(&session.handle_time(due)));
        assert!(session.handle_time(heard + BEAT_SILENCE).is_empty());
        assert_eq!(session.deadline(), Some(heard + SESSION_IDLE));
    }
}

#[test]
fn bye_releases_keys_and_ends_as_done() {
    let now = Instant::now();
    let mut session = live(both(), now);
    let effects = session.handle_message(Bye {}.into(), None, now);
    assert!(matches!(effects[0], Effect::ReleaseInput));
    assert!(ends_with(&effects, EndReason::ViewerLeft));
    assert!(
        session.handle_end(EndReason::Revoked).is_empty(),
        "it ends once"
    );
}

#[test]
fn a_session_without_its_lease_ends_after_the_grace() {
    let now = Instant::now();
    let mut session = live(both(), now);
    session.handle_lease(Duration::from_secs(3600), now);
    let mut at = now;
    while at < now + LEASE + LEASE_GRACE_ATTENDED {
        assert!(session.ended().is_none());
        session.handle_message(Beat { nonce: 0 }.into(), None, at);
        session.handle_time(at);
        at += Duration::from_secs(10);
    }
    assert!(ends_with(&session.handle_time(at), EndReason::LeaseExpired));
}

#[test]
fn unattended_needs_the_device_to_allow_it_and_has_no_grace() {
    let now = Instant::now();
    let mut fixture = Fixture::new();
    fixture.grant.consent = crate::grant::ConsentMode::Unattended;
    fixture.facts.floor.unattended_directory_alone = true;
    let mut session = HostSession::new(fixture.facts.clone(), fixture.viewer, now);
    session.handle_message(hello(&fixture), fixture.now, now);
    let effects = session.handle_recorded(Recorded::First, now);
    assert!(matches!(
        effects[..],
        [Effect::Send(Message::Started(_)), Effect::Start]
    ));
    session.handle_message(Beat { nonce: 0 }.into(), None, now + LEASE);
    assert!(ends_with(
        &session.handle_time(now + LEASE),
        EndReason::LeaseExpired
    ));
}

/// A message out of a small alphabet, or an event from the device's side.
#[derive(Clone, Debug)]
enum Act {
    Say(u8),
    Record(bool),
    Answer(u8),
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0u8..9).prop_map(Act::Say),
        any::<bool>().prop_map(Act::Record),
        (0u8..4).prop_map(Act::Answer),
        (0u16..20_000).prop_map(Act::Wait),
    ]
}

proptest! {
    /// Whatever a peer says in whatever order: nothing starts, moves or shows before the grant
    /// was recorded first and the person said yes to it; and nothing follows the end.
    #[test]
    fn nothing_happens_before_consent(acts in proptest::collection::vec(act(), 1..60)) {
        let fixture = Fixture::new();
        let mut now = Instant::now();
        let mut session = HostSession::new(fixture.facts.clone(), fixture.viewer, now);
        let (mut recorded, mut digest, mut consented, mut over) = (false, None, false, false);
        for act in acts {
            let effects = match act {
                Act::Say(n) => {
                    let message = match n {
                        0..=2 => hello(&fixture),
                        3 => key(u64::from(n), true),
                        4 => Beat { nonce: 1 }.into(),
                        5 => FrameAck { sequence: 1, ..FrameAck::default() }.into(),
                        6 => message::Refresh::default().into(),
                        7 => message::Started { scopes: vec!["view".into()] }.into(),
                        _ => Bye {}.into(),
                    };
                    session.handle_message(message, fixture.now, now)
                }
                Act::Record(ok) => {
                    let result = if ok { Recorded::First } else { Recorded::Before };
                    recorded |= ok;
                    session.handle_recorded(result, now)
                }
                Act::Answer(n) => {
                    let answer = match (n, digest) {
                        (0, Some(digest)) => {
                            consented = true;
                            Answer::Allowed { digest, scopes: both() }
                        }
                        (1, _) => Answer::TimedOut,
                        (2, _) => Answer::Unavailable,
                        _ => Answer::Refused,
                    };
                    session.handle_answer(answer, now)
                }
                Act::Wait(ms) => {
                    now += Duration::from_millis(u64::from(ms));
                    session.handle_time(now)
                }
            };
            for effect in &effects {
                prop_assert!(!over, "{effect:?} after the end");
                match effect {
                    Effect::Ask { digest: asked, .. } => {
                        prop_assert!(recorded);
                        digest = Some(*asked);
                    }
                    Effect::Start
                    | Effect::Apply(_)
                    | Effect::ReleaseInput
                    | Effect::Acknowledged(_)
                    | Effect::PutClipboard(_)
                    | Effect::SendClipboard(_)
                    | Effect::Show(_)
                    | Effect::Refresh { .. } => prop_assert!(recorded && consented),
                    Effect::End(_) => over = true,
                    Effect::Send(_) | Effect::Record(_) | Effect::Withdraw | Effect::Ignored(_) => {}
                }
            }
            prop_assert!(session.permit().is_none() || (recorded && consented));
        }
    }
}
