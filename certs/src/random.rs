//! Random bytes from the operating system.

use ring::rand::{SecureRandom as _, SystemRandom};

/// `N` bytes that nobody can guess.
///
/// # Panics
/// If the operating system has no randomness to give; nothing safe can be done then.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    SystemRandom::new()
        .fill(&mut out)
        .expect("the operating system gives random bytes");
    out
}

/// A random number.
pub fn number() -> u64 {
    u64::from_le_bytes(bytes())
}
