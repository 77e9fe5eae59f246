//! The keys that grants, relay tickets, envelopes and leases are signed with, as the running
//! server holds them.

use std::collections::HashMap;
use std::sync::Mutex;

use farpane_protocol::key::{PublicKey, SecretKey};
use farpane_protocol::time::Timestamp;

use super::lock;
use crate::model::ring::Ring;

#[derive(Debug)]
struct Held {
    /// The key that signs while none was ever changed.
    first: SecretKey,
    secrets: HashMap<PublicKey, SecretKey>,
    ring: Ring,
}

/// The keys, and which of them counts when.
#[derive(Debug)]
pub struct Signing(Mutex<Held>);

impl Signing {
    /// With one key, which counts for ever.
    pub fn of(first: SecretKey) -> Self {
        Self(Mutex::new(Held {
            first,
            secrets: HashMap::new(),
            ring: Ring::default(),
        }))
    }

    /// Takes over what is kept now; false if it is what was known.
    pub fn publish(&self, ring: Ring, secrets: Vec<SecretKey>) -> bool {
        let mut held = lock(&self.0);
        let secrets: HashMap<_, _> = secrets.into_iter().map(|key| (key.public(), key)).collect();
        if held.ring == ring && held.secrets.len() == secrets.len() {
            return false;
        }
        held.ring = ring;
        held.secrets = secrets;
        true
    }

    /// The key that signs now.
    pub fn key(&self, now: Timestamp) -> SecretKey {
        let held = lock(&self.0);
        let signer = held.ring.signer(now);
        let secret = signer.and_then(|key| held.secrets.get(&key));
        secret.unwrap_or(&held.first).clone()
    }

    /// Keys whose word counts with hosts and relays.
    pub fn counting(&self, now: Timestamp) -> Vec<PublicKey> {
        let signer = self.key(now).public();
        let mut counting = lock(&self.0).ring.counting(now);
        if !counting.contains(&signer) {
            counting.push(signer);
        }
        counting
    }

    /// Keys by which what hosts remember is judged.
    pub fn remembered(&self, now: Timestamp) -> Vec<PublicKey> {
        let mut known = self.counting(now);
        for key in lock(&self.0).ring.remembered(now) {
            if !known.contains(&key) {
                known.push(key);
            }
        }
        known
    }

    /// How the keys followed each other.
    pub fn successions(&self) -> Vec<String> {
        lock(&self.0).ring.successions()
    }
}
