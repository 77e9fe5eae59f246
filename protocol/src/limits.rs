//! Every bound that two programs must agree on, with its unit and its reason.
//!
//! Bounds that only one program needs stand beside the code that keeps them.

use std::time::Duration;

/// Largest control message body, in bytes: the largest real one is a grant (about 1.5 KiB); the
/// rest is room for growth while a peer's buffer stays small.
pub const CONTROL_MESSAGE_BYTES: usize = 64 * 1024;

/// Largest encoded picture, in bytes: forty times a detailed 1080p keyframe. What does not fit (a
/// 4K keyframe of pure noise) is left out by the host, and the next picture decodes alone.
pub const FRAME_BYTES: usize = 4 * 1024 * 1024;

/// Largest frame header, in bytes: every field at its widest is under 90, and each rectangle takes
/// up to 8; the rest is room for fields that a later version appends.
pub const FRAME_HEADER_BYTES: usize = 512;

/// Most rectangles that a video frame may be seen in. More would cost more to describe and to
/// present than the pixels between them.
pub const FRAME_RECTS: usize = 48;

/// Largest body of a lossless update once it is unpacked, in bytes: a 1080p screen of text takes
/// a quarter. What does not fit goes into the next update or to the video.
pub const TILE_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Most moves within the picture that one lossless update may tell.
pub const TILE_COPIES: usize = 16;

/// Widest and highest cursor shape, in pixels: X11 and Windows themselves stop at 256.
pub const CURSOR_SIDE: u32 = 256;

/// Longest text that one `Text` input may carry, in bytes: a paragraph, not a file.
pub const INPUT_TEXT_BYTES: usize = 4096;

/// Longest text that goes from one clipboard to another, in bytes of UTF-8: a book's chapter. A
/// longer one is refused with a sentence, never cut.
pub const CLIPBOARD_TEXT_BYTES: usize = 1024 * 1024;

/// Largest part of such a text in one message, in bytes: fits a control message, and a newer text
/// waits for no more than this.
pub const CLIPBOARD_PART_BYTES: usize = 32 * 1024;

/// Clipboard texts that a side may begin per second. Ours begin four; more is a flood, and ends
/// the session.
pub const CLIPBOARD_PER_SECOND: u32 = 10;

/// Shortest pause between two clipboard texts that a side sends; the newest one waits, the others
/// are forgotten.
pub const CLIPBOARD_PAUSE: Duration = Duration::from_millis(250);

/// Longest name (device, person, organisation) in bytes of UTF-8; longer ones are cut when they
/// enter the catalogue.
pub const NAME_BYTES: usize = 256;

/// Longest reason or ticket number given for a session, in bytes of UTF-8.
pub const REASON_BYTES: usize = 512;

/// Most surfaces (monitors) that one host may announce.
pub const SURFACES: usize = 16;

/// Most surfaces that are shown at a time. Each costs the host an encoder and three pictures of its
/// size; more monitors stand on hardly any desk.
pub const SURFACES_SHOWN: usize = 4;

/// Most pictures that may be on their way to the viewer without an acknowledgement. Two keep the
/// encoder busy while one is decoded; more would be a queue, and a queue is latency.
pub const FRAMES_IN_FLIGHT: u64 = 2;

/// How long the viewer may take to say hello after its connection stands.
pub const HELLO_WAIT: Duration = Duration::from_secs(10);

/// How long a person is given to answer before silence counts as no.
pub const CONSENT_WAIT: Duration = Duration::from_secs(60);

/// How long after its issue a grant may be presented to the host.
pub const GRANT_START_BY: Duration = Duration::from_secs(30);

/// Longest session that a grant may allow.
pub const SESSION_MAX: Duration = Duration::from_secs(8 * 60 * 60);

/// Pause between two beats while a viewer's window is visible or a key is down.
pub const BEAT_EVERY: Duration = Duration::from_secs(1);

/// Silence after which a host speaks by itself: a beat is overdue by half, and where the device's own
/// address has changed the relay learns of it only from what comes from there. A second before the
/// silence counts.
pub const BEAT_OVERDUE: Duration = Duration::from_millis(1500);

/// Silence after which a side treats the other as lost: keys are released, the picture is dimmed.
/// Two missed beats and a half, so that one lost packet at 200 ms RTT does not trip it.
pub const BEAT_SILENCE: Duration = Duration::from_millis(2500);

/// Silence after which a session ends for good.
pub const SESSION_IDLE: Duration = Duration::from_secs(60);

/// How long a lease lets a session run without word from the directory.
pub const LEASE: Duration = Duration::from_secs(60);

/// Pause between two lease renewals: two may be lost before a lease runs out.
pub const LEASE_EVERY: Duration = Duration::from_secs(20);

/// How long past its lease an attended session may run while the directory is down.
pub const LEASE_GRACE_ATTENDED: Duration = Duration::from_secs(300);

/// Input events that a viewer may send per second, sustained: a 1000 Hz mouse plus typing.
pub const INPUT_PER_SECOND: u32 = 1500;

/// Messages other than input that a viewer may send per second: acknowledgements of 60 pictures,
/// beats, and room.
pub const MESSAGES_PER_SECOND: u32 = 500;

/// Largest UDP payload that any of our sockets sends, in bytes, over IPv4: a 1500-byte link less
/// IP, UDP and the 8-byte relay header leaves 1464; 1452 also fits PPPoE.
pub const UDP_PAYLOAD_IPV4: u16 = 1452;

/// The same over IPv6.
pub const UDP_PAYLOAD_IPV6: u16 = 1444;
