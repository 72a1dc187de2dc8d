use auterity::model::user::SystemRole;
use auterity::model::{Clock, PageRequest, TenantId, UserId};
use auterity::store::StoreError;

use crate::support::TestApp;

#[tokio::test]
async fn users_survive_the_round_trip() {
    let app = TestApp::demo().await;
    let db = &app.app.state.db;
    let mut user = db.find_credentials("maria@lakeside.example").await.unwrap().unwrap().user;
    user.name = "María Ω".into();
    user.role = SystemRole::DealershipAdmin;
    user.teams = vec!["bdc".into()];
    user.stores = vec!["lakeside-coast".parse().unwrap()];
    user.employee_id = Some("emp-2".into());
    db.update_user(&user.tenant_id, &user).await.unwrap();
    assert_eq!(db.find_user(&user.tenant_id, &user.id).await.unwrap(), Some(user));
}

#[tokio::test]
async fn a_tenant_sees_only_its_own() {
    let app = TestApp::demo().await;
    let db = &app.app.state.db;
    let sam = db.find_credentials("sam@lakeside.example").await.unwrap().unwrap().user;
    let stranger = TenantId::derive("somebody else");
    assert_eq!(db.find_user(&stranger, &sam.id).await.unwrap(), None);
    assert!(matches!(db.update_user(&stranger, &sam).await, Err(StoreError::Stale)));
    assert!(db.list_users(&stranger, &PageRequest::default()).await.unwrap().items.is_empty());
    assert!(db.list_stores(&stranger).await.unwrap().is_empty());
    assert_eq!(db.find_store(&stranger, &"lakeside-main".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn stores_keep_zone_and_hours() {
    let app = TestApp::demo().await;
    let db = &app.app.state.db;
    let tenant = db.find_tenant_by_slug("lakeside-toyota").await.unwrap().unwrap();
    let stores = db.list_stores(&tenant.id).await.unwrap();
    let found = db.find_store(&tenant.id, &"lakeside-main".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(found.timezone.name(), "America/Chicago");
    assert!(found.hours.departments.contains_key("sales"));
    assert_eq!(stores.iter().find(|store| store.id == found.id), Some(&found));
    assert_eq!(db.find_tenant(&tenant.id).await.unwrap(), Some(tenant));
}

#[tokio::test]
async fn a_taken_address_is_told_apart_from_a_broken_database() {
    let app = TestApp::demo().await;
    let db = &app.app.state.db;
    let mut twin = db.find_credentials("sam@lakeside.example").await.unwrap().unwrap().user;
    twin.id = UserId::generate();
    assert!(matches!(db.insert_user(&twin, "x").await, Err(StoreError::NotUnique(_))));
}

#[tokio::test]
async fn ended_refresh_tokens_are_forgotten() {
    let app = TestApp::demo().await;
    let session = app.app.state.auth.login("sam@lakeside.example", "demo", "test").await.unwrap();
    let db = &app.app.state.db;
    assert_eq!(db.delete_ended_refresh_tokens(app.clock.now()).await.unwrap(), 0);
    app.clock.advance(chrono::TimeDelta::days(31));
    assert_eq!(db.delete_ended_refresh_tokens(app.clock.now()).await.unwrap(), 1);
    assert!(app.app.state.auth.refresh(&session.refresh_token).await.is_err());
}
