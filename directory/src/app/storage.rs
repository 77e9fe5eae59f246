//! Looks after the disk: what failed writes and the room that is left say about whether anything
//! can be recorded.

use super::{App, Denied};
use crate::live::storage::Storage;
use crate::store::StoreError;

impl App {
    /// Takes note of an error of the store, if the disk is its reason.
    pub fn note_trouble(&self, error: &StoreError) {
        if error.is_for_want_of_room() {
            self.storage.note_refused(true);
        }
    }

    /// Looks how much room there is, and whether writes work again.
    pub async fn look_at_storage(&self) -> Result<(), StoreError> {
        if let Some(room) = self.core.store.room().await? {
            self.storage.note_room(room);
        }
        if self.storage.refused() && self.core.store.try_writing().await.is_ok() {
            self.storage.note_refused(false);
        }
        Ok(())
    }

    /// Nothing new begins while its record could not be written.
    pub(super) fn check_storage(&self) -> Result<(), Denied> {
        match self.storage.state() {
            Storage::Good | Storage::Low => Ok(()),
            Storage::Full => Err(Denied::StorageFull),
        }
    }
}
