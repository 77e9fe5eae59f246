//! The way of frames and pointer shapes: from the connection to the decode thread, with a check
//! that each was announced, and from there into the shared picture.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use farpane_media::codec::CodecError;
use farpane_media::h264;
use farpane_media::surface::shown::Shown;
use farpane_media::surface::view::{Need, Paint, Verdict, View};
use farpane_protocol::geometry::Size;
use farpane_protocol::limits::SURFACES_SHOWN;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::wire::frame::FrameHeader;
use farpane_protocol::wire::message::CursorShape;
use farpane_transport::session::{Arrival, ControlReceiver, Session};
use tokio::sync::{mpsc, watch};

use super::ending::Ending;
use super::shared::{FrameFacts, Picture, Shared};

/// Frames that may wait for the decode thread: two pictures of three frames, which is what the
/// device sends without an acknowledgement where the path is short, and some. One that sends more
/// is slowed down by the connection's own flow control.
const TO_DECODE: usize = 8;

/// Sizes of a surface announced last that its frames may still have: after a change of size, frames of the old one
/// are still on their way.
const SIZES_KEPT: usize = 4;

/// How long a frame may wait for its size to be announced: the announcement travels on another
/// stream, and a lost packet may let a frame overtake it.
const ANNOUNCE_WAIT: Duration = Duration::from_secs(5);

/// Monitors of which is remembered what came: those that may be shown at a time, and a few that
/// were shown before. What comes of one that was forgotten is asked for anew.
const VIEWS: usize = SURFACES_SHOWN + 2;

/// The sizes that the device announced last for each surface, newest at the end.
pub(super) type Announced = BTreeMap<u32, VecDeque<Size>>;

/// Adds an announced size, forgetting the oldest of that surface.
pub(super) fn announce(announced: &mut Announced, surface: u32, size: Size) {
    let sizes = announced.entry(surface).or_default();
    sizes.retain(|known| *known != size);
    if sizes.len() == SIZES_KEPT {
        sizes.pop_front();
    }
    sizes.push_back(size);
}

/// What the session must know about what arrived.
#[derive(Debug)]
pub(super) enum FrameEvent {
    /// Bytes came.
    Heard,
    /// A pointer shape came.
    Cursor(CursorShape),
    /// A text of the device's clipboard begins.
    Clipboard(ControlReceiver),
    /// A frame was handled, and all before it.
    Handled {
        /// Which.
        sequence: u64,
        /// Of which surface.
        surface: u32,
        /// From its first byte to its last.
        span: Duration,
        /// When its last byte was here.
        whole: Instant,
        /// From then to the end of decoding.
        took: Duration,
        /// Whether it is to be seen.
        good: bool,
        /// What the device must be asked for, if anything.
        need: Option<Need>,
    },
    /// The device broke the rules, or the connection is gone.
    Over(EndReason),
}

/// A frame on its way to the decode thread.
pub(super) struct ToDecode {
    header: FrameHeader,
    payload: Bytes,
    first_byte: Instant,
    whole: Instant,
}

/// Takes frames and shapes off the connection until it is gone.
pub(super) async fn receive(
    session: Session,
    mut announced: watch::Receiver<Announced>,
    to_decode: mpsc::Sender<ToDecode>,
    events: mpsc::Sender<FrameEvent>,
) {
    loop {
        let event = match session.accept_uni().await {
            Ok(Arrival::Frame {
                header,
                payload,
                first_byte,
            }) => {
                let whole = Instant::now();
                if events.send(FrameEvent::Heard).await.is_err() {
                    return;
                }
                // What cannot be shown is not waited for: it is not announced to the picture.
                let is_announced = !h264::supports(header.size)
                    || was_announced(&mut announced, header.surface, header.size).await;
                if !is_announced {
                    FrameEvent::Over(EndReason::ProtocolViolation)
                } else {
                    let frame = ToDecode {
                        header,
                        payload,
                        first_byte,
                        whole,
                    };
                    if to_decode.send(frame).await.is_err() {
                        return;
                    }
                    continue;
                }
            }
            Ok(Arrival::Cursor(shape)) => FrameEvent::Cursor(shape),
            Ok(Arrival::Clipboard(stream)) => FrameEvent::Clipboard(stream),
            // Only a viewer sends input.
            Ok(Arrival::Input(_)) => FrameEvent::Over(EndReason::ProtocolViolation),
            Err(error) => FrameEvent::Over(Ending::from_session(&error)),
        };
        let over = matches!(event, FrameEvent::Over(_));
        if events.send(event).await.is_err() || over {
            return;
        }
    }
}

async fn was_announced(
    announced: &mut watch::Receiver<Announced>,
    surface: u32,
    size: Size,
) -> bool {
    let has_size = |sizes: &VecDeque<Size>| sizes.contains(&size);
    let known = announced.wait_for(|all| all.get(&surface).is_some_and(has_size));
    matches!(tokio::time::timeout(ANNOUNCE_WAIT, known).await, Ok(Ok(_)))
}

/// Starts the decode thread; it ends when the session's tasks are gone.
pub(super) fn start_decoding(
    shared: Arc<Shared>,
    events: mpsc::Sender<FrameEvent>,
) -> std::io::Result<mpsc::Sender<ToDecode>> {
    let (sender, mut frames) = mpsc::channel::<ToDecode>(TO_DECODE);
    std::thread::Builder::new()
        .name("decode".into())
        .spawn(move || {
            let mut views = Views::default();
            while let Some(frame) = frames.blocking_recv() {
                let event = handle(&mut views, &frame, &shared);
                if events.blocking_send(event).is_err() {
                    return;
                }
            }
        })?;
    Ok(sender)
}

/// What came of each monitor.
#[derive(Default)]
struct Views(BTreeMap<u32, Seen>);

/// What came of one monitor.
struct Seen {
    view: View,
    /// The number of its last frame.
    last: u64,
    /// The parts that came of a picture whose next part follows.
    begun: Option<FrameFacts>,
}

impl Views {
    /// All others hear that this frame is none of theirs.
    fn pass(&mut self, header: &FrameHeader) {
        for (other, seen) in &mut self.0 {
            if *other != header.surface {
                seen.view.passed(header.sequence);
            }
        }
    }

    /// The view that a frame is for. The one that had no frame for the longest time makes room for
    /// it, and its picture goes, too.
    fn of(&mut self, header: &FrameHeader, shared: &Shared) -> Result<&mut Seen, CodecError> {
        let (surface, sequence) = (header.surface, header.sequence);
        let known = self.0.get(&surface);
        if known.is_none_or(|seen| seen.view.size() != header.size) {
            self.0.remove(&surface);
            if self.0.len() == VIEWS {
                let oldest = self.0.iter().min_by_key(|(_, seen)| seen.last);
                let oldest = oldest.map(|(surface, _)| *surface);
                if let Some(surface) = oldest {
                    self.0.remove(&surface);
                    shared.forget(surface);
                }
            }
        }
        let seen = match self.0.entry(surface) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(Seen {
                view: View::new(header.size)?,
                last: 0,
                begun: None,
            }),
        };
        seen.last = sequence;
        Ok(seen)
    }
}

/// Takes one frame and paints it into the shared picture of its monitor.
fn handle(views: &mut Views, frame: &ToDecode, shared: &Shared) -> FrameEvent {
    let (size, sequence) = (frame.header.size, frame.header.sequence);
    let surface = frame.header.surface;
    views.pass(&frame.header);
    if !h264::supports(size) {
        // Its surface grew while it was shown, and the device was asked for another one. Handled it
        // is: the device sends no more before it hears so.
        return handled(frame, false, None);
    }
    let Ok(Seen { view, begun, .. }) = views.of(&frame.header, shared) else {
        return FrameEvent::Over(EndReason::ProtocolViolation);
    };
    let verdict = view.take(&frame.header, &frame.payload);
    let facts = facts(frame, begun.take());
    let (good, need) = match verdict {
        // Nothing is to be seen yet: the rest of the picture follows.
        Verdict::Good(Paint::Part) => {
            *begun = Some(facts);
            (false, None)
        }
        Verdict::Good(paint) => {
            let shared = shared.of(surface);
            let when = shared.conversion();
            shared.update_picture(|picture| {
                let picture = match picture {
                    Some(picture) if picture.pixels.size() == size => picture,
                    other => other.insert(Picture {
                        surface,
                        pixels: Shown::new(size),
                        damage: vec![size.rect()],
                        frames: Vec::new(),
                    }),
                };
                let rects = view.show(paint, &mut picture.pixels, when);
                let decoded = Instant::now();
                picture.add(&rects, FrameFacts { decoded, ..facts });
            });
            (true, None)
        }
        Verdict::Ask(need, fault) => {
            tracing::debug!(%fault, sequence, "a frame cannot be used");
            (false, Some(need))
        }
        Verdict::Skipped => (false, None),
    };
    handled(frame, good, need)
}

fn handled(frame: &ToDecode, good: bool, need: Option<Need>) -> FrameEvent {
    FrameEvent::Handled {
        sequence: frame.header.sequence,
        surface: frame.header.surface,
        span: frame.whole - frame.first_byte,
        whole: frame.whole,
        took: frame.whole.elapsed(),
        good,
        need,
    }
}

/// What is to be told of a frame and the parts of its picture before it, as if it had come whole:
/// all of it then began to travel when it was coded to the end.
fn facts(frame: &ToDecode, begun: Option<FrameFacts>) -> FrameFacts {
    let header = &frame.header;
    let encode = Duration::from_micros(header.encode_us.into());
    let (mut bytes, mut first_byte) = (frame.payload.len(), frame.first_byte);
    if let Some(begun) = begun {
        bytes += begun.bytes;
        let coded = begun.first_byte + encode.saturating_sub(begun.encode);
        first_byte = first_byte.min(coded);
    }
    FrameFacts {
        sequence: header.sequence,
        input_sequence: header.input_sequence,
        bytes,
        capture: Duration::from_micros(header.capture_us.into()),
        encode,
        first_byte,
        whole: frame.whole,
        decoded: Instant::now(),
        captured_us: header.captured_us,
    }
}

#[cfg(test)]
mod tests {
    use farpane_media::codec::{EncoderSettings, VideoEncoder as _};
    use farpane_media::h264::H264Encoder;
    use farpane_media::picture::I420Picture;
    use farpane_protocol::wire::frame::Coding;

    use super::*;

    fn size(width: u32) -> Size {
        Size::new(width, 64).expect("valid")
    }

    fn encoded(size: Size, sequence: u64) -> ToDecode {
        let mut encoder =
            H264Encoder::new(EncoderSettings::new(size, 1_000_000, 30)).expect("encoder");
        let mut payload = Vec::new();
        let info = encoder
            .encode(&I420Picture::new(size), size.rect(), true, &mut payload)
            .expect("encodes");
        let header = FrameHeader {
            coding: Coding::H264,
            surface: 0,
            sequence,
            key: info.key,
            reset: true,
            more: false,
            size,
            input_sequence: 3,
            captured_us: 7,
            capture_us: 1000,
            encode_us: 2000,
            payload: payload.len() as u32,
            epoch: 1,
            rects: Vec::new(),
        };
        let now = Instant::now();
        ToDecode {
            header,
            payload: payload.into(),
            first_byte: now,
            whole: now,
        }
    }

    #[test]
    fn a_frame_becomes_the_shared_picture_and_a_new_size_replaces_it() {
        let shared = Shared::new(Instant::now(), || {});
        let mut views = Views::default();
        for (width, sequence) in [(64, 1), (96, 2)] {
            let event = handle(&mut views, &encoded(size(width), sequence), &shared);
            let FrameEvent::Handled {
                sequence: handled,
                good: true,
                need: None,
                ..
            } = event
            else {
                panic!("{event:?}");
            };
            assert_eq!(handled, sequence);
            shared.with_picture(|picture| {
                let picture = picture.as_ref().expect("there is one");
                assert_eq!(picture.pixels.size(), size(width));
                assert!(picture.damage.contains(&size(width).rect()));
                assert_eq!(picture.frames.len(), 1);
            });
        }
    }

    #[test]
    fn monitors_that_take_turns_have_a_picture_each_and_nothing_is_asked_anew() {
        let shared = Shared::new(Instant::now(), || {});
        let mut views = Views::default();
        let encoder = |width| {
            let settings = EncoderSettings::new(size(width), 1_000_000, 30);
            H264Encoder::new(settings).expect("encoder")
        };
        let mut encoders = [encoder(64), encoder(96)];
        for (sequence, surface) in [(1, 0), (2, 1), (3, 0), (4, 0), (5, 1), (6, 0)] {
            let encoder = &mut encoders[surface];
            let width = if surface == 0 { 64 } else { 96 };
            let mut payload = Vec::new();
            let info = encoder
                .encode(
                    &I420Picture::new(size(width)),
                    size(width).rect(),
                    sequence < 3,
                    &mut payload,
                )
                .expect("encodes");
            let mut frame = encoded(size(width), sequence);
            (frame.header.key, frame.header.reset) = (info.key, info.key);
            frame.header.surface = surface as u32;
            frame.payload = payload.into();
            let event = handle(&mut views, &frame, &shared);
            let FrameEvent::Handled {
                good: true,
                need: None,
                ..
            } = event
            else {
                panic!("{event:?}");
            };
        }
        for (surface, width, newest) in [(0, 64, 6), (1, 96, 5)] {
            let shared = shared.of(surface);
            let seen = shared.with_picture(|p| p.as_ref().map(|p| (p.surface, p.pixels.size())));
            assert_eq!(seen, Some((surface, size(width))));
            assert_eq!(shared.newest(), newest);
        }
        assert_eq!(shared.newest_of_all(), 6);
    }

    #[test]
    fn a_device_that_shows_ever_other_monitors_is_remembered_within_bounds() {
        let shared = Shared::new(Instant::now(), || {});
        let mut views = Views::default();
        for sequence in 1..40u64 {
            let mut frame = encoded(size(64), sequence);
            frame.header.surface = (sequence % 16) as u32;
            handle(&mut views, &frame, &shared);
            assert!(views.0.len() <= VIEWS);
            assert!(views.0.contains_key(&frame.header.surface));
            let has_picture = |surface: &u32| shared.of(*surface).with_picture(|p| p.is_some());
            // One more for the window that `shared` belongs to.
            assert!((0..16).filter(has_picture).count() <= VIEWS + 1);
        }
    }

    #[test]
    fn a_frame_that_cannot_be_decoded_leaves_no_picture() {
        let shared = Shared::new(Instant::now(), || {});
        let mut frame = encoded(size(64), 1);
        frame.payload = Bytes::from_static(&[0, 0, 0, 1, 0x65, 0xff]);
        let event = handle(&mut Views::default(), &frame, &shared);
        assert!(matches!(
            event,
            FrameEvent::Handled {
                good: false,
                need: Some(_),
                ..
            }
        ));
        assert!(shared.with_picture(|picture| picture.is_none()));
    }

    #[test]
    fn only_the_last_announced_sizes_are_known() {
        let mut sizes = Announced::new();
        for width in [10, 20, 30, 10, 40, 50] {
            announce(&mut sizes, 2, size(width));
        }
        announce(&mut sizes, 0, size(60));
        assert_eq!(sizes[&2], [size(30), size(10), size(40), size(50)]);
        assert_eq!(sizes[&0], [size(60)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_frame_may_overtake_its_announcement_but_not_do_without() {
        let (tell, mut announced) = watch::channel(Announced::new());
        let late = async {
            tokio::time::sleep(ANNOUNCE_WAIT / 2).await;
            tell.send_modify(|sizes| announce(sizes, 1, size(64)));
        };
        let (known, ()) = tokio::join!(was_announced(&mut announced, 1, size(64)), late);
        assert!(known);
        assert!(!was_announced(&mut announced, 1, size(65)).await);
        assert!(!was_announced(&mut announced, 0, size(64)).await);
    }
}
