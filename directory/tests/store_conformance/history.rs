//! Claims about the hours in which a device was heard.

use std::time::Duration;

use farpane_directory::store::Store;

use super::{Fixture, NOW};

pub(super) async fn hours_of_presence_are_kept(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let device = fixture.device(1, "till").await;
    let hour = |n: u64| NOW.after(Duration::from_secs(n * 3600));
    let hours = async |now| {
        let strip = store.heard_hours(fixture.org(), device.id, now).await;
        let strip = strip.expect("reads").expect("is there");
        strip.hours().filter(|heard| *heard).count()
    };
    assert_eq!(hours(NOW).await, 0);
    let come = async |counter, at| {
        let heard = fixture.heard(&device, counter);
        assert_eq!(
            store.note_present(&[heard], at).await.expect("writes"),
            [true]
        );
    };
    come(1, NOW).await;
    assert_eq!(hours(hour(2)).await, 3, "while it is there");
    store
        .note_gone(&[device.id], hour(2))
        .await
        .expect("writes");
    assert_eq!(hours(hour(5)).await, 3, "after it went");
    come(2, hour(5)).await;
    come(3, hour(6)).await;
    assert_eq!(hours(hour(6)).await, 5, "two stretches");
    store.nobody_present(hour(7)).await.expect("writes");
    assert_eq!(
        hours(hour(9)).await,
        6,
        "a crash ends it at the last sign of life"
    );
}
