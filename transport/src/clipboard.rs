//! The sending half of the clipboard: one text at a time, the newest one only.
//!
//! Each text has a stream of its own, below every picture in priority. A newer one resets what is
//! left of the one before, so that at most one text waits in the connection.

use farpane_protocol::limits::CLIPBOARD_PAUSE;
use farpane_protocol::session::clipboard::Outgoing;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::session::{Session, SessionError};

/// Sends what is put into `texts` until its sender is gone.
///
/// # Errors
/// If the connection is gone or the other side opens no room for a text.
pub async fn send_texts(
    session: Session,
    mut texts: watch::Receiver<Option<Outgoing>>,
) -> Result<(), SessionError> {
    loop {
        let text = texts.borrow_and_update().clone();
        let begun = Instant::now();
        let sent = async {
            if let Some(text) = &text {
                session.send_clipboard(text).await?;
            }
            // All was sent; only a newer text is awaited.
            std::future::pending::<Result<(), SessionError>>().await
        };
        tokio::select! {
            changed = texts.changed() => if changed.is_err() {
                return Ok(());
            },
            failed = sent => return failed,
        }
        if text.is_some() {
            tokio::time::sleep_until(begun + CLIPBOARD_PAUSE).await;
        }
    }
}
