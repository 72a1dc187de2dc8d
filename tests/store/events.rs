//! The order of the event log is the order in which its events become visible.

use std::collections::BTreeSet;
use std::time::Duration;

use auterity::model::{Clock, TenantId};
use auterity::store::{Database, NewEvent};
use serde_json::json;

use crate::support::TestApp;
use crate::volume;

const TYPE: &str = "customer.message.received";

fn event(tenant: &TenantId, id: &str) -> NewEvent {
    NewEvent {
        tenant: tenant.clone(),
        source: "test".to_owned(),
        id: id.to_owned(),
        event_type: TYPE.to_owned(),
        store_id: "lakeside-main".to_owned(),
        envelope: json!({ "id": id }),
        depth: 0,
        caused_by: None,
    }
}

async fn tenant(app: &TestApp) -> TenantId {
    app.principal("alex@lakeside.example").await.tenant
}

/// Ids of the events after a place, as a `listen` finds them, and the place of the last.
async fn after(db: &Database, tenant: &TenantId, place: i64) -> (Vec<String>, i64) {
    let found = db.list_events_after(tenant, TYPE, place, 1_000).await.unwrap();
    let last = found.last().map_or(place, |event| event.seq);
    (found.into_iter().map(|stored| stored.event.id).collect(), last)
}

/// A transaction on PostgreSQL that has stored an event and is not committed; nothing on SQLite, which has one writer.
async fn slow(db: &Database, tenant: &TenantId) -> Option<sqlx::Transaction<'static, sqlx::Postgres>> {
    let Database::Postgres(pool) = db else { return None };
    let mut transaction = pool.begin().await.unwrap();
    let sql = "insert into events (tenant_id, source, id, type, store_id, envelope, depth, received_at)
               values ($1, 'test', 'slow', $2, 'lakeside-main', '{}', 0, now())";
    sqlx::query(sql).bind(tenant).bind(TYPE).execute(&mut *transaction).await.unwrap();
    Some(transaction)
}

#[tokio::test]
async fn a_listen_that_begins_misses_no_event_that_is_being_stored() {
    let app = TestApp::demo().await;
    let (db, tenant) = (&app.app.state.db, tenant(&app).await);
    let Some(slow) = slow(db, &tenant).await else { return };
    let quick = event(&tenant, "quick");
    let begins = async {
        // time enough for the quick one, if nothing holds it
        tokio::time::sleep(Duration::from_millis(300)).await;
        let place = db.find_last_event_seq(&tenant).await.unwrap();
        slow.commit().await.unwrap();
        place
    };
    let (stored, place) = tokio::join!(db.insert_event(&quick, app.clock.now()), begins);
    assert!(stored.unwrap().is_some());
    let (heard, _) = after(db, &tenant, place).await;
    assert!(heard.contains(&"slow".to_owned()), "it began at {place} and hears only {heard:?}");
}

#[tokio::test]
async fn other_dealer_groups_do_not_wait_for_it() {
    let app = TestApp::demo().await;
    let (db, tenant) = (&app.app.state.db, tenant(&app).await);
    let Some(slow) = slow(db, &tenant).await else { return };
    let other = TenantId::derive("other");
    let sql = format!("insert into tenants (id, slug, name, created_at) values ('{other}', 'o', 'O', now())");
    volume::run(db, &sql).await;
    let event = event(&other, "theirs");
    let stored = db.insert_event(&event, app.clock.now());
    let stored = tokio::time::timeout(Duration::from_secs(5), stored).await;
    assert!(stored.is_ok_and(|stored| stored.unwrap().is_some()), "it waits");
    slow.rollback().await.unwrap();
}

#[tokio::test]
async fn whoever_goes_on_from_the_last_place_sees_every_event_once() {
    let app = TestApp::demo().await;
    let (db, tenant) = (&app.app.state.db, tenant(&app).await);
    let (now, count) = (app.clock.now(), 160);
    let store = |n: i32| {
        let (db, event) = (db.clone(), event(&tenant, &format!("e{n}")));
        tokio::runtime::Handle::current().spawn(async move { db.insert_event(&event, now).await.unwrap() })
    };
    let writers: Vec<_> = (0..count).map(store).collect();
    let (mut seen, mut place) = (Vec::new(), 0);
    for _ in 0..10_000 {
        let (found, last) = after(db, &tenant, place).await;
        seen.extend(found);
        place = last;
        if writers.iter().all(tokio::task::JoinHandle::is_finished)
            && place == db.find_last_event_seq(&tenant).await.unwrap()
        {
            break;
        }
    }
    assert_eq!(seen.len(), usize::try_from(count).unwrap());
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
}
