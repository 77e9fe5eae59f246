//! Codes of authenticator apps (RFC 6238): six digits, thirty seconds, one step of tolerance.

use farpane_protocol::time::Timestamp;
use totp_rs::{Builder, Totp};

use crate::model::text::Email;

/// Bytes of a shared secret: what RFC 4226 recommends, and what apps show as 32 letters.
const SECRET_BYTES: usize = 20;

/// The shared secret of a person's authenticator app.
#[derive(Clone)]
pub struct AppSecret([u8; SECRET_BYTES]);

impl std::fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppSecret")
    }
}

impl AppSecret {
    /// A new one.
    pub fn draw() -> Self {
        Self(farpane_certs::random::bytes())
    }

    /// One that was kept.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// To be sealed and kept.
    pub const fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn totp(&self, account: &str, issuer: &str) -> Option<Totp> {
        // A colon parts the two in the address that the picture holds.
        let issuer = issuer.replace(':', " ");
        Builder::new()
            .with_secret(self.0.to_vec())
            .with_account_name(account)
            .with_issuer(Some(issuer))
            .build()
            .ok()
    }

    /// The time step that a code belongs to, if it is one of about now.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<u64> {
        let digits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        let totp = self.totp("", "Farpane").filter(|_| digits)?;
        totp.check(code, now.0 / 1_000_000)
    }

    /// What an app shows now.
    pub fn code(&self, now: Timestamp) -> Option<String> {
        let totp = self.totp("", "Farpane")?;
        Some(totp.generate(now.0 / 1_000_000).to_string())
    }

    /// The secret for typing: letters in groups of four.
    pub fn letters(&self) -> String {
        let letters = self
            .totp("", "Farpane")
            .map(|totp| totp.secret().to_base32());
        let letters: Vec<char> = letters.unwrap_or_default().chars().collect();
        let groups: Vec<String> = letters
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        groups.join(" ")
    }

    /// The picture that apps read, as PNG.
    pub fn picture(&self, account: &Email, issuer: &str) -> Option<Vec<u8>> {
        self.totp(account.as_str(), issuer)?.to_qr_png().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(59 * 1_000_000);

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B: the first row for SHA-1, its last six digits.
        let secret = AppSecret::from_bytes(b"12345678901234567890").expect("20 bytes");
        assert_eq!(secret.code(NOW).as_deref(), Some("287082"));
        assert_eq!(secret.step_of("287082", NOW), Some(1));
        assert_eq!(secret.letters(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }

    #[test]
    fn a_code_counts_one_step_around_its_time_and_only_as_six_digits() {
        let secret = AppSecret::from_bytes(b"12345678901234567890").expect("20 bytes");
        let at = |second: u64| secret.step_of("287082", Timestamp(second * 1_000_000));
        assert_eq!((at(0), at(89), at(90)), (Some(1), Some(1), None));
        for wrong in ["", "28708", "2870821", "28708a", "\u{0662}87082", "000000"] {
            assert_eq!(secret.step_of(wrong, NOW), None, "{wrong}");
        }
        let other = AppSecret::draw();
        assert!(
            other
                .picture(&Email::parse("a@b.example").expect("one"), "Acme: MSP")
                .is_some()
        );
    }
}
