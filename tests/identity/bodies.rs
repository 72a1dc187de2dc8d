use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::support::{Answer, TestApp};

async fn post(app: &TestApp, body: impl Into<Body>) -> Answer {
    let request = Request::post("/v1/auth/login").header("content-type", "application/json");
    app.raw(request.body(body.into()).unwrap()).await
}

fn assert_problem(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let body = answer.json();
    assert_eq!(body["code"], code);
    assert_eq!(body["status"], status.as_u16());
    assert_eq!(body["type"], format!("https://auterity.dev/problems/{code}"));
    assert_eq!(body["request_id"].as_str().unwrap(), answer.headers["x-request-id"].to_str().unwrap());
}

#[tokio::test]
async fn malformed_json() {
    let app = TestApp::demo().await;
    for body in ["", "{", "{\"email\":}", "\u{0}"] {
        assert_problem(&post(&app, body).await, StatusCode::BAD_REQUEST, "malformed_json");
    }
}

#[tokio::test]
async fn wrong_shapes_name_the_place() {
    let app = TestApp::demo().await;
    let cases = [
        (json!({"email": 7, "password": "demo"}), "/email"),
        (json!({"email": "a@b", "password": ""}), "/password"),
        (json!({"email": "a@b", "password": "x".repeat(257)}), "/password"),
        (json!({"email": "a\u{7}@b", "password": "x"}), "/email"),
        (json!({"email": "a@b", "password": "x", "admin": true}), "/admin"),
    ];
    for (body, pointer) in cases {
        let answer = post(&app, body.to_string()).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid_body");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.text);
    }
    let missing = post(&app, r#"{"email": "a@b"}"#).await;
    assert_problem(&missing, StatusCode::UNPROCESSABLE_ENTITY, "invalid_body");
    assert!(missing.json()["errors"][0]["message"].as_str().unwrap().contains("password"));
}

#[tokio::test]
async fn an_oversized_body() {
    let app = TestApp::demo().await;
    let limit = app.app.state.config.server.max_body_bytes;
    let answer = post(&app, "x".repeat(limit + 1)).await;
    assert_problem(&answer, StatusCode::PAYLOAD_TOO_LARGE, "body_too_large");
}

#[tokio::test]
async fn short_passwords_and_odd_addresses_are_refused_for_new_users() {
    let app = TestApp::demo().await;
    let admin = app.token("alex@lakeside.example").await;
    let good = json!({"email": "n@x.example", "name": "N", "password": "twelve chars!", "role": "user"});
    for (field, value) in [
        ("password", json!("short")),
        ("email", json!("nobody")),
        ("name", json!("")),
        ("role", json!("owner")),
        ("stores", json!(["Not A Slug"])),
        ("job_roles", json!(vec!["r"; 33])),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = app.send("POST", "/v1/users", Some(&admin), Some(body)).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid_body");
        let pointer = answer.json()["errors"][0]["pointer"].as_str().unwrap().to_owned();
        assert!(pointer.starts_with(&format!("/{field}")), "{}", answer.text);
    }
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let app = TestApp::demo().await;
    assert_problem(&app.send("GET", "/v1/nothing", None, None).await, StatusCode::NOT_FOUND, "not_found");
    assert_eq!(app.send("DELETE", "/v1/me", None, None).await.status, StatusCode::METHOD_NOT_ALLOWED);
}
