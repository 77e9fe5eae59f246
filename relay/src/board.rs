//! Which hosts are present, and what of that the directory has not been told yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use farpane_protocol::api::{PresentPeer, RelayReport};
use farpane_protocol::key::PublicKey;
use tokio::sync::Notify;

/// Most bytes of keys and proofs in one report: the directory takes bodies of 64 KiB.
const REPORT_BYTES: usize = 40 * 1024;

/// Bytes of a peer in a report, beside its proof: the key and JSON around both.
const PEER_BYTES: usize = 80;

/// Filled by the relay's core, emptied by whoever reports to the directory.
#[derive(Debug, Default)]
pub struct Board {
    state: Mutex<State>,
    changed: Notify,
}

/// Bounded by the number of connections: changes are kept per peer, not per event.
#[derive(Debug, Default)]
struct State {
    present: BTreeMap<PublicKey, String>,
    untold: BTreeSet<PublicKey>,
    /// Whether somebody reports; otherwise changes need not be remembered.
    is_read: bool,
}

impl Board {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic between two statements below would leave nothing that the next report does not
        // repair.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn came(&self, peer: PresentPeer) {
        let mut state = self.state();
        state.present.insert(peer.peer, peer.proof);
        state.note(peer.peer);
        drop(state);
        self.changed.notify_one();
    }

    pub(crate) fn went(&self, peer: PublicKey) {
        let mut state = self.state();
        state.present.remove(&peer);
        state.note(peer);
        drop(state);
        self.changed.notify_one();
    }

    /// The whole picture, for a directory that begins to listen; the first of the reports says
    /// that peers not in it are gone.
    pub fn whole(&self) -> Vec<RelayReport> {
        let mut state = self.state();
        state.is_read = true;
        state.untold.clear();
        let peers: Vec<_> = state.present.keys().copied().collect();
        let mut reports = state.reports(peers);
        drop(state);
        if reports.is_empty() {
            reports.push(RelayReport::default());
        }
        reports[0].whole = true;
        reports
    }

    /// What changed since the last report.
    pub fn changes(&self) -> Vec<RelayReport> {
        let mut state = self.state();
        let untold = std::mem::take(&mut state.untold).into_iter().collect();
        state.reports(untold)
    }

    /// Nobody reports any more; changes are not remembered until the next [`Self::whole`].
    pub fn unread(&self) {
        let mut state = self.state();
        state.is_read = false;
        state.untold.clear();
    }

    /// Waits until something may have changed.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}

impl State {
    fn note(&mut self, peer: PublicKey) {
        if self.is_read {
            self.untold.insert(peer);
        }
    }

    fn reports(&self, peers: Vec<PublicKey>) -> Vec<RelayReport> {
        let mut reports: Vec<RelayReport> = Vec::new();
        let mut room = 0;
        for peer in peers {
            let proof = self.present.get(&peer);
            let bytes = PEER_BYTES + proof.map_or(0, String::len);
            if bytes > room {
                reports.push(RelayReport::default());
                room = REPORT_BYTES;
            }
            room = room.saturating_sub(bytes);
            if let Some(report) = reports.last_mut() {
                match proof.cloned() {
                    Some(proof) => report.present.push(PresentPeer { peer, proof }),
                    None => report.gone.push(peer),
                }
            }
        }
        reports
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::key::SecretKey;

    use super::*;

    fn peer(seed: u8) -> PublicKey {
        SecretKey::from_seed([seed; 32]).public()
    }

    fn came(board: &Board, seed: u8, proof: &str) {
        board.came(PresentPeer {
            peer: peer(seed),
            proof: proof.into(),
        });
    }

    #[test]
    fn the_whole_picture_comes_first_and_then_what_changed() {
        let board = Board::default();
        came(&board, 1, "a");
        let whole = board.whole();
        assert!(whole.len() == 1 && whole[0].whole && whole[0].present.len() == 1);
        assert!(board.changes().is_empty());
        came(&board, 2, "b");
        came(&board, 2, "newer");
        board.went(peer(1));
        let changes = board.changes();
        assert!(changes.len() == 1 && !changes[0].whole);
        assert_eq!(changes[0].present[0].proof, "newer");
        assert_eq!(changes[0].gone, [peer(1)]);
        assert!(board.changes().is_empty());
    }

    #[test]
    fn an_empty_relay_still_says_that_nobody_is_there() {
        let whole = Board::default().whole();
        assert!(whole.len() == 1 && whole[0].whole && whole[0].present.is_empty());
    }

    #[test]
    fn changes_are_not_hoarded_while_nobody_reports() {
        let board = Board::default();
        board.whole();
        board.unread();
        came(&board, 1, "a");
        assert!(board.changes().is_empty());
        assert_eq!(board.whole()[0].present.len(), 1);
    }

    #[test]
    fn large_pictures_are_cut_into_reports_that_the_directory_takes() {
        let board = Board::default();
        for seed in 0..200 {
            came(&board, seed, &"x".repeat(2048));
        }
        let reports = board.whole();
        assert!(reports[0].whole && reports[1..].iter().all(|report| !report.whole));
        let peers: usize = reports.iter().map(|report| report.present.len()).sum();
        assert_eq!(peers, 200);
        for report in reports {
            let body = serde_json::to_string(&report).expect("json");
            assert!(body.len() <= 64 * 1024, "{}", body.len());
        }
    }
}
