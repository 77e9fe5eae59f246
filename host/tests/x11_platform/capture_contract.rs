//! What every back end promises to whoever looks at its screen, whatever is behind it.

use std::time::{Duration, Instant};

use farpane_host::platform::{Capture, MAX_DAMAGE_RECTS, Wake, Waker};
use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::{Point, Rect, Size};

use crate::client::PATIENCE;
use crate::stage::{Stage, stages};

fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect {
        x,
        y,
        width,
        height,
    }
}

fn tiny() -> BgraPicture {
    BgraPicture::new(Size::new(1, 1).expect("valid"))
}

/// A capture and its picture after the first grab.
fn watched(stage: &dyn Stage) -> (Box<dyn Capture>, BgraPicture) {
    let mut capture = stage.platform().capture().expect("capture");
    let mut picture = tiny();
    let damage = capture.grab(0, &mut picture).expect("first grab");
    assert_eq!(picture.size(), capture.size(0));
    assert_eq!(damage.rects(), [capture.size(0).rect()]);
    (capture, picture)
}

/// Waits for what must come.
fn wait(capture: &mut dyn Capture) -> Wake {
    let waker = Waker::new().expect("waker");
    let wake = capture
        .wait(Some(Instant::now() + PATIENCE), &waker)
        .expect("wait");
    assert!(wake.any(), "nothing came");
    wake
}

/// What has come by now, without waiting for more.
fn news(capture: &mut dyn Capture) -> Wake {
    // A round trip: everything that the server had to say before it has arrived.
    capture.pointer().expect("pointer");
    let waker = Waker::new().expect("waker");
    waker.wake();
    let wake = capture.wait(None, &waker).expect("wait");
    assert!(wake.woken);
    Wake {
        woken: false,
        ..wake
    }
}

fn pixel(picture: &BgraPicture, x: u32, y: u32) -> u32 {
    picture.as_pixels()[(y * picture.size().width() + x) as usize]
}

/// Waits until the capture has followed a resize.
fn follow(capture: &mut dyn Capture, size: Size) {
    let mut told = false;
    while capture.size(0) != size {
        told |= wait(capture).resized;
    }
    assert!(told, "never told of it");
}

#[test]
fn change_is_reported_covered_and_read_exactly() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        let before = picture.clone();
        let painted = [rect(17, 33, 101, 57), rect(400, 300, 1, 1)];
        stage.paint(&painted, 0x0012_3456);
        assert!(wait(&mut *capture).damage, "{}", stage.platform().name());
        let damage = capture.grab(0, &mut picture).expect("grab");
        assert!(damage.rects().len() <= MAX_DAMAGE_RECTS);
        for (index, now) in picture.as_pixels().iter().enumerate() {
            let at = Point {
                x: (index as u32 % picture.size().width()) as i32,
                y: (index as u32 / picture.size().width()) as i32,
            };
            if painted.iter().any(|rect| rect.contains(at)) {
                assert_eq!(*now, 0xff12_3456, "{at:?}");
                assert!(
                    damage.rects().iter().any(|rect| rect.contains(at)),
                    "{at:?}"
                );
            } else {
                assert_eq!(*now, before.as_pixels()[index], "{at:?}");
            }
        }
    }
}

#[test]
fn nothing_changed_is_nothing_reported_and_nothing_read() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        assert_eq!(news(&mut *capture), Wake::default());
        assert!(capture.grab(0, &mut picture).expect("grab").is_empty());
        // Damage is told once until it is grabbed.
        stage.paint(&[rect(0, 0, 8, 8)], 1);
        assert!(wait(&mut *capture).damage);
        stage.paint(&[rect(8, 8, 8, 8)], 2);
        assert_eq!(news(&mut *capture), Wake::default());
        assert!(!capture.grab(0, &mut picture).expect("grab").is_empty());
        assert_eq!(pixel(&picture, 8, 8), 0xff00_0002);
    }
}

#[test]
fn many_small_changes_stay_within_the_bound() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        let dots: Vec<Rect> = (0..300)
            .map(|i| rect((i % 30) * 40, (i / 30) * 70, 3, 3))
            .collect();
        stage.paint(&dots, 0x00ab_cdef);
        assert!(wait(&mut *capture).damage);
        let damage = capture.grab(0, &mut picture).expect("grab");
        assert!(damage.rects().len() <= MAX_DAMAGE_RECTS);
        for dot in dots {
            assert_eq!(pixel(&picture, dot.x + 2, dot.y + 2), 0xffab_cdef);
        }
    }
}

#[test]
fn picture_of_another_size_is_replaced_by_a_whole_one() {
    for stage in stages() {
        let (mut capture, _) = watched(&*stage);
        stage.paint(&[rect(5, 5, 5, 5)], 0x0077_8899);
        let mut other = tiny();
        let damage = capture.grab(0, &mut other).expect("grab");
        assert_eq!(damage.rects(), [capture.size(0).rect()]);
        assert_eq!(pixel(&other, 9, 9), 0xff77_8899);
    }
}

#[test]
fn resize_is_reported_and_the_next_grab_is_whole() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        // Smaller, larger in one direction only, and the same area in another shape.
        for (width, height) in [(640, 480), (641, 200), (1100, 700), (700, 770)] {
            let size = Size::new(width, height).expect("valid");
            stage.resize(size);
            follow(&mut *capture, size);
            let damage = capture.grab(0, &mut picture).expect("grab");
            assert_eq!((picture.size(), damage.rects()), (size, &[size.rect()][..]));
            let corner = rect(width - 3, height - 3, 3, 3);
            stage.paint(&[corner], 0x0055_6677);
            capture.grab(0, &mut picture).expect("grab");
            assert_eq!(picture.as_pixels().last(), Some(&0xff55_6677));
        }
    }
}

#[test]
fn cursor_shape_comes_once_and_again_when_it_changes() {
    for stage in stages() {
        let mut capture = stage.platform().capture().expect("capture");
        let first = capture
            .cursor()
            .expect("cursor")
            .expect("the first call has one");
        assert_eq!(capture.cursor().expect("cursor"), None);
        stage.change_cursor();
        assert!(wait(&mut *capture).cursor);
        let second = capture.cursor().expect("cursor").expect("another one");
        assert_ne!(first.hash, second.hash);
        assert_eq!(second.argb.len(), second.size.area());
        assert_eq!(capture.cursor().expect("cursor"), None);
    }
}

#[test]
fn waker_ends_a_wait_without_end_from_another_thread() {
    for stage in stages() {
        let (mut capture, _) = watched(&*stage);
        let waker = Waker::new().expect("waker");
        let theirs = waker.clone();
        let ringer = std::thread::spawn(move || theirs.wake());
        assert!(capture.wait(None, &waker).expect("wait").woken);
        ringer.join().expect("rang");
        let past = Some(Instant::now());
        assert_eq!(capture.wait(past, &waker).expect("wait"), Wake::default());
    }
}

#[test]
fn cursor_is_never_in_the_picture_and_every_pixel_is_opaque() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        let everything = picture.size().rect();
        stage.paint(&[everything], 0x0033_6699);
        stage.point(Point { x: 300, y: 200 });
        capture.grab(0, &mut picture).expect("grab");
        let mut whole = tiny();
        capture.grab(0, &mut whole).expect("grab");
        for seen in [&picture, &whole] {
            assert!(seen.as_pixels().iter().all(|pixel| *pixel == 0xff33_6699));
        }
    }
}

#[test]
fn whatever_happens_the_picture_is_what_a_fresh_capture_sees() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        // A generator of its own: the same sequence on every run.
        let mut state = 0x2545_f491_u32;
        let mut next = |below: u32| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state % below
        };
        for round in 0..60 {
            if round % 20 == 19 {
                let size = Size::new(200 + next(900), 150 + next(500)).expect("valid");
                stage.resize(size);
                follow(&mut *capture, size);
            }
            let painted: Vec<Rect> = (0..=next(40))
                .map(|_| rect(next(1200), next(700), 1 + next(90), 1 + next(60)))
                .collect();
            stage.paint(&painted, next(1 << 24));
            if next(3) == 0 {
                continue; // several changes may meet in one grab
            }
            capture.grab(0, &mut picture).expect("grab");
            let mut fresh = tiny();
            let mut other = stage.platform().capture().expect("capture");
            other.grab(0, &mut fresh).expect("grab");
            assert_eq!(fresh.size(), picture.size());
            let differ = fresh.as_pixels() != picture.as_pixels();
            assert!(!differ, "{} in round {round}", stage.platform().name());
        }
    }
}

#[test]
fn nobody_wakes_while_nothing_happens() {
    for stage in stages() {
        let (mut capture, _) = watched(&*stage);
        assert_eq!(news(&mut *capture), Wake::default());
        let waker = Waker::new().expect("waker");
        let before = times_slept();
        let soon = Some(Instant::now() + Duration::from_millis(400));
        let wake = capture.wait(soon, &waker).expect("wait");
        assert_eq!(wake, Wake::default());
        // Once for the wait itself; looking twice every second would be ten.
        let slept = times_slept() - before;
        assert!(slept <= 3, "{}: {slept}", stage.platform().name());
    }
}

/// How often this thread has gone to sleep so far.
fn times_slept() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").expect("read");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.and_then(|count| count.trim().parse().ok())
        .expect("the kernel counts")
}

#[test]
fn only_the_chosen_monitor_is_read_until_it_goes() {
    for stage in stages() {
        let (mut capture, mut picture) = watched(&*stage);
        let (left, right) = (rect(0, 40, 600, 500), rect(600, 0, 640, 480));
        stage.set_monitors(&[("left", left), ("right", right)]);
        follow(&mut *capture, Size::new(600, 500).expect("valid"));
        let known: Vec<(&str, Point, u32)> = capture
            .monitors()
            .iter()
            .map(|one| (one.name.as_str(), one.place, one.size.width()))
            .collect();
        let (first, second) = (Point { x: 0, y: 40 }, Point { x: 600, y: 0 });
        assert_eq!(known, [("left", first, 600), ("right", second, 640)]);

        capture.watch(&[Some("right")]);
        let size = Size::new(640, 480).expect("valid");
        let damage = capture.grab(0, &mut picture).expect("grab");
        assert_eq!((picture.size(), damage.rects()), (size, &[size.rect()][..]));
        // What happens on the other monitor is nobody's business.
        news(&mut *capture);
        stage.paint(&[rect(100, 100, 50, 50)], 0x0011_2233);
        stage.point(Point { x: 120, y: 120 });
        assert!(capture.grab(0, &mut picture).expect("grab").is_empty());
        assert_eq!(capture.pointer().expect("pointer"), None);
        stage.paint(&[rect(590, 0, 20, 10)], 0x0044_5566);
        let damage = capture.grab(0, &mut picture).expect("grab");
        assert_eq!(damage.rects(), [rect(0, 0, 10, 10)]);
        assert_eq!(pixel(&picture, 9, 9), 0xff44_5566);
        stage.point(Point { x: 605, y: 7 });
        let there = Some(Point { x: 5, y: 7 });
        assert_eq!(capture.pointer().expect("pointer"), there);

        // Others change: that is told, and the picture goes on.
        stage.set_monitors(&[("left", rect(0, 0, 500, 300)), ("right", right)]);
        while capture.monitors()[0].size.width() != 500 {
            assert!(wait(&mut *capture).any());
        }
        assert_eq!(capture.size(0), size);

        // It is unplugged: the primary one takes its place.
        stage.set_monitors(&[("left", rect(0, 0, 500, 300))]);
        let size = Size::new(500, 300).expect("valid");
        follow(&mut *capture, size);
        let damage = capture.grab(0, &mut picture).expect("grab");
        assert_eq!((picture.size(), damage.rects()), (size, &[size.rect()][..]));
    }
}

#[test]
fn two_watched_monitors_are_each_told_what_changed_on_them_whichever_is_grabbed_first() {
    for stage in stages() {
        let (mut capture, mut first) = watched(&*stage);
        let (left, right) = (rect(0, 40, 600, 500), rect(600, 0, 640, 480));
        stage.set_monitors(&[("left", left), ("right", right)]);
        follow(&mut *capture, Size::new(600, 500).expect("valid"));
        capture.grab(0, &mut first).expect("grab");
        capture.watch(&[Some("right"), None]);
        let size = Size::new(640, 480).expect("valid");
        let mut second = BgraPicture::new(size);
        let damage = capture.grab(0, &mut second).expect("grab");
        assert_eq!(
            (capture.size(0), damage.rects()),
            (size, &[size.rect()][..])
        );
        // It was watched all the time, at another place of the list.
        assert!(capture.grab(1, &mut first).expect("grab").is_empty());
        for order in [[0, 1], [1, 0]] {
            news(&mut *capture);
            let colour = order[0] as u32 + 7;
            stage.paint(&[rect(590, 60, 20, 10)], colour);
            stage.paint(&[rect(100, 300, 8, 8)], colour);
            assert!(wait(&mut *capture).damage);
            for at in order {
                let picture = if at == 0 { &mut second } else { &mut first };
                let damage = capture.grab(at, picture).expect("grab");
                let all = damage
                    .rects()
                    .iter()
                    .fold(Rect::default(), |a, b| a.union(*b));
                let there = [rect(0, 60, 10, 10), rect(100, 20, 500, 248)];
                assert_eq!(all, there[at], "{}", stage.platform().name());
                let missed = [0, 1].map(|one| capture.has_missed(one));
                let is_first = at == order[0];
                assert_eq!(missed, [0, 1].map(|one| is_first && one != at));
                assert!(capture.grab(at, picture).expect("grab").is_empty());
            }
            assert_eq!(pixel(&second, 9, 69), 0xff00_0000 + colour);
            assert_eq!(pixel(&first, 599, 25), 0xff00_0000 + colour);
        }
        // What changes again and again meanwhile is read once.
        for round in 0..30 {
            let colour = 0x0010_0000 + round;
            stage.paint(&[rect(0, 40, 600, 400)], colour);
            stage.paint(&[rect(600, 0, 640, 480)], colour);
            wait(&mut *capture);
            capture.grab(0, &mut second).expect("grab");
            assert_eq!(pixel(&second, 300, 300), 0xff00_0000 | colour);
        }
        capture.grab(1, &mut first).expect("grab");
        assert_eq!(pixel(&first, 300, 300), 0xff10_001d);
        // Nobody looks.
        capture.watch(&[]);
        assert_eq!(capture.pointer().expect("pointer"), None);
    }
}
