//! End to end: the real programs on real displays, through a real relay.
//!
//! Each test starts its own installation in its own folder on its own ports and displays. Displays
//! and encoders are heavy on two cores, so the tests take turns (see [`e2e::turn`]).

mod e2e {
    mod again;
    mod clipboard;
    pub(crate) mod comeback;
    pub(crate) mod consent;
    pub(crate) mod crash;
    mod exact;
    pub(crate) mod full;
    pub(crate) mod grant_key;
    pub(crate) mod hostile;
    mod keyboard;
    mod latency;
    mod links;
    mod monitors;
    pub(crate) mod refusals;
    pub(crate) mod relay;
    mod resize;
    mod roaming;
    pub(crate) mod rotation;
    mod secrets;
    mod session;
    pub(crate) mod stop;
    mod windows;

    use tokio::sync::{Mutex, MutexGuard};

    static TURN: Mutex<()> = Mutex::const_new(());

    /// One test at a time.
    pub(crate) fn turn() -> MutexGuard<'static, ()> {
        TURN.blocking_lock()
    }

    /// The same for a test that is a task.
    pub(crate) async fn task_turn() -> MutexGuard<'static, ()> {
        TURN.lock().await
    }
}
