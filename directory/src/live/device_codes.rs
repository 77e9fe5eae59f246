//! Viewers that wait for a person to let them in from a browser, in the manner of RFC 8628: the
//! viewer holds a long code and asks again and again, the person types a short one.
//!
//! Each pair works once, for ten minutes, for one viewer key; there are never too many.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;

use super::lock;
use super::shares::Shares;
use crate::secret::{Secret, SecretDigest};

/// How long a person has to let a viewer in.
pub const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// Pause between two questions of a viewer, in seconds, and what is added when it asks sooner
/// (RFC 8628, section 3.5).
pub const INTERVAL_S: u32 = 5;
const SLOWER_S: u32 = 5;

/// Longest pause that a hasty viewer is sent into, in seconds.
const INTERVAL_MOST_S: u32 = 60;

/// Most viewers that may wait at once, about 10 MiB.
pub const MOST: usize = 32 * 1024;

/// Most of one network that may wait, of the one around it and of the one around that: a class of
/// technicians on their first day, and a few such classes at one provider. Anybody may ask, so it
/// takes 128 networks of the widest kind to keep the others out.
const SHARES: [u32; 3] = [64, 128, 256];

/// Letters of the short code: no vowels, so that no words come out, and none that look alike.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Letters in a short code: 34 bits, tried a few times a minute for ten minutes.
const CODE_LETTERS: usize = 8;

/// A short code, eight letters, as it is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserCode([u8; CODE_LETTERS]);

impl UserCode {
    fn draw() -> Self {
        let mut letters = [0; CODE_LETTERS];
        let mut filled = 0;
        while filled < CODE_LETTERS {
            for byte in farpane_certs::random::bytes::<16>() {
                // 240 is the largest multiple of 20 below 256: every letter is as likely.
                if byte < 240 && filled < CODE_LETTERS {
                    letters[filled] = LETTERS[usize::from(byte) % LETTERS.len()];
                    filled += 1;
                }
            }
        }
        Self(letters)
    }

    /// Of what a person typed: any case, with or without the dash.
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = [0; CODE_LETTERS];
        let mut filled = 0;
        for byte in text.bytes() {
            if byte == b'-' || byte == b' ' {
                continue;
            }
            let letter = byte.to_ascii_uppercase();
            if filled == CODE_LETTERS || !LETTERS.contains(&letter) {
                return None;
            }
            letters[filled] = letter;
            filled += 1;
        }
        (filled == CODE_LETTERS).then_some(Self(letters))
    }
}

impl std::fmt::Debug for UserCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserCode")
    }
}

impl std::fmt::Display for UserCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, letter) in self.0.iter().enumerate() {
            let dash = if n == CODE_LETTERS / 2 { "-" } else { "" };
            write!(f, "{dash}{}", char::from(*letter))?;
        }
        Ok(())
    }
}

/// A viewer that wants in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Its key, proved.
    pub key: PublicKey,
    /// What it is called.
    pub name: String,
    /// Version of its program.
    pub version: String,
    /// From which address it asks.
    pub address: String,
    /// Since when.
    pub since: Timestamp,
}

/// A person who let a viewer in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetIn {
    /// Who.
    pub account: UserId,
    /// Where the person belongs.
    pub org: OrgId,
    /// Whether the person has shown a second factor.
    pub strong: bool,
}

/// What a viewer is told that asks whether it may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// Nobody has said anything; ask again after this many seconds.
    Waiting(u32),
    /// It may. The code is used up.
    LetIn(Asking, LetIn),
    /// The person said no. The code is used up.
    Refused,
    /// There is no such code, any more or at all.
    Unknown,
}

#[derive(Debug)]
struct Kept {
    asking: Asking,
    from: IpAddr,
    user: UserCode,
    until: Timestamp,
    interval: u32,
    polled: Option<Timestamp>,
    answer: Option<Option<LetIn>>,
}

/// Why nobody more may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Too many of this network do.
    Network,
    /// Too many do.
    All,
}

#[derive(Debug)]
struct Inner {
    by_device: HashMap<SecretDigest, Kept>,
    by_user: HashMap<UserCode, SecretDigest>,
    shares: Shares,
}

impl Inner {
    fn forget_old(&mut self, now: Timestamp) {
        let (by_user, shares) = (&mut self.by_user, &mut self.shares);
        self.by_device.retain(|_, kept| {
            let alive = kept.until > now;
            if !alive {
                by_user.remove(&kept.user);
                shares.give_back(kept.from);
            }
            alive
        });
    }

    fn waiting(&mut self, code: UserCode, now: Timestamp) -> Option<&mut Kept> {
        let digest = self.by_user.get(&code)?;
        let kept = self.by_device.get_mut(digest)?;
        (kept.until > now && kept.answer.is_none()).then_some(kept)
    }
}

/// The viewers that wait.
#[derive(Debug)]
pub struct DeviceCodes(Mutex<Inner>);

impl Default for DeviceCodes {
    fn default() -> Self {
        Self(Mutex::new(Inner {
            by_device: HashMap::new(),
            by_user: HashMap::new(),
            shares: Shares::new(SHARES),
        }))
    }
}

impl DeviceCodes {
    /// A pair of codes for a viewer that asks from this address, if not too many wait.
    pub fn issue(
        &self,
        asking: Asking,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<(Secret, UserCode), Full> {
        let mut inner = lock(&self.0);
        if inner.by_device.len() >= MOST {
            inner.forget_old(now);
            if inner.by_device.len() >= MOST {
                return Err(Full::All);
            }
        }
        if !inner.shares.take(from) {
            inner.forget_old(now);
            if !inner.shares.take(from) {
                return Err(Full::Network);
            }
        }
        let user = loop {
            let user = UserCode::draw();
            if !inner.by_user.contains_key(&user) {
                break user;
            }
        };
        let secret = Secret::draw();
        let kept = Kept {
            asking,
            from,
            user,
            until: now.after(LIFETIME),
            interval: INTERVAL_S,
            polled: None,
            answer: None,
        };
        inner.by_user.insert(user, secret.digest());
        inner.by_device.insert(secret.digest(), kept);
        Ok((secret, user))
    }

    /// Who waits behind a short code.
    pub fn look(&self, code: UserCode, now: Timestamp) -> Option<Asking> {
        let mut inner = lock(&self.0);
        inner.waiting(code, now).map(|kept| kept.asking.clone())
    }

    /// A person answers: lets the viewer with this key in, or not. False if nobody waits there,
    /// or somebody has answered already.
    pub fn answer(
        &self,
        code: UserCode,
        key: &PublicKey,
        answer: Option<LetIn>,
        now: Timestamp,
    ) -> bool {
        let mut inner = lock(&self.0);
        match inner.waiting(code, now) {
            Some(kept) if kept.asking.key == *key => {
                kept.answer = Some(answer);
                true
            }
            Some(_) | None => false,
        }
    }

    /// A viewer asks whether it may come in.
    pub fn poll(&self, shown: &str, now: Timestamp) -> Polled {
        let Some(digest) = SecretDigest::of_shown(shown) else {
            return Polled::Unknown;
        };
        let mut inner = lock(&self.0);
        let Some(kept) = inner.by_device.get_mut(&digest) else {
            return Polled::Unknown;
        };
        let alive = kept.until > now;
        if alive && kept.answer.is_none() {
            let pause = Duration::from_secs(u64::from(kept.interval));
            if kept.polled.is_some_and(|polled| now < polled.after(pause)) {
                kept.interval = (kept.interval + SLOWER_S).min(INTERVAL_MOST_S);
            }
            kept.polled = Some(now);
            return Polled::Waiting(kept.interval);
        }
        let Some(kept) = inner.by_device.remove(&digest) else {
            return Polled::Unknown;
        };
        inner.by_user.remove(&kept.user);
        inner.shares.give_back(kept.from);
        match kept.answer.filter(|_| alive) {
            Some(Some(let_in)) => Polled::LetIn(kept.asking, let_in),
            Some(None) => Polled::Refused,
            None => Polled::Unknown,
        }
    }

    /// Drops what no longer works.
    pub fn forget_old(&self, now: Timestamp) {
        lock(&self.0).forget_old(now);
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::key::SecretKey;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const FROM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn asking(seed: u8) -> Asking {
        Asking {
            key: SecretKey::from_seed([seed; 32]).public(),
            name: "laptop".into(),
            version: "0.1.0".into(),
            address: "192.0.2.1".into(),
            since: NOW,
        }
    }

    fn anna() -> LetIn {
        LetIn {
            account: UserId(Uuid::from_u128(1)),
            org: OrgId(Uuid::from_u128(2)),
            strong: true,
        }
    }

    fn later(seconds: u64) -> Timestamp {
        NOW.after(Duration::from_secs(seconds))
    }

    #[test]
    fn a_viewer_is_let_in_once() {
        let codes = DeviceCodes::default();
        let (device, user) = codes.issue(asking(1), FROM, NOW).expect("room");
        assert_eq!(codes.look(user, NOW), Some(asking(1)));
        assert_eq!(codes.poll(device.expose(), NOW), Polled::Waiting(5));
        assert!(
            !codes.answer(user, &asking(2).key, Some(anna()), NOW),
            "another key"
        );
        assert!(codes.answer(user, &asking(1).key, Some(anna()), NOW));
        assert!(
            !codes.answer(user, &asking(1).key, None, NOW),
            "answered already"
        );
        assert_eq!(codes.look(user, NOW), None);
        let let_in = Polled::LetIn(asking(1), anna());
        assert_eq!(codes.poll(device.expose(), later(5)), let_in);
        assert_eq!(codes.poll(device.expose(), later(10)), Polled::Unknown);
    }

    #[test]
    fn a_hasty_viewer_is_slowed_down_and_a_late_person_is_too_late() {
        let codes = DeviceCodes::default();
        let (device, user) = codes.issue(asking(1), FROM, NOW).expect("room");
        let poll = |at| codes.poll(device.expose(), later(at));
        assert_eq!(poll(0), Polled::Waiting(5));
        assert_eq!(poll(5), Polled::Waiting(5));
        assert_eq!(poll(6), Polled::Waiting(10));
        assert_eq!(poll(15), Polled::Waiting(15));
        assert!(!codes.answer(user, &asking(1).key, Some(anna()), later(600)));
        assert_eq!(poll(600), Polled::Unknown);
    }

    #[test]
    fn a_refused_viewer_is_told_and_a_flood_is_turned_away() {
        let codes = DeviceCodes::default();
        let (device, user) = codes.issue(asking(1), FROM, NOW).expect("room");
        assert!(codes.answer(user, &asking(1).key, None, NOW));
        assert_eq!(codes.poll(device.expose(), NOW), Polled::Refused);
        for _ in 0..SHARES[0] {
            assert!(codes.issue(asking(1), FROM, NOW).is_ok());
        }
        let more = codes.issue(asking(1), FROM, NOW);
        assert_eq!(more.err(), Some(Full::Network));
        assert!(codes.issue(asking(1), FROM, later(600)).is_ok());
        let elsewhere = |n: u32| IpAddr::from((0x0a00_0000 + (n << 10)).to_be_bytes());
        let full = (0..).find_map(|n| codes.issue(asking(1), elsewhere(n), NOW).err());
        assert_eq!(full, Some(Full::All));
        assert_eq!(lock(&codes.0).by_device.len(), MOST);
        assert!(codes.issue(asking(1), elsewhere(0), later(600)).is_ok());
        assert_eq!(lock(&codes.0).by_user.len(), 2);
    }

    #[test]
    fn short_codes_read_back_however_they_are_typed() {
        let code = UserCode::draw();
        let shown = code.to_string();
        assert_eq!((shown.len(), shown.find('-')), (9, Some(4)));
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " ")] {
            assert!(UserCode::parse(&typed) == Some(code), "{typed}");
        }
        for wrong in ["", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF_GHJK"] {
            assert!(UserCode::parse(wrong).is_none(), "{wrong}");
        }
    }
}
