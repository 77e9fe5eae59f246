//! One surface that is shown, or was a moment ago: its pixels, and what the viewer has of them.

use std::time::Instant;

use farpane_media::codec::EncoderSettings;
use farpane_media::picture::BgraPicture;
use farpane_media::surface::sender::Sender;
use farpane_media::surface::video::VideoPlane;
use farpane_media::surface::view::Need;
use farpane_protocol::geometry::Size;

/// Bits per second that the encoder aims at.
pub(super) const BITRATE: u32 = 10_000_000;
/// Most pictures per second.
pub(super) const MAX_FPS: u32 = 60;

/// Both planes of one surface, and its pixels.
pub(super) struct Plane {
    pub(super) surface: u32,
    pub(super) picture: BgraPicture,
    pub(super) sender: Sender,
    pub(super) video: VideoPlane,
    /// There may be something to send.
    pub(super) stale: bool,
    /// The earliest time of its next picture.
    pub(super) next: Option<Instant>,
    /// The last frame of its last picture.
    pub(super) sent: u64,
    /// Its pictures in a row that could not be coded.
    pub(super) failures: u32,
}

fn video(size: Size) -> VideoPlane {
    VideoPlane::new(EncoderSettings {
        in_parts: true,
        ..EncoderSettings::new(size, BITRATE, MAX_FPS)
    })
}

impl Plane {
    /// For a viewer that has nothing of it; `epoch` must be larger than that of any plane of the
    /// same surface before in the same session.
    pub(super) fn new(surface: u32, size: Size, epoch: u64) -> Self {
        Self {
            surface,
            picture: BgraPicture::new(size),
            sender: Sender::new(size, epoch),
            video: video(size),
            stale: true,
            next: None,
            sent: 0,
            failures: 0,
        }
    }

    /// Everything begins anew with the next picture.
    pub(super) fn begin_anew(&mut self) {
        self.sender.begin_anew();
        self.video.begin_anew();
        self.stale = true;
    }

    /// The viewer cannot go on. What it asked before everything began anew is done already.
    pub(super) fn repair(&mut self, need: Need) {
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

    /// Follows the picture, which may have another size by now.
    pub(super) fn follow_size(&mut self) {
        let size = self.picture.size();
        if self.sender.size() != size {
            self.sender = Sender::new(size, self.sender.epoch() + 1);
            self.video = video(size);
        }
    }

    /// It is seen again after a while: the next picture has something to send, changed or not.
    pub(super) fn come_back(&mut self) {
        self.stale = true;
        self.next = None;
        self.sender.repeat();
    }

    /// Whether a picture of it may be made by now.
    pub(super) fn is_ready(&self, now: Instant) -> bool {
        self.stale && self.next.is_none_or(|next| next <= now)
    }
}
