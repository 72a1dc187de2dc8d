//! What the sample data holds.

use auterity::model::TenantId;
use auterity::store::{Database, Record};

use crate::support::TestApp;

fn lakeside() -> TenantId {
    TenantId::derive("lakeside-toyota")
}

async fn all(db: &Database, entity: &str) -> Vec<Record> {
    db.list_records(&lakeside(), entity, None, "", 1000).await.unwrap()
}

#[tokio::test]
async fn the_sample_dealership_has_people_customers_and_work() {
    let app = TestApp::demo().await;
    let db = &app.app.state.db;
    for (entity, at_least) in [
        ("customer", 60),
        ("lead", 40),
        ("appointment", 30),
        ("repair_order", 30),
        ("vehicle", 40),
        ("employee", 24),
        ("consent", 60),
        ("deal", 10),
        ("task", 10),
        ("part", 10),
        ("part_order", 5),
        ("review", 5),
        ("document", 10),
        ("account", 5),
    ] {
        let count = all(db, entity).await.len();
        assert!(count >= at_least, "{entity}: {count}");
    }
}

#[tokio::test]
async fn a_second_start_seeds_nothing() {
    let app = TestApp::demo().await;
    let state = &app.app.state;
    let before = all(&state.db, "lead").await;
    auterity::app::demo::seed(&state.db, state.clock.now()).await.unwrap();
    assert_eq!(all(&state.db, "lead").await, before);
}
