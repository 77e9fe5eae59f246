//! What the picture thread does: waits, reads what changed, codes it for both planes, sends it,
//! and never runs ahead of what the viewer has handled.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use farpane_media::codec::CodecError;
use farpane_media::surface::sender::Plan;
use farpane_protocol::geometry::Rect;
use farpane_protocol::wire::frame::{Coding, FrameHeader};

use super::super::Upward;
use super::Orders;
use super::credit::Credit;
use super::plane::{BITRATE, MAX_FPS, Plane};
use crate::ipc::{self, FromHelper};
use crate::platform::{Capture, CursorShape, Waker};

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
    /// The surfaces that are looked at, as the capture watches them: the one that the technician
    /// works on first.
    pub(super) shown: Vec<Plane>,
    /// Some that were looked at before, the newest first.
    pub(super) hidden: Vec<Plane>,
    /// Larger than that of any plane there was, as of the last time that others were shown.
    pub(super) epoch: u64,
    credit: Credit,
    pub(super) shape: Option<CursorShape>,
    /// The one that pictures are made for; 0 before the first.
    pub(super) session: u64,
    sequence: u64,
}

impl Work {
    pub(super) fn new(
        capture: Box<dyn Capture>,
        upward: Upward,
        orders: Arc<Orders>,
        waker: Waker,
    ) -> Self {
        let primary = Plane::new(0, capture.size(0), 0);
        Self {
            capture,
            upward,
            orders,
            waker,
            began: Instant::now(),
            shown: vec![primary],
            hidden: Vec::new(),
            epoch: 0,
            credit: Credit::default(),
            shape: None,
            session: 0,
            sequence: 0,
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
        if wake.damage || wake.resized {
            self.shown.iter_mut().for_each(|plane| plane.stale = true);
        }
        if wake.resized {
            self.follow_monitors();
        }
        if !self.orders.is_live() {
            self.rest();
            return Ok(());
        }
        let session = self.orders.session.load(Ordering::Acquire);
        let new_session = session != self.session;
        self.turn();
        if new_session {
            self.session = session;
            self.sequence = 0;
            self.credit = Credit::default();
            self.begin_session();
        }
        if wake.cursor || new_session {
            self.send_cursor(new_session)?;
        }
        for (surface, need) in self.orders.take_needs() {
            let mut planes = self.shown.iter_mut().chain(&mut self.hidden);
            if let Some(plane) = planes.find(|plane| plane.surface == surface) {
                plane.repair(need);
            }
        }
        for (frame, heard) in self.orders.take_handled() {
            let heard = heard.saturating_duration_since(self.began);
            self.credit.handled(&frame, heard);
        }
        let now = Instant::now();
        let stale = self.shown.iter().any(|plane| plane.stale);
        if let Some((at, overdue)) = self.due(now)
            && let Some(bytes) = self.credit.for_step(stale, overdue, now - self.began)
        {
            self.send_refresh(at, bytes, now)?;
        }
        if stale && self.credit.for_picture() {
            self.send_next_picture(now)?;
        }
        Ok(())
    }

    /// A viewer that has nothing yet.
    fn begin_session(&mut self) {
        self.hidden.clear();
        for plane in &mut self.shown {
            plane.begin_anew();
            (plane.next, plane.sent) = (None, 0);
        }
    }

    /// Sends a picture of the first surface in the line that has something new.
    fn send_next_picture(&mut self, now: Instant) -> Result<()> {
        for at in self.line(now) {
            if self.send_picture(at)? {
                break;
            }
        }
        Ok(())
    }

    fn refresh_at(&self, plane: &Plane) -> Option<Instant> {
        plane.sender.next_refresh().map(|at| self.began + at)
    }

    /// The shown surface of which something should have become exact, the longest ago of all, and
    /// whether that is overdue. What is not shown any more is left as it is: the viewer may know no
    /// more of it.
    fn due(&self, now: Instant) -> Option<(usize, bool)> {
        let planes = self.shown.iter().enumerate();
        let due = planes.filter_map(|(at, plane)| Some((self.refresh_at(plane)?, at)));
        let (since, at) = due.min().filter(|(since, _)| *since <= now)?;
        Some((at, since + OVERDUE <= now))
    }

    /// When to look again if nothing happens. `None` without a session, without credit, and when
    /// all is sent: then only damage or an order wakes the thread.
    fn deadline(&self) -> Option<Instant> {
        if !self.orders.is_live() {
            return None;
        }
        let stale = self.shown.iter().filter(|plane| plane.stale);
        let next = stale.map(|plane| plane.next.unwrap_or_else(Instant::now));
        if let Some(at) = next.min() {
            return self.credit.for_picture().then_some(at);
        }
        let may = self.began + self.credit.step_at()?;
        let planes = self.shown.iter();
        let due = planes.filter_map(|plane| self.refresh_at(plane)).min();
        due.map(|due| due.max(may))
    }

    /// Sends what is new of a shown surface; whether there was anything.
    fn send_picture(&mut self, at: usize) -> Result<bool> {
        // Input applied from here on may not be in this picture yet.
        let input_sequence = self.orders.input_sequence.load(Ordering::Acquire);
        let started = Instant::now();
        let damage = self.capture.grab(at, &mut self.shown[at].picture)?;
        // What else came up with it, nobody tells any more.
        for (other, plane) in self.shown.iter_mut().enumerate() {
            plane.stale |= self.capture.has_missed(other);
        }
        if self.follow_monitors() {
            // What was read may be of another monitor than the one that is gone.
            return Ok(true);
        }
        let captured = Instant::now();
        let plane = &mut self.shown[at];
        plane.stale = false;
        plane.follow_size();
        plane.sender.set_limit(self.credit.tiles());
        let Plan {
            tiles,
            video,
            mut reset,
        } = plane
            .sender
            .plan(&plane.picture, damage.rects(), captured - self.began);
        if tiles.is_none() && video.is_empty() {
            return Ok(false);
        }
        let stamps = Stamps {
            input_sequence,
            started,
            captured,
        };
        let (mut pause, before) = (MIN_INTERVAL, self.sequence);
        let tiles_bytes = tiles.as_ref().map_or(0, Vec::len);
        if let Some(payload) = tiles {
            if video.is_empty() && payload.len() <= SMALL {
                pause = MIN_SMALL;
            }
            let header = self.header(at, Coding::Tiles, std::mem::take(&mut reset), &stamps);
            self.send(header, &payload)?;
        }
        if !video.is_empty() {
            let bitrate = self.credit.bitrate(tiles_bytes, MAX_FPS);
            let plane = &mut self.shown[at];
            plane
                .video
                .set_bitrate(bitrate.map_or(BITRATE, |bps| bps.min(BITRATE)));
            match self.send_video(at, &video, reset, &stamps)? {
                Ok(()) => self.shown[at].failures = 0,
                // One picture that is too hard to code is left out; the next one decodes alone.
                Err(error) if self.shown[at].failures < MAX_FAILURES => {
                    let plane = &mut self.shown[at];
                    let next = plane.video.backend();
                    tracing::warn!(%error, encoder = next, "a picture was left out");
                    plane.failures += 1;
                    plane.begin_anew();
                    plane.next = Some(started + MIN_INTERVAL);
                    if self.sequence == before {
                        return Ok(false);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        let plane = &mut self.shown[at];
        plane.sender.settle(&plane.picture);
        // What did not fit goes on as soon as there is credit.
        let is_behind = plane.sender.is_behind();
        plane.stale |= is_behind;
        plane.next = (!is_behind).then_some(started + pause);
        plane.sent = self.sequence;
        self.credit
            .sent_picture(self.sequence, started - self.began);
        Ok(true)
    }

    /// Sends the video's picture: where it comes in parts, the first is on its way while the next
    /// one is coded. The encoder's error, if it has one.
    fn send_video(
        &mut self,
        at: usize,
        rects: &[Rect],
        mut reset: bool,
        stamps: &Stamps,
    ) -> Result<Result<(), CodecError>> {
        let mut payload = Vec::new();
        let plane = &mut self.shown[at];
        plane.video.show(&plane.picture, rects);
        let mut coded = plane.video.encode(&mut payload);
        loop {
            let info = match coded {
                Ok(info) => info,
                Err(error) => return Ok(Err(error)),
            };
            let mut header = self.header(at, Coding::H264, std::mem::take(&mut reset), stamps);
            (header.key, header.more) = (info.key, info.more);
            header.rects = info.within(rects);
            self.send(header, &payload)?;
            if !info.more {
                return Ok(Ok(()));
            }
            coded = self.shown[at].video.encode_rest(&mut payload);
        }
    }

    /// Makes a part of what came by the video exact.
    fn send_refresh(&mut self, at: usize, bytes: usize, now: Instant) -> Result<()> {
        let stamps = Stamps {
            input_sequence: self.orders.input_sequence.load(Ordering::Acquire),
            started: now,
            captured: now,
        };
        let sender = &mut self.shown[at].sender;
        let Some(step) = sender.refresh(bytes, now - self.began) else {
            return Ok(());
        };
        let header = self.header(at, Coding::Tiles, false, &stamps);
        self.send(header, &step.payload)?;
        self.credit
            .sent_step(self.sequence, step.unpacked, step.payload.len());
        Ok(())
    }

    fn header(&mut self, at: usize, coding: Coding, reset: bool, stamps: &Stamps) -> FrameHeader {
        self.sequence += 1;
        let plane = &self.shown[at];
        FrameHeader {
            coding,
            surface: plane.surface,
            sequence: self.sequence,
            key: false,
            reset,
            more: false,
            size: plane.sender.size(),
            input_sequence: stamps.input_sequence,
            captured_us: micros(stamps.started - self.began),
            capture_us: short(stamps.captured - stamps.started),
            encode_us: short(stamps.captured.elapsed()),
            payload: 0,
            epoch: plane.sender.epoch(),
            rects: Vec::new(),
        }
    }

    fn send(&mut self, mut header: FrameHeader, payload: &[u8]) -> Result<()> {
        header.payload = payload.len() as u32;
        self.credit
            .sent(header.sequence, payload.len(), self.began.elapsed());
        if self.orders.is_live() {
            self.upward
                .send(&ipc::pack_frame(self.session, &header, payload))?;
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
