//! The picture at the technician's is the picture at the device, exactly, once the screen is
//! quiet: whatever was drawn, lost, held back or damaged on the way.

use std::time::Duration;

use farpane_media::codec::EncoderSettings;
use farpane_media::picture::BgraPicture;
use farpane_media::surface::sender::Sender;
use farpane_media::surface::shown::{Conversion, Shown};
use farpane_media::surface::video::VideoPlane;
use farpane_media::surface::view::{Need, Verdict, View};
use farpane_protocol::geometry::{Rect, Size};
use farpane_protocol::wire::frame::{Coding, FrameHeader};
use proptest::prelude::*;

const WIDTH: u32 = 330;
const HEIGHT: u32 = 270;
const OPAQUE: u32 = 0xff00_0000;

fn size() -> Size {
    Size::new(WIDTH, HEIGHT).expect("valid")
}

/// The device: a screen that is drawn on, and both planes of it.
struct Device {
    screen: BgraPicture,
    damage: Vec<Rect>,
    sender: Sender,
    video: VideoPlane,
    sequence: u64,
    now: Duration,
}

type Frame = (FrameHeader, Vec<u8>);

impl Device {
    fn new() -> Self {
        let mut screen = BgraPicture::new(size());
        screen.as_pixels_mut().fill(OPAQUE);
        Self {
            screen,
            damage: vec![size().rect()],
            sender: Sender::new(size(), 1),
            video: VideoPlane::new(EncoderSettings {
                threads: 1, // two bands of this size, which come one after the other
                in_parts: true,
                ..EncoderSettings::new(size(), 4_000_000, 30)
            }),
            sequence: 0,
            now: Duration::from_secs(1),
        }
    }

    fn draw(&mut self, act: &Act) {
        let Act { rect, how, .. } = *act;
        let seed = u32::from(how.seed()) + 1;
        if let How::Scroll(dx, dy) = how {
            let to = moved(rect, dx, dy);
            let from = moved(rect, 0, 0);
            if let (Some(from), Some(to)) = (from, to) {
                let before = self.screen.clone();
                for (y, x) in pixels(to) {
                    let (x0, y0) = (x + from.x - to.x, y + from.y - to.y);
                    self.set(x, y, before.as_pixels()[(y0 * WIDTH + x0) as usize]);
                }
                self.damage.push(to);
            }
            return;
        }
        let rect = rect.intersect(size().rect()).expect("begins on the screen");
        let mut noise = seed;
        for (y, x) in pixels(rect) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let colour = match how {
                How::Fill(_) | How::Scroll(..) => seed.wrapping_mul(0x00a3_b1c7),
                How::Text(_) => [0x00ff_ffff, 0x0020_2020][usize::from(noise >> 29 == 0)],
                How::Photo(_) => noise >> 8,
            };
            self.set(x, y, colour & !OPAQUE | OPAQUE);
        }
        self.damage.push(rect);
    }

    fn set(&mut self, x: u32, y: u32, colour: u32) {
        self.screen.as_pixels_mut()[(y * WIDTH + x) as usize] = colour;
    }

    fn capture(&mut self, out: &mut Vec<Frame>) {
        let damage = std::mem::take(&mut self.damage);
        let plan = self.sender.plan(&self.screen, &damage, self.now);
        let mut reset = plan.reset;
        if let Some(payload) = plan.tiles {
            let header = self.header(Coding::Tiles, std::mem::take(&mut reset), &payload);
            out.push((header, payload));
        }
        if !plan.video.is_empty() {
            let mut payload = Vec::new();
            self.video.show(&self.screen, &plan.video);
            let mut info = self.video.encode(&mut payload).expect("encodes");
            loop {
                let mut header = self.header(Coding::H264, std::mem::take(&mut reset), &payload);
                (header.key, header.more) = (info.key, info.more);
                header.rects = info.within(&plan.video);
                out.push((header, payload.clone()));
                if !info.more {
                    break;
                }
                info = self.video.encode_rest(&mut payload).expect("encodes");
            }
        }
        self.sender.settle(&self.screen);
    }

    fn refresh(&mut self, bytes: usize, out: &mut Vec<Frame>) -> bool {
        let Some(step) = self.sender.refresh(bytes, self.now) else {
            return false;
        };
        let header = self.header(Coding::Tiles, false, &step.payload);
        out.push((header, step.payload));
        true
    }

    fn header(&mut self, coding: Coding, reset: bool, payload: &[u8]) -> FrameHeader {
        self.sequence += 1;
        FrameHeader {
            coding,
            surface: 0,
            sequence: self.sequence,
            key: false,
            reset,
            more: false,
            size: size(),
            input_sequence: 0,
            captured_us: 0,
            capture_us: 0,
            encode_us: 0,
            payload: payload.len() as u32,
            epoch: self.sender.epoch(),
            rects: Vec::new(),
        }
    }

    fn hear(&mut self, need: Need) {
        if need.epoch != self.sender.epoch() {
            return;
        }
        self.video.begin_anew();
        if need.video_only {
            self.sender.lose_video();
        } else {
            self.sender.begin_anew();
        }
    }
}

/// The technician's side.
struct Viewer {
    view: View,
    picture: Shown,
}

impl Viewer {
    fn take(&mut self, (header, payload): &Frame) -> Option<Need> {
        match self.view.take(header, payload) {
            Verdict::Good(paint) => {
                // As if the way to present changed all the time.
                let when = match header.sequence % 3 {
                    0 => Conversion::Now,
                    _ => Conversion::Later,
                };
                let changed = self.view.show(paint, &mut self.picture, when);
                assert!(changed.iter().all(|rect| rect.fits(size())));
                None
            }
            Verdict::Ask(need, _) => Some(need),
            Verdict::Skipped => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum How {
    Fill(u8),
    Text(u8),
    Photo(u8),
    Scroll(i32, i32),
}

impl How {
    fn seed(self) -> u8 {
        match self {
            Self::Fill(seed) | Self::Text(seed) | Self::Photo(seed) => seed,
            Self::Scroll(..) => 0,
        }
    }
}

/// What becomes of the frames of a step.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrive,
    Lose,
    Swap,
    Cut,
    Twice,
}

#[derive(Clone, Copy, Debug)]
struct Act {
    rect: Rect,
    how: How,
    fate: Fate,
    pause_ms: u64,
}

fn act() -> impl Strategy<Value = Act> {
    let rect = (0..WIDTH, 0..HEIGHT, 1..WIDTH, 1..HEIGHT).prop_map(|(x, y, width, height)| Rect {
        x,
        y,
        width,
        height,
    });
    let how = prop_oneof![
        (0u8..5).prop_map(How::Fill),
        (0u8..5).prop_map(How::Text),
        (0u8..5).prop_map(How::Photo),
        (-40i32..40, -40i32..40).prop_map(|(dx, dy)| How::Scroll(dx, dy)),
    ];
    let fate = prop_oneof![
        12 => Just(Fate::Arrive),
        1 => Just(Fate::Lose),
        1 => Just(Fate::Swap),
        1 => Just(Fate::Cut),
        1 => Just(Fate::Twice),
    ];
    (rect, how, fate, 1u64..150).prop_map(|(rect, how, fate, pause_ms)| Act {
        rect,
        how,
        fate,
        pause_ms,
    })
}

fn pixels(rect: Rect) -> impl Iterator<Item = (u32, u32)> {
    (rect.y..rect.bottom()).flat_map(move |y| (rect.x..rect.right()).map(move |x| (y, x)))
}

/// The rectangle cut so that it and its target lie on the screen.
fn moved(rect: Rect, dx: i32, dy: i32) -> Option<Rect> {
    let rect = rect.intersect(size().rect())?;
    Some(Rect {
        x: rect.x.checked_add_signed(dx)?,
        y: rect.y.checked_add_signed(dy)?,
        ..rect
    })
    .filter(|rect| rect.fits(size()))
}

fn meet_fate(fate: Fate, frames: &mut Vec<Frame>) {
    match fate {
        Fate::Arrive => {}
        Fate::Lose => drop(frames.pop()),
        Fate::Swap => frames.reverse(),
        Fate::Cut => {
            if let Some((_, payload)) = frames.last_mut() {
                payload.truncate(payload.len() / 2);
            }
        }
        Fate::Twice => frames.extend(frames.last().cloned()),
    }
}

fn run(acts: &[Act], limit: usize) {
    let mut device = Device::new();
    device.sender.set_limit(limit);
    let mut viewer = Viewer {
        view: View::new(size()).expect("a view"),
        picture: Shown::new(size()),
    };
    let mut needs = Vec::new();
    for act in acts {
        device.draw(act);
        device.now += Duration::from_millis(act.pause_ms);
        // What the viewer said comes a step later.
        for need in std::mem::take(&mut needs) {
            device.hear(need);
        }
        let mut frames = Vec::new();
        device.capture(&mut frames);
        device.refresh(20_000, &mut frames);
        meet_fate(act.fate, &mut frames);
        needs.extend(frames.iter().filter_map(|frame| viewer.take(frame)));
    }
    // Everything arrives from now on. A loss is noticed by what follows it, so something must.
    let dot = Rect {
        x: 3,
        y: 3,
        width: 1,
        height: 1,
    };
    for colour in 0..4 {
        device.set(3, 3, OPAQUE | colour);
        device.damage.push(dot);
        for need in std::mem::take(&mut needs) {
            device.hear(need);
        }
        let mut frames = Vec::new();
        device.capture(&mut frames);
        needs.extend(frames.iter().filter_map(|frame| viewer.take(frame)));
    }
    assert_eq!(needs, [], "nothing is asked for without end");
    while device.sender.is_behind() {
        let mut frames = Vec::new();
        device.capture(&mut frames);
        frames
            .iter()
            .for_each(|frame| assert_eq!(viewer.take(frame), None));
    }
    device.now += Duration::from_millis(111);
    let mut frames = Vec::new();
    while device.refresh(30_000, &mut frames) {}
    frames
        .iter()
        .for_each(|frame| assert_eq!(viewer.take(frame), None));
    assert_eq!(device.sender.next_refresh(), None);
    let (near, far) = (
        viewer.picture.pixels().as_pixels(),
        device.screen.as_pixels(),
    );
    let wrong = near.iter().zip(far).position(|(a, b)| a != b);
    assert_eq!(wrong.map(|at| (at as u32 % WIDTH, at as u32 / WIDTH)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn once_quiet_the_pictures_are_the_same(
        acts in proptest::collection::vec(act(), 1..25),
        // What a narrow path carries at a time, or all.
        limit in prop_oneof![Just(2_000), Just(20_000), Just(usize::MAX)],
    ) {
        run(&acts, limit);
    }
}

fn whole(how: How) -> Act {
    Act {
        rect: size().rect(),
        how,
        fate: Fate::Arrive,
        pause_ms: 30,
    }
}

/// What the frames of a device cost, by plane.
fn cost(frames: &[Frame]) -> (usize, usize) {
    let of = |coding| {
        let frames = frames.iter().filter(|(header, _)| header.coding == coding);
        frames.map(|(_, payload)| payload.len()).sum()
    };
    (of(Coding::Tiles), of(Coding::H264))
}

#[test]
fn text_goes_exactly_at_once_and_a_letter_costs_next_to_nothing() {
    let mut device = Device::new();
    device.draw(&whole(How::Text(1)));
    let mut frames = Vec::new();
    device.capture(&mut frames);
    assert_eq!(cost(&frames).1, 0, "no video for text");
    assert_eq!(device.sender.next_refresh(), None, "all is exact");
    let letter = Rect {
        x: 100,
        y: 100,
        width: 7,
        height: 13,
    };
    device.draw(&Act {
        rect: letter,
        ..whole(How::Text(2))
    });
    frames.clear();
    device.capture(&mut frames);
    assert_eq!(frames.len(), 1);
    assert!(cost(&frames).0 < 60, "{:?}", cost(&frames));
}

#[test]
fn a_repeated_picture_is_one_tile_and_what_comes_after_is_nothing() {
    let mut device = Device::new();
    device.draw(&whole(How::Text(1)));
    device.capture(&mut Vec::new());
    let mut frames = Vec::new();
    device.capture(&mut frames);
    assert_eq!(frames.len(), 0, "nothing changed");
    device.sender.repeat();
    device.capture(&mut frames);
    assert_eq!(frames.len(), 1);
    assert!(cost(&frames).0 < 1000, "{:?}", cost(&frames));
    frames.clear();
    device.capture(&mut frames);
    assert_eq!(frames.len(), 0);
}

#[test]
fn a_film_goes_by_the_video_alone_and_a_still_becomes_exact_in_steps() {
    let mut device = Device::new();
    device.capture(&mut Vec::new());
    for seed in 0..8 {
        device.draw(&whole(How::Photo(seed)));
        device.now += Duration::from_millis(33);
        let mut frames = Vec::new();
        device.capture(&mut frames);
        assert_eq!(cost(&frames).0, 0, "frame {seed}");
        assert!(!device.refresh(20_000, &mut frames), "it moves still");
    }
    device.now += Duration::from_millis(111);
    let mut frames = Vec::new();
    while device.refresh(20_000, &mut frames) {}
    assert!(frames.len() > 5, "paced, not at once");
}

#[test]
fn what_becomes_quiet_again_and_again_does_not_keep_the_rest_from_becoming_exact() {
    let mut device = Device::new();
    let mut viewer = Viewer {
        view: View::new(size()).expect("a view"),
        picture: Shown::new(size()),
    };
    let mut frames = Vec::new();
    device.draw(&whole(How::Photo(1)));
    device.capture(&mut frames);
    let slides = Rect {
        height: HEIGHT / 2,
        ..size().rect()
    };
    for seed in 2..40 {
        device.draw(&Act {
            rect: slides,
            ..whole(How::Photo(seed))
        });
        device.capture(&mut frames);
        device.now += Duration::from_millis(250);
        // Two steps, where the slides alone are worth more.
        device.refresh(20_000, &mut frames);
        device.refresh(20_000, &mut frames);
    }
    for frame in &frames {
        assert!(viewer.take(frame).is_none());
    }
    let picture = viewer.picture.pixels();
    let last_row = (HEIGHT as usize - 1) * WIDTH as usize;
    let [here, there] = [picture, &device.screen].map(|one| &one.as_pixels()[last_row..]);
    assert!(here == there, "the slides above kept it waiting");
}

#[test]
fn a_film_is_over_when_its_next_picture_is_late() {
    // Milliseconds between the pictures; whether it is quiet after so many more; whether it is after that.
    for (pauses, not_yet, over) in [
        ([17; 20], 59, 60),
        ([33; 20], 69, 70),
        // One that comes late now and then is waited for.
        (
            [
                33, 33, 33, 33, 60, 33, 33, 33, 33, 33, 33, 33, 33, 33, 60, 33, 33, 33, 33, 33,
            ],
            70,
            100,
        ),
        ([100; 20], 109, 110),
    ] {
        let mut device = Device::new();
        device.capture(&mut Vec::new());
        for (seed, pause) in (0..).zip(pauses) {
            device.now += Duration::from_millis(pause);
            device.draw(&whole(How::Photo(seed)));
            device.capture(&mut Vec::new());
        }
        let last = device.now;
        for (after, is_over) in [(not_yet, false), (over, true)] {
            device.now = last + Duration::from_millis(after);
            let went = device.refresh(20_000, &mut Vec::new());
            assert_eq!(went, is_over, "{after} ms after pauses of {pauses:?}");
        }
    }
}

#[test]
fn a_scroll_is_told_as_a_move_and_a_screen_that_comes_back_by_its_tiles_names() {
    let mut device = Device::new();
    device.draw(&whole(How::Text(1)));
    let mut frames = Vec::new();
    device.capture(&mut frames);
    let all = cost(&frames).0;
    device.draw(&whole(How::Scroll(0, 0)));
    let up = Act {
        rect: Rect {
            x: 0,
            y: 16,
            width: WIDTH,
            height: HEIGHT - 16,
        },
        ..whole(How::Scroll(0, -16))
    };
    device.draw(&up);
    frames.clear();
    device.capture(&mut frames);
    assert!(cost(&frames).0 < 60, "{:?}", cost(&frames));

    let first = device.screen.clone();
    device.now += Duration::from_secs(1);
    device.draw(&whole(How::Text(3)));
    device.capture(&mut Vec::new());
    device.now += Duration::from_secs(1);
    device.draw(&whole(How::Text(4)));
    device.capture(&mut Vec::new());
    device.now += Duration::from_secs(1);
    device.draw(&whole(How::Text(3)));
    frames.clear();
    device.capture(&mut frames);
    // Whole tiles are named; those cut by the edge are sent.
    assert!(cost(&frames).0 < all / 2, "{:?} of {all}", cost(&frames));
    assert_ne!(first.as_pixels(), device.screen.as_pixels());
}

#[test]
fn lost_video_is_sent_again_without_new_damage_and_text_is_not() {
    let mut device = Device::new();
    let half = |x, how| Act {
        rect: Rect {
            x,
            y: 0,
            width: 128,
            height: HEIGHT,
        },
        ..whole(how)
    };
    device.draw(&half(0, How::Text(1)));
    device.draw(&half(128, How::Photo(1)));
    let mut first = Vec::new();
    device.capture(&mut first);
    let [tiles, video] = &first[..] else {
        panic!("both planes: {}", first.len());
    };
    assert_eq!(tiles.0.coding, Coding::Tiles);
    let mut frames = Vec::new();
    device.capture(&mut frames);
    assert_eq!(frames.len(), 0, "nothing changed");
    device.hear(Need {
        epoch: 1,
        video_only: true,
    });
    device.capture(&mut frames);
    let [again] = &frames[..] else {
        panic!("only the video: {}", frames.len());
    };
    assert!(again.0.key && !again.0.reset);
    assert_eq!(again.0.rects, video.0.rects);
}
