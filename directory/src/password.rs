//! Passwords: argon2id, and the rule for new ones.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

/// Shortest password that is taken, in characters.
pub const MIN_CHARS: usize = 12;

/// Longest password that is looked at, in bytes: hashing is meant to be dear, not unbounded.
pub const MAX_BYTES: usize = 1024;

/// Memory per hash in KiB, passes and lanes: the first choice of the OWASP password storage sheet
/// for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Fewer than [`MIN_CHARS`] characters.
    #[error("the password is too short: use at least {MIN_CHARS} characters")]
    Short,
    /// More than [`MAX_BYTES`] bytes.
    #[error("the password is too long: use at most {MAX_BYTES} bytes")]
    Long,
    /// The hash could not be made.
    #[error("the password could not be hashed: not enough memory")]
    Hash,
}

/// A stored password: a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct Hashed(pub String);

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashed")
    }
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .expect("the constants lie within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

impl Hashed {
    /// Hashes a new password. Takes tens of milliseconds of CPU.
    pub fn new(password: &str) -> Result<Self, BadPassword> {
        if password.chars().count() < MIN_CHARS {
            return Err(BadPassword::Short);
        }
        Self::of_any(password)
    }

    /// A hash that no password matches, to spend the same time on accounts that do not exist.
    pub fn decoy() -> Result<Self, BadPassword> {
        Self::of_any(crate::secret::Secret::draw().expose())
    }

    fn of_any(password: &str) -> Result<Self, BadPassword> {
        if password.len() > MAX_BYTES {
            return Err(BadPassword::Long);
        }
        let salt = farpane_certs::random::bytes::<16>();
        let hash = argon2id()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map_err(|_| BadPassword::Hash)?;
        Ok(Self(hash.to_string()))
    }

    /// Whether this is the password. Takes tens of milliseconds of CPU.
    pub fn matches(&self, password: &str) -> bool {
        let Ok(hash) = PasswordHash::new(&self.0) else {
            return false;
        };
        password.len() <= MAX_BYTES
            && argon2id()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_password_matches_and_short_ones_are_refused() {
        let hashed = Hashed::new("correct horse battery").expect("hashes");
        assert!(hashed.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hashed.matches("correct horse battery"));
        assert!(!hashed.matches("correct horse batterz"));
        assert!(!Hashed("junk".into()).matches("junk"));
        assert_eq!(Hashed::new("elevenchars"), Err(BadPassword::Short));
        assert_eq!(Hashed::new(&"x".repeat(2000)), Err(BadPassword::Long));
    }
}
