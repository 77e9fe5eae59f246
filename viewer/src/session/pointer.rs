//! The pointer shapes that a device sent, by hash, within a budget.

use std::collections::VecDeque;
use std::sync::Arc;

use farpane_protocol::wire::message::CursorShape;

use super::shared::PointerLook;

/// Bytes of pixels that are kept: sixteen of the largest shapes, thousands of ordinary ones. The
/// oldest go first; a pointer whose shape is gone becomes the system's arrow.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// Most shapes that are kept, so that finding one stays cheap.
const KEPT: usize = 512;

/// Shapes by hash, and the one that is wanted now.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: VecDeque<Arc<CursorShape>>,
    bytes: usize,
    wanted: Option<u64>,
}

impl Shapes {
    /// The device uses the shape with this hash now; 0 hides the pointer.
    pub(super) fn want(&mut self, hash: u64) -> PointerLook {
        self.wanted = Some(hash);
        self.look()
    }

    /// A shape came.
    pub(super) fn add(&mut self, shape: CursorShape) -> PointerLook {
        self.known.retain(|known| known.hash != shape.hash);
        self.known.push_back(Arc::new(shape));
        self.bytes = self.known.iter().map(|known| known.rgba.len()).sum();
        while self.bytes > KEPT_BYTES || self.known.len() > KEPT {
            let Some(oldest) = self.known.pop_front() else {
                break;
            };
            self.bytes -= oldest.rgba.len();
        }
        self.look()
    }

    fn look(&self) -> PointerLook {
        match self.wanted {
            None => PointerLook::Arrow,
            Some(0) => PointerLook::Hidden,
            Some(hash) => self
                .known
                .iter()
                .find(|shape| shape.hash == hash)
                .map_or(PointerLook::Arrow, |shape| {
                    PointerLook::Shape(shape.clone())
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::limits::CURSOR_SIDE;

    use super::*;

    fn shape(hash: u64, side: u32) -> CursorShape {
        CursorShape {
            hash,
            width: side,
            height: side,
            hot_x: 0,
            hot_y: 0,
            rgba: vec![0; (side * side * 4) as usize],
        }
    }

    #[test]
    fn shape_and_choice_may_come_in_either_order() {
        let mut shapes = Shapes::default();
        assert_eq!(shapes.add(shape(1, 8)), PointerLook::Arrow);
        assert_eq!(shapes.want(1), PointerLook::Shape(Arc::new(shape(1, 8))));
        assert_eq!(shapes.want(2), PointerLook::Arrow);
        assert_eq!(
            shapes.add(shape(2, 8)),
            PointerLook::Shape(Arc::new(shape(2, 8)))
        );
        assert_eq!(shapes.want(0), PointerLook::Hidden);
    }

    #[test]
    fn a_flood_of_shapes_stays_within_the_budget() {
        let mut shapes = Shapes::default();
        for hash in 1..100 {
            shapes.add(shape(hash, CURSOR_SIDE));
            assert!(shapes.bytes <= KEPT_BYTES);
        }
        for hash in 100..5000 {
            shapes.add(shape(hash, 1));
        }
        assert!(shapes.known.len() <= KEPT);
        assert_eq!(shapes.want(1), PointerLook::Arrow);
    }
}
