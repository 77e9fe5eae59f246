//! What the picture thread does: waits, reads what changed, codes it for both planes, sends it,
//! and never runs ahead of what the viewer has handled.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use farpane_media::codec::EncoderSettings;
use farpane_media::picture::BgraPicture;
use farpane_media::surface::sender::{Plan, Sender};
use farpane_media::surface::video::VideoPlane;
use farpane_media::surface::view::Need;
use farpane_protocol::wire::frame::{Coding, FrameHeader};
use farpane_protocol::wire::message::CursorShape;

use super::super::Upward;
use super::Orders;
use super::credit::Credit;
use crate::ipc::{self, FromHelper};
use crate::platform::{Capture, Damage, Waker};

/// Bits per second that the encoder aims at.
const BITRATE: u32 = 10_000_000;
/// Most pictures per second.
const MAX_FPS: u32 = 60;
/// Shortest time between two pictures, a little under the frame time so that a 60 Hz source never
/// waits for two of its own frames.
const MIN_INTERVAL: Duration = Duration::from_micros(14_000);
/// The same after a picture that was only a little exact update: what answers a key is not to
/// wait for a caret that blinked.
const MIN_SMALL: Duration = Duration::from_micros(4_000);
/// Largest such update, in bytes.
const SMALL: usize = 4096;
/// A step towards exact that waited so long goes beside pictures: a film in one corner must not
/// keep the rest of the screen from becoming exact.
const OVERDUE: Duration = Duration::from_millis(250);
/// Pictures in a row that may fail to be coded before the session ends.
const MAX_FAILURES: u32 = 5;

/// What was measured while a picture was made.
#[derive(Clone, Copy)]
struct Stamps {
    input_sequence: u64,
    /// When the capture began.
    started: Instant,
    /// When the pixels were there.
    captured: Instant,
}

pub(super) struct Work {
    pub(super) capture: Box<dyn Capture>,
    pub(super) upward: Upward,
    pub(super) orders: Arc<Orders>,
    waker: Waker,
    began: Instant,
    picture: BgraPicture,
    sender: Sender,
    video: VideoPlane,
    credit: Credit,
    failures: u32,
    shape: Option<crate::platform::CursorShape>,
    session: u64,
    sequence: u64,
    /// The earliest time of the next picture.
    next: Option<Instant>,
    pub(super) stale: bool,
    /// The surface that is to be looked at.
    pub(super) shown: u32,
    /// The surface that was looked at last: what is sent is of it.
    pictured: u32,
}

impl Work {
    pub(super) fn new(
        capture: Box<dyn Capture>,
        upward: Upward,
        orders: Arc<Orders>,
        waker: Waker,
    ) -> Self {
        let size = capture.size();
        Self {
            capture,
            upward,
            orders,
            waker,
            began: Instant::now(),
            picture: BgraPicture::new(size),
            sender: Sender::new(size, 0),
            video: VideoPlane::new(EncoderSettings::new(size, BITRATE, MAX_FPS)),
            credit: Credit::default(),
            failures: 0,
            shape: None,
            session: 0,
            sequence: 0,
            next: None,
            stale: true,
            shown: 0,
            pictured: 0,
        }
    }

    pub(super) fn run(mut self) {
        while !self.orders.over.load(Ordering::Acquire) {
            if let Err(error) = self.step() {
                let sentence = format!("{error:#}");
                tracing::error!(error = sentence, "the screen cannot be shown");
                self.upward.tell(&FromHelper::Broken(sentence));
                return;
            }
        }
    }

    fn step(&mut self) -> Result<()> {
        let wake = self.capture.wait(self.deadline(), &self.waker)?;
        self.stale |= wake.damage || wake.resized;
        if wake.resized {
            self.follow_monitors();
        }
        if !self.orders.is_live() {
            return Ok(());
        }
        let session = self.orders.session.load(Ordering::Acquire);
        let new_session = session != self.session;
        if new_session {
            self.session = session;
            self.sequence = 0;
            self.next = None;
            self.credit = Credit::default();
            self.begin_anew();
        }
        self.turn();
        if wake.cursor || new_session {
            self.send_cursor(new_session)?;
        }
        if let Some(need) = self.orders.take_need() {
            self.repair(need);
        }
        for (frame, heard) in self.orders.take_handled() {
            let heard = heard.saturating_duration_since(self.began);
            self.credit.handled(&frame, heard);
        }
        let now = Instant::now();
        let overdue = self.is_due(OVERDUE, now);
        if self.is_due(Duration::ZERO, now)
            && let Some(bytes) = self.credit.for_step(self.stale, overdue)
        {
            self.send_refresh(bytes, now)?;
        }
        if self.stale && self.credit.for_picture() && self.next.is_none_or(|next| next <= now) {
            return self.send_picture();
        }
        Ok(())
    }

    fn begin_anew(&mut self) {
        self.sender.begin_anew();
        self.video.begin_anew();
        self.stale = true;
    }

    /// The viewer cannot go on. What it asked before everything began anew is done already.
    fn repair(&mut self, need: Need) {
        if need.epoch != self.sender.epoch() {
            return;
        }
        if need.video_only {
            self.sender.lose_video();
            self.video.begin_anew();
            self.stale = true;
        } else {
            self.begin_anew();
        }
    }

    fn refresh_at(&self) -> Option<Instant> {
        self.sender.next_refresh().map(|at| self.began + at)
    }

    /// Whether something should have become exact for so long. What was turned away from has not:
    /// the viewer may know no more of it.
    fn is_due(&self, waited: Duration, now: Instant) -> bool {
        let refresh_at = self.refresh_at();
        let refresh_at = refresh_at.filter(|_| self.pictured == self.shown);
        refresh_at.is_some_and(|at| at + waited <= now)
    }

    /// When to look again if nothing happens. `None` without a session, without credit, and when
    /// all is sent: then only damage or an order wakes the thread.
    fn deadline(&self) -> Option<Instant> {
        if !self.orders.is_live() {
            None
        } else if self.stale {
            let at = self.next.unwrap_or_else(Instant::now);
            self.credit.for_picture().then_some(at)
        } else {
            let may = self.credit.for_step(false, false).is_some();
            self.refresh_at().filter(|_| may)
        }
    }

    fn send_cursor(&mut self, again: bool) -> Result<()> {
        let changed = self.capture.cursor()?;
        let is_new = changed.is_some();
        self.shape = changed.or_else(|| self.shape.take());
        // A new session has not seen the shape that an old one had.
        let Some(shape) = self.shape.as_ref().filter(|_| is_new || again) else {
            return Ok(());
        };
        let mut rgba = Vec::with_capacity(shape.argb.len() * 4);
        for pixel in &shape.argb {
            let [a, r, g, b] = pixel.to_be_bytes();
            rgba.extend_from_slice(&[r, g, b, a]);
        }
        let hash = shape.hash.max(1);
        let shape = CursorShape {
            hash,
            width: shape.size.width(),
            height: shape.size.height(),
            hot_x: shape.hotspot.x.unsigned_abs(),
            hot_y: shape.hotspot.y.unsigned_abs(),
            rgba,
        };
        self.upward.send(&ipc::pack_cursor(&shape))?;
        self.upward.tell(&FromHelper::Cursor(hash));
        Ok(())
    }

    fn send_picture(&mut self) -> Result<()> {
        // Input applied from here on may not be in this picture yet.
        let input_sequence = self.orders.input_sequence.load(Ordering::Acquire);
        let started = Instant::now();
        let damage = self.capture.grab(&mut self.picture)?;
        self.follow_monitors();
        self.stale = false;
        let captured = Instant::now();
        let size = self.picture.size();
        if self.sender.size() != size {
            self.sender = Sender::new(size, self.sender.epoch() + 1);
            self.video = VideoPlane::new(EncoderSettings::new(size, BITRATE, MAX_FPS));
        }
        if self.pictured != self.shown {
            self.pictured = self.shown;
            // Also where both look alike: the viewer turns with the first frame.
            self.sender.repeat();
        }
        let plan = self.plan(&damage, captured);
        if plan.is_empty() {
            return Ok(());
        }
        let stamps = Stamps {
            input_sequence,
            started,
            captured,
        };
        let mut pause = MIN_INTERVAL;
        let Plan {
            tiles,
            video,
            mut reset,
        } = plan;
        let tiles_bytes = tiles.as_ref().map_or(0, Vec::len);
        if let Some(payload) = tiles {
            if video.is_empty() && payload.len() <= SMALL {
                pause = MIN_SMALL;
            }
            let header = self.header(Coding::Tiles, std::mem::take(&mut reset), &stamps);
            self.send(header, &payload)?;
        }
        if !video.is_empty() {
            let bitrate = self.credit.bitrate(tiles_bytes, MAX_FPS);
            self.video
                .set_bitrate(bitrate.map_or(BITRATE, |bps| bps.min(BITRATE)));
            self.video.show(&self.picture, &video);
            let mut payload = Vec::new();
            match self.video.encode(&mut payload) {
                Ok(info) => {
                    let mut header = self.header(Coding::H264, reset, &stamps);
                    (header.key, header.rects) = (info.key, video);
                    self.send(header, &payload)?;
                    self.failures = 0;
                }
                // One picture that is too hard to code is left out; the next one decodes alone.
                Err(error) if self.failures < MAX_FAILURES => {
                    let next = self.video.backend();
                    tracing::warn!(%error, encoder = next, "a picture was left out");
                    self.failures += 1;
                    self.begin_anew();
                }
                Err(error) => return Err(error.into()),
            }
        }
        // What did not fit goes on as soon as there is credit.
        let is_behind = self.sender.is_behind();
        self.stale |= is_behind;
        self.next = (!is_behind).then_some(started + pause);
        self.credit
            .sent_picture(self.sequence, started - self.began);
        Ok(())
    }

    fn plan(&mut self, damage: &Damage, now: Instant) -> Plan {
        let now = now - self.began;
        self.sender.set_limit(self.credit.tiles());
        self.sender.plan(&self.picture, damage.rects(), now)
    }

    /// Makes a part of what came by the video exact.
    fn send_refresh(&mut self, bytes: usize, now: Instant) -> Result<()> {
        let stamps = Stamps {
            input_sequence: self.orders.input_sequence.load(Ordering::Acquire),
            started: now,
            captured: now,
        };
        let Some(payload) = self.sender.refresh(bytes, now - self.began) else {
            return Ok(());
        };
        let header = self.header(Coding::Tiles, false, &stamps);
        self.send(header, &payload)?;
        self.credit.sent_step(self.sequence, now - self.began);
        Ok(())
    }

    fn header(&mut self, coding: Coding, reset: bool, stamps: &Stamps) -> FrameHeader {
        self.sequence += 1;
        FrameHeader {
            coding,
            surface: self.pictured,
            sequence: self.sequence,
            key: false,
            reset,
            size: self.sender.size(),
            input_sequence: stamps.input_sequence,
            captured_us: micros(stamps.started - self.began),
            capture_us: short(stamps.captured - stamps.started),
            encode_us: short(stamps.captured.elapsed()),
            payload: 0,
            epoch: self.sender.epoch(),
            rects: Vec::new(),
        }
    }

    fn send(&mut self, mut header: FrameHeader, payload: &[u8]) -> Result<()> {
        header.payload = payload.len() as u32;
        self.credit
            .sent(header.sequence, payload.len(), self.began.elapsed());
        if self.orders.is_live() {
            self.upward.send(&ipc::pack_frame(&header, payload))?;
        }
        Ok(())
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

fn short(span: Duration) -> u32 {
    u32::try_from(span.as_micros()).unwrap_or(u32::MAX)
}
