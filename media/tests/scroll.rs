//! A log of a few words that come again and again scrolls and is dragged: it goes as moves, also
//! when it began to move before all of it was sent, and not as pixels or as video.

use std::time::Duration;

use farpane_media::paint::{Canvas, Color, Face};
use farpane_media::picture::BgraPicture;
use farpane_media::surface::motion;
use farpane_media::surface::sender::{Plan, Sender};
use farpane_protocol::geometry::{Point, Rect, Size};

const LINE: u32 = 16;
/// Lines of which one is new in each picture.
const LINES: usize = 60;

fn size() -> Size {
    Size::new(1280, 960).expect("valid")
}

/// Paints lines of the log, the first of which has that number, into a window.
fn paint(picture: &mut BgraPicture, window: Rect, first: usize) {
    const WORDS: [&str; 6] = ["accepted", "from", "till", "printer", "queue", "closed"];
    let stride = picture.size().width() as usize;
    let mut canvas =
        Canvas::new(picture.as_pixels_mut(), size(), stride).expect("the picture fits");
    canvas.fill(window, Color::rgb(244, 242, 236));
    let mut canvas = canvas.clipped(window);
    for row in 0..window.height / LINE {
        let mut seed = (first + row as usize) * 2_654_435_761 + 11;
        let mut text = String::new();
        while text.len() < 160 {
            seed = (seed * 1_664_525 + 1_013_904_223) % (1 << 32);
            text.push_str(WORDS[(seed >> 16) % WORDS.len()]);
            text.push(' ');
        }
        let baseline = Point {
            x: window.x as i32 + 8,
            y: (window.y + row * LINE) as i32 + 12,
        };
        canvas.text(Face::Regular, 12.0, baseline, &text, Color::rgb(16, 16, 16));
    }
}

fn screen(window: Rect, first: usize) -> BgraPicture {
    let mut picture = BgraPicture::new(size());
    paint(&mut picture, size().rect(), 0);
    paint(&mut picture, window, first);
    picture
}

/// Shows a picture per turn, thirty a second; what was planned for each.
fn show(sender: &mut Sender, turns: usize, picture: impl Fn(usize) -> BgraPicture) -> Vec<Plan> {
    let plan = |turn| {
        let now = Duration::from_millis(1000 + turn as u64 * 33);
        let picture = picture(turn);
        let plan = sender.plan(&picture, &[size().rect()], now);
        sender.settle(&picture);
        plan
    };
    (0..turns).map(plan).collect()
}

fn tiles(plan: &Plan) -> usize {
    plan.tiles.as_ref().map_or(0, Vec::len)
}

#[test]
fn a_log_that_scrolls_costs_its_new_line() {
    let mut sender = Sender::new(size(), 0);
    let plans = show(&mut sender, 12, |turn| screen(size().rect(), 100 + turn));
    let all = tiles(&plans[0]);
    for plan in &plans[1..] {
        assert_eq!(plan.video, []);
        assert!(tiles(plan) < 2 * all / LINES, "{} of {all}", tiles(plan));
    }
}

#[test]
fn a_log_that_scrolled_before_it_was_sent_comes_out_of_the_video_again() {
    let mut sender = Sender::new(size(), 0);
    sender.set_limit(32 * 1024);
    let plans = show(&mut sender, 40, |turn| screen(size().rect(), 100 + turn));
    let parts = plans.iter().take_while(|plan| plan.video.is_empty());
    let sent: usize = parts.map(tiles).sum();
    assert!(plans[..20].iter().any(|plan| !plan.video.is_empty()));
    for plan in &plans[30..] {
        assert_eq!(plan.video, []);
        assert!(tiles(plan) < sent / 2, "{} of {sent}", tiles(plan));
    }
    assert!(!sender.is_behind());
}

#[test]
fn a_window_of_text_is_found_wherever_it_went_over_text_like_its_own() {
    let window = Rect {
        x: 300,
        y: 200,
        width: 640,
        height: 480,
    };
    let before = screen(window, 500);
    for (dx, dy) in [(27, -1), (-19, 15), (3, 0), (0, 16), (200, 130)] {
        let to = Rect {
            x: window.x.saturating_add_signed(dx),
            y: window.y.saturating_add_signed(dy),
            ..window
        };
        let copies = motion::find(&before, &screen(to, 500), size().rect());
        let found = copies.iter().find(|copy| {
            let way = (
                copy.to.x as i32 - copy.from_x as i32,
                copy.to.y as i32 - copy.from_y as i32,
            );
            way == (dx, dy) && copy.to.intersect(to) == Some(to)
        });
        assert!(found.is_some(), "{dx} {dy}: {copies:?}");
    }
}
