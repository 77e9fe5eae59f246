//! One signing key of the directory follows another: the older one says so. A directory that was
//! restored from an old copy knows by it what younger keys have signed since.

use serde::{Deserialize, Serialize};

use crate::key::{PublicKey, SecretKey};
use crate::time::Timestamp;
use crate::token::{self, Purpose};

/// Most successions that are kept and shown: years of changes, a few hundred bytes each in every
/// answer to a host.
pub const SUCCESSIONS: usize = 8;

/// A key's word for the one that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession {
    /// The younger key.
    pub next: PublicKey,
    /// When it was announced.
    pub at: Timestamp,
}

impl Succession {
    /// Signs it with the older key.
    pub fn seal(&self, key: &SecretKey) -> String {
        token::seal(key, Purpose::Succession, self)
    }
}

/// These keys and all that follow them by these successions, in whatever order they are shown.
pub fn with_successors(keys: &[PublicKey], sealed: &[String]) -> Vec<PublicKey> {
    let mut known = keys.to_vec();
    let mut left: Vec<_> = sealed.iter().take(SUCCESSIONS).collect();
    loop {
        let before = left.len();
        left.retain(|sealed| {
            match token::open::<Succession>(&known, Purpose::Succession, sealed) {
                Ok((succession, _)) => {
                    if !known.contains(&succession.next) {
                        known.push(succession.next);
                    }
                    false
                }
                Err(_) => true,
            }
        });
        if left.len() == before {
            return known;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> SecretKey {
        SecretKey::from_seed([n; 32])
    }

    fn follows(older: u8, younger: u8) -> String {
        let succession = Succession {
            next: key(younger).public(),
            at: Timestamp(1),
        };
        succession.seal(&key(older))
    }

    #[test]
    fn successors_count_in_any_order_and_nobody_else_does() {
        let shown = [follows(3, 4), follows(8, 9), follows(2, 3), follows(1, 2)];
        let known = with_successors(&[key(1).public()], &shown);
        let named: Vec<_> = [1, 2, 3, 4].map(|n| key(n).public()).into();
        assert_eq!(known, named);
        // A younger key does not vouch for an older one.
        assert_eq!(
            with_successors(&[key(4).public()], &shown),
            [key(4).public()]
        );
    }

    #[test]
    fn no_other_statement_of_a_key_is_a_succession() {
        let succession = Succession {
            next: key(2).public(),
            at: Timestamp(1),
        };
        let sealed = token::seal(&key(1), Purpose::KeyChange, &succession);
        let known = with_successors(&[key(1).public()], &[sealed]);
        assert_eq!(known, [key(1).public()]);
    }
}
