//! Passwords: argon2id, and the rule for new ones. They must be long and not among the first that
//! anybody would try; which characters they are made of is the person's own affair.

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
    /// One of those that are tried first.
    #[error("the password is one that is tried first: use a few words that belong to nobody")]
    Known,
    /// The person's own address or name.
    #[error("the password is your name or address: use a few words that belong to nobody")]
    AboutYou,
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

/// Passwords of at least [`MIN_CHARS`] characters that appear first in guessing, one a line.
const WORST: &str = include_str!("../assets/worst-passwords.txt");

/// Only what a person chose, without case and without what stands between words.
fn core(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a new password may be used; `about` is what others know of the person.
pub fn check(password: &str, about: &[&str]) -> Result<(), BadPassword> {
    if password.chars().count() < MIN_CHARS {
        return Err(BadPassword::Short);
    }
    if password.len() > MAX_BYTES {
        return Err(BadPassword::Long);
    }
    let lower = password.to_lowercase();
    let chosen = core(password);
    let mut chars = lower.chars();
    let first = chars.next();
    if WORST.lines().any(|worst| worst == lower) || chars.all(|c| Some(c) == first) {
        return Err(BadPassword::Known);
    }
    // Only the whole thing, written otherwise or with a number behind it: a password that merely
    // holds the name of a town is not refused because somebody is called after it.
    let bare = chosen.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_about = |known: &str| {
        let known = core(known);
        known.chars().count() >= 4 && (known == chosen || known == bare)
    };
    let parts = about.iter().flat_map(|text| {
        let local = text.split_once('@').map_or("", |(local, _)| local);
        [*text, local]
    });
    if parts.into_iter().any(is_about) {
        return Err(BadPassword::AboutYou);
    }
    Ok(())
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .expect("the constants lie within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

impl Hashed {
    /// Hashes a new password. Takes tens of milliseconds of CPU.
    pub fn new(password: &str) -> Result<Self, BadPassword> {
        Self::new_for(password, &[])
    }

    /// Likewise, of a person about whom others know this.
    pub fn new_for(password: &str, about: &[&str]) -> Result<Self, BadPassword> {
        check(password, about)?;
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
        assert_eq!(Hashed::new(&"xy".repeat(1000)), Err(BadPassword::Long));
    }

    #[test]
    fn what_is_guessed_first_is_refused_and_what_is_made_of_is_not_prescribed() {
        let about = ["anna.berg@example.org", "Anna Berg"];
        let check = |password: &str| check(password, &about);
        for known in ["Password1234", "qwertyuiop123", "zzzzzzzzzzzzzz"] {
            assert_eq!(check(known), Err(BadPassword::Known), "{known}");
        }
        for own in ["Anna.Berg@Example.org", "anna-berg-1984", "ANNA BERG 2026"] {
            assert_eq!(check(own), Err(BadPassword::AboutYou), "{own}");
        }
        for good in [
            "all lower case words",
            "annabergen lives here",
            "\u{6771}\u{4eac}".repeat(6).as_str(),
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn the_list_holds_only_what_the_length_would_let_through() {
        for line in WORST.lines() {
            assert!(
                line.chars().count() >= MIN_CHARS && line == line.to_lowercase(),
                "{line}"
            );
        }
    }
}
