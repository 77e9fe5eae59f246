//! Claims about webhooks: how many there may be, what waits for them, and whose they are.

use std::time::Duration;

use farpane_directory::model::new_uuid;
use farpane_directory::model::webhook::{
    Delivery, Kinds, TRIAL, TRIALS_MOST, WAITING_MOST, WEBHOOKS_MOST, Webhook,
};
use farpane_directory::store::Store;
use farpane_directory::store::webhooks::Tried;
use farpane_protocol::ids::OrgId;
use uuid::Uuid;

use super::{Fixture, NOW, later};

fn webhook(org: OrgId) -> Webhook {
    Webhook {
        id: new_uuid(NOW),
        org,
        place: "https://hooks.example".into(),
        address: vec![8; 90],
        kinds: Kinds::parse(["device.*", "session.ended"]).expect("kinds"),
        secret: vec![7; 60],
        created: NOW,
        maker: None,
        on_hold: false,
        told: 0,
        missed: 0,
    }
}

async fn one(fixture: &Fixture<'_>) -> Webhook {
    let new = webhook(fixture.org());
    let added = fixture.store.add_webhook(&new, &fixture.entry()).await;
    assert!(added.expect("adds"));
    let all = fixture.store.webhooks(Some(new.org)).await.expect("reads");
    let kept = all.into_iter().find(|kept| kept.id == new.id);
    kept.expect("is kept")
}

pub(super) async fn an_organisation_has_so_many_webhooks_and_none_of_anothers(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let kept = one(&fixture).await;
    let newest = store.newest_number().await.expect("reads");
    let expected = Webhook {
        told: newest,
        ..webhook(fixture.org())
    };
    assert_eq!(
        kept,
        Webhook {
            id: kept.id,
            ..expected
        },
        "it begins now"
    );
    let elsewhere = OrgId(new_uuid(NOW));
    assert!(
        store
            .webhooks(Some(elsewhere))
            .await
            .expect("reads")
            .is_empty()
    );
    let entry = fixture.entry();
    let gone = store.remove_webhook(elsewhere, kept.id, &entry).await;
    assert!(!gone.expect("answers"));
    for _ in 1..WEBHOOKS_MOST {
        one(&fixture).await;
    }
    let before = fixture.records().await;
    let beyond = store.add_webhook(&webhook(fixture.org()), &entry).await;
    assert!(!beyond.expect("answers"));
    assert_eq!(
        fixture.records().await,
        before,
        "what is not done is not recorded"
    );
    let gone = store.remove_webhook(fixture.org(), kept.id, &entry).await;
    assert!(gone.expect("removes"));
    assert_eq!(fixture.records().await, before + 1);
}

pub(super) async fn what_waits_for_a_webhook_is_bounded_and_goes_with_it(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let (full, other) = (one(&fixture).await, one(&fixture).await);
    let to = |webhook: Uuid| Delivery::new(webhook, "device.away", "{}".into(), NOW);
    let mut new: Vec<_> = (0..WAITING_MOST + 3).map(|_| to(full.id)).collect();
    new.push(to(other.id));
    new.push(to(new_uuid(NOW)));
    let told = [(full.id, 41), (other.id, 41)];
    let missed = [(other.id, 2)];
    let queued = store.queue_deliveries(&new, &told, &missed).await;
    queued.expect("queues");
    let all = store.webhooks(None).await.expect("reads");
    // By name: made in the same moment, they stand in the order of what chance put into their ids.
    let counts = [full.id, other.id].map(|id| {
        let kept = all.iter().find(|kept| kept.id == id).expect("is kept");
        (kept.missed, kept.told)
    });
    assert_eq!(counts, [(3, 41), (2, 41)]);

    let due = async |at| store.due_deliveries(other.id, at, 10).await.expect("reads");
    assert_eq!(due(NOW).await, [new[WAITING_MOST as usize + 3].clone()]);
    let mut tried = Tried {
        delivery: due(NOW).await[0].id,
        at: later(1),
        status: Some(500),
        why: "answered with 500".into(),
        due: Some(later(60)),
    };
    store.note_tried(&tried).await.expect("notes");
    assert!(due(later(59)).await.is_empty());
    let waiting = store.webhooks_due(later(59)).await.expect("reads");
    assert_eq!(
        waiting.iter().map(|kept| kept.id).collect::<Vec<_>>(),
        [full.id]
    );
    let again = due(later(60)).await;
    assert_eq!((again[0].tries, again[0].status), (1, Some(500)));
    tried.due = None;
    store.note_tried(&tried).await.expect("notes");
    assert!(due(NOW.after(Duration::from_secs(86_400))).await.is_empty());

    let gone = store
        .remove_webhook(fixture.org(), full.id, &fixture.entry())
        .await;
    assert!(gone.expect("removes"));
    let left = store.deliveries(full.id, 10).await.expect("reads");
    assert!(left.is_empty());
    assert_eq!(
        store.deliveries(other.id, 10).await.expect("reads").len(),
        1
    );
}

pub(super) async fn a_webhook_is_on_hold_with_its_maker_and_tried_so_often(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let (org, admin) = (fixture.org(), fixture.founding.admin.id);
    let new = Webhook {
        maker: Some(admin),
        ..webhook(org)
    };
    let entry = fixture.entry();
    assert!(store.add_webhook(&new, &entry).await.expect("adds"));
    let trial = |at| Delivery::new(new.id, TRIAL, "{}".into(), at);
    let before = fixture.records().await;
    for n in 0..TRIALS_MOST + 2 {
        let queued = store.queue_trial(&trial(NOW), &entry).await;
        assert_eq!(queued.expect("answers"), n < TRIALS_MOST);
    }
    let kept = fixture.records().await;
    assert_eq!(kept, before + u64::from(TRIALS_MOST), "each has a record");
    let queued = store.queue_trial(&trial(later(61)), &entry).await;
    assert!(queued.expect("answers"), "a minute later");

    let state = async || {
        let all = store.webhooks(Some(org)).await.expect("reads");
        let due = store.webhooks_due(later(61)).await.expect("reads");
        (all[0].maker, all[0].on_hold, due.len())
    };
    assert_eq!(state().await, (Some(admin), false, 1));
    let disabled = store.set_disabled(org, admin, Some(NOW), &entry);
    assert!(disabled.await.expect("answers"));
    assert_eq!(state().await, (Some(admin), true, 0));
}
