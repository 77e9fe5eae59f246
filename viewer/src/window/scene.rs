//! All that is seen at one moment, and what must be painted when the next moment comes.

use farpane_media::paint::Canvas;
use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::{Rect, Size};

use super::bar::Bar;
use super::card::Card;
use super::layer::{Layer, difference};
use super::lost::{KEEP, Lost};
use super::menu::Menu;
use super::note::Note;
use super::overlay::Overlay;
use super::palette::Palette;
use super::scale;
use super::view::View;

/// Everything in the window, from the back to the front.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The window.
    pub window: Size,
    /// Its colours.
    pub palette: Palette,
    /// Where the picture is; absent before the first, and under a card.
    pub view: Option<View>,
    /// Contact is lost: the picture is dimmed and this stands over it.
    pub lost: Option<Lost>,
    /// The overlay with measurements.
    pub overlay: Option<Overlay>,
    /// What did not happen, and why.
    pub note: Option<Note>,
    /// The bar at the top edge.
    pub bar: Option<Bar>,
    /// The menu of key combinations below it.
    pub menu: Option<Menu>,
    /// The steps, or how it ended.
    pub card: Option<Card>,
}

impl Scene {
    /// Adds the rectangles to be painted when this follows `before`. Changes inside the picture
    /// are not known here.
    pub fn difference(&self, before: &Self, damage: &mut Vec<Rect>) {
        let behind = |scene: &Self| {
            (
                scene.window,
                scene.palette,
                scene.view,
                scene.lost.is_some(),
            )
        };
        if behind(self) != behind(before) {
            damage.push(self.window.rect());
            return;
        }
        difference(before.lost.as_ref(), self.lost.as_ref(), damage);
        difference(before.overlay.as_ref(), self.overlay.as_ref(), damage);
        difference(before.note.as_ref(), self.note.as_ref(), damage);
        difference(before.bar.as_ref(), self.bar.as_ref(), damage);
        difference(before.menu.as_ref(), self.menu.as_ref(), damage);
        difference(before.card.as_ref(), self.card.as_ref(), damage);
    }

    /// Where something is painted over the picture, from the back to the front, and whether it hides
    /// all that is behind it there.
    pub fn layers(&self) -> Vec<(Rect, bool)> {
        fn of<L: Layer>(layer: Option<&L>) -> Option<(Rect, bool)> {
            layer.map(|layer| (layer.rect(), layer.is_solid()))
        }
        let all = [
            of(self.lost.as_ref()),
            of(self.overlay.as_ref()),
            of(self.note.as_ref()),
            of(self.bar.as_ref()),
            of(self.menu.as_ref()),
            of(self.card.as_ref()),
        ];
        all.into_iter().flatten().collect()
    }

    /// Paints one rectangle of the window, back to front. `pixels` are the window's rows without
    /// padding.
    pub fn paint(&self, pixels: &mut [u32], part: Rect, picture: Option<&BgraPicture>) {
        let stride = self.window.width() as usize;
        let shown = self
            .view
            .filter(|view| picture.is_some_and(|p| p.size() == view.surface()));
        let covered = shown.is_some_and(|view| view.area().union(part) == view.area());
        if !covered && let Some(mut canvas) = Canvas::new(pixels, self.window, stride) {
            canvas.fill(part, self.palette.page);
        }
        if let (Some(view), Some(picture)) = (shown, picture) {
            scale::draw(pixels, stride, part, &view, picture);
        }
        let Some(mut canvas) = Canvas::new(pixels, self.window, stride) else {
            return;
        };
        if self.lost.is_some() {
            canvas.dim(part, KEEP);
        }
        let mut canvas = canvas.clipped(part);
        let touches = |rect: Rect| rect.intersect(part).is_some();
        if let Some(lost) = self.lost.as_ref().filter(|layer| touches(layer.rect())) {
            lost.paint(&mut canvas);
        }
        if let Some(overlay) = self.overlay.as_ref().filter(|layer| touches(layer.rect())) {
            overlay.paint(&mut canvas);
        }
        if let Some(note) = self.note.as_ref().filter(|layer| touches(layer.rect())) {
            note.paint(&mut canvas);
        }
        if let Some(bar) = self.bar.as_ref().filter(|layer| touches(layer.rect())) {
            bar.paint(&mut canvas);
        }
        if let Some(menu) = self.menu.as_ref().filter(|layer| touches(layer.rect())) {
            menu.paint(&mut canvas);
        }
        if let Some(card) = self.card.as_ref().filter(|layer| touches(layer.rect())) {
            card.paint(&mut canvas);
        }
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Point;

    use super::*;
    use crate::window::layer::Scale;
    use crate::window::palette::DARK;
    use crate::window::view::Mode;

    fn size() -> Size {
        Size::new(640, 400).expect("valid")
    }

    fn live() -> Scene {
        Scene {
            window: size(),
            palette: DARK,
            view: Some(View::new(size(), size(), Mode::Fit, Point::default())),
            lost: None,
            overlay: None,
            note: None,
            bar: None,
            menu: None,
            card: None,
        }
    }

    fn white() -> BgraPicture {
        let mut picture = BgraPicture::new(size());
        picture.as_pixels_mut().fill(0x00ff_ffff);
        picture
    }

    #[test]
    fn a_quiet_scene_needs_no_painting() {
        let mut damage = Vec::new();
        live().difference(&live(), &mut damage);
        assert!(damage.is_empty());
    }

    #[test]
    fn losing_contact_dims_all_of_the_picture_and_a_second_repaints_only_the_notice() {
        let lost = |seconds| Some(Lost::new(size(), Scale::new(1.0), DARK, seconds));
        let (first, next) = (
            Scene {
                lost: lost(2),
                ..live()
            },
            Scene {
                lost: lost(3),
                ..live()
            },
        );
        let mut damage = Vec::new();
        first.difference(&live(), &mut damage);
        assert_eq!(damage, [size().rect()]);

        let mut pixels = vec![0; size().area()];
        first.paint(&mut pixels, size().rect(), Some(&white()));
        assert_eq!(pixels[0] & 0xff, u32::from(KEEP), "dimmed in the corner");
        assert!(pixels.contains(&DARK.waiting.0), "the notice is there");

        damage.clear();
        next.difference(&first, &mut damage);
        let area: u64 = damage.iter().map(|rect| rect.area()).sum();
        assert!(area < size().rect().area() / 2, "{damage:?}");
    }

    #[test]
    fn painting_a_part_changes_nothing_outside_it() {
        let scene = Scene {
            lost: Some(Lost::new(size(), Scale::new(1.0), DARK, 1)),
            ..live()
        };
        let part = Rect {
            x: 200,
            y: 150,
            width: 100,
            height: 70,
        };
        let mut pixels = vec![7; size().area()];
        scene.paint(&mut pixels, part, Some(&white()));
        for (at, pixel) in pixels.iter().enumerate() {
            let at = Point {
                x: (at % 640) as i32,
                y: (at / 640) as i32,
            };
            assert_eq!(*pixel == 7, !part.contains(at), "{at:?}");
        }
    }

    #[test]
    fn a_picture_of_another_size_than_the_view_is_not_drawn() {
        let mut pixels = vec![7; size().area()];
        let other = BgraPicture::new(Size::new(10, 10).expect("valid"));
        live().paint(&mut pixels, size().rect(), Some(&other));
        assert!(pixels.iter().all(|pixel| *pixel == DARK.page.0));
    }
}
