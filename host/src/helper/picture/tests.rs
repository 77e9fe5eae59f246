//! The thread before a screen in memory: what a viewer of several monitors gets of it, and what it
//! does not get.

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use farpane_media::picture::BgraPicture;
use farpane_media::surface::view::{Verdict, View};
use farpane_protocol::geometry::{Point, Rect, Size};
use farpane_protocol::wire::frame::FrameHeader;

use super::*;
use crate::ipc::Received;
use crate::platform::headless::Headless;
use crate::platform::{CursorShape, Damage, Monitor, Platform as _, PlatformError, Wake, Waker};

/// How long anything may take that must happen.
const STEP: Duration = Duration::from_secs(20);

const LEFT: Rect = Rect {
    x: 0,
    y: 0,
    width: 640,
    height: 600,
};
const RIGHT: Rect = Rect {
    x: 640,
    y: 100,
    width: 320,
    height: 400,
};

fn monitor(name: &str, part: Rect) -> Monitor {
    Monitor {
        name: name.into(),
        place: Point {
            x: part.x as i32,
            y: part.y as i32,
        },
        size: Size::new(part.width, part.height).expect("valid"),
    }
}

/// What a viewer has of one surface.
struct Seen {
    view: View,
    picture: BgraPicture,
    bytes: usize,
}

/// The thread, the screen before it, and a viewer that handles everything at once.
struct Stage {
    screen: Headless,
    thread: PictureThread,
    from: tokio::net::UnixStream,
    seen: BTreeMap<u32, Seen>,
    /// The surfaces of the last frames, in order.
    order: Vec<u32>,
}

/// A capture before whose reads something happens.
struct Before<Act> {
    capture: Box<dyn Capture>,
    /// Knows the extent of what will be read.
    act: Act,
}

impl<Act: FnMut(Size) + Send> Capture for Before<Act> {
    fn monitors(&self) -> &[Monitor] {
        self.capture.monitors()
    }

    fn watch(&mut self, monitors: &[Option<&str>]) {
        self.capture.watch(monitors);
    }

    fn size(&self, at: usize) -> Size {
        self.capture.size(at)
    }

    fn wait(&mut self, deadline: Option<Instant>, waker: &Waker) -> Result<Wake, PlatformError> {
        self.capture.wait(deadline, waker)
    }

    fn grab(&mut self, at: usize, picture: &mut BgraPicture) -> Result<Damage, PlatformError> {
        (self.act)(self.capture.size(at));
        self.capture.grab(at, picture)
    }

    fn has_missed(&self, at: usize) -> bool {
        self.capture.has_missed(at)
    }

    fn cursor(&mut self) -> Result<Option<CursorShape>, PlatformError> {
        self.capture.cursor()
    }

    fn pointer(&mut self) -> Result<Option<Point>, PlatformError> {
        self.capture.pointer()
    }
}

impl Stage {
    /// A session before two monitors has begun.
    fn start() -> Self {
        let screen = Headless::open().expect("opens");
        let capture = screen.capture().expect("a capture");
        Self::before(screen, capture)
    }

    fn before(screen: Headless, capture: Box<dyn Capture>) -> Self {
        screen.set_monitors(vec![monitor("left", LEFT), monitor("right", RIGHT)]);
        let (up, from) = UnixStream::pair().expect("a pair");
        from.set_nonblocking(true).expect("a socket");
        let upward = Upward(Arc::new(Mutex::new(up)));
        let thread = PictureThread::start(capture, upward).expect("starts");
        thread.start_session(1);
        Self {
            screen,
            thread,
            from: tokio::net::UnixStream::from_std(from).expect("a socket"),
            seen: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    /// Takes what comes next, and says so.
    async fn take(&mut self) -> Received {
        let next = tokio::time::timeout(STEP, ipc::read(&mut self.from)).await;
        let received = next.expect("something comes").expect("the thread lives");
        if let Received::Frame(_, header, payload) = &received {
            self.frame(header, payload);
            let sequence = header.sequence;
            self.thread.acknowledged(Handled {
                sequence,
                ..Handled::default()
            });
        }
        received
    }

    fn frame(&mut self, header: &FrameHeader, payload: &[u8]) {
        self.order.push(header.surface);
        let known = self.seen.get(&header.surface);
        if known.is_none_or(|seen| seen.view.size() != header.size) {
            let seen = Seen {
                view: View::new(header.size).expect("a view"),
                picture: BgraPicture::new(header.size),
                bytes: 0,
            };
            self.seen.insert(header.surface, seen);
        }
        for (surface, seen) in &mut self.seen {
            if *surface != header.surface {
                seen.view.passed(header.sequence);
                continue;
            }
            seen.bytes += payload.len();
            let Verdict::Good(paint) = seen.view.take(header, payload) else {
                panic!(
                    "frame {} of surface {surface} does not follow",
                    header.sequence
                );
            };
            seen.view.paint(paint, &mut seen.picture);
        }
    }

    /// Goes on until the viewer sees these surfaces as they are.
    async fn until_exact(&mut self, wanted: &[(u32, Rect)]) {
        loop {
            let mut exact = true;
            for (surface, part) in wanted {
                let mut whole = self.screen.capture().expect("a capture");
                whole.watch(&[(*part == RIGHT).then_some("right")]);
                let mut there = BgraPicture::new(whole.size(0));
                whole.grab(0, &mut there).expect("grab");
                let here = self.seen.get(surface).map(|seen| seen.picture.as_pixels());
                exact &= here == Some(there.as_pixels());
            }
            if exact {
                return;
            }
            self.take().await;
        }
    }

    fn paint(&self, part: Rect, at: u32, colour: u32) {
        let rect = Rect {
            x: part.x + at,
            y: part.y + at,
            width: 40,
            height: 30,
        };
        self.screen.paint(rect, colour);
    }

    fn bytes(&self, surface: u32) -> usize {
        self.seen.get(&surface).map_or(0, |seen| seen.bytes)
    }
}

#[tokio::test]
async fn two_monitors_are_shown_exactly_and_the_one_without_focus_is_not_forgotten() {
    let mut stage = Stage::start();
    stage.paint(LEFT, 7, 0x0011_2233);
    stage.until_exact(&[(0, LEFT)]).await;
    assert_eq!(stage.bytes(1), 0, "nobody asked for it");
    stage.thread.show(vec![1, 0]);
    stage.paint(RIGHT, 9, 0x0044_5566);
    stage.until_exact(&[(0, LEFT), (1, RIGHT)]).await;
    for round in 0..30 {
        stage.paint(LEFT, round * 3, 0x0001_0203 * round);
        stage.paint(RIGHT, round * 2, 0x0003_0201 * round);
        if round % 7 == 0 {
            stage.until_exact(&[(0, LEFT), (1, RIGHT)]).await;
        }
    }
    stage.until_exact(&[(0, LEFT), (1, RIGHT)]).await;
}

#[tokio::test]
async fn what_comes_up_with_another_monitor_is_shown_without_more() {
    let screen = Headless::open().expect("opens");
    let (drawn, mut colours) = (screen.clone(), 0x0011_2200..);
    let capture = Box::new(Before {
        capture: screen.capture().expect("a capture"),
        act: move |size: Size| {
            if size.width() == LEFT.width {
                drawn.paint(RIGHT, colours.next().expect("endless"));
            }
        },
    });
    let mut stage = Stage::before(screen, capture);
    stage.thread.show(vec![0, 1]);
    for round in 0..5 {
        stage.until_exact(&[(0, LEFT), (1, RIGHT)]).await;
        stage.paint(LEFT, 7, 0x0051_0000 + round);
    }
    stage.until_exact(&[(0, LEFT), (1, RIGHT)]).await;
}

#[tokio::test]
async fn a_panic_is_told_so_that_another_helper_takes_over() {
    let screen = Headless::open().expect("opens");
    let capture = Box::new(Before {
        capture: screen.capture().expect("a capture"),
        act: |_| panic!("as if a screen did the impossible"),
    });
    let mut stage = Stage::before(screen, capture);
    let received = tokio::time::timeout(STEP, async {
        loop {
            if let Received::Message(FromHelper::Broken(why)) = stage.take().await {
                return why;
            }
        }
    });
    let why = received.await.expect("it is told");
    assert!(why.contains("panicked"), "{why}");
}

#[tokio::test]
async fn a_picture_that_one_session_began_is_not_the_next_ones() {
    let screen = Headless::open().expect("opens");
    let (begun, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let capture = Box::new(Before {
        capture: screen.capture().expect("a capture"),
        act: move |_| {
            begun.send(()).ok();
            may_go_on.recv().ok();
        },
    });
    let mut stage = Stage::before(screen, capture);
    has_begun.recv_timeout(STEP).expect("a picture is begun");
    stage.thread.stop();
    stage.thread.start_session(2);
    drop(go_on);
    let mut of_the_first = 0;
    let first_of_the_second = loop {
        let next = tokio::time::timeout(STEP, ipc::read(&mut stage.from)).await;
        match next.expect("something comes").expect("the thread lives") {
            Received::Frame(1, ..) => of_the_first += 1,
            Received::Frame(_, header, _) => break header,
            Received::Message(_) | Received::Cursor(..) => {}
        }
    };
    assert!(of_the_first > 0, "it was being made");
    assert_eq!(first_of_the_second.sequence, 1);
    assert!(first_of_the_second.reset);
}

#[tokio::test]
async fn busy_monitors_take_turns() {
    let mut stage = Stage::start();
    stage.thread.show(vec![1, 0]);
    stage.until_exact(&[(0, LEFT), (1, RIGHT)]).await;
    stage.order.clear();
    for round in 0..60 {
        stage.paint(LEFT, round, 0x0001_0203 * (round + 1));
        stage.paint(RIGHT, round, 0x0003_0201 * (round + 1));
        while !matches!(stage.take().await, Received::Frame(..)) {}
    }
    let of = |surface| stage.order.iter().filter(|one| **one == surface).count();
    assert!(of(0) >= 20 && of(1) >= 20, "{:?}", stage.order);
}

#[tokio::test]
async fn hidden_monitors_send_nothing_and_come_back_with_the_difference() {
    let mut stage = Stage::start();
    for at in 0..60 {
        stage.paint(LEFT, at * 8, 0x0010_0701 * at);
    }
    stage.until_exact(&[(0, LEFT)]).await;
    let first = stage.bytes(0);
    stage.thread.show(vec![0, 1]);
    stage.until_exact(&[(0, LEFT), (1, RIGHT)]).await;
    stage.thread.show(vec![1]);
    stage.paint(LEFT, 400, 0x00ab_cdef);
    stage.paint(RIGHT, 50, 0x00fe_dcba);
    stage.until_exact(&[(1, RIGHT)]).await;
    stage.order.clear();
    stage.paint(LEFT, 420, 0x00ab_cdef);
    stage.paint(RIGHT, 60, 0x00fe_dcba);
    stage.until_exact(&[(1, RIGHT)]).await;
    assert!(!stage.order.contains(&0), "{:?}", stage.order);
    stage.thread.show(vec![]);
    stage.thread.show(vec![0]);
    stage.until_exact(&[(0, LEFT)]).await;
    let again = stage.bytes(0) - first;
    assert!(again * 2 < first, "{again} bytes after {first}");
}

#[tokio::test]
async fn what_is_turned_away_from_and_back_to_at_once_is_sent_again() {
    let mut stage = Stage::start();
    stage.thread.show(vec![1]);
    stage.until_exact(&[(1, RIGHT)]).await;
    stage.order.clear();
    stage.thread.show(vec![0]);
    stage.thread.show(vec![1, 0]);
    while !(stage.order.contains(&0) && stage.order.contains(&1)) {
        stage.take().await;
    }
    stage.until_exact(&[(0, LEFT), (1, RIGHT)]).await;
}

#[tokio::test]
async fn an_unplugged_monitor_is_told_of_and_the_others_go_on() {
    let mut stage = Stage::start();
    stage.thread.show(vec![1, 0]);
    stage.until_exact(&[(0, LEFT), (1, RIGHT)]).await;
    stage.screen.set_monitors(vec![monitor("left", LEFT)]);
    loop {
        let told = stage.take().await;
        if let Received::Message(FromHelper::Surfaces(surfaces)) = told
            && surfaces.len() == 1
        {
            break;
        }
    }
    stage.order.clear();
    stage.paint(LEFT, 90, 0x0012_3456);
    while !matches!(stage.take().await, Received::Frame(..)) {}
    assert_eq!(stage.order, [0]);
    // What was asked for in vain is not shown once it is there.
    stage.thread.show(vec![1]);
    stage.until_exact(&[(0, LEFT)]).await;
    let both = vec![monitor("left", LEFT), monitor("right", RIGHT)];
    stage.screen.set_monitors(both);
    while !matches!(
        stage.take().await,
        Received::Message(FromHelper::Surfaces(_))
    ) {}
    assert_eq!(stage.order.iter().find(|one| **one != 0), None);
    stage.thread.show(vec![0, 1]);
    stage.until_exact(&[(0, LEFT), (1, RIGHT)]).await;
}
