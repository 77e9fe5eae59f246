//! Keys on this machine and every TLS configuration of the project: the one place for both.
//!
//! There is no configuration here that accepts another key than the expected one or no
//! encryption, and no other crate builds a TLS configuration; `tests/` holds that as a test.

use std::sync::Once;

pub mod collector;
pub mod directory;
pub mod files;
pub mod keys;
pub mod peer;
pub mod random;

/// Installs the one cryptography provider of the process; call it first in `main` and in tests.
/// Calling it again does nothing.
pub fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails only when a provider is installed already, which the `Once` rules out for us.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}
