use auterity::model::Clock;
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use crate::support::{Answer, TestApp};

pub async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    app.send("POST", "/v1/auth/login", None, Some(json!({"email": email, "password": password}))).await
}

#[tokio::test]
async fn the_right_password_gives_tokens_that_work() {
    let app = TestApp::demo().await;
    let answer = login(&app, " Sam@Lakeside.Example ", "demo").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 30 * 60);
    assert_eq!(body["user"]["email"], "sam@lakeside.example");
    assert!(!answer.text.contains("argon2"), "the hash stays in the store");
    let me = app.send("GET", "/v1/me", body["access_token"].as_str(), None).await;
    assert_eq!(me.status, StatusCode::OK);
    let me = me.json();
    assert_eq!(me["user"]["role"], "user");
    assert_eq!(me["tenant"]["slug"], "lakeside-toyota");
    assert_eq!(me["permissions"], json!(["converse", "draft", "read", "move_clock"]));
}

#[tokio::test]
async fn a_wrong_password_an_unknown_user_and_an_inactive_one_look_alike() {
    let app = TestApp::demo().await;
    let mut sam = app.app.state.db.find_credentials("sam@lakeside.example").await.unwrap().unwrap().user;
    sam.active = false;
    app.app.state.db.update_user(&sam.tenant_id, &sam).await.unwrap();
    let mut seen = Vec::new();
    for (email, password) in
        [("maria@lakeside.example", "wrong"), ("nobody@lakeside.example", "demo"), ("sam@lakeside.example", "demo")]
    {
        let answer = login(&app, email, password).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.code(), "wrong_credentials");
        let mut body = answer.json();
        body["request_id"] = json!(null);
        seen.push(body);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[tokio::test]
async fn failures_in_a_row_pause_the_account_even_for_the_right_password() {
    let app = TestApp::demo().await;
    for _ in 0..5 {
        assert_eq!(login(&app, "sam@lakeside.example", "wrong").await.status, StatusCode::UNAUTHORIZED);
    }
    app.clock.advance(TimeDelta::seconds(20));
    let answer = login(&app, "sam@lakeside.example", "demo").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.code(), "too_many_attempts");
    assert_eq!(answer.headers["retry-after"], "40");
    assert_eq!(login(&app, "maria@lakeside.example", "demo").await.status, StatusCode::OK, "another account is free");
    app.clock.advance(TimeDelta::seconds(40));
    assert_eq!(login(&app, "sam@lakeside.example", "demo").await.status, StatusCode::OK);
}

#[tokio::test]
async fn unknown_accounts_pause_like_known_ones() {
    let app = TestApp::demo().await;
    for _ in 0..5 {
        login(&app, "ghost@lakeside.example", "x").await;
    }
    assert_eq!(login(&app, "ghost@lakeside.example", "x").await.code(), "too_many_attempts");
}

#[tokio::test]
async fn info_is_open_to_anybody() {
    let app = TestApp::demo().await;
    let info = app.send("GET", "/v1/info", None, None).await.json();
    assert_eq!(info["demo"], true);
    assert_eq!(info["offline_model"], true);
    assert!(app.clock.now().timestamp() > 0);
}
