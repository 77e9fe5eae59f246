//! The thread that turns damage into pictures: waits, reads what changed, encodes, sends, and
//! never runs ahead of what the viewer has decoded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use farpane_media::codec::{EncoderSettings, VideoEncoder};
use farpane_media::convert::bgra_to_i420;
use farpane_media::h264::H264Encoder;
use farpane_media::picture::{BgraPicture, I420Picture};
use farpane_protocol::geometry::Size;
use farpane_protocol::limits::FRAMES_IN_FLIGHT;
use farpane_protocol::wire::frame::{Coding, FrameHeader};
use farpane_protocol::wire::message::CursorShape;

use super::Upward;
use crate::ipc::{self, FromHelper};
use crate::platform::{Capture, Damage, Waker};

/// Bits per second that the encoder aims at.
const BITRATE: u32 = 10_000_000;
/// Most pictures per second.
const MAX_FPS: u32 = 60;
/// Shortest time between two pictures, a little under the frame time so that a 60 Hz source never
/// waits for two of its own frames.
const MIN_INTERVAL: Duration = Duration::from_micros(14_000);
/// Quiet time after which the picture is coded again, finer.
const REFINE_AFTER: Duration = Duration::from_millis(120);
/// How often a quiet picture is coded again; after that nothing is sent at all.
const REFINEMENTS: u32 = 3;
/// Pictures in a row that may fail to be coded before the session ends.
const MAX_FAILURES: u32 = 5;

#[derive(Default)]
struct Orders {
    live: AtomicBool,
    /// Counts sessions, so that numbers of an old one are not taken for the new one's.
    session: AtomicU64,
    acknowledged: AtomicU64,
    refresh: AtomicBool,
    input_sequence: AtomicU64,
    /// Number of the last picture that was sent.
    sent: AtomicU64,
    over: AtomicBool,
}

/// Stops the pictures from any thread.
pub(super) struct Brake {
    orders: Arc<Orders>,
    waker: Waker,
}

impl Brake {
    pub(super) fn pull(&self) {
        self.orders.live.store(false, Ordering::Release);
        self.waker.wake();
    }
}

/// The thread and the orders it obeys. Dropping it ends the thread.
pub(super) struct PictureThread {
    orders: Arc<Orders>,
    waker: Waker,
    size: Size,
    thread: Option<JoinHandle<()>>,
}

impl PictureThread {
    pub(super) fn start(capture: Box<dyn Capture>, upward: Upward) -> Result<Self> {
        let orders = Arc::new(Orders::default());
        let waker = Waker::new()?;
        let size = capture.size();
        let work = Work::new(capture, upward, orders.clone(), waker.clone());
        let thread = std::thread::Builder::new()
            .name("picture".into())
            .spawn(move || work.run())
            .context("the system has no room for another thread")?;
        Ok(Self {
            orders,
            waker,
            size,
            thread: Some(thread),
        })
    }

    pub(super) fn size(&self) -> Size {
        self.size
    }

    pub(super) fn brake(&self) -> Brake {
        Brake {
            orders: self.orders.clone(),
            waker: self.waker.clone(),
        }
    }

    pub(super) fn start_session(&self) {
        self.orders.sent.store(0, Ordering::Relaxed);
        self.orders.acknowledged.store(0, Ordering::Relaxed);
        self.orders.input_sequence.store(0, Ordering::Relaxed);
        self.orders.session.fetch_add(1, Ordering::Relaxed);
        self.orders.live.store(true, Ordering::Release);
        self.waker.wake();
    }

    pub(super) fn stop(&self) {
        self.orders.live.store(false, Ordering::Release);
        self.waker.wake();
    }

    pub(super) fn acknowledged(&self, sequence: u64) {
        self.orders
            .acknowledged
            .fetch_max(sequence, Ordering::AcqRel);
        self.waker.wake();
    }

    pub(super) fn refresh(&self) {
        self.orders.refresh.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Input up to this sequence has been applied; the next picture says so.
    pub(super) fn applied(&self, sequence: u64) {
        self.orders
            .input_sequence
            .fetch_max(sequence, Ordering::AcqRel);
    }
}

impl Drop for PictureThread {
    fn drop(&mut self) {
        self.orders.over.store(true, Ordering::Release);
        self.waker.wake();
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("the picture thread panicked");
        }
    }
}

struct Work {
    capture: Box<dyn Capture>,
    upward: Upward,
    orders: Arc<Orders>,
    waker: Waker,
    began: Instant,
    picture: BgraPicture,
    coded: I420Picture,
    encoder: Option<H264Encoder>,
    failures: u32,
    shape: Option<crate::platform::CursorShape>,
    session: u64,
    sequence: u64,
    last: Option<Instant>,
    stale: bool,
    refinements: u32,
}

impl Work {
    fn new(capture: Box<dyn Capture>, upward: Upward, orders: Arc<Orders>, waker: Waker) -> Self {
        let size = capture.size();
        Self {
            capture,
            upward,
            orders,
            waker,
            began: Instant::now(),
            picture: BgraPicture::new(size),
            coded: I420Picture::new(size),
            encoder: None,
            failures: 0,
            shape: None,
            session: 0,
            sequence: 0,
            last: None,
            stale: true,
            refinements: 0,
        }
    }

    fn run(mut self) {
        while !self.orders.over.load(Ordering::Acquire) {
            if let Err(error) = self.step() {
                let sentence = format!("{error:#}");
                tracing::error!(error = sentence, "the screen cannot be shown");
                self.upward.tell(&FromHelper::Broken(sentence));
                return;
            }
        }
    }

    fn is_live(&self) -> bool {
        self.orders.live.load(Ordering::Acquire)
    }

    fn step(&mut self) -> Result<()> {
        let wake = self.capture.wait(self.deadline(), &self.waker)?;
        self.stale |= wake.damage || wake.resized;
        if wake.resized {
            let size = self.capture.size();
            self.encoder = None;
            self.upward.tell(&FromHelper::Surface {
                width: size.width(),
                height: size.height(),
            });
        }
        if !self.is_live() {
            return Ok(());
        }
        let session = self.orders.session.load(Ordering::Acquire);
        let new_session = session != self.session;
        if new_session {
            self.session = session;
            self.sequence = 0;
            self.last = None;
            self.stale = true;
            self.encoder = None;
        }
        if wake.cursor || new_session {
            self.send_cursor(new_session)?;
        }
        if self.orders.refresh.swap(false, Ordering::AcqRel) {
            self.encoder = None;
            self.stale = true;
        }
        if !self.has_credit() || self.pause().is_some_and(|until| until > Instant::now()) {
            return Ok(());
        }
        if self.stale {
            self.stale = false;
            self.refinements = REFINEMENTS;
            self.send_picture(true)
        } else if self.refinements > 0 && self.quiet_until().is_some_and(|at| at <= Instant::now())
        {
            self.refinements -= 1;
            self.send_picture(false)
        } else {
            Ok(())
        }
    }

    fn has_credit(&self) -> bool {
        let acknowledged = self.orders.acknowledged.load(Ordering::Acquire);
        self.sequence < acknowledged.saturating_add(FRAMES_IN_FLIGHT)
    }

    fn pause(&self) -> Option<Instant> {
        self.last.map(|last| last + MIN_INTERVAL)
    }

    fn quiet_until(&self) -> Option<Instant> {
        self.last.map(|last| last + REFINE_AFTER)
    }

    /// When to look again if nothing happens. `None` without a session, without credit, and when
    /// all is sent: then only damage or an order wakes the thread.
    fn deadline(&self) -> Option<Instant> {
        if !self.is_live() || !self.has_credit() {
            return None;
        }
        if self.stale {
            return self.pause().or_else(|| Some(Instant::now()));
        }
        if self.refinements > 0 {
            self.quiet_until()
        } else {
            None
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

    fn send_picture(&mut self, grab: bool) -> Result<()> {
        // Input applied from here on may not be in this picture yet.
        let input_sequence = self.orders.input_sequence.load(Ordering::Acquire);
        let started = Instant::now();
        let damage = if grab {
            self.capture.grab(&mut self.picture)?
        } else {
            Damage::default()
        };
        let size = self.picture.size();
        if self.coded.size() != size {
            self.coded = I420Picture::new(size);
            self.encoder = None;
        }
        let fresh = self.encoder.is_none();
        if grab && damage.is_empty() && !fresh {
            return Ok(());
        }
        let all = [size.rect()];
        let changed = if fresh { &all[..] } else { damage.rects() };
        bgra_to_i420(&self.picture, &mut self.coded, changed)?;
        let converted = Instant::now();
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => none.insert(H264Encoder::new(EncoderSettings::new(
                size, BITRATE, MAX_FPS,
            ))?),
        };
        let mut payload = Vec::new();
        let info = match encoder.encode(&self.coded, fresh, &mut payload) {
            Ok(info) => info,
            // One picture that is too hard to code is left out; the next one decodes alone.
            Err(error) if self.failures < MAX_FAILURES => {
                tracing::warn!(%error, "a picture was left out");
                self.failures += 1;
                self.encoder = None;
                self.stale = true;
                self.last = Some(started);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.failures = 0;
        let done = Instant::now();
        self.sequence += 1;
        self.last = Some(started);
        let header = FrameHeader {
            coding: Coding::H264,
            surface: 0,
            sequence: self.sequence,
            key: info.key,
            size,
            input_sequence,
            captured_us: micros(started - self.began),
            capture_us: short(converted - started),
            encode_us: short(done - converted),
            payload: payload.len() as u32,
        };
        self.orders.sent.store(self.sequence, Ordering::Release);
        if self.is_live() {
            self.upward.send(&ipc::pack_frame(&header, &payload))?;
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
