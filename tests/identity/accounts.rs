use auterity::auth::{AuthError, NewUser, UserChange};
use auterity::model::TenantId;
use auterity::model::tenant::Tenant;
use auterity::model::user::{SystemRole, User};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::login::login;
use crate::support::TestApp;

fn new_user(role: &str) -> Value {
    json!({"email": "new@lakeside.example", "name": "New", "password": "twelve chars!", "role": role})
}

async fn neighbour(app: &TestApp) -> User {
    let state = &app.app.state;
    let tenant =
        Tenant { id: TenantId::generate(), slug: "hill".into(), name: "Hill".into(), created_at: state.clock.now() };
    state.db.insert_tenant(&tenant).await.unwrap();
    let new = NewUser {
        email: "nina@hill.example".into(),
        name: "Nina".into(),
        password: "demo".into(),
        role: SystemRole::User,
        job_roles: vec![],
        teams: vec![],
        stores: vec![],
        employee_id: None,
    };
    state.auth.add_user(&tenant.id, new).await.unwrap()
}

#[tokio::test]
async fn an_administrator_makes_a_user_who_can_sign_in() {
    let app = TestApp::demo().await;
    let admin = app.token("alex@lakeside.example").await;
    let mut body = new_user("manager");
    body["job_roles"] = json!(["service_manager"]);
    body["stores"] = json!(["lakeside-main"]);
    let made = app.send("POST", "/v1/users", Some(&admin), Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.json()["stores"], json!(["lakeside-main"]));
    let session = login(&app, "new@lakeside.example", "twelve chars!").await;
    assert_eq!(session.json()["user"]["job_roles"], json!(["service_manager"]));
    let again = app.send("POST", "/v1/users", Some(&admin), Some(new_user("user"))).await;
    assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "email_taken".into()));
    let mut unknown = new_user("user");
    unknown["stores"] = json!(["nowhere"]);
    let unknown = app.send("POST", "/v1/users", Some(&admin), Some(unknown)).await;
    assert_eq!((unknown.status, unknown.code()), (StatusCode::UNPROCESSABLE_ENTITY, "unknown_store".into()));
}

#[tokio::test]
async fn nobody_gives_a_role_above_their_own() {
    let app = TestApp::demo().await;
    let admin = app.token("alex@lakeside.example").await;
    let refused = app.send("POST", "/v1/users", Some(&admin), Some(new_user("super_admin"))).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "above_own_role".into()));
    let sam = format!("/v1/users/{}", app.principal("sam@lakeside.example").await.user);
    let refused = app.send("PATCH", &sam, Some(&admin), Some(json!({"role": "super_admin"}))).await;
    assert_eq!(refused.code(), "above_own_role");
    // and does not touch one
    let state = &app.app.state;
    let mut root = state.db.find_credentials("grace@lakeside.example").await.unwrap().unwrap().user;
    root.role = SystemRole::SuperAdmin;
    state.db.update_user(&root.tenant_id, &root).await.unwrap();
    let path = format!("/v1/users/{}", root.id);
    let refused = app.send("PATCH", &path, Some(&admin), Some(json!({"password": "twelve chars!"}))).await;
    assert_eq!(refused.code(), "above_own_role");
}

#[tokio::test]
async fn nobody_locks_themselves_out() {
    let app = TestApp::demo().await;
    let admin = app.token("alex@lakeside.example").await;
    let own = format!("/v1/users/{}", app.principal("alex@lakeside.example").await.user);
    for change in [json!({"active": false}), json!({"role": "user"})] {
        let refused = app.send("PATCH", &own, Some(&admin), Some(change)).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "own_account".into()));
    }
    let renamed = app.send("PATCH", &own, Some(&admin), Some(json!({"name": "Alexandra"}))).await;
    assert_eq!(renamed.json()["name"], "Alexandra");
}

#[tokio::test]
async fn another_dealership_is_not_there() {
    let app = TestApp::demo().await;
    let nina = neighbour(&app).await;
    let admin = app.token("alex@lakeside.example").await;
    let path = format!("/v1/users/{}", nina.id);
    let theirs = app.send("PATCH", &path, Some(&admin), Some(json!({"name": "X"}))).await;
    let nobody = "/v1/users/usr_00000000000000000000000000000000";
    let nobody = app.send("PATCH", nobody, Some(&admin), Some(json!({"name": "X"}))).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    assert_eq!((theirs.status, theirs.code()), (nobody.status, nobody.code()));
    let list = app.send("GET", "/v1/users", Some(&admin), None).await;
    assert!(!list.text.contains("nina@"), "{}", list.text);
    let stores = app.send("GET", "/v1/stores", Some(&app.token("nina@hill.example").await), None).await;
    assert_eq!(stores.json(), json!({ "items": [] }));
}

#[tokio::test]
async fn a_new_password_ends_every_sign_in() {
    let app = TestApp::demo().await;
    let admin = app.token("alex@lakeside.example").await;
    let session = login(&app, "sam@lakeside.example", "demo").await.json();
    let sam = format!("/v1/users/{}", app.principal("sam@lakeside.example").await.user);
    let changed = app.send("PATCH", &sam, Some(&admin), Some(json!({"password": "a better password"}))).await;
    assert_eq!(changed.status, StatusCode::OK);
    let old = json!({"refresh_token": session["refresh_token"]});
    assert_eq!(app.send("POST", "/v1/auth/refresh", None, Some(old)).await.code(), "refresh_invalid");
    assert_eq!(login(&app, "sam@lakeside.example", "demo").await.code(), "wrong_credentials");
    assert_eq!(login(&app, "sam@lakeside.example", "a better password").await.status, StatusCode::OK);
}

#[tokio::test]
async fn users_come_in_pages() {
    let app = TestApp::demo().await;
    let admin = app.token("alex@lakeside.example").await;
    let all = app.send("GET", "/v1/users", Some(&admin), None).await.json()["items"].as_array().unwrap().clone();
    let mut seen = Vec::new();
    let mut path = "/v1/users?limit=1".to_owned();
    loop {
        let page = app.send("GET", &path, Some(&admin), None).await.json();
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/users?limit=1&after={next}");
    }
    assert_eq!(seen, all);
    assert!(seen.len() >= 4);
    let odd = app.send("GET", "/v1/users?colour=red", Some(&admin), None).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn whoever_is_deactivated_is_out_at_once() {
    let app = TestApp::demo().await;
    let admin = app.token("alex@lakeside.example").await;
    let session = login(&app, "sam@lakeside.example", "demo").await.json();
    let sam = format!("/v1/users/{}", app.principal("sam@lakeside.example").await.user);
    let access = session["access_token"].as_str();
    assert_eq!(app.send("GET", "/v1/drafts", access, None).await.status, StatusCode::OK);
    let gone = app.send("PATCH", &sam, Some(&admin), Some(json!({"active": false}))).await;
    assert_eq!(gone.json()["active"], false, "{}", gone.text);
    let refused = app.send("GET", "/v1/drafts", access, None).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::UNAUTHORIZED, "token_invalid".into()));
    let old = json!({"refresh_token": session["refresh_token"]});
    assert_eq!(app.send("POST", "/v1/auth/refresh", None, Some(old)).await.code(), "refresh_invalid");
    assert_eq!(login(&app, "sam@lakeside.example", "demo").await.code(), "wrong_credentials");
    // back again, but tokens of before stay dead
    let back = app.send("PATCH", &sam, Some(&admin), Some(json!({"active": true}))).await;
    assert_eq!(back.json()["active"], true);
    assert_eq!(app.send("GET", "/v1/drafts", access, None).await.code(), "token_invalid");
    assert_eq!(login(&app, "sam@lakeside.example", "demo").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_password_ends_access_tokens_too() {
    let app = TestApp::demo().await;
    let admin = app.token("alex@lakeside.example").await;
    let token = app.token("sam@lakeside.example").await;
    let sam = format!("/v1/users/{}", app.principal("sam@lakeside.example").await.user);
    let changed = app.send("PATCH", &sam, Some(&admin), Some(json!({"password": "a better password"}))).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(app.send("GET", "/v1/me", Some(&token), None).await.code(), "token_invalid");
    let fresh = login(&app, "sam@lakeside.example", "a better password").await.json();
    assert_eq!(app.send("GET", "/v1/me", fresh["access_token"].as_str(), None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_at_once() {
    let app = TestApp::demo().await;
    let admin = app.token("alex@lakeside.example").await;
    let maria = app.token("maria@lakeside.example").await;
    let pause = "/v1/workflows/wf_00000000000000000000000000000000/pause";
    assert_eq!(app.send("POST", pause, Some(&maria), None).await.status, StatusCode::NOT_FOUND);
    let path = format!("/v1/users/{}", app.principal("maria@lakeside.example").await.user);
    let lowered = app.send("PATCH", &path, Some(&admin), Some(json!({"role": "user"}))).await;
    assert_eq!(lowered.status, StatusCode::OK, "{}", lowered.text);
    let refused = app.send("POST", pause, Some(&maria), None).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "permission_missing".into()));
}

#[tokio::test]
async fn two_administrators_cannot_remove_each_other() {
    let app = TestApp::demo().await;
    let state = &app.app.state;
    let mut grace = state.db.find_credentials("grace@lakeside.example").await.unwrap().unwrap().user;
    grace.role = SystemRole::DealershipAdmin;
    state.db.update_user(&grace.tenant_id, &grace).await.unwrap();
    let (alex, grace) = (app.principal("alex@lakeside.example").await, app.principal("grace@lakeside.example").await);
    let inactive = || UserChange { active: Some(false), ..UserChange::default() };
    let lowered = || UserChange { role: Some(SystemRole::User), ..UserChange::default() };
    let (one, other) = tokio::join!(
        state.auth.update_user(&alex, &grace.user, inactive()),
        state.auth.update_user(&grace, &alex.user, lowered()),
    );
    let refused = [one.map(drop), other.map(drop)].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(matches!(refused.as_slice(), [AuthError::LastAdministrator]), "{refused:?}");
    let left = state.db.list_active_users(&alex.tenant).await.unwrap();
    assert_eq!(left.iter().filter(|user| user.role == SystemRole::DealershipAdmin).count(), 1);
}

#[tokio::test]
async fn the_job_roles_have_names_in_both_languages() {
    let app = TestApp::demo().await;
    let admin = app.token("alex@lakeside.example").await;
    let roles = app.send("GET", "/v1/job-roles", Some(&admin), None).await.json();
    let manager = roles.as_array().unwrap().iter().find(|role| role["id"] == "sales_manager").unwrap().clone();
    assert_eq!((manager["en"].as_str(), manager["es"].as_str()), (Some("sales manager"), Some("gerente de ventas")));
}
