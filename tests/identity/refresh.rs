use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use crate::login::login;
use crate::support::{Answer, TestApp};

async fn exchange(app: &TestApp, token: &str) -> Answer {
    app.send("POST", "/v1/auth/refresh", None, Some(json!({"refresh_token": token}))).await
}

fn refresh_token(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_use_gives_the_next_pair() {
    let app = TestApp::demo().await;
    let first = refresh_token(&login(&app, "sam@lakeside.example", "demo").await);
    let answer = exchange(&app, &first).await;
    let second = refresh_token(&answer);
    assert_ne!(first, second);
    let me = app.send("GET", "/v1/me", answer.json()["access_token"].as_str(), None).await;
    assert_eq!(me.json()["user"]["email"], "sam@lakeside.example");
    refresh_token(&exchange(&app, &second).await);
}

#[tokio::test]
async fn a_replayed_token_ends_the_whole_sign_in_and_no_other() {
    let app = TestApp::demo().await;
    let other_device = refresh_token(&login(&app, "sam@lakeside.example", "demo").await);
    let first = refresh_token(&login(&app, "sam@lakeside.example", "demo").await);
    let second = refresh_token(&exchange(&app, &first).await);
    let replay = exchange(&app, &first).await;
    assert_eq!(replay.status, StatusCode::UNAUTHORIZED);
    assert_eq!(replay.code(), "refresh_reused");
    assert_eq!(exchange(&app, &second).await.code(), "refresh_invalid", "the thief's or the owner's, it ends");
    refresh_token(&exchange(&app, &other_device).await);
}

#[tokio::test]
async fn of_two_exchanges_at_once_one_succeeds() {
    let app = TestApp::demo().await;
    let token = refresh_token(&login(&app, "sam@lakeside.example", "demo").await);
    let (one, two) = tokio::join!(exchange(&app, &token), exchange(&app, &token));
    let mut statuses = [one.status, two.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::UNAUTHORIZED]);
}

#[tokio::test]
async fn logout_ends_it_and_tells_nothing() {
    let app = TestApp::demo().await;
    let token = refresh_token(&login(&app, "sam@lakeside.example", "demo").await);
    for secret in [token.as_str(), "unknown"] {
        let answer = app.send("POST", "/v1/auth/logout", None, Some(json!({"refresh_token": secret}))).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(exchange(&app, &token).await.code(), "refresh_invalid");
}

#[tokio::test]
async fn it_ends_with_time_and_with_the_account() {
    let app = TestApp::demo().await;
    let old = refresh_token(&login(&app, "sam@lakeside.example", "demo").await);
    app.clock.advance(TimeDelta::days(30));
    assert_eq!(exchange(&app, &old).await.code(), "refresh_invalid");
    let token = refresh_token(&login(&app, "sam@lakeside.example", "demo").await);
    let admin = app.token("alex@lakeside.example").await;
    let sam = app.principal("sam@lakeside.example").await.user;
    let path = format!("/v1/users/{sam}");
    let answer = app.send("PATCH", &path, Some(&admin), Some(json!({"active": false}))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(exchange(&app, &token).await.code(), "refresh_invalid");
}

#[tokio::test]
async fn the_secret_is_not_in_the_database() {
    let app = TestApp::demo().await;
    let token = refresh_token(&login(&app, "sam@lakeside.example", "demo").await);
    assert_eq!(token.len(), 43, "256 bits");
    let auterity::store::Database::Sqlite(pool) = &app.app.state.db else { return };
    let kept: Vec<String> = sqlx::query_scalar("select token_hash from refresh_tokens").fetch_all(pool).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_ne!(kept[0], token);
    assert_eq!(kept[0].len(), 64);
}

fn access_token(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn me(app: &TestApp, token: &str) -> Answer {
    app.send("GET", "/v1/me", Some(token), None).await
}

#[tokio::test]
async fn signing_out_ends_the_access_tokens_of_that_sign_in_and_no_other() {
    let app = TestApp::demo().await;
    let first = login(&app, "sam@lakeside.example", "demo").await;
    let renewed = exchange(&app, &refresh_token(&first)).await;
    let elsewhere = access_token(&login(&app, "sam@lakeside.example", "demo").await);
    for token in [access_token(&first), access_token(&renewed)] {
        assert_eq!(me(&app, &token).await.status, StatusCode::OK);
    }
    let body = json!({"refresh_token": refresh_token(&renewed)});
    app.send("POST", "/v1/auth/logout", None, Some(body)).await;
    for token in [access_token(&first), access_token(&renewed)] {
        let refused = me(&app, &token).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNAUTHORIZED, "token_invalid"));
    }
    assert_eq!(me(&app, &elsewhere).await.status, StatusCode::OK);
    assert_eq!(me(&app, &app.token("sam@lakeside.example").await).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_access_tokens_of_its_family() {
    let app = TestApp::demo().await;
    let first = login(&app, "sam@lakeside.example", "demo").await;
    let renewed = exchange(&app, &refresh_token(&first)).await;
    assert_eq!(exchange(&app, &refresh_token(&first)).await.code(), "refresh_reused");
    for token in [access_token(&first), access_token(&renewed)] {
        assert_eq!(me(&app, &token).await.code(), "token_invalid", "the thief's or the owner's, it ends");
    }
}
